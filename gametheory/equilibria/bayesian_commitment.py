"""Commitment against a follower whose type the leader does not know.

The leader commits to x ∈ Δ(A_L); a follower of type l, of probability p_l, sees x and plays a best reply:

    strong (ties for the leader)     V = max_x Σ_l p_l max_{j ∈ BR_l(x)} A_l(x, j),
    weak (ties against it)           W = sup_x Σ_l p_l min_{j ∈ BR_l(x)} A_l(x, j) ≤ V.

Three ways to the same value, each exact and certified:

* ``"branching"``: a tree over the replies of one type after the other, floats for the search and rationals for the proof
  (:mod:`gametheory.certificates.bayesian_commitment`); with a limit reached, certified bounds;
* ``"dobss"``: the mixed-integer programme DOBSS in rationals (strong ties), every type's reply checked exactly;
* ``"multiple"``: one linear programme for each map from types to replies, Harsanyi's transformation; m^k programmes
  (:func:`~gametheory.equilibria.bayesian.bayesian_stackelberg_equilibrium`, which also takes several followers and a leader
  with types of its own).

To find V is NP-hard (Conitzer and Sandholm 2006).

References: P. Paruchuri et al. (2008), Playing games for security, AAMAS-08; V. Conitzer and T. Sandholm (2006), Computing the
optimal strategy to commit to, EC'06, theorem 7; B. von Stengel and S. Zamir (2010), Leadership games with convex strategy sets,
Games Econ. Behav. 69.

Complexity: ten types with 5 actions on each side take a second or so; ten types with 10 actions minutes, or are bounded.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Verdict, exact, exact_text, judge
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.bayesian_commitment import BayesianCommitmentCertificate, FollowerTypes, Ties
from gametheory.certificates.branching import BranchingCertificate
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.bayesian_commitment_programmes import dobss_programme, follower_types
from gametheory.equilibria.bayesian_commitment_search import ReplySearch
from gametheory.equilibria.commitment_cells import stackelberg_interior_programme, stackelberg_programme
from gametheory.equilibria.presentation import number_text
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.profiles import exact_mixed_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "BayesianCommitment",
    "bayesian_commitment",
    "bayesian_commitment_payoff",
    "bayesian_commitment_shortfall",
    "is_optimal_bayesian_commitment",
]

Array = NDArray[Any]
Method = Literal["branching", "dobss", "multiple"]
Evidence = BayesianCommitmentCertificate | BranchingCertificate | DualityCertificate


@final
@compared_by("leader", "ties", "exact_commitment", "replies", "lower", "upper")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class BayesianCommitment:
    """A commitment against a follower of several types, with bounds on what any commitment is worth.

    Attributes
    ----------
    game : BayesianGame
    leader : int
    ties : "strong" or "weak"
    exact_commitment : tuple of Fraction
        The leader's mixed strategy.
    replies : mapping from type to action, by name
        Of the types of positive probability.
    lower, upper : Fraction
        What the commitment is worth, and what no commitment exceeds.
    attained : bool
        Whether the commitment is worth ``upper``.
    complete : bool
        Whether the search ended: then ``upper`` is the optimum, or under weak ties the supremum.
    method : "branching", "dobss" or "multiple"
    certificate : BayesianCommitmentCertificate, BranchingCertificate or DualityCertificate
        Of the bound: the tree; DOBSS; the programme over all maps from types to replies.
    exclusions : tuple of DualityCertificate
        Method "multiple" with weak ties: the maps whose cells have no interior.
    """

    game: BayesianGame
    leader: int
    ties: Ties
    exact_commitment: tuple[Fraction, ...]
    replies: dict[str, str]
    lower: Fraction
    upper: Fraction
    attained: bool
    complete: bool
    method: Method
    certificate: Evidence
    exclusions: tuple[DualityCertificate, ...] = ()

    @property
    def value(self) -> Fraction | float:
        """The optimum or supremum where the search ended, else what the commitment is worth; a float for a game of floats."""
        found = self.upper if self.complete else self.lower
        return float(found) if self.game.arithmetic == "float" else found

    def __float__(self) -> float:
        return float(self.value)

    @property
    def commitment(self) -> Array:
        """The leader's mixed strategy as an array: fractions, or floats for a game of floats."""
        found = np.array(self.exact_commitment, dtype=object)
        return found.astype(np.float64) if self.game.arithmetic == "float" else found

    def verify(self) -> Literal[True]:
        """Re-check the evidence without a solver, that it is about this game, and what the commitment is worth.

        Raises
        ------
        CertificateError
            Naming what is not established.
        """
        types, _, _ = follower_types(self.game, self.leader)
        certificate = self.certificate
        if isinstance(certificate, BayesianCommitmentCertificate):
            certificate.verify()
            same = certificate.types.to_dict() == types.to_dict() and certificate.ties == self.ties
            bound = certificate.bound
        elif isinstance(certificate, BranchingCertificate):
            certificate.verify()
            certificate.verify_against(dobss_programme(types, large=certificate.programme.arguments["large"]))
            same, bound = certificate.value is not None, certificate.value or Fraction(0)
        else:
            form = self.game.exact().strategic_form()
            builders: dict[str, Callable[..., LinearProgramme]] = {
                "stackelberg": stackelberg_programme,
                "stackelberg_interior": stackelberg_interior_programme,
            }
            for part in (certificate, *self.exclusions):
                part.verify(form)
                part.verify_against(builders[part.programme.name](form, **part.programme.arguments))
            same = certificate.programme.name == "stackelberg" and self._all_treated()
            bound = certificate.value
        worth = types.worth(self.exact_commitment, self.ties)
        if not same or (worth, bound) != (self.lower, self.upper) or self.attained != (self.lower == self.upper):
            raise CertificateError(
                f"{self!r}: the certificate is about another game or bound, or the commitment is worth {exact_text(worth)}; "
                "solve again",
                claim=certificate.claim,
                violation="another claim",
            )
        return True

    def _all_treated(self) -> bool:
        """Whether, under weak ties, every map that is left out is proved to have no interior, or equals one that is not."""
        from gametheory.equilibria.commitment_cells import reply_cells

        stated = self.certificate.programme.arguments  # type: ignore[union-attr]  # asked of a linear programme only
        if stated["leader"] != self.leader or stated["ties"] != self.ties:
            return False
        if self.ties == "strong":
            return stated.get("replies") is None
        flat = [
            e.programme.arguments
            for e in self.exclusions
            if e.value <= 0 and e.programme.name == "stackelberg_interior"
        ]
        treated = {*stated["replies"], *(int(e["reply"]) for e in flat if e["leader"] == self.leader)}
        cells = reply_cells(self.game.exact().strategic_form(), self.leader, None)
        return all(treated & set(group) for group in cells.equivalents)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "status": "certified",
            "leader": self.game.players[self.leader],
            "ties": self.ties,
            "actions": list(self.game.actions[self.leader]),
            "commitment": [exact_text(p) for p in self.exact_commitment],
            "replies": dict(self.replies),
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "attained": self.attained,
            "complete": self.complete,
            "method": self.method,
            "certificate": self.certificate.to_dict(),
            "exclusions": [certificate.to_dict() for certificate in self.exclusions],
        }

    def to_frame(self) -> Any:
        """A pandas table of the commitment: action and probability."""
        return data_frame(
            zip(self.game.actions[self.leader], self.commitment.tolist(), strict=True), ["action", "probability"]
        )

    def _described(self) -> str:
        labels = self.game.actions[self.leader]
        parts = [f"{number_text(p)} {x}" for p, x in zip(self.exact_commitment, labels, strict=True) if p]
        played = " + ".join(parts[:6]) + (f" + … ({len(parts)} in all)" if len(parts) > 6 else "")
        replies = [f"{kind} replies {action}" for kind, action in list(self.replies.items())[:4]]
        more = [f"{len(self.replies) - 4} types more"] if len(self.replies) > 4 else []
        return f"{self.game.players[self.leader]} commits to {played}; {', '.join([*replies, *more])}"

    def __repr__(self) -> str:
        if self.attained:
            worth = f"value {number_text(self.value)}"
        elif self.complete:
            worth = f"supremum {number_text(self.upper)}, here within {number_text(self.upper - self.lower)}"
        else:
            worth = f"value between {number_text(self.lower)} and {number_text(self.upper)}"
        return f"BayesianCommitment({self.ties}, certified: {worth}; {self._described()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(kind)}</td><td>{escape(action)}</td></tr>" for kind, action in self.replies.items()
        )
        return f"<table><caption>{escape(repr(self))}</caption><tr><th>type</th><th>reply</th></tr>{rows}</table>"


