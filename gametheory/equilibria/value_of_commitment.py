"""What a side gains by committing, and by knowing whom it faces: the two asymmetries of a leader, as numbers.

The *value of commitment* is the leader's Stackelberg value less its payoff in a Nash equilibrium of the same game, the best or
the worst of them for it:

    V − max {u_L(σ) : σ Nash}     and     V − min {u_L(σ) : σ Nash}.

With one follower and ties for the leader the first is ≥ 0: to commit to one's equilibrium strategy is possible. With ties
against it the second still is (von Stengel and Zamir 2010), and the first may be negative.

The *value of information* about a follower's type is what a leader gets that learns it before it commits, less what one gets
that does not,

    Σ_l p_l V_l − V ≥ 0,

V_l the Stackelberg value against type l alone and V that against all types (:mod:`gametheory.equilibria.bayesian_commitment`).

References: B. von Stengel and S. Zamir (2010), Leadership games with convex strategy sets, Games Econ. Behav. 69; H. von
Stackelberg (1934), Marktform und Gleichgewicht.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.bayesian_commitment import FollowerTypes, Ties
from gametheory.equilibria.bayesian_commitment import bayesian_commitment
from gametheory.equilibria.bayesian_commitment_programmes import follower_types
from gametheory.equilibria.bayesian_commitment_result import BayesianCommitment
from gametheory.equilibria.commitment import StackelbergEquilibrium
from gametheory.equilibria.commitment_cells import Followers
from gametheory.equilibria.presentation import number_text
from gametheory.equilibria.selection import TIME_LIMIT, OptimalEquilibrium, optimal_nash_equilibrium
from gametheory.equilibria.stackelberg import stackelberg_equilibrium
from gametheory.errors import CertificateError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["ValueOfCommitment", "ValueOfInformation", "value_of_commitment", "value_of_information"]


@final
@compared_by("commitment", "best", "worst")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ValueOfCommitment:
    """The leader's value of commitment over its best and its worst Nash equilibrium.

    Attributes
    ----------
    commitment : StackelbergEquilibrium
    best, worst : OptimalEquilibrium
        The Nash equilibria that are best and worst for the leader, with bounds on what all of them pay it.
    """

    commitment: StackelbergEquilibrium
    best: OptimalEquilibrium
    worst: OptimalEquilibrium

    @property
    def over_best(self) -> Fraction | float:
        """V less the leader's best equilibrium payoff; a float for a game of floats."""
        return self._shown(self.commitment.exact_value - self.best.exact_value)

    @property
    def over_worst(self) -> Fraction | float:
        """V less the leader's worst equilibrium payoff; a float for a game of floats."""
        return self._shown(self.commitment.exact_value - self.worst.exact_value)

    @property
    def over_best_bounds(self) -> tuple[Fraction, Fraction]:
        """Bounds by evidence; equal for two players."""
        value = self.commitment.exact_value
        return value - self.best.exact_upper, value - self.best.exact_lower

    @property
    def over_worst_bounds(self) -> tuple[Fraction, Fraction]:
        """Bounds by evidence; equal for two players."""
        value = self.commitment.exact_value
        return value - self.worst.exact_upper, value - self.worst.exact_lower

    @property
    def status(self) -> Literal["certified", "numerical", "bounded"]:
        """The weakest of the three."""
        found = {self.best.status, self.worst.status}
        return "bounded" if "bounded" in found else "numerical" if "numerical" in found else "certified"

    def _shown(self, number: Fraction) -> Fraction | float:
        return float(number) if self.commitment.game.arithmetic == "float" else number

    def verify(self) -> Literal[True]:
        """Re-check the commitment and both equilibria, and that all are about one game."""
        self.commitment.verify()
        self.best.verify()
        self.worst.verify()
        games = {found.game.digest() for found in (self.commitment, self.best, self.worst)}
        if len(games) > 1:
            raise CertificateError(
                "value of commitment: the parts are about several games", claim=repr(self), violation="games"
            )
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "status": self.status,
            "over_best": [exact_text(x) for x in self.over_best_bounds],
            "over_worst": [exact_text(x) for x in self.over_worst_bounds],
            "commitment": self.commitment.to_dict(),
            "best": self.best.to_dict(),
            "worst": self.worst.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: what the leader gets, and what commitment adds."""
        rows: list[list[Any]] = [
            ["commitment", self.commitment.value, None],
            ["best equilibrium", self.best.value, self.over_best],
            ["worst equilibrium", self.worst.value, self.over_worst],
        ]
        return data_frame(rows, ["play", "payoff", "commitment_adds"])

    def __repr__(self) -> str:
        alone = (
            f"{number_text(self.best.value)} in the best and {number_text(self.worst.value)} in the worst equilibrium"
        )
        gains = f"{number_text(self.over_best)} and {number_text(self.over_worst)}"
        return f"ValueOfCommitment({self.status}: {number_text(self.commitment.value)} against {alone}: {gains})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(repr(part))}</td></tr>" for part in (self.commitment, self.best, self.worst))
        return f"<table><caption>{escape(repr(self))}</caption>{rows}</table>"


def value_of_commitment(
    game: NormalFormGame,
    leader: int | str = 0,
    *,
    ties: Ties = "strong",
    followers: Followers | None = None,
    time_limit: float | None = TIME_LIMIT,
) -> ValueOfCommitment:
    """What a player gains by committing, over its best and over its worst Nash equilibrium.

    Parameters
    ----------
    ties, followers
        As in :func:`~gametheory.equilibria.stackelberg.stackelberg_equilibrium`.
    time_limit : float or None
        Seconds for each of the two searches among the equilibria.

    Returns
    -------
    ValueOfCommitment
        Exact for two players; for more with the bounds of
        :func:`~gametheory.equilibria.selection.optimal_nash_equilibrium`.

    Raises
    ------
    SpecificationError, UnsupportedError, InfeasibleError, SolverError
        As these two functions do.

    Examples
    --------
    The standard example of leadership (von Stengel and Zamir 2010): its only equilibrium pays 1.

    >>> game = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]])
    >>> value_of_commitment(game)
    ValueOfCommitment(certified: 5/2 against 1 in the best and 1 in the worst equilibrium: 3/2 and 3/2)
    """
    check_seconds("time_limit", time_limit)
    index = game.player_index(leader)
    commitment = stackelberg_equilibrium(game, leader=index, ties=ties, followers=followers)
    best, worst = (
        optimal_nash_equilibrium(game, objective=index, sense=sense, time_limit=time_limit) for sense in ("max", "min")
    )
    return ValueOfCommitment(commitment=commitment, best=best, worst=worst)


@final
@compared_by("informed", "prior", "uninformed")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ValueOfInformation:
    """What a leader gains that learns the follower's type before it commits.

    Attributes
    ----------
    informed : tuple of StackelbergEquilibrium
        The best commitment against each type of positive probability alone.
    prior : tuple of Fraction
        Their probabilities.
    uninformed : BayesianCommitment
        The best commitment against all.
    """

    informed: tuple[StackelbergEquilibrium, ...]
    prior: tuple[Fraction, ...]
    uninformed: BayesianCommitment

    @property
    def informed_value(self) -> Fraction:
        """Σ_l p_l V_l."""
        return sum((p * found.exact_value for p, found in zip(self.prior, self.informed, strict=True)), Fraction(0))

    @property
    def lower(self) -> Fraction:
        """The gain is at least this."""
        return self.informed_value - self.uninformed.upper

    @property
    def upper(self) -> Fraction:
        """The gain is at most this; for suprema, and after a search that ended, that is the same number."""
        return self.lower if self.uninformed.complete else self.informed_value - self.uninformed.lower

    @property
    def value(self) -> Fraction | float:
        """The gain: ``lower`` where the search ended, a float for a game of floats."""
        return float(self.lower) if self.uninformed.game.arithmetic == "float" else self.lower

    def __float__(self) -> float:
        return float(self.lower)

    def verify(self) -> Literal[True]:
        """Re-check every commitment, and that they are about the types of one game."""
        self.uninformed.verify()
        types, _, _ = follower_types(self.uninformed.game, self.uninformed.leader)
        same = types.prior == self.prior and len(self.informed) == types.num_types
        for kind, found in enumerate(self.informed):
            found.verify()
            same = same and found.game.digest() == _alone(types, kind).digest() and found.ties == self.uninformed.ties
            same = same and found.leader == 0
        if not same:
            raise CertificateError(
                "value of information: a part is about another game", claim=repr(self), violation="games"
            )
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "status": "certified",
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "prior": [exact_text(p) for p in self.prior],
            "informed": [found.to_dict() for found in self.informed],
            "uninformed": self.uninformed.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: the value against each type alone, and its probability."""
        rows = zip(self.uninformed.replies, self.prior, (found.value for found in self.informed), strict=True)
        return data_frame(rows, ["type", "probability", "value"])

    def __repr__(self) -> str:
        known = number_text(self.informed_value)
        gain = (
            number_text(self.value)
            if self.lower == self.upper
            else f"{number_text(self.lower)} to {number_text(self.upper)}"
        )
        return f"ValueOfInformation(certified: {gain} = {known} informed − {number_text(self.uninformed.value)} uninformed)"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(repr(part))}</td></tr>" for part in (*self.informed, self.uninformed))
        return f"<table><caption>{escape(repr(self))}</caption>{rows}</table>"


