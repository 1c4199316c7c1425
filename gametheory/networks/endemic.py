"""The endemic state of an SIS contagion on a network: where its mean field settles, between certified bounds.

The mean field of :mod:`gametheory.networks.mean_field` in continuous time has a greatest steady state x̄, the limit from the
state where all are infected: x̄_i = (B x̄)_i / (γ_i + (B x̄)_i) =: F(x̄)_i. It is found by fixed-point iteration and Newton's
method in floats, and then enclosed: a vector a little below with F(l) ≥ l and one a little above with F(u) ≤ u prove
l ≤ x̄ ≤ u, in rationals (:mod:`gametheory.certificates.endemic`). x̄ bounds the probabilities of infection in the
quasi-stationary state of the Markov chain from above.

References: P. Van Mieghem, J. Omic and R. Kooij (2009), *Virus spread in networks*, IEEE/ACM Transactions on Networking 17; A.
Lajmanovich and J. Yorke (1976), *A deterministic model for gonorrhea in a nonhomogeneous population*, Mathematical
Biosciences 28.
Complexity: O(arcs) for each pass of the iteration, and a sparse elimination for each step of Newton's method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.endemic import EndemicCertificate
from gametheory.errors import CertificateError, InfeasibleError, SolverError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.contagion import Epidemic, is_extinct

__all__ = ["EndemicState", "endemic_state"]

Floats = NDArray[np.float64]

_NEWTON = 2000  # nodes up to which Newton's equations are solved
_PASSES = 20_000  # of the fixed-point iteration at most
_ABSENT = 1e-9  # a share below is that of a node which no endemic part of the network reaches


@final
@compared_by("epidemic", "lower", "upper")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EndemicState:
    """The share of time for which each node is infected in the endemic state, between certified bounds.

    Attributes
    ----------
    epidemic : Epidemic
    lower, upper : RationalArrays, shape (n,)
    certificate : EndemicCertificate
    """

    epidemic: Epidemic
    lower: RationalArray
    upper: RationalArray
    certificate: EndemicCertificate

    @property
    def shares(self) -> Floats:
        """Midpoints of the bounds, shape (n,)."""
        return np.asarray((self.lower.floats() + self.upper.floats()) / 2)

    @property
    def prevalence_bounds(self) -> tuple[Fraction, Fraction]:
        """Bounds on the mean infected share."""
        low, high = (Fraction(sum(map(int, v.numerators)), v.denominator * len(v)) for v in (self.lower, self.upper))
        return low, high

    def __float__(self) -> float:
        low, high = self.prevalence_bounds
        return float((low + high) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": "certified",
            "prevalence": list(map(exact_text, self.prevalence_bounds)),
            "shares": self.shares.tolist(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each node."""
        rows = zip(self.epidemic.network.nodes, self.lower.floats(), self.upper.floats(), strict=True)
        return data_frame(rows, ["node", "lower", "upper"])

    def __repr__(self) -> str:
        width = float(np.abs(self.upper.floats() - self.lower.floats()).max())
        return f"EndemicState(certified: mean infected share {float(self):.10g}, bounds of nodes {width:.1e} apart)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def endemic_state(epidemic: Epidemic) -> EndemicState:
    """The greatest steady state of the mean field of an SIS contagion in continuous time, between certified bounds.

    Raises
    ------
    InfeasibleError
        If it dies out; the error's certificate proves it.
    UnsupportedError
        For SIR, discrete time, or where a node never recovers.
    SolverError
        If bounds within 1 % of each other are not found: very near the threshold.

    Examples
    --------
    On a regular graph of degree d with equal rates every node is infected for the share 1 − γ/(βd) of time.

    >>> import networkx
    >>> found = endemic_state(Epidemic(networkx.complete_graph(5), "1/2", 1))
    >>> low, high = found.prevalence_bounds
    >>> low < Fraction(1, 2) < high, float(high - low) < 1e-10, found.certificate.verify()
    (True, True, True)
    """
    if epidemic.model != "SIS" or epidemic.time != "continuous":
        raise UnsupportedError(
            f"the endemic state is that of SIS in continuous time, not of {epidemic.model} in {epidemic.time} time; look at "
            "mean_field_path there"
        )
    if (epidemic.exact_recovery().numerators == 0).any():
        raise UnsupportedError("recovery: a node never recovers; write rates > 0, or look at mean_field_path")
    extinct = is_extinct(epidemic)
    if extinct.status != "no":
        raise InfeasibleError(
            "the contagion dies out, or is too near the threshold to tell, so that there is no endemic state; raise "
            "transmission, or ask is_extinct",
            certificate=extinct.witness.bounds.certificate,
        )
    found = _steady_state(epidemic)
    B, recovery = epidemic.transmission_matrix(), epidemic.exact_recovery()
    slack = 1e-13
    while slack < 5e-3:
        low, high = found * (1 - slack), np.minimum(found * (1 + slack), 1.0)
        low[found < _ABSENT] = 0.0
        certificate = EndemicCertificate(
            transmission=B,
            recovery=recovery,
            lower=RationalArray.from_floats(low),
            upper=RationalArray.from_floats(high),
        )
        if _is_proof(certificate):
            return EndemicState(
                epidemic=epidemic, lower=certificate.lower, upper=certificate.upper, certificate=certificate
            )
        slack *= 4
    raise SolverError(
        "the endemic state was not enclosed within 1 %: the contagion is very near its threshold; move the rates away from it",
        status="not enclosed",
        solver="fixed-point iteration",
        best=found,
    )


def _steady_state(epidemic: Epidemic) -> Floats:
    """The greatest fixed point of F in floats, from the state where all are infected."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    network, gamma = epidemic.network, epidemic.float_recovery()
    n = epidemic.num_nodes
    B = sparse.csr_array((epidemic.arc_rates(), (network.targets, network.sources)), shape=(n, n))
    x = np.ones(n)
    change = math.inf
    for step in range(_PASSES):
        force = B @ x
        following = force / (gamma + force)
        change = float(np.abs(following - x).max())
        x = following
        if change < 1e-17 or (n <= _NEWTON and step == 50):
            break
    if n <= _NEWTON:
        for _ in range(50):
            force = B @ x
            flow = (1 - x) * force - gamma * x
            J = (sparse.diags_array(1 - x) @ B - sparse.diags_array(force + gamma)).tocsc()
            move = splu(J).solve(-flow)
            x = np.clip(x + move, x * 1e-3, 1.0)  # stays positive, as the iterates from above do
            if np.abs(move).max() < 1e-16:
                break
    absent = np.flatnonzero(x < _ABSENT)
    if len(
        absent
    ):  # there infection decays: (Γ − B) y = 1 has a solution y > 0, and small multiples of it are upper bounds
        decay = sparse.diags_array(gamma[absent]) - B[absent][:, absent]
        y = splu(decay.tocsc()).solve(np.ones(len(absent)))
        x[absent] = np.maximum(y, 1e-300) * (1e-12 / np.abs(y).max())
    return x


def _is_proof(certificate: EndemicCertificate) -> bool:
    try:
        return certificate.verify()
    except CertificateError:
        return False
