"""Critical discount factors against theorems, published numbers and the one-shot deviations themselves."""

from __future__ import annotations

import random
from fractions import Fraction as F
from itertools import permutations, product

import numpy as np
import pytest

from gametheory.equilibria import nash_equilibria, pure_nash_equilibria
from gametheory.errors import CertificateError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.repeated import CriticalDiscount, RepeatedGame, critical_discount, is_sustainable, minmax


def dilemma(c: int, s: int, d: int, p: int) -> NormalFormGame:
    return NormalFormGame.from_bimatrix([[c, s], [d, p]], [[c, d], [s, p]], actions=[["C", "D"]] * 2)


@pytest.mark.parametrize(
    ("payoffs", "expected"), [((9, 1, 10, 3), F(1, 7)), ((4, 0, 6, 2), F(1, 2)), ((3, 0, 5, 1), F(1, 2))]
)
def test_grim_trigger_in_prisoners_dilemmas(payoffs: tuple[int, int, int, int], expected: F) -> None:
    """δ* = (d − c)/(d − p): Judd, Yeltekin and Conklin's and the textbook's numbers."""
    c, _, d, p = payoffs
    found = critical_discount(dilemma(*payoffs), ("C", "C"), punishment="nash")
    assert found.discount == expected == F(d - c, d - p)
    assert (found.bound, found.binding_player, found.binding_deviation) == ("sufficient", 0, 1)
    assert found.verify()


def cournot(n: int, quantities: list[F]) -> NormalFormGame:
    """P = max(1 − Q, 0), no cost."""
    return NormalFormGame.from_function(
        lambda *a: [quantities[k] * max(1 - sum(quantities[j] for j in a), F(0)) for k in a], [len(quantities)] * n
    )


@pytest.mark.parametrize(
    ("n", "expected", "more"), [(2, F(9, 17), []), (3, F(4, 7), [F(2, 9)]), (4, F(25, 41), [F(1, 32)])]
)
def test_linear_cournot_under_reversion_to_the_interior_equilibrium(n: int, expected: F, more: list[F]) -> None:
    """Each makes 1/(2n) of the monopoly output; the best deviation is (n + 1)/(4n), the equilibrium 1/(n + 1).

    With one quantity ``more`` the grids for three and four firms have no other pure equilibrium: at price 0 there is one
    where all make (n + 1)/(4n), and coarse grids have asymmetric ones.
    """
    grid = [F(1, 2 * n), F(1, n + 1), F(n + 1, 4 * n), *more]
    game = cournot(n, grid)
    assert [e.profile for e in pure_nash_equilibria(game)] == [(1,) * n]
    found = critical_discount(game, (0,) * n, punishment="nash")
    assert found.discount == expected == F((n + 1) ** 2, (n + 1) ** 2 + 4 * n)
    assert found.binding_deviation == 2
    named = critical_discount(game, (0,) * n, punishment="nash", punishment_profiles=[(1,) * n])
    assert named.discount == expected
    if n == 2:
        assert len(nash_equilibria(game)) == 1


@pytest.mark.parametrize(("n", "steps"), [(2, 10), (2, 4), (3, 6), (4, 8)])
def test_bertrand_on_a_grid(n: int, steps: int) -> None:
    """Undercutting by one step h earns 1 − h instead of 1/n, and price 0 is an equilibrium without profit."""
    h = F(1, steps)
    prices = [k * h for k in range(steps + 1)]

    def payoff(*a: int) -> list[F]:
        low = min(a)
        return [prices[low] / a.count(low) if k == low else F(0) for k in a]

    game = NormalFormGame.from_function(payoff, [steps + 1] * n)
    found = critical_discount(game, (steps,) * n, punishment="nash", punishment_profiles=[(0,) * n])
    assert found.discount == 1 - 1 / (n * (1 - h))
    assert found.binding_deviation == steps - 1
    if n == 3:
        assert critical_discount(game, (steps,) * n, punishment="nash").discount == found.discount


def test_matching_pennies_has_three_minmax_values() -> None:
    pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    values = [minmax(pennies, 0, strategies=s).value for s in ("pure", "mixed", "correlated")]
    assert values == [1, 0, 0]


def test_correlated_punishers_of_a_matching_team_do_more_than_pure_ones() -> None:
    """Two punishers who must match the third's guess: correlated −1/2, independent −1/4, pure 0 (minmax of the third)."""

    def payoff(a: int, b: int, guess: int) -> tuple[int, int, int]:
        hit = int(a == b == guess)
        return (hit, hit, -hit)

    game = NormalFormGame.from_function(payoff, [2, 2, 2])
    assert minmax(game, 2, strategies="correlated").value == F(-1, 2)
    assert minmax(game, 2, strategies="pure").value == 0
    bracket = minmax(game, 2, strategies="mixed")
    assert bracket.lower <= F(-1, 4) <= bracket.upper < 0


