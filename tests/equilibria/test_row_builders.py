"""Every duality certificate of the chapter names its row builder, and a stranger rebuilds the same rows from the game."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from gametheory.certificates import DualityCertificate, LinearProgramme
from gametheory.equilibria import correlated_equilibrium, maximin, stackelberg_equilibrium
from gametheory.equilibria.commitment_cells import stackelberg_interior_programme, stackelberg_programme
from gametheory.equilibria.correlated import correlated_equilibrium_programme
from gametheory.equilibria.dominance import dominance_programme
from gametheory.equilibria.zero_sum import maximin_programme
from gametheory.errors import CertificateError
from gametheory.games import NormalFormGame
from gametheory.optimize.exact import solve_exact

BUILDERS: dict[str, Callable[..., LinearProgramme]] = {
    "correlated_equilibrium": correlated_equilibrium_programme,
    "dominance": dominance_programme,
    "maximin": maximin_programme,
    "stackelberg": stackelberg_programme,
    "stackelberg_interior": stackelberg_interior_programme,
}


def random_game(shape: tuple[int, ...], seed: int) -> NormalFormGame:
    rng = random.Random(seed)
    return NormalFormGame.from_function(lambda *_: [rng.randint(0, 3) for _ in shape], shape)


CASES: dict[str, Callable[[NormalFormGame, NormalFormGame], list[Any]]] = {
    "welfare": lambda two, three: [correlated_equilibrium(three).optimality],
    "fairness, coarse": lambda two, three: [correlated_equilibrium(two, objective="fairness", coarse=True).optimality],
    "weights": lambda two, three: [correlated_equilibrium(two, objective=["1/3", 2]).optimality],
    "floats on profiles": lambda two, three: [
        correlated_equilibrium(two, objective=[[0.1 * i * j for j in range(3)] for i in range(3)]).optimality
    ],
    "maximin": lambda two, three: [maximin(three, player=1).certificate],
    "pure maximin": lambda two, three: [maximin(three, player=2, strategies="pure").certificate],
    "strong": lambda two, three: [stackelberg_equilibrium(two).certificate],
    "weak": lambda two, three: [
        (best := stackelberg_equilibrium(two, ties="weak")).certificate,
        *best.exclusions,
    ],
    "coalition": lambda two, three: [
        (best := stackelberg_equilibrium(three, leader=1, followers="coalition", ties="weak")).certificate,
        *best.exclusions,
    ],
    "correlated followers": lambda two, three: [stackelberg_equilibrium(three, followers="correlated").certificate],
    "strict dominance": lambda two, three: [solve_exact(dominance_programme(two, player=0, action=1)).certificate],
    "weak dominance": lambda two, three: [
        solve_exact(dominance_programme(three, player=2, action=0, strict=False)).certificate
    ],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_certificates_survive_a_trip_through_json_and_a_rebuild(case: str, seed: int) -> None:
    two, three = random_game((3, 3), seed), random_game((2, 3, 2), seed)
    other = {2: random_game((3, 3), 7), 3: random_game((2, 3, 2), 7)}
    for certificate in CASES[case](two, three):
        read = DualityCertificate.from_dict(json.loads(json.dumps(certificate.to_dict())))
        game = two if read.game_digest == two.digest() else three
        builder, arguments = BUILDERS[read.programme.name], read.programme.arguments
        assert read.verify(game)
        assert read.verify_against(builder(game, **arguments))
        with pytest.raises(CertificateError):
            read.verify(other[game.num_players])
        with pytest.raises(CertificateError):
            read.verify_against(builder(other[game.num_players], **arguments))
