"""Small scenarios, each with one section in each of its forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.case import Case
from netns.plan import Craft, Match, Record, Route, Rule, Zone

Make = Callable[..., list[Case]]


def test_where_adds_to_a_subject_that_is_a_bare_command(make: Make) -> None:
    lines = "matrix: {family: [ipv4, ipv6]}\nwhere: [{if: {family: ipv6}, then: {subject: {limits: {NOFILE: 9}}}}]\n"
    plain, varied = make(lines)
    assert (plain.subject.limits, varied.subject.limits) == ({}, {"NOFILE": 9})
    assert varied.subject.argv == ("toy9", "connect", "fd00::2", "7")


def test_where_can_change_the_target_to_another_kind(make: Make) -> None:
    target = "target: {host: server, port: 9}\nmatrix: {family: [ipv4], how: [host, name]}\n"
    where = "where: [{if: {how: name}, then: {target: {host: null, name: a.lab}}}]\n"
    assert [(case.target_host, case.target_port) for case in make(target + where)] == [("10.0.0.2", 9), ("a.lab", 9)]


def test_a_scenario_without_a_matrix_is_one_case_of_its_own_name(make: Make) -> None:
    [case] = make()
    assert (case.id, case.axes, case.plan.family) == ("small", {}, "ipv4")
    assert case.subject.argv == ("toy9", "connect", "10.0.0.2", "7")
    assert (case.target_host, case.target_port) == ("10.0.0.2", 7)
    assert (case.plan.zone, case.plan.files.resolv_conf) == (None, "")


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("{}", "10.0.0.2"),
        ("{host: client}", "10.0.0.1"),
        ("{name: gone.lab}", "gone.lab"),
        ("{address: 127.0.0.1}", "127.0.0.1"),
        ("{address: {ipv4: 203.0.113.9, ipv6: '2001:db8::9'}}", "203.0.113.9"),
    ],
)
def test_a_target_is_a_host_a_name_or_an_address(target: str, host: str, make: Make) -> None:
    [case] = make(f"target: {target}\n")
    assert case.target_host == host
    assert case.subject.argv[2] == host


@pytest.mark.parametrize(
    ("resolver", "text"),
    [
        ("{}", "nameserver 10.0.0.3\n"),
        ("{nameserver: none}", ""),
        ("{nameserver: none, options: ndots:1}", "options ndots:1\n"),
        ("{nameserver: 10.0.0.99}", "nameserver 10.0.0.99\n"),
        ("{nameserver: server, search: lab}", "nameserver 10.0.0.2\nsearch lab\n"),
    ],
)
def test_the_resolver_asks_the_lab_or_another_or_nobody(resolver: str, text: str, make: Make) -> None:
    [case] = make(f"dns: {{a.lab: server}}\nresolver: {resolver}\n")
    assert case.plan.files.resolv_conf == text


def test_the_name_server_may_be_a_host_of_the_file(make: Make) -> None:
    [case] = make("dns: {a.lab: server}\nhosts: {dns: {answers: false}, router: {}}\n")
    assert [host.name for host in case.plan.hosts] == ["client", "server", "dns", "router"]
    assert not case.plan.hosts[2].answers


@pytest.mark.parametrize(
    ("answer", "record"),
    [
        ("server", Record(name="a.lab", addresses=("10.0.0.2",))),
        ("192.0.2.1", Record(name="a.lab", addresses=("192.0.2.1",))),
        ("[192.0.2.1, '2001:db8::1']", Record(name="a.lab", addresses=("192.0.2.1", "2001:db8::1"))),
        ("silence", Record(name="a.lab", fault="silence")),
        ("[wrong-id, server]", Record(name="a.lab", addresses=("10.0.0.2",), fault="wrong-id")),
        ("{answer: server, delay: 1s}", Record(name="a.lab", addresses=("10.0.0.2",), delay_ms=1_000)),
        ("{AAAA: server}", Record(name="a.lab", type="AAAA", addresses=("fd00::2",))),
        ("{alias: b.lab}", Record(name="a.lab", alias="b.lab")),
        ("{A: {answer: server, delay: 2s}, delay: 1s}",
         Record(name="a.lab", type="A", addresses=("10.0.0.2",), delay_ms=2_000)),
    ],
)  # fmt: skip
def test_a_name_is_answered_by_hosts_addresses_or_a_fault(answer: str, record: Record, make: Make) -> None:
    [case] = make(f"dns: {{a.lab: {answer}}}\n")
    assert case.plan.zone is not None
    assert case.plan.zone.records == (record,)


def test_further_name_servers_are_asked_in_the_order_of_the_resolver(make: Make) -> None:
    [case] = make(
        "hosts: {spare: {}}\ndns: {a.lab: server}\nname_servers: {spare: SERVFAIL}\n"
        "resolver: {nameserver: [spare, dns]}\n"
    )
    assert case.plan.other_zones == (Zone(on="spare", rest="SERVFAIL"),)
    assert case.plan.files.resolv_conf == "nameserver 10.0.0.3\nnameserver 10.0.0.4\n"


@pytest.mark.parametrize(
    ("to", "network"),
    [
        ("default", "0.0.0.0/0"), ("target", "10.0.0.2/32"), ("router", "10.0.0.3/32"), ("10.9.0.0/16", "10.9.0.0/16"),
        ("10.9.0.1", "10.9.0.1"), ("{ipv4: 10.9.0.0/16, ipv6: 'fd00:9::/32'}", "10.9.0.0/16"),
    ],
)  # fmt: skip
def test_a_route_goes_to_a_word_a_host_or_a_network(to: str, network: str, make: Make) -> None:
    [case] = make(f"hosts: {{router: {{}}}}\nroutes: [{{to: {to}, via: router}}]\n")
    assert case.plan.routes == (Route(on="client", to=network, via="10.0.0.3"),)


@pytest.mark.parametrize(
    ("deed", "rule"),
    [
        ("drop", Rule(match=Match(what="S"), drop=True)),
        ("cut", Rule(match=Match(what="S"), cut=True)),
        ("{duplicate: 2, together: true}", Rule(match=Match(what="S"), duplicate=2, together=True)),
        ("{duplicate: 2, delay: 1s}", Rule(match=Match(what="S"), duplicate=2, delay_ms=1_000)),
        ("{rewrite: {ttl: 1, seq: -5}}", Rule(match=Match(what="S"), rewrite={"ttl": "1", "seq": "-5"})),
        ("{hold: exit client}", Rule(match=Match(what="S"), hold_until="exit client")),
        ("{answer: [{flags: R}, {icmp: 3/1, after: 5ms}]}",
         Rule(match=Match(what="S"), answer=(Craft(flags="R"), Craft(icmp="3/1", after_ms=5)))),
    ],
)  # fmt: skip
def test_a_rule_does_what_its_deed_says(deed: str, rule: Rule, make: Make) -> None:
    [case] = make(f"wire: [{{on: S, do: {deed}}}]\n")
    assert case.plan.rules == (rule,)


def test_the_text_of_an_axis_may_hold_placeholders(make: Make) -> None:
    matrix = "matrix: {family: [ipv4, ipv6], from: {any: '', own: '--bind {client} {{x}}'}}\n"
    made = make(matrix, subject="subject: toy9 connect {host} {port} {from}\n")
    assert [case.subject.argv[4:] for case in made] == [
        (), ("--bind", "10.0.0.1", "{x}"), (), ("--bind", "fd00::1", "{x}"),
    ]  # fmt: skip


def test_double_braces_stay_braces(make: Make) -> None:
    [case] = make(subject="subject: \"printf '{{host}} {host} {} {1} { port }'\"\n")
    assert case.subject.argv == ("printf", "{host} 10.0.0.2 {} {1} { port }")
