"""Harm that joint departures add to what single agents can do, in the section about joint departures."""

from __future__ import annotations

from itertools import product

import pytest

from gametheory.audit import audit_scenario, read_scenario
from gametheory.games.coalitions import coalitions


def worst(scenario: object, index: int, most: int) -> object:
    """The largest harm over the target and pure departures of up to ``most`` allowed members that pay all of them."""
    game, target = scenario.game.exact(), scenario.target  # type: ignore[attr-defined]
    payoffs = game.payoffs
    harm = scenario.harm[index].table.fractions()  # type: ignore[attr-defined]
    best = harm[target]
    allowed = set(scenario.coalitions) | set(coalitions(game.num_players, max_size=1))  # type: ignore[attr-defined]
    for members in allowed:
        if len(members) > most:
            continue
        for joint in product(*(range(game.num_actions[i]) for i in sorted(members))):
            outcome = list(target)
            for i, a in zip(sorted(members), joint, strict=True):
                outcome[i] = a
            if all(payoffs[(i, *outcome)] > payoffs[(i, *target)] for i in members):
                best = max(best, harm[tuple(outcome)])
    return best


@pytest.mark.parametrize("name", ["emergent-coalition", "secret-collusion"])
def test_harm_alone_and_together(name: str) -> None:
    scenario = read_scenario(name)
    assert (scenario.blocking, scenario.coordination) == ("all", "pure")
    report = audit_scenario(scenario)
    section = next(section for section in report.sections if section.key == "coalitions")
    told = section.data["harm_alone_and_together"]
    assert list(told) == [measure.name for measure in scenario.harm]
    for k, measure in enumerate(scenario.harm):
        alone, together = worst(scenario, k, 1), worst(scenario, k, scenario.game.num_players)
        assert told[measure.name] == {"alone": str(alone), "together": str(together)}
        said = any("Safe one by one" in f.text and measure.name in f.text for f in section.findings)
        assert said == (together > alone)  # type: ignore[operator]
    assert any(proof.name == f"coalitions-harm-{scenario.harm[0].name}" for proof in report.evidence)
    assert {proof.status for proof in report.evidence} == {"verified"}
