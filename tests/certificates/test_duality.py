"""Certificates about linear programmes: published programmes, and a thousand lies of each kind."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from lies import LIES, lies, on_intact_data
from oracles.duality import MalformedError, as_plain, believed
from oracles.linear import outcome

from gametheory.arithmetic import RationalArray
from gametheory.certificates import DualityCertificate, FarkasCertificate, LinearProgramme, UnboundedCertificate
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnboundedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import solve_exact


@on_intact_data
def turn_row(data: dict, rng: random.Random) -> bool:
    senses = data["programme"]["row_sense"]
    senses[rng.randrange(len(senses))] = rng.choice(["<=", ">=", "=="])
    return True


@on_intact_data
def drop_bound(data: dict, rng: random.Random) -> bool:
    bounds = data["programme"][rng.choice(["lower", "upper"])]
    bounds[rng.randrange(len(bounds))] = rng.choice([None, "0", "2"])
    return True


READERS = {
    "duality": DualityCertificate.from_dict,
    "farkas": FarkasCertificate.from_dict,
    "unbounded": UnboundedCertificate.from_dict,
}


def random_programme(rng: random.Random) -> LinearProgramme:
    columns, rows = rng.randint(1, 3), rng.randint(1, 3)
    table = [
        (
            f"row {r}",
            {j: rng.randint(-3, 3) for j in range(columns)},
            rng.choice(["<=", "<=", ">=", "=="]),
            Fraction(rng.randint(-4, 6), rng.choice([1, 1, 2])),
        )
        for r in range(rows)
    ]
    return LinearProgramme.from_rows(
        rng.choice(["max", "min"]),
        [rng.randint(-3, 3) for _ in range(columns)],
        table,
        lower=[rng.choice([0, 0, None, -1]) for _ in range(columns)],
        upper=[rng.choice([None, None, 2]) for _ in range(columns)],
        constant=rng.choice([0, 0, 1]),
        name="example",
        arguments={"columns": columns},
    )


def certificate_of(programme: LinearProgramme):
    try:
        return solve_exact(programme).certificate
    except InfeasibleError as error:
        return error.certificate
    except UnboundedError as error:
        return error.ray


def certificates(kind: str, count: int, seed: int) -> list[dict]:
    rng = random.Random(seed)
    found: list[dict] = []
    while len(found) < count:
        data = certificate_of(random_programme(rng)).to_dict()
        if data["kind"] == kind:
            if kind == "duality" and len(found) % 3 == 0:
                data["primal"] = None
            found.append(data)
    return found


def accepted(data: dict) -> bool:
    try:
        return READERS[data["kind"]](data).verify()
    except (SpecificationError, CertificateError):
        return False


def claim_is_true(data: dict) -> bool:
    """Brute force, by elimination, on the programme that the certificate carries."""
    found, value = outcome(as_plain(data["programme"]))
    if data["kind"] == "farkas":
        return found == "infeasible"
    if data["kind"] == "unbounded":
        return found == "unbounded"
    claimed = Fraction(data["value"]) - Fraction(data["programme"]["constant"])
    if data["primal"] is not None:
        return found == "optimal" and value == claimed
    if found != "optimal":
        return found == "infeasible"
    return value <= claimed if data["programme"]["sense"] == "max" else value >= claimed


@pytest.mark.parametrize("kind", ["duality", "farkas", "unbounded"])
def test_honest_certificates_survive_a_file(kind) -> None:
    for data in certificates(kind, 40, seed=1):
        assert accepted(json.loads(json.dumps(data)))
        assert believed(data)
        assert claim_is_true(data)
        assert READERS[kind](data).to_dict() == data


@LIES
@pytest.mark.parametrize("kind", ["duality", "farkas", "unbounded"])
def test_lies_about_programmes(kind, count) -> None:
    """Acceptance is what a second evaluation in fractions says, and no accepted claim is false."""
    words = {"sense": ["max", "min"]}
    believed_count = 0
    for done, data in lies(certificates(kind, 30, seed=2), count, seed=3, words=words, special=[turn_row, drop_bound]):
        verdict = accepted(data)
        assert verdict == believed(data), done
        if verdict:
            believed_count += 1
            try:
                assert claim_is_true(data), done
            except MalformedError:
                pytest.fail(f"accepted, but malformed: {done}")
    assert (
        count // 50 < believed_count < count * 4 // 5
    )  # harmless changes (a name, a slack row) are believed, most are not


def test_a_changed_row_with_multipliers_that_fit_it_is_found_against_the_rebuilt_programme() -> None:
    rng = random.Random(5)
    made = 0
    while made < 1000:
        honest = random_programme(rng)
        changed = _with_one_change(honest, rng)
        if changed is None:
            continue
        certificate = certificate_of(changed)
        assert certificate.verify()
        assert certificate.verify_against(changed)
        with pytest.raises(CertificateError, match=r"row|column|objective|constant|sense"):
            certificate.verify_against(honest)
        made += 1


def _with_one_change(programme: LinearProgramme, rng: random.Random) -> LinearProgramme | None:
    what = rng.choice(["entry", "entry", "side", "sense", "objective", "bound", "constant"])
    step = rng.choice([1, -1, Fraction(1, 10**9)])
    if what == "constant":
        return replace(programme, constant=programme.constant + step)
    if what == "sense":
        senses = list(programme.row_sense)
        r = rng.randrange(len(senses))
        senses[r] = rng.choice([s for s in ("<=", ">=", "==") if s != senses[r]])
        return replace(programme, row_sense=tuple(senses))
    if what == "bound":
        j = rng.randrange(programme.num_columns)
        upper = list(programme.upper)
        upper[j] = Fraction(3) if upper[j] is None else None
        return replace(programme, upper=tuple(upper))
    key = {"entry": "coefficients", "side": "right_hand_side", "objective": "objective"}[what]
    values = getattr(programme, key).fractions()
    if not len(values):
        return None
    values[rng.randrange(len(values))] += step
    return replace(programme, **{key: RationalArray.from_fractions(values)})


def wyndor(**changes) -> DualityCertificate:
    programme = LinearProgramme.from_rows(
        "max",
        [3, 5],
        [("plant 1", {0: 1}, "<=", 4), ("plant 2", {1: 2}, "<=", 12), ("plant 3", {0: 3, 1: 2}, "<=", 18)],
        name="wyndor",
    )
    multipliers = RationalArray.from_values(["0", "3/2", "1"])
    return replace(
        DualityCertificate(programme, Fraction(36), multipliers, RationalArray.of_integers([2, 6])), **changes
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": Fraction(37)}, "bound the objective by 36"),
        ({"multipliers": RationalArray.from_values(["-1", "3/2", "1"])}, "'plant 1'.*wrong sign"),
        ({"multipliers": RationalArray.from_values(["0", "3/2", "1/2"])}, "'x0'.*reduced cost 3/2 and no upper bound"),
        ({"multipliers": RationalArray.from_values(["0", "3/2"])}, "multipliers"),
        ({"primal": RationalArray.of_integers([4, 6])}, "'plant 3' is 24, but must be <= 18"),
        ({"primal": RationalArray.of_integers([2, 5])}, "attains 31"),
        ({"primal": RationalArray.of_integers([-1, 5])}, "below its lower bound"),
        ({"primal": RationalArray.of_integers([2])}, "point"),
    ],
)
def test_messages_name_the_row(changes, message) -> None:
    assert wyndor().verify()
    with pytest.raises(CertificateError, match=message) as caught:
        wyndor(**changes).verify()
    assert caught.value.claim
    assert caught.value.violation


def test_a_bound_alone_is_a_weaker_claim() -> None:
    bound = wyndor(primal=None)
    assert bound.verify()
    assert bound.claim == "the maximum of wyndor is at most 36"
    assert wyndor().claim == "the maximum of wyndor is exactly 36"


def test_integral_columns_need_integral_points() -> None:
    certificate = wyndor()
    integral = replace(certificate, programme=replace(certificate.programme, integer=frozenset({0, 1})))
    assert integral.verify()
    half = LinearProgramme.from_rows("max", [2], [("half", {0: 2}, "<=", 1)], integer=frozenset({0}))
    with pytest.raises(CertificateError, match="no integer"):
        DualityCertificate(
            half, Fraction(1), RationalArray.of_integers([1]), RationalArray.from_values(["1/2"])
        ).verify()


def test_the_game_is_bound_by_its_digest() -> None:
    game, other = NormalFormGame.zero_sum([[1, 0], [0, 1]]), NormalFormGame.zero_sum([[1, 0], [0, 2]])
    certificate = wyndor()
    bound = replace(certificate, programme=replace(certificate.programme, game_digest=game.digest()))
    assert bound.game_digest == game.digest()
    assert bound.verify(game)
    with pytest.raises(CertificateError, match="another game"):
        bound.verify(other)


def test_numbers_longer_than_python_writes_in_decimal() -> None:
    long = Fraction(1, 3**10_000)
    programme = LinearProgramme.from_rows("max", [1], [("row", {0: 1}, "<=", long)])
    certificate = solve_exact(programme).certificate
    assert certificate.value == long
    assert DualityCertificate.from_dict(json.loads(json.dumps(certificate.to_dict()))).verify()
    wrong = replace(certificate, value=2 * long)
    with pytest.raises(CertificateError, match="bound"):
        wrong.verify()


def test_a_large_programme_in_machine_integers_equals_python_integers() -> None:
    """Products near the limit of machine integers must not wrap around."""
    rng = np.random.default_rng(0)
    for size in (10, 2**31, 2**61):
        entries = rng.integers(-size, size, 60)
        programme = LinearProgramme(
            sense="max",
            objective=RationalArray.of_integers([0] * 10),
            row_start=np.arange(0, 61, 10),
            column_index=np.tile(np.arange(10), 6),
            coefficients=RationalArray.of_integers(entries),
            row_sense=("<=",) * 6,
            right_hand_side=RationalArray.of_integers([0] * 6),
            lower=(Fraction(0),) * 10,
            upper=(None,) * 10,
            row_names=[str(r) for r in range(6)],
            column_names=[str(j) for j in range(10)],
        )
        table = entries.reshape(6, 10).astype(object)
        x, y = rng.integers(-size, size, 10), rng.integers(-size, size, 6)
        activities = programme.row_activities(RationalArray.of_integers(x))
        assert list(activities.fractions()) == [Fraction(v) for v in table @ x.astype(object)]
        covered = programme.combined_rows(RationalArray.of_integers(y))
        assert list(covered.fractions()) == [Fraction(v) for v in y.astype(object) @ table]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sense", "most", "max"),
        ("row_start", [0, 1, 1, 3], "row_start"),
        ("row_start", [1, 1, 2, 4], "row_start"),
        ("column_index", [0, 1, 0, 7], "outside"),
        ("column_index", [0, 1, 0, True], "whole number"),
        ("row_sense", ["<=", "<=", "<"], "row_sense"),
        ("row_names", ["plant 1", "plant 1", "plant 3"], "twice"),
        ("integer", [5], "outside"),
        ("lower", ["0", 0.5], "rational as text"),
        ("constant", 0, "rational as text"),
        ("arguments", [], "object"),
        ("name", None, "string"),
    ],
)
def test_malformed_programmes_are_refused_by_key(key, value, message) -> None:
    data = wyndor().to_dict()
    data["programme"][key] = value
    with pytest.raises(SpecificationError, match=message):
        DualityCertificate.from_dict(data)
