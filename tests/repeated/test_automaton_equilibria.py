"""What automata earn and where they are equilibria: brute force, theorems, published numbers, and lies."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction as F
from itertools import product
from typing import Any

import pytest
from lies import LIES, lies
from oracles.automata import Machine as PlainMachine
from oracles.automata import best_values, discounted_sum, mean_sum, step, trembled, trembling, values

from gametheory.arithmetic.algebraic import AlgebraicNumber
from gametheory.certificates import (
    RepeatedDeviationCertificate,
    RepeatedEquilibriumCertificate,
    certificate_to_json,
    read_certificate,
)
from gametheory.certificates.encoding import game_from_json
from gametheory.errors import (
    CertificateError,
    GameTheoryError,
    InfeasibleError,
    SpecificationError,
    UndecidedError,
    UnsupportedError,
)
from gametheory.games import Monitoring, NormalFormGame
from gametheory.repeated import (
    Automaton,
    RepeatedGame,
    always_cooperate,
    always_defect,
    automaton_best_response,
    automaton_equilibrium,
    automaton_payoffs,
    contrite_tit_for_tat,
    critical_discount,
    critical_discount_of,
    cycle,
    extortion,
    generous_tit_for_tat,
    green_porter,
    grim_trigger,
    is_nash_of_repeated_game,
    is_public_perfect,
    is_subgame_perfect,
    mean_payoffs,
    memory_one,
    one_shot_deviations,
    optimal_stick_and_carrot,
    outcome_path,
    simple_strategy_profile,
    simulated_path,
    stick_and_carrot,
    suspicious_tit_for_tat,
    tit_for_tat,
    tit_for_two_tats,
    trigger,
    win_stay_lose_shift,
    zero_determinant,
)
from gametheory.repeated.joint_play import joint_play


def dilemma(r: Any, s: Any, t: Any, p: Any) -> NormalFormGame:
    return NormalFormGame.from_bimatrix([[r, s], [t, p]], [[r, t], [s, p]], actions=[["C", "D"]] * 2)


AXELROD = dilemma(3, 0, 5, 1)
NOISY = dilemma(2, -1, 3, 0)
ALARM = Monitoring.alarm(NOISY, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")


def both(make: Callable[..., Automaton], game: NormalFormGame, *rest: Any) -> list[Automaton]:
    return [make(game, i, *rest) for i in range(game.num_players)]


def plain_game(game: NormalFormGame) -> dict[tuple[int, ...], tuple[F, ...]]:
    exact = game.exact()
    return {a: exact.payoff(*a) for a in product(*map(range, game.num_actions))}


def plain_machine(joint: Any) -> PlainMachine:
    """The oracle's form of a machine, by definition from the joint states' tables."""
    machine: PlainMachine = []
    profiles = list(product(*map(range, joint.stage.num_actions)))
    for table, moves in zip(joint.machine.plays, joint.machine.transitions, strict=True):
        following = {}
        for k, a in enumerate(profiles):
            if joint.monitoring is None:
                following[a] = [(F(1), moves[k])]
            else:
                seen = joint.monitoring
                following[a] = [(seen.probability(y, *a), moves[y]) for y in range(seen.num_signals)]
        machine.append(([list(v) for v in table], following))
    return machine


def random_game(rng: random.Random, sizes: tuple[int, ...], span: int = 6) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *a: [rng.randint(-span, span) for _ in sizes], sizes)


def random_automaton(
    rng: random.Random, game: NormalFormGame, player: int | None, *, mixed: bool = False, monitoring: Any = None
) -> Automaton:
    names = ["s", "t", "u"][: rng.choice((1, 2, 2, 3))]

    def action(i: int) -> Any:
        m = game.num_actions[i]
        if not mixed or rng.random() < 0.5:
            return rng.randrange(m)
        weights = [rng.randint(0, 3) for _ in range(m - 1)] + [1]
        return [F(w, sum(weights)) for w in weights]

    who = [player] if player is not None else range(game.num_players)
    plays = {s: [action(i) for i in who] for s in names}
    outputs = {s: v[0] if player is not None else v for s, v in plays.items()}
    return Automaton.of(game, player, outputs, lambda *_: rng.choice(names), monitoring=monitoring)


def random_alarm(rng: random.Random, game: NormalFormGame) -> Monitoring:
    def row(depth: int) -> Any:
        if depth == len(game.num_actions):
            x = F(rng.randint(0, 4), 4)
            return [x, 1 - x]
        return [row(depth + 1) for _ in range(game.num_actions[depth])]

    return Monitoring(row(0))


def random_case(seed: int) -> tuple[Any, Any, dict[str, Any]]:
    """A game, automata, and what is seen and mistaken."""
    rng = random.Random(seed)
    game = random_game(rng, rng.choice([(2, 2), (2, 3), (2, 2, 2)]))
    monitoring = random_alarm(rng, game) if rng.random() < 0.4 else None
    made = {"mixed": rng.random() < 0.5, "monitoring": monitoring}
    if rng.random() < 0.5:
        strategies: Any = random_automaton(rng, game, None, **made)
    else:
        strategies = [random_automaton(rng, game, i, **made) for i in range(game.num_players)]
    return game, strategies, {"monitoring": monitoring, "tremble": rng.choice((0, 0, F(1, 5)))}


# -- payoffs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_payoffs_are_discounted_sums_and_their_means(seed: int) -> None:
    game, strategies, seen = random_case(seed)
    joint = joint_play(game, strategies, **seen)
    machine = trembling(plain_machine(joint), seen["tremble"])
    delta = F(7, 10)
    found = automaton_payoffs(game, strategies, delta, **seen)
    means = mean_payoffs(game, strategies, **seen)
    for s, state in enumerate(joint.states):
        paid = [values(plain_game(game), machine, delta, i)[s] for i in range(game.num_players)]
        assert list(found.values[state]) == paid
        assert discounted_sum(plain_game(game), machine, delta, 120, s) == pytest.approx(
            list(map(float, paid)), abs=1e-12
        )
    assert found.payoffs == found.values[joint.states[0]]
    assert mean_sum(plain_game(game), machine, 2520) == pytest.approx(list(map(float, means.payoffs)), abs=1e-2)
    patient = automaton_payoffs(game, strategies, 1 - F(1, 10**9), **seen)
    for state, row in patient.values.items():
        assert list(map(float, row)) == pytest.approx(list(map(float, means.values[state])), abs=1e-6)


def test_axelrods_strategies_meet() -> None:
    delta = F(9, 10)
    against = automaton_payoffs(AXELROD, [tit_for_tat(AXELROD, 0), always_defect(AXELROD, 1)], delta)
    assert against.payoffs == (delta * 1, (1 - delta) * 5 + delta * 1)
    feud = automaton_payoffs(AXELROD, [tit_for_tat(AXELROD, 0), suspicious_tit_for_tat(AXELROD, 1)], delta)
    assert feud.payoffs == (5 * delta / (1 + delta), 5 / (1 + delta))
    turns = automaton_payoffs(AXELROD, [tit_for_two_tats(AXELROD, 0), cycle(AXELROD, 1, ["D", "C"])], delta)
    assert turns.payoffs == (3 * delta / (1 + delta), (5 + 3 * delta) / (1 + delta))


def test_errors_and_forgiveness() -> None:
    """With rare errors tit for tat earns (R + S + T + P)/4 (Molander 1985), others nearly R (Nowak and Sigmund 1993)."""
    error = F(1, 1000)
    assert mean_payoffs(AXELROD, both(tit_for_tat, AXELROD), tremble=error).payoffs == (F(9, 4),) * 2
    for make, rest in ((win_stay_lose_shift, ()), (contrite_tit_for_tat, ()), (generous_tit_for_tat, ("1/3",))):
        assert mean_payoffs(AXELROD, both(make, AXELROD, *rest), tremble=error).payoffs[0] > F(298, 100)
    assert mean_payoffs(AXELROD, both(grim_trigger, AXELROD), tremble=error).payoffs[0] < F(101, 100)
    assert mean_payoffs(AXELROD, both(grim_trigger, AXELROD)).payoffs == (3, 3)


def test_extortion_pays_what_press_and_dyson_say() -> None:
    """Against unconditional cooperation the best that χ = 3 can have: (2 + 13χ)/(2 + 3χ), and (12 + 3χ)/(2 + 3χ) is left."""
    for chi in (2, 3, 10):
        found = mean_payoffs(AXELROD, [extortion(AXELROD, 0, chi), always_cooperate(AXELROD, 1)])
        assert found.payoffs == (F(2 + 13 * chi, 2 + 3 * chi), F(12 + 3 * chi, 2 + 3 * chi))


def test_zero_determinant_strategies_enforce_their_relation() -> None:
    rng = random.Random(3)
    for k in range(30):
        chi, me = F(rng.randint(4, 20), 4), k % 2
        opponent = memory_one(
            AXELROD, 1 - me, [F(rng.randint(0, 6), 6) for _ in range(4)], first=F(rng.randint(0, 6), 6)
        )
        for baseline in (1, 2, 3):
            mine = extortion(AXELROD, me, chi, baseline=baseline, share=F(rng.randint(1, 9), 10))
            pay = mean_payoffs(AXELROD, [mine, opponent] if me == 0 else [opponent, mine]).payoffs
            assert pay[me] - baseline == chi * (pay[1 - me] - baseline)
        delta, first = F(9, 10), F(rng.randint(0, 1))
        own, other, constant = F(1, 40), F(-1, 10), F(3, 40) * (1 if first == 0 else 3)
        mine = zero_determinant(AXELROD, me, own=own, other=other, constant=constant, discount=delta, first=first)
        pay = automaton_payoffs(AXELROD, [mine, opponent] if me == 0 else [opponent, mine], delta).payoffs
        assert own * pay[me] + other * pay[1 - me] + constant == 0
        fixed = zero_determinant(AXELROD, me, own=0, other="-1/3", constant="2/3")
        assert mean_payoffs(AXELROD, [fixed, opponent] if me == 0 else [opponent, fixed]).payoffs[1 - me] == 2


def test_paths() -> None:
    path = outcome_path(AXELROD, [tit_for_tat(AXELROD, 0), cycle(AXELROD, 1, ["C", "D", "D"])])
    assert path.prefix == ((0, 0),)
    assert path.cycle == ((0, 1), (1, 1), (1, 0))
    assert [path.profile(t) for t in range(5)] == [(0, 0), (0, 1), (1, 1), (1, 0), (0, 1)]
    with pytest.raises(UnsupportedError, match="simulated_path"):
        outcome_path(AXELROD, [generous_tit_for_tat(AXELROD, 0, "1/2"), always_defect(AXELROD, 1)])
    drawn = simulated_path(AXELROD, both(win_stay_lose_shift, AXELROD), periods=4000, rng=5, tremble="1/10")
    assert drawn == simulated_path(AXELROD, both(win_stay_lose_shift, AXELROD), periods=4000, rng=5, tremble="1/10")
    mean = sum(AXELROD.payoff(*a)[0] for a in drawn) / 4000
    assert mean == pytest.approx(
        float(mean_payoffs(AXELROD, both(win_stay_lose_shift, AXELROD), tremble="1/10").payoffs[0]), abs=0.08
    )


# -- equilibria: brute force -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_one_shot_deviations_against_all_deviations(seed: int) -> None:
    """The one-shot deviation principle: no gain at any joint state iff no policy of any player does better there."""
    game, strategies, seen = random_case(seed)
    delta = F(random.Random(seed).randint(0, 9), 10)
    joint = joint_play(game, strategies, **seen)
    if sum(game.num_actions) * len(joint.states) > 40:
        pytest.skip("too many policies to enumerate")
    machine, plain, error = plain_machine(joint), plain_game(game), seen["tremble"]
    own = [values(plain, machine, delta, i, error=error) for i in range(game.num_players)]
    best = [best_values(plain, machine, delta, i, error) for i in range(game.num_players)]
    ask = is_subgame_perfect if seen["monitoring"] is None else is_public_perfect
    if seen["monitoring"] is None:
        del seen["monitoring"]
    verdict = ask(game, strategies, delta, **seen)
    assert (verdict.status == "yes") == (own == best)
    nash = is_nash_of_repeated_game(game, strategies, delta, **seen)
    gains = [b[0] - v[0] for b, v in zip(best, own, strict=True)]
    assert (nash.status == "yes") == (max(gains) == 0)
    assert nash.status == "yes" or nash.gain == gains[nash.witness.player]
    for i in range(game.num_players):
        response = automaton_best_response(game, strategies, i, delta, **seen)
        assert response.payoff == best[i][0]
        assert response.verify()
        if not isinstance(strategies, Automaton):  # what the best response says, played
            changed = [response.automaton if j == i else a for j, a in enumerate(strategies)]
            assert automaton_payoffs(game, changed, delta, **seen).payoffs[i] == best[i][0]
        assert response.gain == best[i][0] - own[i][0]
        assert (response.certificate is None) == (response.gain == 0)
        if response.certificate is not None:
            assert read_certificate(certificate_to_json(response.certificate)).verify()
    for deviation in one_shot_deviations(game, strategies, delta, **seen):
        s = joint.states.index(deviation.state)
        policy_gain = best[deviation.player][s] - own[deviation.player][s]
        assert 0 < deviation.gain <= policy_gain
        assert read_certificate(certificate_to_json(deviation.certificate)).verify()
    for concept, holds in (("subgame perfect", own == best), ("Nash", nash.status == "yes")):
        if holds:
            certificate = automaton_equilibrium(game, strategies, delta, concept=concept, **seen).certificate
            assert read_certificate(certificate_to_json(certificate)).verify()
            with pytest.raises(CertificateError):
                certificate.verify(random_game(random.Random(99), game.num_actions))
        else:
            with pytest.raises(InfeasibleError) as info:
                automaton_equilibrium(game, strategies, delta, concept=concept, **seen)
            assert info.value.certificate.verify()


def test_both_answers_occur_in_the_brute_force_test() -> None:
    found = set()
    for seed in range(60):
        game, strategies, seen = random_case(seed)
        found.add(not one_shot_deviations(game, strategies, F(random.Random(seed).randint(0, 9), 10), **seen))
    assert found == {True, False}


@pytest.mark.parametrize("seed", range(40))
def test_discount_sets_against_verdicts(seed: int) -> None:
    game, strategies, seen = random_case(1000 + seed)
    found = critical_discount_of(game, strategies, **seen)
    assert found.verify()
    points = {F(k, 16) for k in range(16)}
    for part in found.discounts.intervals:
        for end in (part.lower, part.upper):
            around = [end] if isinstance(end, F) else [end.lower, end.upper]
            points |= {x + d for x in around for d in (-F(1, 10**6), F(0), F(1, 10**6)) if 0 <= x + d < 1}
    for delta in points:
        deviations = one_shot_deviations(game, strategies, delta, **seen)
        assert (not deviations) == (delta in found)
        for d in deviations:
            named = next(g for g in found.gains if (g.player, g.action, g.state) == (d.player, d.action, d.state))
            assert named.gain(delta) == d.gain


# -- equilibria: theorems and published numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("game", "expected"), [(dilemma(9, 1, 10, 3), F(1, 7)), (dilemma(4, 0, 6, 2), F(1, 2)), (AXELROD, F(1, 2))]
)
def test_grim_trigger(game: NormalFormGame, expected: F) -> None:
    for strategies in (both(grim_trigger, game), trigger(game, (0, 0), (1, 1))):
        found = critical_discount_of(game, strategies)
        assert str(found.discounts) == f"[{expected}, 1)"
        assert found.verify()
        assert {(g.action, g.state[0]) for g in found.binding(expected)} <= {(1, "cooperation"), (1, "target")}
        assert is_subgame_perfect(game, strategies, expected)
        assert not is_subgame_perfect(game, strategies, expected - F(1, 10**12))


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (2, 2, 2)])
def test_reversion_to_an_equilibrium_is_as_patient_as_the_critical_discount(sizes: tuple[int, ...]) -> None:
    from gametheory.equilibria import pure_nash_equilibria

    rng, compared, ever = random.Random(sum(sizes)), 0, 0
    for _ in range(60):
        game = random_game(rng, sizes)
        target = tuple(rng.randrange(m) for m in sizes)
        for equilibrium in pure_nash_equilibria(game):
            if equilibrium.profile == target:
                continue
            named = critical_discount(game, target, punishment="nash", punishment_profiles=[equilibrium.profile])
            found = critical_discount_of(game, trigger(game, target, equilibrium.profile)).discounts
            if any(entry.loss < 0 and entry.gain == 0 for entry in named.thresholds):
                continue  # who would rather be punished deviates here, where deviations without gain are not ignored
            compared += 1
            if named.sustainable:
                ever += 1
                assert (found.infimum, found.lasting) == (named.discount, named.discount)
            else:
                assert not found
    assert compared > 20
    assert ever > 2


def test_win_stay_lose_shift_needs_a_harsh_enough_stage() -> None:
    """Subgame perfect iff T − R ≤ δ (R − P): the deviator has T, then P, then R again."""
    rng, kinds = random.Random(8), set()
    for _ in range(40):
        s, p, r, t = sorted(rng.sample(range(12), 4))
        found = critical_discount_of(dilemma(r, s, t, p), both(win_stay_lose_shift, dilemma(r, s, t, p))).discounts
        threshold = F(t - r, r - p)
        kinds.add(threshold < 1)
        assert str(found) == (f"[{threshold}, 1)" if threshold < 1 else "no discount factor")
    assert kinds == {True, False}


def test_tit_for_tat_is_perfect_at_one_discount_factor_or_none() -> None:
    """In a dilemma with R + P = S + T at (T − R)/(R − S) alone (with gifts of b that cost c: c/b), in others never."""
    rng, kinds = random.Random(9), set()
    for _ in range(30):
        s, p, r, t = sorted(rng.sample(range(12), 4))
        if rng.random() < 0.5:
            t = r + p - s
        game = dilemma(r, s, t, p)
        found = critical_discount_of(game, both(tit_for_tat, game)).discounts
        linear = r + p == s + t and t - r < r - s
        kinds.add(linear)
        assert str(found) == ("{" + str(F(t - r, r - s)) + "}" if linear else "no discount factor")
        # a Nash equilibrium from max((T − R)/(T − P), (T − R)/(R − S)) on (Axelrod 1984, proposition 2)
        threshold = max(F(t - r, t - p), F(t - r, r - s))
        for delta in {threshold, threshold - F(1, 10**6), F(99, 100)}:
            if 0 <= delta < 1:
                answer = is_nash_of_repeated_game(game, both(tit_for_tat, game), delta)
                assert (answer.status == "yes") == (delta >= threshold)
    assert kinds == {True, False}


@pytest.mark.parametrize("periods", [1, 2, 3, 5])
def test_limited_punishment_holds_from_a_root_on(periods: int) -> None:
    """T − R ≤ (δ + … + δ^T)(R − P); here 1 ≤ 2(δ + … + δ^T)."""
    found = critical_discount_of(NOISY, trigger(NOISY, (0, 0), (1, 1), periods=periods)).discounts
    least = found.infimum
    assert (found.lasting, found.attained) == (least, True)
    low = least if isinstance(least, F) else least.refined(F(1, 10**12))[0]
    high = least if isinstance(least, F) else least.refined(F(1, 10**12))[1]
    assert sum(2 * low**k for k in range(1, periods + 1)) <= 1 <= sum(2 * high**k for k in range(1, periods + 1))
    assert isinstance(least, AlgebraicNumber) == (periods > 1)


def test_punishment_for_two_periods_may_be_too_long_for_the_punishers() -> None:
    """Where the punishment is no stage equilibrium, it is carried out only if leaving it is punished."""
    game = NormalFormGame.from_bimatrix([[4, 0, -1], [5, 1, -1], [0, 0, -2]], [[4, 5, 0], [0, 1, 0], [-1, -1, -2]])
    assert not critical_discount_of(game, trigger(game, (0, 0), (2, 2), periods=2)).discounts
    assert (
        str(critical_discount_of(game, trigger(game, (0, 0), (2, 2), periods=2, restart=True)).discounts)
        != "no discount factor"
    )


@pytest.mark.parametrize(("n", "stick", "expected"), [(2, F(5, 12), F(9, 32)), (3, F(1, 3), F(1, 3))])
def test_stick_and_carrot_in_cournot(n: int, stick: F, expected: F) -> None:
    """Abreu's (1986) two-phase punishment sustains the monopoly from (n + 1)²/(16 n) on, price 1 − Q without a floor."""
    carrot = F(1, 2 * n)
    best = [(1 - (n - 1) * q) / 2 for q in (carrot, stick)]
    grid = sorted({carrot, stick, *best, F(1, n + 1)})
    game = NormalFormGame.from_function(
        lambda *a: [grid[k] * (1 - sum(grid[j] for j in a)) for k in a], [len(grid)] * n
    )
    abreu = stick_and_carrot(game, [grid.index(carrot)] * n, [grid.index(stick)] * n)
    found = critical_discount_of(game, abreu)
    assert found.discounts.infimum == expected == F((n + 1) ** 2, 16 * n)
    assert found.verify()
    certified = automaton_equilibrium(game, abreu, expected)
    assert certified.payoffs == (F(1, 4 * n),) * n
    assert certified.verify()


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (2, 2, 2)])
def test_penal_codes_agree_with_their_automata(sizes: tuple[int, ...]) -> None:
    rng, compared = random.Random(40 + sum(sizes)), 0
    for _ in range(40):
        game = random_game(rng, sizes)
        target = tuple(rng.randrange(m) for m in sizes)
        try:
            code = optimal_stick_and_carrot(game, target, max_periods=2)
        except InfeasibleError:
            continue
        if any(x < y for x, y in zip(game.payoff(*target), game.payoff(*code.stick), strict=True)):
            continue  # who would rather have the stick deviates from the automaton, where no deviation is ignored
        found = critical_discount_of(game, trigger(game, target, code.stick, periods=code.periods, restart=True))
        assert (found.discounts.infimum, found.discounts.lasting) == (code.discount, code.discount)
        compared += 1
    assert compared > 5


