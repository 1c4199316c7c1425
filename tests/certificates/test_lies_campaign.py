"""Lies about optima of correlated equilibria, and about lists of pure equilibria, told to a reader who has the game.

The reader of an optimum rebuilds the programme's rows from the game, so that a programme of another game, with
multipliers that fit it, is no evidence. What is believed is compared with brute force over the vertices of the polytope.
The other kinds of certificates have their lies in the files named after them.
"""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import LIES, garbage, lies, on_intact_data
from oracles.correlated import best_value, largest_smallest_payoff
from oracles.deviations import game_of, resealed

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.equilibria import correlated_equilibrium, pure_nash_equilibria
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

F = Fraction


# -- correlated equilibria ---------------------------------------------------------------------------------------------


class Reader:
    """Somebody who has some games, and believes what is certified about one of them."""

    def __init__(self) -> None:
        self.games: dict[str, NormalFormGame] = {}
        self.builders = row_builders()
        self.optima: dict[str, Fraction] = {}

    def believes(self, data: dict[str, Any]) -> bool:
        game = self.games.get(data["programme"].get("game_digest"))
        try:
            certificate = read_certificate(json.dumps(data))
            found = verify_certificate(certificate, game or next(iter(self.games.values())), row_builders=self.builders)
        except (SpecificationError, CertificateError):
            return False
        return found.status == "verified"

    def is_true(self, data: dict[str, Any]) -> bool:
        """Whether the optimum over the correlated equilibria is the value, or at most the value if no point is given."""
        programme = data["programme"]
        game, arguments = self.games[programme["game_digest"]], programme["arguments"]
        key = f"{game.digest()} {json.dumps(arguments)}"
        if key not in self.optima:
            self.optima[key] = optimum(game, **arguments)
        claimed, best = F(data["value"]), self.optima[key]
        return best == claimed if data["primal"] is not None else best <= claimed


def optimum(game: NormalFormGame, *, objective: Any, coarse: bool) -> Fraction:
    table = {a: tuple(map(F, game.payoff(*a))) for a in itertools.product(*map(range, game.num_actions))}
    if objective == "fairness":
        return largest_smallest_payoff(table, coarse=coarse)
    weights = [F(1)] * game.num_players if objective == "welfare" else [F(w) for w in objective]
    goal = {a: sum((w * u for w, u in zip(weights, own, strict=True)), F(0)) for a, own in table.items()}
    return best_value(table, goal, coarse=coarse)


def random_game(rng: random.Random) -> NormalFormGame:
    return NormalFormGame([[[rng.randint(-3, 6) for _ in range(2)] for _ in range(2)] for _ in "AB"])


def question(rng: random.Random) -> dict[str, Any]:
    objective = rng.choice(["welfare", "welfare", "fairness", [1, 0], [F(1, 2), -1]])
    return {"objective": objective, "coarse": rng.random() < 0.3}


def told(game: NormalFormGame, asked: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(correlated_equilibrium(game, **asked).optimality.to_dict()))


@on_intact_data
def weaken(data: dict[str, Any], rng: random.Random) -> bool:
    """A bound without a point, which may be anything above, or a little below."""
    data["primal"] = None
    data["value"] = str(F(data["value"]) + rng.choice([F(0), F(1, 7), F(3), F(-1, 10**9)]))
    return True


@on_intact_data
def other_question(data: dict[str, Any], rng: random.Random) -> bool:
    """The same evidence for another claim."""
    arguments = data["programme"]["arguments"]
    if rng.random() < 0.5:
        arguments["coarse"] = not arguments.get("coarse")
    else:
        arguments["objective"] = rng.choice(["welfare", "fairness", ["1", "0"], ["1", "2"], ["1", "1"]])
    return True


@on_intact_data
def of_another_game(data: dict[str, Any], rng: random.Random) -> bool:
    """Sound evidence about some other game, said to be about this one."""
    other = told(random_game(rng), question(rng))
    digest = data["programme"]["game_digest"]
    data.update(other)
    data["programme"]["game_digest"] = digest
    return True


