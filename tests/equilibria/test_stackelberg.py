"""Commitment: published numbers, theorems, and every face of small arrangements."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import random
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from oracles.stackelberg import arrangement_vertices, strong_value, weak_value
from oracles.stackelberg import leader_payoff as payoff_after
from paper_games import PAPER_GAMES

from gametheory.certificates import DualityCertificate
from gametheory.equilibria import (
    StackelbergEquilibrium,
    commitment_payoff,
    correlated_regret,
    is_stackelberg_equilibrium,
    nash_equilibria,
    stackelberg_equilibrium,
    stackelberg_regret,
)
from gametheory.equilibria.commitment_cells import stackelberg_interior_programme, stackelberg_programme
from gametheory.equilibria.correlated import correlated_equilibrium_programme
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

CANONICAL = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]])
BUILDERS = {
    "stackelberg": stackelberg_programme,
    "stackelberg_interior": stackelberg_interior_programme,
    "correlated_equilibrium": correlated_equilibrium_programme,
}

# One leader, two followers, three actions each: a random integer instance, payoffs [leader][follower 1][follower 2].
# 5 and 50/13 by the linear programme of each reply, 7.6135… by the programme of correlated commitment in two solvers.
LEADER = [[[1, 4, 2], [8, 3, 5], [0, 4, 1]], [[2, 1, 8], [8, 6, 5], [2, 5, 1]], [[4, 1, 1], [9, 4, 4], [4, 8, 4]]]
FIRST = [[[8, 2, 2], [2, 0, 0], [1, 3, 7]], [[3, 0, 4], [5, 0, 1], [9, 7, 6]], [[4, 2, 5], [7, 2, 4], [4, 6, 0]]]
SECOND = [[[6, 8, 0], [9, 6, 7], [3, 4, 7]], [[8, 5, 0], [5, 6, 2], [7, 7, 3]], [[2, 8, 6], [0, 2, 6], [6, 3, 9]]]
THREE = NormalFormGame([LEADER, FIRST, SECOND])


def checked(found: StackelbergEquilibrium) -> StackelbergEquilibrium:
    """Every certificate verifies, and its programme is the one rebuilt from the game."""
    for certificate in (found.certificate, *found.exclusions):
        assert isinstance(certificate, DualityCertificate)
        assert certificate.verify(found.game)
        programme = certificate.programme
        assert certificate.verify_against(BUILDERS[programme.name](found.game, **programme.arguments))
    assert found.verify()
    assert found.certificate.value == found.exact_value  # type: ignore[attr-defined]
    assert all(certificate.value <= 0 for certificate in found.exclusions)  # type: ignore[attr-defined]
    return found


def random_matrices(rng: random.Random, rows: int, columns: int, low: int, high: int) -> tuple[list, list]:
    A, B = ([[rng.randint(low, high) for _ in range(columns)] for _ in range(rows)] for _ in range(2))
    return A, B


def repeat_column(rng: random.Random, B: list[list[int]]) -> list[list[int]]:
    """The matrix with one column overwritten by another: two replies between which the follower never chooses."""
    first, second = rng.sample(range(len(B[0])), 2)
    return [[row[first] if j == second else u for j, u in enumerate(row)] for row in B]


# -- published numbers ---------------------------------------------------------------------------------------------------


def test_the_canonical_game() -> None:
    """After von Stengel and Zamir (2010): equilibrium 1, pure commitment 2, mixed commitment 5/2 at 1/2."""
    found = checked(stackelberg_equilibrium(CANONICAL))
    assert [e.payoffs[0] for e in nash_equilibria(CANONICAL)] == [1]
    assert max(commitment_payoff(CANONICAL, pure) for pure in (0, 1)) == 2
    assert found.value == Fraction(5, 2)
    assert found.commitment.tolist() == [Fraction(1, 2)] * 2
    assert found.reply == {"Player 2": "2"}
    assert found.attained
    weak = checked(stackelberg_equilibrium(CANONICAL, ties="weak", epsilon="1/100"))
    assert (weak.value, weak.attained, weak.shortfall) == (Fraction(5, 2), False, Fraction(1, 100))


def test_the_example_of_dobss() -> None:
    """Paruchuri et al. (2008), table 1: equilibrium 2, 3.5 by an even commitment, 11/3 at 2/3."""
    game = NormalFormGame.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 2]])
    assert max(e.payoffs[0] for e in nash_equilibria(game)) == 2
    assert commitment_payoff(game, ["1/2", "1/2"]) == Fraction(7, 2)
    found = checked(stackelberg_equilibrium(game))
    assert found.value == Fraction(11, 3)
    assert found.commitment.tolist() == [Fraction(2, 3), Fraction(1, 3)]


@pytest.mark.parametrize(
    ("followers", "value"), [("independent", 5), ("correlated", 7.613519317638664), ("coalition", Fraction(50, 13))]
)
def test_two_followers_in_three_ways(followers: str, value: Fraction) -> None:
    found = checked(stackelberg_equilibrium(THREE, followers=followers))  # type: ignore[arg-type]
    if isinstance(value, float):
        assert float(found.exact_value) == pytest.approx(value, abs=1e-12)
    else:
        assert found.exact_value == value
    assert found.payoffs[0] == found.exact_value
    assert found.shortfall == 0


@pytest.mark.parametrize("name", [n for n, g in PAPER_GAMES.items() if g.strong_stackelberg is not None])
def test_published_values(name: str) -> None:
    paper = PAPER_GAMES[name]
    assert checked(stackelberg_equilibrium(paper.game)).exact_value == paper.strong_stackelberg


# -- brute force ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (2, 3), (2, 4), (3, 2), (1, 3), (2, 1)])
@pytest.mark.parametrize("high", [1, 2, 20])
def test_both_values_against_every_face(rows: int, columns: int, high: int) -> None:
    rng = random.Random(f"{rows}{columns}{high}")
    for trial in range(8 if rows < 3 else 4):
        A, B = random_matrices(rng, rows, columns, 0, high)
        if columns > 1 and trial % 2:
            B = repeat_column(rng, B)
        compare_with_every_face(A, B)


@pytest.mark.slow
def test_both_values_against_every_face_of_triangles() -> None:
    rng = random.Random(23)
    for trial in range(30):
        A, B = random_matrices(rng, 3, 3, 0, rng.choice([1, 2, 9]))
        compare_with_every_face(A, repeat_column(rng, B) if trial % 3 == 0 else B)


def compare_with_every_face(A: list[list[int]], B: list[list[int]]) -> None:
    game = NormalFormGame.from_bimatrix(A, B)
    strong = checked(stackelberg_equilibrium(game))
    assert strong.exact_value == strong_value(A, B)
    assert payoff_after(tuple(strong.commitment), A, B, weak=False) == strong.exact_value
    epsilon = Fraction(1, 1000)
    weak = checked(stackelberg_equilibrium(game, ties="weak", epsilon=epsilon))
    assert (weak.exact_value, weak.attained) == weak_value(A, B)
    pessimistic = payoff_after(tuple(weak.commitment), A, B, weak=True)
    assert pessimistic == weak.payoffs[0] == weak.exact_value - weak.shortfall
    assert weak.shortfall == 0 if weak.attained else 0 < weak.shortfall <= epsilon
    assert weak.exact_value <= strong.exact_value


def test_the_payoff_after_a_commitment_on_a_grid() -> None:
    rng = random.Random(29)
    for _ in range(10):
        A, B = random_matrices(rng, 2, 3, 0, 3)
        game = NormalFormGame.from_bimatrix(A, B)
        for k in range(13):
            x = (Fraction(k, 12), 1 - Fraction(k, 12))
            for ties in ("strong", "weak"):
                expected = payoff_after(x, A, B, weak=ties == "weak")
                assert commitment_payoff(game, list(x), ties=ties) == expected


def pure_equilibria(game: NormalFormGame, x: Sequence[Fraction]) -> list[tuple[int, int]]:
    """Pure equilibria of the two followers' game after a commitment, from the definition."""

    def paid(j: int, k: int) -> tuple[Fraction, Fraction]:
        rows = [game.payoff(i, j, k) for i in range(len(x))]
        return sum(p * u[1] for p, u in zip(x, rows, strict=True)), sum(p * u[2] for p, u in zip(x, rows, strict=True))

    _, m, n = game.num_actions
    return [
        (j, k)
        for j, k in itertools.product(range(m), range(n))
        if paid(j, k)[0] == max(paid(b, k)[0] for b in range(m))
        and paid(j, k)[1] == max(paid(j, b)[1] for b in range(n))
    ]


