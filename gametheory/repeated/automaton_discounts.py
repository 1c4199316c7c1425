"""The discount factors at which automata are an equilibrium: exact sets.

With P and U the chances and payoffs of the joint states under the automata, V(δ) = (1 − δ)(I − δP)⁻¹ U is a rational function
of δ: with D(δ) = det(I − δP), which is positive on [0, 1) and has the factor 1 − δ,

    V(δ) = N(δ)/D̃(δ),    D̃ = D/(1 − δ),    N = adj(I − δP) U = D · (U + δPU + δ²P²U + …), cut off at degree S − 1.

A one-shot deviation's gain is thus a quotient of polynomials in δ with a positive denominator, and the automata are subgame
perfect (public perfect, with signals) exactly where no numerator is positive: finitely many intervals, closed in [0, 1), whose
ends are rational or algebraic. They need not reach 1, and may be single points: tit for tat is subgame perfect at one discount
factor at most, and only where R + P = S + T.

References: see :mod:`gametheory.repeated.automaton_equilibria`. Complexity: one characteristic polynomial and S products of P
with U for S joint states, and real roots of a polynomial of degree ≤ S for each deviation; meant for up to some fifty states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic.algebraic import Polynomial, evaluate, polynomial, real_roots, sign_at
from gametheory.arithmetic.scalars import exact_text
from gametheory.errors import CertificateError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.repeated.discount_sets import DiscountSet, Number, where
from gametheory.repeated.joint_play import JointPlay, Strategies, continuation_values, expected_play, joint_play
from gametheory.repeated.repeated_game import RepeatedGame, discount_factor

__all__ = ["AutomatonDiscounts", "GainFunction", "critical_discount_of"]


@final
@dataclass(frozen=True, slots=True)
class GainFunction:
    """The gain of a one-shot deviation as a function of δ, numerator(δ)/denominator(δ).

    Attributes
    ----------
    player, action : int
    state : tuple of str
        The joint state.
    numerator, denominator : tuple of Fraction
        Coefficients of polynomials in δ without common factors, constant first; the denominator is positive on [0, 1).
    """

    player: int
    action: int
    state: tuple[str, ...]
    numerator: Polynomial
    denominator: Polynomial

    def gain(self, discount: Any) -> Fraction:
        """The gain, per period, at a discount factor."""
        delta = discount_factor(discount)
        return evaluate(self.numerator, delta) / evaluate(self.denominator, delta)


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AutomatonDiscounts:
    """The discount factors at which automata are subgame perfect (public perfect, with signals), exactly.

    Attributes
    ----------
    discounts : DiscountSet
    gains : tuple of GainFunction
        Those that are not identically zero.
    joint : JointPlay
    """

    discounts: DiscountSet
    gains: tuple[GainFunction, ...]
    joint: JointPlay = field(compare=False)

    def __contains__(self, discount: Any) -> bool:
        return discount_factor(discount) in self.discounts

    @property
    def discount(self) -> Number:
        """The least discount factor at which they are.

        Raises
        ------
        InfeasibleError
            If they are at none.
        """
        return self.discounts.infimum

    def __float__(self) -> float:
        return float(self.discount)

    def binding(self, discount: Any) -> tuple[GainFunction, ...]:
        """The deviations that gain exactly nothing at a discount factor (a number, or an end of the set)."""
        at = discount if not isinstance(discount, (str, float, int)) else discount_factor(discount)
        return tuple(gain for gain in self.gains if sign_at(gain.numerator, at) == 0)

    def verify(self) -> Literal[True]:
        """Recompute the set from the gains, and every gain at enough discount factors to establish it as a function.

        A gain and its formula are quotients of polynomials of degree ≤ S + 1, S the number of joint states: where they agree
        at 2S + 3 points, they are the same.

        Raises
        ------
        CertificateError
            If the set is another, a denominator has a root in [0, 1), or a gain is another.
        """
        claim = f"the automata are an equilibrium at the discount factors {self.discounts}"
        if _where_none_gains(self.gains) != self.discounts:
            raise CertificateError(f"{claim}: the gains say otherwise", claim=claim)
        states = self.joint.states
        for gain in self.gains:
            long = max(len(gain.numerator), len(gain.denominator)) > len(states) + 2
            roots = [x for x in real_roots(gain.denominator, 0, 1) if x != 1]
            if long or roots or evaluate(gain.denominator, Fraction(0)) <= 0:
                raise CertificateError(f"{claim}: a gain is no quotient with a positive denominator", claim=claim)
        places = {state: s for s, state in enumerate(states)}
        known = {(gain.player, gain.action, places[gain.state]): gain for gain in self.gains}
        points = 2 * len(states) + 3
        for k in range(points):
            delta = Fraction(k, points)
            for key, found in _gains_at(self.joint, delta).items():
                told = known[key].gain(delta) if key in known else 0
                if told != found:
                    raise CertificateError(
                        f"{claim}: at δ = {delta} a deviation gains {found}, not {told}", claim=claim
                    )
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "discounts": self.discounts.to_dict(),
            "gains": [
                {
                    "player": gain.player,
                    "action": gain.action,
                    "state": list(gain.state),
                    "numerator": [exact_text(c) for c in gain.numerator],
                    "denominator": [exact_text(c) for c in gain.denominator],
                }
                for gain in self.gains
            ],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each deviation."""
        stage = self.joint.stage
        rows = [
            [
                stage.players[gain.player],
                stage.actions[gain.player][gain.action],
                " | ".join(gain.state),
                _where_none_gains([gain]),
            ]
            for gain in self.gains
        ]
        return data_frame(rows, ["player", "action", "state", "deterred at"])

    def __repr__(self) -> str:
        return f"AutomatonDiscounts(exact: an equilibrium at δ in {self.discounts})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def critical_discount_of(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> AutomatonDiscounts:
    """Every discount factor at which automata are subgame perfect (public perfect, with signals), exactly.

    Parameters
    ----------
    game : NormalFormGame or RepeatedGame
        A repeated game's own discount factor plays no part.
    strategies : Automaton of all players, or one Automaton for each player
    monitoring, tremble
        See :func:`gametheory.repeated.one_shot_deviations`.

    Returns
    -------
    AutomatonDiscounts

    Examples
    --------
    In the prisoner's dilemma with payoffs 2, −1, 3, 0, defection for two periods deters from the root of 2δ² + 2δ = 1 on; tit
    for tat is subgame perfect at δ = 1/3 alone:

    >>> from gametheory.games import NormalFormGame
    >>> from gametheory.repeated import tit_for_tat, trigger
    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> critical_discount_of(game, trigger(game, (0, 0), (1, 1), periods=2))
    AutomatonDiscounts(exact: an equilibrium at δ in [0.366025, 1))
    >>> critical_discount_of(game, [tit_for_tat(game, 0), tit_for_tat(game, 1)])
    AutomatonDiscounts(exact: an equilibrium at δ in {1/3})
    """
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    denominator, numerators = _rational_functions(joint)
    pay, chain = expected_play(joint)
    found = []
    for s, state in enumerate(joint.states):
        for i in range(joint.stage.num_players):
            for action in range(joint.stage.num_actions[i]):
                own, following = joint.play.expected(s, i, action)
                shift = {
                    t: following.get(t, Fraction(0)) - chain[s].get(t, Fraction(0)) for t in {*following, *chain[s]}
                }
                total = _rational_polynomial([own[i] - pay[s][i], pay[s][i] - own[i]]) * denominator
                for t, weight in shift.items():
                    if weight:
                        total += _rational_polynomial([Fraction(0), weight]) * numerators[t][i]
                if total.degree() >= 0:
                    found.append(GainFunction(i, action, state, *_reduced(total, denominator)))
    return AutomatonDiscounts(discounts=_where_none_gains(found), gains=tuple(found), joint=joint)


