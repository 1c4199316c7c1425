"""Workers who check each other: deposits against laziness, side contracts against deposits, and rewards for traitors.

n workers compute the same thing, each *honest* (at cost c) or *lazy* (for nothing; the lazy agree on the same wrong answer).
Equal answers: all receive the wage w. Otherwise an arbiter finds the truth: who was lazy loses the deposit d, and the deposits,
less the fee f of the arbiter, are shared by the h honest workers, who are paid too (*Prisoner's contract*):

    payoff of honest = w − c + ((n − h) d − f)/h,     of lazy = −d         if 0 < h < n;        w − c if h = n;   w if h = 0.

With two workers honesty is the only equilibrium iff d > c + f. The workers may sign a side contract (*Colluder's contract*):
each posts a bond t; if all are lazy the leader (the first) pays the bribe b to every other; if some are, each honest worker
loses his bond to the lazy ones. Of two workers neither leaves the pact iff t ≥ d − c − f + b (leader), t ≥ d − c − f − b
(follower). A reward r to whoever is honest against lazy ones (*Traitor's contract*) undoes the pact again.

:func:`cross_checking_game` is the game, for whatever solver; :func:`smallest_cross_checking` finds the least deposit, reward
or wage beyond which honesty is the only pure equilibrium. All payoffs are linear in that parameter: for each other
profile the values at which it is an equilibrium are an interval, and the answer is the largest upper end. As that profile
still is an equilibrium there, nothing attains it: ``attained=False``, with a decision ``epsilon`` above.

Reference: C. Dong, Y. Wang, A. Aldweesh, P. McCorry and A. van Moorsel 2017, "Betrayal, distrust, and rationality: smart
counter-collusion contracts for verifiable cloud computing", ACM CCS, for the three contracts with two clouds; more workers,
and the bookkeeping of who pays whom, are as written above. Complexity: 2^n profiles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any, Literal, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import InfeasibleError, SpecificationError, UnboundedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.optimize.design import Design

__all__ = ["CrossChecking", "cross_checking_game", "cross_checking_programme", "smallest_cross_checking"]

Parameter = Literal["deposit", "traitor_reward", "wage"]
PARAMETERS: tuple[Parameter, ...] = ("deposit", "traitor_reward", "wage")
_TERMS = ("wage", "cost", "deposit", "fee", "bribe", "bond", "traitor_reward")
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CrossChecking:
    """The terms on which workers check each other.

    Attributes
    ----------
    workers : int ≥ 2
    wage, cost, deposit, fee : Fraction ≥ 0
    bribe, bond : Fraction ≥ 0
        Of the side contract; both 0: none.
    traitor_reward : Fraction ≥ 0
        To each worker who is honest where another is lazy.
    """

    workers: int = 2
    wage: Fraction
    cost: Fraction
    deposit: Fraction = _ZERO
    fee: Fraction = _ZERO
    bribe: Fraction = _ZERO
    bond: Fraction = _ZERO
    traitor_reward: Fraction = _ZERO

    @classmethod
    def of(cls, *, workers: int = 2, **terms: Any) -> CrossChecking:
        """Read the terms: numbers ≥ 0 in one unit of money, those left out 0 (but wage and cost are needed).

        Raises
        ------
        SpecificationError
            Negative terms, terms that do not exist, or fewer than two workers.

        Examples
        --------
        >>> CrossChecking.of(wage=2, cost=1, fee="1/2", deposit="8/5").deposit
        Fraction(8, 5)
        """
        count = check_count("workers", workers, least=2)
        for name in terms:
            if name not in _TERMS:
                raise SpecificationError(f"terms: found {name!r}; the terms are workers, {', '.join(_TERMS)}")
        for name in ("wage", "cost"):
            if name not in terms:
                raise SpecificationError(f"{name}: found none; write a number ≥ 0")
        read = {name: exact(value, where=name) for name, value in terms.items()}
        for name, value in read.items():
            if value < 0:
                raise SpecificationError(f"{name}: found {value}; write a number ≥ 0")
        return cls(workers=count, **read)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the workers: the first is the leader of the side contract."""
        return (
            ("leader", "follower")
            if self.workers == 2
            else ("leader", *(f"follower {k}" for k in range(1, self.workers)))
        )

    def payoffs(self, honest: tuple[bool, ...]) -> tuple[Fraction, ...]:
        """Of each worker, given who is honest."""
        n, h = self.workers, sum(honest)
        if h == n:
            return (self.wage - self.cost,) * n
        if h == 0:
            return tuple(self.wage + (self.bribe if i else -(n - 1) * self.bribe) for i in range(n))
        share = ((n - h) * self.deposit - self.fee) / h
        gains = self.wage - self.cost + share - self.bond + self.traitor_reward
        loses = -self.deposit + self.bond * h / (n - h)
        return tuple(gains if one else loses for one in honest)

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of the terms: name and value."""
        return data_frame(
            [["workers", self.workers], *([name, getattr(self, name)] for name in _TERMS)], ["term", "value"]
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON data: the arguments of :meth:`of`."""
        return {"workers": self.workers, **{name: exact_text(getattr(self, name)) for name in _TERMS}}


