"""Sets of profiles that coalitions leave alone, as values: finitely many of them, or pieces of continua.

For mixed play of two players such a set is a union of pieces {(x, y) ∈ X × Y : u_1 ∈ I_1, u_2 ∈ I_2} of maximal Nash subsets
(:mod:`gametheory.certificates.stable_pieces`): each piece is a product of two polytopes, given here by their vertices, without
the part where a payoff equals an open end of its interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final, overload

from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.gains import Blocking
from gametheory.certificates.stable_pieces import Interval, Stability
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.presentation import mix_text
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["StablePiece", "StableSet"]

Array = NDArray[Any]


@final
@compared_by("strategies", "payoffs")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StablePiece:
    """A product of polytopes all of whose pairs are in the set, but for open ends.

    Attributes
    ----------
    strategies : tuple of (tuple of exact vectors) for each player
        Vertices of the player's polytope (of its closure, where an end is open).
    payoffs : tuple of Interval for each player
        What the pairs of the piece pay.
    """

    strategies: tuple[tuple[Array, ...], tuple[Array, ...]]
    payoffs: tuple[Interval, Interval]

    @property
    def is_point(self) -> bool:
        """Whether it is a single equilibrium."""
        return all(len(own) == 1 for own in self.strategies)

    def describe(self, game: NormalFormGame) -> str:
        """The piece in words, with labels."""
        parts = []
        for own, labels in zip(self.strategies, game.actions, strict=True):
            texts = [mix_text(vector, labels) for vector in own]
            parts.append(texts[0] if len(texts) == 1 else "any mixture of [" + "], [".join(texts) + "]")
        text = " | ".join(parts)
        for name, interval in zip(game.players, self.payoffs, strict=True):
            if interval.open:
                text += f", where {name} gets more than {exact_text(interval.low)}"
            if interval.doubtful is not None:
                width = float(interval.low - interval.doubtful)
                text += f", and more while {name} gets at least an irrational amount less than {width:.2g} below"
        return text


@final
@compared_by("game", "concept", "play", "blocking", "coordination", "equilibria", "pieces", "completeness")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StableSet(Sequence[Equilibrium]):
    """All profiles of a kind that no coalition leaves, as a sequence of equilibria with what is known of the whole.

    Attributes
    ----------
    game : NormalFormGame
    concept : "strong Nash" or "coalition-proof Nash"
    play : "pure" or "mixed"
        Which profiles are listed: pure ones in lexicographic order, or for mixed play the vertices of the pieces.
    blocking, coordination : str
        The rule of blocking and how coalitions may deviate.
    equilibria : tuple of Equilibrium
    pieces : tuple of StablePiece
        For mixed play: the set is their union. Empty for pure play.
    completeness : "certified" or "numerical"
        Whether there is evidence that no profile is missing.
    certificate : Certificate or None
        That evidence.
    method : str
    """

    game: NormalFormGame
    concept: Stability
    play: Literal["pure", "mixed"]
    blocking: Blocking
    coordination: str
    equilibria: tuple[Equilibrium, ...]
    pieces: tuple[StablePiece, ...]
    completeness: Literal["certified", "numerical"]
    certificate: Certificate | None
    method: str

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
    def is_finite(self) -> bool:
        """Whether the members listed are the whole set."""
        return all(piece.is_point for piece in self.pieces)

    @property
    def is_closed(self) -> bool:
        """Whether the set holds its limits; with an open end the vertices there are not members."""
        return not any(interval.open for piece in self.pieces for interval in piece.payoffs)

    def verify(self) -> Literal[True]:
        """Re-check that every member is an equilibrium, and that none is missing where that is certified."""
        for member in self.equilibria:
            if member.certificate is not None:
                member.certificate.verify()
        if self.certificate is not None:
            self.certificate.verify()
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "play": self.play,
            "blocking": self.blocking,
            "coordination": self.coordination,
            "completeness": self.completeness,
            "method": self.method,
            "equilibria": [member.to_dict() for member in self.equilibria],
            "pieces": [
                {
                    "strategies": [[[exact_text(p) for p in x] for x in own] for own in piece.strategies],
                    "payoffs": [
                        {"low": exact_text(i.low), "high": exact_text(i.high), "open": i.open} for i in piece.payoffs
                    ],
                }
                for piece in self.pieces
            ],
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each member, its play in words and every player's payoff."""
        rows = [[member.describe(), *member.payoffs] for member in self.equilibria]
        return data_frame(rows, ["plays", *self.game.players])

    def _summary(self) -> str:
        noun = "equilibrium" if len(self) == 1 else "equilibria"
        rule = f" under {self.blocking!r}, {self.coordination}" if self.concept == "strong Nash" else ""
        complete = "certified complete" if self.completeness == "certified" else "completeness numerical"
        whole = ""
        if not self.is_finite:
            count = f"{len(self.pieces)} pieces" if len(self.pieces) > 1 else "a continuum"
            whole = f" at the corners of {count}{'' if self.is_closed else ' with open ends'}"
        return f"{len(self)} {self.play} {self.concept} {noun}{rule}{whole}, {complete}"

    def __repr__(self) -> str:
        return f"StableSet({self._summary()})"

    def __str__(self) -> str:
        if self.pieces:
            return "\n".join([self._summary(), *(f"  {piece.describe(self.game)}" for piece in self.pieces)])
        return "\n".join([self._summary(), *(f"  {member.describe()}" for member in self.equilibria)])

    def _repr_html_(self) -> str:
        lines = [piece.describe(self.game) for piece in self.pieces] or [e.describe() for e in self.equilibria]
        items = "".join(f"<li>{escape(line)}</li>" for line in lines[:200])
        more = f"<p>… {len(lines) - 200} more</p>" if len(lines) > 200 else ""
        return f"<p>{escape(self._summary())}</p><ul>{items}</ul>{more}"
