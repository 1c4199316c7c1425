"""Deviation certificates on published games, at the edges of the arithmetic, and against brute force."""

from __future__ import annotations

import itertools
import json
import math
import random
import sys
from fractions import Fraction

import numpy as np
import pytest
from oracles.deviations import Game as OracleGame
from oracles.deviations import correlated_gain, distribution_of, joint_gains

from gametheory.arithmetic import RationalArray
from gametheory.certificates import Certificate, DeviationCertificate, StatusQuo, read_certificate
from gametheory.certificates.encoding import game_to_json
from gametheory.certificates.gains import best_joint_deviation
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, exact_mixed_profile

F = Fraction
DILEMMA = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"], ["C", "D"]])
CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])  # Aumann 1974, section 9: rows dare second
PENNIES = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
ALL_PAIRS = [{0}, {1}, {0, 1}]


def fails(certificate: Certificate, *words: str) -> None:
    with pytest.raises(CertificateError) as caught:
        certificate.verify()
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.claim == certificate.claim
    assert caught.value.violation


def established(certificate: Certificate) -> bool:
    try:
        return certificate.verify()
    except CertificateError:
        return False


# -- one player at a time ------------------------------------------------------------------------------------------------


def test_a_certificate_is_a_certificate() -> None:
    assert isinstance(DeviationCertificate.nash(DILEMMA, (1, 1)), Certificate)


def test_nash_by_labels_indices_and_fractions() -> None:
    for profile in (("D", "D"), (1, 1), [[F(0), F(1)], 1], [["0", "1"], [0, 1]]):
        assert DeviationCertificate.nash(DILEMMA, profile).verify()
    fails(DeviationCertificate.nash(DILEMMA, ("C", "D")), "Player 1", "'D'", "gains 1")
    fails(DeviationCertificate.nash(PENNIES, [["1/2", "1/2"], ["1/3", "2/3"]]), "gains 1/3")


def test_epsilon_is_the_largest_gain_allowed() -> None:
    # At (C, C) each gains exactly 2 by defecting.
    assert DeviationCertificate.nash(DILEMMA, (0, 0), epsilon=2).verify()
    fails(DeviationCertificate.nash(DILEMMA, (0, 0), epsilon=F(2) - F(1, 10**30)), "gains 2")


def test_three_players_where_pure_play_is_stable_only_at_unanimity() -> None:
    game = NormalFormGame.from_function(lambda *a: [int(len(set(a)) == 1)] * 3, (2, 2, 2))
    for profile in itertools.product((0, 1), repeat=3):
        certificate = DeviationCertificate.nash(game, profile)
        if len(set(profile)) == 1:
            assert certificate.verify()
        elif sum(profile) in (1, 2):  # the odd one out gains 1
            fails(certificate, "gains 1")


def test_correlated_equilibrium_of_chicken_is_obedient_and_a_traffic_light_too() -> None:
    third = F(1, 3)
    assert DeviationCertificate.correlated(CHICKEN, {(0, 0): third, (0, 1): third, (1, 0): third}).verify()
    assert DeviationCertificate.correlated(CHICKEN, {(0, 1): F(1, 2), (1, 0): F(1, 2)}).verify()
    # Told the first action, player 1 faces (0, 0) with probability p and (0, 1) otherwise: 6p + 2(1 - p) ≥ 7p iff p ≤ 2/3.
    limit = {(0, 0): F(1, 2), (0, 1): F(1, 4), (1, 0): F(1, 4)}
    assert DeviationCertificate.correlated(CHICKEN, limit).verify()
    beyond = {(0, 0): F(1, 2) + F(1, 100), (0, 1): F(1, 4) - F(1, 100), (1, 0): F(1, 4)}
    fails(DeviationCertificate.correlated(CHICKEN, beyond), "Player 1", "by playing '2' when told '1'")


