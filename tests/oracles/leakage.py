"""Vulnerabilities and leakage games by listing everything; imports nothing of the package's solvers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

Table = Sequence[Sequence[Any]]


def posterior(prior: Sequence[Fraction], channel: Table, gain: Table) -> Fraction:
    """The best of all *strategies*, functions from outputs to actions, by listing them."""
    outputs = range(len(channel[0]))
    return max(
        sum(
            (Fraction(prior[x]) * channel[x][y] * gain[w[y]][x] for x in range(len(prior)) for y in outputs),
            Fraction(0),
        )
        for w in product(range(len(gain)), repeat=len(channel[0]))
    )


def pooled(channels: Sequence[Table], coalition: Sequence[int]) -> list[list[Fraction]]:
    """The channel of all outputs together, without any merging."""
    result = []
    for x in range(len(channels[0])):
        row = []
        for outputs in product(*(range(len(channels[i][0])) for i in coalition)):
            p = Fraction(1)
            for i, y in zip(coalition, outputs, strict=True):
                p *= channels[i][x][y]
            row.append(p)
        result.append(row)
    return result


def mixed(channels: Sequence[Table], weights: Sequence[Fraction]) -> list[list[Fraction]]:
    """Σ_d δ_d C_d."""
    n, m = len(channels[0]), len(channels[0][0])
    return [
        [sum((w * c[x][y] for w, c in zip(weights, channels, strict=True)), Fraction(0)) for y in range(m)]
        for x in range(n)
    ]
