"""The relative interior and the dimension of the set of (coarse) correlated equilibria.

The set is a polytope P = {p ≥ 0, Σ p = 1, G p ≥ 0}. Some of its inequalities may hold with equality throughout P: the
implicit equations, of which N − 1 − dim P are independent of each other and of Σ p = 1. One exact linear programme
over the cone of P finds them all:

    maximise Σ_r s_r + Σ_a t_a   subject to   G (q + t) − s ≥ 0,   q ≥ 0,   0 ≤ s ≤ 1,   0 ≤ t ≤ 1

At the optimum s_r = 1 (t_a = 1) exactly for the inequalities that some p ∈ P meets strictly, else 0; q + t, divided by
its sum, meets all of these at once and is a point of the relative interior. Where s_r = 0 the optimal multipliers λ
have λ_r ≥ 1, λ = 0 on the other rows, and λᵀG is 0 on the columns that occur and ≤ −1 on those that do not: the proof.

R. Nau, S. Gomez Canovas and P. Hansen (2004), *On the geometry of Nash equilibria and correlated equilibria*, Int. J.
Game Theory 32: in a non-trivial game the Nash equilibria lie on the boundary of P, so a game whose P has full dimension
N − 1 has correlated equilibria that no Nash equilibrium reaches.

Complexity: a programme of 2 N columns and all obedience rows, exact: for games of a few hundred profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.correlated import correlated_from_distribution
from gametheory.equilibria.correlated_programme import all_obedience_rows, obedience_table, row_name
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.rows import RowBlock, block, payoff_programme, refuse_large_programme
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import solve_exact

__all__ = ["CorrelatedInterior", "correlated_interior", "correlated_interior_programme", "integer_rank"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CorrelatedInterior:
    """A (coarse) correlated equilibrium that meets strictly all that can be met strictly, and the dimension.

    Attributes
    ----------
    equilibrium : Equilibrium
        In the relative interior: every profile that some correlated equilibrium plays has positive probability.
    dimension : int
        Of the set of correlated equilibria; ``int()`` of the result.
    equalities : tuple of str
        Names of the obedience rows that hold with equality in every correlated equilibrium.
    multipliers : RationalArray, shape (number of obedience rows,)
        λ ≥ 0 of the module, which prove these equalities and that no other profile is ever played.
    certificate : Certificate
        Duality certificate that no more rows can be strict.
    """

    equilibrium: Equilibrium
    dimension: int
    equalities: tuple[str, ...]
    multipliers: RationalArray
    certificate: Certificate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CorrelatedInterior):
            return NotImplemented
        return self.equilibrium.game == other.equilibrium.game and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.equilibrium, self.dimension, self.multipliers))

    @property
    def full_dimensional(self) -> bool:
        """Whether the set has an interior among all distributions: dimension N − 1."""
        return self.dimension == self.equilibrium.game.num_profiles - 1

    def __int__(self) -> int:
        return self.dimension

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "dimension": self.dimension,
            "equalities": list(self.equalities),
            "equilibrium": self.equilibrium.to_dict(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the interior equilibrium."""
        return self.equilibrium.to_frame()

    def __repr__(self) -> str:
        game = self.equilibrium.game
        return (
            f"CorrelatedInterior({self.equilibrium.concept}, certified: dimension {self.dimension} of "
            f"{game.num_profiles - 1}, {len(self.equilibrium.support)} of {game.num_profiles} profiles occur)"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def correlated_interior_programme(game: NormalFormGame, *, coarse: bool = False) -> LinearProgramme:
    """The programme of the module; the row builder ``"correlated_interior"``. Columns are q, then t, then s."""
    game = game.exact()
    rows = all_obedience_rows(game, range(game.num_players), coarse=coarse)
    size, count = game.num_profiles, len(rows)
    refuse_large_programme(
        2 * sum(size if coarse else size // game.num_actions[row[0]] for row in rows), "the interior of the polytope"
    )
    blocks: list[RowBlock] = []
    slacks = iter(range(2 * size, 2 * size + count))
    for i in range(game.num_players):
        own = [row for row in rows if row[0] == i]
        if not own:
            continue
        table, columns = obedience_table(game, own, coarse=coarse)
        columns = np.broadcast_to(columns, table.shape)
        minus = np.full((len(own), 1), -game.denominator, dtype=object)
        slack = np.array([[next(slacks)] for _ in own])
        blocks.append(
            block(
                np.concatenate([table, table, minus], axis=1),
                np.concatenate([columns, columns + size, slack], axis=1),
                [row_name(game, row) for row in own],
            )
        )
    labels = ["(" + ", ".join(game.action_labels(a)) + ")" for a in np.ndindex(*game.num_actions)]
    one = (Fraction(1),)
    return payoff_programme(
        game,
        blocks,
        name="correlated_interior",
        arguments={"coarse": bool(coarse)},
        objective=RationalArray.of_integers(np.repeat([0, 1, 1], [size, size, count])),
        column_names=[*labels, *(f"{x} at least" for x in labels), *(f"slack {r}" for r in range(count))],
        upper=(None,) * size + one * (size + count),
    )


def correlated_interior(game: NormalFormGame, *, coarse: bool = False) -> CorrelatedInterior:
    """A point in the relative interior of the set of (coarse) correlated equilibria, and the set's dimension.

    Parameters
    ----------
    coarse : bool
        Whether players commit to follow or to ignore their recommendations before they hear them.

    Returns
    -------
    CorrelatedInterior

    Raises
    ------
    SpecificationError, UnsupportedError
        A programme too large for the memory at hand; payoffs with free symbols.

    Examples
    --------
    Chicken has correlated equilibria in all directions, matching pennies only one:

    >>> chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> correlated_interior(chicken)
    CorrelatedInterior(correlated, certified: dimension 3 of 3, 4 of 4 profiles occur)
    >>> int(correlated_interior(NormalFormGame.zero_sum([[1, -1], [-1, 1]])))
    0
    """
    programme = correlated_interior_programme(game, coarse=coarse)
    size = game.num_profiles
    solution = solve_exact(programme)
    values = solution.primal.numerators
    point = values[:size].astype(object) + values[size : 2 * size].astype(object)
    slack = values[2 * size :]
    tight = np.flatnonzero(np.array([x == 0 for x in slack.tolist()], dtype=bool))
    played = np.flatnonzero(np.array([x != 0 for x in point.tolist()], dtype=bool))
    place = {int(a): k for k, a in enumerate(played)}
    equations = [[0] * len(played) for _ in tight]
    for k, r in enumerate(tight.tolist()):
        for column, coefficient in programme.row(r).items():
            if column < size and column in place:
                equations[k][place[column]] = int(coefficient * programme.coefficients.denominator)
    multipliers = RationalArray.of_integers(-solution.row_duals.numerators, solution.row_duals.denominator)
    return CorrelatedInterior(
        equilibrium=correlated_from_distribution(
            game,
            RationalArray.of_integers(point, int(point.sum())),
            coarse=coarse,
            method="exact linear programme over the cone",
        ),
        dimension=len(played) - 1 - integer_rank(equations),
        equalities=tuple(programme.row_names[r] for r in tight.tolist()),
        multipliers=multipliers,
        certificate=solution.certificate,
    )


def integer_rank(rows: list[list[int]]) -> int:
    """The rank of an integer matrix."""
    if not rows or not rows[0]:
        return 0
    from flint import fmpz_mat

    return int(fmpz_mat(rows).rank())
