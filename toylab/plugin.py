"""The pytest plugin: every case of a scenario file is a test. Nothing heavy is imported before the first one is found.

It collects `*.toylab.yaml` anywhere, and every `*.yaml` below a directory named in the ini option `toylab_paths` (or by
a conftest that sets `toylab_collect = True`, as scenarios/conftest.py does).
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from toylab.items import ScenarioFile

SUFFIX = ".toylab.yaml"
PATHS = "toylab_paths"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("toylab", "toylab scenarios")
    group.addoption(
        "--toylab-subject", default="", metavar="COMMAND", help="another program; {host} and {port} are filled in"
    )
    group.addoption("--toylab-mutant", default="", metavar="NAME", help="a deliberately broken variant of the toy")
    group.addoption("--toylab-report", default="", metavar="DIR", help="write the run and its HTML report there")
    group.addoption("--toylab-slow", action="store_true", help="also cases that wait for the kernel's long timers")
    group.addoption("--toylab-no-strace", action="store_true", help="do not use strace, even if it is installed")
    group.addoption(
        "--toylab-tracepoint", action="store_true", help="the kernel tells every TCP state as it changes; needs root"
    )
    parser.addini(PATHS, "directories whose *.yaml are scenarios", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "toylab(tag): a case of a toylab scenario, with its tags")
    config.addinivalue_line("markers", "slow: waits for a real timer of the kernel")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if not _is_scenario(file_path, parent.config):
        return None
    from toylab.items import ScenarioFile

    collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collected


def _is_scenario(path: Path, config: pytest.Config) -> bool:
    if path.suffix != ".yaml":
        return False
    return path.name.endswith(SUFFIX) or any(place in path.parents for place in _places(config))


def _places(config: pytest.Config) -> list[Path]:
    """Below which directories every YAML file is a scenario: those of the ini file, and where conftest says so."""
    marked = [
        Path(module.__file__).parent
        for module in config.pluginmanager.get_plugins()
        if getattr(module, "toylab_collect", False) and getattr(module, "__file__", None)
    ]
    return [*config.getini(PATHS), *marked]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow cases of scenarios are left out unless asked for; other tests marked slow are not ours to leave out."""
    if config.getoption("--toylab-slow"):
        return
    slow = [item for item in items if item.get_closest_marker("toylab") and item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Only where a report is asked for: xdist's own process runs no case, and still writes it."""
    config = session.config
    if config.getoption("--toylab-report") and not hasattr(config, "workerinput"):
        from toylab import session as ours

        ours.begin_report(config)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The controls have the last word: a lab that misbehaves makes an error of the session, whatever it found."""
    ours = _if_imported()
    if ours is None:
        return
    if exitstatus != pytest.ExitCode.INTERRUPTED:
        ours.try_last_controls(session.config)
    if session.config.stash.get(ours.MISBEHAVING, []):
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What the controls of xdist's worker did, which has no terminal to say it on."""
    said = getattr(node, "workeroutput", {}).get("toylab_misbehaving")
    if said:
        from toylab import session as ours

        node.config.stash.setdefault(ours.MISBEHAVING, []).append(f"{node.gateway.id}: {said}")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    ours = _if_imported()
    for said in config.stash.get(ours.MISBEHAVING, []) if ours else []:
        terminalreporter.section("toylab: no verdict of this session can be believed", red=True)
        terminalreporter.line(said)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends what the first case started, and writes the report where one was asked for."""
    ours = _if_imported()
    if ours is not None:
        ours.close(config)


def _if_imported() -> ModuleType | None:
    """The rig's module, if this session has run a case or writes a report; it is not imported for others."""
    return sys.modules.get("toylab.session")
