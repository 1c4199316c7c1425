"""GAMUT's and GameTracer's ``.gam`` files.

    n
    m_1 … m_n
    all payoffs of player 1, …, all payoffs of player n

where each player's payoffs are listed over the action profiles with **player 1's action running fastest**. The format
has no names: players and actions are numbered. Lines that begin with ``#``, as GAMUT writes them, are read over.

Numbers are read exactly (integers, decimals, and fractions p/q). They are written as decimals, which every reader of
the format takes, where a finite decimal exists, as it does for every float; a rational such as 1/3 is written ``1/3``,
which other programs may refuse.

References: B. Blum, D. Koller and C. Shelton, GameTracer (2002). E. Nudelman, J. Wortman, Y. Shoham and
K. Leyton-Brown, "Run the GAMUT: a comprehensive approach to evaluating game-theoretic algorithms", AAMAS 2004.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from gametheory.arithmetic import RationalArray
from gametheory.games.formats.rationals import decimal_digits, fraction_digits
from gametheory.games.formats.text import MAX_PLAYERS, Scanner, decoded, refuse_huge_game, refuse_long_output
from gametheory.games.normal_form import NormalFormGame

__all__ = ["game_from_gam", "game_to_gam"]


def game_from_gam(text: str | bytes, *, name: str = "text") -> NormalFormGame:
    """Read a game from the text of a ``.gam`` file, exactly.

    Parameters
    ----------
    text : str or bytes
        The content, at most 64 MB; bytes are UTF-8.
    name : str
        What error messages call it.

    Raises
    ------
    SpecificationError
        The text is not of this form; the message names line and column.

    Examples
    --------
    >>> game = game_from_gam("2   3 2   0 1 2 3 4 5   6 7 8 9 10 11")
    >>> [str(x) for x in game.payoff(1, 0)]
    ['1', '7']
    """
    plain = re.sub(r"^[ \t]*#.*", lambda comment: " " * len(comment[0]), decoded(text, name), flags=re.MULTILINE)
    scanner = Scanner(plain, name)
    num_players = scanner.count("the number of players")
    if num_players > MAX_PLAYERS:
        raise scanner.error(f"at most {MAX_PLAYERS} players", found=f"{num_players:,} players", position=0)
    num_actions = [scanner.count(f"how many actions player {i + 1} has") for i in range(num_players)]
    count, left = num_players * math.prod(num_actions), len(plain) - scanner.position
    if 2 * count > left + 1:
        number = f"{count:,}" if count < 10**15 else f"{count:.3g}"
        raise scanner.error(f"the {number} payoffs of {num_players} players", found=f"{left:,} characters")
    refuse_huge_game(num_actions, name)
    flat = scanner.rationals(count, "payoff")
    if scanner.symbol:
        raise scanner.error(f"the end of the text after {count:,} payoffs")
    tensor = flat.numerators.reshape(num_players, *reversed(num_actions)).transpose(0, *range(num_players, 0, -1))
    return NormalFormGame(RationalArray.of_integers(tensor, flat.denominator))


def game_to_gam(game: NormalFormGame) -> str:
    """Write a game as the text of a ``.gam`` file, exactly; its title and names are left out.

    Floats are written as the rationals that they are, so that reading gives the payoffs of ``game.exact()``.

    Raises
    ------
    SpecificationError
        Payoffs of more than 4,000 digits, or a file that would be longer than 64 MB.
    UnsupportedError
        If the game is symbolic.

    Examples
    --------
    >>> print(game_to_gam(NormalFormGame.from_bimatrix([["1/2", 0], [1, 2]], [["1/3", 4], [5, 6]])))
    2
    2 2
    <BLANKLINE>
    0.5 1 0 2
    1/3 5 4 6
    <BLANKLINE>
    """
    game = game.exact()
    refuse_long_output(game.num_players * game.num_profiles, ".gam")
    columns = [own.transpose().reshape(-1).tolist() for own in game.numerators]
    rows = [" ".join(_word(x, game.denominator) for x in own) for own in columns]
    return f"{game.num_players}\n{' '.join(map(str, game.num_actions))}\n\n" + "\n".join(rows) + "\n"


def _word(numerator: int, denominator: int) -> str:
    if denominator == 1:
        return decimal_digits(numerator, ".gam")
    value = Fraction(numerator, denominator)
    twos = (value.denominator & -value.denominator).bit_length() - 1
    rest, fives = value.denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return fraction_digits(value, ".gam")
    places = max(twos, fives)
    digits = decimal_digits(abs(value.numerator) * 10**places // value.denominator, ".gam").rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