def cross_checking_game(terms: CrossChecking) -> NormalFormGame:
    """The workers' game; actions ``"honest"`` and ``"lazy"``.

    Examples
    --------
    The deposit must exceed cost and fee together; a side contract defeats it:

    >>> from gametheory.equilibria import pure_nash_equilibria
    >>> def stable(**more):
    ...     game = cross_checking_game(CrossChecking.of(wage=2, cost=1, fee="1/2", **more))
    ...     return [e.profile for e in pure_nash_equilibria(game)]
    >>> stable(deposit="7/5"), stable(deposit="8/5")
    ([(0, 0), (1, 1)], [(0, 0)])
    >>> stable(deposit="8/5", bribe="3/10", bond="1/2"), stable(deposit="8/5", bribe="3/10", bond="1/2", traitor_reward="1/5")
    ([(0, 0), (1, 1)], [(0, 0)])
    """
    n = terms.workers
    refuse_if_too_large(n * 2**n, 100, "the game of the workers")
    return NormalFormGame.from_function(
        lambda *a: terms.payoffs(tuple(k == 0 for k in a)),
        [2] * n,
        players=list(terms.names),
        actions=[["honest", "lazy"]] * n,
    )


def cross_checking_programme(
    *, terms: Any, parameter: Parameter, profile: Any, end: Literal["largest", "smallest"]
) -> LinearProgramme:
    """The largest or smallest value of a parameter at which a profile is an equilibrium; the row builder ``"cross_checking"``.

    Maximise (minimise) x ≥ 0 subject to: no worker gains by the other action, a row for each of them.

    Parameters
    ----------
    terms : CrossChecking or mapping of its data
    parameter : "deposit", "traitor_reward" or "wage"
    profile : sequence of bool
        Who is honest.
    end : "largest" or "smallest"
    """
    model = terms if isinstance(terms, CrossChecking) else CrossChecking.of(**terms)
    honest = tuple(bool(x) for x in profile)
    if parameter not in PARAMETERS or end not in ("largest", "smallest"):
        found = f"{parameter!r}, {end!r}"
        raise SpecificationError(
            f"parameter, end: found {found}; write one of {', '.join(PARAMETERS)}, and 'largest' or 'smallest'"
        )
    if len(honest) != model.workers:
        raise SpecificationError(f"profile: write for each of {model.workers} workers whether it is honest")
    rows: list[tuple[str, dict[int, Any], Sense, Any]] = [
        (f"{name} does not gain by being {'lazy' if own else 'honest'}", {0: slope}, "<=", -start)
        for name, own, (start, slope) in zip(model.names, honest, _gains(model, parameter, honest), strict=True)
    ]
    return LinearProgramme.from_rows(
        "max" if end == "largest" else "min",
        [1],
        rows,
        column_names=[parameter.replace("_", " ")],
        name="cross_checking",
        arguments={
            "terms": _with(model, parameter, _ZERO).to_dict(),
            "parameter": parameter,
            "profile": list(honest),
            "end": end,
        },
    )


