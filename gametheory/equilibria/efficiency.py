"""How much is lost because nobody is in charge: prices of anarchy, stability and correlation; Pareto dominance.

The welfare of a profile is the sum of the payoffs, W(σ) = Σ_i u_i(σ); with ``objective="cost"`` payoffs are minus costs and
the social cost is C(σ) = −W(σ). With N the Nash equilibria (all of them, or the pure ones) and K the correlated ones,

    price of anarchy      max_a W(a) / min_N W      max_N C / min_a C
    price of stability    max_a W(a) / max_N W      min_N C / min_a C
    price of correlation  max_K W / max_N W         min_N C / min_K C          each ≥ 1.

A ratio needs positive welfare (or cost) below the line, and changes when a constant is added to the payoffs: zero must mean
something. W is bilinear on each maximal Nash subset of two players, a product of polytopes, so its extremes over all equilibria
are at extreme equilibria: the ratios are exact. With three or more players they are where all equilibria are isolated and
rational, or over pure equilibria.

A profile Pareto dominates another if nobody gets less and somebody more (``"strict"``: everybody more).

References: E. Koutsoupias and C. Papadimitriou (1999), *Worst-case equilibria*, STACS; E. Anshelevich et al. (2008), *The price
of stability for network design with fair cost allocation*, SIAM J. Computing 38; I. Ashlagi, D. Monderer and M. Tennenholtz
(2008), *On the value of correlation*, J. Artificial Intelligence Research 33.
Complexity: that of listing the equilibria; Pareto optimal profiles O(F · n · ∏ m_i) for F payoff vectors on the frontier.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Verdict, exact_text, judge
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.enclosures import EnclosureCertificate
from gametheory.equilibria.bimatrix import Completeness
from gametheory.equilibria.correlated import CorrelatedEquilibrium, correlated_equilibrium, exact_distribution
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.multiplayer_search import multiplayer_equilibria
from gametheory.equilibria.nash import nash_equilibria
from gametheory.equilibria.presentation import number_text
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.equilibria.rows import summed
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import PureProfile, exact_mixed_profile, expected_payoffs, pure_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "EfficiencyRatio",
    "compared_equilibria",
    "is_pareto_optimal",
    "pareto_dominates",
    "pareto_optimal_profiles",
    "price_of_anarchy",
    "price_of_correlation",
    "price_of_stability",
]

Array = NDArray[Any]
Objective = Literal["welfare", "cost"]
Among = Literal["all", "pure"]
Dominance = Literal["weak", "strict"]


@final
@compared_by("name", "game", "objective", "exact_value", "benchmark", "best", "reached", "equilibrium", "equilibria")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EfficiencyRatio:
    """A price of anarchy, stability or correlation; ``float()`` works.

    Attributes
    ----------
    name : str
        ``"price of anarchy"``, ``"price of stability"`` or ``"price of correlation"``.
    game : NormalFormGame
    objective : "welfare" or "cost"
        What ``benchmark`` and ``reached`` count: the sum of payoffs, or minus that sum.
    value : Fraction or float
        The ratio, ≥ 1; a float for a game of floats. ``exact_value`` is the rational.
    benchmark : Fraction
        The best welfare (or cost) of any profile; for the price of correlation, of any correlated equilibrium.
    best : tuple of int or CorrelatedEquilibrium
        A pure profile, or the correlated equilibrium, that has it.
    reached : Fraction
        The welfare (or cost) of ``equilibrium``.
    equilibrium : Equilibrium
        The worst (anarchy) or best (stability, correlation) Nash equilibrium.
    equilibria : EquilibriumSet
        The equilibria compared: extreme equilibria of two players, or pure ones.
    """

    name: str
    game: NormalFormGame
    objective: Objective
    exact_value: Fraction
    benchmark: Fraction
    best: PureProfile | CorrelatedEquilibrium
    reached: Fraction
    equilibrium: Equilibrium
    equilibria: EquilibriumSet

    @property
    def value(self) -> Fraction | float:
        """The ratio: a fraction for an exact game, else a float."""
        return float(self.exact_value) if self.game.arithmetic == "float" else self.exact_value

    @property
    def status(self) -> Literal["certified", "numerical"]:
        """``"numerical"`` where it is not certified that the list of equilibria is complete."""
        return "certified" if self.equilibria.completeness == "certified" else "numerical"

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Rational evidence: the equilibrium is one, no other was missed, the correlated one is one and best."""
        found: list[Certificate | None] = [self.equilibrium.certificate, self.equilibria.certificate]
        if isinstance(self.best, CorrelatedEquilibrium):
            found += [self.best.certificate, self.best.optimality]
        return tuple(certificate for certificate in found if certificate is not None)

    def verify(self) -> Literal[True]:
        """Check every certificate again, and the ratio against the payoff table and the listed equilibria.

        Raises
        ------
        CertificateError
            If a certificate does not establish its claim, or the numbers do not follow.
        """
        for certificate in self.certificates:
            certificate.verify()
        sign = _sign(self.objective)
        welfares = [_welfare(member) for member in self.equilibria]
        extreme = min(welfares) if self.name == "price of anarchy" else max(welfares)
        if isinstance(self.best, CorrelatedEquilibrium):
            most = sum(_exact_payoffs(self.game, self.best.exact_profile), Fraction(0))
        else:
            exact_game = self.game.exact()
            most = Fraction(int(summed(exact_game.numerators).max()), exact_game.denominator)
        expected = (sign * extreme, sign * extreme, sign * most)
        if (self.reached, sign * _welfare(self.equilibrium), self.benchmark) != expected or (
            self.exact_value != _ratio(self.objective, self.benchmark, self.reached)
        ):
            raise CertificateError(
                f"{self.name}: the payoff table and the listed equilibria give {expected[0]} in equilibrium and "
                f"{expected[2]} at best; compute the ratio again",
                claim=repr(self),
                violation=f"reached {self.reached}, benchmark {self.benchmark}, ratio {self.exact_value}",
            )
        return True

    def __float__(self) -> float:
        return float(self.exact_value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        correlated = isinstance(self.best, CorrelatedEquilibrium)
        return {
            "measure": self.name,
            "status": self.status,
            "objective": self.objective,
            "value": exact_text(self.exact_value),
            "benchmark": exact_text(self.benchmark),
            "best": self.best.to_dict() if isinstance(self.best, CorrelatedEquilibrium) else list(self.best),
            "benchmark_over": "correlated equilibria" if correlated else "all profiles",
            "reached": exact_text(self.reached),
            "equilibrium": self.equilibrium.to_dict(),
            "equilibria": self.equilibria.concept,
            "completeness": self.equilibria.completeness,
        }

    def to_frame(self) -> Any:
        """A pandas table: the benchmark and the equilibrium, with every player's payoff."""
        what = "best correlated equilibrium" if isinstance(self.best, CorrelatedEquilibrium) else "best profile"
        payoffs = self.best.payoffs if isinstance(self.best, CorrelatedEquilibrium) else self.game.payoff(*self.best)
        rows = [
            [what, self.benchmark, *payoffs],
            [f"{self.equilibrium.concept} equilibrium", self.reached, *self.equilibrium.payoffs],
        ]
        return data_frame(rows, ["play", self.objective, *self.game.players])

    def __repr__(self) -> str:
        over = "pure Nash" if self.equilibria.concept == "pure Nash" else "Nash"
        kind = self.name.rsplit(" ", 1)[-1]
        return (
            f"EfficiencyRatio(price of {kind} over {over} equilibria, {self.status}: {number_text(self.value)}; "
            f"{self.objective} {number_text(self.reached)} in equilibrium, {number_text(self.benchmark)} at best)"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p><p>{escape(self.equilibrium.describe())}</p>"


def price_of_anarchy(
    game: NormalFormGame,
    *,
    objective: Objective = "welfare",
    equilibria: Among | EquilibriumSet = "all",
    completeness: Completeness = "auto",
) -> EfficiencyRatio:
    """The best welfare of any profile over that of the worst Nash equilibrium (for costs: the inverse), exact.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (each of which is a rational number).
    objective : "welfare" or "cost"
        Whether payoffs are benefits, or minus costs. Best welfare / worst welfare; worst cost / best cost.
    equilibria : "all", "pure" or EquilibriumSet
        Which Nash equilibria count: all (three or more players: small games, all of whose equilibria are isolated and
        rational), the pure ones, or those of a set of this game computed before, so that several ratios need one search.
    completeness : "auto", "certified" or "numerical"
        As in :func:`~gametheory.equilibria.nash.nash_equilibria`; a numerical list makes a numerical ratio.

    Returns
    -------
    EfficiencyRatio

    Raises
    ------
    SpecificationError
        If the welfare of the worst equilibrium (the cost of the best profile) is not positive: the ratio says nothing.
    UnsupportedError
        Three or more players and ``equilibria="all"``, where the list is not known to be complete, takes too long, or has an
        irrational member; or free symbols in the payoffs.
    InfeasibleError
        If ``equilibria="pure"`` and there is none.

    Examples
    --------
    Prisoner's dilemma: the only equilibrium has welfare 2 of 6.

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> price = price_of_anarchy(game)
    >>> price.value, price.best, price.verify()
    (Fraction(3, 1), (0, 0), True)

    Pigou's road with two drivers: the wide road costs 2, the narrow one as much as it has drivers.

    >>> road = NormalFormGame.symmetric([[-2, -2], [-1, -2]], actions=["wide", "narrow"])
    >>> price_of_anarchy(road, objective="cost").value, price_of_stability(road, objective="cost").value
    (Fraction(4, 3), Fraction(1, 1))
    """
    return _price("price of anarchy", game, objective, compared_equilibria(game, equilibria, completeness))


def price_of_stability(
    game: NormalFormGame,
    *,
    objective: Objective = "welfare",
    equilibria: Among | EquilibriumSet = "all",
    completeness: Completeness = "auto",
) -> EfficiencyRatio:
    """The best welfare of any profile over that of the best Nash equilibrium (for costs: the inverse), exact.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players, exact or of floats.
    objective, equilibria, completeness
        As in :func:`price_of_anarchy`.

    Returns
    -------
    EfficiencyRatio

    Raises
    ------
    SpecificationError, UnsupportedError, InfeasibleError
        As :func:`price_of_anarchy` does.

    Examples
    --------
    >>> stag_hunt = NormalFormGame.symmetric([[4, 0], [3, 3]])
    >>> price_of_stability(stag_hunt).value, price_of_anarchy(stag_hunt).value
    (Fraction(1, 1), Fraction(4, 3))
    """
    return _price("price of stability", game, objective, compared_equilibria(game, equilibria, completeness))


def price_of_correlation(
    game: NormalFormGame,
    *,
    objective: Objective = "welfare",
    equilibria: Among | EquilibriumSet = "all",
    completeness: Completeness = "auto",
) -> EfficiencyRatio:
    """The welfare of the best correlated equilibrium over that of the best Nash equilibrium (costs: the inverse).

    Names: *mediation value* (Ashlagi, Monderer and Tennenholtz 2008), who show that it is at most 4/3 in 2×2 games without
    negative payoffs.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players, exact or of floats.
    objective, equilibria, completeness
        As in :func:`price_of_anarchy`.

    Returns
    -------
    EfficiencyRatio

    Raises
    ------
    SpecificationError, UnsupportedError, InfeasibleError
        As :func:`price_of_anarchy` does.

    Examples
    --------
    Aumann (1974): a mediator reaches 20/3, the best Nash equilibrium 6.

    >>> game = NormalFormGame.from_bimatrix([[5, 0], [4, 1]], [[1, 0], [4, 5]])
    >>> price_of_correlation(game).value
    Fraction(10, 9)
    """
    return _price("price of correlation", game, objective, compared_equilibria(game, equilibria, completeness))


def pareto_dominates(game: NormalFormGame, first: Any, second: Any, *, dominance: Dominance = "weak") -> bool:
    """Whether ``first`` Pareto dominates ``second``: nobody gets less and somebody more (``"strict"``: all get more).

    Parameters
    ----------
    first, second : pure, mixed or correlated profiles
        A numpy array is a correlated profile. Floats are taken as the rationals that they are, so the answer is exact.
    dominance : "weak" or "strict"

    Returns
    -------
    bool

    Raises
    ------
    SpecificationError
        If a profile does not fit the game, or ``dominance`` is neither of the two words.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> pareto_dominates(game, (0, 0), (1, 1)), pareto_dominates(game, (1, 0), (1, 1))
    (True, False)
    """
    _check_dominance(dominance)
    pairs = list(zip(_exact_payoffs(game, first), _exact_payoffs(game, second), strict=True))
    if dominance == "strict":
        return all(a > b for a, b in pairs)
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def pareto_optimal_profiles(game: NormalFormGame, *, dominance: Dominance = "weak") -> tuple[PureProfile, ...]:
    """All pure profiles that no pure profile Pareto dominates, in lexicographic order.

    Parameters
    ----------
    dominance : "weak" or "strict"
        ``"strict"`` keeps more profiles: those *weakly* Pareto optimal, where not everybody can get more.

    Returns
    -------
    tuple of tuples of int
        An action's index for each player; never empty.

    Raises
    ------
    SpecificationError
        If ``dominance`` is neither of the two words.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> pareto_optimal_profiles(NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    ((0, 0), (0, 1), (1, 0))
    """
    _check_dominance(dominance)
    _refuse_symbols(game)
    # Ranks order each player's payoffs as the payoffs do, exactly, and are machine integers whatever the payoffs are.
    columns = [np.unique(game.numerators[i].reshape(-1), return_inverse=True)[1] for i in range(game.num_players)]
    ranks = np.stack([column.reshape(-1) for column in columns], axis=1)
    vectors, owner = np.unique(ranks, axis=0, return_inverse=True)
    left = np.arange(len(vectors))[::-1]  # decreasing lexicographic order: whoever dominates comes first
    place = 0
    while place < len(left):
        candidate = vectors[left[place]]
        below = vectors[left] < candidate if dominance == "strict" else vectors[left] <= candidate
        keep = ~below.all(axis=1)
        keep[place] = True
        left = left[keep]
        place = int(keep[:place].sum()) + 1
    optimal = np.isin(owner.reshape(-1), left)
    shape = game.num_actions
    return tuple(tuple(int(k) for k in np.unravel_index(flat, shape)) for flat in np.flatnonzero(optimal))


def is_pareto_optimal(
    game: NormalFormGame, profile: Any, *, dominance: Dominance = "weak", tol: float | Fraction | None = None
) -> Verdict:
    """Whether no pure profile Pareto dominates a pure, mixed or correlated profile.

    Mixtures of pure profiles can dominate where no pure profile does; they are not asked about here.

    Parameters
    ----------
    tol : float or Fraction, optional
        Ask instead whether no dominating profile raises welfare by more than ``tol`` times the sum of the payoff spans.

    Returns
    -------
    Verdict
        ``.gain``: the largest rise in welfare by a dominating pure profile, exact; ``.witness``: that profile.

    Raises
    ------
    SpecificationError
        If the profile does not fit the game, ``dominance`` is neither of the two words, or ``tol`` is negative.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_pareto_optimal(game, (1, 1))
    Verdict(no, gain=4, witness=(0, 0))
    """
    _check_dominance(dominance)
    payoffs = _exact_payoffs(game, profile)
    exact_game = game.exact()
    # u > p/q iff u > floor(p/q) for integers u, and u < p/q iff u < ceil(p/q).
    targets = [payoff * exact_game.denominator for payoff in payoffs]
    at_least = np.ones(game.num_actions, dtype=bool)
    more = np.zeros(game.num_actions, dtype=bool) if dominance == "weak" else at_least.copy()
    for table, target in zip(exact_game.numerators, targets, strict=True):
        above = np.asarray(table > target.numerator // target.denominator, dtype=bool)
        at_least &= np.asarray(table >= -(-target.numerator // target.denominator), dtype=bool)
        more = more | above if dominance == "weak" else more & above
    better = np.argwhere(at_least & more)
    gains: list[Fraction] = [Fraction(0)]
    witnesses: list[PureProfile | None] = [None]
    if len(better):
        welfare = summed(exact_game.numerators)
        most = max((tuple(int(k) for k in row) for row in better), key=lambda index: int(welfare[index]))
        gains = [Fraction(int(welfare[most]), exact_game.denominator) - sum(payoffs, Fraction(0))]
        witnesses = [most]
    floats = game.arithmetic == "float" or _has_floats(game, profile)
    return judge(
        gains,
        [sum((game.payoff_span(i) for i in range(game.num_players)), Fraction(0))],
        tol=tol,
        arithmetic="float" if floats else "exact",
        witness=witnesses.__getitem__,
        question="is it Pareto optimal among pure profiles?",
    )


def _price(name: str, game: NormalFormGame, objective: Objective, equilibria: EquilibriumSet) -> EfficiencyRatio:
    if objective not in ("welfare", "cost"):
        raise SpecificationError(
            f"objective: found {objective!r}; write 'welfare', or 'cost' if payoffs are minus costs"
        )
    choose = min if name == "price of anarchy" else max
    equilibrium = choose(equilibria, key=_welfare)
    best: PureProfile | CorrelatedEquilibrium
    if name == "price of correlation":
        best = correlated_equilibrium(game, objective="welfare")
        most = best.exact_value
    else:
        exact_game = game.exact()
        table = summed(exact_game.numerators)
        index = int(np.argmax(table))
        best = tuple(int(k) for k in np.unravel_index(index, game.num_actions))
        most = Fraction(int(table[best]), exact_game.denominator)
    sign = _sign(objective)
    benchmark, reached = sign * most, sign * _welfare(equilibrium)
    return EfficiencyRatio(
        name=name,
        game=game,
        objective=objective,
        exact_value=_ratio(objective, benchmark, reached),
        benchmark=benchmark,
        best=best,
        reached=reached,
        equilibrium=equilibrium,
        equilibria=equilibria,
    )


def _ratio(objective: Objective, benchmark: Fraction, reached: Fraction) -> Fraction:
    above, below, what = (
        (benchmark, reached, "the welfare of the equilibrium")
        if objective == "welfare"
        else (reached, benchmark, "the benchmark cost")
    )
    if below <= 0:
        raise SpecificationError(
            f"payoffs: {what} is {number_text(below)} (equilibrium {number_text(reached)}, benchmark "
            f"{number_text(benchmark)}), and a ratio says something for positive numbers only; "
            + (
                "if payoffs are minus costs pass objective='cost', else choose payoffs whose zero means getting nothing"
                if objective == "welfare"
                else "if payoffs are benefits pass objective='welfare', else choose payoffs whose zero means no cost"
            )
        )
    return above / below


def compared_equilibria(
    game: NormalFormGame, equilibria: Among | EquilibriumSet, completeness: Completeness
) -> EquilibriumSet:
    """The equilibria whose welfare is compared: refused where the list may miss some, or a welfare is not known exactly."""
    _refuse_symbols(game)
    if isinstance(equilibria, EquilibriumSet):
        if equilibria.game != game or equilibria.concept not in ("Nash", "pure Nash") or not len(equilibria):
            raise SpecificationError(
                f"equilibria: found {equilibria!r}; pass a set of Nash equilibria of this game that is not empty, as "
                "nash_equilibria(game) or pure_nash_equilibria(game) gives it"
            )
        return _with_exact_welfare(equilibria)
    if equilibria not in ("all", "pure"):
        raise SpecificationError(f"equilibria: found {equilibria!r}; write 'all', 'pure' or pass an EquilibriumSet")
    if equilibria == "all":
        if game.num_players < 3:
            return nash_equilibria(game, completeness=completeness)
        found = multiplayer_equilibria(game)
        if found.completeness != "certified" and completeness != "numerical":
            raise UnsupportedError(
                f"equilibria='all': {len(found)} equilibria were found, and there may be more, so that the best and the "
                "worst are not known; pass equilibria='pure' for the ratio over pure equilibria, or "
                "completeness='numerical' for that over those found"
            )
        return _with_exact_welfare(found)
    found = pure_nash_equilibria(game)
    if not len(found):
        raise InfeasibleError(
            "the game has no pure Nash equilibrium, so there is nothing to compare; with two players pass "
            "equilibria='all'",
            certificate=found.certificate,
        )
    return found


def _with_exact_welfare(found: EquilibriumSet) -> EquilibriumSet:
    """The same set; refused if a member is irrational, of which a box is known and no exact welfare."""
    for member in found:
        if isinstance(member.certificate, EnclosureCertificate):
            raise UnsupportedError(
                f"equilibria: {member.describe()} has irrational probabilities: its welfare is not known exactly; "
                "pass equilibria='pure' for the ratio over pure equilibria"
            )
    return found


def _welfare(equilibrium: Equilibrium) -> Fraction:
    return sum(_exact_payoffs(equilibrium.game, equilibrium.exact_profile), Fraction(0))


def _exact_payoffs(game: NormalFormGame, profile: Any) -> list[Fraction]:
    """Payoffs in fractions at a pure, mixed or correlated profile; floats are the rationals that they are."""
    _refuse_symbols(game)
    if isinstance(profile, np.ndarray):
        return list(expected_payoffs(game.exact(), exact_distribution(game, profile)[0]))
    if all(isinstance(part, (str, int, np.integer)) for part in profile):
        return list(game.exact().payoff(*pure_profile(game, profile)))
    return list(expected_payoffs(game.exact(), exact_mixed_profile(game, profile)))


def _has_floats(game: NormalFormGame, profile: Any) -> bool:
    parts = [profile] if isinstance(profile, np.ndarray) else [p for p in profile if not isinstance(p, (str, int))]
    return any(isinstance(x, (float, np.floating)) for part in parts for x in np.asarray(part, dtype=object).flat)


def _sign(objective: Objective) -> int:
    return 1 if objective == "welfare" else -1


def _check_dominance(dominance: str) -> None:
    if dominance not in ("weak", "strict"):
        raise SpecificationError(f"dominance: found {dominance!r}; write 'weak' (nobody less, one more) or 'strict'")


def _refuse_symbols(game: NormalFormGame) -> None:
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the answer depends on them; substitute values first")
