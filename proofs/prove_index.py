"""The index says what the proofs say: every claim is listed, and grade A stands where a certificate is stored."""

from __future__ import annotations

import re

from theorems import CERTIFICATES, HERE, all_claims, stored
from write_index import BEGIN, END, README, stem

from gametheory.symbolic import Induction

ROW = re.compile(r"^\| `([^`]+)` \| .* \| ([A-Z, ]+) \| .* \| \d+ \| [\d.]+ \|$", re.MULTILINE)


def prove_every_claim_is_listed_with_its_grade():
    """Not shown: that the grades B and C are still those of the installed provers; write_index.py asks them again."""
    listed = dict(ROW.findall((HERE / "INDEX.md").read_text()))
    seen = set()
    for claims in all_claims().values():
        for claim in claims:
            name = claim.id if claim.id in listed else f"{stem(claim.id)}.*"
            assert name in listed, f"{claim.id} is not in INDEX.md; run python proofs/write_index.py"
            seen.add(name)
            if not isinstance(claim.statement, Induction) and not claim.lemmas and "," not in listed[name]:
                has = (CERTIFICATES / f"{claim.id}.json").is_file()
                assert has == (listed[name] == "A"), f"{claim.id}: grade {listed[name]}, certificate stored: {has}"
    assert seen == set(listed)


def prove_no_certificate_is_left_over():
    """Every stored file belongs to a claim, which reads it."""
    wanted = {
        stored(claim)._file(part) for claims in all_claims().values() for claim in claims for part in claim._parts()
    }
    assert {path.name for path in CERTIFICATES.glob("*.json")} <= wanted


def prove_readme_counts_what_the_index_lists():
    """README's section is written from the same run."""
    text = README.read_text()
    section = text[text.index(BEGIN) : text.index(END)]
    counted = int(re.search(r"(\d+) claims are proved", section)[1])
    assert counted == len(ROW.findall((HERE / "INDEX.md").read_text()))