@LIES
def test_lies_about_correlated_equilibria(count: int) -> None:
    rng = random.Random("correlated")
    reader = Reader()
    bases = []
    for _ in range(30):
        game = random_game(rng)
        reader.games[game.digest()] = game
        bases.append(told(game, question(rng)))
    assert all(reader.believes(data) and reader.is_true(data) for data in bases)
    true = false = sound = 0
    for what, data in lies(
        bases, count, 51, words={"sense": ["max", "min"]}, special=[weaken, of_another_game, other_question]
    ):
        if reader.believes(data):
            true += 1
            assert reader.is_true(data), (what, data)
        else:
            false += 1
            sound += arithmetic_holds(data)
    assert true >= count // 50, (true, false)
    assert false >= count // 2, (true, false)
    assert sound >= count // 20, sound  # right sums about rows that are not those of the game


def arithmetic_holds(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


# -- lists of pure equilibria ------------------------------------------------------------------------------------------


def pure_base(rng: random.Random) -> dict[str, Any]:
    sizes = rng.choice([(2, 2), (2, 3), (3, 3), (2, 2, 2)])
    amount = len(sizes)
    for m in sizes:
        amount *= m
    numerators = [rng.randint(0, 2) for _ in range(amount)]
    data = {"game": {"num_actions": list(sizes), "payoffs": {"denominator": "1", "numerators": numerators}}}
    game = game_of(resealed({**data, "game_digest": ""}))
    payoffs = [[game.u[i][a] for a in itertools.product(*map(range, sizes))] for i in range(len(sizes))]
    own = NormalFormGame([nested(table, sizes) for table in payoffs])
    return json.loads(json.dumps(pure_nash_equilibria(own).certificate.to_dict()))


def nested(values: list[Any], sizes: tuple[int, ...]) -> Any:
    if len(sizes) == 1:
        return values
    step = len(values) // sizes[0]
    return [nested(values[k * step : (k + 1) * step], sizes[1:]) for k in range(sizes[0])]


def list_holds(data: dict[str, Any]) -> bool:
    """Nobody gains at a listed profile, somebody does at every other: profile by profile, action by action."""
    game = game_of(data)

    def stable(a: tuple[int, ...]) -> bool:
        return all(
            game.u[i][(*a[:i], b, *a[i + 1 :])] <= game.u[i][a] for i in range(game.n) for b in range(game.sizes[i])
        )

    truth = [list(a) for a in itertools.product(*map(range, game.sizes)) if stable(a)]
    return sorted(data["profiles"]) == truth


@on_intact_data
def add_profile(data: dict[str, Any], rng: random.Random) -> bool:
    data["profiles"].insert(0, [rng.randrange(3) for _ in data["game"]["num_actions"]])
    return True


@LIES
def test_lies_about_pure_equilibria(count: int) -> None:
    rng = random.Random("pure completeness")
    bases = [pure_base(rng) for _ in range(40)]
    true = false = 0
    for data in bases:
        assert read_certificate(json.dumps(data)).verify()
        assert list_holds(data)
    for what, data in lies(bases, count, 52, special=[add_profile], reseal=resealed):
        if arithmetic_holds(data):
            true += 1
            assert list_holds(data), (what, data)
        else:
            false += 1
    assert true >= count // 50, (true, false)
    assert false >= count // 2, (true, false)


@pytest.mark.parametrize(
    "make", [pure_base, lambda rng: told(random_game(rng), question(rng))], ids=["pure", "optimum"]
)
def test_garbage_ends_in_one_clear_error(make: Any) -> None:
    rng = random.Random("garbage")
    refused = 0
    for k in range(20):
        refused += sum(not arithmetic_holds(data) for data in garbage(make(rng), 25, k))
    assert refused > 300
