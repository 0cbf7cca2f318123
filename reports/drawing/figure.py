"""Draws the sequence diagram of a case as one SVG file of its own, for documents: it brings its style along."""

from __future__ import annotations

from importlib.resources import files

from harness.plain import markup
from reports.drawing import svg
from reports.drawing.columns import WIDTH
from reports.drawing.lanes import place
from reports.drawing.scene import scene
from reports.drawing.sequence import HEAD, parts
from reports.store import Stored

MARGIN = 16
TITLE = 34
FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def figure(stored: Stored, blame: dict[int, str]) -> str:
    """The file's text. `blame` maps the numbers of events that a refusal rests on to the clauses that refused."""
    host = stored.subject_host
    heads, body, height = parts(scene(place(stored.events, host), host, blame))
    title = svg.text(0, 18, stored.result.id, "title")
    ground = svg.rect(-MARGIN, -MARGIN, WIDTH + 2 * MARGIN, height + TITLE + HEAD + 2 * MARGIN, "paper")
    rule = svg.line((0, TITLE + HEAD), (WIDTH, TITLE + HEAD), "edge")
    lower = f'<g transform="translate(0 {TITLE})">{heads}</g><g transform="translate(0 {TITLE + HEAD})">{body}</g>'
    box = (-MARGIN, -MARGIN, WIDTH + 2 * MARGIN, height + TITLE + HEAD + 2 * MARGIN)
    size = f'viewBox="{" ".join(map(str, box))}" width="{box[2]}" height="{box[3]}"'
    label = f'role="img" aria-label="Sequence diagram of {markup(stored.result.id)}"'
    style = f"<style>{_style()}</style>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label} {FONT}>{style}{ground}{title}{rule}{lower}</svg>\n'


def _style() -> str:
    """The colours and the rules of the page that concern a diagram."""
    folder = files("reports") / "html" / "templates" / "css"
    colours = (folder / "base.css").read_text(encoding="utf-8").partition("* { box-sizing")[0]
    return colours + (folder / "diagram.css").read_text(encoding="utf-8") + EXTRA


EXTRA = "svg { min-width: 0; } svg .paper { fill: var(--card); } svg .title { font-size: 15px; font-weight: 650; }"