def smallest_cross_checking(terms: CrossChecking, parameter: Parameter, *, epsilon: Any = Fraction(1, 1000)) -> Design:
    """The least deposit (reward, wage) beyond which honesty of all is the only pure equilibrium.

    Parameters
    ----------
    terms : CrossChecking
        What it says about the parameter itself plays no part.
    parameter : "deposit", "traitor_reward" or "wage"
    epsilon : number > 0
        By how much the decision exceeds the infimum, which no value attains.

    Returns
    -------
    Design
        ``.value``: the infimum x; for every larger one honesty is the only pure equilibrium. ``.decision``: the terms at
        x + epsilon (at x where honesty of all is the only equilibrium there too); ``.binding``: whose indifference x rests on;
        ``.certificate``: of the programme of the profile that is an equilibrium up to x.

    Raises
    ------
    InfeasibleError
        No value is large enough: another profile stays an equilibrium, or honesty is none; ``certificate`` is the ray, or the
        largest value at which honesty is an equilibrium.

    Examples
    --------
    >>> terms = CrossChecking.of(wage=2, cost=1, fee="1/2")
    >>> smallest_cross_checking(terms, "deposit")
    Design(smallest deposit, certified: value=3/2, approached, binding: leader does not gain by being honest at 1)
    >>> pact = CrossChecking.of(wage=2, cost=1, fee="1/2", deposit="8/5", bribe="3/10", bond="1/2")
    >>> str(smallest_cross_checking(pact, "traitor_reward").value)
    '1/10'
    """
    from gametheory.optimize.exact import solve_exact

    gap = exact(epsilon, where="epsilon")
    if gap <= 0:
        raise SpecificationError(f"epsilon: found {epsilon}; write a number > 0")
    if parameter not in PARAMETERS:
        raise SpecificationError(f"parameter: found {parameter!r}; write one of {', '.join(PARAMETERS)}")
    n, words = terms.workers, parameter.replace("_", " ")
    refuse_if_too_large(n * 2**n, 200, "the profiles of the workers")
    everybody = (True,) * n
    own = _interval(_gains(terms, parameter, everybody))
    if own is None or own[1] is not None:
        programme = cross_checking_programme(terms=terms, parameter=parameter, profile=everybody, end="largest")
        raise InfeasibleError(
            f"smallest {words}: honesty of all is no equilibrium for large ones; lower the cost, or change the other terms",
            certificate=_evidence(programme),
        )
    worst, end = (own[0], everybody), "smallest"
    for honest in product((True, False), repeat=n):
        found = None if honest == everybody else _interval(_gains(terms, parameter, honest))
        if found is None:
            continue
        if found[1] is None:
            programme = cross_checking_programme(terms=terms, parameter=parameter, profile=honest, end="largest")
            raise InfeasibleError(
                f"smallest {words}: the profile {_shown(terms, honest)} stays an equilibrium however large; change other terms",
                certificate=_evidence(programme),
            )
        if found[1] >= worst[0]:
            worst, end = (found[1], honest), "largest"
    value, honest = worst
    programme = cross_checking_programme(
        terms=terms, parameter=parameter, profile=honest, end="largest" if end == "largest" else "smallest"
    )
    attained = (
        end == "smallest"
    )  # nothing but honesty is an equilibrium there, or another profile would have been the worst
    design = Design.of(
        solve_exact(programme),
        decision=_with(terms, parameter, value if attained else value + gap),
        profile=("honest",) * n,
        name=f"smallest {words}",
    )
    return replace(design, attained=attained)


def _with(terms: CrossChecking, parameter: Parameter, value: Fraction) -> CrossChecking:
    changes: dict[str, Any] = {parameter: value}
    return replace(terms, **changes)


def _gains(terms: CrossChecking, parameter: Parameter, honest: tuple[bool, ...]) -> list[tuple[Fraction, Fraction]]:
    """What each worker gains by the other action, as start + slope · parameter."""
    found = []
    none, one = (_with(terms, parameter, Fraction(x)) for x in (0, 1))
    for i in range(terms.workers):
        other = (*honest[:i], not honest[i], *honest[i + 1 :])
        start, after = (at.payoffs(other)[i] - at.payoffs(honest)[i] for at in (none, one))
        found.append((start, after - start))
    return found


def _interval(gains: list[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction | None] | None:
    """The x ≥ 0 at which nobody gains, from which to which; ``None`` if there are none."""
    low, high = _ZERO, None
    for start, slope in gains:
        if slope > 0:
            high = -start / slope if high is None else min(high, -start / slope)
        elif slope < 0:
            low = max(low, -start / slope)
        elif start > 0:
            return None
    return None if high is not None and high < low else (low, high)


def _evidence(programme: LinearProgramme) -> Any:
    """What becomes of the largest value: an optimum, a proof that there is none, or a ray."""
    from gametheory.optimize.exact import solve_exact

    try:
        return solve_exact(programme).certificate
    except InfeasibleError as error:
        return error.certificate
    except UnboundedError as error:
        return error.ray


def _shown(terms: CrossChecking, honest: tuple[bool, ...]) -> str:
    return ", ".join(f"{name} {'honest' if one else 'lazy'}" for name, one in zip(terms.names, honest, strict=True))
