"""Truth about games of three and more players, in plain fractions and from definitions.

* :func:`enclosure_evidence_holds`: the box test for the JSON data of an enclosure certificate, profile by profile.
* :func:`enclosure_claim_holds`: Newton's method in fractions finds an equilibrium in the box.
* :func:`two_by_two_by_two`: all equilibria of a generic game of 2 × 2 × 2 actions: for each support linear equations,
  and for completely mixed play one quadratic equation, obtained by elimination.

Nothing here comes from the package under test.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

from oracles.deviations import Game, MalformedError, game_of, number

F = Fraction


# -- enclosures --------------------------------------------------------------------------------------------------------


def _read(data: dict[str, Any]) -> tuple[Game, list[list[int]], list[list[F]], list[list[F]], list[list[F]]]:
    if data["kind"] != "enclosure":
        raise MalformedError("kind")
    game = game_of(data)
    support = data["support"]
    center, radius, matrix = (
        [[number(x) for x in own] for own in data[key]] for key in ("center", "radius", "preconditioner")
    )
    for key in ("center", "radius", "preconditioner"):
        if any(not isinstance(x, str) for own in data[key] for x in own):
            raise MalformedError("text")
    if len(support) != game.n or len(center) != game.n or len(radius) != game.n:
        raise MalformedError("players")
    for own, c, r, m in zip(support, center, radius, game.sizes, strict=True):
        if not own or own != sorted(set(own)) or not set(own) <= set(range(m)):
            raise MalformedError("support")
        if not len(own) == len(c) == len(r) or (len(own) == 1 and (c, r) != ([F(1)], [F(0)])):
            raise MalformedError("lengths")
    unknowns = sum(len(own) for own in support if len(own) > 1)
    if len(matrix) != unknowns or any(len(row) != unknowns for row in matrix):
        raise MalformedError("matrix")
    game.scale = math.lcm(*(x.denominator for table in game.u for x in table.values()))  # to payoff numerators
    return game, support, center, radius, matrix


def _advantage(
    game: Game, i: int, b: int, support: list[list[int]], point: list[list[F]], fixed: dict[int, int], size: bool
) -> F:
    """Σ over the others' actions of [u_i(b, ·) − u_i(first action, ·)], or its size, times their probabilities."""
    total = F(0)
    choices = [[0] if j == i else [fixed[j]] if j in fixed else range(len(own)) for j, own in enumerate(support)]
    for places in itertools.product(*choices):
        actions = [support[j][k] for j, k in enumerate(places)]
        actions[i] = b
        other = list(actions)
        other[i] = support[i][0]
        difference = (game.u[i][tuple(actions)] - game.u[i][tuple(other)]) * game.scale
        weight = math.prod((point[j][k] for j, k in enumerate(places) if j != i and j not in fixed), start=F(1))
        total += (abs(difference) if size else difference) * weight
    return total


def _system(game: Game, support: list[list[int]], center: list[list[F]], top: list[list[F]] | None) -> tuple[Any, ...]:
    """F(c), J(c) and the variation of J, as lists over (player who mixes, action of its support)."""
    unknowns = [(i, k) for i, own in enumerate(support) if len(own) > 1 for k in range(len(own))]
    values, jacobian, variation = [], [], []
    for i, k in unknowns:
        if k == 0:
            values.append(sum(center[i]) - 1)
            jacobian.append([F(int(j == i)) for j, _ in unknowns])
            variation.append([F(0)] * len(unknowns))
            continue
        b = support[i][k]
        values.append(_advantage(game, i, b, support, center, {}, False))
        row, spread = [], []
        for j, kk in unknowns:
            if j == i:
                row.append(F(0))
                spread.append(F(0))
                continue
            row.append(_advantage(game, i, b, support, center, {j: kk}, False))
            if top is None:
                continue
            low, high = (_advantage(game, i, b, support, at, {j: kk}, True) for at in (center, top))
            spread.append(high - low)
        jacobian.append(row)
        variation.append(spread)
    return unknowns, values, jacobian, variation


