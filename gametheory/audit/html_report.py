"""A report as one HTML file: no network, no scripts, light and dark, phone and paper.

Every text from the scenario is escaped, and the page forbids itself to load anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gametheory.audit.figures import svg
from gametheory.audit.phrasing import facts_of
from gametheory.audit.report import AuditReport, Finding, Judgement, Section, Table
from gametheory.audit.text_report import printable

__all__ = ["html_report"]

_MARKS = {"holds": "✓", "fails": "✗", "open": "?"}
_MEANINGS = {
    "certified": "with rational evidence that was re-checked",
    "proved": "for all parameters",
    "exact": "computed in fractions, without a certificate of its own",
    "numerical": "measured, not proved",
}
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #ffffff; --ink: #1d2430; --soft: #5b6472; --rule: #d9dce1;
  --accent: #2257a0; --good: #1c7a4a; --bad: #b3261e; --open: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171c; --card: #1c2027; --ink: #e6e9ee; --soft: #9aa4b2;
  --rule: #343b46; --accent: #8ab4f0; --good: #6fcf9a; --bad: #f28b82; --open: #f0c674; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 .75rem; }
section, .facts { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1rem 1.1rem;
  margin: 1rem 0; }
.kicker { color: var(--soft); margin: 0 0 .25rem; font-size: .9rem; }
.lead { white-space: pre-line; margin: .5rem 0 0; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .3rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
ul { list-style: none; margin: 0; padding: 0; }
li { margin: 0 0 .55rem; padding-left: 1.5rem; text-indent: -1.5rem; }
li::before { display: inline-block; width: 1.5rem; text-indent: 0; content: "•"; color: var(--soft); }
li.holds::before { content: "✓"; color: var(--good); font-weight: 700; }
li.fails::before { content: "✗"; color: var(--bad); font-weight: 700; }
li.open::before { content: "?"; color: var(--open); font-weight: 700; }
.holds strong { color: var(--good); } .fails strong { color: var(--bad); } .open strong { color: var(--open); }
.trust { color: var(--soft); font-size: .78rem; white-space: nowrap; border: 1px solid var(--rule); border-radius: 99px;
  padding: .05rem .5rem; text-indent: 0; display: inline-block; }
.scroll { overflow-x: auto; margin: .25rem 0 0; }
table { border-collapse: collapse; font-size: .9rem; min-width: 60%; overflow-wrap: normal; }
.caption { font-weight: 600; font-size: .9rem; margin: 1rem 0 0; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-top: 1px solid var(--rule); vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.long { min-width: 16rem; }
td:first-child { min-width: 7rem; }
td.number:first-child { min-width: 0; }
.note { color: var(--soft); font-size: .85rem; margin: .3rem 0 0; }
figure { margin: 1rem 0 0; max-width: 36rem; }
figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .25rem; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font-size: 13px; font-family: inherit; } svg .tick { fill: var(--soft); font-size: 12px; }
svg .number { font-variant-numeric: tabular-nums; }
svg .bar { fill: var(--accent); } svg .dot { fill: var(--accent); }
svg .axis, svg .grid { stroke: var(--rule); } svg .line { stroke: var(--accent); stroke-width: 2.5; fill: none; }
svg .outer { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
details { margin-top: .75rem; } summary { cursor: pointer; color: var(--accent); }
footer { color: var(--soft); font-size: .85rem; } code { font-size: .85em; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  section, .facts { padding: .9rem .8rem; } h1 { font-size: 1.4rem; }
  svg text { font-size: 17px; } svg .tick { font-size: 15px; } }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; } main { max-width: none; }
  section { break-inside: avoid; border: 0; padding: 0; } details { display: none; } .scroll { overflow: visible; } }
"""


