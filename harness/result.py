"""The result of a case and of a run, as data that reports, JSON and a later judgement share.

RUN/run.json                      RunResult, written last: a run without it never finished
RUN/cases/SCENARIO/AXES/case.json CaseResult with the case itself, so that it can be judged and run again, and with
                                 its surroundings: the release of the `kernel`, `knobs` of each host as it began,
                                 `load` before and after it
                      /trace.jsonl, trace.txt, wire.pcapng, strace.txt, journal.jsonl, stdout.txt, stderr.txt
                      /HOST.journal.jsonl, HOST.stdout.txt, HOST.stderr.txt of each program beside the subject
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from harness.verdict import Outcome

SCHEMA_VERSION = 1
Made = dict[tuple[tuple[str, Any], ...], "Judgement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One clause or expectation as judged. `evidence` are event numbers: places in trace.jsonl, from 0."""

    id: str
    outcome: Outcome
    force: str = "MUST"
    says: str = ""
    why: str = ""
    source: str = ""
    reason: str = ""
    evidence: tuple[int, ...] = ()
    by_absence: bool = False
    self_reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A judged case. `id` is `SCENARIO::AXES` (`refused::ipv4-epoll`), `verdict` the merge of everything below."""

    id: str
    spec: str
    scenario: str
    axes: dict[str, str]
    file: str
    line: int
    why: str
    subject: str
    verdict: Outcome
    reason: str
    clauses: tuple[Judgement, ...] = ()
    expectations: tuple[Judgement, ...] = ()
    branches: tuple[str, ...] = ()
    duration_ms: float = 0.0
    phases_ms: dict[str, float] = field(default_factory=dict)
    canonical: str = ""
    """SHA-256 of the canonical trace: two runs of a deterministic case agree on it."""
    points: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    self_reported: bool = False
    exit: str = ""
    directory: str = ""
    """Relative to the run directory."""
    states: tuple[str, ...] = ()
    error: str = ""
    unclaimed: tuple[int, ...] = ()
    """Events that no clause, no line of the scenario and no protocol accounts for; none is left where all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A whole run: `verdict` merges its cases; `environment` names kernel, tools, load; times in seconds, UTC ISO."""

    spec: str
    subject: str
    verdict: Outcome
    started: str
    duration_s: float
    command: str
    version: str
    environment: dict[str, Any]
    cases: tuple[CaseResult, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def counts(self) -> dict[str, int]:
        """How many cases have each verdict, in the order people read: pass, fail, inconclusive, not_applicable."""
        return {
            outcome: sum(case.verdict == outcome for case in self.cases)
            for outcome in ("pass", "fail", "inconclusive", "not_applicable")
        }


def case_to_json(case: CaseResult) -> dict[str, Any]:
    """What `dataclasses.asdict` makes of it, in a tenth of the time: it copies nothing that JSON needs no copy of."""
    plain = {name: getattr(case, name) for name in _CASE_FIELDS}
    for name in ("clauses", "expectations"):
        plain[name] = [_plain(one, _JUDGEMENT_FIELDS) for one in plain[name]]
    return plain


def _plain(one: Judgement, names: tuple[str, ...]) -> dict[str, Any]:
    """Without what is as it is by default: most of a case's judgements are."""
    return {name: value for name in names if (value := getattr(one, name)) != _DEFAULTS.get(name)}


def run_to_json(run: RunResult) -> dict[str, Any]:
    """The run with each clause's texts once, under `texts` by its number, and not again in every case."""
    texts = {one.id: {name: getattr(one, name) for name in _TEXTS} for case in run.cases for one in case.clauses}
    cases = [
        {**case_to_json(case), "clauses": [_plain(one, _VERDICT_FIELDS) for one in case.clauses]} for case in run.cases
    ]
    plain = {field.name: getattr(run, field.name) for field in fields(RunResult)}
    return {**plain, "texts": texts, "cases": cases}


def case_from_json(
    data: dict[str, Any], texts: dict[str, dict[str, str]] | None = None, made: Made | None = None
) -> CaseResult:
    """The inverse of `case_to_json`, and of `dataclasses.asdict`, after a trip through JSON.

    `texts` are those of the clauses where the case was written without them; `made` what earlier cases have to share.
    """
    return _case(data, texts or {}, Made() if made is None else made)


def _case(data: dict[str, Any], texts: dict[str, dict[str, str]], made: Made) -> CaseResult:
    listed = {name: tuple(data.get(name, ())) for name in ("branches", "points", "cut", "states", "unclaimed")}
    judged = {name: tuple(_judgement(item, texts, made) for item in data[name]) for name in ("clauses", "expectations")}
    return CaseResult(**{**data, **listed, **judged})


def run_from_json(data: dict[str, Any]) -> RunResult:
    texts, made = data.get("texts", {}), Made()
    cases = tuple(_case(case, texts, made) for case in data["cases"])
    return RunResult(**{**{name: value for name, value in data.items() if name != "texts"}, "cases": cases})


def _judgement(data: dict[str, Any], texts: dict[str, dict[str, str]], made: Made) -> Judgement:
    """Half of a run's judgements rest on no event and say the same in many cases: these are made once."""
    if "evidence" in data:
        return Judgement(**{**texts.get(data["id"], {}), **data, "evidence": tuple(data["evidence"])})
    key = tuple(data.items())
    if key not in made:
        made[key] = Judgement(**{**texts.get(data["id"], {}), **data})
    return made[key]


_CASE_FIELDS = tuple(field.name for field in fields(CaseResult))
_JUDGEMENT_FIELDS = tuple(field.name for field in fields(Judgement))
_TEXTS = ("force", "says", "why", "source")
_VERDICT_FIELDS = tuple(name for name in _JUDGEMENT_FIELDS if name not in _TEXTS)
_DEFAULTS = {field.name: field.default for field in fields(Judgement) if field.default is not MISSING}
