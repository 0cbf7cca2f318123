"""One case: a scenario with one choice of its matrix, everything resolved, light enough to load without a validator."""

from __future__ import annotations

from msgspec import Struct, field

from netns.plan import Plan, address_of

PATIENCE_MS = 10_000
"""How long a case may last, unless its scenario says otherwise."""


class Program(Struct, frozen=True, kw_only=True):
    """A program on host `on`. `argv[0]` names a toy of ours (`toy9`) or an executable; placeholders are filled in."""

    on: str
    argv: tuple[str, ...]
    mutant: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    """Resource limits by their name without the prefix, for instance `NOFILE`."""
    starts: str = "before"
    """`before` the subject or `after` it; of the subject itself this says nothing."""


class Expect(Struct, frozen=True, kw_only=True):
    """What the scenario itself asks, beside the clauses.

    An empty field asks nothing; `line` is the file's line of each.
    """

    states: tuple[str, ...] = ()
    error: str = ""
    exit: int | None = None
    stdout: tuple[str, ...] = ()
    received: str | None = None
    """What the peer must have got from the subject, in all, as text."""
    syns: int | None = None
    """How many SYNs left the subject's host for the target."""
    callbacks: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    """Which of several legal outcomes may be seen: `icmp-at-once`, `icmp-while-locked`."""
    silence_before: str = ""
    trace: tuple[str, ...] = ()
    """Lines of the trace that must come in this order, and (`absent`) that must not be in it; `*` is anything."""
    absent: tuple[str, ...] = ()
    witnessed: tuple[str, ...] = ()
    """Lines in this order that only a witness beside the program can see: what a library calls, and signals."""
    always: tuple[str, ...] = ()
    """Lines as in `trace` that another subject is asked for as well."""
    within_ms: int | None = None
    kernels: str = ""
    """The kernels (`6.5 to 6.18`) on which this was measured; on others a difference is inconclusive."""
    clauses: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


class Case(Struct, frozen=True, kw_only=True):
    """`id` is `SCENARIO::AXES`. `target` is what the subject connects to, as the subject is told: host text and port.

    `pace` is `lockstep` (the wire delivers the next frame only when every program sleeps) or `free`.
    """

    id: str
    spec: str
    scenario: str
    axes: dict[str, str]
    file: str
    line: int
    why: str
    plan: Plan
    subject: Program
    programs: tuple[Program, ...] = ()
    target_host: str = ""
    target_port: int = 0
    expect: Expect = Expect()
    pace: str = "lockstep"
    ends: str = "subject"
    """Who ends the case by ending: the `subject`, or its `clients`, where it is a server that nobody tells to stop."""
    deadline_ms: int = PATIENCE_MS
    idle_ms: int = 0
    busy_ms: int = 0
    """The case is over, as at its deadline, when nothing has happened for so long, or when its programs have used so
    much processor time; 0: without such a limit."""
    tags: tuple[str, ...] = ()
    slow: bool = False

    @property
    def has_clients(self) -> bool:
        """Whether programs start when the subject listens."""
        return any(program.starts == "after" for program in self.programs)

    @property
    def serves(self) -> bool:
        """Whether the subject is a server: its own host is the case's target, and somebody connects there."""
        somebody_comes = self.has_clients or bool(self.plan.puppets)
        return somebody_comes and self.target_host == address_of(self.plan, self.subject.on)