def test_public_goods_of_three_players() -> None:
    game = NormalFormGame.from_function(lambda *a: [1 - x + F(3, 5) * sum(a) for x in a], (2, 2, 2))
    everyone = [grim_trigger(game, i, cooperate=1, defect=0) for i in range(3)]
    assert str(critical_discount_of(game, everyone).discounts) == "[1/3, 1)"
    assert automaton_payoffs(game, everyone, "1/3").payoffs == (F(9, 5),) * 3
    # one free rider, the other two contribute: a contributor gets 6/5, leaving gains 2/5, and costs 1/5 per period
    two = trigger(game, (0, 1, 1), (0, 0, 0))
    assert str(critical_discount_of(game, two).discounts) == "[2/3, 1)"
    assert critical_discount(game, (0, 1, 1), punishment="nash").discount == F(2, 3)


def test_taking_turns_with_a_punishment_for_each() -> None:
    """Battle of the sexes (8, 5), (3, 3)/(0, 0), (5, 8) by turns; whoever deviates is held to the other's favourite."""
    game = NormalFormGame.from_bimatrix([[8, 3], [0, 5]], [[5, 3], [0, 8]])
    turns = simple_strategy_profile(game, ([], [(0, 0), (1, 1)]), [([], [(1, 1)]), ([], [(0, 0)])])
    assert str(critical_discount_of(game, turns).discounts) == "[0, 1)"  # stage equilibria throughout
    unfair = simple_strategy_profile(game, ([], [(0, 1)]), [([], [(1, 1)]), ([], [(0, 0)])])
    assert not critical_discount_of(game, unfair).discounts
    path = simple_strategy_profile(game, ([(0, 1)], [(0, 0), (1, 1)]), [([], [(1, 1)]), ([], [(0, 0)])])
    # player 2: 5 − 3 at once by (0, 0), and then 5 for ever instead of (5 + 8δ)/(1 + δ): 2 (1 − δ) ≤ δ 3δ/(1 + δ)
    least = critical_discount_of(game, path).discounts.infimum
    assert isinstance(least, AlgebraicNumber)
    assert least.polynomial == (-2, 0, 5)


