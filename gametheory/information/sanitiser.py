"""Sanitisers: the channel that passes on least, among those that distort little enough.

A message x passes through a filter (paraphraser, redaction, quantiser) that puts out y with probability W(y | x). Its
distortion d(x, y) is limited, for every symbol or on average under a prior. How much may a sender who knows the filter
still smuggle through it?

    bits      min_W max_p I(p, W): the least Shannon capacity. Convex, since the capacity is min_q max_x D(W_x‖q), jointly
              convex in (W, q); certified from both sides as in :mod:`.rate_distortion`.
    guesses   min_W Σ_y max_x W(y | x): the least multiplicative Bayes capacity; or under a prior the least vulnerability
              Σ_y max_w Σ_x π(x) g(w, x) W(y | x). Linear programmes, exact.

With Hamming distortion and W(x | x) ≥ 1 − D for all of M symbols, D ≤ 1 − 1/M, the symmetric channel is best: log M − h(D) −
D log(M − 1) for bits, M (1 − D) for guesses.

References: R. E. Blahut 1972 and S. Arimoto 1972, *IEEE Transactions on Information Theory* 18; M. S. Alvim et al. 2020, *The
Science of Quantitative Information Flow*; F. du Pin Calmon and N. Fawaz 2012, "Privacy against statistical inference".
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import Unit
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.information.distributions import Channel, read_distribution
from gametheory.information.leakage import read_gain
from gametheory.information.rate_distortion import least_information, read_distortion
from gametheory.information.rates import CertifiedRate
from gametheory.optimize.design import Design

__all__ = ["least_capacity_sanitiser", "least_vulnerability_sanitiser", "sanitiser_programme"]

Per = Literal["symbol", "average"]


def least_capacity_sanitiser(
    distortion: Any, budgets: Any, *, per: Per, unit: Unit, prior: Any = None, tol: Any = "1e-9"
) -> CertifiedRate:
    """The channel of least Shannon capacity within limits on distortion, certified from both sides.

    Parameters
    ----------
    distortion : array_like, shape (n, m)
        d(x, y).
    budgets : number or array_like, shape (n,)
        The largest expected distortion: of each symbol, or on average.
    per : "symbol" or "average"
        Whether every symbol has a limit (the same, if one number is given), or only the average under ``prior``. A limit on the
        average still lets the sender choose other frequencies than the prior's.
    unit : "bits" or "nats"
    prior : array_like, shape (n,)
        Needed with ``per="average"``.
    tol : number
        The widest bounds that are accepted, in nats.

    Returns
    -------
    CertifiedRate
        ``channel`` attains the upper bound, ``inputs`` are the worst for it, ``prices`` the limits that bind.

    Raises
    ------
    InfeasibleError
        Even the most faithful channel exceeds a limit.

    Examples
    --------
    Four symbols, each changed at most a quarter of the time: 2 − h(1/4) − (1/4) log₂ 3.

    >>> hamming = [[int(x != y) for y in range(4)] for x in range(4)]
    >>> found = least_capacity_sanitiser(hamming, "1/4", per="symbol", unit="bits")
    >>> round(float(found), 8), len(found.prices)
    (0.79248125, 4)
    """
    table = read_distortion(distortion)
    loads, limits, names = _limits(table, budgets, per, prior)
    return least_information(
        table, loads=loads, budgets=limits, source=None, unit=unit, name="least capacity", limits=names, tol=tol
    )


def least_vulnerability_sanitiser(
    distortion: Any, budgets: Any, *, per: Per, prior: Any = None, gain: Any = None
) -> Design:
    """The channel that leaks least to guesses within limits on distortion, exactly.

    Parameters
    ----------
    distortion, budgets, per
        As for :func:`least_capacity_sanitiser`.
    prior : array_like, shape (n,), optional
        Of the secret: the least posterior vulnerability under it. Without it, the least multiplicative Bayes capacity
        Σ_y max_x W(y | x), which bounds the leakage for all priors and gain functions ≥ 0. Needed with ``per="average"``.
    gain : array_like, shape (actions, n), optional
        g(w, x), with a prior; by default 1 for the right guess, else 0.

    Returns
    -------
    Design
        ``value`` is the vulnerability (capacity), ``decision`` the channel; certified.

    Examples
    --------
    Of eight equally likely symbols a quarter may be changed: the vulnerability falls to 6/8, leakage to log₂ 6 bits.

    >>> hamming = [[int(x != y) for y in range(8)] for x in range(8)]
    >>> str(least_vulnerability_sanitiser(hamming, "1/4", per="average", prior=["1/8"] * 8).value)
    '3/4'
    >>> str(least_vulnerability_sanitiser(hamming, "1/4", per="symbol").value)
    '6'
    """
    from gametheory.optimize.exact import solve_exact

    table = read_distortion(distortion)
    n, m = table.shape
    found = solve_exact(sanitiser_programme(table, budgets, per=per, prior=prior, gain=gain))
    entries = RationalArray.of_integers(found.primal.numerators[: n * m].reshape(n, m), found.primal.denominator)
    name = "least Bayes capacity" if prior is None else "least posterior vulnerability"
    return Design.of(found, decision=Channel(entries), name=name)


def sanitiser_programme(
    distortion: Any, budgets: Any, *, per: Per, prior: Any = None, gain: Any = None
) -> LinearProgramme:
    """The linear programme of :func:`least_vulnerability_sanitiser`.

    Minimise Σ_y v(y) over channels W with v(y) ≥ Σ_x π(x) g(w, x) W(y | x) for every y and w (without a prior: v(y) ≥
    W(y | x) for every x and y), subject to the limits on distortion.
    """
    table = read_distortion(distortion)
    loads, limits, names = _limits(table, budgets, per, prior)
    n, m = table.shape
    if prior is None:
        if gain is not None:
            raise SpecificationError(
                "gain: a gain function needs the prior of the secret; write prior=, or leave gain out"
            )
        worth = read_gain(None, n).fractions()
    else:
        worth = read_gain(gain, n).fractions() * read_distribution(prior, where="prior", size=n)[1].fractions()
    refuse_if_too_large(m * len(worth) * n + len(names) * n * m, 200, "the programme of the sanitiser")
    costs, charges = table.fractions(), loads.fractions()
    rows: list[Any] = [(f"input {x} becomes something", {x * m + y: 1 for y in range(m)}, "==", 1) for x in range(n)]
    for k, label in enumerate(names):
        entries = {x * m + y: charges[k, x] * costs[x, y] for x in range(n) for y in range(m) if charges[k, x]}
        rows.append((label, {j: c for j, c in entries.items() if c}, "<=", limits[k]))
    for y in range(m):
        for w, row in enumerate(worth):
            entries = {x * m + y: g for x, g in enumerate(row) if g}
            rows.append((f"output {y}, action {w}", {**entries, n * m + y: -1}, "<=", 0))
    columns = [f"{x} becomes {y}" for x in range(n) for y in range(m)] + [f"worth of output {y}" for y in range(m)]
    lower = [0] * (n * m) + [None] * m
    return LinearProgramme.from_rows(
        "min", [0] * (n * m) + [1] * m, rows, lower=lower, column_names=columns, name="sanitiser"
    )


def _limits(table: RationalArray, budgets: Any, per: Per, prior: Any) -> tuple[RationalArray, RationalArray, list[str]]:
    """How much each limit charges each symbol, the limits, and their names."""
    n = len(table)
    if per == "average":
        if prior is None:
            raise SpecificationError(
                "prior: an average needs the frequencies of the symbols; write prior=, or per='symbol'"
            )
        weights = read_distribution(prior, where="prior", size=n)[1]
        limits = RationalArray.from_values([budgets] if np.ndim(budgets) == 0 else budgets, where="budgets")
        loads = RationalArray.of_integers(weights.numerators.reshape(1, -1), weights.denominator)
        names = ["average distortion"]
    elif per == "symbol":
        limits = RationalArray.from_values([budgets] * n if np.ndim(budgets) == 0 else budgets, where="budgets")
        loads = RationalArray.of_integers(np.eye(n, dtype=np.int64))
        names = [f"distortion of symbol {x}" for x in range(n)]
    else:
        raise SpecificationError(f"per: found {per!r}; write 'symbol' or 'average'")
    if limits.shape != (len(names),):
        raise SpecificationError(f"budgets: found shape {limits.shape}; write one number, or {len(names)}")
    return loads, limits, names
