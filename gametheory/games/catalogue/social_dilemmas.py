"""Many players: what is good for each and what is good for all.

Payoffs depend on how many (or how much) the others do, not on who does it; all tables have ∏ m_i profiles, so a dozen
players with two actions each is about the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.errors import SpecificationError
from gametheory.games.catalogue.parameters import count, decreasing, labels, numbers, numeric, positive
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "beauty_contest",
    "coordination_game",
    "el_farol",
    "minimum_effort",
    "minority_game",
    "public_goods",
    "tragedy_of_the_commons",
    "travelers_dilemma",
    "volunteers_dilemma",
]


def public_goods(
    *, num_players: int = 3, marginal_return: Any = "3/5", endowment: Any = 1, num_levels: int = 2
) -> NormalFormGame:
    """A public good: what each contributes comes back to everybody, at less than its cost to the giver.

    u_i = endowment − c_i + marginal_return · Σ_j c_j with c_i ∈ {0, …, endowment} in equal steps. Giving nothing is
    dominant; giving everything is best for all together.

    Parameters
    ----------
    num_players : int, ≥ 2
    marginal_return : number, 1/n < marginal_return < 1
        What one unit given by anybody pays to each player.
    endowment : number, > 0
    num_levels : int, ≥ 2
        Number of possible contributions, from nothing to everything.

    References
    ----------
    M. Isaac and J. Walker 1988, "Group size effects in public goods provision"; J. Ledyard 1995, "Public goods", in
    *Handbook of Experimental Economics*. Names: voluntary contribution mechanism; n-player prisoner's dilemma.

    Examples
    --------
    >>> [str(x) for x in public_goods().payoff("0", "1", "1")]
    ['11/5', '6/5', '6/5']
    """
    n, m = count("num_players", num_players, least=2), count("num_levels", num_levels, least=2)
    r, e = numbers(marginal_return=marginal_return, endowment=endowment)
    positive("a public goods game", endowment=e)
    decreasing("a public goods game", **{"1": 1, "marginal_return": r, "1/num_players": Fraction(1, n)})
    gifts = [e * k / (m - 1) for k in range(m)]

    def payoff(*levels: int) -> list[Any]:
        total = sum(gifts[k] for k in levels)
        return [e - gifts[k] + r * total for k in levels]

    return NormalFormGame.from_function(payoff, [m] * n, actions=[labels(gifts)] * n, title="Public goods")


def volunteers_dilemma(*, num_players: int = 3, benefit: Any = 2, cost: Any = 1) -> NormalFormGame:
    """The volunteer's dilemma: one volunteer is enough for all, and everybody would rather it were another.

    In the symmetric equilibrium each abstains with probability (cost / benefit)^{1/(n−1)}: the more players, the
    likelier that nobody volunteers.

    Parameters
    ----------
    num_players : int, ≥ 2
    benefit, cost : number, benefit > cost > 0
        What everybody gets if somebody volunteers, and what volunteering costs.

    References
    ----------
    A. Diekmann 1985, "Volunteer's dilemma", *Journal of Conflict Resolution* 29.

    Examples
    --------
    >>> volunteers_dilemma().payoff("abstain", "volunteer", "abstain")
    (Fraction(2, 1), Fraction(1, 1), Fraction(2, 1))
    """
    n = count("num_players", num_players, least=2)
    b, c = numbers(benefit=benefit, cost=cost)
    decreasing("a volunteer's dilemma", benefit=b, cost=c)
    positive("a volunteer's dilemma", cost=c)

    def payoff(*abstains: int) -> list[Any]:
        return [b - c if not k else b if not all(abstains) else 0 for k in abstains]

    actions = [("volunteer", "abstain")] * n
    return NormalFormGame.from_function(payoff, [2] * n, actions=actions, title="Volunteer's dilemma")


def tragedy_of_the_commons(
    *, num_players: int = 3, capacity: Any = 12, cost: Any = 0, max_herd: int = 6
) -> NormalFormGame:
    """The tragedy of the commons: every herder adds animals although each makes all others' animals worth less.

    u_i = h_i · (max(capacity − Σ_j h_j, 0) − cost) with h_i ∈ {0, …, max_herd}.

    Parameters
    ----------
    num_players : int, ≥ 1
    capacity : number, > cost
        Total herd at which an animal becomes worthless.
    cost : number, ≥ 0
        Cost of an animal.
    max_herd : int, ≥ 1

    References
    ----------
    G. Hardin 1968, "The tragedy of the commons", *Science* 162; H. S. Gordon 1954; as a game: R. Gibbons 1992, *Game
    Theory for Applied Economists*, section 1.2.D.

    Examples
    --------
    Three herders keep 3 animals each in equilibrium and earn 9; with 2 each all would earn 12.

    >>> tragedy_of_the_commons().payoff("3", "3", "3")[0], tragedy_of_the_commons().payoff("2", "2", "2")[0]
    (Fraction(9, 1), Fraction(12, 1))
    """
    n, m = count("num_players", num_players, least=1), count("max_herd", max_herd, least=1) + 1
    k, c = numeric("the commons", capacity=capacity, cost=cost)
    decreasing("the commons", capacity=k, cost=c)

    def payoff(*herds: int) -> list[Any]:
        worth = max(k - sum(herds), 0) - c
        return [h * worth for h in herds]

    actions = [[str(h) for h in range(m)]] * n
    return NormalFormGame.from_function(payoff, [m] * n, actions=actions, title="Tragedy of the commons")


def coordination_game(*, num_players: int = 2, weights: Sequence[Any] = (1, 1)) -> NormalFormGame:
    """Pure coordination: if all choose k everybody gets weights[k], else nobody gets anything.

    Parameters
    ----------
    num_players : int, ≥ 2
    weights : sequence of number, > 0
        One for each action.

    References
    ----------
    T. Schelling 1960, *The Strategy of Conflict*, chapter 3.

    Examples
    --------
    >>> coordination_game(num_players=3, weights=(1, "1/2")).payoff(1, 1, 1)
    (Fraction(1, 2), Fraction(1, 2), Fraction(1, 2))
    """
    n = count("num_players", num_players, least=2)
    worth = numbers(**{f"weights[{k}]": w for k, w in enumerate(weights)})
    positive("a coordination game", **{f"weights[{k}]": w for k, w in enumerate(worth)})

    def payoff(*chosen: int) -> list[Any]:
        return [worth[chosen[0]] if len(set(chosen)) == 1 else 0] * n

    return NormalFormGame.from_function(payoff, [len(worth)] * n, title="Coordination game")


def minimum_effort(
    *, num_players: int = 3, num_levels: int = 7, benefit: Any = "1/5", cost: Any = "1/10", base: Any = "3/5"
) -> NormalFormGame:
    """The minimum-effort game: the weakest link decides for all, and effort above it is wasted.

    u_i = benefit · min_j e_j − cost · e_i + base with e_i ∈ {1, …, num_levels}. Every common effort is a strict Nash
    equilibrium, the higher the better for all.

    Parameters
    ----------
    num_players : int, ≥ 2
    num_levels : int, ≥ 2
    benefit, cost : number, benefit > cost > 0
    base : number

    References
    ----------
    J. Van Huyck, R. Battalio and R. Beil 1990, "Tacit coordination games, strategic uncertainty, and coordination
    failure", *American Economic Review* 80 (the default numbers are their treatment A). Names: weakest-link game.

    Examples
    --------
    >>> [str(x) for x in minimum_effort().payoff("7", "7", "7")]
    ['13/10', '13/10', '13/10']
    """
    n, m = count("num_players", num_players, least=2), count("num_levels", num_levels, least=2)
    b, c, a = numbers(benefit=benefit, cost=cost, base=base)
    decreasing("a minimum-effort game", benefit=b, cost=c)
    positive("a minimum-effort game", cost=c)

    def payoff(*efforts: int) -> list[Any]:
        return [b * (min(efforts) + 1) - c * (e + 1) + a for e in efforts]

    return NormalFormGame.from_function(payoff, [m] * n, title="Minimum effort")


def el_farol(
    *, num_players: int = 5, capacity: int = 3, good: Any = 1, crowded: Any = -1, home: Any = 0
) -> NormalFormGame:
    """The El Farol bar: going is better than staying at home unless too many go.

    The pure Nash equilibria are the profiles in which exactly ``capacity`` players go.

    Parameters
    ----------
    num_players : int, ≥ 2
    capacity : int, 1 ≤ capacity < num_players
        So many enjoy themselves; one more and nobody does.
    good, home, crowded : number, good > home > crowded

    References
    ----------
    W. B. Arthur 1994, "Inductive reasoning and bounded rationality", *American Economic Review* 84.

    Examples
    --------
    >>> el_farol(num_players=3, capacity=1).payoff("go", "stay", "go")
    (Fraction(-1, 1), Fraction(0, 1), Fraction(-1, 1))
    """
    n, most = count("num_players", num_players, least=2), count("capacity", capacity, least=1)
    if most >= n:
        raise SpecificationError(f"capacity: found {most} for {n} players; write fewer than num_players")
    g, h, c = numbers(good=good, home=home, crowded=crowded)
    decreasing("El Farol", good=g, home=h, crowded=c)

    def payoff(*stays: int) -> list[Any]:
        worth = g if stays.count(0) <= most else c
        return [h if k else worth for k in stays]

    return NormalFormGame.from_function(payoff, [2] * n, actions=[("go", "stay")] * n, title="El Farol bar")


def minority_game(*, num_players: int = 3) -> NormalFormGame:
    """The minority game: whoever is on the less crowded side wins 1.

    Parameters
    ----------
    num_players : int, odd, ≥ 3

    References
    ----------
    D. Challet and Y.-C. Zhang 1997, "Emergence of cooperation and organization in an evolutionary game", *Physica A*
    246.

    Examples
    --------
    >>> minority_game().payoff("A", "B", "A")
    (Fraction(0, 1), Fraction(1, 1), Fraction(0, 1))
    """
    n = count("num_players", num_players, least=3)
    if n % 2 == 0:
        raise SpecificationError(f"num_players: found {n}; a minority game needs an odd number of players")

    def payoff(*sides: int) -> list[int]:
        return [int(2 * sides.count(k) < n) for k in sides]

    return NormalFormGame.from_function(payoff, [2] * n, actions=[("A", "B")] * n, title="Minority game")


def beauty_contest(*, num_players: int = 3, fraction: Any = "2/3", highest: int = 10, prize: Any = 1) -> NormalFormGame:
    """The beauty contest: the guess nearest to a fraction of the average guess wins the prize, shared by ties.

    Guesses are the whole numbers 0, …, highest. Iterated elimination of dominated guesses leads to the lowest ones.

    Parameters
    ----------
    num_players : int, ≥ 2
    fraction : number, 0 < fraction < 1
    highest : int, ≥ 1
    prize : number, > 0

    References
    ----------
    H. Moulin 1986, *Game Theory for the Social Sciences*, p. 72; R. Nagel 1995, "Unraveling in guessing games: an
    experimental study", *American Economic Review* 85. Names: guessing game, p-beauty contest.

    Examples
    --------
    >>> [str(x) for x in beauty_contest().payoff("10", "2", "2")]
    ['0', '1/2', '1/2']
    """
    n, m = count("num_players", num_players, least=2), count("highest", highest, least=1) + 1
    p, worth = numeric("a beauty contest", fraction=fraction, prize=prize)
    positive("a beauty contest", fraction=p, prize=worth)
    decreasing("a beauty contest", **{"1": 1, "fraction": p})

    def payoff(*guesses: int) -> list[Any]:
        distances = [abs(n * g - p * sum(guesses)) for g in guesses]
        nearest = min(distances)
        return [worth / distances.count(nearest) if d == nearest else 0 for d in distances]

    actions = [[str(g) for g in range(m)]] * n
    return NormalFormGame.from_function(payoff, [m] * n, actions=actions, title="Beauty contest")


def travelers_dilemma(*, lowest: int = 2, highest: int = 100, reward: Any = 2) -> NormalFormGame:
    """The traveller's dilemma: both are paid the lower claim, whoever made it a reward more, the other as much less.

    The only Nash equilibrium is the lowest claim of both (for a reward above the step of 1).

    Parameters
    ----------
    lowest, highest : int, lowest < highest
        Claims are the whole numbers between.
    reward : number, > 1

    References
    ----------
    K. Basu 1994, "The traveler's dilemma: paradoxes of rationality in game theory", *American Economic Review* 84.

    Examples
    --------
    >>> travelers_dilemma().payoff("100", "99")
    (Fraction(97, 1), Fraction(101, 1))
    """
    low = count("lowest", lowest, least=0)
    high = count("highest", highest, least=low + 1)
    (r,) = numbers(reward=reward)
    decreasing("a traveller's dilemma", reward=r, **{"1": 1})
    claims = range(low, high + 1)

    def payoff(first: int, second: int) -> list[Any]:
        a, b = claims[first], claims[second]
        return [a, b] if a == b else [a + r, a - r] if a < b else [b - r, b + r]

    actions = [[str(c) for c in claims]] * 2
    return NormalFormGame.from_function(payoff, [len(claims)] * 2, actions=actions, title="Traveller's dilemma")
