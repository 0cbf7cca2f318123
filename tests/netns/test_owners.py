"""Of a machine's sockets those of one case are found, also where another case uses the same addresses and ports."""

from __future__ import annotations

from itertools import count

from netns.biographies import biographies
from netns.lives import lives
from netns.log import SocketIs
from netns.owners import Known, owned
from netns.tracepoint import Change

CLIENT, SERVER = "10.0.0.1:40000", "10.0.0.2:7"
HOSTS = {"10.0.0.1": "client", "10.0.0.2": "server"}
OURS, STRANGER = 12, 0
MINE, OTHER = 0x10, 0x20
"""Addresses of two sockets in the kernel."""


def change(at_ns: int, sk: int, ends: tuple[str, str], story: str, *, pid: int = OURS, by_task: bool = True) -> Change:
    old, _, new = story.partition(" -> ")
    return Change(at_ns, pid, by_task, sk, *ends, old, new)


def child(at_ns: int, sk: int, *, pid: int) -> list[Change]:
    """As a listener bears one, in the interrupt that brings the last ACK."""
    ends = (SERVER, CLIENT)
    return [
        change(at_ns, sk, ends, "LISTEN -> SYN_RECV", pid=pid, by_task=False),
        change(at_ns + 1, sk, ends, "SYN_RECV -> ESTABLISHED", pid=pid, by_task=False),
    ]


def shown(at_ns: int, host: str, story: str) -> SocketIs:
    """What a look found; it takes 4 ns."""
    ends = (SERVER, CLIENT) if host == "server" else (CLIENT, SERVER)
    old, _, new = story.partition(" -> ")
    return SocketIs(at_ns, host, *ends, old, new)


def known(*entries: SocketIs, looks: tuple[int, ...] = (), heard_at: tuple[int, ...] = ()) -> Known:
    times = sorted({entry.at_ns for entry in entries} | set(looks))
    return Known(
        entries=entries, looks=[(at_ns, at_ns + 4) for at_ns in times],
        host_of=lambda address: HOSTS.get(address.rpartition(":")[0], ""),
        heard=lambda local, remote, since, until: any(since <= at_ns <= until for at_ns in heard_at),
    )  # fmt: skip


def told(changes: list[Change], facts: Known) -> tuple[list[str], list[str]]:
    """`100 server SYN_RECV -> ESTABLISHED`, and the doubts."""
    found = owned(lives(sorted(changes)), facts)
    entries = biographies(found, facts)
    marks = {"sock_diag": " (look)"}
    lines = [f"{e.at_ns} {e.host} {e.old} -> {e.new}{marks.get(e.source, '')}" for e in entries]
    return lines, found.doubts


def test_a_socket_of_our_tasks_is_ours_and_its_port_is_known_from_later_changes() -> None:
    changes = [
        change(10, MINE, ("10.0.0.1:0", SERVER), "CLOSE -> SYN_SENT"),
        change(20, MINE, (CLIENT, SERVER), "SYN_SENT -> CLOSE", pid=STRANGER, by_task=False),
    ]
    [(host, life)] = owned(lives(changes), known()).lives
    assert (host, life.local) == ("client", CLIENT)


def test_a_port_that_no_change_told_comes_from_a_look() -> None:
    changes = [change(10, MINE, ("10.0.0.1:0", SERVER), "CLOSE -> SYN_SENT")]
    assert told(changes, known(shown(15, "client", "CLOSE -> SYN_SENT"))) == (["10 client CLOSE -> SYN_SENT"], [])


def test_the_same_connection_of_another_case_at_the_same_time_is_not_ours() -> None:
    changes = [
        change(10, MINE, (CLIENT, SERVER), "CLOSE -> SYN_SENT"),
        change(11, OTHER, (CLIENT, SERVER), "CLOSE -> SYN_SENT", pid=STRANGER),
        change(20, OTHER, (CLIENT, SERVER), "SYN_SENT -> ESTABLISHED", pid=OURS, by_task=False),
    ]
    assert told(changes, known(shown(15, "client", "CLOSE -> SYN_SENT"))) == (["10 client CLOSE -> SYN_SENT"], [])


