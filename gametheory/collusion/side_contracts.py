"""What a coalition of agents gains by a contract: the step from a game in normal form to a coalitional game.

Members of S can bind themselves to any joint play and pay each other, so that only the sum of their payoffs counts. What
S is worth depends on what the others are thought to do (``outsiders``):

* ``"status_quo"``: they keep their part of a profile σ. v(S) = max_{τ_S} Σ_{i∈S} [u_i(τ_S, σ_{−S}) − u_i(σ)] ≥ 0, the gain
  from the contract (the rule of blocking "transfer"): what secret side contracts are about.
* ``"alpha"``: what S can secure whatever they do,  v(S) = max_{x_S} min_{a_{−S}} Σ_{i∈S} u_i;
* ``"beta"``: what they cannot keep it below,  v(S) = min_{y_{−S}} max_{a_S} Σ_{i∈S} u_i  (R. Aumann and B. Peleg 1960).

With ``coordination="correlated"`` members, and outsiders, draw joint actions by lot; then alpha and beta agree by the minimax
theorem (the characteristic function of J. von Neumann and O. Morgenstern 1944). With ``"pure"`` they do not: alpha ≤ beta.
Given a profile σ, alpha and beta too are counted as gains, v(S) − Σ_{i∈S} u_i(σ), which may be negative.

The coalitional game that results says who joins whom: :func:`~gametheory.collusion.coalition_structures.coalition_structure`,
and how gains are shared: :mod:`gametheory.collusion.allocations`, :mod:`gametheory.collusion.power`. Complexity: the status
quo a pass over the table for each coalition; alpha and beta a matrix game of ∏_{i∈S} m_i by ∏_{i∉S} m_i, exactly, unless it
has a saddle point in pure play.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.gains import StatusQuo, best_joint_deviation
from gametheory.certificates.security_levels import SecurityLevelCertificate
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.joint_deviations import coalition_gain
from gametheory.collusion.tested_profiles import exact_independent_profile
from gametheory.errors import SpecificationError
from gametheory.games.coalitional import CoalitionalGame, coalition_number
from gametheory.games.coalitions import Coalition, coalition_label, read_coalition
from gametheory.games.coalitions import coalitions as coalitions_of
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["CoalitionWorth", "characteristic_function", "coalition_against_others", "coalition_worth"]

Outsiders = Literal["status_quo", "alpha", "beta"]
Play = Literal["correlated", "pure"]
Array = NDArray[Any]
Lottery = tuple[tuple[tuple[int, ...], Fraction], ...]
"""Joint actions with their probabilities."""


@final
@compared_by("game", "coalition", "outsiders", "coordination", "value")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CoalitionWorth:
    """What a coalition's contract is worth, with the play that attains it; it works as a number.

    Attributes
    ----------
    game : NormalFormGame
    coalition : frozenset of int
    outsiders, coordination : str
        What was asked.
    value : Fraction
    plan : tuple of (joint action, probability)
        What the members do, an action for each in increasing order of index. For ``"beta"`` in pure play, a best answer to
        ``reply``.
    reply : tuple of (joint action, probability)
        What the others do that holds the coalition to ``value``; empty for the status quo.
    certificates : tuple of Certificate
        For the status quo about the game itself: the deviation gains this (none where it gains nothing), none gains
        more. Otherwise, in mixed play, about the game of two players, coalition against others
        (:func:`coalition_against_others`); empty in pure play, which a look at the table decides.
    """

    game: NormalFormGame
    coalition: Coalition
    outsiders: Outsiders
    coordination: Play
    value: Fraction
    plan: Lottery
    reply: Lottery
    certificates: tuple[Certificate, ...]

    @property
    def lower(self) -> Fraction:
        return self.value

    @property
    def upper(self) -> Fraction:
        return self.value

    def __float__(self) -> float:
        return float(self.value)

    def verify(self) -> Literal[True]:
        """Re-check the certificates."""
        for certificate in self.certificates:
            certificate.verify()
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "coalition": sorted(self.coalition),
            "outsiders": self.outsiders,
            "coordination": self.coordination,
            "value": exact_text(self.value),
            "plan": [[list(a), exact_text(p)] for a, p in self.plan],
            "reply": [[list(a), exact_text(p)] for a, p in self.reply],
            "certificates": [certificate.to_dict() for certificate in self.certificates],
        }

    def to_frame(self) -> Any:
        """A pandas table of the contract: each joint action of the members with its probability."""
        names = [self.game.players[i] for i in sorted(self.coalition)]
        rows = [
            [*(self.game.actions[i][k] for i, k in zip(sorted(self.coalition), a, strict=True)), p]
            for a, p in self.plan
        ]
        return data_frame(rows, [*names, "probability"])

    def __repr__(self) -> str:
        label = coalition_label(self.game, self.coalition)
        trust = "certified" if self.certificates else "exact"
        return f"CoalitionWorth({label}, {self.outsiders}, {self.coordination}, {trust}: {exact_text(self.value)})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def characteristic_function(
    game: NormalFormGame,
    profile: Any = None,
    *,
    outsiders: Outsiders = "status_quo",
    coordination: Play = "correlated",
    coalitions: Coalitions | None = None,
) -> CoalitionalGame:
    """The coalitional game of side contracts: what each coalition gains, or can secure, by binding its members.

    Parameters
    ----------
    profile : pure or mixed profile, optional
        The status quo, from which gains are counted; needed for ``outsiders="status_quo"``. Without it alpha and beta are
        payoffs, not gains.
    outsiders : "status_quo", "alpha" or "beta"
        What those do who have not signed; see the head of this module.
    coordination : "correlated" or "pure"
        Whether joint actions are drawn by lot. It makes no difference to the status quo.
    coalitions : iterable of sets of players, int, or graph, optional
        Who may sign contracts, as for :func:`.resilience`; single players are added. By default all.

    Returns
    -------
    CoalitionalGame

    Raises
    ------
    SpecificationError
        An unknown way of playing, or no profile where one is needed.

    Examples
    --------
    Public goods: each of three pays 1 for a good that is worth 2/3 to everybody. From nobody paying, three gain 3, two
    gain 2/3, one alone would lose.

    >>> goods = NormalFormGame.from_function(lambda *a: [f"{2 * sum(a) - 3 * x}/3" for x in a], [2, 2, 2])
    >>> gains = characteristic_function(goods, (0, 0, 0))
    >>> [str(gains.worth(range(k))) for k in (1, 2, 3)]
    ['0', '2/3', '3']
    """
    _check(outsiders, coordination, profile)
    exact_game = game.exact()
    given = None if profile is None else exact_independent_profile(exact_game, profile)
    family = _family(game, coalitions)
    refuse_if_too_large(2**game.num_players, 100, "the worths of all coalitions")
    status_quo = None if given is None else StatusQuo(exact_game, given)
    worths = [Fraction(0)] * 2**game.num_players
    for members in family:
        if outsiders == "status_quo":
            assert status_quo is not None
            gains, denominator = status_quo.gains(members)
            worth = Fraction(best_joint_deviation(gains, "transfer")[0], denominator)
        else:
            worth = _secured(exact_game, members, outsiders, coordination)[0]
            if status_quo is not None:
                payoffs = status_quo.expected_payoffs()
                worth -= sum((payoffs[i] for i in members), Fraction(0))
        worths[coalition_number(members)] = worth
    unrestricted = len(family) == len(worths) - 1
    return CoalitionalGame(RationalArray.from_fractions(worths), game.players, allowed=None if unrestricted else family)


def coalition_worth(
    game: NormalFormGame,
    coalition: Iterable[int | str],
    profile: Any = None,
    *,
    outsiders: Outsiders = "status_quo",
    coordination: Play = "correlated",
) -> CoalitionWorth:
    """What one coalition gains, or can secure, by a contract, with the contract and the evidence.

    Parameters, returns and errors are those of :func:`characteristic_function`.

    Examples
    --------
    Matching pennies with an onlooker who pays the winner: together with the onlooker the first player secures 1/2 on average.

    >>> game = NormalFormGame.from_function(lambda a, b, c: (int(a == b), int(a != b), 0), [2, 2, 1])
    >>> worth = coalition_worth(game, [0, 2], outsiders="alpha")
    >>> worth, worth.verify()
    (CoalitionWorth({Player 1, Player 3}, alpha, correlated, certified: 1/2), True)
    """
    _check(outsiders, coordination, profile)
    members = read_coalition(game, coalition)
    exact_game = game.exact()
    certificates: tuple[Certificate, ...] = ()
    reply: Lottery = ()
    if outsiders == "status_quo":
        found = coalition_gain(game, profile, members, blocking="transfer")
        if isinstance(found.deviation, tuple):
            plan: Lottery = ((found.deviation, Fraction(1)),)
        else:
            plan = _status_quo_plan(game, exact_independent_profile(exact_game, profile), members)
        value = found.value
        certificates = tuple(proof for proof in (found.witness, found.certificate) if proof is not None)
    else:
        value, strategy, answer = _secured(exact_game, members, outsiders, coordination)
        if coordination == "correlated":
            against = coalition_against_others(exact_game, members)
            certificates = (
                SecurityLevelCertificate(
                    concept="value", player=0, strategy=strategy, reply=answer, lower=value, upper=value, game=against
                ),
            )
        own, rest = _sides(game, members)
        plan, reply = _drawn(game, own, strategy), _drawn(game, rest, answer)
        if profile is not None:
            payoffs = StatusQuo(exact_game, exact_independent_profile(exact_game, profile)).expected_payoffs()
            value -= sum((payoffs[i] for i in members), Fraction(0))
    return CoalitionWorth(
        game=game,
        coalition=members,
        outsiders=outsiders,
        coordination=coordination,
        value=value,
        plan=plan,
        reply=reply,
        certificates=certificates,
    )


def coalition_against_others(game: NormalFormGame, coalition: Iterable[int | str]) -> NormalFormGame:
    """The zero-sum game in which a coalition, as one player, is paid the sum of its members' payoffs by all others.

    Joint actions come in lexicographic order, of the members and of the others by index; a coalition of everybody has an
    opponent with a single action.

    Parameters
    ----------
    coalition : iterable of int or str
        Members by index or name.

    Returns
    -------
    NormalFormGame
        Two players, exact.

    Raises
    ------
    SpecificationError
        No member, or a player who does not exist.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> print(coalition_against_others(game, [0, 1]))
    {Player 1, Player 2} \\ the others  nothing
    1, 1                                  6, -6
    1, 2                                  5, -5
    2, 1                                  5, -5
    2, 2                                  2, -2
    """
    members = read_coalition(game, coalition)
    exact_game = game.exact()
    own, rest = _sides(game, members)
    table = _table(exact_game, members)
    return NormalFormGame(
        RationalArray.of_integers(np.stack([table, -table]), exact_game.denominator),
        (coalition_label(game, members), "the others"),
        [_joint_labels(game, own), _joint_labels(game, rest)],
    )


def _sides(game: NormalFormGame, members: Coalition) -> tuple[list[int], list[int]]:
    return sorted(members), [i for i in range(game.num_players) if i not in members]


def _table(game: NormalFormGame, members: Coalition) -> Array:
    """Sums of the members' payoffs (as integers over the game's denominator), joint actions by those of the others."""
    own, rest = _sides(game, members)
    total = game.numerators[own].astype(object).sum(axis=0)
    return np.asarray(np.transpose(total, [*own, *rest]).reshape(math.prod(game.num_actions[i] for i in own), -1))


def _secured(
    game: NormalFormGame, members: Coalition, outsiders: Outsiders, coordination: Play
) -> tuple[Fraction, tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Worth of a coalition in an exact game, its members' plan and the others' reply, over joint actions."""
    table = _table(game, members)
    row, column = int(table.min(axis=1).argmax()), int(table.max(axis=0).argmin())
    alpha, beta = int(table[row].min()), int(table[:, column].max())
    if alpha != beta and coordination == "correlated":
        from gametheory.equilibria.zero_sum import maximin

        found = maximin(NormalFormGame.zero_sum(RationalArray.of_integers(table, game.denominator)))
        assert found.gap == 0, "the value of a matrix game is found exactly by default"
        return found.exact_value, tuple(found.exact_strategy), tuple(found.exact_reply)
    if alpha != beta and outsiders == "alpha":
        column = int(table[row].argmin())
    elif alpha != beta:
        row = int(table[:, column].argmax())
    sure = [
        tuple(Fraction(int(k == chosen)) for k in range(m))
        for chosen, m in zip((row, column), table.shape, strict=True)
    ]
    return Fraction(beta if outsiders == "beta" else alpha, game.denominator), sure[0], sure[1]


