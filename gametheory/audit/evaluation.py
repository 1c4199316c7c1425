"""Exact values of expressions at every action profile.

An expression f is a function of the profile a ∈ A = ∏ A_i. What is computed is its whole table (f(a))_{a ∈ A}, in
rationals. A table over |A| profiles rarely has |A| different numbers (a payoff that depends on a count has n + 1), so
a table is kept as a **column**: the distinct values, and for each profile the index of its value. An operation on two
columns is done once for each pair of values that occurs together, then spread by array indexing: 12 players with two
actions each are 4,096 profiles, and a few dozen additions.

Only what applies is evaluated: in ``x if c else y``, ``and``, ``or`` and chains of comparisons the later parts are
evaluated at the profiles that reach them, so ``1 / count(leak) if count(leak) > 0 else 0`` divides by no zero. Lines of
``let`` are evaluated at every profile.

Limits, all checked as the work proceeds: 1,500,000 payoffs (players times profiles), numbers of 4,096 bits at every
step (the common denominator included), 96 MB for a table, and 2,500,000 single operations for everything that one
:class:`Evaluation` computes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.audit.expressions import MAX_BITS, MAX_EXPONENT, Expression, Node
from gametheory.audit.wording import described, quoted
from gametheory.errors import SpecificationError

__all__ = ["MAX_PAYOFFS", "Evaluation", "rational_table", "refuse_large_game"]

MAX_PAYOFFS = 1_500_000
MAX_BYTES = 96 * 2**20
MAX_OPERATIONS = 2_500_000

_ENTRY = 130
"""Bytes of a small fraction and its place in a list."""

Indices = NDArray[np.int32]
Number = int | Fraction


def refuse_large_game(num_actions: Sequence[int], where: str) -> None:
    """Raise if a game of this size has more than 1,500,000 payoffs, before anything is allocated."""
    payoffs = len(num_actions) * math.prod(num_actions)
    if payoffs > MAX_PAYOFFS:
        size = "×".join(map(str, num_actions[:20])) + ("×…" if len(num_actions) > 20 else "")
        raise SpecificationError(
            f"{where}: found {len(num_actions)} players and {size} actions, {_count(payoffs)} payoffs; a scenario has "
            f"at most {MAX_PAYOFFS:,} (players × profiles). Merge actions, or let one player stand for several alike"
        )


def rational_table(values: Sequence[Fraction], shape: tuple[int, ...], where: str) -> RationalArray:
    """Numbers of a file as an array of this shape, if they have a common denominator of reasonable length."""
    _common_denominator(values, where)
    table = np.empty(len(values), dtype=object)
    table[:] = values
    return RationalArray.from_fractions(table.reshape(shape))


def _common_denominator(values: Iterable[Number], where: str) -> int:
    denominator = 1
    for value in values:
        denominator = math.lcm(denominator, value.denominator)
        if denominator.bit_length() > MAX_BITS:
            raise SpecificationError(
                f"{where}: the values have no common denominator of at most {MAX_BITS:,} bits; divide by fewer different "
                "numbers"
            )
    return denominator


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about 10^{len(str(number)) - 1}"


@final
@dataclass(frozen=True, slots=True)
class _Column:
    """``values[index[k]]`` is the value at the k-th profile of a domain; no index: one value everywhere."""

    values: list[Any]
    index: Indices | None

    def at(self, selection: NDArray[Any]) -> _Column:
        """The column of the selected positions alone, without the values that do not occur there."""
        if self.index is None:
            return self
        part = self.index[selection]
        used = np.zeros(len(self.values), dtype=bool)
        used[part] = True
        renumbered = np.cumsum(used, dtype=np.int32) - 1
        return _Column([v for v, keep in zip(self.values, used.tolist(), strict=True) if keep], renumbered[part])

    def truth(self, size: int) -> NDArray[np.bool_]:
        flags = np.array(self.values, dtype=bool)
        return np.full(size, flags[0]) if self.index is None else flags[self.index]


class _Undefined(Exception):  # noqa: N818 - a signal inside this file, turned into an error that says where
    """The operation has no value; the message says why, ``advice`` what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.advice = advice


