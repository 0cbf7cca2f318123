"""The documents: complete against the code and the schema, with examples that load and links that lead somewhere."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.case import Case
from harness.errors import InputError
from harness.expand import cases
from harness.kept import cases_in
from harness.load import load
from harness.spec import SPECS, clauses_of
from toylab.sinners import known

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
SCENARIOS = (DOCS / "scenarios.md").read_text(encoding="utf-8")
ERRORS = (DOCS / "errors.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8"))
DEFINITIONS: dict[str, dict[str, Any]] = {"Scenario": SCHEMA, **SCHEMA["$defs"]}

HEADINGS = {
    "Scenario": "The sections",
    "Answer": "One type on its own",
    "ByFamily": "The values",
    "Craft": "Made-up packets",
    "Deed": "wire",
    "Expect": "expect",
    "Frame": "wire",
    "Host": "hosts",
    "IcmpByFamily": "The values",
    "Listener": "listeners",
    "Name": "dns",
    "Beside": "programs",
    "Puppet": "puppets",
    "Resolver": "resolver",
    "Route": "routes",
    "Rule": "wire",
    "Step": "Steps",
    "Subject": "subject",
    "Target": "target",
    "Where": "where",
}
"""The heading in docs/scenarios.md under which each definition of the schema has its keys."""

SAMPLE = {
    "scenario": "example",
    "spec": "toy9",
    "why": "An example of the documentation.",
    "subject": "toy9 connect {host} {port}",
}
"""What an example is completed with that shows only some sections."""


def _fences(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: the word behind the fence, and the text."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def _without_fences(page: str) -> str:
    return re.sub(r"^```\w*\n.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def _under(page: str) -> dict[str, str]:
    """The text under each heading, up to the next one."""
    parts = re.split(r"^#+ (.+)\n", _without_fences(page), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without the lines between head and body."""
    lines = (line.strip()[1:-1].strip() for line in text.splitlines() if line.startswith("|"))
    rows = [re.split(r" *(?<!\\)\| *", line) for line in lines]
    return [row for row in rows if set(row[0]) != {"-"}]


def _failures() -> list[tuple[str, str, str, int]]:
    """Every call of Failure in toys/toy9/errors.py whose arguments are written out: name, code, text, status."""
    tree = ast.parse((ROOT / "toys" / "toy9" / "errors.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Failure"]
    return [
        tuple(argument.value for argument in call.args)  # type: ignore[attr-defined]
        for call in named
        if all(isinstance(argument, ast.Constant) for argument in call.args)
    ]


def _other_status() -> int:
    tree = ast.parse((ROOT / "toys" / "toy9" / "errors.py").read_text(encoding="utf-8"))
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "OTHER_STATUS"
    ]
    return int(ast.literal_eval(values[0]))


def _slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _anchors(page: str) -> set[str]:
    return {_slug(heading) for heading in re.findall(r"^#+ (.+)$", _without_fences(page), re.MULTILINE)}


def _links(page: str) -> list[str]:
    """The targets of links and pictures that are no addresses of the web."""
    targets = re.findall(r"\]\(([^)\s]+)\)", _without_fences(page))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def _completed(example: str) -> str:
    """The example with the sections that every scenario needs and that it leaves out."""
    given = yaml.safe_load(example)
    missing = {key: value for key, value in SAMPLE.items() if key not in given}
    return (yaml.safe_dump(missing, sort_keys=False) if missing else "") + example


def _loaded(example: str, folder: Path) -> int:
    """How many cases the example has; its name becomes the file's."""
    name = re.search(r"^scenario: (\S+)$", example, re.MULTILINE)
    path = folder / f"{name.group(1) if name else ''}.toylab.yaml"
    path.write_text(example, encoding="utf-8")
    return len(cases(load(path)))


def _examples() -> list[str]:
    return [text for word, text in _fences(SCENARIOS) if word == "yaml"]


def test_the_error_table_of_the_page_is_that_of_the_code() -> None:
    shown = [row for row in _rows(_under(ERRORS)["Errors of toy9"]) if row[0] != "name"]
    failures = sorted(_failures(), key=lambda failure: failure[3])
    written = [[f"`{name}`", f"`{code}`", text, str(status)] for name, code, text, status in failures]
    assert len(written) > 10, "the table was not found in the code"
    assert shown[:-1] == written
    assert shown[-1][1::2] == ["`other`", str(_other_status())]


