"""What the name server says: the bytes of a query in, the bytes of its answer out.

Touches no socket. DNS messages are made by dnslib, imported with the first zone so that grounds without one do not pay.
"""

from __future__ import annotations

import ipaddress
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

    `outcome` is `NOERROR`, an RCODE, `NODATA`, or the fault's name. What could not be read has `?` for name and type.
    """

    name: str
    type: str
    outcome: str
    addresses: tuple[str, ...] = ()
    delay_ms: int = 0
    message: bytes | None = None


class Answers:
    """A zone with its faults.

    Names are compared without case and without the trailing dot; an unknown one is NXDOMAIN.
    """

    def __init__(self, zone: Zone) -> None:
        import dnslib
        from dnslib.label import DNSLabelError  # dnslib.label itself is a function of the same name

        self._dnslib: Any = dnslib
        self._bad_label: type[Exception] = DNSLabelError
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
        outcome, addresses, delay_ms = self._look_up(name, kind) if header.opcode == 0 else ("NOTIMP", (), 0)
        if outcome == "truncated" and by_tcp:
            outcome = "NOERROR" if addresses else "NODATA"
        message = self._message(header, question, outcome, addresses)
        if message is not None and len(message) > UDP_ROOM and not by_tcp:
            outcome, message = "truncated", self._pack(header, question, "truncated")
        said = addresses if outcome in ADDRESSED else ()
        return Answer(name, kind, outcome, said, delay_ms, message)

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

    def _look_up(self, name: str, kind: str) -> tuple[str, tuple[str, ...], int]:
        """Outcome, addresses and delay in milliseconds. Records of just this type go before those of every type."""
        records = self._records.get(_key(name))
        if records is None:
            return "NXDOMAIN", (), 0
        meant = [r for r in records if r.type == kind] or [r for r in records if r.type == "*"]
        addresses = tuple(text for r in meant for text in r.addresses if _version(text) == VERSIONS.get(kind))
        fault = next((record.fault for record in meant if record.fault), None)
        delay_ms = max((record.delay_ms for record in meant), default=0)
        return fault or ("NOERROR" if addresses else "NODATA"), addresses, delay_ms

    def _message(self, header: Any, question: Any, outcome: str, addresses: tuple[str, ...]) -> bytes | None:
        if outcome == "silence":
            return None
        if outcome == "garbage":
            return GARBAGE
        return self._pack(header, question, outcome, addresses if outcome in ADDRESSED else ())

    def _pack(self, header: Any, question: Any, outcome: str, addresses: tuple[str, ...] = ()) -> bytes:
        dnslib = self._dnslib
        reply = dnslib.DNSRecord(header, q=question).reply() if question else _bare_reply(dnslib, header)
        reply.header.rcode = RCODES.get(outcome, 0)
        reply.header.tc = int(outcome == "truncated")
        reply.header.id = header.id ^ int(outcome == "wrong-id")
        for address in addresses:
            kind = "A" if _version(address) == VERSIONS["A"] else "AAAA"
            data = getattr(dnslib, kind)(address)
            reply.add_answer(dnslib.RR(question.qname, getattr(dnslib.QTYPE, kind), rdata=data, ttl=TTL_S))
        packed: bytes = bytes(reply.pack())
        return packed


def _bare_reply(dnslib: Any, header: Any) -> Any:
    """A reply that does not repeat a question, because none could be read."""
    return dnslib.DNSRecord(dnslib.DNSHeader(id=header.id, bitmap=header.bitmap, qr=1, ra=1, aa=1))


def _key(name: str) -> str:
    return name.lower().removesuffix(".")


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version
