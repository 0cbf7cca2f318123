"""The name server of the lab: real DNS over UDP and TCP, one query or one late answer at a time.

What it says is decided in `netns.answers`; here are the sockets, the clock of delayed answers, and the log. TCP carries
each message behind its length in two bytes (RFC 1035 4.2.2), several on one connection if the caller likes.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from itertools import count
from select import POLLIN, POLLOUT

from netns.answers import Answer, Answers
from netns.log import DnsSaid, Entry
from netns.plan import Plan, Zone
from netns.sockets import Hosts, Opener, open_bound, open_on

PORT = 53
MS = 1_000_000
BACKLOG = 128
MOST_BYTES = 65_535

Tell = Callable[[bytes], object]


class NameServer:
    """An Actor on host `zone.on`; the zone is the plan's unless another one is given, and ValueError if there is none.

    `port` 0 takes any free port.
    """

    def __init__(
        self, plan: Plan, ground: Hosts, zone: Zone | None = None, *, open_socket: Opener = open_on, port: int = PORT
    ) -> None:
        zone = zone or plan.zone
        if zone is None:
            raise ValueError("a name server needs a plan with a zone")
        self.log: list[Entry] = []
        self._host = zone.on
        self._answers = Answers(zone)
        self._udp = open_bound(open_socket, ground, self._host, plan.family, socket.SOCK_DGRAM, port)
        self.port: int = self._udp.getsockname()[1]
        self._tcp = open_bound(open_socket, ground, self._host, plan.family, socket.SOCK_STREAM, self.port)
        self._tcp.listen(BACKLOG)
        self._callers: dict[int, Caller] = {}
        self._late: list[tuple[int, int, Answer, Tell]] = []
        self._places = count()

    def wants(self) -> Mapping[int, int]:
        callers = {fd: caller.wants() for fd, caller in self._callers.items() if caller.wants()}
        return {self._udp.fileno(): POLLIN, self._tcp.fileno(): POLLIN, **callers}

    def due_ns(self) -> int | None:
        """When the next late answer is due; at once while a query of a TCP connection waits to be answered."""
        waiting = [caller.since_ns for caller in self._callers.values() if caller.queries]
        return min([*waiting, *(late[0] for late in self._late[:1])], default=None)

    def act(self, ready: Mapping[int, int], now_ns: int) -> bool:
        """Sends one late answer, takes one query (and answers it unless it is to be late), or serves one connection."""
        if self._late and self._late[0][0] <= now_ns:
            _, _, answer, tell = heappop(self._late)
            self._say(answer, tell, now_ns)
            return True
        for caller in self._callers.values():
            if caller.queries:
                self._handle(caller.queries.popleft(), caller.tell, now_ns, by_tcp=True)
                self._part_with(caller)
                return True
        return self._hear(ready, now_ns)

    def close(self) -> None:
        """Closes every socket, idle connections included; what is still late is never sent."""
        self._late.clear()
        for caller in self._callers.values():
            caller.socket.close()
        self._callers.clear()
        self._udp.close()
        self._tcp.close()

    def _hear(self, ready: Mapping[int, int], now_ns: int) -> bool:
        if self._udp.fileno() in ready and self._take_datagram(now_ns):
            return True
        if self._tcp.fileno() in ready and self._accept():
            return True
        for fd, caller in self._callers.items():
            if ready.get(fd, 0) and caller.serve(ready[fd], now_ns):
                self._part_with(caller)
                return True
        return False

    def _part_with(self, caller: Caller) -> None:
        if caller.is_over:
            del self._callers[caller.socket.fileno()]
            caller.socket.close()

    def _take_datagram(self, now_ns: int) -> bool:
        try:
            query, address = self._udp.recvfrom(MOST_BYTES)
        except BlockingIOError:  # a datagram with a bad checksum is ready until it is read, see select(2), BUGS
            return False
        self._handle(query, lambda message: self._udp.sendto(message, address), now_ns)
        return True

    def _accept(self) -> bool:
        try:
            accepted, _ = self._tcp.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        accepted.setblocking(False)
        self._callers[accepted.fileno()] = Caller(accepted)
        return True

    def _handle(self, query: bytes, tell: Tell, now_ns: int, *, by_tcp: bool = False) -> None:
        answer = self._answers.to(query, by_tcp=by_tcp)
        self.log.append(DnsSaid(now_ns, self._host, answer.name, answer.type))
        if answer.delay_ms:
            heappush(self._late, (now_ns + answer.delay_ms * MS, next(self._places), answer, tell))
        else:
            self._say(answer, tell, now_ns)

    def _say(self, answer: Answer, tell: Tell, now_ns: int) -> None:
        """Sends and logs an answer; one that the kernel would not take is logged as `unsent` with the errno."""
        outcome, answers = answer.outcome, " ".join(answer.addresses)
        try:
            if answer.message is not None:
                tell(answer.message)
        except OSError as error:
            outcome, answers = "unsent", errno.errorcode.get(error.errno or 0, str(error))
        self.log.append(DnsSaid(now_ns, self._host, answer.name, answer.type, outcome, answers))


class Caller:
    """One TCP connection to the name server: what came in part, what waits to be answered, what is not sent yet."""

    def __init__(self, accepted: socket.socket) -> None:
        self.socket = accepted
        self.queries: deque[bytes] = deque()
        self.since_ns = 0
        self._read = bytearray()
        self._unsent = bytearray()
        self._has_ended = False

    @property
    def is_over(self) -> bool:
        """Nothing more will come, and all that was asked is answered; late answers are not waited for."""
        return self._has_ended and not self.queries and not self._unsent

    def wants(self) -> int:
        return (0 if self._has_ended else POLLIN) | (POLLOUT if self._unsent else 0)

    def serve(self, mask: int, now_ns: int) -> bool:
        """Sends what is left, or receives once; False if the kernel had neither room nor data after all."""
        try:
            if self._unsent and mask & POLLOUT:
                self._flush()
            else:
                self._receive(now_ns)
        except BlockingIOError:
            return False
        except OSError:
            self._give_up()
        return True

    def tell(self, message: bytes) -> None:
        """Sends a message as far as it goes now; the rest follows when there is room.

        Raises OSError once it is over.
        """
        self._unsent += len(message).to_bytes(2, "big") + message
        try:
            self._flush()
        except BlockingIOError:
            return
        except OSError:
            self._give_up()
            raise

    def _flush(self) -> None:
        del self._unsent[: self.socket.send(self._unsent)]

    def _give_up(self) -> None:
        self._has_ended = True
        self._unsent.clear()
        self.queries.clear()

    def _receive(self, now_ns: int) -> None:
        received = self.socket.recv(MOST_BYTES)
        self._has_ended = not received
        self._read += received
        while len(self._read) >= 2 + (size := int.from_bytes(self._read[:2], "big")):
            self.queries.append(bytes(self._read[2 : 2 + size]))
            self.since_ns = now_ns
            del self._read[: 2 + size]