def test_coarse_play_need_not_be_obedient() -> None:
    # Every column is equally likely, so that a constant action earns 2/3; the plan below earns more on average (15/18)
    # although, told what it tells, player 1 would rather play something else at times.
    game = NormalFormGame.from_bimatrix([[1, 1, 0], [1, 0, 1], [0, 1, 1]], np.zeros((3, 3), dtype=int))
    told = {(0, 0): F(1, 6), (0, 1): F(1, 6), (1, 0): F(1, 6), (1, 2): F(1, 6), (2, 1): F(1, 6), (2, 2): F(1, 6)}
    assert DeviationCertificate.correlated(game, told).verify()
    worse = {(0, 0): F(5, 18), (1, 2): F(5, 18), (2, 1): F(5, 18), (0, 2): F(1, 18), (1, 1): F(1, 18), (2, 0): F(1, 18)}
    assert DeviationCertificate.correlated(game, worse, coarse=True).verify()
    fails(DeviationCertificate.correlated(game, worse), "Player 1 gains 1/6")
    always_wrong = {(0, 2): F(1, 3), (1, 1): F(1, 3), (2, 0): F(1, 3)}
    fails(DeviationCertificate.correlated(game, always_wrong, coarse=True), "Player 1 gains 2/3")


def test_nash_implies_correlated_implies_coarse() -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(60):
        game = NormalFormGame(rng.integers(-3, 4, size=(2, 3, 3)))
        for a in itertools.product(range(3), repeat=2):
            if not established(DeviationCertificate.nash(game, a)):
                continue
            found += 1
            assert DeviationCertificate.correlated(game, {a: F(1)}).verify()
            assert DeviationCertificate.correlated(game, {a: F(1)}, coarse=True).verify()
    assert found > 20


def test_a_game_of_floats_is_a_rational_game() -> None:
    game = NormalFormGame.from_bimatrix([[0.1, 0.3], [0.2, 0.1]], [[0.7, 0.1], [0.1, 0.2]])
    # Indifference in the rationals that these floats are, not in tenths.
    A, B = game.exact().payoffs
    p = (B[1, 1] - B[1, 0]) / (B[0, 0] - B[0, 1] - B[1, 0] + B[1, 1])
    q = (A[1, 1] - A[0, 1]) / (A[0, 0] - A[0, 1] - A[1, 0] + A[1, 1])
    certificate = DeviationCertificate.nash(game, [[p, 1 - p], [q, 1 - q]])
    assert certificate.verify()
    assert certificate.verify(game)
    assert read_certificate(json.dumps(certificate.to_dict())).verify(game)
    tenths = [[F(1, 7), F(6, 7)], [F(2, 3), F(1, 3)]]
    fails(DeviationCertificate.nash(game, tenths))
    with pytest.raises(SpecificationError, match="exact"):
        DeviationCertificate.nash(game, [[0.5, 0.5], [0.5, 0.5]])
    assert DeviationCertificate.nash(PENNIES, exact_mixed_profile(PENNIES, [[0.5, 0.5], [0.5, 0.5]])).verify()


# -- coalitions ----------------------------------------------------------------------------------------------------------


def test_two_prisoners_block_mutual_defection() -> None:
    for rule in ("all", "some", "any", "transfer"):
        certificate = DeviationCertificate.coalition(DILEMMA, (1, 1), ALL_PAIRS, blocking=rule, coordination="pure")
        fails(certificate, "Player 1, Player 2 play")
    assert DeviationCertificate.coalition(DILEMMA, (1, 1), [{0}, {1}], blocking="any", coordination="pure").verify()
    # Together they gain 2 + 2; the best for one member alone is to be the only defector: 5 - 1 = 4.
    for rule, gain in (("all", 2), ("some", 4), ("any", 4), ("transfer", 4)):
        tight = DeviationCertificate.coalition(
            DILEMMA, (1, 1), [{0, 1}], blocking=rule, coordination="pure", epsilon=gain
        )
        assert tight.verify()
        below = DeviationCertificate.coalition(
            DILEMMA, (1, 1), [{0, 1}], blocking=rule, coordination="pure", epsilon=F(gain) - F(1, 10**20)
        )
        fails(below)


def test_at_mutual_cooperation_only_side_payments_separate_the_rules() -> None:
    # From (C, C): (D, C) brings +2 and -3; no joint deviation brings both a gain, and the sum falls.
    for rule, blocked in (("all", False), ("some", False), ("any", True), ("transfer", False)):
        certificate = DeviationCertificate.coalition(DILEMMA, (0, 0), [{0, 1}], blocking=rule, coordination="pure")
        if blocked:
            fails(certificate)
        else:
            assert certificate.verify()


