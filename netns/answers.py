"""What the name server says: the bytes of a query in, the bytes of its answer out.

Touches no socket. DNS messages are made by dnslib, imported with the first zone so that grounds without one do not pay.
"""

from __future__ import annotations

import ipaddress
from itertools import pairwise
from typing import Any, NamedTuple

from netns.plan import Record, Zone

VERSIONS = {"A": 4, "AAAA": 6}
RCODES = {"FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
ADDRESSED = ("NOERROR", "wrong-id")
GARBAGE = b"\xde\xad\xbe\xef\x00"
UDP_ROOM = 512
TTL_S = 60


def preload() -> None:
    """Imports dnslib, in a process that will fork name servers."""
    import dnslib  # noqa: F401


class Answer(NamedTuple):
    """A query and what it gets. `message` None is no answer: `silence`, or `ignored` for what was no query at all.

    `outcome` is `NOERROR`, an RCODE, `NODATA`, or the fault's name; of aliases it is `loop` where they lead back to one
    of themselves, and `dangling` where they lead to no address. What could not be read has `?` for name and type.
    """

    name: str
    type: str
    outcome: str
    addresses: tuple[str, ...] = ()
    delay_ms: int = 0
    message: bytes | None = None


class _Found(NamedTuple):
    """What a zone has for a question; `aliases` are the names that led from the one asked for to the last, in order."""

    outcome: str
    addresses: tuple[str, ...] = ()
    delay_ms: int = 0
    aliases: tuple[str, ...] = ()


class Answers:
    """A zone with its faults.

    Names are compared without case and without the trailing dot; an unknown one gets the rest of the zone.
    """

    def __init__(self, zone: Zone) -> None:
        import dnslib
        from dnslib.label import DNSLabelError  # dnslib.label itself is a function of the same name

        self._dnslib: Any = dnslib
        self._bad_label: type[Exception] = DNSLabelError
        self._rest = zone.rest
        self._records: dict[str, list[Record]] = {}
        for record in zone.records:
            self._records.setdefault(_key(record.name), []).append(record)

    def to(self, query: bytes, *, by_tcp: bool = False) -> Answer:
        """The answer to a message as it came; never raises, whatever the bytes are."""
        header = self._header(query)
        if header is None or header.qr:
            return Answer("?", "?", "ignored")
        question = self._question(query, header)
        if question is None:
            return Answer("?", "?", "FORMERR", message=self._pack(header, None, "FORMERR"))
        name, kind = str(question.qname).removesuffix(".") or ".", self._dnslib.QTYPE.get(question.qtype)
        found = self._look_up(name, kind) if header.opcode == 0 else _Found("NOTIMP")
        if found.outcome == "truncated" and by_tcp:
            found = found._replace(outcome="NOERROR" if found.addresses else "NODATA")
        outcome, message = found.outcome, self._message(header, question, found)
        if message is not None and len(message) > UDP_ROOM and not by_tcp:
            outcome, message = "truncated", self._pack(header, question, "truncated")
        said = found.addresses if outcome in ADDRESSED else ()
        return Answer(name, kind, outcome, said, found.delay_ms, message)

    def _header(self, query: bytes) -> Any:
        try:
            return self._dnslib.DNSHeader.parse(self._dnslib.DNSBuffer(query))
        except self._dnslib.DNSError:
            return None

    def _question(self, query: bytes, header: Any) -> Any:
        """The one question; None if there is none, more than one, or one that cannot be read."""
        if header.q != 1:
            return None
        buffer = self._dnslib.DNSBuffer(query)
        buffer.offset = 12
        try:
            return self._dnslib.DNSQuestion.parse(buffer)
        except (self._dnslib.DNSError, self._bad_label):
            return None

    def _look_up(self, name: str, kind: str) -> _Found:
        """What the zone has for a name, and for the names that it stands for, up to one that was met before.

        The outcome is that of the last name (RFC 6604, 3).
        """
        aliases: list[str] = []
        records = self._records.get(_key(name), [])
        while records and records[0].alias and _key(records[0].alias) not in map(_key, (name, *aliases)):
            aliases.append(records[0].alias)
            records = self._records.get(_key(records[0].alias), [])
        if records and records[0].alias:
            return _Found("loop", aliases=(*aliases, records[0].alias))
        found = self._of(records, kind)
        dangles = aliases and found.outcome == "NODATA"
        return found._replace(aliases=tuple(aliases), outcome="dangling" if dangles else found.outcome)

    def _of(self, records: list[Record], kind: str) -> _Found:
        """Outcome, addresses and delay of one name. Records of just this type go before those of every type."""
        if not records:
            return _Found(self._rest)
        meant = [r for r in records if r.type == kind] or [r for r in records if r.type == "*"]
        addresses = tuple(text for r in meant for text in r.addresses if _version(text) == VERSIONS.get(kind))
        fault = next((record.fault for record in meant if record.fault), None)
        delay_ms = max((record.delay_ms for record in meant), default=0)
        return _Found(fault or ("NOERROR" if addresses else "NODATA"), addresses, delay_ms)

    def _message(self, header: Any, question: Any, found: _Found) -> bytes | None:
        if found.outcome == "silence":
            return None
        if found.outcome == "garbage":
            return GARBAGE
        addresses = found.addresses if found.outcome in ADDRESSED else ()
        return self._pack(header, question, found.outcome, addresses, found.aliases)

    def _pack(
        self, header: Any, question: Any, outcome: str, addresses: tuple[str, ...] = (), aliases: tuple[str, ...] = ()
    ) -> bytes:
        dnslib = self._dnslib
        reply = dnslib.DNSRecord(header, q=question).reply() if question else _bare_reply(dnslib, header)
        reply.header.rcode = RCODES.get(outcome, 0)
        reply.header.tc = int(outcome == "truncated")
        reply.header.id = header.id ^ int(outcome == "wrong-id")
        names = [question.qname if question else "", *aliases]
        for owner, alias in pairwise(names):
            reply.add_answer(dnslib.RR(owner, dnslib.QTYPE.CNAME, rdata=dnslib.CNAME(alias), ttl=TTL_S))
        for address in addresses:
            kind = "A" if _version(address) == VERSIONS["A"] else "AAAA"
            data = getattr(dnslib, kind)(address)
            reply.add_answer(dnslib.RR(names[-1], getattr(dnslib.QTYPE, kind), rdata=data, ttl=TTL_S))
        packed: bytes = bytes(reply.pack())
        return packed


def _bare_reply(dnslib: Any, header: Any) -> Any:
    """A reply that does not repeat a question, because none could be read."""
    return dnslib.DNSRecord(dnslib.DNSHeader(id=header.id, bitmap=header.bitmap, qr=1, ra=1, aa=1))


def _key(name: str) -> str:
    return name.lower().removesuffix(".")


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version
