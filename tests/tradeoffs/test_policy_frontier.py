"""The frontier of harm against utility: closed forms, brute force, and what no policy may get round."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.policies import World

from gametheory.arithmetic import RationalArray
from gametheory.certificates import StatusQuo, read_certificate
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, coalitions
from gametheory.optimize import Frontier
from gametheory.oversight import Policy, cheapest_deterrence
from gametheory.tradeoffs import Levers, policy_frontier, policy_harm
from gametheory.tradeoffs.priced_gains import cheapest_priced
from gametheory.tradeoffs.question import Limit, Question

RULES = ("all", "some", "any", "transfer")


def nested(values: Any, shape: tuple[int, ...]) -> Any:
    return np.array(values, dtype=object).reshape(shape).tolist()


def random_world(rng: random.Random, shapes: Any = ((2, 2), (2, 3), (3, 3), (2, 2, 2))) -> tuple[NormalFormGame, World]:
    """A game of small integers with many ties, harms from 0 to 3, and often only some coalitions."""
    shape = rng.choice(shapes)
    size = int(np.prod(shape))
    payoffs = [nested([F(rng.randint(-3, 4), rng.choice([1, 1, 2])) for _ in range(size)], shape) for _ in shape]
    harm = nested([rng.randint(0, 3) for _ in range(size)], shape)
    target = tuple(rng.randrange(m) for m in shape)
    everybody = [s for k in range(1, len(shape) + 1) for s in itertools.combinations(range(len(shape)), k)]
    coalitions = None if rng.random() < 0.5 else rng.sample(everybody, rng.randint(1, len(everybody)))
    return NormalFormGame(payoffs), World(payoffs, harm, target, coalitions)


def frontier_of(game: NormalFormGame, world: World, levers: Levers, rule: str, **options: Any) -> Frontier:
    return policy_frontier(
        game,
        world.target,
        levers=levers,
        harm=world.table,
        utility=np.zeros(world.shape, dtype=np.int64),
        blocking=rule,  # type: ignore[arg-type]
        coalitions=world.coalitions,
        **options,
    )


def threshold_world(n: int, m: int, gain: int) -> tuple[NormalFormGame, Any]:
    """At least m who leak share a gain; harm is how many leak, if that many."""

    def payoff(*a: int) -> list[F]:
        return [F(gain, sum(a)) * x if sum(a) >= m else F(0) for x in a]

    harm = np.zeros((2,) * n, dtype=np.int64)
    for a in itertools.product((0, 1), repeat=n):
        harm[a] = sum(a) if sum(a) >= m else 0
    return NormalFormGame.from_function(payoff, [2] * n), harm


# -- closed forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "m"), [(3, 2), (4, 2), (4, 3), (5, 3)])
def test_the_threshold_game_has_its_closed_form_at_every_level_of_harm(n: int, m: int) -> None:
    """To keep k or more from leaking: nG/(kq) in total where gains can be shared, (n − k + 1)G/(kq) where all must gain."""
    game, harm = threshold_world(n, m, 12)
    q = F(2, 5)
    for rule, total in (
        ("transfer", lambda k: F(n * 12, k) / q),
        ("any", lambda k: F(n * 12, k) / q),
        ("all", lambda k: F((n - k + 1) * 12, k) / q),
    ):
        frontier = policy_frontier(
            game,
            [0] * n,
            levers=Levers(q),
            harm=harm,
            utility=np.zeros((2,) * n),
            blocking=rule,  # type: ignore[arg-type]
        )
        # Below harm k + 1, that is to keep k + 1 and more from leaking, is the step at harm k.
        costs = [(0 if k == m else k - 1, -total(k)) for k in range(m, n + 1)] + [(n, F(0))]
        expected = []
        for level, utility in costs:
            if not expected or utility > expected[-1][1]:
                expected.append((F(level), utility))
        assert [point.measures for point in frontier] == expected, rule
        assert frontier.epsilon == 0
        assert frontier.verify()


def test_no_harm_costs_what_the_cheapest_deterrence_does() -> None:
    """n=5, m=3, G=12, q=2/5: 50 with transfers or if nobody may gain, 30 if every member must."""
    game, harm = threshold_world(5, 3, 12)
    for rule, total in (("transfer", 50), ("any", 50), ("all", 30)):
        frontier = policy_frontier(
            game,
            [0] * 5,
            levers=Levers("2/5"),
            harm=harm,
            utility=harm * 0 + 100,
            blocking=rule,  # type: ignore[arg-type]
        )
        assert frontier[0].measures == (0, 100 - total)


def test_rate_and_deposits_together_have_the_closed_form() -> None:
    """min c q + w nG/(mq): q = √(w nG/(mc)) = 1/2, the cost 2√(c w nG/m) = 8, if n=4, m=2, G=1, c=8, w=1."""
    game, harm = threshold_world(4, 2, 1)
    harm = np.minimum(harm, 1)
    levers = Levers((0, 1), detection_cost=8)
    frontier = policy_frontier(game, [0] * 4, levers=levers, harm=harm, utility=harm * 0, blocking="transfer")
    assert [point.measures for point in frontier] == [(0, -8), (1, 0)]
    assert frontier[0].decision == Policy("1/2", 0, [1, 1, 1, 1])
    assert frontier.epsilon == 0
    # With c = 4 the rate is 1/√2 and the cost 4√2.
    levers = Levers((0, 1), detection_cost=4)
    frontier = policy_frontier(
        game, [0] * 4, levers=levers, harm=harm, utility=harm * 0, blocking="transfer", gap="1/1000"
    )
    assert 0 < frontier.epsilon <= F(6, 1000)
    (_, bound), (_, least) = frontier.exclusions[1].corner, frontier[0].measures
    assert bound is not None
    assert least <= bound
    assert float(bound) == pytest.approx(-4 * 2**0.5, abs=1e-12)
    assert float(least) == pytest.approx(-4 * 2**0.5, abs=6e-3)
    assert frontier.verify()


def test_a_cap_makes_the_rate_exact() -> None:
    """A gain of 3 against a cap of 5 on deposits needs a rate of 3/5 above false alarms, whatever is saved by a lower one."""
    game = NormalFormGame([[0, 3]])
    for rule in ("all", "any", "transfer"):
        for deposit_cost in (0, "1/10"):
            levers = Levers(
                (0, 1), detection_cost=4, false_alarm_rate="1/10", deposit_caps=5, deposit_cost=deposit_cost
            )
            frontier = policy_frontier(game, [0], levers=levers, harm=[0, 1], utility=[0, 0], blocking=rule)  # type: ignore[arg-type]
            cost = 4 * F(7, 10) + 5 * (F(deposit_cost) + F(1, 10))
            assert [point.measures for point in frontier] == [(0, -cost), (1, 0)]
            assert frontier.epsilon == 0
            assert frontier[0].decision == Policy("7/10", "1/10", [5])


def test_false_alarms_that_exceed_detection_deter_nothing() -> None:
    game = NormalFormGame([[0, 3]])
    for rule in RULES:
        levers = Levers((0, "1/10"), detection_cost=1, false_alarm_rate="1/10")
        frontier = policy_frontier(game, [0], levers=levers, harm=[0, 1], utility=[0, 0], blocking=rule)  # type: ignore[arg-type]
        assert [point.measures for point in frontier] == [(1, 0)]
        assert [part.corner for part in frontier.exclusions] == [(1, None), (None, 0)]
        assert frontier.verify()


def test_agents_on_a_line_who_leak_in_pairs() -> None:
    """Two of five held back at 1 each: min 2q + 7/100 · 2/(q − 1/50) = 1/25 + 2√(28/100) = 1.0983005…

    The 0/1 coordination game of Abraham et al. (2006): all 0 pays 1, exactly two 1s pay those two 2.
    """

    def payoff(*a: int) -> list[int]:
        return [1] * 5 if not sum(a) else [2 * x if sum(a) == 2 else 0 for x in a]

    game = NormalFormGame.from_function(payoff, [2] * 5)
    harm = np.zeros((2,) * 5, dtype=np.int64)
    for pair in itertools.combinations(range(5), 2):
        harm[tuple(int(i in pair) for i in range(5))] = 1
    levers = Levers(
        (0, "4/5"), detection_cost=2, false_alarm_rate="1/50", deposit_caps=5, deposit_cost="1/20", budget=3
    )
    line = coalitions(5, connected=[(i, i + 1) for i in range(4)])
    frontier = policy_frontier(
        game, [0] * 5, levers=levers, harm=harm, utility=harm * 0 + 5, blocking="all", coalitions=line, gap=F(1, 10**6)
    )
    assert [point.measures[0] for point in frontier] == [0, 1]
    assert float(frontier[0].measures[1]) == pytest.approx(5 - 0.04 - 2 * 0.28**0.5, abs=2e-6)
    assert [d > 0 for d in frontier[0].decision.deposits] == [False, True, False, True, False]
    assert frontier.verify()


# -- brute force -------------------------------------------------------------------------------------------------------


def compare_staircases(rule: str, count: int, seed: int) -> None:
    """Every level of harm, its least cost found by listing candidates; at a fixed rate, with caps and a budget or without."""
    rng = random.Random(f"{rule} {seed}")
    for _ in range(count):
        game, world = random_world(rng)
        rate, alarms = F(rng.randint(1, 10), 10), F(rng.choice([0, 0, 1]), 10)
        caps = [rng.choice([None, None, F(rng.randint(0, 8))]) for _ in world.shape]
        budget = rng.choice([None, None, F(rng.randint(1, 6))])
        levers = Levers(
            rate, detection_cost=1, false_alarm_rate=alarms, deposit_caps=caps, deposit_cost="1/5", budget=budget
        )
        if budget is not None and budget < rate:
            continue
        gap = F(1, 10**5)
        frontier = frontier_of(game, world, levers, rule, gap=gap)
        assert frontier.verify()
        y, price = rate - alarms, F(1, 5) + alarms
        steps: list[tuple[F | None, F]] = []
        for level in [*world.levels(), None]:
            if level is None:
                total: F | None = F(0)
            elif y <= 0:
                least = world.least_total(level, [F(0)] * world.n, rule)
                total = None if least is None else F(0)
            else:
                limits = [None if cap is None else y * cap for cap in caps]
                least = world.least_total(level, limits, rule)
                total = None if least is None else price * least / y
            if total is not None and (budget is None or rate + total <= budget):
                steps.append((level, -rate - total))
        # The outer staircase is the infimum, exactly; the achieved one is within the gap, and exact but under "some".
        corners = {part.corner for part in frontier.exclusions}
        expected = {corner for k, corner in enumerate(steps) if k + 1 == len(steps) or steps[k + 1][1] != corner[1]}
        assert {corner for corner in corners if corner[1] is not None} == expected
        for point in frontier:
            harm, utility = point.measures
            level = min((h for h in world.levels() if h > harm), default=None)
            best = (
                max(u for limit, u in steps if limit is None or (level is not None and limit <= level) or limit <= harm)
                if level is None
                else max((u for limit, u in steps if limit is not None and limit <= level))
            )
            assert 0 <= best - utility <= (gap * 10 if rule == "some" else 0)


@pytest.mark.parametrize("rule", RULES)
def test_staircases_of_small_games_are_those_of_brute_force(rule: str) -> None:
    compare_staircases(rule, 40, 0)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_many_staircases_are_those_of_brute_force(rule: str) -> None:
    compare_staircases(rule, 600, 1)


def test_the_levels_agree_with_the_cheapest_deterrence_of_the_harmful_outcomes() -> None:
    rng = random.Random(5)
    compared = 0
    for _ in range(40):
        game, world = random_world(rng)
        rule = rng.choice(RULES)
        frontier = frontier_of(game, world, Levers("1/2", deposit_caps=9), rule)
        corners = [part.corner for part in frontier.exclusions]
        for level in world.levels():
            marked = np.array(
                nested([h >= level for h in np.array(world.table).reshape(-1)], tuple(world.shape)), dtype=bool
            )
            utilities = [u for limit, u in corners if limit is None or limit >= level]
            options: Any = {"detection_rate": "1/2", "blocking": rule, "coalitions": world.coalitions}
            try:
                design = cheapest_deterrence(game, world.target, deposit_caps=9, outcomes=marked, **options)
            except InfeasibleError:
                assert utilities[0] is None
                continue
            assert utilities[0] == -design.value
            compared += 1
    assert compared > 40


@pytest.mark.parametrize("rule", RULES)
def test_a_fine_grid_of_rates_and_deposits_finds_nothing_beyond(rule: str) -> None:
    """No policy of a grid lies beyond the outer staircase, and the best of the grid are hardly better than the points."""
    rng = random.Random(f"grid {rule}")
    for _ in range(4):
        game, world = random_world(rng, ((2, 2), (3, 2)))
        levers = Levers(
            ("1/10", "9/10"), detection_cost=1, false_alarm_rate="1/20", deposit_caps=[6, 9], deposit_cost="1/10"
        )
        frontier = frontier_of(game, world, levers, rule, gap="1/1000")
        for q in (F(k, 20) for k in range(2, 19)):
            for deposits in itertools.product([F(3 * k, 4) for k in range(0, 13, 2)], repeat=2):
                if deposits[0] > 6:
                    continue
                harm = world.pure_harm([(q - F(1, 20)) * d for d in deposits], rule)
                utility = -levers.cost(Policy(q, "1/20", deposits), 2)
                assert not frontier.is_beyond((harm, utility))
                best = max((p.measures[1] for p in frontier if p.measures[0] <= harm), default=None)
                assert best is not None, "a policy of the grid has less harm than any point"
                assert utility <= best + frontier.epsilon


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("coordination", ["pure", "correlated"])
def test_every_point_is_attained_by_its_decision(rule: str, coordination: str) -> None:
    rng = random.Random(f"attained {rule} {coordination}")
    for _ in range(8):
        game, world = random_world(rng, ((2, 2), (2, 3), (2, 2, 2)))
        levers = Levers(
            (0, "4/5"), detection_cost=1, false_alarm_rate="1/50", deposit_caps=7, deposit_cost="1/20", budget=4
        )
        frontier = frontier_of(game, world, levers, rule, coordination=coordination, gap="1/20")
        assert frontier.verify()
        for point in frontier:
            harm, utility = point.measures
            policy: Policy = point.decision
            costs = policy.moving_costs(world.n)
            found = policy_harm(
                game,
                policy,
                world.target,
                harm=world.table,
                blocking=rule,
                coordination=coordination,  # type: ignore[arg-type]
                coalitions=world.coalitions,
            )
            assert found.value == harm
            if coordination == "pure":
                assert world.pure_harm(costs, rule) == harm
            else:
                assert world.correlated_harm(costs, rule) == pytest.approx(float(harm), abs=1e-6)
            cost = levers.cost(policy, world.n)
            assert utility == -cost
            assert cost <= 4
            q = policy.detection_rate
            assert isinstance(q, F)
            assert 0 <= q <= F(4, 5)
            assert all(0 <= d <= 7 for d in policy.deposits)  # type: ignore[union-attr]
        harms, utilities = zip(*(point.measures for point in frontier), strict=True)
        assert list(harms) == sorted(set(harms))
        assert list(utilities) == sorted(set(utilities))


# -- shared randomness -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_correlated_frontiers_hold_all_policies_of_a_grid(rule: str) -> None:
    """Inner within outer, no policy of a grid beyond the outer set, and the gap is what is promised."""
    rng = random.Random(f"correlated {rule}")
    for rates in ("1/2", "1/2", ("1/4", "3/4"), ("1/4", "3/4")):
        game, world = random_world(rng, ((2, 2), (2, 3)))
        levers = Levers(rates, detection_cost=1, deposit_caps=12, deposit_cost="1/10")
        frontier = frontier_of(game, world, levers, rule, coordination="correlated", gap="1/20")
        assert frontier.verify()
        tried = {*levers.detection_rate, F(1, 2)}
        for q, *deposits in itertools.product(tried, range(0, 13, 3), range(0, 13, 3)):
            policy = Policy(q, 0, deposits)
            options: Any = {"harm": world.table, "blocking": rule, "coalitions": world.coalitions}
            harm = policy_harm(game, policy, world.target, coordination="correlated", **options).value
            assert harm >= policy_harm(game, policy, world.target, **options).value
            utility = -levers.cost(policy, 2)
            assert not frontier.is_beyond((harm, utility))
            # Whatever is achieved, a point is as good but for epsilon in one of the measures.
            assert any(
                p.measures[0] <= harm + frontier.epsilon and p.measures[1] >= utility - frontier.epsilon
                for p in frontier
            )


def test_a_little_of_what_pays_carries_what_does_not() -> None:
    """Alone: x gains 2 and does no harm, y loses 1 and does harm 3. Mixed, harm up to 3·(2−d)/3 pays, d the fine of each.

    With moving cost x: p of y with (2 − x)(1 − p) = (1 + x) p is p = (2 − x)/3, harm 2 − x; free of harm from x = 2 on.
    """
    game = NormalFormGame([[0, 2, -1]])
    levers = Levers(1)
    options: Any = {"harm": [0, 0, 3], "blocking": "transfer"}
    assert policy_harm(game, Policy(1, 0, 0), [0], **options).value == 0
    for x in (F(0), F(1, 2), F(1), F(3, 2)):
        assert policy_harm(game, Policy(1, 0, [x]), [0], coordination="correlated", **options).value == 2 - x
    frontier = policy_frontier(
        game, [0], levers=levers, utility=[0, 0, 0], coordination="correlated", gap="1/100", **options
    )
    assert all(utility == harm - 2 for harm, utility in (point.measures for point in frontier))
    assert len(frontier) > 20
    assert 0 < frontier.epsilon <= F(1, 50)
    assert policy_frontier(game, [0], levers=levers, utility=[0, 0, 0], **options)[0].measures == (0, 0)


def test_shared_randomness_under_all_needs_more_than_pure_deviations_do() -> None:
    """Each of two outcomes pays one member 3 and costs the other 1: only a coin lets both gain 1.

    Moving costs x_i in both outcomes; with p for the first, 3p − (1 − p) > x_1 and 3(1 − p) − p > x_2 iff x_1 + x_2 < 2.
    """
    game = NormalFormGame([[[0, -9, -9], [-9, 3, -9], [-9, -9, -1]], [[0, -9, -9], [-9, -1, -9], [-9, -9, 3]]])
    harm = [[0, 0, 0], [0, 1, 0], [0, 0, 1]]
    options: Any = {"levers": Levers(1), "harm": harm, "utility": np.zeros((3, 3)), "blocking": "all"}
    pure = policy_frontier(game, [0, 0], **options)
    assert [point.measures for point in pure] == [(0, 0)]
    mixed = policy_frontier(game, [0, 0], coordination="correlated", gap="1/50", **options)
    assert mixed.verify()
    least = mixed[0]
    assert least.measures[0] == 0
    assert -2 - mixed.epsilon <= least.measures[1] <= -2
    assert mixed[-1].measures == (1, 0)


# -- properties --------------------------------------------------------------------------------------------------------


def utility_at(frontier: Frontier, harm: F) -> F | None:
    return max((point.measures[1] for point in frontier if point.measures[0] <= harm), default=None)  # type: ignore[type-var]


@pytest.mark.parametrize("rule", RULES)
def test_more_budget_and_wider_levers_never_hurt_and_more_coalitions_never_help(rule: str) -> None:
    rng = random.Random(f"more {rule}")
    for _ in range(10):
        game, world = random_world(rng, ((2, 3), (2, 2, 2)))
        few = rng.sample(world.coalitions, rng.randint(1, len(world.coalitions)))
        base: dict[str, Any] = {"detection_cost": 1, "deposit_cost": "1/10", "deposit_caps": 6}
        gap = F(1, 10**6)
        tight = frontier_of(game, world, Levers(("1/4", "1/2"), budget=1, **base), rule, gap=gap)
        loose = frontier_of(game, world, Levers(("1/4", "1/2"), **base), rule, gap=gap)
        wide = frontier_of(game, world, Levers((0, 1), **base), rule, gap=gap)
        world.coalitions = few
        fewer = frontier_of(game, world, Levers(("1/4", "1/2"), **base), rule, gap=gap)
        for level in {point.measures[0] for f in (tight, loose, wide, fewer) for point in f}:
            values = [utility_at(f, F(level)) for f in (tight, loose, wide)]
            for less, more in itertools.pairwise(values):
                assert less is None or (more is not None and more >= less - F(1, 1000))
            some, all_of_them = utility_at(fewer, F(level)), utility_at(loose, F(level))
            assert all_of_them is None or (some is not None and some >= all_of_them - F(1, 1000))


def test_one_player_alone_blocks_by_the_same_rule_whatever_it_is_called() -> None:
    for rule in RULES:
        frontier = policy_frontier(
            NormalFormGame([[0, 3]]),
            [0],
            levers=Levers("1/2"),
            harm=[0, 1],
            utility=[0, 0],
            blocking=rule,  # type: ignore[arg-type]
        )
        assert [point.measures for point in frontier] == [(0, -6), (1, 0)]
        assert frontier.epsilon == 0


def test_who_can_do_no_harm_need_not_be_deterred() -> None:
    """Player 2 gains 5 by moving, which harms nobody; player 1 gains 1, which does. Each acts alone."""
    game = NormalFormGame([[[0, 0], [1, 1]], [[0, 5], [0, 5]]])
    for coordination in ("pure", "correlated"):
        for rule in RULES:
            frontier = policy_frontier(
                game,
                [0, 0],
                levers=Levers(1),
                harm=[[0, 0], [2, 2]],
                utility=[[0, 0], [0, 0]],
                blocking=rule,  # type: ignore[arg-type]
                coordination=coordination,
                coalitions=[[0], [1]],  # type: ignore[arg-type]
            )
            assert frontier[0].measures[0] == 0
            assert frontier[0].measures[1] == pytest.approx(-1, abs=1e-3)
            assert frontier.verify()


def test_shared_randomness_at_most_at_a_level_leaves_out_who_can_do_no_more() -> None:
    """At most the target's harm: player 2's gain of 5, which does no harm, need not be held back; player 1's of 1 must be."""
    game = NormalFormGame([[[0, 0], [1, 1]], [[0, 5], [0, 5]]]).exact()
    question = Question(
        game=game,
        target=(0, 0),
        harm=RationalArray.of_integers([0, 0, 2, 2]),
        levers=Levers(1),
        blocking="transfer",
        coordination="correlated",
        coalitions=(frozenset({0}), frozenset({1})),
        gap=F(1, 100),
        status_quo=StatusQuo(game, (0, 0)),
    )
    answer = cheapest_priced(question, Limit(F(0), strict=False))
    assert answer.bound == answer.cost == 1
    assert question.certificate(answer.limit, answer.bound, answer.threats).verify()


