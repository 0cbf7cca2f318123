"""The sample becomes its cases: what each section means under each choice of the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.json import decode, encode

from harness.case import Case
from harness.expand import cases
from harness.load import load
from netns.plan import Cable, Craft, Host, Listener, Match, Record, Route, Rule, Step


@pytest.fixture
def made(sample: Path) -> dict[str, Case]:
    """The sample's cases by their axes."""
    return {case.id.partition("::")[2]: case for case in cases(load(sample))}


def test_the_matrix_is_multiplied_in_its_order_less_the_exceptions(made: dict[str, Case]) -> None:
    assert list(made) == [
        "ipv4-epoll-async", "ipv4-epoll-blocking", "ipv4-select-async",
        "ipv6-epoll-async", "ipv6-epoll-blocking", "ipv6-select-async",
    ]  # fmt: skip
    assert list(made["ipv4-epoll-async"].axes.items()) == [("family", "ipv4"), ("poller", "epoll"), ("mode", "async")]


def test_a_case_knows_where_it_comes_from(made: dict[str, Case], sample: Path) -> None:
    case = made["ipv4-epoll-async"]
    assert (case.id, case.scenario, case.spec) == ("refused-twice::ipv4-epoll-async", "refused-twice", "toy9")
    assert (case.file, case.line) == (str(sample), 2)
    assert case.why == "The closed port answers the SYN with RST, and the second SYN is lost."
    assert (case.tags, case.slow, case.pace, case.deadline_ms) == (("refused",), False, "lockstep", 5_000)


def test_placeholders_are_filled_in_and_commands_split(made: dict[str, Case]) -> None:
    subject = made["ipv6-epoll-blocking"].subject
    assert subject.argv == (
        "toy9", "connect", "fd00::2", "9",
        "--poller", "epoll", "--blocking", "--timeout", "2", "--queue", "hello world",
    )  # fmt: skip
    assert subject.on == "client"
    assert subject.environment == {"LANG": "C", "PORT": "9"}
    [program] = made["ipv4-epoll-async"].programs
    assert (program.on, program.argv) == ("server", ("toy9", "listen", "10.0.0.2", "7", "--from", "10.0.0.1"))


def test_an_empty_text_of_an_axis_leaves_no_word(made: dict[str, Case]) -> None:
    assert made["ipv4-epoll-async"].subject.argv[5:] == ("epoll", "--queue", "hello world")


def test_hosts_have_their_places_and_the_name_server_is_the_last(made: dict[str, Case]) -> None:
    plan = made["ipv4-epoll-async"].plan
    server = Host(name="server", sysctl={"net.ipv4.tcp_syn_retries": "1"})
    assert plan.hosts == (Host(name="client"), server, Host(name="router"), Host(name="dns"))
    assert plan.cables == (Cable(between=("client", "router")),)


@pytest.mark.parametrize(
    ("family", "via", "to"), [("ipv4", "10.1.0.2", "10.0.0.2/32"), ("ipv6", "fd00:1::2", "fd00::2/128")]
)
def test_routes_go_by_the_cable_and_to_the_target(family: str, via: str, to: str, made: dict[str, Case]) -> None:
    first, second = made[f"{family}-epoll-blocking"].plan.routes
    assert first.via == via
    assert second == Route(on="client", to=to, kind="unreachable")


def test_listeners_and_puppets_are_taken_over(made: dict[str, Case]) -> None:
    plan = made["ipv4-epoll-async"].plan
    assert plan.listeners == (
        Listener(on="server", port=8, script="banner", text="hi\n", options={"SO_RCVBUF": 4096}),
    )  # fmt: skip
    assert plan.puppets[0].steps == (
        Step(expect="S"),
        Step(send=Craft(flags="SA", fields={"seq": "+1000"})),
        Step(pause_ms=10),
        Step(send=Craft(icmp="3/13")),
    )


def test_the_zone_holds_addresses_of_hosts_and_faults(made: dict[str, Case]) -> None:
    zone = made["ipv6-select-async"].plan.zone
    assert zone is not None
    assert zone.on == "dns"
    assert zone.records == (
        Record(name="good.lab", type="A", addresses=("10.0.0.2",)),
        Record(name="good.lab", type="AAAA", addresses=("fd00::2",)),
        Record(name="gone.lab", fault="NXDOMAIN"),
        Record(name="slow.lab", type="A", addresses=("10.0.0.2",), delay_ms=300),
        Record(name="half.lab", type="A", addresses=("10.0.0.2", "192.0.2.1")),
        Record(name="half.lab", type="AAAA", fault="silence"),
        Record(name="long.lab", addresses=("fd00::2",), fault="truncated"),
    )


def test_the_files_under_etc_name_server_and_hosts(made: dict[str, Case]) -> None:
    files = made["ipv6-select-async"].plan.files
    assert files.resolv_conf == "nameserver fd00::4\noptions timeout:1 attempts:1\n"
    assert files.hosts == "127.0.0.1 localhost\n::1 localhost\nfd00::2 name.lab\n"


def test_rules_of_the_wire_are_taken_over(made: dict[str, Case]) -> None:
    assert made["ipv4-epoll-async"].plan.rules == (
        Rule(match=Match(what="SA", nth=1, sender="server", receiver="client"), delay_ms=300),
        Rule(match=Match(what="S"), drop=True),
        Rule(match=Match(what="S", nth=1), drop=True, answer=(Craft(icmp="3/1"),)),
        Rule(match=Match(what="SA"), hold_until="state error"),
        Rule(match=Match(what="A"), hold_until_frame=Match(what="RA", nth=2, sender="server")),
    )
    assert made["ipv6-epoll-blocking"].plan.rules[2].answer == (Craft(icmp="1/3"),)


def test_expectations_know_their_lines(made: dict[str, Case]) -> None:
    expect = made["ipv4-epoll-async"].expect
    assert (expect.states, expect.error, expect.exit) == (("connecting", "error"), "ECONNREFUSED", 10)
    assert (expect.within_ms, expect.stdout) == (1_500, ("refused by 10.0.0.2",))
    assert expect.clauses == {"T9-07": "pass"}
    assert expect.lines == {
        "states": 49, "error": 50, "exit": 51, "within": 52, "stdout": 53, "clauses": 54, "clauses.T9-07": 54
    }  # fmt: skip
    assert (expect.received, expect.syns, expect.branch) == (None, None, ())


def test_where_lays_its_sections_over_the_file(made: dict[str, Case]) -> None:
    varied = made["ipv6-epoll-async"]
    assert (varied.expect.error, varied.expect.exit) == ("EACCES", None)
    assert varied.expect.lines["error"] == 58
    assert "exit" not in varied.expect.lines
    assert varied.plan.rules == ()
    assert made["ipv6-epoll-blocking"].expect.error == "ECONNREFUSED"


def test_several_where_add_up(made: dict[str, Case]) -> None:
    varied = made["ipv6-select-async"]
    assert (varied.expect.error, varied.subject.limits) == ("EACCES", {"NOFILE": 32})
    assert varied.subject.argv[:4] == ("toy9", "connect", "fd00::2", "9")
    assert made["ipv4-epoll-async"].subject.limits == {"NOFILE": 64}


def test_a_case_survives_json(made: dict[str, Case]) -> None:
    for case in made.values():
        assert decode(encode(case), type=Case) == case
