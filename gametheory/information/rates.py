"""A rate of information between certified bounds, and how floats become the rationals that the evidence speaks of.

What an iteration proposes is rounded to multiples of 2^−56, each probability at least one unit where it may be positive, the
largest of its row taking up the rest: probabilities then sum to one exactly and no relative entropy is infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.elementary import Bracket, Pair, Unit, per_unit
from gametheory.certificates.information import CapacityCertificate, DistortionCertificate
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import Channel

__all__ = ["CertifiedRate"]

Floats = NDArray[np.float64]
_UNIT = 2**56


@final
@compared_by("name", "bounds", "inputs", "channel", "prices")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CertifiedRate:
    """An optimum of mutual information between certified bounds; ``float()`` gives the middle.

    Attributes
    ----------
    name : str
        What was optimised.
    bounds : Bracket
        ``exact_lower`` ≤ the optimum ≤ ``exact_upper``, in ``bounds.unit``.
    inputs : array, shape (n,)
        The input distribution: of the capacity the best one, of a sanitiser the worst.
    channel : Channel or None
        The channel that attains ``upper`` where channels are chosen; ``None`` where they are given.
    prices : mapping from str to float
        Limits that bind, and by how much the optimum changes per unit that they are relaxed: the dearest first.
    weights : array, shape (number of channels,)
        Of several given channels, how much each decides the worst case; empty otherwise.
    certificate : CapacityCertificate or DistortionCertificate
        Of both bounds, in nats.
    """

    name: str
    bounds: Bracket
    inputs: Floats
    channel: Channel | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    certificate: CapacityCertificate | DistortionCertificate

    def __post_init__(self) -> None:
        for name in ("inputs", "weights"):
            array = np.array(getattr(self, name), dtype=np.float64, copy=True)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        ordered = dict(sorted(self.prices.items(), key=lambda item: -abs(item[1])))
        object.__setattr__(self, "prices", MappingProxyType(ordered))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return _rebuilt, ({**fields, "prices": dict(self.prices)},)

    @property
    def lower(self) -> float:
        """The largest float that is surely not above the optimum."""
        return self.bounds.lower

    @property
    def upper(self) -> float:
        """The least float that is surely not below the optimum."""
        return self.bounds.upper

    def __float__(self) -> float:
        return float(self.bounds)

    def _described(self) -> str:
        binding = [f"{name} at {price:.6g}" for name, price in list(self.prices.items())[:3]]
        more = f" and {len(self.prices) - 3} more" if len(self.prices) > 3 else ""
        prices = f", binding: {', '.join(binding)}{more}" if binding else ""
        width = self.bounds.width
        return f"{self.name}, certified: {float(self):.10g} {self.bounds.unit}, within {width:.1g}{prices}"

    def __repr__(self) -> str:
        return f"CertifiedRate({self._described()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{price:.6g}</td></tr>" for name, price in list(self.prices.items())[:200]
        )
        table = f"<table><tr><th>binding limit</th><th>shadow price</th></tr>{rows}</table>" if rows else ""
        return f"<p>{escape(self._described())}</p>{table}"

    def to_frame(self) -> Any:
        """A pandas table of the limits that bind and their shadow prices.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        return data_frame(self.prices.items(), ["limit", "shadow_price"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "name": self.name,
            "bounds": self.bounds.to_dict(),
            "inputs": self.inputs.tolist(),
            "channel": None if self.channel is None else self.channel.to_dict(),
            "prices": dict(self.prices),
            "weights": self.weights.tolist(),
            "certificate": self.certificate.to_dict(),
        }


def _rebuilt(fields: Mapping[str, Any]) -> CertifiedRate:
    return CertifiedRate(**fields)


def certified_bounds(name: str, nats: Pair, unit: Unit, tol: Any) -> Bracket:
    """The bounds in the unit asked for.

    Raises
    ------
    SolverError
        If they are further than ``tol`` nats apart; ``best`` is the bracket.
    """
    bracket = per_unit(nats, unit)
    if nats[1] - nats[0] > read_tolerance(tol):
        raise SolverError(
            f"{name}: proved to lie between {float(nats[0]):.9g} and {float(nats[1]):.9g} nats, further apart than "
            f"tol={tol}; raise tol, or relax a limit that leaves hardly any choice",
            status="gap",
            solver="interior point",
            best=bracket,
        )
    return bracket


def read_tolerance(tol: Any) -> Fraction:
    """The widest bounds that are accepted, in nats."""
    width = exact(tol, where="tol")
    if width <= 0:
        raise SpecificationError(f"tol: found {tol}; write a number of nats > 0")
    return width


def rounded_rows(values: Floats, allowed: NDArray[np.bool_] | None = None, *, unit: int = _UNIT) -> RationalArray:
    """Rows of floats as distributions in rationals, at least one unit wherever ``allowed`` (everywhere, by default)."""
    may = np.ones(values.shape, dtype=bool) if allowed is None else allowed
    numerators = np.where(may, np.maximum(np.rint(np.nan_to_num(values) * unit), 1), 0).astype(np.int64)
    largest = np.expand_dims(numerators.argmax(axis=-1), -1)
    rest = unit - numerators.sum(axis=-1, keepdims=True)
    np.put_along_axis(numerators, largest, np.take_along_axis(numerators, largest, -1) + rest, -1)
    return RationalArray.of_integers(numerators, unit)


def rounded_numbers(values: Floats, *, least: float = 0.0) -> RationalArray:
    """Floats as multiples of 2^−56; those below ``least`` in size are 0."""
    kept = np.where(np.abs(values) < least, 0, np.nan_to_num(values))
    return RationalArray.from_fractions([Fraction(round(Fraction(float(x)) * _UNIT), _UNIT) for x in kept])


def up_to_unit(value: Fraction) -> Fraction:
    """The next multiple of 2^−56."""
    return Fraction(-(-value.numerator * _UNIT // value.denominator), _UNIT)