# -- noise -----------------------------------------------------------------------------------------------------------------


def with_alarms(periods: int | None) -> Automaton:
    """Cooperate until an alarm, then defect for some periods, or for ever."""
    names = ["bad"] if periods is None else [f"bad {k}" for k in range(periods)]
    following = dict(zip(names, [*names[1:], names[0] if periods is None else "good"], strict=True))
    return Automaton.of(
        NOISY,
        None,
        {"good": (0, 0), **dict.fromkeys(names, (1, 1))},
        lambda s, y: following[s] if s != "good" else "good" if y == "quiet" else names[0],
        monitoring=ALARM,
    )


def test_noisy_grim_trigger() -> None:
    """Mailath and Samuelson (2006, section 7.2): from 1/(3p − 2q) on, p = 9/10, q = 1/2."""
    assert str(critical_discount_of(NOISY, with_alarms(None), monitoring=ALARM).discounts) == "[10/17, 1)"


@pytest.mark.parametrize(("delta", "periods"), [("3/5", 6), ("7/10", 3), ("4/5", 2), ("9/10", 2), ("99/100", 2)])
def test_green_porter_as_automata(delta: str, periods: int) -> None:
    repeated = RepeatedGame(NOISY, F(delta), ALARM)
    found = green_porter(NOISY, (0, 0), ALARM, alarms=["alarm"], reversion=(1, 1), discount=delta)
    assert found.periods == periods
    assert automaton_payoffs(repeated, with_alarms(periods)).payoffs == found.payoffs
    assert is_public_perfect(repeated, with_alarms(periods))
    if periods > 1:
        shorter = is_public_perfect(repeated, with_alarms(periods - 1))
        assert (shorter.status, shorter.witness.state, shorter.witness.action) == ("no", ("good",), 1)


