"""A clause can be broken, obeyed and left aside in more ways than its golden traces show: each edits one that obeys."""

from __future__ import annotations

from importlib.resources import files

import pytest

from harness.checker import judge_clause
from harness.golden import read_goldens
from harness.notation import parse
from harness.spec import clauses_of
from harness.trace import Trace
from harness.verdict import Verdict

CLAUSES = {clause.id: clause for clause in clauses_of("toy9")}
UNWATCH_CLOSE = "client  unwatch(sock1) = 0\nclient  close(sock1) = 0\n"
CALLBACK = "journal callback errorEncountered(ECONNREFUSED)\n"
REASON = "journal fact error refused: connection refused\n"
ANNOUNCED = "journal state connecting -> error\n" + REASON + CALLBACK
RAISED = "journal fact waitingForConnection true\n"
LOWERED = "journal fact waitingForConnection false\n"
SO_ERROR = "client  getsockopt(sock1, SO_ERROR) = 0\n"
GETPEERNAME = "client  getpeername(sock1) = 10.0.0.2:9\n"
SOFT = "client  getsockopt(sock1, SO_ERROR) = EHOSTUNREACH\n"
CONNECT = "client  connect(sock1, 10.0.0.2:9) = EINPROGRESS\n"
WATCHED = "client  watch(sock1, OUT) = 0\nclient  wait(-1) = 1\n"
SENT = 'client  send(sock1, 6 "oworld") = 6\n'

Edits = list[tuple[str, str]]


def judged(id: str, golden: str, edits: Edits, **settings: str) -> Verdict:
    """What clause `id` says of the obeying golden trace of `golden` after the edits, each of which must apply."""
    text = (files("harness") / "goldens" / "toy9" / f"{golden}.txt").read_text()
    obeys = read_goldens(text, golden, golden)[0]
    body = obeys.text + "\n"
    for old, new in edits:
        assert old in body, f"{old!r} is not in the golden trace of {golden}"
        body = body.replace(old, new, 1)
    return judge_clause(CLAUSES[id], Trace(parse(body), points=obeys.trace.points, settings=settings))


