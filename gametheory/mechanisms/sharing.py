"""Sharing what a team produces: linear shares, and what budget balance costs (Holmström 1982).

Agent i chooses effort a_i ≥ 0 at the cost c_i a_i² / 2, the team produces Σ_i p_i a_i, and i receives the share s_i of it. Then
i chooses a_i = s_i p_i / c_i, and with κ_i = p_i² / c_i the team's welfare is

    W(s) = Σ_i κ_i (s_i − s_i² / 2),   at most Σ_i κ_i / 2 (every s_i = 1: somebody outside must break the budget).

Under budget balance, Σ_i s_i = 1, s ≥ 0, the best shares have κ_i (1 − s_i) = λ wherever s_i > 0. For n equal agents with
κ = 1 that is s_i = 1/n and W = 1 − 1/(2n), against n/2.

W is concave, so that W(s) ≤ W(s*) + Σ_i κ_i (1 − s*_i)(s_i − s*_i): the certificate is the maximum of this bound over all
balanced shares, a linear programme. For finite actions and any signals see ``budget="exactly"`` of
:func:`gametheory.mechanisms.cheapest_contract`.

Reference: B. Holmström (1982), Moral hazard in teams, Bell Journal of Economics 13, theorem 1 (no balanced sharing is
efficient). Complexity: n log n operations on rationals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.labels import player_labels
from gametheory.games.tables import data_frame
from gametheory.optimize.design import Design

__all__ = ["LinearSharing", "balanced_sharing", "balanced_sharing_programme", "linear_sharing"]

Vector = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class LinearSharing:
    """What agents do when each receives a share of the output.

    Attributes
    ----------
    shares, efforts : tuple of Fraction
    welfare : Fraction
        Output minus costs of effort.
    first_best : Fraction
        The largest welfare of any efforts.
    """

    shares: Vector
    efforts: Vector
    welfare: Fraction
    first_best: Fraction

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of the agents: share and effort."""
        return data_frame(zip(self.shares, self.efforts, strict=True), ["share", "effort"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "shares": list(map(exact_text, self.shares)),
            "efforts": list(map(exact_text, self.efforts)),
            "welfare": exact_text(self.welfare),
            "first_best": exact_text(self.first_best),
        }


def linear_sharing(shares: Sequence[Any], *, productivity: Any = 1, cost: Any = 1) -> LinearSharing:
    """What agents do, and what that is worth, when each receives a share of the team's output.

    Parameters
    ----------
    shares : sequence of n numbers ≥ 0
        They need not sum to 1.
    productivity, cost : number > 0, or one for each agent
        p_i and c_i of the module.

    Examples
    --------
    >>> print(linear_sharing(["1/2", "1/2"]).welfare, linear_sharing([1, 1]).welfare)
    3/4 1
    """
    listed = check_list("shares", shares)
    given = _numbers(listed, len(listed), "shares", zero=True)
    gains, costs = _numbers(productivity, len(given), "productivity"), _numbers(cost, len(given), "cost")
    sizes = [p * p / c for p, c in zip(gains, costs, strict=True)]
    return LinearSharing(
        shares=given,
        efforts=tuple(s * p / c for s, p, c in zip(given, gains, costs, strict=True)),
        welfare=sum((k * (s - s * s / 2) for k, s in zip(sizes, given, strict=True)), Fraction(0)),
        first_best=sum(sizes, Fraction(0)) / 2,
    )


def balanced_sharing(num_agents: int, *, productivity: Any = 1, cost: Any = 1) -> Design:
    """The best shares that hand out the whole output and no more.

    Parameters
    ----------
    num_agents : int ≥ 1
    productivity, cost : number > 0, or one for each agent

    Returns
    -------
    Design
        ``.value`` the welfare, ``.decision`` the :class:`LinearSharing`; the price of "budget balance" is λ of the module,
        what welfare a small subsidy to the shares would add per unit.

    Examples
    --------
    >>> [str(balanced_sharing(n).value) for n in (1, 2, 3, 10)]
    ['1/2', '3/4', '5/6', '19/20']
    """
    from gametheory.optimize.exact import solve_exact

    n = check_count("num_agents", num_agents)
    gains, costs = _numbers(productivity, n, "productivity"), _numbers(cost, n, "cost")
    weights = [p * p / c for p, c in zip(gains, costs, strict=True)]
    solution = solve_exact(balanced_sharing_programme(weights=weights))
    shares, _ = _best_shares(weights)
    sharing = linear_sharing(shares, productivity=gains, cost=costs)
    return Design(
        value=sharing.welfare,
        decision=sharing,
        profile=sharing.efforts,
        binding=solution.binding,
        certificate=solution.certificate,
        name="balanced sharing",
    )


def balanced_sharing_programme(*, weights: Sequence[Any]) -> LinearProgramme:
    """The bound of the module at the best shares; the row builder ``"balanced_sharing"``; ``weights`` are the κ_i."""
    sizes = _numbers(weights, len(weights), "weights")
    shares, price = _best_shares(sizes)
    slopes = [k * (1 - s) for k, s in zip(sizes, shares, strict=True)]
    welfare = sum((k * (s - s * s / 2) for k, s in zip(sizes, shares, strict=True)), Fraction(0))
    return LinearProgramme.from_rows(
        "max",
        slopes,
        [("budget balance", dict.fromkeys(range(len(sizes)), 1), "==", 1)],
        column_names=[f"share of {name}" for name in player_labels(None, len(sizes))],
        constant=welfare - price,
        name="balanced_sharing",
        arguments={"weights": list(map(exact_text, sizes))},
    )


def _best_shares(sizes: Sequence[Fraction]) -> tuple[Vector, Fraction]:
    """s_i = 1 − λ / κ_i for the agents with κ_i > λ, and λ, so that the shares sum to 1."""
    order = sorted(range(len(sizes)), key=lambda i: -sizes[i])
    inverse, price = Fraction(0), Fraction(0)
    for count, i in enumerate(order, start=1):
        inverse += 1 / sizes[i]
        level = (count - 1) / inverse
        if count > 1 and level >= sizes[i]:
            break
        price = level
    return tuple(max(1 - price / k, Fraction(0)) for k in sizes), price


def _numbers(values: Any, count: int, where: str, *, zero: bool = False) -> Vector:
    given = [values] * count if isinstance(values, str) or not hasattr(values, "__len__") else list(values)
    if len(given) != count or not given:
        raise SpecificationError(
            f"{where}: found {len(given)} entries; write one number, or {count}, one for each agent"
        )
    read = tuple(exact(x, where=f"{where}[{i}]") for i, x in enumerate(given))
    for i, x in enumerate(read):
        if x < 0 or (x == 0 and not zero):
            raise SpecificationError(f"{where}[{i}]: found {x}; write a number {'≥' if zero else '>'} 0")
    return read
