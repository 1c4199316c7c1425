"""Security of small game trees by enumerating all joint strategies, from the textbook definitions alone.

A tree is ``("leaf", utilities)`` with utilities a tuple of (real, infinitesimal) pairs of fractions, ``(player, [subtree, …])``
or ``("chance", [(probability, subtree), …])``. A strategy maps each branch, named by the tuple of child indices that leads
to it, to an index. Nothing here is clever: every definition is a loop over all strategies.
"""

from __future__ import annotations

import itertools
from fractions import Fraction


def branches(tree, path=()):
    """(path, player, number of actions) of each branch."""
    kind, rest = tree
    if kind == "leaf":
        return []
    if kind == "chance":
        return [b for k, (_, child) in enumerate(rest) for b in branches(child, (*path, k))]
    here = [(path, kind, len(rest))]
    return here + [b for k, child in enumerate(rest) for b in branches(child, (*path, k))]


def play(tree, strategy, path=()):
    """Expected utilities."""
    kind, rest = tree
    if kind == "leaf":
        return rest
    if kind == "chance":
        drawn = [(p, play(child, strategy, (*path, k))) for k, (p, child) in enumerate(rest)]
        players = range(len(drawn[0][1]))
        return tuple(tuple(sum((p * u[i][part] for p, u in drawn), Fraction(0)) for part in (0, 1)) for i in players)
    return play(rest[strategy[path]], strategy, (*path, strategy[path]))


def strategies(places):
    """All ways to choose at these branches."""
    for choice in itertools.product(*(range(count) for _, _, count in places)):
        yield {path: k for (path, _, _), k in zip(places, choice, strict=True)}


def is_weak_immune(tree, sigma, num_players, *, real_only=False):
    for player in range(num_players):
        others = [b for b in branches(tree) if b[1] != player]
        for deviation in strategies(others):
            real, small = play(tree, {**sigma, **deviation})[player]
            if real < 0 or (real == 0 and small < 0 and not real_only):
                return False
    return True


def difference(after, before):
    return (after[0] - before[0], after[1] - before[1])


def blocks(coalition, before, after, blocking):
    gains = [difference(after[i], before[i]) for i in coalition]
    zero = (0, 0)
    if blocking == "transfer":
        return (sum(g[0] for g in gains), sum(g[1] for g in gains)) > zero
    if blocking == "all":
        return all(g > zero for g in gains)
    if blocking == "any":
        return any(g > zero for g in gains)
    return all(g >= zero for g in gains) and any(g > zero for g in gains)


def is_collusion_resilient(tree, sigma, num_players, *, max_size, blocking):
    before = play(tree, sigma)
    for size in range(1, max_size + 1):
        for coalition in itertools.combinations(range(num_players), size):
            own = [b for b in branches(tree) if b[1] in coalition]
            for deviation in strategies(own):
                if blocks(coalition, before, play(tree, {**sigma, **deviation}), blocking):
                    return False
    return True


def subtrees(tree, path=()):
    kind, rest = tree
    yield tree, path
    if kind == "leaf":
        return
    children = [child for _, child in rest] if kind == "chance" else rest
    for k, child in enumerate(children):
        yield from subtrees(child, (*path, k))


def is_practical(tree, sigma, num_players):
    for subtree, path in subtrees(tree):
        here = {
            b[0][len(path) :]: k for b, k in ((b, sigma[b[0]]) for b in branches(tree)) if b[0][: len(path)] == path
        }
        before = play(subtree, here)
        for player in range(num_players):
            own = [b for b in branches(subtree) if b[1] == player]
            for deviation in strategies(own):
                if difference(play(subtree, {**here, **deviation})[player], before[player]) > (0, 0):
                    return False
    return True


def has_property(tree, honest, kind, num_players, *, max_size=None, blocking="transfer"):
    """Whether some joint strategy with the choices ``honest`` (path to index) has the property."""
    size = num_players - 1 if max_size is None else max_size
    free = [b for b in branches(tree) if b[0] not in honest]
    for rest in strategies(free):
        sigma = {**honest, **rest}
        if kind == "practicality":
            found = is_practical(tree, sigma, num_players)
        elif kind == "collusion resilience":
            found = is_collusion_resilient(tree, sigma, num_players, max_size=size, blocking=blocking)
        else:
            found = is_weak_immune(tree, sigma, num_players, real_only=kind == "weaker immunity")
        if found:
            return True
    return False
