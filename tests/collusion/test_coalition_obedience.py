"""Mediators whom coalitions obey: complete information against another solver, types and states against written-out rows."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction as F

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.collusion import (
    coalition_obedience_regret,
    coalition_obedient_mediator,
    is_coalition_obedient,
    robust_correlated_equilibrium,
)
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.information import optimal_persuasion, persuasion_game

CHICKEN = persuasion_game(
    [[[[6, 2], [7, 0]], [[6, 7], [2, 0]]]],
    [[[12, 9], [9, 0]]],
    players=["Ann", "Bob"],
    actions=[["swerve", "dare"]] * 2,
)


def random_question(rng: random.Random, states: int, sizes: tuple[int, ...], types: tuple[int, ...]):
    """A game with a welfare objective or any other, a prior, and what players know."""
    n = len(sizes)
    payoffs = np.array([rng.randint(-4, 6) for _ in range(states * n * int(np.prod(sizes)))]).reshape(states, n, *sizes)
    goal = payoffs.sum(axis=1) if rng.random() < 0.5 else np.array(
        [rng.randint(-4, 6) for _ in range(states * int(np.prod(sizes)))]).reshape(states, *sizes)  # fmt: skip
    weights = [rng.randint(1, 5) for _ in range(states)]
    prior = [F(w, sum(weights)) for w in weights]
    information = None
    if max(types) > 1:
        table = np.empty((states, *types), dtype=object)
        for s in range(states):
            cell = [rng.randint(0, 4) for _ in range(int(np.prod(types)))]
            cell[0] += 1
            table[s] = np.array([F(x, sum(cell)) for x in cell], dtype=object).reshape(types)
        information = table.tolist()
    return persuasion_game(payoffs.tolist(), goal.tolist()), prior, information, payoffs, goal


def oracle(payoffs, goal, prior, information, types, *, coalitions, rule: str, pooling: str):
    """The mediator's value in floats, every row written from the definition; ``None`` if there is no rule."""
    states, n, sizes = payoffs.shape[0], payoffs.shape[1], payoffs.shape[2:]
    cells = [(s, t) for s in range(states) for t in itertools.product(*map(range, types))]
    profiles = list(itertools.product(*map(range, sizes)))
    columns = {(c, a): k for k, (c, a) in enumerate(itertools.product(cells, profiles))}
    rows = []
    for members in [(i,) for i in range(n)] + list(coalitions):
        told = list(itertools.product(*(itertools.product(range(types[i]), range(sizes[i])) for i in members)))
        if pooling == "everything" or len(members) == 1:
            plans = [{seen: b} for seen in told for b in itertools.product(*(range(sizes[i]) for i in members))]
        else:
            own = [list(itertools.product(range(types[i]), range(sizes[i]))) for i in members]
            each = [[dict(zip(o, b, strict=True)) for b in itertools.product(range(sizes[i]), repeat=len(o))]
                    for i, o in zip(members, own, strict=True)]  # fmt: skip
            plans = [
                {seen: tuple(p[s] for p, s in zip(plan, seen, strict=True)) for seen in told}
                for plan in itertools.product(*each)
            ]
        for plan in plans:
            gains = np.zeros((len(members), len(columns)))
            for (s, t), a in columns:
                seen = tuple((t[i], a[i]) for i in members)
                if seen in plan:
                    b = list(a)
                    for i, move in zip(members, plan[seen], strict=True):
                        b[i] = move
                    for k, i in enumerate(members):
                        gains[k, columns[(s, t), a]] = payoffs[(s, i, *b)] - payoffs[(s, i, *a)]
            rows += [gains.sum(axis=0)] if rule == "transfer" else list(gains)
    equal = np.zeros((len(cells), len(columns)))
    sides = []
    for k, (s, t) in enumerate(cells):
        for a in profiles:
            equal[k, columns[(s, t), a]] = 1
        known = information
        for x in (s, *t) if information is not None else ():
            known = known[x]
        sides.append(float(prior[s]) * (1.0 if information is None else float(known)))
    cost = [-float(goal[(s, *a)]) for (s, t), a in columns]
    found = linprog(cost, A_ub=rows, b_ub=[0] * len(rows), A_eq=equal, b_eq=sides)
    return -found.fun if found.status == 0 else None


def answer(game: NormalFormGame, prior, **asked):
    """The design, or ``None`` where it is proved that there is none."""
    try:
        return coalition_obedient_mediator(game, prior, **asked)
    except InfeasibleError as error:
        return None if error.certificate.verify(game) else error