def test_a_child_that_a_look_shows_is_ours_whoever_was_interrupted_by_its_birth() -> None:
    changes = child(10, MINE, pid=STRANGER)
    facts = known(shown(5, "server", "CLOSE -> SYN_RECV"), shown(15, "server", "SYN_RECV -> ESTABLISHED"))
    assert told(changes, facts) == (["5 server CLOSE -> SYN_RECV (look)", "11 server SYN_RECV -> ESTABLISHED"], [])


def test_of_two_children_alike_the_one_that_was_born_in_our_task_is_ours() -> None:
    changes = [*child(10, OTHER, pid=STRANGER), *child(12, MINE, pid=OURS)]
    facts = known(shown(15, "server", "CLOSE -> ESTABLISHED"))
    assert told(changes, facts) == (["13 server CLOSE -> ESTABLISHED"], [])


def test_of_two_children_alike_the_one_that_our_task_closed_is_ours() -> None:
    ours = [*child(10, MINE, pid=STRANGER), change(30, MINE, (SERVER, CLIENT), "ESTABLISHED -> CLOSE")]
    facts = known(shown(15, "server", "CLOSE -> ESTABLISHED"), shown(35, "server", "ESTABLISHED -> CLOSE"))
    lines = ["11 server CLOSE -> ESTABLISHED", "30 server ESTABLISHED -> CLOSE"]
    assert told([*ours, *child(12, OTHER, pid=OURS)], facts) == (lines, [])


def test_two_children_that_nothing_tells_apart_are_a_doubt() -> None:
    changes = [*child(10, MINE, pid=STRANGER), *child(12, OTHER, pid=STRANGER)]
    _, doubts = told(changes, known(shown(15, "server", "CLOSE -> ESTABLISHED")))
    assert doubts == [f"server {SERVER} {CLIENT} ESTABLISHED: 2 lives fit"]


def test_a_socket_that_a_look_shows_and_nothing_told_of_is_a_doubt() -> None:
    _, doubts = told([], known(shown(15, "client", "CLOSE -> ESTABLISHED")))
    assert doubts == [f"client {CLIENT} {SERVER} ESTABLISHED: no lives fit"]


def test_a_child_that_our_looks_should_have_shown_is_another_cases() -> None:
    changes = child(10, OTHER, pid=OURS)
    assert told(changes, known(looks=(5, 20), heard_at=(8,))) == ([], [])


def brief(pid: int) -> list[Change]:
    """Born and reset between two looks."""
    dies = change(14, MINE, (SERVER, CLIENT), "ESTABLISHED -> CLOSE", pid=pid, by_task=False)
    return [*child(10, MINE, pid=pid), dies]


def test_a_child_between_two_looks_is_ours_if_its_frame_had_just_come_and_our_task_was_interrupted() -> None:
    lines = ["11 server CLOSE -> ESTABLISHED", "14 server ESTABLISHED -> CLOSE"]
    assert told(brief(OURS), known(looks=(5, 20), heard_at=(8,))) == (lines, [])


def test_a_child_between_two_looks_whose_frame_was_not_heard_here_is_another_cases() -> None:
    assert told(brief(OURS), known(looks=(5, 20), heard_at=(3, 12))) == ([], [])
    assert told(brief(STRANGER), known(looks=(5, 20))) == ([], [])


def test_a_child_between_two_looks_that_only_its_frame_speaks_for_is_a_doubt() -> None:
    lines, doubts = told(brief(STRANGER), known(looks=(5, 20), heard_at=(8,)))
    assert lines == []
    assert doubts == [f"{SERVER} {CLIENT} lived between two looks, and may be another case's"]


def test_a_child_between_two_looks_that_a_stranger_closed_is_the_strangers() -> None:
    closes = change(14, MINE, (SERVER, CLIENT), "ESTABLISHED -> CLOSE", pid=STRANGER)
    assert told([*child(10, MINE, pid=STRANGER), closes], known(looks=(5, 20), heard_at=(8,))) == ([], [])


