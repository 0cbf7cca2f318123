"""The scenario file's format: every section as a strict model, with its defaults and a line on what it means.

These models say what may stand where. What only shows once a choice of the matrix is made (which host a name means, which
family an address has) is checked in `harness.expand`. Durations become integer milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PrivateAttr, model_validator

from harness.fields import (
    AsList,
    AsMapping,
    AsText,
    Duration,
    Flags,
    HostName,
    Icmp,
    Kind,
    Label,
    Packet,
    Port,
    Scalar,
    refusal,
    shape,
)
from harness.yamlmarks import Document
from netns.plan import PeerScript, RouteKind

SPECS = ("toy9",)
TOYS = ("toy9",)
Branch = Literal[
    "connect-at-once", "connect-in-progress", "icmp-at-once", "icmp-while-locked", "reset-first", "reset-later"
]
Limit = Literal["AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK"]
Outcome = Literal["pass", "fail", "inconclusive", "not_applicable"]
CLAUSE = r"^[A-Z][A-Z0-9]*-[0-9]{2,3}$"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class ByFamily(Model):
    """One text for each address family."""

    ipv4: str | None = None
    ipv6: str | None = None


class IcmpByFamily(Model):
    """One ICMP error for each address family, as type/code."""

    ipv4: Icmp | None = None
    ipv6: Icmp | None = None


TextByFamily = Annotated[Annotated[str, AsText] | Annotated[ByFamily, AsMapping], Discriminator(shape)]
OneIcmp = Annotated[Annotated[Icmp, AsText] | Annotated[IcmpByFamily, AsMapping], Discriminator(shape)]


class Host(Model):
    """A host on the wire."""

    answers: bool = True
    """false: a dead neighbour, whose address nobody answers for."""
    sysctl: dict[Annotated[str, Field(pattern=r"^net(\.[A-Za-z0-9_-]+)+$")], Scalar] = {}
    """Settings of this host's network namespace by their dotted names."""


class Route(Model):
    """A route on a host: by way of another one, or to nowhere."""

    on: str = "client"
    to: TextByFamily
    """`target`, `default`, or a network such as 10.9.0.0/16."""
    kind: RouteKind = "via"
    via: TextByFamily | None = None
    """The next hop: a host or an address."""

    @model_validator(mode="after")
    def _has_next_hop(self) -> Route:
        if (self.kind == "via") == (self.via is None):
            message = "a route needs `via`" if self.via is None else f"a route of kind {self.kind} has no `via`"
            raise refusal(message, "give `via: HOST`, or a kind such as unreachable without `via`")
        return self


class Target(Model):
    """What the subject is told to connect to: {host} and {port} in its command."""

    host: str | None = None
    """A host of the lab, by its address in the case's family."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,253}$")] | None = None
    """A name to be resolved."""
    address: TextByFamily | None = None
    """A literal address, whether or not a host has it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 7

    @model_validator(mode="after")
    def _is_one_thing(self) -> Target:
        if sum(given is not None for given in (self.host, self.name, self.address)) > 1:
            raise refusal("the target is more than one thing", "give one of host, name and address")
        return self


class Program(Model):
    """A program on a host."""

    on: str = "server"
    run: Annotated[str, Field(min_length=1)]
    """Its command; {host}, {port}, {family}, the axes of the matrix and the names of hosts are filled in."""
    environment: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Scalar] = {}
    limits: dict[Limit, Annotated[int, Field(ge=0)]] = {}
    """Resource limits, for instance NOFILE."""


class Subject(Program):
    """The program under test."""

    on: str = "client"


class Listener(Model):
    """A listening socket of the lab, and what it does with each connection."""

    on: str = "server"
    port: Port = 7
    script: PeerScript = "echo"
    text: str = ""
    """What `banner` and `half-close` send."""
    backlog: Annotated[int, Field(ge=0, le=65535)] = 128
    rate: Annotated[int, Field(ge=0)] = 0
    """Bytes a second that `slow` reads."""
    options: dict[str, int] = {}
    """Socket options, for instance SO_RCVBUF."""

    @model_validator(mode="after")
    def _fits_its_script(self) -> Listener:
        if self.text and self.script not in ("banner", "half-close"):
            raise refusal(f"a listener that plays {self.script} has no text", "use `script: banner`")
        if (self.script == "slow") != bool(self.rate):
            raise refusal("`slow` and `rate` belong together", "give `script: slow` and `rate: BYTES_A_SECOND`")
        return self