def test_signals_that_cannot_occur_lead_nowhere() -> None:
    never = Monitoring([[[1, 0], [1, 0]], [[1, 0], [1, 0]]], ["quiet", "never"])
    automaton = Automaton.of(
        NOISY, None, {"on": (1, 1), "off": (0, 0)}, lambda s, y: "off" if y == "never" else s, monitoring=never
    )
    assert is_public_perfect(NOISY, automaton, "1/2", monitoring=never)
    assert len(automaton_payoffs(NOISY, automaton, "1/2", monitoring=never).values) == 1


def test_errors_make_threats_credible_or_not() -> None:
    """Win-stay lose-shift forgives errors by both punishing once, and is an equilibrium with them; tit for tat is not."""
    soft = dilemma(4, 0, 5, 1)
    assert is_subgame_perfect(soft, both(win_stay_lose_shift, soft), "9/10", tremble="1/50")
    assert not is_subgame_perfect(soft, both(tit_for_tat, soft), "9/10", tremble="1/50")
    within = critical_discount_of(soft, both(win_stay_lose_shift, soft), tremble="1/50").discounts
    assert F(1, 3) < within.infimum < F(2, 5)  # without errors it is 1/3
    assert is_subgame_perfect(soft, both(contrite_tit_for_tat, soft), "9/10")


