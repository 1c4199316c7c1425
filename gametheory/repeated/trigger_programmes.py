"""The linear programmes behind trigger strategies, rebuilt by anybody from the stage game.

With the target's payoffs c, the reversion payoffs P, the signal's distribution π while all comply and π_ij after the
deviation j of player i, which gains g_ij > 0 at once, the probabilities x ∈ [0, 1]^Y of reversion deter everybody iff

    Σ_y ((c_i − P_i)(π_ij(y) − π(y)) − g_ij π(y)) x(y)  ≥  g_ij κ     for all i, j,     κ = (1 − δ)/δ.

*trigger_threshold* is max κ over κ and x (the smallest discount factor), *trigger_payoff* min Σ_y π(y) x(y) at a given κ (the
best payoff); as δ → 1 it is written in x/κ ≥ 0. Rows are named by the indices of player and action, columns by signals. P is
taken as given: that it is an equilibrium's is shown by a certificate of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_array_from_json, rational_array_to_json
from gametheory.equilibria.nash import is_nash_equilibrium
from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, expected_payoffs, pure_profile
from gametheory.repeated.repeated_game import check_signals

__all__ = [
    "Temptations",
    "incentive_rows",
    "question_arguments",
    "question_from_arguments",
    "trigger_payoff_programme",
    "trigger_temptations",
    "trigger_threshold_programme",
]

Vector = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class Temptations:
    """What tempts the players away from a target, and what the signals say about it.

    Attributes
    ----------
    stage : NormalFormGame
        Exact.
    target : tuple of int
    monitoring : Monitoring
        Exact.
    payoffs, reversion : tuple of Fraction
        c and P, one per player.
    compliance : tuple of Fraction
        π, the distribution of the signal while all comply.
    deviations : tuple of (player, action, gain, distribution)
        Those that gain at once.
    """

    stage: NormalFormGame
    target: tuple[int, ...]
    monitoring: Monitoring
    payoffs: Vector
    reversion: Vector
    compliance: Vector
    deviations: tuple[tuple[int, int, Fraction, Vector], ...]


def trigger_temptations(
    stage: NormalFormGame, target: Sequence[int | str], monitoring: Monitoring, *, reversion: Any
) -> Temptations:
    """What tempts players away from a pure target, in exact numbers.

    Parameters
    ----------
    reversion : profile, or n payoffs as a tuple of Fractions
        A stage equilibrium (checked exactly), or payoffs P that some equilibrium is known to have.

    Raises
    ------
    SpecificationError
        If the reversion is no equilibrium, or target and monitoring do not fit the game.
    """
    check_signals(stage, monitoring)
    game, signals = stage.exact(), monitoring.exact()
    index = pure_profile(game, target)
    if (
        isinstance(reversion, tuple)
        and len(reversion) == game.num_players
        and all(isinstance(x, Fraction) for x in reversion)
    ):
        floor: Vector = reversion
    else:
        profile = exact_mixed_profile(game, reversion)
        verdict = is_nash_equilibrium(game, profile, tol=0)
        if not verdict:
            raise SpecificationError(
                f"reversion: this is no stage equilibrium, a player gains {verdict.gain} by deviating; give an exact "
                "equilibrium"
            )
        floor = tuple(expected_payoffs(game, profile))
    payoffs = tuple(Fraction(int(game.numerators[(i, *index)]), game.denominator) for i in range(game.num_players))
    table = signals.probabilities
    found = []
    for i in range(game.num_players):
        for action in range(game.num_actions[i]):
            there = (*index[:i], action, *index[i + 1 :])
            gain = Fraction(int(game.numerators[(i, *there)]), game.denominator) - payoffs[i]
            if gain > 0:
                found.append((i, action, gain, tuple(table[there])))
    return Temptations(game, index, signals, payoffs, floor, tuple(table[index]), tuple(found))


def incentive_rows(asked: Temptations) -> list[tuple[str, list[Fraction], Fraction]]:
    """For each temptation its name, the coefficients of x, (c − P)(π_ij − π) − g π, and the gain g."""
    rows = []
    for i, action, gain, signals in asked.deviations:
        worth = asked.payoffs[i] - asked.reversion[i]
        row = [worth * (moved - kept) - gain * kept for moved, kept in zip(signals, asked.compliance, strict=True)]
        rows.append((f"player {i}, action {action}", row, gain))
    return rows


def question_arguments(asked: Temptations) -> dict[str, Any]:
    """What a programme needs beside the stage game, as JSON data."""
    table = asked.monitoring
    flat = RationalArray.of_integers(table.numerators.reshape(-1), table.denominator)
    return {
        "target": list(asked.target),
        "reversion": [exact_text(x) for x in asked.reversion],
        "signals": list(table.signals),
        "probabilities": rational_array_to_json(flat),
    }


def question_from_arguments(
    game: NormalFormGame, target: Sequence[int], reversion: Sequence[str], signals: Sequence[str], probabilities: Any
) -> Temptations:
    """The question that :func:`question_arguments` wrote down."""
    flat = rational_array_from_json(probabilities, where="arguments.probabilities")
    shape = (*game.num_actions, len(signals))
    if len(flat) != len(signals) * game.num_profiles:
        raise SpecificationError(
            f"arguments.probabilities: found {len(flat)} numbers, expected {len(signals) * game.num_profiles}, one for each "
            "profile and signal"
        )
    table = RationalArray.of_integers(flat.numerators.reshape(shape), flat.denominator)
    floor = tuple(exact(x, where=f"arguments.reversion[{i}]") for i, x in enumerate(reversion))
    return trigger_temptations(game, tuple(target), Monitoring(table, list(signals)), reversion=floor)


def trigger_threshold_programme(game: NormalFormGame, **arguments: Any) -> LinearProgramme:
    """max κ such that some x ∈ [0, 1]^Y deters every deviation; 0 if only x = 0 is left.

    Parameters
    ----------
    game : NormalFormGame
    arguments
        ``target``, ``reversion``, ``signals`` and ``probabilities``, as :func:`question_arguments` writes them.
    """
    asked = question_from_arguments(game, **arguments)
    size = asked.monitoring.num_signals
    rows: list[Any] = [
        (name, {**{y: a for y, a in enumerate(row) if a}, size: -gain}, ">=", 0)
        for name, row, gain in incentive_rows(asked)
    ]
    return LinearProgramme.from_rows(
        "max",
        [0] * size + [1],
        rows,
        upper=[1] * size + [None],
        column_names=[*(f"reversion after {y}" for y in asked.monitoring.signals), "impatience"],
        name="trigger_threshold",
        arguments=arguments,
        game_digest=asked.stage.digest(),
    )


def trigger_payoff_programme(game: NormalFormGame, *, impatience: str | None, **arguments: Any) -> LinearProgramme:
    """min Σ π x subject to the incentives at κ; as δ → 1 (κ ``None``) in x/κ, which has no upper bound."""
    asked = question_from_arguments(game, **arguments)
    size = asked.monitoring.num_signals
    kappa = Fraction(1) if impatience is None else exact(impatience, where="arguments.impatience")
    rows: list[Any] = [
        (name, {y: a for y, a in enumerate(row) if a}, ">=", gain * kappa) for name, row, gain in incentive_rows(asked)
    ]
    return LinearProgramme.from_rows(
        "min",
        list(asked.compliance),
        rows,
        upper=None if impatience is None else [1] * size,
        column_names=[f"reversion after {y}" for y in asked.monitoring.signals],
        name="trigger_payoff",
        arguments={**arguments, "impatience": impatience},
        game_digest=asked.stage.digest(),
    )