BREAKS: list[tuple[str, str, Edits, str]] = [
    ("T9-01", "T9-01", [("= sock1\n", "= sock1\nclient  setnonblocking(sock1, off) = 0\n")], "made blocking before"),
    ("T9-03", "T9-03", [(WATCHED, "")], "never watched for OUT"),
    ("T9-03", "T9-03",
     [("wait(-1) = 1\n", "wait(-1) = 0\nclient  unwatch(sock1) = 0\nclient  wait(-1) = 1\n")], "waited"),
    ("T9-05", "T9-05", [("client  ready(sock1) = OUT\n", "")], "without a readiness"),
    ("T9-08", "T9-08", [(ANNOUNCED, "")], "nothing was announced"),
    ("T9-08", "T9-05", [(SO_ERROR, SO_ERROR.replace("= 0", "= ECONNREFUSED"))], "announced was connected"),
    ("T9-08", "T9-05", [("state connecting -> connected", "state connecting -> error"),
                        ("connectionEstablished()", "errorEncountered(ENOTCONN)")], "said 0, announced was ENOTCONN"),
    ("T9-09", "T9-09", [("client  getsockname(sock1) = 10.0.0.1:40000\n", "")], "without getsockname()"),
    ("T9-10", "T9-08", [(CALLBACK, "journal fact local 10.0.0.1:40000\n" + CALLBACK)], "for an attempt that failed"),
    ("T9-10", "T9-10", [("journal fact remote 10.0.0.2:9\n", "")], "without its remote address"),
    ("T9-10", "T9-10", [(GETPEERNAME, "")], "without asking the kernel"),
    ("T9-11", "T9-11", [("wire    server >> client  SA\n", "")], "no SYN-ACK ever arrived"),
    ("T9-13", "T9-13", [('"oworld"', '"oworms"')], "not continued where it stopped"),
    ("T9-13", "T9-13", [(SENT, SENT + SENT)], "16 bytes left, 10 were queued"),
    ("T9-13", "T9-13", [(SENT, "")], "4 of 10 queued bytes left"),
    ("T9-14", "T9-14", [(SENT + "journal callback outputSent()\n", SENT)], "outputSent was not called"),
    ("T9-14", "T9-14", [(SENT, SENT + SENT)], "drained again before"),
    ("T9-16", "T9-16", [(ANNOUNCED, "")], "the network had answered"),
    ("T9-16", "T9-23", [("journal state connecting -> error\n", "")], "the network had answered"),
    ("T9-16", "T9-21", [("journal state connecting -> error\n", "")], "ended without announcing"),
    ("T9-17", "T9-17", [("journal callback connectionEstablished()\n", "")], "connectionEstablished was not called"),
    ("T9-18", "T9-18", [("journal state connecting -> connected\njournal callback connectionEstablished()\n", "")],
     "announced before connected"),
    ("T9-19", "T9-19", [("journal callback errorEncountered(ENETUNREACH)\n", "")], "nothing was announced"),
    ("T9-19", "T9-19", [("(ENETUNREACH)\n", "(EINPROGRESS)\n")], "ENETUNREACH was announced as EINPROGRESS"),
    ("T9-19", "T9-19", [("lab     exit", "journal callback errorEncountered(ENETUNREACH)\nlab     exit")], "2 times"),
    ("T9-20", "T9-20",
     [(UNWATCH_CLOSE, "client  wait(-1) = 0\n" + UNWATCH_CLOSE)], "before the failed socket was closed"),
    ("T9-21", "T9-21", [("0.301500  client  close(sock1) = 0\n", "")], "not closed"),
    ("T9-21", "T9-21", [("0.301500  client  close(sock1) = 0\n", ""),
                        ("lab     exit", "client  wait(-1) = 0\nclient  close(sock1) = 0\nlab     exit")],
     "waited again"),
    ("T9-21", "T9-21", [("client > server  R\n", "client > server  A\n")], "not answered by RST"),
    ("T9-22", "T9-22", [("wait(300)", "wait(-1)")], "waits for ever"),
    ("T9-23", "T9-23", [("journal callback errorEncountered(EAI_NONAME)\n", "")], "nothing was announced"),
    ("T9-23", "T9-23",
     [("journal state connecting", "client  connect(sock9, 10.0.0.9:9) = EINPROGRESS\njournal state connecting")],
     "a connection was started"),
    ("T9-23", "T9-23", [("(EAI_NONAME)", "(ENOENT)")], "the resolver's reason is EAI_NONAME, announced was ENOENT"),
    ("T9-26", "T9-26", [("= 0 EOF", "= -1 ECONNRESET")], "no error was announced"),
    ("T9-26", "T9-26", [("= 0 EOF", "= -1 ECONNRESET"),
                          ("fact end eof", "callback errorEncountered(EPIPE)")], "EPIPE was"),
    ("T9-26", "T9-26", [("fact end eof", "fact end reset")], "EOF was announced as an error"),
    ("T9-33", "T9-33", [(RAISED, "")], "never became true"),
    ("T9-33", "T9-33", [(RAISED, ""), (CONNECT, RAISED + CONNECT)], "before EINPROGRESS"),
    ("T9-33", "T9-33", [(RAISED, ""), (WATCHED, WATCHED + RAISED)], "waited before"),
    ("T9-33", "T9-33", [(LOWERED, "")], "never became false"),
    ("T9-33", "T9-33", [(LOWERED, ""), (SO_ERROR, LOWERED + SO_ERROR)], "false before the decision"),
    ("T9-33", "T9-19", [("client  close(sock1)", RAISED + "client  close(sock1)")], "although nothing was awaited"),
    ("T9-35", "T9-35",
     [("client  getsockopt(sock1, SO_ERROR)", "client  wait(-1) = 1\nclient  getsockopt(sock1, SO_ERROR)")],
     "ERR was reported"),
    ("T9-37", "T9-37", [("client  watch(sock1, IN) = 0\n", "")], "EEXIST"),
    ("T9-38", "T9-38", [(" = 4\n", " = -1 EAGAIN\n"), ("watch(sock1, IN|OUT)", "watch(sock1, IN)")], "not for room"),
    ("T9-38", "T9-38", [("client  watch(sock1, IN|OUT) = 0", "client  unwatch(sock1) = 0")], "not for room"),
    ("T9-41", "T9-38",
     [("= 4\n", "= -1 EAGAIN\n" + 2 * 'client  send(sock1, 10 "helloworld") = -1 EAGAIN\n')], "3 times"),
    ("T9-43", "T9-41",
     [(" = -1 EAGAIN\n", " = -1 EAGAIN\n" + 41 * "client  setsockopt(sock1, TCP_CORK, 1) = 0\n")], "40"),
    ("T9-44", "T9-19", [("client  close(sock1)", "client  watch(sock1, OUT) = 0\nclient  close(sock1)")], "was used"),
    ("T9-44", "T9-44", [(UNWATCH_CLOSE, "client  recv(sock1, 9) = 0 EOF\n" + UNWATCH_CLOSE)], "was used"),
    ("T9-46", "T9-46", [("= 0 EOF\n", "= -1 ECONNRESET\n" + 2 * "client  recv(sock1, 9) = 0 EOF\n")], "2 times"),
    ("T9-47", "T9-44", [("lab     exit", "wire    client > server  S\nlab     exit")], "after error"),
    ("T9-47", "T9-44",
     [("lab     exit", "client  connect(sock2, 10.0.0.2:9) = EINPROGRESS\nwire client:7 > server:9  S\nlab     exit")],
     "after error"),
    ("T9-49", "T9-49", [("shutdown(sock1, WR)", "shutdown(sock1, RDWR)"),
                        ("client  unwatch", 'client  send(sock1, 1 "x") = -1 EPIPE\nclient  unwatch')],
     "written to after"),
    ("T9-50", "T9-50", [('client  recv(sock1, 4096) = 5 "hello"', 'client  recv(sock1, 4096) = 2 "he"'),
                        ("client  recv(sock1, 4096) = 0 EOF\n", "")], "3 bytes"),
    ("T9-51", "T9-51", [("client > server  FA", "client > server  R")], "was reset"),
    ("T9-52", "T9-52", [("= IN|RDHUP", "= IN|HUP"), ('client  recv(sock1, 4096) = 5 "hello"\n', ""),
                        ("client  recv(sock1, 4096) = 0 EOF\n", "")], "was not read"),
    ("T9-55", "T9-55", [("journal callback outputSent()\n", "journal callback outputSent()\n"),
                        ("wire    server >> client  icmp 3/1\n",
                         "wire    server >> client  icmp 3/1\nclient  getsockopt(sock1, SO_ERROR) = EHOSTUNREACH\n")],
     "only noted"),
    ("T9-56", "T9-56",
     [("wait(-1) = -1 EINTR\n", "wait(-1) = -1 EINTR\nclient  connect(sock2, 10.0.0.2:9) = EINPROGRESS\n")],
     "interrupted"),
    ("T9-57", "T9-26", [("fact end eof", "callback errorEncountered(EPIPE)")], "EPIPE was announced"),
    ("T9-58", "T9-58", [("(EADDRNOTAVAIL)", "(EINVAL)")], "announced as EINVAL"),
    ("T9-58", "T9-58", [("journal callback errorEncountered(EADDRNOTAVAIL)\n", "")], "nothing was announced"),
    ("T9-58", "T9-58",
     [("= sock1\n", "= -1 EMFILE\n"), ("client  bind(sock1, 192.0.2.1:0) = -1 EADDRNOTAVAIL\n", "")],
     "as EADDRNOTAVAIL"),
    ("T9-59", "T9-59", [("wire    server >> client  RA\n", "")], "nobody had refused"),
    ("T9-60", "T9-60", [("connect(sock1, 10.0.0.2:9)", "connect(sock1, 10.0.0.9:9)")], "10.0.0.9 was dialled"),
    ("T9-61", "T9-61", [("NXDOMAIN\n", "NODATA\nlab     dns query A good.lab\n")], "asked for again"),
    ("T9-62", "T9-62", [("journal state idle -> connecting\n", "")], "never announced"),
    ("T9-62", "T9-60", [("journal state idle -> connecting\n", ""),
                        ("lab     dns query", "journal state idle -> connecting\nlab     dns query")],
     "had begun before"),
    ("T9-63", "T9-63", [("state connected -> closed", "state error -> closed")], "connected was entered last"),
    ("T9-63", "T9-63", [("state idle -> connecting", "state idle -> connecting\njournal state connecting -> closed")],
     "closed cannot follow connecting"),
    ("T9-65", "T9-44", [(ANNOUNCED, "client  wait(-1) = 0\n" + ANNOUNCED)], "waited again"),
    ("T9-65", "T9-19",
     [("journal state connecting -> error", "client  wait(-1) = 0\njournal state connecting -> error")],
     "waited again"),
    ("T9-66", "T9-44", [("lab     exit", "journal callback inputReady(0)\nlab     exit")], "after error"),
    ("T9-66", "T9-66", [("lab     exit", "journal callback errorEncountered(EPIPE)\nlab     exit")], "after closed"),
    ("T9-67", "T9-67", [("inputReady(5)", "inputReady(4)")], "5 bytes were read, 4 were announced"),
    ("T9-68", "T9-68", [(REASON, "")], "without a reason"),
    ("T9-68", "T9-68", [("refused: connection refused", "111")], "no code with a sentence"),
    ("T9-69", "T9-66", [("exit client 0", "exit client 3")], "the exit status was 3"),
    ("T9-70", "T9-70", [("fact remote 10.0.0.2:9", "fact remote 10.0.0.2:7")], "the remote port on the wire is 9"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "golden", "edits", "reason"), BREAKS)
