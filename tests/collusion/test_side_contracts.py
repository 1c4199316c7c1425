"""What coalitions gain by contracts; equilibria among coalitions; welfare after profitable joint deviations."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from oracles import coalitional, coalitions
from scipy.optimize import linprog

from gametheory import collusion
from gametheory.audit.evidence import row_builders
from gametheory.certificates import DualityCertificate
from gametheory.equilibria import nash_equilibria, price_of_anarchy
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, expected_payoffs

RULES = ("all", "some", "any", "transfer")


def random_game(rng: random.Random, *, players: int | None = None, low: int = -4, high: int = 4) -> NormalFormGame:
    n = players or rng.choice([2, 3])
    sizes = [rng.choice([1, 2, 2, 3]) for _ in range(n)]
    numbers = [rng.randint(low, high) for _ in range(n * int(np.prod(sizes)))]
    return NormalFormGame(np.array(numbers).reshape(n, *sizes))


def table_of(game: NormalFormGame) -> dict[tuple[int, ...], tuple[Fraction, ...]]:
    return {a: game.payoff(*a) for a in product(*map(range, game.num_actions))}


def merged_table(game: NormalFormGame, members: frozenset[int]) -> np.ndarray:
    """Sums of the members' payoffs by joint actions, as floats, straight from the definition."""
    own, rest = sorted(members), [i for i in range(game.num_players) if i not in members]
    rows = list(product(*(range(game.num_actions[i]) for i in own)))
    columns = list(product(*(range(game.num_actions[i]) for i in rest)))
    table = np.zeros((len(rows), len(columns)))
    for r, a in enumerate(rows):
        for c, b in enumerate(columns):
            profile = [0] * game.num_players
            for i, k in zip(own, a, strict=True):
                profile[i] = k
            for i, k in zip(rest, b, strict=True):
                profile[i] = k
            table[r, c] = float(sum(game.payoff(*profile)[i] for i in members))
    return table


