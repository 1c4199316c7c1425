"""The cheapest costs of acting that make joint deviations unprofitable in a linear-quadratic game.

Player i's payoff from the joint action s ∈ Rⁿ, measured from the target s = 0, is sᵀ Q_i s − w_i s_i², with Q_i symmetric and
w_i the curvature of its own cost. A coalition C whose members pay each other gains s_Cᵀ (Σ_{i∈C} Q_i)_CC s_C − Σ_C w_i s_i² by
s_C, so that no listed coalition gains by any joint deviation iff

    diag(w)_CC − (Σ_{i∈C} Q_i)_CC  ⪰ 0    for each of them.

The claim is that such w ≥ 0 cost Σ_i c_i w_i ≥ ``lower`` (with ``common`` all w_i are equal, c is one number, and w has any
sign), and that the given w are such and cost ``upper``. Evidence: the matrices are factored exactly (L D Lᵀ with D ≥ 0);
and deviations v of coalitions with multipliers y ≥ 0 demand Σ_i w_i v_i² ≥ vᵀ Q_C v, which added up prove

    Σ_i c_i w_i  ≥  Σ_k y_k v_kᵀ Q_C(k) v_k    if  Σ_k y_k v_ki² ≤ c_i for every i   (common: Σ_k y_k v_k·v_k = c).

Complexity: O(Σ_C |C|³) rational operations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief, fail, rationals_from_json
from gametheory.certificates.policy_harm import coalitions_from_json
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CurvatureCertificate", "JointDeviation", "coalition_matrix", "is_positive_semidefinite"]

Matrix = tuple[tuple[Fraction, ...], ...]
_KEYS = ("kind", "matrices", "coalitions", "costs", "common", "weights", "deviations", "lower", "upper")


def is_positive_semidefinite(matrix: Sequence[Sequence[Fraction]]) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite, by symmetric elimination.

    Examples
    --------
    >>> two, one = Fraction(2), Fraction(1)
    >>> is_positive_semidefinite([[one, two], [two, two * 2]]), is_positive_semidefinite([[one, two], [two, two]])
    (True, False)
    """
    rows = [list(row) for row in matrix]
    size = len(rows)
    for k in range(size):
        pivot = rows[k][k]
        if pivot < 0 or (pivot == 0 and any(rows[k][k + 1 :])):
            return False
        if pivot == 0:
            continue
        for i in range(k + 1, size):
            factor = rows[i][k] / pivot
            if factor:
                for j in range(i, size):
                    rows[i][j] -= factor * rows[k][j]
                    rows[j][i] = rows[i][j]
    return True


def coalition_matrix(matrices: Sequence[Matrix], members: Sequence[int]) -> Matrix:
    """(Σ_{i∈C} Q_i)_CC for members in increasing order."""
    return tuple(tuple(sum((matrices[i][a][b] for i in members), Fraction(0)) for b in members) for a in members)


