"""A monitor that may side with the attacker: how often it does, how it scores then, and what that costs.

An untrusted monitor colludes with probability ρ on an attack (and φ on honest work, mistaken for a signal), and then draws
the score from a law g instead of the right one:

    f_k becomes (1 − ρ) f_k + ρ g_k,       h becomes (1 − φ) h + φ g

What makes it collude are *switches*. **Passive self-recognition**: it recognises the output of its own kind, with a rate of
recognition and one of false recognition. **Causal signals**: the attacker plants a hidden signal agreed on before, which
paraphrasing or redaction may destroy. **Acausal focal points**: without any agreement both think of the same sign (a
Schelling point) with some probability. Several switches together collude when any does; how they depend on each other
changes the rate, so it is asked: ``"independent"`` 1 − Π(1 − ρ_i), ``"nested"`` max ρ_i (they fire together),
``"exclusive"`` min(1, Σ ρ_i) (they never do; the worst case).

Scoring: ``"honest"``, the attack looks like honest work, g_k = h; a law; or ``"worst"``, whatever hurts the deployed policy
most, which adds an attack type for every score that the monitor might announce. Scored as honest, a larger ρ never helps the
overseer: it garbles the score (Blackwell), keeping h. Under a given law it can, if the law gives the collusion away. When
only an interval of ρ is known its two ends are attack types, as harm is affine in ρ, and the policy is safe against all of
it; that can cost more than the worse end alone, as one policy must serve for both.

References: "Untrusted monitoring: collusion strategies", arXiv:2602.20628; R. Greenblatt et al., "AI control",
arXiv:2312.06942; D. Blackwell, "Equivalent comparisons of experiments", Annals of Mathematical Statistics 24 (1953).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact_text, read_array
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import checked_label
from gametheory.information.distributions import read_distribution, read_probability
from gametheory.oversight.control import ControlGame

__all__ = ["Dependence", "MonitorCollusion", "colluding_game", "read_collusion"]

Dependence = Literal["independent", "nested", "exclusive"]
Law = list[Fraction]


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class MonitorCollusion:
    """How often a monitor colludes.

    Parameters
    ----------
    attack_rate : number in [0, 1]
        ρ: on an attack.
    honest_rate : number in [0, 1]
        φ: on honest work, by mistake.
    name : str
        The switch.

    Examples
    --------
    >>> signal = MonitorCollusion.causal_signal("4/5", survival_rate="1/2")
    >>> focal = MonitorCollusion.focal_point("1/4")
    >>> signal.combined(focal, dependence="independent")
    MonitorCollusion(causal signal + focal point: on attacks 11/20, on honest work 0)
    >>> signal.combined(focal, dependence="exclusive").attack_rate
    Fraction(13, 20)
    """

    attack_rate: Fraction
    honest_rate: Fraction
    name: str

    def __init__(self, attack_rate: Any, honest_rate: Any = 0, *, name: str = "collusion") -> None:
        object.__setattr__(self, "attack_rate", read_probability(attack_rate, where="attack_rate"))
        object.__setattr__(self, "honest_rate", read_probability(honest_rate, where="honest_rate"))
        object.__setattr__(self, "name", checked_label(name, "name"))

    @classmethod
    def self_recognition(cls, recognition_rate: Any, *, false_recognition_rate: Any) -> MonitorCollusion:
        """Passive: the monitor recognises attacks as its own kind's work, and takes honest work for it at another rate."""
        return cls(recognition_rate, false_recognition_rate, name="self-recognition")

    @classmethod
    def causal_signal(cls, signal_rate: Any, *, survival_rate: Any, false_signal_rate: Any = 0) -> MonitorCollusion:
        """A hidden signal agreed on before: planted with one probability, and still there after paraphrasing with another."""
        planted = read_probability(signal_rate, where="signal_rate")
        survives = read_probability(survival_rate, where="survival_rate")
        return cls(planted * survives, false_signal_rate, name="causal signal")

    @classmethod
    def focal_point(cls, meeting_rate: Any, *, coincidence_rate: Any = 0) -> MonitorCollusion:
        """Acausal: attacker and monitor think of the same sign unasked; honest work bears it by coincidence."""
        return cls(meeting_rate, coincidence_rate, name="focal point")

    def combined(self, *others: MonitorCollusion, dependence: Dependence) -> MonitorCollusion:
        """Several switches, of which one is enough; ``dependence`` says how they fire together (see the module)."""
        switches = (self, *others)
        rates = [
            _together([getattr(switch, name) for switch in switches], dependence)
            for name in ("attack_rate", "honest_rate")
        ]
        return MonitorCollusion(*rates, name=" + ".join(switch.name for switch in switches))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        rates = {"attack_rate": exact_text(self.attack_rate), "honest_rate": exact_text(self.honest_rate)}
        return {"name": self.name, **rates}

    def __repr__(self) -> str:
        return f"MonitorCollusion({self.name}: on attacks {brief(self.attack_rate)}, on honest work {brief(self.honest_rate)})"


