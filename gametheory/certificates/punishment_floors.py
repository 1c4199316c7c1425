"""How low an equilibrium of the repeated game can hold anybody: bounds by set iteration, re-checked step by step.

Let V(δ) be the payoffs of subgame-perfect equilibria in pure actions with public lotteries. D. Abreu, D. Pearce and E.
Stacchetti: V(δ) is the largest W with W ⊆ B(W),

    B(W) = co ∪_a {(1 − δ) u(a) + δ w :  w ∈ W,  δ (w_i − f_i) ≥ (1 − δ) g_i(a) for all i},      f_i = min {w_i : w ∈ W},

g_i(a) the best one-shot gain at a. So if V(δ) ⊆ W = {w : w_i ≥ f_i, d·w ≤ c_d for some directions d}, then every v ∈ V(δ) is an
average of points (1 − δ) u(a) + δ w with d·w ≤ c_d and w_i ≥ b_i(a) = f_i + g_i(a)(1 − δ)/δ. Multipliers λ ≥ 0 of the
directions bound what such w can be (weak duality):

* **ceiling** of a direction d: if μ = Σ λ_e e − d ≥ 0 then d·w ≤ Σ λ_e c_e − Σ μ_i b_i; over all a that are left it bounds d·v;
* **floor** of player i: the same with d = −(unit vector of i); moreover a point worst for i needs v_i ≥ max_b u_i(b, a_−i), as
  v_i ≥ (1 − δ) max_b u_i(b, a_−i) + δ f_i holds with the least f_i, which is v_i;
* **drop** of a profile a: if μ = Σ λ_e e ≥ 0 and Σ λ_e c_e < Σ μ_i b_i there is no such w, and a is never played.

Evidence: such steps in order, each using the bounds so far; at the start f and c are those of the payoff table. V(δ) grows with
δ (public lotteries), so what holds at δ holds at every smaller discount factor.

References: D. Abreu, D. Pearce and E. Stacchetti 1990, "Toward a theory of discounted repeated games with imperfect
monitoring", Econometrica 58, theorems 1 to 6; K. Judd, S. Yeltekin and J. Conklin 2003, "Computing supergame equilibria",
Econometrica 71. Complexity: for each step one sparse sum for each profile that is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.play_paths import PositionPayoffs
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["FloorStep", "Multipliers", "PunishmentFloorCertificate"]

_KEYS = ("kind", "game", "game_digest", "discount", "directions", "plans", "steps", "floors", "excluded")
_OWN = -1
Multipliers = tuple[tuple[int, Fraction], ...]
"""λ by its entries other than 0: (direction, multiplier)."""


@final
@dataclass(frozen=True, slots=True)
class FloorStep:
    """One bound more.

    Attributes
    ----------
    kind : "ceiling", "floor" or "drop"
    place : int
        The direction, the player, or the profile (its place in the payoff table read row by row).
    value : Fraction
        The new bound; 0 for a drop.
    plans : tuple of int
        Which multipliers prove it for each profile that is left, in order; −1 for a floor that the player's own best reply
        there already shows. A drop has one.
    """

    kind: Literal["ceiling", "floor", "drop"]
    place: int
    value: Fraction
    plans: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class PunishmentFloorCertificate:
    """The claim that no subgame-perfect equilibrium in pure actions gives a player less than a floor.

    Attributes
    ----------
    game : NormalFormGame or None
        Exact.
    discount : Fraction in (0, 1)
        The claim is about all discount factors up to this one, public lotteries allowed.
    directions : tuple of vectors
    plans : tuple of multipliers
    steps : tuple of FloorStep
    floors : tuple of Fraction, one for each player
    excluded : tuple of int
        Profiles that no such equilibrium plays after any history, by their place in the payoff table; all of them if there is
        none at all.
    stated_digest : str
        Digest of the game, where it was read from a file.

    Examples
    --------
    In a prisoner's dilemma the minmax payoff is a floor: defecting pays at least 3.

    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> steps = tuple(FloorStep("floor", i, Fraction(3), (-1,) * 4) for i in range(2))
    >>> PunishmentFloorCertificate(
    ...     game=stage, discount=Fraction(1, 2), directions=(), plans=(), steps=steps,
    ...     floors=(Fraction(3), Fraction(3)), excluded=()).verify()
    True
    """

    game: NormalFormGame | None
    discount: Fraction
    directions: tuple[tuple[Fraction, ...], ...]
    plans: tuple[Multipliers, ...]
    steps: tuple[FloorStep, ...]
    floors: tuple[Fraction, ...]
    excluded: tuple[int, ...]
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or ("" if self.game is None else self.game.digest())

    @property
    def claim(self) -> str:
        """The claim in words."""
        least = ", ".join(f"{player_name(self.game, i)} less than {brief(f)}" for i, f in enumerate(self.floors))
        text = f"up to the discount factor {brief(self.discount)} no subgame-perfect equilibrium in pure actions gives {least}"
        if self.excluded and self.game is not None and max(self.excluded) < self.game.num_profiles:
            named = [np.unravel_index(k, self.game.num_actions) for k in self.excluded[:4]]
            shown = ", ".join(describe_profile(self.game, tuple(map(int, a))) for a in named)
            text += f", or plays {shown}" + (f" or {len(self.excluded) - 4} more" if len(self.excluded) > 4 else "")
        return text

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Re-check every step exactly.

        Raises
        ------
        CertificateError
            If a step does not follow, or the floors are higher than the last ones.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        n = checked.num_players
        if not 0 < self.discount < 1:
            fail(self.claim, "the discount factor is not between 0 and 1")
        if len(self.floors) != n or any(len(d) != n for d in self.directions):
            fail(self.claim, "a vector has not one entry for each player")
        if any(not 0 <= e < len(self.directions) or y < 0 for plan in self.plans for e, y in plan):
            fail(self.claim, "a multiplier is negative or of no direction")
        iteration = _Iteration(checked, self)
        for k, step in enumerate(self.steps):
            flaw = iteration.flaw(step)
            if flaw:
                fail(self.claim, f"step {k}: {flaw}")
        if not set(self.excluded) <= set(range(checked.num_profiles)) - set(iteration.left):
            fail(self.claim, "a profile that is said to be excluded was not dropped")
        if iteration.left and any(f > g for f, g in zip(self.floors, iteration.floors, strict=True)):
            fail(self.claim, "a floor is higher than the last one shown")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "punishment floors",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "discount": rational_to_json(self.discount),
            "directions": [[rational_to_json(x) for x in d] for d in self.directions],
            "plans": [[[e, rational_to_json(y)] for e, y in plan] for plan in self.plans],
            "steps": [
                {"kind": s.kind, "place": s.place, "value": rational_to_json(s.value), "plans": list(s.plans)}
                for s in self.steps
            ],
            "floors": [rational_to_json(f) for f in self.floors],
            "excluded": list(self.excluded),
        }

    @classmethod
    def from_dict(cls, data: Any) -> PunishmentFloorCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "punishment floors")
        return cls(
            game=game,
            discount=rational_from_json(data["discount"], where="certificate.discount"),
            directions=tuple(rationals_from_json(d, w) for d, w in _entries(data, "directions")),
            plans=tuple(_plan(p, w) for p, w in _entries(data, "plans")),
            steps=tuple(_step(s, w) for s, w in _entries(data, "steps")),
            floors=rationals_from_json(data["floors"], "certificate.floors"),
            excluded=indices_from_json(data["excluded"], where="certificate.excluded"),
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PunishmentFloorCertificate({self.claim})"


@final
class _Iteration:
    """The bounds so far, and the profiles that are left."""

    def __init__(self, game: NormalFormGame, certificate: PunishmentFloorCertificate) -> None:
        self.certificate, delta = certificate, certificate.discount
        self.weight, self.delta = (1 - delta) / delta, delta
        table = PositionPayoffs(game)
        profiles = [((tuple(map(int, a)), Fraction(1)),) for a in np.ndindex(*game.num_actions)]
        self.payoffs = [table.payoffs(p) for p in profiles]
        self.gains = [table.gains(p) for p in profiles]
        self.left = list(range(len(profiles)))
        self.floors = [min(u[i] for u in self.payoffs) for i in range(game.num_players)]
        self.ceilings = [max(_dot(d, u) for u in self.payoffs) for d in certificate.directions]

    def flaw(self, step: FloorStep) -> str:
        """Make the step; why it does not follow, ``""`` if it does."""
        if not self.left:
            return "no profile was left before it"
        count = {"ceiling": len(self.ceilings), "floor": len(self.floors), "drop": len(self.payoffs)}[step.kind]
        needed = 1 if step.kind == "drop" else len(self.left)
        least = _OWN if step.kind == "floor" else 0
        if not 0 <= step.place < count or len(step.plans) != needed:
            return f"its {step.kind} is of no place, or has not a plan for each profile"
        if any(not least <= k < len(self.certificate.plans) for k in step.plans):
            return "it names a plan that does not exist"
        if step.kind == "drop":
            return self._drop(step)
        d = self._direction(step)
        sign = 1 if step.kind == "ceiling" else -1
        for a, plan in zip(self.left, step.plans, strict=True):
            if step.kind == "floor" and self.payoffs[a][step.place] + self.gains[a][step.place] >= step.value:
                continue  # the own best reply shows it
            bound = None if plan == _OWN else self._bound(a, d, self.certificate.plans[plan])
            if bound is None:
                return f"the multipliers of profile {a} prove nothing about this direction"
            if (1 - self.delta) * _dot(d, self.payoffs[a]) + self.delta * bound > sign * step.value:
                return f"profile {a} may pass the bound {brief(step.value)}"
        bounds = self.ceilings if step.kind == "ceiling" else self.floors
        better = min if step.kind == "ceiling" else max
        bounds[step.place] = better(bounds[step.place], step.value)
        return ""

    def _drop(self, step: FloorStep) -> str:
        if step.place not in self.left:
            return f"profile {step.place} is not left"
        nothing = (Fraction(0),) * len(self.floors)
        bound = self._bound(step.place, nothing, self.certificate.plans[step.plans[0]])
        if bound is None or bound >= 0:
            return f"the multipliers do not exclude profile {step.place}"
        self.left.remove(step.place)
        return ""

    def _direction(self, step: FloorStep) -> tuple[Fraction, ...]:
        if step.kind == "ceiling":
            return self.certificate.directions[step.place]
        return tuple(Fraction(-int(i == step.place)) for i in range(len(self.floors)))

    def _bound(self, a: int, d: Sequence[Fraction], plan: Multipliers) -> Fraction | None:
        """A bound on d·w over the continuations that profile ``a`` may have; ``None`` if the multipliers give none."""
        bound, slack = Fraction(0), [-x for x in d]
        for e, y in plan:
            bound += y * self.ceilings[e]
            slack = [s + y * x for s, x in zip(slack, self.certificate.directions[e], strict=True)]
        for s, f, g in zip(slack, self.floors, self.gains[a], strict=True):
            if s < 0:
                return None
            if s:
                bound -= s * (f + g * self.weight)
        return bound


def _dot(d: Sequence[Fraction], u: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(d, u, strict=True)), Fraction(0))


def _entries(data: Any, name: str) -> Iterator[tuple[Any, str]]:
    if not isinstance(data[name], list):
        raise SpecificationError(f"certificate.{name}: write a list")
    for k, entry in enumerate(data[name]):
        yield entry, f"certificate.{name}[{k}]"


def _plan(data: Any, where: str) -> Multipliers:
    if not isinstance(data, list) or any(not isinstance(e, list) or len(e) != 2 for e in data):
        raise SpecificationError(f"{where}: write a list of [direction, multiplier]")
    places = indices_from_json([e[0] for e in data], where=where)
    return tuple(
        (place, rational_from_json(e[1], where=f"{where}[{k}]"))
        for k, (place, e) in enumerate(zip(places, data, strict=True))
    )


def _step(data: Any, where: str) -> FloorStep:
    expect_keys(data, ("kind", "place", "value", "plans"), where=where)
    if data["kind"] not in ("ceiling", "floor", "drop"):
        raise SpecificationError(f"{where}.kind: found {data['kind']!r}; write 'ceiling', 'floor' or 'drop'")
    (place,) = indices_from_json([data["place"]], where=f"{where}.place")
    plans = data["plans"]
    if not isinstance(plans, list) or any(type(k) is not int or not _OWN <= k < 2**31 for k in plans):
        raise SpecificationError(f"{where}.plans: write a list of integers, -1 or more")
    value = rational_from_json(data["value"], where=f"{where}.value")
    return FloorStep(data["kind"], place, value, tuple(plans))
