"""Rationalisable actions, with a belief for each of them and a reason against each of the others.

R_i(0) = A_i, and R_i(k+1) holds the actions of R_i(k) that are best replies to some belief about ∏_{j≠i} R_j(k); what is
left when nothing changes any more is rationalisable (B. D. Bernheim 1984; D. G. Pearce 1984). The beliefs matter:

* ``"correlated"``: any distribution over the others' profiles. An action is a best reply to one iff no mixture strictly
  dominates it (Pearce 1984, lemma 3), so that this is iterated strict dominance; belief and mixture are dual solutions
  of one linear programme.
* ``"independent"``: a product of distributions, as in the papers. The same with two players. With more it is a max-min of
  multilinear functions, max over products p of min_b [u_i(a, p) − u_i(b, p)] ≥ 0, which is not convex: decided by
  subdivision (:mod:`gametheory.optimize.global_bounds`), from below by an exact belief, from above by a mixture for each
  cell. An action for which the maximum is 0 or nearly so can stay undecided.
* ``"pure"``: a single profile; point-rationalisable actions (Bernheim 1984).

Pure ⊆ independent ⊆ correlated, and every action in the support of a Nash equilibrium is in the second.

Complexity: for correlated beliefs a linear programme in m_i columns and ∏_{j≠i} m_j rows for an action that is no best
reply to a pure profile; for pure ones a pass over the payoff table in each round; for independent ones exponential.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.rationalisability import Belief, RationalisabilityCertificate, Removal, advantages
from gametheory.certificates.team_bounds import leaf_bounds, team_guarantee
from gametheory.equilibria.dominance import dominance_programme, iterated_elimination
from gametheory.equilibria.rationalisability_results import Beliefs, Key, Rationalisability, Sets
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["rationalisable_actions"]

Array = NDArray[Any]

MAX_CELLS = 2_000
"""Default of ``max_cells``."""

GAPS = (0.1, 1e-2, 1e-3, 1e-4, 1e-6)
"""Shares of the span of advantages to which their max-min is enclosed, in turn, until its sign is known."""

DENOMINATORS = (1, 2, 3, 4, 6, 10, 12, 60, 1000, 2**20, 2**40)
"""To which a belief of floats is rounded, in turn."""


def rationalisable_actions(
    game: NormalFormGame, *, beliefs: Beliefs = "correlated", max_cells: int = MAX_CELLS
) -> Rationalisability:
    """The actions that rationality and common belief in rationality leave to each player, certified.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats, any number of players.
    beliefs : "correlated", "independent" or "pure"
        What a player may believe about the others' play: any distribution over their profiles, a product of
        distributions, or one profile.
    max_cells : int ≥ 1
        For independent beliefs of three or more players: cells of the subdivision for an action (a millisecond each),
        before it is left undecided.

    Returns
    -------
    Rationalisability
        With a belief for each rationalisable action, to which it is a best reply and which gives positive probability
        to rationalisable actions only; and evidence against each of the others.

    Raises
    ------
    UnsupportedError
        If the game is symbolic.
    SpecificationError
        Other beliefs, a limit out of range, or a programme too large for the memory at hand.

    Examples
    --------
    A game of Bernheim (1984): a mixture of b1 and b3 is better than b4; without b4 there is no reason to play a4.

    >>> game = NormalFormGame.from_bimatrix(
    ...     [[0, 2, 7, 0], [5, 3, 5, 0], [7, 2, 0, 0], [0, 0, 0, 10]],
    ...     [[7, 5, 0, 1], [2, 3, 2, 1], [0, 5, 7, 1], [0, -2, 0, -1]],
    ...     actions=[["a1", "a2", "a3", "a4"], ["b1", "b2", "b3", "b4"]])
    >>> found = rationalisable_actions(game)
    >>> found
    Rationalisability(correlated beliefs, certified: {a1, a2, a3} × {b1, b2, b3})
    >>> found.certificate.verify(), [str(p) for p in found.belief("Player 1", "a2")]
    (True, ['0', '1', '0', '0'])
    """
    if beliefs not in ("correlated", "independent", "pure"):
        raise SpecificationError(f"beliefs: found {beliefs!r}; write 'correlated', 'independent' or 'pure'")
    check_count("max_cells", max_cells)
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so best replies depend on them; substitute values")
    if beliefs == "pure":
        return _result(game, game, beliefs, *_point_rationalisable(game))
    exact_game = game.exact()
    rounds, remaining = _undominated(exact_game)
    if beliefs == "independent" and game.num_players > 2:
        rounds, remaining, witnesses = _independent(exact_game, rounds, remaining, max_cells)
    else:
        witnesses = _correlated_beliefs(exact_game, remaining)
        if beliefs == "independent":
            witnesses = {key: _as_product(exact_game, belief) for key, belief in witnesses.items()}
    return _result(game, exact_game, beliefs, rounds, remaining, witnesses)


def _result(
    game: NormalFormGame,
    certified_game: NormalFormGame,
    beliefs: Beliefs,
    rounds: Sequence[Sequence[Removal]],
    remaining: Sets,
    witnesses: dict[Key, Belief],
) -> Rationalisability:
    kept = tuple(tuple(a for a in own if (i, a) in witnesses) for i, own in enumerate(remaining))
    return Rationalisability(
        game=game,
        beliefs=beliefs,
        actions=kept,
        undecided=tuple(tuple(a for a in own if (i, a) not in witnesses) for i, own in enumerate(remaining)),
        rounds=tuple(tuple((item.player, item.action) for item in items) for items in rounds),
        certificate=RationalisabilityCertificate(
            beliefs,
            tuple(map(tuple, rounds)),
            kept,
            tuple(witnesses[i, a] for i, own in enumerate(kept) for a in own),
            certified_game,
        ),
    )


def _without(remaining: Sets, gone: set[Key]) -> Sets:
    return tuple(tuple(a for a in own if (i, a) not in gone) for i, own in enumerate(remaining))


# -- pure and correlated beliefs ---------------------------------------------------------------------------------------


def _own_table(game: NormalFormGame, player: int, remaining: Sequence[Sequence[int]]) -> Array:
    """The player's payoffs: a row for each of his actions, a column for each profile of what remains of the others."""
    axes = [range(m) if j == player else remaining[j] for j, m in enumerate(game.num_actions)]
    table = np.moveaxis(game.numerators[player][np.ix_(*axes)], player, 0)
    return np.asarray(table.reshape(len(table), -1))


