"""Published games with published answers, shared by the tests of every chapter.

The payoffs are written out here on purpose, not taken from the catalogue: the catalogue is tested against this table.
Every answer is from the source named or follows from it by hand (the comment shows how). ``None`` means that the answer
is not recorded, an empty tuple that there is none.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

from gametheory.games.normal_form import NormalFormGame

Pure = tuple[int, ...]
Mixed = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class PaperGame:
    """A game, its source, and what is known about it."""

    name: str
    source: str
    game: NormalFormGame
    pure_nash: tuple[Pure, ...]
    """All pure Nash equilibria."""
    nash: tuple[Mixed, ...] | None = None
    """All Nash equilibria (only where there are finitely many and all are known), pure ones included."""
    value: Fraction | None = None
    """Value to player 1 of a zero-sum game."""
    strong_nash: tuple[Pure, ...] | None = None
    """Pure strong Nash equilibria (every member gains, pure joint deviations)."""
    coalition_proof: tuple[Pure, ...] | None = None
    """Pure coalition-proof Nash equilibria."""
    resilience: dict[Pure, int] | None = None
    """Largest k such that no coalition of at most k has a pure joint deviation from which every member gains."""
    immunity: dict[Pure, int] | None = None
    """Largest t such that no t players can lower another's payoff."""
    strong_stackelberg: Fraction | None = None
    """Leader's payoff (player 1 leads), ties broken for the leader."""
    best_correlated_welfare: Fraction | None = None
    """Largest sum of payoffs over the correlated equilibria."""


def mixed(*strategies: str) -> Mixed:
    """``mixed("1/3 2/3", "1 0")`` as tuples of fractions."""
    return tuple(tuple(Fraction(p) for p in strategy.split()) for strategy in strategies)


def _from_table(table: dict[Pure, tuple[object, ...]], actions: list[list[str]]) -> NormalFormGame:
    named = {tuple(actions[i][k] for i, k in enumerate(a)): payoff for a, payoff in table.items()}
    return NormalFormGame.from_profiles(named, actions=actions)


def _halpern_coordination(n: int) -> NormalFormGame:
    def payoff(*a: int) -> tuple[int, ...]:
        if sum(a) == 0:
            return (1,) * n
        return tuple(2 * x for x in a) if sum(a) == 2 else (0,) * n

    return NormalFormGame.from_function(payoff, [2] * n, actions=[["0", "1"]] * n)


def _halpern_bargaining(n: int) -> NormalFormGame:
    def payoff(*a: int) -> tuple[int, ...]:
        return (2,) * n if sum(a) == 0 else tuple(1 if x else 0 for x in a)

    return NormalFormGame.from_function(payoff, [2] * n, actions=[["stay", "leave"]] * n)


def _partnership() -> NormalFormGame:
    named = {0: (1, 2), 1: (0, 2), 2: (0, 1)}

    def payoff(*a: int) -> tuple[int, ...]:
        choice = [named[i][a[i]] for i in range(3)]
        result = [0, 0, 0]
        for first, second in ((0, 1), (1, 2), (2, 0)):
            if choice[first] == second and choice[second] == first:
                result[first], result[second] = 2, 1
        return tuple(result)

    labels = [["names 2", "names 3"], ["names 1", "names 3"], ["names 1", "names 2"]]
    return NormalFormGame.from_function(payoff, [2, 2, 2], actions=labels)


def _overseer() -> NormalFormGame:
    def payoff(first: int, second: int, audit: int) -> tuple[object, ...]:
        cheaters = first + second
        if audit:
            return (-2 if first else 1, -2 if second else 1, Fraction(4 * cheaters - 1, 4))
        reward = 3 if cheaters == 2 else 0
        return (reward if first else 1, reward if second else 1, 1 - cheaters)

    return NormalFormGame.from_function(
        payoff,
        [2, 2, 2],
        players=["Agent 1", "Agent 2", "Overseer"],
        actions=[["comply", "cheat"], ["comply", "cheat"], ["no audit", "audit"]],
    )


_THIRDS = "1/3 1/3 1/3"

