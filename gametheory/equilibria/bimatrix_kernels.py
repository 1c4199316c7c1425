"""Compiled kernels for bimatrix games in floats: the label search, and complementary pivoting.

Positive payoffs M ∈ [1, 2]^{e×d} (what the other player earns, a row for each of its actions) give the polytope P = {x ∈
R^d : x ≥ 0, s = 1 − M x ≥ 0}. Its variables are labelled: player 1's actions 0, …, m − 1, player 2's m, …, m + n − 1; x
carries its owner's labels, s those of the other player. A condensed dictionary

    w_basic = β − Σ_q T_q w_nonbasic,q

of a face of P is an array ``T`` of shape (d + 1, e), a column after the other and β last, with integers ``I`` beside
it: for each of the L = m + n labels its row r, or −1 − q for column q; the labels of the rows (e) and of the columns
(d); which columns are closed, that is held at 0 (d); how many of the owner's labels are closed (1). The columns of
closed labels of the owner are not kept up to date: nobody asks for them.

:func:`search` is the tree of :mod:`gametheory.equilibria.label_search` for games in which no vertex has more labels
than dimensions: branch on an action, a best reply or unplayed. It trusts no rounded number. A branch is discarded only
with a mixture of actions λ of the other player whose advantage λᵀM over supposed best replies, evaluated anew from the
payoffs, exceeds a bound of all rounding errors (:func:`proved_empty`); leaves are reported as sets of labels, for the
caller to decide. Whatever looks degenerate, is too close to call or does not end is reported as ``DOUBT``.

:func:`all_in_batch` and :func:`one_in_batch` do many games of one shape in a call.
"""

# All kernels stand in one file: numba's cache on disk does not notice that a function called from another file changed.

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled, compiled_loosely

