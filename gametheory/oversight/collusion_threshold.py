"""How efficient side payments may be before no contract with a monitor withstands them.

In :func:`~gametheory.oversight.monitor_contracts.monitor_contract_programme` the efficiency k of side payments enters the rows
of coalitions linearly. Where there is no contract at k, the multipliers y of the programme that breaks those rows least are a
Farkas proof, Σ_r y_r (A(k) z)_r > y·b for all z in the box of the columns. With

    h(k') = min over the box of yᵀA(k') z − y·b,       concave and piecewise linear in k',

the same y, with multipliers of the rows about payers alone scaled by k'/k (their payments then keep the sign of their
coefficient), refutes every k' down to the root of h: the next k, and so on down (Newton's method). If there is a contract at
such a root the threshold is exact: it withstands the root, and every k above is refuted. Otherwise it is enclosed, between a k
with a contract and one above which there is none. Weights of the other direction (``receivers`` exchanged) may withstand more.

Reference: W. Dinkelbach 1967, "On nonlinear fractional programming", Management Science 13 (Newton's method on such an h).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.duality import DualityCertificate, FarkasCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import Design
from gametheory.oversight.mediation import Mediation
from gametheory.oversight.monitor_contracts import monitor_contract, monitor_contract_programme

__all__ = ["CollusionThreshold", "Refutation", "collusion_threshold"]

_ZERO, _ONE = Fraction(0), Fraction(1)
_GRID = 10**12


@final
@compared_by("above", "largest")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Refutation:
    """No contract for any k with ``above`` < k ≤ ``largest``: a proof at the largest that holds as far down."""

    above: Fraction
    largest: Fraction
    certificate: FarkasCertificate


@final
@compared_by("exact_lower", "exact_upper")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CollusionThreshold:
    """The largest efficiency of side payments that some contract withstands; ``float()`` gives the lower end.

    Attributes
    ----------
    exact_lower, exact_upper : Fraction
        A contract withstands the first; none withstands more than the second. Equal where the answer is exact.
    contract : Design
        At the lower end.
    refutations : tuple of Refutation
        From 1 down to the upper end without a gap; empty where k = 1 is withstood.
    """

    exact_lower: Fraction
    exact_upper: Fraction
    contract: Design
    refutations: tuple[Refutation, ...]

    @property
    def lower(self) -> float:
        return float(self.exact_lower)

    @property
    def upper(self) -> float:
        return float(self.exact_upper)

    def __float__(self) -> float:
        return self.lower

    def verify(self, game: NormalFormGame) -> Literal[True]:
        """Check the contract, and that the refutations reach from 1 down to the upper end, with rows rebuilt from the game.

        Raises
        ------
        CertificateError
            From a certificate that fails.
        SpecificationError
            Where the refutations leave a gap.
        """
        proof = self.contract.certificate
        assert isinstance(proof, DualityCertificate)
        terms = dict(proof.programme.arguments)
        if Fraction(terms.pop("efficiency")) != self.exact_lower:
            raise SpecificationError(f"the contract is not one for k = {brief(self.exact_lower)}; solve again")

        def programme(k: Fraction) -> LinearProgramme:
            return monitor_contract_programme(game, efficiency=k, **terms)

        proof.verify()
        proof.verify_against(programme(self.exact_lower))
        rows, place = _Rows(game, programme(_ZERO), programme(_ONE)), _ONE
        for refutation in self.refutations:
            refutation.certificate.verify()
            refutation.certificate.verify_against(programme(place))
            reach = rows.reach(refutation.certificate, place)
            # h is concave: at least 0 at one end and above 0 at the other, it is above 0 between.
            if refutation.largest != place or not refutation.above < place or reach.at(refutation.above)[0] < 0:
                raise SpecificationError(f"not all efficiencies below {brief(place)} are refuted; solve again")
            place = refutation.above
        if place != self.exact_upper:
            raise SpecificationError(f"nothing refutes the efficiencies below {brief(place)}; solve again")
        return True

    def __repr__(self) -> str:
        if self.exact_lower == self.exact_upper:
            return f"CollusionThreshold(certified: contracts withstand k ≤ {brief(self.exact_lower)} and no more)"
        ends = f"{self.lower:.6g} and {self.upper:.6g}"
        return f"CollusionThreshold(certified: contracts withstand k up to somewhere between {ends})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the refuted intervals."""
        return data_frame([[r.above, r.largest] for r in self.refutations], ["above", "largest"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "contract": self.contract.to_dict(),
            "refutations": [
                {
                    "above": exact_text(r.above),
                    "largest": exact_text(r.largest),
                    "certificate": r.certificate.to_dict(),
                }
                for r in self.refutations
            ],
        }


def collusion_threshold(
    game: NormalFormGame,
    monitoring: Monitoring,
    *,
    gap: Any = Fraction(1, 1000),
    max_refutations: int = 40,
    time_limit: float | None = None,
    **terms: Any,
) -> CollusionThreshold:
    """The largest efficiency of side payments that some contract withstands.

    Parameters
    ----------
    game, monitoring, **terms
        As of :func:`~gametheory.oversight.monitor_contract`, with coalitions and without ``efficiency``; ``max_tests`` bounds
        how often somebody may be tested.
    gap : number > 0
        Width of the answer where it is not exact.
    max_refutations : int ≥ 1
    time_limit : float, optional
        Seconds for each programme.

    Returns
    -------
    CollusionThreshold

    Raises
    ------
    InfeasibleError
        No contract even at k = 0; ``certificate`` is the last refutation's.
    SolverError
        ``max_refutations`` were not enough; ``best`` holds them.

    Examples
    --------
    Work costs 1, monitoring 1/10; shirking leaves a trace that all see with probability 1/5. Monitor and worker agree on a
    plan, but do not tell each other what they are told:

    >>> game = NormalFormGame.from_bimatrix(
    ...     [["-1/10", "-1/10"], [0, 0]], [[-1, 0], [-1, 0]], players=["monitor", "worker"],
    ...     actions=[["monitor", "rest"], ["work", "shirk"]])
    >>> names = [f"{seen}, {trace}" for seen in ("nothing", "work", "shirking") for trace in ("no trace", "trace")]
    >>> sees = Monitoring([[[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, "4/5", "1/5"]],
    ...                    [[1, 0, 0, 0, 0, 0], ["4/5", "1/5", 0, 0, 0, 0]]], names)
    >>> collusion_threshold(
    ...     game, sees, reports=[3, 1], target={"worker": "work"}, caps=[1, 3], max_tests="1/10",
    ...     coalitions=[["monitor", "worker"]], knowledge="separate", receivers=["monitor"])
    CollusionThreshold(certified: contracts withstand k up to somewhere between 0.886185 and 0.887185)
    """
    check_count("max_refutations", max_refutations)
    check_seconds("time_limit", time_limit)
    if "efficiency" in terms:
        raise SpecificationError("efficiency: the threshold is what is asked for; leave it out")
    if terms.get("max_tests") is None:
        raise SpecificationError("max_tests: found none; write how likely a test may be, below 1")

    def at(k: Fraction) -> Design:
        return monitor_contract(game, monitoring, efficiency=k, time_limit=time_limit, **terms)

    def programme(k: Fraction) -> LinearProgramme:
        return monitor_contract_programme(game, monitoring=monitoring, efficiency=k, **terms)

    width = exact(gap, where="gap")
    if width <= 0:
        raise SpecificationError(f"gap: found {gap}; write a number > 0")
    rows, found, place = _Rows(game, programme(_ZERO), programme(_ONE)), list[Refutation](), _ONE
    bottom = _refuted(programme(_ZERO), rows.moving, time_limit)
    floor = -_ONE if bottom is None else rows.reach(bottom, _ZERO).end()
    while (proof := _refuted(programme(place), rows.moving, time_limit)) is not None:
        above = None if place <= floor else rows.reach(proof, place).root()
        if above is None or above < floor:
            raise InfeasibleError(
                "no contract, even where all side payments are lost: raise the caps, allow more tests, or keep the members of "
                "the coalition apart",
                certificate=bottom or proof,
            )
        rounded = Fraction(math.ceil(above * _GRID), _GRID)
        above = rounded if above.denominator > _GRID and rounded < place else above
        near = place - above < width
        found.append(Refutation(above=above, largest=place, certificate=proof))
        place = above
        low = max(_ZERO, place - width)
        last = len(found) >= max_refutations
        if (near or last) and _refuted(programme(low), rows.moving, time_limit) is None:
            return CollusionThreshold(exact_lower=low, exact_upper=place, contract=at(low), refutations=tuple(found))
        if last:
            raise SolverError(
                f"after {max_refutations} refutations no contract is known above {brief(low)}; raise max_refutations, or gap",
                status="refutation limit",
                solver="Newton",
                best=tuple(found),
            )
    return CollusionThreshold(exact_lower=place, exact_upper=place, contract=at(place), refutations=tuple(found))


def _refuted(programme: LinearProgramme, moving: frozenset[int], time_limit: float | None) -> FarkasCertificate | None:
    """A proof that there is no contract, from the programme that breaks the rows of k least; ``None`` if there is one."""
    from gametheory.optimize.exact import solve_exact

    broken = programme.num_columns
    rows = [
        (programme.row_names[r], programme.row(r), programme.row_sense[r], programme.right_hand_side[r])
        for r in range(programme.num_rows)
    ]
    for r in moving:
        rows[r][1][broken] = _ONE
    least = LinearProgramme.from_rows(
        "min",
        [0] * broken + [1],
        rows,
        upper=[*programme.upper, None],
        column_names=[*programme.column_names, "how far side contracts pay"],
    )
    try:
        solution = solve_exact(least, time_limit=time_limit)
    except InfeasibleError as error:
        multipliers = error.certificate.multipliers
    else:
        if solution.value == 0:
            return None
        multipliers = RationalArray.of_integers(-solution.row_duals.numerators, solution.row_duals.denominator)
    proof = FarkasCertificate(programme, multipliers)
    proof.verify()
    return proof


@final
class _Rows:
    """The programmes at k = 0 and k = 1, which rows k is in, and which are about the payments of payers alone."""

    def __init__(self, game: NormalFormGame, low: LinearProgramme, high: LinearProgramme) -> None:
        self.ends = low, high
        model = Mediation.of(game, low.arguments["monitoring"], low.arguments["reports"])
        payers = [i for i, name in enumerate(model.game.players) if name not in low.arguments["receivers"]]
        own = {model.payment_column(i, a, r) for i in payers for a in model.profiles for r in model.reports}
        rows = range(low.num_rows)
        self.moving = frozenset(r for r in rows if low.row(r) != high.row(r))
        self.alone = frozenset(r for r in rows if r not in self.moving and not own.isdisjoint(low.row(r)))

    def reach(self, proof: FarkasCertificate, k: Fraction) -> _Reach:
        """h for the multipliers of a proof at k; at k = 0 they are not scaled."""
        plain, shares = proof.multipliers.fractions().tolist(), (_ZERO, 1 / k) if k else (_ONE, _ONE)
        scaled = [[y * share if r in self.alone else y for r, y in enumerate(plain)] for share in shares]
        low, high = (
            programme.combined_rows(RationalArray.from_fractions(y)).fractions().tolist()
            for programme, y in zip(self.ends, scaled, strict=True)
        )
        sides = self.ends[0].right_hand_side.fractions().tolist()
        return _Reach(
            side=sum((y * b for y, b in zip(plain, sides, strict=True) if y), _ZERO),
            columns=tuple(
                (c, d - c, exact(self.ends[0].lower[j]), exact(self.ends[0].upper[j]))
                for j, (c, d) in enumerate(zip(low, high, strict=True))
                if c or d
            ),
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    """h(k) = Σ_j min over [l_j, u_j] of (c_j + c'_j k) z − side: what multipliers refute where it is positive."""

    side: Fraction
    columns: tuple[tuple[Fraction, Fraction, Fraction, Fraction], ...]

    def at(self, k: Fraction) -> tuple[Fraction, Fraction]:
        """h and its derivative to the right."""
        value, slope = -self.side, _ZERO
        for start, change, low, high in self.columns:
            coefficient = start + change * k
            bound = low if coefficient > 0 or (coefficient == 0 and change > 0) else high
            value, slope = value + coefficient * bound, slope + change * bound
        return value, slope

    def end(self) -> Fraction:
        """Up to where an h that is positive at 0 is so, at most 1; Newton's steps stay on the right of that root."""
        k = _ONE
        while (now := self.at(k))[0] < 0:
            k -= now[0] / now[1]
        return k

    def root(self) -> Fraction | None:
        """Where h turns positive; ``None`` if it is from 0 on. Newton's steps stay on the left of the root of a concave h."""
        k = _ZERO
        while (now := self.at(k))[0] < 0:
            assert now[1] > 0, "h rises from below 0 to its positive value at the k that was refuted"
            k -= now[0] / now[1]
        return None if k == 0 and now[0] > 0 else k
