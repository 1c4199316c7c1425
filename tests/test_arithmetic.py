"""Scalars: what is read, what is refused, and that no integer is ever rounded or wrapped."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gametheory.arithmetic import (
    DEFAULT_TOLERANCE,
    RationalArray,
    Verdict,
    exact,
    exact_text,
    judge,
    parse_rational,
    rational_array,
    read_array,
)
from gametheory.errors import SpecificationError, UndecidedError

EDGES = [0, 1, -1, 2**53, 2**53 + 1, 2**62 - 1, 2**62, -(2**62), 2**63 - 1, -(2**63), 2**63, 2**64, 10**40, -(10**40)]


# -- scalars -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", Fraction(3)),
        (" -1/3 ", Fraction(-1, 3)),
        ("+2/4", Fraction(1, 2)),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1e-3", Fraction(1, 1000)),
        ("2.5E2", Fraction(250)),
        ("9" * 3999, Fraction(10**3999 - 1)),
    ],
)
def test_text_is_the_rational_that_it_denotes(text: str, value: Fraction) -> None:
    assert parse_rational(text) == value
    assert exact(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1/0",
        "1/-2",
        "1//2",
        "1.5/2",
        "0x10.5",
        "1_000",
        "nan",
        "inf",
        "1e9999",
        "--1",
        "1 2",
        "９",
        "٣",
        "1e",
        "e5",
        "9" * 4001,
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(SpecificationError, match="payoffs"):
        parse_rational(text, where="payoffs")


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE | st.integers() | st.fractions() | st.decimals(allow_nan=False, allow_infinity=False, places=5))
def test_exact_is_lossless(value: Any) -> None:
    assert exact(value) == Fraction(value)
    assert parse_rational(exact_text(exact(value))) == Fraction(value)


def test_numbers_of_other_libraries() -> None:
    assert exact(np.float32(0.1)) == Fraction(float(np.float32(0.1)))
    assert exact(np.int8(-3)) == -3
    assert exact(np.longdouble(1) / 3) == Fraction(*(np.longdouble(1) / 3).as_integer_ratio())
    assert exact(Decimal("1e400")) == 10**400
    sympy = pytest.importorskip("sympy")
    assert exact(sympy.Rational(2, 3)) == Fraction(2, 3)
    flint = pytest.importorskip("flint")
    assert exact(flint.fmpq(2, 3)) == Fraction(2, 3)
    assert exact(flint.fmpz(10**30)) == 10**30


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.True_,
        None,
        [1],
        1j,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1e999999"),
        object(),
    ],
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(SpecificationError, match="cost: found"):
        exact(value, where="cost")


# -- arrays of rationals -----------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(EDGES) | st.integers(-(2**70), 2**70), min_size=1, max_size=6), st.integers(1, 10**25))
def test_integers_at_the_edge_of_the_machine_are_kept(numbers: list[int], denominator: int) -> None:
    array = RationalArray.of_integers(np.array(numbers, dtype=object), denominator)
    expected = [Fraction(x, denominator) for x in numbers]
    assert list(array.fractions()) == expected
    assert [array[k] for k in range(len(numbers))] == expected
    assert array.denominator > 0
    assert math.gcd(array.denominator, *(int(x) for x in array.numerators)) == 1
    fits = all(abs(int(x)) < 2**62 for x in array.numerators)
    assert (array.numerators.dtype == np.int64) == fits
    assert array == RationalArray.from_fractions(expected)
    assert hash(array) == hash(RationalArray.from_fractions(expected))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64])
def test_every_integer_dtype(dtype: Any) -> None:
    info = np.iinfo(dtype)
    array = RationalArray.of_integers(np.array([info.min, info.max, 1], dtype=dtype), 3)
    assert list(array.fractions()) == [Fraction(int(info.min), 3), Fraction(int(info.max), 3), Fraction(1, 3)]


def test_zeros_over_a_huge_denominator() -> None:
    array = RationalArray.of_integers(np.zeros((2, 2), dtype=np.int64), 10**30)
    assert array.denominator == 1
    assert not array.numerators.any()
    assert RationalArray.of_integers(np.zeros((0, 3), dtype=np.int64), 7).shape == (0, 3)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=3), elements=FINITE))
def test_floats_are_the_rationals_that_they_are(floats: Any) -> None:
    array = RationalArray.from_floats(floats)
    assert [Fraction(x) for x in floats.reshape(-1).tolist()] == list(array.fractions().reshape(-1))
    assert array == RationalArray.from_fractions(array.fractions())
    assert np.array_equal(array.floats(), floats + 0.0)


def by_fractions(floats: np.ndarray) -> RationalArray:
    """The same by the slow way: one fraction at a time."""
    fractions = np.empty(floats.size, dtype=object)
    fractions[:] = [Fraction(x) for x in floats.reshape(-1).tolist()]
    return RationalArray.from_fractions(fractions.reshape(floats.shape))


TINY, HUGE = 5e-324, 1.7976931348623157e308
EDGES_OF_FLOATS = [
    *(0.0, -0.0, TINY, -TINY, 3 * TINY, 2.0**-1022, HUGE, -HUGE, 0.1, -0.3, 1.0, 3.0, 2.0**-53, 2.0**61, 2.0**62),
    *(-(2.0**62), np.nextafter(2.0**62, 0), 2.0**9 + 2.0**-43, 2.0**-500, 2.0**500, 1 / 3),
]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_floats_at_the_edges_of_their_range(size: int) -> None:
    """Machine integers, Python's within the range of floats, and beyond it: 2^1023 beside 2^−1074."""
    for numbers in itertools.combinations(EDGES_OF_FLOATS, size):
        floats = np.array(numbers)
        array = RationalArray.from_floats(floats)
        assert array == by_fractions(floats)
        assert array.numerators.dtype == by_fractions(floats).numerators.dtype
        assert array.denominator == by_fractions(floats).denominator
        assert not array.numerators.flags.writeable
        assert all(type(x) is int for x in array.numerators.tolist())