class Craft(Model):
    """A packet made up by the lab: an ICMP error, or a TCP segment with these flags."""

    icmp: OneIcmp | None = None
    """type/code, or net-unreachable, host-unreachable, port-unreachable, prohibited."""
    flags: Flags | None = None
    payload: str = ""
    after: Duration = 0
    fields: dict[str, Scalar] = {}
    """Header fields by scapy's names; `+1000` is relative."""

    @model_validator(mode="after")
    def _is_one_packet(self) -> Craft:
        if (self.icmp is None) == (self.flags is None):
            raise refusal("a made-up packet is either ICMP or TCP", "give one of icmp and flags")
        if self.icmp is not None and self.payload:
            raise refusal("an ICMP error quotes a packet and has no payload", "remove payload")
        return self


class Frame(Model):
    """Frames on the wire, by kind, number and direction."""

    on: Packet
    """TCP flags exactly (S, SA, PA, RA) or data, tcp, udp, arp, nd, icmp, dns, any; `S #2` is the second one."""
    sender: Annotated[str | None, Field(alias="from")] = None
    receiver: Annotated[str | None, Field(alias="to")] = None


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Deed(Model):
    """What happens to a frame."""

    drop: bool = False
    cut: bool = False
    """The receiver's link is dead from this frame on."""
    hold: Annotated[Annotated[str, AsText] | Annotated[Frame, AsMapping], Discriminator(shape)] | None = None
    """Kept until `state STATE`, `exit HOST`, `closed HOST`, or until a frame {on: ...} was seen."""
    delay: Duration = 0
    duplicate: Annotated[int, Field(ge=0, le=100)] = 0
    """How many copies follow the frame."""
    rewrite: dict[str, Scalar] = {}
    answer: Annotated[list[Craft], BeforeValidator(_listed)] = []
    """What its sender gets back, made up by the lab."""

    @model_validator(mode="after")
    def _does_something(self) -> Deed:
        later = self.hold is not None or self.delay or self.duplicate or self.rewrite
        if (self.drop or self.cut) and later:
            raise refusal("a frame that is dropped cannot be kept, delayed or changed", "remove drop or the rest")
        if not (self.drop or self.cut or self.answer or later):
            raise refusal("nothing is done to the frame", "give drop, hold, delay, duplicate, rewrite, answer or cut")
        return self


class Rule(Frame):
    """What happens to which frames; the first rule that fits a frame decides."""

    do: Annotated[
        Annotated[Literal["drop", "cut"], AsText] | Annotated[Deed, AsMapping],
        Discriminator(shape),
    ]


class Step(Model):
    """One line of a puppet's script."""

    expect: Kind | None = None
    send: Craft | None = None
    pause: Duration | None = None

    @model_validator(mode="after")
    def _is_one_step(self) -> Step:
        if sum(given is not None for given in (self.expect, self.send, self.pause)) != 1:
            raise refusal("a step is one thing", "give one of expect, send and pause")
        return self


class Puppet(Model):
    """A TCP end played by hand, for what no kernel would send."""

    on: str = "server"
    port: Port = 7
    steps: Annotated[list[Step], Field(min_length=1)]


Texts = Annotated[Annotated[str, AsText] | Annotated[list[str], AsList], Discriminator(shape)]


class Answer(Model):
    """What the name server says about one type: hosts, addresses or a fault, perhaps late."""

    answer: Texts
    delay: Duration = 0


OneAnswer = Annotated[
    Annotated[str, AsText] | Annotated[list[str], AsList] | Annotated[Answer, AsMapping], Discriminator(shape)
]


class Name(Model):
    """What the name server knows about a name, by the type of the query; a type left out has no data."""

    A: OneAnswer | None = None
    AAAA: OneAnswer | None = None
    answer: OneAnswer | None = None
    """For both types: a fault, or hosts and addresses of the case's family."""
    delay: Duration = 0

    @model_validator(mode="after")
    def _says_something(self) -> Name:
        if (self.answer is None) == (self.A is None and self.AAAA is None):
            raise refusal("it is not clear what is answered", "give either A and AAAA, or answer")
        return self


class Resolver(Model):
    """The subject's /etc/resolv.conf."""

    nameserver: TextByFamily = "dns"
    """A host, an address, or `none`."""
    options: str = ""
    """As in resolv.conf(5), for instance `timeout:1 attempts:1`."""
    search: str = ""