def test_public_goods_of_three() -> None:
    """u_i = 1 − a_i + 0.6 Σ a_j: all contribute 1.8, a deviator gains 0.4, nobody contributes in the only equilibrium."""
    game = NormalFormGame.from_function(lambda *a: [1 - k + F(3, 5) * sum(a) for k in a], [2, 2, 2])
    assert critical_discount(game, (1, 1, 1), punishment="nash").discount == F(1, 3)
    assert critical_discount(game, (1, 1, 1), punishment="minmax").discount == F(1, 3)


def calvano(points: int = 15) -> tuple[NormalFormGame, list[float]]:
    """Logit duopoly of Calvano et al. (2020), written out from the paper's demand."""
    nash, monopoly, margin = 1.47292666003062, 1.92498091901776, 0.1
    width = monopoly - nash
    prices = np.linspace(nash - margin * width, monopoly + margin * width, points)
    weight = np.exp((2 - prices) / 0.25)
    share = weight[:, None] / (weight[:, None] + weight[None, :] + 1)
    profit = (prices[:, None] - 1) * share
    return NormalFormGame.from_bimatrix(profit, profit.T), prices.tolist()


def test_price_cartel_of_calvano_et_al() -> None:
    """Two pure equilibria on the grid; patience needed for the best symmetric price, against either."""
    game, prices = calvano()
    assert [e.profile for e in pure_nash_equilibria(game)] == [(1, 1), (2, 2)]
    assert prices[13] == pytest.approx(1.931438837, abs=1e-8)
    lower = critical_discount(game, (13, 13), punishment="nash", punishment_profiles=[(1, 1)])
    upper = critical_discount(game, (13, 13), punishment="nash", punishment_profiles=[(2, 2)])
    assert float(lower) == pytest.approx(0.394873, abs=5e-7)
    assert float(upper) == pytest.approx(0.430603, abs=5e-7)
    assert lower.verify()


def one_shot_deviations_do_not_pay(game: NormalFormGame, target: tuple[int, ...], punish: list[F], delta: F) -> bool:
    """Value of deviating once and then being punished for ever, against the target for ever, action by action."""
    exact_game = game.exact()
    for i in range(game.num_players):
        stay = exact_game.payoff(*target)[i]
        best = max(exact_game.payoff(*target[:i], b, *target[i + 1 :])[i] for b in range(game.num_actions[i]))
        if best > stay and (1 - delta) * best + delta * punish[i] > stay:
            return False
    return True


