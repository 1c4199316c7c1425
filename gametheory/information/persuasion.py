"""Persuasion: what a sender who knows the state should let the receivers know.

A state θ is drawn from the prior μ. The sender commits to a rule that recommends to each receiver i an action a_i with
probability σ(a | θ, t), where t are the receivers' types (what they know themselves); v(θ, a) is the sender's payoff. A
rule is **obedient** (σ is a *Bayes correlated equilibrium*) when no receiver gains by another action b:

    Σ_{θ, t_−i, a_−i} μ(θ) π(t | θ) σ(a | θ, t) (u_i(θ, a) − u_i(θ, b, a_−i)) ≥ 0     for all i, t_i, a_i, b.

Every outcome of any information that the sender may give is the outcome of an obedient rule (Bergemann and Morris 2016,
theorem 1), so that the sender's value is one linear programme, solved in rationals. It can also be read as the concave
closure V of the value v̂(p) that beliefs p leave the sender (Kamenica and Gentzkow 2011): the prices λ of the states are a
hyperplane with

    Σ_θ λ_θ p_θ ≥ v̂(p)  for all beliefs p,       Σ_θ λ_θ μ_θ = V(μ),

which proves that no disclosure does better. *Private* signals may differ by receiver; *public* ones all receivers see, and
then they play a pure equilibrium, the sender's favourite, at the common posterior. With one receiver the two agree.

References: D. Bergemann and S. Morris (2016), Bayes correlated equilibrium and the comparison of information structures
in games, Theoretical Economics 11; the same (2019), Information design: a unified perspective, Journal of Economic
Literature 57; E. Kamenica and M. Gentzkow (2011), Bayesian persuasion, American Economic Review 101.

Complexity: one linear programme with a column for every state, type profile and action profile. Limits: the sender knows
the receivers' types (it need not ask for them); ties are broken for the sender, so that the value is a supremum over
receivers who break them otherwise; mixed and correlated play after a public signal is not considered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, Verdict, exact_text, judge, read_array
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.labels import Labels, action_index
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import SUM_TOLERANCE
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.obedience_programme import (
    Disclosure,
    Index,
    Information,
    Signals,
    persuasion_programme,
    read_information,
)

__all__ = [
    "Persuasion",
    "is_obedient",
    "obedience_regret",
    "optimal_persuasion",
    "persuasion_game",
    "persuasion_programme",
]

Array = NDArray[Any]


def persuasion_game(
    receivers: Any,
    sender: Any,
    *,
    states: Labels | None = None,
    players: Labels | None = None,
    actions: Sequence[Labels] | None = None,
) -> NormalFormGame:
    """Write the game of states and receivers down as one game, whose first player's actions are the states.

    Parameters
    ----------
    receivers : array_like, shape (number of states, n, m_1, …, m_n)
        Payoff of each receiver for each state and action profile.
    sender : array_like, shape (number of states, m_1, …, m_n)
        Payoff of the sender, which becomes that of the first player. Exact beside exact, floats beside floats (whole
        numbers go with either).
    states, players, actions : sequences of str, optional
        Names of the states, the n receivers, and each receiver's actions.

    Returns
    -------
    NormalFormGame
        Shape (1 + n, number of states, m_1, …, m_n); the first player is called ``"Sender"``.

    Examples
    --------
    A judge who is paid for a just verdict, a prosecutor for a conviction (Kamenica and Gentzkow 2011):

    >>> persuasion_game(
    ...     [[[0, 1]], [[1, 0]]], [[1, 0], [1, 0]],
    ...     states=["innocent", "guilty"], players=["Judge"], actions=[["convict", "acquit"]])
    NormalFormGame(2 players, 2×2, exact)
    """
    kind, table = read_array(receivers, where="receivers")
    other, own = read_array(sender, where="sender")
    shape, wanted = tuple(table.shape), (table.shape[0], *table.shape[2:])
    if len(shape) < 3 or shape[1] != len(shape) - 2 or min(shape) < 1:
        raise SpecificationError(
            f"receivers: found shape {shape}; write (states, n, actions of each of the n receivers), such as (2, 1, 3)"
        )
    if tuple(own.shape) != wanted:
        raise SpecificationError(
            f"sender: found shape {tuple(own.shape)}; write {wanted}, as the receivers' payoffs have"
        )
    whole = [isinstance(array, RationalArray) and array.denominator == 1 for array in (own, table)]
    if kind != other and not any(whole):
        raise SpecificationError(
            f"sender: found {other} numbers beside {kind} ones of the receivers; write both exactly or both as floats"
        )
    tables = [_entries(own)[None], np.moveaxis(_entries(table), 1, 0)]
    if kind != other:
        tables = [part.astype(np.float64) for part in tables]
    names = [f"Receiver {i + 1}" for i in range(shape[1])] if players is None else list(players)
    if "Sender" in names or len(names) != shape[1]:
        raise SpecificationError(f"players: found {names}; write {shape[1]} names of receivers, none of them 'Sender'")
    sizes = shape[2:]
    labels = [[str(k + 1) for k in range(m)] for m in sizes] if actions is None else list(actions)
    return NormalFormGame(
        np.concatenate(tables),
        ["Sender", *names],
        [[f"state {k + 1}" for k in range(shape[0])] if states is None else states, *labels],
    )


@final
@compared_by("game", "signals", "disclosure", "exact_value", "exact_distribution")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Persuasion:
    """What the sender discloses, what it is worth to it, and the proof that nothing is worth more.

    Attributes
    ----------
    game : NormalFormGame
        The first player's actions are the states.
    signals, disclosure : str
        As they were asked for.
    value : Fraction or float
        The sender's expected payoff; a float for a game of floats, where :attr:`exact_value` is the rational.
    exact_value : Fraction
    exact_distribution : array of Fraction, shape (states, k_1, …, k_n, m_1, …, m_n)
        Joint probability of state, types and recommended actions; without disclosure there is one state for all.
    prices : mapping from str to Fraction
        What more probability of a state (and of types, where there are any) would add: the hyperplane of the module.
    shadow_prices : mapping from str to Fraction
        For each obedience row that binds ("Judge told convict plays acquit") by how much the value would rise if that
        receiver put up with one unit of expected loss.
    certificate : DualityCertificate
    """

    game: NormalFormGame
    signals: Signals
    disclosure: Disclosure
    value: Fraction | float
    exact_value: Fraction
    exact_distribution: Array
    prices: Mapping[str, Fraction]
    shadow_prices: Mapping[str, Fraction]
    certificate: DualityCertificate

    @property
    def distribution(self) -> Array:
        """The joint distribution: fractions for an exact game, else floats."""
        floats = self.game.arithmetic == "float"
        return self.exact_distribution.astype(np.float64) if floats else self.exact_distribution

    def rule(self, state: int | str, types: Sequence[int] = ()) -> Array:
        """The probability of each recommended profile in a state, given the receivers' types (indices); fractions.

        Raises
        ------
        SpecificationError
            If the state and types have probability 0: there is nothing to recommend.
        """
        receivers = self.game.num_players - 1
        index = action_index(state, self.game.actions[0], "state", what="state")
        index = 0 if self.disclosure == "none" else index
        known = tuple(types) or (0,) * receivers
        part = self.exact_distribution[(index, *known)]
        if part.sum() == 0:
            raise SpecificationError(f"state: {state!r} with types {known} has probability 0; ask for a likely one")
        return np.asarray(part / part.sum())

    def recommendations(self) -> tuple[tuple[tuple[str, ...], Fraction, tuple[Fraction, ...]], ...]:
        """For each recommended profile its labels, its probability, and the posterior over the states that it leaves.

        One who sees the whole profile has this posterior: every receiver of a public signal, a single receiver without
        types. Without disclosure the posterior is the prior, and this is empty.
        """
        if self.disclosure == "none":
            return ()
        receivers = self.game.num_players - 1
        table = self.exact_distribution.sum(axis=tuple(range(1, receivers + 1)))
        result = []
        for profile in np.ndindex(*table.shape[1:]):
            joint = table[(slice(None), *profile)]
            if joint.sum() > 0:
                labels = tuple(self.game.actions[i + 1][k] for i, k in enumerate(profile))
                result.append((labels, joint.sum(), tuple(joint / joint.sum())))
        return tuple(result)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "signals": self.signals,
            "disclosure": self.disclosure,
            "status": "certified",
            "value": exact_text(self.exact_value),
            "distribution": np.vectorize(exact_text, otypes=[object])(self.exact_distribution).tolist(),
            "prices": {name: exact_text(price) for name, price in self.prices.items()},
            "shadow_prices": {name: exact_text(price) for name, price in self.shadow_prices.items()},
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the recommended profiles: probability, and the posterior of each state."""
        rows = [(", ".join(labels), float(p), *map(float, beliefs)) for labels, p, beliefs in self.recommendations()]
        return data_frame(rows, ["recommendation", "probability", *self.game.actions[0]])

    def __repr__(self) -> str:
        told = [f"{', '.join(labels)} with {brief(p)}" for labels, p, _ in self.recommendations()[:4]]
        more = len(self.recommendations()) - len(told)
        listed = f"; {' + '.join(told)}{f' and {more} more' if more else ''}" if told else ""
        return f"Persuasion({self.signals}, {self.disclosure} disclosure, certified: value {brief(self.exact_value)}{listed})"

    def _repr_html_(self) -> str:
        states = "".join(f"<th>{escape(s)}</th>" for s in self.game.actions[0])
        rows = "".join(
            f"<tr><td>{escape(', '.join(labels))}</td><td>{brief(p)}</td>"
            f"{''.join(f'<td>{brief(b)}</td>' for b in beliefs)}</tr>"
            for labels, p, beliefs in self.recommendations()[:200]
        )
        return (
            f"<table><caption>{escape(repr(self))}</caption><tr><th>recommendation</th><th>probability</th>{states}</tr>"
            f"{rows}</table>"
        )


