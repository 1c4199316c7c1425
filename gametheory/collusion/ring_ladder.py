"""The price of collusion in a mechanism: what rings control against what the designer loses.

The designer's optimum is found four times, each time against rings that control more:

    nothing  →  their reports  →  participation too  →  who gets what among them too,

with the individual constraints on every rung. Each rung has the rows of the one before and more ("proof" means that the ring
does nothing at all, see ``truth`` in :mod:`.rings`), so that the value never rises; the loss on a rung is the price of that
much control. Every rung is certified.

References: Y.-K. Che and J. Kim 2006, "Robustly collusion-proof implementation", Econometrica 74 (rings that only report cost
nothing where types are independent); G. Pavlov 2008, "Auction design in the presence of collusion", Theoretical Economics 3.
Complexity: four linear programmes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.collusion.collusion_proof import collusion_proof_mechanism
from gametheory.collusion.reallocation import Move
from gametheory.collusion.rings import RingBlocking, RingIncentives, RingProof
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.mechanisms.constraints import BayesianIC, InterimParticipation, LimitedLiability
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.optimal import optimal_mechanism
from gametheory.mechanisms.strategy_proofness import Coalitions
from gametheory.mechanisms.variables import Constraint
from gametheory.optimize.design import Design, number_text, plain_data

__all__ = ["CollusionLadder", "Rung", "price_of_collusion_in_mechanism"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What rings control, and the best that the designer can do against it.

    Attributes
    ----------
    control : str
        ``"nothing"``, ``"reports"``, ``"participation"`` or ``"reallocation"``.
    design : Design
    loss : Fraction or float
        Against the first rung, ≥ 0.
    """

    control: str
    design: Design
    loss: Fraction | float