def test_shared_randomness_gains_where_no_pure_deviation_does() -> None:
    # Two players who sit at (0, 0) can reach (3, -1) or (-1, 3): a fair coin brings each 1, no pure deviation helps both.
    A = [[0, 3], [-1, -1]]
    B = [[0, -1], [3, -1]]
    game = NormalFormGame.from_bimatrix(A, B)
    pure = DeviationCertificate.coalition(game, (0, 0), [{0, 1}], blocking="all", coordination="pure")
    assert pure.verify()
    half = [[F(1, 2), F(1, 2)]]

    def correlated(epsilon: object, weights: object = half, blocking: str = "all") -> DeviationCertificate:
        return DeviationCertificate.coalition(
            game, (0, 0), [{0, 1}], blocking=blocking, coordination="correlated", epsilon=epsilon, weights=weights
        )

    assert correlated(1).verify()
    fails(correlated(F(99, 100)), "weighted sum")
    fails(correlated(1, [[F(1, 3), F(2, 3)]]), "weighted sum")  # the claim is true, this evidence does not show it
    fails(correlated(1, [[F(1, 3), F(1, 3)]]), "sum to 1")
    fails(correlated(1, [[F(3, 2), F(-1, 2)]]))
    fails(correlated(1, []), "rows of weights")
    fails(correlated(1, [[F(1)]]))
    # "some": both multipliers zero show that the sum is at most 2, which a fair coin attains.
    assert correlated(2, [[0, 0]], "some").verify()
    fails(correlated(F(199, 100), [[0, 0]], "some"))
    # "any" and "transfer" need no evidence, and take none.
    assert correlated(3, None, "any").verify()
    assert correlated(2, None, "transfer").verify()
    fails(correlated(2, half, "transfer"))


def test_strong_duality_holds_on_random_coalitions() -> None:
    """The brute-force value of the correlated gain has weights that prove it, and none proves less."""
    rng = random.Random(3)
    for _ in range(40):
        game = NormalFormGame(np.array([[[rng.randint(-4, 4) for _ in range(3)] for _ in range(2)] for _ in range(2)]))
        oracle = OracleGame(game_to_json(game))
        play = distribution_of({"pure": [0, 0]}, oracle.sizes)
        table = list(joint_gains(oracle, play, [0, 1]).values())
        value = correlated_gain(table, "all")
        # With two members the weight w on the first is a kink of max_τ (w g_1 + (1 - w) g_2), or an end.
        kinks = {F(0), F(1)}
        for g, h in itertools.combinations(table, 2):
            slope = (g[0] - g[1]) - (h[0] - h[1])
            if slope and 0 <= (h[1] - g[1]) / slope <= 1:
                kinks.add((h[1] - g[1]) / slope)
        bounds = {w: max(w * g[0] + (1 - w) * g[1] for g in table) for w in kinks}
        best = min(kinks, key=lambda w: bounds[w])
        assert max(bounds[best], F(0)) == value
        proof = DeviationCertificate.coalition(
            game, (0, 0), [{0, 1}], blocking="all", coordination="correlated", epsilon=value, weights=[[best, 1 - best]]
        )
        assert proof.verify()


def test_single_players_are_the_coalitions_of_one() -> None:
    rng = np.random.default_rng(11)
    seen: set[bool] = set()
    for _ in range(30):
        game = NormalFormGame(rng.integers(-2, 3, size=(3, 2, 2, 2)))
        profile = [[F(1, 2), F(1, 2)], int(rng.integers(2)), [F(1, 3), F(2, 3)]]
        half = F(1, 2)
        claims = [DeviationCertificate.nash(game, profile, epsilon=half)]
        for rule in ("all", "some", "any", "transfer"):
            claims.append(
                DeviationCertificate.coalition(
                    game, profile, [{0}, {1}, {2}], blocking=rule, coordination="pure", epsilon=half
                )
            )
        verdicts = {established(claim) for claim in claims}
        seen |= verdicts
        assert len(verdicts) == 1
    assert seen == {True, False}


