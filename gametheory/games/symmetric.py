"""Games of identical agents: payoffs by how many play each action.

n agents have the same m actions, and what an agent gets depends on its own action a and on the counts c ∈ ℕ^m of the other
n − 1 agents' actions, not on who they are: u(a, c), Σ_j c_j = n − 1. A pure profile is, up to names, the vector of *all*
agents' counts C ∈ ℕ^m, Σ_j C_j = n, and an agent who plays a then gets u(a, C − e_a).

The table has m · C(n + m − 2, m − 1) numbers where the payoff tensor has n · m^n: 1,000 agents with three actions need 1.5
million numbers. The scalar type of the data decides the arithmetic, as for :class:`.NormalFormGame`.

References: such games are called symmetric by J. von Neumann and O. Morgenstern 1944, "Theory of Games and Economic
Behavior", and by A. Brandt, F. Fischer and M. Holzer 2009, "Symmetries and the complexity of pure Nash equilibrium",
Journal of Computer and System Sciences 75 (there: fully symmetric, as all agents share one payoff function).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, integer_text, read_array
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.counts import count_vectors, num_count_vectors, place_table, places
from gametheory.games.labels import Labels, action_index, checked_label, read_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import read_distribution

__all__ = ["Counts", "SymmetricGame"]

Array = NDArray[Any]
Counts = tuple[int, ...]
"""How many agents play each action."""

MAX_AXES = 31
"""Players of a payoff tensor that every numpy can hold."""


@final
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class SymmetricGame:
    """A game of ``num_players`` identical agents, by action counts.

    Parameters
    ----------
    payoffs : array_like, shape (m, C(n + m − 2, m − 1))
        ``payoffs[a][k]`` is what an agent gets for action a when the other agents' counts are the k-th vector, in
        lexicographic order, of m counts that sum to n − 1 (:func:`~gametheory.games.counts.count_vectors`). For two
        actions k is the number of others who play the first. Integers, fractions and ``"1/3"`` make an exact game, a
        float anywhere a game of floats.
    num_players : int, ≥ 1
    actions : sequence of m distinct str, optional
        Names of the common actions; by default ``"1"``, ``"2"``, ….
    title : str

    Attributes
    ----------
    arithmetic : "exact" or "float"
    numerators, denominator : array of shape (m, K), int
        ``payoffs = numerators / denominator``; read-only.

    Raises
    ------
    SpecificationError
        Wrong shape, NaN or infinity, repeated names.
    UnsupportedError
        For expressions with free symbols.

    Examples
    --------
    Halpern's bargaining game with a thousand agents: all stay and get 2 each; a leaver gets 1, whoever then stays nothing.

    >>> game = SymmetricGame.from_function(
    ...     lambda action, others: 1 if action else 2 * (others[1] == 0), 1000, 2, actions=["stay", "leave"])
    >>> game
    SymmetricGame(1,000 identical agents, 2 actions, exact)
    >>> game.payoff("stay", (1000, 0)), game.payoff("leave", (999, 1)), game.payoff("stay", {"stay": 999, "leave": 1})
    (Fraction(2, 1), Fraction(1, 1), Fraction(0, 1))
    """

    numerators: Array
    denominator: int
    arithmetic: Arithmetic
    num_players: int
    actions: tuple[str, ...]
    title: str

    def __init__(self, payoffs: Any, num_players: int, actions: Labels | None = None, *, title: str = "") -> None:
        agents = _whole(num_players, "num_players")
        arithmetic, array = read_array(payoffs, where="payoffs")
        if arithmetic == "symbolic":
            raise UnsupportedError("payoffs: found free symbols; a game by counts holds numbers, so substitute values")
        numerators = array.numerators if isinstance(array, RationalArray) else array
        shape = tuple(numerators.shape)
        if len(shape) != 2 or shape[1] != num_count_vectors(agents - 1, max(shape[0], 1)):
            hint = (
                f"for {shape[0]} actions write {shape[0]} rows of {num_count_vectors(agents - 1, shape[0]):,}"
                if len(shape) == 2 and shape[0]
                else "write a row for each action"
            )
            raise SpecificationError(
                f"payoffs: found shape {shape} for {agents:,} agents; {hint}, one number for each vector of the other "
                f"{agents - 1:,} agents' counts (SymmetricGame.from_function fills the table)"
            )
        numerators.setflags(write=False)
        set_field = object.__setattr__
        set_field(self, "numerators", numerators)
        set_field(self, "denominator", array.denominator if isinstance(array, RationalArray) else 1)
        set_field(self, "arithmetic", arithmetic)
        set_field(self, "num_players", agents)
        set_field(self, "actions", read_labels(None if actions is None else [actions], [shape[0]], "actions")[0])
        set_field(self, "title", checked_label(title, "title"))

    @classmethod
    def from_function(
        cls,
        payoff: Callable[[int, Counts], Any],
        num_players: int,
        num_actions: int,
        actions: Labels | None = None,
        *,
        title: str = "",
    ) -> SymmetricGame:
        """A game from ``payoff(a, others)``: what action a pays when the other n − 1 agents' counts are ``others``.

        Examples
        --------
        El Farol with 100 seats for 150 people: going pays 1 if it is not crowded, −1 if it is, staying at home 0.

        >>> bar = SymmetricGame.from_function(lambda a, c: 0 if a == 0 else 1 if c[1] < 100 else -1, 150, 2)
        >>> bar.regret((50, 100)), bar.regret((49, 101))
        (Fraction(0, 1), Fraction(1, 1))
        """
        agents, size = _whole(num_players, "num_players"), _whole(num_actions, "num_actions")
        refuse_if_too_large(size * num_count_vectors(agents - 1, size), 64, "the payoff table")
        others = [tuple(row) for row in count_vectors(agents - 1, size).tolist()]
        return cls([[payoff(a, c) for c in others] for a in range(size)], agents, actions, title=title)

    @classmethod
    def from_normal_form(cls, game: NormalFormGame) -> SymmetricGame:
        """The game by counts of a symmetric game in normal form; refused if it is not symmetric.

        Examples
        --------
        >>> SymmetricGame.from_normal_form(NormalFormGame.symmetric([[4, 0], [3, 3]])).payoffs.tolist()
        [[Fraction(0, 1), Fraction(4, 1)], [Fraction(3, 1), Fraction(3, 1)]]
        """
        n, m = game.num_players, game.num_actions[0]
        if len(set(game.num_actions)) > 1 or len(set(game.actions)) > 1:
            raise SpecificationError("game: the players have different actions, so that it is not symmetric")
        index = [np.repeat(np.arange(m), c) for c in count_vectors(n - 1, m)]
        others = np.array(index, dtype=np.int64).reshape(len(index), n - 1)
        table = np.stack([game.numerators[0][(a, *others.T)].reshape(-1) for a in range(m)])
        payoffs: Any = RationalArray.of_integers(table, game.denominator) if game.arithmetic == "exact" else table
        result = cls(payoffs, n, game.actions[0], title=game.title)
        if not np.array_equal(result.normal_form().payoffs, game.payoffs):
            raise SpecificationError(
                "game: a payoff depends on who plays what, not only on how many do, so that it is not symmetric"
            )
        return result

    # -- views -----------------------------------------------------------------------------------------------------

    @property
    def num_actions(self) -> int:
        """How many actions the agents have in common."""
        return int(self.numerators.shape[0])

    @property
    def payoffs(self) -> Array:
        """The table, shape (m, K): floats or fractions; made anew for an exact game."""
        if self.arithmetic == "exact":
            return RationalArray(self.numerators, self.denominator).fractions()
        return self.numerators

    @property
    def _table(self) -> Array:
        return place_table(self.num_players - 1, self.num_actions)

    def action_index(self, action: int | str) -> int:
        """Index of an action given by index or name."""
        return action_index(action, self.actions, "action")

    def counts(self, profile: Sequence[int] | Mapping[str, int]) -> Counts:
        """A pure profile as counts: how many agents play each action, in order or by name (who is left out plays none).

        Raises
        ------
        SpecificationError
            If a count is negative or no whole number, or they do not sum to the number of agents.
        """
        found = read_counts(profile, self.actions, "profile")
        if sum(found) != self.num_players:
            raise SpecificationError(
                f"profile: found counts that sum to {sum(found):,}; there are {self.num_players:,}"
            )
        return found

    def payoff(self, action: int | str, profile: Sequence[int] | Mapping[str, int]) -> Any:
        """What an agent who plays ``action`` gets where all agents' counts are ``profile``.

        Raises
        ------
        SpecificationError
            If nobody plays the action there.
        """
        a, counts = self.action_index(action), self.counts(profile)
        if not counts[a]:
            raise SpecificationError(f"action: nobody plays {self.actions[a]!r} at {counts}; write another action")
        return self._scalar(self.numerators_at(np.array([counts]))[0, a])

    def numerators_at(self, counts: Array) -> Array:
        """What the agents of each action get at vectors of all agents' counts (R, m): integers or floats (R, m).

        Where nobody plays an action the entry is 0 and means nothing.
        """
        result = np.zeros(counts.shape, dtype=self.numerators.dtype)
        table = self._table
        for a in range(self.num_actions):
            played = counts[:, a] > 0
            others = counts[played]
            others[:, a] -= 1
            result[played, a] = self.numerators[a, places(others, table)]
        return result

    def payoff_span(self) -> Fraction:
        """Largest minus smallest payoff, exact: the unit of every tolerance."""
        low, high = self.numerators.min(), self.numerators.max()
        if self.arithmetic == "exact":
            return Fraction(int(high) - int(low), self.denominator)
        return Fraction(float(high)) - Fraction(float(low))

    def regret(self, profile: Sequence[int] | Mapping[str, int]) -> Fraction:
        """The most that an agent gains alone at a pure profile given by counts; 0 iff it is a Nash equilibrium."""
        game, counts = self.exact(), self.counts(profile)
        best = 0
        for a in (a for a, c in enumerate(counts) if c):
            others = np.array(counts)
            others[a] -= 1
            column = game.numerators[:, int(places(others, self._table))]
            best = max(best, int(column.max()) - int(column[a]))
        return Fraction(best, game.denominator)

    def deviation_payoffs(self, mixture: Any) -> Array:
        """Expected payoff of each action while all other agents draw theirs from one distribution p.

        Σ_c (n − 1)! / ∏ c_j! ∏ p_j^{c_j} u(a, c), exactly; the floats of p are the rationals that they are, divided by
        their sum. The integers have about n times the digits of the probabilities.

        Parameters
        ----------
        mixture : sequence of m probabilities

        Returns
        -------
        array of Fraction, shape (m,)

        Examples
        --------
        >>> game = SymmetricGame([[0, 4], [3, 3]], 2)
        >>> [str(x) for x in game.deviation_payoffs(["1/4", "3/4"])]
        ['1', '3']
        """
        where = f"mixture of {self.num_actions} actions"
        given = read_distribution(mixture, (self.num_actions,), "mixture", where)
        fractions = [Fraction(p) for p in given.tolist()]
        fractions = [p / sum(fractions) for p in fractions]
        scale = math.lcm(*(p.denominator for p in fractions))
        weights = [int(p * scale) for p in fractions]
        n, game = self.num_players - 1, self.exact()
        powers = [_powers(w, n) for w in weights]
        factorials = [1]
        for k in range(1, n + 1):
            factorials.append(factorials[-1] * k)
        totals = [0] * self.num_actions
        for k, counts in enumerate(count_vectors(n, self.num_actions).tolist()):
            weight = factorials[n]
            for j, c in enumerate(counts):
                weight = weight // factorials[c] * powers[j][c]
            if weight:
                totals = [t + weight * int(u) for t, u in zip(totals, game.numerators[:, k], strict=True)]
        result = np.empty(self.num_actions, dtype=object)
        result[:] = [Fraction(t, scale**n * game.denominator) for t in totals]
        return result

    def symmetric_regret(self, mixture: Any) -> Fraction:
        """The most that an agent gains alone where all draw their action from ``mixture``; 0 iff that is an equilibrium.

        Examples
        --------
        >>> SymmetricGame([[0, 4], [3, 3]], 2).symmetric_regret(["3/4", "1/4"])
        Fraction(0, 1)
        """
        given = read_distribution(mixture, (self.num_actions,), "mixture", "probability of an action")
        fractions = [Fraction(p) for p in given.tolist()]
        options = self.deviation_payoffs(given)
        played: Fraction = sum((p * u for p, u in zip(fractions, options, strict=True)), Fraction(0)) / sum(fractions)
        return Fraction(max(options) - played)

    def exact(self) -> SymmetricGame:
        """The same game in exact arithmetic, without loss: every float is a rational."""
        if self.arithmetic == "exact":
            return self
        return SymmetricGame(
            RationalArray.from_floats(self.numerators), self.num_players, self.actions, title=self.title
        )

    def normal_form(self) -> NormalFormGame:
        """The same game as a payoff tensor, shape (n, m, …, m).

        Raises
        ------
        SpecificationError
            If that does not fit into memory, or there are more than 31 agents.
        """
        n, m = self.num_players, self.num_actions
        if n > MAX_AXES:
            raise SpecificationError(
                f"num_players: a payoff tensor has at most {MAX_AXES} players, found {n:,}; stay with the game by counts"
            )
        refuse_if_too_large(n * m**n, 8 * (m + 3), "the payoff tensor")
        actions = np.indices((m,) * n).reshape(n, -1)
        counts = np.stack([(actions == a).sum(axis=0) for a in range(m)], axis=1)
        tensor = np.empty((n, m**n), dtype=self.numerators.dtype)
        at = self.numerators_at(counts)
        for i in range(n):
            tensor[i] = at[np.arange(m**n), actions[i]]
        shaped = tensor.reshape(n, *(m,) * n)
        payoffs: Any = RationalArray.of_integers(shaped, self.denominator) if self.arithmetic == "exact" else shaped
        return NormalFormGame(payoffs, None, [self.actions] * n, title=self.title)

    def digest(self) -> str:
        """SHA-256 of the game's size and exact payoffs (names left out): what certificates are bound to."""
        game = self.exact()
        head = f"symmetric:{game.num_players}:{game.numerators.shape}:{integer_text(game.denominator)}:"
        return payoff_digest(head, game.numerators.reshape(-1))

    # -- value semantics -------------------------------------------------------------------------------------------

    def _scalar(self, value: Any) -> Any:
        return Fraction(int(value), self.denominator) if self.arithmetic == "exact" else float(value)

    def _key(self) -> tuple[Any, ...]:
        return self.arithmetic, self.num_players, self.actions, self.denominator

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SymmetricGame):
            return NotImplemented
        return self._key() == other._key() and bool(np.array_equal(self.numerators, other.numerators))

    def __hash__(self) -> int:
        return hash((self._key(), tuple(self.numerators.flat)))

    def __reduce__(self) -> tuple[Any, ...]:
        exact_game = self.arithmetic == "exact"
        table: Any = RationalArray(self.numerators, self.denominator) if exact_game else self.numerators
        return _rebuilt, (table, self.num_players, self.actions, self.title)

    def __repr__(self) -> str:
        title = f"{self.title!r}, " if self.title else ""
        agents = f"{self.num_players:,} identical agent{'' if self.num_players == 1 else 's'}"
        actions = f"{self.num_actions} action{'' if self.num_actions == 1 else 's'}"
        return f"SymmetricGame({title}{agents}, {actions}, {self.arithmetic})"


