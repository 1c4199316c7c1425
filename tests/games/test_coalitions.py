"""Coalitions against the filter over all subsets that defines them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gametheory.errors import SpecificationError
from gametheory.games.coalitions import coalition_label, coalitions, read_coalition
from gametheory.games.normal_form import NormalFormGame


def brute_force(
    n: int, edges: list[tuple[int, int]] | None, sizes: set[int], agents: set[int]
) -> list[tuple[int, ...]]:
    """Every subset in order of size and then lexicographically, kept if a flood inside it reaches all members."""
    result = []
    for k in range(1, n + 1):
        for s in itertools.combinations(range(n), k):
            if k not in sizes or not set(s) <= agents:
                continue
            if edges is not None:
                reached = {s[0]}
                for _ in range(k):
                    reached |= {b for a, b in edges + [(b, a) for a, b in edges] if a in reached and b in s}
                if reached != set(s):
                    continue
            result.append(s)
    return result


@given(st.data())
def test_coalitions_are_the_subsets_that_meet_every_condition(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    player = st.integers(0, n - 1)
    edges = data.draw(st.none() | st.lists(st.tuples(player, player), max_size=10))
    sizes = data.draw(st.none() | st.sets(st.integers(1, n), min_size=1))
    max_size = data.draw(st.none() | st.integers(1, n))
    agents = data.draw(st.none() | st.sets(player))
    found = coalitions(n, max_size=max_size, sizes=sizes, connected=edges, agents=agents)
    allowed = {k for k in (sizes or range(1, n + 1)) if k <= (max_size or n)}
    expected = brute_force(n, edges, allowed, set(range(n)) if agents is None else agents)
    assert [tuple(sorted(s)) for s in found] == expected
    # a list of coalitions passes through the same conditions
    listed = coalitions(n, max_size=max_size, sizes=sizes, connected=edges, agents=agents, members=coalitions(n))
    assert listed == found


def test_graphs_are_recognised_by_their_edges() -> None:
    networkx = pytest.importorskip("networkx")
    path = networkx.path_graph(4)
    pairs = [(0, 1), (1, 2), (2, 3)]
    assert coalitions(4, connected=path) == coalitions(4, connected=pairs)
    assert coalitions(4, connected=networkx.DiGraph(path)) == coalitions(4, connected=pairs)
    assert coalitions(4, connected=networkx.MultiGraph(path)) == coalitions(4, connected=pairs)
    # A path of n nodes has n (n + 1) / 2 connected subsets; a star has n - 1 + 2^(n - 1).
    assert len(coalitions(60, connected=networkx.path_graph(60))) == 60 * 61 // 2
    assert len(coalitions(10, connected=networkx.star_graph(9))) == 9 + 2**9


def test_the_order_is_by_size_and_then_lexicographic() -> None:
    found = coalitions(4, members=[(3, 0), (2,), (0, 1), (1, 2, 3)])
    assert [sorted(s) for s in found] == [[2], [0, 1], [0, 3], [1, 2, 3]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_size": 0}, "max_size: found 0; write a whole number from 1 to 3"),
        ({"max_size": 4}, "from 1 to 3"),
        ({"max_size": True}, "max_size: found True"),
        ({"sizes": [1, 5]}, "sizes: found 5"),
        ({"agents": [3]}, "agents: found 3; players are indices from 0 to 2"),
        ({"members": [[]]}, r"members\[0\]: found \[\]"),
        ({"members": [[0, 0]]}, "each once"),
        ({"members": [[0, 1], [1, 0]]}, r"\[0, 1\] is given twice"),
        ({"members": [3]}, r"members\[0\]: found 3"),
        ({"members": ["01"]}, r"members\[0\]: found '01'"),
        ({"connected": [(0, 3)]}, "connected: found 3"),
        ({"connected": [0, 1]}, "write pairs"),
    ],
)
def test_malformed_conditions_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        coalitions(3, **options)


def test_too_many_coalitions_are_refused_before_they_are_listed() -> None:
    with pytest.raises(SpecificationError, match="the list of coalitions would need"):
        coalitions(60)
    complete = list(itertools.combinations(range(60), 2))
    with pytest.raises(SpecificationError, match="coalitions would need"):
        coalitions(60, connected=complete)
    with pytest.raises(SpecificationError, match="num_players: found 0"):
        coalitions(0)


def test_labels_and_names() -> None:
    game = NormalFormGame(np.zeros((3, 2, 2, 2), dtype=int), players=["Agent 1", "Overseer", "Agent 3"])
    assert coalition_label(game, {2, 0}) == "{Agent 1, Agent 3}"
    assert read_coalition(game, ["Agent 3", 0]) == frozenset({0, 2})
    assert read_coalition(game, "Overseer") == frozenset({1})
    for wrong in ([], ["Agent 1", 0], ["Agent 2"], [3]):
        with pytest.raises(SpecificationError):
            read_coalition(game, wrong)
