"""An equilibrium with its evidence, and a set of equilibria with the evidence for its completeness.

An :class:`Equilibrium` is a profile that satisfies a solution concept together with a certificate of it: a claim that a
stranger re-checks in rational arithmetic. The profile is of the concept's type: a pure profile is a tuple of action
indices, a mixed one a tuple of probability vectors σ_i ∈ Δ(A_i), a correlated one a distribution μ over profiles.

An :class:`EquilibriumSet` is a sequence of them. For two players the set of all Nash equilibria is a finite union of
products X_k × Y_k of faces of the best-response polytopes, the *maximal Nash subsets*; their vertices are the *extreme*
equilibria, which the sequence lists, and unions of subsets that meet are the *components*.

References
----------
H.-M. Winkels (1979), *An algorithm to determine all equilibrium points of a bimatrix game*; M. J. M. Jansen (1981),
*Maximal Nash subsets for bimatrix games*, Naval Research Logistics Quarterly 28, 147-152.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, Literal, cast, final, overload

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.equilibria.presentation import number_text, plain_number, plain_profile, sum_text
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["Equilibrium", "EquilibriumSet"]

Array = NDArray[Any]
Profile = tuple[Any, ...] | Array
ProfileKind = Literal["pure", "mixed", "correlated"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Equilibrium:
    """A profile that satisfies a solution concept, with the evidence for it.

    Attributes
    ----------
    concept : str
        The solution concept in words: ``"Nash"``, ``"correlated"``, ``"strong Stackelberg"``, ….
    game : NormalFormGame
        The game that it is an equilibrium of.
    profile : tuple of int, tuple of arrays, or array
        Pure, mixed or correlated play: floats for a game of floats, fractions for an exact game (floats there too where
        the probabilities are irrational).
    exact_profile : same type as ``profile``
        The rational profile that the certificate speaks of.
    payoffs : tuple of Fraction or float, one for each player
        Expected payoffs at the profile.
    certificate : Certificate or None
        Evidence that ``certificate.verify()`` re-checks; ``None`` where the answer is numerical only.
    method : str
        How it was found.
    """

    concept: str
    game: NormalFormGame
    profile: Profile
    exact_profile: Profile
    payoffs: tuple[Any, ...]
    certificate: Certificate | None
    method: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "profile", _frozen_profile(self.profile))
        object.__setattr__(self, "exact_profile", _frozen_profile(self.exact_profile))
        object.__setattr__(self, "payoffs", tuple(self.payoffs))

    @property
    def status(self) -> Literal["certified", "numerical"]:
        """``"certified"`` if there is rational evidence that can be re-checked, else ``"numerical"``."""
        return "numerical" if self.certificate is None else "certified"

    @property
    def kind(self) -> ProfileKind:
        """Whether ``profile`` is ``"pure"``, ``"mixed"`` or ``"correlated"``."""
        return _profile_kind(self.exact_profile)

    @property
    def support(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the actions that each player plays with positive probability; for a correlated profile the action
        profiles that occur."""
        if isinstance(self.exact_profile, np.ndarray):
            return tuple(tuple(int(k) for k in index) for index in np.argwhere(self.exact_profile != 0))
        return tuple(
            tuple(int(k) for k in np.flatnonzero(part != 0)) if isinstance(part, np.ndarray) else (int(part),)
            for part in self.exact_profile
        )

    @property
    def support_labels(self) -> tuple[tuple[str, ...], ...]:
        """The :attr:`support` by action names."""
        if self.kind == "correlated":
            return tuple(self.game.action_labels(index) for index in self.support)
        return tuple(tuple(self.game.actions[i][k] for k in part) for i, part in enumerate(self.support))

    def probabilities(self) -> tuple[Array, ...]:
        """One exact probability vector for each player, of a pure or mixed profile.

        Raises
        ------
        SpecificationError
            If the profile is correlated.
        """
        if isinstance(self.exact_profile, np.ndarray):
            raise SpecificationError(
                "this equilibrium is a correlated profile: its probabilities are in .exact_profile"
            )
        return tuple(
            part if isinstance(part, np.ndarray) else _unit_vector(int(part), m)
            for part, m in zip(self.exact_profile, self.game.num_actions, strict=True)
        )

    def ne_line(self, decimals: int | None = None) -> str:
        """Gambit's one-line form ``NE,p,p,…``: all probabilities in player order, exact or with ``decimals`` places."""
        numbers = [x for vector in self.probabilities() for x in vector]
        return ",".join(["NE", *(exact_text(x) if decimals is None else f"{float(x):.{decimals}f}" for x in numbers)])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "status": self.status,
            "method": self.method,
            "players": list(self.game.players),
            "actions": [list(labels) for labels in self.game.actions],
            "profile": plain_profile(self.profile),
            "exact_profile": plain_profile(self.exact_profile),
            "payoffs": [plain_number(x) for x in self.payoffs],
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what is played: one row for each action in the support, or for each action profile.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        if isinstance(self.profile, np.ndarray):
            rows = [[*self.game.action_labels(index), self.profile[index]] for index in self.support]
            return data_frame(rows, [*self.game.players, "probability"])
        rows = []
        for i, part in enumerate(self.profile):
            for k in self.support[i]:
                probability = part[k] if isinstance(part, np.ndarray) else Fraction(1)
                rows.append([self.game.players[i], self.game.actions[i][k], probability])
        return data_frame(rows, ["player", "action", "probability"])

    def describe(self) -> str:
        """What is played, in labels: ``"1/3 Rock + 2/3 Paper | Rock"``."""
        return " | ".join(self._parts())

    def __repr__(self) -> str:
        payoffs = ", ".join(number_text(x) for x in self.payoffs)
        return f"Equilibrium({self.concept}, {self.status}: {self.describe()}; payoffs {payoffs})"

    def _repr_html_(self) -> str:
        texts = [*self._parts(), *[""] * (self.game.num_players - len(self._parts()))]  # correlated play has one text
        rows = "".join(
            f"<tr><th>{escape(player)}</th><td>{escape(text)}</td><td>{escape(number_text(payoff))}</td></tr>"
            for player, text, payoff in zip(self.game.players, texts, self.payoffs, strict=True)
        )
        return (
            f"<table><caption>{escape(self.concept)} equilibrium, {self.status}</caption>"
            f"<tr><th>player</th><th>plays</th><th>payoff</th></tr>{rows}</table>"
        )

    def _parts(self) -> list[str]:
        if isinstance(self.profile, np.ndarray):
            names = ["(" + ", ".join(self.game.action_labels(index)) + ")" for index in self.support]
            return [sum_text([(self.profile[index], name) for index, name in zip(self.support, names, strict=True)])]
        parts = []
        for i, part in enumerate(self.profile):
            labels = self.game.actions[i]
            parts.append(
                sum_text([(part[k] if isinstance(part, np.ndarray) else 1, labels[k]) for k in self.support[i]])
            )
        return parts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Equilibrium):
            return NotImplemented
        return (
            self.concept == other.concept
            and self.game == other.game
            and _profile_key(self.exact_profile) == _profile_key(other.exact_profile)
        )

    def __hash__(self) -> int:
        return hash((self.concept, _profile_key(self.exact_profile)))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (
            self.concept,
            self.game,
            self.profile,
            self.exact_profile,
            self.payoffs,
            self.certificate,
            self.method,
        )
        return _rebuilt_equilibrium, fields


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EquilibriumSet(Sequence[Equilibrium]):
    """Equilibria of one game as a sequence, with what is known about the set as a whole.

    Attributes
    ----------
    game : NormalFormGame
    concept : str
        The solution concept in words, such as ``"Nash"``.
    equilibria : tuple of Equilibrium
        The members; for ``"Nash"`` the extreme equilibria.
    components : tuple of tuples of int
        Numbers of the members in each connected component of the set of all equilibria.
    extreme_strategies : tuple (a tuple of exact vectors for each player)
        The strategies that occur in extreme equilibria; empty where no structure is computed.
    maximal_nash_subsets : tuple of tuples of tuples of int
        For each maximal Nash subset and each player the indices, into ``extreme_strategies[player]``, of the vertices
        of that player's face: every choice of a point of each face is an equilibrium, and all equilibria arise so.
    degenerate : bool
        Whether some member is degenerate: a strategy in it has more pure best replies than actions in its support.
    degeneracy : str
        A sentence that names such a strategy; empty if there is none.
    completeness : "certified" or "numerical"
        Whether there is evidence, in :attr:`certificate`, that no equilibrium is missing.
    certificate : Certificate or None
        The evidence for completeness.
    method : str
        How the set was found.
    undecided : tuple
        Where further equilibria may lie, with three or more players: pairs of a support and, for each player and each
        action of its support, the least and the largest probability.
    """

    game: NormalFormGame
    concept: str
    equilibria: tuple[Equilibrium, ...]
    components: tuple[tuple[int, ...], ...]
    completeness: Literal["certified", "numerical"]
    certificate: Certificate | None = None
    extreme_strategies: tuple[tuple[Array, ...], ...] = ()
    maximal_nash_subsets: tuple[tuple[tuple[int, ...], ...], ...] = ()
    degenerate: bool = False
    degeneracy: str = ""
    method: str = ""
    undecided: tuple[tuple[Any, Any], ...] = ()
    _indices: tuple[int, ...] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.completeness == "certified" and self.certificate is None:
            raise SpecificationError(
                "completeness: found 'certified' without a certificate; pass one, or say 'numerical'"
            )
        strategies = tuple(tuple(_frozen_vector(v) for v in own) for own in self.extreme_strategies)
        object.__setattr__(self, "extreme_strategies", strategies)

    @overload
    def __getitem__(self, index: int) -> Equilibrium: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Equilibrium, ...]: ...
    def __getitem__(self, index: int | slice) -> Equilibrium | tuple[Equilibrium, ...]:
        return self.equilibria[index]

    def __len__(self) -> int:
        return len(self.equilibria)

    def __iter__(self) -> Iterator[Equilibrium]:
        return iter(self.equilibria)

    @property
    def indices(self) -> tuple[int, ...]:
        """The index of each component (L. S. Shapley 1974), one or two players; they sum to +1.

        A component of index 0 can vanish when payoffs change a little, any other cannot; a strict equilibrium has +1, and
        with ±1 an isolated one is regular. Computed exactly at the first look
        (:mod:`gametheory.equilibria.indices`).

        Raises
        ------
        UnsupportedError
            Three or more players, or another concept than Nash.

        Examples
        --------
        >>> from gametheory.equilibria import nash_equilibria
        >>> game = NormalFormGame.from_bimatrix([[1, 0], [0, 0]], [[1, 0], [0, 0]])
        >>> equilibria = nash_equilibria(game)
        >>> [e.describe() for e in equilibria], equilibria.indices
        (['1 | 1', '2 | 2'], (1, 0))
        """
        if not self._has_indices():
            raise UnsupportedError(
                f"indices: found {self.concept} equilibria of {self.game.num_players} players; the index of a component is "
                "computed for all Nash equilibria of one or two players, as nash_equilibria finds them"
            )
        if self._indices is None:
            if self.game.num_players == 1:
                indices: tuple[int, ...] = (1,)
            else:
                from gametheory.equilibria.indices import component_indices  # it imports this module, and flint

                profiles: Any = [member.exact_profile for member in self.equilibria]
                indices = component_indices(self.game.exact(), profiles, self.components)
            object.__setattr__(self, "_indices", indices)
        return cast(tuple[int, ...], self._indices)

    def _has_indices(self) -> bool:
        return self.concept == "Nash" and self.game.num_players <= 2 and bool(self.maximal_nash_subsets)

    def component_of(self, index: int) -> int:
        """Index of the component that holds the member ``index``."""
        for c, members in enumerate(self.components):
            if index in members:
                return c
        raise SpecificationError(f"index: found {index}; the members are numbered 0 to {len(self) - 1}")

    def ne_lines(self, decimals: int | None = None) -> str:
        """Gambit's form: a line ``NE,p,p,…`` for each member, exact or with ``decimals`` decimal places."""
        return "\n".join(member.ne_line(decimals) for member in self.equilibria)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "method": self.method,
            "completeness": self.completeness,
            "degenerate": self.degenerate,
            "degeneracy": self.degeneracy,
            "equilibria": [member.to_dict() for member in self.equilibria],
            "components": [list(members) for members in self.components],
            "indices": list(self.indices) if self._has_indices() else [],
            "extreme_strategies": [[plain_profile(v) for v in own] for own in self.extreme_strategies],
            "maximal_nash_subsets": [[list(face) for face in subset] for subset in self.maximal_nash_subsets],
            "undecided": [
                {"support": [list(own) for own in support], "box": [[list(pair) for pair in own] for own in box]}
                for support, box in self.undecided
            ],
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each member, its component, every action's probability and every player's payoff.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        of_member = {k: c for c, members in enumerate(self.components) for k in members}
        columns = ["component"]
        for player, labels in zip(self.game.players, self.game.actions, strict=True):
            columns += [*(f"{player}: {label}" for label in labels), f"{player}: payoff"]
        rows = []
        for k, member in enumerate(self.equilibria):
            row: list[Any] = [of_member.get(k)]
            for vector, payoff in zip(member.probabilities(), member.payoffs, strict=True):
                row += [*(vector if self.game.arithmetic == "exact" else map(float, vector)), payoff]
            rows.append(row)
        return data_frame(rows, columns)

    def __repr__(self) -> str:
        return f"EquilibriumSet({self._summary()})"

    def __str__(self) -> str:
        lines = [self._summary()]
        if not self.components:
            lines += [f"  {member.describe()}" for member in self.equilibria]
        for c, members in enumerate(self.components):
            index = f", index {self._index_text(c)}" if self._has_indices() else ""
            lines.append(f"component {c + 1} of {len(self.components)}{index}")
            lines += [f"  {self.equilibria[k].describe()}" for k in members]
        return "\n".join([*lines, self.degeneracy] if self.degeneracy else lines)

    def _summary(self) -> str:
        noun = "equilibrium" if len(self) == 1 else "equilibria"
        extreme = "extreme " if self.maximal_nash_subsets and self.degenerate else ""
        where = ""
        if self.components:
            where = f" in {len(self.components)} component{'s' if len(self.components) > 1 else ''}"
        certified = bool(self.equilibria) and all(member.certificate is not None for member in self.equilibria)
        trust = "certified, " if certified else ("numerical, " if self.equilibria else "")
        complete = "certified complete" if self.completeness == "certified" else "completeness numerical"
        degenerate = "degenerate, " if self.degenerate else ""
        return f"{len(self)} {extreme}{self.concept} {noun}{where}, {degenerate}{trust}{complete}"

    def _index_text(self, component: int) -> str:
        return f"{self.indices[component]:+d}" if self.indices[component] else "0"

    def _repr_html_(self) -> str:
        of_member = {k: c for c, members in enumerate(self.components) for k in members}
        head = "".join(f"<th>{escape(player)}</th><th>payoff</th>" for player in self.game.players)
        index_head = "<th>index</th>" if self._has_indices() else ""
        rows = []
        for k, member in enumerate(self.equilibria[:200]):
            cells = "".join(
                f"<td>{escape(part)}</td><td>{escape(number_text(payoff))}</td>"
                for part, payoff in zip(member._parts(), member.payoffs, strict=True)
            )
            index = f"<td>{self._index_text(of_member[k])}</td>" if self._has_indices() else ""
            rows.append(f"<tr><td>{k}</td><td>{of_member.get(k, '')}</td>{index}{cells}</tr>")
        more = f"<p>… {len(self) - 200} more</p>" if len(self) > 200 else ""
        reason = f"<p>{escape(self.degeneracy)}</p>" if self.degeneracy else ""
        return (
            f"<table><caption>{escape(self._summary())}</caption>"
            f"<tr><th></th><th>component</th>{index_head}{head}</tr>{''.join(rows)}</table>{more}{reason}"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EquilibriumSet):
            return NotImplemented
        return (self.game, self.concept, self.equilibria, self.completeness) == (
            other.game,
            other.concept,
            other.equilibria,
            other.completeness,
        )

    def __hash__(self) -> int:
        return hash((self.concept, self.equilibria, self.completeness))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_set, tuple(getattr(self, name) for name in _SET_FIELDS)


