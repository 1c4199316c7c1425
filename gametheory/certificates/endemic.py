"""The endemic state of a contagion on a network lies between two rational vectors.

With B ≥ 0 (entry (i, j): the rate at which j infects i) and recovery rates γ > 0, the mean field of an SIS contagion is
dx_i/dt = (1 − x_i) (B x)_i − γ_i x_i. Its steady states are the fixed points of F(x)_i = (B x)_i / (γ_i + (B x)_i), which is
monotone on [0, 1]ⁿ; the greatest of them, x̄, is the *endemic state*, the limit from the state where all are infected (and
from every start that infects some node, if the network is strongly connected). Evidence:

    0 ≤ l ≤ 1 with (B l)_i (1 − l_i) ≥ γ_i l_i for all i   ⇒   l ≤ x̄   (F(l) ≥ l; A. Tarski 1955),
    0 < u ≤ 1 with (B u)_i (1 − u_i) ≤ γ_i u_i for all i   ⇒   x̄ ≤ u   (F(u) ≤ u, and F(t x) > t F(x) for 0 < t < 1 wherever
                                                                      F(x) > 0: A. Lajmanovich and J. Yorke 1976).

Everything is recomputed in integers. Complexity: two passes over the entries of B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import brief, fail, indices_from_json
from gametheory.certificates.rationals import expect_keys, rational_array_from_json, rational_array_to_json
from gametheory.certificates.spectral import MetzlerMatrix
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["EndemicCertificate"]

_KEYS = ("kind", "size", "rows", "columns", "entries", "recovery", "lower", "upper")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EndemicCertificate:
    """The claim lower ≤ x̄ ≤ upper about the endemic state x̄; see the module.

    Attributes
    ----------
    transmission : MetzlerMatrix
        B, no negative entry.
    recovery : RationalArray, shape (size,), > 0
    lower, upper : RationalArrays, shape (size,), in [0, 1] and in (0, 1]

    Examples
    --------
    Two nodes that infect each other at rate 2 and recover at rate 1 are infected half of the time.

    >>> half = RationalArray.from_values(["1/2", "1/2"])
    >>> pair = MetzlerMatrix(2, [0, 1], [1, 0], RationalArray.of_integers([2, 2]))
    >>> EndemicCertificate(
    ...     transmission=pair, recovery=RationalArray.of_integers([1, 1]), lower=half, upper=half).verify()
    True
    """

    transmission: MetzlerMatrix
    recovery: RationalArray
    lower: RationalArray
    upper: RationalArray

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about rates, which the certificate carries."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        low, high = (sum(v.numerators.tolist()) / (v.denominator * max(len(v), 1)) for v in (self.lower, self.upper))
        return (
            f"in the endemic state of the contagion with transmission matrix {self.transmission.digest()[:12]}… the mean "
            f"infected share lies between about {low:.12g} and {high:.12g}, and that of each node between the bounds given"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute both conditions in integers; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If a rate is out of range or a node breaks a condition; the message names the node.
        """
        n = self.transmission.size
        for name in ("recovery", "lower", "upper"):
            if getattr(self, name).shape != (n,):
                fail(self.claim, f"{name} has shape {getattr(self, name).shape}, not ({n},)")
        if not self.transmission.is_nonnegative:
            fail(self.claim, "a transmission rate is negative")
        if (self.recovery.numerators <= 0).any():
            fail(self.claim, "a recovery rate is not positive")
        low, high = self.lower, self.upper
        if (low.numerators < 0).any() or (low.numerators > low.denominator).any():
            fail(self.claim, "a lower bound is outside [0, 1]")
        if (high.numerators <= 0).any() or (high.numerators > high.denominator).any():
            fail(self.claim, "an upper bound is outside (0, 1]")
        short = np.flatnonzero(self._inflow(low) < 0)
        if len(short):
            fail(self.claim, f"at the lower bound node {int(short[0])} loses infection ({brief(low[int(short[0])])})")
        excess = np.flatnonzero(self._inflow(high) > 0)
        if len(excess):
            fail(
                self.claim, f"at the upper bound node {int(excess[0])} gains infection ({brief(high[int(excess[0])])})"
            )
        return True

    def _inflow(self, state: RationalArray) -> NDArray[Any]:
        """(B x)_i (1 − x_i) − γ_i x_i, times a positive integer."""
        B, x, d = self.transmission, state.numerators.astype(object), state.denominator
        force = np.zeros(B.size, dtype=object)
        np.add.at(force, B.rows, B.entries.numerators.astype(object) * x[B.columns])
        loss = self.recovery.numerators.astype(object) * x
        flow: NDArray[Any] = force * (d - x) * self.recovery.denominator - loss * (d * B.entries.denominator)
        return flow

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "endemic state",
            "size": self.transmission.size,
            "rows": self.transmission.rows.tolist(),
            "columns": self.transmission.columns.tolist(),
            "entries": rational_array_to_json(self.transmission.entries),
            "recovery": rational_array_to_json(self.recovery),
            "lower": rational_array_to_json(self.lower),
            "upper": rational_array_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> EndemicCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "endemic state":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'endemic state'")
        if type(data["size"]) is not int:
            raise SpecificationError(f"certificate.size: found {data['size']!r}; write an integer ≥ 1")
        vectors = {
            name: rational_array_from_json(data[name], where=f"certificate.{name}")
            for name in ("recovery", "lower", "upper")
        }
        matrix = MetzlerMatrix(
            data["size"],
            np.array(indices_from_json(data["rows"], where="certificate.rows"), dtype=np.int64),
            np.array(indices_from_json(data["columns"], where="certificate.columns"), dtype=np.int64),
            rational_array_from_json(data["entries"], where="certificate.entries"),
        )
        return cls(transmission=matrix, **vectors)

    def __repr__(self) -> str:
        return f"EndemicCertificate({self.claim})"
