r"""Contagion on a network: does it die out, how fast does it grow, and by how much must transmission fall.

Node i catches it from each infected j with an arc (j, i) at the rate β_i w_ji, and recovers at the rate γ_i: to be
susceptible again (SIS) or immune (SIR). In continuous time these are rates; in discrete time, probabilities for a round, in
which an infected node recovers with probability γ_i, and every node that is susceptible then, the recovered ones of SIS
among them, escapes infection with probability Π_j (1 − β_i w_ji) over the j infected at the round's beginning.

Let B = diag(β) Aᵀ, Γ = diag(γ). The mean field (Van Mieghem, Omic and Kooij 2009: N-intertwined; Chakrabarti et al. 2008 in
discrete time) bounds the probability of infection of each node from above, and grows at first as M = B − Γ: its spectral
abscissa α(M) is the growth rate per unit of time, or that per round less 1. Under SIS it dies out from every start iff
α(M) < 0, or α(M) = 0 and no strongly connected component that attains it keeps infection for ever (in continuous time a node
with γ = 0; in discrete time also a directed cycle with all β w = γ = 1). With equal rates: iff (β/γ) λ₁(A) ≤ 1. The
reproduction number R = ρ(Γ⁻¹ B) has the same sign less 1, and 1/R is the factor on all transmission at the threshold.

All this is decided in rationals, with a certificate; floats are taken as the rationals that they are.

References: P. Van Mieghem, J. Omic and R. Kooij (2009), *Virus spread in networks*, IEEE/ACM Transactions on Networking 17,
theorem 1 and lemma 4; D. Chakrabarti, Y. Wang, C. Wang, J. Leskovec and C. Faloutsos (2008), *Epidemic thresholds in real
networks*, ACM TISSEC 10, theorem 1; A. Lajmanovich and J. Yorke (1976), *A deterministic model for gonorrhea in a
nonhomogeneous population*, Mathematical Biosciences 28, theorem 3.1; P. van den Driessche and J. Watmough (2002).
Complexity: see :mod:`gametheory.networks.spectral`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import DEFAULT_TOLERANCE, RationalArray, Verdict, exact, exact_text, read_array
from gametheory.certificates.encoding import brief
from gametheory.certificates.spectral import MetzlerMatrix, SpectralCertificate
from gametheory.errors import SpecificationError, UnboundedError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.network import Network, read_network
from gametheory.networks.spectral import SpectralAbscissa, compare_spectral_abscissa, spectral_abscissa
from gametheory.networks.well_mixed import WellMixedContagion

__all__ = ["Epidemic", "SpreadMeasure", "extinction_threshold", "growth_rate", "is_extinct", "reproduction_number"]

Floats = NDArray[np.float64]
Rates = RationalArray | Floats

_DENOMINATOR = 4096  # bits of the common denominator of Γ⁻¹ B at most


@final
@compared_by("network", "transmission", "recovery", "model", "time")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Epidemic:
    """Who infects whom in a network, how readily, and for how long; see the module.

    Attributes
    ----------
    network : Network
        Also given as a networkx graph or an adjacency matrix (an asymmetric one is directed: from row to column).
    transmission : array, shape (n,)
        β_i ≥ 0, how readily node i is infected through an arc of weight 1; one number stands for all.
    recovery : array, shape (n,)
        γ_i ≥ 0; one number stands for all.
    model : "SIS" or "SIR"
        Who recovers is susceptible again, or immune.
    time : "continuous" or "discrete"
        Rates per unit of time, or probabilities per round.

    Examples
    --------
    >>> import networkx
    >>> Epidemic(networkx.star_graph(9), "1/10", "1/2")
    Epidemic(SIS, continuous time, 10 nodes, exact rates)
    """

    network: Network
    transmission: Rates
    recovery: Rates
    model: Literal["SIS", "SIR"] = "SIS"
    time: Literal["continuous", "discrete"] = "continuous"

    def __init__(
        self,
        network: Any,
        transmission: Any,
        recovery: Any,
        *,
        model: Literal["SIS", "SIR"] = "SIS",
        time: Literal["continuous", "discrete"] = "continuous",
    ) -> None:
        if model not in ("SIS", "SIR"):
            raise SpecificationError(f"model: found {model!r}; write 'SIS' or 'SIR'")
        if time not in ("continuous", "discrete"):
            raise SpecificationError(f"time: found {time!r}; write 'continuous' or 'discrete'")
        read = read_network(network)
        object.__setattr__(self, "network", read)
        object.__setattr__(self, "transmission", _rates(transmission, read, "transmission"))
        object.__setattr__(self, "recovery", _rates(recovery, read, "recovery"))
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "time", time)
        if time == "discrete":
            for name, values in (("recovery", self.float_recovery()), ("transmission times weight", self.arc_rates())):
                if len(values) and values.max() > 1:
                    raise SpecificationError(
                        f"{name}: found {values.max()}; in discrete time they are probabilities ≤ 1"
                    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.network, self.transmission, self.recovery, self.model, self.time)

    @property
    def num_nodes(self) -> int:
        return self.network.num_nodes

    @property
    def arithmetic(self) -> Literal["exact", "float"]:
        """``"exact"`` if the weights and both rates are."""
        parts = (self.network.weights, self.transmission, self.recovery)
        return "exact" if all(isinstance(part, RationalArray) for part in parts) else "float"

    def float_recovery(self) -> Floats:
        """γ as floats, shape (n,)."""
        return self.recovery.floats() if isinstance(self.recovery, RationalArray) else self.recovery

    def exact_recovery(self) -> RationalArray:
        """γ in rationals, shape (n,)."""
        return self.recovery if isinstance(self.recovery, RationalArray) else RationalArray.from_floats(self.recovery)

    def arc_rates(self) -> Floats:
        """β_j w_ij of each arc (i, j) as floats, in the order of the network's arcs."""
        rate = self.transmission
        own = rate.floats() if isinstance(rate, RationalArray) else rate
        return np.asarray(own[self.network.targets] * self.network.float_weights())

    def exact_arc_rates(self) -> RationalArray:
        """β_j w_ij of each arc (i, j) in rationals, in the order of the network's arcs."""
        rate = self.transmission
        own = rate if isinstance(rate, RationalArray) else RationalArray.from_floats(rate)
        weights = self.network.exact_weights()
        factors = own.numerators.astype(object)[self.network.targets] * weights.numerators.astype(object)
        return RationalArray.of_integers(factors, own.denominator * weights.denominator)

    def transmission_matrix(self) -> MetzlerMatrix:
        """B = diag(β) Aᵀ: entry (i, j) is the rate at which j infects i."""
        network = self.network
        return MetzlerMatrix.from_entries(self.num_nodes, network.targets, network.sources, self.exact_arc_rates())

    def growth_matrix(self) -> MetzlerMatrix:
        """M = B − Γ, by which few infected multiply."""
        rates, recovery, n = self.exact_arc_rates(), self.exact_recovery(), self.num_nodes
        common = math.lcm(rates.denominator, recovery.denominator)
        entries = np.concatenate(
            [
                rates.numerators.astype(object) * (common // rates.denominator),
                -recovery.numerators.astype(object) * (common // recovery.denominator),
            ]
        )
        rows = np.concatenate([self.network.targets, np.arange(n)])
        columns = np.concatenate([self.network.sources, np.arange(n)])
        return MetzlerMatrix.from_entries(n, rows, columns, RationalArray.of_integers(entries, common))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "model": self.model,
            "time": self.time,
            "network": self.network.to_dict(),
            "transmission": _plain_rates(self.transmission),
            "recovery": _plain_rates(self.recovery),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each node."""
        rows = zip(self.network.nodes, _listed(self.transmission), _listed(self.recovery), strict=True)
        return data_frame(rows, ["node", "transmission", "recovery"])

    def __repr__(self) -> str:
        return f"Epidemic({self.model}, {self.time} time, {self.num_nodes:,} nodes, {self.arithmetic} rates)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@final
@compared_by("quantity", "lower", "upper")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SpreadMeasure:
    """A number that says how it spreads, between certified bounds.

    Attributes
    ----------
    quantity : str
        What it is: ``"growth rate"``, ``"reproduction number"`` or ``"extinction threshold"``.
    lower, upper : Fraction
    certificate : SpectralCertificate
        Bounds on the spectral abscissa of the matrix from which the number is computed.
    """

    quantity: str
    lower: Fraction
    upper: Fraction
    certificate: SpectralCertificate

    def __float__(self) -> float:
        return float((self.lower + self.upper) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": "certified",
            "quantity": self.quantity,
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table with one row."""
        return data_frame([[self.quantity, self.lower, self.upper]], ["quantity", "lower", "upper"])

    def __repr__(self) -> str:
        if self.lower == self.upper:
            return f"SpreadMeasure(certified: {self.quantity} {brief(self.lower)} exactly)"
        width = float(self.upper - self.lower)
        return f"SpreadMeasure(certified: {self.quantity} {float(self):.12g}, bounds {width:.1e} apart)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def is_extinct(epidemic: Epidemic | WellMixedContagion, *, tol: float | Fraction | None = None) -> Verdict:
    """Whether an SIS contagion dies out from every start in the mean field, which bounds the stochastic one from above.

    Parameters
    ----------
    tol : number ≥ 0, optional
        Ask instead whether the growth rate is at most tol times the largest recovery rate. Without it, a growth rate of
        floats between 0 and 1e-9 of that rate is "within tolerance".

    Returns
    -------
    Verdict
        Its gain bounds the growth rate: from below where the answer is no, from above where it is yes. Its witness is the
        :class:`~gametheory.networks.spectral.SpectralComparison`, whose ``bounds.certificate`` proves it.

    Raises
    ------
    UnsupportedError
        For SIR, which always ends: ask for its growth rate or final size.

    Examples
    --------
    A star of nine leaves has λ₁ = 3: with β = 1/10 the threshold is γ = 3/10, which still dies out.

    >>> import networkx
    >>> star = networkx.star_graph(9)
    >>> bool(is_extinct(Epidemic(star, "1/10", "3/10"))), bool(is_extinct(Epidemic(star, "1/10", "0.2999")))
    (True, False)
    """
    if isinstance(epidemic, WellMixedContagion):
        return epidemic.is_extinct(tol=tol)
    if epidemic.model == "SIR":
        raise UnsupportedError(
            "an SIR epidemic always ends; use growth_rate or reproduction_number to see whether it grows at first, and "
            "final_size or simulate_epidemic for how many it reaches"
        )
    share = None if tol is None else exact(tol, where="tol")
    if share is not None and share < 0:
        raise SpecificationError(f"tol: found {tol}; write a number ≥ 0, a share of the largest recovery rate")
    span = max(epidemic.exact_recovery().fractions())
    compared = compare_spectral_abscissa(epidemic.growth_matrix(), (share or 0) * span)
    bounds = compared.bounds
    status: Literal["yes", "no", "within tolerance"]
    if compared.relation in ("below", "above"):
        status = "yes" if compared.relation == "below" else "no"
    elif compared.relation == "equal":
        status = "yes" if share else _status_at_threshold(epidemic, compared.critical)
    else:
        status = "within tolerance"
    gain = bounds.lower if status == "no" else bounds.upper
    in_doubt = compared.relation == "above" and share is None and epidemic.arithmetic == "float"
    if in_doubt and bounds.lower <= DEFAULT_TOLERANCE * span:
        status = "within tolerance"
    doubt = (
        f"the growth rate lies between {brief(bounds.lower)} and {brief(bounds.upper)}, too near the threshold to "
        "tell; pass tol= (a share of the largest recovery rate, such as 1e-9), or write the rates exactly ('1/10')"
    )
    return Verdict(status, gain, compared, "does the contagion die out in the mean field", doubt)


def growth_rate(epidemic: Epidemic) -> SpreadMeasure:
    """α(B − Γ): the exponential rate at which few infected multiply in the long run; in discrete time the factor less 1.

    Examples
    --------
    >>> import networkx
    >>> growth_rate(Epidemic(networkx.complete_graph(5), "1/2", 1))
    SpreadMeasure(certified: growth rate 1 exactly)
    """
    return _measure("growth rate", spectral_abscissa(epidemic.growth_matrix()))


def reproduction_number(epidemic: Epidemic) -> SpreadMeasure:
    """R = ρ(Γ⁻¹ B): how many one infected infects in a population with the most dangerous mix of infected nodes.

    Raises
    ------
    UnsupportedError
        Where some node never recovers (R is infinite), or recovery rates are so many different floats that no common
        denominator is in reach: ask ``is_extinct`` or ``growth_rate`` there.

    Examples
    --------
    >>> import networkx
    >>> reproduction_number(Epidemic(networkx.cycle_graph(6), "1/4", "1/3"))
    SpreadMeasure(certified: reproduction number 3/2 exactly)
    """
    return _measure("reproduction number", _next_generation(epidemic))


def extinction_threshold(epidemic: Epidemic) -> SpreadMeasure:
    """The factor 1/R: with all transmission times less than it the contagion dies out, times more it grows.

    With equal rates, (γ/β) / λ₁. For the threshold of β/γ take β = γ = 1.

    Raises
    ------
    UnboundedError
        If it dies out however large transmission is: no node can be infected by those that it infects.
    UnsupportedError
        As :func:`reproduction_number`.

    Examples
    --------
    >>> import networkx
    >>> extinction_threshold(Epidemic(networkx.star_graph(9), 1, 1))
    SpreadMeasure(certified: extinction threshold 1/3 exactly)
    """
    found = _next_generation(epidemic)
    if found.upper == 0:
        raise UnboundedError(
            "the contagion dies out whatever the transmission: the arcs along which it spreads close no cycle; ask is_extinct"
        )
    return SpreadMeasure(
        quantity="extinction threshold",
        lower=1 / found.upper,
        upper=1 / found.lower,
        certificate=found.certificate,
    )


def _next_generation(epidemic: Epidemic) -> SpectralAbscissa:
    recovery, rates = epidemic.exact_recovery(), epidemic.exact_arc_rates()
    if (recovery.numerators == 0).any():
        raise UnsupportedError("recovery: a node never recovers, so that R is infinite; use is_extinct or growth_rate")
    common = 1
    for x in {int(x) for x in recovery.numerators}:
        common = math.lcm(common, x)
        if common.bit_length() > _DENOMINATOR:
            raise UnsupportedError(
                "recovery: the rates are so many different numbers that R has no common denominator of use; round them, or "
                "use is_extinct or growth_rate"
            )
    # γ = g/d and β w = b/e, so that the entry is b d / (e g) = b d (common / g) / (e common).
    scale = np.array([recovery.denominator * (common // int(g)) for g in recovery.numerators] + [None], dtype=object)[
        :-1
    ]
    network = epidemic.network
    entries = RationalArray.of_integers(
        rates.numerators.astype(object) * scale[network.targets], rates.denominator * common
    )
    return spectral_abscissa(MetzlerMatrix.from_entries(epidemic.num_nodes, network.targets, network.sources, entries))


def _measure(quantity: str, found: SpectralAbscissa) -> SpreadMeasure:
    return SpreadMeasure(quantity=quantity, lower=found.lower, upper=found.upper, certificate=found.certificate)


def _status_at_threshold(epidemic: Epidemic, critical: tuple[tuple[int, ...], ...]) -> Literal["yes", "no"]:
    """At α = 0 infection stays only where a component keeps it without fail: each of its nodes has one source, surely."""
    recovery = epidemic.exact_recovery().numerators
    network = epidemic.network
    for nodes in critical:
        if len(nodes) == 1:
            return "no"  # α = 0 is −γ of this node, which never recovers
        if epidemic.time == "discrete" and (recovery[list(nodes)] == epidemic.exact_recovery().denominator).all():
            inside = np.isin(network.sources, nodes) & np.isin(network.targets, nodes)
            positive = inside & (epidemic.exact_arc_rates().numerators != 0)
            if (np.bincount(network.targets[positive], minlength=epidemic.num_nodes)[list(nodes)] == 1).all():
                return "no"  # a directed cycle along which infection is passed on with probability 1
    return "yes"


# -- reading -----------------------------------------------------------------------------------------------------------


def _rates(values: Any, network: Network, where: str) -> Rates:
    kind, array = read_array(values, where=where)
    if kind == "symbolic":
        raise SpecificationError(f"{where}: found an expression with free symbols; substitute numbers first")
    numbers = array.numerators if isinstance(array, RationalArray) else array
    n = network.num_nodes
    if numbers.shape not in ((), (n,)):
        raise SpecificationError(
            f"{where}: found shape {numbers.shape}; write one number, or one for each of {n} nodes"
        )
    if (numbers < 0).any():
        raise SpecificationError(f"{where}: found a negative number; rates are ≥ 0")
    full = np.broadcast_to(numbers, (n,))
    if isinstance(array, RationalArray):
        return RationalArray.of_integers(full, array.denominator)
    floats = np.array(full, dtype=np.float64)
    floats.setflags(write=False)
    return floats


def _listed(rates: Rates) -> list[Any]:
    listed: list[Any] = (rates.fractions() if isinstance(rates, RationalArray) else rates).tolist()
    return listed


def _plain_rates(rates: Rates) -> list[Any]:
    return [exact_text(x) if isinstance(x, Fraction) else x for x in _listed(rates)]


def _rebuilt(network: Network, transmission: Rates, recovery: Rates, model: Any, time: Any) -> Epidemic:
    return Epidemic(network, transmission, recovery, model=model, time=time)
