"""Spectral radii between certified bounds: published graphs, exact thresholds, numpy on random matrices, and lies."""

from __future__ import annotations

import json
import math
import pickle
import random
from fractions import Fraction as F
from typing import Any

import networkx as nx
import numpy as np
import pytest
from lies import LIES, garbage, lies

from gametheory.arithmetic import RationalArray
from gametheory.certificates import MetzlerMatrix, SpectralCertificate, read_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.networks import compare_spectral_abscissa, spectral_abscissa, spectral_radius
from gametheory.networks.spectral import MAX_EXACT

# Spectra of graphs: A. E. Brouwer and W. H. Haemers, Spectra of Graphs, section 1.4.
WHOLE = {
    "K5": (nx.complete_graph(5), 4),
    "star of 10": (nx.star_graph(9), 3),
    "cycle": (nx.cycle_graph(7), 2),
    "K2,8": (nx.complete_bipartite_graph(2, 8), 4),
    "Petersen": (nx.petersen_graph(), 3),
    "hypercube": (nx.hypercube_graph(4), 4),
    "no edges": (nx.empty_graph(3), 0),
    "directed cycle": (nx.cycle_graph(5, create_using=nx.DiGraph), 1),
    "directed path": (nx.path_graph(5, create_using=nx.DiGraph), 0),
    "path of 2": (nx.path_graph(2), 1),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_radii_are_found_exactly(name: str) -> None:
    graph, value = WHOLE[name]
    found = spectral_radius(graph)
    assert found.lower == found.upper == value
    assert found.certificate.verify()
    for threshold, relation in ((value, "equal"), (value + F(1, 10**30), "below"), (value - F(1, 10**30), "above")):
        assert compare_spectral_abscissa(graph, threshold).relation == relation


@pytest.mark.parametrize(
    ("graph", "square"),
    [(nx.path_graph(5), 3), (nx.star_graph(10), 10), (nx.complete_bipartite_graph(3, 5), 15), (nx.star_graph(2), 2)],
)
def test_irrational_radii_are_enclosed_and_decided(graph: nx.Graph, square: int) -> None:
    found = spectral_radius(graph)
    assert found.lower**2 < square < found.upper**2
    assert found.upper - found.lower < F(1, 10**13)
    for digits in (5, 15, 25, 60):
        root = F(math.isqrt(square * 100**digits), 10**digits)  # just below the square root
        for threshold, relation in ((root, "above"), (root + F(1, 10**digits), "below")):
            compared = compare_spectral_abscissa(graph, threshold)
            assert compared.relation == relation
            assert compared.bounds.certificate.verify()
            inside = compared.bounds.lower <= threshold <= compared.bounds.upper
            assert not inside


def test_path_and_cycle_closed_forms() -> None:
    """The path of n has radius 2 cos(π / (n + 1))."""
    for n in (3, 10, 150, 700):
        found = spectral_radius(nx.path_graph(n))
        assert abs(float(found) - 2 * math.cos(math.pi / (n + 1))) < 1e-11
        assert found.certificate.verify()


def random_metzler(rng: np.random.Generator, n: int) -> np.ndarray:
    """Integers, sparse enough that many are reducible."""
    matrix = rng.integers(0, 4, (n, n)) * (rng.random((n, n)) < rng.choice([0.2, 0.5, 1.0]))
    matrix[np.diag_indices(n)] = rng.integers(-3, 3, n)
    return matrix


@pytest.mark.parametrize("seed", range(60))
def test_against_numpy_on_random_metzler_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = random_metzler(rng, int(rng.integers(1, 9)))
    if seed % 3 == 0:
        matrix = matrix * 0.1
    found = spectral_abscissa(matrix)
    assert found.certificate.verify()
    expected = float(np.linalg.eigvals(matrix).real.max())
    # A defective eigenvalue of order k is seen by floats with an error of about eps^(1/k).
    assert float(found) == pytest.approx(expected, abs=1e-3)
    assert float(found.upper - found.lower) < 1e-9
    assert spectral_abscissa(matrix.T).lower <= found.upper
    for threshold in (found.lower, found.upper, F(round(expected))):
        compared = compare_spectral_abscissa(matrix, threshold)
        assert compared.bounds.certificate.verify()
        low, high = compared.bounds.lower, compared.bounds.upper
        assert {"below": high < threshold, "above": low > threshold, "equal": low == high == threshold}[
            compared.relation
        ]


def test_reducible_matrices() -> None:
    jordan = compare_spectral_abscissa([[1, 1], [0, 1]], 1)
    assert jordan.relation == "equal"
    assert jordan.critical == ((0,), (1,))
    assert jordan.bounds.certificate.verify()
    chain = nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2)])
    compared = compare_spectral_abscissa(chain, 1)
    assert (compared.relation, compared.critical) == ("equal", ((0, 1), (2, 3, 4)))
    assert compare_spectral_abscissa(chain, 2).critical == ()


