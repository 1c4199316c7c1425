"""Cross-checking contracts: thresholds by hand, equilibria by enumeration, and the least deposit, reward or wage."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.equilibria import pure_nash_equilibria
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.oversight.cross_checking import CrossChecking, cross_checking_game, smallest_cross_checking

BASE: dict[str, Any] = {"wage": 2, "cost": 1, "fee": "1/2"}
HONEST, LAZY = (0, 0), (1, 1)


def two_clouds(w: F, c: F, d: F, f: F, b: F, t: F, r: F) -> dict[str, tuple[F, F]]:
    """The payoffs of two workers, leader first, entry by entry."""
    caught, wins = -d + t, w - c + d - f - t + r
    return {"HH": (w - c, w - c), "HL": (wins, caught), "LH": (caught, wins), "LL": (w - b, w + b)}


def equilibria(terms: CrossChecking) -> list[tuple[bool, ...]]:
    """All pure equilibria, as who is honest, by comparing payoffs."""
    stable = []
    for honest in itertools.product((True, False), repeat=terms.workers):
        own = terms.payoffs(honest)
        others = [terms.payoffs((*honest[:i], not honest[i], *honest[i + 1 :]))[i] for i in range(terms.workers)]
        if all(x <= y for x, y in zip(others, own, strict=True)):
            stable.append(honest)
    return stable


def random_terms(rng: random.Random) -> CrossChecking:
    values = {name: F(rng.randint(0, 12), 4) for name in ("wage", "cost", "fee", "deposit")}
    if rng.random() < 0.6:
        values |= {name: F(rng.randint(0, 8), 4) for name in ("bribe", "bond", "traitor_reward")}
    return CrossChecking.of(workers=rng.choice([2, 2, 2, 3]), **values)


def stable(**terms: Any) -> list[Any]:
    return [e.profile for e in pure_nash_equilibria(cross_checking_game(CrossChecking.of(**BASE, **terms)))]


def test_two_workers_payoffs() -> None:
    w, c, d, f, b, t, r = F(2), F(1), F(8, 5), F(1, 2), F(3, 10), F(1, 3), F(1, 7)
    terms = CrossChecking.of(wage=w, cost=c, deposit=d, fee=f, bribe=b, bond=t, traitor_reward=r)
    game = cross_checking_game(terms)
    for key, payoffs in two_clouds(w, c, d, f, b, t, r).items():
        assert game.payoff(*("HL".index(x) for x in key)) == payoffs


def test_prisoners_contract() -> None:
    """Honesty is the only equilibrium iff d > c + f = 3/2."""
    assert stable(deposit="7/5") == [HONEST, LAZY]
    assert stable(deposit="8/5") == [HONEST]
    design = smallest_cross_checking(CrossChecking.of(**BASE), "deposit")
    assert (design.value, design.attained) == (F(3, 2), False)
    assert design.decision.deposit == F(1501, 1000)
    assert design.binding == {"leader does not gain by being honest": 1}
    assert equilibria(design.decision) == [(True, True)]
    assert smallest_cross_checking(CrossChecking.of(**BASE, workers=4), "deposit").value == F(
        1, 2
    )  # three deposits for one


def test_colluders_contract_and_traitors() -> None:
    """The leader stays in the pact iff t ≥ d − c − f + b = 2/5; a reward above t − 2/5 gets him out."""
    pact = {"deposit": "8/5", "bribe": "3/10"}
    assert stable(**pact, bond="3/10") == [HONEST]
    assert stable(**pact, bond="1/2") == [HONEST, LAZY]
    assert stable(**pact, bond="2/5") == [HONEST, LAZY]
    design = smallest_cross_checking(CrossChecking.of(**BASE, **pact, bond="1/2"), "traitor_reward")
    assert (design.value, design.attained) == (F(1, 10), False)
    assert stable(**pact, bond="1/2", traitor_reward="1/10") == [HONEST, LAZY]
    assert stable(**pact, bond="1/2", traitor_reward="11/100") == [HONEST]


def test_nothing_is_enough() -> None:
    with pytest.raises(
        InfeasibleError, match="stays an equilibrium"
    ) as caught:  # a wage does not tell laziness from work
        smallest_cross_checking(CrossChecking.of(**{**BASE, "deposit": 1}), "wage")
    assert caught.value.certificate.verify()
    with pytest.raises(InfeasibleError, match="honesty of all") as caught:
        smallest_cross_checking(CrossChecking.of(wage=0, cost=3, bond=4, deposit=0), "traitor_reward")
    assert caught.value.certificate.verify()


def test_honesty_that_needs_no_more_is_attained() -> None:
    design = smallest_cross_checking(CrossChecking.of(wage=2, cost=0, deposit=1, bond=0), "traitor_reward")
    assert (design.value, design.attained) == (0, True)
    assert equilibria(design.decision) == [(True, True)]


def test_random_terms() -> None:
    """The answer's own neighbourhood, by enumeration: unique beyond, and not unique (or honesty unstable) at an infimum."""
    rng, counted = random.Random(8), {"deposit": 0, "traitor_reward": 0, "wage": 0}
    for _ in range(200):
        terms, parameter = random_terms(rng), rng.choice(list(counted))
        everybody = (True,) * terms.workers
        try:
            design = smallest_cross_checking(terms, parameter)
        except InfeasibleError as error:
            error.certificate.verify()
            assert equilibria(replace(terms, **{parameter: F(10**6)})) != [everybody]
            continue
        counted[parameter] += 1
        assert design.certificate.verify()
        for more in (F(1, 10**6), F(1, 7), F(50)):
            assert equilibria(replace(terms, **{parameter: design.value + more})) == [everybody]
        at = equilibria(replace(terms, **{parameter: design.value}))
        assert (at == [everybody]) == design.attained
        assert equilibria(design.decision) == [everybody]
        if design.attained and design.value:
            assert equilibria(replace(terms, **{parameter: design.value - F(1, 10**6)})) != [everybody]
    assert min(counted.values()) >= 15


def test_certificates_are_rebuilt() -> None:
    design = smallest_cross_checking(CrossChecking.of(**BASE), "deposit")
    data = json.loads(json.dumps(design.certificate.to_dict()))
    assert verify_certificate(read_certificate(data), row_builders=row_builders()).status == "verified"
    assert json.loads(json.dumps(design.to_dict()))["value"] == "3/2"


def test_malformed() -> None:
    for terms, match in (
        ({"wage": -1, "cost": 0}, "wage"),
        ({"wage": 1}, "cost"),
        ({"wage": 1, "cost": 1, "colour": 3}, "colour"),
        ({"wage": 1, "cost": 1, "workers": 1}, "workers"),
        ({"wage": float("inf"), "cost": 1}, "wage"),
    ):
        with pytest.raises(SpecificationError, match=match):
            CrossChecking.of(**terms)
    with pytest.raises(SpecificationError, match="epsilon"):
        smallest_cross_checking(CrossChecking.of(**BASE), "deposit", epsilon=0)
    with pytest.raises(SpecificationError, match="parameter"):
        smallest_cross_checking(CrossChecking.of(**BASE), "colour")


def test_terms_as_a_table() -> None:
    terms = CrossChecking.of(**BASE, workers=3)
    assert terms.to_frame().to_dict("records")[:2] == [{"term": "workers", "value": 3}, {"term": "wage", "value": 2}]
    assert terms._repr_html_().startswith("<p>CrossChecking(")
