"""The command line as a person meets it: what it says, and with which status it leaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from toylab.cli import COMMANDS

TOYLAB = [sys.executable, "-c", "from toylab.cli import main; main()"]
CLIENT = """\
import select, socket, sys
s = socket.socket()
s.setblocking(False)
s.connect_ex((sys.argv[1], int(sys.argv[2])))
p = select.epoll()
p.register(s, select.EPOLLOUT)
p.poll(5)
READ
p.unregister(s)
s.close()
"""

MEASURED = """\
scenario: mine
spec: kernel
why: A closed port refuses after one SYN, and the file expects two of the kernel.
target: {port: 9}
subject: {calls: [socket a ipv4, "connect a {host} {port}", watch a OUT, wait]}
expect: {syns: 2, kernels: "6.5 to 6.18"}
"""


def toylab(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [*TOYLAB, *arguments], capture_output=True, text=True, cwd=cwd, env=environment, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which one small run was made."""
    place = tmp_path_factory.mktemp("ran")
    done = toylab("run", "toy9", "refused", "-k", "ipv4-epoll and not et", cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS  1 case in" in done.stdout
    assert "report: toylab-report/index.html" in done.stdout
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str, tmp_path: Path) -> None:
    done = toylab(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert f"toylab {command}" in done.stdout.partition("\n")[2] or command == "doctor"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rum",), "did you mean 'run'?"),
        (("run", "toy8"), "did you mean 'toy9'?"),
        (("run", "toy9", "refusd"), "did you mean 'refused'?"),
        (("run", "toy9", "--mutant", "dials-agan"), "did you mean 'dials-again'?"),
        (("run", "toy9", "--jbos", "3"), "--jobs"),
        (("run", "toy9", "-k", "nothing-like-it"), "no case matches"),
        (("run", "toy9", "-k", "(ipv4"), "parenthesis"),
        (("mutants", "toy9", "dials-agan"), "did you mean 'dials-again'?"),
        (("mutants", "kernel"), "there are no mutants of 'kernel'; there are some of chat, httpd"),
        (("run", "toy9", "--subject", "/bin/tr\udcffue"), "is no UTF-8"),
        (("run", "toy9", "zzz"), "`toylab list toy9` shows them all"),
        (("list", "toy9", "--clauses", "-k", "nothing-like-it"), "no clause matches"),
        (("list", "toy8", "--clauses"), "did you mean 'toy9'?"),
        (("list", "--cases"), "--cases is about one spec"),
        (("list", "-k", "dns"), "-k is about one spec"),
        (("check", "missing.yaml"), "there is no missing.yaml"),
        (("check", "/dev/null"), "/dev/null is no file"),
        (("step", "--every", "-1"), "--every"),
        (("report", "/dev/null"), "no run.json"),
        (("show", "."), "no run.json"),
    ],
)
def test_what_does_not_exist_exits_with_2_and_the_nearest_name(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = toylab(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("what", [(), ("--cases",), ("--clauses",)], ids=["scenarios", "cases", "clauses"])
def test_what_is_listed_is_what_the_expression_means(what: tuple[str, ...], tmp_path: Path) -> None:
    every, some = (
        toylab("list", "toy9", *what, *said, cwd=tmp_path).stdout for said in ((), ("-k", "dns and not slow"))
    )
    assert 0 < len(some.splitlines()) < len(every.splitlines())


def test_a_broken_file_is_shown_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.toylab.yaml").write_text("scenario: mine\nspec: toy9\nwhy: It has a mistake.\nsubjekt: toy9\n")
    for command in (("check", "mine.toylab.yaml"), ("run", "toy9", "mine.toylab.yaml")):
        done = toylab(*command, cwd=tmp_path)
        assert done.returncode == 2
        assert "mine.toylab.yaml:4:1" in done.stderr
        assert "did you mean 'subject'?" in done.stderr
        assert os.listdir(tmp_path) == ["mine.toylab.yaml"]


def test_a_directory_is_checked_whole_and_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "below" / "folder.yaml").mkdir(parents=True)
    (tmp_path / "below" / "mine.yaml").write_text("scenario: mine\n")
    os.mkfifo(tmp_path / "pipe.yaml")
    done = toylab("check", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("toylab: below/mine.yaml:1:1: `spec` is missing")


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["at the end", "at once"])
def test_a_full_disk_is_told_as_such(ran: Path, unbuffered: str) -> None:
    command, around = [*TOYLAB, "show", "toylab-report"], {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ran, env=around)
    assert done.returncode == 3
    assert done.stderr == "toylab: [Errno 28] No space left on device\n"


TINY = 'mount -t tmpfs -o size=8k none . && cd "$PWD" || exit 9; "$@"; status=$?; ls -A; exit $status'
"""Runs a command in a directory that has room for two pages, and says what it left there."""


def test_a_run_that_finds_no_room_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    command = ["unshare", "-rm", "sh", "-c", TINY, "sh", *TOYLAB, "run", "toy9", "refused", "-k", "ipv4-select"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert "cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("broken", ["run.json", "case.json", "trace.jsonl"])
def test_a_stored_run_that_is_not_whole_is_told_as_such(broken: str, ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran / "toylab-report", tmp_path / "cut")
    for file in (tmp_path / "cut").rglob(broken):
        os.truncate(file, 100)
    done = toylab("check", "cut", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{broken} cannot be read" in done.stderr


def test_a_stored_case_that_is_none_cannot_be_judged_again(ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran / "toylab-report", tmp_path / "bent")
    for file in (tmp_path / "bent").rglob("case.json"):
        file.write_text(json.dumps({**json.loads(file.read_text()), "case": {"id": 5}}))
    done = toylab("check", "bent", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be judged again: in its case.json, Expected `str`, got `int` - at `$.id`" in done.stderr


def test_json_on_stdout_is_what_the_schema_says(ran: Path) -> None:
    done = toylab("run", "toy9", "refused", "-k", "ipv4-select", "--json", "-o", "other", cwd=ran)
    schema = json.loads(toylab("schema", "--results", cwd=ran).stdout)
    result = json.loads(done.stdout)
    jsonschema.validate(result, schema)
    assert [case["id"] for case in result["cases"]] == ["refused::ipv4-select"]


def test_a_stored_run_is_shown_and_judged_again(ran: Path) -> None:
    assert "refused" in toylab("show", "toylab-report", cwd=ran).stdout
    trace = toylab("show", "toylab-report", "refused::ipv4-epoll", "--trace", cwd=ran).stdout
    assert "getsockopt(sock1, SO_ERROR) = ECONNREFUSED" in trace
    again = toylab("check", "toylab-report", cwd=ran)
    assert (again.returncode, again.stdout) == (0, "toylab-report: 1 cases judged again, 0 changed\n")


def test_a_stored_run_is_judged_by_the_kernel_that_its_record_names(tmp_path: Path) -> None:
    """The peer of a kernel that nobody knows did something else: that is told, and no failure."""
    (tmp_path / "mine.toylab.yaml").write_text(MEASURED)
    assert toylab("run", "kernel", "mine.toylab.yaml", cwd=tmp_path).returncode == 1
    record = tmp_path / "toylab-report" / "run.json"
    record.write_text(re.sub(r'"kernel":"[^"]+"', '"kernel":"9.1.0"', record.read_text(), count=1))
    again = toylab("check", "toylab-report", cwd=tmp_path)
    assert "was fail (syns), is inconclusive (syns)" in again.stdout


def test_a_mutant_fails_with_the_clause_that_convicts_it(tmp_path: Path) -> None:
    done = toylab("run", "toy9", "refused", "-k", "ipv4-select", "--mutant", "reads-so-error-twice", cwd=tmp_path)
    assert done.returncode == 1
    assert "T9-07" in done.stdout


@pytest.mark.parametrize(("read", "status"), [("s.getsockopt(1, 4)", 0), ("pass", 1)], ids=["careful", "careless"])
def test_another_program_is_judged_by_the_same_clauses(read: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(CLIENT.replace("READ", read))
    subject = f"{sys.executable} client.py {{host}} {{port}}"
    done = toylab("run", "toy9", "refused", "-k", "ipv4-select", "--subject", subject, cwd=tmp_path)
    assert done.returncode == status, done.stdout
    assert ("T9-07" in done.stdout.partition("PASS")[0].partition("FAIL")[0]) == bool(status)


@pytest.mark.parametrize("subject", ["true", f"{sys.executable} no-such-file.py", "nc -w 1 127.0.0.1 5"])
def test_another_program_that_does_nothing_does_not_pass(subject: str, tmp_path: Path) -> None:
    done = toylab("run", "toy9", "refused", "-k", "ipv4-select", "--subject", subject, cwd=tmp_path)
    assert done.returncode == 1
    assert "the subject never tried to reach 10.0.0.2 9" in done.stdout
    assert "1 inconclusive" in done.stdout


def test_repeating_says_how_often_and_what_was_flaky(tmp_path: Path) -> None:
    done = toylab("run", "toy9", "single-step", "-k", "ipv4", "--repeat", "3", "--no-report", cwd=tmp_path)
    assert "3 runs of 1 cases, 0 flaky" in done.stdout


def test_the_handshake_is_shown_step_by_step(tmp_path: Path) -> None:
    lines = toylab("step", cwd=tmp_path).stdout.splitlines()
    arrives = next(line for line in lines if line.startswith("SA arrives at client"))
    accepted = next(line for line in lines if line.startswith("A arrives at server"))
    assert {"OUT", "SYN_RECV"} <= set(arrives.split())
    assert "IN" not in arrives.split()
    assert "IN" in accepted.split(), "the listener is readable with the third packet, not with the second"


def test_the_handshake_of_another_spec_is_shown_too(tmp_path: Path) -> None:
    lines = toylab("step", "toy9", cwd=tmp_path).stdout.splitlines()
    assert lines[0] == "single-step::ipv4"
    assert lines[-1] == "pass"


def test_a_spec_without_a_handshake_of_its_own_asks_for_a_scenario(tmp_path: Path) -> None:
    done = toylab("step", "httpd", cwd=tmp_path)
    assert done.returncode == 2
    assert "toylab list httpd" in done.stderr


def test_the_doctor_tries_what_a_run_needs(tmp_path: Path) -> None:
    done = toylab("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert all(finding["ok"] for finding in json.loads(done.stdout) if finding["required"])


def test_a_single_clause_can_be_asked_for(tmp_path: Path) -> None:
    done = toylab("run", "toy9", "refused", "-k", "T9-07", "--no-report", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("pass            refused::ipv4-epoll")


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [*TOYLAB, "run", "toy9", "refused", "--repeat", "1000", "-v"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as running:
        assert running.stderr is not None
        assert "refused" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == 130
    assert said.endswith("toylab: interrupted\n")
    assert os.listdir(tmp_path) == []


def test_a_mistake_of_our_own_is_not_a_verdict_of_the_subject(tmp_path: Path) -> None:
    code = "from toylab import cli\ncli.group.callback = None\ncli.COMMANDS['zero'] = ''\ncli.main()"
    done = subprocess.run([sys.executable, "-c", code, "zero"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 4
    assert done.stderr.endswith("toylab: this is a mistake in toylab itself\n")
