"""Gács–Körner ≤ mutual ≤ Wyner: closed forms, random searches for better decompositions, and lies."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.information import binary_entropy

from gametheory.arithmetic import RationalArray
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.information import common_part, entropy, gacs_korner_information, wyner_common_information


def doubly_symmetric(p: Any) -> list[list[F]]:
    p = F(p)
    return [[(1 - p) / 2, p / 2], [p / 2, (1 - p) / 2]]


def shannon(p: Any) -> float:
    values = np.asarray(p, dtype=float).reshape(-1)
    return float(-(values[values > 0] * np.log2(values[values > 0])).sum())


def mutual(p: Any) -> float:
    table = np.asarray(p, dtype=float)
    return shannon(table.sum(axis=0)) + shannon(table.sum(axis=1)) - shannon(table)


@pytest.mark.parametrize(
    ("p", "value"),
    [("1/10", 0.87276057), ("11/100", 0.85769905), ("1/5", 0.70590490), ("3/10", 0.50477066), ("2/5", 0.26997134)],
)
def test_doubly_symmetric_binary_source(p: str, value: float) -> None:
    """1 + h(p) − 2 h(a) with a = (1 − √(1 − 2p))/2 (Wyner 1975, section 3)."""
    found = wyner_common_information(doubly_symmetric(p), unit="bits")
    x = float(F(p))
    formula = 1 + binary_entropy(x) - 2 * binary_entropy((1 - math.sqrt(1 - 2 * x)) / 2)
    assert abs(formula - value) < 1e-8
    assert found.lower <= formula <= found.upper + 1e-15
    assert found.upper - found.lower < 1e-6


@pytest.mark.parametrize("p", ["1/2", "3/5"])
def test_symmetric_binary_erasure_source(p: str) -> None:
    """A fair bit and its erasure: 1 if p ≤ 1/2, else h(p)."""
    x = F(p)
    found = wyner_common_information([[(1 - x) / 2, x / 2, 0], [0, x / 2, (1 - x) / 2]], unit="bits")
    value = 1.0 if x <= F(1, 2) else binary_entropy(float(x))
    assert found.lower <= value + 1e-15
    assert value <= found.upper + 1e-15
    assert found.upper - found.lower < 2e-6


@pytest.mark.parametrize("seed", range(8))
def test_the_three_measures_are_nested(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = [(2, 2), (2, 3), (3, 2), (2, 4), (1, 3), (2, 2), (3, 3), (2, 3)][seed]
    weights = rng.integers(1, 9, (n, m)) * (rng.random((n, m)) < (0.7 if seed % 2 else 1.0))
    weights[0, 0] += 1
    joint = [[F(int(w), int(weights.sum())) for w in row] for row in weights]
    found = wyner_common_information(joint, unit="bits", tol="1e-3" if min(n, m) == 3 else "1e-6")
    assert gacs_korner_information(joint, unit="bits").lower <= float(found.mutual_information) + 1e-12
    assert abs(float(found.mutual_information) - mutual(joint)) < 1e-12
    assert float(found.mutual_information) <= found.lower + 1e-12
    table = np.array(joint, dtype=object)
    for side in (table.sum(axis=1), table.sum(axis=0)):
        assert found.lower <= entropy(side.tolist(), unit="bits").upper  # W may be X, or Y
        assert found.upper <= entropy(side.tolist(), unit="bits").upper + 1e-6
    mixed = (found.left.fractions() * found.weights.fractions()[:, None]).T @ found.right.fractions()
    assert mixed.tolist() == joint
    attained = shannon(joint) - sum(
        a * (shannon(u) + shannon(v))
        for a, u, v in zip(*(x.floats() for x in (found.weights, found.left, found.right)), strict=True)
    )
    assert abs(attained - found.upper) < 1e-9
    assert found.upper - found.lower < (2e-3 if min(n, m) == 3 else 2e-6)


@pytest.mark.parametrize("seed", range(3))
def test_no_decomposition_found_by_chance_is_better(seed: int) -> None:
    """Distributions made by mixing products: what they were made of is an upper bound, hence not below ours from below."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 4))
    weights = [F(int(x) + 1) for x in rng.integers(0, 5, k)]
    weights = [w / sum(weights) for w in weights]
    parts = [[[F(int(a), 8), 1 - F(int(a), 8)] for a in rng.integers(0, 9, 2)] for _ in range(k)]
    joint = [
        [sum((w * u[x] * v[y] for w, (u, v) in zip(weights, parts, strict=True)), F(0)) for y in (0, 1)] for x in (0, 1)
    ]
    made = shannon(joint) - sum(float(w) * (shannon(u) + shannon(v)) for w, (u, v) in zip(weights, parts, strict=True))
    assert wyner_common_information(joint, unit="bits").lower <= made + 1e-12


