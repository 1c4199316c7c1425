"""How patient players must be for an outcome to sustain itself.

Let a be a pure profile of the stage game, played in every period, g_i = max_b u_i(b, a_−i) − u_i(a) ≥ 0 the best one-shot
gain of player i, and P_i the payoff (per period) of what follows if i deviates. Deviating is not worth it iff

    (1 − δ) g_i ≤ δ (u_i(a) − P_i),      that is      δ ≥ g_i / (g_i + u_i(a) − P_i)   where g_i > 0,

and it is impossible to deter where g_i > 0 and u_i(a) ≤ P_i. (Who cannot gain at once, g_i = 0, needs no deterring: the
others ignore such a player's deviations, whatever P_i is.) The **critical discount** factor is the largest of these
thresholds over the players. What it means depends on the punishment, which is therefore named:

* ``"nash"``: after i deviates, the stage equilibrium that is worst for i is played for ever. That is subgame perfect, so
  δ* is *sufficient*: an upper bound on the true threshold (Friedman 1971). With two players the worst is taken over **all**
  equilibria: they form finitely many products X × Y of polytopes on which u_i is bilinear, so that the least payoff is at
  a pair of vertices, an extreme equilibrium. With more players it is taken over the pure ones, or over those given.
* ``"minmax"``: nobody can be held below the minmax value, so δ* is *necessary*: a lower bound on the true threshold.
* a vector of payoffs P: the threshold for exactly these continuation payoffs, taken as given.

Everything is exact: payoffs are rationals (floats are too), and so is the threshold.

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

from gametheory.arithmetic import Verdict, exact, exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.nash import is_nash_equilibrium, nash_equilibria
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import CertificateError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, expected_payoffs, is_pure_profile, pure_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.repeated.minmax import Minmax, Punishers, minmax
from gametheory.repeated.repeated_game import RepeatedGame, discount_factor

__all__ = ["CriticalDiscount", "PlayerThreshold", "critical_discount", "is_sustainable"]

Punishment = Literal["nash", "minmax"] | Sequence[Any]
Bound = Literal["sufficient", "necessary", "for the given punishment"]


@final
@dataclass(frozen=True, slots=True)
class PlayerThreshold:
    """What holds one player to the target.

    Attributes
    ----------
    player : int
    gain : Fraction
        Best one-shot gain from deviating.
    deviation : int or None
        The action that has it; ``None`` if nothing gains.
    loss : Fraction
        Payoff per period at the target less that of the punishment.
    punishment : Fraction
        Payoff per period of the punishment.
    discount : Fraction or None
        Smallest discount factor at which the player stays; ``None`` if there is none below 1.
    evidence : Equilibrium, Minmax or None
        Where the punishment's payoff comes from.
    """

    player: int
    gain: Fraction
    deviation: int | None
    loss: Fraction
    punishment: Fraction
    discount: Fraction | None
    evidence: Equilibrium | Minmax | None


@final
@compared_by("stage", "target", "sustainable", "thresholds", "bound", "punishment")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CriticalDiscount:
    """The discount factor from which on a target sustains itself under a punishment; ``float()`` works.

    Attributes
    ----------
    stage : NormalFormGame
    target : tuple of int
    sustainable : bool
        Whether some discount factor below 1 sustains the target.
    thresholds : tuple of PlayerThreshold, one for each player
    bound : "sufficient", "necessary" or "for the given punishment"
        What the number says about the true threshold: see the head of this module.
    punishment : str
        The punishment in words, and the set in which the worst was searched.
    """

    stage: NormalFormGame
    target: tuple[int, ...]
    sustainable: bool
    thresholds: tuple[PlayerThreshold, ...]
    bound: Bound
    punishment: str

    @property
    def discount(self) -> Fraction:
        """The critical discount factor δ*, 0 ≤ δ* < 1.

        Raises
        ------
        UndecidedError
            If no discount factor below 1 sustains the target under this punishment.
        """
        values = [entry.discount for entry in self.thresholds]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            name = self.stage.players[self.binding_player]
            raise UndecidedError(
                f"critical discount: no discount factor below 1 keeps {name} at the target under this punishment; look at "
                ".sustainable first, or name a harsher punishment"
            )
        return max(known)

    @property
    def binding_player(self) -> int:
        """The player whose threshold is largest (the first one; a player whom nothing deters comes first of all)."""
        return max(self.thresholds, key=lambda t: (t.discount is None, t.discount or Fraction(0), -t.player)).player

    @property
    def binding_deviation(self) -> int | None:
        """The binding player's best deviation."""
        return self.thresholds[self.binding_player].deviation

    @property
    def lower(self) -> Fraction:
        """Lower bound on the true threshold: ``discount`` where it is necessary, else 0."""
        return Fraction(0) if self.bound == "sufficient" else self.discount

    @property
    def upper(self) -> Fraction:
        """Upper bound on the true threshold: ``discount`` where it is sufficient, else 1."""
        return Fraction(1) if self.bound == "necessary" else self.discount

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The evidence behind the punishments: Nash and duality certificates."""
        found = (t.evidence.certificate for t in self.thresholds if t.evidence is not None)
        return tuple(dict.fromkeys(c for c in found if c is not None))

    def verify(self) -> Literal[True]:
        """Re-check every gain, punishment payoff and threshold from the stage game, exactly.

        Raises
        ------
        CertificateError
            If a number is not what the stage game and the punishment's evidence say.
        """
        for certificate in self.certificates:
            certificate.verify()
        game, claim = self.stage.exact(), "the thresholds of the critical discount factor"
        for entry in self.thresholds:
            own = _threshold(game, self.target, entry.player, entry.punishment, entry.evidence)
            if own != entry:
                raise CertificateError(f"{claim}: player {entry.player} has {own}, not {entry}", claim=claim)
            if isinstance(entry.evidence, Equilibrium):
                payoff = expected_payoffs(game, entry.evidence.exact_profile)[entry.player]
                if payoff != entry.punishment:
                    raise CertificateError(
                        f"{claim}: the punishment of player {entry.player} pays {payoff}", claim=claim
                    )
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "target": list(self.stage.action_labels(self.target)),
            "sustainable": self.sustainable,
            "discount": exact_text(self.discount) if self.sustainable else None,
            "bound": self.bound,
            "punishment": self.punishment,
            "players": [
                {
                    "player": self.stage.players[t.player],
                    "gain": exact_text(t.gain),
                    "deviation": None if t.deviation is None else self.stage.actions[t.player][t.deviation],
                    "punishment": exact_text(t.punishment),
                    "discount": None if t.discount is None else exact_text(t.discount),
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
        target = "(" + ", ".join(self.stage.action_labels(self.target)) + ")"
        binding = self.thresholds[self.binding_player]
        name = self.stage.players[binding.player]
        if not self.sustainable:
            return f"{target} sustains itself at no discount factor below 1: {name} gains and is not punished"
        if binding.deviation is None:
            return f"{target} sustains itself at every discount factor: nobody gains by deviating"
        action = self.stage.actions[binding.player][binding.deviation]
        relation = {"sufficient": "from", "necessary": "at best from"}.get(self.bound, "from")
        number = exact_text(self.discount)
        shown = number if len(number) <= 12 else f"{float(self.discount):.6f}"
        return f"{target} sustains itself {relation} δ = {shown} on; binding: {name} deviating to {action}"

    def __repr__(self) -> str:
        return f"CriticalDiscount(exact, {self.bound}: {self.describe()}; punishment: {self.punishment})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def critical_discount(
    stage: NormalFormGame | RepeatedGame,
    target: Sequence[int | str],
    *,
    punishment: Punishment,
    punishment_profiles: Sequence[Any] | None = None,
    strategies: Punishers = "pure",
) -> CriticalDiscount:
    """The discount factor from which on a stationary pure target sustains itself under the named punishment.

    Parameters
    ----------
    stage : NormalFormGame or RepeatedGame
    target : pure profile of the stage game, indices or labels
    punishment : "nash", "minmax", or n payoffs
        What follows a deviation; see the head of this module for what the answer then means.
    punishment_profiles : sequence of mixed profiles, optional
        For ``"nash"``: the stage equilibria to choose each player's worst from. Each must be an exact equilibrium.
        By default all equilibria (two players) or all pure ones (more).
    strategies : "pure", "mixed" or "correlated"
        For ``"minmax"``: what punishers may play.

    Returns
    -------
    CriticalDiscount

    Raises
    ------
    SpecificationError
        A profile given as punishment that is no equilibrium (its regret is named), or a malformed argument.
    UnsupportedError
        A mixed target, or ``"nash"`` where no equilibrium to punish with is known.

    Examples
    --------
    A prisoner's dilemma with payoffs 9, 1, 10, 3: defection for ever sustains cooperation from δ = 1/7 on.

    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]], actions=[["C", "D"]] * 2)
    >>> critical_discount(stage, ("C", "C"), punishment="nash").discount
    Fraction(1, 7)
    """
    game = stage.stage if isinstance(stage, RepeatedGame) else stage
    if not is_pure_profile(target):
        raise UnsupportedError("target: only stationary pure targets are answered; give one action for each player")
    index = pure_profile(game, target)
    if punishment != "nash" and punishment_profiles is not None:
        raise SpecificationError("punishment_profiles: these go with punishment='nash'; leave them out")
    exact_game = game.exact()
    bound: Bound
    if isinstance(punishment, str):
        if punishment == "nash":
            worst, words = _worst_equilibria(game, exact_game, punishment_profiles)
            payoffs = [expected_payoffs(exact_game, e.exact_profile)[i] for i, e in enumerate(worst)]
            evidence: list[Equilibrium | Minmax | None] = list(worst)
            bound = "sufficient"
        elif punishment == "minmax":
            values = [minmax(exact_game, i, strategies=strategies) for i in range(game.num_players)]
            payoffs, evidence, bound = [v.lower for v in values], list(values), "necessary"
            words = f"{strategies} minmax"
            if any(v.lower != v.upper for v in values):
                words += " (bounded from below by the correlated one)"
        else:
            raise SpecificationError(
                f"punishment: found {punishment!r}; write 'nash', 'minmax' or {game.num_players} payoffs"
            )
    else:
        payoffs = [exact(x, where=f"punishment[{i}]") for i, x in enumerate(punishment)]
        if len(payoffs) != game.num_players:
            raise SpecificationError(f"punishment: found {len(payoffs)} payoffs, expected {game.num_players}")
        evidence, bound, words = [None] * game.num_players, "for the given punishment", "the payoffs given"
    thresholds = tuple(_threshold(exact_game, index, i, payoffs[i], evidence[i]) for i in range(game.num_players))
    return CriticalDiscount(
        stage=game,
        target=index,
        sustainable=all(t.discount is not None for t in thresholds),
        thresholds=thresholds,
        bound=bound,
        punishment=words,
    )


def is_sustainable(
    stage: NormalFormGame | RepeatedGame,
    target: Sequence[int | str],
    *,
    discount: Any = None,
    punishment: Punishment,
    punishment_profiles: Sequence[Any] | None = None,
    strategies: Punishers = "pure",
) -> Verdict:
    """Whether no one-shot deviation from the target pays at a discount factor, under the named punishment.

    The gain of a deviation is (1 − δ) g_i − δ (u_i(a) − P_i); the verdict is exact, "yes" at the threshold itself.

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
    if isinstance(stage, RepeatedGame):
        discount = stage.discount if discount is None else discount
    elif discount is None:
        raise SpecificationError("discount: missing; pass discount=, or a RepeatedGame, which has one")
    delta = discount_factor(discount)
    found = critical_discount(
        stage, target, punishment=punishment, punishment_profiles=punishment_profiles, strategies=strategies
    )
    gains = [(1 - delta) * t.gain - delta * t.loss if t.gain > 0 else Fraction(0) for t in found.thresholds]
    worst = max(range(len(gains)), key=lambda i: gains[i])
    question = f"does the target sustain itself at δ = {delta} ({found.punishment})?"
    if gains[worst] <= 0:
        return Verdict("yes", Fraction(0), None, question)
    return Verdict("no", gains[worst], found.thresholds[worst], question)