@pytest.mark.parametrize("high", [1, 5])
def test_independent_followers_against_every_breakpoint(high: int) -> None:
    """With two leader actions the cells of pure equilibria are intervals, whose ends are indifferences of a follower."""
    rng = random.Random(high)
    for _ in range(15):
        game = NormalFormGame(np.array([rng.randint(0, high) for _ in range(36)]).reshape(3, 2, 3, 2))
        points = {Fraction(0), Fraction(1)}
        flat = game.payoffs.reshape(3, 2, -1)
        for f, a, b in itertools.product((1, 2), range(6), range(6)):
            left, right = flat[f, 0, a] - flat[f, 0, b], flat[f, 1, a] - flat[f, 1, b]
            if left != right and 0 <= right / (right - left) <= 1:
                points.add(right / (right - left))
        ordered = sorted(points)
        points |= {(a + b) / 2 for a, b in itertools.pairwise(ordered)}
        values = [
            x * game.payoff(0, j, k)[0] + (1 - x) * game.payoff(1, j, k)[0]
            for x in points
            for j, k in pure_equilibria(game, (x, 1 - x))
        ]
        if not values:
            with pytest.raises(InfeasibleError):
                stackelberg_equilibrium(game, followers="independent")
            continue
        found = checked(stackelberg_equilibrium(game, followers="independent"))
        assert found.exact_value == max(values)
        chosen = tuple(int(np.argmax(v)) for v in found.exact_profile[1:])
        assert chosen in pure_equilibria(game, list(found.commitment))
        # Recommendations include pure equilibria, so that they are worth at least as much.
        correlated = checked(stackelberg_equilibrium(game, followers="correlated"))
        assert correlated.exact_value >= found.exact_value


