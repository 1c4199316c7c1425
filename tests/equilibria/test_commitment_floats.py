"""Cells dismissed by rounded multipliers: the same answers as exact linear programmes for every cell, and sound proofs."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from seeds import seeds

from gametheory.equilibria import stackelberg_equilibrium
from gametheory.equilibria.commitment_cells import reply_cells, stackelberg_programme
from gametheory.equilibria.commitment_floats import DistantCells
from gametheory.games import NormalFormGame

NUMBERS: dict[str, Any] = {
    "small": lambda rng: rng.randint(0, 2),
    "integers": lambda rng: rng.randint(-99, 99),
    "floats": lambda rng: rng.random(),
    "fractions": lambda rng: Fraction(rng.randint(-9, 9), rng.randint(1, 9)),
    "large": lambda rng: rng.randint(-9, 9) * 10**30 + rng.randint(0, 9),
    "beyond floats": lambda rng: rng.randint(-9, 9) * 10**400,
    "wide": lambda rng: rng.choice([1, -1]) * 10.0 ** rng.randint(-9, 9),
}


def random_game(kind: str, seed: int) -> NormalFormGame:
    rng = random.Random(f"{kind} {seed}")
    shape = (rng.randint(2, 6), rng.randint(2, 8))
    tables = [[[NUMBERS[kind](rng) for _ in range(shape[1])] for _ in range(shape[0])] for _ in range(2)]
    return NormalFormGame.from_bimatrix(tables[0], tables[1])


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("seed", seeds(6, slow=60))
def test_answers_are_those_of_exact_programmes(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    game = random_game(kind, seed)
    found = stackelberg_equilibrium(game)
    assert found.certificate.verify()
    assert found.certificate.verify_against(stackelberg_programme(game))
    monkeypatch.setattr(DistantCells, "among", lambda cells, replies: DistantCells(cells, replies, {}))
    other = stackelberg_equilibrium(game)
    assert (found.exact_value, found.reply, found.attained) == (other.exact_value, other.reply, other.attained)


def test_most_cells_are_dismissed_and_proofs_are_sound() -> None:
    rng = np.random.default_rng(0)
    dismissed = 0
    for _ in range(10):
        game = NormalFormGame.from_bimatrix(*rng.integers(-99, 100, (2, 12, 12)).tolist())
        cells = reply_cells(game, 0, None)
        distant = DistantCells.among(cells, range(12))
        value = stackelberg_equilibrium(game).exact_value
        for position in distant.multipliers:
            proof = distant.proof(position, value)
            assert proof is not None
            dismissed += 1
            rows, _ = cells.rows(position)
            assert max(proof) <= 0
            for i, payoff in enumerate(cells.leader_payoffs[:, position].tolist()):
                weighed = sum((y * int(row[i]) for y, row in zip(proof, rows, strict=True)), Fraction(0))
                assert payoff - weighed <= value
            assert distant.proof(position, value - 1000) is None  # the same multipliers prove no more than they do
    assert dismissed >= 80