class Expect(Model):
    """What the scenario asks beside the clauses."""

    states: list[Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]] = []
    error: Annotated[str, Field(pattern=r"^E[A-Z0-9_]+$")] | None = None
    """The error that is announced: an errno or an EAI_ name."""
    exit: Annotated[int, Field(ge=0, le=255)] | None = None
    stdout: list[str] = []
    """Texts that must appear in the output."""
    received: str | None = None
    """What the peer got from the subject, in all."""
    syns: Annotated[int, Field(ge=0)] | None = None
    """How many SYNs left the subject's host for the target."""
    callbacks: list[Annotated[str, Field(pattern=r"^[A-Za-z]+(\(.*\))?$")]] = []
    """The callbacks in order, each as a name or as NAME(ARGUMENTS)."""
    branch: list[Branch] = []
    """Which of several lawful outcomes may be seen."""
    silence_before: Flags | None = None
    """No outcome is announced before a packet with these flags has arrived."""
    within: Duration | None = None
    clauses: dict[Annotated[str, Field(pattern=CLAUSE)], Outcome] = {}
    """Clauses whose verdict is asked for; one that is not named is still judged."""

    @model_validator(mode="after")
    def _callbacks_agree(self) -> Expect:
        if len({"(" in callback for callback in self.callbacks}) > 1:
            raise refusal("some callbacks have arguments and some have none", "write all of them in the same way")
        return self


Choice = Annotated[Annotated[list[Label], AsList] | Annotated[Label, AsText], Discriminator(lambda v: _one_or_list(v))]


def _one_or_list(value: Any) -> str | None:
    return "<list>" if isinstance(value, list) else None if isinstance(value, dict | bool | None) else "<text>"


class Where(Model):
    """A difference for some choices of the matrix: `then` is laid over the file where `if` holds."""

    condition: Annotated[dict[str, Choice], Field(alias="if", min_length=1)]
    then: Annotated[dict[str, Any], Field(min_length=1)]


Axis = Annotated[
    Annotated[list[Label], AsList, Field(min_length=1)] | Annotated[dict[Label, Scalar], AsMapping, Field(min_length=1)],
    Discriminator(shape),
]


class Scenario(Model):
    """One network situation, a program under test, and what is expected of it."""

    scenario: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    """The name: the file's name without .yaml."""
    spec: Literal["toy9"]
    """The spec whose clauses judge."""
    why: Annotated[str, Field(min_length=10)]
    """What this pins down, in a sentence or two."""
    tags: list[Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]] = []
    slow: bool = False
    """Waits for a real timer of the kernel."""
    matrix: dict[HostName, Axis] = {}
    """Axes with their labels, or with a text for each label that is put in for {axis}; `family` chooses the addresses."""
    exceptions: Annotated[list[dict[str, Choice]], Field(alias="except")] = []
    """Combinations of the matrix that are left out."""
    hosts: dict[HostName, Host] = {}
    """Hosts beside client and server, or settings of these."""
    cables: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    """Direct cables between two hosts, past the wire."""
    routes: list[Route] = []
    target: Target = Target()
    subject: Annotated[Annotated[str, AsText] | Annotated[Subject, AsMapping], Discriminator(shape)]
    """The program under test: its command, or a mapping."""
    programs: list[Program] = []
    listeners: list[Listener] = []
    puppets: list[Puppet] = []
    dns: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,253}$")],
        Annotated[
            Annotated[str, AsText] | Annotated[list[str], AsList] | Annotated[Name, AsMapping], Discriminator(shape)
        ],
    ] = {}
    """The name server's zone; any other name does not exist."""
    resolver: Resolver | None = None
    hosts_file: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,253}$")], TextByFamily] = {}
    """Names in /etc/hosts."""
    wire: list[Rule] = []
    """What happens to which frames."""
    pace: Literal["lockstep", "free"] = "lockstep"
    deadline: Annotated[Duration, Field(ge=1)] = 10_000
    expect: Expect = Expect()
    where: list[Where] = []

    _document: Document | None = PrivateAttr(default=None)
    _cases: Any = PrivateAttr(default=None)

    @property
    def document(self) -> Document:
        """The file that this was read from."""
        assert self._document is not None, "a Scenario is made by harness.load"
        return self._document

    def read_from(self, document: Document) -> Scenario:
        self._document = document
        return self
