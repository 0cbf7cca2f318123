"""TCP ends played by hand: what a kernel would never send, sent at the scripted moment.

A puppet takes the first connection that sends it a SYN and goes through its steps: it waits for a segment, sends one,
or pauses. Segments that come early wait for the step that expects them. A segment that the current `expect` does not
mean is ignored: logged, and not acknowledged. So are other connections, and everything after the last step.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from netns import craft
from netns.ends import FIRST_SEQ, back
from netns.frames import Frame
from netns.log import Entry, PeerDid
from netns.match import Meaning, meaning_of
from netns.plan import Craft, Plan, Puppet
from netns.relay import MS, Parcel
from netns.wire import Intercept


class Line(Protocol):
    """What the puppets want of the wire."""

    def intercept(self, host: str, port: int, receive: Intercept) -> None: ...
    def inject(self, raw: bytes, sender: str, receiver: str, after_ms: int = 0) -> int: ...


class Puppets:
    """A `Punctual`: all the puppets of a plan, each on its port of the wire."""

    def __init__(self, plan: Plan, ground: object, wire: Line) -> None:
        self.log: list[Entry] = []
        self._wire = wire
        self._scripts = [_Script(puppet, self.log) for puppet in plan.puppets]
        for script in self._scripts:
            wire.intercept(script.puppet.on, script.puppet.port, script.receive)

    def wants(self) -> Mapping[int, int]:
        return {}

    def due_ns(self) -> int | None:
        return min((script.due_ns for script in self._scripts if script.due_ns is not None), default=None)

    def act(self, ready: Mapping[int, int], now_ns: int) -> bool:
        """Lets one puppet send one segment: the one whose turn came first, but none that had to pause."""
        return self._act(now_ns, [script for script in self._scripts if not script.has_paused])

    def act_late(self, now_ns: int) -> bool:
        return self._act(now_ns, self._scripts)

    def _act(self, now_ns: int, scripts: list[_Script]) -> bool:
        turns = [(script.due_ns, place) for place, script in enumerate(scripts) if script.due_ns is not None]
        due_ns, place = min(turns, default=(0, -1))
        # A turn that came since the caller read its clock counts, as it does on the wire.
        if not turns or due_ns > max(now_ns, time.time_ns()):
            return False
        script = scripts[place]
        raw, after_ms = script.speak(max(now_ns, due_ns))
        self._wire.inject(raw, script.puppet.on, script.peer, after_ms)
        return True


class _Script:
    """One puppet's place in its steps, and the little that TCP makes it remember."""

    def __init__(self, puppet: Puppet, log: list[Entry]) -> None:
        self.puppet = puppet
        self.peer = ""
        self.due_ns: int | None = None
        """When the next segment is to be sent; None while the puppet waits for one, or is through."""
        self.has_paused = False
        """Whether the clock kept that segment back."""
        self._log = log
        self._steps = deque(puppet.steps)
        self._inbox: deque[Parcel] = deque()
        self._heard: Parcel | None = None
        self._not_before_ns = 0
        self._next_seq = FIRST_SEQ

    def receive(self, at_ns: int, parcel: Parcel) -> None:
        """A segment arrived. It is looked at when a step expects one, so that nothing is lost during a pause."""
        flags = parcel.frame.flags
        if self._heard is None and "S" in flags and "A" not in flags:
            self._begin(parcel)
        elif self._heard is None or back(parcel.frame) != back(self._heard.frame):
            self._say("ignored", f"{_said(parcel.frame)} of another connection")
        else:
            self._inbox.append(parcel)
        self._go_on(at_ns)

    def speak(self, now_ns: int) -> tuple[bytes, int]:
        """The segment of the current step, which is over with this, and the milliseconds to send it after."""
        wanted = self._steps.popleft().send
        if wanted is None or self._heard is None:
            raise RuntimeError("a puppet was asked to speak out of turn")
        heard = self._heard
        raw = craft.answer(heard.frame, heard.raw, wanted) if wanted.icmp else self._segment(wanted, heard)
        self._say("sent", f"icmp {wanted.icmp}" if wanted.icmp else wanted.flags)
        self.due_ns = None
        self._go_on(now_ns)
        return raw, wanted.after_ms

    def _begin(self, syn: Parcel) -> None:
        """The SYN that opens the play; a script need not say that it expects it."""
        self._heard, self.peer = syn, syn.sender
        if self._steps and self._steps[0].expect:
            self._inbox.append(syn)

    def _go_on(self, at_ns: int) -> None:
        """Passes every step that needs nothing more, up to one that waits for a segment or for its turn to send."""
        while self._steps and self.due_ns is None and self._heard is not None:
            step = self._steps[0]
            if step.send is not None:
                self.due_ns = max(at_ns, self._not_before_ns)
                self.has_paused = self._not_before_ns > at_ns
            elif not step.expect:
                self._not_before_ns = max(at_ns, self._not_before_ns) + step.pause_ms * MS
                self._steps.popleft()
            elif self._finds(meaning_of(step.expect)):
                self._steps.popleft()
            else:
                return
        if not self._steps:
            self._finds(lambda frame: False)

    def _finds(self, is_meant: Meaning) -> bool:
        """Looks through the inbox for the segment meant, ignoring what came before it."""
        while self._inbox:
            parcel = self._inbox.popleft()
            if is_meant(parcel.frame):
                self._heard = parcel
                self._say("received", _said(parcel.frame))
                return True
            self._say("ignored", _said(parcel.frame))
        return False

    def _segment(self, wanted: Craft, heard: Parcel) -> bytes:
        """Acknowledges the last segment that was expected. A number made up by `fields` does not move the real ones."""
        seq = FIRST_SEQ if "S" in wanted.flags else self._next_seq
        ack = heard.frame.follows if "A" in wanted.flags else 0
        if "seq" not in wanted.fields:
            taken = len(wanted.payload.encode()) + ("S" in wanted.flags) + ("F" in wanted.flags)
            self._next_seq = (seq + taken) % (1 << 32)
        return craft.segment(back(heard.frame), wanted, seq, ack)

    def _say(self, action: str, detail: str) -> None:
        self._log.append(PeerDid(time.time_ns(), self.puppet.on, action, detail))


def _said(frame: Frame) -> str:
    return f"{frame.flags} {frame.size} bytes" if frame.data else frame.flags