def test_twelve_players_and_every_coalition_up_to_four() -> None:
    n = 12
    # Halpern's coordination game: 1 for all if all play 0, 2 for whoever plays 1 if exactly two do, else 0.
    totals = np.indices((2,) * n).sum(axis=0)
    own = np.indices((2,) * n)
    game = NormalFormGame(np.where(totals == 0, 1, np.where((totals == 2) & (own == 1), 2, 0)))
    small = [set(s) for k in range(1, 5) for s in itertools.combinations(range(n), k)]
    assert len(small) == 793
    alone = DeviationCertificate.coalition(
        game, (0,) * n, [s for s in small if len(s) == 1], blocking="all", coordination="pure"
    )
    assert alone.verify()
    pairs = DeviationCertificate.coalition(game, (0,) * n, small, blocking="all", coordination="pure")
    fails(pairs, "Player 1, Player 2 play '2', '2'", "gain is 1")
    assert DeviationCertificate.coalition(
        game, (0,) * n, small, blocking="all", coordination="pure", epsilon=1
    ).verify()


# -- the edges of the arithmetic -----------------------------------------------------------------------------------------


def naive_gains(game: NormalFormGame, profile: list[list[F]], members: tuple[int, ...]) -> list[list[F]]:
    u = game.payoffs
    before, after = [F(0)] * game.num_players, {}
    for a in itertools.product(*map(range, game.num_actions)):
        p = math.prod((profile[i][k] for i, k in enumerate(a)), start=F(1))
        for i in range(game.num_players):
            before[i] += p * u[(i, *a)]
    for tau in itertools.product(*(range(game.num_actions[i]) for i in members)):
        total = [F(0)] * len(members)
        fixed = dict(zip(members, tau, strict=True))
        others = [j for j in range(game.num_players) if j not in fixed]
        for rest in itertools.product(*(range(game.num_actions[j]) for j in others)):
            a = {**fixed, **dict(zip(others, rest, strict=True))}
            p = math.prod((profile[j][a[j]] for j in others), start=F(1))
            for k, i in enumerate(members):
                total[k] += p * u[(i, *(a[j] for j in range(game.num_players)))]
        after[tau] = [x - before[i] for x, i in zip(total, members, strict=True)]
    return [[after[tau][k] for tau in sorted(after)] for k in range(len(members))]


