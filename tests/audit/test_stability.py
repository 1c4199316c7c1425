"""Which outcomes are stable, for three and more players: everything that the section says about mixed play."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction

import pytest

from gametheory.audit import AuditReport, audit_scenario, scenario_from_text
from gametheory.audit.sections import stability
from gametheory.equilibria import nash_regret
from gametheory.games import NormalFormGame


def report_on(game: NormalFormGame, target: tuple[int, ...], **more: object) -> AuditReport:
    table = {
        "players": list(game.players),
        "actions": list(game.actions[0]),
        "table": nested(game, ()),
    }
    data = {"schema_version": 1, "game": table, "target": {"profile": list(game.action_labels(target))}, **more}
    return audit_scenario(scenario_from_text(json.dumps(data), format="json"))


def nested(game: NormalFormGame, profile: tuple[int, ...]) -> list:
    if len(profile) == game.num_players:
        return [str(x) for x in game.payoff(*profile)]
    return [nested(game, (*profile, a)) for a in range(game.num_actions[len(profile)])]


def said(report: AuditReport) -> list[tuple[str, str]]:
    return [(finding.text, finding.trust) for finding in report["stability"].findings]


def mckelvey_and_mclennan() -> NormalFormGame:
    payoffs = dict.fromkeys(itertools.product(range(2), repeat=3), (0, 0, 0))
    payoffs |= {(0, 0, 0): (9, 8, 12), (1, 1, 0): (9, 8, 2), (1, 0, 1): (3, 4, 6), (0, 1, 1): (3, 4, 6)}
    return NormalFormGame.from_profiles(payoffs)


def test_nine_equilibria_and_evidence_that_there_are_no_more() -> None:
    """McKelvey and McLennan (1997): nine, two of them totally mixed, are the most for 2 × 2 × 2 actions."""
    report = report_on(mckelvey_and_mclennan(), (0, 0, 0))
    assert ("With mixed play there are 9 Nash equilibria; none is missing.", "certified") in said(report)
    assert len(report.results["equilibria"]) == 9
    assert report["stability"].data["mixed_equilibria"] == "certified complete"
    assert {item.status for item in report.evidence} == {"verified"}
    assert "stability-mixed" in {item.name for item in report.evidence}


def test_an_irrational_equilibrium_is_listed_and_nothing_reverts_to_it() -> None:
    """Nau, Gomez Canovas and Hansen (2004): one equilibrium, irrational; patience needs a punishment known exactly."""
    payoffs = {(0, 0, 0): (3, 0, 2), (1, 0, 0): (0, 1, 0), (0, 1, 0): (0, 2, 0), (1, 1, 0): (1, 0, 0)}
    payoffs |= {(0, 0, 1): (1, 0, 0), (1, 0, 1): (0, 3, 0), (0, 1, 1): (0, 1, 0), (1, 1, 1): (2, 0, 3)}
    report = report_on(NormalFormGame.from_profiles(payoffs), (0, 1, 0), repetition={"discount": 0.5})
    assert ("With mixed play there is 1 Nash equilibrium; none is missing.", "certified") in said(report)
    assert not report.results["pure_equilibria"]
    assert {item.status for item in report.evidence} <= {"verified"}
    assert "no equilibrium of one round is known" in report["patience"].open[0]
    assert any("'minmax'" in question for question in report.open_questions)


def test_a_segment_of_equilibria_is_named() -> None:
    """Two pure equilibria that differ in one action: all mixtures between them are equilibria, so none is listed."""
    rng = random.Random(1)
    named = 0
    for _ in range(25):
        game = NormalFormGame.from_function(lambda *a: [rng.randint(0, 1) for _ in a], (2, 2, 2))
        segment = stability._segment(game)
        found, remark = stability.all_equilibria(game)
        if segment is None:
            assert "infinitely many" not in remark
            continue
        named += 1
        assert found is None
        assert "infinitely many" in remark
        player, first, second = segment
        assert [k for k in range(3) if first[k] != second[k]] == [player]
        for share in (Fraction(0), Fraction(1, 3), Fraction(1)):
            mix = [[Fraction(int(k == a)) for k in range(2)] for a in first]
            mix[player] = [share, 1 - share]
            assert nash_regret(game, mix) == 0
    assert named > 5


def test_where_equilibria_are_not_isolated_more_are_not_denied() -> None:
    """The third is paid alike for everything; no pure equilibria, so that a continuum shows in the search alone."""
    game = NormalFormGame.from_function(lambda a, b, c: [1 if a == b else 0, 1 if a != b else 0, 5], (2, 2, 2))
    report = report_on(game, (0, 0, 0))
    (text, trust), *_ = [pair for pair in said(report) if "mixed play" in pair[0] or "Mixed" in pair[0]]
    assert trust in ("numerical", "exact")
    assert "none is missing" not in text
    assert report["stability"].data["mixed_equilibria"] != "certified complete"


@pytest.mark.parametrize(
    ("sizes", "text"),
    [((2,) * 5, "more than 187 steps"), ((2,) * 6, "729 supports"), ((4, 4, 4), "3,375 supports")],
)
def test_what_was_not_searched_is_said(sizes: tuple[int, ...], text: str) -> None:
    rng = random.Random(3)
    game = NormalFormGame.from_function(lambda *a: [rng.randint(0, 99) for _ in a], sizes)
    found, remark = stability.all_equilibria(game)
    assert found is None
    assert "not listed" in remark
    assert text in remark
