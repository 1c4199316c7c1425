"""The cheapest deposits that deter in each of finitely many scenarios of detection rates.

Under "transfer" and "any" a linear programme with the rows of every scenario; under "all" a programme over the levels that
deposits can take (:mod:`.deterrence_programme`), in which each deviation must be held back in each scenario, perhaps by another
mover. Both are solved exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.scenarios import ScenariosCertificate
from gametheory.errors import InfeasibleError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.values import compared_by
from gametheory.optimize.design_bounds import DesignBounds
from gametheory.oversight.deterrence_programme import Deposits, Steps, incentive_names, levels, thresholds
from gametheory.oversight.margin import deterrence_certificate
from gametheory.oversight.policy import Policy

__all__ = ["ScenarioQuestion", "scenario_deterrence", "scenario_deterrence_programme"]


@final
@compared_by("questions")
@dataclass(frozen=True, slots=True, eq=False)
class ScenarioQuestion:
    """The same question of deterrence at several vectors of rates."""

    questions: tuple[Deposits, ...]
    arguments: Mapping[str, Any]

    @classmethod
    def read(
        cls, game: NormalFormGame, target: Any, scenarios: Sequence[Sequence[Fraction]], options: Mapping[str, Any]
    ) -> ScenarioQuestion:
        if options["blocking"] == "some":
            raise UnsupportedError(
                "robust_deterrence: 'some' with scenarios is not offered; take 'all' (no dearer), 'transfer' (no cheaper), or "
                "RateIntervals"
            )
        questions = tuple(
            Deposits.read(game, target, detection_rate=list(rates), outcomes=None, **options) for rates in scenarios
        )
        arguments = {key: value for key, value in questions[0].arguments.items() if key != "detection_rate"}
        return cls(questions, {**arguments, "scenarios": [[exact_text(q) for q in rates] for rates in scenarios]})


def scenario_deterrence_programme(
    game: NormalFormGame, target: Any, *, scenarios: Any, outcomes: Any = None, **options: Any
) -> LinearProgramme:
    """The programme that :func:`~gametheory.oversight.robust_deterrence` solves for scenarios, from the game alone.

    Parameters
    ----------
    scenarios : sequence of vectors of n rates
    options : false_alarm_rate, blocking, coalitions, deposit_caps, deposit_costs
    """
    from gametheory.oversight.rate_uncertainty import RateScenarios

    return _programme(ScenarioQuestion.read(game, target, RateScenarios(scenarios).rates, options))


def scenario_deterrence(asked: ScenarioQuestion, time_limit: float | None) -> DesignBounds:
    """The cheapest deposits, exactly."""
    from gametheory.optimize.exact import solve_exact
    from gametheory.optimize.exact_milp import solve_exact_milp

    first, programme = asked.questions[0], _programme(asked)
    binding: Mapping[str, Fraction] = {}
    try:
        if first.blocking == "all":
            found: Any = solve_exact_milp(programme, time_limit=time_limit)
            deposits = _steps(asked).deposits(found.primal)
        else:
            found = solve_exact(programme, time_limit=time_limit)
            deposits = tuple(found.primal[i] for i in range(first.game.num_players))
            binding = found.binding
    except InfeasibleError as error:
        raise InfeasibleError(
            f"no deposits within the caps deter in all {len(asked.questions)} scenarios: raise the caps, leave a scenario out, "
            "or allow fewer coalitions",
            certificate=error.certificate,
        ) from None
    claims = tuple(
        deterrence_certificate(
            first.game,
            Policy(list(one.detection_rate), list(one.false_alarm_rate), list(deposits)),
            first.target,
            blocking=first.blocking,
            coalitions=first.coalitions,
        )
        for one in asked.questions
    )
    return DesignBounds(
        lower=found.value,
        upper=sum((w * d for w, d in zip(first.costs, deposits, strict=True)), Fraction(0)),
        decision=Policy(list(first.detection_rate), list(first.false_alarm_rate), list(deposits)),
        profile=first.target,
        binding=binding,
        certificate=found.certificate,
        sufficiency=ScenariosCertificate(claims),
        name=f"cheapest deterrence under {first.blocking!r} in each of {len(claims)} scenarios",
    )


def _steps(asked: ScenarioQuestion) -> Steps:
    first = asked.questions[0]
    found: list[set[Fraction]] = [set() for _ in range(first.game.num_players)]
    for one in asked.questions:
        for own, values in zip(found, levels(one), strict=True):
            own |= set(values)
    return Steps.of(first.game, first.costs, tuple(tuple(sorted(values)) for values in found))


def _programme(asked: ScenarioQuestion) -> LinearProgramme:
    first = asked.questions[0]
    about: dict[str, Any] = {
        "name": "scenario_deterrence",
        "arguments": asked.arguments,
        "game_digest": first.game.digest(),
    }
    rows: list[Any] = []
    if first.blocking == "all":
        steps = _steps(asked)
        rows = steps.order_rows()
        for s, one in enumerate(asked.questions):
            for incentive, name in zip(one.incentives, incentive_names(one), strict=True):
                alone, _ = thresholds(one, incentive)
                taken = {steps.column(i, t): 1 for i, t in alone.items()}
                rows.append((f"{name} (scenario {s})", taken, ">=", 1))
        return steps.programme(rows, **about)
    for s, one in enumerate(asked.questions):
        for incentive, name in zip(one.incentives, incentive_names(one), strict=True):
            payers = {i: one.rates[i] for i in incentive.payers if one.rates[i] > 0}
            rows.append((f"{name} (scenario {s})", payers, ">=", incentive.required))
    return LinearProgramme.from_rows(
        "min",
        first.costs,
        rows,
        upper=list(first.caps),
        column_names=[f"deposit of {name}" for name in first.game.players],
        **about,
    )
