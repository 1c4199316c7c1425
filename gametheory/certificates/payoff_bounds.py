"""No Nash equilibrium of a bimatrix game has more (or less) than this of an objective made of the players' payoffs.

In an equilibrium (x, y) player 1 gets u_1 = max_i (A y)_i, a matter of y alone, and player 2 gets u_2 = max_j (Bᵀx)_j, a
matter of x alone. The objective is Σ_i c_i u_i or min_i c_i u_i. Row i is label i, column j label m + j: every action is
a best reply, or it is not played. The evidence is a binary tree over actions,

* at ("split", k) first the case that action k is a best reply (the opponent's strategy gets label k), then that it is
  not played (its owner's strategy gets label k);
* at ("empty", player, w): nobody's strategy has the labels T of this case. With integer weights w on the actions of the
  other player, w_j > 0 only for supposed best replies j ∈ T and Σ_j w_j = 0, every action i of ``player`` that may be
  played has Σ_j g_ij w_j < 0, where g_ij is what the other player gets. Supposed best replies would be worse than others;
* at ("bounded", w, w'): w on player 2's actions bounds u_2, and w' on player 1's bounds u_1. With v = u_2, slacks s_j =
  v − (Bᵀx)_j ≥ 0, zero for best replies, and w_j > 0 only for supposed best replies,

      v Σ_j w_j  =  Σ_j w_j (Bᵀx)_j + Σ_j w_j s_j  ≤  max_i Σ_j B_ij w_j,        i the actions that may be played:

  an upper bound of v where Σ_j w_j > 0, a lower one where it is < 0. Without weights u_i is bounded by the payoffs of
  the profiles that may be played; a sum is bounded by the sums of payoffs at these profiles as well.

The largest bound of a case (the smallest, if ``sense`` is "min") bounds the objective in all equilibria, degenerate ones
too: nothing is said about how many there are.

Complexity: one integer product of a weight vector and a payoff matrix for each weight vector. Reference for labels: B.
von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory 3, chapter 45.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["EquilibriumBoundCertificate", "PayoffCases"]

Array = NDArray[Any]
Weights = tuple[tuple[int, int], ...]
Step = tuple[Any, ...]
_KEYS = ("kind", "game_digest", "game", "coefficients", "combination", "sense", "bound", "steps")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EquilibriumBoundCertificate:
    """The claim that an objective is at most (at least) ``bound`` in every Nash equilibrium of a bimatrix game.

    Attributes
    ----------
    coefficients : tuple of two Fractions
        c_1 and c_2 of the players' payoffs.
    combination : "sum" or "smallest"
        Whether the objective is Σ_i c_i u_i or min_i c_i u_i.
    sense : "max" or "min"
        Whether the bound is on the largest value or on the smallest.
    bound : Fraction
    steps : tuple
        The tree in preorder: ``("split", label)``, ``("empty", player, ((action, weight), …))``, ``("bounded",
        weights on player 2's actions, weights on player 1's)``. See the head of this module.
    game : NormalFormGame or None
        The exact game; without it ``verify`` needs it.

    Examples
    --------
    In the prisoner's dilemma to defect is better by 1 at least, so nobody cooperates, and the payoffs are 1 and 1.

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> welfare = dict(coefficients=(Fraction(1), Fraction(1)), combination="sum", sense="max")
    >>> worse = ((0, 1), (1, -1))  # a mixture of weights that shows that cooperation is no best reply
    >>> steps = (("split", 0), ("empty", 1, worse), ("split", 2), ("empty", 0, worse), ("bounded", (), ()))
    >>> EquilibriumBoundCertificate(**welfare, bound=Fraction(2), steps=steps, game=game).verify()
    True
    """

    coefficients: tuple[Fraction, Fraction]
    combination: Literal["sum", "smallest"]
    sense: Literal["max", "min"]
    bound: Fraction
    steps: tuple[Step, ...]
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.exact().digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        terms = [
            f"{'' if c == 1 else brief(c) + ' times '}the payoff of {player_name(self.game, i)}"
            for i, c in enumerate(self.coefficients)
            if c or self.combination == "smallest"
        ]
        what = terms[0] if len(terms) == 1 else f"the {self.combination} of {' and '.join(terms) or 'nothing'}"
        relation = "at most" if self.sense == "max" else "at least"
        return f"in every Nash equilibrium {what} is {relation} {brief(self.bound)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check that the cases cover everything, and every bound, in integers.

        Raises
        ------
        CertificateError
            If the evidence does not establish the claim, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        if checked.num_players != 2:
            fail(self.claim, f"the game has {checked.num_players} players, not 2")
        cases = PayoffCases(checked, self.coefficients, self.combination, self.sense)
        turn = 1 if self.sense == "max" else -1
        waiting = [(0, 0)]  # labels of player 1's and of player 2's strategies in each case still open
        for number, step in enumerate(self.steps):
            if not waiting:
                fail(self.claim, f"step {number} belongs to no case")
            labels = waiting.pop()
            if step[0] == "split":
                if not 0 <= step[1] < cases.num_labels:
                    fail(self.claim, f"step {number}: there is no label {step[1]}")
                waiting += reversed(cases.parts(labels, step[1]))
                continue
            if step[0] == "empty":
                problem = cases.emptiness_problem(labels[step[1]], step[1], step[2])
                if problem:
                    fail(self.claim, f"step {number}: {problem}")
                continue
            for player in (0, 1):
                problem = cases.weights_problem(labels[player], player, step[1 + player])
                if problem:
                    fail(self.claim, f"step {number}: {problem}")
            bound = cases.bound(labels, (step[1], step[2]))
            if bound is not None and bound * turn > self.bound * turn:
                fail(self.claim, f"step {number} bounds the objective by {brief(bound)} only")
        if waiting:
            fail(self.claim, f"{len(waiting)} cases are left open")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "equilibrium bound",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "coefficients": [rational_to_json(c) for c in self.coefficients],
            "combination": self.combination,
            "sense": self.sense,
            "bound": rational_to_json(self.bound),
            "steps": [
                [_weights_to_json(part) if isinstance(part, tuple) else part for part in step] for step in self.steps
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> EquilibriumBoundCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "equilibrium bound")
        coefficients = rationals_from_json(data["coefficients"], "certificate.coefficients")
        if len(coefficients) != 2:
            raise SpecificationError(f"certificate.coefficients: found {len(coefficients)}; write one for each player")
        for key, allowed in (("combination", ("sum", "smallest")), ("sense", ("max", "min"))):
            if data[key] not in allowed:
                raise SpecificationError(f"certificate.{key}: found {data[key]!r}; write one of {allowed}")
        if not isinstance(data["steps"], list):
            raise SpecificationError(f"certificate.steps: found {type(data['steps']).__name__}; write a list")
        return cls(
            coefficients=(coefficients[0], coefficients[1]),
            combination=data["combination"],
            sense=data["sense"],
            bound=rational_from_json(data["bound"], where="certificate.bound"),
            steps=tuple(_step(step, f"certificate.steps[{k}]") for k, step in enumerate(data["steps"])),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"EquilibriumBoundCertificate({self.claim}; {len(self.steps)} steps)"


@final
class PayoffCases:
    """What weights prove about the payoffs in a case of one game and objective; a case is a pair of sets of labels.

    Exact; used to check evidence, and to see what a proposed piece of evidence is worth.
    """

    def __init__(
        self,
        game: NormalFormGame,
        coefficients: Sequence[Fraction],
        combination: Literal["sum", "smallest"],
        sense: Literal["max", "min"],
    ) -> None:
        self.num_actions = m, n = game.num_actions
        self.num_labels = m + n
        tables = game.numerators.astype(object)
        self.gains = (tables[1], tables[0].T)  # own action × other action: what the OTHER player gets
        self.own, self.other = (range(m), range(m, m + n)), (range(m, m + n), range(m))
        self.combination, self.turn = combination, 1 if sense == "max" else -1
        # everything below bounds turn · objective from above; coefficient[player] is that of the OTHER player's payoff
        turned = [self.turn * c / game.denominator for c in coefficients]
        self.coefficient = (turned[1], turned[0])
        self.sums = turned[0] * tables[0] + turned[1] * tables[1] if combination == "sum" else None

    def parts(self, labels: tuple[int, int], k: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The case that action k is a best reply, and the one that it is not played."""
        bit = 1 << k
        first, second = (0, bit) if k < self.num_actions[0] else (bit, 0)
        return (labels[0] | first, labels[1] | second), (labels[0] | second, labels[1] | first)

    def played(self, player: int, bits: int) -> list[int]:
        """Actions of ``player`` that its strategies with these labels may play."""
        return [i for i, label in enumerate(self.own[player]) if not bits >> label & 1]

    def advantages(self, player: int, bits: int, weights: Weights) -> list[int]:
        """Σ_j g_ij w_j for each action i that may be played."""
        gain = self.gains[player]
        columns, numbers = [j for j, _ in weights], np.array([w for _, w in weights], dtype=object)
        return list(gain[np.ix_(self.played(player, bits), columns)] @ numbers) if weights else [0] * len(gain)

    def weights_problem(self, bits: int, player: int, weights: Weights) -> str:
        """Why the weights are none for these labels, in words; empty if they are."""
        other = self.other[player]
        if len({j for j, _ in weights}) < len(weights):
            return "an action has two weights"
        for j, w in weights:
            if not 0 <= j < len(other) or (w > 0 and not bits >> other[j] & 1):
                return "only a supposed best reply may have a positive weight"
        return ""

    def emptiness_problem(self, bits: int, player: int, weights: Weights) -> str:
        """Why the weights do not show that no strategy of ``player`` has these labels; empty if they do."""
        problem = self.weights_problem(bits, player, weights)
        if problem:
            return problem
        if sum(w for _, w in weights) != 0:
            return "the weights do not sum to zero"
        if self.played(player, bits) and max(self.advantages(player, bits, weights)) >= 0:
            return f"the weights show nothing against some action of player {player + 1}"
        return ""

    def payoff_bound(self, bits: int, player: int, weights: Weights) -> Fraction | None:
        """c · u of the other player is at most this, by the weights; ``None`` if they bound nothing of the kind."""
        total, c = sum(w for _, w in weights), self.coefficient[player]
        if total * c <= 0 or not self.played(player, bits):
            return None
        return abs(c) * Fraction(int(max(self.advantages(player, bits, weights))), abs(total))

    def bound(self, labels: tuple[int, int], weights: tuple[Weights, Weights]) -> Fraction | None:
        """The objective is at most (at least) this in a case, by both weights; ``None`` if nothing can be played."""
        rows, columns = self.played(0, labels[0]), self.played(1, labels[1])
        if not rows or not columns:
            return None
        bounds: list[Fraction] = []
        for player, own, others in ((0, rows, columns), (1, columns, rows)):
            c = self.coefficient[player]
            possible = self.gains[player][np.ix_(own, others)]
            trivial = c * int(possible.max() if c > 0 else possible.min())
            shown = self.payoff_bound(labels[player], player, weights[player]) if weights[player] else None
            bounds.append(trivial if shown is None else min(trivial, shown))
        if self.sums is not None:
            return self.turn * min(sum(bounds, Fraction(0)), Fraction(self.sums[np.ix_(rows, columns)].max()))
        return self.turn * (min(bounds) if self.turn > 0 else max(bounds))


