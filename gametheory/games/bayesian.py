"""Games of incomplete information, with finitely many types and a common prior.

Nature draws a type profile t = (t_0, …, t_{n−1}) from the prior p, each player i learns t_i alone, and all act at
once; the payoffs are u_i(t, a). Types may be correlated. A *behavioural strategy* σ_i gives every type of player i a
distribution over i's actions. With the belief p(t_{−i} | t_i) = p(t) / p_i(t_i), the interim payoff of an action is

    U_i(a_i | t_i, σ) = Σ_{t_{−i}} p(t_{−i} | t_i) Σ_{a_{−i}} ∏_{j≠i} σ_j(a_j | t_j) u_i(t, a),

and σ is a Bayes–Nash equilibrium iff no type of positive probability can gain: max_{a_i} U_i(a_i | t_i, σ) equals the
type's own interim payoff.

Two games in normal form have the same equilibria: the **agent form**, in which every type of positive probability is a
player of its own, paid its interim payoff; and the **strategic form**, in which a player chooses a map from types to
actions, paid ex ante. Both grow exponentially, in the number of types of all players and of one player; their size is
predicted before it is allocated.

References: J. Harsanyi 1967–68, "Games with incomplete information played by 'Bayesian' players", *Management
Science* 14; R. Myerson 1991, *Game Theory*, section 2.8.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, read_array
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import Labels, action_index, checked_label, player_labels, read_labels, told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import read_distribution

__all__ = ["BayesianGame"]

Array = NDArray[Any]
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class BayesianGame:
    """A finite Bayesian game with a common prior.

    Parameters
    ----------
    payoffs : array_like, shape (n, k_0, …, k_{n−1}, m_0, …, m_{n−1})
        Payoff of each player for each type profile and action profile: the player axis, then a type axis and an action
        axis for each player. The scalar type decides the arithmetic, as in :class:`NormalFormGame`.
    prior : array_like, shape (k_0, …, k_{n−1})
        Probability of each type profile; types may be correlated. Exact beside exact payoffs, floats beside floats
        (whole numbers and binary fractions go with either).
    players, types, actions : sequences of str, optional
        Names; types by default ``"type 1"``, …, actions ``"1"``, ….
    title : str

    Attributes
    ----------
    arithmetic : "exact", "float" or "symbolic"
    numerators, denominator : array, int
        ``payoffs = numerators / denominator``, as in :class:`NormalFormGame`. Read-only.
    prior : array
        Fractions, or floats for a game of floats. Read-only.

    Raises
    ------
    SpecificationError
        Wrong shapes, NaN or infinity, probabilities that do not sum to one, or an exact table beside one of floats.

    Examples
    --------
    An incumbent whose cost is high or low (the second player has one type), after Harsanyi:

    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (1 if a[0] != t[0] else 0, a[0] - a[1]),
    ...     num_types=(2, 1), num_actions=(2, 2), prior=[["1/3"], ["2/3"]],
    ... )
    >>> game
    BayesianGame(2 players, types 2×1, actions 2×2, exact)
    >>> game.belief(1, 0)
    array([Fraction(1, 3), Fraction(2, 3)], dtype=object)
    """

    numerators: Array
    denominator: int
    arithmetic: Arithmetic
    prior: Array
    players: tuple[str, ...]
    types: tuple[tuple[str, ...], ...]
    actions: tuple[tuple[str, ...], ...]
    title: str

    def __init__(
        self,
        payoffs: Any,
        prior: Any,
        players: Labels | None = None,
        types: Sequence[Labels] | None = None,
        actions: Sequence[Labels] | None = None,
        *,
        title: str = "",
    ) -> None:
        arithmetic, array = read_array(payoffs, where="payoffs")
        numerators, denominator = array, 1
        if isinstance(array, RationalArray):
            numerators, denominator = array.numerators, array.denominator
        shape = tuple(numerators.shape)
        n = (len(shape) - 1) // 2
        if len(shape) < 3 or len(shape) % 2 == 0 or shape[0] != n or min(shape) < 1:
            raise SpecificationError(
                f"payoffs: found shape {shape}; write (n, types of each of the n players, actions of each of the "
                "n players), every number at least 1"
            )
        num_types, num_actions = shape[1 : n + 1], shape[n + 1 :]
        distribution = read_distribution(prior, num_types, "prior", "probability of each type profile")
        if distribution.dtype == object and not all(isinstance(x, Fraction) for x in distribution.flat):
            raise UnsupportedError("prior: found free symbols; write numbers (the payoffs may be expressions)")
        arithmetic, numerators, denominator, distribution = _one_arithmetic(
            arithmetic, numerators, denominator, distribution
        )
        set_field = object.__setattr__
        set_field(self, "numerators", _read_only(numerators))
        set_field(self, "denominator", denominator)
        set_field(self, "arithmetic", arithmetic)
        set_field(self, "prior", _read_only(distribution))
        set_field(self, "players", player_labels(players, n))
        default = [[f"type {k + 1}" for k in range(count)] for count in num_types]
        set_field(self, "types", read_labels(default if types is None else types, num_types, "types"))
        set_field(self, "actions", read_labels(actions, num_actions, "actions"))
        set_field(self, "title", checked_label(title, "title"))

    @classmethod
    def from_function(
        cls,
        payoff: Callable[[tuple[int, ...], tuple[int, ...]], Sequence[Any]],
        num_types: Sequence[int],
        num_actions: Sequence[int],
        prior: Any,
        players: Labels | None = None,
        types: Sequence[Labels] | None = None,
        actions: Sequence[Labels] | None = None,
        *,
        title: str = "",
    ) -> BayesianGame:
        """A game from ``payoff(type profile, action profile)``, tuples of indices, which returns the n payoffs."""
        sizes = (*map(int, num_types), *map(int, num_actions))
        n = len(num_types)
        refuse_if_too_large(n * math.prod(sizes), 64, "the payoff table")
        rows = [tuple(payoff(index[:n], index[n:])) for index in product(*map(range, sizes))]
        for index, row in zip(product(*map(range, sizes)), rows, strict=True):
            if len(row) != n:
                raise SpecificationError(f"payoff({index[:n]}, {index[n:]}): found {len(row)} payoffs, expected {n}")
        _, flat = read_array(rows, where="payoff")
        tensor: Any = (flat.numerators if isinstance(flat, RationalArray) else flat).T.reshape(n, *sizes)
        if isinstance(flat, RationalArray):
            tensor = RationalArray.of_integers(tensor, flat.denominator)
        return cls(tensor, prior, players, types, actions, title=title)

    # -- views -----------------------------------------------------------------------------------------------------

    @property
    def num_players(self) -> int:
        return len(self.players)

    @property
    def num_types(self) -> tuple[int, ...]:
        """Number of types of each player."""
        return tuple(self.numerators.shape[1 : self.num_players + 1])

    @property
    def num_actions(self) -> tuple[int, ...]:
        """Number of actions of each player (the same for every type)."""
        return tuple(self.numerators.shape[self.num_players + 1 :])

    @property
    def payoffs(self) -> Array:
        """The tensor, shape (n, k_0, …, k_{n−1}, m_0, …, m_{n−1}); made anew for an exact game."""
        if self.arithmetic == "exact":
            return RationalArray(self.numerators, self.denominator).fractions()
        return self.numerators

    def type_probabilities(self, player: int | str) -> Array:
        """Marginal probability of each type of a player, shape (k_i,)."""
        i = self.player_index(player)
        others = tuple(j for j in range(self.num_players) if j != i)
        return np.asarray(self.prior.sum(axis=others))

    def belief(self, player: int | str, type: int | str) -> Array:  # noqa: A002  # the field's word
        """What a type believes of the others' types: p(t_{−i} | t_i), the other players' axes in order.

        Raises
        ------
        SpecificationError
            If the type has probability zero: there is nothing to condition on.
        """
        i = self.player_index(player)
        k = self.type_index(i, type)
        joint = np.take(self.prior, k, axis=i)
        total = joint.sum() if isinstance(joint, np.ndarray) else joint
        if total == 0:
            raise SpecificationError(
                f"type: {self.players[i]}'s type {self.types[i][k]!r} has probability 0 and so no belief; "
                "ask for a type of positive probability"
            )
        return np.asarray(joint / total)

    def agents(self) -> tuple[tuple[int, int], ...]:
        """(player, type) for every type of positive probability, in order: the players of the agent form."""
        return tuple((i, k) for i in range(self.num_players) for k, p in enumerate(self.type_probabilities(i)) if p > 0)

    def exact(self) -> BayesianGame:
        """The same game in exact arithmetic: every float is a rational, the prior is divided by its exact sum.

        Raises
        ------
        UnsupportedError
            If the payoffs have free symbols.
        """
        if self.arithmetic == "exact":
            return self
        if self.arithmetic == "symbolic":
            raise UnsupportedError("the payoffs have free symbols; substitute numbers first")
        prior = RationalArray.from_floats(self.prior).fractions()
        payoffs = RationalArray.from_floats(self.numerators)
        return BayesianGame(payoffs, prior / prior.sum(), self.players, self.types, self.actions, title=self.title)

    def digest(self) -> str:
        """SHA-256 of the shape, the exact payoffs and the exact prior (labels left out)."""
        game = self.exact()
        prior = RationalArray.from_fractions(game.prior)
        sha = hashlib.sha256(f"bayesian:{game.num_types}:{game.num_actions}:".encode())
        for part, denominator in ((prior.numerators, prior.denominator), (game.numerators, game.denominator)):
            sha.update(f"{denominator}:{','.join(map(str, part.reshape(-1).tolist()))};".encode())
        return sha.hexdigest()

    def player_index(self, player: int | str) -> int:
        """Index of a player given by index or name."""
        return action_index(player, self.players, "player", what="player")

    def type_index(self, player: int, type: int | str) -> int:  # noqa: A002  # the field's word
        """Index of a type given by index or name."""
        return action_index(type, self.types[player], f"type of {self.players[player]}", what="type")

    # -- the same game in normal form --------------------------------------------------------------------------------

    def agent_form(self) -> NormalFormGame:
        """The normal form whose players are the types of positive probability, each paid its interim payoff.

        Agent (i, t_i) has the actions of player i and the payoff Σ_{t_{−i}} p(t_{−i} | t_i) u_i(t, a_{t}), where a_t
        takes from every player j the action of the agent (j, t_j). Its Nash equilibria are the Bayes–Nash equilibria,
        see :func:`~gametheory.games.behavioural.behavioural_from_agents`. In a game of floats the beliefs are
        rounded: to certify, take ``game.exact().agent_form()``.

        Raises
        ------
        SpecificationError
            If the table would not fit in memory: ∏ over agents of their actions, times the number of agents.
        """
        agents = self.agents()
        place = {agent: k for k, agent in enumerate(agents)}
        sizes = tuple(self.num_actions[i] for i, _ in agents)
        refuse_if_too_large(len(agents) * math.prod(sizes), self._entry_size(), "the agent form")
        payoffs, prior, _ = self._numbers()
        totals = [np.take(prior, k, axis=i).sum() for i, k in agents]
        exact = self.arithmetic == "exact"
        # Exact: agents condition on different probabilities, so each row is brought to one denominator.
        common = math.lcm(*map(int, totals)) if exact else 1
        payoffs = payoffs.astype(object) if self._overflows(common) else payoffs
        tensor = np.zeros((len(agents), *sizes), dtype=payoffs.dtype)
        for index, (i, own) in enumerate(agents):
            for t in np.argwhere(prior > 0).tolist():
                if t[i] == own:
                    share = prior[tuple(t)]
                    weight = int(share) * (common // int(totals[index])) if exact else share / totals[index]
                    axes = [place[j, t[j]] for j in range(self.num_players)]
                    tensor[index] += weight * _on_axes(payoffs[(i, *t)], axes, len(agents))
        names = [
            self.players[i] if self.num_types[i] == 1 else f"{self.players[i]}: {self.types[i][k]}" for i, k in agents
        ]
        table = self._table(tensor, self.denominator * common)
        return NormalFormGame(table, told_apart(names), [self.actions[i] for i, _ in agents], title=self.title)

    def strategic_form(self) -> NormalFormGame:
        """The normal form in which a player chooses an action for each of its types of positive probability.

        A strategy is a tuple of actions, one for each such type in order, the first type varying slowest; payoffs are
        ex ante, Σ_t p(t) u_i(t, s_0(t_0), …, s_{n−1}(t_{n−1})). In a game of floats the sums are rounded.

        Raises
        ------
        SpecificationError
            If the table would not fit in memory: player i has m_i to the power of its types strategies.
        """
        agents = self.agents()
        own_types = [[k for j, k in agents if j == i] for i in range(self.num_players)]
        sizes = [self.num_actions[i] ** len(own) for i, own in enumerate(own_types)]
        refuse_if_too_large(self.num_players * math.prod(sizes), self._entry_size(), "the strategic form")
        # chosen[i][k] is the action that each strategy of player i takes at its type k
        chosen = []
        for i, own in enumerate(own_types):
            grid = np.indices((self.num_actions[i],) * len(own)).reshape(len(own), -1)
            chosen.append({k: grid[position] for position, k in enumerate(own)})
        payoffs, prior, scale = self._numbers()
        payoffs = payoffs.astype(object) if self._overflows(1) else payoffs
        tensor = np.zeros((self.num_players, *sizes), dtype=payoffs.dtype)
        for t in np.argwhere(prior > 0).tolist():
            columns = np.ix_(*(chosen[i][t[i]] for i in range(self.num_players)))
            for i in range(self.num_players):
                tensor[i] += prior[tuple(t)] * payoffs[(i, *t)][columns]
        actions = [
            [
                self.actions[i][plan[0]]
                if len(self.types[i]) == 1
                else ", ".join(f"{self.types[i][k]}: {self.actions[i][a]}" for k, a in zip(own, plan, strict=True))
                for plan in product(range(self.num_actions[i]), repeat=len(own))
            ]
            for i, own in enumerate(own_types)
        ]
        labels = [told_apart(names) for names in actions]
        return NormalFormGame(self._table(tensor, scale), self.players, labels, title=self.title)

    def _numbers(self) -> tuple[Array, Array, int]:
        """Payoffs and prior as stored, and what their product is over: integers for an exact game."""
        if self.arithmetic != "exact":
            return self.numerators, self.prior, 1
        prior = RationalArray.from_fractions(self.prior)
        return self.numerators, prior.numerators, self.denominator * prior.denominator

    def _overflows(self, factor: int) -> bool:
        """Whether sums of prior times payoff times ``factor`` may leave the machine integers."""
        payoffs, prior, _ = self._numbers()
        if self.arithmetic != "exact" or payoffs.dtype == object or prior.dtype == object:
            return self.arithmetic == "exact"
        return max(abs(int(payoffs.max())), abs(int(payoffs.min()))) * int(prior.sum()) * factor >= _MACHINE

    def _entry_size(self) -> int:
        return 16 if self.arithmetic == "float" or not self._overflows(1) else 120

    def _table(self, tensor: Array, denominator: int) -> Any:
        return RationalArray.of_integers(tensor, denominator) if self.arithmetic == "exact" else tensor

    # -- value semantics -----------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BayesianGame):
            return NotImplemented
        return (
            (self.arithmetic, self.players, self.types, self.actions, self.denominator)
            == (other.arithmetic, other.players, other.types, other.actions, other.denominator)
            and bool(np.array_equal(self.prior, other.prior))
            and bool(np.array_equal(self.numerators, other.numerators))
        )

    def __hash__(self) -> int:
        return hash((self.players, self.types, self.actions, self.denominator, *self.prior.flat, *self.numerators.flat))

    def __reduce__(self) -> tuple[Any, ...]:
        tensor: Any = self.numerators
        if self.arithmetic == "exact":
            tensor = RationalArray(self.numerators, self.denominator)
        return _rebuilt, (tensor, self.prior, self.players, self.types, self.actions, self.title)

    def __repr__(self) -> str:
        title = f"{self.title!r}, " if self.title else ""
        plural = "" if self.num_players == 1 else "s"
        types, actions = ("×".join(map(str, sizes)) for sizes in (self.num_types, self.num_actions))
        size = f"{self.num_players} player{plural}, types {types}, actions {actions}"
        return f"BayesianGame({title}{size}, {self.arithmetic})"


def _one_arithmetic(
    arithmetic: Arithmetic, numerators: Array, denominator: int, prior: Array
) -> tuple[Arithmetic, Array, int, Array]:
    """Payoffs and prior in one arithmetic: floats beside exact numbers only if those are floats without loss."""
    if arithmetic == "float" and prior.dtype == object:
        return "float", numerators, 1, _lossless(prior, "prior")
    if arithmetic == "exact" and prior.dtype != object:
        return "float", _lossless(RationalArray(numerators, denominator).fractions(), "payoffs"), 1, prior
    if arithmetic == "symbolic" and prior.dtype != object:
        raise SpecificationError("prior: found floats beside expressions; write the probabilities exactly ('1/2')")
    return arithmetic, numerators, denominator, prior


def _lossless(fractions: Array, where: str) -> Array:
    floats = np.array([float(x) for x in fractions.flat]).reshape(fractions.shape)
    for index, x in np.ndenumerate(fractions):
        if Fraction(float(floats[index])) != x:
            other = "payoffs" if where == "prior" else "prior"
            raise SpecificationError(
                f"{where}{list(index)}: found the exact number {x} while the {other} has floats; write both exactly "
                "('1/3', 2) or both as floats"
            )
    return floats


def _on_axes(table: Array, axes: Sequence[int], num_axes: int) -> Array:
    """The table with its axes moved to the given ones of ``num_axes`` axes, the others of length one."""
    order = sorted(range(len(axes)), key=lambda j: axes[j])
    shape = [1] * num_axes
    for j, axis in enumerate(axes):
        shape[axis] = table.shape[j]
    return table.transpose(order).reshape(shape)


def _read_only(array: Array) -> Array:
    copy = np.array(array, copy=True, order="C")
    copy.setflags(write=False)
    return copy


def _rebuilt(tensor: Any, prior: Array, players: Labels, types: Any, actions: Any, title: str) -> BayesianGame:
    return BayesianGame(tensor, prior, players, types, actions, title=title)
