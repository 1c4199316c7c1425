"""What a colluding monitor costs: usefulness or safety given up by an overseer who knows, and harm to one who does not.

With V(ρ) the best usefulness (or least harm) under the same limits when the monitor colludes with probability ρ, the *cost
of collusion* is V(0) − V(ρ) (or V(ρ) − V(0)); an overseer who keeps the policy of V(0) suffers its harm under ρ instead.
See :mod:`.control_collusion` for the switches and the scoring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import Design
from gametheory.oversight.control import ControlGame
from gametheory.oversight.control_collusion import MonitorCollusion, colluding_game, read_collusion
from gametheory.oversight.control_frontier import optimal_control_policy
from gametheory.oversight.control_policy import ControlPolicy
from gametheory.oversight.control_programme import Objective

__all__ = ["MonitorCollusionCost", "cost_of_monitor_collusion"]


@final
@compared_by("collusion", "objective", "honest_monitor", "colluding_monitor", "harm_if_unaware")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MonitorCollusionCost:
    """What a monitor's collusion costs the overseer who knows of it, and one who does not.

    Attributes
    ----------
    collusion : tuple of Collusion
    objective : "usefulness" or "harm"
    honest_monitor, colluding_monitor : Design
        The best policies without and with collusion, under the same limits.
    harm_if_unaware : Fraction
        Harm under collusion of the policy that is best without.
    """

    collusion: tuple[MonitorCollusion, ...]
    objective: Objective
    honest_monitor: Design
    colluding_monitor: Design
    harm_if_unaware: Fraction

    @property
    def cost(self) -> Fraction:
        """Usefulness lost, or harm added."""
        before, after = Fraction(self.honest_monitor.value), Fraction(self.colluding_monitor.value)
        return before - after if self.objective == "usefulness" else after - before

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "collusion": [case.to_dict() for case in self.collusion],
            "objective": self.objective,
            "cost": exact_text(self.cost),
            "harm_if_unaware": exact_text(self.harm_if_unaware),
            "honest_monitor": self.honest_monitor.to_dict(),
            "colluding_monitor": self.colluding_monitor.to_dict(),
        }

    def _table(self) -> list[tuple[str, Fraction, Fraction]]:
        before, after = self.honest_monitor, self.colluding_monitor
        unaware = (self.honest_monitor.decision.usefulness, self.harm_if_unaware)
        return [
            ("honest monitor", before.decision.usefulness, before.decision.harm),
            ("colluding, unaware", *unaware),
            ("colluding, aware", after.decision.usefulness, after.decision.harm),
        ]

    def to_frame(self) -> Any:
        """A pandas table: usefulness and harm with an honest monitor, and under collusion unaware and aware of it."""
        return data_frame(self._table(), ["case", "usefulness", "harm"])

    def __repr__(self) -> str:
        rates = " to ".join(brief(case.attack_rate) for case in self.collusion)
        what = "usefulness" if self.objective == "usefulness" else "added harm"
        unaware = f"harm {brief(self.harm_if_unaware)} if unaware"
        return f"MonitorCollusionCost(certified: colluding {rates} costs {brief(self.cost)} {what}, {unaware})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td>{brief(u)}</td><td>{brief(h)}</td></tr>" for name, u, h in self._table()
        )
        head = "<tr><th>case</th><th>usefulness</th><th>harm</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{rows}</table>"


def cost_of_monitor_collusion(
    game: ControlGame,
    collusion: MonitorCollusion | Sequence[MonitorCollusion] | Any,
    *,
    scoring: Literal["honest", "worst"] | Any,
    objective: Objective,
    most_harm: Any = None,
    least_usefulness: Any = None,
    audit_budget: Any = None,
) -> MonitorCollusionCost:
    """What the overseer loses when the monitor colludes.

    Parameters
    ----------
    game : ControlGame
        With a monitor that does not collude.
    collusion, scoring :
        As for :func:`colluding_game`.
    objective, most_harm, least_usefulness, audit_budget :
        As for :func:`optimal_control_policy`.

    Returns
    -------
    MonitorCollusionCost

    Raises
    ------
    InfeasibleError
        No policy keeps the limits, without collusion or with it.

    Examples
    --------
    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=accept_audit_defer(audit_usefulness="1/2"))
    >>> cost_of_monitor_collusion(game, "1/5", scoring="honest", objective="usefulness", most_harm="2/5")
    MonitorCollusionCost(certified: colluding 1/5 costs 1/28 usefulness, harm 1/2 if unaware)
    """
    limits = {"most_harm": most_harm, "least_usefulness": least_usefulness, "audit_budget": audit_budget}
    before = optimal_control_policy(game, objective=objective, **limits)
    changed = colluding_game(game, collusion, scoring=scoring)
    policy: ControlPolicy = before.decision
    return MonitorCollusionCost(
        collusion=tuple(read_collusion(collusion)),
        objective=objective,
        honest_monitor=before,
        colluding_monitor=optimal_control_policy(changed, objective=objective, **limits),
        harm_if_unaware=policy.on(changed).harm,
    )