@final
@compared_by("environment", "objective", "rungs")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CollusionLadder:
    """The designer's value on each rung of the ladder; ``float()`` is the whole price, the loss on the last.

    Attributes
    ----------
    environment : Environment
    objective : str
        In words.
    blocking : "transfer", "any" or "all"
        Whether members pay each other, and else when a ring lies.
    rungs : tuple of Rung
    """

    environment: Environment
    objective: str
    blocking: RingBlocking
    rungs: tuple[Rung, ...]

    @property
    def values(self) -> tuple[Fraction | float, ...]:
        """The designer's value on each rung."""
        return tuple(rung.design.value for rung in self.rungs)

    @property
    def price(self) -> Fraction | float:
        """What the designer loses on the last rung."""
        return self.rungs[-1].loss

    def __float__(self) -> float:
        return float(self.price)

    def verify(self) -> Literal[True]:
        """Check every rung's certificate again.

        Raises
        ------
        CertificateError
        """
        for rung in self.rungs:
            if rung.design.certificate is not None:
                rung.design.certificate.verify()
        return True

    def __repr__(self) -> str:
        steps = ", ".join(f"{rung.control} {number_text(rung.design.value)}" for rung in self.rungs)
        pays = "with" if self.blocking == "transfer" else "without"
        return f"CollusionLadder(certified: {self.objective} against rings {pays} side payments that control {steps})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(rung.control)}</td><td>{number_text(rung.design.value)}</td><td>{number_text(rung.loss)}</td>"
            f"<td>{escape(', '.join(list(rung.design.binding)[:3]))}</td></tr>"
            for rung in self.rungs
        )
        return (
            f"<table><caption>{escape(repr(self))}</caption><tr><th>rings control</th><th>{escape(self.objective)}</th>"
            f"<th>loss</th><th>dearest constraints</th></tr>{rows}</table>"
        )

    def to_frame(self) -> Any:
        """A pandas table with a row for each rung: control, value, loss, dearest constraint."""
        rows = [
            [rung.control, rung.design.value, rung.loss, next(iter(rung.design.binding), "")] for rung in self.rungs
        ]
        return data_frame(rows, ["rings control", "value", "loss", "dearest constraint"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "measure": "price of collusion in a mechanism",
            "status": "certified",
            "objective": self.objective,
            "blocking": self.blocking,
            "rungs": [
                {"control": rung.control, "loss": plain_data(rung.loss), "design": rung.design.to_dict()}
                for rung in self.rungs
            ],
        }


def price_of_collusion_in_mechanism(
    environment: Environment,
    objective: Any = "revenue",
    constraints: Sequence[Constraint] | None = None,
    *,
    coalitions: Coalitions | None = None,
    blocking: RingBlocking = "transfer",
    reallocation: Sequence[Move] = (),
    incentives: RingIncentives = "Bayesian",
    transfers: bool = True,
    randomised: bool = True,
    limited_liability: Any = "if correlated",
    payment_bound: Any = None,
    time_limit: float | None = None,
) -> CollusionLadder:
    """What the designer loses as rings control more: nothing, reports, participation, who gets what among them.

    Parameters
    ----------
    environment : Environment
    objective : "revenue", "welfare" or Objective
    constraints : sequence of constraints, optional
        On every rung; Bayesian incentive compatibility and interim participation by default.
    coalitions, blocking, reallocation, incentives
        As in :class:`~gametheory.collusion.RingProof`. Without moves the last rung is left out.
    transfers, randomised, limited_liability, payment_bound, time_limit
        As in :func:`~gametheory.collusion.collusion_proof_mechanism`; the time is that of each rung. Rings under "all" need a
        bound on payments, which holds on their rungs alone: choose it large, or it is part of the price.

    Returns
    -------
    CollusionLadder

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As :func:`~gametheory.mechanisms.optimal_mechanism`.

    Examples
    --------
    Two bidders, values 1/3, 2/3 and 1 equally likely:

    >>> from gametheory.collusion.reallocation import item_moves
    >>> two = Environment.single_item([["1/3", "2/3", 1]] * 2, priors=[["1/3"] * 3] * 2)
    >>> ladder = price_of_collusion_in_mechanism(two, reallocation=item_moves(two))
    >>> [str(value) for value in ladder.values], str(ladder.price)
    (['2/3', '2/3', '16/27', '16/27'], '2/27')
    """
    alone: list[Constraint] = [BayesianIC(), InterimParticipation()]
    if constraints is not None:
        alone = list(constraints)
    if blocking == "all" and transfers and (limited_liability != "if correlated" or not environment.independent):
        # Programmes with alternatives take limits on losses from the constraints alone.
        limit = 0 if limited_liability == "if correlated" else limited_liability
        alone += [] if limit is None else [LimitedLiability(limit)]
        limited_liability = None

    def best(ring: RingProof | None) -> Design:
        if ring is None:
            return optimal_mechanism(
                environment,
                objective,
                alone,
                transfers=transfers,
                randomised=randomised,
                limited_liability=limited_liability,
                time_limit=time_limit,
            )
        return collusion_proof_mechanism(
            environment,
            objective,
            [*alone, ring],
            transfers=transfers,
            randomised=randomised,
            limited_liability=limited_liability,
            payment_bound=payment_bound,
            time_limit=time_limit,
        )

    asked: list[tuple[str, RingProof | None]] = [("nothing", None)]
    for control in ("reports", "participation"):
        asked.append((control, RingProof(coalitions, controls=control, blocking=blocking, incentives=incentives)))
    if reallocation:
        last = RingProof(
            coalitions, controls="participation", blocking=blocking, reallocation=reallocation, incentives=incentives
        )
        asked.append(("reallocation", last))
    designs = [(control, best(ring)) for control, ring in asked]
    first = designs[0][1].value
    return CollusionLadder(
        environment=environment,
        objective=objective if isinstance(objective, str) else getattr(objective, "name", "the objective"),
        blocking=blocking,
        rungs=tuple(Rung(control=control, design=design, loss=first - design.value) for control, design in designs),
    )
