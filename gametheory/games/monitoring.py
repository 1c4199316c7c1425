"""Public monitoring: the signal that everybody sees, given what the players did.

After the action profile a, a public signal y from a finite set is drawn with probability π(y | a). Perfect monitoring
reveals a itself; an alarm is a signal of two values, raised with the *false alarm rate* π(alarm | target) when all
comply with a target profile and with the *detection rate* when somebody does not. Under mixed play σ the signal has the
distribution Σ_a ∏_i σ_i(a_i) π(· | a).

The table has ∏ m_i · |Y| entries (for perfect monitoring the square of the number of profiles; predicted).

References: D. Abreu, D. Pearce and E. Stacchetti 1990, "Toward a theory of discounted repeated games with imperfect
monitoring", *Econometrica* 58; G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, chapter 7.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, read_array
from gametheory.errors import SpecificationError
from gametheory.games.labels import Labels, action_counts, action_index, distinct_labels, told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import SUM_TOLERANCE, contract, correlated_profile, exact_contract, mixed_profile

__all__ = ["Monitoring", "signal_distribution"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class Monitoring:
    """The distribution of a public signal for every action profile.

    Parameters
    ----------
    probabilities : array_like, shape (m_0, …, m_{n−1}, number of signals)
        For each action profile a distribution over signals. Exact entries must sum to one exactly; floats within 1e-9,
        and are then divided by their sum.
    signals : sequence of distinct str, optional
        Names; by default ``"signal 1"``, ….

    Attributes
    ----------
    arithmetic : "exact" or "float"
    numerators, denominator : array, int
        ``probabilities = numerators / denominator``: integers if exact, floats over 1 otherwise. Read-only.

    Raises
    ------
    SpecificationError
        Negative probabilities, sums other than one, expressions with free symbols; the message names the profile.

    Examples
    --------
    >>> Monitoring([[["9/10", "1/10"], ["1/2", "1/2"]], [["1/2", "1/2"], ["3/10", "7/10"]]], ["good", "bad"])
    Monitoring(2×2 profiles, 2 signals, exact)
    """

    numerators: Array
    denominator: int
    arithmetic: Literal["exact", "float"]
    signals: tuple[str, ...]

    def __init__(self, probabilities: Any, signals: Labels | None = None) -> None:
        kind, array = read_array(probabilities, where="probabilities")
        if kind == "symbolic":
            raise SpecificationError("probabilities: found an expression with free symbols; write numbers")
        shape = tuple(array.shape)
        if len(shape) < 2 or min(shape) < 1:
            raise SpecificationError(
                f"probabilities: found shape {shape}; write an axis of actions for each player, then one of signals"
            )
        numerators = array.numerators if isinstance(array, RationalArray) else array
        one = array.denominator if isinstance(array, RationalArray) else 1.0
        slack = 0 if kind == "exact" else SUM_TOLERANCE
        negative = np.argwhere(numerators < -slack)
        if len(negative):
            index = tuple(int(k) for k in negative[0])
            raise SpecificationError(
                f"probabilities{list(index)}: found {array[index]}; probabilities are not negative"
            )
        numerators = np.maximum(numerators, 0) if kind == "float" else numerators
        totals = numerators.sum(axis=-1, keepdims=True)
        wrong = np.argwhere(np.abs(totals - one) > slack)
        if len(wrong):
            index = tuple(int(k) for k in wrong[0][:-1])
            found = Fraction(int(totals[(*index, 0)]), int(one)) if kind == "exact" else totals[(*index, 0)]
            raise SpecificationError(
                f"probabilities{list(index)}: found probabilities that sum to {found}; they must sum to 1"
            )
        stored = np.array(numerators / totals if kind == "float" else numerators, copy=True, order="C")
        stored.setflags(write=False)
        count = shape[-1]
        names = [f"signal {k + 1}" for k in range(count)] if signals is None else signals
        if isinstance(names, str) or len(names) != count:
            raise SpecificationError(f"signals: found {names!r}; write {count} names, as many as the table has")
        set_field = object.__setattr__
        set_field(self, "numerators", stored)
        set_field(self, "denominator", int(one))
        set_field(self, "arithmetic", kind)
        set_field(self, "signals", distinct_labels(names, "signals"))

    @classmethod
    def perfect(cls, game: NormalFormGame | Sequence[int]) -> Monitoring:
        """Everybody sees the action profile: a signal for each, named after it.

        Parameters
        ----------
        game : NormalFormGame, or the number of actions of each player

        Examples
        --------
        >>> Monitoring.perfect((2, 2)).signals
        ('1, 1', '1, 2', '2, 1', '2, 2')
        """
        num_actions = _num_actions(game)
        size = math.prod(num_actions)
        refuse_if_too_large(size * size, 8, "perfect monitoring")
        labels: Iterable[Labels] = [[str(k + 1) for k in range(m)] for m in num_actions]
        if isinstance(game, NormalFormGame):
            labels = game.actions
        names = told_apart([", ".join(profile) for profile in product(*labels)])
        return cls(np.eye(size, dtype=np.int64).reshape(*num_actions, size), names)

    @classmethod
    def alarm(
        cls,
        game: NormalFormGame | Sequence[int],
        target: Sequence[int | str],
        *,
        detection_rate: Any,
        false_alarm_rate: Any,
        watched: Iterable[int] | None = None,
        signals: tuple[str, str] = ("quiet", "alarm"),
    ) -> Monitoring:
        """A public alarm that tells, with errors, whether everybody watched plays a target profile.

        Parameters
        ----------
        game : NormalFormGame, or the number of actions of each player
        target : pure profile
            What compliance is.
        detection_rate : number in [0, 1], or a sequence of them
            Probability of an alarm when somebody deviates; a sequence gives it for 1, 2, … deviators.
        false_alarm_rate : number in [0, 1]
            Probability of an alarm when nobody does.
        watched : iterable of players, optional
            Whose deviations count; by default everybody's.
        signals : two names, no alarm first

        Examples
        --------
        The noisy prisoner's dilemma of Mailath and Samuelson 2006, section 7.2: a good signal with probability 9/10 if
        both cooperate, 1/2 if one does, 3/10 if none does.

        >>> from gametheory.games.catalogue import prisoners_dilemma
        >>> noisy = Monitoring.alarm(
        ...     prisoners_dilemma(), (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10"
        ... )
        >>> str(noisy.probability("quiet", 1, 1))
        '3/10'
        """
        num_actions = _num_actions(game)
        n = len(num_actions)
        if len(target) != n:
            raise SpecificationError(f"target: found {target!r}; write {n} actions, one for each player")
        labels = (
            game.actions if isinstance(game, NormalFormGame) else [[str(k + 1) for k in range(m)] for m in num_actions]
        )
        indices = [
            action_index(a, names, f"target[{i}]") for i, (a, names) in enumerate(zip(target, labels, strict=True))
        ]
        who = range(n) if watched is None else sorted({_watched(i, n) for i in watched})
        rates = _rates(detection_rate, false_alarm_rate, len(who))
        deviators = np.zeros(num_actions, dtype=np.int64)
        for i in who:
            moves = np.arange(num_actions[i]) != indices[i]
            deviators += moves.reshape([-1 if axis == i else 1 for axis in range(n)])
        table = np.empty(len(rates), dtype=object)
        table[:] = rates
        alarm = table[deviators]
        values = np.stack([1 - alarm, alarm], axis=-1)
        if isinstance(rates[0], Fraction):
            return cls(RationalArray.from_fractions(values), signals)
        return cls(values.astype(np.float64), signals)

    @property
    def num_actions(self) -> tuple[int, ...]:
        """Number of actions of each player."""
        return tuple(self.numerators.shape[:-1])

    @property
    def num_signals(self) -> int:
        return len(self.signals)

    @property
    def probabilities(self) -> Array:
        """The table, shape (m_0, …, m_{n−1}, number of signals): fractions, made anew, or floats."""
        if self.arithmetic == "exact":
            return RationalArray(self.numerators, self.denominator).fractions()
        return self.numerators

    def float_probabilities(self) -> NDArray[np.float64]:
        """The table as the nearest floats."""
        return (
            RationalArray(self.numerators, self.denominator).floats() if self.arithmetic == "exact" else self.numerators
        )

    def probability(self, signal: int | str, *profile: int) -> Any:
        """π(signal | profile), the profile given by indices."""
        if len(profile) != len(self.num_actions):
            raise SpecificationError(f"profile: found {profile}; write {len(self.num_actions)} action indices")
        value = self.numerators[(*profile, self.signal_index(signal))]
        return Fraction(int(value), self.denominator) if self.arithmetic == "exact" else float(value)

    def signal_index(self, signal: int | str) -> int:
        """Index of a signal given by index or name."""
        return action_index(signal, self.signals, "signal", what="signal")

    def exact(self) -> Monitoring:
        """The same monitoring in exact arithmetic: floats are rationals, each row divided by its exact sum."""
        if self.arithmetic == "exact":
            return self
        rows = RationalArray.from_floats(self.numerators).fractions()
        return Monitoring(RationalArray.from_fractions(rows / rows.sum(axis=-1, keepdims=True)), self.signals)

    def joint(self, other: Monitoring) -> Monitoring:
        """Both signals seen together, drawn independently given the action profile.

        Raises
        ------
        SpecificationError
            If the two watch games of different sizes.
        """
        if self.num_actions != other.num_actions:
            raise SpecificationError(
                f"monitoring: found {self.num_actions} and {other.num_actions} actions; both must watch the same game"
            )
        names = told_apart([f"{a}, {b}" for a in self.signals for b in other.signals])
        refuse_if_too_large(math.prod(self.num_actions) * len(names), 64, "the joint monitoring")
        both = {self.arithmetic, other.arithmetic} == {"exact"}
        left, right = (m.probabilities if both else m.float_probabilities() for m in (self, other))
        table = (left[..., :, None] * right[..., None, :]).reshape(*self.num_actions, len(names))
        return Monitoring(RationalArray.from_fractions(table) if both else table, names)

    def garbled(self, garbling: Any, signals: Labels | None = None) -> Monitoring:
        """What is seen of the signal through a channel: probability π(z | a) = Σ_y π(y | a) G(z | y).

        Parameters
        ----------
        garbling : array_like, shape (num_signals, new number of signals), or sequence of groups of signals
            The channel's rows G(· | y), each summing to 1; or groups, to pool their signals into one.
        signals : names of what is seen, optional
            By default the old names where as many are seen, groups joined by " or ", else ``"signal 1"``, ….

        Examples
        --------
        Two alarms pooled: whether anything has happened, not what.

        >>> either = Monitoring([[["8/10", "1/10", "1/10"]], [["4/10", "1/10", "5/10"]]], ["quiet", "left", "right"])
        >>> pooled = either.garbled([["quiet"], ["left", "right"]])
        >>> pooled.signals, [str(p) for p in pooled.probabilities[1, 0]]
        (('quiet', 'left or right'), ['2/5', '3/5'])
        """
        if not isinstance(garbling, np.ndarray | RationalArray) and _names_groups(garbling, self.signals):
            groups = [[self.signal_index(name) for name in group] for group in garbling]
            listed = sorted(k for group in groups for k in group)
            if listed != list(range(self.num_signals)):
                raise SpecificationError(
                    f"garbling: found the groups {garbling!r}; name each of the signals {', '.join(self.signals)} once"
                )
            rows: Any = np.zeros((self.num_signals, len(groups)), dtype=np.int64)
            for column, group in enumerate(groups):
                rows[group, column] = 1
            names: Any = signals or told_apart([" or ".join(self.signals[k] for k in group) for group in groups])
            channel = Monitoring(rows, names)
        else:
            channel = Monitoring(garbling, signals)
            if channel.numerators.ndim != 2 or channel.num_actions != (self.num_signals,):
                raise SpecificationError(
                    f"garbling: found shape {channel.numerators.shape}; write a row for each of the {self.num_signals} signals"
                )
            if signals is None and channel.num_signals == self.num_signals:
                channel = Monitoring(garbling, self.signals)
        if {self.arithmetic, channel.arithmetic} == {"exact"}:
            product_ = np.tensordot(self.numerators.astype(object), channel.numerators.astype(object), axes=(-1, 0))
            return Monitoring(RationalArray(product_, self.denominator * channel.denominator), channel.signals)
        return Monitoring(
            np.tensordot(self.float_probabilities(), channel.float_probabilities(), axes=(-1, 0)), channel.signals
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Monitoring):
            return NotImplemented
        return (self.arithmetic, self.signals, self.denominator) == (
            other.arithmetic,
            other.signals,
            other.denominator,
        ) and bool(np.array_equal(self.numerators, other.numerators))

    def __hash__(self) -> int:
        return hash((self.signals, self.denominator, self.numerators.shape, *self.numerators.flat))

    def __reduce__(self) -> tuple[Any, ...]:
        table: Any = self.numerators
        if self.arithmetic == "exact":
            table = RationalArray(self.numerators, self.denominator)
        return Monitoring, (table, self.signals)

    def __repr__(self) -> str:
        size = "×".join(map(str, self.num_actions))
        return f"Monitoring({size} profiles, {self.num_signals} signals, {self.arithmetic})"


def signal_distribution(game: NormalFormGame, monitoring: Monitoring, profile: Any) -> Array:
    """Distribution of the public signal under a pure, mixed or correlated profile, shape (number of signals,).

    A numpy array is a correlated profile; a tuple or list is a pure or mixed one. Fractions if monitoring and profile
    are exact, floats otherwise.

    Raises
    ------
    SpecificationError
        If the monitoring is of a game with other numbers of actions.

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> game = prisoners_dilemma()
    >>> alarm = Monitoring.alarm(game, (0, 0), detection_rate="1/2", false_alarm_rate="1/10")
    >>> [str(p) for p in signal_distribution(game, alarm, [["1/2", "1/2"], "cooperate"])]
    ['7/10', '3/10']
    """
    if monitoring.num_actions != game.num_actions:
        raise SpecificationError(
            f"monitoring: found {monitoring.num_actions} actions, the game has {game.num_actions}; give one signal "
            "distribution for each action profile of this game"
        )
    table = np.moveaxis(monitoring.numerators, -1, 0)
    correlated = isinstance(profile, np.ndarray)
    vectors = [correlated_profile(game, profile).reshape(-1)] if correlated else list(mixed_profile(game, profile))
    if correlated:
        table = table.reshape(monitoring.num_signals, -1)
    if any(v.dtype == object and not all(isinstance(p, Fraction) for p in v) for v in vectors):  # expressions
        whole = RationalArray(table, monitoring.denominator).fractions() if monitoring.arithmetic == "exact" else table
        return contract(whole.astype(object), [v.astype(object) for v in vectors])
    if monitoring.arithmetic == "exact" and all(v.dtype == object for v in vectors):
        return exact_contract(RationalArray(table, monitoring.denominator), vectors)
    if monitoring.arithmetic == "exact":
        table = RationalArray(table, monitoring.denominator).floats()
    return contract(table, [v.astype(np.float64) for v in vectors])


def _names_groups(garbling: Any, signals: Sequence[str]) -> bool:
    """Whether a garbling is written as groups of names of signals."""
    return all(not isinstance(group, str) and all(name in signals for name in group) for group in garbling)


def _num_actions(game: NormalFormGame | Sequence[int]) -> tuple[int, ...]:
    if isinstance(game, NormalFormGame):
        return game.num_actions
    return action_counts(game)


def _watched(player: Any, n: int) -> int:
    if isinstance(player, bool) or not hasattr(player, "__index__") or not 0 <= player < n:
        raise SpecificationError(f"watched: found {player!r}; players are indices from 0 to {n - 1}")
    return int(player)


def _rates(detection_rate: Any, false_alarm_rate: Any, count: int) -> list[Any]:
    """Alarm probabilities for 0, 1, …, count deviators, all exact or all floats."""
    single = isinstance(detection_rate, str) or not hasattr(detection_rate, "__len__")
    given = [detection_rate] * count if single else list(detection_rate)
    if len(given) != count:
        raise SpecificationError(
            f"detection_rate: found {len(given)} rates; write one number, or one for each of 1 to {count} deviators"
        )
    for k, rate in enumerate([false_alarm_rate, *given]):
        where = "false_alarm_rate" if k == 0 else "detection_rate" if single else f"detection_rate[{k - 1}]"
        value = exact(rate, where=where)
        if not 0 <= value <= 1:
            raise SpecificationError(f"{where}: found {rate}; write a probability between 0 and 1")
    kind, array = read_array([false_alarm_rate, *given], where="alarm rates")
    return list(array.fractions() if kind == "exact" else array.tolist())
