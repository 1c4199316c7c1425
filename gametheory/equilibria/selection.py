"""The best and the worst Nash equilibrium by an objective: welfare, fairness, a player's payoff, support size, any array.

    max or min  f(σ)   over all Nash equilibria σ,    mixed and degenerate ones included.

The answer is an equilibrium with two bounds, both exact rationals with evidence: the optimum over all equilibria lies
between them. They are equal where the search ends, for two players:

* for objectives of the payoffs by branch and bound (:mod:`gametheory.equilibria.selection_search`), with a tree of cases
  as the evidence that no equilibrium is better. Uniformly random payoffs: 15×15 takes some tenths of a second, 20×20 a
  second or two, 30×30 up to a quarter of a minute; strongly opposed payoffs are harder, 20×20 can take half a minute;
* otherwise from the complete list of extreme equilibria, of which the objective attains its extremes at one (largest
  support size: between them); :mod:`gametheory.equilibria.selection_objectives` has the proofs.

With three or more players the complete list is a list of boxes, so that the bounds differ by rounding, about 1e-16 of the
span or less; where there is none, or a limit is reached, the bound is that of correlated equilibria, of which Nash
equilibria are some, with the dual solution as evidence.

References: T. Sandholm, A. Gilpin and V. Conitzer (2005), *Mixed-integer programming methods for finding Nash equilibria*,
AAAI; I. Gilboa and E. Zemel (1989), *Nash and correlated equilibria: some complexity considerations*, Games and Economic
Behavior 1: to decide whether an equilibrium reaches a given objective is NP-hard, so the time grows exponentially in the
worst case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.duality import DualityCertificate
from gametheory.equilibria.bimatrix import mixed_equilibrium
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.nash import MAX_BRANCHES, nash_equilibria, nash_equilibrium
from gametheory.equilibria.nash import TIME_LIMIT as ONE_LIMIT
from gametheory.equilibria.presentation import number_text
from gametheory.equilibria.selection_objectives import Criterion, Sense, criterion_of
from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import expected_payoffs
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["OptimalEquilibrium", "optimal_nash_equilibrium"]

Array = NDArray[Any]
Objective = Literal["welfare", "fairness", "support_size"]
Method = Literal["auto", "branching", "complete"]
Status = Literal["certified", "numerical", "bounded"]

TIME_LIMIT = 60.0
"""Default of ``time_limit``, in seconds."""

LISTED_FOR = 1.0
"""Seconds in which, after a search was stopped, the equilibria are listed in floats, to have the best of those found."""

CERTIFIED_LIST = 225
"""Pure profiles up to which completeness is certified where the answer needs a complete list: 15×15, some seconds."""

_SMALL = 25
_METHOD = "branch and bound over best replies"


@final
@compared_by("equilibrium", "criterion", "exact_lower", "exact_upper", "status")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class OptimalEquilibrium:
    """A Nash equilibrium chosen by an objective, with bounds on what any Nash equilibrium can reach.

    Attributes
    ----------
    equilibrium : Equilibrium
    criterion : Criterion
        The objective and the sense, for the exact game.
    exact_value : Fraction
        The objective at ``equilibrium.exact_profile``.
    exact_lower, exact_upper : Fraction
        The optimum over all Nash equilibria lies between them, both by evidence.
    status : "certified", "numerical" or "bounded"
        ``"certified"``: the equilibrium is optimal (three or more players: within ``gap``), by evidence. ``"numerical"``:
        it is the best of a list that is complete as far as floats can tell. ``"bounded"``: a limit was reached, or no
        complete list exists; some other equilibrium may be better, but none is beyond the bounds.
    evidence : tuple of Certificate
        What the bound that the equilibrium itself does not give rests on; empty if on the payoff table alone.
    equilibria : EquilibriumSet or None
        The list that it was chosen from, if there is one.
    method : str
    """

    equilibrium: Equilibrium
    criterion: Criterion
    exact_value: Fraction
    exact_lower: Fraction
    exact_upper: Fraction
    status: Status
    evidence: tuple[Certificate, ...]
    equilibria: EquilibriumSet | None
    method: str

    @property
    def game(self) -> NormalFormGame:
        return self.equilibrium.game

    @property
    def value(self) -> Fraction | float:
        """The objective at the equilibrium: a fraction for an exact game, else a float."""
        return float(self.exact_value) if self.game.arithmetic == "float" else self.exact_value

    @property
    def lower(self) -> Fraction | float:
        """The smaller bound on the optimum; a float for a game of floats."""
        return float(self.exact_lower) if self.game.arithmetic == "float" else self.exact_lower

    @property
    def upper(self) -> Fraction | float:
        """The larger bound on the optimum; a float for a game of floats."""
        return float(self.exact_upper) if self.game.arithmetic == "float" else self.exact_upper

    @property
    def exact_bound(self) -> Fraction:
        """No Nash equilibrium has more (``sense="min"``: less)."""
        return self.exact_upper if self.criterion.sense == "max" else self.exact_lower

    @property
    def gap(self) -> Fraction:
        """How far apart the two bounds are; 0 where the optimum is known exactly."""
        return self.exact_upper - self.exact_lower

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """That the equilibrium is one, and the evidence for the bound."""
        own = self.equilibrium.certificate
        return (*(() if own is None else (own,)), *self.evidence)

    def verify(self) -> Literal[True]:
        """Check every certificate again, and that value and bounds follow from them.

        Raises
        ------
        CertificateError
            If a certificate does not establish its claim, or a number does not follow.
        """
        for certificate in self.certificates:
            certificate.verify(self.game)
        found = self.criterion.value(self.equilibrium.probabilities())
        bounds = _bounds(self.criterion, self.equilibrium, self.evidence)
        if (found, *bounds) != (self.exact_value, self.exact_lower, self.exact_upper):
            raise CertificateError(
                f"{self!r}: the certificates give {number_text(found)} between {number_text(bounds[0])} and "
                f"{number_text(bounds[1])}; select the equilibrium again",
                claim=repr(self),
                violation="value or bounds",
            )
        return True

    def __float__(self) -> float:
        return float(self.exact_value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "objective": self.criterion.words,
            "sense": self.criterion.sense,
            "status": self.status,
            "method": self.method,
            "value": exact_text(self.exact_value),
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "equilibrium": self.equilibrium.to_dict(),
            "evidence": [certificate.to_dict() for certificate in self.evidence],
        }

    def to_frame(self) -> Any:
        """A pandas table: the objective, its bounds and every player's payoff."""
        row = [self.criterion.words, self.value, self.exact_lower, self.exact_upper, *self.equilibrium.payoffs]
        return data_frame([row], ["objective", "value", "lower", "upper", *self.game.players])

    def __repr__(self) -> str:
        kind = "largest" if self.criterion.sense == "max" else "smallest"
        exactly = "" if self.gap == 0 else f", by certificates within {float(self.gap):.3g}"
        return (
            f"OptimalEquilibrium({kind} {self.criterion.words}, {self.status}: {number_text(self.value)}{exactly}; "
            f"{self.equilibrium.describe()})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.equilibrium._repr_html_()}"


def optimal_nash_equilibrium(
    game: NormalFormGame,
    *,
    objective: Objective | int | str | Sequence[Any] | Array | RationalArray = "welfare",
    sense: Sense = "max",
    enough: float | Fraction | None = None,
    method: Method = "auto",
    max_branches: int = MAX_BRANCHES,
    time_limit: float | None = TIME_LIMIT,
) -> OptimalEquilibrium:
    """Find the Nash equilibrium with the largest or smallest objective, and bounds on that of all others.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (whose equilibria are those of ``game.exact()``).
    objective : "welfare", "fairness", "support_size", a player, n weights on players, or an array of shape num_actions
        The sum of the payoffs; the smallest payoff of any player; the number of actions played with positive
        probability, over all players; one player's payoff (by index or name); weighted payoffs; or the expectation of a
        number for each profile.
    sense : "max" or "min"
        The best equilibrium or the worst: the largest value or the smallest.
    enough : number, optional
        Stop at the first equilibrium that has at least (``sense="min"``: at most) this; the answer is then ``"bounded"``.
    method : "auto", "branching" or "complete"
        ``"branching"``: two players and objectives of the payoffs. ``"complete"``: through the list of all equilibria.
        ``"auto"``: branching above 25 pure profiles, where it can be.
    max_branches, time_limit : int, float or None
        Stop after so many cases or seconds, with the best equilibrium found and the bounds reached. Bounds by linear
        programmes, equilibria listed in floats for a second, and one equilibrium where none was found, are in addition.

    Returns
    -------
    OptimalEquilibrium

    Raises
    ------
    SpecificationError
        An objective of another kind or shape.
    UnsupportedError
        ``method="branching"`` where it cannot be, or free symbols in the payoffs.
    SolverError
        Three or more players and no equilibrium found.

    Examples
    --------
    A stag hunt: both hunting stag is best; worst is that both hunt hare, or mix.

    >>> game = NormalFormGame.symmetric([[4, 0], [3, 3]], actions=["stag", "hare"])
    >>> optimal_nash_equilibrium(game)
    OptimalEquilibrium(largest welfare, certified: 8; stag | stag)
    >>> worst = optimal_nash_equilibrium(game, sense="min")
    >>> worst.value, worst.gap, worst.verify()
    (Fraction(6, 1), Fraction(0, 1), True)

    B. von Stengel (2007), chapter 3 of Algorithmic Game Theory: three equilibria, with payoffs (3, 3), (3, 8/3), (4, 8/3).

    >>> game = NormalFormGame.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    >>> for objective in ("welfare", "fairness", "Player 2"):
    ...     print(optimal_nash_equilibrium(game, objective=objective, method="branching"))
    OptimalEquilibrium(largest welfare, certified: 20/3; 1/3 2 + 2/3 3 | 1/3 1 + 2/3 2)
    OptimalEquilibrium(largest smallest payoff, certified: 3; 1 | 1)
    OptimalEquilibrium(largest payoff of Player 2, certified: 3; 1 | 1)
    """
    if method not in ("auto", "branching", "complete"):
        raise SpecificationError(f"method: found {method!r}; write 'auto', 'branching' or 'complete'")
    check_count("max_branches", max_branches, least=0)
    check_seconds("time_limit", time_limit)
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the equilibria depend on them; substitute values")
    criterion = criterion_of(game.exact(), objective, sense)
    target = None if enough is None else exact(enough)
    can_branch = game.num_players == 2 and criterion.kind in ("payoffs", "fairness")
    if method == "branching" and not can_branch:
        raise UnsupportedError(
            f"method='branching': it takes two players and an objective of their payoffs, not {game.num_players} players "
            f"and the {criterion.words}; pass method='complete'"
        )
    if can_branch and (method == "branching" or (method == "auto" and game.num_profiles > _SMALL)):
        return _by_branching(game, criterion, target, max_branches, time_limit)
    return _from_list(game, criterion, max_branches, time_limit)


def _by_branching(
    game: NormalFormGame, criterion: Criterion, enough: Fraction | None, max_branches: int, time_limit: float | None
) -> OptimalEquilibrium:
    from gametheory.equilibria.selection_search import best_equilibrium

    outcome = best_equilibrium(
        game,
        coefficients=_two(criterion.coefficients or (Fraction(1), Fraction(1))),
        combination="smallest" if criterion.kind == "fairness" else "sum",
        sense=criterion.sense,
        enough=enough,
        max_branches=max_branches,
        time_limit=time_limit,
    )
    found: list[Equilibrium] = []
    if outcome.strategies is not None:
        found.append(mixed_equilibrium(game, game.exact(), *outcome.strategies, _METHOD))
    evidence: tuple[Certificate, ...] = (outcome.certificate,)
    listed = None
    if outcome.stopped in ("time", "branches"):
        evidence += criterion.relaxation()
        listed, members = _listed(game, "numerical", MAX_BRANCHES, LISTED_FOR)
        if listed is not None and listed.certificate is not None:  # searched in integers after all
            evidence += (listed.certificate,)
        choose = max if criterion.sense == "max" else min
        found += [choose(members, key=lambda member: _in_floats(criterion, member))] if members else []
    chosen = criterion.choice(found) if found else nash_equilibrium(game, time_limit=ONE_LIMIT)
    assert isinstance(chosen, Equilibrium), "only the largest support lies between members"
    return _result(criterion, chosen, evidence, listed, _METHOD, complete=not outcome.stopped)


def _from_list(
    game: NormalFormGame, criterion: Criterion, max_branches: int, time_limit: float | None
) -> OptimalEquilibrium:
    certified = game.num_players != 2 or game.num_profiles <= CERTIFIED_LIST
    listed, members = _listed(game, "certified" if certified else "numerical", max_branches, time_limit)
    chosen = (
        criterion.choice(members if listed is None else listed)
        if members
        else nash_equilibrium(game, time_limit=ONE_LIMIT)
    )
    equilibrium = chosen if isinstance(chosen, Equilibrium) else _equilibrium_at(game, chosen)
    proved = listed is not None and listed.completeness == "certified" and listed.certificate is not None
    evidence: tuple[Certificate, ...] = criterion.relaxation()
    if proved and listed is not None and listed.certificate is not None:
        evidence = (listed.certificate,)
    return _result(criterion, equilibrium, evidence, listed, "from the list of all equilibria", complete=proved)


def _listed(
    game: NormalFormGame, completeness: Literal["certified", "numerical"], max_branches: int, time_limit: float | None
) -> tuple[EquilibriumSet | None, Sequence[Equilibrium]]:
    """All equilibria, or at a limit ``None`` and those found until then."""
    try:
        found = nash_equilibria(game, completeness=completeness, max_branches=max_branches, time_limit=time_limit)
    except SolverError as error:
        return None, tuple(
            best for best in error.best or () if isinstance(best, Equilibrium) and best.concept == "Nash"
        )
    except UnsupportedError:  # too many supports
        return None, ()
    return found, tuple(member for member in found if member.concept == "Nash")


def _result(
    criterion: Criterion,
    equilibrium: Equilibrium,
    evidence: tuple[Certificate, ...],
    listed: EquilibriumSet | None,
    method: str,
    *,
    complete: bool,
) -> OptimalEquilibrium:
    lower, upper = _bounds(criterion, equilibrium, evidence)
    status: Status = "bounded"
    if complete or lower == upper:
        status = "certified"
    elif listed is not None and equilibrium.game.num_players == 2:
        status = "numerical"
    return OptimalEquilibrium(
        equilibrium=equilibrium,
        criterion=criterion,
        exact_value=criterion.value(equilibrium.probabilities()),
        exact_lower=lower,
        exact_upper=upper,
        status=status,
        evidence=evidence,
        equilibria=listed,
        method=method,
    )


def _bounds(
    criterion: Criterion, equilibrium: Equilibrium, evidence: tuple[Certificate, ...]
) -> tuple[Fraction, Fraction]:
    """Between which numbers the optimum is: what the equilibrium reaches, and what no equilibrium can pass."""
    if equilibrium.concept == "Nash":
        reached = criterion.range_at(equilibrium)
    else:  # near an equilibrium only: there is one somewhere, and no profile has less (more) than this
        other: Sense = "min" if criterion.sense == "max" else "max"
        reached = (replace(criterion, sense=other).trivial_bound(),) * 2
    # bounds over correlated equilibria hold together (of several players' smallest payoffs the smallest); others alone
    together = [criterion.extremes(c) for c in evidence if isinstance(c, DualityCertificate)]
    alone = [criterion.extremes(c) for c in evidence if not isinstance(c, DualityCertificate)]
    if criterion.sense == "max":
        passed = [high for _, high in alone] + ([max(high for _, high in together)] if together else [])
        return reached[0], min([*passed, criterion.trivial_bound()])
    passed = [low for low, _ in alone] + ([min(low for low, _ in together)] if together else [])
    return max([*passed, criterion.trivial_bound()]), reached[1]


def _equilibrium_at(game: NormalFormGame, vectors: tuple[Array, ...]) -> Equilibrium:
    payoffs = expected_payoffs(game.exact(), vectors)
    floats = game.arithmetic == "float"
    return Equilibrium(
        concept="Nash",
        game=game,
        profile=tuple(v.astype(float) for v in vectors) if floats else vectors,
        exact_profile=vectors,
        payoffs=tuple(map(float, payoffs)) if floats else tuple(payoffs),
        certificate=DeviationCertificate.nash(game.exact(), vectors),
        method="barycentre of a maximal Nash subset",
    )


def _in_floats(criterion: Criterion, member: Equilibrium) -> float:
    """The objective of the payoffs, to choose a good equilibrium by."""
    payoffs = [float(u) for u in member.payoffs]
    if criterion.kind == "fairness":
        return min(payoffs)
    return sum(float(c) * u for c, u in zip(criterion.coefficients, payoffs, strict=True))


def _two(numbers: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    return numbers[0], numbers[1]
