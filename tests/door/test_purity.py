"""Nobody pays for what he does not use: help and the plugin import nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"pydantic", "pyroute2", "scapy", "jinja2", "yaml", "dnslib"}


def imported(code: str) -> set[str]:
    listing = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


@pytest.mark.parametrize(
    "code",
    [
        "import toylab.cli",
        "from toylab.cli import group\ntry:\n    group.main(['--help'])\nexcept SystemExit:\n    pass",
        "import toys.toy9.cli",
        "import harness.checker, harness.spec",
        "import harness.runner.slot",
    ],
)
def test_this_imports_nothing_heavy(code: str) -> None:
    assert not imported(code) & HEAVY


def test_the_plugin_imports_nothing_of_the_lab() -> None:
    assert not imported("import toylab.plugin") & {*HEAVY, "click", "harness", "netns", "reports", "toys"}


def test_a_toy_imports_no_rig() -> None:
    assert not imported("import toys.toy9.cli") & {"harness", "netns", "reports", "toylab"}
