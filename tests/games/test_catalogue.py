"""Named games against published tables, closed forms and independently computed numbers."""

from __future__ import annotations

import inspect
import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from paper_games import PAPER_GAMES

from gametheory.errors import SpecificationError
from gametheory.games import catalogue
from gametheory.games.catalogue import game_by_name, named_games
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import regrets


def pure_nash(game: NormalFormGame) -> list[tuple[int, ...]]:
    """By the definition."""
    payoffs = game.numerators
    result = []
    for a in itertools.product(*map(range, game.num_actions)):
        if all(
            payoffs[(i, *a)] >= payoffs[(i, *a[:i], slice(None), *a[i + 1 :])].max() for i in range(game.num_players)
        ):
            result.append(a)
    return result


SAME = {
    "prisoners_dilemma": catalogue.prisoners_dilemma(temptation=10, reward=9, punishment=3, sucker=1),
    "stag_hunt": catalogue.stag_hunt(),
    "chicken": catalogue.chicken(),
    "battle_of_the_sexes": catalogue.battle_of_the_sexes(),
    "matching_pennies": catalogue.matching_pennies(),
    "rock_paper_scissors": catalogue.rock_paper_scissors(),
    "shapley": catalogue.shapley_game(),
    "commitment": catalogue.commitment_game(),
    "bernheim_peleg_whinston": catalogue.bernheim_peleg_whinston(),
    "halpern_coordination_3": catalogue.halpern_coordination(),
    "halpern_coordination_4": catalogue.halpern_coordination(num_players=4),
    "halpern_bargaining_3": catalogue.halpern_bargaining(),
    "halpern_bargaining_4": catalogue.halpern_bargaining(num_players=4),
    "cyclic_partnership": catalogue.cyclic_partnership(),
    "overseer_toy": catalogue.overseer_toy(),
}


@pytest.mark.parametrize("name", sorted(PAPER_GAMES))
def test_catalogue_has_the_published_payoffs(name: str) -> None:
    assert SAME[name].digest() == PAPER_GAMES[name].game.digest()


def test_there_are_at_least_twenty_named_games_each_with_source_and_example() -> None:
    games = named_games()
    assert len(games) >= 20
    assert set(games) == {name.replace("_", "-") for name in catalogue.__all__} - {
        "game-by-name",
        "named-games",
        "logit-prices",
    }
    for name, make in games.items():
        document = inspect.getdoc(make) or ""
        assert "References\n" in document, name
        assert ">>> " in document, name
        assert all(p.kind is p.KEYWORD_ONLY for p in inspect.signature(make).parameters.values()), name
        game = game_by_name(name)
        assert game == make()
        assert game.title, name
        assert game.arithmetic == ("float" if name == "bertrand-logit" else "exact"), name


@pytest.mark.parametrize(
    "name", ["prisoners-dilemma", "Prisoner's dilemma", "prisoners_dilemma", " PRISONER’S  Dilemma "]
)
def test_names_are_read_generously(name: str) -> None:
    assert game_by_name(name) == catalogue.prisoners_dilemma()


