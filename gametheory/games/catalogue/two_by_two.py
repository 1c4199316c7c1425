"""Two players, two actions: the small games in which the ideas were first seen.

Every function returns the bimatrix game with payoffs (u_0(a, b), u_1(a, b)); the defaults are the numbers usually
printed. Parameters are checked against the inequalities that define the game, so that a "prisoner's dilemma" is one.
"""

from __future__ import annotations

from typing import Any

from gametheory.games.catalogue.parameters import decreasing, not_increasing, numbers, positive
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "battle_of_the_sexes",
    "chicken",
    "commitment_game",
    "deadlock",
    "entry_deterrence",
    "hawk_dove",
    "inspection_game",
    "matching_pennies",
    "prisoners_dilemma",
    "stag_hunt",
]


def prisoners_dilemma(*, temptation: Any = 5, reward: Any = 3, punishment: Any = 1, sucker: Any = 0) -> NormalFormGame:
    """The prisoner's dilemma: defection is dominant, and both would rather both cooperate.

    ==========  ==================  ======================
    \\           cooperate           defect
    ==========  ==================  ======================
    cooperate   reward              sucker, temptation
    defect      temptation, sucker  punishment
    ==========  ==================  ======================

    Parameters
    ----------
    temptation, reward, punishment, sucker : number
        In strictly decreasing order.

    References
    ----------
    A. W. Tucker 1950, "A two-person dilemma"; the default numbers are those of R. Axelrod 1984, *The Evolution of
    Cooperation*.

    Examples
    --------
    >>> print(prisoners_dilemma())
    Player 1 \\ Player 2  cooperate  defect
    cooperate                 3, 3    0, 5
    defect                    5, 0    1, 1
    """
    t, r, p, s = numbers(temptation=temptation, reward=reward, punishment=punishment, sucker=sucker)
    decreasing("a prisoner's dilemma", temptation=t, reward=r, punishment=p, sucker=s)
    return NormalFormGame.symmetric([[r, s], [t, p]], actions=("cooperate", "defect"), title="Prisoner's dilemma")


def stag_hunt(*, stag: Any = 4, hare: Any = 3, hare_alone: Any = 3, stag_alone: Any = 0) -> NormalFormGame:
    """The stag hunt: hunting the stag together is best, the hare is safe.

    Parameters
    ----------
    stag : number
        Payoff of both when both hunt the stag.
    hare_alone, hare : number
        Payoff of hunting the hare while the other hunts the stag, and while both hunt the hare.
    stag_alone : number
        Payoff of hunting the stag alone. stag > hare_alone ≥ hare > stag_alone.

    References
    ----------
    J.-J. Rousseau 1755, *Discourse on Inequality*, part 2; risk and payoff dominance: J. Harsanyi and R. Selten 1988,
    *A General Theory of Equilibrium Selection in Games*.

    Examples
    --------
    >>> stag_hunt().payoff("stag", "hare")
    (Fraction(0, 1), Fraction(3, 1))
    """
    a, c, d, b = numbers(stag=stag, hare=hare, hare_alone=hare_alone, stag_alone=stag_alone)
    decreasing("a stag hunt", stag=a, hare_alone=d)
    decreasing("a stag hunt", hare=c, stag_alone=b)
    not_increasing("a stag hunt", hare_alone=d, hare=c)
    return NormalFormGame.symmetric([[a, b], [d, c]], actions=("stag", "hare"), title="Stag hunt")


def chicken(*, dare: Any = 7, both_yield: Any = 6, lone_yield: Any = 2, crash: Any = 0) -> NormalFormGame:
    """Chicken: each would rather dare while the other yields, and both daring is worst for both.

    Parameters
    ----------
    dare, both_yield, lone_yield, crash : number
        Payoff of daring while the other yields; of both when both yield; of yielding to a daring one; of both when both
        dare. In strictly decreasing order.

    References
    ----------
    B. Russell 1959, *Common Sense and Nuclear Warfare*; the default numbers are those of R. Aumann 1974,
    "Subjectivity and correlation in randomized strategies", whose best correlated equilibrium pays 21/4 to each.
    Names: snowdrift game.

    Examples
    --------
    >>> chicken().payoff("yield", "dare")
    (Fraction(2, 1), Fraction(7, 1))
    """
    t, r, s, p = numbers(dare=dare, both_yield=both_yield, lone_yield=lone_yield, crash=crash)
    decreasing("chicken", dare=t, both_yield=r, lone_yield=s, crash=p)
    return NormalFormGame.symmetric([[r, s], [t, p]], actions=("yield", "dare"), title="Chicken")