def test_followers_without_a_pure_equilibrium() -> None:
    pennies = [[1, -1], [-1, 1]]
    mirrored = [[-u for u in row] for row in pennies]
    game = NormalFormGame([[[[0, 1], [2, 3]]] * 2, [pennies] * 2, [mirrored] * 2])
    with pytest.raises(InfeasibleError, match="correlated"):
        stackelberg_equilibrium(game, followers="independent")
    with pytest.raises(InfeasibleError):
        commitment_payoff(game, 0, followers="independent")
    # The only correlated equilibrium of matching pennies is uniform.
    assert checked(stackelberg_equilibrium(game, followers="correlated")).value == Fraction(3, 2)


def test_a_coalition_is_one_follower_with_joint_actions() -> None:
    rng = random.Random(31)
    for _ in range(10):
        game = NormalFormGame(np.array([rng.randint(0, 3) for _ in range(36)]).reshape(3, 3, 2, 2))
        tables = game.payoffs.reshape(3, 3, 4)
        merged = NormalFormGame.from_bimatrix(tables[0].tolist(), (tables[1] + tables[2]).tolist())
        for ties in ("strong", "weak"):
            one = checked(stackelberg_equilibrium(game, followers="coalition", ties=ties))
            other = stackelberg_equilibrium(merged, ties=ties)
            assert (one.exact_value, one.attained) == (other.exact_value, other.attained)
            assert one.exact_value - one.shortfall == commitment_payoff(merged, list(one.commitment), ties=ties)


# -- theorems ------------------------------------------------------------------------------------------------------------


def test_commitment_is_worth_at_least_every_equilibrium_and_every_pure_commitment() -> None:
    """von Stengel and Zamir (2010): strong ≥ every Nash payoff; weak ≥ some Nash payoff; mixed ≥ pure commitment."""
    rng = random.Random(37)
    for _ in range(40):
        A, B = random_matrices(rng, rng.randint(2, 4), rng.randint(2, 4), 0, rng.choice([1, 3, 30]))
        game = NormalFormGame.from_bimatrix(A, B)
        strong, weak = stackelberg_equilibrium(game), stackelberg_equilibrium(game, ties="weak")
        nash = [e.payoffs[0] for e in nash_equilibria(game)]
        assert strong.exact_value >= max(nash)
        assert weak.exact_value >= min(nash)
        for pure, ties in itertools.product(range(len(A)), ("strong", "weak")):
            best = strong if ties == "strong" else weak
            assert commitment_payoff(game, pure, ties=ties) <= best.exact_value