# -- arithmetic ------------------------------------------------------------------------------------------------------------


def test_games_of_floats_are_rational_games() -> None:
    game = dilemma(0.3, 0.0, 0.5, 0.1)
    verdict = is_subgame_perfect(game, both(grim_trigger, game), 0.5)
    exactly = is_subgame_perfect(game.exact(), both(grim_trigger, game), 0.5)
    assert verdict.gain == exactly.gain
    if verdict.gain > 0:
        with pytest.raises(UndecidedError):
            bool(verdict)
    assert is_subgame_perfect(game, both(grim_trigger, game), 0.5, tol=1e-9)
    assert not is_subgame_perfect(game, both(grim_trigger, game), 0.4, tol=1e-9)
    third = dilemma(F(1, 10), F(0), F(1, 5), F(1, 20))
    assert is_subgame_perfect(third, both(grim_trigger, third), "2/3").status == "yes"


def test_units_do_not_matter() -> None:
    game, strategies, seen = random_case(17)
    wanted = critical_discount_of(game, strategies, **seen).discounts
    for scale, shift in ((F(10) ** 6, F(0)), (F(10) ** -6, F(0)), (F(3, 7), F(10) ** 9)):
        moved = NormalFormGame.from_function(
            lambda *a, scale=scale, shift=shift: [scale * x + shift for x in game.payoff(*a)], game.num_actions
        )
        assert critical_discount_of(moved, strategies, **seen).discounts == wanted


