"""The pytest plugin in a project of somebody else's: its scenario files are tests like any other."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from ..runner.sandboxed import lacking_tracepoint

SCENARIO = """\
scenario: closed
spec: toy9
why: A closed port answers with RST.
tags: [refused]
matrix:
  poller: [epoll, poll]
subject: toy9 connect {host} {port} --poller {poller}
target: {port: 9}
expect:
  error: ECONNREFUSED
  exit: STATUS
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Somebody's project with one scenario file, and without Hypothesis, which takes longest to start."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")
    pytester.path.joinpath("closed.toylab.yaml").write_text(SCENARIO.replace("STATUS", "10"))
    return pytester


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_each_case_is_a_test_with_a_readable_id(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--collect-only", "-q")
    assert ids(result) == ["closed.toylab.yaml::epoll", "closed.toylab.yaml::poll"]


def test_cases_run_alone_and_beside_each_other(project: pytest.Pytester) -> None:
    project.runpytest_subprocess().assert_outcomes(passed=2)
    project.runpytest_subprocess("-n", "2").assert_outcomes(passed=2)


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_both_methods_of_pytest_timeout_leave_the_lab_alone(project: pytest.Pytester, method: str) -> None:
    project.runpytest_subprocess("--timeout", "60", "--timeout-method", method).assert_outcomes(passed=2)


def test_keywords_are_ids_and_tags(project: pytest.Pytester) -> None:
    project.runpytest_subprocess("-k", "refused and not epoll").assert_outcomes(passed=1, deselected=1)


def test_other_yaml_files_are_left_alone(project: pytest.Pytester) -> None:
    project.path.joinpath("docker-compose.yaml").write_text("services: {}\n")
    project.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_failure_shows_the_line_of_the_file_and_what_was_seen(project: pytest.Pytester) -> None:
    project.path.joinpath("closed.toylab.yaml").write_text(SCENARIO.replace("STATUS", "11"))
    result = project.runpytest_subprocess("-k", "epoll")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*closed.toylab.yaml:1: *FAIL*", "*exit*closed.toylab.yaml:11*", "*actual*10*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    project.runpytest_subprocess("--lf").assert_outcomes(failed=1)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_another_subject_that_never_began_says_why_and_how_to_run_it_again(
    project: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    subject = "python3 missing.py {host} {port}"
    result = project.runpytest_subprocess(
        "-k", "epoll", "--toylab-subject", subject, "--toylab-report", "out", *workers
    )
    result.assert_outcomes(failed=1, deselected=0 if workers else 1)
    result.stdout.fnmatch_lines(
        [
            "*never tried to reach 10.0.0.2 9 (exit 2)*",
            "*stderr: *",
            "*missing.py*",
            f"*again: toylab run * --subject '{subject}'",
        ]
    )
    assert subject in (project.path / "out" / "cases" / "closed" / "epoll" / "index.html").read_text()


def test_a_file_with_a_mistake_is_an_error_at_its_place(project: pytest.Pytester) -> None:
    project.path.joinpath("closed.toylab.yaml").write_text("scenario: closed\nspec: toy9\nsubjekt: x\n")
    result = project.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*closed.toylab.yaml:3:1: *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_junit_has_the_clauses_as_properties(project: pytest.Pytester) -> None:
    project.runpytest_subprocess("--junitxml", "out.xml", "-k", "epoll").assert_outcomes(passed=1, deselected=1)
    case = ElementTree.parse(project.path / "out.xml").find(".//testcase")
    assert case is not None
    properties = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert properties["verdict"] == "pass"
    assert properties["T9-07"] == "pass"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_report_of_the_session_is_written_when_asked_for(project: pytest.Pytester, workers: tuple[str, ...]) -> None:
    project.runpytest_subprocess("--toylab-report", "out", *workers).assert_outcomes(passed=2)
    assert (project.path / "out" / "run.json").is_file()
    assert "2 cases" in (project.path / "out" / "index.html").read_text()
    assert json.loads((project.path / "out" / "run.json").read_text())["environment"]["controls"] == "as they should be"


def test_nothing_is_left_where_nothing_was_asked_for(project: pytest.Pytester) -> None:
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
    assert [path.name for path in project.path.iterdir() if "toylab" in path.name] == ["closed.toylab.yaml"]


def test_a_report_never_replaces_what_is_no_run(project: pytest.Pytester) -> None:
    project.path.joinpath("notes").mkdir()
    project.path.joinpath("notes", "precious.txt").write_text("mine")
    result = project.runpytest_subprocess("--toylab-report", "notes")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --toylab-report: notes holds something that is no run*"])
    assert project.path.joinpath("notes", "precious.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--toylab-mutant", "dials-agan"), "did you mean 'dials-again'?"),
        (("--toylab-subject", "true {hots}"), "nothing to put in for {hots}"),
        (("--toylab-subject", "no-such-program"), "there is no program 'no-such-program'"),
        (("--toylab-subject", "true", "--toylab-mutant", "dials-again"), "does not go together"),
    ],
)
def test_an_option_that_cannot_be_meant_is_a_sentence(
    project: pytest.Pytester, option: tuple[str, ...], says: str
) -> None:
    result = project.runpytest_subprocess("--collect-only", *option)
    result.assert_outcomes(errors=1)
    assert says in result.stdout.str()
    result.stdout.no_fnmatch_line("*Error: *")
    result.stdout.no_fnmatch_line("*.py:*")