def _up_to(size: int, n: int) -> list[list[int]]:
    """Coalitions of players, whose indices in the game start at 1."""
    return [list(s) for k in range(1, size + 1) for s in itertools.combinations(range(1, n + 1), k)]


# -- chicken -----------------------------------------------------------------------------------------------------------


def test_chicken() -> None:
    """Advice is worth 21/2; if the two pool it and can pay each other, no advice is obeyed."""
    assert coalition_obedient_mediator(CHICKEN, [1], blocking="transfer", coalitions=1).value == F(21, 2)
    with pytest.raises(InfeasibleError, match=r"\{Ann, Bob\} told") as error:
        coalition_obedient_mediator(CHICKEN, [1], blocking="transfer")
    assert error.value.certificate.verify()
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    with pytest.raises(InfeasibleError):
        robust_correlated_equilibrium(game, size=2, blocking="transfer")


def test_pooling_is_what_breaks_advice() -> None:
    """Ann and Bob must match a state that neither sees; together their recommendations tell it."""
    # They are told shares of a secret: the state is the exclusive or of their recommendations. Each prefers to match the
    # state (worth 3 to both), the mediator wants them to miss it in a way that each alone cannot see.
    matching = np.zeros((2, 2, 2, 2), dtype=int)
    goal = np.zeros((2, 2, 2), dtype=int)
    for s, a, b in itertools.product((0, 1), repeat=3):
        matching[s, :, a, b] = 3 if (a ^ b) == s else 0
        goal[s, a, b] = int((a ^ b) != s)
    game = persuasion_game(matching.tolist(), goal.tolist(), players=["Ann", "Bob"])
    prior = ["1/2", "1/2"]
    values = {
        pooling: coalition_obedient_mediator(game, prior, blocking="transfer", pooling=pooling).value
        for pooling in ("nothing", "everything")
    }
    alone = coalition_obedient_mediator(game, prior, blocking="transfer", coalitions=1).value
    assert alone == optimal_persuasion(game, prior).value
    assert alone >= values["nothing"] >= values["everything"]
    assert values["everything"] == F(1, 2)


# -- another solver, and written-out rows ------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["transfer", "any", "all"])
def test_complete_information_against_robust_design(rule: str) -> None:
    rng = random.Random(f"robust {rule}")
    solved = 0
    for _ in range(12 if rule == "all" else 30):
        sizes = rng.choice([(2, 2), (2, 3)] if rule == "all" else [(2, 2), (2, 3), (2, 2, 2)])
        game, prior, _, payoffs, goal = random_question(rng, 1, sizes, (1,) * len(sizes))
        bare = NormalFormGame(payoffs[0].tolist())
        size = rng.randint(1, len(sizes)) if rule != "all" else 2
        try:
            value = robust_correlated_equilibrium(
                bare, size=size, blocking=rule, timing="interim", objective=goal[0].tolist()
            ).value
        except InfeasibleError:
            value = None
        family = _up_to(size, len(sizes))
        design = answer(game, prior, blocking=rule, coalitions=family)
        assert (design and design.value) == value
        if design:
            solved += 1
            found = design.decision.exact_distribution.reshape(1, *sizes)
            assert is_coalition_obedient(game, prior, found, blocking=rule, coalitions=family)
    assert solved >= 5


@pytest.mark.parametrize("pooling", ["everything", "nothing"])
@pytest.mark.parametrize("rule", ["transfer", "any"])
def test_states_and_types_against_written_rows(rule: str, pooling: str) -> None:
    rng = random.Random(f"types {rule} {pooling}")
    solved = 0
    for _ in range(10):
        states, types = rng.choice([(1, (1, 1)), (2, (1, 1)), (2, (2, 1)), (2, (2, 2))])
        game, prior, information, payoffs, goal = random_question(rng, states, (2, 2), types)
        expected = oracle(payoffs, goal, prior, information, types, coalitions=[(0, 1)], rule=rule, pooling=pooling)
        design = answer(game, prior, blocking=rule, pooling=pooling, information=information)
        assert (design is None) == (expected is None)
        if design is None:
            continue
        solved += 1
        assert float(design.value) == pytest.approx(expected, abs=1e-7)
        assert design.certificate.verify(game)
        arguments = {"blocking": rule, "pooling": pooling, "information": information}
        found = design.decision.exact_distribution
        assert coalition_obedience_regret(game, prior, found, **arguments) == 0
        assert is_coalition_obedient(game, prior, found, **arguments)
    assert solved >= 3


