"""The probe tries everything, changes nothing for its caller, and says what is missing with a remedy."""

from __future__ import annotations

import os
from pathlib import Path

from netns.probe import Finding, probe
from netns.tries import CHECKS

from .conftest import InSandbox


def namespaces() -> dict[str, str]:
    return {name: os.readlink(f"/proc/self/ns/{name}") for name in ("user", "net", "mnt", "pid")}


def test_where_these_tests_run_everything_required_is_found() -> None:
    before = namespaces()
    findings = probe()
    assert [finding for finding in findings if finding.required and not finding.ok] == []
    assert [finding.name for finding in findings] == [check.name for check in CHECKS]
    assert namespaces() == before


def test_without_namespaces_the_cause_and_its_remedy_are_told_and_the_rest_is_not_tried(in_sandbox: InSandbox) -> None:
    def probes() -> dict[str, Finding]:
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        return {finding.name: finding for finding in probe()}

    found = in_sandbox(probes)
    assert not found["sandbox"].ok
    assert "sysctl -w user.max_user_namespaces" in found["sandbox"].remedy
    assert found["veth and packet sockets"].found.startswith("not tried")
    assert found["kernel"].ok


def test_a_machine_without_strace_is_told_to_install_it(in_sandbox: InSandbox) -> None:
    def probes() -> Finding:
        os.environ["PATH"] = "/nonexistent"
        return next(finding for finding in probe() if finding.name == "strace")

    strace = in_sandbox(probes)
    assert (strace.ok, strace.found) == (False, "not installed")
    assert "install strace" in strace.remedy


def test_a_machine_without_programs_is_told_which_ones_are_for_what(in_sandbox: InSandbox) -> None:
    def probes() -> list[Finding]:
        os.environ["PATH"] = "/nonexistent"
        return [finding for finding in probe() if not finding.ok]

    missing = {finding.name: finding for finding in in_sandbox(probes)}
    assert {"strace", "nft", "curl", "openssl", "tshark", "browser"} <= set(missing)
    assert not any(finding.required for finding in missing.values())
    assert all(finding.remedy and finding.needed_for for finding in missing.values())