def html_report(report: AuditReport) -> str:
    """The report as one HTML page."""
    scenario = report.scenario
    parts = [
        f'<p class="kicker">Audit of {_safe(scenario.name)}{_threat(scenario.threat)}</p>',
        f"<h1>{_safe(scenario.title)}</h1>",
    ]
    if scenario.description:
        parts.append(f'<p class="lead">{escape(_lines(scenario.description))}</p>')
    parts.append(_facts(report))
    parts.append(_requirements(report.requirements))
    parts += [_section(number, section) for number, section in enumerate(report.sections, 1)]
    parts.append(_footer(report))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_safe(scenario.title)}: audit</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _safe(text: str) -> str:
    """Text for a page: one line, escaped."""
    return escape(printable(text))


def _lines(text: str) -> str:
    """A description with its paragraphs, but not with the line breaks of the file."""
    paragraphs = [" ".join(printable(line) for line in part.splitlines()) for part in text.split("\n\n")]
    return "\n\n".join(paragraphs)


def _threat(threat: str) -> str:
    return f" · threat: {_safe(threat)}" if threat else ""


def _facts(report: AuditReport) -> str:
    facts = facts_of(report.scenario, report.results.get("agreement"))
    rows = "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(text)}</dd>" for name, text in facts)
    return f'<dl class="facts">{rows}</dl>'


def _requirements(judged: Sequence[Judgement]) -> str:
    if not judged:
        return ""
    items = "".join(
        f'<li class="{j.status}"><strong>{_safe(j.demand)}</strong>: {j.status}, {_safe(j.reason)}</li>' for j in judged
    )
    held = sum(j.status == "holds" for j in judged)
    return f"<section><h2>Requirements: {held} of {len(judged)} hold</h2><ul>{items}</ul></section>"


def _section(number: int, section: Section) -> str:
    items = "".join(_finding(finding) for finding in section.findings)
    items += "".join(f'<li class="open"><strong>Not answered:</strong> {_safe(reason)}</li>' for reason in section.open)
    figures = "".join(
        f"<figure><figcaption>{_safe(figure.title)}</figcaption>{svg(figure, f'{section.key}-{k}')}</figure>"
        for k, figure in enumerate(section.figures)
    )
    tables = "".join(map(_table, section.tables))
    if section.key == "evidence" and tables:
        tables = f"<details><summary>All certificates</summary>{tables}</details>"
    return f'<section id="{section.key}"><h2>{number}. {_safe(section.title)}</h2><ul>{items}</ul>{figures}{tables}</section>'


def _finding(finding: Finding) -> str:
    meaning = _MEANINGS[finding.trust]
    return f'<li>{_safe(finding.text)} <span class="trust" title="{meaning}">{finding.trust}</span></li>'


def _table(table: Table) -> str:
    def cell(tag: str, text: str, numeric: bool) -> str:
        style = ' class="number"' if numeric else ' class="long"' if len(text) > 60 else ""
        return f"<{tag}{style}>{_safe(text)}</{tag}>"

    head = "".join(cell("th", name, right) for name, right in zip(table.columns, table.numeric, strict=True))
    rows = "".join(
        f"<tr>{''.join(cell('td', text, right) for text, right in zip(row, table.numeric, strict=True))}</tr>"
        for row in table.rows
    )
    note = f'<p class="note">{_safe(table.note)}</p>' if table.note else ""
    return (
        f'<p class="caption">{_safe(table.caption)}</p>'
        f'<div class="scroll"><table aria-label="{_safe(table.caption)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _footer(report: AuditReport) -> str:
    used = {finding.trust for section in report.sections for finding in section.findings}
    legend = "; ".join(f"<em>{word}</em>: {meaning}" for word, meaning in _MEANINGS.items() if word in used)
    source, played = report.scenario.source, report.scenario.played
    game = "" if played is None else f" · game <code>{played.digest()[:16]}</code>"
    cited = f'<p class="lead">{escape(_lines(source))}</p>' if source else ""
    return (
        f"<footer>{cited}<p>{legend}. Long numbers are shown to five digits; the JSON report beside this file has them "
        "exactly, and every certificate with it.</p>"
        f"<p>gametheory {_safe(report.version)} · scenario <code>{report.scenario.digest()[:16]}</code>{game}</p></footer>"
    )