def optimal_persuasion(
    game: NormalFormGame,
    prior: Any,
    *,
    signals: Signals = "private",
    disclosure: Disclosure = "optimal",
    information: Any = None,
) -> Persuasion:
    """Find what a sender who commits should disclose, exactly, certified over all that it might.

    Parameters
    ----------
    game : NormalFormGame
        The first player's actions are the states and its payoffs the sender's, all other players are receivers:
        :func:`persuasion_game` writes it.
    prior : array_like, shape (number of states,)
    signals : "private" or "public"
        Whether each receiver hears its own recommendation alone or all hear all; see the module for what receivers play.
    disclosure : "optimal", "none" or "full"
        The best, or what no and full disclosure are worth, for comparison. Receivers may still be told how to coordinate
        (``"private"``) or play the sender's favourite pure equilibrium (``"public"``).
    information : array_like, shape (number of states, k_1, …, k_n), optional
        What receivers know themselves: for each state the distribution of their types, which the sender knows too.

    Returns
    -------
    Persuasion

    Raises
    ------
    InfeasibleError
        Public signals where receivers have no pure equilibrium at any beliefs that a disclosure could lead to.
    UnsupportedError
        Public signals to receivers with types; free symbols in the payoffs.
    SpecificationError
        A prior or information of another shape, or a programme too large for the memory at hand.

    Notes
    -----
    The programme is written out in :mod:`gametheory.information.obedience_programme`.

    Examples
    --------
    With a prior of 3/10 for guilt the prosecutor has six in ten convicted (Kamenica and Gentzkow 2011, section I):

    >>> game = persuasion_game(
    ...     [[[0, 1]], [[1, 0]]], [[1, 0], [1, 0]],
    ...     states=["innocent", "guilty"], players=["Judge"], actions=[["convict", "acquit"]])
    >>> optimal_persuasion(game, ["7/10", "3/10"])
    Persuasion(private, optimal disclosure, certified: value 3/5; convict with 3/5 + acquit with 2/5)
    >>> [str(p) for p in optimal_persuasion(game, ["7/10", "3/10"]).rule("innocent")]
    ['3/7', '4/7']
    >>> [str(optimal_persuasion(game, ["7/10", "3/10"], disclosure=d).value) for d in ("none", "full")]
    ['0', '3/10']
    """
    from gametheory.optimize.exact import solve_exact

    programme = persuasion_programme(game, prior=prior, signals=signals, disclosure=disclosure, information=information)
    try:
        solution = solve_exact(programme)
    except InfeasibleError as problem:
        raise InfeasibleError(
            "after no public signals of this disclosure do the receivers have a pure equilibrium; use signals='private'",
            certificate=problem.certificate,
        ) from None
    known = read_information(game, prior, information)
    states = 1 if disclosure == "none" else game.num_actions[0]
    distribution = solution.primal.fractions().reshape(states, *known.num_types, *game.num_actions[1:])
    distribution.setflags(write=False)
    cells = programme.row_names[: states * _size(known.num_types)]
    floats = game.arithmetic == "float"
    return Persuasion(
        game=game,
        signals=signals,
        disclosure=disclosure,
        value=float(solution.value) if floats else solution.value,
        exact_value=solution.value,
        exact_distribution=distribution,
        prices=dict(zip(cells, solution.row_duals.fractions().tolist(), strict=False)),
        shadow_prices={name: -price for name, price in solution.binding.items() if name not in set(cells)},
        certificate=solution.certificate,
    )


