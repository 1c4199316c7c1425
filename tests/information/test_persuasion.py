"""Persuasion: published values, concave closures by enumeration, and an independent programme."""

from __future__ import annotations

import itertools
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.equilibria import correlated_equilibrium, nash_equilibria
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.information import is_obedient, obedience_regret, optimal_persuasion, persuasion_game

COURT = persuasion_game(
    [[[0, 1]], [[1, 0]]],
    [[1, 0], [1, 0]],
    states=["innocent", "guilty"],
    players=["Judge"],
    actions=[["convict", "acquit"]],
)
TRIAL = ["7/10", "3/10"]


def investment(x: F, epsilon: F = F(0), *, firms: int) -> NormalFormGame:
    """Bergemann and Morris (2019): a firm that invests earns −1 (bad state) or x (good), and ε more if both do.

    Everybody's first action is to invest; the government counts those who do.
    """
    sizes = (2,) * firms
    receivers = np.full((2, firms, *sizes), F(0), dtype=object)
    sender = np.full((2, *sizes), F(0), dtype=object)
    for state, profile in itertools.product(range(2), np.ndindex(*sizes)):
        both = firms == 2 and profile == (0, 0)
        sender[(state, *profile)] = F(profile.count(0))
        for i in range(firms):
            if profile[i] == 0:
                receivers[(state, i, *profile)] = (x if state else F(-1)) + (epsilon if both else 0)
    return persuasion_game(receivers, sender, states=["bad", "good"], actions=[["invest", "wait"]] * firms)


def independent_value(game: NormalFormGame, prior: Any, information: Any = None) -> float:
    """The sender's best Bayes correlated equilibrium, as a dense programme of floats written on its own."""
    u = game.exact().payoffs.astype(float)
    states, sizes = game.num_actions[0], game.num_actions[1:]
    n = len(sizes)
    joint = np.asarray([float(F(p)) for p in prior]).reshape((states,) + (1,) * n)
    if information is not None:
        joint = joint * np.array(information, dtype=float)
    shape = (*joint.shape, *sizes)
    cost, bounds = np.zeros(shape), []
    equal = np.zeros((joint.size, *shape))
    for row, cell in enumerate(np.ndindex(*joint.shape)):
        equal[(row, *cell)] = 1
        cost[cell] = -u[0][cell[0]]
    for i in range(n):
        for t, a, b in itertools.product(range(joint.shape[i + 1]), range(sizes[i]), range(sizes[i])):
            bound = np.zeros(shape)
            for index in np.ndindex(*shape):
                state, types, profile = index[0], index[1 : n + 1], index[n + 1 :]
                if types[i] == t and profile[i] == a:
                    other = (*profile[:i], b, *profile[i + 1 :])
                    bound[index] = u[(i + 1, state, *other)] - u[(i + 1, state, *profile)]
            bounds.append(bound.ravel())
    found = linprog(
        cost.ravel(),
        A_ub=np.array(bounds),
        b_ub=np.zeros(len(bounds)),
        A_eq=equal.reshape(joint.size, -1),
        b_eq=joint.ravel(),
    )
    assert found.status == 0
    return -float(found.fun)


def sender_at(game: NormalFormGame, belief: F) -> F:
    """v̂: the sender's payoff at the favourite of one receiver's best replies, two states."""
    own, other = game.payoffs[0], game.payoffs[1]
    mixed = (1 - belief) * other[0] + belief * other[1]
    return max(
        (1 - belief) * own[0, a] + belief * own[1, a] for a in range(game.num_actions[1]) if mixed[a] == mixed.max()
    )


def concave_closure(game: NormalFormGame, prior: F) -> F:
    """The concave closure of v̂ at the prior: the best chord between two of the beliefs where a best reply ends."""
    other = game.payoffs[1]
    ends = {F(0), F(1), prior}
    for a, b in itertools.combinations(range(game.num_actions[1]), 2):
        left, right = other[0, a] - other[0, b], other[1, a] - other[1, b]
        if left != right and 0 <= left / (left - right) <= 1:
            ends.add(left / (left - right))
    best = sender_at(game, prior)
    for low, high in itertools.product(ends, ends):
        if low < prior < high:
            share = (prior - low) / (high - low)
            best = max(best, (1 - share) * sender_at(game, low) + share * sender_at(game, high))
    return best