def _threshold(
    game: NormalFormGame,
    target: tuple[int, ...],
    player: int,
    punishment: Fraction,
    evidence: Equilibrium | Minmax | None,
) -> PlayerThreshold:
    index = tuple(slice(None) if j == player else k for j, k in enumerate(target))
    own = game.numerators[player][index]
    best = int(own.argmax())
    stay = int(own[target[player]])
    gain = Fraction(int(own[best]) - stay, game.denominator)
    loss = Fraction(stay, game.denominator) - punishment
    discount = None if loss <= 0 else gain / (gain + loss)
    if gain == 0:
        discount = Fraction(0)
    return PlayerThreshold(player, gain, best if gain > 0 else None, loss, punishment, discount, evidence)


def _worst_equilibria(
    game: NormalFormGame, exact_game: NormalFormGame, given: Sequence[Any] | None
) -> tuple[list[Equilibrium], str]:
    """For each player the stage equilibrium that is worst for it, and the set that was searched, in words."""
    if given is not None:
        candidates = [_checked(exact_game, k, profile) for k, profile in enumerate(given)]
        words = f"worst of the {len(candidates)} stage equilibria given"
    elif game.num_players <= 2:
        candidates = list(nash_equilibria(exact_game, completeness="certified"))
        words = "worst of all stage Nash equilibria"
    else:
        candidates = list(pure_nash_equilibria(exact_game))
        words = "worst of the pure stage Nash equilibria"
    if not candidates:
        raise UnsupportedError(
            "punishment='nash': no pure stage equilibrium exists to punish with; pass punishment_profiles with mixed ones, or "
            "use punishment='minmax' for a necessary bound"
        )
    payoffs = [expected_payoffs(exact_game, e.exact_profile) for e in candidates]
    own = [[payoff[i] for payoff in payoffs] for i in range(game.num_players)]
    return [candidates[values.index(min(values))] for values in own], words


def _checked(game: NormalFormGame, number: int, profile: Any) -> Equilibrium:
    played = exact_mixed_profile(game, profile)
    verdict = is_nash_equilibrium(game, played, tol=0)
    if not verdict:
        raise SpecificationError(
            f"punishment_profiles[{number}]: this is no stage equilibrium, a player gains {verdict.gain} by deviating; give "
            "exact equilibria (equilibrium.exact_profile of a solver's answer)"
        )
    return Equilibrium(
        concept="Nash",
        game=game,
        profile=played,
        exact_profile=played,
        payoffs=tuple(expected_payoffs(game, played)),
        certificate=DeviationCertificate.nash(game, played),
        method="given",
    )
