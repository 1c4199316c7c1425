"""The cheapest deposits that make honest play stable against coalitions.

Players shall play a pure target a*. Whoever moves away from it loses the deposit d_i with probability q_i, whoever complies
with probability f_i (:mod:`.policy`), so that moving costs (q_i − f_i) d_i more. This file finds

    min Σ_i w_i d_i   such that no allowed coalition blocks a* in the induced game,   0 ≤ d_i ≤ cap_i,

for each rule of blocking (:mod:`.incentives` has the constraints, :mod:`.deterrence_programme` the programmes). The target
need not be an equilibrium of the bare game. For the threshold game, in which at least m of n players share a gain G and a
mover is found out with probability q, the optimum is nG/(mq) under "transfer" and "any", and (n − m + 1)G/(mq) under "all",
which leaves m − 1 players without deposits.

Every optimum is certified: deposits are feasible by a check of all joint deviations, and optimal by linear duality.

References: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory", PODC
(resilience); D. Monderer and M. Tennenholtz 2004, "k-implementation", Journal of Artificial Intelligence Research 21
(single players, payments instead of deposits).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from gametheory.certificates.deterrence import DeterrenceCertificate
from gametheory.certificates.gains import Blocking
from gametheory.collusion.joint_deviations import Coordination, check_rules
from gametheory.errors import InfeasibleError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.design import Design
from gametheory.oversight.deterrence_programme import Caps, Deposits, programme_of
from gametheory.oversight.policy import Policy

__all__ = ["cheapest_deterrence"]


def cheapest_deterrence(
    game: NormalFormGame,
    target: Any,
    *,
    detection_rate: Any,
    false_alarm_rate: Any = 0,
    blocking: Blocking,
    coordination: Coordination = "pure",
    coalitions: Iterable[Iterable[int]] | None = None,
    deposit_caps: Caps = None,
    deposit_costs: Any = None,
    outcomes: Any = None,
) -> Design:
    """The cheapest deposits under which no allowed coalition gains by leaving the target together.

    Parameters
    ----------
    game : NormalFormGame
    target : sequence of n actions (index or label)
        What everybody should play; it need not be an equilibrium.
    detection_rate, false_alarm_rate : number in [0, 1], or one per player
        Probabilities that a mover is found out and that a complying player is accused.
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks: see :mod:`.incentives`. Under "any" only members who move are counted.
    coordination : "pure" or "correlated"
        Whether members share randomness; it changes nothing under "any" and "transfer".
    coalitions : iterable of sets of int, optional
        The coalitions that may form (:func:`gametheory.games.coalitions`); by default all.
    deposit_caps : number ≥ 0, or one per player, optional
        Largest deposits; ``None``: no cap.
    deposit_costs : number ≥ 0, or one per player, optional
        Cost per unit of deposit; by default 1, so that the value is the total of deposits.
    outcomes : bool array of shape ``num_actions``, or flat indices, optional
        Only deviations that lead to a marked outcome must be deterred (the harmful ones, say); by default all.

    Returns
    -------
    Design
        ``.value``: the total cost, ``.decision``: the :class:`Policy`, ``.profile``: the target, ``.binding``: coalitions
        and deviations by name with shadow prices, by how much the total rises per unit of their gain.

    Raises
    ------
    InfeasibleError
        No deposits deter some deviation, because detection is no likelier than false alarm or caps bind; the message names
        it and ``certificate`` proves it.
    UnsupportedError
        "all" or "some" with shared randomness.
    SpecificationError
        Malformed input.

    Examples
    --------
    Three of five agents who leak together share 12; a leak is found out two times in five.

    >>> def payoff(*a):
    ...     return [12 / Fraction(sum(a)) * x if sum(a) >= 3 else 0 for x in a]
    >>> game = NormalFormGame.from_function(payoff, [2] * 5, actions=[["honest", "leak"]] * 5)
    >>> design = cheapest_deterrence(game, ["honest"] * 5, detection_rate="2/5", blocking="transfer")
    >>> design.value, design.decision
    (Fraction(50, 1), Policy(detection_rate=2/5, false_alarm_rate=0, deposits=(10, 10, 10, 10, 10)))
    """
    check_rules(blocking, coordination)
    if coordination == "correlated" and blocking in ("all", "some"):
        raise UnsupportedError(
            f"cheapest_deterrence: shared randomness under {blocking!r} makes the programme bilinear, which is not solved "
            "yet; coordination='pure' gives a lower bound on the cost, and blocking='transfer' an upper bound"
        )
    question = Deposits.read(
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
    if blocking in ("all", "some"):
        raise UnsupportedError(
            f"cheapest_deterrence: blocking={blocking!r} is not solved yet; 'transfer' and 'any' give upper bounds"
        )
    return _linear(question, Policy(detection_rate, false_alarm_rate))


def _linear(question: Deposits, rates: Policy) -> Design:
    from gametheory.optimize.exact import solve_exact

    programme = programme_of(question)
    try:
        solution = solve_exact(programme)
    except InfeasibleError as error:
        rows = [programme.row_names[r] for r, y in enumerate(error.certificate.multipliers.numerators.tolist()) if y]
        raise InfeasibleError(
            f"no deposits within the caps deter {' and '.join(rows)}: raise the detection rate or the caps, lower the "
            "false-alarm rate, or allow fewer coalitions",
            certificate=error.certificate,
        ) from None
    deposits = tuple(solution.primal[i] for i in range(question.game.num_players))
    policy = Policy(rates.detection_rate, rates.false_alarm_rate, deposits)
    certificate_of(question, deposits).verify()
    return Design.of(
        solution, decision=policy, profile=question.target, name=f"cheapest deterrence under {question.blocking!r}"
    )


def certificate_of(question: Deposits, deposits: tuple[Fraction, ...]) -> DeterrenceCertificate:
    """The claim that these deposits deter what was asked."""
    marked = question.arguments["outcomes"]
    return DeterrenceCertificate(
        target=question.target,
        detection_rate=question.detection_rate,
        false_alarm_rate=question.false_alarm_rate,
        deposits=deposits,
        blocking=question.blocking,
        coalitions=question.coalitions,
        outcomes=None if marked is None else tuple(marked),
        game=question.game,
    )