def _where_none_gains(gains: Sequence[GainFunction]) -> DiscountSet:
    """Where no numerator is positive: one after the other, which compares few roots with each other."""
    found = DiscountSet.between(Fraction(0), Fraction(1))
    losses = dict.fromkeys(tuple(-c / abs(gain.numerator[-1]) for c in gain.numerator) for gain in gains)
    for loss in sorted(losses, key=len):
        if not found:
            break
        found = found.intersection(where([loss]))
    return found


def _gains_at(joint: JointPlay, discount: Fraction) -> dict[tuple[int, int, int], Fraction]:
    """The gain of every one-shot deviation at a discount factor, by (player, action, joint state)."""
    values = continuation_values(joint, discount)
    found = {}
    for s in range(len(joint.states)):
        for i in range(joint.stage.num_players):
            for action in range(joint.stage.num_actions[i]):
                pay, following = joint.play.expected(s, i, action)
                later = sum((p * values[t][i] for t, p in following.items()), Fraction(0))
                found[i, action, s] = (1 - discount) * pay[i] + discount * later - values[s][i]
    return found


def _rational_functions(joint: JointPlay) -> tuple[Any, list[list[Any]]]:
    """D̃ and N as polynomials of python-flint."""
    from flint import fmpq, fmpq_mat, fmpq_poly

    pay, chain = expected_play(joint)
    count, n = len(pay), len(pay[0])
    matrix = fmpq_mat(count, count)
    for s, following in enumerate(chain):
        for t, p in following.items():
            matrix[s, t] = fmpq(p.numerator, p.denominator)
    whole = fmpq_poly(list(reversed(matrix.charpoly().coeffs())))  # det(I − δP) = δ^S det(I/δ − P)
    series: list[list[list[Any]]] = [[[] for _ in range(n)] for _ in range(count)]
    term = fmpq_mat([[fmpq(x.numerator, x.denominator) for x in row] for row in pay])
    for _ in range(count):
        for s in range(count):
            for i in range(n):
                series[s][i].append(term[s, i])
        term = matrix * term
    numerators = [[(whole * fmpq_poly(coefficients)).truncate(count) for coefficients in row] for row in series]
    denominator, rest = divmod(whole, fmpq_poly([1, -1]))
    assert rest.degree() < 0  # the rows of P sum to 1
    return denominator, numerators


def _rational_polynomial(coefficients: Sequence[Fraction]) -> Any:
    from flint import fmpq, fmpq_poly

    return fmpq_poly([fmpq(x.numerator, x.denominator) for x in coefficients])


def _reduced(numerator: Any, denominator: Any) -> tuple[Polynomial, Polynomial]:
    """Both without common factors, the denominator in coprime integers and positive at 0, and so on [0, 1)."""
    from flint import fmpq

    common = numerator.gcd(denominator)
    above, below = numerator // common, denominator // common
    factor = below.denom() * (1 if below(0) > 0 else -1) / fmpq(below.numer().content())
    return _polynomial(factor * above), _polynomial(factor * below)


def _polynomial(p: Any) -> Polynomial:
    return polynomial(Fraction(int(c.p), int(c.q)) for c in p.coeffs())
