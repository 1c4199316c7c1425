"""Automata as values, and the strategies of the literature against their definitions on every short history."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from fractions import Fraction as F
from itertools import product
from typing import Any

import pytest

from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.repeated import (
    Automaton,
    always,
    always_cooperate,
    always_defect,
    bully,
    contrite_tit_for_tat,
    cycle,
    extortion,
    generous_tit_for_tat,
    grim_trigger,
    limited_punishment,
    memory_one,
    simple_strategy_profile,
    stick_and_carrot,
    suspicious_tit_for_tat,
    tit_for_tat,
    tit_for_two_tats,
    trigger,
    two_tits_for_tat,
    win_stay_lose_shift,
    zero_determinant,
)

DILEMMA = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
COMMONS = NormalFormGame.from_function(lambda *a: [1 - x + F(3, 5) * sum(a) for x in a], (2, 2, 2))
"""Public goods of three players whose second action contributes."""

Profile = tuple[int, ...]
History = tuple[Profile, ...]


def others(i: int, seen: Profile) -> list[int]:
    return [a for j, a in enumerate(seen) if j != i]


def limited(periods: int) -> Callable[[int, History], int]:
    def rule(i: int, history: History) -> int:
        left = 0
        for seen in history:
            left = left - 1 if left else periods * any(seen)
        return int(left > 0)

    return rule


def contrite(i: int, history: History) -> int:
    good = [True, True]
    for seen in history:
        good = [not seen[j] or (good[j] and not good[1 - j]) for j in (0, 1)]
    return int(good[i] and not good[1 - i])


def two_tits(i: int, history: History) -> int:
    return int(any(any(others(i, seen)) for seen in history[-2:]))


RULES: dict[str, tuple[Callable[..., Automaton], Callable[[int, History], int]]] = {
    "cooperate": (always_cooperate, lambda i, h: 0),
    "defect": (always_defect, lambda i, h: 1),
    "grim": (grim_trigger, lambda i, h: int(any(map(any, h)))),
    "grudger": (
        lambda g, i: grim_trigger(g, i, watched="others"),
        lambda i, h: int(any(any(others(i, seen)) for seen in h)),
    ),
    "tit for tat": (tit_for_tat, lambda i, h: int(bool(h) and any(others(i, h[-1])))),
    "suspicious": (suspicious_tit_for_tat, lambda i, h: int(not h or any(others(i, h[-1])))),
    "bully": (bully, lambda i, h: int(not h or not any(others(i, h[-1])))),
    "two tats": (tit_for_two_tats, lambda i, h: int(len(h) > 1 and all(any(others(i, seen)) for seen in h[-2:]))),
    "two tits": (two_tits_for_tat, two_tits),
    "win-stay": (win_stay_lose_shift, lambda i, h: int(bool(h) and 0 < sum(h[-1]) < len(h[-1]))),
    "limited": (lambda g, i: limited_punishment(g, i, 2), limited(2)),
    "cycle": (lambda g, i: cycle(g, i, [0, 1, 1]), lambda i, h: (0, 1, 1)[len(h) % 3]),
    "contrite": (contrite_tit_for_tat, contrite),
}


def played(automaton: Automaton, sizes: Profile, history: History) -> tuple[F, ...]:
    """What the automaton does after a history of action profiles."""
    state = automaton.initial
    for seen in history:
        place = 0
        for a, m in zip(seen, sizes, strict=True):
            place = place * m + a
        state = automaton.transitions[state][place]
    return automaton.outputs[state][0]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("game", [DILEMMA, COMMONS], ids=["dilemma", "three players"])
def test_strategies_do_what_they_are_defined_to(rule: str, game: NormalFormGame) -> None:
    make, wanted = RULES[rule]
    if rule == "contrite" and game is COMMONS:
        pytest.skip("two players only")
    profiles = list(product(*map(range, game.num_actions)))
    for i in range(game.num_players):
        automaton = make(game, i)
        assert automaton.player == i
        for length in range(5 if game is DILEMMA else 4):
            for history in product(profiles, repeat=length):
                assert played(automaton, game.num_actions, history)[wanted(i, history)] == 1


def test_actions_are_named() -> None:
    """In the commons the second action cooperates; of three actions any but cooperation counts as defection."""
    assert played(tit_for_tat(COMMONS, 2, cooperate=1, defect=0), (2, 2, 2), ((1, 1, 0),)) == (0, 1)
    three = NormalFormGame.from_function(lambda a, b: (a, b), (3, 3))
    assert played(tit_for_tat(three, 0, cooperate="1", defect="3"), (3, 3), ((0, 1),)) == (0, 0, 1)
    with pytest.raises(SpecificationError, match="the actions are 'C', 'D'"):
        tit_for_tat(DILEMMA, 0, cooperate="cooperate")


def test_mixing_strategies() -> None:
    generous = generous_tit_for_tat(DILEMMA, 1, "1/3")
    assert played(generous, (2, 2), ()) == (1, 0)
    assert played(generous, (2, 2), ((1, 0),)) == (F(1, 3), F(2, 3))
    chances = (F(1, 2), F(1, 3), F(1, 4), F(1, 5))
    for i in (0, 1):
        one = memory_one(DILEMMA, i, chances, first="1/7")
        assert played(one, (2, 2), ())[0] == F(1, 7)
        for seen in product((0, 1), repeat=2):
            assert played(one, (2, 2), ((0, 0), seen))[0] == chances[2 * seen[i] + seen[1 - i]]
    assert always(DILEMMA, 0, [0.5, 0.5]).outputs[0][0] == (F(1, 2), F(1, 2))
    assert not generous.is_pure
    assert tit_for_tat(DILEMMA, 0).is_pure


def test_zero_determinant_strategies_of_press_and_dyson() -> None:
    """The examples of the paper: χ = 3 gives (11/13, 1/2, 7/26, 0); equalisers do not depend on one's own payoffs."""
    states = ("after CC", "after CD", "after DC", "after DD")

    def chances(automaton: Automaton) -> list[F]:
        return [automaton.outputs[automaton.states.index(s)][0][0] for s in states]

    assert chances(extortion(DILEMMA, 0, 3)) == [F(11, 13), F(1, 2), F(7, 26), 0]
    assert chances(extortion(DILEMMA, 0, 1, share=1)) == [1, 0, 1, 0]  # tit for tat is the fair one
    assert chances(extortion(DILEMMA, 1, 3)) == chances(extortion(DILEMMA, 0, 3))
    with pytest.raises(InfeasibleError, match="no memory-one strategy"):
        extortion(DILEMMA, 0, 2, baseline=4)
    with pytest.raises(InfeasibleError, match="scale own"):
        zero_determinant(DILEMMA, 0, own=1, other=-3, constant=2)
    with pytest.raises(UnsupportedError, match="two players with two actions"):
        extortion(COMMONS, 0, 2)