def test_long_arrays_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    cases = [
        rng.random((3, 5, 7)),
        rng.normal(size=(2, 60)),
        rng.normal(size=200) * 10.0 ** rng.integers(-300, 300, size=200),
        np.round(rng.normal(size=100) * 1e4),
        rng.random((6, 8))[::2, ::3],
        np.asfortranarray(rng.random((4, 5))),
        np.zeros((0, 3)),
        np.zeros(9),
        rng.random((3, 3)).astype(np.float32),
    ]
    for part in (2**14, 7, 1):
        monkeypatch.setattr(rational_array, "_PART", part)
        for floats in cases:
            array = RationalArray.from_floats(floats)
            assert array == by_fractions(np.asarray(floats, dtype=float))
            assert array.shape == floats.shape
        for bad in (np.nan, np.inf, -np.inf):
            spoilt = rng.random(20)
            spoilt[11] = bad
            with pytest.raises(SpecificationError, match="finite"):
                RationalArray.from_floats(spoilt)


def test_a_large_tensor_comes_back() -> None:
    floats = np.random.default_rng(1).normal(size=(10, 100, 100))
    array = RationalArray.from_floats(floats)
    assert np.array_equal(array.floats(), floats)
    assert array[3, 14, 15] == Fraction(floats[3, 14, 15])


@given(st.lists(st.fractions() | st.integers(-(10**30), 10**30), min_size=1, max_size=5))
def test_floats_of_rationals_are_the_nearest(values: list[Any]) -> None:
    assert RationalArray.from_fractions(values).floats().tolist() == [float(Fraction(x)) for x in values]


def test_machine_integers_in_fractions_do_not_wrap() -> None:
    values = np.array([np.int64(2**62), Fraction(1, 10**6)], dtype=object)
    assert list(RationalArray.from_fractions(values).fractions()) == [2**62, Fraction(1, 10**6)]


