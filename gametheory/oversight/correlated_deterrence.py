"""Certified bounds on the cheapest deposits against coalitions that share randomness, under "all" and "some".

A coalition that needs every member's consent is deterred by holding back one mover of each joint deviation. With shared
randomness the deviations are distributions p, whose thresholds G_i(p)/P_i(p) (:mod:`.correlated_threats`) vary continuously:

    min Σ_i w_i d_i   such that for every coalition S and every p some mover has  c_i d_i ≥ G_i(p) / P_i(p)

is bilinear and has infinitely many disjunctions. It is bracketed:

* **below** by the exact optimum with finitely many draws, a programme over the levels that deposits can take
  (:mod:`.deterrence_programme`), to which the draws that still pay are added;
* **above** by deposits at which weights of the members of every coalition show that no draw pays.

Both sides are certified. If the optimum with the draws found so far deters already, the bounds agree and the answer is exact;
otherwise they approach each other, and the search stops at ``gap`` or after ``max_rounds``. Under "some" a mover must lose,
so that an infimum need not be attained: then too ``attained`` is ``False``.

Complexity: at each round a tree of cases and a linear programme for each coalition; the number of rounds is not bounded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.correlated_deterrence import CorrelatedDeterrenceCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.threats import Threat, threat_from_json
from gametheory.errors import InfeasibleError, SolverError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.design_bounds import DesignBounds
from gametheory.oversight.correlated_threats import Draws, coalition_draws, incentive_of
from gametheory.oversight.deterrence import cheapest_deterrence
from gametheory.oversight.deterrence_programme import (
    Caps,
    Deposits,
    Steps,
    incentive_names,
    levels,
    steps_programme,
    thresholds,
)
from gametheory.oversight.policy import Policy, per_player

__all__ = ["correlated_deterrence", "correlated_deterrence_programme"]

_HALVINGS = 14
_BEYOND = (1, 8, 512)  # multiples of the largest gains that are tried where caps bind some players


def correlated_deterrence(
    game: NormalFormGame,
    target: Any,
    *,
    detection_rate: Any,
    false_alarm_rate: Any = 0,
    blocking: Literal["all", "some"],
    coalitions: Iterable[Iterable[int]] | None = None,
    deposit_caps: Caps = None,
    deposit_costs: Any = None,
    gap: Any = Fraction(1, 1000),
    max_rounds: int = 40,
    time_limit: float | None = None,
) -> DesignBounds:
    """The cheapest deposits that deter coalitions whose members share randomness, between certified bounds.

    Parameters
    ----------
    game, target, detection_rate, false_alarm_rate, coalitions, deposit_caps, deposit_costs
        As for :func:`~gametheory.oversight.cheapest_deterrence`.
    blocking : "all" or "some"
        Under "any" and "transfer" shared randomness changes nothing: use ``cheapest_deterrence``.
    gap : number > 0
        The search stops when deposits that cost this share more than the lower bound deter.
    max_rounds : int
        How often draws are added before the bounds found so far are returned.
    time_limit : float, optional
        Seconds ≥ 0; then too what was found so far is returned.

    Returns
    -------
    DesignBounds
        The decision is a :class:`Policy`; ``binding`` names deviations that hold deposits up, with what a unit more of their
        gain would cost.

    Raises
    ------
    InfeasibleError
        No deposits within the caps deter; ``certificate`` proves it.
    SolverError
        Nothing that deters was found, or no lower bound, within the rounds or the time.
    SpecificationError
        Malformed input.

    Examples
    --------
    Either of two agents can take 4 while the other loses 1, so that no joint action pleases both and no deposit is needed
    against a pair that plays for sure. A coin makes them take turns: if the first takes with probability p, it gains 5p − 1,
    that is 5 − 1/p each time it moves, and the second agrees while p < 4/5. A deposit of 15/4 by one of them deters.

    >>> game = NormalFormGame.from_bimatrix([[0, -1], [4, -9]], [[0, 4], [-1, -9]], actions=[["keep", "take"]] * 2)
    >>> found = correlated_deterrence(game, ("keep", "keep"), detection_rate=1, blocking="all", coalitions=[[0, 1]])
    >>> found.lower < Fraction(15, 4) <= found.upper, float(found.gap) < 0.004
    (True, True)
    """
    if blocking not in ("all", "some"):
        raise SpecificationError(
            f"blocking: found {blocking!r}; write 'all' or 'some' (under 'any' and 'transfer' cheapest_deterrence is exact)"
        )
    share = exact(gap, where="gap")
    if share <= 0:
        raise SpecificationError(f"gap: found {gap}; write a number > 0, a share of the cost")
    check_count("max_rounds", max_rounds)
    check_seconds("time_limit", time_limit)
    question = Deposits.read(
        game,
        target,
        detection_rate=detection_rate,
        false_alarm_rate=false_alarm_rate,
        blocking=blocking,
        coalitions=coalitions,
        deposit_caps=deposit_caps,
        deposit_costs=deposit_costs,
        outcomes=None,
    )
    return _Search(question, blocking, share, max_rounds, time_limit).run()


def correlated_deterrence_programme(
    game: NormalFormGame,
    target: Any,
    *,
    threats: Sequence[Any],
    detection_rate: Any,
    false_alarm_rate: Any = 0,
    blocking: Literal["all", "some"],
    coalitions: Iterable[Iterable[int]] | None = None,
    deposit_caps: Caps = None,
    deposit_costs: Any = None,
    outcomes: Any = None,
) -> LinearProgramme:
    """The programme of the lower bound: the pure deviations, and the draws listed.

    Parameters
    ----------
    game, target, detection_rate, false_alarm_rate, blocking, coalitions, deposit_caps, deposit_costs
        As for :func:`correlated_deterrence`.
    threats : sequence of JSON data
        As :meth:`gametheory.certificates.threats.Threat.to_json` writes them.
    """
    question = Deposits.read(
        game,
        target,
        detection_rate=detection_rate,
        false_alarm_rate=false_alarm_rate,
        blocking=blocking,
        coalitions=coalitions,
        deposit_caps=deposit_caps,
        deposit_costs=deposit_costs,
        outcomes=None,
    )
    if outcomes is not None:
        raise SpecificationError(
            "outcomes: a draw leads to several at once, so that they have no meaning here; leave them out"
        )
    read = [threat_from_json(one, where=f"threats[{k}]") for k, one in enumerate(threats)]
    draws = coalition_draws(question.game, question.target, question.coalitions, blocking)
    return _programme(*_extended(question, read, draws))


def _extended(
    question: Deposits, threats: Sequence[Threat], draws: Sequence[Draws]
) -> tuple[Deposits, tuple[str, ...]]:
    """The question with the demands of draws among its incentives, and a name for each of them."""
    known = {frozenset(one.members): one for one in draws}
    incentives, names = list(question.incentives), list(incentive_names(question))
    for k, threat in enumerate(threats):
        found = incentive_of(threat, known, question.game)
        if found is None:
            raise SpecificationError(f"threats[{k}]: the draw does not pay even without deposits; leave it out")
        incentives.append(found[0])
        names.append(f"{found[1]} (draw {k})")
    arguments = {**question.arguments, "threats": [threat.to_json() for threat in threats]}
    return replace(question, incentives=tuple(incentives), arguments=arguments), tuple(names)


def _programme(question: Deposits, names: tuple[str, ...]) -> LinearProgramme:
    return steps_programme(question, names, name="correlated_deterrence")


@final
class _Search:
    """Lower bounds by draws that still pay, upper bounds by deposits at which none does."""

    def __init__(
        self,
        question: Deposits,
        rule: Literal["all", "some"],
        share: Fraction,
        max_rounds: int,
        time_limit: float | None,
    ) -> None:
        self.question, self.rule, self.share, self.max_rounds = question, rule, share, max_rounds
        self.deadline = None if time_limit is None else time.perf_counter() + time_limit
        self.draws = coalition_draws(question.game, question.target, question.coalitions, rule)
        self.undeterred: list[Threat] = []  # draws that pay at deposits as large as they can be
        self.best = self._safe_start()

    def run(self) -> DesignBounds:
        from gametheory.optimize.exact_milp import solve_exact_milp

        threats = list(self.undeterred)
        found: Any = None
        for _ in range(self.max_rounds):
            extended, names = _extended(self.question, threats, self.draws)
            try:
                found = solve_exact_milp(_programme(extended, names), time_limit=self._remaining())
            except InfeasibleError as error:
                raise InfeasibleError(
                    "no deposits within the caps deter coalitions that share randomness: raise the detection rate or the caps, "
                    "or allow fewer coalitions",
                    certificate=error.certificate,
                ) from None
            except SolverError:
                if found is None:
                    raise
                break
            solved, known = (extended, names), found
            least = Steps.of(extended.game, extended.costs, levels(extended)).deposits(found.primal)
            new = self._threats(least)
            if not new:
                self.best = least
                break
            # Draws that pay even where deposits are a little larger cut deeper; if there are none, these are good enough.
            raised = self._raised(least)
            new = self._threats(raised)
            if not new and (self.best is None or self._cost(raised) < self._cost(self.best)):
                self.best = raised
            added = [threat for threat in new if threat not in threats]
            if not added or (self.deadline is not None and time.perf_counter() > self.deadline):
                break
            threats += added
        else:
            self._improve(least)
        if self.best is None:
            raise SolverError(
                "correlated_deterrence: no deposits within the caps that deter were found, and none were ruled out; raise "
                "max_rounds or the caps",
                status="rounds",
                solver="draws",
                best=found,
            )
        return self._answer(known, *solved)

    def _safe_start(self) -> tuple[Fraction, ...] | None:
        """Deposits that deter: those against members who pay each other, or the largest within the caps.

        Where no joint action brings the members more in all, no draw pleases each of them. Raising a deposit never tempts.
        """
        question = self.question
        try:
            paid = cheapest_deterrence(
                question.game,
                question.target,
                detection_rate=list(question.detection_rate),
                false_alarm_rate=list(question.false_alarm_rate),
                blocking="transfer",
                coalitions=question.coalitions,
                deposit_caps=list(question.caps),
                deposit_costs=list(question.costs),
            )
        except InfeasibleError:
            limits = [question.limit(i) for i in range(question.game.num_players)]
            most = self._largest_sums()
            for times in _BEYOND:
                capped = tuple(
                    times * x if limit is None else min(times * x, limit) for x, limit in zip(most, limits, strict=True)
                )
                self.undeterred = self._threats(capped)
                if not self.undeterred:
                    return capped
            return None
        return per_player(paid.decision.deposits, question.game.num_players, "deposits")

    def _largest_sums(self) -> list[Fraction]:
        """All that the members can gain by a move of the player: without caps on the others, more deters nothing more."""
        most = [Fraction(0)] * self.question.game.num_players
        for one in self.draws:
            for own, moves in zip(one.gains, one.moves, strict=True):
                total = sum((max(gain, Fraction(0)) for gain in own), Fraction(self.rule == "some"))
                for i, moving in zip(one.members, moves, strict=True):
                    if moving and self.question.rates[i] > 0:
                        most[i] = max(most[i], total / self.question.rates[i])
        return most

    def _raised(self, least: tuple[Fraction, ...], times: int = 1) -> tuple[Fraction, ...]:
        """Deposits a little larger, at a cost of at most ``times`` the gap more, with short denominators."""
        prices = sum(self.question.costs, Fraction(0))
        more = times * self.share * (self._cost(least) or Fraction(1)) / (prices or Fraction(1))
        unit = 1 << max(0, (2 / more).numerator.bit_length() - (2 / more).denominator.bit_length() + 1)
        found = [Fraction(math.floor((x + more) * unit), unit) for x in least]
        limits = [self.question.limit(i) for i in range(len(least))]
        return tuple(x if limit is None else min(x, limit) for x, limit in zip(found, limits, strict=True))

    def _threats(self, deposits: Sequence[Fraction]) -> list[Threat]:
        """For every coalition a draw that pays at these deposits, if there is one."""
        costs = [c * d for c, d in zip(self.question.rates, deposits, strict=True)]
        answers = (one.answer(costs) for one in self.draws)
        return [answer for answer in answers if isinstance(answer, Threat)]

    def _improve(self, least: tuple[Fraction, ...]) -> None:
        """A cheaper decision than the best so far: near the bound's deposits, or one deposit after the other lower."""
        if self.best is None:
            return
        for power in range(1, 10):
            raised = self._raised(least, 2**power)
            if self._cost(raised) >= self._cost(self.best):
                break
            if not self._threats(raised):
                self.best = raised
                return
        start = tuple(min(a, b) for a, b in zip(least, self.best, strict=True))
        point = self._toward(start, self.best)
        for i in sorted(range(len(point)), key=lambda i: -self.question.costs[i] * (point[i] - start[i])):
            if point[i] > start[i]:
                point = self._toward((*point[:i], start[i], *point[i + 1 :]), point)
        if self._cost(point) < self._cost(self.best):
            self.best = point

    def _toward(self, start: tuple[Fraction, ...], end: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """Nearly the first point from ``start`` to ``end``, which deters, that deters: raising deposits never tempts."""
        if not self._threats(start):
            return start
        low, high = Fraction(0), Fraction(1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            point = tuple(a + middle * (b - a) for a, b in zip(start, end, strict=True))
            low, high = (middle, high) if self._threats(point) else (low, middle)
        return tuple(a + high * (b - a) for a, b in zip(start, end, strict=True))

    def _cost(self, deposits: Sequence[Fraction]) -> Fraction:
        return sum((w * d for w, d in zip(self.question.costs, deposits, strict=True)), Fraction(0))

    def _remaining(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def _answer(self, found: Any, extended: Deposits, names: tuple[str, ...]) -> DesignBounds:
        question, deposits = self.question, self.best
        assert deposits is not None, "there is a decision where there is an answer"
        costs = [c * d for c, d in zip(question.rates, deposits, strict=True)]
        weights = {frozenset(one.members): one.answer(costs) for one in self.draws}
        sufficiency = CorrelatedDeterrenceCertificate(
            target=question.target,
            detection_rate=question.detection_rate,
            false_alarm_rate=question.false_alarm_rate,
            deposits=deposits,
            blocking=self.rule,
            coalitions=question.coalitions,
            weights=tuple(weights.get(s, (Fraction(1),) * len(s)) for s in question.coalitions),  # type: ignore[misc]  # none is a threat
            game=question.game,
        )
        sufficiency.verify()
        least = Steps.of(extended.game, extended.costs, levels(extended)).deposits(found.primal)
        return DesignBounds(
            lower=found.value,
            upper=self._cost(deposits),
            decision=Policy(list(question.detection_rate), list(question.false_alarm_rate), list(deposits)),
            profile=question.target,
            binding=_prices(extended, names, least),
            certificate=found.certificate,
            sufficiency=sufficiency,
            name=f"cheapest deterrence under {self.rule!r} of coalitions that share randomness",
        )


def _prices(question: Deposits, names: Sequence[str], deposits: Sequence[Fraction]) -> dict[str, Fraction]:
    """For each deposit a deviation that holds it at its level, and what a unit more of gain per move would cost: w_i / c_i."""
    prices: dict[str, Fraction] = {}
    priced: set[int] = set()
    for incentive, name in zip(question.incentives, names, strict=True):
        alone, _ = thresholds(question, incentive)
        holding = [i for i, t in alone.items() if deposits[i] >= t]
        if len(holding) == 1 and holding[0] not in priced and deposits[holding[0]] == alone[holding[0]] > 0:
            i = holding[0]
            priced.add(i)
            if question.costs[i]:
                prices[name] = prices.get(name, Fraction(0)) + question.costs[i] / question.rates[i]
    return prices