@pytest.mark.parametrize("scale", [1, 2**40, 2**61, 10**40])
def test_gains_agree_with_plain_fractions_near_and_beyond_machine_integers(scale: int) -> None:
    rng = random.Random(scale)
    for _ in range(8):
        sizes = rng.choice([(2, 3), (2, 2, 2), (3, 1, 2), (4,)])
        count = len(sizes) * math.prod(sizes)
        numbers = [rng.choice([-1, 1]) * rng.randint(0, 3) * scale // rng.choice([1, 1, 3]) for _ in range(count)]
        game = NormalFormGame(np.array(numbers, dtype=object).reshape(len(sizes), *sizes).tolist())
        big = rng.choice([1, 2**30 + 1])
        profile = []
        for m in sizes:
            weights = [rng.randint(0, 4) * big + rng.randint(0, 1) for _ in range(m)]
            weights[rng.randrange(m)] += 1
            profile.append([F(w, sum(weights)) for w in weights])
        status_quo = StatusQuo(game, profile)
        for k in range(1, len(sizes) + 1):
            for members in itertools.combinations(range(len(sizes)), k):
                numerators, denominator = status_quo.gains(members)
                expected = naive_gains(game, profile, members)
                assert [[F(int(x), denominator) for x in row] for row in numerators.reshape(k, -1)] == expected
                tables = list(zip(*expected, strict=True))
                for rule, best in (
                    ("all", max(min(g) for g in tables)),
                    ("any", max(max(g) for g in tables)),
                    ("transfer", max(sum(g) for g in tables)),
                    ("some", max([F(0), *(sum(g) for g in tables if min(g) >= 0)])),
                ):
                    value, joint = best_joint_deviation(numerators, rule)
                    assert F(value, denominator) == max(best, F(0))
                    assert (joint is None) == (best <= 0)


def test_zeros_beside_huge_denominators() -> None:
    game = NormalFormGame.zero_sum([[0, 0], [0, 0]])
    p = F(1, 10**40)
    assert DeviationCertificate.nash(game, [[p, 1 - p], [p, 1 - p]]).verify()
    assert DeviationCertificate.correlated(game, {(0, 0): p, (1, 1): 1 - p}).verify()
    together = DeviationCertificate.coalition(
        game, (0, 0), [{0, 1}], blocking="all", coordination="correlated", weights=[[p, 1 - p]]
    )
    assert together.verify()


def test_obedience_near_and_beyond_machine_integers() -> None:
    for scale in (1, 2**40, 2**60, 10**30):
        game = NormalFormGame((CHICKEN.payoffs * scale).tolist())
        tiny = F(1, 2**25)
        inside = {(0, 0): F(1, 2) - tiny, (0, 1): F(1, 4) + tiny, (1, 0): F(1, 4)}
        beyond = {(0, 0): F(1, 2) + tiny, (0, 1): F(1, 4) - tiny, (1, 0): F(1, 4)}
        assert DeviationCertificate.correlated(game, {(0, 0): F(1, 2), (0, 1): F(1, 4), (1, 0): F(1, 4)}).verify()
        assert DeviationCertificate.correlated(game, inside).verify()
        fails(DeviationCertificate.correlated(game, beyond))


def test_numbers_beyond_the_interpreters_digit_limit() -> None:
    huge = 7**6000  # over 5,000 digits
    game = NormalFormGame.zero_sum([[huge, 0], [0, huge + 1]])
    p = F(huge + 1, 2 * huge + 1)
    certificate = DeviationCertificate.nash(game, [[p, 1 - p], [p, 1 - p]])
    assert certificate.verify()
    text = json.dumps(certificate.to_dict())
    again = read_certificate(text)
    assert again == certificate
    assert again.verify(game)
    fails(DeviationCertificate.nash(game, (0, 0)), "Player 2 gains about")
    q = p + F(1, huge)
    fails(DeviationCertificate.nash(game, [[q, 1 - q], [p, 1 - p]]), "gains")


def test_the_digest_does_not_depend_on_the_interpreters_digit_limit() -> None:
    game = NormalFormGame.zero_sum([[10**700, 0], [0, 1]])
    before, limit = game.digest(), sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        assert game.digest() == before
    finally:
        sys.set_int_max_str_digits(limit)


# -- claims about which game ---------------------------------------------------------------------------------------------


def test_a_certificate_without_its_game_needs_it() -> None:
    data = DeviationCertificate.nash(DILEMMA, (1, 1)).to_dict()
    data["game"] = None
    certificate = read_certificate(data)
    fails(certificate, "carries no game")
    assert certificate.verify(DILEMMA)
    relabelled = NormalFormGame(DILEMMA.payoffs.tolist(), players=["a", "b"])
    assert certificate.verify(relabelled)  # names are no part of the claim
    with pytest.raises(CertificateError, match="about the game with digest"):
        certificate.verify(PENNIES)


def test_a_certificate_is_about_its_game_only() -> None:
    certificate = DeviationCertificate.nash(DILEMMA, (1, 1))
    assert certificate.verify(DILEMMA.to_float())  # the same numbers
    with pytest.raises(CertificateError, match="not about this one"):
        certificate.verify(CHICKEN)


def test_labels_survive_the_file_and_speak_in_messages() -> None:
    certificate = read_certificate(DeviationCertificate.nash(DILEMMA, ("C", "C")).to_dict())
    fails(certificate, "'D'")
    odd = NormalFormGame(DILEMMA.payoffs.tolist(), players=["\x1b[2J", "b"])
    data = DeviationCertificate.nash(odd, (1, 1)).to_dict()
    assert "players" not in data["game"]  # a name that steers a terminal stays out of the file
    assert read_certificate(data).verify(odd)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DeviationCertificate.nash(DILEMMA, (0, 2)),
        lambda: DeviationCertificate.nash(DILEMMA, ("C",)),
        lambda: DeviationCertificate.nash(DILEMMA, (0, 0), epsilon=-1),
        lambda: DeviationCertificate.nash(DILEMMA, (0, 0), epsilon=float("nan")),
        lambda: DeviationCertificate.nash(DILEMMA, (True, False)),
        lambda: DeviationCertificate.correlated(DILEMMA, [[F(1)]]),
        lambda: DeviationCertificate.correlated(DILEMMA, {(0, 0): 1.0}),
        lambda: DeviationCertificate.coalition(DILEMMA, (0, 0), [{0}], blocking="most", coordination="pure"),
        lambda: DeviationCertificate.coalition(DILEMMA, (0, 0), [{0}], blocking="all", coordination="independent"),
        lambda: DeviationCertificate("nash", ((F(1), F(0)), (F(1), F(0))), F(0), DILEMMA.to_float()),
        lambda: DeviationCertificate("nash", (0, 0)),
        lambda: StatusQuo(DILEMMA, [[F(1, 2), F(1, 3)], 0]),
        lambda: StatusQuo(DILEMMA, [[F(3, 2), F(-1, 2)], 0]),
        lambda: StatusQuo(DILEMMA, [[0.5, 0.5], 0]),
        lambda: StatusQuo(DILEMMA, (0, 0)).gains(()),
        lambda: StatusQuo(DILEMMA, (0, 0)).gains((0, 0)),
        lambda: StatusQuo(DILEMMA, (0, 0)).gains((2,)),
    ],
)
def test_what_is_no_claim_is_refused_at_once(make: object) -> None:
    with pytest.raises(SpecificationError):
        make()  # type: ignore[operator]


