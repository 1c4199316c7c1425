"""Quantitative information flow: what observers, alone or together, can infer about a secret.

A secret x has the prior π; an observer sees y with probability C(y | x) and then takes an action w worth g(w, x) to him
(*gain function*; by default he guesses the secret and gains 1 if right). What the secret is worth to him is its
*vulnerability*, before and after he looks:

    V_g(π) = max_w Σ_x π(x) g(w, x)          V_g[π ▷ C] = Σ_y max_w Σ_x π(x) C(y | x) g(w, x)

Leakage is the ratio (multiplicative; its binary logarithm, for guesses, is *min-entropy leakage*) or the difference
(additive). Observers who pool what they see are in :mod:`.leakage_coalitions`.

All values are exact rationals: with floats, those of the rationals that the channel is. Logarithms are floats.

References: G. Smith 2009, "On the foundations of quantitative information flow"; M. S. Alvim, K. Chatzikokolakis, C.
Palamidessi and G. Smith 2012, "Measuring information leakage using generalized gain functions"; M. S. Alvim, K.
Chatzikokolakis, A. McIver, C. Morgan, C. Palamidessi and G. Smith 2020, *The Science of Quantitative Information Flow*.
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
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import read_channel, read_distribution

__all__ = [
    "Leakage",
    "channel_leakage",
    "min_capacity",
    "multiplicative_bayes_capacity",
    "posterior_vulnerability",
    "prior_vulnerability",
]

Array = NDArray[Any]


@final
@compared_by("prior_vulnerability", "posterior_vulnerability", "actions")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Leakage:
    """What an observation is worth to whoever makes it.

    Attributes
    ----------
    prior_vulnerability, posterior_vulnerability : Fraction
        Before and after the observation.
    outputs : tuple of str
    actions : tuple of int
        The best action after each output (the guess, without a gain function); the first among equals.
    """

    prior_vulnerability: Fraction
    posterior_vulnerability: Fraction
    outputs: tuple[str, ...]
    actions: tuple[int, ...]

    @property
    def additive(self) -> Fraction:
        """Posterior minus prior vulnerability."""
        return self.posterior_vulnerability - self.prior_vulnerability

    @property
    def multiplicative(self) -> Fraction:
        """Posterior over prior vulnerability.

        Raises
        ------
        SpecificationError
            If the prior vulnerability is not positive, which a gain function that takes negative values can bring about.
        """
        if self.prior_vulnerability <= 0:
            raise SpecificationError(
                f"leakage: the prior vulnerability is {brief(self.prior_vulnerability)}; a ratio needs a positive one, "
                "take the additive leakage"
            )
        return self.posterior_vulnerability / self.prior_vulnerability

    @property
    def bits(self) -> float:
        """Binary logarithm of the multiplicative leakage; for guesses this is min-entropy leakage."""
        return binary_logarithm(self.multiplicative)

    def __repr__(self) -> str:
        before, after = brief(self.prior_vulnerability), brief(self.posterior_vulnerability)
        return f"Leakage(exact: vulnerability {before} before, {after} after)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of the best action after each output.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        return data_frame(zip(self.outputs, self.actions, strict=True), ["output", "action"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "prior_vulnerability": exact_text(self.prior_vulnerability),
            "posterior_vulnerability": exact_text(self.posterior_vulnerability),
            "outputs": list(self.outputs),
            "actions": list(self.actions),
        }


def prior_vulnerability(prior: Any, *, gain: Any = None) -> Fraction:
    """V_g(π) = max_w Σ_x π(x) g(w, x): what the secret is worth before anything is seen.

    Parameters
    ----------
    prior : array_like, shape (number of secrets,)
    gain : array_like, shape (number of actions, number of secrets), optional
        g(w, x); by default 1 for the right guess, else 0 (Bayes vulnerability).

    Examples
    --------
    >>> str(prior_vulnerability(["1/2", "1/4", "1/4"]))
    '1/2'
    """
    _, weights = read_distribution(prior, where="prior")
    table = read_gain(gain, len(weights))
    scores = table.numerators.astype(object) @ weights.numerators.astype(object)
    return Fraction(int(max(scores)), table.denominator * weights.denominator)


def posterior_vulnerability(prior: Any, channel: Any, *, gain: Any = None) -> Fraction:
    """V_g[π ▷ C] = Σ_y max_w Σ_x π(x) C(y | x) g(w, x): what the secret is worth to whoever sees the output.

    Parameters
    ----------
    prior : array_like, shape (number of secrets,)
    channel : Channel, Monitoring or array_like, shape (number of secrets, number of outputs)
    gain : array_like, shape (number of actions, number of secrets), optional
        As for :func:`prior_vulnerability`.

    Examples
    --------
    >>> str(posterior_vulnerability(["1/2", "1/2"], [["7/10", "3/10"], ["3/10", "7/10"]]))
    '7/10'
    """
    return channel_leakage(prior, channel, gain=gain).posterior_vulnerability


def channel_leakage(prior: Any, channel: Any, *, gain: Any = None) -> Leakage:
    """Vulnerability before and after an observation, and what the observer does with each output.

    Parameters
    ----------
    prior : array_like, shape (number of secrets,)
    channel : Channel, Monitoring or array_like, shape (number of secrets, number of outputs)
    gain : array_like, shape (number of actions, number of secrets), optional
        As for :func:`prior_vulnerability`.

    Examples
    --------
    Smith 2009: of a uniform secret of 8 values one learns whether it is the first; min-entropy leakage is one bit.

    >>> found = channel_leakage(["1/8"] * 8, [[1, 0]] + [[0, 1]] * 7)
    >>> found, found.bits, found.actions
    (Leakage(exact: vulnerability 1/8 before, 1/4 after), 1.0, (0, 1))
    """
    seen = read_channel(channel)
    _, weights = read_distribution(prior, where="prior", size=seen.num_inputs)
    table = read_gain(gain, seen.num_inputs)
    columns = seen.rows.numerators.astype(object).T * weights.numerators.astype(object)
    scores = table.numerators.astype(object) @ columns.T  # shape (actions, outputs)
    actions = [max(range(len(table)), key=column.__getitem__) for column in scores.T.tolist()]
    total = sum(int(scores[w, y]) for y, w in enumerate(actions))
    return Leakage(
        prior_vulnerability=prior_vulnerability(weights, gain=table),
        posterior_vulnerability=Fraction(total, table.denominator * weights.denominator * seen.rows.denominator),
        outputs=seen.outputs,
        actions=tuple(actions),
    )


def multiplicative_bayes_capacity(channel: Any) -> Fraction:
    """Σ_y max_x C(y | x), the largest multiplicative leakage over all priors and all gain functions ≥ 0.

    It is reached by guessing the secret under the uniform prior (Alvim et al. 2012, theorem 5.1: the "miracle" theorem).

    Examples
    --------
    >>> str(multiplicative_bayes_capacity([["7/10", "3/10"], ["3/10", "7/10"]]))
    '7/5'
    """
    rows = read_channel(channel).rows
    return Fraction(sum(map(int, rows.numerators.max(axis=0))), rows.denominator)


def min_capacity(channel: Any) -> float:
    """Binary logarithm of :func:`multiplicative_bayes_capacity`: the largest min-entropy leakage, in bits.

    Examples
    --------
    >>> min_capacity([[1, 0], [0, 1]])
    1.0
    """
    return binary_logarithm(multiplicative_bayes_capacity(channel))


def read_gain(gain: Any, num_secrets: int) -> RationalArray:
    """A gain function as a table of shape (actions, secrets); ``None`` is the identity: guess the secret."""
    if gain is None:
        return RationalArray.of_integers(np.eye(num_secrets, dtype=np.int64))
    table = RationalArray.from_values(gain, where="gain")
    if len(table.shape) != 2 or table.shape[1] != num_secrets or not table.shape[0]:
        raise SpecificationError(
            f"gain: found shape {table.shape}; write a row for each action and a column for each of {num_secrets} secrets"
        )
    return table


def binary_logarithm(value: Fraction) -> float:
    """log₂ of a positive rational of any size."""
    shift = value.numerator.bit_length() - value.denominator.bit_length()
    return shift + math.log2(value / Fraction(2) ** shift)