def test_blocking_rules_are_ordered() -> None:
    """Who blocks under "all" blocks under "some", and under "transfer": staircases lie in that order."""
    rng = random.Random(9)
    for _ in range(15):
        game, world = random_world(rng)
        levers = Levers("1/2")
        found = {rule: frontier_of(game, world, levers, rule, gap=F(1, 10**6)) for rule in RULES}
        for level in {point.measures[0] for f in found.values() for point in f}:
            values = {rule: utility_at(f, F(level)) for rule, f in found.items()}
            for easier, harder in (("all", "some"), ("some", "transfer")):
                more, less = values[easier], values[harder]
                assert less is None or (more is not None and more >= less - F(1, 1000))


def test_floats_are_the_rationals_that_they_are() -> None:
    game = NormalFormGame([[0.0, 0.1]])
    frontier = policy_frontier(game, [0], levers=Levers(0.5), harm=[0.0, 1.0], utility=[0.25, 0], blocking="all")
    assert frontier[0].measures == (0, F(0.25) - 2 * F(0.1))


# -- reports and errors ------------------------------------------------------------------------------------------------


def test_points_carry_prices_by_name_and_evidence_that_survives_a_file() -> None:
    game, harm = threshold_world(3, 2, 4)
    frontier = policy_frontier(
        game, [0] * 3, levers=Levers("1/2", deposit_cost="1/10"), harm=harm, utility=harm * 0, blocking="transfer"
    )
    prices = frontier[0].prices
    assert set(prices) == {
        "{Player 1, Player 2}: Player 1 plays 2, Player 2 plays 2",
        "{Player 1, Player 3}: Player 1 plays 2, Player 3 plays 2",
        "{Player 2, Player 3}: Player 2 plays 2, Player 3 plays 2",
    }
    # One unit more for each of the three pairs costs a tenth of 1/2 · 3 pairs / rate 1/2.
    assert set(prices.values()) == {F(1, 10)}
    for part in (*frontier.points, *frontier.exclusions):
        assert part.certificate is not None
        assert read_certificate(part.certificate.to_dict()).verify(game)
    data = frontier.to_dict()
    assert data["exclusions"][-1]["corner"] == [None, "0"]
    assert data["points"][0]["decision"]["deposits"] == ["4", "4", "4"]


