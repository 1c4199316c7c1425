"""Collusive security games: adversaries with targets of their own, who attack together if that pays each of them.

Adversaries i = 1, …, n own disjoint sets of targets T_i; the defender covers targets with m interchangeable resources, coverage
c ∈ [0, 1]^T, Σ c ≤ m. An attack on t is worth to its owner and to the defender

    alone          u_t(c) = c_t a_t^c + (1 − c_t) a_t^u,                     v_t(c) = c_t d_t^c + (1 − c_t) d_t^u,
    in coalition   U_t(c) = u_t(c) + (1 − c_t) ε,                            V_t(c) = v_t(c) − (1 − c_t) ε',

ε the bonus and ε' what it costs the defender. In coalition all attack where U is largest and share the total: adversary i gets
w_i Σ_j max_{T_j} U. It agrees iff that is at least max_{T_i} u; the coalition forms iff all agree, and otherwise each attacks
where u is largest. All ties are broken for the defender (strong Stackelberg). A coverage that makes one adversary so much
better off alone that it refuses *divides* the coalition.

Reference: S. Gholami, B. Wilder, M. Brown, D. Thomas, N. Sintov and M. Tambe 2016, "Divide to defend: collusive security
games", GameSec, section 3. There two adversaries share equally; here shares may differ, and n adversaries collude all
together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.encoding import brief
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.labels import Labels, action_index
from gametheory.games.tables import data_frame
from gametheory.oversight.coverage import most_paid
from gametheory.oversight.security_games import PAYOFFS, read_names, read_table

__all__ = ["CollusivePlay", "CollusiveSecurityGame", "collusive_play"]

Vector = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True, repr=False, init=False)
class CollusiveSecurityGame:
    """Targets with owners, what attacks are worth alone and together, and the resources that guard them.

    Parameters
    ----------
    defender_covered, defender_uncovered, attacker_covered, attacker_uncovered : sequence of T numbers
        Payoffs of an attack without coalition; the attacker is the target's owner.
    owned : sequence of n collections of targets
        The targets of each adversary, by label or index; each target has one owner.
    num_resources : int ≥ 1
    bonus : number ≥ 0
        ε: what an attack that succeeds in coalition is worth more.
    bonus_loss : number ≥ 0, optional
        ε': what it costs the defender more; by default as much.
    shares : sequence of n numbers > 0, optional
        Of the coalition's total, with sum 1; by default equal.
    targets, adversaries : sequence of str, optional

    Raises
    ------
    SpecificationError
        Targets with no owner or several; shares that do not sum to 1; malformed numbers.

    Examples
    --------
    >>> CollusiveSecurityGame.zero_sum([3, 2, 3, 2], owned=[[0, 1], [2, 3]], num_resources=1, bonus=2)
    CollusiveSecurityGame(2 adversaries, 4 targets, 1 resource, bonus 2)
    """

    defender_covered: Vector
    defender_uncovered: Vector
    attacker_covered: Vector
    attacker_uncovered: Vector
    owned: tuple[tuple[int, ...], ...]
    num_resources: int
    bonus: Fraction
    bonus_loss: Fraction
    shares: Vector
    targets: tuple[str, ...]
    adversaries: tuple[str, ...]

    def __init__(
        self,
        defender_covered: Any,
        defender_uncovered: Any,
        attacker_covered: Any,
        attacker_uncovered: Any,
        *,
        owned: Sequence[Any],
        num_resources: int,
        bonus: Any,
        bonus_loss: Any = None,
        shares: Sequence[Any] | None = None,
        targets: Labels | None = None,
        adversaries: Labels | None = None,
    ) -> None:
        given = (defender_covered, defender_uncovered, attacker_covered, attacker_uncovered)
        for name, values in zip(PAYOFFS, given, strict=True):
            table = read_table(values, name)
            if len(table) > 1:
                raise SpecificationError(f"{name}: found {len(table)} rows; write one number per target")
            object.__setattr__(self, name, table[0])
        lengths = {name: len(getattr(self, name)) for name in PAYOFFS}
        if len(set(lengths.values())) > 1:
            raise SpecificationError(f"payoffs: found {lengths} numbers; write one per target in each")
        names = read_names(targets, lengths[PAYOFFS[0]], "targets", "target")
        object.__setattr__(self, "targets", names)
        object.__setattr__(self, "owned", _owned(owned, names))
        count = len(self.owned)
        object.__setattr__(self, "adversaries", read_names(adversaries, count, "adversaries", "adversary"))
        object.__setattr__(self, "num_resources", check_count("num_resources", num_resources))
        for name, value in (("bonus", bonus), ("bonus_loss", bonus if bonus_loss is None else bonus_loss)):
            number = exact(value, where=name)
            if number < 0:
                raise SpecificationError(f"{name}: found {value}; write a number ≥ 0")
            object.__setattr__(self, name, number)
        parts = [Fraction(1, count)] * count if shares is None else [exact(x, where="shares") for x in shares]
        if len(parts) != count or min(parts) <= 0 or sum(parts) != 1:
            raise SpecificationError(f"shares: found {shares!r}; write {count} numbers > 0 whose sum is exactly 1")
        object.__setattr__(self, "shares", tuple(parts))

    @classmethod
    def zero_sum(cls, values: Any, **options: Any) -> CollusiveSecurityGame:
        """A target covered costs its owner what it would gain uncovered; the defender gets the opposite."""
        (row,) = read_table(values, "values")
        return cls(row, [-x for x in row], [-x for x in row], row, **options)

    @property
    def num_targets(self) -> int:
        return len(self.targets)

    def attack(self, target: int, *, together: bool) -> tuple[Fraction, Fraction]:
        """What an attack is worth to the owner, uncovered, and how that changes with coverage."""
        extra = self.bonus if together else Fraction(0)
        top = self.attacker_uncovered[target] + extra
        return top, self.attacker_covered[target] - top

    def defence(self, target: int, *, together: bool) -> tuple[Fraction, Fraction]:
        """The same for the defender."""
        bottom = self.defender_uncovered[target] - (self.bonus_loss if together else 0)
        return bottom, self.defender_covered[target] - bottom

    def read_coverage(self, coverage: Any) -> Vector:
        """T probabilities whose sum is at most the number of resources.

        Raises
        ------
        SpecificationError
            Otherwise.
        """
        if isinstance(coverage, Mapping):
            values: list[Any] = [0] * self.num_targets
            for target, x in coverage.items():
                values[action_index(target, self.targets, "coverage", what="target")] = x
        else:
            values = check_list("coverage", coverage)
        read = tuple(exact(x, where=f"coverage[{t}]") for t, x in enumerate(values))
        if len(read) != self.num_targets or any(not 0 <= x <= 1 for x in read) or sum(read) > self.num_resources:
            raise SpecificationError(
                f"coverage: found {coverage!r}; write {self.num_targets} probabilities, in sum at most {self.num_resources}"
            )
        return read

    def __repr__(self) -> str:
        guards = f"{self.num_resources} resource{'s' if self.num_resources > 1 else ''}"
        return (
            f"CollusiveSecurityGame({len(self.adversaries)} adversaries, {self.num_targets} targets, {guards}, "
            f"bonus {brief(self.bonus)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of targets, owners and payoffs."""
        owner = {t: name for name, owned in zip(self.adversaries, self.owned, strict=True) for t in owned}
        rows = [[name, owner[t], *(getattr(self, p)[t] for p in PAYOFFS)] for t, name in enumerate(self.targets)]
        return data_frame(rows, ["target", "owner", *PAYOFFS])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``: the keyword arguments that make the game again."""
        return {
            **{name: [rational_to_json(x) for x in getattr(self, name)] for name in PAYOFFS},
            "owned": [list(row) for row in self.owned],
            "num_resources": self.num_resources,
            "bonus": rational_to_json(self.bonus),
            "bonus_loss": rational_to_json(self.bonus_loss),
            "shares": [rational_to_json(x) for x in self.shares],
            "targets": list(self.targets),
            "adversaries": list(self.adversaries),
        }


@final
@dataclass(frozen=True, slots=True, repr=False)
class CollusivePlay:
    """How the adversaries reply to a coverage, ties broken for the defender.

    Attributes
    ----------
    targets, adversaries : tuple of str
    probabilities : tuple of Fraction
        The coverage, by target.
    colludes : bool
        Whether the coalition forms.
    refusing : tuple of str
        Adversaries who do not gain from it; without a coalition there is at least one.
    attacked : tuple of int
        The target that each adversary attacks.
    alone, shared : tuple of Fraction
        What each gets at best alone, and its share in the coalition.
    value : Fraction
        To the defender.
    """

    targets: tuple[str, ...]
    adversaries: tuple[str, ...]
    probabilities: Vector
    colludes: bool
    refusing: tuple[str, ...]
    attacked: tuple[int, ...]
    alone: Vector
    shared: Vector
    value: Fraction

    def __repr__(self) -> str:
        shown = [f"{t} {brief(p)}" for t, p in zip(self.targets, self.probabilities, strict=True) if p][:6]
        what = "the adversaries collude" if self.colludes else f"{' and '.join(self.refusing)} will not collude"
        attacks = " and ".join(self.targets[t] for t in self.attacked)
        return f"CollusivePlay({', '.join(shown) or 'no coverage'}; {what}; attacked: {attacks}; value {brief(self.value)})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of adversaries, the target attacked, and payoffs alone and shared."""
        rows = zip(self.adversaries, (self.targets[t] for t in self.attacked), self.alone, self.shared, strict=True)
        return data_frame(rows, ["adversary", "attacked", "alone", "shared"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "coverage": {t: rational_to_json(p) for t, p in zip(self.targets, self.probabilities, strict=True)},
            "colludes": self.colludes,
            "refusing": list(self.refusing),
            "attacked": {a: self.targets[t] for a, t in zip(self.adversaries, self.attacked, strict=True)},
            "alone": {a: rational_to_json(x) for a, x in zip(self.adversaries, self.alone, strict=True)},
            "shared": {a: rational_to_json(x) for a, x in zip(self.adversaries, self.shared, strict=True)},
            "value": rational_to_json(self.value),
        }


def collusive_play(game: CollusiveSecurityGame, coverage: Any) -> CollusivePlay:
    """Whether the coalition forms under a coverage, what is attacked, and what that is worth.

    Examples
    --------
    Covering the first adversary's targets alone makes it gain more from the coalition, so that the second refuses:

    >>> game = CollusiveSecurityGame.zero_sum([3, 2, 3, 2], owned=[[0, 1], [2, 3]], num_resources=1, bonus=2)
    >>> collusive_play(game, ["1/2", "1/2", 0, 0])
    CollusivePlay(target 1 1/2, target 2 1/2; adversary 2 will not collude; attacked: target 1 and target 3; value -3)
    >>> collusive_play(game, ["1/4", "1/4", "1/4", "1/4"]).colludes
    True
    """
    c = game.read_coverage(coverage)

    def worth(line: tuple[Fraction, Fraction], t: int) -> Fraction:
        return line[0] + line[1] * c[t]

    alone = tuple(max(worth(game.attack(t, together=False), t) for t in owned) for owned in game.owned)
    total = sum((max(worth(game.attack(t, together=True), t) for t in owned) for owned in game.owned), Fraction(0))
    shared = tuple(w * total for w in game.shares)
    refusing = tuple(a for a, x, y in zip(game.adversaries, alone, shared, strict=True) if y <= x)
    found: list[tuple[Fraction, bool, tuple[int, ...]]] = []
    for together in (False, True):
        agreed = all(y >= x for x, y in zip(alone, shared, strict=True))
        if not (agreed if together else refusing):
            continue
        attacked = []
        for owned in game.owned:
            best = [owned[k] for k in most_paid([worth(game.attack(t, together=together), t) for t in owned])]
            attacked.append(max(best, key=lambda t: worth(game.defence(t, together=together), t)))
        value = sum((worth(game.defence(t, together=together), t) for t in attacked), Fraction(0))
        found.append((value, together, tuple(attacked)))
    value, together, targets = max(found, key=lambda play: play[0])
    return CollusivePlay(
        game.targets, game.adversaries, c, together, () if together else refusing, targets, alone, shared, value
    )


def _owned(owned: Sequence[Any], targets: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    if isinstance(owned, str) or not hasattr(owned, "__len__") or len(owned) < 2:
        raise SpecificationError(f"owned: found {owned!r}; write the targets of each of two or more adversaries")
    rows = tuple(
        tuple(sorted({action_index(t, targets, f"owned[{i}]", what="target") for t in row}))
        for i, row in enumerate(owned)
    )
    every = sorted(t for row in rows for t in row)
    if every != list(range(len(targets))) or not all(rows):
        raise SpecificationError(
            f"owned: found {rows}; each of the {len(targets)} targets has one owner, who has one or more"
        )
    return rows
