"""What profitable joint deviations do to everybody: the best and the worst welfare after them.

From a target profile σ (or from each pure Nash equilibrium) the welfare W, by default the sum of all payoffs, ranges over the
target and all joint deviations that are profitable for a coalition S under a rule of blocking. With shared randomness
welfare is an expectation, an optimum of the linear programme

    max (or min)  W(σ) + E_μ ΔW   over distributions μ of the joint actions of S with

    all, some:  E_μ g_i ≥ 0 for every member i;   transfer:  Σ_i E_μ g_i ≥ 0;   any:  E_μ g_i ≥ 0 for one member i,

provided that some μ is strictly profitable: then those μ are dense in what the programme allows. Where none of them attains the
optimum it is a supremum (infimum), and the answer says so.

Complexity: a pass over the payoff table for each coalition; with shared randomness two linear programmes with ∏_{i∈S} m_i
columns (under "any" two for each member).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.encoding import describe_profile, profile_to_json
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.tested_profiles import exact_independent_profile
from gametheory.collusion.welfare_programme import Play, WelfareBound, extended_profile, welfare_range, with_welfare
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["DeviationWelfare", "deviation_welfare"]

Array = NDArray[Any]


@final
@compared_by("game", "blocking", "coordination", "worst_value", "best_value", "target_values")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DeviationWelfare:
    """The range of welfare over targets and the profitable joint deviations from them.

    Attributes
    ----------
    game : NormalFormGame
    targets : tuple of exact profiles
    target_values : tuple of Fraction
        Welfare at each target.
    welfare_table : RationalArray, shape (m_0, …, m_{n−1})
        W at each pure profile.
    coalitions : tuple of frozenset of int
    blocking, coordination : str
    worst, best : WelfareBound
    certificates : tuple of Certificate
        The two deviations gain what is said; with shared randomness, for every coalition that can gain, the bounds on its
        programme (:func:`deviation_welfare_programme`).
    """

    game: NormalFormGame
    targets: tuple[Any, ...]
    target_values: tuple[Fraction, ...]
    welfare_table: RationalArray
    coalitions: tuple[Coalition, ...]
    blocking: Blocking
    coordination: Play
    worst: WelfareBound
    best: WelfareBound
    certificates: tuple[Certificate, ...]

    @property
    def worst_value(self) -> Fraction:
        return self.worst.value

    @property
    def best_value(self) -> Fraction:
        return self.best.value

    def verify(self) -> Literal[True]:
        """Re-check the certificates; and where deviations are pure, look at all of them again.

        Raises
        ------
        CertificateError
        """
        for certificate in self.certificates:
            certificate.verify()
        found = welfare_range(
            self.game,
            self.targets,
            self.welfare_table,
            self.coalitions,
            self.blocking,
            self.coordination,
        )
        if (found[0].value, found[1].value) != (self.worst.value, self.best.value):
            raise CertificateError(
                f"{self!r}: another look gives {found[0].value} to {found[1].value}; compute it again",
                claim=repr(self),
                violation="value",
            )
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "blocking": self.blocking,
            "coordination": self.coordination,
            "targets": [profile_to_json(target) for target in self.targets],
            "target_values": [exact_text(x) for x in self.target_values],
            **{name: self._bound_to_dict(bound) for name, bound in (("worst", self.worst), ("best", self.best))},
            "certificates": [certificate.to_dict() for certificate in self.certificates],
        }

    @staticmethod
    def _bound_to_dict(bound: WelfareBound) -> dict[str, Any]:
        drawn = bound.deviation.items() if isinstance(bound.deviation, Mapping) else [(bound.deviation, Fraction(1))]
        return {
            "value": exact_text(bound.value),
            "attained": bound.attained,
            "coalition": None if bound.coalition is None else sorted(bound.coalition),
            "deviation": None
            if bound.deviation is None
            else [[list(joint), exact_text(p)] for joint, p in drawn if joint is not None],
            "gains": [exact_text(x) for x in bound.gains],
        }

    def to_frame(self) -> Any:
        """A pandas table: worst and best welfare, who deviates, and whether the value is attained."""
        rows = [
            [name, b.value, "nobody" if b.coalition is None else coalition_label(self.game, b.coalition), b.attained]
            for name, b in (("worst", self.worst), ("best", self.best))
        ]
        return data_frame(rows, ["case", "welfare", "coalition", "attained"])

    def _side(self, bound: WelfareBound) -> str:
        if bound.coalition is None:
            return f"{exact_text(bound.value)} at {describe_profile(self.game, bound.target)}"
        limit = "" if bound.attained else ", as a limit"
        return f"{exact_text(bound.value)} after {coalition_label(self.game, bound.coalition)} deviate{limit}"

    def __repr__(self) -> str:
        return (
            f"DeviationWelfare(certified under {self.blocking!r}, {self.coordination}: worst {self._side(self.worst)}; "
            f"best {self._side(self.best)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def deviation_welfare(
    game: NormalFormGame,
    target: Any = None,
    *,
    welfare: Literal["sum"] | Sequence[Any] | Array = "sum",
    coalitions: Coalitions | None = None,
    blocking: Blocking = "all",
    coordination: Play = "pure",
) -> DeviationWelfare:
    """The best and the worst welfare over a target and all profitable joint deviations from it, exactly.

    Parameters
    ----------
    target : pure or mixed profile, optional
        By default every pure Nash equilibrium in turn.
    welfare : "sum", n weights, or an array of shape ``num_actions``
        The sum of payoffs, a weighted sum, or any number for each pure profile, such as a harm.
    coalitions : iterable of sets of players, int, or graph, optional
        The coalitions that may form, as for :func:`.resilience`; by default all.
    blocking : "all", "some", "any" or "transfer"
        When a joint deviation is profitable.
    coordination : "pure" or "correlated"

    Returns
    -------
    DeviationWelfare

    Raises
    ------
    InfeasibleError
        Without a target, if there is no pure Nash equilibrium.
    UnsupportedError
        Independent mixing; a symbolic game.
    SpecificationError
        A welfare of the wrong form.

    Examples
    --------
    Prisoners who defect raise welfare from 2 to 6 by cooperating, the only deviation from which both gain.

    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> deviation_welfare(prisoners)
    DeviationWelfare(certified under 'all', pure: worst 2 at (2, 2); best 6 after {Player 1, Player 2} deviate)
    """
    if blocking not in ("all", "some", "any", "transfer"):
        raise SpecificationError(f"blocking: found {blocking!r}; write 'all', 'some', 'any' or 'transfer'")
    if coordination not in ("pure", "correlated"):
        raise UnsupportedError(
            f"coordination: found {coordination!r}; write 'pure' or 'correlated': welfare under independent mixing lies between"
        )
    exact_game = game.exact()
    table = _welfare_table(exact_game, welfare)
    allowed = allowed_coalitions(game, coalitions)
    if target is None:
        found = pure_nash_equilibria(game)
        if not len(found):
            raise InfeasibleError(
                "the game has no pure Nash equilibrium to deviate from; give a target", certificate=found.certificate
            )
        targets: tuple[Any, ...] = tuple(member.profile for member in found)
    else:
        targets = (exact_independent_profile(exact_game, target, where="target"),)
    worst, best, proofs = welfare_range(game, targets, table, allowed, blocking, coordination)
    witnesses = tuple(
        WitnessCertificate.of(exact_game, b.target, b.coalition, b.deviation, blocking=blocking)
        for b in (worst, best)
        if b.coalition is not None and b.attained
    )
    extended = with_welfare(exact_game, table)
    return DeviationWelfare(
        game=game,
        targets=targets,
        target_values=tuple(StatusQuo(extended, extended_profile(t)).expected_payoffs()[-1] for t in targets),
        welfare_table=table,
        coalitions=allowed,
        blocking=blocking,
        coordination=coordination,
        worst=worst,
        best=best,
        certificates=(*witnesses, *proofs),
    )


def _welfare_table(game: NormalFormGame, welfare: Any) -> RationalArray:
    """W at each pure profile of an exact game."""
    if isinstance(welfare, str):
        if welfare != "sum":
            raise SpecificationError(f"welfare: found {welfare!r}; write 'sum', weights or an array")
        welfare = [1] * game.num_players
    given = RationalArray.from_values(welfare, where="welfare")
    if given.shape == game.num_actions and given.shape != (1,):
        return given
    if given.shape != (game.num_players,):
        raise SpecificationError(
            f"welfare: found shape {given.shape}; write {game.num_players} weights, or an array of shape {game.num_actions}"
        )
    weighted = np.tensordot(given.numerators.astype(object), game.numerators.astype(object), axes=1)
    return RationalArray.of_integers(weighted, given.denominator * game.denominator)
