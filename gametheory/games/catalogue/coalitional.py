"""Games in which the question is who deviates together: resilience, coalition-proofness, and an overseer.

Games that tell solution concepts apart: Nash but not resilient, resilient but not immune, coalition-proof although all
would rather be elsewhere, without any coalition-proof profile.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gametheory.errors import SpecificationError
from gametheory.games.catalogue.parameters import count, numbers, positive
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "bernheim_peleg_whinston",
    "cyclic_partnership",
    "halpern_bargaining",
    "halpern_coordination",
    "overseer_toy",
    "threshold_attack",
]


def halpern_coordination(*, num_players: int = 3) -> NormalFormGame:
    """All play 0 and get 1 each, unless exactly two play 1: those two then get 2, everybody else 0.

    All profiles with other numbers of 1s pay 0. Everybody playing 0 is a Nash equilibrium which any pair can break:
    it is 1-resilient, not 2-resilient.

    Parameters
    ----------
    num_players : int, ≥ 2

    References
    ----------
    I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory: robust mechanisms for
    rational secret sharing and multiparty computation", *PODC*; J. Halpern 2008, "Beyond Nash equilibrium: solution
    concepts for the 21st century".

    Examples
    --------
    >>> halpern_coordination(num_players=4).payoff("1", "0", "1", "0")
    (Fraction(2, 1), Fraction(0, 1), Fraction(2, 1), Fraction(0, 1))
    """
    n = count("num_players", num_players, least=2)

    def payoff(*played: int) -> list[int]:
        ones = sum(played)
        return [1] * n if ones == 0 else [2 * k for k in played] if ones == 2 else [0] * n

    return NormalFormGame.from_function(payoff, [2] * n, actions=[("0", "1")] * n, title="Halpern's coordination game")


def halpern_bargaining(*, num_players: int = 3) -> NormalFormGame:
    """All stay at the table and get 2 each; if anybody leaves, those who leave get 1 and those who stay 0.

    Everybody staying is resilient to coalitions of every size, but immune to nobody: one who leaves for no reason
    takes 2 from each of the others.

    Parameters
    ----------
    num_players : int, ≥ 2

    References
    ----------
    As for :func:`halpern_coordination`.

    Examples
    --------
    >>> halpern_bargaining().payoff("stay", "leave", "stay")
    (Fraction(0, 1), Fraction(1, 1), Fraction(0, 1))
    """
    n = count("num_players", num_players, least=2)

    def payoff(*leaves: int) -> list[int]:
        return list(leaves) if any(leaves) else [2] * n

    actions = [("stay", "leave")] * n
    return NormalFormGame.from_function(payoff, [2] * n, actions=actions, title="Halpern's bargaining game")


def bernheim_peleg_whinston() -> NormalFormGame:
    """The game that shows coalition-proof equilibria to be inefficient even where a better equilibrium exists.

    (A1, B1, C1) and (A2, B2, C2) are the Nash equilibria. The first pays more to all three, but at it players 1 and 2
    would move together to (A2, B2); the second is coalition-proof. Neither is a strong Nash equilibrium.

    References
    ----------
    B. D. Bernheim, B. Peleg and M. Whinston 1987, "Coalition-proof Nash equilibria I: concepts", *Journal of Economic
    Theory* 42, section 2.

    Examples
    --------
    >>> bernheim_peleg_whinston().payoff("A1", "B1", "C1")
    (Fraction(0, 1), Fraction(0, 1), Fraction(10, 1))
    """
    table = {
        ("A1", "B1", "C1"): (0, 0, 10),
        ("A1", "B1", "C2"): (-2, -2, 0),
        ("A1", "B2", "C1"): (-5, -5, 0),
        ("A1", "B2", "C2"): (-5, -5, 0),
        ("A2", "B1", "C1"): (-5, -5, 0),
        ("A2", "B1", "C2"): (-5, -5, 0),
        ("A2", "B2", "C1"): (1, 1, -5),
        ("A2", "B2", "C2"): (-1, -1, 5),
    }
    return NormalFormGame.from_profiles(table, title="Bernheim, Peleg and Whinston's game")


def cyclic_partnership() -> NormalFormGame:
    """Three players each name a partner; whom one likes best likes another better, all around.

    If 1 and 2 name each other, 1 gets 2 and 2 gets 1; so do 2 and 3, and 3 and 1, in this order; everybody else gets 0.
    There are three pure Nash equilibria and no coalition-proof one: of every pair one is wooed away by the third.

    References
    ----------
    The game of the roommates problem without a stable matching: D. Gale and L. Shapley 1962, "College admissions and
    the stability of marriage", *American Mathematical Monthly* 69.

    Examples
    --------
    >>> cyclic_partnership().payoff("name 2", "name 1", "name 1")
    (Fraction(2, 1), Fraction(1, 1), Fraction(0, 1))
    """
    others = ((1, 2), (0, 2), (0, 1))

    def payoff(*chosen: int) -> list[int]:
        named = [others[i][k] for i, k in enumerate(chosen)]
        result = [0, 0, 0]
        for first, second in ((0, 1), (1, 2), (2, 0)):
            if named[first] == second and named[second] == first:
                result[first], result[second] = 2, 1
        return result

    actions = [[f"name {j + 1}" for j in pair] for pair in others]
    return NormalFormGame.from_function(payoff, [2, 2, 2], actions=actions, title="Cyclic partnership")


def overseer_toy() -> NormalFormGame:
    """Two agents comply or cheat, an overseer audits or not; cheating pays only in company and unaudited.

    Without an audit a complier gets 1, a lone cheater 0, two cheaters 3 each, the overseer 1 − (number of cheaters).
    With an audit a complier gets 1, a cheater −2, the overseer (number of cheaters) − 1/4.

    (comply, comply, no audit) is the only pure Nash equilibrium, and the two agents gain 2 each by cheating together.

    References
    ----------
    The smallest game in which individually safe agents compose into an unsafe system; the question is that of
    C. Schroeder de Witt et al. 2025, *Open Challenges in Multi-Agent Security*, arXiv:2505.02077.

    Examples
    --------
    >>> overseer_toy().payoff("cheat", "cheat", "no audit")
    (Fraction(3, 1), Fraction(3, 1), Fraction(-1, 1))
    """

    def payoff(*chosen: int) -> list[Any]:
        first, second, audit = chosen
        cheaters = first + second
        pay = -2 if audit else 3 if cheaters == 2 else 0
        return [pay if first else 1, pay if second else 1, cheaters - Fraction(1, 4) if audit else 1 - cheaters]

    return NormalFormGame.from_function(
        payoff,
        [2, 2, 2],
        ("Agent 1", "Agent 2", "Overseer"),
        [("comply", "cheat"), ("comply", "cheat"), ("no audit", "audit")],
        title="Overseer",
    )


def threshold_attack(
    *, num_agents: int = 5, threshold: int = 3, gain: Any = 12, detection_rate: Any = 0, deposit: Any = 0
) -> NormalFormGame:
    """An attack that works only if enough take part: the participants then share its gain equally.

    With c of the agents attacking, each of these gets gain / c if c ≥ threshold and 0 otherwise, less
    detection_rate · deposit, what it expects to lose of its deposit; an honest agent gets 0. With threshold > 1
    honesty is a Nash equilibrium without any deposit, and a coalition of ``threshold`` agents breaks it unless
    detection_rate · deposit ≥ gain / threshold.

    Parameters
    ----------
    num_agents : int, ≥ 1
    threshold : int, 1 ≤ threshold ≤ num_agents
    gain : number, > 0
        What a successful attack is worth in all.
    detection_rate : number in [0, 1]
        Probability that an attacker is found out, the same for each.
    deposit : number, ≥ 0, or a sequence of them
        What each agent loses when found out.

    References
    ----------
    A threshold public good turned to harm: T. Palfrey and H. Rosenthal 1984, "Participation and the provision of
    discrete public goods: a strategic analysis", *Journal of Public Economics* 24.

    Examples
    --------
    >>> [str(x) for x in threshold_attack().payoff(1, 1, 1, 0, 0)]
    ['4', '4', '4', '0', '0']
    """
    n, m = count("num_agents", num_agents, least=1), count("threshold", threshold, least=1)
    if m > n:
        raise SpecificationError(f"threshold: found {m} for {n} agents; write at most num_agents")
    single = isinstance(deposit, str) or not hasattr(deposit, "__len__")
    given = [deposit] * n if single else list(deposit)
    if len(given) != n:
        raise SpecificationError(f"deposit: found {len(given)} numbers; write one, or {n}, one for each agent")
    g, q, *deposits = numbers(
        gain=gain, detection_rate=detection_rate, **{f"deposit[{i}]": d for i, d in enumerate(given)}
    )
    positive("a threshold attack", gain=g)
    losses = [q * d for d in deposits]

    def payoff(*attacks: int) -> list[Any]:
        c = sum(attacks)
        share = g / c if c >= m else 0
        return [share - loss if k else 0 for k, loss in zip(attacks, losses, strict=True)]

    players = [f"Agent {i + 1}" for i in range(n)]
    actions = [("honest", "attack")] * n
    return NormalFormGame.from_function(payoff, [2] * n, players, actions, title="Threshold attack")
