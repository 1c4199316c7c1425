"""Which play earns most when secrecy has a price, in floats: the inner problem of :mod:`.secrecy_search`.

    maximise   Σ_a d(a) φ(a) + μ H(d)     over pure actions, all distributions d, or products d = ∏_i x_i.

The first two have closed forms. For products a best x_i given the others is softmax(partial_i / μ): alternating from several
starts finds local optima (:func:`best_plays`), and a subdivision of all members' simplices but one bounds the optimum from
above (:func:`score_bound`), as :mod:`gametheory.certificates.secrecy` does again in rationals.
"""

from __future__ import annotations

import itertools
import string

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.secrecy_stages import Plays

__all__ = ["Play", "best_plays", "entropies", "score_bound"]

Floats = NDArray[np.float64]
Play = tuple[Floats, ...]
"""One distribution over joint actions in a tuple, or for products a mix for each member."""

_ROUNDS = 60
_LARGEST_FRONT = 200_000


def entropies(laws: Floats) -> Floats:
    """Entropy in nats of each row."""
    positive = np.where(laws > 0, laws, 1.0)
    result: Floats = -(laws * np.log(positive)).sum(axis=-1)
    return result


def best_plays(scores: Floats, price: float, plays: Plays, starts: list[Play]) -> list[tuple[float, Play]]:
    """Plays with their scores, best first, from the starts given and some of its own; the closed form where there is one."""
    flat = scores.reshape(-1)
    if plays == "pure" or (price <= 0 and plays == "joint"):
        best = int(np.argmax(flat))
        return [(float(flat[best]), (np.eye(len(flat))[best],))]
    if plays == "joint":
        law = _softmax(flat[None] / price)[0]
        return [(float(law @ flat + price * entropies(law)), (law,))]
    if price <= 0:
        index = np.unravel_index(int(np.argmax(flat)), scores.shape)
        return [(float(flat.max()), tuple(np.eye(m)[k] for m, k in zip(scores.shape, index, strict=True)))]
    mixes = _starts(scores.shape, starts)
    letters = string.ascii_lowercase[: scores.ndim]
    terms = [f"z{letter}" for letter in letters]
    value = np.full(len(mixes[0]), -np.inf)
    for _ in range(_ROUNDS):
        for i in reversed(range(scores.ndim)):
            others = [mixes[k] for k in range(scores.ndim) if k != i]
            named = ",".join([letters, *(terms[k] for k in range(scores.ndim) if k != i)])
            faced = np.einsum(f"{named}->z{letters[i]}", scores, *others) if others else scores[None]
            mixes[i] = _softmax(faced / price)
        now = (mixes[0] * faced).sum(axis=1) + price * sum(entropies(x) for x in mixes)
        if float(np.max(now - value)) < 1e-13:
            break
        value = now
    order = np.argsort(-now)
    found: list[tuple[float, Play]] = []
    for k in order:
        play = tuple(x[k] for x in mixes)
        if all(max(np.abs(a - b).max() for a, b in zip(play, other, strict=True)) > 1e-6 for _, other in found):
            found.append((float(now[k]), play))
        if len(found) == 8:
            break
    return found


def _starts(sizes: tuple[int, ...], starts: list[Play]) -> list[Floats]:
    """Rows of start points: corners, points near them, the centre, and those given."""
    rng = np.random.default_rng(0)  # the same question has the same answer
    rows = [[np.full(m, 1 / m) for m in sizes]]
    corners = list(itertools.islice(itertools.product(*(range(m) for m in sizes[:-1])), 64))
    for shift in (0.0, 0.1, 0.35):
        for choice in corners:
            mixed = [(1 - shift) * np.eye(m)[k] + shift / m for m, k in zip(sizes, choice, strict=False)]
            rows.append([*mixed, np.full(sizes[-1], 1 / sizes[-1])])
    rows += [[rng.dirichlet(np.ones(m)) for m in sizes] for _ in range(8)]
    rows += [list(play) for play in starts]
    return [np.array([row[i] for row in rows]) for i in range(len(sizes))]


def score_bound(scores: Floats, price: float, limit: float, max_cells: int) -> tuple[bool, int, Play | None]:
    """Whether no product scores more than ``limit``: (proved, cells looked at, a product that does score more)."""
    last = int(np.argmax(scores.shape))
    faced = np.moveaxis(scores, last, -1) / price
    count = faced.ndim - 1
    sizes = faced.shape[:-1]
    cells = [np.eye(m)[None] for m in sizes]
    looked = 0
    letters = string.ascii_lowercase[:count]
    while len(cells[0]) if cells else False:
        looked += len(cells[0])
        if looked > max_cells or len(cells[0]) * np.prod(sizes) * faced.shape[-1] > _LARGEST_FRONT * 50:
            return False, looked, None
        terms = ",".join(f"z{letter.upper()}{letter}" for letter in letters)
        corners = "".join(letter.upper() for letter in letters)
        bound = _log_sum(np.einsum(f"{letters}y,{terms}->z{corners}y", faced, *cells))
        centres = [cell.mean(axis=1) for cell in cells]
        for i, (cell, centre) in enumerate(zip(cells, centres, strict=True)):
            logs = np.log(np.where(centre > 0, centre, 1.0))
            crossed = -np.einsum("zka,za->zk", cell, logs)
            bound = bound + crossed.reshape(len(cell), *(-1 if j == i else 1 for j in range(count)))
        bound = bound.reshape(len(bound), -1).max(axis=1)
        here = np.einsum(f"{letters}y,{','.join(f'z{letter}' for letter in letters)}->zy", faced, *centres)
        reached = _log_sum(here) + sum(entropies(c) for c in centres)
        top = int(np.argmax(reached))
        if reached[top] * price > limit:
            mixes = [c[top] for c in centres]
            mixes.insert(last, _softmax(here[top][None])[0])
            return False, looked, tuple(mixes)
        open_cells = np.flatnonzero(bound * price > limit)
        cells = _halved([cell[open_cells] for cell in cells])
    return True, looked, None


def _halved(cells: list[Floats]) -> list[Floats]:
    """Each product of simplices halved at the longest edge of its widest simplex."""
    if not len(cells[0]):
        return cells
    lengths = []
    for cell in cells:
        pairs = list(itertools.combinations(range(cell.shape[1]), 2)) or [(0, 0)]
        lengths.append(np.stack([((cell[:, i] - cell[:, j]) ** 2).sum(axis=1) for i, j in pairs], axis=1))
    widest = np.argmax([rows.max(axis=1) for rows in lengths], axis=0)
    first, second = [cell.copy() for cell in cells], [cell.copy() for cell in cells]
    for k, cell in enumerate(cells):
        pairs = list(itertools.combinations(range(cell.shape[1]), 2)) or [(0, 0)]
        chosen = np.argmax(lengths[k], axis=1)
        for number, (i, j) in enumerate(pairs):
            rows = np.flatnonzero((widest == k) & (chosen == number))
            middle = (cell[rows, i] + cell[rows, j]) / 2
            first[k][rows, i] = middle
            second[k][rows, j] = middle
    return [np.concatenate(pair) for pair in zip(first, second, strict=True)]


def _softmax(rows: Floats) -> Floats:
    powers = np.exp(rows - rows.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result


def _log_sum(rows: Floats) -> Floats:
    top = rows.max(axis=-1)
    result: Floats = top + np.log(np.exp(rows - top[..., None]).sum(axis=-1))
    return result
