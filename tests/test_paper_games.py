"""The shared table of published answers is itself checked, by definitions written out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest
from paper_games import PAPER_GAMES, PaperGame, Pure

ENTRIES = sorted(PAPER_GAMES.values(), key=lambda entry: entry.name)


def profiles(entry: PaperGame) -> list[Pure]:
    return list(itertools.product(*map(range, entry.game.num_actions)))


def deviations(entry: PaperGame, a: Pure, members: Sequence[int]) -> Iterator[Pure]:
    for b in itertools.product(*(range(entry.game.num_actions[i]) for i in members)):
        moved = list(a)
        for i, k in zip(members, b, strict=True):
            moved[i] = k
        yield tuple(moved)


def blocks(entry: PaperGame, a: Pure, members: Sequence[int], among: set[Pure] | None = None) -> bool:
    """Whether the members have a joint deviation (to one of ``among``) from which all of them gain."""
    before = entry.game.payoff(*a)
    return any(
        all(entry.game.payoff(*b)[i] > before[i] for i in members)
        for b in deviations(entry, a, members)
        if among is None or b in among
    )


def coalitions(n: int, most: int) -> Iterator[tuple[int, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(1, most + 1))


def resilience(entry: PaperGame, a: Pure) -> int:
    n = entry.game.num_players
    return max(k for k in range(n + 1) if not any(blocks(entry, a, s) for s in coalitions(n, k)))


def immunity(entry: PaperGame, a: Pure) -> int:
    n = entry.game.num_players
    before = entry.game.payoff(*a)

    def harms(members: tuple[int, ...]) -> bool:
        return any(
            entry.game.payoff(*b)[i] < before[i]
            for b in deviations(entry, a, members)
            for i in range(n)
            if i not in members
        )

    return max(t for t in range(n) if not any(harms(s) for s in coalitions(n, t)))


def coalition_proof(entry: PaperGame, members: tuple[int, ...], rest: Pure) -> set[Pure]:
    """Coalition-proof profiles of the game among the members while the others play as in ``rest``; recursive."""
    everything = set(deviations(entry, rest, members))
    if len(members) == 1:
        return {a for a in everything if not blocks(entry, a, members)}
    smaller = [s for k in range(1, len(members)) for s in itertools.combinations(members, k)]
    enforcing = {a for a in everything if all(a in coalition_proof(entry, s, a) for s in smaller)}
    return {a for a in enforcing if not blocks(entry, a, members, among=enforcing)}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_answers_follow_from_the_definitions(entry: PaperGame) -> None:
    found = {a: resilience(entry, a) for a in profiles(entry)}
    n = entry.game.num_players
    assert sorted(entry.pure_nash) == [a for a, k in found.items() if k >= 1]
    if entry.strong_nash is not None:
        assert sorted(entry.strong_nash) == [a for a, k in found.items() if k == n]
    for a, k in (entry.resilience or {}).items():
        assert found[a] == k
    for a, t in (entry.immunity or {}).items():
        assert immunity(entry, a) == t
    if entry.coalition_proof is not None:
        everyone = tuple(range(n))
        assert set(entry.coalition_proof) == coalition_proof(entry, everyone, (0,) * n)


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.nash is not None], ids=lambda entry: entry.name)
def test_pure_equilibria_are_among_all_equilibria(entry: PaperGame) -> None:
    assert entry.nash is not None
    pure = [tuple(v.index(Fraction(1)) for v in profile) for profile in entry.nash if all(1 in v for v in profile)]
    assert sorted(pure) == sorted(entry.pure_nash)