def colluding_game(
    game: ControlGame,
    collusion: MonitorCollusion | Sequence[MonitorCollusion] | Any,
    *,
    scoring: Literal["honest", "worst"] | Any,
) -> ControlGame:
    """The control game that is left when the monitor colludes.

    Parameters
    ----------
    game : ControlGame
    collusion : MonitorCollusion, number in [0, 1], or a sequence of them
        Several stand for everything between them: the worst case over rates that are known up to an interval.
    scoring : "honest", "worst", or array_like, shape (number of scores,) or (attack types, number of scores)
        The law of the score when the monitor colludes; "worst" depends on the policy.

    Returns
    -------
    ControlGame
        With an attack type for every rate given (and for every score, if "worst").

    Raises
    ------
    UnsupportedError
        Rates on honest work that differ between the cases, or where the score does not follow one law.

    Examples
    --------
    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=accept_audit_defer())
    >>> colluding_game(game, "1/2", scoring="honest").attacks.fractions().tolist()
    [[Fraction(2, 5), Fraction(1, 4), Fraction(7, 20)]]
    >>> colluding_game(game, ["1/10", "1/2"], scoring="worst").num_types
    6
    """
    cases = read_collusion(collusion)
    honest, laws = game.honest.fractions().tolist(), game.attacks.fractions().tolist()
    mistaken = cases[0].honest_rate
    if any(case.honest_rate != mistaken for case in cases):
        raise UnsupportedError("collusion: the rates on honest work differ; write the same honest_rate for every case")
    drawn = _scorings(game, scoring)
    if mistaken and any(len(ways) > 1 or ways != drawn[0] for ways in drawn):
        raise UnsupportedError(
            f"collusion: honest work is mistaken with probability {brief(mistaken)}, and then usefulness depends on how it is "
            "scored; write scoring as one law"
        )
    attacks, names, types = [], [], []
    for k, ways in enumerate(drawn):
        for case in cases:
            for label, law in ways:
                attacks.append(_mixed(laws[k], law, case.attack_rate))
                rate = f", colluding {brief(case.attack_rate)}" if len(cases) > 1 else ""
                names.append(f"{game.attack_types[k]}{rate}{label}")
                types.append(k)
    shown = _mixed(honest, drawn[0][0][1], mistaken)
    return game.with_monitor(shown, attacks, of_types=types, attack_types=names)


def read_collusion(collusion: Any) -> list[MonitorCollusion]:
    """One case, or the two ends of an interval of rates."""
    many = isinstance(collusion, (Sequence, np.ndarray)) and not isinstance(collusion, str)
    cases = [
        case if isinstance(case, MonitorCollusion) else MonitorCollusion(case)
        for case in (collusion if many else [collusion])
    ]
    if not cases:
        raise SpecificationError(
            "collusion: found no rate; write a MonitorCollusion, a probability, or several of them"
        )
    distinct = {case.attack_rate: case for case in cases}
    return [case for rate, case in distinct.items() if rate in (min(distinct), max(distinct))]


def _scorings(game: ControlGame, scoring: Any) -> list[list[tuple[str, Law]]]:
    """For each attack type the laws that a colluding monitor may draw the score from."""
    if isinstance(scoring, str):
        if scoring == "honest":
            return [[("", game.honest.fractions().tolist())]] * game.num_types
        if scoring != "worst":
            raise SpecificationError(f"scoring: found {scoring!r}; write 'honest', 'worst' or a law of the score")
        points = [[Fraction(int(j == s)) for j in range(game.num_scores)] for s in range(game.num_scores)]
        return [[(f" as {name}", law) for name, law in zip(game.scores, points, strict=True)]] * game.num_types
    kind, array = read_array(scoring, where="scoring")
    if kind == "symbolic" or len(array.shape) not in (1, 2) or (len(array.shape) == 2 and len(array) != game.num_types):
        raise SpecificationError(
            f"scoring: found no law of {game.num_scores} scores; write one, or one for each of {game.num_types} attack types"
        )
    rows = [array] * game.num_types if len(array.shape) == 1 else [array[k] for k in range(game.num_types)]
    laws = [read_distribution(row, where=f"scoring[{k}]", size=game.num_scores)[1] for k, row in enumerate(rows)]
    return [[("", law.fractions().tolist())] for law in laws]


def _mixed(right: Law, false: Law, rate: Fraction) -> Law:
    return [(1 - rate) * x + rate * y for x, y in zip(right, false, strict=True)]


def _together(rates: list[Fraction], dependence: Dependence) -> Fraction:
    if dependence == "nested":
        return max(rates)
    if dependence == "exclusive":
        return min(Fraction(1), sum(rates, Fraction(0)))
    if dependence != "independent":
        raise SpecificationError(f"dependence: found {dependence!r}; write 'independent', 'nested' or 'exclusive'")
    kept = Fraction(1)
    for rate in rates:
        kept *= 1 - rate
    return 1 - kept