def test_recommendations_add_nothing_for_one_follower() -> None:
    """Conitzer and Korzhyk (2011): commitment to correlated strategies is one linear programme."""
    rng = random.Random(41)
    for _ in range(25):
        A, B = random_matrices(rng, rng.randint(2, 5), rng.randint(2, 5), -9, 9)
        game = NormalFormGame.from_bimatrix(A, B)
        joint = checked(stackelberg_equilibrium(game, followers="correlated"))
        alone = checked(stackelberg_equilibrium(game))
        assert joint.exact_value == alone.exact_value
        assert checked(stackelberg_equilibrium(game, followers="coalition")).exact_value == alone.exact_value
        assert checked(stackelberg_equilibrium(game, followers="independent")).exact_value == alone.exact_value


def test_followers_obey_the_recommendations() -> None:
    found = stackelberg_equilibrium(THREE, followers="correlated")
    # Against a leader who cannot deviate the followers' regret is that of the game in which the leader does not care.
    indifferent = THREE.payoffs.copy()
    indifferent[0] = 0
    assert correlated_regret(NormalFormGame(indifferent.tolist()), found.exact_profile) == 0


def test_zero_sum_commitment_is_worth_the_value() -> None:
    rng = random.Random(43)
    for _ in range(10):
        A, _ = random_matrices(rng, 3, 3, -5, 5)
        game = NormalFormGame.zero_sum(A)
        value = nash_equilibria(game)[0].payoffs[0]
        for ties in ("strong", "weak"):
            found = stackelberg_equilibrium(game, ties=ties)
            assert found.exact_value == value
            assert found.attained


def test_affine_changes_and_names_of_players_do_not_matter() -> None:
    rng = random.Random(47)
    for _ in range(15):
        A, B = random_matrices(rng, 3, 3, 0, 3)
        game = NormalFormGame.from_bimatrix(A, B)
        changed = NormalFormGame.from_bimatrix(
            [[Fraction(3 * u, 2) - 7 for u in row] for row in A], [[5 * u + 11 for u in row] for row in B]
        )
        swapped = NormalFormGame.from_bimatrix(
            [list(column) for column in zip(*B, strict=True)], [list(column) for column in zip(*A, strict=True)]
        )
        for ties in ("strong", "weak"):
            found = stackelberg_equilibrium(game, ties=ties)
            scaled = stackelberg_equilibrium(changed, ties=ties)
            assert scaled.exact_value == Fraction(3, 2) * found.exact_value - 7
            assert scaled.attained == found.attained
            second = checked(stackelberg_equilibrium(swapped, leader="Player 2", ties=ties))
            assert (second.exact_value, second.attained) == (found.exact_value, found.attained)
            assert second.leader == 1


def test_games_of_floats_are_rational_games() -> None:
    rng = np.random.default_rng(4)
    for _ in range(4):
        game = NormalFormGame(rng.random((2, 3, 4)))
        for ties in ("strong", "weak"):
            found = checked(stackelberg_equilibrium(game, ties=ties))
            assert isinstance(found.value, float)
            assert found.commitment.dtype == np.float64
            x = list(found.exact_profile[0])
            assert commitment_payoff(game.exact(), x, ties=ties) == found.exact_value - found.shortfall


# -- predicate and measure -----------------------------------------------------------------------------------------------


def test_solver_predicate_and_measure_agree() -> None:
    rng = random.Random(53)
    for _ in range(15):
        A, B = random_matrices(rng, 3, 3, 0, 3)
        game = NormalFormGame.from_bimatrix(A, B)
        for ties in ("strong", "weak"):
            found = stackelberg_equilibrium(game, ties=ties)
            regret = stackelberg_regret(game, found.exact_profile, ties=ties)
            assert regret == found.shortfall
            verdict = is_stackelberg_equilibrium(game, found.exact_profile, ties=ties)
            assert bool(verdict) == found.attained
            assert verdict.gain == regret
            assert is_stackelberg_equilibrium(game, found.exact_profile, ties=ties, tol=1)


def test_a_wrong_reply_is_the_followers_gain() -> None:
    verdict = is_stackelberg_equilibrium(CANONICAL, (["1/4", "3/4"], 0))
    assert verdict.status == "no"
    assert stackelberg_regret(CANONICAL, (["1/4", "3/4"], 0)) == Fraction(9, 4)  # the leader gets 1/4 of 5/2
    assert stackelberg_regret(CANONICAL, (["1/2", "1/2"], 1)) == 0
    game = NormalFormGame.from_bimatrix([[0, 0]], [[1, 9]])
    assert is_stackelberg_equilibrium(game, (0, 0)).witness == "Player 2"
    assert stackelberg_regret(game, (0, 0)) == 8


