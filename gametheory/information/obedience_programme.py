"""The linear programme of persuasion: recommendations that receivers obey, and what they leave the sender.

Given the joint distribution J(θ, t) of states and of what the receivers know, the columns are ψ(g, t, a) ≥ 0, the
probability that the state is in the group g of states, the types are t and the actions a are recommended:

    maximise    Σ ψ(g, t, a) v(g, t, a)
    subject to  Σ_a ψ(g, t, a) = J(g, t)                                              for all g, t
                Σ ψ(g, t, a) (u_i(g, t, a) − u_i(g, t, b, a_−i)) ≥ 0                  (obedience)

where v and u_i are averages over the states of the group. For the best disclosure every state is a group of its own; for
no disclosure all states are one group; for full disclosure every state is a group, and receivers know it, so that each
has its own obedience rows. The sum of an obedience row is over all that the receiver does not see: with *private*
recommendations there is a row for every receiver i, type t_i, action a_i told and other action b; with *public* ones
(receivers without types) for every recommended profile a, whose part of ψ must be a pure equilibrium at its posterior.

References: D. Bergemann and S. Morris (2016), Bayes correlated equilibrium and the comparison of information structures
in games, Theoretical Economics 11, section 2; E. Kamenica and M. Gentzkow (2011), Bayesian persuasion, American
Economic Review 101.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.information.distributions import read_channel, read_distribution

__all__ = ["Disclosure", "Information", "Signals", "persuasion_programme", "read_information"]

Array = NDArray[Any]
Signals = Literal["private", "public"]
Disclosure = Literal["optimal", "none", "full"]
Index = tuple[int, ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Information:
    """Who knows what before the sender speaks.

    Attributes
    ----------
    prior : array of Fraction, shape (number of states,)
    joint : array of Fraction, shape (number of states, k_1, …, k_n)
        Probability of a state and what the receivers know; all k_i = 1 where they know nothing.
    """

    prior: Array
    joint: Array

    @property
    def num_types(self) -> Index:
        return tuple(self.joint.shape[1:])


def read_information(game: NormalFormGame, prior: Any, information: Any) -> Information:
    """The prior over the first player's actions, which are the states, and what the receivers know of them.

    Parameters
    ----------
    information : None or array_like, shape (number of states, k_1, …, k_n)
        For each state the distribution of the receivers' types.
    """
    if game.num_players < 2:
        raise SpecificationError(
            f"game: found {game.num_players} player; the first player's actions are the states, all others receive"
        )
    states, receivers = game.num_actions[0], game.num_players - 1
    _, weights = read_distribution(prior, where="prior", size=states)
    known = weights.fractions()
    if information is None:
        return Information(known, known.reshape((states,) + (1,) * receivers))
    shape = np.shape(information)
    if len(shape) != receivers + 1 or shape[0] != states or min(shape) < 1:
        raise SpecificationError(
            f"information: found shape {shape}; write the {states} states first, then an axis with the types of each of "
            f"the {receivers} receivers"
        )
    rows = read_channel(np.asarray(information).reshape(states, -1), where="information").rows.fractions()
    return Information(known, (rows * known[:, None]).reshape(shape))


def persuasion_programme(
    game: NormalFormGame,
    *,
    prior: Any,
    signals: Signals = "private",
    disclosure: Disclosure = "optimal",
    information: Any = None,
) -> LinearProgramme:
    """The programme of the module; the row builder ``"persuasion"``.

    Parameters
    ----------
    game : NormalFormGame
        The first player's actions are the states and its payoffs the sender's; all others are receivers.
    prior, signals, disclosure, information
        As in :func:`gametheory.information.optimal_persuasion`.

    Raises
    ------
    SpecificationError
        An unknown word, a prior or information of another shape, or a programme too large for the memory at hand.
    UnsupportedError
        Public signals to receivers who know something.
    """
    if signals not in ("private", "public"):
        raise SpecificationError(f"signals: found {signals!r}; write 'private' or 'public'")
    if disclosure not in ("optimal", "none", "full"):
        raise SpecificationError(f"disclosure: found {disclosure!r}; write 'optimal', 'none' or 'full'")
    game = game.exact()
    known = read_information(game, prior, information)
    if signals == "public" and math.prod(known.num_types) > 1:
        raise UnsupportedError("public signals to receivers with types are not treated; use signals='private'")
    states, sizes, types = game.num_actions[0], game.num_actions[1:], known.num_types
    groups = [list(range(states))] if disclosure == "none" else [[s] for s in range(states)]
    cells = list(itertools.product(range(len(groups)), np.ndindex(*types)))
    profiles = list(np.ndindex(*sizes))
    refuse_if_too_large(
        len(cells) * len(profiles) * (2 + sum(m - 1 for m in sizes)), 300, "the programme of persuasion"
    )
    worth = [[_average(game, known, groups[g], t, i) for i in range(game.num_players)] for g, t in cells]

    def column(cell: int, profile: Index) -> int:
        return cell * len(profiles) + int(np.ravel_multi_index(profile, sizes))

    rows: list[tuple[str, dict[int, Any], Sense, Any]] = []
    for k, (g, t) in enumerate(cells):
        name = ("states" if disclosure == "none" else f"state {game.actions[0][g]}") + _types_text(types, t)
        total = sum((known.joint[(s, *t)] for s in groups[g]), Fraction(0))
        rows.append((name, {k * len(profiles) + p: 1 for p in range(len(profiles))}, "==", total))
    for name, members, i, plays in _obedience(game, cells, profiles, types, signals, disclosure):
        entries = {}
        for k, a in members:
            table = worth[k][i + 1]
            entries[column(k, a)] = table[a] - table[(*a[:i], plays, *a[i + 1 :])]
        rows.append((name, entries, ">=", 0))
    names = told_apart([row[0] for row in rows])
    labels = [", ".join(game.actions[j + 1][m] for j, m in enumerate(a)) for a in profiles]
    arguments: dict[str, Any] = {
        "prior": [exact_text(p) for p in known.prior],
        "signals": signals,
        "disclosure": disclosure,
    }
    if information is not None:
        arguments["information"] = np.vectorize(exact_text, otypes=[object])(
            RationalArray.from_values(information, where="information").fractions()
        ).tolist()
    return LinearProgramme.from_rows(
        "max",
        [worth[k][0][a] for k in range(len(cells)) for a in profiles],
        [(name, *row[1:]) for name, row in zip(names, rows, strict=True)],
        column_names=[f"{rows[k][0]}: {label}" for k in range(len(cells)) for label in labels],
        name="persuasion",
        arguments=arguments,
        game_digest=game.digest(),
    )


def _average(game: NormalFormGame, known: Information, group: list[int], t: Index, player: int) -> Array:
    """A player's payoffs at each profile of the receivers, averaged over the states of a group given the types."""
    weights = [known.joint[(s, *t)] for s in group]
    total = sum(weights, Fraction(0))
    if not total:  # a cell of probability 0, whose columns are 0: any weights will do
        weights, total = [Fraction(1)] * len(group), Fraction(len(group))
    tables = game.numerators[player].astype(object)
    mixed = sum((tables[s] * w for s, w in zip(group, weights, strict=True)), Fraction(0))
    return np.asarray(mixed / (total * game.denominator))


