"""The programmes behind :mod:`gametheory.collusion.deviation_welfare`: welfare after what a coalition gains by.

Welfare is the payoff of one more player with a single action, so that a joint deviation's effect on it is found with the
members' gains. Pure deviations are compared in integers; with shared randomness the extremes are linear programmes, solved
in rationals, and one more asks whether a strictly profitable distribution attains them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import profile_from_json, profile_to_json
from gametheory.certificates.gains import Blocking, StatusQuo, coalition_value
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_array_from_json, rational_array_to_json
from gametheory.collusion.joint_deviations import best_gain
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Play", "WelfareBound", "deviation_welfare_programme", "extended_profile", "welfare_range", "with_welfare"]

Array = NDArray[Any]
Sense = Literal["max", "min"]
Play = Literal["pure", "correlated"]


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WelfareBound:
    """The best, or worst, welfare over a target and the profitable joint deviations from it.

    Attributes
    ----------
    value : Fraction
    target : tuple
        The profile that is left, exactly.
    coalition : frozenset of int or None
        Who deviates; ``None`` where the target itself is best (worst).
    deviation : tuple of int, mapping or None
        What they play instead: an action for each, or a distribution over joint actions.
    gains : tuple of Fraction
        What each member gains by it.
    attained : bool
        Whether the deviation is profitable; if not, ones arbitrarily close to it are, and ``value`` is a supremum (infimum).
    """

    value: Fraction
    target: Any
    coalition: Coalition | None
    deviation: tuple[int, ...] | Mapping[tuple[int, ...], Fraction] | None
    gains: tuple[Fraction, ...]
    attained: bool


def deviation_welfare_programme(
    game: NormalFormGame,
    *,
    target: Any,
    coalition: Sequence[int],
    blocking: Blocking,
    member: int | None,
    sense: Sense,
    welfare: Any,
) -> LinearProgramme:
    """The best or worst expected welfare over what a coalition does without loss; the row builder ``"deviation_welfare"``.

    Parameters
    ----------
    target : JSON of a pure or mixed profile
    member : int or None
        Under "any": the member who may not lose.
    welfare : JSON of an array of rationals
        W at each pure profile in lexicographic order.
    """
    game = game.exact()
    values = rational_array_from_json(welfare, where="welfare")
    if len(values) != game.num_profiles:
        raise SpecificationError(
            f"welfare: found {len(values)} numbers; write one for each of {game.num_profiles} profiles"
        )
    table = RationalArray.of_integers(values.numerators.reshape(game.num_actions), values.denominator)
    status_quo = StatusQuo(with_welfare(game, table), extended_profile(profile_from_json(target, ("pure", "mixed"))))
    members = sorted(coalition)
    changes, denominator = status_quo.changes(members)
    flat = changes.reshape(len(changes), -1).astype(object)
    columns = range(flat.shape[1])
    if blocking == "transfer":
        limits = [("the members gain", flat[members].sum(axis=0))]
    elif blocking == "any":
        limits = [(f"player {member} gains", flat[member])]
    else:
        limits = [(f"player {i} gains", flat[i]) for i in members]
    rows: list[Any] = [("probabilities", dict.fromkeys(columns, 1), "==", 1)]
    for name, values in limits:
        rows.append((name, {c: Fraction(int(x), denominator) for c, x in enumerate(values) if x}, ">=", 0))
    return LinearProgramme.from_rows(
        sense,
        [Fraction(int(x), denominator) for x in flat[-1]],
        rows,
        constant=status_quo.expected_payoffs()[-1],
        name="deviation_welfare",
        arguments={
            "target": target,
            "coalition": members,
            "blocking": blocking,
            "member": member,
            "sense": sense,
            "welfare": welfare,
        },
        game_digest=game.digest(),
    )


def welfare_range(
    game: NormalFormGame,
    targets: Sequence[Any],
    table: RationalArray,
    allowed: Sequence[Coalition],
    blocking: Blocking,
    coordination: Play,
) -> tuple[WelfareBound, WelfareBound, tuple[DualityCertificate, ...]]:
    """Worst and best, and with shared randomness the bounds on every coalition's programmes."""
    extended = with_welfare(game.exact(), table)
    worst: WelfareBound | None = None
    best: WelfareBound | None = None
    proofs: list[DualityCertificate] = []
    for target in targets:
        status_quo = StatusQuo(extended, extended_profile(target))
        base = status_quo.expected_payoffs()[-1]
        stay = WelfareBound(value=base, target=target, coalition=None, deviation=None, gains=(), attained=True)
        worst = stay if worst is None or base < worst.value else worst
        best = stay if best is None or base > best.value else best
        for members in allowed:
            if coordination == "pure":
                found = _pure_extremes(status_quo, members, blocking, target, base)
            else:
                found, evidence = _correlated_extremes(game.exact(), table, status_quo, members, blocking, target)
                proofs += evidence
            if found is None:
                continue
            worst = found[0] if found[0].value < worst.value else worst
            best = found[1] if found[1].value > best.value else best
    assert worst is not None
    assert best is not None
    return worst, best, tuple(proofs)