def test_the_threshold_is_another_eigenvalue() -> None:
    """Inside wide bounds an eigenvalue that is not the largest is not taken for it."""
    from gametheory.networks.spectral_blocks import Block

    matrix = spectral_abscissa(nx.complete_graph(4)).matrix
    part = Block(np.arange(4), matrix.rows, matrix.columns, matrix.entries.numerators, 1)
    part.lower, part.upper = F(-2), F(4)
    assert part.decide(F(-1)) == "above"
    assert part.lower > -1


def test_large_networks_stay_undecided_within_the_bounds_only() -> None:
    graph = nx.barabasi_albert_graph(MAX_EXACT + 50, 2, seed=3)
    found = spectral_radius(graph)
    middle = (found.lower + found.upper) / 2
    compared = compare_spectral_abscissa(graph, middle)
    assert compared.relation == "undecided"
    assert "numerical" in repr(compared)
    assert compare_spectral_abscissa(graph, found.upper + F(1, 10**20)).relation == "below"
    regular = nx.random_regular_graph(4, MAX_EXACT + 50, seed=0)
    assert compare_spectral_abscissa(regular, 4).relation == "equal"


def test_extreme_scales() -> None:
    for scale in (F(1, 10**200), F(10**200)):
        found = spectral_radius([[0, 2 * scale], [8 * scale, 0]])
        assert found.lower == found.upper == 4 * scale
    uneven = spectral_radius([[0, 1e-12], [1e12, 0]])
    assert float(uneven) == pytest.approx(1, rel=1e-12)


def test_malformed() -> None:
    for matrix, message in (
        ([[0, -1], [0, 0]], r"matrix\[0, 1\]"),
        ([[0, 1]], "square"),
        ([[0, math.nan], [0.0, 0]], "nan"),
    ):
        with pytest.raises(SpecificationError, match=message):
            spectral_abscissa(matrix)
    with pytest.raises(SpecificationError, match="spectral_abscissa"):
        spectral_radius([[-1]])
    ones = RationalArray.of_integers([1, 1])
    for rows, columns in (([0, 0], [1, 1]), ([0, 3], [1, 0]), ([1, 0], [0, 1]), ([0], [1])):
        with pytest.raises(SpecificationError, match="matrix"):
            MetzlerMatrix(2, rows, columns, ones)


def test_results_are_values() -> None:
    one, other = spectral_radius(nx.path_graph(5)), spectral_radius(nx.star_graph(4))
    again = pickle.loads(pickle.dumps(one))  # noqa: S301  # our own bytes
    assert one == again != other
    assert hash(one) == hash(again)
    compared = compare_spectral_abscissa(nx.path_graph(5), 2)
    for result in (one, compared):
        json.dumps(result.to_dict(), allow_nan=False)
        assert "certified" in result._repr_html_()
        pytest.importorskip("pandas")
        assert len(result.to_frame()) == 1


# -- lies --------------------------------------------------------------------------------------------------------------