def test_a_mutant_is_convicted_by_name(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("-k", "poll and not epoll", "--toylab-mutant", "reads-so-error-twice")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*T9-07*"])


MISLED = """\
from toylab import controls
controls.SIN = ""
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_lab_that_acquits_the_known_sinner_is_an_error_of_the_session(
    project: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    project.makeconftest(MISLED)
    result = project.runpytest_subprocess("--toylab-report", "out", *workers)
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([
        "*toylab: no verdict of this session can be believed*",
        "*the known bad case (first*) should be convicted by T9-07, it is pass;*(last*",
    ])  # fmt: skip
    assert json.loads((project.path / "out" / "run.json").read_text())["verdict"] == "inconclusive"


def test_a_session_that_runs_no_case_runs_no_controls(project: pytest.Pytester) -> None:
    project.makeconftest(MISLED)
    assert project.runpytest_subprocess("--collect-only").ret == pytest.ExitCode.OK
    assert project.runpytest_subprocess("-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_slow_cases_are_left_out_unless_asked_for(project: pytest.Pytester) -> None:
    project.path.joinpath("closed.toylab.yaml").write_text(SCENARIO.replace("STATUS", "10") + "slow: true\n")
    project.runpytest_subprocess().assert_outcomes(deselected=2)
    project.runpytest_subprocess("--toylab-slow").assert_outcomes(passed=2)


@pytest.mark.skipif(bool(lacking_tracepoint()), reason=f"the tracepoint cannot be had: {lacking_tracepoint()}")
def test_the_tracepoint_can_be_asked_for(project: pytest.Pytester) -> None:
    project.runpytest_subprocess("--toylab-tracepoint", "--toylab-report", "out").assert_outcomes(passed=2)
    [trace] = (project.path / "out").glob("cases/closed/epoll/trace.jsonl")
    assert "sock:inet_sock_set_state" in trace.read_text()


def test_the_ini_file_names_directories_of_scenarios(project: pytest.Pytester) -> None:
    folder = project.path / "situations"
    folder.mkdir()
    project.path.joinpath("closed.toylab.yaml").rename(folder / "closed.yaml")
    assert ids(project.runpytest_subprocess("--collect-only", "-q")) == []
    project.makeini("[pytest]\ntoylab_paths = situations\n")
    result = project.runpytest_subprocess("--collect-only", "-q")
    assert ids(result) == ["situations/closed.yaml::epoll", "situations/closed.yaml::poll"]