def test_gains_are_measured_in_exact_games() -> None:
    with pytest.raises(UnsupportedError, match="exact"):
        StatusQuo(DILEMMA.to_float(), (0, 0))


@pytest.mark.parametrize(
    "profile",
    [(0, 5), (0,), ((F(1, 2), F(1, 3)), (F(1), F(0))), ((F(2), F(-1)), (F(1), F(0))), ((F(1),), (F(1), F(0)))],
)
def test_what_is_no_profile_of_the_game_establishes_nothing(profile: object) -> None:
    fails(DeviationCertificate("nash", profile, F(100), DILEMMA))  # type: ignore[arg-type]


def test_one_line_says_what_is_claimed() -> None:
    certificate = DeviationCertificate.coalition(DILEMMA, (1, 1), [{0, 1}], blocking="all", coordination="pure")
    assert repr(certificate) == (
        "DeviationCertificate(coalition: at (D, D), by pure joint deviations of the coalitions Player 1 + Player 2, "
        "the member who gains least gains at most 0)"
    )


def test_the_claim_names_the_profile_and_the_coalitions() -> None:
    mixed = DeviationCertificate.nash(DILEMMA, [["1/3", "2/3"], "D"], epsilon=F(1, 2))
    assert mixed.claim == "at (1/3 C + 2/3 D, D) no player gains more than 1/2 by deviating alone"
    light = DeviationCertificate.correlated(DILEMMA, {(0, 1): F(1, 2), (1, 0): F(1, 2)})
    assert light.claim.startswith("at 1/2 (C, D) + 1/2 (D, C) no player gains more than 0 by any map")
    wide = NormalFormGame(np.zeros((2, 3, 4), dtype=int))
    many = DeviationCertificate.correlated(wide, RationalArray.of_integers(np.ones((3, 4), dtype=int), 12))
    assert "1/12 (2, 4) + 4 more" in many.claim
    pairs = [set(s) for s in itertools.combinations(range(5), 2)]
    game = NormalFormGame(np.zeros((5, 2, 2, 2, 2, 2), dtype=int))
    few = DeviationCertificate.coalition(game, (0,) * 5, pairs[:2], blocking="transfer", coordination="pure")
    assert "coalitions Player 1 + Player 2; Player 1 + Player 3, the members gain together at most 0" in few.claim
    assert "10 coalitions listed" in few.coalition(game, (0,) * 5, pairs, blocking="any", coordination="pure").claim
