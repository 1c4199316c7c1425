"""How patient players must be for an outcome to sustain itself.

Let a be a pure profile of the stage game, played in every period, g_i = max_b u_i(b, a_−i) − u_i(a) ≥ 0 the best one-shot
gain of player i, and P_i the payoff (per period) of what follows if i deviates. Deviating is not worth it iff

    (1 − δ) g_i ≤ δ (u_i(a) − P_i),      that is      δ ≥ g_i / (g_i + u_i(a) − P_i)   where g_i > 0,

and it is impossible to deter where g_i > 0 and u_i(a) ≤ P_i. (Who cannot gain at once, g_i = 0, needs no deterring: the
others ignore such a player's deviations, whatever P_i is.) Along a :class:`.Cycle` of profiles the same holds at every
position with the discounted value of what comes next, polynomial in δ; a public lottery over profiles must hold whatever
is drawn. The **critical discount** factor is the least δ that satisfies this for all players; for a stationary target all
larger ones do too, along a cycle ``.sustaining`` tells which do. What it means depends on the punishment, which is
therefore named:

* ``"nash"``: after i deviates, the stage equilibrium that is worst for i is played for ever. That is subgame perfect, so
  δ* is *sufficient*: an upper bound on the true threshold (Friedman 1971). With two players the worst is taken over
  **all** equilibria: they form finitely many products X × Y of polytopes on which u_i is bilinear, so that the least
  payoff is at a pair of vertices, an extreme equilibrium. With more players it is taken over the pure ones, or over those
  given.
* ``"minmax"``: nobody can be held below the minmax value, so δ* is *necessary*: a lower bound on the true threshold.
* ``"optimal"``: the worst subgame-perfect equilibrium for i (Abreu 1988), in pure actions that everybody sees, which
  itself depends on δ (equilibria in mixed actions, which ``"nash"`` allows, can be worse still). δ* is *optimal*: the
  least δ at which any such equilibrium has the target as its outcome. ``lower`` and ``upper`` enclose it, with a penal
  code and floors of punishment as evidence; where they meet, ``discount`` is exact.
* a vector of payoffs P: the threshold for exactly these continuation payoffs, taken as given.

Everything is exact: payoffs are rationals (floats are too), and the threshold is rational or, along cycles and for
punishments of several periods, algebraic.

References: J. Friedman 1971, "A non-cooperative equilibrium for supergames", Review of Economic Studies 38; D. Abreu
1988, "On the theory of infinitely repeated games with discounting", Econometrica 56; G. Mailath and L. Samuelson 2006,
*Repeated Games and Reputations*, section 2.5 and proposition 2.6.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import Verdict, exact, exact_text, exact_vector
from gametheory.arithmetic.algebraic import evaluate
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.penal_codes import discount_to_json
from gametheory.certificates.play_paths import PlayPath, PositionPayoffs, value_polynomials
from gametheory.certificates.punishment_floors import PunishmentFloorCertificate
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.nash import nash_equilibria
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import CertificateError, SpecificationError, UndecidedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import expected_payoffs
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.repeated.discount_sets import DiscountSet, Number, number_text
from gametheory.repeated.minmax import Punishers, minmax
from gametheory.repeated.optimal_punishment import Code, Progress, decided_at, optimal_bracket, sustained_by_all
from gametheory.repeated.punishment_floors import StageTable
from gametheory.repeated.repeated_game import RepeatedGame, read_discount, seen_stage
from gametheory.repeated.reversion import given_equilibria, needed
from gametheory.repeated.targets import Target, read_target, target_labels, target_of
from gametheory.repeated.thresholds import PlayerThreshold, Punisher, player_threshold

__all__ = ["CriticalDiscount", "PlayerThreshold", "critical_discount", "is_sustainable"]

Punishment = Literal["nash", "minmax", "optimal"] | Sequence[Any]
Bound = Literal["sufficient", "necessary", "optimal", "for the given punishment"]


@final
@compared_by("stage", "path", "sustainable", "thresholds", "bound", "punishment", "code")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CriticalDiscount:
    """The discount factor from which on a target sustains itself under a punishment; ``float()`` works.

    Attributes
    ----------
    stage : NormalFormGame
    path : PlayPath
        The target as a path of play.
    sustainable : bool
        Whether some discount factor below 1 sustains the target.
    thresholds : tuple of PlayerThreshold, one for each player
        Under ``"optimal"`` for the floors below which no equilibrium holds the player.
    sustaining : DiscountSet
        The discount factors that sustain the target (under ``"optimal"``: that are known to).
    bound : "sufficient", "necessary", "optimal" or "for the given punishment"
        What the number says about the true threshold: see the head of this module.
    punishment : str
        The punishment in words, and the set in which the worst was searched.
    code : PenalCodeCertificate, ThreatenedPathCertificate or None
        Under ``"optimal"``: a code that sustains the target at ``upper``, path and carrot of each player.
    """

    stage: NormalFormGame
    path: PlayPath
    sustainable: bool
    thresholds: tuple[PlayerThreshold, ...]
    sustaining: DiscountSet
    bound: Bound
    punishment: str
    code: Code | None = None

    @property
    def target(self) -> Any:
        """The target: a pure profile, the tuple of those of a cycle, or the lottery as (profile, probability)."""
        return target_of(self.path)

    @property
    def discount(self) -> Number:
        """The critical discount factor δ*, 0 ≤ δ* < 1: the least that sustains the target.

        Raises
        ------
        UndecidedError
            If no discount factor below 1 sustains the target under this punishment, or only bounds are known.
        """
        if not self.sustainable:
            name = self.stage.players[self.binding_player]
            raise UndecidedError(
                f"critical discount: no discount factor below 1 keeps {name} at the target under this punishment; look at "
                ".sustainable first, or name a harsher punishment"
            )
        if self.bound != "optimal":
            return self.sustaining.infimum
        if self.lower != self.upper:
            raise UndecidedError(
                f"critical discount: it lies between {number_text(self.lower)} and {number_text(self.upper)}; use .lower and "
                ".upper, or ask for a smaller gap"
            )
        return self.upper

    @property
    def binding_player(self) -> int:
        """The player whose threshold is largest (the first one; a player whom nothing deters comes first of all)."""
        return max(self.thresholds, key=lambda t: (t.discount is None, t.discount or Fraction(0), -t.player)).player

    @property
    def binding_deviation(self) -> int | None:
        """The binding player's best deviation."""
        return self.thresholds[self.binding_player].deviation

    @property
    def lower(self) -> Number:
        """Lower bound on the true threshold; 0 where the punishment is only sufficient."""
        if self.bound == "sufficient":
            return Fraction(0)
        return self._least if self.bound == "optimal" else self.discount

    @property
    def upper(self) -> Number:
        """Upper bound on the true threshold; 1 where the punishment is only necessary."""
        if self.bound == "optimal":
            return Fraction(1) if self.code is None else self.code.discount
        return Fraction(1) if self.bound == "necessary" else self.discount

    @property
    def floors(self) -> PunishmentFloorCertificate | None:
        """Under ``"optimal"``: the evidence for the floors of punishment, where they are above the pure minmax values."""
        evidence = self.thresholds[0].evidence
        return evidence if isinstance(evidence, PunishmentFloorCertificate) else None

    @property
    def _least(self) -> Number:
        """What the floors exclude: everything below their thresholds, as far as they are floors."""
        allowed, floors = sustained_by_all(self.thresholds), self.floors
        if floors is None:
            return allowed.infimum if allowed else Fraction(1)
        played = [a for lottery in self.path.cycle for a, _ in lottery]
        dropped = {int(np.ravel_multi_index(a, self.stage.num_actions)) for a in played} & set(floors.excluded)
        return floors.discount if dropped or not allowed else min(allowed.infimum, floors.discount)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The evidence: behind the punishments Nash and duality certificates, or a penal code and floors."""
        found: list[Certificate | None] = [] if self.code is None else [self.code]
        for entry in self.thresholds:
            proof = entry.evidence
            found.append(proof if isinstance(proof, PunishmentFloorCertificate) or proof is None else proof.certificate)
        return tuple(dict.fromkeys(c for c in found if c is not None))

    def verify(self) -> Literal[True]:
        """Re-check every gain, punishment payoff and threshold from the stage game, exactly, and the evidence behind them.

        Raises
        ------
        CertificateError
            If a number is not what the stage game and the punishment's evidence say.
        """
        game, claim = self.stage.exact(), "the thresholds of the critical discount factor"
        for certificate in self.certificates:
            certificate.verify(game)
        table = PositionPayoffs(game)
        for entry in self.thresholds:
            own = player_threshold(table, self.path, entry.player, entry.punishment, entry.evidence)
            if own != entry:
                raise CertificateError(f"{claim}: player {entry.player} has {own}, not {entry}", claim=claim)
            paid = _paid(game, entry)
            if paid is not None and paid != entry.punishment:
                raise CertificateError(f"{claim}: the punishment of player {entry.player} pays {paid}", claim=claim)
        if self.bound == "optimal":
            if self.code is not None and (self.code.target != self.path or self.upper < self.lower):
                raise CertificateError(
                    f"{claim}: the penal code is about another path, or below the floors", claim=claim
                )
        elif self.sustaining != sustained_by_all(self.thresholds):
            raise CertificateError(f"{claim}: the discount factors are not those of the thresholds", claim=claim)
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``, algebraic numbers by polynomial and interval."""
        data: dict[str, Any] = {"target": target_labels(self.stage, self.path), "sustainable": self.sustainable}
        exact_here = self.sustainable and (self.bound != "optimal" or self.lower == self.upper)
        data["discount"] = discount_to_json(self.discount) if exact_here else None
        if self.bound == "optimal":
            data |= {"lower": discount_to_json(self.lower), "upper": discount_to_json(self.upper)}
        return data | {
            "sustaining": self.sustaining.to_dict()["intervals"],
            "bound": self.bound,
            "punishment": self.punishment,
            "players": [
                {
                    "player": self.stage.players[t.player],
                    "gain": exact_text(t.gain),
                    "deviation": None if t.deviation is None else self.stage.actions[t.player][t.deviation],
                    "punishment": exact_text(t.punishment),
                    "discount": None if t.discount is None else discount_to_json(t.discount),
                }
                for t in self.thresholds
            ],
            "certificates": [certificate.to_dict() for certificate in self.certificates],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each player: what tempts, what punishes, from which discount factor on."""
        rows = [
            [
                self.stage.players[t.player],
                t.gain,
                None if t.deviation is None else self.stage.actions[t.player][t.deviation],
                t.loss,
                t.discount,
            ]
            for t in self.thresholds
        ]
        return data_frame(rows, ["player", "gain", "deviation", "loss", "discount"])

    def __float__(self) -> float:
        return float(self.discount)

    def describe(self) -> str:
        """The answer in one sentence."""
        target = self.path.describe(self.stage)
        binding = self.thresholds[self.binding_player]
        name = self.stage.players[binding.player]
        if not self.sustainable:
            return f"{target} sustains itself at no discount factor below 1: {name} gains and is not punished"
        if all(t.deviation is None for t in self.thresholds):
            return f"{target} sustains itself at every discount factor: nobody gains by deviating"
        action = "" if binding.deviation is None else self.stage.actions[binding.player][binding.deviation]
        tempted = f"binding: {name} deviating to {action}"
        if self.bound == "optimal":
            least = number_text(self.upper)
            if self.lower != self.upper:
                least = f"some number between {number_text(self.lower)} and {least}"
            return f"{target} is an equilibrium outcome from δ = {least} on; {tempted}"
        relation = {"sufficient": "at the latest from", "necessary": "at best from"}.get(self.bound, "from")
        if self.sustaining.lasting == self.sustaining.infimum:
            return f"{target} sustains itself {relation} δ = {number_text(self.discount)} on; {tempted}"
        return f"{target} sustains itself {relation} δ = {number_text(self.discount)} on, at δ in {self.sustaining}; {tempted}"

    def __repr__(self) -> str:
        return f"CriticalDiscount(exact, {self.bound}: {self.describe()}; punishment: {self.punishment})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def critical_discount(
    stage: NormalFormGame | RepeatedGame,
    target: Target,
    *,
    punishment: Punishment,
    punishment_profiles: Sequence[Any] | None = None,
    strategies: Punishers = "pure",
    public_randomisation: bool = True,
    gap: float | Fraction = Fraction(1, 1000),
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> CriticalDiscount:
    """The least discount factor at which a target sustains itself under the named punishment.

    Parameters
    ----------
    stage : NormalFormGame or RepeatedGame
    target : pure profile of the stage game (indices or labels), Cycle, or mapping from pure profiles to probabilities
        What is played in every period, in rotation, or drawn by a public lottery in every period.
    punishment : "nash", "minmax", "optimal", or n payoffs
        What follows a deviation; see the head of this module for what the answer then means.
    punishment_profiles : sequence of mixed profiles, optional
        For ``"nash"``: the stage equilibria to choose each player's worst from. Each must be an exact equilibrium.
        By default all equilibria (two players) or all pure ones (more).
    strategies : "pure", "mixed" or "correlated"
        For ``"minmax"``: what punishers may play.
    public_randomisation : bool
        For ``"optimal"``: whether punishments may be drawn by public lotteries. Without them equilibria need not become
        more as δ grows, and the answer is the infimum of the δ that have one; the lower bound is that of lotteries.
    gap : float or Fraction, 0 < gap < 1
        For ``"optimal"``: the search ends when the bounds are this close, unless they meet before.
    time_limit : float, optional
        Seconds, for ``"optimal"``.
    progress : callable, optional
        Called as ``progress(lower, upper)`` now and then, for ``"optimal"``.

    Returns
    -------
    CriticalDiscount

    Raises
    ------
    SpecificationError
        A profile given as punishment that is no equilibrium (its regret is named), or a malformed argument.
    UnsupportedError
        A mixed target, or ``"nash"`` where no equilibrium to punish with is known.
    SolverError
        ``"optimal"``: no penal code was found though none is excluded, or the time limit was reached; ``best`` has the
        bounds so far.

    Examples
    --------
    A prisoner's dilemma with payoffs 9, 1, 10, 3: defection for ever sustains cooperation from δ = 1/7 on.

    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]], actions=[["C", "D"]] * 2)
    >>> critical_discount(stage, ("C", "C"), punishment="nash").discount
    Fraction(1, 7)

    Taking turns, the one who cooperates alone gains 2 by defecting, and needs to look forward to its own turn.

    >>> from gametheory.repeated import Cycle
    >>> found = critical_discount(stage, Cycle([("C", "D"), ("D", "C")]), punishment="nash")
    >>> found.discount, found.sustaining
    (Fraction(2, 7), DiscountSet(exact: [2/7, 1)))
    """
    game = seen_stage(stage)
    path = read_target(game, target)
    if punishment != "nash" and punishment_profiles is not None:
        raise SpecificationError("punishment_profiles: these go with punishment='nash'; leave them out")
    exact_game = game.exact()
    if isinstance(punishment, str) and punishment == "optimal":
        return _optimal(game, path, public_randomisation, gap, time_limit, progress)
    payoffs, evidence, bound, words = _punishments(game, exact_game, punishment, punishment_profiles, strategies)
    table = PositionPayoffs(exact_game)
    thresholds = tuple(player_threshold(table, path, i, payoffs[i], evidence[i]) for i in range(game.num_players))
    sustaining = sustained_by_all(thresholds)
    return CriticalDiscount(
        stage=game,
        path=path,
        sustainable=bool(sustaining),
        thresholds=thresholds,
        sustaining=sustaining,
        bound=bound,
        punishment=words,
    )


def _optimal(
    game: NormalFormGame,
    path: PlayPath,
    public_randomisation: bool,
    gap: float | Fraction,
    time_limit: float | None,
    progress: Progress | None,
) -> CriticalDiscount:
    wanted = exact(gap, where="gap")
    if not 0 < wanted < 1:
        raise SpecificationError(f"gap: found {gap}; write a number between 0 and 1")
    check_seconds("time_limit", time_limit)
    found = optimal_bracket(
        StageTable(game),
        path,
        lotteries=public_randomisation,
        gap=wanted,
        time_limit=time_limit,
        progress=progress,
    )
    lots = "with public lotteries" if public_randomisation else "without public lotteries"
    return CriticalDiscount(
        stage=game,
        path=path,
        sustainable=found.code is not None,
        thresholds=found.thresholds,
        sustaining=found.sustaining,
        bound="optimal",
        punishment=f"the worst subgame-perfect equilibrium in pure actions, {lots}",
        code=found.code,
    )


def _punishments(
    game: NormalFormGame,
    exact_game: NormalFormGame,
    punishment: Punishment,
    profiles: Sequence[Any] | None,
    strategies: Punishers,
) -> tuple[list[Fraction], list[Punisher | None], Bound, str]:
    """What each player is held to, the evidence, what the threshold then means, and the punishment in words."""
    if not isinstance(punishment, str):
        given = exact_vector(punishment, where="punishment", count=game.num_players)
        return list(given), [None] * game.num_players, "for the given punishment", "the payoffs given"
    if punishment == "nash":
        worst, words = _worst_equilibria(game, exact_game, profiles)
        payoffs = [expected_payoffs(exact_game, e.exact_profile)[i] for i, e in enumerate(worst)]
        return payoffs, list(worst), "sufficient", words
    if punishment == "minmax":
        values = [minmax(exact_game, i, strategies=strategies) for i in range(game.num_players)]
        words = f"{strategies} minmax"
        if any(v.lower != v.upper for v in values):
            words += " (bounded from below by the correlated one)"
        return [v.lower for v in values], list(values), "necessary", words
    raise SpecificationError(
        f"punishment: found {punishment!r}; write 'nash', 'minmax', 'optimal' or {game.num_players} payoffs"
    )


def _paid(game: NormalFormGame, entry: PlayerThreshold) -> Fraction | None:
    """What the evidence says that the punishment pays; ``None`` where it was given."""
    proof = entry.evidence
    if isinstance(proof, Equilibrium):
        return Fraction(expected_payoffs(game, proof.exact_profile)[entry.player])
    if isinstance(proof, PunishmentFloorCertificate):
        return proof.floors[entry.player]
    return None if proof is None else proof.lower


def is_sustainable(
    stage: NormalFormGame | RepeatedGame,
    target: Target,
    *,
    discount: Any = None,
    punishment: Punishment,
    punishment_profiles: Sequence[Any] | None = None,
    strategies: Punishers = "pure",
    public_randomisation: bool = True,
) -> Verdict:
    """Whether no one-shot deviation from the target pays at a discount factor, under the named punishment.

    The gain of a deviation is (1 − δ) g_i − δ (V_i − P_i), V_i what follows at the target; the verdict is exact, "yes" at the
    threshold itself. Under ``"optimal"`` the witness is the penal code or what excludes one, and where neither was found
    the verdict is "within tolerance".

    Parameters
    ----------
    discount : number, 0 ≤ δ < 1
        May be left out for a :class:`RepeatedGame`.

    Examples
    --------
    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> [is_sustainable(stage, (0, 0), discount=d, punishment="nash").status for d in ("1/7", "1/8")]
    ['yes', 'no']
    """
    game = seen_stage(stage)
    delta = read_discount(stage, discount)
    if isinstance(punishment, str) and punishment == "optimal":
        path, asked = read_target(game, target), f"is the target an equilibrium outcome at δ = {delta}?"
        status, proof = decided_at(StageTable(game), path, delta, lotteries=public_randomisation)
        if status == "open":
            doubt = "neither a penal code nor floors that exclude one were found; ask at another discount factor"
            return Verdict("within tolerance", Fraction(0), None, asked, doubt)
        return Verdict(status, Fraction(0), proof, asked)
    found = critical_discount(
        stage, target, punishment=punishment, punishment_profiles=punishment_profiles, strategies=strategies
    )
    table = PositionPayoffs(game.exact())
    gains = [_best_deviation(table, found.path, t, delta) for t in found.thresholds]
    worst = max(range(len(gains)), key=lambda i: gains[i])
    question = f"does the target sustain itself at δ = {delta} ({found.punishment})?"
    if gains[worst] <= 0:
        return Verdict("yes", Fraction(0), None, question)
    return Verdict("no", gains[worst], found.thresholds[worst], question)


def _best_deviation(table: PositionPayoffs, path: PlayPath, entry: PlayerThreshold, delta: Fraction) -> Fraction:
    """The most that a player gains by a one-shot deviation that gains at once; 0 where none does."""
    values, divisor = value_polynomials(table, path, entry.player)
    gains = [Fraction(0)]
    for t, lottery in enumerate(path.cycle):
        gain = table.gains(lottery)[entry.player]
        if gain > 0:
            follows = evaluate(values[path.next_position(t)], delta) / evaluate(divisor, delta)
            gains.append((1 - delta) * gain - delta * (follows - entry.punishment))
    return max(gains)


def _worst_equilibria(
    game: NormalFormGame, exact_game: NormalFormGame, given: Sequence[Any] | None
) -> tuple[list[Equilibrium], str]:
    """For each player the stage equilibrium that is worst for it, and the set that was searched, in words."""
    if given is not None:
        candidates = given_equilibria(exact_game, given)
        words = f"worst of the {len(candidates)} stage equilibria given"
    elif game.num_players <= 2:
        candidates = list(nash_equilibria(exact_game, completeness="certified"))
        words = "worst of all stage Nash equilibria"
    else:
        candidates = list(pure_nash_equilibria(exact_game))
        words = "worst of the pure stage Nash equilibria"
    payoffs = [expected_payoffs(exact_game, e.exact_profile) for e in needed(candidates)]
    own = [[payoff[i] for payoff in payoffs] for i in range(game.num_players)]
    return [candidates[values.index(min(values))] for values in own], words