def _pure_extremes(
    status_quo: StatusQuo, members: Coalition, blocking: Blocking, target: Any, base: Fraction
) -> tuple[WelfareBound, WelfareBound] | None:
    changes, denominator = status_quo.changes(members)
    own = changes[sorted(members)].reshape(len(members), -1)
    effect = changes[-1].reshape(-1)
    if blocking == "all":
        profitable = own.min(axis=0) > 0
    elif blocking == "any":
        profitable = own.max(axis=0) > 0
    else:
        profitable = own.sum(axis=0) > 0
        if blocking == "some":
            profitable &= own.min(axis=0) >= 0
    columns = np.flatnonzero(profitable)
    if not len(columns):
        return None
    bounds = []
    for k in (columns[int(np.argmin(effect[columns]))], columns[int(np.argmax(effect[columns]))]):
        bounds.append(
            WelfareBound(
                value=base + Fraction(int(effect[k]), denominator),
                target=target,
                coalition=members,
                deviation=tuple(int(j) for j in np.unravel_index(int(k), changes.shape[1:])),
                gains=tuple(Fraction(int(x), denominator) for x in own[:, k]),
                attained=True,
            )
        )
    return bounds[0], bounds[1]


def _correlated_extremes(
    game: NormalFormGame,
    table: RationalArray,
    status_quo: StatusQuo,
    members: Coalition,
    blocking: Blocking,
    target: Any,
) -> tuple[tuple[WelfareBound, WelfareBound] | None, list[DualityCertificate]]:
    from gametheory.optimize.exact import solve_exact

    if best_gain(status_quo, members, blocking, "correlated")[0] <= 0:
        return None, []
    own, denominator = status_quo.gains(members)
    flat = own.reshape(len(own), -1)
    choices: list[int | None] = [None]
    if blocking == "any":
        choices = [i for k, i in enumerate(sorted(members)) if int(flat[k].max()) > 0]
    written = profile_to_json(target)
    flat_table = RationalArray.of_integers(table.numerators.reshape(-1), table.denominator)
    welfare = rational_array_to_json(flat_table)
    senses: tuple[Sense, Sense] = ("min", "max")
    bounds, proofs = [], []
    for sense in senses:
        options = []
        for member in choices:
            programme = deviation_welfare_programme(
                game,
                target=written,
                coalition=sorted(members),
                blocking=blocking,
                member=member,
                sense=sense,
                welfare=welfare,
            )
            solution = solve_exact(programme)
            proofs.append(solution.certificate)
            options.append((solution.value, member, programme, solution.primal))
        chosen = (min if sense == "min" else max)(options, key=lambda option: option[0])
        value, member, programme, primal = chosen
        drawn = _most_profitable(programme, flat, denominator, value, blocking, member, sorted(members)) or primal
        gains = tuple(
            Fraction(
                sum((p * int(x) for p, x in zip(drawn.fractions(), row, strict=True) if p), Fraction(0)), denominator
            )
            for row in flat
        )
        worth = coalition_value(gains, blocking)
        joint = {
            tuple(int(j) for j in np.unravel_index(k, own.shape[1:])): p
            for k, p in enumerate(drawn.fractions().tolist())
            if p
        }
        bounds.append(
            WelfareBound(
                value=value,
                target=target,
                coalition=members,
                deviation=joint,
                gains=gains,
                attained=worth is not None and worth > 0,
            )
        )
    return (bounds[0], bounds[1]), proofs


def _most_profitable(
    programme: LinearProgramme,
    gains: Array,
    denominator: int,
    value: Fraction,
    blocking: Blocking,
    member: int | None,
    members: list[int],
) -> RationalArray | None:
    """Among the optimal distributions one that gains most, to see whether the optimum is attained; ``None`` if not."""
    from gametheory.optimize.exact import solve_exact

    size = programme.num_columns
    optimal = {c: programme.objective[c] for c in range(size) if programme.objective[c]}
    rows: list[Any] = [
        ("probabilities", dict.fromkeys(range(size), 1), "==", 1),
        ("optimal", optimal, "==", value - programme.constant),
    ]
    shares = [[Fraction(int(x), denominator) for x in row] for row in gains]
    if blocking in ("all", "some"):
        shift = {size: Fraction(-1)} if blocking == "all" else {}
        for k, row in enumerate(shares):
            rows.append((f"member {k}", {**{c: x for c, x in enumerate(row) if x}, **shift}, ">=", 0))
    if blocking == "all":
        objective = [Fraction(0)] * size + [Fraction(1)]
    elif blocking == "any":
        assert member is not None
        objective = [*shares[members.index(member)], Fraction(0)]
    else:
        objective = [*(sum(column, Fraction(0)) for column in zip(*shares, strict=True)), Fraction(0)]
    found = solve_exact(LinearProgramme.from_rows("max", objective, rows, name="most profitable"))
    return found.primal[:size] if found.value > 0 else None


def with_welfare(game: NormalFormGame, table: RationalArray) -> NormalFormGame:
    """The game with one more player, who has a single action and is paid the welfare."""
    common = math.lcm(game.denominator, table.denominator)
    payoffs = np.stack(
        [
            *(game.numerators[i].astype(object) * (common // game.denominator) for i in range(game.num_players)),
            table.numerators.astype(object) * (common // table.denominator),
        ]
    )[..., None]
    return NormalFormGame(RationalArray.of_integers(payoffs, common), [*game.players, "welfare of all"])


def extended_profile(target: Any) -> Any:
    """A profile of the game as one of the game with one more player."""
    return (*target, 0) if all(isinstance(part, int) for part in target) else (*target, (Fraction(1),))
