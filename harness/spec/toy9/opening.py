"""How a connection is opened: before connect() is called, and when it fails there and then."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Callback, Connect, SetNonblocking, Watch
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence


@clause(
    "T9-01",
    force=MUST,
    needs={"syscall"},
    says="A socket is made non-blocking before connect() is called on it.",
    why="A blocking connect() holds up the whole loop, for two minutes where nobody answers.",
    source="toy9 spec, Scope 1; connect(2), EINPROGRESS",
)
def made_nonblocking_first(attempt: Attempt) -> Verdict:
    if attempt.trace.blocking:
        return not_applicable("the case asks for a blocking connect")
    last = attempt.before(attempt.connect).last(SetNonblocking, error="")
    if last is not None:
        verdict = passed(last, attempt.connect)
        return verdict if last.on else failed("the socket was made blocking before connect()", last, attempt.connect)
    if attempt.opened and attempt.opened.nonblocking:
        return passed(attempt.opened, attempt.connect)
    return failed_by_absence("connect() was called on a blocking socket", attempt.connect)


@clause(
    "T9-02",
    force=MUST,
    needs={"syscall"},
    says="connect() is called once per socket, and again only after EAGAIN: not after EINPROGRESS, nor after EINTR.",
    why="The attempt goes on in the kernel: another one says EALREADY, swallows the error, or dials a second time.",
    source="connect(2), EAGAIN, EINTR and NOTES; catalogue 10, 11, 13, 22",
)
def connect_is_called_once(attempt: Attempt) -> Verdict:
    calls = [attempt.connect, *attempt.after(attempt.connect).of(Connect)]
    if len(calls) > 1:
        return failed(f"connect() was called {len(calls)} times on one socket", *calls)
    return passed_by_absence(attempt.connect)


@clause(
    "T9-04",
    force=MUST,
    needs={"syscall"},
    says="A socket is not watched before connect() was called on it.",
    why="A socket that was never connected is OUT and HUP at once: success to some, failure to others.",
    source="epoll(7); catalogue 25, 27",
)
def not_watched_before_connect(attempt: Attempt) -> Verdict:
    watch = attempt.first(Watch, error="")
    if watch is None:
        return not_applicable("the socket was never watched")
    if attempt.number(watch) < attempt.number(attempt.connect):
        return failed("the socket was watched before connect() was called", watch, attempt.connect)
    return passed_by_absence(attempt.connect, watch)


@clause(
    "T9-19",
    force=MUST,
    needs={"syscall"},
    says="An immediate failure of connect() is announced once, and its socket is never watched.",
    why="Such a socket is writable with SO_ERROR 0, so that whoever watches it takes it for connected.",
    source="connect(2), ERRORS; catalogue 17, 19, 21",
)
def immediate_failure_is_announced(attempt: Attempt) -> Verdict:
    if not attempt.failed_at_once:
        return not_applicable("connect() did not fail at once")
    watch = attempt.after(attempt.connect).first(Watch, error="")
    if watch:
        return failed("the socket was watched although connect() had failed", attempt.connect, watch)
    return _announced_once(attempt) if attempt.trace.keeps_journal else passed_by_absence(attempt.connect)


def _announced_once(attempt: Attempt) -> Verdict:
    error, told = attempt.connect.error, attempt.after(attempt.connect).of(Callback, name="errorEncountered")
    if not told:
        return failed_by_absence(f"connect() failed with {error}, nothing was announced", attempt.connect)
    if len(told) > 1:
        return failed(f"the failure was announced {len(told)} times", attempt.connect, *told)
    if told[0].args != error:
        return failed(f"{error} was announced as {told[0].args}", attempt.connect, told[0])
    return passed_by_absence(attempt.connect, told[0])
