"""The steps of a handshake: what one packet brought stands in one row."""

from __future__ import annotations

from harness.notation import parse
from reports.steps import COLUMNS, NOTHING, lines, rows

HANDSHAKE = """
server  socket(inet, stream, nonblock) = sock1
server  listen(sock1, 128) = 0
client  connect(sock1, 10.0.0.2:7) = EINPROGRESS
wire    client:40000 > server:7  S
kernel  client CLOSE -> SYN_SENT
wire    client:40000 >> server:7  S
wire    server:7 > client:40000  SA ack=1
kernel  server CLOSE -> SYN_RECV
wire    server:7 >> client:40000  SA ack=1
wire    client:40000 > server:7  A seq=1 ack=1
client  ready(sock1) = OUT
kernel  client SYN_SENT -> ESTABLISHED
wire    client:40000 >> server:7  A seq=1 ack=1
server  ready(sock1) = IN
server  accept(sock1) = sock2 10.0.0.1:40000
kernel  server SYN_RECV -> ESTABLISHED
wire    client:40000 > server:7  PA 5 "hello" seq=1 ack=1
wire    client:40000 >> server:7  PA 5 "hello" seq=1 ack=1
server  ready(sock2) = IN
"""


def told(text: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in rows(parse(text))]


def test_each_row_has_what_one_packet_changed_at_both_ends() -> None:
    assert told(HANDSHAKE) == [
        ("listen() on server", "-", "-", "-", "-", "-"),
        ("connect() = EINPROGRESS, S leaves", "-", "SYN_SENT", "-", "-", "-"),
        ("S arrives at server, SA leaves", "-", "SYN_SENT", "-", "-", "SYN_RECV"),
        ("SA arrives at client, A leaves", "OUT", "ESTABLISHED", "-", "-", "SYN_RECV"),
        ("A arrives at server, PA leaves", "-", "ESTABLISHED", "IN", "-", "ESTABLISHED"),
        ("PA with 5 bytes arrives at server", "-", "ESTABLISHED", "-", "IN", "ESTABLISHED"),
    ]


def test_a_listener_of_the_lab_is_shown_for_as_long_as_it_is_readable() -> None:
    text = HANDSHAKE.partition("server  ready(sock1)")[0] + "lab     server listener ready IN\n"
    more = 'wire    client:40000 >> server:7  PA 5 "hello"\nlab     server listener ready 0\n'
    last = 'wire    client:40000 >> server:7  PA 5 "again"\n'
    assert [row[3] for row in told(text + more.replace("ready 0", "ready IN") + last)][-3:] == ["IN"] * 3
    assert [row[3] for row in told(text + more + last)][-3:] == ["IN", NOTHING, NOTHING]


def test_data_that_goes_with_the_syn_is_a_call_of_its_own() -> None:
    text = 'client  socket(inet, stream, nonblock) = sock1\nclient  send(sock1, 5 "hello" to 10.0.0.2:7) = 5\n'
    assert told(text)[0][0] == "sendto() of 5 bytes = 5"


def test_a_datagram_is_no_step_of_a_connection() -> None:
    text = "client  socket(inet, dgram, nonblock) = sock1\nclient  connect(sock1, 10.0.0.2:7) = 0\n"
    assert told(text + "wire    client:40000 > server:7  udp 2\nwire    client:40000 >> server:7  udp 2\n") == []


def test_several_connections_are_told_apart_by_a_number() -> None:
    second = "wire    client:40002 > server:7  S\nwire    client:40002 >> server:7  S\n"
    assert [row[0] for row in told(HANDSHAKE + second)][-2:] == [
        "PA #1 with 5 bytes arrives at server, S leaves", "S #2 arrives at server"
    ]  # fmt: skip


def test_the_table_has_a_head_and_columns_of_one_width() -> None:
    head, *body = lines(rows(parse(HANDSHAKE)))
    assert tuple(head.split("  ")[0:1]) == COLUMNS[:1]
    place = head.index("client TCP")
    assert {line[place - 1] for line in body} == {" "}