def enclosure_evidence_holds(data: dict[str, Any]) -> bool:
    try:
        game, support, center, radius, Y = _read(data)
    except (MalformedError, ValueError, ZeroDivisionError, TypeError, KeyError, AttributeError, IndexError):
        return False
    mixing = [i for i, own in enumerate(support) if len(own) > 1]
    if any(c - r <= 0 for cs, rs in zip(center, radius, strict=True) for c, r in zip(cs, rs, strict=True)):
        return False
    top = [[c + r for c, r in zip(cs, rs, strict=True)] for cs, rs in zip(center, radius, strict=True)]
    for i, own in enumerate(support):
        for b in range(game.sizes[i]):
            if b not in own:
                at = _advantage(game, i, b, support, center, {}, False)
                low, high = (_advantage(game, i, b, support, point, {}, True) for point in (center, top))
                if at + high - low > 0:
                    return False
    if len(mixing) < 2:
        return not mixing
    unknowns, values, J, D = _system(game, support, center, top)
    r = [radius[i][k] for i, k in unknowns]
    size = range(len(r))
    for a in size:
        total = abs(sum(Y[a][k] * values[k] for k in size))
        for b in size:
            product = sum(Y[a][k] * J[k][b] for k in size)
            spread = sum(abs(Y[a][k]) * D[k][b] for k in size)
            total += (abs((a == b) - product) + spread) * r[b]
        if not total < r[a]:
            return False
    return True


def enclosure_claim_holds(data: dict[str, Any]) -> bool:
    """Whether Newton's method from the centre stays in the box and ends where no deviation gains more than 1e-25."""
    game, support, center, radius, _ = _read(data)
    point = [list(own) for own in center]
    for _ in range(5):
        unknowns, values, jacobian, _ = _system(game, support, point, None)
        if not unknowns:
            break
        step = solved([[*row, value] for row, value in zip(jacobian, values, strict=True)])
        if step is None:
            return False
        for (i, k), s in zip(unknowns, step, strict=True):
            point[i][k] = F(round((point[i][k] - s) * 2**120), 2**120)
    inside = all(
        abs(x - c) <= r
        for xs, cs, rs in zip(point, center, radius, strict=True)
        for x, c, r in zip(xs, cs, rs, strict=True)
    )
    gains = [_advantage(game, i, b, support, point, {}, False) for i in range(game.n) for b in range(game.sizes[i])]
    return inside and min(min(own) for own in point) > 0 and max(gains) < F(1, 10**25)