def test_a_long_punishment_is_solved() -> None:
    """Sixty periods: 61 states, a polynomial of degree 61."""
    found = critical_discount_of(NOISY, trigger(NOISY, (0, 0), (1, 1), periods=30))
    assert float(found) == pytest.approx(1 / 3, abs=1e-9)
    assert float(found) > 1 / 3
    slow = automaton_equilibrium(NOISY, trigger(NOISY, (0, 0), (1, 1), periods=60), "1/2")
    assert slow.verify()


# -- results and errors ----------------------------------------------------------------------------------------------------


def test_results_are_shown_and_compared() -> None:
    strategies = both(tit_for_tat, AXELROD)
    results: list[Any] = [
        automaton_payoffs(AXELROD, strategies, "9/10"),
        automaton_equilibrium(AXELROD, both(grim_trigger, AXELROD), "9/10"),
        automaton_best_response(AXELROD, strategies, 0, "1/2"),
        critical_discount_of(AXELROD, strategies),
    ]
    again: list[Any] = [
        automaton_payoffs(AXELROD, strategies, "9/10"),
        automaton_equilibrium(AXELROD, both(grim_trigger, AXELROD), "9/10"),
        automaton_best_response(AXELROD, strategies, "Player 1", "1/2"),
        critical_discount_of(AXELROD, strategies),
    ]
    for result, other in zip(results, again, strict=True):
        assert result == other
        assert hash(result) == hash(other)
        assert "\n" not in repr(result)
        assert "<code>" in result._repr_html_()
        json.dumps(result.to_dict(), allow_nan=False)
        assert len(result.to_frame()) >= 1