@final
class Evaluation:
    """Tables of expressions over all profiles of one list of players and actions.

    Parameters
    ----------
    players : sequence of n str
    actions : sequence of n sequences of str
    where : str
        How error messages name the game.
    payoffs : RationalArray of shape (n, m_1, …, m_n), optional
        What ``payoff(player)`` means.

    Raises
    ------
    SpecificationError
        More than 1,500,000 payoffs.

    Examples
    --------
    >>> from gametheory.audit.expressions import Vocabulary, parse_expression
    >>> vocabulary = Vocabulary(("A", "B"), (("quiet", "leak"), ("quiet", "leak")), me=True)
    >>> share = parse_expression("count(leak) / 2 if plays(me, leak) else 1/3", vocabulary)
    >>> table = Evaluation(vocabulary.players, vocabulary.actions).payoffs([share, share], {})
    >>> [str(x) for x in table.fractions()[0].flat]
    ['1/3', '1/3', '1/2', '1']
    """

    def __init__(
        self,
        players: Sequence[str],
        actions: Sequence[Sequence[str]],
        *,
        where: str = "game",
        payoffs: RationalArray | None = None,
    ) -> None:
        self._num_actions = tuple(len(labels) for labels in actions)
        refuse_large_game(self._num_actions, where)
        self._players, self._actions = tuple(players), tuple(map(tuple, actions))
        self._size = math.prod(self._num_actions)
        self._strides = [math.prod(self._num_actions[i + 1 :]) for i in range(len(self._players))]
        self._everywhere = np.arange(self._size, dtype=np.int32)
        self._payoffs = payoffs
        self._let: dict[str, _Column] = {}
        self._me: int | None = None
        self._expression: Expression | None = None
        self._shared: dict[int, _Column] = {}
        self._sharing = False
        self._held = 0
        self._bytes = 0
        self._operations = 0

    # -- tables ------------------------------------------------------------------------------------------------------

    def payoffs(self, expressions: Sequence[Expression], let: Mapping[str, Expression]) -> RationalArray:
        """Payoff table, shape (n, m_1, …, m_n): one expression for each player, in which ``me`` is that player.

        ``let`` holds the named expressions in the order in which they are defined.
        """
        columns: list[_Column] = []
        self._start()
        own = _depending_on_me(let)
        for player, expression in enumerate(expressions):
            self._me = player
            self._define(let, [name for name in let if name in own or player == 0])
            shared = not expression.uses_me and not expression.names & own
            earlier = [k for k in range(player) if shared and expressions[k] is expression]
            columns.append(columns[earlier[0]] if earlier else self._column(expression))
        return self._table(columns, (len(columns), *self._num_actions), expressions[0].where)

    def outcome(self, expression: Expression, let: Mapping[str, Expression] | None = None) -> RationalArray:
        """Values of one expression without ``me``, shape (m_1, …, m_n)."""
        self._me = None
        self._start()
        self._define(let or {}, list(let or {}))
        return self._table([self._column(expression)], self._num_actions, expression.where)

    def _start(self) -> None:
        self._let, self._shared, self._held = {}, {}, 0

    def _define(self, let: Mapping[str, Expression], names: Sequence[str]) -> None:
        for name in names:
            self._let[name] = self._column(let[name])

    def _column(self, expression: Expression) -> _Column:
        self._expression = expression
        self._bytes = self._held
        column = self._value(expression.root, self._everywhere)
        self._held += _bytes(column)
        return column

    def _table(self, columns: Sequence[_Column], shape: tuple[int, ...], where: str) -> RationalArray:
        denominator = _common_denominator((value for column in columns for value in column.values), where)
        largest = max(abs(v.numerator) * (denominator // v.denominator) for c in columns for v in c.values)
        dtype: Any = np.int64 if largest < 2**62 else object
        table = np.empty((len(columns), self._size), dtype=dtype)
        for row, column in zip(table, columns, strict=True):
            numerators = np.empty(len(column.values), dtype=dtype)
            numerators[:] = [v.numerator * (denominator // v.denominator) for v in column.values]
            row[:] = numerators[0] if column.index is None else numerators[column.index]
        # The least common denominator of fractions in lowest terms shares no factor with all of the numerators.
        table = table.reshape(shape)
        table.setflags(write=False)
        return RationalArray(table, denominator)

    # -- one operation -------------------------------------------------------------------------------------------------

    def _value(self, node: Node, domain: Indices) -> _Column:
        """The column of ``node`` over ``domain``, the numbers of the profiles that matter."""
        if node.own or self._sharing or not node.operands or len(domain) < self._size:
            return self._computed(node, domain)
        # The same for every player: computed once. Only the largest such parts are kept.
        column = self._shared.get(id(node))
        if column is None:
            self._sharing = True
            try:
                column = self._shared[id(node)] = self._computed(node, domain)
            finally:
                self._sharing = False
            self._held += _bytes(column)
        return column

    def _computed(self, node: Node, domain: Indices) -> _Column:
        name, operands = node.operation, node.operands
        if name == "number":
            return _Column([_plain(node.detail)], None)
        if name == "let":
            column = self._let[node.detail]
            return column if len(domain) == self._size else column.at(domain)
        if name in ("count", "plays", "payoff"):
            return self._leaf(node, domain)
        if name in ("and", "or"):
            return self._logic(node, domain)
        if name == "compare":
            return self._comparison(node, domain)
        if name == "choice":
            return self._choice(node, domain)
        column = self._value(operands[0], domain)
        if name in ("negative", "abs", "not"):
            return self._distinct([_UNARY[name](v) for v in column.values], column.index)
        signs = node.detail if name in ("sum", "product") else [name] * (len(operands) - 1)
        for sign, operand in zip(signs if name != "power" else ["**"], operands[1:], strict=True):
            column = self._combined(_BINARY[sign], column, self._value(operand, domain), domain)
        return column

    def _leaf(self, node: Node, domain: Indices) -> _Column:
        if node.operation == "payoff":
            assert self._payoffs is not None
            own = self._payoffs.numerators[node.detail].reshape(-1)[domain]
            found, index = np.unique(own, return_inverse=True)
            values = [_plain(Fraction(int(x), self._payoffs.denominator)) for x in found]
            return self._charged(_Column(values, index.reshape(-1).astype(np.int32)))
        if node.operation == "plays":
            player, label = node.detail
            return _flags(self._plays(self._me if player is None else player, label, domain))
        players, label = node.detail
        total = np.zeros(len(domain), dtype=np.int32)
        for player in {self._me if p is None else p for p in players}:
            total += self._plays(player, label, domain)
        found, index = np.unique(total, return_inverse=True)
        return self._charged(_Column([int(x) for x in found], index.reshape(-1).astype(np.int32)))

    def _plays(self, player: int | None, label: str, domain: Indices) -> NDArray[np.bool_]:
        assert player is not None
        labels = self._actions[player]
        if label not in labels:
            return np.zeros(len(domain), dtype=bool)
        chosen = domain // self._strides[player] % self._num_actions[player]
        return np.asarray(chosen == labels.index(label))

    def _logic(self, node: Node, domain: Indices) -> _Column:
        """``and`` stops at the first false operand, ``or`` at the first true one, profile by profile."""
        stop = node.operation == "or"
        result = np.full(len(domain), not stop)
        open_ = np.arange(len(domain))
        for operand in node.operands:
            if not len(open_):
                break
            stopped = self._value(operand, domain[open_]).truth(len(open_)) == stop
            result[open_[stopped]] = stop
            open_ = open_[~stopped]
        return _flags(result)

    def _comparison(self, node: Node, domain: Indices) -> _Column:
        result = np.ones(len(domain), dtype=bool)
        open_ = np.arange(len(domain))
        left = self._value(node.operands[0], domain)
        for sign, operand in zip(node.detail, node.operands[1:], strict=True):
            right = self._value(operand, domain[open_])
            holds = self._combined(_BINARY[sign], left, right, domain[open_]).truth(len(open_))
            result[open_[~holds]] = False
            left, open_ = right.at(np.flatnonzero(holds)), open_[holds]
            if not len(open_):
                break
        return _flags(result)

    def _choice(self, node: Node, domain: Indices) -> _Column:
        condition, yes, no = node.operands
        holds = self._value(condition, domain).truth(len(domain))
        if holds.all() or not holds.any():
            return self._value(yes if holds.all() else no, domain)
        parts = [(mask, self._value(branch, domain[mask])) for mask, branch in ((holds, yes), (~holds, no))]
        values: list[Any] = []
        index = np.empty(len(domain), dtype=np.int32)
        for mask, part in parts:
            index[mask] = len(values) + (0 if part.index is None else part.index)
            values += part.values
        return self._distinct(values, index)

    def _combined(self, function: Callable[[Any, Any], Any], a: _Column, b: _Column, domain: Indices) -> _Column:
        """One operation for each pair of values that occurs together."""
        if a.index is None or b.index is None:
            index = b.index if a.index is None else a.index
            pairs = [(x, y) for x in a.values for y in b.values]
        else:
            width = len(b.values)
            keys = a.index.astype(np.int64) * width + b.index
            if len(a.values) * width <= 4 * len(keys):
                used = np.zeros(len(a.values) * width, dtype=bool)
                used[keys] = True
                found = np.flatnonzero(used)
                index = (np.cumsum(used, dtype=np.int32) - 1)[keys]
            else:
                found, inverse = np.unique(keys, return_inverse=True)
                index = inverse.reshape(-1).astype(np.int32)
            pairs = [(a.values[key // width], b.values[key % width]) for key in found.tolist()]
        self._operations += len(pairs)
        if self._operations > MAX_OPERATIONS:
            self._fail(
                f"takes more than {MAX_OPERATIONS:,} operations", "use fewer different numbers, or a smaller game"
            )
        values = []
        for k, (x, y) in enumerate(pairs):
            try:
                value = function(x, y)
            except _Undefined as problem:
                first = 0 if index is None else int(np.argmax(index == k))
                self._fail(f"{problem} at the profile {self._profile(int(domain[first]))}", problem.advice)
            values.append(value)
            if not isinstance(value, bool):
                self._bytes += 160
                bits = max(value.numerator.bit_length(), value.denominator.bit_length())
                if bits > MAX_BITS:
                    first = 0 if index is None else int(np.argmax(index == k))
                    place = self._profile(int(domain[first]))
                    self._fail(
                        f"a number of more than {MAX_BITS:,} bits at the profile {place}", "write a smaller power"
                    )
                if bits > 60:
                    self._bytes += bits // 4
                if self._bytes > MAX_BYTES:
                    self._fail(
                        f"takes more than {MAX_BYTES >> 20} MB", "use fewer different numbers, or a smaller game"
                    )
        return self._distinct(values, index)

    def _distinct(self, values: list[Any], index: Indices | None) -> _Column:
        """The column in which equal values are one value; charges its memory."""
        numbers: dict[Any, int] = {}
        renumbered = [
            numbers.setdefault(v if isinstance(v, bool) else (v.numerator, v.denominator), len(numbers)) for v in values
        ]
        if index is None or len(numbers) == 1:
            return _Column(values[:1], None)
        if len(numbers) < len(values):
            distinct: list[Any] = [None] * len(numbers)
            for value, number in zip(values, renumbered, strict=True):
                distinct[number] = value
            values, index = distinct, np.array(renumbered, dtype=np.int32)[index]
        return self._charged(_Column(values, index))

    def _charged(self, column: _Column) -> _Column:
        self._bytes += 0 if column.index is None else column.index.nbytes
        if self._bytes > MAX_BYTES:
            self._fail(f"takes more than {MAX_BYTES >> 20} MB", "use fewer different numbers, or a smaller game")
        return column

    def _profile(self, number: int) -> str:
        chosen = [number // s % m for s, m in zip(self._strides, self._num_actions, strict=True)]
        parts = [f"{p} {labels[k]}" for p, labels, k in zip(self._players, self._actions, chosen, strict=True)]
        return "(" + ", ".join(parts[:12]) + (", …)" if len(parts) > 12 else ")")

    def _fail(self, found: str, advice: str) -> NoReturn:
        assert self._expression is not None
        whose = "" if self._me is None else f" for {self._players[self._me]}"
        raise SpecificationError(f"{self._expression.where}: {quoted(self._expression.text)}{whose}: {found}; {advice}")


def _bytes(column: _Column) -> int:
    """About how much memory a column takes."""
    if column.index is None:
        return 0
    numbers = [_ENTRY + (v.numerator.bit_length() + v.denominator.bit_length()) // 8 for v in column.values]
    return int(column.index.nbytes + sum(numbers))


def _flags(flags: NDArray[np.bool_]) -> _Column:
    if flags.all() or not flags.any():
        return _Column([bool(flags[0])] if len(flags) else [False], None)
    return _Column([False, True], flags.astype(np.int32))


def _depending_on_me(let: Mapping[str, Expression]) -> frozenset[str]:
    own: set[str] = set()
    for name, expression in let.items():
        if expression.uses_me or expression.names & own:
            own.add(name)
    return frozenset(own)


def _divided(x: Number, y: Number) -> Number:
    if not y:
        raise _Undefined("division by zero", _GUARD)
    return _plain(Fraction(x) / y)


def _power(x: Number, y: Number) -> Number:
    if y.denominator != 1 or not -MAX_EXPONENT <= y <= MAX_EXPONENT:
        raise _Undefined(f"the exponent {described(y)}", f"write an integer from -{MAX_EXPONENT} to {MAX_EXPONENT}")
    if not x and y.numerator < 0:
        raise _Undefined("zero to a negative power", _GUARD)
    if max(x.numerator.bit_length(), x.denominator.bit_length()) * abs(int(y)) > 2 * MAX_BITS:
        raise _Undefined(f"a power of more than {MAX_BITS:,} bits", "take a smaller power")
    return _plain(Fraction(x) ** int(y))


def _plain(value: Fraction) -> Number:
    """Integers as ``int``: their arithmetic is thirty times faster than that of fractions."""
    return value.numerator if value.denominator == 1 else value


_GUARD = "say what holds there: 'x if c else y'"


_UNARY: dict[str, Callable[[Any], Any]] = {"negative": operator.neg, "abs": abs, "not": operator.not_}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "**": _power,
    "min": min,
    "max": max,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
