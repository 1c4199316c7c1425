"""Monitors who are paid for catching secret tests: the table ``[secret_tests]``, from its data to a game with private signals.

Either one worker and one monitor, by what work (``work_cost``) and watching (``monitoring_cost``) cost them and how often the
monitor errs (``error``); or, where the scenario has a game, who of its players is the ``monitor``, and what that player sees
(``signals``, by expressions as in ``[repetition]``): all others shall play the target. In both, the largest payments
(``payment_cap``), how many rounds may be tests (``max_tests``), with which probability a departure leaves a ``trace`` that all
see, which ``better_traces`` might help, and how the monitor and those whom it watches collude: what arrives of side payments
(``efficiency``), and whether they tell each other what they are told (``knowledge``).

Sizes are limited: 16 outcomes, 3 actions for each player, 6 signals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.audit.places import Place, for_each, number_at, player_at, rate_at
from gametheory.audit.supervision import efficiencies_at
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import PureProfile

__all__ = ["Knowledge", "SecretTests", "read_monitor_table", "read_secret_tests_table", "refuse_large_monitoring"]

MAX_PROFILES = 16
MAX_ACTIONS = 3
MAX_SIGNALS = 6

Data = Mapping[str, Any]
Knowledge = Literal["separate", "shared"]
_BOTH: tuple[Knowledge, ...] = ("separate", "shared")


@final
@dataclass(frozen=True, slots=True)
class SecretTests:
    """A game whose players are told what to play, and are paid by recommendations and by what one of them reports.

    Attributes
    ----------
    game : NormalFormGame
        Payoffs before payments.
    seen : Monitoring
        What the monitor alone sees.
    monitor : int
    wanted : tuple of int
        An action for each player; what the monitor plays does not matter in itself.
    caps : tuple of Fraction
        The largest payment to each player.
    max_tests : Fraction
    efficiencies : tuple of Fraction
        Of side payments to the monitor, rising; empty: nobody colludes.
    knowledge : tuple of "separate" and "shared"
    traces : tuple of Fraction
        The probability that a departure leaves a trace which all see; first that of the deployment, then better ones.
    """

    game: NormalFormGame
    seen: Monitoring
    monitor: int
    wanted: PureProfile
    caps: tuple[Fraction, ...]
    max_tests: Fraction
    efficiencies: tuple[Fraction, ...]
    knowledge: tuple[Knowledge, ...]
    traces: tuple[Fraction, ...]

    @property
    def watched(self) -> tuple[int, ...]:
        """All players but the monitor."""
        return tuple(i for i in range(self.game.num_players) if i != self.monitor)

    @property
    def reports(self) -> tuple[int, ...]:
        """How many private signals each player has."""
        return tuple(self.seen.num_signals if i == self.monitor else 1 for i in range(self.game.num_players))

    def monitoring(self, trace: Fraction) -> Monitoring:
        """What the monitor sees, with a public trace of departures if there is one."""
        if not trace:
            return self.seen
        plain = self.seen.probabilities
        table = np.zeros((*plain.shape[:-1], 2 * plain.shape[-1]), dtype=object)
        for profile in np.ndindex(*plain.shape[:-1]):
            departs = any(profile[i] != self.wanted[i] for i in self.watched)
            shown = trace if departs else Fraction(0)
            for k in range(plain.shape[-1]):
                chance = Fraction(plain[(*profile, k)])
                table[(*profile, 2 * k)] = chance * (1 - shown)
                table[(*profile, 2 * k + 1)] = chance * shown
        names = [f"{name}, {mark}" for name in self.seen.signals for mark in ("no trace", "trace")]
        return Monitoring(table, names)


def read_secret_tests_table(table: Data, place: Place) -> SecretTests:
    """One worker and one monitor, from their costs."""
    work = number_at(place / "work_cost", table["work_cost"], least=0)
    watching = number_at(place / "monitoring_cost", table["monitoring_cost"], least=0)
    error = rate_at(place, table, "error", 0)
    game = NormalFormGame.from_bimatrix(
        [[-watching, -watching], [0, 0]],
        [[-work, 0], [-work, 0]],
        players=["monitor", "worker"],
        actions=[["monitor", "rest"], ["work", "shirk"]],
    )
    right = 1 - error
    seen = Monitoring([[[0, right, error], [0, error, right]], [[1, 0, 0], [1, 0, 0]]], ["nothing", "work", "shirking"])
    return _terms(table, game, seen, 0, (0, 0), place)


def read_monitor_table(
    table: Data, game: NormalFormGame, target: PureProfile, seen: Monitoring, place: Place
) -> SecretTests:
    """A player of the scenario's game who watches the others."""
    monitor = player_at(place / "monitor", table["monitor"], game.players)
    return _terms(table, game.exact(), seen, monitor, target, place)


def refuse_large_monitoring(game: NormalFormGame, place: Place) -> None:
    """Raise where the contracts of a game would have more deviations than are looked at."""
    if game.num_players < 2:
        raise place.error("found a game of one player; a monitor watches another")
    if game.num_profiles > MAX_PROFILES or max(game.num_actions) > MAX_ACTIONS:
        size = "×".join(map(str, game.num_actions))
        raise place.error(
            f"found a game of {size} actions; at most {MAX_PROFILES} outcomes and {MAX_ACTIONS} actions for each player are "
            "allowed (describe fewer players or actions)"
        )


def _terms(
    table: Data, game: NormalFormGame, seen: Monitoring, monitor: int, wanted: PureProfile, place: Place
) -> SecretTests:
    most = number_at(place / "max_tests", table.get("max_tests", Fraction(1, 2)))
    if not 0 < most < 1:
        raise (place / "max_tests").error(f"found {most}; write a number greater than 0 and less than 1")
    return SecretTests(
        game=game,
        seen=seen.exact(),
        monitor=monitor,
        wanted=wanted,
        caps=_caps(table["payment_cap"], game, place / "payment_cap"),
        max_tests=most,
        efficiencies=efficiencies_at(place / "efficiency", table["efficiency"]) if "efficiency" in table else (),
        knowledge=(table["knowledge"],) if "knowledge" in table else _BOTH,
        traces=(
            rate_at(place, table, "trace", 0),
            *(
                number_at(place / "better_traces" / k, each, least=0, most=1)
                for k, each in enumerate(table.get("better_traces", ()))
            ),
        ),
    )


def _caps(value: Any, game: NormalFormGame, place: Place) -> tuple[Fraction, ...]:
    if isinstance(value, Mapping):
        given = for_each(place, value, game.players)
        caps = tuple(number_at(at, cap, least=0) for cap, at in given.values())
    else:
        caps = (number_at(place, value, least=0),) * game.num_players
    if not any(caps):
        raise place.error("found no payment > 0; write the largest payment, or one for each player")
    return caps
