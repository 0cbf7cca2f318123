"""Who is whose child: the processes and threads that descend from the program under test.

strace writes a line's pid as it sees it itself, but what clone() returns is the child's pid in the *caller's* pid
namespace, and the program lives in one of its own. So a birth is matched to a child by the number where the two agree
(or where `--pidns-translation` tells both), and else in order: pids grow, within and without, in the order of births.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from harness.recorders.lines import Raw, Said, call, entered, resumed

NAMES = frozenset({"clone", "clone3", "fork", "vfork"})
BIRTHS = ("clone", "fork", "vfork", "<... clone", "<... fork", "<... vfork")
_TRANSLATED = re.compile(r"/\* (\d+) in strace's PID NS \*/")


class Birth(NamedTuple):
    """A clone() or fork() entered in line `number`: what it returned, and whether the descriptors are shared."""

    number: int
    parent: int
    shares: bool
    value: int = 0
    global_pid: int = 0


class Family(NamedTuple):
    """`children` is by the line of the birth; `lost` counts the births of children of whom there is no line."""

    members: frozenset[int]
    children: dict[int, tuple[int, bool]]
    lost: int


def family(raws: list[Raw], root: int) -> Family:
    """The tree that descends from `root`."""
    firsts: dict[int, int] = {}
    for raw in raws:
        firsts.setdefault(raw.pid, raw.number)
    births = _births(raws)
    claimed = _by_number(births, firsts)
    return _grow(root, births, claimed, firsts)


def _births(raws: list[Raw]) -> list[Birth]:
    """Every birth that did not fail, in order of entry; `value` 0 where the return is missing."""
    found: list[Birth] = []
    waiting: dict[int, Said] = {}
    for raw in raws:
        if not raw.text.startswith(BIRTHS):
            continue
        if (entry := entered(raw)) is not None:
            waiting[raw.pid] = entry
            continue
        said = resumed(raw, waiting.pop(raw.pid)) if raw.pid in waiting else call(raw)
        if said is not None and said.name in NAMES and not said.error:
            found.append(_birth(said))
    return sorted([*found, *(_birth(said) for said in waiting.values() if said.name in NAMES)])


def _birth(said: Said) -> Birth:
    translated = _TRANSLATED.search(said.extra)
    return Birth(
        said.number, said.pid, "CLONE_FILES" in said.args, said.result or 0, int(translated[1]) if translated else 0
    )


def _by_number(births: list[Birth], firsts: dict[int, int]) -> dict[int, int]:
    """The child of each birth (by its line) whose number is the same within and without."""
    claimed: dict[int, int] = {}
    taken: set[int] = set()
    for birth in births:
        pid = birth.global_pid or birth.value
        if firsts.get(pid, 0) > birth.number and pid not in taken:
            claimed[birth.number] = pid
            taken.add(pid)
    return claimed


def _grow(root: int, births: list[Birth], claimed: dict[int, int], firsts: dict[int, int]) -> Family:
    """Births in order of entry, so that a parent is known before its children are asked for."""
    members, children, lost = {root}, {}, 0
    free = sorted(pid for pid in firsts if pid != root and pid not in claimed.values())
    for birth in births:
        if birth.parent not in members:
            continue
        pid = claimed.get(birth.number) or next((pid for pid in free if firsts[pid] > birth.number), 0)
        if pid in free:
            free.remove(pid)
        if pid:
            members.add(pid)
            children[birth.number] = (pid, birth.shares)
        lost += not pid
    return Family(frozenset(members), children, lost)