def bayesian_commitment(
    game: BayesianGame,
    leader: int | str = 0,
    *,
    ties: Ties = "strong",
    method: Method = "branching",
    epsilon: Fraction | float | str = Fraction(1, 1000),
    max_nodes: int = 200_000,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BayesianCommitment:
    """The leader's best commitment against a follower whose type it does not know, exactly and certified.

    Parameters
    ----------
    game : BayesianGame
        Two players, a leader of one type. Exact or of floats (which count as the rationals that they are).
    leader : int or str
    ties : "strong" or "weak"
        What a type that is indifferent does: what the leader likes best, or least.
    method : "branching", "dobss" or "multiple"
        See the module. ``"dobss"`` is for strong ties.
    epsilon : number > 0
        Weak ties: by how much, in payoff units, the commitment may fall short of a supremum that is not attained.
    max_nodes : int
    time_limit : float, optional
        Seconds ≥ 0; not for ``"multiple"``. With ``"branching"`` a limit gives ``complete=False`` and certified bounds.
    progress : callable, optional
        Called as ``progress(nodes done, nodes open)``; ``"branching"`` only.

    Returns
    -------
    BayesianCommitment
        ``attained``: this commitment reaches the value; under weak ties ``"multiple"`` finds one whenever there is one.

    Raises
    ------
    SpecificationError
        Words that are none of those allowed, a negative limit, a game too large for the method.
    UnsupportedError
        Another number of players, a leader of several types, free symbols, ``"dobss"`` with weak ties.
    SolverError
        ``"dobss"``: a limit was reached.

    Examples
    --------
    Two types of equal probability; the first is the example of Paruchuri et al. (2008), table 1:

    >>> own, first, second = [[2, 4], [1, 3]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]
    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (own[a[0]][a[1]], (first, second)[t[1]][a[0]][a[1]]),
    ...     num_types=(1, 2), num_actions=(2, 2), prior=[["1/2", "1/2"]])
    >>> bayesian_commitment(game)
    BayesianCommitment(strong, certified: value 7/2; Player 1 commits to 1/2 1 + 1/2 2; type 1 replies 2, type 2 replies 2)
    >>> [str(bayesian_commitment(game, method=method).value) for method in ("dobss", "multiple")]
    ['7/2', '7/2']
    """
    margin = exact(epsilon, where="epsilon")
    if margin <= 0:
        raise SpecificationError(f"epsilon: found {epsilon}; write a number > 0, in payoff units")
    if ties not in ("strong", "weak"):
        raise SpecificationError(f"ties: found {ties!r}; write 'strong' (for the leader) or 'weak' (against it)")
    if method not in ("branching", "dobss", "multiple"):
        raise SpecificationError(f"method: found {method!r}; write 'branching', 'dobss' or 'multiple'")
    check_seconds("time_limit", time_limit)
    limit = check_count("max_nodes", max_nodes)
    types, index, kinds = follower_types(game, leader)
    if method == "multiple":
        return _by_multiple_programmes(game, types, index, kinds, ties, margin)
    if method == "dobss":
        if ties == "weak":
            raise UnsupportedError("method='dobss' breaks ties for the leader; take method='branching' for ties='weak'")
        return _by_dobss(game, types, index, kinds, limit, time_limit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    search = ReplySearch(types, ties, deadline=deadline, max_nodes=limit, progress=progress)
    search.run()
    x = search.point
    if ties == "weak" and types.worth(x, "weak") != search.value:
        share = Fraction(1)
        while True:
            x = tuple((1 - share) * p + share * q for p, q in zip(search.point, search.inside, strict=True))
            if search.value is None or types.worth(x, "weak") >= search.value - margin:
                break
            share /= 2
    certificate = BayesianCommitmentCertificate(
        types=types, ties=ties, tree=search.tree(), bound=search.upper, commitment=x, value=types.worth(x, ties)
    )
    certificate.verify()
    return _result(game, types, index, kinds, ties, x, search.upper, search.complete, method, certificate)


def bayesian_commitment_payoff(
    game: BayesianGame, leader: int | str, commitment: Any, *, ties: Ties = "strong"
) -> Fraction:
    """What the leader gets after a commitment when every type plays a best reply, exactly, ties broken as named.

    Parameters
    ----------
    commitment : action, or array_like of shape (m_L,)

    Examples
    --------
    >>> game = BayesianGame([[[[[1, 3], [0, 2]]]], [[[[1, 0], [0, 1]]]]], [[1]])
    >>> [str(bayesian_commitment_payoff(game, 0, ["1/2", "1/2"], ties=ties)) for ties in ("strong", "weak")]
    ['5/2', '1/2']
    """
    types, index, _ = follower_types(game, leader)
    if ties not in ("strong", "weak"):
        raise SpecificationError(f"ties: found {ties!r}; write 'strong' (for the leader) or 'weak' (against it)")
    form = game.exact().strategic_form()
    x = exact_mixed_profile(form, [commitment if j == index else 0 for j in range(2)])[index]
    return types.worth(tuple(x), ties)


def bayesian_commitment_shortfall(
    game: BayesianGame, leader: int | str, commitment: Any, *, ties: Ties = "strong"
) -> Fraction:
    """By how much a commitment falls short of the best against all types, exact, ≥ 0, in units of the leader's payoff."""
    worth = bayesian_commitment_payoff(game, leader, commitment, ties=ties)
    return bayesian_commitment(game, leader, ties=ties).upper - worth


def is_optimal_bayesian_commitment(
    game: BayesianGame,
    leader: int | str,
    commitment: Any,
    *,
    ties: Ties = "strong",
    tol: float | Fraction | None = None,
) -> Verdict:
    """Decide whether no commitment against all types is worth more than this one.

    Parameters
    ----------
    tol : float or Fraction, optional
        Largest shortfall allowed as a share of the span of the leader's payoffs.
    """
    types, index, _ = follower_types(game, leader)
    span = Fraction(int(types.leader.max()) - int(types.leader.min()), types.denominator)
    return judge(
        [bayesian_commitment_shortfall(game, leader, commitment, ties=ties)],
        [span],
        tol=tol,
        arithmetic=game.arithmetic,
        witness=lambda _: game.players[index],
        question="best commitment against all types",
    )


def _by_dobss(
    game: BayesianGame,
    types: FollowerTypes,
    leader: int,
    kinds: tuple[int, ...],
    max_nodes: int,
    time_limit: float | None,
) -> BayesianCommitment:
    from gametheory.optimize.exact_milp import solve_exact_milp

    found = solve_exact_milp(dobss_programme(types), time_limit=time_limit, max_nodes=max_nodes)
    x = tuple(found.primal[i] for i in range(types.num_actions))
    result = _result(game, types, leader, kinds, "strong", x, found.value, True, "dobss", found.certificate)
    assert result.attained, "in rationals the types' replies in the programme are best replies"
    return result


def _by_multiple_programmes(
    game: BayesianGame, types: FollowerTypes, leader: int, kinds: tuple[int, ...], ties: Ties, epsilon: Fraction
) -> BayesianCommitment:
    from gametheory.equilibria.bayesian import bayesian_stackelberg_equilibrium

    found = bayesian_stackelberg_equilibrium(game, leader=leader, ties=ties, epsilon=epsilon)
    x = tuple(found.exact_profile[leader])
    return _result(
        game, types, leader, kinds, ties, x, found.exact_value, True, "multiple", found.certificate, found.exclusions
    )


def _result(
    game: BayesianGame,
    types: FollowerTypes,
    leader: int,
    kinds: tuple[int, ...],
    ties: Ties,
    x: tuple[Fraction, ...],
    upper: Fraction,
    complete: bool,
    method: Method,
    certificate: Evidence,
    exclusions: tuple[DualityCertificate, ...] = (),
) -> BayesianCommitment:
    other = 1 - leader
    chosen = types.selected(x, ties)
    worth = types.worth(x, ties)
    return BayesianCommitment(
        game=game,
        leader=leader,
        ties=ties,
        exact_commitment=x,
        replies={game.types[other][k]: game.actions[other][j] for k, j in zip(kinds, chosen, strict=True)},
        lower=worth,
        upper=upper,
        attained=worth == upper,
        complete=complete,
        method=method,
        certificate=certificate,
        exclusions=exclusions,
    )