def hawk_dove(*, value: Any = 2, cost: Any = 3) -> NormalFormGame:
    """Hawk and dove: two hawks fight for a resource at a cost, a hawk takes it from a dove, two doves share it.

    With cost > value > 0 it is chicken, and the only symmetric equilibrium plays hawk with probability value / cost.

    Parameters
    ----------
    value, cost : number, > 0
        Worth of the resource, and what losing a fight costs (each wins half of the fights).

    References
    ----------
    J. Maynard Smith and G. Price 1973, "The logic of animal conflict", *Nature* 246.

    Examples
    --------
    >>> hawk_dove().payoff("hawk", "hawk")
    (Fraction(-1, 2), Fraction(-1, 2))
    """
    v, c = numbers(value=value, cost=cost)
    positive("hawk and dove", value=v, cost=c)
    table = [[(v - c) / 2, v], [0, v / 2]]
    return NormalFormGame.symmetric(table, actions=("hawk", "dove"), title="Hawk and dove")


def battle_of_the_sexes(*, favourite: Any = 2, other: Any = 1, apart: Any = 0) -> NormalFormGame:
    """The battle of the sexes: both want to meet, each at another place.

    Parameters
    ----------
    favourite, other, apart : number
        Payoff of meeting at one's own favourite place, at the other's, and of not meeting. In strictly decreasing
        order.

    References
    ----------
    R. D. Luce and H. Raiffa 1957, *Games and Decisions*, section 5.3. Names: Bach or Stravinsky.

    Examples
    --------
    >>> battle_of_the_sexes().payoff("football", "football")
    (Fraction(1, 1), Fraction(2, 1))
    """
    a, b, c = numbers(favourite=favourite, other=other, apart=apart)
    decreasing("the battle of the sexes", favourite=a, other=b, apart=c)
    labels = [("opera", "football")] * 2
    return NormalFormGame.from_bimatrix([[a, c], [c, b]], [[b, c], [c, a]], actions=labels, title="Battle of the sexes")


def deadlock(*, temptation: Any = 3, both_defect: Any = 2, both_cooperate: Any = 1, sucker: Any = 0) -> NormalFormGame:
    """Deadlock: defection is dominant and both prefer it so: no dilemma.

    Parameters
    ----------
    temptation, both_defect, both_cooperate, sucker : number
        In strictly decreasing order.

    References
    ----------
    G. Snyder and P. Diesing 1977, *Conflict among Nations*; A. Rapoport and M. Guyer 1966, "A taxonomy of 2×2 games".

    Examples
    --------
    >>> deadlock().payoff("defect", "defect")
    (Fraction(2, 1), Fraction(2, 1))
    """
    t, p, r, s = numbers(temptation=temptation, both_defect=both_defect, both_cooperate=both_cooperate, sucker=sucker)
    decreasing("deadlock", temptation=t, both_defect=p, both_cooperate=r, sucker=s)
    return NormalFormGame.symmetric([[r, s], [t, p]], actions=("cooperate", "defect"), title="Deadlock")


def matching_pennies(*, stake: Any = 1) -> NormalFormGame:
    """Matching pennies: the first player wins the stake if the coins match, the second if they differ.

    The value is 0 and both mix evenly.

    References
    ----------
    J. von Neumann 1928, "Zur Theorie der Gesellschaftsspiele", *Mathematische Annalen* 100.

    Examples
    --------
    >>> matching_pennies().payoff("heads", "tails")
    (Fraction(-1, 1), Fraction(1, 1))
    """
    (s,) = numbers(stake=stake)
    positive("matching pennies", stake=s)
    labels = [("heads", "tails")] * 2
    return NormalFormGame.zero_sum([[s, -s], [-s, s]], actions=labels, title="Matching pennies")


