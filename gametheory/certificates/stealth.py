"""The optimum of a linear programme over laws that stay within a divergence of a baseline, between two rationals.

    maximise c·(q, x) + c₀   subject to   A (q, x) ≤, ≥, = b,   bounds on x,   q a law with D(q, p) ≤ δ

The first columns q of the programme are the probabilities of outcomes, p is what an overseer expects of them, δ how much
evidence of anything else they may leave. From below the evidence is a point: it meets the rows, and its law provably keeps
the budget. From above, a multiplier y_r for each row (≥ 0 for ``<=``, ≤ 0 for ``>=``) leaves the reduced costs
d = c − yᵀA, and

    c·(q, x)  ≤  y·b + max {d_q·q : q a law with D(q, p) ≤ δ} + Σ_x max {d_j l_j, d_j u_j},

where the middle term is bounded by the ball's own multipliers (:mod:`.divergence_balls`). The same with c = 0 and a bound
below 0 proves that no law within the budget meets the rows. That the rows are those of a game is a second question, answered
by :meth:`StealthCertificate.verify_against`.

References: as in :mod:`.duality` and :mod:`.divergence_balls`. Complexity: one pass over the entries, and a logarithm or
root for each outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.divergence_balls import BallDivergence, DivergenceBudget, affine_bound, bound_in_ball
from gametheory.certificates.elementary import Unit
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["StealthCertificate"]

_KEYS = (
    *("kind", "programme", "baseline", "divergence", "unit", "budget", "point", "multipliers", "price", "level"),
    *("lower", "upper"),
)
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StealthCertificate:
    """The optimum within a divergence budget lies between ``lower`` and ``upper``, or (without them) there is no point.

    Attributes
    ----------
    programme : LinearProgramme
        A maximum without integral columns; its first columns are the outcomes of the baseline.
    baseline : RationalArray, shape (number of outcomes,)
    divergence, unit, budget
        As in :func:`gametheory.information.largest_expectation`.
    point : RationalArray, shape (num_columns,), or None
    multipliers : RationalArray, shape (num_rows,)
    price, level : Fraction
        The multipliers of the ball.
    lower, upper : Fraction or None
        ``None`` with the point: no law within the budget meets the rows.
    """

    programme: LinearProgramme
    baseline: RationalArray
    divergence: BallDivergence
    unit: Unit | None
    budget: Fraction
    point: RationalArray | None
    multipliers: RationalArray
    price: Fraction
    level: Fraction
    lower: Fraction | None
    upper: Fraction | None

    @property
    def game_digest(self) -> str:
        """Digest of the game that the programme was built from."""
        return self.programme.game_digest

    @property
    def claim(self) -> str:
        """The claim in words."""
        name = self.programme.name or "the linear programme"
        ball = f"laws with {self.divergence} ≤ {brief(self.budget)}{f' {self.unit}' if self.unit else ''}"
        if self.lower is None or self.upper is None:
            return f"over {ball} from the baseline, {name} has no point"
        if self.lower == self.upper:
            return f"over {ball} from the baseline, the maximum of {name} is exactly {brief(self.lower)}"
        found = f"lies between {_digits(self.lower)} and {_digits(self.upper)}"
        return f"over {ball} from the baseline, the maximum of {name} {found}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the point, its law and both bounds in rationals; with ``game`` also its digest.

        Raises
        ------
        CertificateError
            Naming the bound that is not established.
        """
        programme, claim = self.programme, self.claim
        if game is not None and game.exact().digest() != self.game_digest:
            fail(claim, "the programme was built from another game: the digests differ")
        if programme.sense != "max" or programme.integer:
            fail(claim, "the programme is no maximum over real columns")
        size = len(self.baseline)
        p = self.baseline.fractions().tolist()
        if not 1 <= size <= programme.num_columns or min(p) < 0 or sum(p) != 1:
            fail(claim, "the baseline is no law over the programme's first columns")
        if {self.lower is None, self.upper is None, self.point is None} not in ({True}, {False}):
            fail(claim, "a point comes with both bounds, and without any where none exists")
        try:
            budget = DivergenceBudget.of(self.divergence, self.budget, self.unit)
            self._check_point(budget, p)
            bound = self._bound(budget, p)
        except SpecificationError as error:
            fail(claim, str(error))
        if self.upper is None and bound >= 0:
            fail(claim, f"the multipliers leave room: they prove {brief(bound)}, which is not below 0")
        if self.upper is not None and bound > self.upper:
            fail(claim, f"the multipliers prove {_digits(bound)} only")
        return True

    def _check_point(self, budget: DivergenceBudget, p: list[Fraction]) -> None:
        if self.point is None:
            return
        if self.point.shape != (self.programme.num_columns,):
            fail(self.claim, f"the point has shape {self.point.shape}")
        violation = self.programme.infeasibility(self.point)
        if violation is not None:
            fail(self.claim, f"the point is not feasible: {violation}")
        law = self.point.fractions().tolist()[: len(p)]
        if min(law) < 0 or sum(law) != 1:
            fail(self.claim, "the point's first columns are no law")
        if not budget.keeps(law, p):
            fail(self.claim, "the law is not proved to keep the budget")
        if self.programme.objective_at(self.point) != self.lower:
            fail(self.claim, f"the point attains {brief(self.programme.objective_at(self.point))}")

    def _bound(self, budget: DivergenceBudget, p: list[Fraction]) -> Fraction:
        """What the multipliers prove about the maximum, or with no objective about the rows."""
        rest, rewards = self._priced(len(p))
        return rest + bound_in_ball(budget, rewards, p, self.price, self.level)

    def _priced(self, size: int) -> tuple[Fraction, list[Fraction]]:
        """What the rows and further columns add to the bound, and the reduced costs of the law's columns."""
        programme, y = self.programme, self.multipliers
        if y.shape != (programme.num_rows,):
            fail(self.claim, f"found {y.shape} multipliers for {programme.num_rows} rows")
        for sign, sense, name in zip(y.numerators.tolist(), programme.row_sense, programme.row_names, strict=True):
            if (sign < 0 and sense == "<=") or (sign > 0 and sense == ">="):
                fail(self.claim, f"the multiplier of the row {name!r} has the wrong sign")
        combined, values = programme.combined_rows(y).fractions().tolist(), y.fractions().tolist()
        costs = [_ZERO] * programme.num_columns if self.point is None else programme.objective.fractions().tolist()
        reduced = [c - a for c, a in zip(costs, combined, strict=True)]
        sides = programme.right_hand_side.fractions().tolist()
        rest = sum((v * b for v, b in zip(values, sides, strict=True)), _ZERO)
        rest += _ZERO if self.point is None else programme.constant
        for j in range(size, programme.num_columns):
            if reduced[j]:
                end = programme.upper[j] if reduced[j] > 0 else programme.lower[j]
                if end is None:
                    fail(self.claim, f"the multipliers leave the column {programme.column_names[j]!r} without bound")
                rest += reduced[j] * end
        return rest, reduced[:size]

    def line(self) -> tuple[Fraction, Fraction]:
        """(a, b): by the same multipliers the maximum within any budget δ > 0, in the same unit, is at most a + b δ.

        Raises
        ------
        UnsupportedError
            For the Bhattacharyya and Hellinger divergences, whose bounds are no lines.
        """
        budget = DivergenceBudget.of(self.divergence, self.budget, self.unit)
        if budget.is_affinity:
            raise UnsupportedError(
                f"bounds by multipliers are no lines in the budget for {self.divergence}; use 'kullback-leibler', "
                "'chi-squared' or 'total variation'"
            )
        rest, rewards = self._priced(len(self.baseline))
        p = self.baseline.fractions().tolist()
        if self.price <= 0 or not budget.given:
            absolute = self.divergence != "total variation"
            return rest + max(r for r, w in zip(rewards, p, strict=True) if w or not absolute), _ZERO
        start, slope = affine_bound(budget, rewards, p, self.price, self.level)
        return rest + start, slope

    def verify_against(self, programme: LinearProgramme) -> Literal[True]:
        """Check that the programme carried here is ``programme``, rebuilt from the game, entry by entry."""
        difference = self.programme.difference(programme)
        if difference is not None:
            violation = f"the programme in the certificate is not the rebuilt one; {difference}"
            message = f"{self.claim}: not established; {violation}. Do not rely on it; solve again"
            raise CertificateError(message, claim=self.claim, violation=violation)
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "stealth",
            "programme": self.programme.to_dict(),
            "baseline": rational_array_to_json(self.baseline),
            "divergence": self.divergence,
            "unit": self.unit,
            "budget": rational_to_json(self.budget),
            "point": None if self.point is None else rational_array_to_json(self.point),
            "multipliers": rational_array_to_json(self.multipliers),
            "price": rational_to_json(self.price),
            "level": rational_to_json(self.level),
            "lower": None if self.lower is None else rational_to_json(self.lower),
            "upper": None if self.upper is None else rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> StealthCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "stealth" or not isinstance(data["divergence"], str):
            raise SpecificationError(
                f"certificate.kind: found {data['kind']!r}; write 'stealth', and name a divergence"
            )
        if data["unit"] is not None and not isinstance(data["unit"], str):
            raise SpecificationError("certificate.unit: write 'bits', 'nats' or null")

        def optional(key: str) -> Fraction | None:
            return None if data[key] is None else rational_from_json(data[key], where=f"certificate.{key}")

        divergence: Any = data["divergence"]
        unit: Any = data["unit"]
        point = data["point"]
        return cls(
            programme=LinearProgramme.from_dict(data["programme"]),
            baseline=rational_array_from_json(data["baseline"], where="certificate.baseline"),
            divergence=divergence,  # verify() refuses words that are none of these
            unit=unit,
            budget=rational_from_json(data["budget"], where="certificate.budget"),
            point=None if point is None else rational_array_from_json(point, where="certificate.point"),
            multipliers=rational_array_from_json(data["multipliers"], where="certificate.multipliers"),
            price=rational_from_json(data["price"], where="certificate.price"),
            level=rational_from_json(data["level"], where="certificate.level"),
            lower=optional("lower"),
            upper=optional("upper"),
        )

    def __repr__(self) -> str:
        return f"StealthCertificate({self.claim})"


def _digits(value: Fraction) -> str:
    """Twelve digits, since the two bounds agree in most of them."""
    try:
        return f"{float(value):.12g}"
    except OverflowError:
        return brief(value)
