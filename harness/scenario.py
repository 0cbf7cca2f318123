"""The scenario file's format: every section as a strict model, with its defaults and a line on what it means.

These models say what may stand where. What only shows once a choice of the matrix is made (which host a name means,
which family an address has) is checked in `harness.expand`. Durations become integer milliseconds.
"""
# ruff: noqa: RUF012 (pydantic copies mutable defaults)

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from harness.case import PATIENCE_MS, Case
from harness.fields import (
    CALLBACK,
    CLAUSE,
    DOMAIN,
    ERROR,
    KERNELS,
    LABEL_OR_LIST,
    LIST_OR_MAPPING,
    STATE,
    STEM,
    TEXT_LIST_OR_MAPPING,
    TEXT_OR_MAPPING,
    VARIABLE,
    AsList,
    AsMapping,
    AsText,
    Duration,
    Flags,
    HostName,
    Label,
    Scalar,
    Situation,
    refusal,
)
from harness.names import Name, Resolver
from harness.sections import Host, Listener, Model, Puppet, Route, Rule, TextByFamily
from harness.yamlmarks import Document
from netns.plan import DnsFault

Spec = Literal["chat", "httpd", "kernel", "net_conn", "readiness", "toy9"]
Branch = Literal[
    "connect-at-once", "connect-in-progress", "icmp-at-once", "icmp-while-locked", "reset-first", "reset-later"
]
Limit = Literal["AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK"]
Outcome = Literal["pass", "fail", "inconclusive", "not_applicable"]


class Target(Model):
    """What the subject is told to connect to: {host} and {port} in its command."""

    host: str | None = None
    """A host of the lab, by its address in the case's family."""
    name: Annotated[str, Field(pattern=DOMAIN)] | None = None
    """A name to be resolved."""
    address: TextByFamily | None = None
    """A literal address, whether or not a host has it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 7
    """The port: {port} in commands."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Target:
        if sum(given is not None for given in (self.host, self.name, self.address)) > 1:
            raise refusal("the target is more than one thing", "give one of host, name and address")
        return self


Command = Annotated[str, Field(min_length=1)]


class Program(Model):
    """A program on a host."""

    on: str = "server"
    """The host that it runs on."""
    run: Command | None = None
    """Its command; {host}, {port}, {family}, the axes of the matrix and the names of hosts are filled in."""
    calls: list[Command] = []
    """System calls to make one after the other, in place of a command; placeholders are filled in."""
    environment: dict[Annotated[str, Field(pattern=VARIABLE)], Scalar] = {}
    """Variables of its environment; placeholders are filled in."""
    limits: dict[Limit, Annotated[int, Field(ge=0)]] = {}
    """Resource limits, for instance NOFILE."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> Program:
        if self.run is None and not self.calls:
            raise refusal("`run` is missing", "write `run: ...` here, or `calls: [...]`")
        if self.run is not None and self.calls:
            raise refusal("a program is either a command or a list of calls", "give one of run and calls")
        return self


class Beside(Program):
    """A program beside the subject."""

    starts: Literal["before", "after"] = "before"
    """Before the subject, or after it, as a client of a server under test does."""


class Subject(Program):
    """The program under test."""

    on: str = "client"
    """The host that it runs on."""


TraceLine = Annotated[str, Field(min_length=3)]


class Expect(Model):
    """What the scenario asks beside the clauses."""

    states: list[Annotated[str, Field(pattern=STATE)]] = []
    """The states that the subject goes through, in order."""
    error: Annotated[str, Field(pattern=ERROR)] | None = None
    """The error that is announced: an errno or an EAI_ name."""
    exit: Annotated[int, Field(ge=0, le=255)] | None = None
    """The exit status of the subject."""
    stdout: list[str] = []
    """Texts that must appear in the output."""
    received: str | None = None
    """What the peer got from the subject, in all."""
    syns: Annotated[int, Field(ge=0)] | None = None
    """How many SYNs left the subject's host for the target."""
    callbacks: list[Annotated[str, Field(pattern=CALLBACK)]] = []
    """The callbacks in order, each as a name or as NAME(ARGUMENTS)."""
    branch: list[Branch] = []
    """Which of several lawful outcomes may be seen."""
    silence_before: Flags | None = None
    """No outcome is announced before a packet with these flags has arrived."""
    trace: list[TraceLine] = []
    """Lines of the trace that must come in this order, each as LANE BODY; `*` stands for anything."""
    absent: list[TraceLine] = []
    """Lines that must not be in the trace, written in the same way."""
    witnessed: list[TraceLine] = []
    """Lines as in `trace` that a program cannot tell itself, such as calls of the C library; asked only of strace."""
    always: list[TraceLine] = []
    """Lines as in `trace` that hold whatever program is under test, and are asked of another subject as well."""
    within: Duration | None = None
    """How long the subject may take to its outcome."""
    kernels: Annotated[str, Field(pattern=KERNELS)] | None = None
    """The kernels on which all this was measured, as `6.5 to 6.18`; on others a difference is inconclusive."""
    clauses: dict[Annotated[str, Field(pattern=CLAUSE)], Outcome] = {}
    """Clauses whose verdict is asked for; one that is not named is still judged."""

    @model_validator(mode="after")
    def _callbacks_agree(self) -> Expect:
        if len({"(" in callback for callback in self.callbacks}) > 1:
            raise refusal("some callbacks have arguments and some have none", "write all of them in the same way")
        return self


