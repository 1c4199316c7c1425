"""What is asked about a covert channel, read and checked once, before any of the notions answers it.

A team whose members act at the same time against one adversary secures TME with independent play and TMECor with an
unlimited shared secret (:mod:`gametheory.equilibria.team_play`). Between the two lies what it secures with a secret of
b bits; what b bits are is said by the ``notion``. :class:`CovertQuestion` holds the payoff table, the budget and the
limits of the search in the form that every notion needs; both ends of the ladder are found once and kept.

A bound that holds for every notion:

    V(b)  ≤  TME + span · √(b · ln 2 / 2),   and ≤ TMECor.

With D = Σ_k λ_k d_k, d_k products: Σ_k λ_k KL(d_k ‖ D) = I(k; a) ≤ b bits, so that some d_k has KL(d_k ‖ D) ≤ b ln 2 nats,
and by Pinsker's inequality a total variation of at most √(b ln 2 / 2) from D. For min-entropy the total variation from the
largest branch is at most 1 − 2^−b, which is less. For a total correlation of b the product of the marginals takes the
place of d_k. The bound is concave in b, so that sharing time between budgets does not leave it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import logarithm_bracket, square_root_bracket
from gametheory.equilibria.team_results import TeamMaxmin, TeamMaxminCorrelated
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CovertQuestion", "Notion", "Progress"]

Notion = Literal["seed", "min_entropy", "entropy", "rate", "mutual_information", "mutual_information_rate"]
"""What the bits of a covert channel measure; see :mod:`gametheory.collusion.secret_channels`."""

Progress = Callable[[int, float, float], None]
"""Called now and then with the number of cells bounded so far and the best lower and upper bound."""


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CovertQuestion:
    """A prepared question; made by :func:`gametheory.collusion.covert_value`.

    Attributes
    ----------
    game : NormalFormGame
        As it was passed.
    exact_game : NormalFormGame
        The same game in rationals.
    team : tuple of int
        The members in increasing order.
    adversary : int
    payoff : RationalArray, shape num_actions, or None
        The team's payoff at each profile of the game; ``None``: the members' common payoff.
    table : RationalArray, shape (num_adversary_actions, *team_actions)
        The same payoffs, the adversary's axis first.
    floats : bool
        Whether the data were floats, so that results show floats.
    notion : Notion
    bits : Fraction or None
        The budget; ``None`` where ``values`` is given instead.
    values : int or None
        For ``"seed"``: how many values the secret can take.
    observes : object
        What the overseer sees of past play; ``"all"`` unless the notion is a long-run one.
    gap : Fraction
        The search may end once upper − lower ≤ gap · span.
    max_cells : int
    deadline : float
        In seconds of :func:`time.perf_counter`; infinite without a limit.
    progress : callable or None
    tme : TeamMaxmin
        Without a secret.
    tmecor : TeamMaxminCorrelated
        With an unlimited one.
    """

    game: NormalFormGame
    exact_game: NormalFormGame
    team: tuple[int, ...]
    adversary: int
    payoff: RationalArray | None
    table: RationalArray
    floats: bool
    notion: Notion
    bits: Fraction | None
    values: int | None
    observes: Any
    gap: Fraction
    max_cells: int
    deadline: float
    progress: Progress | None
    tme: TeamMaxmin
    tmecor: TeamMaxminCorrelated

    @property
    def span(self) -> Fraction:
        """Largest minus least payoff of the team."""
        numerators = self.table.numerators
        return Fraction(int(numerators.max()) - int(numerators.min()), self.table.denominator)

    @property
    def scaled(self) -> NDArray[np.float64]:
        """The table in floats, shifted and scaled to lie between 0 and 1; all 0 if all payoffs are equal."""
        least = int(self.table.numerators.min())
        size = int(self.table.numerators.max()) - least
        return RationalArray.of_integers(self.table.numerators.astype(object) - least, max(size, 1)).floats()

    @property
    def remaining(self) -> float | None:
        """Seconds that are left, at least 0; ``None`` without a limit."""
        return None if self.deadline == float("inf") else max(0.0, self.deadline - time.perf_counter())

    def tell(self, cells: int, low: float, high: float) -> None:
        """Pass on the progress of a search on the scaled table."""
        if self.progress is not None:
            base, size = int(self.table.numerators.min()) / self.table.denominator, float(self.span)
            self.progress(cells, base + low * size, base + high * size)

    def pinsker_bound(self, bits: Fraction | None = None) -> Fraction:
        """The bound TME + span · √(bits · ln 2 / 2) of the module's docstring, capped at TMECor."""
        budget = self.bits if bits is None else bits
        assert budget is not None, "for a number of values pass the bits"
        root = square_root_bracket(budget * logarithm_bracket(Fraction(2))[1] / 2)[1]
        return min(self.tme.upper + self.span * root, self.tmecor.exact_value)
