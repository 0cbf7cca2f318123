"""The teller: writes a program's own calls as strace's lines, whole, whatever its threads and children do meanwhile."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from harness.recorders import spoken

UNFINISHED = " <unfinished ...>"
NOT_CALLED = (TypeError, ValueError)
"""Python refuses the arguments; the kernel never hears of them."""
Describe = Callable[[Any], tuple[str, str]]
"""What follows the first arguments, and the call's result with what is said behind it, from what Python returned."""


class Teller:
    """Writes lines to a descriptor, one write(2) each, so that those of threads and children do not mix."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._root = os.getpid()
        self._threads = {self._root}
        self._forking = self._root
        self._lock = threading.Lock()
        self._write = os.write
        self.line(f"getpid() = {self._root}")
        os.register_at_fork(before=self._before_fork, after_in_child=self._in_child, after_in_parent=self._lock.release)

    def line(self, text: str, at_ns: int = 0, pid: int = 0) -> None:
        at_ns = at_ns or time.time_ns()
        seconds, rest = divmod(at_ns, 1_000_000_000)
        who = pid or threading.get_native_id()
        with self._lock:
            if who not in self._threads:
                self._threads.add(who)
                self._put(f"{self._root} {seconds}.{rest:09d} clone3({{flags=CLONE_FILES|CLONE_THREAD}}) = {who}\n")
            self._put(f"{who} {seconds}.{rest:09d} {text}\n")

    def _put(self, line: str) -> None:
        """A reader that is gone is no reason for the program to fail."""
        data = line.encode("latin-1", "replace")
        try:
            while data:
                data = data[self._write(self._descriptor, data) :]
        except OSError:
            return

    def call(
        self,
        name: str,
        args: str,
        make: Callable[[], Any],
        describe: Describe,
        *,
        waits: bool = False,
        failed: str = "",
    ) -> Any:
        """Makes the call and tells it, with `failed` for its last arguments if it fails; a wait is told twice."""
        began_ns = time.time_ns()
        if waits:
            self.line(f"{name}({args}{UNFINISHED}", began_ns)
        try:
            value = make()
        except BaseException as error:
            if waits or not _never_called(error):
                self._tell(name, "" if waits else args, began_ns, f"{failed}) = {_failure(error)}")
            raise
        rest, result = describe(value)
        self._tell(name, "" if waits else args, began_ns, f"{rest}) = {result}")
        return value

    def _tell(self, name: str, args: str, began_ns: int, ending: str) -> None:
        """A whole line, or (without `args`) the second half of one."""
        ended_ns = time.time_ns()
        took = f"<{(ended_ns - began_ns) // 10**9}.{(ended_ns - began_ns) % 10**9:09d}>"
        if args:
            self.line(f"{name}({args}{ending} {took}", began_ns)
        else:
            self.line(f"<... {name} resumed>{ending} {took}", ended_ns)

    def _before_fork(self) -> None:
        self._forking = threading.get_native_id()
        self._lock.acquire()

    def _in_child(self) -> None:
        self._lock = threading.Lock()
        parent, self._root = self._forking, os.getpid()
        self._threads = {self._root, parent}
        self.line(f"clone(child_stack=NULL, flags=SIGCHLD) = {self._root}", pid=parent)
        self._threads = {self._root}


def _never_called(error: BaseException) -> bool:
    """Whether Python refused by itself; the errors of its own address look-up have negative numbers (netdb.h)."""
    return isinstance(error, NOT_CALLED) or (isinstance(error, OSError) and (error.errno or 0) < 0)


def _failure(error: BaseException) -> str:
    """How strace would have told an exception: as an errno, or as a call that something else interrupted."""
    if isinstance(error, OSError):
        number = error.errno or errno.EAGAIN
        return f"-1 {spoken.error_name(number)} ({os.strerror(number)})"
    return "? ERESTARTSYS (interrupted)"