def solved(rows: list[list[F]]) -> list[F] | None:
    """The solution of a square system given as rows with the right-hand side last; ``None`` if singular."""
    rows = [list(row) for row in rows]
    n = len(rows)
    for c in range(n):
        pivot = next((r for r in range(c, n) if rows[r][c] != 0), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        rows[c] = [x / rows[c][c] for x in rows[c]]
        for r in range(n):
            if r != c and rows[r][c] != 0:
                rows[r] = [x - rows[r][c] * y for x, y in zip(rows[r], rows[c], strict=True)]
    return [row[-1] for row in rows]


# -- three players with two actions ------------------------------------------------------------------------------------


class DegenerateError(Exception):
    """Some decision is a tie or too close to one."""


def two_by_two_by_two(
    u: list[dict[tuple[int, int, int], F]], *, close: float = 1e-9
) -> list[tuple[float, float, float]]:
    """All equilibria, as probabilities of the first actions; raises DegenerateError where a decision is close.

    Player i's advantage of the first action is bilinear in the other two probabilities x, y:
    g_i = k + a x + b y + c x y.
    """
    forms = []
    for i in range(3):
        j, k = (m for m in range(3) if m != i)

        def difference(x: int, y: int, i: int = i, j: int = j, k: int = k) -> F:
            actions = [0, 0, 0]
            actions[j], actions[k] = 1 - x, 1 - y  # x = 1 is the first action
            other = list(actions)
            other[i] = 1
            return u[i][tuple(actions)] - u[i][tuple(other)]

        d = {(x, y): difference(x, y) for x in (0, 1) for y in (0, 1)}
        forms.append((d[0, 0], d[1, 0] - d[0, 0], d[0, 1] - d[0, 0], d[1, 1] - d[1, 0] - d[0, 1] + d[0, 0]))

    def gain(i: int, point: tuple[Any, Any, Any]) -> Any:
        x, y = (point[m] for m in range(3) if m != i)
        k, a, b, c = forms[i]
        return k + a * x + b * y + c * x * y

    found: list[tuple[Any, Any, Any]] = []
    for pure in itertools.product((0, 1), repeat=3):
        found.append(tuple(map(F, pure)))
    for lone in range(3):  # one player is pure, the others mix: two linear equations
        i, j = (m for m in range(3) if m != lone)
        for value in (F(0), F(1)):
            point: list[Any] = [value] * 3
            for mover, target in ((i, j), (j, i)):  # mover is indifferent by target's probability
                k, a, b, c = forms[mover]
                first = next(m for m in range(3) if m != mover)
                slope, level = (a + c * value, k + b * value) if first == target else (b + c * value, k + a * value)
                if slope == 0 and level == 0:
                    raise DegenerateError("slope")
                point[target] = -level / slope if slope else F(-1)  # without a slope nothing makes it indifferent
            found.append(tuple(point))
    found += _completely_mixed(forms)
    result = []
    for p in found:
        inside, doubtful = True, False
        for i in range(3):
            if p[i] in (0, 1):
                g = gain(i, p)
                tie = abs(g) < close
                good = g > 0 if p[i] == 1 else g < 0
            else:
                tie = min(abs(p[i]), abs(p[i] - 1)) < close
                good = 0 < p[i] < 1
            doubtful = doubtful or tie
            inside = inside and (good or tie)
        if inside and doubtful:  # else something else rules it out
            raise DegenerateError("close")
        if inside:
            result.append(tuple(map(float, p)))
    return sorted(result)


def _completely_mixed(forms: list[tuple[F, F, F, F]]) -> list[tuple[F, F, F]]:
    """Solutions of g_0(q, r) = g_1(p, r) = g_2(p, q) = 0: r and p are ratios of linear functions of q."""
    (k0, a0, b0, c0), (k1, a1, b1, c1), (k2, a2, b2, c2) = forms
    # g_0: r = −(k0 + a0 q)/(b0 + c0 q) = R/S.  g_1: p = −(k1 + b1 r)/(a1 + c1 r) = −(k1 S + b1 R)/(a1 S + c1 R) = P/Q.
    R, S = (-k0, -a0), (b0, c0)
    P = tuple(-(k1 * s + b1 * r) for r, s in zip(R, S, strict=True))
    Q = tuple(a1 * s + c1 * r for r, s in zip(R, S, strict=True))
    # g_2: (k2 + b2 q) Q + (a2 + c2 q) P = 0, quadratic in q.
    coefficients = [
        k2 * Q[0] + a2 * P[0],
        k2 * Q[1] + b2 * Q[0] + a2 * P[1] + c2 * P[0],
        b2 * Q[1] + c2 * P[1],
    ]
    c, b, a = coefficients
    discriminant = b * b - 4 * a * c
    if a == 0 and b != 0:
        return [_point(P, Q, R, S, -c / b)]
    if a == 0 or abs(discriminant) < F(1, 10**80):
        raise DegenerateError("quadratic")
    if discriminant < 0:
        return []
    # The root in fractions, to 100 digits: nothing cancels in what follows.
    scale = 10**100
    root = F(math.isqrt(int(discriminant * scale * scale)), scale)
    points = []
    for sign in (1, -1):
        points.append(_point(P, Q, R, S, (-b + sign * root) / (2 * a)))
    return points


def _point(P: Any, Q: Any, R: Any, S: Any, q: F) -> tuple[F, F, F]:
    bottom, low = S[0] + S[1] * q, Q[0] + Q[1] * q
    if bottom == 0 or low == 0:
        raise DegenerateError("pole")
    return (P[0] + P[1] * q) / low, q, (R[0] + R[1] * q) / bottom
