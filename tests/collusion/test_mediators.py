"""What theorems say about doing without a mediator, and punishments by brute force."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction as F
from typing import Any

import pytest

from gametheory.collusion import (
    implementable_without_mediator,
    is_punishment,
    mediator_thresholds,
    punishment_exists,
    robust_correlated_equilibrium,
)
from gametheory.collusion.mediators import THRESHOLDS
from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame

FLAGS = ("punishment", "payoffs_known", "broadcast", "cryptography", "public_keys")
WALK_OUT = NormalFormGame.from_bimatrix([[3, 0, 0], [5, 1, 0], [0, 0, 0]], [[3, 5, 0], [0, 1, 0], [0, 0, 0]])


def ask(n: int, k: int, t: int, *given: str, synchronous: bool = True) -> Any:
    return mediator_thresholds(n, k, t, synchronous=synchronous, **{flag: flag in given for flag in FLAGS})


def settings() -> Any:
    for size in range(len(FLAGS) + 1):
        yield from itertools.combinations(FLAGS, size)


@pytest.mark.parametrize(
    ("enough", "given", "synchronous", "how"),
    [
        # (k, t) = (2, 1): the smallest n at which each theorem applies.
        (10, (), True, "exactly"),
        (8, ("punishment", "payoffs_known"), True, "exactly"),
        (7, ("broadcast",), True, "approximately"),
        (6, ("cryptography",), True, "approximately"),
        (4, ("cryptography", "public_keys"), True, "approximately"),
        (13, (), False, "exactly"),
        (11, ("punishment", "payoffs_known"), False, "exactly"),
    ],
)
def test_each_threshold(enough: int, given: tuple[str, ...], synchronous: bool, how: str) -> None:
    assert getattr(ask(enough, 2, 1, *given, synchronous=synchronous), how) == "yes"
    if enough > 4:
        assert getattr(ask(enough - 1, 2, 1, *given, synchronous=synchronous), how) != "yes"


def test_impossibility_is_claimed_only_where_a_lower_bound_says_so() -> None:
    assert ask(9, 2, 1).exactly == "not in general"
    assert ask(7, 2, 1, "punishment", "payoffs_known").exactly == "not in general"
    assert ask(6, 2, 1, "broadcast").approximately == "not in general"
    assert ask(5, 2, 1, "cryptography", "punishment").approximately == "not in general"
    assert ask(12, 2, 1, synchronous=False).exactly == "not in general"
    # Nothing here says what broadcast does for exact implementation between 2k + 2t and 3k + 3t, nor what punishments do
    # for asynchronous talk below 3k + 4t.
    assert ask(9, 2, 1, "broadcast").exactly == "unknown"
    assert ask(10, 2, 1, "punishment", "payoffs_known", synchronous=False).exactly == "unknown"
    assert ask(9, 2, 1).approximately == "unknown"


def test_the_theorems_agree_with_each_other() -> None:
    for n, synchronous in itertools.product(range(2, 14), (True, False)):
        for k, t in itertools.product((1, 2, 3), (0, 1, 2)):
            if k + t > n:
                continue
            for given in settings():
                found = ask(n, k, t, *given, synchronous=synchronous)
                can = [row for row in found.theorems if row.possible and row.exactly]
                assert not can or all(row.possible for row in found.theorems)
                assert found.exactly != "yes" or found.approximately == "yes"
                assert found.approximately != "not in general" or found.exactly == "not in general"
                # More players, or more that can be assumed, take no possibility away.
                for more in [ask(n + 1, k, t, *given, synchronous=synchronous)] + [
                    ask(n, k, t, *given, flag, synchronous=synchronous) for flag in FLAGS if flag not in given
                ]:
                    assert found.exactly != "yes" or more.exactly == "yes"
                    assert found.approximately != "yes" or more.approximately == "yes"
                # No theorem says yes where another says no: what can be done within every ε is not refuted.
                refuted = [row for row in found.theorems if not row.possible and not row.exactly]
                assert not (refuted and found.approximately == "yes")


def test_every_row_names_its_source_and_the_answer_is_in_words() -> None:
    assert all(row.source for row in THRESHOLDS)
    found = ask(9, 2, 1)
    assert "n ≤ 3k + 3t (Abraham, Dolev and Halpern 2008, section 1)" in found.describe()
    assert json.loads(json.dumps(found.to_dict()))["exactly"] == "not in general"
    assert len(found.to_frame()) == sum(row.synchronous for row in THRESHOLDS)
    assert "theorems" in repr(found)
    assert "&" not in found._repr_html_().replace("&amp;", "").replace("&#x27;", "")


def punishes(table: dict[tuple[int, ...], tuple[int, ...]], sizes: Any, aims: Any, play: Any, size: int) -> bool:
    n = len(sizes)
    for r in range(size + 1):
        for members in itertools.combinations(range(n), r):
            for tau in itertools.product(*(range(sizes[j]) for j in members)):
                there = list(play)
                for j, a in zip(members, tau, strict=True):
                    there[j] = a
                if any(x >= aim for x, aim in zip(table[tuple(there)], aims, strict=True)):
                    return False
    return True


@pytest.mark.parametrize("seed", range(15))
def test_punishments_by_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (3, 2), (2, 2, 2)])
    every = list(itertools.product(*(range(m) for m in sizes)))
    table = {a: tuple(rng.randint(0, 2) for _ in sizes) for a in every}
    game = NormalFormGame.from_function(lambda *a: table[a], list(sizes))
    aims = [rng.randint(1, 3) for _ in sizes]
    for size in range(len(sizes) + 1):
        pure = {a for a in every if punishes(table, sizes, aims, a, size)}
        for a in every:
            assert (is_punishment(game, aims, a, size).status == "yes") == (a in pure)
        answer, profile = punishment_exists(game, aims, size)
        if pure:
            assert (answer, profile) == ("yes", min(pure))
        elif answer == "yes":
            assert is_punishment(game, aims, profile, size).status == "yes"
        else:
            assert profile is None
    # All players together can play anything, so that only hopeless targets are safe from them.
    everybody = punishment_exists(game, aims, len(sizes))[0]
    assert everybody == ("yes" if all(x < aim for a in every for x, aim in zip(table[a], aims, strict=True)) else "no")


def test_a_mixed_punishment_is_found() -> None:
    # Matching pennies with a target of 1/2 each for both sides of both coins: only mixing holds both to 0.
    game = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    answer, profile = punishment_exists(game, (F(1, 2), F(1, 2)), 1)
    assert (answer, profile) == ("yes", ((F(1, 2), F(1, 2)), (F(1, 2), F(1, 2))))
    verdict = is_punishment(game, ("1/2", "1/2"), profile, 1)
    assert (verdict.status, verdict.gain) == ("yes", -F(1, 2))
    no = is_punishment(game, ("1/2", "1/2"), (0, 0), 1)
    assert no.status == "no"


def test_a_design_without_its_mediator() -> None:
    n = 4

    def payoff(*a: int) -> tuple[int, ...]:
        # Whoever walks out ends it for all; else a public good that is worth its cost to pairs.
        if 2 in a:
            return (0,) * n
        return tuple(1 + 2 * sum(a) - 2 * a[i] for i in range(n))

    game = NormalFormGame.from_function(payoff, [3] * n)
    best = robust_correlated_equilibrium(game, size=1, blocking="any")
    found = implementable_without_mediator(best, synchronous=True, payoffs_known=False)
    assert (found.n, found.k, found.t) == (4, 1, 0)
    assert found.exactly == "yes"  # 4 > 3k + 3t
    assert "1-punishment: yes" in found.remark
    two = robust_correlated_equilibrium(game, size=2, blocking="any")
    assert implementable_without_mediator(two, synchronous=True, payoffs_known=True).exactly == "not in general"
    pure = robust_correlated_equilibrium(game, size=2, blocking="all")
    with pytest.raises(SpecificationError, match="coordination='correlated'"):
        implementable_without_mediator(pure, synchronous=True, payoffs_known=True)
    few = robust_correlated_equilibrium(game, size=2, blocking="any", coalitions=[[0, 1]])
    with pytest.raises(SpecificationError, match="all of them"):
        implementable_without_mediator(few, synchronous=True, payoffs_known=True)


def test_what_is_refused() -> None:
    with pytest.raises(SpecificationError, match="k"):
        ask(3, 0, 0)
    with pytest.raises(SpecificationError, match="write k"):
        ask(3, 2, 2)
    with pytest.raises(SpecificationError, match="True or False"):
        mediator_thresholds(4, 1, 0, synchronous=1, punishment=False, payoffs_known=False)  # type: ignore[arg-type]
    for target in ((1,), "ab"):
        with pytest.raises(SpecificationError, match="target"):
            is_punishment(WALK_OUT, target, (2, 2), 1)
    with pytest.raises(SpecificationError, match="size"):
        is_punishment(WALK_OUT, (3, 3), (2, 2), 3)