def _obedience(
    game: NormalFormGame,
    cells: list[tuple[int, Index]],
    profiles: list[Index],
    types: Index,
    signals: Signals,
    disclosure: Disclosure,
) -> Iterator[tuple[str, list[tuple[int, Index]], int, int]]:
    """For each obedience row its name, the cells and profiles it sums over, the receiver, and what it plays instead."""
    seen = range(game.num_actions[0]) if disclosure == "full" else [None]
    for g, i in itertools.product(seen, range(len(types))):
        own = [k for k, (group, _) in enumerate(cells) if g is None or group == g]
        where = "" if g is None else f" in state {game.actions[0][g]}"
        name, actions = game.players[i + 1], game.actions[i + 1]
        told: dict[Any, tuple[str, list[tuple[int, Index]]]] = {}
        for a in profiles if signals == "public" else ():
            others = ", ".join(game.actions[j + 1][m] for j, m in enumerate(a))
            told[a] = (f"{name}{where} told ({others})", [(k, a) for k in own])
        if signals == "private":
            for t, action in np.ndindex(types[i], len(actions)):
                members = [(k, a) for k in own if cells[k][1][i] == t for a in profiles if a[i] == action]
                kind = f" of type {t + 1}" if types[i] > 1 else ""
                told[t, action] = (f"{name}{kind}{where} told {actions[action]}", members)
        for text, members in told.values():
            for b in range(len(actions)):
                if members and members[0][1][i] != b:
                    yield f"{text} plays {actions[b]}", members, i, b


def _types_text(types: Index, t: Index) -> str:
    return "" if math.prod(types) == 1 else f", types {', '.join(str(k + 1) for k in t)}"