def _others(player: int, remaining: Sequence[Sequence[int]], column: int) -> tuple[int, ...]:
    """The profile of the others that a column stands for."""
    sets = [own for j, own in enumerate(remaining) if j != player]
    index = np.unravel_index(column, [len(own) for own in sets]) if sets else ()
    return tuple(own[int(k)] for own, k in zip(sets, index, strict=True))


def _pure_beliefs(game: NormalFormGame, player: int, remaining: Sets) -> dict[Key, Belief]:
    """For each action that remains and is a best reply to some profile, the first such profile."""
    table = _own_table(game, player, remaining)
    best = np.asarray(table == table.max(axis=0)).astype(np.bool_)
    found = {}
    for a in remaining[player]:
        if best[a].any():
            profile = _others(player, remaining, int(best[a].argmax()))
            found[player, a] = Belief(player, a, ((profile, Fraction(1)),))
    return found


def _point_rationalisable(game: NormalFormGame) -> tuple[list[list[Removal]], Sets, dict[Key, Belief]]:
    remaining: Sets = tuple(tuple(range(m)) for m in game.num_actions)
    rounds: list[list[Removal]] = []
    while True:
        witnesses: dict[Key, Belief] = {}
        for i in range(game.num_players):
            witnesses |= _pure_beliefs(game, i, remaining)
        removals = [Removal(i, a) for i, own in enumerate(remaining) for a in own if (i, a) not in witnesses]
        if not removals:
            return rounds, remaining, witnesses
        rounds.append(removals)
        remaining = _without(remaining, {(item.player, item.action) for item in removals})


def _undominated(game: NormalFormGame) -> tuple[list[list[Removal]], Sets]:
    found = iterated_elimination(game)
    rounds = [[Removal(item.player, item.action, (None,), (item.mixture,)) for item in items] for items in found.rounds]
    return rounds, found.remaining


def _correlated_beliefs(game: NormalFormGame, remaining: Sets) -> dict[Key, Belief]:
    """For each action that remains, none of which is dominated, a belief about what remains to which it is a best reply."""
    from gametheory.optimize.exact import solve_exact

    index = np.ix_(range(game.num_players), *remaining)
    part = NormalFormGame(RationalArray.of_integers(game.numerators[index], game.denominator))
    witnesses: dict[Key, Belief] = {}
    for i, own in enumerate(remaining):
        witnesses |= _pure_beliefs(game, i, remaining)
        columns = math.prod(len(sets) for j, sets in enumerate(remaining) if j != i)
        for position, a in enumerate(own):
            if (i, a) not in witnesses:
                solution = solve_exact(dominance_programme(part, player=i, action=position))
                # The multipliers of the rows "against a_−i" are a belief: no expected payoff is above the action's.
                pairs = [(_others(i, remaining, k), -solution.row_duals[1 + k]) for k in range(columns)]
                witnesses[i, a] = Belief(i, a, tuple((profile, p) for profile, p in pairs if p))
    return witnesses


# -- independent beliefs -----------------------------------------------------------------------------------------------


