"""Two-sided bounds on what a team can secure with a one-shot secret of limited size.

A team T with payoff u plays against one adversary. Its members see a secret signal k of law λ and play the product x_k of
mixed strategies; with b the adversary's action they secure

    V = max { min_b Σ_k λ_k u_b(x_k) :  λ within the budget },        u_b(x) = Σ_a u(b, a) ∏_{i∈T} x_i(a_i).

The certificate brackets V. What budgets allow, and the bound on a leaf: :mod:`.secret_budgets`.

**Lower.** λ and x; the budget and min_b are evaluated in rationals.
**Upper.** A subdivision of what signals may do, signals numbered so that λ_1 ≥ λ_2 ≥ …. A node splits

* the edge between two vertices of one member's simplex at one signal, at its midpoint, as in :mod:`.team_bounds`; or
* (entropy) the range of one λ_k at a rational number: one child has λ_k at most, the other at least that number.

A leaf has weights q ≥ 0 on the adversary's actions and a price ≥ 0 of a bit. Both children cover their parent, so that the
largest bound of a leaf bounds V.

Complexity: one pass over the tree, |payoff table| integer operations at each node and signal, numbers longer by one bit for
each level. References: B. von Stengel and D. Koller (1997), *Team-maxmin equilibria*, Games and Economic Behavior 21; R.
Horst and H. Tuy, *Global Optimization* (1996).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    indices_from_json,
    list_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.rationals import (
    rational_from_json,
    rational_to_json,
)
from gametheory.certificates.secret_budgets import SecretBudget, cut_box
from gametheory.certificates.team_bounds import (
    halved,
    largest_weighted,
    team_from_json,
    team_payoffs,
    team_table,
    team_to_json,
    tree_depth,
)
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "CellSplit",
    "CovertBoundsCertificate",
    "CovertSplit",
    "WeightSplit",
    "covert_guarantee",
    "covert_leaf_bounds",
]

Array = NDArray[Any]
CellSplit = tuple[int, int, int, int]
"""Signal, member (by position in the team) and the two vertices between which its simplex is split."""
WeightSplit = tuple[int, Fraction]
"""Signal and the probability at which its range is split."""
CovertSplit = CellSplit | WeightSplit

_MACHINE = 2**62
_LARGEST_JSON_NUMBER = 2**53
_KEYS = (
    *(
        "kind",
        "game_digest",
        "game",
        "team",
        "adversary",
        "payoff",
        "notion",
        "amount",
        "signal",
        "strategies",
        "lower",
    ),
    *("splits", "weights", "prices", "upper"),
)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CovertBoundsCertificate:
    """The claim that with a secret within ``budget`` a team secures at least ``lower`` and at most ``upper``.

    Attributes
    ----------
    team : tuple of int
        The members in increasing order; all players but the adversary.
    adversary : int
    budget : SecretBudget
    signal : tuple of Fraction
        A law of the signal within the budget.
    strategies : tuple of tuples of tuples of Fraction
        ``strategies[k][i]``: the mix of the i-th member at signal k; together they secure ``lower``.
    lower, upper : Fraction
    splits : tuple of CellSplit, WeightSplit or None
        The tree in preorder, a leaf is ``None``. The child that replaces the first vertex, or lies below the cut, is first.
    weights : tuple of tuples of int
        For each leaf, in the order of ``splits``, integers ≥ 0 on the adversary's actions, not all 0; of any length, as
        optimal mixes against payoffs in floats are long.
    prices : tuple of Fraction
        For each leaf the price of a bit, ≥ 0.
    payoff : RationalArray, shape num_actions, or None
        The team's payoff at each profile of the game; ``None``: the members' common payoff in the game.
    game : NormalFormGame or None

    Examples
    --------
    Two members must both name the side on which the adversary is not looking; a shared coin makes that one half.

    >>> common = [[[0, 1], [0, 0]], [[0, 0], [1, 0]]]
    >>> game = NormalFormGame([common, common, [[[-x for x in row] for row in table] for table in common]])
    >>> left, right = (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))
    >>> CovertBoundsCertificate(
    ...     team=(0, 1), adversary=2, budget=SecretBudget("seed", Fraction(2)), signal=(Fraction(1, 2),) * 2,
    ...     strategies=((left, left), (right, right)), lower=Fraction(1, 2), upper=Fraction(1, 2),
    ...     splits=(None,), weights=((1, 1),), prices=(Fraction(0),), game=game).verify()
    True
    """

    team: tuple[int, ...]
    adversary: int
    budget: SecretBudget
    signal: tuple[Fraction, ...]
    strategies: tuple[tuple[tuple[Fraction, ...], ...], ...]
    lower: Fraction
    upper: Fraction
    splits: tuple[CovertSplit | None, ...]
    weights: tuple[tuple[int, ...], ...]
    prices: tuple[Fraction, ...]
    payoff: RationalArray | None = None
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        whose = "" if self.payoff is None else " of the payoff given here"
        return (
            f"with a shared secret of {self.budget} the team against {player_name(self.game, self.adversary)} secures at "
            f"least {brief(self.lower)}{whose}, and at most {brief(self.upper)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check both bounds exactly; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming what breaks: the signal, the strategies, the tree, or a leaf.
        """
        exact_game = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            violation = self.budget.violation(self.signal)
            if violation:
                fail(self.claim, f"the signal is outside the budget: {violation}")
            table = team_table(exact_game, self.team, self.adversary, self.payoff)
            secured = covert_guarantee(table, self.signal, self.strategies)
            if secured < self.lower:
                fail(self.claim, f"the strategies secure {brief(secured)} only")
            bounds = covert_leaf_bounds(table, self.budget, self.splits, self.weights, self.prices)
            for number, bound in enumerate(bounds):
                if bound is not None and bound > self.upper:
                    fail(self.claim, f"leaf {number} bounds the payoff by {brief(bound)} only")
        except SpecificationError as error:
            fail(self.claim, str(error))
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "covert bounds",
            **team_to_json(self),
            "notion": self.budget.notion,
            "amount": rational_to_json(self.budget.amount),
            "signal": [rational_to_json(p) for p in self.signal],
            "strategies": [[[rational_to_json(p) for p in x] for x in row] for row in self.strategies],
            "lower": rational_to_json(self.lower),
            "splits": [None if split is None else _split_to_json(split) for split in self.splits],
            "weights": [[w if w < _LARGEST_JSON_NUMBER else rational_to_json(w) for w in row] for row in self.weights],
            "prices": [rational_to_json(price) for price in self.prices],
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> CovertBoundsCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "covert bounds")
        where = "certificate"
        if not isinstance(data["notion"], str):
            raise SpecificationError(f"{where}.notion: found {data['notion']!r}; write a word")
        return cls(
            **team_from_json(data),
            budget=SecretBudget(
                data["notion"],  # type: ignore[arg-type]  # checked on construction
                rational_from_json(data["amount"], where=f"{where}.amount"),
            ),
            signal=rationals_from_json(data["signal"], f"{where}.signal"),
            strategies=tuple(
                tuple(
                    rationals_from_json(x, f"{where}.strategies[{k}][{i}]")
                    for i, x in enumerate(list_from_json(row, f"{where}.strategies[{k}]"))
                )
                for k, row in enumerate(list_from_json(data["strategies"], f"{where}.strategies"))
            ),
            lower=rational_from_json(data["lower"], where=f"{where}.lower"),
            upper=rational_from_json(data["upper"], where=f"{where}.upper"),
            splits=tuple(
                None if row is None else _split_from_json(row, f"{where}.splits[{k}]")
                for k, row in enumerate(list_from_json(data["splits"], f"{where}.splits"))
            ),
            weights=tuple(
                _weights_from_json(row, f"{where}.weights[{k}]")
                for k, row in enumerate(list_from_json(data["weights"], f"{where}.weights"))
            ),
            prices=rationals_from_json(data["prices"], f"{where}.prices"),
            game=game,
        )

    def __repr__(self) -> str:
        return f"CovertBoundsCertificate({self.claim}: {len(self.weights)} cells)"