def value_of_information(
    game: BayesianGame,
    leader: int | str = 0,
    *,
    ties: Ties = "strong",
    time_limit: float | None = None,
) -> ValueOfInformation:
    """What a leader gains that learns the follower's type before it commits.

    Parameters
    ----------
    game : BayesianGame
        Two players, a leader of one type.
    ties : "strong" or "weak"
    time_limit : float, optional
        Seconds for the commitment against all types; with the limit reached the gain has bounds.

    Returns
    -------
    ValueOfInformation

    Raises
    ------
    SpecificationError, UnsupportedError, SolverError
        As :func:`~gametheory.equilibria.bayesian_commitment.bayesian_commitment` does.

    Examples
    --------
    >>> own, first, second = [[2, 4], [1, 3]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]
    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (own[a[0]][a[1]], (first, second)[t[1]][a[0]][a[1]]),
    ...     num_types=(1, 2), num_actions=(2, 2), prior=[["1/2", "1/2"]])
    >>> value_of_information(game)
    ValueOfInformation(certified: 1/12 = 43/12 informed − 7/2 uninformed)
    """
    types, index, _ = follower_types(game, leader)
    uninformed = bayesian_commitment(game, index, ties=ties, time_limit=time_limit)
    informed = tuple(stackelberg_equilibrium(_alone(types, kind), ties=ties) for kind in range(types.num_types))
    return ValueOfInformation(informed=informed, prior=types.prior, uninformed=uninformed)


def _alone(types: FollowerTypes, kind: int) -> NormalFormGame:
    """The game of the leader, who comes first, and one type."""
    table = np.array([types.leader[kind], types.follower[kind]], dtype=object)
    return NormalFormGame(RationalArray.of_integers(table, types.denominator), ("Leader", "Follower"))
