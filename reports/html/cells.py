"""Builds the body of a matrix by joining text: a run may have thousands of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from harness.plain import markup as safe
from harness.result import CaseResult
from reports import tally
from reports.evidence import sentence
from reports.html.matrix import Matrix, Row

LETTER = {"pass": "p", "fail": "f", "inconclusive": "i", "not_applicable": "n"}
"""What a cell says of each clause, one letter a clause; a blank where the case did not judge it."""


def body(matrix: Matrix, clauses: Sequence[str]) -> str:
    """The rows, each situation under a row of its own; `clauses` are the numbers whose outcome each cell knows."""
    columns = len(matrix.outer) * len(matrix.inner)
    return "\n".join(_rows(matrix, columns, clauses))


def _rows(matrix: Matrix, columns: int, clauses: Sequence[str]) -> Iterator[str]:
    before = ""
    for row in matrix.rows:
        if row.situation != before:
            before = row.situation
            head = f'<th scope="rowgroup" colspan="{1 + columns}">{safe(before)}</th>'
            yield f'<tr class="situation" data-situation="{safe(before)}">{head}</tr>'
        yield _row(row, len(matrix.inner), clauses)


def _row(row: Row, inner: int, clauses: Sequence[str]) -> str:
    detail = f" <small>{safe(row.detail)}</small>" if row.detail else ""
    head = f'<th scope="row" title="{safe(row.why)}">{safe(row.scenario)}{detail}</th>'
    known = f'data-search="{safe(row.search)}" data-situation="{safe(row.situation)}"'
    cells, column = [], 0
    for cell in row.cells:
        style = ' class="group"' if column % inner == 0 else ""
        span = f' colspan="{cell.span}"' if cell.span > 1 else ""
        cells.append(f"<td{span}{style}>{_several([_case(case, clauses) for case in cell.cases])}</td>")
        column += cell.span
    return f'<tr class="row" {known}>{head}{"".join(cells)}</tr>'


def _several(cells: list[str]) -> str:
    return f'<span class="several">{"".join(cells)}</span>' if len(cells) > 1 else "".join(cells)


def _case(case: CaseResult, clauses: Sequence[str]) -> str:
    """The verdict of one case, with the clause that refused it first."""
    refused = [one.id for one in tally.blamed(case)]
    more = f" <small>+{len(refused) - 1}</small>" if len(refused) > 1 else ""
    by = f'<span class="by">{safe(refused[0])}{more}</span>' if refused else ""
    told = f"{case.id}: {tally.WORD[case.verdict]}{''.join(f', {id}' for id in refused)}"
    title = f' title="{safe(sentence(case))}"' if case.verdict != "pass" else ""
    return (
        f'<a class="cell {case.verdict}" data-verdict="{case.verdict}" data-said="{_said(case, clauses)}" '
        f'href="{escape(quote(case.directory))}/index.html" aria-label="{safe(told)}"{title}>'
        f'<span class="mark" aria-hidden="true">{tally.SIGN[case.verdict]}</span>{by}</a>'
    )


def _said(case: CaseResult, clauses: Sequence[str]) -> str:
    known = {one.id: LETTER[one.outcome] for one in case.clauses}
    return "".join(known.get(id, " ") for id in clauses)