def random_game(rng: np.random.Generator, states: int, sizes: tuple[int, ...]) -> NormalFormGame:
    receivers = rng.integers(-3, 4, size=(states, len(sizes), *sizes))
    return persuasion_game(receivers, rng.integers(-3, 4, size=(states, *sizes)))


# -- published values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threshold", "value"), [("1/2", "3/5"), ("3/4", "2/5"), ("9/10", "1/3")])
def test_the_prosecutor_and_the_judge(threshold: str, value: str) -> None:
    """Kamenica and Gentzkow (2011): the judge convicts from a posterior t on; the value is min(1, 0.3 / t)."""
    t = F(threshold)
    game = persuasion_game([[[-t, 0]], [[1 - t, 0]]], [[1, 0], [1, 0]])
    assert optimal_persuasion(game, TRIAL).value == F(value)
    assert optimal_persuasion(game, TRIAL, signals="public").value == F(value)
    assert optimal_persuasion(game, TRIAL, disclosure="none").value == 0
    assert optimal_persuasion(game, TRIAL, disclosure="full").value == F("3/10")


def test_the_judge_is_left_indifferent() -> None:
    found = optimal_persuasion(COURT, TRIAL)
    assert found.recommendations() == (
        (("convict",), F(3, 5), (F(1, 2), F(1, 2))),
        (("acquit",), F(2, 5), (F(1), F(0))),
    )
    assert found.prices == {"state innocent": 0, "state guilty": 2}
    assert found.shadow_prices == {"Judge told convict plays acquit": 1}
    assert "certified: value 3/5" in repr(found)
    assert found.to_dict()["value"] == "3/5"


@pytest.mark.parametrize("x", [F(1, 10), F(55, 100), F(9, 10)])
def test_one_firm(x: F) -> None:
    """All invest in the good state and a share x in the bad one: 1/2 + x/2 (Bergemann and Morris 2019, section 2.1)."""
    assert optimal_persuasion(investment(x, firms=1), ["1/2", "1/2"]).value == F(1, 2) + x / 2


@pytest.mark.parametrize("x", [F(3, 10), F(7, 10)])
@pytest.mark.parametrize("q", [F(1, 2), F(55, 100), F(7, 10), F(9, 10)])
def test_one_firm_that_knows_something(x: F, q: F) -> None:
    """A firm whose own signal is right with probability q: derived by hand from the obedience of its two types.

    The type with good news obeys up to q x / (1 − q) in the bad state, the other up to (1 − q) x / q.
    """
    found = optimal_persuasion(investment(x, firms=1), ["1/2", "1/2"], information=[[q, 1 - q], [1 - q, q]])
    bad = (1 - q) * min(F(1), q * x / (1 - q)) + q * min(F(1), (1 - q) * x / q)
    assert found.value == F(1, 2) + bad / 2


@pytest.mark.parametrize(
    ("epsilon", "bad"),
    [(F(1, 10), F(65, 90)), (F(-1, 10), F(45, 100)), (F(3, 10), F(1))],
)
def test_two_firms(epsilon: F, bad: F) -> None:
    """Complements: both invest together, (x + ε)/(1 − ε) in the bad state; substitutes: never both there, x + ε each.

    (Bergemann and Morris 2019, section 2.3; x = 55/100.)
    """
    game = investment(F(55, 100), epsilon, firms=2)
    private = optimal_persuasion(game, ["1/2", "1/2"])
    assert private.value == 1 + bad
    public = optimal_persuasion(game, ["1/2", "1/2"], signals="public")
    if epsilon > 0:
        assert public.value == private.value
    else:
        assert public.value < private.value
        assert private.exact_distribution.reshape(2, 2, 2)[0, 0, 0] == 0


# -- theorems -------------------------------------------------------------------------------------------------------------


