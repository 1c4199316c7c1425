"""A report for a terminal: findings in plain words first, then the evidence in tables, wrapped to the width.

Colours are used only when asked for; nothing depends on them. Text from the scenario is stripped of characters that could
steer a terminal.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from gametheory.audit.phrasing import count_text, facts_of
from gametheory.audit.report import AuditReport, Finding, Judgement, Section, Table

__all__ = ["text_report"]

_RESET = "\x1b[0m"
_STYLES = {"bold": "\x1b[1m", "dim": "\x1b[2m", "good": "\x1b[32m", "bad": "\x1b[31m", "open": "\x1b[33m"}
_MARKS = {"holds": ("✓", "good"), "fails": ("✗", "bad"), "open": ("?", "open")}
_NARROWEST, _WIDEST = 40, 110


def text_report(report: AuditReport, *, width: int = 80, colour: bool = False) -> str:
    """The report as text of at most ``width`` columns (40 to 110 are used)."""
    writer = _Writer(min(max(width, _NARROWEST), _WIDEST), colour)
    _head(writer, report)
    if report.requirements:
        writer.heading("Requirements")
        for judgement in report.requirements:
            _judgement(writer, judgement)
    for number, section in enumerate(report.sections, 1):
        writer.heading(f"{number}  {section.title}")
        for finding in section.findings:
            _finding(writer, finding)
        for reason in section.open:
            writer.item("?", f"Not answered: {reason}", "open")
    tables = [(number, table) for number, s in enumerate(report.sections, 1) for table in _shown(s)]
    if tables:
        writer.heading("Evidence in numbers")
        for number, table in tables:
            _table(writer, number, table)
    _foot(writer, report)
    return "\n".join(writer.lines)


class _Writer:
    """Lines of a page."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width, self.colour = width, colour
        self.lines: list[str] = []

    def style(self, text: str, name: str) -> str:
        return f"{_STYLES[name]}{text}{_RESET}" if self.colour and text else text

    def blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def heading(self, text: str) -> None:
        self.blank()
        self.lines += [self.style(line, "bold") for line in wrapped(text, self.width)]

    def paragraph(self, text: str, *, indent: int = 0, style: str = "") -> None:
        lines = wrapped(text, self.width - indent)
        self.lines += [" " * indent + (self.style(line, style) if style else line) for line in lines]

    def item(self, mark: str, text: str, style: str = "") -> None:
        lines = wrapped(text, self.width - 4)
        first = self.style(mark, style) if style else mark
        self.lines += [f"  {first} {lines[0]}", *(f"    {line}" for line in lines[1:])]

    def pair(self, label: str, text: str) -> None:
        lines = wrapped(text, self.width - 12)
        self.lines += [f"{self.style(label, 'dim')}{' ' * (12 - len(label))}{lines[0]}"]
        self.lines += [f"{' ' * 12}{line}" for line in lines[1:]]


def printable(text: str) -> str:
    """Text that cannot steer a terminal: every other white space becomes a blank, every control an escape."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else " " if c.isspace() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters."""
    return textwrap.wrap(printable(text), max(width, 10), break_on_hyphens=False) or [""]


def _head(writer: _Writer, report: AuditReport) -> None:
    scenario = report.scenario
    writer.lines += [writer.style(line, "bold") for line in wrapped(scenario.title, writer.width)]
    if scenario.threat:
        writer.pair("threat", scenario.threat)
    for label, text in facts_of(scenario, report.results.get("agreement")):
        writer.pair(label, text)


def _judgement(writer: _Writer, judgement: Judgement) -> None:
    mark, style = _MARKS[judgement.status]
    writer.item(mark, f"{judgement.demand}: {judgement.status}, {judgement.reason}", style)


def _finding(writer: _Writer, finding: Finding) -> None:
    lines = wrapped(f"{finding.text} [{finding.trust}]", writer.width - 4)
    if lines[-1].endswith(f"[{finding.trust}]"):
        tag = len(finding.trust) + 2
        lines[-1] = lines[-1][:-tag] + writer.style(lines[-1][-tag:], "dim")
    writer.lines += [f"  • {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _shown(section: Section) -> tuple[Table, ...]:
    return () if section.key == "evidence" else section.tables  # the certificates' table is for files


def _table(writer: _Writer, number: int, table: Table) -> None:
    writer.blank()
    writer.paragraph(f"{number}  {table.caption}", style="bold")
    cells = [[printable(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = _column_widths(cells, writer.width - 2)
    if sum(widths) + 2 * (len(widths) - 1) > writer.width - 2:
        _records(writer, cells)
        if table.note:
            writer.paragraph(table.note, indent=2, style="dim")
        return
    for k, row in enumerate(cells):
        parts = [wrapped(cell, w) for cell, w in zip(row, widths, strict=True)]
        for line in range(max(map(len, parts))):
            texts = [part[line] if line < len(part) else "" for part in parts]
            padded = [_padded(text, w, right) for text, w, right in zip(texts, widths, table.numeric, strict=True)]
            joined = "  ".join(padded).rstrip()
            writer.lines.append("  " + (writer.style(joined, "dim") if k == 0 else joined))
    if table.note:
        writer.paragraph(table.note, indent=2, style="dim")


def _records(writer: _Writer, cells: Sequence[Sequence[str]]) -> None:
    """A table that is too wide for the terminal, one row after the other."""
    names, *rows = cells
    for k, row in enumerate(rows):
        if k:
            writer.blank()
        for name, cell in zip(names, row, strict=True):
            writer.paragraph(f"{name}: {cell}", indent=2)


def _columns(text: str) -> int:
    """Columns that a text takes in a terminal: wide East Asian characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, right: bool) -> str:
    blank = " " * max(width - _columns(text), 0)
    return blank + text if right else text + blank


def _column_widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Widths that fit: the widest columns give way first, down to ten characters."""
    widths = [max(max(_columns(row[c]) for row in cells), 1) for c in range(len(cells[0]))]
    gaps = 2 * (len(widths) - 1)
    while sum(widths) + gaps > width and max(widths) > 10:
        widest = max(range(len(widths)), key=lambda c: widths[c])
        widths[widest] -= 1
    return widths


def _foot(writer: _Writer, report: AuditReport) -> None:
    writer.blank()
    used = {finding.trust for section in report.sections for finding in section.findings}
    meanings = {
        "certified": "with rational evidence that was re-checked",
        "proved": "for all parameters",
        "exact": "computed in fractions, without a certificate of its own",
        "numerical": "measured, not proved",
    }
    legend = "; ".join(f"[{word}] {meaning}" for word, meaning in meanings.items() if word in used)
    writer.paragraph(f"{legend}. Long numbers are shown to five digits; the JSON report has them exactly.", style="dim")
    if report.open_questions:
        count = count_text(len(report.open_questions), "question")
        writer.paragraph(f"{count} could not be answered: see the lines marked ?.", style="open")
    if report.failed_requirements:
        failed = len(report.failed_requirements)
        verb = "does" if failed == 1 else "do"
        writer.paragraph(
            f"{count_text(failed, 'required property', 'required properties')} {verb} not hold.", style="bad"
        )