def test_certificates_are_rechecked_as_in_a_report() -> None:
    from gametheory.audit.evidence import evidence

    found = automaton_equilibrium(AXELROD, both(grim_trigger, AXELROD), "1/2").certificate
    refuted = one_shot_deviations(AXELROD, both(tit_for_tat, AXELROD), "9/10")[0].certificate
    for certificate in (found, refuted):
        checked = evidence("play", "patience", certificate, AXELROD).rechecked()
        assert (checked.status, checked.certificate.game_digest) == ("verified", AXELROD.digest())


def test_wrong_evidence_is_found() -> None:
    from dataclasses import replace

    response = automaton_best_response(AXELROD, both(tit_for_tat, AXELROD), 0, "1/2")
    with pytest.raises(CertificateError):
        replace(response, values=tuple(x + 1 for x in response.values)).verify()
    with pytest.raises(CertificateError):
        replace(response, payoff=response.payoff + 1).verify()
    found = critical_discount_of(AXELROD, both(grim_trigger, AXELROD))
    with pytest.raises(CertificateError, match="say otherwise"):
        replace(found, discounts=critical_discount_of(AXELROD, both(tit_for_tat, AXELROD)).discounts).verify()
    doubled = tuple(replace(g, numerator=tuple(2 * c for c in g.numerator)) for g in found.gains)
    with pytest.raises(CertificateError, match="a deviation gains"):
        replace(found, gains=doubled).verify()
    turned = tuple(replace(g, denominator=tuple(-c for c in g.denominator)) for g in found.gains)
    with pytest.raises(CertificateError, match="positive denominator"):
        replace(found, gains=turned).verify()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: automaton_payoffs(AXELROD, both(tit_for_tat, AXELROD)), "discount: missing"),
        (lambda: automaton_payoffs(AXELROD, both(tit_for_tat, AXELROD), 1), "0 ≤ δ < 1"),
        (lambda: automaton_payoffs(AXELROD, both(tit_for_tat, AXELROD), float("nan")), "finite"),
        (lambda: automaton_payoffs(AXELROD, both(tit_for_tat, AXELROD), "1/2", tremble=1), "0 ≤ ε < 1"),
        (lambda: automaton_payoffs(AXELROD, both(tit_for_tat, AXELROD)[:1], "1/2"), "write 2 automata"),
        (lambda: automaton_payoffs(AXELROD, both(tit_for_tat, AXELROD)[::-1], "1/2"), "expected one of player 0"),
        (lambda: automaton_payoffs(AXELROD, tit_for_tat(AXELROD, 0), "1/2"), "all players"),
        (lambda: automaton_payoffs(AXELROD, ["tit for tat"] * 2, "1/2"), "give an Automaton"),
        (lambda: automaton_payoffs("game", both(tit_for_tat, AXELROD), "1/2"), "give a NormalFormGame"),
        (
            lambda: automaton_payoffs(NormalFormGame.zero_sum([[1, 2], [3, 4]]), both(tit_for_tat, AXELROD), "1/2"),
            "Make it for this game",
        ),
        (lambda: automaton_payoffs(NOISY, with_alarms(2), "1/2"), "observes the signals quiet, alarm"),
        (
            lambda: automaton_payoffs(NOISY, both(tit_for_tat, NOISY), "1/2", monitoring=ALARM),
            "observes action profiles",
        ),
        (lambda: automaton_payoffs(NOISY, with_alarms(2), "1/2", monitoring=Monitoring.perfect((2, 3))), "actions"),
        (lambda: is_public_perfect(AXELROD, both(tit_for_tat, AXELROD), "1/2"), "monitoring: missing"),
        (lambda: is_subgame_perfect(RepeatedGame(NOISY, F(1, 2), ALARM), with_alarms(2)), "ask is_public_perfect"),
        (
            lambda: automaton_equilibrium(AXELROD, both(tit_for_tat, AXELROD), "1/2", concept="perfect"),  # type: ignore[arg-type]
            "'subgame perfect' or 'Nash'",
        ),
        (lambda: simulated_path(AXELROD, both(tit_for_tat, AXELROD), periods=0, rng=1), "whole number ≥ 1"),
    ],
)
def test_malformed_questions_are_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        call()


