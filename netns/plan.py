"""The ground as data: what the builder, the wire, the name server and the peers are asked to make.

A plan is plain, frozen and JSON-able; whoever wants a ground writes one, and nothing in it touches the world. Times are
integers with their unit in the name. Hosts are known by name; addresses follow from their place in the plan: the n-th
host (from 1) is 10.0.0.n and fd00::n, with MAC 02:00:00:00:00:0n, all on one segment whose every frame passes through
the lab.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

RouteKind = Literal["via", "link", "unreachable", "prohibit", "blackhole", "throw"]
DnsFault = Literal[
    "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NODATA", "silence", "truncated", "wrong-id", "garbage"
]
PeerScript = Literal["echo", "silent", "banner", "close", "reset", "half-close", "no-accept", "slow", "sink"]


class Host(Struct, frozen=True, kw_only=True):
    """A network namespace with one port on the wire.

    `answers` off means a dead neighbour: the host has its address on paper but no interface replies to ARP or ND.
    `sysctl` maps dotted names to values, written inside the namespace before its link comes up.
    """

    name: str
    answers: bool = True
    sysctl: dict[str, str] = field(default_factory=dict)


class Cable(Struct, frozen=True, kw_only=True):
    """A direct veth pair between two hosts that the lab does not relay, only listens to (at the second host's end).

    The n-th cable (from 1) is 10.n.0.0/24 and fd00:n::/64, the first host .1 and the second .2. Frames cross it inside
    the sender's system call, which is what makes an ICMP answer arrive while connect() still owns the socket.
    """

    between: tuple[str, str]


class Route(Struct, frozen=True, kw_only=True):
    """A route on host `on` to network `to` (CIDR): a kind without next hop, or `via` an address."""

    on: str
    to: str
    kind: RouteKind = "via"
    via: str = ""


class Craft(Struct, frozen=True, kw_only=True):
    """A packet that the lab makes up, as the answer to a frame that a rule matched.

    `icmp` is `type/code` (ICMPv4 numbers; on IPv6 the builder of frames takes ICMPv6 numbers) quoting the matched
    frame; else `flags` makes a TCP segment from the matched frame's destination back to its source, acknowledging it
    unless `fields` says otherwise. `fields` overrides scapy's field names (`seq`, `ack`, `window`), relative numbers
    allowed as `+1000`. `payload` is text.
    """

    icmp: str = ""
    flags: str = ""
    payload: str = ""
    after_ms: int = 0
    fields: dict[str, str] = field(default_factory=dict)


class Match(Struct, frozen=True, kw_only=True):
    """Which frames a rule means; an empty field matches anything.

    `what` is TCP flags (`S`, `SA`, `A`, `PA`, `R` ...: these flags exactly), `data` (TCP with payload), `tcp`, `udp`,
    `arp`, `nd`, `icmp`, `dns` or `any`. `nth` counts the frames that match everything else, from 1; 0 means every one.
    A retransmission counts as one more.
    """

    what: str = "any"
    nth: int = 0
    sender: str = ""
    receiver: str = ""


class Rule(Struct, frozen=True, kw_only=True):
    """What happens to the matching frames. Several may be set: `answer` with `drop`, `duplicate` with `delay_ms`.

    `hold_until` keeps the frame until the runner announces that fact to the wire: `state error`, `exit client`,
    `closed client`, or until a frame matching `hold_until_frame` was seen. `rewrite` sets header fields by scapy's
    names. `cut` takes the receiver's port off the wire from this frame on. `together` delivers in one act what would be
    several: the answers, the frame and its duplicates, or what was held and the frame that it was held for.
    """

    match: Match
    drop: bool = False
    hold_until: str = ""
    hold_until_frame: Match | None = None
    delay_ms: int = 0
    duplicate: int = 0
    rewrite: dict[str, str] = field(default_factory=dict)
    answer: tuple[Craft, ...] = ()
    cut: bool = False
    together: bool = False


class Record(Struct, frozen=True, kw_only=True):
    """What the zone says for one name and type (`A`, `AAAA`, `*` for both): addresses, or a fault, after `delay_ms`.

    `alias` is another name that this one stands for (CNAME), and then all that is said of it here.
    """

    name: str
    type: str = "*"
    addresses: tuple[str, ...] = ()
    fault: DnsFault | None = None
    delay_ms: int = 0
    alias: str = ""


class Zone(Struct, frozen=True, kw_only=True):
    """The name server: host `on` answers UDP and TCP port 53 from `records`; `rest` is what any other name gets."""

    on: str = "dns"
    records: tuple[Record, ...] = ()
    rest: DnsFault = "NXDOMAIN"


class Files(Struct, frozen=True, kw_only=True):
    """What the programs find in /etc: bind-mounted, so that the system's own resolver is exercised."""

    resolv_conf: str = ""
    hosts: str = "127.0.0.1 localhost\n::1 localhost\n"
    nsswitch_conf: str = "hosts: files dns\n"


class Listener(Struct, frozen=True, kw_only=True):
    """A kernel socket of the lab that listens on host `on` and plays `script` with each connection.

    echo: sends back what arrives, closes after the peer's FIN. silent: accepts, reads, never sends. banner: sends
    `text`, then echoes. close: accepts and closes. reset: accepts and closes with SO_LINGER 0. half-close: sends
    `text`, shuts its sending side, reads on. no-accept: listens only. slow: reads `rate` bytes a second. sink: reads
    and discards to EOF.
    """

    on: str
    port: int
    script: PeerScript = "echo"
    text: str = ""
    backlog: int = 128
    rate: int = 0
    options: dict[str, int] = field(default_factory=dict)


class Step(Struct, frozen=True, kw_only=True):
    """One line of a scripted end: wait for a segment (`expect`), send one (`send` with Craft's fields), or pause."""

    expect: str = ""
    send: Craft | None = None
    pause_ms: int = 0


class Puppet(Struct, frozen=True, kw_only=True):
    """A TCP end played by hand (scapy) on host `on`: that host's kernel never sees the segments to this port."""

    on: str
    port: int
    steps: tuple[Step, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """The whole ground of one case."""

    family: Literal["ipv4", "ipv6"] = "ipv4"
    hosts: tuple[Host, ...] = (Host(name="client"), Host(name="server"))
    cables: tuple[Cable, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    zone: Zone | None = None
    other_zones: tuple[Zone, ...] = ()
    """Those of further name servers, each on a host of its own."""
    files: Files = Files()
    listeners: tuple[Listener, ...] = ()
    puppets: tuple[Puppet, ...] = ()


def address_of(plan: Plan, name: str, family: str = "") -> str:
    """The wire address of host `name`: `10.0.0.2`, or `fd00::2` in an IPv6 plan (or as `family` says)."""
    place = [host.name for host in plan.hosts].index(name) + 1
    return f"fd00::{place:x}" if (family or plan.family) == "ipv6" else f"10.0.0.{place}"
