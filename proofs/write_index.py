"""Check every claim, and write ``proofs/INDEX.md`` and the section "What is proved" of README from what was found.

``python proofs/write_index.py`` checks with the stored certificates; ``--certificates`` finds and stores them anew.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from theorems import CERTIFICATES, HERE, all_claims, stored

from gametheory.symbolic import ClaimReport

README = HERE.parent / "README.md"
BEGIN, END = "<!-- what is proved: written by proofs/write_index.py -->", "<!-- end of what is proved -->"
GRADES = {
    "A": "an algebraic certificate, checked without a solver",
    "B": "two independent provers",
    "C": "one prover",
    "I": "induction: base and step",
}


def index(reports: dict[str, list[ClaimReport]]) -> str:
    """The table of all claims, by chapter."""
    lines = [
        "# What is proved, for all parameters",
        "",
        "Written by `python proofs/write_index.py`: do not edit. Each claim has a title, assumptions, a source and what is",
        "*not* shown in its file; every false twin is refuted by an exact counterexample. Grades: "
        + "; ".join(f"**{grade}** {meaning}" for grade, meaning in GRADES.items())
        + ".",
        "",
    ]
    for chapter, found in reports.items():
        lines += [
            f"## {chapter}",
            "",
            "| claim | statement | grade | by | twins refuted | seconds |",
            "|---|---|---|---|---|---|",
        ]
        for report in found:
            by = ", ".join(dict.fromkeys(c.family for c in report.certificates)) or ", ".join(report.provers)
            lines.append(
                f"| `{report.claim.id}` | {_cell(report.claim.title)} | {report.grade} | {_cell(by)} | "
                f"{len(report.counterexamples)} | {report.seconds:.1f} |"
            )
        lines.append("")
    return "\n".join(lines)


def summary(reports: dict[str, list[ClaimReport]]) -> str:
    """README's section: how many claims of which grade, and one title of each chapter."""
    every = [report for found in reports.values() for report in found]
    counts = ", ".join(f"{n} of grade {g}" for g in GRADES if (n := sum(r.grade == g for r in every)))
    twins = sum(len(r.counterexamples) for r in every)
    lines = [
        BEGIN,
        f"{len(every)} claims are proved for all parameter values ({counts}), and {twins} false twins refuted, each by an",
        "exact counterexample. Grades: " + "; ".join(f"{grade} {meaning}" for grade, meaning in GRADES.items()) + ".",
        "[The index](proofs/INDEX.md) lists all of them; for example",
        "",
    ]
    lines += [f"* {chapter}: {found[0].claim.title}" for chapter, found in reports.items()]
    return "\n".join([*lines, END])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", action="store_true", help="find and store the algebraic certificates anew")
    parser.add_argument("--only", default="", help="with --certificates: only claims whose id starts so")
    options = parser.parse_args()
    claims = all_claims()
    if options.certificates:
        CERTIFICATES.mkdir(exist_ok=True)
        for found in claims.values():
            for claim in found:
                if claim.id.startswith(options.only):
                    for path in CERTIFICATES.glob(f"{claim.id}*.json"):
                        if path.name in {f"{claim.id}{part}.json" for part in ("", ".base", ".step")}:
                            path.unlink()
                    written = claim.write_certificates(CERTIFICATES)
                    print(claim.id, *(path.name for path in written))
        if options.only:
            return
    reports = {chapter: [stored(claim).check() for claim in found] for chapter, found in claims.items()}
    (HERE / "INDEX.md").write_text(index(reports))
    text = README.read_text()
    start, end = text.index(BEGIN), text.index(END) + len(END)
    README.write_text(text[:start] + summary(reports) + text[end:])


if __name__ == "__main__":
    main()