def test_profiles_of_strategies() -> None:
    forever = trigger(DILEMMA, ("C", "C"), ("D", "D"))
    assert forever.transitions == ((0, 1, 1, 1), (1,) * 4)
    short = trigger(DILEMMA, (0, 0), (1, 1), periods=2)
    assert short.transitions == ((0, 1, 1, 1), (2,) * 4, (0,) * 4)
    again = trigger(DILEMMA, (0, 0), (1, 1), periods=2, restart=True)
    assert again.transitions == ((0, 1, 1, 1), (1, 1, 1, 2), (1, 1, 1, 0))
    mixed = trigger(DILEMMA, (0, 0), (["1/2", "1/2"], 1), periods=1, restart=True)
    assert mixed.transitions[1] == (1, 0, 1, 0)
    assert stick_and_carrot(DILEMMA, (0, 0), (1, 1)).states == ("carrot", "stick")
    # unilateral deviations start the deviator's punishment, joint ones are ignored
    code = simple_strategy_profile(DILEMMA, ([(0, 1)], [(0, 0)]), [([], [(1, 1)]), ([(1, 0)], [(1, 1), (0, 0)])])
    assert code.states[:2] == ("path, step 1", "path, step 2")
    assert code.transitions[0] == (3, 1, 1, 2)  # (0,1) is meant: (0,0) by player 2, (1,1) by player 1, (1,0) by both
    assert [code.plays(k) for k in range(2, 6)] == ["D, D", "D, C", "D, D", "C, C"]
    assert code.transitions[5] == (4, 3, 2, 4)


AUTOMATA: list[Callable[[], Automaton]] = [
    lambda: tit_for_tat(DILEMMA, 0),
    lambda: generous_tit_for_tat(DILEMMA, 1, "1/3"),
    lambda: trigger(DILEMMA, (0, 0), (1, 1), periods=3),
    lambda: Automaton.of(
        DILEMMA,
        None,
        {"on": (0, 0)},
        lambda s, y: s,
        monitoring=Monitoring.alarm(DILEMMA, (0, 0), detection_rate=1, false_alarm_rate=0),
    ),
]


@pytest.mark.parametrize("make", AUTOMATA)
def test_automata_are_values(make: Callable[[], Automaton]) -> None:
    automaton = make()
    assert automaton == make()
    assert hash(automaton) == hash(make())
    assert automaton != always_defect(DILEMMA, 0)
    assert pickle.loads(pickle.dumps(automaton)) == automaton  # noqa: S301  # our own bytes
    written = json.loads(json.dumps(automaton.to_dict(), allow_nan=False))
    assert Automaton.from_dict(written) == automaton
    assert Automaton.from_dict(written).name == automaton.name
    assert "\n" not in repr(automaton)
    frame = automaton.to_frame()
    assert list(frame["state"]) == list(automaton.states)
    graph = automaton.to_networkx()
    assert graph.number_of_nodes() == automaton.num_states
    assert graph.number_of_edges() == automaton.num_states * len(automaton.observations)


