"""Audits under a hard budget against one catastrophic attack: an audit plan and an attack plan bound the harm.

In each of T steps a piece of work arrives with a score s, of law h if honest, f_k if it is the attack, of type k. The
overseer takes action a with probability π(a | step, audits left, s); it uses c_a audits, at most B in all, and leaves the
expected harm m_ka ≥ 0 if the work is the attack. One step, of the attacker's choice, is the attack; before it all is honest.

*Observed counter*: the attacker sees how many audits are left. With t steps to go and b audits left the plan π keeps the
harm at most U, and an attacker who attacks now as type k with probability λ_k (later with λ_0) does at least D:

    U(t, b) = max {max_k Σ_s f_k(s) Σ_a m_ka π(a|s),  Σ_s h(s) Σ_a π(a|s) U(t−1, b−c_a)},              U(0, ·) = 0
    D(t, b) = Σ_s min_a {Σ_k λ_k f_k(s) m_ka + λ_0 h(s) D(t−1, b−c_a)},                               D(0, ·) = 0

*Hidden counter*: the attacker picks step t and type k beforehand, with probability λ_tk. Harm at most max_tk of Σ_b x(t, b)
Σ_s f_k(s) Σ_a m_ka π(a|t, b, s), where x(t, b) is the probability of b audits left; and at least R(1, B) of

    R(t, b) = Σ_s min_a {Σ_k λ_tk f_k(s) m_ka + h(s) R(t+1, b−c_a)},                                  R(T+1, ·) = 0.

Everything is recomputed in rationals, without any linear programme; with ``bits`` the values on the way are rounded to
multiples of 2^−bits to the safe side, as exact ones can double their digits with every step.
Complexity: T (B + 1) × scores × actions × types. Reference: C. Griffin et al., "Games for AI control", arXiv:2409.07985.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.rationals import (
    expect_keys,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["AuditPlanCertificate", "AuditProblem", "Counter", "attack_bound", "plan_bound", "rounded"]

Counter = Literal["observed", "hidden"]
Vector = tuple[Fraction, ...]
_NUMBERS = ("steps", "budget")
_KEYS = (
    "kind",
    "honest",
    "attacks",
    "missed",
    "audits",
    *_NUMBERS,
    "counter",
    "plan",
    "attack",
    "bits",
    "lower",
    "upper",
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """What is known to everybody; see the module.

    Attributes
    ----------
    honest : tuple of Fraction, one for each score
    attacks : tuple of such laws, one for each attack type
    missed : tuple of tuples of Fraction ≥ 0
        m_ka: a row for each attack type, a number for each action.
    audits : tuple of int ≥ 0, one for each action
        c_a; one action at least takes none.
    steps, budget : int
        T ≥ 1 and B ≥ 0.
    counter : "observed" or "hidden"
    """

    honest: Vector
    attacks: tuple[Vector, ...]
    missed: tuple[Vector, ...]
    audits: tuple[int, ...]
    steps: int
    budget: int
    counter: Counter

    def __post_init__(self) -> None:
        laws = (self.honest, *self.attacks)
        if any(len(law) != len(self.honest) or min(law, default=-1) < 0 or sum(law) != 1 for law in laws):
            raise SpecificationError(
                "audit problem: a law of the score is no distribution; write probabilities that sum to 1"
            )
        if not self.attacks or len(self.missed) != len(self.attacks):
            raise SpecificationError("audit problem: write a law and a row of missed harms for each attack type")
        if 0 not in self.audits or min(self.audits) < 0 or self.steps < 1 or self.budget < 0:
            raise SpecificationError(
                "audit problem: write steps ≥ 1, a budget ≥ 0, audits ≥ 0, and an action that takes no audit"
            )
        if any(len(row) != len(self.audits) or min(row) < 0 for row in self.missed):
            raise SpecificationError(f"audit problem: write {len(self.audits)} missed harms ≥ 0, one for each action")
        if self.counter not in ("observed", "hidden"):
            raise SpecificationError(f"counter: found {self.counter!r}; write 'observed' or 'hidden'")

    def allowed(self, left: int) -> list[int]:
        """The actions that ``left`` audits suffice for."""
        return [a for a, taken in enumerate(self.audits) if taken <= left]


Plan = tuple[tuple[tuple[Vector, ...], ...], ...]
"""π: by step from the first, by audits left, by score, a probability for each action."""

Attack = tuple[Any, ...]
"""λ: observed: by step, by audits left, (later, type 1, …); hidden: by step, a probability for each type."""


def plan_bound(problem: AuditProblem, plan: Plan, bits: int | None) -> list[Fraction]:
    """The harm that a plan allows at most, by budget 0, …, B (hidden: of B alone)."""
    if problem.counter == "hidden":
        return [_hidden_harm(problem, plan, bits)]
    values = [Fraction(0)] * (problem.budget + 1)
    for step in reversed(plan):
        later, values = values, []
        for left, table in enumerate(step):
            wait = _expected(
                problem.honest, table, [later[left - c] if c <= left else Fraction(0) for c in problem.audits]
            )
            now = (_expected(law, table, row) for law, row in zip(problem.attacks, problem.missed, strict=True))
            values.append(rounded(max(wait, *now), bits, up=True))
    return values


def attack_bound(problem: AuditProblem, attack: Attack, bits: int | None) -> list[Fraction]:
    """The harm that an attack plan does at least, whatever the overseer does, by budget as :func:`plan_bound`."""
    observed = problem.counter == "observed"
    values = [Fraction(0)] * (problem.budget + 1)
    for step in reversed(attack):
        later, values = values, []
        for left in range(problem.budget + 1):
            later_weight, *weights = step[left] if observed else (Fraction(1), *step)
            total = Fraction(0)
            for s, h in enumerate(problem.honest):
                now = [w * law[s] for w, law in zip(weights, problem.attacks, strict=True)]
                total += min(
                    sum((x * row[a] for x, row in zip(now, problem.missed, strict=True)), Fraction(0))
                    + later_weight * h * later[left - problem.audits[a]]
                    for a in problem.allowed(left)
                )
            values.append(rounded(total, bits, up=False))
    return values if observed else values[-1:]


def _hidden_harm(problem: AuditProblem, plan: Plan, bits: int | None) -> Fraction:
    harm = Fraction(0)
    chances = [Fraction(0)] * problem.budget + [Fraction(1)]
    for step in plan:
        coming = [Fraction(0)] * (problem.budget + 1)
        done = [Fraction(0)] * len(problem.attacks)
        for left, chance in enumerate(chances):
            if not chance:
                continue
            for k, (law, row) in enumerate(zip(problem.attacks, problem.missed, strict=True)):
                done[k] += chance * _expected(law, step[left], row)
            for h, row in zip(problem.honest, step[left], strict=True):
                for a, p in enumerate(row):
                    if h * p:
                        coming[left - problem.audits[a]] += chance * h * p
        # Rounded up the chances sum to a little more than 1, which can only add to the harm.
        chances = [rounded(x, bits, up=True) for x in coming]
        harm = max(harm, *done)
    return harm


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AuditPlanCertificate:
    """The claim that the least harm of the worst attack lies between two bounds, with a plan for each.

    Attributes
    ----------
    problem : AuditProblem
    plan : by step, audits left, score: probabilities of the actions
    attack : by step (and audits left): probabilities
    bits : int or None
        How finely values on the way are rounded; ``None``: not at all.
    lower, upper : tuple of Fraction
        By budget 0, …, B for an observed counter; of B alone for a hidden one.
    """

    problem: AuditProblem
    plan: Plan
    attack: Attack
    bits: int | None
    lower: Vector
    upper: Vector

    def __post_init__(self) -> None:
        count = self.problem.budget + 1 if self.problem.counter == "observed" else 1
        if len(self.lower) != count or len(self.upper) != count:
            raise SpecificationError(
                f"certificate: found {len(self.lower)} lower and {len(self.upper)} upper bounds; write {count} of each"
            )

    @property
    def claim(self) -> str:
        """The claim in words."""
        p = self.problem
        low, high = self.lower[-1], self.upper[-1]
        value = f"exactly {brief(low)}" if low == high else f"between {brief(low)} and {brief(high)}"
        return (
            f"with at most {p.budget} audits in {p.steps} steps and {'an' if p.counter == 'observed' else 'a'} {p.counter} "
            f"counter the least harm of the worst attack is {value}"
        )

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about no game in normal form."""
        return ""

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute what both plans guarantee.

        Raises
        ------
        CertificateError
            Naming what breaks.
        """
        if game is not None:
            fail(self.claim, "it is about no game in normal form")
        self._check_shapes()
        for name, found, claimed, sign in (
            ("upper", plan_bound(self.problem, self.plan, self.bits), self.upper, 1),
            ("lower", attack_bound(self.problem, self.attack, self.bits), self.lower, -1),
        ):
            for k, (x, y) in enumerate(zip(found, claimed, strict=True)):
                if sign * (x - y) > 0:
                    fail(self.claim, f"{name} bound {k}: the plan shows {brief(x)}, not {brief(y)}")
        return True

    def _check_shapes(self) -> None:
        p, states = self.problem, self.problem.budget + 1
        if self.bits is not None and not 1 <= self.bits <= 10**5:
            fail(self.claim, f"values are rounded to 2^-{self.bits}")
        if len(self.plan) != p.steps or any(len(step) != states for step in self.plan):
            fail(self.claim, f"the plan has no {p.steps} steps with {states} numbers of audits left")
        for t, step in enumerate(self.plan):
            for left, table in enumerate(step):
                where = f"the plan in step {t + 1} with {left} audits left"
                if len(table) != len(p.honest):
                    fail(self.claim, f"{where} is not about {len(p.honest)} scores")
                for row in table:
                    self._check_law(row, len(p.audits), where)
                    if any(x and taken > left for x, taken in zip(row, p.audits, strict=True)):
                        fail(self.claim, f"{where} takes more audits than are left")
        if len(self.attack) != p.steps:
            fail(self.claim, f"the attack has no {p.steps} steps")
        if p.counter == "hidden":
            if any(len(step) != len(p.attacks) for step in self.attack):
                fail(self.claim, f"the attack is not about {len(p.attacks)} types")
            everything = [x for step in self.attack for x in step]
            self._check_law(everything, len(everything), "the attack")
            return
        for t, step in enumerate(self.attack):
            if len(step) != states:
                fail(self.claim, f"the attack in step {t + 1} is not about {states} numbers of audits left")
            for left, law in enumerate(step):
                self._check_law(law, len(p.attacks) + 1, f"the attack in step {t + 1} with {left} audits left")

    def _check_law(self, law: Sequence[Fraction], size: int, where: str) -> None:
        if len(law) != size or min(law, default=Fraction(-1)) < 0 or sum(law) != 1:
            fail(self.claim, f"{where} is no distribution over {size} choices")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        p = self.problem
        return {
            "kind": "audit plan",
            "honest": _to_json(p.honest),
            "attacks": _to_json(p.attacks),
            "missed": _to_json(p.missed),
            "audits": list(p.audits),
            "steps": p.steps,
            "budget": p.budget,
            "counter": p.counter,
            "plan": _to_json(self.plan),
            "attack": _to_json(self.attack),
            "bits": self.bits,
            "lower": _to_json(self.lower),
            "upper": _to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> AuditPlanCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "audit plan":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'audit plan'")
        whole = [*(data[name] for name in _NUMBERS), *_listed(data["audits"], "certificate.audits")]
        if data["bits"] is not None:
            whole.append(data["bits"])
        if any(type(x) is not int for x in whole):
            raise SpecificationError("certificate: steps, budget, audits and bits are whole numbers; write them so")
        depth = {"observed": 3, "hidden": 2}.get(data["counter"]) if isinstance(data["counter"], str) else None
        if depth is None:
            raise SpecificationError(f"certificate.counter: found {data['counter']!r}; write 'observed' or 'hidden'")
        problem = AuditProblem(
            **{
                name: _from_json(data[name], 1 if name == "honest" else 2, name)
                for name in ("honest", "attacks", "missed")
            },
            audits=tuple(data["audits"]),
            steps=data["steps"],
            budget=data["budget"],
            counter=data["counter"],
        )
        return cls(
            problem=problem,
            plan=_from_json(data["plan"], 4, "plan"),
            attack=_from_json(data["attack"], depth, "attack"),
            bits=data["bits"],
            lower=_from_json(data["lower"], 1, "lower"),
            upper=_from_json(data["upper"], 1, "upper"),
        )

    def __repr__(self) -> str:
        return f"AuditPlanCertificate({self.claim})"


def _expected(law: Sequence[Fraction], table: Sequence[Sequence[Fraction]], values: Sequence[Fraction]) -> Fraction:
    """Σ_s law(s) Σ_a table(s, a) values(a)."""
    total = Fraction(0)
    for x, row in zip(law, table, strict=True):
        if x:
            total += x * sum((p * v for p, v in zip(row, values, strict=True) if p), Fraction(0))
    return total


def rounded(value: Fraction, bits: int | None, *, up: bool) -> Fraction:
    """The next multiple of 2^−bits above or below; ``None``: the value itself."""
    if bits is None:
        return value
    scaled = value.numerator << bits
    return Fraction(-(-scaled // value.denominator) if up else scaled // value.denominator, 1 << bits)


def _listed(data: Any, where: str) -> list[Any]:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list")
    return data


def _to_json(values: Any) -> Any:
    if isinstance(values, Fraction):
        return rational_to_json(values)
    return [_to_json(value) for value in values]


def _from_json(data: Any, depth: int, name: str) -> Any:
    where = f"certificate.{name}"
    if depth == 0:
        return rational_from_json(data, where=where)
    return tuple(_from_json(value, depth - 1, name) for value in _listed(data, where))
