"""Information leakage games: a defender chooses how a secret is processed, an adversary how it is probed.

When the defender takes d and the adversary a, the adversary sees the output y of the channel C_da, whose input is the secret
x with prior π, and then takes the action w that is best for him. The payoff, which the defender wants small, is the posterior
vulnerability V = V_g[π ▷ C] of :mod:`.leakage`. What the adversary knows of d when he interprets y decides the payoff of a
mixed defence δ:

    visible    Σ_d δ_d V(C_da)       he learns d; the payoff is linear in δ
    hidden     V(Σ_d δ_d C_da)       he does not; convex in δ, and never more than visible

Who moves first decides the rest.

    simultaneous        min_δ max_α Σ_a α_a V(·, a) = max_α min_δ …: a saddle point exists, by a matrix game if visible,
                        by convexity in δ if hidden
    defender first      the adversary sees d before he picks a, so the choice cannot be hidden: min_d max_a V(C_da)
    adversary first     the defender sees a: max_a min_d V(C_da) if visible; if hidden he randomises *after* he sees a, a
                        behavioural strategy: max_a min_δ V(Σ_d δ_d C_da)

All are linear programmes in rationals (or finite), with a certificate. Several adversaries may pool what they see; given
secret and defence, their outputs are then independent.

References: M. S. Alvim, K. Chatzikokolakis, Y. Kawamoto and C. Palamidessi 2018, "Leakage and protocol composition in a
game-theoretic perspective", POST; the same authors 2022, "Information leakage games: exploring information as a utility
function", *ACM Transactions on Privacy and Security* 25. Programme: for each a a row for every pair of output and guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from html import escape
from itertools import combinations_with_replacement
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import Channel, read_channel, read_distribution
from gametheory.information.leakage import posterior_vulnerability, read_gain

__all__ = ["LeakageGame", "leakage_game", "leakage_game_programme"]

Array = NDArray[Any]
Choice = Literal["hidden", "visible"]
Order = Literal["simultaneous", "defender first", "adversary first"]
Table = tuple[tuple[Channel, ...], ...]
Attacks = tuple[tuple[int, ...], ...]


@final
@compared_by("value", "defence", "attack", "choice", "order")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LeakageGame:
    """The value of a leakage game and what both sides play; ``float()`` gives the value.

    Attributes
    ----------
    value : Fraction
        The posterior vulnerability in equilibrium.
    choice : "hidden" or "visible"
    order : "simultaneous", "defender first" or "adversary first"
    defence : array of Fraction
        Simultaneous or defender first: δ, shape (defences,). Adversary first: a row δ(· | a) for each attack.
    attack : array of Fraction
        Simultaneous or adversary first: α, shape (attacks,). Defender first: a row for each defence seen.
    attacks : tuple of tuples of int
        What each attack is: the actions of the adversaries that pool, sorted; one action each for a single adversary.
    guesses : tuple of arrays of Fraction, each of shape (outputs, actions)
        With a hidden choice: what the adversary does after each output of each attack. Simultaneously, ``attack`` and
        ``guesses`` secure him ``value`` whatever the defence, and ``defence`` secures no more than that whatever he does: a
        saddle point. Empty with a visible choice, where he plays a best reply to what he sees.
    certificate : DualityCertificate or None
        That ``value`` is the optimum; ``None`` where it is a minimum and maximum over finitely many exact numbers.
    """

    value: Fraction
    choice: Choice
    order: Order
    defence: Array
    attack: Array
    attacks: tuple[tuple[int, ...], ...]
    guesses: tuple[Array, ...]
    certificate: DualityCertificate | None

    def __post_init__(self) -> None:
        for name in ("defence", "attack"):
            array = np.array(getattr(self, name), dtype=object, copy=True)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for array in self.guesses:
            array.setflags(write=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, tuple(getattr(self, name) for name in self.__slots__)

    def __float__(self) -> float:
        return float(self.value)

    def _described(self) -> str:
        evidence = "exact" if self.certificate is None else "certified"
        return f"{self.choice} choice, {self.order}, {evidence}: vulnerability {brief(self.value)}"

    def __repr__(self) -> str:
        plays = f"; defence ({', '.join(map(brief, self.defence))})" if self.defence.ndim == 1 else ""
        return f"LeakageGame({self._described()}{plays})"

    def _repr_html_(self) -> str:
        return f"<p>Leakage game, {escape(self._described())}</p>{self._table()}"

    def _table(self) -> str:
        lines = "".join(
            f"<tr><td>{who}</td><td>{escape(str(given))}</td><td>{escape(str(does))}</td><td>{escape(brief(p))}</td></tr>"
            for who, given, does, p in self._plays()
        )
        return f"<table><tr><th>side</th><th>sees</th><th>plays</th><th>probability</th></tr>{lines}</table>"

    def _plays(self) -> list[tuple[str, Any, Any, Any]]:
        rows: list[tuple[str, Any, Any, Any]] = []
        for who, table in (("defender", self.defence), ("adversary", self.attack)):
            for index in np.ndindex(*table.shape):
                if table[index]:
                    seen: Any = "" if table.ndim == 1 else index[0] if who == "adversary" else self.attacks[index[0]]
                    does: Any = self.attacks[index[-1]] if who == "adversary" else index[-1]
                    rows.append((who, seen, does, table[index]))
        return rows

    def to_frame(self) -> Any:
        """A pandas table of what each side plays.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        return data_frame(self._plays(), ["side", "sees", "plays", "probability"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        plain = {
            name: [[exact_text(p) for p in row] if table.ndim == 2 else exact_text(row) for row in table]
            for name, table in (("defence", self.defence), ("attack", self.attack))
        }
        return {
            "value": exact_text(self.value),
            "choice": self.choice,
            "order": self.order,
            **plain,
            "attacks": [list(a) for a in self.attacks],
            "guesses": [[[exact_text(p) for p in row] for row in own] for own in self.guesses],
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }


def leakage_game(
    prior: Any,
    channels: Sequence[Sequence[Any]],
    *,
    choice: Choice,
    order: Order = "simultaneous",
    gain: Any = None,
    num_adversaries: int = 1,
) -> LeakageGame:
    """Solve a leakage game exactly.

    Parameters
    ----------
    prior : array_like, shape (number of secrets,)
    channels : nested sequence of channels, shape (defences, attacks)
        C_da. All have the same inputs; with a hidden choice those of one attack must have the same outputs.
    choice : "hidden" or "visible"
        Whether the adversary knows the defence when he interprets what he sees.
    order : "simultaneous", "defender first" or "adversary first"
        Who sees the other's choice before making his own.
    gain : array_like, shape (number of guesses, number of secrets), optional
        g(w, x); by default 1 for the right guess, else 0.
    num_adversaries : int, ≥ 1
        So many adversaries each pick an attack and pool what they see.

    Raises
    ------
    SpecificationError
        Also for a hidden choice that the adversary sees (``order="defender first"``).

    Examples
    --------
    A secret bit; what is seen is constant for (0, 0), the bit for (0, 1) and (1, 0), the flipped bit for (1, 1). A visible
    choice protects nothing, a hidden one does.

    >>> constant, bit, flipped = [[1, 0], [1, 0]], [[1, 0], [0, 1]], [[0, 1], [1, 0]]
    >>> table = [[constant, bit], [bit, flipped]]
    >>> leakage_game(["1/2", "1/2"], table, choice="hidden")
    LeakageGame(hidden choice, simultaneous, certified: vulnerability 2/3; defence (2/3, 1/3))
    >>> str(leakage_game(["1/2", "1/2"], table, choice="visible").value)
    '1'
    """
    from gametheory.optimize.exact import solve_exact

    table, attacks, weights, gains = _read(prior, channels, choice, order, gain, num_adversaries)
    defences, size = len(table), len(attacks)
    if order == "simultaneous" or choice == "hidden":
        programme = leakage_game_programme(
            prior, channels, choice=choice, order=order, gain=gain, num_adversaries=num_adversaries
        )
        found = solve_exact(programme)
        value, certificate = found.value, found.certificate
        copies = 1 if order == "simultaneous" else size
        defence = _vector(found.primal[j] for j in range(copies * defences))
        defence = defence if order == "simultaneous" else defence.reshape(size, defences)
        # The multiplier of the row that bounds the payoff of attack a is the weight of a.
        duals = {name: abs(found.row_duals[r]) for r, name in enumerate(programme.row_names)}
        attack = _vector(duals[_payoff_row(a)] for a in attacks)
        guesses = _guesses(table, attacks, len(gains), duals) if choice == "hidden" else ()
    else:
        values, guesses, certificate = _values(table, weights, gains), (), None
        if order == "defender first":
            replies = [_unit(max(range(size), key=row.__getitem__), size) for row in values]
            chosen = min(range(defences), key=lambda d: max(values[d]))
            value, defence, attack = max(values[chosen]), _unit(chosen, defences), np.array(replies, dtype=object)
        else:
            columns = list(zip(*values, strict=True))
            replies = [_unit(min(range(defences), key=column.__getitem__), defences) for column in columns]
            chosen = max(range(size), key=lambda a: min(columns[a]))
            value, defence, attack = min(columns[chosen]), np.array(replies, dtype=object), _unit(chosen, size)
    return LeakageGame(
        value=value,
        choice=choice,
        order=order,
        defence=defence,
        attack=attack,
        attacks=attacks,
        guesses=guesses,
        certificate=certificate,
    )


def leakage_game_programme(
    prior: Any,
    channels: Sequence[Sequence[Any]],
    *,
    choice: Choice,
    order: Order = "simultaneous",
    gain: Any = None,
    num_adversaries: int = 1,
) -> LinearProgramme:
    """The linear programme of :func:`leakage_game`, where it is one.

    Minimise t over δ ≥ 0, Σ_d δ_d = 1. Visible: Σ_d δ_d V(C_da) ≤ t for every a. Hidden: Σ_y v(a, y) ≤ t for every a, and
    v(a, y) ≥ Σ_d δ_d Σ_x π(x) g(w, x) C_da(y | x) for every a, y and w; with ``order="adversary first"`` a δ for each a.

    Raises
    ------
    SpecificationError
        For a visible choice with moves in turn, which is a minimum and maximum over finitely many numbers.
    """
    table, attacks, weights, gains = _read(prior, channels, choice, order, gain, num_adversaries)
    if order != "simultaneous" and choice == "visible":
        raise SpecificationError(
            f"order: found {order!r} with a visible choice, which needs no programme; compare V(C_da)"
        )
    arguments: dict[str, Any] = {
        "prior": _as_text(weights),
        "channels": [
            [_as_text(read_channel(c, where=f"channels[{d}][{a}]").rows) for a, c in enumerate(row)]
            for d, row in enumerate(channels)
        ],
        "choice": choice,
        "order": order,
        "num_adversaries": num_adversaries,
    }
    if gain is not None:
        arguments["gain"] = _as_text(gains)
    return replace(_programme(table, attacks, weights, gains, choice, order), arguments=arguments)


def _as_text(array: RationalArray) -> Any:
    return np.vectorize(exact_text, otypes=[object])(array.fractions()).tolist()


def _programme(
    table: Table, attacks: Attacks, weights: RationalArray, gains: RationalArray, choice: Choice, order: Order
) -> LinearProgramme:
    defences, copies = len(table), 1 if order == "simultaneous" else len(attacks)
    names = [
        f"defence {d}" if copies == 1 else f"defence {d} against {_named(attacks[c])}"
        for c in range(copies)
        for d in range(defences)
    ]
    rows: list[tuple[str, dict[int, Any], Sense, Any]] = []
    for c in range(copies):
        own = {c * defences + d: 1 for d in range(defences)}
        rows.append(("the defence is a distribution" + (f" ({c})" if copies > 1 else ""), own, "==", 1))
    last = len(names)
    names.append("value")
    if choice == "visible":
        values = _values(table, weights, gains)
        for k, a in enumerate(attacks):
            rows.append((_payoff_row(a), {**{d: values[d][k] for d in range(defences)}, last: -1}, "<=", 0))
        return _minimise(names, rows, last)
    outputs = [table[0][k].num_outputs for k in range(len(attacks))]
    refuse_if_too_large(sum(outputs) * len(gains) * (defences + 1), 300, "the programme of the leakage game")
    # g(w, x) π(x), so that a guess w after y is worth its product with the column of y.
    worth = gains.fractions() * weights.fractions()
    for k, a in enumerate(attacks):
        first = len(names)
        names += [f"worth of output {y} of {_named(a)}" for y in range(outputs[k])]
        rows.append((_payoff_row(a), {**{first + y: 1 for y in range(outputs[k])}, last: -1}, "<=", 0))
        offset = k * defences if copies > 1 else 0
        scores = [worth @ table[d][k].rows.fractions() for d in range(defences)]
        for y in range(outputs[k]):
            for w in range(len(gains)):
                entries = {offset + d: scores[d][w, y] for d in range(defences) if scores[d][w, y]}
                rows.append((_guess_row(a, y, w), {**entries, first + y: -1}, "<=", 0))
    return _minimise(names, rows, last)


def _minimise(names: list[str], rows: list[tuple[str, dict[int, Any], Sense, Any]], last: int) -> LinearProgramme:
    return LinearProgramme.from_rows(
        "min",
        [int(j == last) for j in range(len(names))],
        rows,
        lower=[0 if j < last else None for j in range(len(names))],
        column_names=names,
        name="leakage_game",
    )


def _read(
    prior: Any, channels: Sequence[Sequence[Any]], choice: Choice, order: Order, gain: Any, num_adversaries: int
) -> tuple[Table, Attacks, RationalArray, RationalArray]:
    if choice not in ("hidden", "visible"):
        raise SpecificationError(f"choice: found {choice!r}; write 'hidden' or 'visible'")
    if order not in ("simultaneous", "defender first", "adversary first"):
        raise SpecificationError(f"order: found {order!r}; write 'simultaneous', 'defender first' or 'adversary first'")
    if order == "defender first" and choice == "hidden":
        raise SpecificationError(
            "choice: a defence that the adversary sees before he moves is not hidden; write choice='visible', or "
            "order='simultaneous' if he knows the probabilities only"
        )
    if isinstance(num_adversaries, bool) or not isinstance(num_adversaries, int) or num_adversaries < 1:
        raise SpecificationError(f"num_adversaries: found {num_adversaries!r}; write a whole number ≥ 1")
    _, weights = read_distribution(prior, where="prior")
    gains = read_gain(gain, len(weights))
    single = [
        [read_channel(c, where=f"channels[{d}][{a}]", num_inputs=len(weights)) for a, c in enumerate(row)]
        for d, row in enumerate(channels)
    ]
    if not single or not single[0] or any(len(row) != len(single[0]) for row in single):
        raise SpecificationError("channels: write a row for each defence and in it a channel for each attack")
    attacks = tuple(combinations_with_replacement(range(len(single[0])), num_adversaries))
    table = tuple(tuple(reduce(Channel.together, (row[a] for a in attack)) for attack in attacks) for row in single)
    if choice == "hidden":
        for d, row in enumerate(table):
            for a, (channel, model) in enumerate(zip(row, table[0], strict=True)):
                if channel.num_outputs != model.num_outputs:
                    raise SpecificationError(
                        f"channels[{d}][{a}]: found {channel.num_outputs} outputs where defence 0 has {model.num_outputs}; "
                        "a hidden choice needs the same outputs for every defence: add columns of zeros"
                    )
    return table, attacks, weights, gains


def _values(table: Table, weights: RationalArray, gains: RationalArray) -> list[list[Fraction]]:
    return [[posterior_vulnerability(weights, c, gain=gains) for c in row] for row in table]


def _guesses(table: Table, attacks: Attacks, actions: int, duals: dict[str, Fraction]) -> tuple[Array, ...]:
    """What the adversary does after each output of each attack: the multipliers of the guesses, as distributions."""
    result = []
    for k, a in enumerate(attacks):
        own = np.empty((table[0][k].num_outputs, actions), dtype=object)
        for y, w in np.ndindex(*own.shape):
            own[y, w] = duals[_guess_row(a, y, w)]
        total = own.sum(axis=1, keepdims=True)
        own[:, 0] += (total == 0).reshape(-1) * Fraction(1)  # after an attack that is not used anything will do
        result.append(own / (total + (total == 0)))
    return tuple(result)


def _named(attack: tuple[int, ...]) -> str:
    return f"attack {' and '.join(map(str, attack))}"


def _payoff_row(attack: tuple[int, ...]) -> str:
    return f"payoff of {_named(attack)}"


def _guess_row(attack: tuple[int, ...], output: int, action: int) -> str:
    return f"{_named(attack)}, output {output}, action {action}"


def _unit(index: int, size: int) -> Array:
    return _vector(Fraction(int(k == index)) for k in range(size))


def _vector(values: Iterable[Fraction]) -> Array:
    listed = list(values)
    result = np.empty(len(listed), dtype=object)
    result[:] = listed
    return result


def _rebuilt(*fields: Any) -> LeakageGame:
    return LeakageGame(**dict(zip(LeakageGame.__slots__, fields, strict=True)))