def _weights_to_json(weights: Weights) -> list[list[Any]]:
    return [[j, rational_to_json(w)] for j, w in weights]


def _weights_from_json(data: Any, where: str) -> Weights:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of [action, weight]")
    result = []
    for k, entry in enumerate(data):
        if not isinstance(entry, list) or len(entry) != 2:
            raise SpecificationError(f"{where}[{k}]: write [action, weight]")
        weight = rational_from_json(entry[1], where=f"{where}[{k}][1]")
        if weight.denominator != 1:
            raise SpecificationError(f"{where}[{k}][1]: found {entry[1]!r}; weights are integers")
        result.append((indices_from_json([entry[0]], where=f"{where}[{k}][0]")[0], weight.numerator))
    return tuple(result)


def _step(data: Any, where: str) -> Step:
    kind = data[0] if isinstance(data, list) and data else None
    if kind == "split" and len(data) == 2:
        return ("split", indices_from_json([data[1]], where=f"{where}[1]")[0])
    if kind == "empty" and len(data) == 3 and type(data[1]) is int and data[1] in (0, 1):
        return ("empty", data[1], _weights_from_json(data[2], f"{where}[2]"))
    if kind == "bounded" and len(data) == 3:
        return ("bounded", _weights_from_json(data[1], f"{where}[1]"), _weights_from_json(data[2], f"{where}[2]"))
    raise SpecificationError(f"{where}: write ['split', label], ['empty', player, weights] or ['bounded', …, …]")