def test_every_definition_of_the_schema_has_its_place_in_the_page() -> None:
    assert set(DEFINITIONS) == set(HEADINGS)


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_the_page_names_every_key_of_the_schema(name: str) -> None:
    rows = _rows(_under(SCENARIOS)[HEADINGS[name]])
    named = {row[0].strip("`") for row in rows if len(row) == 4}
    assert set(DEFINITIONS[name]["properties"]) <= named


@pytest.mark.parametrize("heading", sorted(set(HEADINGS.values())))
def test_the_page_names_no_key_that_the_schema_has_not(heading: str) -> None:
    known = {key for name, place in HEADINGS.items() if place == heading for key in DEFINITIONS[name]["properties"]}
    rows = [row for row in _rows(_under(SCENARIOS)[heading]) if len(row) == 4 and row[0] != "key"]
    assert {row[0].strip("`") for row in rows} <= known


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_keys_that_the_schema_requires_are_marked_as_required(name: str) -> None:
    rows = [row for row in _rows(_under(SCENARIOS)[HEADINGS[name]]) if len(row) == 4]
    marked = {row[0].strip("`") for row in rows if row[2].startswith("required")}
    assert set(DEFINITIONS[name].get("required", ())) <= marked


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example.split(":")[0])
def test_every_example_of_the_page_loads(example: str, tmp_path: Path) -> None:
    assert _loaded(_completed(example), tmp_path)


@pytest.mark.parametrize("row", _rows(_under(SCENARIOS)["The sections"])[1:], ids=lambda row: row[0].strip("`"))
def test_the_example_of_every_section_is_such_a_section(row: list[str]) -> None:
    assert list(yaml.safe_load(row[3].strip("`"))) == [row[0].strip("`")]


def test_the_two_changed_lines_of_the_introduction_make_a_scenario(tmp_path: Path) -> None:
    example = _examples()[0]
    changes = next(text for word, text in _fences(SCENARIOS) if word == "diff").splitlines()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert f"{old[1:]}\n" in example
        example = example.replace(old[1:], new[1:])
    assert _loaded(example, tmp_path) == 2


def test_the_mistakes_shown_are_what_the_loader_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    plain = [text for word, text in _fences(SCENARIOS) if not word]
    place = next(i for i, text in enumerate(plain) if text.startswith("scenario: broken"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as told:
        _loaded(plain[place], Path())
    assert f"toylab: {told.value}\n" == plain[place + 1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in _links(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(file.read_text(encoding="utf-8")), f"{page.name} links to {target}"


@pytest.mark.parametrize("spec", SPECS)
def test_the_table_of_the_readme_counts_what_there_is(spec: str) -> None:
    files = sorted((ROOT / "scenarios" / spec).glob("*.yaml"))
    counted = [len(files), len(cases_in(files)), len(clauses_of(spec)), len(known(spec))]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| `{spec}` \|[^|]*\|(.*)\|$", readme, re.MULTILINE)
    assert [int(word) for word in row.split("|")] == counted


def test_there_is_as_much_as_makes_a_reference() -> None:
    """At least this: 60 clauses for clients and 60 for the kernel, 200 scenarios, 500 cases, 45 mutants."""
    scenarios = sorted((ROOT / "scenarios").glob("*/*.yaml"))
    assert min(len(clauses_of("toy9")), len(clauses_of("kernel"))) >= 60
    assert len(scenarios) >= 200
    assert len(cases_in(scenarios)) >= 500
    assert len(known("toy9")) >= 45
    assert min(len(clauses_of(spec)) for spec in SPECS) >= 15


def test_every_frame_that_h2spec_sends_is_in_its_table() -> None:
    told = set(re.findall(r"`([\w-]+(?:::[\w.-]+)?)`", (DOCS / "h2spec.md").read_text(encoding="utf-8")))
    made = {_frames(case) for file in (ROOT / "scenarios" / "httpd").glob("*.yaml") for case in _of_h2spec(file)}
    assert made <= told
    assert {name for name in told if name.startswith(("http2-", "tls-"))} <= made


def _of_h2spec(file: Path) -> list[Case]:
    return [case for case in cases(load(file)) if "h2spec" in case.tags]


def _frames(case: Case) -> str:
    """`SCENARIO::LABEL` where frames are an axis, and the scenario elsewhere."""
    return "::".join(filter(None, (case.scenario, case.axes.get("frames"))))
