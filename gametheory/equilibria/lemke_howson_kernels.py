"""Compiled kernels for one equilibrium of a large bimatrix game: Lemke-Howson paths in floats.

A polytope belongs to an *owner* with d actions, whose weights are x ≥ 0, and to the other player's e *replies*, of which
reply j earns N_ij when the owner plays i:

    P = {x ∈ R^d : x ≥ 0, s = h − Nᵀx ≥ 0},        N ∈ [1, 2]^{d×e},        h ≈ (1, …, 1) ∈ R^e.

:func:`follow` walks along the edges of both players' polytopes, as :mod:`gametheory.equilibria.lemke_howson` says. It
keeps no dictionaries. At a vertex k of the x_i are basic, those of the actions S, and k of the s_j are zero, those of
the replies R, and all that is kept is the inverse K of the k×k matrix (N_ij), j ∈ R, i ∈ S. A column of the dictionary
is computed from the payoffs when it is wanted:

    x_q enters: x_S falls by a = K N_qR, s_j by N_qj − Σ_i N_ij a_i;        s_r enters: a = K e_r, s_j by −Σ_i N_ij a_i.

A pivot takes O(k e + k²) operations instead of d e, and k is small at most vertices of most games: tens of a thousand.
K is computed anew every few pivots. Nothing here is relied upon: the caller solves and checks the supports found in
integers.

:func:`follow_from_prior` follows a path of another kind, from a prior (p, q). At τ ∈ [0, 1] the owner plays x + (1 − τ) p
with x ≥ 0, Σ x = τ, and actions in x are best replies to what the other one plays in the same way: at τ = 0 pure best
replies to the prior, at τ = 1 an equilibrium. Replies R are the best ones, with the payoff v, and the others fall short by

    s = v h − Nᵀx − (1 − τ) Nᵀp ≥ 0.

With both players' supports equally large, S of one the R of the other, x and s depend on τ alone: x = v x¹ − (1 − τ) x²,
s = v s¹ − (1 − τ) s², where (x¹, s¹) and (x², s²) are the basic solutions for the right-hand sides h and Nᵀp. τ moves, in
either direction, until a variable is 0; its complement enters on the other side while τ stays, until a variable there is
0; then the complement of that enters here as τ moves again. Memory and operations are those of :func:`follow`, twice.
"""

# All kernels stand in one file: numba's cache on disk does not notice that a function called from another file changed.

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled, compiled_loosely

