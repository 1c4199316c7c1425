"""For which parameters a profile is an equilibrium: the exact region, as a list of inequalities.

Let the payoffs of a game be expressions in real parameters θ. A profile σ is

    Nash               iff  u_i(σ; θ) − u_i(b, σ_{−i}; θ) ≥ 0                  for every player i and action b,
    dominant (σ pure)  iff  u_i(σ_i, a_{−i}; θ) − u_i(b, a_{−i}; θ) ≥ 0        for every i, b and every a_{−i},

and ``"strict Nash"``, ``"strictly dominant"`` (σ pure) with > 0 for b ≠ σ_i. Each condition is one inequality in θ, so the
region is their conjunction, with "no denominator of a payoff is zero". A mixed σ makes the actions that it plays equally good:
equations. Conditions that hold identically, repeat another, or follow from the others (proved) are left out.

Evidence: an exact point at which all inequalities hold strictly, which is interior to the region (in the space that the
assumptions leave); an exact point outside; both
are re-checked by substitution. For payoffs that are rational functions the region has an interior iff there is a point of the
first kind, as the zeros of such a function that is not identically zero are nowhere dense.

Limits: payoffs in real arithmetic (:mod:`gametheory.symbolic.smt`), in which questions take doubly exponential time at worst.
Reference: A. Tarski (1951), *A Decision Method for Elementary Algebra and Geometry*.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact
from gametheory.equilibria.presentation import mix_text, plain_profile
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import deviation_payoffs, exact_mixed_profile, is_pure_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["EquilibriumRegion", "RegionConcept", "equilibrium_region"]

RegionConcept = Literal["nash", "strict nash", "dominant", "strictly dominant"]
Point = Mapping[Any, Any]

CONCEPTS = ("nash", "strict nash", "dominant", "strictly dominant")
TIMEOUT = 10.0


@final
@compared_by("game", "profile", "concept", "assumptions", "parameters", "conditions", "names")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EquilibriumRegion:
    """The parameters for which a profile is an equilibrium.

    Attributes
    ----------
    game : NormalFormGame
        With symbolic payoffs.
    profile : tuple of int, or tuple of arrays of Fraction
    concept : "nash", "strict nash", "dominant" or "strictly dominant"
    assumptions : tuple of sympy Booleans
        What is known of the parameters; the region is the part of the space that they leave.
    parameters : tuple of sympy symbols
        In alphabetical order.
    conditions : tuple of sympy relations
        Together with the assumptions they describe the region, exactly. Empty: all that the assumptions allow.
    names : tuple of str
        For each condition who would deviate to what, or that a denominator is not zero.
    num_redundant : int
        How many further inequalities follow from the conditions and assumptions, as was proved.
    interior : mapping of symbols to exact numbers, or None
        A point of the region at which every condition is strict, so that all points nearby that the assumptions allow are
        in the region; ``None``: proved that there is none.
    member : mapping or None
        A point of the region: ``interior`` if there is one; ``None``: proved that the region is empty.
    outside : mapping or None
        A point that the assumptions allow, where the game is defined and the profile is no equilibrium; ``None``: proved
        that there is none.
    """

    game: NormalFormGame
    profile: tuple[Any, ...]
    concept: RegionConcept
    assumptions: tuple[Any, ...]
    parameters: tuple[Any, ...]
    conditions: tuple[Any, ...]
    names: tuple[str, ...]
    num_redundant: int
    interior: Point | None
    member: Point | None
    outside: Point | None

    @property
    def statement(self) -> Any:
        """The conditions as one sympy Boolean, for use in claims and proofs."""
        import sympy as sp

        return sp.And(*self.conditions)

    @property
    def extent(self) -> Literal["empty", "thin", "proper", "everywhere"]:
        """Empty; without a point where every inequality is strict; with one; or wherever the assumptions hold."""
        if self.member is None:
            return "empty"
        if self.outside is None:
            return "everywhere"
        return "thin" if self.interior is None else "proper"

    def holds(self, values: Mapping[Any, Any]) -> bool:
        """Whether a point lies in the region, by exact substitution.

        Parameters
        ----------
        values : mapping
            An exact number for every parameter, by symbol or name; floats count as the rationals that they are.

        Returns
        -------
        bool
            ``False`` also where an assumption fails or the game is not defined.

        Raises
        ------
        SpecificationError
            If a parameter is missing or unknown.
        """
        from gametheory.symbolic.statements import all_hold

        return all_hold([*self.assumptions, *self.conditions], _point(self.parameters, values))

    def game_at(self, values: Mapping[Any, Any]) -> NormalFormGame:
        """The exact game at a rational point.

        Raises
        ------
        SpecificationError
            If a parameter is missing or unknown, or a payoff is not defined there.
        """
        from gametheory.symbolic.statements import evaluate

        point = _point(self.parameters, values)
        entries = np.empty(self.game.numerators.shape, dtype=object)
        for index in np.ndindex(*entries.shape):
            try:
                entries[index] = exact(evaluate(_expression(self.game.numerators[index]), point))
            except ZeroDivisionError as error:
                raise SpecificationError(f"payoffs{list(index)}: {error} at {values}; choose another point") from None
        return NormalFormGame(entries.tolist(), self.game.players, self.game.actions, title=self.game.title)

    def latex(self) -> str:
        """The conditions in LaTeX, joined by ∧."""
        import sympy as sp

        if not self.conditions:
            return r"\top"
        return r" \wedge ".join(sp.latex(condition) for condition in self.conditions)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; expressions and exact numbers as text."""

        def text(point: Point | None) -> dict[str, str] | None:
            return None if point is None else {str(symbol): str(value) for symbol, value in point.items()}

        return {
            "concept": self.concept,
            "status": "proved",
            "profile": plain_profile(self.profile),
            "parameters": [str(symbol) for symbol in self.parameters],
            "assumptions": [str(assumption) for assumption in self.assumptions],
            "conditions": {name: str(c) for name, c in zip(self.names, self.conditions, strict=True)},
            "num_redundant": self.num_redundant,
            "extent": self.extent,
            "interior": text(self.interior),
            "member": text(self.member),
            "outside": text(self.outside),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each condition."""
        rows = [[name, str(condition)] for name, condition in zip(self.names, self.conditions, strict=True)]
        return data_frame(rows, ["deviation", "condition"])

    def __repr__(self) -> str:
        shown = " and ".join(map(str, self.conditions[:4])) + (" and …" if len(self.conditions) > 4 else "")
        where = {"empty": "nowhere", "everywhere": "everywhere"}.get(self.extent, f"iff {shown}")
        given = f" given {', '.join(map(str, self.assumptions))}" if self.assumptions else ""
        return f"EquilibriumRegion({self._played()} is {self.concept} {where}{given}; proved)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def _played(self) -> str:
        parts = [
            labels[part] if isinstance(part, int) else mix_text(part, labels)
            for part, labels in zip(self.profile, self.game.actions, strict=True)
        ]
        return "(" + ", ".join(parts) + ")"


def equilibrium_region(
    symbolic_game: NormalFormGame,
    profile: Any,
    *,
    concept: RegionConcept = "nash",
    assumptions: Sequence[Any] = (),
    timeout: float = TIMEOUT,
) -> EquilibriumRegion:
    """The exact parameter region in which a profile is Nash or dominant.

    Parameters
    ----------
    symbolic_game : NormalFormGame
        Payoffs in real symbols made by :func:`gametheory.symbolic.reals`; exact numbers are accepted beside them.
    profile : sequence
        For each player an action (index or label) or a vector of rational probabilities.
    concept : "nash", "strict nash", "dominant" or "strictly dominant"
        Whether no deviation gains given what the others play, or whatever they play; strict: whether every one loses.
        (``"dominant"`` allows ties: each action is a best reply to everything.)
    assumptions : sequence of sympy Booleans
        What is known of the parameters, such as ``delta > 0``.
    timeout : float
        Seconds for each question to the prover. Whether a condition is redundant may stay undecided: it is then kept.

    Returns
    -------
    EquilibriumRegion

    Raises
    ------
    SpecificationError
        No free symbols, floats in the profile, or symbols with hidden assumptions.
    UnsupportedError
        A mixed profile with a concept other than ``"nash"``; payoffs outside real arithmetic.
    SolverError
        If the prover does not find a point inside or outside, nor excludes one, within ``timeout``.

    Examples
    --------
    Prisoner's dilemma with temptation T, reward R, punishment P, sucker's payoff S, and a fine f for defecting.

    >>> from gametheory.symbolic import reals
    >>> T, R, P, S, f = reals("T R P S f")
    >>> game = NormalFormGame.symmetric([[R, S], [T - f, P - f]], actions=["C", "D"])
    >>> region = equilibrium_region(game, ("C", "C"), assumptions=[T > R, R > P, P > S])
    >>> region
    EquilibriumRegion((C, C) is nash iff R - T + f >= 0 given T > R, R > P, P > S; proved)
    >>> region.holds({"T": 5, "R": 3, "P": 1, "S": 0, "f": 2}), region.holds({"T": 5, "R": 3, "P": 1, "S": 0, "f": 1})
    (True, False)

    It takes more for cooperation to be dominant where defecting on a defector gains more.

    >>> equilibrium_region(game, ("C", "C"), concept="dominant", assumptions=[P - S > T - R]).conditions
    (-P + S + f >= 0,)
    """
    import sympy as sp

    from gametheory.symbolic.smt import find_model
    from gametheory.symbolic.statements import checked

    if concept not in CONCEPTS:
        raise SpecificationError(f"concept: found {concept!r}; write one of {', '.join(map(repr, CONCEPTS))}")
    if isinstance(assumptions, (str, sp.Basic)):
        raise SpecificationError("assumptions: found one expression; write a list")
    if symbolic_game.arithmetic != "symbolic":
        raise SpecificationError(
            f"symbolic_game: found {symbolic_game!r} without parameters; is_nash_equilibrium decides it, or write payoffs in "
            "symbols made by gametheory.symbolic.reals"
        )
    premises = tuple(checked(assumption) for assumption in assumptions)
    game = NormalFormGame(
        _mapped(symbolic_game.numerators, _expression),
        symbolic_game.players,
        symbolic_game.actions,
        title=symbolic_game.title,
    )
    played = _played_profile(game, profile, concept)
    for expression in game.numerators.flat:
        checked(expression)
    parameters = _symbols([*game.numerators.flat, *premises])
    defined, rational = _domain(game.numerators.flat)
    found = [*defined, *_comparisons(game, played, concept, rational=rational)]
    names, conditions, redundant = _reduced(found, premises, timeout)
    strict = [_strict(condition) for condition in conditions]
    interior = None if any(c is None for c in strict) else find_model([*premises, *strict], timeout=timeout)
    member = interior if interior is not None else find_model([*premises, *conditions], timeout=timeout)
    fails = sp.Not(sp.And(*[condition for _, condition in found]))
    domain = [condition for _, condition in defined]
    outside = None if fails is sp.false else find_model([*premises, *domain, fails], timeout=timeout)
    return EquilibriumRegion(
        game=symbolic_game,
        profile=played,
        concept=concept,
        assumptions=premises,
        parameters=parameters,
        conditions=tuple(conditions),
        names=tuple(names),
        num_redundant=redundant,
        interior=_complete(interior, parameters, premises, strict),
        member=_complete(member, parameters, premises, conditions),
        outside=_complete(outside, parameters, premises, [*domain, fails]),
    )


Named = tuple[str, Any]


def _played_profile(game: NormalFormGame, profile: Any, concept: RegionConcept) -> tuple[Any, ...]:
    if is_pure_profile(profile):
        return game.action_indices(profile)
    vectors = exact_mixed_profile(game, profile)
    given = [part for part in profile if not isinstance(part, (str, int, np.integer))]
    if any(isinstance(x, (float, np.floating)) for part in given for x in np.asarray(part, dtype=object).flat):
        raise SpecificationError("profile: found floats; write the probabilities exactly, such as '1/3'")
    if concept != "nash":
        raise UnsupportedError(f"concept={concept!r}: decided for pure profiles; a mixed one can be 'nash' only")
    return vectors


def _domain(expressions: Any) -> tuple[list[Named], bool]:
    """That no denominator of a payoff is zero, and whether all payoffs are rational functions.

    Under Piecewise, Min, Max and Abs a denominator can be guarded: there, definedness is decided term by term.
    """
    import sympy as sp

    expressions = list(expressions)
    if not all(expression.is_rational_function() for expression in expressions):
        return [], False
    found: dict[Any, None] = {}
    for expression in expressions:
        for part in sp.preorder_traversal(expression):
            if isinstance(part, sp.Pow) and part.exp.is_negative:
                for factor, _ in sp.factor_list(part.base)[1] if part.base.is_polynomial() else [(part.base, 1)]:
                    found.setdefault(factor)
    return [(f"{factor} is a denominator", sp.Ne(factor, 0)) for factor in found], True


def _comparisons(
    game: NormalFormGame, profile: tuple[Any, ...], concept: RegionConcept, *, rational: bool
) -> Iterator[Named]:
    """What it takes that no deviation gains, one relation for each."""
    import sympy as sp

    relation = sp.Gt if concept in ("strict nash", "strictly dominant") else sp.Ge
    for i, player in enumerate(game.players):
        labels = game.actions[i]
        if concept in ("dominant", "strictly dominant"):
            own = profile[i]
            others = [range(m) for j, m in enumerate(game.num_actions) if j != i]
            for rest in itertools.product(*others):
                index: Any = (i, *rest[:i], slice(None), *rest[i:])
                column = game.numerators[index]
                shown = ", ".join(game.actions[j][a] for j, a in zip(_others(game, i), rest, strict=True))
                for b, label in enumerate(labels):
                    if b != own:
                        difference = _canonical(column[own] - column[b], rational=rational)
                        yield f"{player} deviates to {label} against ({shown})", relation(difference, 0)
            continue
        options = deviation_payoffs(game, profile, i)
        part = profile[i]
        support = [part] if isinstance(part, int) else [int(k) for k in np.flatnonzero(part != 0)]
        first = support[0]
        for b, label in enumerate(labels):
            if b == first:
                continue
            difference = _canonical(options[first] - options[b], rational=rational)
            holds = sp.Eq(difference, 0) if b in support else relation(difference, 0)
            yield f"{player} deviates to {label}" if b not in support else f"{player} mixes in {label}", holds


def _others(game: NormalFormGame, player: int) -> list[int]:
    return [j for j in range(game.num_players) if j != player]


def _canonical(difference: Any, *, rational: bool) -> Any:
    """The same sign everywhere: a common denominator, no positive number in front."""
    import sympy as sp

    difference = _expression(difference)
    if not rational or not difference.free_symbols:
        return difference
    content, rest = sp.factor(sp.cancel(sp.together(difference))).as_coeff_Mul()
    expanded = rest if rest.as_numer_denom()[1] != 1 or not rest.is_Add else sp.expand(rest)
    return -expanded if content < 0 else expanded


def _reduced(found: Sequence[Named], premises: tuple[Any, ...], timeout: float) -> tuple[list[str], list[Any], int]:
    """Conditions without those that are true, repeated, or proved to follow from the others."""
    import sympy as sp

    kept: dict[Any, str] = {}
    for name, condition in found:
        if condition is not sp.true:
            kept.setdefault(condition, name)
    if sp.false in kept:
        return [kept[sp.false]], [sp.false], 0
    dropped = 0
    for condition in list(kept)[::-1]:
        if isinstance(condition, sp.Ne):
            continue  # it guards the others
        others = [other for other in kept if other is not condition]
        if _follows([*premises, *others], condition, timeout):
            del kept[condition]
            dropped += 1
    return list(kept.values()), list(kept), dropped


def _follows(premises: Sequence[Any], condition: Any, timeout: float) -> bool:
    from gametheory.errors import SolverError
    from gametheory.symbolic.smt import prove

    try:
        return prove(premises, condition, timeout=timeout).status == "proved"
    except (
        SolverError,
        SpecificationError,
    ):  # undecided, or undefined somewhere: the condition says something, keep it
        return False


def _strict(condition: Any) -> Any:
    """The condition with > for ≥; ``None`` for an equation, which no open set satisfies."""
    import sympy as sp

    if isinstance(condition, sp.Eq):
        return None
    return sp.Gt(condition.lhs, condition.rhs) if isinstance(condition, sp.Ge) else condition


def _complete(point: Point | None, parameters: tuple[Any, ...], premises: Any, conditions: Any) -> Point | None:
    """The point with a value for parameters that the conditions do not restrict, re-checked by substitution."""
    from types import MappingProxyType

    import sympy as sp

    from gametheory.symbolic.statements import all_hold

    if point is None:
        return None
    full = {symbol: point.get(symbol, sp.Integer(0)) for symbol in parameters}
    assert all_hold([*premises, *conditions], full)
    return MappingProxyType(full)


def _point(parameters: tuple[Any, ...], values: Mapping[Any, Any]) -> dict[Any, Any]:
    import sympy as sp

    by_name = {str(symbol): symbol for symbol in parameters}
    given = {str(key): value for key, value in values.items()}
    for name in [*given, *by_name]:
        if name not in by_name or name not in given:
            raise SpecificationError(
                f"values: {name!r} is {'unknown' if name not in by_name else 'missing'}; give a number for each of "
                f"{', '.join(by_name)}"
            )
    point = {}
    for name, value in given.items():
        if isinstance(value, sp.Basic) and value.is_algebraic and not value.is_Rational and not value.has(sp.Float):
            point[by_name[name]] = value  # the prover's points can be roots of polynomials
            continue
        number = exact(value if not isinstance(value, sp.Float) else float(value), where=f"values[{name!r}]")
        point[by_name[name]] = sp.Rational(number.numerator, number.denominator)
    return point


def _symbols(expressions: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sorted({s for e in expressions for s in e.free_symbols}, key=lambda symbol: str(symbol.name)))


def _expression(value: Any) -> Any:
    """A payoff as a sympy expression: fractions become sympy's."""
    import sympy as sp

    if isinstance(value, (int, np.integer, Fraction)):
        return sp.Rational(int(value.numerator), int(value.denominator))
    return value


def _mapped(tensor: Any, function: Any) -> list[Any]:
    return [function(x) if not isinstance(x, (np.ndarray, list)) else _mapped(x, function) for x in tensor]