@pytest.mark.slow
def test_coalitions_and_pooling_never_help_the_mediator() -> None:
    rng = random.Random(7)
    solved = 0
    for _ in range(200):
        states, types = rng.choice([(1, (1, 1, 1)), (2, (1, 1, 1)), (2, (2, 1, 1))])
        game, prior, information, *_ = random_question(rng, states, (2, 2, 2), types)

        def value(coalitions, rule: str, pooling: str, question=(game, prior, information)) -> F | float:
            asked, chances, known = question
            design = answer(asked, chances, blocking=rule, pooling=pooling, coalitions=coalitions, information=known)
            return float("-inf") if design is None else design.value

        alone = optimal_persuasion(game, prior, information=information).value
        assert value(1, "transfer", "everything") == alone
        one = value([[1, 2]], "transfer", "everything")
        both = value([[1, 2], [2, 3]], "transfer", "everything")
        assert alone >= value([[1, 2]], "transfer", "nothing") >= one >= both
        assert one >= value([[1, 2]], "any", "everything")
        solved += both > float("-inf")
    assert solved > 30


def test_who_must_all_gain_breaks_less() -> None:
    rng = random.Random(8)
    for _ in range(8):
        game, prior, *_ = random_question(rng, 2, (2, 2), (1, 1))
        alone = coalition_obedient_mediator(game, prior, blocking="all", coalitions=1).value
        together = coalition_obedient_mediator(game, prior, blocking="all")
        assert together.value <= alone
        assert together.certificate.verify(game)
        found = together.decision.exact_distribution
        assert coalition_obedience_regret(game, prior, found, blocking="all") == 0
        stricter = answer(game, prior, blocking="any")
        assert stricter is None or stricter.value <= together.value


def test_disobedience_is_found() -> None:
    told = [[["1/2", "1/4"], ["1/4", 0]]]
    assert coalition_obedience_regret(CHICKEN, [1], told, blocking="transfer") == F(3, 2)
    verdict = is_coalition_obedient(CHICKEN, [1], told, blocking="transfer")
    assert verdict.status == "no"
    assert "told (swerve, dare) play (swerve, swerve)" in verdict.witness
    assert is_coalition_obedient(CHICKEN, [1], told, blocking="all", pooling="everything")
    assert not is_coalition_obedient(CHICKEN, [1], told, blocking="all", pooling="nothing")  # agreed before being told
    lone = is_coalition_obedient(CHICKEN, [1], [[[1, 0], [0, 0]]], blocking="all")
    assert lone.status == "no"
    assert lone.witness[0] == "Ann"
    floats = [[[0.5, 0.25], [0.25, 0.0]]]
    assert coalition_obedience_regret(CHICKEN, [1], floats, blocking="transfer") == F(3, 2)


# -- evidence and input ------------------------------------------------------------------------------------------------


def test_rows_are_rebuilt_from_the_game() -> None:
    rng = random.Random(9)
    game, prior, information, *_ = random_question(rng, 2, (2, 2), (2, 1))
    certificates = [
        coalition_obedient_mediator(game, prior, blocking=rule, pooling=pooling, information=information).certificate
        for rule, pooling in (("transfer", "nothing"), ("all", "nothing"), ("all", "everything"))
    ]
    with pytest.raises(InfeasibleError) as error:
        coalition_obedient_mediator(CHICKEN, [1], blocking="transfer")
    data = json.loads(json.dumps(error.value.certificate.to_dict()))
    assert verify_certificate(read_certificate(data), CHICKEN, row_builders=row_builders()).status == "verified"
    for certificate in certificates:
        data = json.loads(json.dumps(certificate.to_dict()))
        assert verify_certificate(read_certificate(data), game, row_builders=row_builders()).status == "verified"
        data["programme"]["arguments"]["coalitions"] = []
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(data), game, row_builders=row_builders())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"blocking": "some"}, "blocking"),
        ({"pooling": "all"}, "pooling"),
        ({"coalitions": [["Sender", "Ann"]]}, "state"),
        ({"coalitions": [["Cid"]]}, "Cid"),
    ],
)
def test_malformed_questions(change: dict, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        coalition_obedient_mediator(CHICKEN, [1], **({"blocking": "transfer"} | change))
