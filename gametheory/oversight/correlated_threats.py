"""Joint deviations with shared randomness that still pay, and the weights that show that none does.

A coalition S that draws its joint action from a distribution p gains G_i = Σ_a p(a) (u_i(a, a*) − u_i(a*)) for its member i,
who moves with probability P_i. Where moving costs x_i the draw fails to pay as soon as one mover has x_i ≥ G_i / P_i ("some":
more). For given x

    all:  max ν  s.t.  Σ_a p(a) h_i(a) ≥ ν for all i        some:  max Σ_i Σ_a p(a) h_i(a)  s.t.  Σ_a p(a) h_i(a) ≥ 0 for all i

over distributions p, with h_i(a) = u_i(a, a*) − u_i(a*) − x_i 1[i moves], finds a draw that pays, or multipliers that prove
that none does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.deterrence import net_gains
from gametheory.certificates.gains import StatusQuo
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.threats import Threat
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.values import compared_by
from gametheory.oversight.incentives import Incentive

__all__ = ["Draws", "coalition_draws", "incentive_of"]


@final
@compared_by("members", "joints", "gains", "rule")
@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """The joint actions of one coalition in which somebody moves, and what each brings before forfeits."""

    members: tuple[int, ...]
    joints: tuple[tuple[int, ...], ...]
    moves: tuple[tuple[bool, ...], ...]  # by joint action, then member
    gains: tuple[tuple[Fraction, ...], ...]  # by joint action, then member
    rule: Literal["all", "some"]

    def answer(self, costs: Sequence[Fraction]) -> Threat | tuple[Fraction, ...]:
        """A draw that pays where moving costs ``costs``, or weights of the members that show that none does."""
        net = [
            [g - (costs[i] if moving else 0) for i, g, moving in zip(self.members, own, moves, strict=True)]
            for own, moves in zip(self.gains, self.moves, strict=True)
        ]
        found = self._best(net, least=True)  # draws that please everybody strictly demand more of their movers
        if self.rule == "some" and not isinstance(found, Threat):
            found = self._best(net, least=False)
        return found

    def _best(self, net: list[list[Fraction]], *, least: bool) -> Threat | tuple[Fraction, ...]:
        from gametheory.optimize.exact import solve_exact

        count = len(self.joints)
        rows: list[Any] = []
        for k in range(len(self.members)):
            row: dict[int, Any] = {a: own[k] for a, own in enumerate(net) if own[k]}
            if least:
                row[count] = -1
            rows.append((f"member {k}", row, ">=", 0))
        rows.append(("at most a distribution", dict.fromkeys(range(count), 1), "<=", 1))
        objective = [Fraction(0)] * count + [Fraction(1)] if least else [sum(own, Fraction(0)) for own in net]
        programme = LinearProgramme.from_rows("max", objective, rows, lower=[0] * count + [None] * least)
        solution = solve_exact(programme)
        if solution.value <= 0:
            extra = 0 if least else 1
            return tuple(extra - solution.row_duals[k] for k in range(len(self.members)))
        plays = [(joint, solution.primal[a]) for a, joint in enumerate(self.joints) if solution.primal[a]]
        total = sum((p for _, p in plays), Fraction(0))
        return Threat(frozenset(self.members), tuple((joint, p / total) for joint, p in plays))


def coalition_draws(
    game: NormalFormGame, target: tuple[int, ...], coalitions: Sequence[Coalition], rule: Literal["all", "some"]
) -> tuple[Draws, ...]:
    """The draws of every coalition that can move."""
    found = []
    nothing = (Fraction(0),) * game.num_players
    for one in net_gains(StatusQuo(game, target), target, coalitions, nothing):
        gains = [tuple(Fraction(int(x), one.denominator) for x in column) for column in one.numerators.T.tolist()]
        moves = [tuple(column) for column in one.moves.T.tolist()]
        joints = [tuple(joint) for joint in one.joints.tolist()]
        found.append(Draws(one.members, tuple(joints), tuple(moves), tuple(gains), rule))
    return tuple(found)


def incentive_of(
    threat: Threat, known: Mapping[Coalition, Draws], game: NormalFormGame
) -> tuple[Incentive, str] | None:
    """What a draw demands of its movers, and its name; ``None`` if it does not pay without deposits.

    Raises
    ------
    SpecificationError
        If it is no distribution over joint actions of a listed coalition in which somebody moves.
    """
    draws = known.get(threat.coalition)
    if draws is None:
        raise SpecificationError(f"threats: the coalition {sorted(threat.coalition)} may not form; take one that may")
    places = {joint: k for k, joint in enumerate(draws.joints)}
    if any(joint not in places or p <= 0 for joint, p in threat.plays) or sum(p for _, p in threat.plays) != 1:
        raise SpecificationError("threats: write a distribution over joint actions in which somebody moves")
    count = len(draws.members)
    gains, moving = [Fraction(0)] * count, [Fraction(0)] * count
    for joint, p in threat.plays:
        a = places[joint]
        for k in range(count):
            gains[k] += p * draws.gains[a][k]
            moving[k] += p * draws.moves[a][k]
    movers = [k for k in range(count) if moving[k]]
    stay = [gains[k] for k in range(count) if not moving[k]]
    strict = draws.rule == "all"
    if (min(gains) <= 0) if strict else (min(gains) < 0 or not any(gains)):
        return None
    thresholds = tuple(gains[k] / moving[k] for k in movers)
    who = tuple(draws.members[k] for k in movers)
    likeliest = max(threat.plays, key=lambda pair: pair[1])[0]
    incentive = Incentive(
        coalition=threat.coalition,
        movers=who,
        outcome=likeliest,
        payers=who,
        gains=thresholds,
        required=min(thresholds),
        closed=not strict and not any(stay),
    )
    listed = "; ".join(
        f"{p}: "
        + ", ".join(f"{game.players[i]} plays {game.actions[i][b]}" for i, b in zip(draws.members, joint, strict=True))
        for joint, p in threat.plays
    )
    return incentive, f"{coalition_label(game, threat.coalition)}: a draw of {listed}"