def test_what_is_shared_exactly() -> None:
    blocks = [["1/8", "1/8", 0, 0], ["1/8", "1/8", 0, 0], [0, 0, "1/2", 0], [0, 0, 0, 0]]
    assert common_part(blocks) == (((0, 1), (0, 1)), ((2,), (2,)))
    assert float(gacs_korner_information(blocks, unit="bits")) == 1.0
    found = wyner_common_information(blocks, unit="bits", tol="1e-3", max_cells=50)
    assert abs(found.upper - 1) < 1e-9
    assert abs(found.lower - 1) < 1e-9  # mutual information already proves it
    chain = [["1/5", "1/5", 0], [0, "1/5", "1/5"], [0, 0, "1/5"]]
    assert len(common_part(chain)) == 1
    assert float(gacs_korner_information(chain, unit="nats")) == 0
    equal = wyner_common_information([["1/3", 0, 0], [0, "1/3", 0], [0, 0, "1/3"]], unit="bits")
    assert math.isclose(equal.lower, math.log2(3)) and math.isclose(equal.upper, math.log2(3))  # noqa: PT018
    product = wyner_common_information([[0.125, 0.375], [0.125, 0.375]], unit="bits")
    assert product.upper < 1e-30


def test_few_cells_give_honest_bounds() -> None:
    full = wyner_common_information(doubly_symmetric("1/5"), unit="bits")
    quick = wyner_common_information(doubly_symmetric("1/5"), unit="bits", max_cells=5)
    assert quick.lower <= full.lower
    assert quick.lower >= float(quick.mutual_information) - 1e-12
    assert quick.certificate.verify()


def test_certificates_travel_and_lies_are_refused() -> None:
    found = wyner_common_information(doubly_symmetric("1/5"), unit="bits")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes
    certificate = found.certificate
    read: Any = read_certificate(json.dumps(found.to_dict()["certificate"], allow_nan=False))
    assert verify_certificate(read).status == "verified"
    assert len(found.to_frame()) == len(found.weights)
    assert "\n" not in repr(found)
    assert "<p>" in found._repr_html_()
    small = F(1, 10**4)

    def moved(table: RationalArray) -> RationalArray:
        values = table.fractions()
        values.reshape(-1)[0] += small
        values.reshape(-1)[1] -= small
        return RationalArray.from_fractions(values)

    lies = [
        replace(certificate, upper=certificate.upper - small),
        replace(certificate, lower=certificate.lower + small),
        replace(certificate, lower=certificate.lower + small, score=certificate.score - small),
        replace(certificate, cells=3),
        replace(certificate, weights=moved(certificate.weights)),
        replace(certificate, left=moved(certificate.left)),
        replace(certificate, joint=moved(certificate.joint)),
        replace(certificate, prices=RationalArray.from_fractions(certificate.prices.fractions() + 1)),
    ]
    for lie in lies:
        with pytest.raises(CertificateError):
            lie.verify()
    with pytest.raises(CertificateError, match="no game"):
        certificate.verify(NormalFormGame.zero_sum([[0]]))
    assert replace(certificate, lower=F(0), upper=F(2)).verify()
    data = certificate.to_dict()
    for key, value in (("cells", -1), ("cells", True), ("joint", []), ("kind", "capacity")):
        with pytest.raises(SpecificationError):
            read_certificate({**data, key: value})


def test_malformed_questions() -> None:
    for joint in ([["1/2", "1/3"]], [[0.5, 0.5, 0.5]], ["1/2", "1/2"], [[math.nan, 1.0]], [["3/2", "-1/2"]]):
        with pytest.raises(SpecificationError):
            wyner_common_information(joint, unit="bits")
        with pytest.raises(SpecificationError):
            gacs_korner_information(joint, unit="bits")
    with pytest.raises(SpecificationError, match="unit"):
        wyner_common_information([[1]], unit="bit")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(SpecificationError, match="max_cells"):
        wyner_common_information([[1]], unit="bits", max_cells=0)
    with pytest.raises(SpecificationError, match="tol"):
        wyner_common_information([[1]], unit="bits", tol=0)
