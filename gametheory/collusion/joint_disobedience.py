"""What a coalition may play instead of what a mediator recommends, when there are states and types.

With ψ(θ, t, a) the probability of the state θ, the types t and the recommendations a, a joint deviation of S replaces a by
(b_S, a_−S) and costs its member i

    Σ_{θ, t, a} ψ(θ, t, a) (u_i(θ, a) − u_i(θ, b_S, a_−S)),

whose coefficients are listed here. Members who pool everything choose b_S for each t_S and a_S, one deviation for each; members
who pool nothing agree beforehand on a plan, in which b_i depends on t_i and a_i alone.

Complexity: with pooling every entry of ψ once for each b_S; without, once for each of the ∏_{i∈S} m_i^{k_i m_i} plans.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.information.obedience_programme import Information

__all__ = ["JointDisobedience", "Pooling", "joint_disobedience"]

Pooling = Literal["everything", "nothing"]
Index = tuple[int, ...]
_Entry = tuple[int, int, Index, Index]
"""A column ψ(θ, t, a): its number, θ, t and a."""


@final
@dataclass(frozen=True, slots=True)
class JointDisobedience:
    """What a coalition plays instead: for each member by how much it loses, as coefficients of ψ(θ, t, a)."""

    name: str
    members: tuple[int, ...]
    group: Any  # with pooling, what the members are told: plans are made of one deviation in each group
    losses: tuple[dict[int, Fraction], ...]


def joint_disobedience(
    game: NormalFormGame, known: Information, family: tuple[Coalition, ...], pooling: Pooling
) -> Iterator[JointDisobedience]:
    """Every joint deviation of the coalitions of two and more."""
    types, sizes = known.num_types, game.num_actions[1:]
    places = itertools.product(range(game.num_actions[0]), np.ndindex(*types), np.ndindex(*sizes))
    entries: list[_Entry] = [(column, *place) for column, place in enumerate(places)]
    for coalition in family:
        members = tuple(sorted(coalition))
        own = [i - 1 for i in members]
        label = coalition_label(game, members)
        if pooling == "everything":
            groups: dict[tuple[Index, Index], list[_Entry]] = {}
            for entry in entries:
                _, _, t, a = entry
                groups.setdefault((tuple(t[i] for i in own), tuple(a[i] for i in own)), []).append(entry)
            for (t_s, told), part in groups.items():
                kinds = f" of types ({', '.join(str(x + 1) for x in t_s)})" if math.prod(types) > 1 else ""
                for b_s in itertools.product(*(range(sizes[i]) for i in own)):
                    if b_s != told:
                        heard, plays = (
                            ", ".join(game.actions[i][x] for i, x in zip(members, s, strict=True)) for s in (told, b_s)
                        )
                        name = f"{label}{kinds} told ({heard}) play ({plays})"
                        yield JointDisobedience(
                            name, members, (t_s, told), _losses(game, members, [(e, b_s) for e in part])
                        )
            continue
        choices = [itertools.product(range(sizes[i]), repeat=types[i] * sizes[i]) for i in own]
        for plans in itertools.product(*choices):
            if all(plan == tuple(range(sizes[i])) * types[i] for i, plan in zip(own, plans, strict=True)):
                continue
            played = [
                (entry, tuple(plan[entry[2][i] * sizes[i] + entry[3][i]] for i, plan in zip(own, plans, strict=True)))
                for entry in entries
            ]
            name = f"{label} agree: {'; '.join(_plan_texts(game, types, own, plans))}"
            yield JointDisobedience(name, members, None, _losses(game, members, played))


def _losses(
    game: NormalFormGame, members: tuple[int, ...], played: Iterable[tuple[_Entry, Index]]
) -> tuple[dict[int, Fraction], ...]:
    """What each member loses, as coefficients, where the members play other actions at these entries."""
    result: tuple[dict[int, Fraction], ...] = tuple({} for _ in members)
    for (column, state, _, a), actions in played:
        b = list(a)
        for i, action in zip(members, actions, strict=True):
            b[i - 1] = action
        for i, row in zip(members, result, strict=True):
            change = int(game.numerators[(i, state, *a)]) - int(game.numerators[(i, state, *b)])
            if change:
                row[column] = Fraction(change, game.denominator)
    return result


def _plan_texts(game: NormalFormGame, types: Index, own: list[int], plans: tuple[Index, ...]) -> Iterator[str]:
    for i, plan in zip(own, plans, strict=True):
        labels = game.actions[i + 1]
        for place, action in enumerate(plan):
            kind, told = divmod(place, len(labels))
            if told != action:
                of_type = f" of type {kind + 1}" if types[i] > 1 else ""
                yield f"{game.players[i + 1]}{of_type} told {labels[told]} plays {labels[action]}"