def test_a_clause_is_broken_in_another_way(id: str, golden: str, edits: Edits, reason: str) -> None:
    verdict = judged(id, golden, edits)
    assert (verdict.outcome, reason in verdict.reason) == ("fail", True), verdict.reason


HONEST: list[tuple[str, str, Edits, str]] = [
    ("T9-01", "T9-01", [(", nonblock", ""), ("= sock1\n", "= sock1\nclient  setnonblocking(sock1, on) = 0\n")], "pass"),
    ("T9-03", "T9-03", [(WATCHED, "client  watch(sock1, IN) = 0\n" + WATCHED)], "pass"),
    ("T9-03", "T9-21", [("client  watch(sock1, OUT) = 0\n0.001000  client  wait(300) = 0\n", "client  wait(0) = 0\n"),
                        ("0.301400  client  unwatch(sock1) = 0\n", "")], "not_applicable"),
    ("T9-05", "T9-05", [("EINPROGRESS", "0"), (SO_ERROR, "")], "pass"),
    ("T9-06", "T9-06", [("client  getsockopt(sock1, SO_ERROR) = ECONNREFUSED\n", "")], "not_applicable"),
    ("T9-08", "T9-05", [(GETPEERNAME, "client  getpeername(sock1) = -1 ENOTCONN\n"),
                        ("state connecting -> connected", "state connecting -> error"),
                        ("connectionEstablished()", "errorEncountered(ENOTCONN)")], "pass"),
    ("T9-08", "T9-28", [], "pass"),
    ("T9-13", "T9-13", [("= 4\n", "= -1 EAGAIN\n"), (SENT, 'client  send(sock1, 10 "helloworld") = 10\n')], "pass"),
    ("T9-13", "T9-13", [(SENT, ""), ("= 0 EOF", "= -1 ECONNRESET")], "pass"),
    ("T9-13", "T9-13", [(SENT, ""), ("client  close(sock1) = 0\n", ""),
                          ("exit client 0", "exit client SIGKILL")], "inconclusive"),
    ("T9-14", "T9-14", [(SENT, 'journal fact queued 2\nclient  send(sock1, 8 "oworld!!") = 8\n')], "pass"),
    ("T9-15", "T9-31", [("client  watch(sock1, IN) = 0", "client  watch(sock1, IN|OUT|ET) = 0"),
                          ("= IN\n", "= IN|OUT\n")], "pass"),
    ("T9-16", "T9-21", [("journal state connecting -> error\n", ""),
                          ("exit client 14", "exit client SIGKILL")], "not_applicable"),
    ("T9-18", "T9-18", [("EINPROGRESS", "0"), (SO_ERROR, "")], "pass"),
    ("T9-20", "T9-20", [("watch(sock1, OUT)", "watch(sock1, OUT, poll)"),
                          ("client  unwatch(sock1) = 0\n", "")], "pass"),
    ("T9-20", "T9-20", [(UNWATCH_CLOSE, "client  wait(0) = 0\n" + UNWATCH_CLOSE)], "pass"),
    ("T9-21", "T9-21", [("0.301400", "client  getsockopt(sock1, SO_ERROR) = ETIMEDOUT\n0.301400")], "not_applicable"),
    ("T9-22", "T9-22", [("wait(100)", "wait(101)")], "pass"),
    ("T9-23", "T9-23", [("(EAI_NONAME)", "(ETIMEDOUT)")], "not_applicable"),
    ("T9-24", "T9-24",
     [("client+1 wait(-1) = 1\n", ""),
      ("client+2 wait(5000, poll) = 1", "client+2 watch(sock1, IN) = 0\nclient+2 wait(-1) = 1")], "pass"),
    ("T9-26", "T9-26", [("= 0 EOF", "= -1 ECONNRESET"),
                          ("fact end eof", "callback errorEncountered(ECONNRESET)")], "pass"),
    ("T9-26", "T9-26",
     [("fact end eof", 'fact end eof\nclient  send(sock1, 1) = -1 EPIPE\njournal callback errorEncountered(EPIPE)')],
     "pass"),
    ("T9-28", "T9-28",
     [("getsockname(sock1) = 127.0.0.1:40000", "getsockname(sock1) = 127.0.0.1:40001")], "not_applicable"),
    ("T9-32", "T9-32", [("client  recv(sock1, 4096) = -1 EAGAIN\n", "client  watch(sock1, IN|ET) = 0\n")], "pass"),
    ("T9-33", "T9-21", [], "pass"),
    ("T9-34", "T9-34", [("exit client 10", "exit client SIGKILL")], "not_applicable"),
    ("T9-11", "T9-11",
     [("wire    server >> client  SA\n", "wire    server >> client  S\nwire    server >> client  A\n")], "pass"),
    ("T9-35", "T9-35",
     [("client  getsockopt(sock1, SO_ERROR)", "client  wait(0) = 0\nclient  getsockopt(sock1, SO_ERROR)")],
     "pass"),
    ("T9-36", "T9-36", [("client  unwatch", "client  setnonblocking(sock1, off) = 0\nclient  unwatch")], "pass"),
    ("T9-37", "T9-37", [("unwatch(sock1) = 0", "unwatch(sock1) = -1 ENOENT")], "pass"),
    ("T9-38", "T9-38", [("watch(sock1, IN|OUT)", "watch(sock1, IN|OUT|ET)")], "pass"),
    ("T9-39", "T9-39", [("wait(-1) = 1\n", 49 * "wait(0) = 0\nclient  " + "wait(-1) = 1\n")], "pass"),
    ("T9-40", "T9-40", [("wait(-1) = 1\n", 19 * "wait(10) = 0\nclient  " + "wait(-1) = 1\n")], "pass"),
    ("T9-40", "T9-40", [("wait(-1) = 1\n", 30 * "wait(50) = 0\nclient  " + "wait(-1) = 1\n")], "pass"),
    ("T9-41", "T9-41",
     [("= -1 EAGAIN\n", "= -1 EAGAIN\n" + 2 * "client  wait(-1) = 1\nclient  recv(sock1, 4096) = -1 EAGAIN\n")],
     "pass"),
    ("T9-42", "T9-42",
     [("client  watch(sock1, IN) = 0\n", 4 * "client  watch(sock1, IN|ET|ONESHOT) = 0\n")], "pass"),
    ("T9-45", "T9-45",
     [("send(sock1, 5 \"hello\") = -1 ECONNRESET", "send(sock1, 5 \"hello\") = -1 EAGAIN")], "not_applicable"),
    ("T9-46", "T9-46", [("= 0 EOF\n", "= 0 EOF\nclient  recv(sock1, 9) = 0 EOF\n")], "pass"),
    ("T9-47", "T9-44", [("wire    client > server  S\nwire    client >> server  S\n", ""),
                        ("lab     exit", "wire    client > server  S\nlab     exit")], "pass"),
    ("T9-47", "T9-44",
     [("lab     exit", "journal state error -> connecting\nwire client > server  S\nlab     exit")], "pass"),
    ("T9-48", "T9-48", [("kernel  client ESTABLISHED -> CLOSE_WAIT\n", ""),
                        ("CLOSE_WAIT -> LAST_ACK", "ESTABLISHED -> FIN_WAIT1")], "pass"),
    ("T9-50", "T9-50", [("fact end eof", "fact end own")], "not_applicable"),
    ("T9-51", "T9-51",
     [("wire    client > server  FA\n", "wire    server >> client  PA 1\nwire    client > server  R\n")],
     "pass"),
    ("T9-51", "T9-52",
     [('client  recv(sock1, 4096) = 5 "hello"\n', ""), ("client > server  FA", "client > server  RA")],
     "not_applicable"),
    ("T9-52", "T9-51", [("client  recv(sock1, 4096) = 0 EOF\n", "")], "pass"),
    ("T9-52", "T9-52", [("fact end eof", "fact end own")], "not_applicable"),
    ("T9-53", "T9-53", [("client  recv(sock1, 4096) = 0 EOF\njournal fact end eof\n",
                         "client  recv(sock1, 4096) = -1 ETIMEDOUT\njournal callback errorEncountered(ETIMEDOUT)\n")],
     "pass"),
    ("T9-54", "T9-54", [("0.300100", "0.295000")], "pass"),
    ("T9-54", "T9-54", [("client  socket(", "0.014000 client  socket(")], "pass"),
    ("T9-54", "T9-54", [("journal state idle", "0.014000 journal state idle")], "pass"),
    ("T9-55", "T9-55",
     [("wire    server >> client  icmp 3/1\n",
       "wire    server >> client  icmp 3/1\nclient  send(sock1, 1) = -1 EHOSTUNREACH\n" + SOFT)], "pass"),
    ("T9-57", "T9-28", [], "pass"),
    ("T9-57", "T9-47", [], "pass"),
    ("T9-59", "T9-59", [("wire    server >> client  RA\n", "wire    server >> client  icmp 3/3\n")], "pass"),
    ("T9-60", "T9-60", [("connect(sock1, 10.0.0.2:9)", "connect(sock1, [::ffff:10.0.0.2]:9)")], "pass"),
    ("T9-61", "T9-61", [("NXDOMAIN\n", "NXDOMAIN\nlab     dns query AAAA good.lab\n")], "pass"),
    ("T9-61", "T9-61", [("NXDOMAIN\n", "SERVFAIL\nlab     dns query A good.lab\n")], "not_applicable"),
    ("T9-63", "T9-44", [("lab     exit", "journal state error -> connecting\nlab     exit")], "pass"),
    ("T9-67", "T9-67", [("inputReady(5)", "inputReady(2)\njournal callback inputReady(3)")], "pass"),
    ("T9-68", "T9-68", [(REASON + CALLBACK, CALLBACK + REASON)], "pass"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "golden", "edits", "outcome"), HONEST)
