"""A path of play is the outcome of a subgame-perfect equilibrium, because a penal code deters every deviation.

A simple penal code (D. Abreu 1988) is a target path and for each player i a punishment: when i deviates alone from whatever is
in progress, i's punishment is started, from its beginning, also when i deviates from it; deviations of several players at
once, and those that gain nothing at once, are ignored. A punishment is a path of play (:mod:`.play_paths`), or a **stick**: a
pure profile for one period, then a public lottery over the beginnings of the paths and the sticks listed before. The code is
a subgame-perfect equilibrium iff no one-shot deviation pays: for every path, position of it and stick, and every player i with
a gain g_i > 0 there,

    (1 − δ) g_i ≤ δ (V_i(what is next) − V_i(i's punishment)),         (Abreu 1988, proposition 1)

where after a stick the next is worth its expectation over the lottery. Without sticks both sides are polynomials in δ, and δ
may be algebraic; with sticks it is rational. Nothing is rounded.

Reference: D. Abreu 1988, "On the theory of infinitely repeated games with discounting", Econometrica 56. Complexity: a
polynomial of the degree of the cycles' lengths for each position and player.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic.algebraic import AlgebraicNumber, evaluate, sign_at
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    player_name,
)
from gametheory.certificates.play_paths import PlayPath, PositionPayoffs, deterrence_polynomial, value_polynomials
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PenalCodeCertificate", "Stick", "discount_from_json", "discount_text", "discount_to_json"]

_KEYS = ("kind", "game", "game_digest", "discount", "paths", "sticks", "punishments")
_MAX_LENGTH = 120
"""Positions of a path: what a hostile file can keep a reader busy with grows with their square."""


@final
@dataclass(frozen=True, slots=True)
class Stick:
    """A pure profile for one period, then a public lottery.

    Attributes
    ----------
    profile : tuple of int
    lottery : tuple of (int, Fraction)
        What begins next, as a place in the list of paths and then sticks, and how likely; sticks only if listed before.
    """

    profile: tuple[int, ...]
    lottery: tuple[tuple[int, Fraction], ...]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class PenalCodeCertificate:
    """The claim that a path is a subgame-perfect equilibrium outcome at a discount factor, by a penal code.

    Attributes
    ----------
    game : NormalFormGame or None
        Exact.
    discount : Fraction or AlgebraicNumber, in [0, 1)
    paths : tuple of PlayPath
        The first is the target.
    sticks : tuple of Stick
    punishments : tuple of int, one for each player
        Places in the list of paths and then sticks.
    stated_digest : str
        Digest of the game, where it was read from a file.

    Examples
    --------
    A prisoner's dilemma at δ = 1/7, both threatening to defect for ever.

    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> PenalCodeCertificate(
    ...     game=stage,
    ...     discount=Fraction(1, 7),
    ...     paths=(PlayPath.of([], [(0, 0)]), PlayPath.of([], [(1, 1)])),
    ...     punishments=(1, 1),
    ... ).verify()
    True
    """

    game: NormalFormGame | None
    discount: Fraction | AlgebraicNumber
    paths: tuple[PlayPath, ...]
    sticks: tuple[Stick, ...] = ()
    punishments: tuple[int, ...]
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def target(self) -> PlayPath:
        """The path that the code sustains."""
        return self.paths[0]

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or ("" if self.game is None else self.game.digest())

    @property
    def claim(self) -> str:
        """The claim in words."""
        return (
            f"{self.target.describe(self.game)}: the outcome of a subgame-perfect equilibrium at the discount factor "
            f"{discount_text(self.discount)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Re-check every one-shot deviation from every position, exactly.

        Raises
        ------
        CertificateError
            If a part is none of the game, or a deviation pays.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        self._check_parts(checked)
        if isinstance(self.discount, Fraction):
            self._check_at(checked, self.discount)
        elif self.sticks:
            fail(self.claim, "with sticks the discount factor must be rational")
        else:
            self._check_signs(checked, self.discount)
        return True

    def values(self, game: NormalFormGame) -> list[tuple[Fraction, ...]]:
        """What the beginnings of the paths and then of the sticks are worth to each player, at a rational discount."""
        delta, table = self.discount, PositionPayoffs(game)
        assert isinstance(delta, Fraction)
        found = []
        for path in self.paths:
            own = [value_polynomials(table, path, i) for i in range(game.num_players)]
            found.append(tuple(evaluate(values[0], delta) / evaluate(divisor, delta) for values, divisor in own))
        for stick in self.sticks:
            now = table.payoffs(((stick.profile, Fraction(1)),))
            after = [sum((p * found[k][i] for k, p in stick.lottery), Fraction(0)) for i in range(game.num_players)]
            found.append(tuple((1 - delta) * u + delta * w for u, w in zip(now, after, strict=True)))
        return found

    def _check_parts(self, game: NormalFormGame) -> None:
        if not 0 <= self.discount < 1:
            fail(self.claim, "the discount factor is not in [0, 1)")
        count = len(self.paths) + len(self.sticks)
        if len(self.punishments) != game.num_players or any(not 0 <= k < count for k in self.punishments):
            fail(self.claim, "the punishments are not one of the paths or sticks for each player")
        for k, path in enumerate(self.paths):
            flaw = path.flaw(game) or (
                f"it has more than {_MAX_LENGTH} positions" if len(path.positions) > _MAX_LENGTH else ""
            )
            if flaw:
                fail(self.claim, f"path {k}: {flaw}")
        for k, stick in enumerate(self.sticks):
            flaw = PlayPath.of([], [stick.profile]).flaw(game)
            earlier = len(self.paths) + k
            if flaw or any(not 0 <= place < earlier for place, _ in stick.lottery):
                fail(self.claim, f"stick {k}: {flaw or 'its lottery is over paths and the sticks before it only'}")
            if any(p <= 0 for _, p in stick.lottery) or sum(p for _, p in stick.lottery) != 1:
                fail(self.claim, f"stick {k}: its lottery is not made of positive probabilities with sum 1")

    def _check_at(self, game: NormalFormGame, delta: Fraction) -> None:
        table, worth = PositionPayoffs(game), self.values(game)
        for i in range(game.num_players):
            punished = worth[self.punishments[i]][i]
            after: list[tuple[str, Fraction, Fraction]] = []
            for k, path in enumerate(self.paths):
                values, divisor = value_polynomials(table, path, i)
                by = evaluate(divisor, delta)
                for t, lottery in enumerate(path.positions):
                    follows = evaluate(values[path.next_position(t)], delta) / by
                    after.append((f"path {k}, position {t}", table.gains(lottery)[i], follows))
            for k, stick in enumerate(self.sticks):
                follows = sum((p * worth[place][i] for place, p in stick.lottery), Fraction(0))
                after.append((f"stick {k}", table.gains(((stick.profile, Fraction(1)),))[i], follows))
            for where, gain, follows in after:
                if gain > 0 and (1 - delta) * gain > delta * (follows - punished):
                    fail(self.claim, f"{where}: it pays {player_name(game, i)} to deviate")

    def _check_signs(self, game: NormalFormGame, delta: AlgebraicNumber) -> None:
        table = PositionPayoffs(game)
        for i in range(game.num_players):
            punished, punished_by = value_polynomials(table, self.paths[self.punishments[i]], i)
            for k, path in enumerate(self.paths):
                values, divisor = value_polynomials(table, path, i)
                for t, lottery in enumerate(path.positions):
                    gain, follows = table.gains(lottery)[i], values[path.next_position(t)]
                    if gain > 0:
                        margin = deterrence_polynomial(gain, follows, divisor, punished[0], punished_by)
                        if sign_at(margin, delta) < 0:
                            fail(self.claim, f"path {k}, position {t}: it pays {player_name(game, i)} to deviate")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "penal code",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "discount": discount_to_json(self.discount),
            "paths": [path.to_json() for path in self.paths],
            "sticks": [
                {"profile": list(s.profile), "lottery": [[k, rational_to_json(p)] for k, p in s.lottery]}
                for s in self.sticks
            ],
            "punishments": list(self.punishments),
        }

    @classmethod
    def from_dict(cls, data: Any) -> PenalCodeCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "penal code")
        for name in ("paths", "sticks"):
            if not isinstance(data[name], list) or (name == "paths" and not data[name]):
                raise SpecificationError(f"certificate.{name}: write a list, of paths with the target first")
        return cls(
            game=game,
            discount=discount_from_json(data["discount"], where="certificate.discount"),
            paths=tuple(PlayPath.from_json(p, where=f"certificate.paths[{k}]") for k, p in enumerate(data["paths"])),
            sticks=tuple(_stick(s, f"certificate.sticks[{k}]") for k, s in enumerate(data["sticks"])),
            punishments=indices_from_json(data["punishments"], where="certificate.punishments"),
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PenalCodeCertificate({self.claim})"


def _stick(data: Any, where: str) -> Stick:
    expect_keys(data, ("profile", "lottery"), where=where)
    if not isinstance(data["lottery"], list) or any(not isinstance(e, list) or len(e) != 2 for e in data["lottery"]):
        raise SpecificationError(f"{where}.lottery: write a list of [place, probability]")
    places = indices_from_json([e[0] for e in data["lottery"]], where=f"{where}.lottery")
    likely = [rational_from_json(e[1], where=f"{where}.lottery[{k}]") for k, e in enumerate(data["lottery"])]
    return Stick(indices_from_json(data["profile"], where=f"{where}.profile"), tuple(zip(places, likely, strict=True)))


def discount_text(discount: Fraction | AlgebraicNumber) -> str:
    """A discount factor for a claim in words."""
    return brief(discount) if isinstance(discount, Fraction) else str(discount)


def discount_to_json(discount: Fraction | AlgebraicNumber) -> Any:
    """``"p/q"``, or an object with the ``polynomial`` (constant first) and the ends of the interval around its root."""
    if isinstance(discount, Fraction):
        return rational_to_json(discount)
    return {
        "polynomial": [rational_to_json(c) for c in discount.polynomial],
        "lower": rational_to_json(discount.lower),
        "upper": rational_to_json(discount.upper),
    }


def discount_from_json(data: Any, *, where: str) -> Fraction | AlgebraicNumber:
    """A rational as text, or a root of an integer polynomial in an interval."""
    if not isinstance(data, dict):
        return rational_from_json(data, where=where)
    expect_keys(data, ("polynomial", "lower", "upper"), where=where)
    entries = data["polynomial"]
    if not isinstance(entries, list) or not 3 <= len(entries) <= _MAX_LENGTH:
        raise SpecificationError(f"{where}.polynomial: write a list of 3 to {_MAX_LENGTH} integers as text")
    coefficients = [rational_from_json(c, where=f"{where}.polynomial[{k}]") for k, c in enumerate(entries)]
    if any(c.denominator != 1 for c in coefficients):
        raise SpecificationError(f"{where}.polynomial: the coefficients are integers; multiply by the denominators")
    low, high = (rational_from_json(data[end], where=f"{where}.{end}") for end in ("lower", "upper"))
    return AlgebraicNumber(tuple(int(c) for c in coefficients), low, high)