@final
@dataclass(frozen=True, slots=True)
class JointDeviation:
    """A direction in which a coalition would gain, and the multiplier of its demand.

    Attributes
    ----------
    coalition : frozenset of int
    direction : tuple of Fraction
        By member, in increasing order.
    multiplier : Fraction ≥ 0
    """

    coalition: frozenset[int]
    direction: tuple[Fraction, ...]
    multiplier: Fraction


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class CurvatureCertificate:
    """The claim that the cheapest curvatures cost between two bounds; see the module.

    Attributes
    ----------
    matrices : tuple of n matrices
        Q_i, symmetric.
    coalitions : tuple of frozenset of int
    costs : tuple of n Fractions > 0, or of one if ``common``
    common : bool
    weights : tuple of n Fractions, or of one
    deviations : tuple of JointDeviation
    lower, upper : Fraction

    Examples
    --------
    One player with payoff 2 s² − w s²: w = 2 is needed and enough.

    >>> two, one = Fraction(2), Fraction(1)
    >>> alone = frozenset({0})
    >>> CurvatureCertificate(matrices=(((two,),),), coalitions=(alone,), costs=(one,), common=True, weights=(two,),
    ...     deviations=(JointDeviation(alone, (one,), one),), lower=two, upper=two).verify()
    True
    """

    matrices: tuple[Matrix, ...]
    coalitions: tuple[frozenset[int], ...]
    costs: tuple[Fraction, ...]
    common: bool
    weights: tuple[Fraction, ...]
    deviations: tuple[JointDeviation, ...]
    lower: Fraction
    upper: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about matrices, which the certificate carries."""
        return ""

    def digest(self) -> str:
        """SHA-256 of the matrices, the same for equal matrices."""
        text = ";".join(",".join(map(exact_text, row)) for matrix in self.matrices for row in matrix)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def claim(self) -> str:
        """The claim in words."""
        what = "the least common curvature" if self.common else "the least total of curvatures"
        where = f"of {len(self.matrices)} players with matrices of digest {self.digest()[:12]}…"
        deterred = f"that deters {len(self.coalitions)} coalitions"
        if self.lower == self.upper:
            return f"{what} {where} {deterred} is exactly {brief(self.lower)}"
        return f"{what} {where} {deterred} lies between {brief(self.lower)} and {brief(self.upper)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Factor every matrix and add up the demands exactly; ``game`` plays no part.

        Raises
        ------
        CertificateError
            Naming the coalition or player where the evidence breaks.
        """
        n = len(self.matrices)
        self._check_form(n)
        weights = self.weights * n if self.common else self.weights
        for coalition in self.coalitions:
            members = sorted(coalition)
            matrix = coalition_matrix(self.matrices, members)
            slack = [
                [(weights[i] if a == b else Fraction(0)) - x for b, x in enumerate(matrix[a])]
                for a, i in enumerate(members)
            ]
            if not is_positive_semidefinite(slack):
                fail(self.claim, f"at these curvatures the coalition {members} still gains")
        cost = sum((c * w for c, w in zip(self.costs, self.weights, strict=True)), Fraction(0))
        if cost != self.upper:
            fail(self.claim, f"the curvatures cost {brief(cost)}, not {brief(self.upper)}")
        family = set(self.coalitions)
        charged = [Fraction(0)] * n
        proved = Fraction(0)
        for k, one in enumerate(self.deviations):
            members = sorted(one.coalition)
            if one.coalition not in family or len(one.direction) != len(members) or one.multiplier < 0:
                fail(self.claim, f"deviations[{k}]: it is none of a listed coalition, or its multiplier is negative")
            matrix = coalition_matrix(self.matrices, members)
            gain = sum(
                (
                    x * a * y
                    for row, x in zip(matrix, one.direction, strict=True)
                    for a, y in zip(row, one.direction, strict=True)
                ),
                Fraction(0),
            )
            proved += one.multiplier * gain
            for i, x in zip(members, one.direction, strict=True):
                charged[i] += one.multiplier * x * x
        if self.common:
            if sum(charged) != self.costs[0]:
                fail(self.claim, "the multipliers do not add up to the cost of the common curvature")
        elif any(have > cost for have, cost in zip(charged, self.costs, strict=True)):
            fail(self.claim, "the multipliers charge a player more than its curvature costs")
        if proved < self.lower:
            fail(self.claim, f"the deviations demand {brief(proved)} only")
        return True

    def _check_form(self, n: int) -> None:
        if not n or any(len(m) != n or any(len(row) != n for row in m) for m in self.matrices):
            fail(self.claim, f"the matrices are not {n} of shape {n}×{n}")
        if any(m[a][b] != m[b][a] for m in self.matrices for a in range(n) for b in range(a)):
            fail(self.claim, "a matrix is not symmetric")
        if not self.coalitions or any(not s or not all(0 <= i < n for i in s) for s in self.coalitions):
            fail(self.claim, f"coalitions: there is none, one is empty, or has a member outside 0 … {n - 1}")
        count = 1 if self.common else n
        if len(self.costs) != count or len(self.weights) != count or any(c <= 0 for c in self.costs):
            fail(self.claim, f"costs and weights: {count} numbers are needed, costs positive")
        if not self.common and any(w < 0 for w in self.weights):
            fail(self.claim, "a curvature is negative")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "curvature",
            "matrices": [[[rational_to_json(x) for x in row] for row in matrix] for matrix in self.matrices],
            "coalitions": [sorted(members) for members in self.coalitions],
            "costs": [rational_to_json(x) for x in self.costs],
            "common": self.common,
            "weights": [rational_to_json(x) for x in self.weights],
            "deviations": [
                [sorted(one.coalition), [rational_to_json(x) for x in one.direction], rational_to_json(one.multiplier)]
                for one in self.deviations
            ],
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> CurvatureCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "curvature" or type(data["common"]) is not bool:
            raise SpecificationError("certificate: write the kind 'curvature', and common as true or false")
        for key in ("matrices", "deviations"):
            if not isinstance(data[key], list) or not all(isinstance(part, list) for part in data[key]):
                raise SpecificationError(f"certificate.{key}: write a list of lists")
        deviations = []
        for k, part in enumerate(data["deviations"]):
            where = f"certificate.deviations[{k}]"
            if len(part) != 3:
                raise SpecificationError(f"{where}: write a coalition, a direction and a multiplier")
            coalition = coalitions_from_json([part[0]])[0]
            deviations.append(
                JointDeviation(
                    coalition, rationals_from_json(part[1], f"{where}[1]"), rational_from_json(part[2], where=where)
                )
            )
        return cls(
            matrices=tuple(
                tuple(rationals_from_json(row, f"certificate.matrices[{i}]") for row in matrix)
                for i, matrix in enumerate(data["matrices"])
            ),
            coalitions=coalitions_from_json(data["coalitions"]),
            costs=rationals_from_json(data["costs"], "certificate.costs"),
            common=data["common"],
            weights=rationals_from_json(data["weights"], "certificate.weights"),
            deviations=tuple(deviations),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
        )

    def __repr__(self) -> str:
        return f"CurvatureCertificate({self.claim})"