def test_prices_are_what_a_little_more_gain_costs() -> None:
    """Shadow prices against differences: G rises by a hundredth in every coalition at once."""
    for rule in ("transfer", "all", "any"):
        values = []
        for gain in (F(4), F(401, 100)):

            def payoff(*a: int, g: F = gain) -> list[F]:
                return [g * x if sum(a) == 2 else F(0) for x in a]

            game = NormalFormGame.from_function(payoff, [2] * 3)
            harm = [[[int(a + b + c == 2) for c in (0, 1)] for b in (0, 1)] for a in (0, 1)]
            frontier = policy_frontier(
                game,
                [0] * 3,
                levers=Levers("1/2"),
                harm=harm,
                utility=np.zeros((2, 2, 2)),
                blocking=rule,  # type: ignore[arg-type]
            )
            values.append(frontier[0])
        rise = values[0].measures[1] - values[1].measures[1]
        each = F(2, 100) if rule == "transfer" else F(1, 100)
        assert rise == each * sum(values[0].prices.values())


def test_what_cannot_be_asked_is_refused_with_the_reason() -> None:
    game, harm = threshold_world(3, 2, 4)
    good: dict[str, Any] = {"levers": Levers("1/2"), "harm": harm, "utility": harm, "blocking": "all"}
    with pytest.raises(InfeasibleError, match="budget"):
        policy_frontier(game, [0] * 3, **{**good, "levers": Levers("1/2", detection_cost=4, budget=1)})
    for change, message in (
        ({"harm": harm[0]}, "harm: found shape"),
        ({"utility": [1]}, "utility: found shape"),
        ({"gap": 0}, "gap: found 0"),
        ({"blocking": "both"}, "blocking: found 'both'"),
        ({"levers": Levers("1/2", deposit_caps=[1, 2])}, "deposit_caps: found 2"),
        ({"harm": harm * float("nan")}, "harm"),
    ):
        with pytest.raises(SpecificationError, match=message):
            policy_frontier(game, [0] * 3, **{**good, **change})
    with pytest.raises(UnsupportedError, match="independent"):
        policy_frontier(game, [0] * 3, **{**good, "coordination": "independent"})
    for arguments in ({"detection_rate": (1, 0)}, {"detection_rate": 2}, {"detection_rate": "1/2", "deposit_cost": -1}):
        with pytest.raises(SpecificationError):
            Levers(**arguments)
