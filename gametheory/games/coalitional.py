"""Coalitional (cooperative) games with transferable utility: what each coalition is worth.

A game (N, v) gives every coalition S ⊆ N = {0, …, n − 1} a worth v(S), v(∅) = 0, which its members may share as they
agree (J. von Neumann and O. Morgenstern 1944). Not all coalitions may be able to form: F is the family of those that
can; every single player is in F. A partition of S into members of F can act side by side, so S can count on

    v̂(S) = max { Σ_k v(S_k) : S_1, S_2, … ∈ F a partition of S },

the **superadditive cover** (R. Aumann and J. Drèze 1974); v̂(N) is the most that any coalition structure is worth. With the
sets that are connected in a network as F and components as the only partition it is Myerson's restricted game (1977).

Coalitions are numbered: player i is bit 2^i, so that worths are an array of 2ⁿ rationals. Worths are exact, floats the
rationals that they are. Complexity: the cover takes some 3ⁿ additions in arrays, 0.5 s for 15 players; 2ⁿ numbers are held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition, coalition_label, coalitions
from gametheory.games.labels import Labels, action_index, player_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.values import compared_by

__all__ = ["CoalitionalGame", "coalition_number", "members_of", "subset_sums"]

Array = NDArray[Any]
MAX_PLAYERS = 24


@final
@compared_by("worths", "players", "allowed")
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class CoalitionalGame:
    """What each coalition is worth, and which may form.

    Parameters
    ----------
    worths : array_like, shape (2ⁿ,)
        Worth of the coalition of number Σ_{i∈S} 2^i; the first, of nobody, is 0. Integers, fractions, strings like
        ``"1/3"``, or floats, each the rational that it is.
    players : sequence of n distinct str, optional
        By default ``"Player 1"``, ….
    allowed : iterable of iterables of int, optional
        The coalitions that may form, by default all; single players always may. Worths of others are not looked at.

    Attributes
    ----------
    worths : RationalArray, shape (2ⁿ,)
        0 for coalitions that cannot form.
    players : tuple of str
    allowed : array of bool, shape (2ⁿ,)
        Which coalitions may form, by number.

    Raises
    ------
    SpecificationError
        Another number of worths, a number that is not finite, a worth of nobody other than 0, or more than 24 players.

    Examples
    --------
    Two of three left gloves and one right glove: a pair is worth 1.

    >>> gloves = CoalitionalGame.from_function(lambda s: min(len(s & {0, 1}), len(s & {2})), 3)
    >>> gloves.worth({0, 2}), gloves.worth({0, 1}), gloves
    (Fraction(1, 1), Fraction(0, 1), CoalitionalGame(3 players, together worth 1))
    """

    worths: RationalArray
    players: tuple[str, ...]
    allowed: NDArray[np.bool_]

    def __init__(
        self, worths: Any, players: Labels | None = None, *, allowed: Iterable[Iterable[int]] | None = None
    ) -> None:
        values = RationalArray.from_values(worths, where="worths")
        size = len(values) if len(values.shape) == 1 else 0
        n = size.bit_length() - 1
        if n < 1 or size != 2**n or n > MAX_PLAYERS:
            raise SpecificationError(
                f"worths: found an array of shape {values.shape}; write 2ⁿ numbers, one for each set of n players, "
                f"1 ≤ n ≤ {MAX_PLAYERS}"
            )
        if values[0] != 0:
            raise SpecificationError(f"worths[0]: found {values[0]}; the coalition of nobody is worth 0")
        mask = np.zeros(size, dtype=np.bool_)
        if allowed is None:
            mask[1:] = True
        else:
            mask[[coalition_number(members) for members in coalitions(n, members=allowed)]] = True
            mask[1 << np.arange(n)] = True
        if not mask[1:].all():
            values = RationalArray.of_integers(np.where(mask, values.numerators, 0), values.denominator)
        mask.setflags(write=False)
        object.__setattr__(self, "worths", values)
        object.__setattr__(self, "players", player_labels(players, n))
        object.__setattr__(self, "allowed", mask)

    @classmethod
    def from_function(
        cls,
        worth: Callable[[Coalition], Any],
        num_players: int,
        players: Labels | None = None,
        *,
        allowed: Iterable[Iterable[int]] | None = None,
    ) -> CoalitionalGame:
        """The game in which S is worth ``worth(S)``, asked of each coalition that may form."""
        _check_players(num_players)
        family = None if allowed is None else coalitions(num_players, members=allowed)
        single = [frozenset([i]) for i in range(num_players)]
        values: list[Any] = [0] * 2**num_players
        for members in coalitions(num_players) if family is None else {*family, *single}:
            values[coalition_number(members)] = worth(members)
        return cls(values, players, allowed=family)

    @classmethod
    def from_table(
        cls, table: Mapping[Iterable[int], Any], num_players: int, players: Labels | None = None
    ) -> CoalitionalGame:
        """The game with the coalitions listed, from member indices to worth; no other may form.

        Raises
        ------
        SpecificationError
            If a single player is not listed: what it has alone decides which contracts it would sign.

        Examples
        --------
        >>> pair = CoalitionalGame.from_table({(0,): 1, (1,): 2, (2,): 0, (0, 1): 5}, 3)
        >>> str(pair.superadditive_cover().worth([0, 1, 2]))
        '5'
        """
        _check_players(num_players)
        listed = coalitions(num_players, members=table)
        for i in range(num_players):
            if frozenset([i]) not in listed:
                raise SpecificationError(f"table: player {i} alone is not listed; write what it is worth, such as 0")
        values: list[Any] = [0] * 2**num_players
        for members, worth in table.items():
            values[coalition_number(members)] = worth
        return cls(values, players, allowed=None if len(listed) == 2**num_players - 1 else listed)

    @property
    def num_players(self) -> int:
        return len(self.players)

    @property
    def everyone(self) -> int:
        """Number of the coalition of all players."""
        return len(self.worths) - 1

    @property
    def is_unrestricted(self) -> bool:
        """Whether every coalition may form."""
        return bool(self.allowed[1:].all())

    def worth(self, coalition: Iterable[int | str]) -> Fraction:
        """Worth of a coalition, by indices or names of its members.

        Raises
        ------
        SpecificationError
            If it cannot form, or a member does not exist.
        """
        names = self.players
        number = coalition_number(action_index(i, names, "coalition", what="player") for i in coalition)
        if number and not self.allowed[number]:
            label = coalition_label(self.players, members_of(number))
            raise SpecificationError(f"coalition: {label} cannot form; ask for its worth in .superadditive_cover()")
        worth: Fraction = self.worths[number]
        return worth

    def shares(self, allocation: Any) -> RationalArray:
        """x(S) = Σ_{i∈S} x_i for every coalition by number, shape (2ⁿ,)."""
        given = RationalArray.from_values(allocation, where="allocation")
        if given.shape != (self.num_players,):
            raise SpecificationError(f"allocation: found shape {given.shape}; write {self.num_players} payoffs")
        return RationalArray.of_integers(subset_sums(given.numerators), given.denominator)

    def excesses(self, allocation: Any) -> RationalArray:
        """e(S, x) = v(S) − x(S) for every coalition by number, shape (2ⁿ,): what S loses by accepting x."""
        shares = self.shares(allocation)
        worths = self.worths.numerators.astype(object) * shares.denominator
        return RationalArray.of_integers(
            worths - shares.numerators.astype(object) * self.worths.denominator,
            self.worths.denominator * shares.denominator,
        )

    def best_partitions(self) -> tuple[RationalArray, NDArray[np.int64]]:
        """For each set by number its worth in the best partition into coalitions that may form, and one block of it.

        The block holds the set's first player; among equals the one with the least number.
        """
        n, size = self.num_players, len(self.worths)
        own = self.worths.numerators
        if own.dtype != object and n * max(int(own.max()), -int(own.min()), 1) >= 2**62:
            own = own.astype(object)
        best, block = own.copy(), np.zeros(size, dtype=np.int64)
        refuse_if_too_large(size, 64, "the best partitions of all sets of players")
        for number in range(1, size):
            first = number & -number
            blocks = np.array([first], dtype=np.int64)
            rest = number ^ first
            while rest:
                bit = rest & -rest
                blocks = np.concatenate([blocks, blocks | bit])
                rest ^= bit
            blocks = blocks[self.allowed[blocks]]
            # The set as one block has nobody left over; best of nobody is 0.
            values = own[blocks] + best[number ^ blocks]
            chosen = int(np.argmax(values))
            best[number], block[number] = values[chosen], blocks[chosen]
        return RationalArray.of_integers(best, self.worths.denominator), block

    def superadditive_cover(self) -> CoalitionalGame:
        """The game v̂ in which a set of players is worth what its best partition into coalitions that may form is.

        Examples
        --------
        >>> quarrel = CoalitionalGame([0, 1, 1, 1])  # together they are worth less than apart
        >>> str(quarrel.superadditive_cover().worth([0, 1]))
        '2'
        """
        return CoalitionalGame(self.best_partitions()[0], self.players)

    def restricted_to_network(self, network: Any) -> CoalitionalGame:
        """Myerson's restricted game: a set is worth the sum over its components in the network.

        Parameters
        ----------
        network : iterable of pairs of int, or a graph with ``.edges``
            Who talks to whom; directions are ignored.

        Raises
        ------
        SpecificationError
            If some coalition that is connected in the network may not form.
        """
        connected = np.zeros(len(self.worths), dtype=np.bool_)
        connected[[coalition_number(s) for s in coalitions(self.num_players, connected=network)]] = True
        barred = np.flatnonzero(connected & ~self.allowed)
        if len(barred):
            label = coalition_label(self.players, members_of(int(barred[0])))
            raise SpecificationError(f"network: {label} is connected but may not form; give its worth, or cut links")
        worths = self.worths.numerators.astype(object)
        for number in np.flatnonzero(~connected)[1:].tolist():
            part, grown = number & -number, True  # the first player's component, grown through connected sets
            while grown:
                grown = False
                for i in range(self.num_players):
                    if (number & ~part) >> i & 1 and connected[part | 1 << i]:
                        part, grown = part | 1 << i, True
            worths[number] = worths[part] + worths[number ^ part]  # both have smaller numbers and are done
        return CoalitionalGame(RationalArray.of_integers(worths, self.worths.denominator), self.players)

    def coalitions(self) -> tuple[Coalition, ...]:
        """The coalitions that may form, by size and then lexicographically."""
        found = [members_of(number) for number in np.flatnonzero(self.allowed).tolist()]
        return tuple(sorted(found, key=lambda s: (len(s), sorted(s))))

    def __repr__(self) -> str:
        together = f"together worth {self.worths[self.everyone]}" if self.allowed[-1] else "not all together"
        family = "" if self.is_unrestricted else f", {int(self.allowed.sum())} coalitions may form"
        return f"CoalitionalGame({self.num_players} players{family}, {together})"

    def __reduce__(self) -> tuple[Any, ...]:
        family = None if self.is_unrestricted else self.coalitions()
        return _rebuilt, (self.worths, self.players, family)


def coalition_number(members: Iterable[int]) -> int:
    """Number of a coalition: Σ 2^i over its members.

    Examples
    --------
    >>> coalition_number({0, 2}), sorted(members_of(5))
    (5, [0, 2])
    """
    number = 0
    for i in members:
        number |= 1 << int(i)
    return number


def members_of(number: int) -> Coalition:
    """The coalition with a number."""
    return frozenset(i for i in range(number.bit_length()) if number >> i & 1)


def subset_sums(values: Sequence[int] | Array) -> Array:
    """Σ_{i∈S} values[i] for every set by number, in Python's integers where needed."""
    sums = np.zeros(1, dtype=object)
    for value in np.asarray(values).tolist():
        sums = np.concatenate([sums, sums + value])
    return sums


def _check_players(num_players: Any) -> None:
    if isinstance(num_players, bool) or not isinstance(num_players, int) or not 1 <= num_players <= MAX_PLAYERS:
        raise SpecificationError(f"num_players: found {num_players!r}; write a whole number from 1 to {MAX_PLAYERS}")
    refuse_if_too_large(2**num_players, 100, "the worths of all coalitions")


def _rebuilt(worths: RationalArray, players: Labels, family: Any) -> CoalitionalGame:
    return CoalitionalGame(worths, players, allowed=family)
