"""Which outcomes a principal can bring about with monitors, secret tests and any payments, and the deviation in the way.

An outcome μ* (a distribution of actions) is *virtually enforceable* if outcomes as close to it as one likes are played under
some mediated contract (:mod:`.mediation`) with payments of any size. Tests are what makes it virtual: recommendations of small
probability at which payments are large. With x_i(a, r) free wherever a may be recommended, let P(A) be the set of μ on A that
meet all incentives. If some point of P(A) recommends every profile of A, mixing it in shows that all of P(A) is virtually
enforceable; profiles that no point recommends are dropped until this is so. Then μ* is virtually enforceable iff it is in P(A):
iff no player has a deviation, what to play and report instead when told a_i (random plans are allowed), that

    gains at μ*:      Σ_a μ*(a) Σ_b η(b | a_i) (u_i(b, a_−i) − u_i(a)) > 0,
    and is undetected:  reports are distributed as if he obeyed, whatever profile of A is recommended.

:func:`undetected_deviation` is the linear programme of the most profitable such deviation, a witness where there is one.
Deviations that nobody gains by need not be detected: the monitor needs no monitor as far as he is indifferent.

Reference: D. Rahman 2012, "But who will monitor the monitor?", American Economic Review 102, theorems 1 and 2. Complexity:
|A_i|² |S_i|² columns for each player, and |A| |R| rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np

from gametheory.arithmetic import RationalArray, Verdict, exact_text
from gametheory.arithmetic.reading import read_array
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import correlated_profile, is_pure_profile, pure_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.oversight.mediation import Mediation

__all__ = [
    "UndetectedDeviation",
    "is_virtually_enforceable",
    "undetected_deviation",
    "undetected_deviation_programme",
]

Index = tuple[int, ...]
Rows = list[tuple[str, dict[int, Any], Sense, Any]]
_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@compared_by("player", "gain", "plan")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class UndetectedDeviation:
    """The most that a player gains by a deviation that no report reveals; ``float()`` gives the gain.

    Attributes
    ----------
    player : str
    gain : Fraction
        Per play of the outcome; 0: no undetected deviation gains.
    plan : tuple of (told, plays, seen, reports, Fraction)
        The probability of playing this when told that, and then of reporting this on seeing that; empty if nothing gains.
    certificate : DualityCertificate
    """

    player: str
    gain: Fraction
    plan: tuple[tuple[str, str, str, str, Fraction], ...]
    certificate: DualityCertificate

    def __float__(self) -> float:
        return float(self.gain)

    def __repr__(self) -> str:
        if not self.gain:
            return f"UndetectedDeviation(certified: {self.player} gains by no undetected deviation)"
        told = dict.fromkeys(f"told {t} plays {p}" for t, p, *_ in self.plan if t != p)
        return f"UndetectedDeviation(certified: {self.player} gains {exact_text(self.gain)}; {', '.join(told) or 'reports'})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr>{''.join(f'<td>{escape(str(x))}</td>' for x in entry)}</tr>" for entry in self.plan[:200])
        head = "<tr><th>told</th><th>plays</th><th>sees</th><th>reports</th><th>probability</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table of the plan."""
        return data_frame([list(entry) for entry in self.plan], ["told", "plays", "sees", "reports", "probability"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "player": self.player,
            "gain": exact_text(self.gain),
            "plan": [[*entry[:4], exact_text(entry[4])] for entry in self.plan],
            "certificate": self.certificate.to_dict(),
        }


def undetected_deviation(
    game: NormalFormGame, monitoring: Monitoring, target: Any, player: int | str, *, reports: Sequence[int]
) -> UndetectedDeviation:
    """The most profitable deviation of a player from an outcome that no report can reveal.

    Parameters
    ----------
    game, monitoring, reports
        As of :func:`~gametheory.oversight.monitor_contract`.
    target : pure profile, or correlated profile as an array
        The outcome.
    player : int or str

    Returns
    -------
    UndetectedDeviation

    Examples
    --------
    A monitor who sees the worker has him work. One who sees nothing at all does not:

    >>> game = NormalFormGame.from_bimatrix(
    ...     [["-1/10", "-1/10"], [0, 0]], [[-1, 0], [-1, 0]], players=["monitor", "worker"],
    ...     actions=[["monitor", "rest"], ["work", "shirk"]])
    >>> sees = Monitoring([[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 0, 0]]], ["nothing", "work", "shirking"])
    >>> undetected_deviation(game, sees, ("monitor", "work"), "worker", reports=[3, 1])
    UndetectedDeviation(certified: worker gains by no undetected deviation)
    >>> blind = Monitoring([[[1], [1]], [[1], [1]]])
    >>> undetected_deviation(game, blind, ("rest", "work"), "worker", reports=[1, 1])
    UndetectedDeviation(certified: worker gains 1; told work plays shirk)
    """
    from gametheory.optimize.exact import solve_exact

    model = Mediation.of(game, monitoring, reports)
    outcome, own = _outcome(model, target), model.game.player_index(player)
    programme = undetected_deviation_programme(
        game,
        monitoring=monitoring,
        reports=reports,
        target=[[list(a), exact_text(p)] for a, p in outcome.items()],
        player=own,
        recommendable=[list(a) for a in _recommendable(model, frozenset(outcome))],
    )
    solution = solve_exact(programme)
    plan = _plan(model, own, solution.primal) if solution.value else ()
    return UndetectedDeviation(
        player=model.game.players[own], gain=solution.value, plan=plan, certificate=solution.certificate
    )


def is_virtually_enforceable(
    game: NormalFormGame, monitoring: Monitoring, target: Any, *, reports: Sequence[int]
) -> Verdict:
    """Whether contracts with tests and payments of any size bring about outcomes as close to the target as one likes.

    Parameters
    ----------
    game, monitoring, target, reports
        As of :func:`undetected_deviation`.

    Returns
    -------
    Verdict
        ``.gain``: what the most tempted player gains by an undetected deviation; ``.witness``: that
        :class:`UndetectedDeviation`, with its certificate.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix(
    ...     [["-1/10", "-1/10"], [0, 0]], [[-1, 0], [-1, 0]], players=["monitor", "worker"],
    ...     actions=[["monitor", "rest"], ["work", "shirk"]])
    >>> blind = Monitoring([[[1], [1]], [[1], [1]]])
    >>> is_virtually_enforceable(game, blind, ("rest", "work"), reports=[1, 1])
    Verdict(no, gain=1, witness=UndetectedDeviation(certified: worker gains 1; told work plays shirk))
    """
    question = "is the outcome virtually enforceable?"
    found = [undetected_deviation(game, monitoring, target, i, reports=reports) for i in range(game.num_players)]
    worst = max(found, key=lambda deviation: deviation.gain)
    if worst.gain:
        return Verdict("no", worst.gain, worst, question)
    return Verdict("yes", _ZERO, None, question)


def undetected_deviation_programme(
    game: NormalFormGame, *, monitoring: Any, reports: Sequence[int], target: Any, player: int, recommendable: Any
) -> LinearProgramme:
    """The programme of the module for one player; the row builder ``"undetected_deviation"``.

    Columns: η(t, b), the probability of playing b when told t, and ξ(t, b, s, r), that of then reporting r on seeing s.

    Parameters
    ----------
    target : list of [profile, probability]
    recommendable : list of profiles
        At which a deviation can be detected.
    """
    model = Mediation.of(game, monitoring, reports)
    i, outcome = model.game.player_index(player), {tuple(a): Fraction(p) for a, p in target}
    actions, signals = range(model.game.num_actions[i]), range(model.signals[i])
    labels = model.game.actions[i]
    refuse_if_too_large(
        len(actions) ** 2 * len(signals) ** 2 * (2 + len(recommendable)), 300, "the plans of a player who deviates"
    )
    columns, rows = _columns(model, i), list[Any]()
    objective = dict.fromkeys(range(len(columns)), _ZERO)
    place = {key: k for k, key in enumerate(columns)}
    for a, p in outcome.items():
        for b in actions:
            moved = (*a[:i], b, *a[i + 1 :])
            objective[place[a[i], b]] += p * (model.payoff(i, moved) - model.payoff(i, a))
    for t in actions:
        rows.append((f"told {labels[t]}, something is played", {place[t, b]: 1 for b in actions}, "<=", 1))
        for b in actions:
            for s in signals if len(signals) > 1 else ():
                said: dict[int, Any] = {place[t, b, s, r]: 1 for r in signals}
                name = (
                    f"told {labels[t]}, playing {labels[b]}, seeing {model.signal((i,), (s,))}, something is reported"
                )
                rows.append((name, {**said, place[t, b]: -1}, "==", 0))
    for a in map(tuple, recommendable):
        told = ", ".join(model.game.action_labels(a))
        for k, report in enumerate(model.reports):
            entries: dict[int, Any] = {}
            for b in actions:
                honest = model.chances[a].get(report, _ZERO)
                if honest:
                    entries[place[a[i], b]] = -honest
                for s in signals:
                    seen = (*report[:i], s, *report[i + 1 :])
                    chance = model.chances[(*a[:i], b, *a[i + 1 :])].get(seen, _ZERO)
                    key = (a[i], b, s, report[i]) if len(signals) > 1 else (a[i], b)
                    entries[place[key]] = entries.get(place[key], _ZERO) + chance
            name = f"at ({told}) the report {model.monitoring.signals[k]} is as likely as under obedience"
            rows.append((name, entries, "==", 0))
    names = [
        f"told {labels[t]} plays {labels[b]}"
        + (f", seeing {model.signal((i,), rest[:1])} reports {model.signal((i,), rest[1:])}" if rest else "")
        for t, b, *rest in columns
    ]
    return LinearProgramme.from_rows(
        "max",
        [objective[j] for j in range(len(columns))],
        [(name, *row[1:]) for name, row in zip(told_apart([row[0] for row in rows]), rows, strict=True)],
        column_names=told_apart(names),
        name="undetected_deviation",
        arguments={
            **model.to_data(),
            "target": [[list(a), exact_text(p)] for a, p in outcome.items()],
            "player": i,
            "recommendable": [list(a) for a in recommendable],
        },
        game_digest=model.game.digest(),
    )


def _columns(model: Mediation, i: int) -> list[tuple[int, ...]]:
    """Keys of the columns: (told, plays), and with (sees, reports) where the player has more than one signal."""
    actions, signals = range(model.game.num_actions[i]), range(model.signals[i])
    pairs = [(t, b) for t in actions for b in actions]
    if len(signals) == 1:
        return [*pairs]
    return [*pairs, *((t, b, s, r) for t, b in pairs for s in signals for r in signals)]


def _plan(model: Mediation, i: int, point: RationalArray) -> tuple[tuple[str, str, str, str, Fraction], ...]:
    """What is played and reported otherwise than told and seen, with its probability."""
    labels, plan = model.game.actions[i], []
    for k, (t, b, *rest) in enumerate(_columns(model, i)):
        s, r = rest if rest else (0, 0)
        if point[k] and (rest or model.signals[i] == 1) and (t != b or s != r):
            seen = [model.signal((i,), (x,)) for x in (s, r)] if rest else ["", ""]
            plan.append((labels[t], labels[b], seen[0], seen[1], point[k]))
    return tuple(plan)


def _outcome(model: Mediation, target: Any) -> dict[Index, Fraction]:
    """The profiles of a pure or correlated target, with their probabilities."""
    game = model.game
    if not isinstance(target, np.ndarray) and is_pure_profile(target):
        return {pure_profile(game, target): _ONE}
    table = correlated_profile(game, read_array(target, where="target")[1])
    values = {a: Fraction(table[a]) for a in model.profiles}
    total = sum(values.values(), _ZERO)
    return {a: p / total for a, p in values.items() if p}


def _recommendable(model: Mediation, outcome: frozenset[Index]) -> tuple[Index, ...]:
    """The profiles at which payments can be made: all, less those that no plan recommends, as far as the outcome is kept."""
    among = model.profiles
    while True:
        kept = _recommended(model, among)
        if len(kept) == len(among) or not outcome <= set(kept):
            return among
        among = kept


def _recommended(model: Mediation, among: tuple[Index, ...]) -> tuple[Index, ...]:
    """The profiles of a set that some incentive-compatible plan on it recommends; payments of either sign, without caps."""
    from gametheory.optimize.exact import solve_exact

    rows: Rows = []
    count, held = model.num_columns, set(among)
    for i in range(model.game.num_players):
        for deviation in model.deviations((i,), "shared"):
            written, columns = model.rows(deviation, {i: _ONE}, count, dict.fromkeys(model.profiles, _ONE))
            rows += written
            count += len(columns)
    # Column count + k: how likely the k-th profile is, up to 1, for all at once: sums of plans are plans.
    for k, a in enumerate(model.profiles):
        rows.append((f"recommended {k}", {model.chance_column(a): 1, count + k: -1}, ">=", 0))
    free, size = model.num_columns - len(model.profiles), len(model.profiles)
    shut = [_ZERO if a not in held else None for a in model.profiles]
    payments = [shut[model.chance_column(a)] for _ in model.game.players for a in model.profiles for _ in model.reports]
    programme = LinearProgramme.from_rows(
        "max",
        [0] * count + [1] * size,
        [(f"{k}", *row[1:]) for k, row in enumerate(rows)],
        lower=[*([0] * size), *payments, *([None] * (count - size - free)), *([0] * size)],
        upper=[*shut, *payments, *([None] * (count - size - free)), *([1] * size)],
    )
    point = solve_exact(programme).primal
    return tuple(a for k, a in enumerate(model.profiles) if point[count + k])