# -- lies ------------------------------------------------------------------------------------------------------------------


def told(data: dict[str, Any]) -> tuple[Any, PlainMachine, F, F]:
    """The game and machine that certificate data speak of, in the oracle's form."""
    game = game_from_json(data["game"])
    profiles = list(product(*map(range, game.num_actions)))
    machine: PlainMachine = []
    for table, moves in zip(data["machine"]["plays"], data["machine"]["transitions"], strict=True):
        following = {}
        for k, a in enumerate(profiles):
            if data["monitoring"] is None:
                following[a] = [(F(1), moves[k])]
            else:
                array = data["monitoring"]["probabilities"]
                row = array["numerators"][k * len(moves) : (k + 1) * len(moves)]
                following[a] = [(F(int(x), int(array["denominator"])), t) for x, t in zip(row, moves, strict=True)]
        machine.append(([[F(p) for p in v] for v in table], following))
    return plain_game(game), machine, F(data["discount"]), F(data["tremble"])


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**data, "game_digest": game_from_json(data["game"]).digest()}
    except GameTheoryError:
        return data


def with_slack(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "epsilon": "1/3"}


@LIES
def test_lies_about_repeated_equilibria(count: int) -> None:
    soft = dilemma(4, 0, 5, 1)
    made: list[RepeatedEquilibriumCertificate] = [
        automaton_equilibrium(AXELROD, both(grim_trigger, AXELROD), "1/2").certificate,
        automaton_equilibrium(AXELROD, both(tit_for_tat, AXELROD), "2/3", concept="Nash").certificate,
        automaton_equilibrium(NOISY, with_alarms(2), "4/5", monitoring=ALARM).certificate,
        automaton_equilibrium(soft, both(win_stay_lose_shift, soft), "9/10", tremble="1/50").certificate,
    ]
    bases = [c.to_dict() for c in made]
    assert [read_certificate(b).to_dict() for b in bases] == bases
    bases.append(with_slack(bases[1]))
    believed = 0
    words = {"concept": ("subgame perfect", "Nash")}
    for what, data in lies(bases, count, 11, reseal=resealed, words=words):
        try:
            certificate = read_certificate(data)
            certificate.verify()
        except GameTheoryError:
            continue
        believed += 1
        game, machine, delta, error = told(data)
        states = range(len(machine)) if data["concept"] == "subgame perfect" else [data["machine"]["initial"]]
        for i in range(len(next(iter(game.values())))):
            own, best = values(game, machine, delta, i, error=error), best_values(game, machine, delta, i, error)
            assert [F(row[i]) for row in data["values"]] == own, what
            assert all(best[s] - own[s] <= F(data["epsilon"]) for s in states), what
    assert believed > 0


@LIES
def test_lies_about_repeated_deviations(count: int) -> None:
    made: list[RepeatedDeviationCertificate | None] = [
        one_shot_deviations(AXELROD, both(tit_for_tat, AXELROD), "9/10")[0].certificate,
        automaton_best_response(AXELROD, both(tit_for_tat, AXELROD), 1, "1/2").certificate,
        one_shot_deviations(NOISY, with_alarms(1), "4/5", monitoring=ALARM)[0].certificate,
        automaton_best_response(AXELROD, both(tit_for_two_tats, AXELROD), 0, "9/10", tremble="1/10").certificate,
    ]
    bases = [c.to_dict() for c in made if c is not None]
    assert len(bases) == 4
    assert [read_certificate(b).to_dict() for b in bases] == bases
    believed = 0
    for what, data in lies(bases, count, 12, reseal=resealed):
        try:
            read_certificate(data).verify()
        except GameTheoryError:
            continue
        believed += 1
        game, machine, delta, error = told(data)
        i, state = data["player"], data["machine"]["initial"]
        for y in data["history"]:
            state = data["machine"]["transitions"][state][y]
        own = values(game, machine, delta, i, error=error)
        assert [F(row[i]) for row in data["values"]] == own, what
        table = [list(v) for v in machine[state][0]]
        table[i] = [F(int(k == data["policy"][state])) for k in range(len(table[i]))]
        pay, following = step(game, machine, state, [trembled(v, error) for v in table])
        after = own if data["once"] else values(game, machine, delta, i, data["policy"], error)
        earned = (1 - delta) * pay[i] + delta * sum(p * x for p, x in zip(following, after, strict=True))
        assert earned - own[state] == F(data["gain"]) > 0, what
    assert believed > 0
