"""The value types: what they show, write and compare."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest

from gametheory.certificates import read_certificate
from gametheory.equilibria import Equilibrium, EquilibriumSet, nash_equilibria, pure_nash_equilibria
from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame

STAG_HUNT = NormalFormGame.symmetric([[4, 0], [3, 3]], actions=["stag", "hare"])
HOSTILE = NormalFormGame.from_bimatrix(
    [[1, 0], [0, 1]],
    [[1, 0], [0, 1]],
    players=["<script>alert(1)</script>", "B | b"],
    actions=[["<b>", "&"], ["x", "y"]],
)


def correlated() -> Equilibrium:
    half = Fraction(1, 2)
    table = np.array([[half, Fraction(0)], [Fraction(0), half]], dtype=object)
    return Equilibrium(
        concept="correlated",
        game=STAG_HUNT,
        profile=table.astype(float),
        exact_profile=table,
        payoffs=(Fraction(7, 2), Fraction(7, 2)),
        certificate=None,
        method="by hand",
    )


def test_repr_says_what_is_played_and_how_far_it_is_believed() -> None:
    stag, mixed, hare = nash_equilibria(STAG_HUNT)
    assert repr(stag) == "Equilibrium(Nash, certified: stag | stag; payoffs 4, 4)"
    assert repr(mixed) == "Equilibrium(Nash, certified: 3/4 stag + 1/4 hare | 3/4 stag + 1/4 hare; payoffs 3, 3)"
    assert repr(correlated()).startswith("Equilibrium(correlated, numerical: 0.5 (stag, stag) + 0.5 (hare, hare)")
    assert hare.support_labels == (("hare",), ("hare",))
    assert correlated().support == ((0, 0), (1, 1))
    assert correlated().support_labels == (("stag", "stag"), ("hare", "hare"))
    assert [e.kind for e in (stag, correlated(), pure_nash_equilibria(STAG_HUNT)[0])] == ["mixed", "correlated", "pure"]


def test_set_repr_is_one_line_and_str_lists_components() -> None:
    equilibria = nash_equilibria(STAG_HUNT)
    assert repr(equilibria) == "EquilibriumSet(3 Nash equilibria in 3 components, certified, certified complete)"
    assert "component 2 of 3" in str(equilibria)
    degenerate = nash_equilibria(NormalFormGame.from_bimatrix([[0, 0]], [[1, 1]]))
    assert "2 extreme Nash equilibria in 1 component, degenerate" in repr(degenerate)
    assert str(degenerate).endswith(degenerate.degeneracy)
    assert [degenerate.component_of(k) for k in (0, 1)] == [0, 0]
    with pytest.raises(SpecificationError, match="numbered 0 to 1"):
        degenerate.component_of(2)


def test_gambit_lines() -> None:
    equilibria = nash_equilibria(STAG_HUNT)
    assert equilibria.ne_lines().splitlines() == ["NE,1,0,1,0", "NE,3/4,1/4,3/4,1/4", "NE,0,1,0,1"]
    assert equilibria.ne_lines(decimals=2).splitlines()[1] == "NE,0.75,0.25,0.75,0.25"
    assert pure_nash_equilibria(STAG_HUNT).ne_lines() == "NE,1,0,1,0\nNE,0,1,0,1"
    with pytest.raises(SpecificationError, match="correlated"):
        correlated().ne_line()


def test_labels_are_escaped_in_html() -> None:
    equilibria = nash_equilibria(HOSTILE)
    for html in (equilibria._repr_html_(), equilibria[0]._repr_html_()):
        assert "<script>" not in html
        assert "<b>" not in html
        assert "&lt;b&gt;" in html
        assert "B | b" in html


def test_values_compare_and_hash_by_value() -> None:
    first, again = nash_equilibria(STAG_HUNT), nash_equilibria(STAG_HUNT)
    assert first == again
    assert hash(first) == hash(again)
    assert first[1] == again[1]
    assert hash(first[1]) == hash(again[1])
    assert first[0] != first[1]
    assert first != nash_equilibria(HOSTILE)
    assert first[0] in first


def test_pickles_stay_read_only() -> None:
    equilibria = pickle.loads(pickle.dumps(nash_equilibria(STAG_HUNT)))  # noqa: S301 - our own bytes
    assert equilibria == nash_equilibria(STAG_HUNT)
    for array in (*equilibria[0].profile, *equilibria.extreme_strategies[0], *equilibria[0].exact_profile):
        assert not array.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        equilibria[0].profile[0][0] = 2


def test_a_profile_is_copied_in() -> None:
    table = np.full((2, 2), Fraction(1, 4), dtype=object)
    e = Equilibrium(
        concept="correlated",
        game=STAG_HUNT,
        profile=table,
        exact_profile=table,
        payoffs=(1, 1),
        certificate=None,
        method="",
    )
    table[0, 0] = Fraction(9)
    assert e.profile[0, 0] == Fraction(1, 4)


def test_json_is_plain_and_its_certificates_verify() -> None:
    equilibria = nash_equilibria(NormalFormGame.from_bimatrix([[0.5, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 0.25]]))
    data = json.loads(json.dumps(equilibria.to_dict(), allow_nan=False))
    assert data["completeness"] == "certified"
    assert data["equilibria"][1]["exact_profile"] == [["1/5", "4/5"], ["2/3", "1/3"]]
    assert data["equilibria"][1]["profile"][0] == [0.2, 0.8]
    assert read_certificate(data["certificate"]).verify()
    assert all(read_certificate(e["certificate"]).verify() for e in data["equilibria"])


def test_tables() -> None:
    pytest.importorskip("pandas")
    frame = nash_equilibria(STAG_HUNT).to_frame()
    assert list(frame["component"]) == [0, 1, 2]
    assert frame["Player 1: stag"][1] == Fraction(3, 4)
    assert list(frame["Player 2: payoff"]) == [4, 3, 3]
    assert len(correlated().to_frame()) == 2
    assert list(pure_nash_equilibria(STAG_HUNT)[1].to_frame()["action"]) == ["hare", "hare"]


def test_certified_completeness_needs_a_certificate() -> None:
    with pytest.raises(SpecificationError, match="numerical"):
        EquilibriumSet(game=STAG_HUNT, concept="Nash", equilibria=(), components=(), completeness="certified")


def test_long_fractions_are_shown_rounded_and_said_to_be() -> None:
    game = NormalFormGame.zero_sum([[Fraction(10**30 + 7, 3), 0], [0, Fraction(10**29, 7)]])
    assert "about 0.0" in repr(nash_equilibria(game)[0])