def test_a_clause_allows_what_is_lawful(id: str, golden: str, edits: Edits, outcome: str) -> None:
    verdict = judged(id, golden, edits)
    assert verdict.outcome == outcome, verdict.reason


def test_output_is_compared_with_what_the_scenario_says_must_arrive() -> None:
    assert judged("T9-13", "T9-13", [], output="helloworld").outcome == "pass"
    wrong = judged("T9-13", "T9-13", [], output="worldhello")
    assert (wrong.outcome, wrong.reason) == ("fail", "the output left out of order")


def test_a_timeout_of_the_case_bounds_waits_although_the_journal_is_silent_on_it() -> None:
    assert (
        judged("T9-22", "T9-16", [], timeout_ms="300").reason == "the loop waits for ever although a timeout is pending"
    )


def test_a_resolver_of_the_loops_own_may_poll_beside_other_sockets() -> None:
    own = [("client+1 wait(-1) = 1\n", ""), ("client+2 wait", "client+2 watch(sock1, IN, poll) = 0\nclient+2 wait")]
    beside = [("lab     dns query", "client+2 watch(sock9, IN, poll) = 0\nlab     dns query")]
    assert judged("T9-24", "T9-24", own).outcome == "fail"
    assert judged("T9-24", "T9-24", own + beside).outcome == "pass"