def test_too_large_for_floats() -> None:
    with pytest.raises(SpecificationError, match="rescale"):
        RationalArray.of_integers(np.array([10**400], dtype=object)).floats()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RationalArray.of_integers([1.5]), "write integers"),
        (lambda: RationalArray.of_integers([True]), "write integers"),
        (lambda: RationalArray.of_integers(np.array([Fraction(1, 2)], dtype=object)), "from_fractions"),
        (lambda: RationalArray.of_integers([1], 0), "positive"),
        (lambda: RationalArray.of_integers([1], -2), "positive"),
        (lambda: RationalArray.from_fractions([0.5]), "from_values"),
        (lambda: RationalArray.from_fractions([True]), "from_values"),
        (lambda: RationalArray.from_floats(np.array([np.nan])), "finite"),
    ],
)
def test_malformed_rational_arrays(make: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        make()


def test_rational_arrays_are_values() -> None:
    given_numbers = np.array([[1, 2], [3, 4]])
    array = RationalArray.of_integers(given_numbers, 6)
    given_numbers[0, 0] = 99
    assert array[0, 0] == Fraction(1, 6)
    with pytest.raises(ValueError, match="read-only"):
        array.numerators[0, 0] = 5
    for twin in (pickle.loads(pickle.dumps(array)), copy.deepcopy(array)):  # noqa: S301
        assert twin == array
        assert not twin.numerators.flags.writeable
    assert array != RationalArray.of_integers([[1, 2]], 6)
    assert (array == 1) is False
    assert array[0] == RationalArray.from_values(["1/6", "1/3"])
    assert len(array) == 2
    assert repr(array) == "RationalArray(shape=(2, 2), denominator=6)"


def test_from_values_takes_anything_with_a_value() -> None:
    assert RationalArray.from_values([0.5, 2]) == RationalArray.from_values(["1/2", 2])
    array = RationalArray.of_integers([1])
    assert RationalArray.from_values(array) is array
    sympy = pytest.importorskip("sympy")
    with pytest.raises(SpecificationError, match="free symbols"):
        RationalArray.from_values([sympy.Symbol("x")])


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "exact"),
        ([1, "1/3", Fraction(1, 7), Decimal("0.1")], "exact"),
        (np.array([1, 2], dtype=np.uint8), "exact"),
        (np.array([["1/2", "3"]]), "exact"),
        (np.array([Fraction(1, 2), 3], dtype=object), "exact"),
        ([1, 2.5], "float"),
        ([np.float32(0.5), 3], "float"),
        (np.array([0.5], dtype=np.float16), "float"),
        ([np.array([1, 2]), [3, 4]], "exact"),
        ([np.array([1.5, 2]), [3, 4]], "float"),
        (range(3), "exact"),
    ],
)
def test_the_data_decide_the_arithmetic(values: Any, kind: str) -> None:
    assert read_array(values)[0] == kind