def matrix_value(table: np.ndarray) -> float:
    m, n = table.shape
    found = linprog(
        [0.0] * m + [-1.0],
        A_ub=np.hstack([-table.T, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        A_eq=[[1.0] * m + [0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * m + [(None, None)],
    )
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(12))
def test_characteristic_functions_by_definition(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng)
    n, u = game.num_players, table_of(game)
    profile = tuple(rng.randrange(m) for m in game.num_actions)
    gains = collusion.characteristic_function(game, profile)
    games = {
        (model, play): collusion.characteristic_function(game, outsiders=model, coordination=play)  # type: ignore[arg-type]
        for model in ("alpha", "beta")
        for play in ("correlated", "pure")
    }
    relative = collusion.characteristic_function(game, profile, outsiders="alpha")
    for members in coalitional.nonempty(n):
        options = coalitions.gains(u, game.num_actions, profile, tuple(sorted(members)))
        assert gains.worth(members) == max(0, *(sum(g) for g in options.values()))
        table = merged_table(game, members)
        assert games["alpha", "pure"].worth(members) == table.min(axis=1).max()
        assert games["beta", "pure"].worth(members) == table.max(axis=0).min()
        mixed = games["alpha", "correlated"].worth(members)
        assert mixed == games["beta", "correlated"].worth(members)  # the minimax theorem
        assert float(mixed) == pytest.approx(matrix_value(table), abs=1e-9)
        assert games["alpha", "pure"].worth(members) <= mixed <= games["beta", "pure"].worth(members)
        now = sum((u[profile][i] for i in members), Fraction(0))
        assert relative.worth(members) == mixed - now
        for model in ("status_quo", "alpha", "beta"):
            found = collusion.coalition_worth(game, members, profile, outsiders=model)  # type: ignore[arg-type]
            assert found.verify()
            expected = gains if model == "status_quo" else relative
            assert found.value == expected.worth(members)
            assert sum(p for _, p in found.plan) == 1
    # von Neumann and Morgenstern: with shared randomness coalitions that act together do no worse than side by side
    alpha = games["alpha", "correlated"]
    for one in coalitional.nonempty(n):
        for two in coalitional.nonempty(n):
            if not one & two:
                assert alpha.worth(one | two) >= alpha.worth(one) + alpha.worth(two)


def test_gains_from_a_mixed_status_quo_and_families() -> None:
    game = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    half = ["2/3", "1/3"], ["1/3", "2/3"]
    gains = collusion.characteristic_function(game, half)
    assert [gains.worth(s) for s in ({0}, {1}, {0, 1})] == [0, 0, Fraction(5, 3)]  # 3 together instead of 4/3
    stay = collusion.coalition_worth(game, [0], half)
    assert stay.value == 0
    assert dict(stay.plan) == {(0,): Fraction(2, 3), (1,): Fraction(1, 3)}
    only = collusion.characteristic_function(game, half, coalitions=[{0}])
    assert [sorted(s) for s in only.coalitions()] == [[0], [1]]


def test_who_joins_whom_in_words() -> None:
    """Two who leak together gain 4 each; the third, who is needed for nothing, stays out."""
    game = NormalFormGame.from_function(
        lambda a, b, c: (4, 4, 0) if a and b else (-3 * a, -3 * b, -c), [2, 2, 2], players=["Ana", "Ben", "Cy"]
    )
    gains = collusion.characteristic_function(game, (0, 0, 0))
    structure = collusion.coalition_structure(gains)
    assert structure.describe().startswith("{Ana, Ben} sign a contract worth 8")
    assert "Cy stays alone with 0." in structure.describe()
    assert collusion.nucleolus(gains).payoffs == collusion.shapley_value(gains).payoffs == (4, 4, 0)


def test_wrong_questions_about_contracts() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SpecificationError, match="status quo"):
        collusion.characteristic_function(game)
    with pytest.raises(SpecificationError, match="outsiders"):
        collusion.characteristic_function(game, (0, 0), outsiders="gamma")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="coordination"):
        collusion.characteristic_function(game, (0, 0), coordination="independent")  # type: ignore[arg-type]


# -- price of collusion ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(16))
def test_price_of_collusion_by_definition(seed: int) -> None:
    rng = random.Random(500 + seed)
    game = random_game(rng, players=3, low=1, high=6)
    blocks = rng.choice([[{0, 1}], [{1, 2}], [{0, 2}], [{0, 1, 2}], []])
    u = table_of(game)
    structure = [frozenset(b) for b in blocks]
    structure += [frozenset([i]) for i in range(3) if not any(i in b for b in structure)]
    stable = []
    for a in u:
        options = [
            sum(gain) for s in structure for gain in coalitions.gains(u, game.num_actions, a, tuple(sorted(s))).values()
        ]
        if max(options) <= 0:
            stable.append(sum(u[a]))
    alone = [sum(u[a]) for a in coalitions.nash(u, game.num_actions)]
    if not alone or not stable:
        with pytest.raises(InfeasibleError):
            collusion.price_of_collusion(game, blocks)
        return
    found = collusion.price_of_collusion(game, blocks)
    assert (found.alone, found.together) == (min(alone), min(stable))
    assert found.exact_value == min(alone) / min(stable)
    assert found.verify()
    assert found.status == "certified"
    costs = NormalFormGame(-game.payoffs)
    try:
        price = collusion.price_of_collusion(costs, blocks, objective="cost")
    except InfeasibleError:
        return
    assert price.exact_value == price.together / price.alone
    if not blocks:
        assert price.exact_value == 1
    if blocks == [{0, 1, 2}]:  # everybody together minimises the social cost
        assert price.exact_value * price_of_anarchy(costs, objective="cost", equilibria="pure").exact_value == 1


def test_two_coalitions_in_a_congestion_game() -> None:
    """Four drivers, two roads with cost equal to load: alone 2 + 2 on each road, cost 8 in every pure equilibrium; two pairs
    each split (a pair on one road against a split pair pays 6 in all, split 4): the same 8, so that the price is 1."""

    def cost(*roads: int) -> tuple[int, ...]:
        return tuple(-roads.count(r) for r in roads)

    game = NormalFormGame.from_function(cost, [2] * 4)
    price = collusion.price_of_collusion(game, [{0, 1}, {2, 3}], objective="cost")
    assert (price.alone, price.together, price.exact_value) == (8, 8, 1)
    everyone = collusion.price_of_collusion(game, [range(4)], objective="cost")
    assert everyone.exact_value == 1


def test_price_with_mixed_equilibria_between_two_coalitions() -> None:
    game = NormalFormGame.from_bimatrix([[3, 1], [1, 3]], [[3, 1], [1, 3]])
    price = collusion.price_of_collusion(game, [{0, 1}], equilibria="all")
    assert (price.alone, price.together, price.exact_value) == (4, 6, Fraction(2, 3))
    between = collusion.game_between_coalitions(game, [{0}, {1}])
    assert between == game
    assert len(nash_equilibria(between)) == 3


def test_structures_that_are_none() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SpecificationError, match="two coalitions"):
        collusion.price_of_collusion(game, [{0, 1}, {1}])
    with pytest.raises(SpecificationError, match="objective"):
        collusion.price_of_collusion(game, [{0, 1}], objective="profit")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="says nothing"):
        collusion.price_of_collusion(game, [{0, 1}], objective="cost")


