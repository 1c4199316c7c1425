"""What coalitions of observers infer about a secret when they pool what they see.

Observer i sees y_i. Either each draws from a channel of his own, independently given the secret, or their outputs have a
given joint distribution (two who see the same noisy copy learn no more than one; two whose outputs add up to the secret
learn everything together and nothing alone). The vulnerability of the secret to a coalition S is

    V_g(S) = Σ_{y_S} max_w Σ_x π(x) P(y_S | x) g(w, x),

which never falls when members join (data processing). This file answers: how much does each coalition learn, which of
each size learns most, and how few suffice to learn more than is tolerable.

Outputs whose columns are multiples of each other say the same about the secret and are merged as observers are added, so
that k observers of one binary channel take k + 1 columns instead of 2^k, and coalitions that differ only in which of
several equal channels they hold are counted once. Without such equality time and memory are exponential in the number of
observers (predicted). All values are exact rationals.

References: M. S. Alvim, K. Chatzikokolakis, A. McIver, C. Morgan, C. Palamidessi and G. Smith 2020, *The Science of
Quantitative Information Flow*, chapters 4 (hyper-distributions), 8 and 9 (composition); B. Grofman, G. Owen and S. L. Feld
1983, "Thirteen theorems in search of the truth" (majorities).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.coalitions import Coalition, coalition_label, coalitions
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import Channel, read_channel, read_distribution
from gametheory.information.leakage import prior_vulnerability, read_gain

__all__ = ["LeakageBySize", "coalition_vulnerability", "leakage_by_size", "smallest_leaking_coalition"]

Array = NDArray[Any]
Outputs = Literal["independent", "joint"]
Columns = dict[tuple[int, ...], int]
_BYTES = 300  # a column as a tuple of integers and its place in a dictionary


@final
@compared_by("prior_vulnerability", "vulnerabilities", "coalitions")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LeakageBySize:
    """The most that a coalition of each size learns.

    ``found[k]`` is the vulnerability to the best-placed k observers; k = 0 is the prior.

    Attributes
    ----------
    num_observers : int
    prior_vulnerability : Fraction
    vulnerabilities : tuple of Fraction
        For coalitions of 1, 2, … members.
    coalitions : tuple of frozenset
        One that learns so much, for each size: the first among equals.
    """

    num_observers: int
    prior_vulnerability: Fraction
    vulnerabilities: tuple[Fraction, ...]
    coalitions: tuple[Coalition, ...]

    def __getitem__(self, size: int) -> Fraction:
        return (self.prior_vulnerability, *self.vulnerabilities)[size]

    def __len__(self) -> int:
        return len(self.vulnerabilities) + 1

    def _names(self) -> list[str]:
        players = [str(i) for i in range(self.num_observers)]
        return [coalition_label(players, s) for s in self.coalitions]

    def __repr__(self) -> str:
        shown = ", ".join(f"{k + 1}: {brief(v)}" for k, v in enumerate(self.vulnerabilities[:6]))
        more = ", …" if len(self.vulnerabilities) > 6 else ""
        return f"LeakageBySize(exact: prior {brief(self.prior_vulnerability)}; {shown}{more})"

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><td>{len(s)}</td><td>{escape(brief(v))}</td><td>{escape(name)}</td></tr>"
            for s, v, name in zip(self.coalitions, self.vulnerabilities, self._names(), strict=True)
        )
        caption = escape(f"Vulnerability by size of coalition, exact; prior {brief(self.prior_vulnerability)}")
        return (
            f"<table><caption>{caption}</caption><tr><th>size</th><th>vulnerability</th><th>coalition</th></tr>"
            f"{lines}</table>"
        )

    def to_frame(self) -> Any:
        """A pandas table of size, vulnerability and coalition.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        rows = zip(map(len, self.coalitions), self.vulnerabilities, self._names(), strict=True)
        return data_frame(rows, ["size", "vulnerability", "coalition"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "num_observers": self.num_observers,
            "prior_vulnerability": exact_text(self.prior_vulnerability),
            "vulnerabilities": [exact_text(v) for v in self.vulnerabilities],
            "coalitions": [sorted(s) for s in self.coalitions],
        }


def coalition_vulnerability(
    prior: Any,
    observers: Any,
    coalition: Iterable[int],
    *,
    outputs: Outputs,
    gain: Any = None,
) -> Fraction:
    """What the secret is worth to a coalition that pools its outputs, exactly.

    Parameters
    ----------
    prior : array_like, shape (number of secrets,)
    observers : sequence of channels, or array_like, shape (secrets, m_0, …, m_{k−1})
        With ``outputs="independent"`` a channel for each observer; with ``"joint"`` one table P(y_0, …, y_{k−1} | x).
    coalition : iterable of int
        Its members; the empty coalition knows the prior.
    outputs : "independent" or "joint"
        Whether outputs are independent given the secret.
    gain : array_like, shape (number of actions, number of secrets), optional
        g(w, x); by default 1 for the right guess, else 0.

    Examples
    --------
    Two shares whose sum modulo 2 is the secret bit, where the first is random: one share says nothing.

    >>> shares = [[["1/2", 0], [0, "1/2"]], [[0, "1/2"], ["1/2", 0]]]
    >>> [str(coalition_vulnerability(["1/2", "1/2"], shares, s, outputs="joint")) for s in [(0,), (1,), (0, 1)]]
    ['1/2', '1/2', '1']
    """
    pool = _Pool.read(prior, observers, gain, outputs)
    members = list(coalition)
    for i in members:
        if isinstance(i, bool) or not hasattr(i, "__index__") or not 0 <= i < pool.size:
            raise SpecificationError(f"coalition: found {i!r}; observers are indices from 0 to {pool.size - 1}")
    if len(set(members)) < len(members):
        raise SpecificationError(f"coalition: found {members}; name each observer once")
    return pool.vulnerability(frozenset(int(i) for i in members))


def leakage_by_size(
    prior: Any, observers: Any, *, outputs: Outputs, gain: Any = None, max_size: int | None = None
) -> LeakageBySize:
    """For every size of coalition the most that one of that size learns, and which.

    Parameters
    ----------
    prior, observers, outputs, gain
        As for :func:`coalition_vulnerability`.
    max_size : int, optional
        Only coalitions of at most so many members.

    Examples
    --------
    Observers who each see a bit flipped with probability 3/10 guess with the majority:

    >>> found = leakage_by_size(["1/2", "1/2"], [[["7/10", "3/10"], ["3/10", "7/10"]]] * 9, outputs="independent")
    >>> [round(float(found[k]), 6) for k in (1, 3, 5, 7, 9)]
    [0.7, 0.784, 0.83692, 0.873964, 0.901191]
    """
    pool = _Pool.read(prior, observers, gain, outputs)
    best: dict[int, tuple[Fraction, Coalition]] = {}
    for coalition in pool.candidates(max_size):
        value = pool.vulnerability(coalition)
        if len(coalition) not in best or value > best[len(coalition)][0]:
            best[len(coalition)] = value, coalition
    return LeakageBySize(
        num_observers=pool.size,
        prior_vulnerability=pool.vulnerability(frozenset()),
        vulnerabilities=tuple(best[k][0] for k in sorted(best)),
        coalitions=tuple(best[k][1] for k in sorted(best)),
    )


def smallest_leaking_coalition(
    prior: Any, observers: Any, threshold: Any, *, outputs: Outputs, gain: Any = None
) -> tuple[Coalition, Fraction]:
    """A smallest coalition to which the secret is worth more than a threshold, and what it is worth to it.

    Among coalitions of that size the one that learns most, the first among equals; empty if the prior is enough.

    Parameters
    ----------
    prior, observers, outputs, gain
        As for :func:`coalition_vulnerability`.
    threshold : number
        The largest vulnerability that is tolerated.

    Raises
    ------
    InfeasibleError
        Even all observers together do not learn so much.

    Examples
    --------
    >>> noisy = [[["7/10", "3/10"], ["3/10", "7/10"]]] * 50
    >>> members, value = smallest_leaking_coalition(["1/2", "1/2"], noisy, "99/100", outputs="independent")
    >>> len(members), round(float(value), 6)
    (31, 0.99046)
    """
    limit = exact(threshold, where="threshold")
    pool = _Pool.read(prior, observers, gain, outputs)
    everything = pool.vulnerability(frozenset(range(pool.size)))
    if everything <= limit:
        raise InfeasibleError(
            f"threshold: all {pool.size} observers together reach a vulnerability of {brief(everything)}, not more than "
            f"{brief(limit)}; lower the threshold, or add observers"
        )
    best = (pool.vulnerability(frozenset()), frozenset[int]())
    for coalition in pool.candidates(None):
        if len(coalition) > len(best[1]) and best[0] > limit:
            break
        value = pool.vulnerability(coalition)
        if len(coalition) > len(best[1]) or value > best[0]:
            best = value, coalition
    return best[1], best[0]


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """The observers: either channels of their own, grouped by equality, or one joint table."""

    size: int
    channels: tuple[Channel, ...]
    group: tuple[int, ...]
    joint: Array
    unit: int
    weights: RationalArray
    gains: RationalArray
    known: dict[tuple[int, ...], tuple[Columns, int]]

    @classmethod
    def read(cls, prior: Any, observers: Any, gain: Any, outputs: Outputs) -> _Pool:
        _, weights = read_distribution(prior, where="prior")
        secrets = len(weights)
        gains = read_gain(gain, secrets)
        if outputs == "joint":
            table = RationalArray.from_values(observers, where="observers")
            if len(table.shape) < 2 or table.shape[0] != secrets:
                raise SpecificationError(
                    f"observers: found shape {table.shape}; write an axis of {secrets} secrets, then one for each observer"
                )
            flat = observers if not isinstance(observers, RationalArray) else table
            rows = read_channel(_flattened(flat, secrets), where="observers").rows
            size = len(table.shape) - 1
            joint = rows.numerators.astype(object).reshape(table.shape)
            return cls(size, (), tuple(range(size)), joint, rows.denominator, weights, gains, {})
        if outputs != "independent":
            raise SpecificationError(f"outputs: found {outputs!r}; write 'independent' or 'joint'")
        if not isinstance(observers, (Sequence, np.ndarray)) or isinstance(observers, str) or not len(observers):
            raise SpecificationError("observers: write a list with a channel for each observer, at least one")
        read = [read_channel(c, where=f"observers[{i}]", num_inputs=secrets) for i, c in enumerate(observers)]
        kinds: dict[Any, int] = {}
        group = tuple(kinds.setdefault(c.rows, len(kinds)) for c in read)
        first = tuple(read[group.index(g)] for g in range(len(kinds)))
        nobody: tuple[Columns, int] = ({(1,) * secrets: 1}, 1)
        none = np.zeros(0, dtype=object)
        return cls(len(read), first, group, none, 1, weights, gains, {(0,) * len(first): nobody})

    def candidates(self, max_size: int | None) -> Iterator[Coalition]:
        """Coalitions by size, one for each way to choose from the groups of equal channels."""
        if not self.channels:
            yield from coalitions(self.size, max_size=max_size)
            return
        members = [[i for i, g in enumerate(self.group) if g == k] for k in range(len(self.channels))]
        if max_size is not None and (isinstance(max_size, bool) or not 1 <= max_size <= self.size):
            raise SpecificationError(f"max_size: found {max_size!r}; write a whole number from 1 to {self.size}")
        refuse_if_too_large(math.prod(len(own) + 1 for own in members), _BYTES, "the list of coalitions")
        largest = self.size if max_size is None else max_size
        counts = [c for c in product(*(range(len(own) + 1) for own in members)) if 1 <= sum(c) <= largest]
        chosen = [sorted(i for own, k in zip(members, c, strict=True) for i in own[:k]) for c in counts]
        yield from map(frozenset, sorted(chosen, key=lambda s: (len(s), s)))

    def vulnerability(self, coalition: Coalition) -> Fraction:
        if not coalition:
            return prior_vulnerability(self.weights, gain=self.gains)
        columns, unit = self._joint(coalition) if not self.channels else self._product(coalition)
        weights = self.weights.numerators.tolist()
        rows = [[int(g) * int(p) for g, p in zip(row, weights, strict=True)] for row in self.gains.numerators.tolist()]
        total = sum(
            count * max(sum(a * b for a, b in zip(row, column, strict=True) if b) for row in rows)
            for column, count in columns.items()
        )
        return Fraction(total, unit * self.weights.denominator * self.gains.denominator)

    def _joint(self, coalition: Coalition) -> tuple[Columns, int]:
        others = tuple(i + 1 for i in range(self.size) if i not in coalition)
        table = self.joint.sum(axis=others) if others else self.joint
        merged: Columns = {}
        _merge(merged, table.reshape(len(table), -1).T.tolist(), 1)
        return merged, self.unit

    def _product(self, coalition: Coalition) -> tuple[Columns, int]:
        counts = [0] * len(self.channels)
        for i in coalition:
            counts[self.group[i]] += 1
        # Built up one observer at a time; what smaller coalitions needed is kept.
        here = tuple(counts)
        missing = []
        while here not in self.known:
            k = next(k for k, c in enumerate(here) if c)
            missing.append(k)
            here = (*here[:k], here[k] - 1, *here[k + 1 :])
        for k in reversed(missing):
            columns, unit = self.known[here]
            rows = self.channels[k].rows
            refuse_if_too_large(len(columns) * rows.shape[1] * len(rows), 32, "what the coalition sees")
            merged: Columns = {}
            for own in rows.numerators.T.tolist():
                for column, count in columns.items():
                    _merge(merged, [[a * b for a, b in zip(column, own, strict=True)]], count)
            here = (*here[:k], here[k] + 1, *here[k + 1 :])
            self.known[here] = merged, unit * rows.denominator
        return self.known[here]


def _merge(columns: Columns, added: Iterable[Sequence[int]], count: int) -> None:
    """Add columns to those that are multiples of them; each is kept as its primitive multiple and a count."""
    for column in added:
        common = math.gcd(*column)
        if common:
            primitive = tuple(x // common for x in column)
            columns[primitive] = columns.get(primitive, 0) + common * count


def _flattened(table: Any, secrets: int) -> Any:
    """A table of shape (secrets, m_0, …) as rows, its numbers as they were given."""
    if isinstance(table, RationalArray):
        return RationalArray.of_integers(table.numerators.reshape(secrets, -1), table.denominator)
    rows: list[Any] = [list(np.asarray(row, dtype=object).reshape(-1)) for row in table]
    return rows