def test_read_values_are_right() -> None:
    _, array = read_array([[1, "1/3"], [Decimal("0.1"), -2]])
    assert array.fractions().tolist() == [[1, Fraction(1, 3)], [Fraction(1, 10), -2]]
    _, floats = read_array([[1, 2.5], [np.float32(0.1), 2**53]])
    assert floats.tolist() == [[1.0, 2.5], [float(np.float32(0.1)), 2.0**53]]
    _, floats = read_array([-0.0, 1.0])
    assert floats.tobytes() == np.array([0.0, 1.0]).tobytes()
    _, floats = read_array(np.array([-0.0, 1.0]))
    assert floats.tobytes() == np.array([0.0, 1.0]).tobytes()
    _, floats = read_array([-0.0, 1])
    assert floats.tobytes() == np.array([0.0, 1.0]).tobytes()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1, 2], [3]], r"A\[1\]: found 1 entries, expected 2"),
        ([[1, 2], 3], r"A\[1\]: found 3 where a list of 2"),
        ([1, [2]], r"A\[1\]: found a list where a number"),
        ([[1, [2]]], r"A\[0, 1\]: found a list where a number"),
        ([1, float("nan")], r"A\[1\]: found nan"),
        (np.array([[1, np.inf]]), r"A\[0, 1\]: found inf"),
        ([1.0, float("inf")], r"A\[1\]: found inf"),
        ([[1, True]], r"A\[0, 1\]: found the truth value True"),
        (np.array([True]), r"A\[0\]: found the truth value"),
        ([0.5, "1/3"], r"A\[1\]: found the exact number '1/3' beside floats"),
        ([0.5, Fraction(1, 2)], "beside floats"),
        ([0.5, 2**53 + 1], r"A\[1\]: 9007199254740993 is not a float without loss"),
        ([0.5, 10**400], "not a float without loss"),
        (["one"], r"A\[0\]: found 'one'"),
        ([None], r"A\[0\]: found None of type NoneType"),
        ([1j], "write a number"),
        ({"a": 1}, "A: found dict"),
        (np.array([1.0], dtype=np.longdouble), "float64"),
        (np.ma.masked_array([1, 2], mask=[False, True]), r"A\[1\]: found a masked entry"),
        ([np.zeros((2, 2)), np.zeros((2, 3))], r"A\[1\]: found shape \(2, 3\)"),
    ],
)
def test_malformed_input_is_refused_with_its_place(values: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        read_array(values, where="A")


def test_nesting_is_bounded() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    with pytest.raises(SpecificationError, match="64 levels"):
        read_array(deep)
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    with pytest.raises(SpecificationError, match="64 levels"):
        read_array(cyclic)


def test_subclasses_of_arrays_are_read_as_arrays() -> None:
    class Labelled(np.ndarray):
        pass

    kind, array = read_array(np.array([[1.5, 2], [3, 4]]).view(Labelled))
    assert kind == "float"
    assert type(array) is np.ndarray
    assert read_array(np.ma.masked_array([1, 2]))[0] == "exact"


def test_expressions() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    kind, array = read_array([x, "1/2", 3])
    assert kind == "symbolic"
    assert array.tolist() == [x, Fraction(1, 2), 3]
    assert read_array([sympy.sqrt(2), 1])[0] == "symbolic"
    assert read_array([sympy.Rational(1, 2), 1])[0] == "exact"
    with pytest.raises(SpecificationError, match=r"array\[1\]: found the float 0.5 beside an expression"):
        read_array([x, 0.5])


# -- verdicts ----------------------------------------------------------------------------------------------------------


def test_exact_verdicts_are_strict() -> None:
    tiny = Fraction(1, 10**30)
    assert judge([tiny], [Fraction(1)], tol=None, arithmetic="exact").status == "no"
    assert judge([Fraction(0), -tiny], [Fraction(1)] * 2, tol=None, arithmetic="exact").status == "yes"
    assert judge([], [], tol=None, arithmetic="exact").status == "yes"


@pytest.mark.parametrize(
    ("gain", "tol", "status"),
    [
        (Fraction(0), None, "yes"),
        (100 * DEFAULT_TOLERANCE, None, "within tolerance"),
        (100 * DEFAULT_TOLERANCE + Fraction(1, 10**20), None, "no"),
        (Fraction(1, 10), "1/1000", "yes"),
        (Fraction(1, 10) + Fraction(1, 10**30), "1/1000", "no"),
        (Fraction(1, 10**30), 0, "no"),
    ],
)
def test_float_verdicts_measure_gains_in_spans(gain: Fraction, tol: Any, status: str) -> None:
    verdict = judge([gain, Fraction(-1)], [Fraction(100), Fraction(1)], tol=tol, arithmetic="float", witness=str)
    assert verdict.status == status
    assert verdict.gain == gain
    assert verdict.witness == ("0" if gain > 0 else None)


def test_truth_of_a_verdict() -> None:
    assert Verdict("yes", Fraction(0))
    assert not Verdict("no", Fraction(1))
    with pytest.raises(UndecidedError, match=r"is it stable.*pass tol="):
        bool(Verdict("within tolerance", Fraction(1, 10**12), question="is it stable"))
    with pytest.raises(SpecificationError, match="tol: found -1"):
        judge([Fraction(0)], [Fraction(1)], tol=-1, arithmetic="exact")
    assert repr(Verdict("no", Fraction(1, 2), witness=(0, 1))) == "Verdict(no, gain=1/2, witness=(0, 1))"
    assert repr(Verdict("no", Fraction(10**25 + 1, 10**26))) == "Verdict(no, gain=about 0.1)"


@given(st.lists(st.tuples(st.fractions(0, 1), st.fractions(1, 5)), min_size=1, max_size=4), st.fractions(0, 1))
def test_larger_tolerance_never_turns_yes_into_no(pairs: list[tuple[Fraction, Fraction]], tol: Fraction) -> None:
    gains, spans = [g for g, _ in pairs], [s for _, s in pairs]
    small = judge(gains, spans, tol=tol, arithmetic="exact")
    large = judge(gains, spans, tol=tol * 2, arithmetic="exact")
    assert not (small.status == "yes" and large.status == "no")
    assert (small.status == "yes") == all(g <= tol * s for g, s in pairs)


def test_rows_that_are_rational_arrays() -> None:
    row = RationalArray.of_integers(np.array([1, 2]), 3)
    assert read_array([row, row]) == ("exact", RationalArray.of_integers(np.array([[1, 2], [1, 2]]), 3))
    with pytest.raises(SpecificationError, match=r"place\[1\].*ragged"):
        read_array([row, ["1/2"]], where="place")
