"""Joint deviations in repeated play: against enumeration at many discount factors, and closed forms."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.collusion import coalition_critical_discount, is_coalition_sustainable
from gametheory.errors import SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.repeated import Cycle, RepeatedGame, critical_discount

RULES = ("all", "some", "any", "transfer")


def blocks(gains: list[F], rule: str) -> bool:
    if rule == "all":
        return min(gains) > 0
    if rule == "some":
        return min(gains) >= 0 and max(gains) > 0
    return max(gains) > 0 if rule == "any" else sum(gains) > 0


def withstands(
    payoff: Any, sizes: list[int], cycle: list[tuple[int, ...]], answers: list[list[F]], rule: str, delta: F
) -> bool:
    """Every coalition, position and joint deviation by enumeration; a long finite sum for the value of the cycle."""
    n, length = len(sizes), len(cycle)

    def value(i: int, t: int) -> F:
        one: F = sum((delta**k * payoff(cycle[(t + k) % length])[i] for k in range(length)), F(0))
        return (1 - delta) * one / (1 - delta**length)

    for size in range(1, n + 1):
        for members in itertools.combinations(range(n), size):
            for t, profile in enumerate(cycle):
                deviations = []
                for joint in itertools.product(*(range(sizes[i]) for i in members)):
                    played = list(profile)
                    for i, k in zip(members, joint, strict=True):
                        played[i] = k
                    if tuple(played) != profile:
                        deviations.append(payoff(tuple(played)))

                def held(
                    follows: list[F],
                    members: Any = members,
                    t: int = t,
                    profile: Any = profile,
                    found: Any = deviations,
                ) -> bool:
                    return not any(
                        blocks([(1 - delta) * (u[i] - payoff(profile)[i]) + delta * follows[i] for i in members], rule)
                        for u in found
                    )

                nothing = [F(0)] * n
                punished = [[answer[i] - value(i, t + 1) for i in range(n)] for answer in answers]
                if not held(nothing) and not any(held(p) for p in punished):
                    return False
    return True


def random_game(rng: random.Random, n: int) -> tuple[NormalFormGame, list[int], Any]:
    sizes = [rng.choice([2, 3]) if n == 2 else 2 for _ in range(n)]
    high = rng.choice([2, 4, 9])
    tensor = np.array([rng.randint(-high, high) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    return NormalFormGame(tensor), sizes, lambda a: [F(int(tensor[(i, *a)])) for i in range(n)]


@pytest.mark.parametrize("seed", range(20))
def test_sets_of_discounts_against_enumeration(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.choice([2, 3])
    game, sizes, payoff = random_game(rng, n)
    length = rng.choice([1, 1, 2, 3])
    cycle = [tuple(rng.randrange(m) for m in sizes) for _ in range(length)]
    rule = RULES[seed % 4]
    answer = [F(rng.randint(-9, 9), 2) for _ in range(n)]
    target: Any = cycle[0] if length == 1 else Cycle(cycle)
    found = coalition_critical_discount(game, target, blocking=rule, punishment=answer)  # type: ignore[arg-type]
    for k in range(40):
        delta = F(k, 40)
        assert (delta in found.sustaining) == withstands(payoff, sizes, cycle, [answer], rule, delta)
    for part in found.sustaining.intervals:  # both sides of the ends
        for end in (part.lower, part.upper):
            for delta in (F(float(end)) - F(1, 10**7), F(float(end)) + F(1, 10**7)):
                if 0 <= delta < 1:
                    assert (delta in found.sustaining) == withstands(payoff, sizes, cycle, [answer], rule, delta)
    for threshold in found.thresholds:
        if threshold.witness is not None:
            assert threshold.witness.discount not in threshold.sustaining
            assert blocks(list(threshold.witness.gains), rule)


@pytest.mark.parametrize("seed", range(10))
def test_single_players_against_the_critical_discount_of_players(seed: int) -> None:
    rng = random.Random(1000 + seed)
    game, sizes, _ = random_game(rng, rng.choice([2, 3]))
    cycle = [tuple(rng.randrange(m) for m in sizes) for _ in range(rng.choice([1, 2]))]
    target: Any = cycle[0] if len(cycle) == 1 else Cycle(cycle)
    answer = [rng.randint(-9, 3) for _ in sizes]
    alone = coalition_critical_discount(game, target, coalitions=1, blocking="all", punishment=answer)
    assert alone.sustaining == critical_discount(game, target, punishment=answer).sustaining


@pytest.mark.parametrize("rule", ["all", "some"])
@pytest.mark.parametrize("seed", range(8))
def test_shared_randomness_against_linear_programmes(rule: str, seed: int) -> None:
    """At each δ a lottery blocks iff a programme in floats says so; pure deviations block no more often."""
    rng = random.Random(2000 + seed)
    n = rng.choice([2, 3])
    game, sizes, payoff = random_game(rng, n)
    target = tuple(rng.randrange(m) for m in sizes)
    answer = [F(rng.randint(-9, 5), 2) for _ in range(n)]
    coalition = tuple(range(n))
    options: dict[str, Any] = {"coalitions": [coalition], "blocking": rule, "punishment": answer}
    found = coalition_critical_discount(game, target, coordination="correlated", **options)
    pure = coalition_critical_discount(game, target, **options)
    others = [payoff(a) for a in itertools.product(*map(range, sizes)) if a != target]

    def margin(delta: float, passes: bool) -> float:
        lost = [0.0 if passes else float(payoff(target)[i] - answer[i]) for i in range(n)]
        net = np.array(
            [[(1 - delta) * float(u[i] - payoff(target)[i]) - delta * lost[i] for i in range(n)] for u in others]
        )
        if rule == "all":
            solved = linprog(
                [0.0] * len(net) + [-1.0],
                A_ub=np.hstack([-net.T, np.ones((n, 1))]),
                b_ub=np.zeros(n),
                A_eq=[[1.0] * len(net) + [0.0]],
                b_eq=[1.0],
                bounds=[(0, None)] * len(net) + [(None, None)],
            )
            return -float(solved.fun)
        solved = linprog(-net.sum(axis=1), A_ub=-net.T, b_ub=np.zeros(n), A_eq=[[1.0] * len(net)], b_eq=[1.0])
        return -float(solved.fun) if solved.status == 0 else -1.0

    for k in range(24):
        delta = F(2 * k + 1, 50)
        worst = min(margin(float(delta), passes) for passes in (True, False))
        if abs(worst) > 1e-9:
            assert (delta in found.sustaining) == (worst < 0)
        if delta in found.sustaining:
            assert delta in pure.sustaining


def test_cournot_pairs_need_no_more_patience_but_side_payments_do() -> None:
    """Three firms, P = 1 − Q, monopoly shares 1/6: gains of the best joint outputs, by hand.

    A pair facing 1/6 earns at most (5/6)²/4 = 25/144 together, against 2/12; punished by 1/16 each its gain needs
    δ ≥ (25/144 − 24/144)/(25/144 − 18/144) = 1/7. Alone a firm needs 4/7.
    """
    output = [F(1, 6), F(1, 4), F(1, 3), F(5, 24), F(5, 12), F(0)]
    game = NormalFormGame.from_function(lambda *a: [output[k] * (1 - sum(output[j] for j in a)) for k in a], [6, 6, 6])
    target, interior = (0, 0, 0), [F(1, 16)] * 3
    assert critical_discount(game, target, punishment=interior).discount == F(4, 7)
    pairs = coalition_critical_discount(game, target, coalitions=[{0, 1}], blocking="transfer", punishment=interior)
    assert pairs.discount == F(1, 7)
    together = coalition_critical_discount(game, target, blocking="all", punishment=interior)
    assert together.discount == F(4, 7)
    assert len(together.binding_coalition) == 1
    whole = coalition_critical_discount(game, target, coalitions=[{0, 1, 2}], blocking="transfer", punishment=interior)
    assert whole.sustaining.lasting == 0  # the monopoly's profit cannot be bettered


def test_a_coalition_may_block_between_two_discounts_only() -> None:
    """Now 2 for one and −1 for the other, and a punishment that is good for the second: both gain in the middle alone."""
    game = NormalFormGame.from_bimatrix([[0, -9], [-9, 2]], [[0, -9], [-9, -1]])
    found = coalition_critical_discount(game, (0, 0), coalitions=[{0, 1}], blocking="all", punishment=[-1, 3])
    # 2(1 − δ) − δ > 0 iff δ < 2/3;  −(1 − δ) + 3δ > 0 iff δ > 1/4; no one-shot deviation helps both, so it may pass
    assert found.sustaining.lasting == 0
    tempting = NormalFormGame.from_bimatrix([[0, -9], [-9, 2]], [[0, -9], [-9, 1]])
    found = coalition_critical_discount(tempting, (0, 0), coalitions=[{0, 1}], blocking="all", punishment=[-1, 3])
    assert (found.sustaining.lasting, found.sustaining.infimum) == (F(2, 3), F(2, 3))
    assert found.witness is not None
    assert found.witness.joint_action == (1, 1)


def test_coalition_punishments_by_stage_equilibria() -> None:
    def payoff(*a: int) -> tuple[int, ...]:
        return (1, 1, 1) if sum(a) == 0 else tuple(2 * x for x in a) if sum(a) == 2 else (0, 0, 0)

    game = NormalFormGame.from_function(payoff, [2, 2, 2])
    nash = coalition_critical_discount(game, (0, 0, 0), blocking="all", punishment="nash")
    necessary = coalition_critical_discount(game, (0, 0, 0), blocking="all", punishment="minmax")
    assert (nash.discount, necessary.discount) == (F(1, 2), F(1, 2))
    assert necessary.bound == "necessary"
    shared = coalition_critical_discount(game, (0, 0, 0), blocking="all", coordination="correlated", punishment="nash")
    # three who draw the pair at random have 4/3 and not 1; whichever equilibrium follows leaves one of them with 0
    assert shared.discount == F(1, 2)
    assert is_coalition_sustainable(RepeatedGame(game, F(1, 2)), (0, 0, 0), blocking="all", punishment="nash")
    verdict = is_coalition_sustainable(game, (0, 0, 0), discount="1/4", blocking="all", punishment="nash")
    assert verdict.status == "no"
    listed = {frozenset(s): [0, 0, 0] for s in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2])}
    assert coalition_critical_discount(game, (0, 0, 0), blocking="all", punishment=listed).discount == F(1, 2)
    assert nash.to_dict()["discount"] == "1/2"
    assert len(nash.to_frame()) == 7
    assert "withstands coalitions" in repr(nash)


def test_coalitions_nobody_deters() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    found = coalition_critical_discount(game, (1, 1), blocking="all", punishment="nash")
    assert not found.sustainable
    assert found.binding_coalition == {0, 1}
    with pytest.raises(UndecidedError, match="blocks"):
        _ = found.discount


@pytest.mark.parametrize("seed", range(4))
def test_units_and_labels_do_not_matter(seed: int) -> None:
    rng = random.Random(3000 + seed)
    game, sizes, _ = random_game(rng, 3)
    target = tuple(rng.randrange(m) for m in sizes)
    answer = [rng.randint(-9, 3) for _ in sizes]
    scales, shifts = [F(rng.randint(1, 5)) for _ in sizes], [rng.randint(-(10**9), 10**9) for _ in sizes]
    moved = NormalFormGame(
        np.array([s * p + t for s, p, t in zip(scales, game.payoffs, shifts, strict=True)], dtype=object)
    )
    elsewhere = [s * x + t for s, x, t in zip(scales, answer, shifts, strict=True)]
    for rule in ("all", "some", "any"):
        one = coalition_critical_discount(game, target, blocking=rule, punishment=answer)  # type: ignore[arg-type]
        other = coalition_critical_discount(moved, target, blocking=rule, punishment=elsewhere)  # type: ignore[arg-type]
        assert one.sustaining == other.sustaining


def test_questions_that_are_refused() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(UnsupportedError, match="independent"):
        coalition_critical_discount(game, (0, 0), blocking="all", coordination="independent", punishment="nash")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match="cycle"):
        coalition_critical_discount(
            game, Cycle([(0, 0), (1, 1)]), blocking="all", coordination="correlated", punishment="nash"
        )
    with pytest.raises(SpecificationError, match="may form but has no punishment"):
        coalition_critical_discount(game, (0, 0), blocking="all", punishment={(0, 1): [0, 0]})
    with pytest.raises(SpecificationError, match="no stage equilibrium"):
        coalition_critical_discount(game, (0, 0), blocking="all", punishment="nash", punishment_profiles=[(0, 0)])
    with pytest.raises(UnsupportedError, match="Cycle"):
        coalition_critical_discount(game, {(0, 1): "1/2", (1, 0): "1/2"}, blocking="all", punishment="nash")