def _as_product(game: NormalFormGame, belief: Belief) -> Belief:
    """A belief about one other player, or about one profile, as a vector for each of the others."""
    others = [m for j, m in enumerate(game.num_actions) if j != belief.player]
    vectors = [[Fraction(0)] * m for m in others]
    for profile, p in belief.support:
        for vector, k in zip(vectors, profile, strict=True):
            vector[k] += p if len(others) == 1 else Fraction(1)
    return Belief(belief.player, belief.action, (), tuple(map(tuple, vectors)))


def _independent(
    game: NormalFormGame, rounds: list[list[Removal]], remaining: Sets, max_cells: int
) -> tuple[list[list[Removal]], Sets, dict[Key, Belief]]:
    """Further rounds, in which no product is left to believe in; and beliefs about actions that have some themselves."""
    while True:
        witnesses, removals = _decided(game, remaining, max_cells, {})
        if not removals:
            break
        rounds = [*rounds, removals]
        remaining = _without(remaining, {(item.player, item.action) for item in removals})
    kept = remaining
    while True:
        kept = tuple(tuple(a for a in own if (i, a) in witnesses) for i, own in enumerate(kept))
        sound = {key: belief for key, belief in witnesses.items() if _is_about(belief, kept)}
        if len(sound) == len(witnesses):
            return rounds, remaining, witnesses
        witnesses, _ = _decided(game, kept, max_cells, sound)


def _is_about(belief: Belief, kept: Sets) -> bool:
    others = [own for j, own in enumerate(kept) if j != belief.player]
    return all(
        not p or k in own for own, vector in zip(others, belief.vectors, strict=True) for k, p in enumerate(vector)
    )


def _decided(
    game: NormalFormGame, remaining: Sets, max_cells: int, known: dict[Key, Belief]
) -> tuple[dict[Key, Belief], list[Removal]]:
    """Beliefs about what remains for some of the actions, and evidence that others have none."""
    witnesses, removals = dict(known), []
    if not all(remaining):
        return {}, []
    for i, own in enumerate(remaining):
        pure = _pure_beliefs(game, i, remaining)
        for a in own:
            if (i, a) in witnesses:
                continue
            if (i, a) in pure:
                witnesses[i, a] = _as_product(game, pure[i, a])
                continue
            found = _searched(game, i, a, remaining, max_cells)
            if isinstance(found, Belief):
                witnesses[i, a] = found
            elif found is not None:
                removals.append(found)
    return witnesses, removals


def _searched(
    game: NormalFormGame, player: int, action: int, remaining: Sets, max_cells: int
) -> Belief | Removal | None:
    """The sign of the max-min advantage over product beliefs: an exact belief, a subdivision, or neither."""
    from gametheory.optimize.global_bounds import bound_multilinear_maximin

    table = advantages(game, player, action, remaining)
    least, largest = int(table.numerators.min()), int(table.numerators.max())
    scaled = RationalArray.of_integers(table.numerators.astype(object) - least, max(largest - least, 1)).floats()
    rivals = [b for b in range(len(scaled)) if b != action]
    for gap in GAPS:
        search = bound_multilinear_maximin(scaled[rivals], gap=gap, max_cells=max_cells)
        for vectors in _roundings(search.point):
            if team_guarantee(table, vectors) >= 0:
                return Belief(player, action, (), _widened(game, player, remaining, vectors))
        rows = [_spread(row, rivals, len(scaled)) for row in search.weights]
        if max(leaf_bounds(table, search.splits, rows)) < 0:
            mixtures = tuple(tuple(Fraction(w, sum(row)) for w in row) for row in rows)
            return Removal(player, action, search.splits, mixtures)
        if search.stopped != "gap":
            return None
    return None


def _spread(row: Sequence[int], rivals: Sequence[int], size: int) -> list[int]:
    weights = [0] * size
    for b, w in zip(rivals, row, strict=True):
        weights[b] = w
    return weights


def _roundings(point: Sequence[Array]) -> Iterator[tuple[tuple[Fraction, ...], ...]]:
    """Rational distributions near vectors of floats, with denominators from small to large."""
    for largest in DENOMINATORS:
        rounded = []
        for vector in point:
            parts = [Fraction(max(p, 0.0)).limit_denominator(largest) for p in vector.tolist()]
            parts[int(np.argmax(vector))] += 1 - sum(parts)
            rounded.append(tuple(parts))
        if all(min(parts) >= 0 for parts in rounded):
            yield tuple(rounded)


def _widened(
    game: NormalFormGame, player: int, remaining: Sets, vectors: Sequence[Sequence[Fraction]]
) -> tuple[tuple[Fraction, ...], ...]:
    """Distributions over what remains as distributions over all actions."""
    others = [j for j in range(game.num_players) if j != player]
    result = []
    for j, vector in zip(others, vectors, strict=True):
        full = [Fraction(0)] * game.num_actions[j]
        for k, p in zip(remaining[j], vector, strict=True):
            full[k] = p
        result.append(tuple(full))
    return tuple(result)