Choice = Annotated[Annotated[list[Label], AsList] | Annotated[Label, AsText], LABEL_OR_LIST]


class Where(Model):
    """A difference for some choices of the matrix: `then` is laid over the file where `if` holds."""

    condition: Annotated[dict[str, Choice], Field(alias="if", min_length=1)]
    """A label, or a list of labels, for each axis named."""
    then: Annotated[dict[str, Any], Field(min_length=1)]
    """Sections to lay over; a key without a value is taken away."""


Axis = Annotated[
    Annotated[list[Label], AsList, Field(min_length=1)]
    | Annotated[dict[Label, Scalar], AsMapping, Field(min_length=1)],
    LIST_OR_MAPPING,
]


class Scenario(Model):
    """One network situation, a program under test, and what is expected of it."""

    scenario: Annotated[str, Field(pattern=STEM)]
    """The name: the file's name without .yaml."""
    spec: Spec
    """The spec whose clauses judge."""
    why: Annotated[str, Field(min_length=10)]
    """What this pins down, in a sentence or two."""
    tags: list[Annotated[str, Field(pattern=STEM)]] = []
    """Words to choose scenarios by."""
    catalogue: list[Situation] = []
    """The numbers of the situations in the catalogue that this plays."""
    slow: bool = False
    """Waits for a real timer of the kernel."""
    matrix: dict[HostName, Axis] = {}
    """Axes with their labels, or with a text for each label, put in for {axis}; `family` chooses the addresses."""
    exceptions: Annotated[list[dict[str, Choice]], Field(alias="except")] = []
    """Combinations of the matrix that are left out."""
    hosts: dict[HostName, Host] = {}
    """Hosts beside client and server, or settings of these."""
    cables: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    """Direct cables between two hosts, past the wire."""
    routes: list[Route] = []
    """Routes beside those that the ground has."""
    target: Target = Target()
    """What the subject is to connect to."""
    subject: Annotated[Annotated[Command, AsText] | Annotated[Subject, AsMapping], TEXT_OR_MAPPING]
    """The program under test: its command, or a mapping."""
    programs: list[Beside] = []
    """Programs beside the subject."""
    listeners: list[Listener] = []
    """Listening sockets of the lab."""
    puppets: list[Puppet] = []
    """TCP ends played by hand."""
    dns: dict[
        Annotated[str, Field(pattern=DOMAIN)],
        Annotated[
            Annotated[str, AsText] | Annotated[list[str], AsList] | Annotated[Name, AsMapping], TEXT_LIST_OR_MAPPING
        ],
    ] = {}
    """The name server's zone; any other name does not exist."""
    name_servers: dict[HostName, DnsFault] = {}
    """Further name servers: a host, and what it says to every question."""
    resolver: Resolver | None = None
    """Where the subject's resolver asks; the lab's name server if `dns` is given."""
    hosts_file: dict[Annotated[str, Field(pattern=DOMAIN)], TextByFamily] = {}
    """Names in /etc/hosts."""
    wire: list[Rule] = []
    """What happens to which frames."""
    pace: Literal["lockstep", "free"] = "lockstep"
    """lockstep: the wire delivers a frame only when every program sleeps."""
    deadline: Annotated[Duration, Field(ge=1)] = PATIENCE_MS
    """When the case is ended if it has not ended by itself."""
    expect: Expect = Expect()
    """What is asked beside the clauses."""
    where: list[Where] = []
    """Differences for some choices of the matrix."""

    _document: Document | None = PrivateAttr(default=None)
    _kept: list[Case] | None = PrivateAttr(default=None)

    @property
    def document(self) -> Document:
        """The file that this was read from."""
        assert self._document is not None, "a Scenario is made by harness.load"
        return self._document

    @property
    def kept(self) -> list[Case] | None:
        """The cases, if they were made already."""
        return self._kept

    def keep(self, cases: list[Case]) -> None:
        self._kept = cases

    def read_from(self, document: Document) -> Scenario:
        """The same scenario, knowing its file."""
        self._document = document
        return self