def covert_guarantee(
    table: RationalArray, signal: Sequence[Fraction], strategies: Sequence[Sequence[Sequence[Fraction]]]
) -> Fraction:
    """The least expected payoff over the adversary's actions, min_b Σ_k λ_k u_b(x_k).

    Raises
    ------
    SpecificationError
        If there is not one probability vector for each signal and member.
    """
    if len(signal) != len(strategies):
        raise SpecificationError(f"strategies: found {len(strategies)} for {len(signal)} signals; write one for each")
    totals = [Fraction(0)] * table.shape[0]
    for weight, row in zip(signal, strategies, strict=True):
        totals = [total + weight * part for total, part in zip(totals, team_payoffs(table, row), strict=True)]
    return min(totals)


def covert_leaf_bounds(
    table: RationalArray,
    budget: SecretBudget,
    splits: Sequence[CovertSplit | None],
    weights: Sequence[Sequence[int]],
    prices: Sequence[Fraction],
) -> Iterator[Fraction | None]:
    """For each leaf of the subdivision what it allows at most; ``None`` where it allows no law of the signal.

    Raises
    ------
    SpecificationError
        If the tree, the weights or the prices are malformed, or the tree is deeper than 2,000 levels.
    """
    depth = tree_depth(splits)
    num_leaves = sum(split is None for split in splits)
    if num_leaves != len(weights) or num_leaves != len(prices):
        raise SpecificationError(
            f"weights, prices: found {len(weights)} and {len(prices)}; write one for each of {num_leaves} leaves"
        )
    refuse_if_too_large((depth + 1) * table.numerators.size, 48, "the cells of the subdivision")
    shape, denominator = table.shape, table.denominator
    num_signals = budget.most_signals(shape[0])
    largest = max(abs(int(table.numerators.max())), abs(int(table.numerators.min())), 1)
    whole: tuple[Array, int] = (table.numerators, 0)
    # The payoffs at the vertices of a cell of level d are integers over denominator · 2^d.
    waiting: list[tuple[tuple[tuple[Array, int], ...], Any]] = [((), budget.first_box(num_signals))]
    leaves = zip(weights, prices, strict=True)
    for number, split in enumerate(splits):
        cells, box = waiting.pop()
        if split is None:
            row, price = next(leaves)
            if len(row) != shape[0] or min(row) < 0 or sum(row) <= 0 or price < 0:
                raise SpecificationError(
                    f"weights of leaf node {number}: write {shape[0]} integers ≥ 0, not all 0, and a price ≥ 0"
                )
            tops = [
                Fraction(largest_weighted(values, row, largest << level), sum(row) * denominator << level)
                for values, level in (*cells, whole)
            ]
            yield budget.bound(tops[:-1], tops[-1], price, box)
            continue
        signal = split[0]
        if not 0 <= signal < num_signals:
            raise SpecificationError(f"splits[{number}]: there is no signal {signal}; write 0 to {num_signals - 1}")
        if len(split) == 2:
            waiting += [(cells, cut_box(box, signal, split[1], above=above)) for above in (True, False)]
            continue
        _, member, first, second = split
        if not 0 <= member < len(shape) - 1 or not {first, second} <= set(range(shape[1 + member])) or first == second:
            raise SpecificationError(f"splits[{number}]: found {list(split)}; no such member or edge")
        cells += (whole,) * (signal + 1 - len(cells))
        values, level = cells[signal]
        if largest << (level + 1) >= _MACHINE:
            values = values.astype(object)
        waiting += [  # the last in is the first out
            ((*cells[:signal], (child, level + 1), *cells[signal + 1 :]), box)
            for child in reversed(halved(values, 1 + member, first, second))
        ]


def _split_to_json(split: CovertSplit) -> list[Any]:
    return [split[0], rational_to_json(split[1])] if len(split) == 2 else list(split)


def _weights_from_json(data: Any, where: str) -> tuple[int, ...]:
    row = []
    for k, x in enumerate(list_from_json(data, where)):
        weight = Fraction(x) if type(x) is int else rational_from_json(x, where=f"{where}[{k}]")
        if weight.denominator != 1 or weight < 0:
            raise SpecificationError(f"{where}[{k}]: found {brief(weight)}; write a whole number ≥ 0")
        row.append(int(weight))
    return tuple(row)


def _split_from_json(data: Any, where: str) -> CovertSplit:
    if isinstance(data, list) and len(data) == 2:
        return indices_from_json(data[:1], where=where)[0], rational_from_json(data[1], where=where)
    found = indices_from_json(data, where=where)
    if len(found) != 4:
        raise SpecificationError(
            f"{where}: found {len(found)} entries; write [signal, member, vertex, vertex], [signal, 'p/q'] or null"
        )
    return found[0], found[1], found[2], found[3]
