"""What the chains of :mod:`gametheory.networks.epidemic_chain` answer: a number, the final size, where it dwells."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.spectral import SpectralCertificate
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.contagion import Epidemic

__all__ = ["ChainNumber", "FinalSize", "Number", "QuasiStationary"]

Number = Fraction | float
Floats = NDArray[np.float64]


@final
@compared_by("epidemic", "quantity", "value")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ChainNumber:
    """A number computed from the chain.

    Attributes
    ----------
    epidemic : Epidemic
    quantity : str
        What it is, in words.
    value : Fraction or float
    residual : float
        Largest error of an equation in floats; 0 where exact.
    """

    epidemic: Epidemic
    quantity: str
    value: Number
    residual: float

    @property
    def status(self) -> Literal["exact", "numerical"]:
        return "exact" if isinstance(self.value, Fraction) else "numerical"

    def __float__(self) -> float:
        return float(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": self.status,
            "quantity": self.quantity,
            "value": _plain(self.value),
            "residual": self.residual,
        }

    def to_frame(self) -> Any:
        """A pandas table with one row."""
        return data_frame([[self.quantity, self.value]], ["quantity", "value"])

    def __repr__(self) -> str:
        return f"ChainNumber({self.status}: {self.quantity} {_text(self.value)})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@final
@compared_by("epidemic", "probabilities")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class FinalSize:
    """How many nodes an SIR epidemic reaches in all.

    Attributes
    ----------
    epidemic : Epidemic
    probabilities : tuple of Fraction or float, n + 1 entries
        Entry k is the probability that exactly k nodes are ever infected.
    node_probabilities : tuple of Fraction or float, n entries
        For each node, the probability that it is ever infected.
    duration : Fraction or float
        Expected time (or number of rounds) until nobody is infected.
    """

    epidemic: Epidemic
    probabilities: tuple[Number, ...]
    node_probabilities: tuple[Number, ...]
    duration: Number

    @property
    def status(self) -> Literal["exact", "numerical"]:
        return "exact" if self.epidemic.arithmetic == "exact" else "numerical"

    @property
    def mean(self) -> Number:
        """Expected number of nodes ever infected."""
        return sum((k * p for k, p in enumerate(self.probabilities)), Fraction(0))

    def at_least(self, size: int) -> Number:
        """Probability that ``size`` nodes or more are ever infected."""
        return sum(self.probabilities[max(size, 0) :], Fraction(0))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": self.status,
            "probabilities": list(map(_plain, self.probabilities)),
            "node_probabilities": list(map(_plain, self.node_probabilities)),
            "mean": _plain(self.mean),
            "duration": _plain(self.duration),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each size."""
        return data_frame(enumerate(self.probabilities), ["size", "probability"])

    def __repr__(self) -> str:
        return (
            f"FinalSize({self.status}: {_text(self.mean)} of {self.epidemic.num_nodes} nodes on average, in time "
            f"{_text(self.duration)})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@final
@compared_by("epidemic", "lower", "upper")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class QuasiStationary:
    """Where an SIS contagion dwells while it lasts, and the rate at which it dies out then.

    Attributes
    ----------
    epidemic : Epidemic
    lower, upper : Fraction
        Certified bounds on the rate of extinction (in discrete time, on the probability per round).
    node_probabilities : float array, shape (n,)
        Probability that each node is infected; numerical.
    size_probabilities : float array, shape (n + 1,)
        Probability that k nodes are infected; numerical.
    certificate : SpectralCertificate
        Bounds on the spectral abscissa of the chain without extinction, which is minus the rate.
    """

    epidemic: Epidemic
    lower: Fraction
    upper: Fraction
    node_probabilities: Floats
    size_probabilities: Floats
    certificate: SpectralCertificate

    @property
    def mean(self) -> float:
        """Expected number of infected nodes."""
        return float(self.node_probabilities.sum())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": "certified",
            "extinction_rate": [exact_text(self.lower), exact_text(self.upper)],
            "node_probabilities": self.node_probabilities.tolist(),
            "size_probabilities": self.size_probabilities.tolist(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each node."""
        rows = zip(self.epidemic.network.nodes, self.node_probabilities, strict=True)
        return data_frame(rows, ["node", "infected with probability"])

    def __repr__(self) -> str:
        rate = float((self.lower + self.upper) / 2)
        return (
            f"QuasiStationary(certified: dies out at rate {rate:.10g}, bounds {float(self.upper - self.lower):.1e} apart; "
            f"{self.mean:.6g} of {self.epidemic.num_nodes} nodes infected, numerical)"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def _plain(value: Number) -> Any:
    return exact_text(value) if isinstance(value, Fraction) else value


def _text(value: Number) -> str:
    return brief(value) if isinstance(value, Fraction) else f"{value:.6g}"