def test_unknown_names_and_parameters_are_answered_with_the_nearest() -> None:
    with pytest.raises(SpecificationError, match=r"found 'prisoner-dilema'.*did you mean prisoners-dilemma"):
        game_by_name("prisoner-dilema")
    with pytest.raises(SpecificationError, match="there are battle-of-the-sexes, beauty-contest"):
        game_by_name("zzzz")
    with pytest.raises(
        SpecificationError, match=r"prisoners-dilemma: found the parameter 'temptatoin'.*mean temptation"
    ):
        game_by_name("prisoners-dilemma", temptatoin=3)
    with pytest.raises(SpecificationError, match="it has none"):
        game_by_name("shapley-game", weights=3)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("prisoners-dilemma", {"temptation": 3}, "needs temptation > reward > punishment > sucker"),
        ("prisoners-dilemma", {"temptation": "1/0"}, "temptation: found '1/0'"),
        ("prisoners-dilemma", {"temptation": True}, "truth value"),
        ("prisoners-dilemma", {"temptation": float("nan")}, "temptation: found nan"),
        ("prisoners-dilemma", {"temptation": 5.5, "reward": "10/3"}, "reward: found the exact number 10/3"),
        ("stag-hunt", {"hare_alone": 5}, "stag > hare_alone"),
        ("stag-hunt", {"hare_alone": 2}, "hare_alone ≥ hare"),
        ("chicken", {"crash": 3}, "lone_yield=2 and crash=3"),
        ("hawk-dove", {"value": 0}, "value: found 0; hawk and dove needs value > 0"),
        ("entry-deterrence", {"fight": 1}, "0 > fight"),
        ("inspection-game", {"cost": 5}, "harm > cost"),
        ("public-goods", {"marginal_return": "1/4"}, "1 > marginal_return > 1/num_players"),
        ("public-goods", {"num_players": 1}, "num_players: found 1; write a whole number ≥ 2"),
        ("public-goods", {"num_players": 2.5}, "num_players: found 2.5"),
        ("el-farol", {"capacity": 5}, "capacity: found 5 for 5 players"),
        ("minority-game", {"num_players": 4}, "odd"),
        ("beauty-contest", {"fraction": "3/2"}, "1 > fraction"),
        ("travelers-dilemma", {"highest": 2}, "highest: found 2"),
        ("travelers-dilemma", {"reward": 1}, "reward > 1"),
        ("diagonal-matching", {"weights": ()}, "weights: found none"),
        ("diagonal-matching", {"weights": (1, -1)}, r"weights\[1\]: found -1"),
        ("cournot", {"quantities": ()}, "quantities: found none"),
        ("cournot", {"quantities": (0, -1)}, r"quantities\[1\] ≥ 0"),
        ("cournot", {"quantities": (1, 1)}, "found '1' twice"),
        ("cournot", {"cost": 12}, "intercept > cost"),
        ("bertrand-linear", {"slope": 0}, "slope: found 0"),
        ("bertrand-differentiated", {"substitution": 2}, "slope > substitution"),
        ("bertrand-logit", {"differentiation": 0.0}, "differentiation: found 0.0"),
        ("bertrand-logit", {"num_firms": 12}, "payoff table would need"),
        ("threshold-attack", {"threshold": 6}, "threshold: found 6 for 5 agents"),
        ("threshold-attack", {"deposit": (1, 2)}, "deposit: found 2 numbers"),
        ("colonel-blotto", {"troops": -1}, "troops: found -1"),
        ("colonel-blotto", {"troops": 1000, "num_fields": 8}, "placements of Colonel Blotto would need"),
    ],
)
def test_parameters_that_make_another_game_are_refused(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        game_by_name(name, **parameters)


def test_arithmetic_of_parameters() -> None:
    assert catalogue.prisoners_dilemma(temptation="11/2").arithmetic == "exact"
    assert catalogue.prisoners_dilemma(temptation=5.5).arithmetic == "float"
    assert catalogue.public_goods(marginal_return=0.5).arithmetic == "float"
    sympy = pytest.importorskip("sympy")
    t = sympy.Symbol("T", positive=True)
    game = catalogue.prisoners_dilemma(temptation=t)
    assert game.arithmetic == "symbolic"
    assert game.payoff("defect", "cooperate") == (t, 0)
    assert catalogue.public_goods(marginal_return=t).arithmetic == "symbolic"
    assert catalogue.threshold_attack(gain=t, deposit=t).arithmetic == "symbolic"
    with pytest.raises(SpecificationError, match="which of several numbers is larger"):
        catalogue.cournot(intercept=t)
    with pytest.raises(SpecificationError, match="beside the expression"):
        catalogue.prisoners_dilemma(temptation=t, reward=3.5)


def test_mixed_equilibria_of_the_docstrings() -> None:
    hawk = catalogue.hawk_dove(value=2, cost=5)
    assert max(regrets(hawk, [["2/5", "3/5"]] * 2)) == 0
    inspection = catalogue.inspection_game(gain=2, fine=3, cost=1, harm=4)
    assert max(regrets(inspection, [["3/4", "1/4"], ["2/5", "3/5"]])) == 0
    # With benefit = 4, cost = 1 and three players each abstains with probability (1/4)^(1/2) = 1/2.
    volunteers = catalogue.volunteers_dilemma(benefit=4, cost=1)
    assert max(regrets(volunteers, [["1/2", "1/2"]] * 3)) == 0
    scissors = catalogue.rock_paper_scissors(win=3, tie=1, loss=-7)
    assert max(regrets(scissors, [["1/3", "1/3", "1/3"]] * 2)) == 0
    assert max(regrets(catalogue.minority_game(), [["1/2", "1/2"]] * 3)) == 0


def test_pure_equilibria_of_the_docstrings() -> None:
    assert pure_nash(catalogue.public_goods(num_players=4)) == [(0, 0, 0, 0)]
    assert pure_nash(catalogue.public_goods(num_levels=4)) == [(0, 0, 0)]
    assert pure_nash(catalogue.deadlock()) == [(1, 1)]
    assert pure_nash(catalogue.entry_deterrence()) == [(0, 0), (1, 1)]
    assert pure_nash(catalogue.travelers_dilemma()) == [(0, 0)]
    assert pure_nash(catalogue.minimum_effort()) == [(k, k, k) for k in range(7)]
    assert pure_nash(catalogue.coordination_game(num_players=3, weights=(1, 2, 3))) == [
        # two apart already earn nothing alone, so every profile without a majority is stable too
        a
        for a in itertools.product(range(3), repeat=3)
        if len(set(a)) != 2
    ]
    assert all(a.count(0) == 3 for a in pure_nash(catalogue.el_farol()))
    assert len(pure_nash(catalogue.el_farol())) == 10
    assert pure_nash(catalogue.tragedy_of_the_commons()).count((3, 3, 3)) == 1
    assert pure_nash(catalogue.beauty_contest(num_players=3, highest=6)).count((0, 0, 0)) == 1
    assert pure_nash(catalogue.volunteers_dilemma()) == [(0, 1, 1), (1, 0, 1), (1, 1, 0)]


def test_cournot_and_bertrand_closed_forms() -> None:
    for n in (1, 2, 3):
        q = Fraction(12, n + 1)
        game = catalogue.cournot(num_firms=n, quantities=sorted({q, Fraction(12, 2 * n), 0, q + 1, q - 1}))
        labels = (str(q),) * n
        assert max(regrets(game, labels)) == 0
        assert game.payoff(*labels)[0] == q * q
        assert sum(game.payoff(*(str(Fraction(12, 2 * n)),) * n)) == 36
    assert pure_nash(catalogue.bertrand_linear()) == [(2, 2), (3, 3)]
    fine = catalogue.bertrand_differentiated(prices=[Fraction(k, 4) for k in range(12, 40)])
    assert [fine.action_labels(a) for a in pure_nash(fine)] == [("6", "6")]
    joint = [sum(fine.payoff(k, k)) for k in range(28)]
    assert fine.actions[0][int(np.argmax([float(x) for x in joint]))] == "15/2"
    # The floor of the price matters: three firms that flood the market earn nothing, but lose nothing either.
    assert max(regrets(catalogue.cournot(num_firms=3), ("6", "6", "6"))) == 0


def test_calvano_baseline() -> None:
    nash, cartel = catalogue.logit_prices()
    assert nash == pytest.approx(1.47292666003062, abs=1e-13)
    assert cartel == pytest.approx(1.92498091901776, abs=1e-13)
    game = catalogue.bertrand_logit()
    prices = [float(p) for p in game.actions[0]]
    assert prices[0] == pytest.approx(1.427721234132, abs=1e-7)
    assert prices[-1] == pytest.approx(1.970186344916, abs=1e-7)
    assert pure_nash(game) == [(1, 1), (2, 2)]
    payoffs = game.float_payoffs()
    nash_profit, cartel_profit = 0.222926660030623, 0.337490459508881
    # At the two prices themselves the profits are p - c - mu and (p - c - mu) / 2.
    assert nash - 1.25 == pytest.approx(nash_profit, abs=1e-12)
    assert (cartel - 1.25) / 2 == pytest.approx(cartel_profit, abs=1e-12)
    gains = [(payoffs[0, k, k] - nash_profit) / (cartel_profit - nash_profit) for k in range(15)]
    assert gains[1] == pytest.approx(-0.023765, abs=1e-6)
    assert gains[2] == pytest.approx(0.116579, abs=1e-6)
    assert int(np.argmax(gains)) == 13
    assert gains[13] == pytest.approx(0.999734, abs=1e-6)
    three = catalogue.bertrand_logit(num_firms=3, num_prices=5)
    assert three.float_payoffs()[0] == pytest.approx(np.swapaxes(three.float_payoffs()[1], 0, 1))
    extreme = catalogue.bertrand_logit(differentiation=0.001, num_prices=3)
    assert np.isfinite(extreme.float_payoffs()).all()


@pytest.mark.parametrize(
    ("troops", "enemy", "fields", "value"),
    [(3, 2, 3, "1/3"), (4, 3, 3, "2/9"), (5, 4, 3, "1/6"), (6, 4, 3, "1/3"), (5, 5, 3, "0"), (4, 2, 4, "1/2")],
)
def test_values_of_colonel_blotto(troops: int, enemy: int, fields: int, value: str) -> None:
    linprog = pytest.importorskip("scipy.optimize").linprog
    game = catalogue.colonel_blotto(troops=troops, enemy_troops=enemy, num_fields=fields)
    A = game.float_payoffs()[0]
    rows, columns = A.shape
    result = linprog(
        np.r_[np.zeros(rows), -1.0],
        A_ub=np.c_[-A.T, np.ones(columns)],
        b_ub=np.zeros(columns),
        A_eq=[np.r_[np.ones(rows), 0.0]],
        b_eq=[1],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    assert -result.fun == pytest.approx(float(Fraction(value)), abs=1e-9)
    assert not (game.numerators[0] + game.numerators[1]).any()


def test_diagonal_matching_is_a_team_game() -> None:
    game = catalogue.diagonal_matching(team_size=3, weights=(1, 2, "7/2"))
    payoffs = game.payoffs
    assert game.players == ("Member 1", "Member 2", "Member 3", "Adversary")
    for i in range(3):
        assert bool(np.all(payoffs[i] == -payoffs[3]))
    assert int((payoffs[0] != 0).sum()) == 3
    assert payoffs[0, 2, 2, 2, 2] == Fraction(7, 2)


def test_threshold_attack_pays_a_coalition_of_the_threshold() -> None:
    """With n = 5, m = 3, G = 12, q = 2/5 a deposit of 10 each makes the smallest attack worth nothing to each."""
    for deposit, profitable in ((0, True), (9, True), (10, False)):
        game = catalogue.threshold_attack(detection_rate="2/5", deposit=deposit)
        assert max(regrets(game, (0,) * 5)) == 0
        assert (min(game.payoff(1, 1, 1, 0, 0)[:3]) > 0) == profitable
    some = catalogue.threshold_attack(detection_rate="2/5", deposit=(10, 10, 10, 0, 0))
    assert some.payoff(1, 0, 0, 1, 1) == (0, 0, 0, 4, 4)
    assert catalogue.threshold_attack().payoff(1, 1, 0, 0, 0) == (0, 0, 0, 0, 0)
