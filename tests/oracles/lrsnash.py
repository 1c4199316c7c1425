"""Extreme equilibria of a bimatrix game from the program ``lrsnash``, where it is installed (Debian package lrslib).

D. Avis, G. Rosenberg, R. Savani and B. von Stengel (2010), *Enumeration of Nash equilibria for two-player games*, Economic
Theory 42, 9-37: reverse search over the vertices of both best-response polytopes, in integers of any length.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

Vector = tuple[Fraction, ...]
Pair = tuple[Vector, Vector]

PROGRAM = shutil.which("lrsnash")


def lrsnash_equilibria(A, B) -> list[Pair]:
    """All extreme equilibria, sorted, from row payoffs A and column payoffs B (nested lists of rationals)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game"
        path.write_text(game_text(A, B))
        printed = subprocess.run([PROGRAM, str(path)], capture_output=True, text=True, check=True).stdout
    return sorted(set(read_equilibria(printed)))


def is_read(A, B) -> bool:
    """Whether the program takes the game for what it is: version 7.1 reads any number from 2^63 on as 2^63 − 1."""
    return all(u < 2**63 for M in (A, B) for row in integers(M) for u in row)


def integers(M) -> list[list[int]]:
    """The matrix scaled to integers and shifted to begin at 0: the same best replies."""
    scale = math.lcm(*(Fraction(u).denominator for row in M for u in row))
    whole = [[int(Fraction(u) * scale) for u in row] for row in M]
    low = min(map(min, whole))
    return [[u - low for u in row] for row in whole]


def game_text(A, B) -> str:
    """The game as the program reads it."""
    blocks = ["\n".join(" ".join(map(str, row)) for row in integers(M)) for M in (A, B)]
    return f"{len(A)} {len(A[0])}\n\n" + "\n\n".join(blocks) + "\n"


def read_equilibria(printed: str) -> list[Pair]:
    """Lines ``2 y… payoff``, one or more, go with the line ``1 x… payoff`` that follows them."""
    pairs: list[Pair] = []
    waiting: list[Vector] = []
    for line in printed.splitlines():
        player, *numbers = line.split() or ["*"]
        if player == "2":
            waiting.append(tuple(map(Fraction, numbers[:-1])))
        elif player == "1":
            x = tuple(map(Fraction, numbers[:-1]))
            pairs += [(x, y) for y in waiting]
            waiting = []
    return pairs