def test_a_life_with_a_gap_in_it_is_a_doubt() -> None:
    changes = [
        change(10, MINE, (CLIENT, SERVER), "CLOSE -> SYN_SENT"),
        change(20, MINE, (CLIENT, SERVER), "FIN_WAIT1 -> FIN_WAIT2"),
    ]
    assert told(changes, known())[1] == [f"client {CLIENT} {SERVER}: a change was not told"]


def test_an_address_in_the_kernel_that_is_used_again_is_another_socket() -> None:
    ends, places = (CLIENT, SERVER), count(10, 10)
    stories = ["CLOSE -> SYN_SENT", "SYN_SENT -> CLOSE", "CLOSE -> SYN_SENT", "SYN_SENT -> CLOSE"]
    pids = [OURS, OURS, STRANGER, STRANGER]
    changes = [change(next(places), MINE, ends, story, pid=pid) for story, pid in zip(stories, pids, strict=True)]
    assert told(changes, known()) == (["10 client CLOSE -> SYN_SENT", "20 client SYN_SENT -> CLOSE"], [])


def test_listeners_are_left_out_as_the_looks_leave_them_out() -> None:
    assert told([change(10, MINE, (SERVER, "0.0.0.0:0"), "CLOSE -> LISTEN")], known()) == ([], [])


def closing(at_ns: int) -> list[Change]:
    """A client that closes first, up to what the tracepoint calls its end."""
    stories = ["CLOSE -> SYN_SENT", "SYN_SENT -> ESTABLISHED", "ESTABLISHED -> FIN_WAIT1", "FIN_WAIT1 -> FIN_WAIT2"]
    ends = (CLIENT, SERVER)
    begun = [change(place, MINE, ends, story) for place, story in enumerate(stories, 10)]
    return [*begun, change(at_ns, MINE, ends, "FIN_WAIT2 -> CLOSE", by_task=False)]


def test_time_wait_is_told_when_the_socket_gave_way_to_it_and_ends_when_a_look_misses_it() -> None:
    facts = known(
        shown(15, "client", "CLOSE -> FIN_WAIT2"), shown(25, "client", "FIN_WAIT2 -> TIME_WAIT"),
        shown(35, "client", "TIME_WAIT -> CLOSE"),
    )  # fmt: skip
    lines, doubts = told(closing(20), facts)
    assert lines[-2:] == ["20 client FIN_WAIT2 -> TIME_WAIT", "35 client TIME_WAIT -> CLOSE (look)"]
    assert doubts == []


def test_what_waits_for_a_fin_without_a_full_socket_is_told_by_the_looks() -> None:
    facts = known(shown(25, "client", "CLOSE -> FIN_WAIT2"), shown(35, "client", "FIN_WAIT2 -> TIME_WAIT"), looks=(15,))
    assert told(closing(20), facts)[0][-2:] == [
        "13 client FIN_WAIT1 -> FIN_WAIT2", "35 client FIN_WAIT2 -> TIME_WAIT (look)"
    ]  # fmt: skip


def test_a_request_that_never_became_a_socket_is_told_by_the_looks() -> None:
    facts = known(shown(5, "server", "CLOSE -> SYN_RECV"), shown(15, "server", "SYN_RECV -> CLOSE"))
    assert told([], facts) == (
        ["5 server CLOSE -> SYN_RECV (look)", "15 server SYN_RECV -> CLOSE (look)"], []
    )  # fmt: skip


def test_a_child_that_stays_in_syn_recv_as_with_fast_open_is_told_so_from_its_birth() -> None:
    born, established = child(10, MINE, pid=OURS)
    facts = known(shown(15, "server", "CLOSE -> SYN_RECV"), shown(25, "server", "SYN_RECV -> ESTABLISHED"))
    assert told([born, established._replace(at_ns=20)], facts) == (
        ["10 server CLOSE -> SYN_RECV", "20 server SYN_RECV -> ESTABLISHED"], []
    )  # fmt: skip