_TABLE = [
    PaperGame(
        "prisoners_dilemma",
        "Tucker 1950; payoffs of Abreu and Sannikov's computational literature (QuantEcon)",
        NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]], actions=[["C", "D"], ["C", "D"]]),
        pure_nash=((1, 1),),
        nash=(mixed("0 1", "0 1"),),
        strong_nash=(),  # both gain by cooperating together
        coalition_proof=((1, 1),),  # joint cooperation is not self-enforcing
        resilience={(1, 1): 1, (0, 0): 0},
        immunity={(1, 1): 1, (0, 0): 0},  # at (D, D) the other's change can only help: 3 becomes 10
        strong_stackelberg=Fraction(3),
        best_correlated_welfare=Fraction(6),
    ),
    PaperGame(
        "stag_hunt",
        "Rousseau 1755; Harsanyi and Selten 1988",
        NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=[["stag", "hare"]] * 2),
        pure_nash=((0, 0), (1, 1)),
        nash=(mixed("1 0", "1 0"), mixed("0 1", "0 1"), mixed("3/4 1/4", "3/4 1/4")),  # 4p = 3
        strong_nash=((0, 0),),
        coalition_proof=((0, 0),),
        resilience={(0, 0): 2, (1, 1): 1},
        immunity={(0, 0): 0, (1, 1): 1},
        strong_stackelberg=Fraction(4),
        best_correlated_welfare=Fraction(8),
    ),
    PaperGame(
        "chicken",
        "Aumann 1974, 1987",
        NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["yield", "dare"]] * 2),
        pure_nash=((0, 1), (1, 0)),
        nash=(mixed("1 0", "0 1"), mixed("0 1", "1 0"), mixed("2/3 1/3", "2/3 1/3")),  # 6p + 2(1 - p) = 7p
        strong_nash=((0, 1), (1, 0)),
        strong_stackelberg=Fraction(7),
        best_correlated_welfare=Fraction(21, 2),  # (yield, yield) 1/2, each asymmetric outcome 1/4: 9 + 3x, x <= 1/2
    ),
    PaperGame(
        "battle_of_the_sexes",
        "Luce and Raiffa 1957",
        NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]], actions=[["opera", "football"]] * 2),
        pure_nash=((0, 0), (1, 1)),
        nash=(mixed("1 0", "1 0"), mixed("0 1", "0 1"), mixed("2/3 1/3", "1/3 2/3")),
        strong_nash=((0, 0), (1, 1)),
        coalition_proof=((0, 0), (1, 1)),
        resilience={(0, 0): 2, (1, 1): 2},
        strong_stackelberg=Fraction(2),
        best_correlated_welfare=Fraction(3),
    ),
    PaperGame(
        "matching_pennies",
        "von Neumann 1928",
        NormalFormGame.zero_sum([[1, -1], [-1, 1]], actions=[["heads", "tails"]] * 2),
        pure_nash=(),
        nash=(mixed("1/2 1/2", "1/2 1/2"),),
        value=Fraction(0),
        strong_nash=(),
        strong_stackelberg=Fraction(0),
        best_correlated_welfare=Fraction(0),
    ),
    PaperGame(
        "rock_paper_scissors",
        "von Neumann and Morgenstern 1944",
        NormalFormGame.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], actions=[["rock", "paper", "scissors"]] * 2),
        pure_nash=(),
        nash=(mixed(_THIRDS, _THIRDS),),
        value=Fraction(0),
        strong_nash=(),
        strong_stackelberg=Fraction(0),
        best_correlated_welfare=Fraction(0),
    ),
    PaperGame(
        "shapley",
        "Shapley 1964, in which fictitious play does not converge",
        NormalFormGame.from_bimatrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
        pure_nash=(),
        nash=(mixed(_THIRDS, _THIRDS),),
        best_correlated_welfare=Fraction(1),
    ),
    PaperGame(
        "commitment",
        "Conitzer and Sandholm 2006",
        NormalFormGame.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]], actions=[["U", "D"], ["L", "R"]]),
        pure_nash=((0, 0),),
        nash=(mixed("1 0", "1 0"),),  # U is dominant
        strong_stackelberg=Fraction(7, 2),  # the follower is indifferent at 1/2 and answers R: (4 + 3) / 2
    ),
    PaperGame(
        "bernheim_peleg_whinston",
        "Bernheim, Peleg and Whinston 1987, section 2: player 1 picks rows A, 2 columns B, 3 matrices C",
        _from_table(
            {
                (0, 0, 0): (0, 0, 10),
                (0, 1, 0): (-5, -5, 0),
                (1, 0, 0): (-5, -5, 0),
                (1, 1, 0): (1, 1, -5),
                (0, 0, 1): (-2, -2, 0),
                (0, 1, 1): (-5, -5, 0),
                (1, 0, 1): (-5, -5, 0),
                (1, 1, 1): (-1, -1, 5),
            },
            [["A1", "A2"], ["B1", "B2"], ["C1", "C2"]],
        ),
        pure_nash=((0, 0, 0), (1, 1, 1)),
        strong_nash=(),
        coalition_proof=((1, 1, 1),),
        resilience={(0, 0, 0): 1, (1, 1, 1): 2},
    ),
    *(
        PaperGame(
            f"halpern_coordination_{n}",
            "Abraham, Dolev, Gonen and Halpern 2006; Halpern 2008",
            _halpern_coordination(n),
            # every profile but those with a lone 1, whom any joiner would make a pair
            pure_nash=tuple(a for a in itertools.product((0, 1), repeat=n) if sum(a) != 1),
            resilience={(0,) * n: 1},
            immunity={(0,) * n: 0},
        )
        for n in (3, 4)
    ),
    *(
        PaperGame(
            f"halpern_bargaining_{n}",
            "Abraham, Dolev, Gonen and Halpern 2006; Halpern 2008",
            _halpern_bargaining(n),
            # all leave: who stays gets 0 instead of 1; where some leave, a stayer would rather leave too
            pure_nash=((0,) * n, (1,) * n),
            strong_nash=((0,) * n,),
            coalition_proof=((0,) * n,),
            resilience={(0,) * n: n, (1,) * n: n - 1},
            immunity={(0,) * n: 0},
        )
        for n in (3, 4)
    ),
    PaperGame(
        "cyclic_partnership",
        "roommates without a stable matching, Gale and Shapley 1962, as a game",
        _partnership(),
        pure_nash=((0, 0, 0), (0, 1, 1), (1, 1, 0)),  # a mutual pair whose second player is not called elsewhere
        strong_nash=(),
        coalition_proof=(),
    ),
    PaperGame(
        "overseer_toy",
        "two agents and an overseer who audits or not",
        _overseer(),
        pure_nash=((0, 0, 0),),
        strong_nash=(),
        coalition_proof=(),
        resilience={(0, 0, 0): 1},
        immunity={(0, 0, 0): 0},
    ),
]

PAPER_GAMES: dict[str, PaperGame] = {entry.name: entry for entry in _TABLE}


def team_game_3x3x3() -> list[list[list[int]]]:
    """Payoff of a team, ``u[adversary][first member][second member]``.

    The value with correlation is 22/3; with independent play it lies in [7.19994995, 7.20004995].
    """
    return [
        [[9, 6, 6], [8, 5, 7], [8, 2, 0]],
        [[3, 2, 8], [9, 0, 4], [8, 1, 7]],
        [[1, 4, 8], [3, 3, 2], [7, 2, 9]],
    ]
