"""How much there is to look at, predicted before the work starts.

The unit is one gain of one player at one joint deviation; a coalition costs at least 500 of them to set up. A modern
processor looks at some tens of millions in a second.
"""

from __future__ import annotations

import math

from gametheory.audit.scenario import Scenario
from gametheory.errors import UnsupportedError

__all__ = ["MAX_WORK", "coalition_work", "immunity_work", "predicted_work", "refuse_work"]

MAX_WORK = 500_000_000
"""No question that needs to look at more gains is tackled."""

_EACH = 500


def coalition_work(scenario: Scenario) -> int:
    """Gains of all allowed coalitions over their pure joint deviations: Σ_S (500 + |S| ∏_{i∈S} m_i)."""
    m = scenario.game.num_actions
    return sum(_EACH + len(s) * math.prod(m[i] for i in s) for s in scenario.coalitions)


def immunity_work(scenario: Scenario) -> int:
    """Changes of everybody's payoff over the joint actions of all sets of players: at most n ∏_i (1 + m_i)."""
    m = scenario.game.num_actions
    sets: int = 2 ** min(len(m), 60)
    return len(m) * math.prod(1 + k for k in m) + _EACH * sets


def predicted_work(scenario: Scenario) -> int:
    """An upper bound on what an audit of the scenario's game looks at, in the unit of this module.

    Examples
    --------
    >>> from gametheory.audit import read_scenario
    >>> predicted_work(read_scenario("secret-collusion")) < 100_000
    True
    """
    if scenario.played is None:
        return 0
    game = scenario.played
    return 4 * coalition_work(scenario) + immunity_work(scenario) + game.num_players * game.num_profiles


def refuse_work(
    work: int,
    what: str,
    *,
    advice: str = "set coalitions.max_size, list the coalitions, or describe fewer players or actions",
) -> None:
    """Raise if there is more to look at than is tackled; ``advice`` is the way out.

    Raises
    ------
    UnsupportedError
        The message names the size and the way out.
    """
    if work > MAX_WORK:
        size = f"{work:,}" if work < 10**18 else f"about 2^{work.bit_length()}"
        raise UnsupportedError(f"{what}: there are {size} gains to look at, more than {MAX_WORK:,}; {advice}")