def inspection_game(*, gain: Any = 1, fine: Any = 2, cost: Any = 1, harm: Any = 3) -> NormalFormGame:
    """An inspectee complies or violates, an inspector inspects or waits; an inspection always detects.

    ==========  ==================  ==============
    \\           inspect             wait
    ==========  ==================  ==============
    comply      0, −cost            0, 0
    violate     −fine, −cost        gain, −harm
    ==========  ==================  ==============

    With harm > cost the only equilibrium is mixed: the inspector inspects with probability gain / (gain + fine), the
    inspectee violates with probability cost / harm.

    Parameters
    ----------
    gain, fine : number, > 0
        What the inspectee gains by an unseen violation and loses by a detected one.
    cost, harm : number, harm > cost > 0
        What an inspection and an unseen violation cost the inspector.

    References
    ----------
    M. Dresher 1962, "A sampling inspection problem in arms control agreements"; R. Avenhaus, B. von Stengel and S.
    Zamir 2002, "Inspection games", *Handbook of Game Theory* 3, chapter 51.

    Examples
    --------
    >>> inspection_game().payoff("violate", "wait")
    (Fraction(1, 1), Fraction(-3, 1))
    """
    g, f, c, h = numbers(gain=gain, fine=fine, cost=cost, harm=harm)
    positive("an inspection game", gain=g, fine=f, cost=c)
    decreasing("an inspection game", harm=h, cost=c)
    return NormalFormGame.from_bimatrix(
        [[0, 0], [-f, g]],
        [[-c, 0], [-c, -h]],
        ("Inspectee", "Inspector"),
        [("comply", "violate"), ("inspect", "wait")],
        title="Inspection game",
    )


def entry_deterrence(*, monopoly: Any = 4, shared: Any = 2, fight: Any = -1) -> NormalFormGame:
    """An entrant enters or stays out, the incumbent shares the market or fights.

    (enter, share) and (out, fight) are both Nash equilibria; the second rests on a threat that would not be carried out
    (fighting is weakly dominated).

    Parameters
    ----------
    monopoly : number
        Payoff of the incumbent when the entrant stays out.
    shared : number
        Payoff of each when the market is shared; monopoly > shared > 0.
    fight : number, < 0
        Payoff of each when the incumbent fights the entrant.

    References
    ----------
    R. Selten 1978, "The chain store paradox", *Theory and Decision* 9.

    Examples
    --------
    >>> entry_deterrence().payoff("out", "fight")
    (Fraction(0, 1), Fraction(4, 1))
    """
    m, s, f = numbers(monopoly=monopoly, shared=shared, fight=fight)
    decreasing("entry deterrence", monopoly=m, shared=s)
    positive("entry deterrence", shared=s)
    decreasing("entry deterrence", **{"0": 0, "fight": f})
    return NormalFormGame.from_bimatrix(
        [[s, f], [0, 0]],
        [[s, f], [m, m]],
        ("Entrant", "Incumbent"),
        [("enter", "out"), ("share", "fight")],
        title="Entry deterrence",
    )


def commitment_game() -> NormalFormGame:
    """A game in which commitment to a dominated action pays, and commitment to a mixture pays more.

    Nash pays the leader (the row player) 2; commitment to the dominated row 3; to an even mixture 7/2.

    References
    ----------
    V. Conitzer and T. Sandholm 2006, "Computing the optimal strategy to commit to", figure 1.

    Examples
    --------
    >>> commitment_game().payoff("down", "right")
    (Fraction(3, 1), Fraction(1, 1))
    """
    return NormalFormGame.from_bimatrix(
        [[2, 4], [1, 3]],
        [[1, 0], [0, 1]],
        ("Leader", "Follower"),
        [("up", "down"), ("left", "right")],
        title="Commitment game",
    )