__all__ = ["DONE", "DOUBT", "LEAVES", "NODES", "all_in_batch", "one_in_batch", "search"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DONE, NODES, LEAVES, DOUBT = 0, 1, 2, 3
"""How a call of :func:`search` ended: exhausted, at its number of nodes, with its list of leaves full, in doubt."""

TINY = 1e-11  # a coefficient is taken for zero below this; only the shape of the tree depends on it, not its truth
ROUNDING = 2.0**-52
NEAR = 1e-9  # two numbers of the order of 1 that are closer are not told apart
SINGULAR = 1e-5  # weights smaller than this before division are too inexact for that
FORCED = 1e6
FAR = 1e300
NONE: Any = np.int64(-1)  # typed: a function is compiled anew for each literal number among its arguments
ZERO: Any = np.int64(0)


@compiled
def pivot(old: Floats, T: Floats, I: Integers, other: int, r: int, c: int) -> None:  # noqa: E741
    """Exchange the variables of row r and column c of ``old`` into ``T``, which may be the same array."""
    d, e = old.shape
    d -= 1
    L = e + d
    inverse = 1.0 / old[c, r]
    for q in range(d + 1):
        if q != c and not (q < d and I[2 * L + q] and not other <= I[L + e + q] < other + e):
            f = old[q, r] * inverse
            for i in range(e):
                T[q, i] = old[q, i] - f * old[c, i]
            T[q, r] = f
    for i in range(e):
        T[c, i] = -inverse * old[c, i]
    T[c, r] = inverse
    leaving, entering = I[L + r], I[L + e + c]
    I[L + r], I[L + e + c] = entering, leaving
    I[entering], I[leaving] = r, -1 - c


@compiled
def start(T: Floats, I: Integers, M: Floats, own: int, other: int) -> None:  # noqa: E741
    """The dictionary of the vertex x = 0."""
    e, d = M.shape
    L = e + d
    for q in range(d):
        for j in range(e):
            T[q, j] = M[j, q]
        I[L + e + q] = own + q
        I[own + q] = -1 - q
    for j in range(e):
        T[d, j] = 1.0
        I[L + j] = other + j
        I[other + j] = j
    for p in range(2 * L, 2 * L + d + 1):
        I[p] = 0


@compiled_loosely
def steepness(column: Floats, inverse: Floats) -> float:
    """1/(how far the variable of a column can rise), from 1/β; 0 if its rise is not limited."""
    steepest = 0.0
    for i in range(len(column)):
        steepest = max(steepest, column[i] * inverse[i])
    return steepest


@compiled_loosely
def outlook(T: Floats, I: Integers, score: Floats, reach: Floats, inverse: Floats) -> bool:  # noqa: E741
    """For each free column how far its variable can rise, ``reach``, and scores of the labels.

    The score of a basic variable is β over the sum of how much each column can lower it: it is FORCED to stay positive
    if none can; of a nonbasic one 0. False if the vertex is degenerate.
    """
    d, e = T.shape
    d -= 1
    L = e + d
    least = FAR
    for i in range(e):
        least = min(least, T[d, i])
        inverse[i] = 1.0 / T[d, i]
        score[L + i] = 0.0
    if least <= TINY:
        return False
    for q in range(d):
        score[I[L + e + q]] = 0.0
        if I[2 * L + q]:
            continue
        steepest = steepness(T[q], inverse)
        if steepest <= 0.0:
            return False
        reach[q] = 1.0 / steepest
        for i in range(e):
            score[L + i] += reach[q] * (T[q, i] if T[q, i] > TINY else 0.0)
    for i in range(e):
        score[I[L + i]] = T[d, i] / score[L + i] if score[L + i] > 0.0 else FORCED
    return True


@compiled
def close(
    old: Floats,
    T: Floats,
    I: Integers,  # noqa: E741
    reach: Floats,
    inverse: Floats,
    other: int,
    label: int,
) -> int:
    """Pass from the face ``old`` to its facet ``label``, written to ``T``, by pivots of the largest decrease.

    ``reach`` is that of ``old``. −1: done. −2: does not end, or degenerate. Otherwise the row of ``T``
    that shows that there is no such facet.
    """
    d, e = T.shape
    d -= 1
    L = e + d
    for count in range(10 * L):
        r = I[label]
        best, column, direct, dead = 0.0, NONE, False, True
        if count:
            for i in range(e):
                inverse[i] = 1.0 / T[d, i]
        for q in range(d):
            t = old[q, r]
            if I[2 * L + q] or t <= TINY:
                continue
            dead = False
            if count:
                reach[q] = 1.0 / steepness(T[q], inverse)
            if t * reach[q] >= old[d, r] * (1.0 - 1e-13):  # at once, on the largest entry
                if not direct or t > best:
                    best, column, direct = t, q, True
            elif not direct and t * reach[q] > best:
                best, column = t * reach[q], q
        if dead:
            return r if count and T[d, r] > TINY else -2
        if column < 0:
            return -2
        if not direct:
            steepest = 0.0
            for i in range(e):
                if old[column, i] > steepest * old[d, i]:
                    steepest, r = old[column, i] / old[d, i], i
        pivot(old, T, I, other, r, column)
        if direct:
            return -1
        old = T
    return -2


@compiled
def proved_empty(
    M: Floats,
    T: Floats,
    I: Integers,  # noqa: E741
    r: int,
    own: int,
    other: int,
    gain: Floats,
) -> bool:
    """Whether row r shows beyond rounding that its variable w_k is positive on the whole face.

    Row r reads w_k + Σ_q T_q w_q = β with T_q ≤ 0 for free q. Let λ be minus its coefficients on slacks (0 in place of
    negative ones on free slacks), with β added to the smallest. Then λ_j < 0 only for supposed best replies j and for
    k. If Σ_j λ_j = 0 and (λᵀM)_i > 0 for all own i that may be played (not closed, not k), then the mixture of the
    actions with λ_j > 0 is better than that of those with λ_j < 0, which are supposed to be best: the facet is empty.
    The sum is made exact by a change of one λ_j with j closed; M ≤ 2 bounds what that and all rounding can matter.
    """
    e, d = M.shape
    L = e + d
    k = I[L + r]
    lowest, where, total, norm = 0.0, -1, 0.0, 0.0
    for i in range(d):
        gain[i] = 0.0
    for q in range(-1, d):
        label, weight = k, -1.0
        if q >= 0:
            label, weight = I[L + e + q], -T[q, r]
            if weight < 0.0 and not I[2 * L + q]:
                weight = 0.0
        j = label - other
        if not 0 <= j < e or weight == 0.0:
            continue
        if weight < lowest:
            lowest, where = weight, j
        total += weight
        norm += abs(weight)
        for i in range(d):
            gain[i] += weight * M[j, i]
    if where < 0:
        return False
    beta = T[d, r]
    total += beta
    norm += abs(beta)
    bound = 8.0 * (d + 8) * ROUNDING * norm + 3.0 * abs(total)
    for i in range(d):
        if not gain[i] + beta * M[where, i] > bound:
            p = I[own + i]
            if own + i != k and not (p < 0 and I[2 * L - 1 - p]):
                return False
    return True


@compiled
def closing(
    M: Floats,
    T: Floats,
    I: Integers,  # noqa: E741
    score: Floats,
    reach: Floats,
    inverse: Floats,
    slot: int,
    label: int,
    own: int,
    other: int,
    gain: Floats,
) -> int:
    """Write the facet ``label`` of the face in ``slot`` into slot + 1. 1: done, 0: it is empty, −1: in doubt."""
    e, d = M.shape
    L = e + d
    mine = own <= label < own + d
    if mine and I[slot, 2 * L + d] == d - 1:
        return 0  # no action is left to play
    if score[slot, label] == FORCED:
        return 0 if proved_empty(M, T[slot], I[slot], I[slot, label], own, other, gain) else -1
    new = slot + 1
    for p in range(2 * L + d + 1):
        I[new, p] = I[slot, p]
    if I[new, label] < 0:
        for q in range(d + 1):
            for i in range(e):
                T[new, q, i] = T[slot, q, i]
    else:
        for q in range(d):
            reach[new, q] = reach[slot, q]
        row = close(T[slot], T[new], I[new], reach[new], inverse, other, label)
        if row == -2:
            return -1
        if row >= 0:
            return 0 if proved_empty(M, T[new], I[new], row, own, other, gain) else -1
    I[new, 2 * L - 1 - I[new, label]] = 1
    if mine:
        I[new, 2 * L + d] += 1
    return 1 if outlook(T[new], I[new], score[new], reach[new], inverse) else -1


@compiled
def search(
    M0: Floats,
    T0: Floats,
    I0: Integers,
    score0: Floats,
    reach0: Floats,
    M1: Floats,
    T1: Floats,
    I1: Integers,
    score1: Floats,
    reach1: Floats,
    frames: Integers,
    had: Integers,
    leaves: Integers,
    points: Floats,
    state: Integers,
) -> int:
    """Search on from ``state`` (depth, leaves listed, nodes seen, nodes to stop at) until an end that the result names.

    ``M0`` (n × m) and ``M1`` (m × n) are what players 2 and 1 earn; T, I, score, reach are stacks of
    dictionaries of both polytopes; ``frames`` (depth, 4) the path: both slots, label, stage. ``had[label]`` and each
    leaf say whose face has a label: 0 player 1's, 1 player 2's, −1 neither; its point has x and y, up to a factor. A new
    search has state[0] = −1. At ``DOUBT`` the branch in doubt is the one of the last frame (stage 1: a best reply, 2:
    unplayed); a further call goes on with the next one.
    """
    n, m = M0.shape
    L = m + n
    gain0, gain1, inverse0, inverse1 = np.empty(m), np.empty(n), np.empty(n), np.empty(m)
    depth = state[0]
    if depth < 0:
        start(T0[0], I0[0], M0, ZERO, m)
        start(T1[0], I1[0], M1, m, ZERO)
        for k in range(L):
            had[k] = -1
        state[1], state[2] = 0, 0
        outlook(T0[0], I0[0], score0[0], reach0[0], inverse0)
        outlook(T1[0], I1[0], score1[0], reach1[0], inverse1)
        depth = 0
        frames[0, 0], frames[0, 1], frames[0, 3] = 0, 0, 0
    while depth >= 0:
        x, y, label, stage = frames[depth, 0], frames[depth, 1], frames[depth, 2], frames[depth, 3]
        if stage == 0:
            if state[2] >= state[3] or state[1] == len(leaves):
                state[0] = depth
                return NODES if state[2] >= state[3] else LEAVES
            state[2] += 1
            best, label = -1.0, -1
            for k in range(L):
                if had[k] < 0:
                    a, b = score0[x, k], score1[y, k]
                    value = a * b + 1e-3 * (a + b)
                    if value > best:
                        best, label = value, k
            if label < 0:
                for k in range(L):
                    leaves[state[1], k] = had[k]
                    r = I0[x, k] if k < m else I1[y, k]
                    points[state[1], k] = 0.0 if r < 0 else T0[x, m, r] if k < m else T1[y, n, r]
                state[1] += 1
                depth -= 1
                continue
            frames[depth, 2] = label
        elif stage == 2:
            had[label] = -1
            depth -= 1
            continue
        frames[depth, 3] = stage + 1
        owner = 0 if label < m else 1
        side = 1 - owner if stage == 0 else owner  # a best reply is a matter of the other player's face
        if side == 0:
            outcome = closing(M0, T0, I0, score0, reach0, inverse0, x, label, ZERO, m, gain0)
        else:
            outcome = closing(M1, T1, I1, score1, reach1, inverse1, y, label, m, ZERO, gain1)
        if outcome < 0:
            state[0] = depth
            return DOUBT
        if outcome > 0:
            had[label] = side
            depth += 1
            frames[depth, 0], frames[depth, 1] = x + (side == 0), y + (side == 1)
            frames[depth, 2], frames[depth, 3] = -1, 0
    state[0] = depth
    return DONE


# -- many games --------------------------------------------------------------------------------------------------------


@compiled
def rescale(A: Floats, B: Floats, M0: Floats, M1: Floats) -> bool:
    """Both players' payoffs from 1 to 2 as polytopes want them; False if a range is no finite number."""
    m, n = A.shape
    for player in range(2):
        U = A if player == 0 else B
        low, high = U[0, 0], U[0, 0]
        for i in range(m):
            for j in range(n):
                low, high = min(low, U[i, j]), max(high, U[i, j])
        scale = 1.0 / (high - low) if high > low else 0.0
        if not 0.0 < scale < FAR and high > low:
            return False
        for i in range(m):
            for j in range(n):
                value = 1.0 + (U[i, j] - low) * scale
                if player == 0:
                    M1[i, j] = value
                else:
                    M0[j, i] = value
    return True


@compiled
def settle(M0: Floats, M1: Floats, x: Floats, y: Floats) -> float:
    """Divide both by their sums; the larger of the gains that a player has from deviating."""
    result = 0.0
    for player in range(2):
        M, own, other = (M1, x, y) if player == 0 else (M0, y, x)
        total = 0.0
        for k in range(len(other)):
            total += other[k]
        for k in range(len(other)):
            other[k] /= total
        total = 0.0
        for k in range(len(own)):
            total += own[k]
        best, average = 0.0, 0.0
        for i in range(len(own)):
            payoff = 0.0
            for j in range(len(other)):
                payoff += M[i, j] * other[j]
            best = max(best, payoff)
            average += own[i] / total * payoff
        gain = best - average
        if not gain <= result:  # NaN is kept
            result = gain
    return result


@compiled
def balance(M: Floats, own: Integers, replies: Integers, k: int, weights: Floats) -> int:
    """Weights of k ≤ 3 actions ``own`` under which the k ``replies`` are the best ones, in closed form.

    ``M`` is (replies × own). 1: found, 0: there are none, −1: too close to call, or another reply is as good.
    """
    total, least, most = 1.0, 1.0, 1.0
    if k == 1:
        weights[0] = 1.0
    else:
        a, b = own[0], own[1]
        if k == 2:
            weights[0] = M[replies[1], b] - M[replies[0], b]
            weights[1] = M[replies[0], a] - M[replies[1], a]
        else:  # the weights are orthogonal to two differences of replies
            c, r, s, t = own[2], replies[0], replies[1], replies[2]
            d0, d1, d2 = M[r, a] - M[t, a], M[r, b] - M[t, b], M[r, c] - M[t, c]
            f0, f1, f2 = M[s, a] - M[t, a], M[s, b] - M[t, b], M[s, c] - M[t, c]
            weights[0], weights[1], weights[2] = d1 * f2 - d2 * f1, d2 * f0 - d0 * f2, d0 * f1 - d1 * f0
        total, least, most = 0.0, weights[0], weights[0]
        for p in range(k):
            total += weights[p]
            least, most = min(least, weights[p]), max(most, weights[p])
    size = max(most, -least)
    if total < 0.0:
        least, most = -most, -least
    if size > SINGULAR and least < -NEAR * size:
        return 0
    if not size > SINGULAR:
        return -1
    result = 1 if least > NEAR * size else -1
    value = 0.0
    for p in range(k):
        weights[p] /= total
        value += weights[p] * M[replies[0], own[p]]
    for j in range(len(M)):
        payoff = 0.0
        for p in range(k):
            payoff += weights[p] * M[j, own[p]]
        if payoff > value - NEAR:
            other = True
            for p in range(k):
                other = other and replies[p] != j
            if other and payoff > value + NEAR:
                return 0
            if other:
                result = -1
    return result


@compiled
def next_subset(chosen: Integers, k: int, n: int) -> bool:
    """The next k of n numbers in lexicographic order; False after the last."""
    p = k - 1
    while p >= 0 and chosen[p] == n - k + p:
        p -= 1
    if p < 0:
        return False
    chosen[p] += 1
    for q in range(p + 1, k):
        chosen[q] = chosen[q - 1] + 1
    return True


@compiled
def supports(M0: Floats, M1: Floats, rows: Integers, columns: Integers, work: Floats, points: Floats) -> int:
    """All equilibria by pairs of supports of equal size ≤ 3 = min(m, n) at most; their number, −1 in doubt.

    A game is degenerate iff some solution of k indifference conditions has another best reply or a zero weight (take a
    degenerate strategy of least support: it is determined by as many of its best replies), which ``balance`` reports.
    """
    n, m = M0.shape
    x, y = work[0], work[1]
    count = 0
    for k in range(1, min(m, n) + 1):
        for p in range(k):
            rows[p] = p
        more_rows = True
        while more_rows:
            for p in range(k):
                columns[p] = p
            more_columns = True
            while more_columns:
                outcome = balance(M0, rows, columns, k, x)
                if outcome > 0:
                    outcome = balance(M1, columns, rows, k, y)
                if outcome < 0 or count == len(points):
                    return -1
                if outcome > 0:
                    for q in range(m + n):
                        points[count, q] = 0.0
                    for p in range(k):
                        points[count, rows[p]] = x[p]
                        points[count, m + columns[p]] = y[p]
                    count += 1
                more_columns = next_subset(columns, k, n)
            more_rows = next_subset(rows, k, m)
    return count


@compiled
def all_in_batch(
    A: Floats,
    B: Floats,
    first: int,
    counts: Integers,
    doubtful: Integers,
    xs: Floats,
    ys: Floats,
    regrets: Floats,
    tolerance: float,
    max_nodes: int,
    M0: Floats,
    T0: Floats,
    I0: Integers,
    score0: Floats,
    reach0: Floats,
    M1: Floats,
    T1: Floats,
    I1: Integers,
    score1: Floats,
    reach1: Floats,
    frames: Integers,
    had: Integers,
    leaves: Integers,
    points: Floats,
    state: Integers,
    chosen: Integers,
    work: Floats,
) -> int:
    """All equilibria of the games from ``first`` on; the first game for which there was no room left.

    ``counts[k]`` of them are listed for game k; none if it is ``doubtful[k]``: there are ties or nearly so, too many
    equilibria or nodes, a regret above the tolerance, or an even number.
    """
    m, n = A.shape[1:]
    small = min(m, n) <= 3 and max(m, n) <= 6
    used = 0
    for k in range(first, len(A)):
        if len(xs) - used < len(leaves):
            return k
        counts[k], doubtful[k] = 0, 1
        if not rescale(A[k], B[k], M0, M1):
            continue
        if small:
            number = supports(M0, M1, chosen[0], chosen[1], work, points)
        else:
            state[0], state[3] = -1, max_nodes
            ended = search(
                *(M0, T0, I0, score0, reach0),
                *(M1, T1, I1, score1, reach1),
                *(frames, had, leaves, points, state),
            )
            number = state[1] if ended == DONE else -1
        if number < 0 or number % 2 == 0:
            continue
        good = True
        for leaf in range(number):
            at = used + leaf
            for i in range(m):
                xs[at, i] = points[leaf, i]
            for j in range(n):
                ys[at, j] = points[leaf, m + j]
            regrets[at] = settle(M0, M1, xs[at], ys[at])
            good = good and regrets[at] <= tolerance
        if good:
            counts[k], doubtful[k] = number, 0
            used += number
    return len(A)


@compiled
def lemke_howson_path(
    M0: Floats,
    T0: Floats,
    I0: Integers,
    M1: Floats,
    T1: Floats,
    I1: Integers,
    dropped: int,
    max_pivots: int,
) -> bool:
    """Follow the path of the label ``dropped``; whether it ended within the pivots allowed."""
    n, m = M0.shape
    start(T0, I0, M0, ZERO, m)
    start(T1, I1, M1, m, ZERO)
    side = 0 if dropped < m else 1
    entering = dropped
    for _ in range(max_pivots):
        T, I, other = (T0, I0, m) if side == 0 else (T1, I1, ZERO)  # noqa: E741
        d, e = T.shape
        d -= 1
        c = -1 - I[entering]
        row, ratio = NONE, FAR
        for i in range(e):
            if T[c, i] > TINY:
                candidate = T[d, i] / T[c, i]
                tie = candidate <= ratio + 1e-12  # by rounding; of equal ones the lowest label, as Bland has it
                if candidate < ratio - 1e-12 or (tie and I[m + n + i] < I[m + n + row]):
                    row, ratio = i, candidate
        if row < 0:
            return False
        entering = I[m + n + row]
        pivot(T, T, I, other, row, c)
        if entering == dropped:
            return True
        side = 1 - side
    return False


@compiled
def two_of_each(A: Floats, B: Floats, best_row: Integers, x: Floats, y: Floats) -> float:
    """Put the first equilibrium in which both mix over two actions into x and y, zeros; its regret, infinite without one.

    Columns j, q and rows i, r: r follows i on the upper envelope of the lines t A_j + (1 − t) A_q of all rows, which begins
    with ``best_row[q]`` and ends with ``best_row[j]``; i and r are mixed so that j and q, and no other column, are best.
    """
    m, n = A.shape
    for j in range(1, n):
        for q in range(j):
            i, last = best_row[q], best_row[j]
            for _ in range(m):
                if i == last:
                    break
                low, high = A[i, q], A[i, j]
                fall, rise = low - A[last, q], A[last, j] - high  # r beats i from t = fall / (fall + rise) on
                r = last
                for p in range(m):
                    if A[p, j] > high and (low - A[p, q]) * rise < fall * (A[p, j] - high):
                        r, fall, rise = p, low - A[p, q], A[p, j] - high
                u, v = B[r, q] - B[r, j], B[i, j] - B[i, q]
                if not rise > 0.0:
                    break
                if u * v > 0.0:
                    total = u + v
                    u /= total
                    v /= total
                    best, stable = u * B[i, j] + v * B[r, j], True
                    for c in range(n):
                        if u * B[i, c] + v * B[r, c] > best and c != j and c != q:
                            stable = False
                            break
                    t = fall / (fall + rise)
                    if stable and 0.0 < t < 1.0 and 0.0 < u < 1.0:  # and no NaN
                        x[i], x[r], y[j], y[q] = u, v, t, 1.0 - t
                        return regret_of_two(A, B, i, r, j, q, u, t)
                i = r
    return FAR


@compiled
def regret_of_two(A: Floats, B: Floats, i: int, r: int, j: int, q: int, u: float, t: float) -> float:
    """The larger regret, as a share of the player's span, if rows i and r are played with u and 1 − u, j and q with t."""
    m, n = A.shape
    low, high, low2, high2 = A[0, 0], A[0, 0], B[0, 0], B[0, 0]
    for p in range(m):
        for c in range(n):
            low, high = min(low, A[p, c]), max(high, A[p, c])
            low2, high2 = min(low2, B[p, c]), max(high2, B[p, c])
    gain = gain2 = -FAR
    for p in range(m):
        gain = max(gain, t * A[p, j] + (1.0 - t) * A[p, q])
    for c in range(n):
        gain2 = max(gain2, u * B[i, c] + (1.0 - u) * B[r, c])
    gain -= u * (t * A[i, j] + (1.0 - t) * A[i, q]) + (1.0 - u) * (t * A[r, j] + (1.0 - t) * A[r, q])
    gain2 -= t * (u * B[i, j] + (1.0 - u) * B[r, j]) + (1.0 - t) * (u * B[i, q] + (1.0 - u) * B[r, q])
    span, span2 = high - low, high2 - low2
    if not (min(span, span2) > 1.0 / FAR and max(span, span2) < FAR):
        return FAR
    result: float = max(gain / span, gain2 / span2, 0.0)
    return result


@compiled
def one_in_batch(
    A: Floats,
    B: Floats,
    xs: Floats,
    ys: Floats,
    regrets: Floats,
    doubtful: Integers,
    tolerance: float,
    max_pivots: int,
    M0: Floats,
    T0: Floats,
    I0: Integers,
    M1: Floats,
    T1: Floats,
    I1: Integers,
) -> None:
    """One equilibrium of each game: the first pure one, else one with two actions each, else the end of a path.

    The path is one of Lemke and Howson, left after ``max_pivots`` pivots for that of the next label. ``doubtful`` says
    that none has ended at a regret within the tolerance; then there is the last one's end, or the uniform pair.
    """
    N, m, n = A.shape
    best_of_column, best_row = np.empty(n), np.empty(n, np.int64)
    for k in range(N):
        for j in range(n):
            ys[k, j], best_of_column[j] = 0.0, A[k, 0, j]
        for i in range(m):
            xs[k, i] = 0.0
            for j in range(n):
                best_of_column[j] = max(best_of_column[j], A[k, i, j])
        pure = False
        for i in range(m):
            best = B[k, i, 0]
            for j in range(n):
                best = max(best, B[k, i, j])
            for j in range(n):
                if B[k, i, j] == best:
                    pure = A[k, i, j] == best_of_column[j]
                    if pure:
                        xs[k, i], ys[k, j] = 1.0, 1.0
                        break
            if pure:
                break
        doubtful[k], regrets[k] = 0, 0.0
        if pure:
            continue
        U, V, x, y = A[k], B[k], xs[k], ys[k]
        for i in range(m):
            for j in range(n):
                if U[i, j] == best_of_column[j]:
                    best_row[j] = i
        regrets[k] = two_of_each(U, V, best_row, x, y)
        if regrets[k] <= tolerance:
            continue
        doubtful[k], regrets[k] = 1, np.inf
        for i in range(m):
            x[i] = 1.0 / m
        for j in range(n):
            y[j] = 1.0 / n
        if not rescale(U, V, M0, M1):
            continue
        regrets[k] = settle(M0, M1, x, y)
        for dropped in range(m + n):
            if not lemke_howson_path(M0, T0, I0, M1, T1, I1, dropped, max_pivots):
                continue
            for i in range(m):
                x[i] = 0.0 if I0[i] < 0 else max(T0[m, I0[i]], 0.0)
            for j in range(n):
                y[j] = 0.0 if I1[m + j] < 0 else max(T1[n, I1[m + j]], 0.0)
            regrets[k] = settle(M0, M1, x, y)
            if regrets[k] <= tolerance:
                doubtful[k] = 0
                break
