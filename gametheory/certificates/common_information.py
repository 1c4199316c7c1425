"""Bounds on Wyner's common information of two variables, in rationals.

Two variables of joint distribution P, shape (n, m), are drawn independently given a third, W, with weights a_w and conditional
distributions u_w and v_w:

    Σ_w a_w u_w v_wᵀ = P,     I(X, Y; W) = H(P) − Σ_w a_w (H(u_w) + H(v_w)) ≥ C(P).

So every such decomposition bounds the common information C(P) = min I(X, Y; W) from above. From below: for every matrix φ and
every M with H(u) + H(v) − uᵀφ v ≤ M for all distributions u and v,

    C(P) ≥ H(P) − ⟨φ, P⟩ − M,

and mutual information is a lower bound as well. For given u the best v gives G(u) = H(u) + ln Σ_y exp(−(uᵀφ)_y), a concave plus
a convex function; on a simplex with corners c_k and centre c it is at most

    max_k { −Σ_x c_k(x) ln c(x) + ln Σ_y exp(−(c_kᵀφ)_y) }

(Gibbs' inequality; the maximum of a convex function is at a corner). The simplices are halved at their longest edge until the
bound is at most M everywhere. In nats; everything rounded to the safe side.

Reference: A. D. Wyner 1975, "The common information of two dependent random variables", *IEEE Transactions on Information
Theory* 21. Complexity: exponential in n, so that n ≤ m is best; for n = 2 some hundred to some thousand intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import exponential_bracket, logarithm_bracket
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.information import (
    about_no_game,
    check_stochastic,
    expect_kind,
    relative_entropy,
    table_from_json,
    table_to_json,
)
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CommonInformationCertificate", "halves"]

Corner = tuple[Fraction, ...]
Cell = tuple[Corner, ...]
_TABLES = ("joint", "weights", "left", "right", "prices")


@final
@dataclass(frozen=True, slots=True, repr=False)
class CommonInformationCertificate:
    """Wyner's common information of a joint distribution lies between two rationals, in nats.

    Attributes
    ----------
    joint : RationalArray, shape (n, m)
        P.
    weights, left, right : RationalArray, shapes (K,), (K, n) and (K, m)
        The decomposition that proves ``upper``.
    prices : RationalArray, shape (n, m)
        φ, with ``score`` M and ``cells`` what proves ``lower``, unless mutual information does.
    score : Fraction
    cells : int
        At most so many simplices are looked at.
    lower, upper : Fraction

    Examples
    --------
    Two equal fair bits share ln 2 ≈ 0.693147 nats:

    >>> read = RationalArray.from_values
    >>> both, bit, none = read([["1/2", 0], [0, "1/2"]]), read([[1, 0], [0, 1]]), read([[0, 0], [0, 0]])
    >>> bounds = Fraction("0.693147"), Fraction("0.693148")
    >>> CommonInformationCertificate(both, read(["1/2", "1/2"]), bit, bit, none, Fraction(0), 0, *bounds).verify()
    True
    """

    joint: RationalArray
    weights: RationalArray
    left: RationalArray
    right: RationalArray
    prices: RationalArray
    score: Fraction
    cells: int
    lower: Fraction
    upper: Fraction

    @property
    def claim(self) -> str:
        """The claim in words."""
        size = " × ".join(map(str, self.joint.shape))
        return (
            f"the common information of a {size} distribution is at least {brief(self.lower)} and at most "
            f"{brief(self.upper)} nats"
        )

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about no game."""
        return ""

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the decomposition exactly and the lower bound by bounding G on a subdivision.

        Raises
        ------
        CertificateError
            If one of the bounds is not reached, or the evidence is malformed.
        """
        claim = self.claim
        about_no_game(claim, game)
        n, m = self.joint.shape
        count = len(self.weights)
        expected = {"left": (count, n), "right": (count, m), "prices": (n, m)}
        for name, size in expected.items():
            if getattr(self, name).shape != size:
                fail(claim, f"{name} has the shape {getattr(self, name).shape}, not {size}")
        flat = RationalArray.of_integers(self.joint.numerators.reshape(-1), self.joint.denominator)
        for table, what in ((flat, "the joint distribution"), (self.weights, "the weights")):
            check_stochastic(claim, table, what)
        for table in (self.left, self.right):
            check_stochastic(claim, table, "a conditional distribution")
        left, right = self.left.fractions(), self.right.fractions()
        mixed = (left * self.weights.fractions()[:, None]).T @ right
        if np.any(mixed != self.joint.fractions()):
            fail(claim, "the decomposition is of another distribution")
        upper = entropy(flat.fractions().tolist())[1] - sum(
            (
                a * (entropy(u)[0] + entropy(v)[0])
                for a, u, v in zip(self.weights.fractions(), left, right, strict=True)
            ),
            Fraction(0),
        )
        if upper > self.upper:
            fail(claim, f"the decomposition is proved to need {brief(upper)} nats only")
        if self.lower <= mutual_information_bound(self.joint):
            return True
        priced = sum(
            (p * f for p, f in zip(flat.fractions(), self.prices.fractions().reshape(-1), strict=True)), Fraction(0)
        )
        lower = entropy(flat.fractions().tolist())[0] - priced - self.score
        if lower < self.lower:
            fail(claim, f"prices and score prove {brief(lower)} only")
        self._check_score()
        return True

    def _check_score(self) -> None:
        n = len(self.prices)
        unit = tuple(tuple(Fraction(int(x == k)) for x in range(n)) for k in range(n))
        prices = self.prices.fractions().T.tolist()
        known: dict[Corner, Fraction] = {}
        waiting, looked = [unit], 0
        while waiting:
            cell = waiting.pop()
            looked += 1
            if looked > self.cells:
                fail(
                    self.claim,
                    f"{self.cells} simplices do not show that no product distribution scores more than stated",
                )
            if _score_bound(cell, prices, known) > self.score:
                if n == 1:
                    fail(self.claim, "a product distribution scores more than stated")
                waiting.extend(halves(cell))

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "common information",
            **{name: table_to_json(getattr(self, name)) for name in _TABLES},
            "cells": self.cells,
            **{name: rational_to_json(getattr(self, name)) for name in ("score", "lower", "upper")},
        }

    @classmethod
    def from_dict(cls, data: Any) -> CommonInformationCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_TABLES, "cells", "score", "lower", "upper"), where="certificate")
        expect_kind(data, "common information")
        if type(data["cells"]) is not int or data["cells"] < 0:
            raise SpecificationError(f"certificate.cells: found {data['cells']!r}; write a whole number ≥ 0")
        tables = {
            name: table_from_json(data[name], f"certificate.{name}", 1 if name == "weights" else 2) for name in _TABLES
        }
        return cls(
            cells=data["cells"],
            score=rational_from_json(data["score"], where="certificate.score"),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            **tables,
        )

    def __repr__(self) -> str:
        return f"CommonInformationCertificate({self.claim})"


def halves(cell: Cell) -> tuple[Cell, Cell]:
    """A simplex halved at the middle of its longest edge (the first among equals)."""
    count = len(cell)
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    i, j = max(pairs, key=lambda pair: sum((a - b) ** 2 for a, b in zip(cell[pair[0]], cell[pair[1]], strict=True)))
    middle = tuple((a + b) / 2 for a, b in zip(cell[i], cell[j], strict=True))
    return (
        tuple(middle if k == i else corner for k, corner in enumerate(cell)),
        tuple(middle if k == j else corner for k, corner in enumerate(cell)),
    )


def entropy(p: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Bounds on H(p) in nats."""
    bounds = [(x, logarithm_bracket(1 / x)) for x in p if x]
    zero = Fraction(0)
    return sum((x * b[0] for x, b in bounds), zero), sum((x * b[1] for x, b in bounds), zero)


def mutual_information_bound(joint: RationalArray) -> Fraction:
    """A lower bound on the mutual information of a joint distribution, in nats, and on its common information."""
    table = joint.fractions()
    product = np.outer(table.sum(axis=1), table.sum(axis=0)).reshape(-1).tolist()
    found = relative_entropy(table.reshape(-1).tolist(), product)
    assert found is not None, "the product of the marginals has weight wherever the joint has"
    return max(Fraction(0), found[0])


def _score_bound(cell: Cell, prices: list[list[Fraction]], known: dict[Corner, Fraction]) -> Fraction:
    count = len(cell)
    centre = [sum(column, Fraction(0)) / count for column in zip(*cell, strict=True)]
    logarithms = [logarithm_bracket(c)[0] for c in centre]
    bounds = []
    for corner in cell:
        if corner not in known:
            charged = [sum((a * f for a, f in zip(corner, column, strict=True)), Fraction(0)) for column in prices]
            known[corner] = logarithm_bracket(sum((exponential_bracket(-c)[1] for c in charged), Fraction(0)))[1]
        bounds.append(known[corner] - sum((a * g for a, g in zip(corner, logarithms, strict=True)), Fraction(0)))
    return max(bounds)