def obedience_regret(
    game: NormalFormGame,
    prior: Any,
    distribution: Any,
    *,
    signals: Signals = "private",
    information: Any = None,
) -> Fraction:
    """The largest expected gain of any receiver from any plan of disobedience, exact, ≥ 0, in payoff units.

    A plan maps all that the receiver sees (its type, its recommendation; with public signals all recommendations) to an
    action.

    Parameters
    ----------
    distribution : array_like, shape (states, k_1, …, k_n, m_1, …, m_n), without the k where there are no types
        Joint probability of state, types and recommended actions, whose margin is that of prior and information. Floats
        may be off by 1e-9 and are scaled to that margin.

    Raises
    ------
    SpecificationError
        Another shape or margin, negative probabilities.

    Examples
    --------
    >>> game = persuasion_game([[[0, 1]], [[1, 0]]], [[1, 0], [1, 0]])
    >>> obedience_regret(game, ["7/10", "3/10"], [["3/10", "4/10"], ["3/10", 0]])
    Fraction(0, 1)
    >>> obedience_regret(game, ["7/10", "3/10"], [["7/10", 0], ["3/10", 0]])
    Fraction(2, 5)
    """
    found, _ = _plan_gains(game, prior, distribution, signals, information)
    return max(gain for gain, _ in found)