def _drawn(game: NormalFormGame, players: list[int], probabilities: tuple[Fraction, ...]) -> Lottery:
    """The joint actions of some players that have positive probability."""
    joints = product(*(range(game.num_actions[i]) for i in players))
    return tuple((joint, p) for joint, p in zip(joints, probabilities, strict=True) if p)


def _status_quo_plan(game: NormalFormGame, profile: Any, members: Coalition) -> Lottery:
    """What the members do if they stay with the status quo."""
    vectors = []
    for i in sorted(members):
        part = profile[i]
        own = [Fraction(int(k == part)) for k in range(game.num_actions[i])] if isinstance(part, int) else list(part)
        vectors.append(own)
    return _drawn(game, sorted(members), tuple(math.prod(ps, start=Fraction(1)) for ps in product(*vectors)))


def _joint_labels(game: NormalFormGame, players: list[int]) -> list[str]:
    return [", ".join(labels) for labels in product(*(game.actions[i] for i in players))] if players else ["nothing"]


def _family(game: NormalFormGame, allowed: Coalitions | None) -> tuple[Coalition, ...]:
    listed = allowed_coalitions(game, allowed)
    single = [s for s in coalitions_of(game.num_players, max_size=1) if s not in listed]
    return (*single, *listed)


def _check(outsiders: str, coordination: str, profile: Any) -> None:
    if outsiders not in ("status_quo", "alpha", "beta"):
        raise SpecificationError(f"outsiders: found {outsiders!r}; write 'status_quo', 'alpha' or 'beta'")
    if coordination not in ("correlated", "pure"):
        raise SpecificationError(f"coordination: found {coordination!r}; write 'correlated' or 'pure'")
    if outsiders == "status_quo" and profile is None:
        raise SpecificationError("profile: found none; the status quo is what gains are counted from, write it down")
