"""Claims about games for all parameter values: stated, derived, proved, and shown to say something.

A claim is a statement S with assumptions A over real parameters: "A ⇒ S for all values". It is **proved** when every
one
of these obligations is discharged:

* *well-defined*: under what guards it, no denominator vanishes;
* *satisfiable*: some values satisfy all assumptions (inconsistent assumptions prove anything);
* *proved*: no values satisfy A and violate S;
* *derived*: the threshold in S is the one that sympy derives from the payoffs;
* *refuted twin*: each false twin (a hypothesis dropped, a bound tightened) has a counterexample, exact and re-checked
  in the statement as written. Where a twin survives, the hypothesis that it drops does nothing.

:class:`Induction` states a claim for all integers from a first one on, by a base and a step; the principle of induction
itself, and that the symbols of the step mean what the claim's title says, are the reader's part.

Grades: ``"C"`` one prover; ``"I"`` induction, base and step by one prover. Limits: :mod:`gametheory.symbolic.smt`.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import sympy as sp

from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.symbolic.smt import DEFAULT_TIMEOUT, Decision, find_model, prove, undefined
from gametheory.symbolic.statements import Exists, Forall, Model, Statement, model_text

__all__ = ["Claim", "ClaimReport", "Discharged", "Induction", "Obligation", "Twin"]

Grade = Literal["C", "I"]
Part = Literal["statement", "base", "step"]
Kind = Literal["well-defined", "satisfiable", "proved", "derived", "refuted twin"]
_Evidence = tuple[str, Model | None]
_Run = Callable[[float], _Evidence]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Induction:
    """For all integers from a first one on: the ``base``, given ``base_given``; and the ``step``, given ``step_given``.

    ``step_given`` holds the induction hypothesis and what links one size to the next.
    """

    base: Statement
    step: Statement
    base_given: Sequence[Any] = ()
    step_given: Sequence[Any] = ()


@final
@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """A neighbour of a claim that is false, and must be refuted by an exact model.

    Attributes
    ----------
    name : str
        What was weakened, in words.
    without : sequence of assumptions of the claim
        Hypotheses dropped.
    adding : sequence of assumptions
        Hypotheses put in their place.
    statement : statement or None
        The statement in place of the claim's; ``None`` keeps it.
    part : "statement", "base" or "step"
        Which part of an :class:`Induction` is varied.
    """

    name: str
    without: Sequence[Any] = ()
    adding: Sequence[Any] = ()
    statement: Statement | None = None
    part: Part = "statement"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Discharged:
    """An obligation that holds, with what shows it."""

    name: str
    kind: Kind
    evidence: str
    model: Model | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Obligation:
    """One thing to be shown before a claim counts as proved; ``str()`` is its name."""

    name: str
    kind: Kind
    claim: str
    discharge: _Run

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Obligation({self.claim}: {self.name})"

    def check(self, *, timeout: float = DEFAULT_TIMEOUT) -> Discharged:
        """Discharge the obligation.

        Raises
        ------
        CertificateError
            If it fails; ``violation`` is the counterexample.
        SolverError
            If the prover does not decide within ``timeout`` seconds.
        """
        evidence, model = self.discharge(timeout)
        return Discharged(self.name, self.kind, evidence, model)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A statement about all parameter values, with what makes it believable.

    Attributes
    ----------
    id : str
        Dotted name, such as ``"repeated.grim.threshold"``.
    title : str
        The theorem in one sentence.
    assumptions : sequence of sympy Booleans
    statement : sympy Boolean, Forall, Exists or Induction
    twins : sequence of Twin
        At least one.
    source : str
        Where the theorem is published, with its number.
    not_shown : str
        What the machine proof does not cover.
    threshold, derivation : expression and callable, or None
        The threshold that occurs in the statement, and the sympy derivation that must reproduce it.

    Examples
    --------
    Grim trigger: cooperation (c) against one defection (d) and punishment (p) for ever after.

    >>> from gametheory.symbolic import Claim, Twin, indifference, reals
    >>> import sympy
    >>> d, c, p, delta = reals("d c p delta")
    >>> cooperate, defect = c / (1 - delta), d + delta * p / (1 - delta)
    >>> threshold = (d - c) / (d - p)
    >>> claim = Claim(
    ...     "grim", "Grim trigger sustains cooperation iff the discount factor is at least (d - c)/(d - p).",
    ...     assumptions=[d > c, c > p, delta >= 0, delta < 1],
    ...     statement=sympy.Equivalent(cooperate >= defect, delta >= threshold),
    ...     twins=[Twin("punishment may pay", without=[c > p])],
    ...     source="Friedman 1971", not_shown="the one-shot deviation principle",
    ...     threshold=threshold, derivation=lambda: indifference(cooperate, defect, delta),
    ... )
    >>> claim.check()
    ClaimReport(grim: proved, grade C, 5 obligations, z3 ...)
    """

    id: str
    title: str
    assumptions: Sequence[Any]
    statement: Statement | Induction
    twins: Sequence[Twin]
    source: str
    not_shown: str
    threshold: Any = None
    derivation: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        for name in ("assumptions", "twins"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.twins:
            raise SpecificationError(
                f"claim {self.id}: found no twin; name a false neighbour, so that the claim can be seen to bite"
            )
        if (self.threshold is None) != (self.derivation is None):
            raise SpecificationError(f"claim {self.id}: give threshold and derivation together, or neither")
        for part, (_, statement) in self._parts().items():
            if statement is sp.true or statement is sp.false:
                raise SpecificationError(
                    f"claim {self.id}: sympy reduces the {part} to {statement} while building it, so there is nothing "
                    "to prove; state both sides from their definitions"
                )
        if self.threshold is not None and not any(_contains(s, self.threshold) for _, s in self._parts().values()):
            raise SpecificationError(f"claim {self.id}: the threshold {self.threshold} does not occur in the statement")
        for twin in self.twins:
            self._twin_parts(twin)

    @property
    def grade(self) -> Grade:
        """The grade that the claim has once :meth:`check` passes."""
        return "I" if isinstance(self.statement, Induction) else "C"

    def obligations(self) -> tuple[Obligation, ...]:
        """What must be shown, one by one (each can be a test of its own)."""
        found = []
        for part, (assumptions, statement) in self._parts().items():
            suffix = "" if part == "statement" else f" ({part})"
            found += [
                Obligation(
                    f"well-defined{suffix}", "well-defined", self.id, self._well_defined(assumptions, statement)
                ),
                Obligation(f"satisfiable{suffix}", "satisfiable", self.id, self._satisfiable(assumptions)),
                Obligation(f"proved{suffix}", "proved", self.id, self._proved(assumptions, statement)),
            ]
        if self.derivation is not None:
            found.append(Obligation("derived", "derived", self.id, self._derived(self.derivation)))
        for twin in self.twins:
            found.append(Obligation(f"refuted twin: {twin.name}", "refuted twin", self.id, self._refuted(twin)))
        return tuple(found)

    def check(self, *, timeout: float = DEFAULT_TIMEOUT) -> ClaimReport:
        """Discharge every obligation; ``timeout`` in seconds for each question to the prover.

        Raises
        ------
        CertificateError
            At the first obligation that fails: the claim is false (``violation`` is the counterexample), vacuous or
            undefined, its threshold is not the derived one, or a twin is true.
        SolverError
            If the prover does not decide within the time limit.
        """
        return ClaimReport(self, tuple(obligation.check(timeout=timeout) for obligation in self.obligations()))

    def latex(self) -> str:
        """Assumptions and statement as a LaTeX formula."""
        lines = []
        for assumptions, statement in self._parts().values():
            premises = r" \wedge ".join(map(sp.latex, assumptions))
            lines.append((premises + r" \;\Rightarrow\; " if premises else "") + _latex(statement))
        return r" \\ ".join(lines)

    def __repr__(self) -> str:
        return f"Claim({self.id}: {self.title})"

    def _repr_html_(self) -> str:
        return (
            f"<p><b>{html.escape(self.id)}</b>: {html.escape(self.title)}</p><p>$${html.escape(self.latex())}$$</p>"
            f"<p>Source: {html.escape(self.source)}. Not shown: {html.escape(self.not_shown)}.</p>"
        )

    # -- parts ---------------------------------------------------------------------------------------------------

    def _parts(self) -> dict[Part, tuple[tuple[Any, ...], Statement]]:
        known = tuple(self.assumptions)
        if isinstance(self.statement, Induction):
            induction = self.statement
            return {
                "base": (known + tuple(induction.base_given), induction.base),
                "step": (known + tuple(induction.step_given), induction.step),
            }
        return {"statement": (known, self.statement)}

    def _twin_parts(self, twin: Twin) -> tuple[tuple[Any, ...], Statement]:
        parts = self._parts()
        if twin.part not in parts:
            raise SpecificationError(
                f"claim {self.id}, twin {twin.name!r}: found part {twin.part!r}; write one of {list(parts)}"
            )
        assumptions, statement = parts[twin.part]
        for hypothesis in twin.without:
            if hypothesis not in assumptions:
                raise SpecificationError(
                    f"claim {self.id}, twin {twin.name!r}: {hypothesis} is not an assumption to drop"
                )
        if not (twin.without or twin.adding) and twin.statement is None:
            raise SpecificationError(
                f"claim {self.id}, twin {twin.name!r}: it is the claim itself; drop or change something"
            )
        kept = tuple(a for a in assumptions if a not in tuple(twin.without))
        return kept + tuple(twin.adding), statement if twin.statement is None else twin.statement

    # -- obligations ---------------------------------------------------------------------------------------------

    def _well_defined(self, assumptions: Sequence[Any], statement: Statement) -> _Run:
        def run(timeout: float) -> _Evidence:
            found = undefined(assumptions, statement, timeout=timeout)
            if found is not None:
                raise self._failure(*found)
            return "defined wherever its guards hold", None

        return run

    def _satisfiable(self, assumptions: Sequence[Any]) -> _Run:
        def run(timeout: float) -> _Evidence:
            model = find_model(assumptions, timeout=timeout)
            if model is None:
                raise self._failure("no values satisfy the assumptions, so they prove anything", None)
            return f"the assumptions hold at {model_text(model)}" if model else "nothing is assumed", model

        return run

    def _proved(self, assumptions: Sequence[Any], statement: Statement) -> _Run:
        def run(timeout: float) -> _Evidence:
            decision = self._decided(prove(assumptions, statement, timeout=timeout), "the claim")
            if decision.model is not None:
                raise self._failure("the claim is false", decision.model)
            return decision.prover, None

        return run

    def _derived(self, derivation: Callable[[], Any]) -> _Run:
        def run(timeout: float) -> _Evidence:
            derived = derivation()
            assumptions = next(reversed(self._parts().values()))[0]
            decision = self._decided(
                prove(assumptions, sp.Eq(derived, self.threshold), timeout=timeout), "the derivation"
            )
            if decision.model is not None:
                raise self._failure(f"the derivation gives {derived}, not {self.threshold}", decision.model)
            return f"{self.threshold} = {derived}", None

        return run

    def _refuted(self, twin: Twin) -> _Run:
        def run(timeout: float) -> _Evidence:
            decision = self._decided(prove(*self._twin_parts(twin), timeout=timeout), f"the twin {twin.name!r}")
            if decision.model is None:
                raise self._failure(f"the twin {twin.name!r} is true; the hypothesis that it drops does nothing", None)
            return f"false at {model_text(decision.model)}, re-checked by {decision.rechecked}", decision.model

        return run

    def _decided(self, decision: Decision, what: str) -> Decision:
        if decision.status == "unknown":
            raise SolverError(
                f"claim {self.id}: {what} is undecided ({decision.reason}); raise timeout=, replace an existential "
                "quantifier by a witness, or split the claim",
                status="unknown",
                solver=decision.prover,
            )
        return decision

    def _failure(self, what: str, model: Model | None) -> CertificateError:
        at = "" if model is None else f" at {model_text(model)}"
        return CertificateError(
            f"claim {self.id}: {what}{at}; correct the claim or its hypotheses",
            claim=self.title,
            violation=what if model is None else model_text(model),
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class ClaimReport:
    """A proved claim with its discharged obligations, one by one."""

    claim: Claim
    obligations: tuple[Discharged, ...]

    @property
    def grade(self) -> Grade:
        """``"C"`` one prover; ``"I"`` induction, base and step by one prover."""
        return self.claim.grade

    @property
    def prover(self) -> str:
        """Who decided."""
        return next(o.evidence for o in self.obligations if o.kind == "proved")

    @property
    def counterexamples(self) -> dict[str, Model]:
        """The exact model that refutes each twin, by the twin's name."""
        return {
            o.name.removeprefix("refuted twin: "): o.model
            for o in self.obligations
            if o.kind == "refuted twin" and o.model is not None
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; models as text by symbol (rationals as ``"p/q"``)."""
        return {
            "claim": self.claim.id,
            "title": self.claim.title,
            "status": "proved",
            "grade": self.grade,
            "prover": self.prover,
            "source": self.claim.source,
            "not_shown": self.claim.not_shown,
            "obligations": [
                {
                    "obligation": o.name,
                    "evidence": o.evidence,
                    "model": None if o.model is None else {str(k): str(v) for k, v in o.model.items()},
                }
                for o in self.obligations
            ],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each obligation."""
        return data_frame([(o.name, o.evidence) for o in self.obligations], ["obligation", "evidence"])

    def __repr__(self) -> str:
        size = len(self.obligations)
        return f"ClaimReport({self.claim.id}: proved, grade {self.grade}, {size} obligations, {self.prover})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(o.name)}</td><td>{html.escape(o.evidence)}</td></tr>" for o in self.obligations
        )
        return (
            f"{self.claim._repr_html_()}<p>Proved, grade {self.grade}.</p>"
            f"<table><thead><tr><th>obligation</th><th>evidence</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _contains(statement: Statement, expression: Any) -> bool:
    if isinstance(statement, (Forall, Exists)):
        return _contains(statement.body, expression)
    return bool(statement.has(expression))


def _latex(statement: Statement) -> str:
    if isinstance(statement, (Forall, Exists)):
        sign = r"\forall" if isinstance(statement, Forall) else r"\exists"
        names = ", ".join(map(sp.latex, statement.variables))
        where = "" if statement.where is sp.true else r" \;\text{with}\; " + sp.latex(statement.where)
        return f"{sign} {names}{where}: {_latex(statement.body)}"
    return str(sp.latex(statement))