# -- welfare after joint deviations ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(16))
def test_welfare_after_joint_deviations(seed: int) -> None:
    rng = random.Random(700 + seed)
    game = random_game(rng, players=rng.choice([2, 3]))
    rule = RULES[seed % 4]
    u, sizes, n = table_of(game), game.num_actions, game.num_players
    profile = tuple(rng.randrange(m) for m in sizes)
    weights = [rng.randint(-2, 3) for _ in range(n)]

    def welfare(a: tuple[int, ...]) -> Fraction:
        return sum((w * x for w, x in zip(weights, u[a], strict=True)), Fraction(0))

    reached = [welfare(profile)]
    extremes = [float(welfare(profile))]
    for members in coalitional.nonempty(n):
        own = tuple(sorted(members))
        options = coalitions.gains(u, sizes, profile, own)
        reached += [
            welfare(coalitions.replaced(profile, own, tau))
            for tau, gain in options.items()
            if coalitions.blocks(gain, rule)
        ]
        if coalitions.correlated_gain(options, rule) > 0:
            extremes += _correlated_extremes(
                [[float(g) for g in gain] for gain in options.values()],
                [float(welfare(coalitions.replaced(profile, own, tau))) for tau in options],
                rule,
            )
    pure = collusion.deviation_welfare(game, profile, welfare=weights, blocking=rule)  # type: ignore[arg-type]
    assert (pure.worst.value, pure.best.value) == (min(reached), max(reached))
    assert pure.verify()
    mixed = collusion.deviation_welfare(
        game,
        profile,
        welfare=weights,
        blocking=rule,
        coordination="correlated",  # type: ignore[arg-type]
    )
    assert float(mixed.worst.value) == pytest.approx(min(extremes), abs=1e-8)
    assert float(mixed.best.value) == pytest.approx(max(extremes), abs=1e-8)
    assert mixed.worst.value <= pure.worst.value
    assert mixed.best.value >= pure.best.value
    assert mixed.verify()
    for bound in (mixed.worst, mixed.best):
        if bound.attained and bound.coalition is not None:
            assert coalitions.blocks(bound.gains, rule)
    builders = row_builders()
    for proof in mixed.certificates:
        if isinstance(proof, DualityCertificate):
            rebuilt = builders[proof.programme.name](game, proof.programme.arguments)
            assert proof.verify_against(rebuilt)


def _correlated_extremes(gains: list[list[float]], welfare: list[float], rule: str) -> list[float]:
    """Optima of the programme with weak inequalities, by SciPy."""
    table = np.array(gains).T
    if rule == "transfer":
        limits = [[table.sum(axis=0)]]
    elif rule == "any":
        limits = [[row] for row in table if row.max() > 0]
    else:
        limits = [list(table)]
    found = []
    for rows in limits:
        for sign in (1, -1):
            solution = linprog(
                [sign * w for w in welfare],
                A_ub=[-row for row in rows],
                b_ub=[0.0] * len(rows),
                A_eq=[[1.0] * len(welfare)],
                b_eq=[1.0],
            )
            found.append(sign * float(solution.fun))
    return found


def test_a_supremum_that_no_profitable_deviation_attains() -> None:
    """Joint action 2 harms most and gains nothing; whoever gains must put weight on action 1."""
    game = NormalFormGame.from_function(lambda a, b: [(0, 0), (1, 0), (0, -9)][a], [3, 1])
    found = collusion.deviation_welfare(game, (0, 0), coalitions=[{0}], coordination="correlated")
    assert (found.worst.value, found.worst.attained, found.worst.gains) == (-9, False, (0,))
    assert (found.best.value, found.best.attained) == (1, True)
    assert "as a limit" in repr(found)
    harm = collusion.deviation_welfare(game, (0, 0), welfare=[[0], [1], [5]], coalitions=[{0}])
    assert (harm.best.value, harm.worst.value) == (1, 0)


def test_targets_of_deviations() -> None:
    chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    found = collusion.deviation_welfare(chicken)  # from both pure equilibria nobody gains without the other's loss
    assert found.worst.value == found.best.value == 9
    mixed = ["2/3", "1/3"], ["2/3", "1/3"]
    from_mixed = collusion.deviation_welfare(chicken, mixed)
    assert from_mixed.best.value == 12  # both yield
    assert from_mixed.worst.value == sum(expected_payoffs(chicken, mixed)) == Fraction(28, 3)
    pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    with pytest.raises(InfeasibleError, match="target"):
        collusion.deviation_welfare(pennies)
    with pytest.raises(UnsupportedError, match="independent"):
        collusion.deviation_welfare(chicken, coordination="independent")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="welfare"):
        collusion.deviation_welfare(chicken, welfare=[1, 2, 3])
    with pytest.raises(SpecificationError, match="blocking"):
        collusion.deviation_welfare(chicken, blocking="most")  # type: ignore[arg-type]