_SET_FIELDS = (
    *("game", "concept", "equilibria", "components", "completeness", "certificate"),
    *("extreme_strategies", "maximal_nash_subsets", "degenerate", "degeneracy", "method"),
    "undecided",
)


def _rebuilt_set(*fields: Any) -> EquilibriumSet:
    return EquilibriumSet(**dict(zip(_SET_FIELDS, fields, strict=True)))


def _profile_kind(profile: Profile) -> ProfileKind:
    if isinstance(profile, np.ndarray):
        return "correlated"
    return "mixed" if any(isinstance(part, np.ndarray) for part in profile) else "pure"


def _frozen_vector(values: Any) -> Array:
    array = np.array(values, copy=True)
    array.setflags(write=False)
    return array


def _frozen_profile(profile: Any) -> Profile:
    if isinstance(profile, np.ndarray):
        return _frozen_vector(profile)
    return tuple(int(part) if isinstance(part, (int, np.integer)) else _frozen_vector(part) for part in profile)


def _profile_key(profile: Profile) -> Any:
    if isinstance(profile, np.ndarray):
        return (profile.shape, tuple(profile.flat))
    return tuple(tuple(part.flat) if isinstance(part, np.ndarray) else part for part in profile)


def _unit_vector(index: int, length: int) -> Array:
    vector = np.full(length, Fraction(0), dtype=object)
    vector[index] = Fraction(1)
    vector.setflags(write=False)
    return vector


def _rebuilt_equilibrium(*fields: Any) -> Equilibrium:
    names = ("concept", "game", "profile", "exact_profile", "payoffs", "certificate", "method")
    return Equilibrium(**dict(zip(names, fields, strict=True)))