def test_labels_are_escaped() -> None:
    game = NormalFormGame.from_bimatrix([[1, 2]], [[1, 2]], actions=[["<b>"], ["<i>", "x"]])
    shown = Automaton.of(game, 0, {"<script>": 0}, lambda s, _: s, name="<u>")._repr_html_()
    assert not [tag for tag in ("<b>", "<i>", "<script>", "<u>") if tag in shown]


def test_transitions_may_be_a_table() -> None:
    table = {
        "a": {("C", "C"): "a", (0, 1): "b", ("D", "C"): "b", (1, 1): "b"},
        "b": dict.fromkeys(product((0, 1), repeat=2), "b"),
    }
    assert Automaton.of(DILEMMA, 0, {"a": 0, "b": 1}, table) == grim_like()
    del table["b"][1, 1]
    with pytest.raises(SpecificationError, match="nothing is said about the observation"):
        Automaton.of(DILEMMA, 0, {"a": 0, "b": 1}, table)


def grim_like() -> Automaton:
    return Automaton.of(DILEMMA, 0, {"a": 0, "b": 1}, lambda s, y: "a" if s == "a" and y == (0, 0) else "b")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Automaton.of(DILEMMA, 0, {}, lambda s, y: s), "found no state"),
        (lambda: Automaton.of(DILEMMA, 2, {"a": 0}, lambda s, y: s), "indices run from 0 to 1"),
        (lambda: Automaton.of(DILEMMA, 0, {"a": 2}, lambda s, y: s), r"outputs\['a'\]"),
        (lambda: Automaton.of(DILEMMA, 0, {"a": ["1/2", "1/3"]}, lambda s, y: s), "sum to 5/6"),
        (lambda: Automaton.of(DILEMMA, 0, {"a": [float("nan"), 1]}, lambda s, y: s), r"outputs\['a'\]"),
        (lambda: Automaton.of(DILEMMA, 0, {"a": True}, lambda s, y: s), r"outputs\['a'\]"),
        (lambda: Automaton.of(DILEMMA, None, {"a": 0}, lambda s, y: s), r"outputs\['a'\]"),
        (lambda: Automaton.of(DILEMMA, 0, {"a": 0}, lambda s, y: "b"), "the states are 'a'"),
        (lambda: Automaton.of(DILEMMA, 0, {"a": 0}, lambda s, y: s, initial="b"), "initial"),
        (
            lambda: Automaton.of(DILEMMA, 0, {"a": 0}, lambda s, y: s, monitoring=Monitoring.perfect((3, 2))),
            "signals of",
        ),
        (lambda: grim_trigger(DILEMMA, 0, watched="me"), "'all' or 'others'"),
        (lambda: limited_punishment(DILEMMA, 0, 0), "whole number ≥ 1"),
        (lambda: trigger(DILEMMA, (0, 0), (1, 1), periods=True), "whole number ≥ 1"),
        (lambda: generous_tit_for_tat(DILEMMA, 0, "3/2"), "probability between 0 and 1"),
        (lambda: memory_one(DILEMMA, 0, (1, 0, 1)), "p_CC"),
        (lambda: cycle(DILEMMA, 0, []), "one action or more"),
        (lambda: simple_strategy_profile(DILEMMA, ([], [(0, 0)]), []), "write 2"),
        (lambda: simple_strategy_profile(DILEMMA, ([(0, 0)], []), [([], [(1, 1)])] * 2), "path: write a pair"),
        (lambda: Automaton((("C",),), 0, ("a",), 0, (((F(1, 2),),),), ((0,),)), "sum to 1"),
        (lambda: Automaton((("C",),), 0, ("a",), 1, (((F(1),),),), ((0,),)), "initial: found 1"),
        (lambda: Automaton((("C",),), 0, ("a",), 0, (((F(1),),),), ((0, 0),)), "for each of 1 observations"),
    ],
)
def test_malformed_automata_are_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        call()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("player", True),
        ("player", 7),
        ("initial", "0"),
        ("states", "ab"),
        ("states", ["a"]),
        ("outputs", [[[0.5, 0.5]], [["0", "1"]]]),
        ("outputs", [1, 2]),
        ("transitions", [[0, 0, 0, 9], [0, 0, 0, 0]]),
        ("transitions", [[0, 0, 0, True], [0, 0, 0, 0]]),
        ("signals", ["quiet"]),
        ("signals", "quiet"),
        ("name", 3),
        ("more", 3),
    ],
)
def test_malformed_data_are_refused(key: str, value: Any) -> None:
    data = tit_for_tat(DILEMMA, 0).to_dict()
    data[key] = value
    with pytest.raises(SpecificationError):
        Automaton.from_dict(data)
