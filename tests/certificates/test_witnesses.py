"""Counterexamples and dominated actions."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from gametheory.certificates import (
    Certificate,
    DeviationCertificate,
    DominanceCertificate,
    StatusQuo,
    WitnessCertificate,
    certificate_to_json,
    read_certificate,
)
from gametheory.certificates.gains import best_joint_deviation
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

F = Fraction
DILEMMA = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"], ["C", "D"]])


# -- witnesses -----------------------------------------------------------------------------------------------------------


def test_the_gain_under_each_rule() -> None:
    both = {
        rule: WitnessCertificate.of(DILEMMA, (1, 1), {0, 1}, (0, 0), blocking=rule)
        for rule in ("all", "some", "any", "transfer")
    }
    assert {rule: w.gain for rule, w in both.items()} == {"all": 2, "some": 4, "any": 2, "transfer": 4}
    assert all(w.verify() and w.gains == (2, 2) for w in both.values())
    alone = WitnessCertificate.of(DILEMMA, (0, 0), {1}, ("D",))
    assert (alone.gain, alone.verify(), isinstance(alone, Certificate)) == (2, True, True)


def test_a_lottery_over_joint_actions() -> None:
    game = NormalFormGame.from_bimatrix([[0, 3], [-1, -1]], [[0, -1], [3, -1]])
    coin = WitnessCertificate.of(game, (0, 0), {0, 1}, {(0, 1): F(1, 2), (1, 0): F(1, 2)}, blocking="all")
    assert coin.gains == (1, 1)
    assert coin.verify()
    assert read_certificate(certificate_to_json(coin)) == coin
    assert read_certificate(certificate_to_json(coin)).verify(game)


def test_a_member_who_loses_is_no_witness_under_some() -> None:
    with pytest.raises(SpecificationError, match="a member loses"):
        WitnessCertificate.of(DILEMMA, (0, 0), {0, 1}, (1, 0), blocking="some")
    assert WitnessCertificate.of(DILEMMA, (0, 0), {0, 1}, (1, 0), blocking="any").gain == 2
    assert WitnessCertificate.of(DILEMMA, (0, 0), {0, 1}, (1, 0), blocking="all").gain == -3


def test_a_witness_refutes_the_deviation_certificate_and_none_exists_beside_a_true_one() -> None:
    rng = np.random.default_rng(8)
    refuted = 0
    for _ in range(80):
        game = NormalFormGame(rng.integers(-3, 4, size=(3, 2, 2, 2)))
        profile = [[F(1, 2), F(1, 2)], [F(1), F(0)], int(rng.integers(2))]
        members = tuple(sorted(rng.choice(3, size=int(rng.integers(1, 4)), replace=False).tolist()))
        rule = ("all", "some", "any", "transfer")[int(rng.integers(4))]
        stable = DeviationCertificate.coalition(game, profile, [members], blocking=rule, coordination="pure")
        numerators, denominator = StatusQuo(game, profile).gains(members)
        value, joint = best_joint_deviation(numerators, rule)
        if joint is None:
            assert stable.verify()
            continue
        refuted += 1
        witness = WitnessCertificate.of(game, profile, members, joint, blocking=rule)
        assert witness.gain == F(value, denominator) > 0
        assert witness.verify()
        with pytest.raises(CertificateError):
            stable.verify()
    assert 20 < refuted < 80


def test_a_lower_bound_may_be_below_the_gain_but_not_above() -> None:
    assert WitnessCertificate.of(DILEMMA, (1, 1), {0, 1}, (0, 0), gain=F(3, 2)).verify()
    with pytest.raises(CertificateError, match="gains 2 only"):
        WitnessCertificate.of(DILEMMA, (1, 1), {0, 1}, (0, 0), gain=F(5, 2)).verify()


@pytest.mark.parametrize(
    "change",
    [
        {"coalition": [1, 0]},
        {"coalition": [0, 0]},
        {"coalition": []},
        {"coalition": [0, 7]},
        {"gains": ["2"]},
        {"gains": ["2", "3"]},
        {"deviation": {"pure": [0]}},
        {"deviation": {"pure": [0, 9]}},
        {"deviation": {"correlated": []}},
        {"deviation": {"correlated": [[[0, 0], "2"], [[1, 1], "-1"]]}},
        {"profile": {"pure": [1]}},
        {"blocking": "most"},
        {"gain": 2.0},
    ],
)
def test_changed_witnesses_establish_nothing(change: dict[str, object]) -> None:
    data = WitnessCertificate.of(DILEMMA, (1, 1), {0, 1}, (0, 0)).to_dict()
    assert read_certificate(json.loads(json.dumps(data))).verify()
    with pytest.raises((CertificateError, SpecificationError)):
        read_certificate({**data, **change}).verify()


def test_only_the_profiles_that_occur_are_evaluated() -> None:
    """Sixteen players who all change: the table of their joint deviations would have 65,536 columns."""
    n = 16
    game = NormalFormGame(np.broadcast_to(np.indices((2,) * n, sparse=True)[0], (n, *(2,) * n)).astype(np.int8))
    witness = WitnessCertificate.of(game, (0,) * n, range(n), (1,) * n)
    assert witness.gain == 1
    assert witness.verify()


# -- dominance -----------------------------------------------------------------------------------------------------------


def test_defection_dominates_strictly_with_margin_one() -> None:
    dominance = DominanceCertificate.of(DILEMMA, 1, "C", [0, 1])
    assert (dominance.strict, dominance.margin, dominance.verify()) == (True, 1, True)
    assert dominance.claim == "C of Player 2 is strictly dominated, by at least 1"
    with pytest.raises(CertificateError, match="advantage is -2 only"):
        DominanceCertificate.of(DILEMMA, 1, "D", [1, 0])


def test_a_mixture_dominates_where_no_action_does() -> None:
    # Osborne and Rubinstein 1994, figure 61.1: the last row is dominated by an even mixture of the others.
    game = NormalFormGame.from_bimatrix([[3, 0], [0, 3], [1, 1]], np.zeros((3, 2), dtype=int))
    assert DominanceCertificate.of(game, 0, 2, ["1/2", "1/2", 0]).margin == F(1, 2)
    for pure in ([1, 0, 0], [0, 1, 0]):
        with pytest.raises(CertificateError):
            DominanceCertificate.of(game, 0, 2, pure)
    # Part of the mixture on the action itself only weakens the margin.
    assert DominanceCertificate.of(game, 0, 2, ["1/4", "1/4", "1/2"]).margin == F(1, 4)
    with pytest.raises(CertificateError, match="nowhere better"):
        DominanceCertificate.of(game, 0, 2, [0, 0, 1])


def test_weak_dominance_needs_one_place_where_it_helps() -> None:
    game = NormalFormGame.from_bimatrix([[1, 1], [1, 0], [1, 1]], np.zeros((3, 2), dtype=int))
    weak = DominanceCertificate.of(game, 0, 1, [1, 0, 0])
    assert (weak.strict, weak.margin, weak.claim) == (False, 0, "2 of Player 1 is weakly dominated")
    with pytest.raises(CertificateError, match="nowhere better"):
        DominanceCertificate.of(game, 0, 0, [0, 0, 1])


def test_dominated_once_earlier_rounds_are_over() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 2]], [[1, 0], [1, 0]])  # the second column goes first
    with pytest.raises(CertificateError):
        DominanceCertificate.of(game, 0, 1, [1, 0])
    assert DominanceCertificate.of(game, 1, 1, [1, 0]).strict
    later = DominanceCertificate.of(game, 0, 1, [1, 0], remaining=[[0, 1], [0]])
    assert later.verify()
    assert "actions that remain" in later.claim
    assert read_certificate(certificate_to_json(later)) == later
    for remaining in ([[0]], [[0, 1], []], [[0, 1], [2]], [[0, 1], [0, 0]], [[0, 1], [0, 1]]):
        with pytest.raises(CertificateError):
            DominanceCertificate.of(game, 0, 1, [1, 0], remaining=remaining)


@pytest.mark.parametrize("mixture", [[0, 2], ["1/2", "1/3"], [2, -1], [1]])
def test_what_is_no_mixture_dominates_nothing(mixture: list[object]) -> None:
    with pytest.raises(CertificateError, match="probabilities that sum to 1"):
        DominanceCertificate.of(DILEMMA, 0, 0, mixture)


def test_dominance_beyond_machine_integers() -> None:
    game = NormalFormGame.from_bimatrix([[2**61, 0], [2**61 + 1, 1]], [[0, 0], [0, 0]])
    tiny = F(1, 10**30)
    assert DominanceCertificate.of(game, 0, 0, [tiny, 1 - tiny]).margin == 1 - tiny
