"""The programme of the cheapest deterrence, written out.

    minimise  Σ_i w_i d_i   subject to   0 ≤ d_i ≤ cap_i   and every incentive constraint of :mod:`.incentives`,

with x_i = c_i d_i and c_i = q_i − f_i. Where c_i ≤ 0 a deposit of i deters nothing, it can only tempt: it is fixed at 0.
Raising any deposit keeps every constraint, so that the constraints conflict with the caps iff a single one does.

* ``"transfer"``, ``"any"``: a linear programme, one row for each constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.gains import Blocking
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition
from gametheory.games.normal_form import NormalFormGame
from gametheory.oversight.incentives import Incentive, allowed_coalitions, incentives, read_outcomes
from gametheory.oversight.policy import Policy, per_player

__all__ = ["Deposits", "deterrence_programme"]

Caps = Sequence[Any] | Fraction | int | float | str | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Deposits:
    """A question of cheapest deterrence, read and checked: all numbers exact, one for each player.

    Attributes
    ----------
    game : NormalFormGame
        Exact.
    target : tuple of int
    blocking : "all", "some", "any" or "transfer"
    coalitions : tuple of frozenset
    detection_rate, false_alarm_rate, costs : tuple of Fraction
        ``costs`` are per unit of deposit, ≥ 0.
    caps : tuple of Fraction or None
        ``None``: no cap.
    outcomes : bool array of shape ``num_actions``, or None
    incentives : tuple of Incentive
    arguments : dict
        What :func:`deterrence_programme` was given, as JSON data.
    """

    game: NormalFormGame
    target: tuple[int, ...]
    blocking: Blocking
    coalitions: tuple[Coalition, ...]
    detection_rate: tuple[Fraction, ...]
    false_alarm_rate: tuple[Fraction, ...]
    caps: tuple[Fraction | None, ...]
    costs: tuple[Fraction, ...]
    outcomes: Any
    incentives: tuple[Incentive, ...]
    arguments: Mapping[str, Any]

    @classmethod
    def read(
        cls,
        game: NormalFormGame,
        target: Any,
        *,
        detection_rate: Any,
        false_alarm_rate: Any,
        blocking: Blocking,
        coalitions: Iterable[Iterable[int]] | None,
        deposit_caps: Caps,
        deposit_costs: Any,
        outcomes: Any,
    ) -> Deposits:
        """Check every argument of :func:`~gametheory.oversight.cheapest_deterrence` and find the constraints."""
        source = game.exact()
        n = source.num_players
        rates = Policy(detection_rate, false_alarm_rate)  # refuses what is no probability
        profile = source.action_indices(target)
        listed = None if coalitions is None else [sorted(members) for members in coalitions]
        family = allowed_coalitions(source, listed)
        marked = read_outcomes(source, outcomes)
        caps = _caps(deposit_caps, n)
        costs = per_player(1 if deposit_costs is None else deposit_costs, n, "deposit_costs")
        for i, cost in enumerate(costs):
            if cost < 0:
                raise SpecificationError(f"deposit_costs[{i}]: found {cost}; write a number ≥ 0")
        detection = per_player(rates.detection_rate, n, "detection_rate")
        false_alarm = per_player(rates.false_alarm_rate, n, "false_alarm_rate")
        arguments = {
            "target": list(profile),
            "blocking": blocking,
            "detection_rate": list(map(exact_text, detection)),
            "false_alarm_rate": list(map(exact_text, false_alarm)),
            "coalitions": None if listed is None else [sorted(members) for members in family],
            "deposit_caps": [None if cap is None else exact_text(cap) for cap in caps],
            "deposit_costs": list(map(exact_text, costs)),
            "outcomes": None if marked is None else np.flatnonzero(marked).tolist(),
        }
        found = incentives(source, profile, blocking=blocking, coalitions=family, outcomes=marked)
        return cls(source, profile, blocking, family, detection, false_alarm, caps, costs, marked, found, arguments)

    @property
    def rates(self) -> tuple[Fraction, ...]:
        """What a unit of deposit adds to the cost of moving: c_i = q_i − f_i, or 0 where that is negative."""
        return tuple(max(q - f, Fraction(0)) for q, f in zip(self.detection_rate, self.false_alarm_rate, strict=True))

    def limit(self, player: int) -> Fraction | None:
        """The largest deposit that makes sense: the cap, or 0 where deposits deter nothing."""
        return self.caps[player] if self.rates[player] > 0 else Fraction(0)


def deterrence_programme(
    game: NormalFormGame,
    target: Any,
    *,
    detection_rate: Any,
    false_alarm_rate: Any = 0,
    blocking: Blocking,
    coalitions: Iterable[Iterable[int]] | None = None,
    deposit_caps: Caps = None,
    deposit_costs: Any = None,
    outcomes: Any = None,
) -> LinearProgramme:
    """The linear programme that :func:`~gametheory.oversight.cheapest_deterrence` solves, from the game alone.

    Parameters
    ----------
    game : NormalFormGame
    target, detection_rate, false_alarm_rate, blocking, coalitions, deposit_caps, deposit_costs, outcomes
        As there.

    Returns
    -------
    LinearProgramme
        Its rows are named by coalition and deviation, its columns by player.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> programme = deterrence_programme(prisoners, ("C", "C"), detection_rate="1/2", blocking="transfer")
    >>> programme.row_names
    ('{Player 1}: Player 1 plays D', '{Player 2}: Player 2 plays D')
    """
    return programme_of(
        Deposits.read(
            game,
            target,
            detection_rate=detection_rate,
            false_alarm_rate=false_alarm_rate,
            blocking=blocking,
            coalitions=coalitions,
            deposit_caps=deposit_caps,
            deposit_costs=deposit_costs,
            outcomes=outcomes,
        )
    )


def programme_of(question: Deposits) -> LinearProgramme:
    """The programme of a question that was read."""
    game, rates = question.game, question.rates
    rows: list[Any] = []
    for incentive, name in zip(question.incentives, incentive_names(question), strict=True):
        rows.append((name, {i: rates[i] for i in incentive.payers if rates[i] > 0}, ">=", incentive.required))
    return LinearProgramme.from_rows(
        "min",
        question.costs,
        rows,
        upper=[question.limit(i) for i in range(game.num_players)],
        column_names=[f"deposit of {name}" for name in game.players],
        name="deterrence",
        arguments=question.arguments,
        game_digest=game.digest(),
    )


def incentive_names(question: Deposits) -> tuple[str, ...]:
    """A distinct name for each incentive constraint: who plays what, and under "any" whose gain it is."""
    game = question.game
    names = [
        incentive.describe(game)
        + (f" (gain of {game.players[incentive.payers[0]]})" if question.blocking == "any" else "")
        for incentive in question.incentives
    ]
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{name} (row {r})" for r, name in enumerate(names))  # labels can make two names equal


def _caps(caps: Caps, num_players: int) -> tuple[Fraction | None, ...]:
    if caps is None:
        return (None,) * num_players
    listed = isinstance(caps, (list, tuple, np.ndarray)) and not isinstance(caps, str)
    given: Any = list(caps) if listed else [caps] * num_players  # type: ignore[arg-type]
    if len(given) != num_players:
        raise SpecificationError(
            f"deposit_caps: found {len(given)} entries; write one number, or {num_players}, one per player (None: no cap)"
        )
    result: list[Fraction | None] = []
    for i, cap in enumerate(given):
        read = None if cap is None else exact(cap, where=f"deposit_caps[{i}]")
        if read is not None and read < 0:
            raise SpecificationError(f"deposit_caps[{i}]: found {read}; write a number ≥ 0, or None for no cap")
        result.append(read)
    return tuple(result)