def test_coalitions_gain_together() -> None:
    found = stackelberg_equilibrium(THREE, followers="coalition")
    assert is_stackelberg_equilibrium(THREE, found.exact_profile, followers="coalition")
    other = [found.exact_profile[0], 1, 1]
    verdict = is_stackelberg_equilibrium(THREE, other, followers="coalition")
    assert verdict.status == "no"
    assert stackelberg_regret(THREE, other, followers="coalition") >= verdict.gain > 0
    independent = stackelberg_equilibrium(THREE, followers="independent")
    assert is_stackelberg_equilibrium(THREE, independent.exact_profile, followers="independent")


# -- what is refused -----------------------------------------------------------------------------------------------------


def test_meanings_must_be_said() -> None:
    with pytest.raises(SpecificationError, match="'coalition'"):
        stackelberg_equilibrium(THREE)
    for followers in ("independent", "correlated"):
        with pytest.raises(UnsupportedError):
            stackelberg_equilibrium(THREE, followers=followers, ties="weak")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="ties"):
        stackelberg_equilibrium(CANONICAL, ties="fair")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match="followers"):
        stackelberg_equilibrium(CANONICAL, followers="cartel")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="epsilon"):
        stackelberg_equilibrium(CANONICAL, ties="weak", epsilon=0)
    with pytest.raises(SpecificationError, match="player"):
        stackelberg_equilibrium(CANONICAL, leader=2)
    with pytest.raises(SpecificationError, match="one player"):
        stackelberg_equilibrium(NormalFormGame([[1, 2]]))


def test_results_do_not_change_and_lies_about_them_are_found() -> None:
    found = stackelberg_equilibrium(CANONICAL, ties="weak")
    again = pickle.loads(pickle.dumps(found))  # noqa: S301  # our own bytes
    assert again.verify()
    for result in (found, again):
        with pytest.raises(ValueError, match="read-only"):
            result.exact_profile[0][0] = Fraction(1)
    silent = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [1, 0]])
    covered = stackelberg_equilibrium(silent, ties="weak")
    assert len(covered.exclusions) == 1
    lies = [
        dataclasses.replace(found, exact_value=Fraction(3), value=Fraction(3)),
        dataclasses.replace(found, shortfall=Fraction(0)),
        dataclasses.replace(found, game=silent),
        dataclasses.replace(covered, exclusions=()),
        dataclasses.replace(found, attained=True),
        dataclasses.replace(found, leader=1),
        dataclasses.replace(found, ties="strong"),
        dataclasses.replace(found, certificate=stackelberg_equilibrium(CANONICAL).certificate),
        dataclasses.replace(covered, exclusions=(covered.certificate,)),
        dataclasses.replace(stackelberg_equilibrium(THREE, followers="correlated"), leader=1),
        dataclasses.replace(stackelberg_equilibrium(THREE, followers="independent"), followers="coalition"),
    ]
    for lie in lies:
        with pytest.raises(CertificateError):
            lie.verify()


def test_displays_speak_of_evidence_and_escape_labels() -> None:
    game = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]], actions=[["<b>", "B"], ["L", "<i>"]])
    for found in (
        stackelberg_equilibrium(game),
        stackelberg_equilibrium(game, ties="weak"),
        stackelberg_equilibrium(game, followers="correlated"),
    ):
        assert "certified" in repr(found)
        assert "<b>" not in found._repr_html_()
        assert "<i>" not in found._repr_html_()
        assert found.to_dict()["value"] == "5/2"
        assert len(found.to_frame()) >= 2
    assert "not attained" in repr(stackelberg_equilibrium(game, ties="weak"))


def test_vertices_of_the_arrangement_hold_the_strong_optimum() -> None:
    """A check of the oracle itself: no point of a fine grid is better than its best vertex."""
    rng = random.Random(59)
    for _ in range(5):
        A, B = random_matrices(rng, 2, 3, 0, 9)
        best = strong_value(A, B)
        assert any(payoff_after(v, A, B, weak=False) == best for v in arrangement_vertices(A, B))
        grid = [(Fraction(k, 60), 1 - Fraction(k, 60)) for k in range(61)]
        assert all(payoff_after(x, A, B, weak=False) <= best for x in grid)
        assert all(payoff_after(x, A, B, weak=True) <= weak_value(A, B)[0] for x in grid)