def accepted(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def holds(data: dict[str, Any]) -> bool:
    """The oracle: the evidence looked at entry by entry in fractions."""
    n = data["size"]
    numbers = [F(int(x), int(data["entries"]["denominator"])) for x in data["entries"]["numerators"]]
    places = list(zip(data["rows"], data["columns"], strict=False))
    lists = {len(data["rows"]), len(data["columns"]), len(numbers)}
    if len(lists) > 1 or places != sorted(set(places)) or any(not 0 <= k < n for pair in places for k in pair):
        return False
    if any(x == 0 or (x < 0 and i != j) for (i, j), x in zip(places, numbers, strict=True)):
        return False
    entry = dict(zip(places, numbers, strict=True))
    v, w = ([int(x) for x in data[name]["numerators"]] for name in ("upper_vector", "lower_vector"))
    block = data["blocks"]
    if not len(v) == len(w) == len(block) == n or min(v) <= 0 or min(w) < 0 or not any(w):
        return False
    if any(block[i] > block[j] for i, j in places):
        return False
    for i in range(n):
        own = sum(entry.get((i, j), F(0)) * v[j] for j in range(n) if block[i] == block[j])
        full = sum(entry.get((i, j), F(0)) * w[j] for j in range(n))
        if own > F(data["upper"]) * v[i] or full < F(data["lower"]) * w[i]:
            return False
    return True


def readable(data: dict[str, Any]) -> bool:
    try:
        read_certificate(json.dumps(data))
    except SpecificationError:
        return False
    return True


@LIES
def test_lies(count: int) -> None:
    rng = np.random.default_rng(0)
    matrices = [random_metzler(rng, int(rng.integers(1, 5))) for _ in range(40)]
    bases = [json.loads(json.dumps(spectral_abscissa(m).certificate.to_dict())) for m in matrices]
    loose = [{**b, "upper": str(F(b["upper"]) + 1), "lower": str(F(b["lower"]) - F(1, 3))} for b in bases]
    bases += loose
    assert all(accepted(data) and holds(data) for data in bases)
    true = false = 0
    for what, data in lies(bases, count, 5):
        believed = accepted(data)
        if not readable(data):
            assert not believed, what
            continue
        assert believed == holds(data), (what, data)
        true, false = true + believed, false + (not believed)
        if believed:  # what is believed is true
            found = spectral_abscissa(read_certificate(json.dumps(data)).matrix)
            assert F(data["lower"]) <= found.upper
            assert F(data["upper"]) >= found.lower
    assert true >= count // 20 <= false, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    base = spectral_abscissa([[-1, 2], [1, "1/2"]]).certificate.to_dict()
    refused = sum(not accepted(changed) for changed in garbage(base, 300, 0))
    assert refused > 200


def test_each_fault_is_named() -> None:
    kept = spectral_radius(nx.path_graph(5)).certificate
    reducible = spectral_radius(nx.path_graph(3, create_using=nx.DiGraph)).certificate
    hair = F(1, 10**9)
    zero = RationalArray.of_integers([0] * 5)
    for certificate, change, message in (
        (kept, {"upper": kept.upper - hair}, "exceeds the upper bound"),
        (kept, {"lower": kept.lower + hair}, "falls short of the lower"),
        (kept, {"upper_vector": zero}, "not positive"),
        (kept, {"lower_vector": zero}, "0 everywhere"),
        (kept, {"blocks": (0, 1, 0, 1, 0)}, "leads back"),
        (kept, {"blocks": (0,)}, "numbers of blocks"),
        (kept, {"upper_vector": RationalArray.of_integers([1])}, "shape"),
        (reducible, {"blocks": (2, 1, 0)}, "leads back"),
    ):
        fields = {name: getattr(certificate, name) for name in certificate.__slots__} | change
        with pytest.raises(CertificateError, match=message):
            SpectralCertificate(**fields).verify()


def test_entries_beyond_machine_integers() -> None:
    big = 2**61 + 1
    matrix = MetzlerMatrix(2, [0, 1], [1, 0], RationalArray.of_integers(np.array([big, big], dtype=object)))
    ones = RationalArray.of_integers([1, 1])
    fields: dict[str, Any] = {"matrix": matrix, "blocks": (0, 0), "upper_vector": ones, "lower_vector": ones}
    assert SpectralCertificate(**fields, lower=F(big), upper=F(big)).verify()
    with pytest.raises(CertificateError, match="exceeds"):
        SpectralCertificate(**fields, lower=F(big), upper=F(big - 1)).verify()
    with pytest.raises(CertificateError, match="falls short"):
        SpectralCertificate(**fields, lower=F(big + 1), upper=F(big)).verify()


def test_symmetry_of_names() -> None:
    """Relabelling changes nothing."""
    rng = random.Random(1)
    graph = nx.gnp_random_graph(9, 0.4, seed=4)
    order = list(range(9))
    rng.shuffle(order)
    moved = nx.relabel_nodes(graph, dict(enumerate(order)))
    assert float(spectral_radius(graph)) == pytest.approx(float(spectral_radius(moved)), rel=1e-13)
