"""Polymatrix games: players on a network, each edge a game of two.

Players i ∈ V with m_i actions stand on a network (V, E). Every edge {i, j} has two matrices of shape (m_i, m_j), and each
player one more vector b_i (zero unless given); an action counts in all of the player's games at once:

    u_i(a) = b_i(a_i) + Σ_{j ∈ N(i)} A_{ij}(a_i, a_j).

Payoffs, deviations and regrets are local: they look at the neighbours only. The tables have Σ_{ij ∈ E} 2 m_i m_j numbers
where the payoff tensor has n · ∏ m_i, so that networks of thousands of players are small. The scalar type of the data
decides the arithmetic, as for :class:`.NormalFormGame`.

References: E. Yanovskaya 1968, "Equilibrium points in polymatrix games", Litovskii Matematicheskii Sbornik 8; M. Kearns,
M. Littman and S. Singh 2001, "Graphical models for game theory", UAI. Complexity: O(Σ_{j ∈ N(i)} m_i m_j) for the payoffs
of all actions of player i.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, integer_text, read_array
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import Labels, action_index, checked_label, player_labels, read_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import read_distribution
from gametheory.games.symmetric import MAX_AXES, payoff_digest

__all__ = ["PolymatrixGame"]

Array = NDArray[Any]
Edge = tuple[int, int]


@final
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class PolymatrixGame:
    """A game on a network, from a pair of matrices for each edge.

    Parameters
    ----------
    edges : mapping from pairs (i, j) to pairs (A, B) of array_like, shape (m_i, m_j)
        What i and what j gets in the game of this edge; rows are i's actions. An edge is given once, in either order.
    own : mapping from i to array_like of shape (m_i,), optional
        What player i gets for its own action besides.
    num_actions : sequence of n int, optional
        Needed for players without an edge and without ``own``; n is otherwise the largest index plus one.
    players, actions, title
        Names, as for :class:`.NormalFormGame`.

    Attributes
    ----------
    pairs : array of int, shape (E, 2)
        The edges (i, j), i < j, in lexicographic order.
    tables : array, shape (E, 2, M, M)
        Numerators, M = max m_i: ``tables[e, 0, x, y]`` is what i gets when i plays x and j plays y, ``tables[e, 1, y, x]``
        what j then gets: a player's own action first. Entries beyond m_i and m_j are zero.
    own : array, shape (n, M)
        Numerators of b.
    denominator : int
    arithmetic : "exact" or "float"

    Raises
    ------
    SpecificationError
        Shapes that do not fit, an edge given twice or from a player to itself, NaN or infinity; the message names the edge.

    Examples
    --------
    Three neighbours on a path who want to agree with each other, the first of them on "safe":

    >>> agree = [[1, 0], [0, 1]]
    >>> game = PolymatrixGame({(0, 1): (agree, agree), (1, 2): (agree, agree)}, own={0: ["1/2", 0]},
    ...                       actions=[["safe", "fast"]] * 3)
    >>> game
    PolymatrixGame(3 players, 2 edges, 2 actions each, exact)
    >>> game.payoff("safe", "fast", "fast")
    (Fraction(1, 2), Fraction(1, 1), Fraction(1, 1))
    >>> [str(x) for x in game.regrets(("safe", "fast", "fast"))]
    ['1/2', '0', '0']
    """

    pairs: NDArray[np.int64]
    tables: Array
    own: Array
    denominator: int
    arithmetic: Arithmetic
    num_actions: tuple[int, ...]
    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    title: str

    def __init__(
        self,
        edges: Mapping[Edge, tuple[Any, Any]],
        num_actions: Sequence[int] | None = None,
        players: Labels | None = None,
        actions: Sequence[Labels] | None = None,
        *,
        own: Mapping[int, Any] | None = None,
        title: str = "",
    ) -> None:
        read = _read_parts(edges, own or {})
        sizes = _sizes(read, num_actions)
        n, width = len(sizes), max(sizes)
        order = sorted((key for key in read if len(key) == 2), key=sorted)
        refuse_if_too_large((2 * len(order) * width + n) * width, 16, "the tables of the polymatrix game")
        arithmetic, denominator = _common_arithmetic(read)
        parts = {key: _numerators(pair, arithmetic, denominator) for key, pair in read.items()}
        dtype: Any = np.result_type(
            np.float64 if arithmetic == "float" else np.int64, *(p.dtype for p in parts.values())
        )
        tables = np.zeros((len(order), 2, width, width), dtype=dtype)
        for e, key in enumerate(order):
            low, high = min(key), max(key)
            first, second = parts[key] if key == (low, high) else (parts[key][1].T, parts[key][0].T)
            tables[e, 0, : sizes[low], : sizes[high]] = first
            tables[e, 1, : sizes[high], : sizes[low]] = second.T
        alone = np.zeros((n, width), dtype=dtype)
        for (i,) in (key for key in parts if len(key) == 1):
            alone[i, : sizes[i]] = parts[i,]
        pairs = np.array([sorted(key) for key in order], dtype=np.int64).reshape(-1, 2)
        for array in (tables, alone, pairs):
            array.setflags(write=False)
        set_field = object.__setattr__
        set_field(self, "pairs", pairs)
        set_field(self, "tables", tables)
        set_field(self, "own", alone)
        set_field(self, "denominator", denominator)
        set_field(self, "arithmetic", arithmetic)
        set_field(self, "num_actions", sizes)
        set_field(self, "players", player_labels(players, n))
        set_field(self, "actions", read_labels(actions, sizes, "actions"))
        set_field(self, "title", checked_label(title, "title"))

    @classmethod
    def from_network(
        cls,
        network: Any,
        bimatrix: tuple[Any, Any] | Callable[[Any, Any], tuple[Any, Any]],
        *,
        own: Callable[[Any], Any] | None = None,
        actions: Labels | None = None,
        title: str = "",
    ) -> PolymatrixGame:
        """A game on a network: the same pair of matrices on every edge, or that of a function of its two ends.

        Parameters
        ----------
        network : graph with ``.nodes`` and ``.edges`` (networkx)
            Players are its nodes in their order, named by them; parallel edges are refused, directions ignored.
        bimatrix : pair (A, B) or function (u, v) ↦ (A, B)
            For the edge between u and v as the network lists it; rows are u's actions.
        own : function of a node, optional
            What it gets for its own actions besides.
        actions : sequence of str, optional
            Names of the actions, where all nodes have the same number of them.
        """
        nodes = list(network.nodes)
        index = {node: i for i, node in enumerate(nodes)}
        rule = bimatrix if callable(bimatrix) else lambda u, v: bimatrix
        edges: dict[Edge, tuple[Any, Any]] = {}
        for u, v, *_ in network.edges:
            key = (index[u], index[v])
            if key in edges or key[::-1] in edges:
                raise SpecificationError(f"network: the edge between {u!r} and {v!r} is there twice; merge the two")
            edges[key] = rule(u, v)
        alone = None if own is None else {i: own(node) for i, node in enumerate(nodes)}
        sizes = None
        if actions is not None:
            sizes = [len(actions)] * len(nodes)
        elif alone is None and edges:  # nodes without an edge have as many actions as all others, if these agree
            widths = {len(matrix) for pair in edges.values() for matrix in pair[:1]}
            sizes = [widths.pop()] * len(nodes) if len(widths) == 1 else None
        names = [str(node) for node in nodes]
        labels = None if actions is None else [actions] * len(nodes)
        return cls(edges, sizes, names, labels, own=alone, title=title)

    # -- views -----------------------------------------------------------------------------------------------------

    @property
    def num_players(self) -> int:
        return len(self.num_actions)

    @property
    def num_edges(self) -> int:
        return len(self.pairs)

    def bimatrix(self, i: int | str, j: int | str) -> tuple[Array, Array]:
        """What i and what j get on their edge, shape (m_i, m_j) each: fractions or floats.

        Raises
        ------
        SpecificationError
            If there is no edge between them.
        """
        a, b = self.player_index(i), self.player_index(j)
        found = np.flatnonzero((self.pairs == (min(a, b), max(a, b))).all(axis=1))
        if not len(found):
            raise SpecificationError(f"edge: {self.players[a]} and {self.players[b]} are no neighbours")
        side = int(a > b)
        mine = self.tables[found[0], side, : self.num_actions[a], : self.num_actions[b]]
        other = self.tables[found[0], 1 - side, : self.num_actions[b], : self.num_actions[a]].T
        if self.arithmetic == "exact":
            return RationalArray(mine, self.denominator).fractions(), RationalArray(other, self.denominator).fractions()
        return mine, other

    def neighbours(self) -> list[list[tuple[int, int, int]]]:
        """For each player the triples (neighbour, edge, side): ``tables[edge, side]`` is its own matrix."""
        found: list[list[tuple[int, int, int]]] = [[] for _ in range(self.num_players)]
        for e, (i, j) in enumerate(self.pairs.tolist()):
            found[i].append((j, e, 0))
            found[j].append((i, e, 1))
        return found

    def player_index(self, player: int | str) -> int:
        """Index of a player given by index or name."""
        return action_index(player, self.players, "player", what="player")

    def action_index(self, player: int | str, action: int | str) -> int:
        """Index of an action given by index or name."""
        i = self.player_index(player)
        return action_index(action, self.actions[i], f"action of {self.players[i]}")

    def action_indices(self, profile: Sequence[int | str]) -> tuple[int, ...]:
        """A pure action profile as indices; actions are given by indices or names, one for each player."""
        if isinstance(profile, str) or not hasattr(profile, "__len__") or len(profile) != self.num_players:
            raise SpecificationError(f"profile: write {self.num_players} actions, one for each player")
        return tuple(
            action_index(action, self.actions[i], f"action of {self.players[i]}") for i, action in enumerate(profile)
        )

    # -- payoffs ---------------------------------------------------------------------------------------------------

    def payoff(self, *profile: int | str) -> tuple[Any, ...]:
        """Payoffs of all players at one pure action profile."""
        played = np.array(self.action_indices(profile))
        result = self.own[np.arange(self.num_players), played]
        edge = np.arange(self.num_edges)
        i, j = self.pairs.T
        np.add.at(result, i, self.tables[edge, 0, played[i], played[j]])
        np.add.at(result, j, self.tables[edge, 1, played[j], played[i]])
        if self.arithmetic == "exact":
            return tuple(Fraction(int(x), self.denominator) for x in result)
        return tuple(float(x) for x in result)

    def field(self, profile: Any) -> tuple[Array, Array, int]:
        """What every action pays against a profile, in integers.

        Parameters
        ----------
        profile : sequence of n entries
            For each player an action (index or name) or a probability vector; floats are the rationals that they are.

        Returns
        -------
        (payoffs, weights, scale)
            ``payoffs[i, x]`` is Σ_j E A_ij(x, a_j) + b_i(x), over ``denominator · scale``, shape (n, M); ``weights[i]``
            are player i's probabilities over ``scale``. Entries beyond m_i are zero.

        Raises
        ------
        SpecificationError
            If the profile is malformed.
        """
        game = self.exact()
        weights, scale = _profile_weights(game, profile)
        size = max((int(np.abs(part).max()) for part in (game.tables, game.own) if part.size), default=0)
        degree = np.bincount(game.pairs.reshape(-1), minlength=1).max() if game.num_edges else 0
        machine = game.tables.dtype != object and weights.dtype != object and size * scale * (int(degree) + 1) < 2**62
        dtype: Any = np.int64 if machine else object
        tables, weights = game.tables.astype(dtype, copy=False), weights.astype(dtype)
        payoffs = game.own.astype(dtype) * scale
        for side in (0, 1):
            against = (tables[:, side] * weights[game.pairs[:, 1 - side]][:, None, :]).sum(axis=2)
            np.add.at(payoffs, game.pairs[:, side], against)
        return payoffs, weights, scale

    def deviation_payoffs(self, profile: Any, player: int | str) -> Array:
        """Expected payoff of each action of one player while the others play a profile; fractions, shape (m_i,)."""
        i = self.player_index(player)
        payoffs, _, scale = self.field(profile)
        result = np.empty(self.num_actions[i], dtype=object)
        result[:] = [Fraction(int(x), self.exact().denominator * scale) for x in payoffs[i, : len(result)]]
        return result

    def expected_payoffs(self, profile: Any) -> Array:
        """Expected payoff of each player at a pure or mixed profile; fractions, shape (n,)."""
        return self._payoffs_and_best(profile)[0]

    def regrets(self, profile: Any) -> Array:
        """Regret of each player, exactly: all are zero iff the pure or mixed profile is a Nash equilibrium.

        max_x u_i(x, σ_{−i}) − u_i(σ), fractions, shape (n,).
        """
        played, best = self._payoffs_and_best(profile)
        return np.asarray(best - played)

    def best_responses(self, profile: Any, player: int | str) -> tuple[int, ...]:
        """Indices of the player's best actions against a profile, in increasing order."""
        options = self.deviation_payoffs(profile, player)
        best = max(options)
        return tuple(k for k, u in enumerate(options) if u == best)

    def _payoffs_and_best(self, profile: Any) -> tuple[Array, Array]:
        payoffs, weights, scale = self.field(profile)
        denominator = self.exact().denominator * scale
        played, best = np.empty(self.num_players, dtype=object), np.empty(self.num_players, dtype=object)
        for i, (row, weight) in enumerate(zip(payoffs.tolist(), weights.tolist(), strict=True)):
            m = self.num_actions[i]
            played[i] = Fraction(sum(w * u for w, u in zip(weight[:m], row[:m], strict=True)), denominator * scale)
            best[i] = Fraction(max(row[:m]), denominator)
        return played, best

    def payoff_span(self, player: int | str) -> Fraction:
        """Largest minus smallest payoff of a player: by local tables, neighbours chosen one by one for each own action."""
        i, game = self.player_index(player), self.exact()
        m = game.num_actions[i]
        high = game.own[i, :m].astype(object)
        low = high.copy()
        for e, side in zip(*np.nonzero(game.pairs == i), strict=True):
            j = int(game.pairs[e, 1 - side])
            table = game.tables[e, side, :m, : game.num_actions[j]].astype(object)
            high, low = high + table.max(axis=1), low + table.min(axis=1)
        return Fraction(int(max(high)) - int(min(low)), game.denominator)

    # -- other forms -----------------------------------------------------------------------------------------------

    def exact(self) -> PolymatrixGame:
        """The same game in exact arithmetic, without loss: every float is a rational."""
        if self.arithmetic == "exact":
            return self
        flat = np.concatenate([self.tables.reshape(-1), self.own.reshape(-1)])
        array = RationalArray.from_floats(flat)
        cut = self.tables.size
        tables, own = array.numerators[:cut].reshape(self.tables.shape), array.numerators[cut:].reshape(self.own.shape)
        return _assembled(self, tables, own, array.denominator, "exact")

    def normal_form(self) -> NormalFormGame:
        """The same game as a payoff tensor, shape (n, m_0, …, m_{n−1}).

        Raises
        ------
        SpecificationError
            If that does not fit into memory, or there are more than 31 players.
        """
        n, sizes = self.num_players, self.num_actions
        if n > MAX_AXES:
            raise SpecificationError(
                f"players: a payoff tensor has at most {MAX_AXES} players, found {n:,}; stay with the local tables"
            )
        refuse_if_too_large(n * math.prod(sizes), 16, "the payoff tensor")

        def spread(array: Array, axes: tuple[int, ...]) -> Array:
            """The array with its axes at these places and length 1 elsewhere."""
            ordered = np.transpose(array, np.argsort(axes))
            return ordered.reshape([m if k in axes else 1 for k, m in enumerate(sizes)])

        degree = np.bincount(self.pairs.reshape(-1), minlength=n).max() if self.num_edges else 0
        size = max((abs(part).max() for part in (self.tables, self.own) if part.size), default=0)
        dtype = object if self.arithmetic == "exact" and int(size) * (int(degree) + 1) >= 2**62 else self.own.dtype
        tensor = np.zeros((n, *sizes), dtype=dtype)
        for i in range(n):
            tensor[i] += spread(self.own[i, : sizes[i]], (i,))
        for e, (i, j) in enumerate(self.pairs.tolist()):
            tensor[i] += spread(self.tables[e, 0, : sizes[i], : sizes[j]], (i, j))
            tensor[j] += spread(self.tables[e, 1, : sizes[j], : sizes[i]], (j, i))
        payoffs: Any = RationalArray.of_integers(tensor, self.denominator) if self.arithmetic == "exact" else tensor
        return NormalFormGame(payoffs, self.players, self.actions, title=self.title)

    def digest(self) -> str:
        """SHA-256 of the network, the numbers of actions and the exact tables (names left out)."""
        game = self.exact()
        head = f"polymatrix:{game.num_actions}:{game.pairs.tolist()}:{integer_text(game.denominator)}:"
        return payoff_digest(head, game.flat_numerators())

    def flat_numerators(self) -> Array:
        """All numbers in one row: for each edge what i gets (by rows of i's actions) and what j gets (of j's), then b."""
        sizes = self.num_actions
        parts = []
        for (i, j), pair in zip(self.pairs.tolist(), self.tables, strict=True):
            parts += [pair[0, : sizes[i], : sizes[j]].reshape(-1), pair[1, : sizes[j], : sizes[i]].reshape(-1)]
        return np.concatenate([*parts, *(row[:m] for row, m in zip(self.own, sizes, strict=True))])

    # -- value semantics -------------------------------------------------------------------------------------------

    def _key(self) -> tuple[Any, ...]:
        return self.arithmetic, self.denominator, self.num_actions, self.players, self.actions

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PolymatrixGame):
            return NotImplemented
        return self._key() == other._key() and all(
            np.array_equal(getattr(self, part), getattr(other, part)) for part in ("pairs", "tables", "own")
        )

    def __hash__(self) -> int:
        return hash((self._key(), self.pairs.tobytes(), tuple(self.tables.flat), tuple(self.own.flat)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, tuple(getattr(self, name) for name in self.__slots__)

    def __repr__(self) -> str:
        title = f"{self.title!r}, " if self.title else ""
        counts = sorted(set(self.num_actions))
        actions = f"{counts[0]} actions each" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} actions"
        players = f"{self.num_players:,} player{'' if self.num_players == 1 else 's'}"
        edges = f"{self.num_edges:,} edge{'' if self.num_edges == 1 else 's'}"
        return f"PolymatrixGame({title}{players}, {edges}, {actions}, {self.arithmetic})"


def _read_parts(edges: Mapping[Edge, tuple[Any, Any]], own: Mapping[int, Any]) -> dict[tuple[int, ...], Any]:
    """The matrices as arrays with the names of their arithmetic, by edge (i, j) or player (i,)."""
    read: dict[tuple[int, ...], Any] = {}
    for key, pair in edges.items():
        if not isinstance(key, tuple) or len(key) != 2 or not all(_is_index(i) for i in key) or key[0] == key[1]:
            raise SpecificationError(f"edges: found the key {key!r}; write two different players' indices (i, j)")
        where = f"edges[{key!r}]"
        if key[::-1] in edges:
            raise SpecificationError(f"{where}: this edge is also given as {key[::-1]!r}; give it once")
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise SpecificationError(
                f"{where}: write two matrices (A, B): what player {key[0]} and player {key[1]} get"
            )
        kind, array = read_array([_listed(matrix) for matrix in pair], where=where)
        if len(array.shape) != 3 or 0 in array.shape:
            raise SpecificationError(
                f"{where}: found shape {tuple(array.shape)}; write two matrices (A, B) of one shape, rows for player {key[0]}"
            )
        read[int(key[0]), int(key[1])] = (kind, array)
    for player, vector in own.items():
        kind, array = read_array(vector, where=f"own[{player!r}]")
        if not _is_index(player) or len(array.shape) != 1 or not array.shape[0]:
            raise SpecificationError(
                f"own[{player!r}]: write a vector, one number for each action, under a player's index"
            )
        read[int(player),] = (kind, array)
    for place, (found, _) in read.items():
        if found == "symbolic":
            raise UnsupportedError(f"the tables of {place} have free symbols; a polymatrix game holds numbers")
    return read


def _listed(matrix: Any) -> Any:
    if isinstance(matrix, RationalArray):
        return matrix.fractions().tolist()
    return matrix.tolist() if isinstance(matrix, np.ndarray) else matrix


def _is_index(i: Any) -> bool:
    return isinstance(i, (int, np.integer)) and not isinstance(i, bool) and bool(0 <= i < 2**31)


def _sizes(read: Mapping[tuple[int, ...], Any], num_actions: Sequence[int] | None) -> tuple[int, ...]:
    """Every player's number of actions, which all parts must agree on."""
    n = max((max(key) + 1 for key in read), default=0) if num_actions is None else len(num_actions)
    if n == 0:
        raise SpecificationError("edges: found none; give at least one edge, or num_actions")
    sizes: list[int | None] = [None] * n
    for i, given in enumerate(num_actions or ()):
        if not _is_index(given) or given == 0:
            raise SpecificationError(f"num_actions[{i}]: found {given!r}; write a whole number ≥ 1")
        sizes[i] = int(given)
    for key, (_, array) in read.items():
        for i, m in zip(key, array.shape[-len(key) :], strict=True):
            if i >= n:
                raise SpecificationError(f"edges: player {i} does not exist; num_actions lists {n}")
            if sizes[i] not in (None, m):
                raise SpecificationError(
                    f"the tables of {key} give player {i} {m} actions, others {sizes[i]}; they must agree"
                )
            sizes[i] = int(m)
    missing = [i for i, m in enumerate(sizes) if m is None]
    if missing:
        raise SpecificationError(f"num_actions: player {missing[0]} has no edge and no own payoffs; pass num_actions")
    return tuple(m for m in sizes if m is not None)


def _common_arithmetic(read: Mapping[tuple[int, ...], Any]) -> tuple[Arithmetic, int]:
    exact_parts = {key: array for key, (kind, array) in read.items() if kind == "exact"}
    denominator = math.lcm(1, *(array.denominator for array in exact_parts.values()))
    if len(exact_parts) == len(read):
        return "exact", denominator
    fractions = [key for key, array in exact_parts.items() if array.denominator > 1]
    if fractions:
        raise SpecificationError(
            f"the tables of {fractions[0]} hold fractions and others floats; write all exactly ('1/3', 2) or all as floats"
        )
    return "float", 1


def _numerators(part: tuple[Arithmetic, Any], arithmetic: Arithmetic, denominator: int) -> Array:
    _, array = part
    if arithmetic == "float":
        return array.floats() if isinstance(array, RationalArray) else np.asarray(array)
    factor = denominator // array.denominator
    return (
        RationalArray.of_integers(array.numerators.astype(object) * factor).numerators
        if factor > 1
        else array.numerators
    )


def _profile_weights(game: PolymatrixGame, profile: Any) -> tuple[Array, int]:
    """Every player's probabilities as integers over one scale, shape (n, M)."""
    if isinstance(profile, str) or not hasattr(profile, "__len__") or len(profile) != game.num_players:
        raise SpecificationError(
            f"profile: write {game.num_players} entries, an action or probabilities for each player"
        )
    vectors: list[list[Fraction] | int] = []
    for i, entry in enumerate(profile):
        if isinstance(entry, (str, int, np.integer)):
            vectors.append(action_index(entry, game.actions[i], f"action of {game.players[i]}"))
            continue
        given = read_distribution(entry, (game.num_actions[i],), f"profile[{i}]", "probability for each action")
        fractions = [Fraction(p) for p in given.tolist()]
        vectors.append([p / sum(fractions) for p in fractions])
    scale = math.lcm(1, *(p.denominator for v in vectors if not isinstance(v, int) for p in v))
    weights = np.zeros((game.num_players, max(game.num_actions)), dtype=np.int64 if scale < 2**62 else object)
    for i, v in enumerate(vectors):
        if isinstance(v, int):
            weights[i, v] = scale
        else:
            weights[i, : len(v)] = [int(p * scale) for p in v]
    return weights, scale


def _assembled(
    game: PolymatrixGame, tables: Array, own: Array, denominator: int, arithmetic: Arithmetic
) -> PolymatrixGame:
    """The game with other numbers in its tables."""
    return _unpickled(
        game.pairs, tables, own, denominator, arithmetic, game.num_actions, game.players, game.actions, game.title
    )


def _unpickled(*values: Any) -> PolymatrixGame:
    result = object.__new__(PolymatrixGame)
    for name, value in zip(PolymatrixGame.__slots__, values, strict=True):
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        object.__setattr__(result, name, value)
    return result