__all__ = ["CAPPED", "ENDED", "LOST", "follow_each", "follow_from_prior"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Polytope = tuple[Any, ...]
"""N, h; K, S, R; places of actions in S and of replies in R, or −1; x, s; a, b; c, room for k; [k, pivots since K is new]."""
Prior = tuple[Any, ...]
"""What the replies earn when the owner plays its prior, Nᵀp; x and s of the same basis with that in the place of h."""

ENDED, CAPPED, LOST = 0, 1, 2
"""How :func:`follow` ended: at a vertex with all labels, at its number of pivots, with no way on."""

TINY = 1e-9  # a coefficient is taken for zero below this
ZERO = 1e-11  # no pivot below this, where the ratio did not choose it
FAR = 1e300
SMALL = 1e-5  # after a pivot on a smaller number K is computed anew
RENEWAL = 8  # pivots until it is anyway, and more where they cost less than that, k³


@compiled_loosely
def product(K: Floats, vector: Floats, k: int, out: Floats) -> None:
    """out = K · vector, in the upper left k×k part."""
    for p in range(k):
        total = 0.0
        for t in range(k):
            total += K[p, t] * vector[t]
        out[p] = total


@compiled
def combination(N: Floats, S: Integers, weights: Floats, k: int, out: Floats) -> None:
    """Subtract Σ_p weights_p · N[S_p] from ``out``."""
    for p in range(k):
        w, row = weights[p], N[S[p]]
        for j in range(len(out)):
            out[j] -= w * row[j]


@compiled
def renew(polytope: Polytope) -> bool:
    """K, x and s anew from the payoffs; False if the matrix cannot be inverted."""
    N, rhs, K, S, R, _, _, x, s, _, _, _, state = polytope
    k = state[0]
    state[1] = 0
    W = np.zeros((k, 2 * k))
    for t in range(k):
        for p in range(k):
            W[t, p] = N[S[p], R[t]]
        W[t, k + t] = 1.0
    for p in range(k):
        best = p
        for t in range(p + 1, k):
            if abs(W[t, p]) > abs(W[best, p]):
                best = t
        if abs(W[best, p]) < 1e-14:
            return False
        if best != p:
            for q in range(2 * k):
                W[p, q], W[best, q] = W[best, q], W[p, q]
        inverse = 1.0 / W[p, p]
        for q in range(p, 2 * k):
            W[p, q] *= inverse
        for t in range(k):
            f = W[t, p]
            if t != p and f != 0.0:
                for q in range(p, 2 * k):
                    W[t, q] -= f * W[p, q]
    for p in range(k):
        total = 0.0
        for t in range(k):
            K[p, t] = W[p, k + t]
            total += K[p, t] * rhs[R[t]]
        x[p] = total
    s[:] = rhs
    combination(N, S, x, k, s)
    for t in range(k):
        s[R[t]] = 0.0
    return True


@compiled
def column(polytope: Polytope, own: bool, entering: int) -> None:
    """How x (in ``a``) and s (in ``b``) fall as a variable enters."""
    N, _, K, S, R, _, place_reply, _, _, a, b, c, state = polytope
    k = state[0]
    if own:
        for t in range(k):
            c[t] = N[entering, R[t]]
        product(K, c, k, a)
        b[:] = N[entering]
    else:
        r = place_reply[entering]
        for p in range(k):
            a[p] = K[p, r]
        b[:] = 0.0
    combination(N, S, a, k, b)
    for t in range(k):
        b[R[t]] = 0.0
    if not own:
        b[entering] = 0.0


@compiled
def leaving(polytope: Polytope) -> int:
    """The row with the smallest ratio: p < k for x_{S_p}, k + j for s_j; −1 if there is none."""
    _, _, _, _, _, _, _, x, s, a, b, _, state = polytope
    k = state[0]
    row, ratio = -1, FAR
    for p in range(k):
        if a[p] > TINY and x[p] < ratio * a[p]:
            row, ratio = p, max(x[p], 0.0) / a[p]
    for j in range(len(s)):
        if b[j] > TINY and s[j] < ratio * b[j]:
            row, ratio = k + j, max(s[j], 0.0) / b[j]
    return row


@compiled
def exchange(polytope: Polytope, own: bool, entering: int, row: int, step: float) -> bool:
    """Let ``entering`` in, with the value ``step``, and the variable of ``row`` out; False if that fails."""
    N, _, K, S, R, place_own, place_reply, x, s, a, b, c, state = polytope
    k = state[0]
    small = False
    for p in range(k):
        x[p] -= step * a[p]
    for j in range(len(s)):
        s[j] -= step * b[j]
    if row >= k:  # c = N_jS K, by which K's rows are combined
        j = row - k
        c[:k] = 0.0
        for p in range(k):
            w = N[S[p], j]
            for t in range(k):
                c[t] += w * K[p, t]
    if own and row >= k:
        inverse = 1.0 / b[j]
        small = abs(b[j]) < SMALL
        for p in range(k):
            f = a[p] * inverse
            for t in range(k):
                K[p, t] += f * c[t]
            K[p, k] = -f
        for t in range(k):
            K[k, t] = -c[t] * inverse
        K[k, k] = inverse
        S[k], R[k], place_own[entering], place_reply[j] = entering, j, k, k
        x[k], s[j] = step, 0.0
        state[0] = k + 1
    elif own:
        inverse = 1.0 / a[row]
        small = abs(a[row]) < SMALL
        for t in range(k):
            K[row, t] *= inverse
        for p in range(k):
            if p != row:
                for t in range(k):
                    K[p, t] -= a[p] * K[row, t]
        place_own[S[row]], place_own[entering] = -1, row
        S[row], x[row] = entering, step
    elif row >= k:
        r = place_reply[entering]
        inverse = 1.0 / c[r]
        small = abs(c[r]) < SMALL
        for p in range(k):
            f = K[p, r] * inverse
            for t in range(k):
                K[p, t] -= f * c[t]
            K[p, r] = f
        place_reply[entering], place_reply[j] = -1, r
        R[r], s[entering], s[j] = j, step, 0.0
    else:
        r, last = place_reply[entering], k - 1
        inverse = 1.0 / K[row, r]
        small = abs(K[row, r]) < SMALL
        for p in range(k):
            if p != row:
                f = K[p, r] * inverse
                for t in range(k):
                    if t != r:
                        K[p, t] -= f * K[row, t]
        place_own[S[row]], place_reply[entering] = -1, -1
        if row != last:  # the last row and column take the free places
            for t in range(k):
                K[row, t] = K[last, t]
            S[row], x[row] = S[last], x[last]
            place_own[S[row]] = row
        if r != last:
            for p in range(last):
                K[p, r] = K[p, last]
            R[r] = R[last]
            place_reply[R[r]] = r
        s[entering] = step
        state[0] = last
    state[1] += 1
    k = state[0]
    if small or (state[1] - RENEWAL) * (k + len(s)) > 4 * k * k:
        return renew(polytope)
    return True


@compiled
def restart(polytope: Polytope) -> None:
    """The vertex 0."""
    _, rhs, _, _, _, place_own, place_reply, _, s, _, _, _, state = polytope
    place_own[:] = -1
    place_reply[:] = -1
    s[:] = rhs
    state[:] = 0


@compiled
def follow(first: Polytope, second: Polytope, path: Integers, max_pivots: int) -> int:
    """Follow a path, or go on where it was left, for ``max_pivots`` pivots more.

    ``path`` is the label dropped (one of player 1's m actions, or m + one of player 2's), the label that enters next,
    the side on which it does, and the number of pivots so far; with 0 pivots the path starts. At its end the supports
    are in ``first[3][:k]`` and ``second[3][:k]``.
    """
    m = len(first[5])
    dropped, label, side = path[0], path[1], path[2]
    if path[3] == 0:
        restart(first)
        restart(second)
        label, side = dropped, 0 if dropped < m else 1
    outcome = CAPPED
    for _ in range(max_pivots):
        polytope = first if side == 0 else second
        own = (label < m) == (side == 0)
        entering = label if label < m else label - m
        column(polytope, own, entering)
        row = leaving(polytope)
        if row < 0:
            outcome = LOST
            break
        k = polytope[12][0]
        label = polytope[3][row] + side * m if row < k else row - k + (1 - side) * m
        step = max(polytope[7][row], 0.0) / polytope[9][row] if row < k else 0.0
        if row >= k:
            step = max(polytope[8][row - k], 0.0) / polytope[10][row - k]
        if not exchange(polytope, own, entering, row, step):
            outcome = LOST
            break
        path[3] += 1
        if label == dropped:
            outcome = ENDED
            break
        side = 1 - side
    path[1], path[2] = label, side
    return outcome


@compiled
def follow_each(first: Polytope, second: Polytope, path: Integers, last: int, max_pivots: int, total: int) -> bool:
    """Go on with the path, then with those of the labels up to ``last`` − 1, for at most ``max_pivots`` pivots each.

    Whether a path has ended; then, and if all are done, path[0] is the label after. Returns False as well after
    ``total`` pivots. path[4] grows by their number.
    """
    while path[0] < last and total > 0:
        before = path[3]
        outcome = follow(first, second, path, min(total, max_pivots - before))
        pivots = path[3] - before
        total -= pivots
        path[4] += pivots
        if outcome == CAPPED and path[3] < max_pivots:
            break
        path[0] += 1
        path[3] = 0
        if outcome == ENDED:
            return True
    return False


# -- paths from a prior --------------------------------------------------------------------------------------------


@compiled
def prior_renewed(polytope: Polytope, prior: Prior) -> None:
    """x² and s² anew."""
    N, _, K, S, R, _, _, _, _, _, _, c, state = polytope
    rhs, x, s = prior
    k = state[0]
    for t in range(k):
        c[t] = rhs[R[t]]
    product(K, c, k, x)
    s[:] = rhs
    combination(N, S, x, k, s)
    for t in range(k):
        s[R[t]] = 0.0


@compiled
def exchange_both(polytope: Polytope, prior: Prior, own: bool, entering: int, row: int) -> bool:
    """:func:`exchange` for both right-hand sides."""
    _, _, _, _, _, _, _, x, s, a, b, _, state = polytope
    _, x2, s2 = prior
    k = state[0]
    pivot = a[row] if row < k else b[row - k]
    if abs(pivot) < ZERO:
        return False
    step = (x[row] if row < k else s[row - k]) / pivot
    step2 = (x2[row] if row < k else s2[row - k]) / pivot
    for p in range(k):
        x2[p] -= step2 * a[p]
    for j in range(len(s2)):
        s2[j] -= step2 * b[j]
    last = x2[k - 1]
    if not exchange(polytope, own, entering, row, step):
        return False
    if state[1] == 0:  # K is new
        prior_renewed(polytope, prior)
        return True
    if own:
        x2[k if row >= k else row] = step2
    else:
        s2[entering] = step2
        if row < k:
            x2[row] = last
    if row >= k:
        s2[row - k] = 0.0
    return True


@compiled
def best_payoff(polytope: Polytope, prior: Prior, tau: float) -> tuple[float, float, float]:
    """v, dv/dτ, and Σ x¹."""
    x, k, x2 = polytope[7], polytope[12][0], prior[1]
    total, total2 = 0.0, 0.0
    for p in range(k):
        total += x[p]
        total2 += x2[p]
    return (tau + (1.0 - tau) * total2) / total, (1.0 - total2) / total, total


@compiled
def zero_first(
    polytope: Polytope, prior: Prior, tau: float, change: float, second: float, third: float
) -> tuple[int, float]:
    """The variable that is 0 first, as a row, and when, if x changes at the rate change · x¹ + second · x² − third · a."""
    _, _, _, _, _, _, place_reply, x, s, a, b, _, state = polytope
    _, x2, s2 = prior
    k = state[0]
    v = best_payoff(polytope, prior, tau)[0]
    row, time = -1, FAR
    for p in range(k):
        rate = change * x[p] + second * x2[p] - third * a[p]
        if rate < -TINY:
            value = max(v * x[p] - (1.0 - tau) * x2[p], 0.0)
            if value < -time * rate:
                row, time = p, -value / rate
    for j in range(len(s)):
        rate = change * s[j] + second * s2[j] - third * b[j]
        if rate < -TINY and place_reply[j] < 0:
            value = max(v * s[j] - (1.0 - tau) * s2[j], 0.0)
            if value < -time * rate:
                row, time = k + j, -value / rate
    return row, time


@compiled
def start_at(polytope: Polytope, prior: Prior, action: int, reply: int) -> None:
    """The best replies to the prior."""
    N, h, K, S, R, place_own, place_reply, x, s, _, _, _, state = polytope
    rhs, x2, s2 = prior
    place_own[:] = -1
    place_reply[:] = -1
    S[0], R[0], place_own[action], place_reply[reply] = action, reply, 0, 0
    K[0, 0] = 1.0 / N[action, reply]
    x[0], x2[0] = h[reply] * K[0, 0], rhs[reply] * K[0, 0]
    s[:] = h - x[0] * N[action]
    s2[:] = rhs - x2[0] * N[action]
    s[reply] = 0.0
    s2[reply] = 0.0
    state[0], state[1] = 1, 0


@compiled
def weights(polytope: Polytope, prior: Prior, tau: float, out: Floats) -> None:
    """x, for all actions."""
    x, S, k, x2 = polytope[7], polytope[3], polytope[12][0], prior[1]
    v = best_payoff(polytope, prior, tau)[0]
    out[:] = 0.0
    for p in range(k):
        out[S[p]] = max(v * x[p] - (1.0 - tau) * x2[p], 0.0)


@compiled
def follow_from_prior(
    first: Polytope,
    second: Polytope,
    prior: Prior,
    second_prior: Prior,
    path: Floats,
    nearest: Floats,
    second_nearest: Floats,
    max_pivots: int,
) -> int:
    """Follow the path from a prior, or go on where it was left, for about ``max_pivots`` pivots more.

    ``path`` is τ, the direction in which it moves, the largest τ so far, and the number of pivots so far, 0 at the start;
    x at the largest τ is kept in ``nearest``. At the path's end the supports are in ``first[3][:k]`` and ``second[3][:k]``.
    """
    if path[3] == 0.0:
        i, j = int(np.argmax(second_prior[0])), int(np.argmax(prior[0]))
        start_at(first, prior, i, j)
        start_at(second, second_prior, j, i)
        path[0], path[1], path[2] = 0.0, 1.0, -1.0
    for _ in range(0, max_pivots, 2):
        tau, direction = path[0], path[1]
        row, step = zero_first(first, prior, tau, direction * best_payoff(first, prior, tau)[1], direction, 0.0)
        other_row, other_step = zero_first(
            second, second_prior, tau, direction * best_payoff(second, second_prior, tau)[1], direction, 0.0
        )
        here, there, prior_here, prior_there = first, second, prior, second_prior
        if other_step < step:
            here, there, prior_here, prior_there = second, first, second_prior, prior
            row, step = other_row, other_step
        if step >= (1.0 - tau if direction > 0.0 else tau):
            return ENDED if direction > 0.0 else LOST
        tau += direction * step
        path[0] = tau
        if tau > path[2]:
            path[2] = tau
            weights(first, prior, tau, nearest)
            weights(second, second_prior, tau, second_nearest)

        k = here[12][0]
        own = row >= k  # the complement of a slack is an action of the other side
        entering = row - k if own else here[3][row]
        column(there, own, entering)
        total = -1.0 if own else 0.0
        for p in range(k):
            total += there[9][p]
        out, _ = zero_first(there, prior_there, tau, total / best_payoff(there, prior_there, tau)[2], 0.0, 1.0)
        returns_own = out >= k
        if out < 0 or (k == 1 and not own and not returns_own):
            return LOST
        returning = out - k if returns_own else there[3][out]
        if not exchange_both(there, prior_there, own, entering, out):
            return LOST
        column(here, returns_own, returning)
        if not exchange_both(here, prior_here, returns_own, returning, row):
            return LOST
        change = best_payoff(here, prior_here, tau)[1]
        if returns_own:
            p = here[5][returning]
            rate = change * here[7][p] + prior_here[1][p]
        else:
            rate = change * here[8][returning] + prior_here[2][returning]
        path[1] = 1.0 if rate > 0.0 else -1.0
        path[3] += 2.0
    return CAPPED