def is_obedient(
    game: NormalFormGame,
    prior: Any,
    distribution: Any,
    *,
    signals: Signals = "private",
    information: Any = None,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Decide whether every receiver follows its recommendation: whether this is a Bayes correlated equilibrium.

    Parameters
    ----------
    distribution : array_like
        As in :func:`obedience_regret`.
    tol : float or Fraction, optional
        Largest gain allowed as a share of the receiver's payoff span.

    Returns
    -------
    Verdict
        ``.witness`` is ``(receiver, plan)``: the plan maps what it sees (its type's index, where there are types, and what
        it is told) to what it plays instead.

    Examples
    --------
    >>> game = persuasion_game([[[0, 1]], [[1, 0]]], [[1, 0], [1, 0]], actions=[["convict", "acquit"]])
    >>> is_obedient(game, ["7/10", "3/10"], [["4/10", "3/10"], ["3/10", 0]])
    Verdict(no, gain=1/10, witness=('Receiver 1', {'convict': 'acquit'}))
    """
    found, floats = _plan_gains(game, prior, distribution, signals, information)
    return judge(
        [gain for gain, _ in found],
        [game.payoff_span(i) for i in range(1, game.num_players)],
        tol=tol,
        arithmetic="float" if floats or game.arithmetic == "float" else "exact",
        witness=lambda i: (game.players[i + 1], found[i][1]),
        question="obedience",
    )


def _plan_gains(
    game: NormalFormGame, prior: Any, distribution: Any, signals: Signals, information: Any
) -> tuple[list[tuple[Fraction, dict[Any, str]]], bool]:
    """For each receiver the gain of its best plan, and the plan where it differs from obedience; were there floats?"""
    if signals not in ("private", "public"):
        raise SpecificationError(f"signals: found {signals!r}; write 'private' or 'public'")
    game = game.exact()
    known = read_information(game, prior, information)
    types = known.num_types
    if signals == "public" and _size(types) > 1:
        raise UnsupportedError("public signals to receivers with types are not treated; use signals='private'")
    joint, floats = exact_joint(game, known, distribution)
    result = []
    for i, m in enumerate(game.num_actions[1:]):
        # gains[seen][b]: what b earns beyond obedience after what is seen.
        gains: dict[Any, list[Fraction]] = {}
        for index in np.ndindex(*joint.shape):
            state, t, a = index[0], index[1 : len(types) + 1], index[len(types) + 1 :]
            if joint[index]:
                own = gains.setdefault(a if signals == "public" else (t[i], a[i]), [Fraction(0)] * m)
                base = int(game.numerators[(i + 1, state, *a)])
                for b in range(m):
                    other = int(game.numerators[(i + 1, state, *a[:i], b, *a[i + 1 :])])
                    own[b] += joint[index] * Fraction(other - base, game.denominator)
        plan = {
            _seen_text(game, i, seen, types, signals): game.actions[i + 1][own.index(max(own))]
            for seen, own in sorted(gains.items())
            if max(own) > 0
        }
        result.append((sum((max(own) for own in gains.values()), Fraction(0)), plan))
    return result, floats


def _seen_text(game: NormalFormGame, receiver: int, seen: Index, types: Index, signals: Signals) -> Any:
    if signals == "public":
        return tuple(game.actions[i + 1][k] for i, k in enumerate(seen))
    told = game.actions[receiver + 1][seen[1]]
    return told if types[receiver] == 1 else (seen[0], told)


def exact_joint(game: NormalFormGame, known: Information, distribution: Any) -> tuple[Array, bool]:
    """A joint distribution in fractions whose margin over states and types is exactly that of the information."""
    kind, array = read_array(distribution, where="distribution")
    if kind == "symbolic":
        raise UnsupportedError("distribution: found free symbols; substitute numbers first")
    full = (*known.joint.shape, *game.num_actions[1:])
    allowed = [full] + [(full[0], *game.num_actions[1:])] * (_size(known.num_types) == 1)
    if tuple(array.shape) not in allowed:
        shapes = " or ".join(map(str, dict.fromkeys(allowed)))
        raise SpecificationError(f"distribution: found shape {tuple(array.shape)}; write {shapes}")
    floats = not isinstance(array, RationalArray)
    if floats:
        array = RationalArray.from_floats(np.where(np.abs(array) <= SUM_TOLERANCE, np.maximum(array, 0.0), array))
    joint = array.fractions().reshape(full)
    for cell in np.ndindex(*known.joint.shape):
        part: Any = joint[cell]
        wanted: Any = known.joint[cell]
        total = part.sum()
        if (part < 0).any() or abs(total - wanted) > (SUM_TOLERANCE if floats else 0):
            raise SpecificationError(
                f"distribution[{', '.join(map(str, cell))}]: found probabilities that sum to {brief(Fraction(total))}; "
                f"write numbers ≥ 0 with the sum {brief(wanted)}, which prior and information give"
            )
        if floats and total:
            joint[cell] = part * (wanted / total)
    return joint, floats


def _entries(array: Any) -> Array:
    return array.fractions() if isinstance(array, RationalArray) else np.asarray(array)


def _size(shape: Index) -> int:
    return int(np.prod(shape, dtype=np.int64))