def read_counts(given: Any, actions: Sequence[str], where: str) -> Counts:
    """Counts by action, in order or by name, each a whole number ≥ 0."""
    if isinstance(given, Mapping):
        result = [0] * len(actions)
        for name, count in given.items():
            result[action_index(name, actions, where)] = count
        return read_counts(result, actions, where)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SpecificationError(f"{where}: found {given!r}; write {len(actions)} counts, one for each action")
    counts = list(given)
    if len(counts) != len(actions):
        raise SpecificationError(
            f"{where}: found {len(counts)} entries; write {len(actions)} counts, how many agents play each action"
        )
    for name, c in zip(actions, counts, strict=True):
        if isinstance(c, (bool, np.bool_)) or not isinstance(c, (int, np.integer)) or c < 0:
            raise SpecificationError(f"{where}: found {c!r} for action {name!r}; write a whole number ≥ 0")
    return tuple(int(c) for c in counts)


def payoff_digest(head: str, numerators: Array) -> str:
    """SHA-256 of a heading and a flat array of integers in decimal, separated by commas."""
    sha = hashlib.sha256(head.encode())
    write = integer_text if numerators.dtype == object else str
    for start in range(0, len(numerators), 65536):
        sha.update((",".join(map(write, numerators[start : start + 65536].tolist())) + ",").encode())
    return sha.hexdigest()


def _powers(base: int, most: int) -> list[int]:
    result = [1]
    for _ in range(most):
        result.append(result[-1] * base)
    return result


def _whole(value: Any, where: str) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 1:
        raise SpecificationError(f"{where}: found {value!r}; write a whole number ≥ 1")
    return int(value)


def _rebuilt(table: Any, num_players: int, actions: Labels, title: str) -> SymmetricGame:
    return SymmetricGame(table, num_players, actions, title=title)