@pytest.mark.parametrize("seed", range(60))
def test_threshold_separates_the_discounts_at_which_deviating_pays(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.choice([2, 2, 3])
    sizes = [rng.choice([2, 3]) if n == 2 else 2 for _ in range(n)]
    high = rng.choice([2, 3, 9])
    tensor = np.array([rng.randint(-high, high) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    game = NormalFormGame(tensor / 4.0 if seed % 3 == 0 else tensor)
    for target in product(*map(range, sizes)):
        for punishment in ("nash", "minmax"):
            try:
                found = critical_discount(game, target, punishment=punishment)
            except UnsupportedError:
                assert n == 3  # three players, no pure equilibrium
                continue
            assert isinstance(found, CriticalDiscount)
            assert found.verify()
            punish = [t.punishment for t in found.thresholds]
            if found.sustainable:
                delta = found.discount
                assert one_shot_deviations_do_not_pay(game, target, punish, delta)
                assert is_sustainable(game, target, discount=delta, punishment=punishment).status == "yes"
                if delta > 0:
                    assert not one_shot_deviations_do_not_pay(game, target, punish, delta - F(1, 10**9))
                    assert (
                        is_sustainable(game, target, discount=delta - F(1, 10**9), punishment=punishment).status == "no"
                    )
            else:
                assert not one_shot_deviations_do_not_pay(game, target, punish, 1 - F(1, 10**9))
                with pytest.raises(UndecidedError):
                    _ = found.discount


@pytest.mark.parametrize("seed", range(30))
def test_necessary_bounds_lie_below_sufficient_ones(seed: int) -> None:
    rng = random.Random(100 + seed)
    tensor = np.array([rng.randint(0, 3) for _ in range(2 * 9)]).reshape(2, 3, 3)
    game = NormalFormGame(tensor)
    for target in product(range(3), range(3)):
        enough = critical_discount(game, target, punishment="nash")
        for strategies in ("mixed", "correlated"):
            needed = critical_discount(game, target, punishment="minmax", strategies=strategies)
            if enough.sustainable:
                assert needed.sustainable
                assert needed.discount <= enough.discount


@pytest.mark.parametrize("seed", range(30))
def test_worst_equilibrium_is_the_worst_of_a_sample_of_the_whole_set(seed: int) -> None:
    """Degenerate games have continua of equilibria; no mixture inside a maximal Nash subset is worse than its vertices."""
    rng = random.Random(200 + seed)
    tensor = np.array([rng.randint(0, 2) for _ in range(2 * 9)]).reshape(2, 3, 3)
    game = NormalFormGame(tensor)
    equilibria = nash_equilibria(game)
    worst = [t.punishment for t in critical_discount(game, (0, 0), punishment="nash").thresholds]
    assert worst == [min(e.payoffs[i] for e in equilibria) for i in range(2)]
    A, B = game.payoffs
    for subset in equilibria.maximal_nash_subsets:
        points = []
        for player, face in enumerate(subset):
            vertices = [equilibria.extreme_strategies[player][k] for k in face]
            weights = [F(rng.randint(1, 9)) for _ in vertices]
            points.append(sum(w * v for w, v in zip(weights, vertices, strict=True)) / sum(weights))
        x, y = points
        assert x @ A @ y >= worst[0]
        assert x @ B @ y >= worst[1]


@pytest.mark.parametrize("seed", range(20))
def test_minmax_by_brute_force_and_invariance(seed: int) -> None:
    rng = random.Random(300 + seed)
    n = rng.choice([2, 3])
    sizes = [rng.choice([2, 3]) for _ in range(n)]
    tensor = np.array([rng.randint(-4, 4) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    game = NormalFormGame(tensor)
    order = rng.choice(list(permutations(range(n))))
    relabelled = NormalFormGame(np.transpose(tensor[list(order)], [0, *(1 + i for i in order)]))
    shifted = NormalFormGame(7 * tensor + 5)
    for i in range(n):
        others = [range(m) for j, m in enumerate(sizes) if j != i]
        pure = min(max(int(tensor[(i, *a[:i], b, *a[i:])]) for b in range(sizes[i])) for a in product(*others))
        assert minmax(game, i, strategies="pure").value == pure
        correlated = minmax(game, i, strategies="correlated")
        held = np.moveaxis(tensor[i], i, 0).reshape(sizes[i], -1) @ correlated.punishment.reshape(-1)
        assert max(held) == correlated.value <= minmax(game, i, strategies="mixed").lower + 0
        assert correlated.value <= pure
        for strategies in ("pure", "correlated"):
            value = minmax(game, i, strategies=strategies).value
            assert minmax(shifted, i, strategies=strategies).value == 7 * value + 5
            assert minmax(relabelled, order.index(i), strategies=strategies).value == value


@pytest.mark.parametrize("shift", [0, 10**9])
@pytest.mark.parametrize("scale", [F(1), F(1, 10**9), F(10**6)])
def test_units_do_not_matter(shift: int, scale: F) -> None:
    A = [[9 * scale + shift, 1 * scale + shift], [10 * scale + shift, 3 * scale + shift]]
    game = NormalFormGame.from_bimatrix(A, [[A[0][0], A[1][0]], [A[0][1], A[1][1]]])
    assert critical_discount(game, (0, 0), punishment="nash").discount == F(1, 7)


def test_questions_that_make_no_sense_are_refused() -> None:
    game = dilemma(9, 1, 10, 3)
    with pytest.raises(SpecificationError, match="no stage equilibrium, a player gains 1"):
        critical_discount(game, (0, 0), punishment="nash", punishment_profiles=[(0, 0)])
    with pytest.raises(SpecificationError, match="punishment"):
        critical_discount(game, (0, 0), punishment="exile")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match="pure"):
        critical_discount(game, [["1/2", "1/2"], 0], punishment="nash")
    with pytest.raises(SpecificationError, match="discount"):
        RepeatedGame(game, 1)  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="discount"):
        is_sustainable(game, (0, 0), punishment="nash")
    with pytest.raises(SpecificationError, match="strategies"):
        minmax(game, 0, strategies="some")  # type: ignore[arg-type]


def test_equilibria_need_no_patience_and_hopeless_targets_have_none() -> None:
    game = dilemma(9, 1, 10, 3)
    assert critical_discount(game, ("D", "D"), punishment="nash").discount == 0
    hopeless = critical_discount(game, ("C", "D"), punishment="nash")
    assert not hopeless.sustainable
    assert hopeless.binding_player == 0
    assert critical_discount(game, ("C", "C"), punishment=[0, 0]).discount == F(1, 10)


def test_a_changed_number_is_noticed() -> None:
    import dataclasses

    found = critical_discount(dilemma(9, 1, 10, 3), ("C", "C"), punishment="nash")
    first = found.thresholds[0]
    for change in ({"gain": F(2)}, {"punishment": F(2)}, {"discount": F(1, 8)}, {"loss": F(7)}):
        lie = dataclasses.replace(found, thresholds=(dataclasses.replace(first, **change), *found.thresholds[1:]))
        with pytest.raises(CertificateError):
            lie.verify()


def test_repeated_games_carry_their_discount() -> None:
    game = RepeatedGame(dilemma(9, 1, 10, 3), F(1, 7))
    assert is_sustainable(game, ("C", "C"), punishment="nash").status == "yes"
    assert "sufficient" in repr(critical_discount(game, ("C", "C"), punishment="nash"))
