"""Probability vectors and channels, read with suspicion: what an observation says about a secret.

A *distribution* is a vector p ≥ 0 with Σ_k p_k = 1. A *channel* (experiment, mechanism, monitor) is a table with a row
for every input x (a secret, a state, an action) and a column for every output y (what is observed):

    P(y | x) ≥ 0,   Σ_y P(y | x) = 1.

Numbers are exact ("1/3", fractions, integers) or floats. Exact rows must sum to one exactly. Floats may be off by 1e-9
and are then divided by their sum, the largest taking up the last rounding: a float channel *is* a rational channel,
:meth:`Channel.exact`, and whatever is certified is certified of that one.

Two channels in series are a *cascade* (the second sees the output of the first: post-processing); two channels of the
same input seen *together* are drawn independently given the input (several observers, several rounds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text, read_array
from gametheory.errors import SpecificationError
from gametheory.games.labels import Labels, action_index, distinct_labels, told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.monitoring import Monitoring
from gametheory.games.profiles import SUM_TOLERANCE
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["Channel", "Kind", "read_channel", "read_distribution", "read_laws", "read_probability"]

Array = NDArray[Any]
Kind = Literal["exact", "float"]


def read_distribution(
    values: Any, *, where: str = "distribution", size: int | None = None
) -> tuple[Kind, RationalArray]:
    """Read a probability vector: how it was given, and the rationals that it is.

    Parameters
    ----------
    values : array_like, shape (size,)
        Exact numbers that sum to one, or floats that do within 1e-9 and are then divided by their sum.
    where : str
        How error messages name the place.
    size : int, optional
        The length that it must have.

    Returns
    -------
    (kind, RationalArray)
        ``"exact"`` or ``"float"``, and the distribution in rationals, which sums to one exactly.

    Raises
    ------
    SpecificationError
        Not a vector, of another length, negative entries, another sum, NaN, infinities, booleans, expressions.

    Examples
    --------
    >>> kind, p = read_distribution(["1/2", "1/3", "1/6"])
    >>> kind, [str(x) for x in p.fractions()]
    ('exact', ['1/2', '1/3', '1/6'])
    >>> read_distribution([0.5, 0.25])
    Traceback (most recent call last):
    gametheory.errors.SpecificationError: distribution: found probabilities that sum to 0.75; they must sum to 1
    """
    kind, array = _stochastic(values, 1, where)
    if size is not None and len(array) != size:
        raise SpecificationError(f"{where}: found {len(array)} probabilities; write {size}")
    return kind, array


def read_probability(value: Any, *, where: str = "probability") -> Fraction:
    """Read one number in [0, 1] as the rational that it is.

    Examples
    --------
    >>> read_probability("0.1", where="false_alarm_rate")
    Fraction(1, 10)
    """
    number = exact(value, where=where)
    if not 0 <= number <= 1:
        raise SpecificationError(f"{where}: found {value}; write a probability between 0 and 1")
    return number


@final
@compared_by("arithmetic", "rows", "inputs", "outputs")
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class Channel:
    """The distribution of an output for every input.

    Parameters
    ----------
    probabilities : array_like, shape (number of inputs, number of outputs)
        For each input a distribution over outputs.
    inputs, outputs : sequence of distinct str, optional
        Names; by default ``"input 1"``, …, ``"output 1"``, ….

    Attributes
    ----------
    arithmetic : "exact" or "float"
        How it was given.
    rows : RationalArray, shape (number of inputs, number of outputs)
        The rationals that it is; rows sum to one exactly.

    Raises
    ------
    SpecificationError
        Negative probabilities, sums other than one, NaN, expressions; the message names the row.

    Examples
    --------
    >>> Channel([["9/10", "1/10"], ["1/10", "9/10"]], outputs=["quiet", "alarm"])
    Channel(2 inputs, 2 outputs, exact)
    """

    arithmetic: Kind
    rows: RationalArray
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def __init__(self, probabilities: Any, inputs: Labels | None = None, outputs: Labels | None = None) -> None:
        kind, rows = _stochastic(probabilities, 2, "probabilities")
        object.__setattr__(self, "arithmetic", kind)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "inputs", _labels(inputs, rows.shape[0], "input"))
        object.__setattr__(self, "outputs", _labels(outputs, rows.shape[1], "output"))

    @classmethod
    def of_monitoring(cls, monitoring: Monitoring) -> Channel:
        """The public signal of a game as a channel: an input for every action profile (by indices), in C order.

        Examples
        --------
        >>> alarm = Monitoring.alarm((2, 2), (0, 0), detection_rate="1/2", false_alarm_rate="1/10")
        >>> Channel.of_monitoring(alarm).inputs
        ('0, 0', '0, 1', '1, 0', '1, 1')
        """
        names = [", ".join(map(str, profile)) for profile in np.ndindex(*monitoring.num_actions)]
        table: Any = monitoring.numerators.reshape(len(names), -1)
        if monitoring.arithmetic == "exact":
            table = RationalArray.of_integers(table, monitoring.denominator)
        return cls(table, names, monitoring.signals)

    @classmethod
    def identity(cls, labels: Labels | int) -> Channel:
        """The output is the input.

        Examples
        --------
        >>> Channel.identity(["red", "blue"]).outputs
        ('red', 'blue')
        """
        names = [str(k + 1) for k in range(labels)] if isinstance(labels, int) else labels
        return cls(np.eye(len(names), dtype=np.int64), names, names)

    @property
    def num_inputs(self) -> int:
        return len(self.inputs)

    @property
    def num_outputs(self) -> int:
        return len(self.outputs)

    @property
    def probabilities(self) -> Array:
        """The table: fractions if exact, else floats; made anew."""
        return self.rows.fractions() if self.arithmetic == "exact" else self.rows.floats()

    def row(self, given: int | str) -> RationalArray:
        """The distribution of the output for one input, by index or name."""
        row: RationalArray = self.rows[self.input_index(given)]
        return row

    def input_index(self, given: int | str) -> int:
        """Index of an input given by index or name."""
        return action_index(given, self.inputs, "input", what="input")

    def output_index(self, seen: int | str) -> int:
        """Index of an output given by index or name."""
        return action_index(seen, self.outputs, "output", what="output")

    def exact(self) -> Channel:
        """The same channel in exact arithmetic."""
        return self if self.arithmetic == "exact" else Channel(self.rows, self.inputs, self.outputs)

    def as_floats(self) -> Channel:
        """The same channel marked as given in floats, so that what is computed from it comes as floats."""
        return _channel(self.rows, "float", "float", self.inputs, self.outputs)

    def output_distribution(self, prior: Any) -> Array:
        """Distribution of the output when the input has the distribution ``prior``; fractions if both are exact.

        Examples
        --------
        >>> [str(p) for p in Channel([["3/4", "1/4"], [0, 1]]).output_distribution(["1/2", "1/2"])]
        ['3/8', '5/8']
        """
        kind, weights = read_distribution(prior, where="prior", size=self.num_inputs)
        result = weights.fractions() @ self.rows.fractions()
        return result if kind == self.arithmetic == "exact" else result.astype(np.float64)

    def cascade(self, following: Channel) -> Channel:
        """The channel followed by another that sees its output: what post-processing leaves.

        Raises
        ------
        SpecificationError
            If the second channel has not as many inputs as this one has outputs.
        """
        if following.num_inputs != self.num_outputs:
            raise SpecificationError(
                f"following: found {following.num_inputs} inputs; write one for each of {self.num_outputs} outputs"
            )
        table = RationalArray.from_fractions(self.rows.fractions() @ following.rows.fractions())
        return _channel(table, self.arithmetic, following.arithmetic, self.inputs, following.outputs)

    def together(self, other: Channel) -> Channel:
        """Both outputs seen together, drawn independently given the input.

        Examples
        --------
        >>> bit = Channel([["9/10", "1/10"], ["1/10", "9/10"]], outputs=["0", "1"])
        >>> bit.together(bit).outputs, str(bit.together(bit).row(0)[0])
        (('0, 0', '0, 1', '1, 0', '1, 1'), '81/100')

        Raises
        ------
        SpecificationError
            If the two have other numbers of inputs, or the table is too large.
        """
        if self.num_inputs != other.num_inputs:
            raise SpecificationError(
                f"other: found {other.num_inputs} inputs; write as many as this channel has, {self.num_inputs}"
            )
        refuse_if_too_large(self.num_inputs * self.num_outputs * other.num_outputs, 200, "the joint channel")
        names = told_apart([f"{a}, {b}" for a in self.outputs for b in other.outputs])
        numerators = self.rows.numerators.astype(object)[:, :, None] * other.rows.numerators.astype(object)[:, None, :]
        table = RationalArray.of_integers(
            numerators.reshape(self.num_inputs, -1), self.rows.denominator * other.rows.denominator
        )
        return _channel(table, self.arithmetic, other.arithmetic, self.inputs, names)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "arithmetic": self.arithmetic,
            "probabilities": [[exact_text(p) for p in row] for row in self.rows.fractions().tolist()],
        }

    def to_frame(self) -> Any:
        """A pandas table: a line for every input, a column for every output."""
        table = self.probabilities.tolist()
        return data_frame([[x, *row] for x, row in zip(self.inputs, table, strict=True)], ["input", *self.outputs])

    def __reduce__(self) -> tuple[Any, ...]:
        return _channel, (self.rows, self.arithmetic, self.arithmetic, self.inputs, self.outputs)

    def __repr__(self) -> str:
        return f"Channel({self.num_inputs} inputs, {self.num_outputs} outputs, {self.arithmetic})"

    def _repr_html_(self) -> str:
        if self.num_inputs * self.num_outputs > 200:
            return f"<p>{escape(repr(self))}</p>"
        head = "".join(f"<th>{escape(y)}</th>" for y in self.outputs)
        lines = "".join(
            f"<tr><th>{escape(x)}</th>" + "".join(f"<td>{p}</td>" for p in row) + "</tr>"
            for x, row in zip(self.inputs, self.probabilities.tolist(), strict=True)
        )
        return f"<p>{escape(repr(self))}</p><table><tr><th></th>{head}</tr>{lines}</table>"


def read_channel(channel: Any, *, where: str = "channel", num_inputs: int | None = None) -> Channel:
    """A :class:`Channel` as it is, a :class:`~gametheory.games.monitoring.Monitoring` or a table made into one.

    Parameters
    ----------
    where : str
        How error messages name the place.
    num_inputs : int, optional
        The number of inputs that it must have.

    Examples
    --------
    >>> read_channel([[0.9, 0.1], [0.2, 0.8]])
    Channel(2 inputs, 2 outputs, float)
    """
    if isinstance(channel, Monitoring):
        channel = Channel.of_monitoring(channel)
    if not isinstance(channel, Channel):
        kind, rows = _stochastic(channel, 2, where)
        channel = _channel(rows, kind, kind, None, None)
    result: Channel = channel
    if num_inputs is not None and result.num_inputs != num_inputs:
        raise SpecificationError(f"{where}: found {result.num_inputs} inputs; write {num_inputs}")
    return result


def read_laws(values: Any, *, where: str) -> Channel:
    """One law of a signal, or several, as a channel: a row for each law.

    Examples
    --------
    >>> read_laws(["1/2", "1/2"], where="honest")
    Channel(1 inputs, 2 outputs, exact)
    """
    if isinstance(values, (Channel, Monitoring)):
        return read_channel(values, where=where)
    kind, array = read_array(values, where=where)
    if len(array.shape) == 1 and kind != "symbolic":
        array = array[None, :] if not isinstance(array, RationalArray) else array[np.newaxis]
    return read_channel(array, where=where)


def _channel(rows: RationalArray, left: Kind, right: Kind, inputs: Labels | None, outputs: Labels | None) -> Channel:
    """A channel from rational rows, exact if both that it is made of are."""
    channel = Channel(rows, inputs, outputs)
    if left != right or left == "float":
        object.__setattr__(channel, "arithmetic", "float")
    return channel


def _labels(labels: Labels | None, count: int, what: str) -> tuple[str, ...]:
    names = [f"{what} {k + 1}" for k in range(count)] if labels is None else labels
    if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != count:
        raise SpecificationError(f"{what}s: found {names!r}; write {count} names, as many as the table has")
    return distinct_labels(names, f"{what}s")


def _stochastic(values: Any, axes: int, where: str) -> tuple[Kind, RationalArray]:
    """Numbers ≥ 0 that sum to one along the last axis, in rationals."""
    kind, array = read_array(values, where=where)
    if kind == "symbolic":
        raise SpecificationError(f"{where}: found an expression with free symbols; write numbers")
    shape = tuple(array.shape)
    if len(shape) != axes or min(shape) < 1:
        form = "a vector of probabilities" if axes == 1 else "a row of probabilities for every input"
        raise SpecificationError(f"{where}: found shape {shape}; write {form}")
    if isinstance(array, RationalArray):
        _check_rows(array.numerators < 0, array, where)
        totals = array.numerators.astype(object).sum(axis=-1)
        for index in np.ndindex(*shape[:-1]):
            _check_total(Fraction(int(totals[index] if index else totals), array.denominator), 0, index, where)
        return "exact", array
    _check_rows(array < -SUM_TOLERANCE, array, where)
    positive = np.maximum(array, 0.0)
    for index in np.ndindex(*shape[:-1]):
        total = math.fsum(positive[index].tolist())
        _check_total(total, SUM_TOLERANCE, index, where)
        positive[index] /= total
    # The largest probability of each row takes up what rounding left, so that the row sums to one exactly.
    found = RationalArray.from_floats(positive)
    numerators = found.numerators.astype(object)
    largest = np.expand_dims(positive.argmax(axis=-1), -1)
    rest = found.denominator - numerators.sum(axis=-1, keepdims=True)
    np.put_along_axis(numerators, largest, np.take_along_axis(numerators, largest, -1) + rest, -1)
    return "float", RationalArray.of_integers(numerators, found.denominator)


def _check_rows(negative: NDArray[np.bool_], array: Any, where: str) -> None:
    for found in np.argwhere(negative)[:1]:
        index = tuple(int(k) for k in found)
        raise SpecificationError(f"{where}{list(index)}: found {array[index]}; probabilities are not negative")


def _check_total(total: Any, slack: float, index: tuple[int, ...], where: str) -> None:
    if abs(total - 1) > slack:
        place = f"{where}{list(index)}" if index else where
        raise SpecificationError(f"{place}: found probabilities that sum to {total}; they must sum to 1")