def test_one_receiver_is_a_concave_closure() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        game = random_game(rng, 2, (int(rng.integers(1, 5)),))
        prior = F(int(rng.integers(0, 11)), 10)
        found = optimal_persuasion(game, [1 - prior, prior])
        assert found.value == concave_closure(game, prior)
        assert found.value == optimal_persuasion(game, [1 - prior, prior], signals="public").value
        low, high = found.prices.values()
        assert (1 - prior) * low + prior * high == found.value
        for k in range(41):
            belief = F(k, 40)
            assert (1 - belief) * low + belief * high >= sender_at(game, belief)


@pytest.mark.parametrize("sizes", [(3,), (2, 2), (2, 3), (2, 2, 2)])
def test_against_an_independent_programme(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    for _ in range(8):
        states = int(rng.integers(1, 4))
        game = random_game(rng, states, sizes)
        weights = rng.integers(0, 4, size=states) + (np.arange(states) == 0)
        prior = [F(int(w), int(weights.sum())) for w in weights]
        values = {d: optimal_persuasion(game, prior, disclosure=d) for d in ("optimal", "none", "full")}
        best = values["optimal"]
        assert float(best.value) == pytest.approx(independent_value(game, prior), abs=1e-7)
        assert max(values["none"].value, values["full"].value) <= best.value
        assert obedience_regret(game, prior, best.distribution) == 0
        assert is_obedient(game, prior, best.distribution.astype(float), tol="1/1000000")
        per_state = [
            correlated_equilibrium(_at(game, [F(int(s == k)) for k in range(states)]), objective=game.payoffs[0][s])
            for s in range(states)
        ]
        assert values["full"].value == sum(p * e.value for p, e in zip(prior, per_state, strict=True))
        mean = sum((p * t for p, t in zip(prior, game.payoffs[0], strict=True)), F(0))
        assert values["none"].value == correlated_equilibrium(_at(game, prior), objective=mean).value
        for found in values.values():
            written = read_certificate(found.certificate.to_dict())
            assert verify_certificate(written, game, row_builders=row_builders()).status == "verified"


def _at(game: NormalFormGame, belief: list[F]) -> NormalFormGame:
    """The receivers' game at a belief."""
    payoffs = game.payoffs[1:]
    return NormalFormGame(sum((p * payoffs[:, s] for s, p in enumerate(belief)), F(0)))


def test_receivers_who_know_more_can_be_persuaded_of_less() -> None:
    """Bergemann and Morris (2016), theorem 2; and an independent programme with types."""
    rng = np.random.default_rng(3)
    smaller = 0
    for _ in range(8):
        game = random_game(rng, 2, (2, 2))
        knowing = np.array([[[F(3, 4), 0], [0, F(1, 4)]], [[F(1, 8), F(1, 8)], [F(1, 4), F(1, 2)]]], dtype=object)
        prior = ["1/2", "1/2"]
        less = optimal_persuasion(game, prior)
        more = optimal_persuasion(game, prior, information=knowing)
        assert float(more.value) == pytest.approx(independent_value(game, prior, knowing), abs=1e-7)
        assert more.value <= less.value
        smaller += more.value < less.value
        assert obedience_regret(game, prior, more.distribution, information=knowing) == 0
        assert optimal_persuasion(game, prior, information=knowing, disclosure="none").value <= more.value
        written = read_certificate(more.certificate.to_dict())
        assert verify_certificate(written, game, row_builders=row_builders()).status == "verified"
    assert smaller


def test_public_signals_by_enumeration() -> None:
    """Two states, two receivers: the best chord between beliefs where a pure equilibrium ends."""
    rng = np.random.default_rng(4)
    solved = refused = 0
    for _ in range(60):
        game = random_game(rng, 2, (2, 2))
        prior = F(int(rng.integers(1, 10)), 10)
        wanted = _public_closure(game, prior)
        if wanted is None:
            with pytest.raises(InfeasibleError) as caught:
                optimal_persuasion(game, [1 - prior, prior], signals="public")
            assert caught.value.certificate.verify()
            refused += 1
        else:
            found = optimal_persuasion(game, [1 - prior, prior], signals="public")
            assert found.value == wanted
            assert found.value <= optimal_persuasion(game, [1 - prior, prior]).value
            assert obedience_regret(game, [1 - prior, prior], found.distribution, signals="public") == 0
            solved += 1
    assert solved
    assert refused


def _public_closure(game: NormalFormGame, prior: F) -> F | None:
    ends = {F(0), F(1), prior}
    for i, other in itertools.product(range(2), range(2)):
        table = game.payoffs[i + 1]
        gap = [(t[0, other] - t[1, other]) if i == 0 else (t[other, 0] - t[other, 1]) for t in table]
        if gap[0] != gap[1] and 0 <= gap[0] / (gap[0] - gap[1]) <= 1:
            ends.add(gap[0] / (gap[0] - gap[1]))
    values = {}
    for belief in ends:
        pure = [
            e for e in nash_equilibria(_at(game, [1 - belief, belief])) if all(max(v) == 1 for v in e.exact_profile)
        ]
        profiles = [tuple(list(v).index(1) for v in e.exact_profile) for e in pure]
        if profiles:
            sender = game.payoffs[0]
            values[belief] = max((1 - belief) * sender[0][p] + belief * sender[1][p] for p in profiles)
    best = values.get(prior)
    for low, high in itertools.product(values, values):
        if low < prior < high:
            share = (prior - low) / (high - low)
            chord = (1 - share) * values[low] + share * values[high]
            best = chord if best is None else max(best, chord)
    return best


# -- measures, floats, refusals -------------------------------------------------------------------------------------------


def test_a_disobedient_rule_is_found() -> None:
    lie = [["7/10", 0], ["3/10", 0]]
    assert obedience_regret(COURT, TRIAL, lie) == F(2, 5)
    verdict = is_obedient(COURT, TRIAL, lie)
    assert not verdict
    assert verdict.witness == ("Judge", {"convict": "acquit"})
    assert is_obedient(COURT, TRIAL, lie, tol="2/5")


def test_a_game_of_floats_is_solved_as_the_rationals_that_it_is() -> None:
    game = persuasion_game([[[0.0, 1.0]], [[1.0, 0.0]]], [[1, 0], [1, 0]])
    found = optimal_persuasion(game, [0.7, 0.3])
    assert isinstance(found.value, float)
    assert found.value == pytest.approx(0.6)
    assert found.distribution.dtype == np.float64
    assert found.certificate.verify(game.exact())
    assert is_obedient(game, [0.7, 0.3], found.distribution).status in ("yes", "within tolerance")


def test_a_rule_by_state() -> None:
    found = optimal_persuasion(COURT, [0, 1])
    assert found.value == 1
    assert list(found.rule("guilty")) == [1, 0]
    with pytest.raises(SpecificationError, match="probability 0"):
        found.rule("innocent")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"signals": "secret"}, "signals: found 'secret'"),
        ({"disclosure": "some"}, "disclosure: found 'some'"),
        ({"information": [[1], [1], [1]]}, "information: found shape"),
        ({"information": [["1/2", "1/3"], ["1/2", "1/2"]]}, "must sum to 1"),
    ],
)
def test_refusals(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        optimal_persuasion(COURT, TRIAL, **arguments)


def test_more_refusals() -> None:
    with pytest.raises(UnsupportedError, match="private"):
        optimal_persuasion(COURT, TRIAL, signals="public", information=[["1/2", "1/2"], ["1/2", "1/2"]])
    with pytest.raises(SpecificationError, match="prior"):
        optimal_persuasion(COURT, ["1/2", "1/4", "1/4"])
    with pytest.raises(SpecificationError, match="sum to"):
        obedience_regret(COURT, TRIAL, [["1/2", 0], ["1/2", 0]])
    with pytest.raises(SpecificationError, match="shape"):
        obedience_regret(COURT, TRIAL, [1, 0])
    with pytest.raises(SpecificationError, match="sender: found shape"):
        persuasion_game([[[0, 1]], [[1, 0]]], [[1, 0]])
    with pytest.raises(SpecificationError, match="receivers: found shape"):
        persuasion_game([[0, 1], [1, 0]], [[1, 0], [1, 0]])
    with pytest.raises(SpecificationError, match="none of them 'Sender'"):
        persuasion_game([[[0, 1]], [[1, 0]]], [[1, 0], [1, 0]], players=["Sender"])
    with pytest.raises(SpecificationError, match="first player's actions are the states"):
        optimal_persuasion(NormalFormGame([[1, 2]]), ["1/2", "1/2"])
