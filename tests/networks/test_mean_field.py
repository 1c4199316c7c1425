"""The mean field: endemic states between certified bounds, lies about them, paths against SciPy."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction as F
from typing import Any

import networkx as nx
import numpy as np
import pytest
from lies import LIES, garbage, lies
from scipy.integrate import solve_ivp

from gametheory.arithmetic import RationalArray
from gametheory.certificates import EndemicCertificate, MetzlerMatrix, read_certificate
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.networks import (
    Epidemic,
    Network,
    WellMixedContagion,
    endemic_state,
    is_extinct,
    mean_field_path,
    mean_field_time,
    well_mixed_time,
)


def random_epidemic(seed: int, **options: Any) -> Epidemic:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    A = rng.random((n, n)) * (rng.random((n, n)) < 0.6)
    np.fill_diagonal(A, 0)
    return Epidemic(Network.from_adjacency(A, directed=True), rng.random(n) + 0.5, rng.random(n) + 0.05, **options)


def test_regular_graphs_settle_at_a_closed_form() -> None:
    for graph, degree in ((nx.cycle_graph(7), 2), (nx.petersen_graph(), 3), (nx.complete_graph(20), 19)):
        found = endemic_state(Epidemic(graph, "1/2", "1/3"))
        expected = 1 - F(2, 3 * degree)
        for node in range(graph.number_of_nodes()):
            assert found.lower[node] < expected < found.upper[node]
        assert float(found) == pytest.approx(float(expected), rel=1e-10)
        assert found.certificate.verify()


def test_a_star_by_hand() -> None:
    """Hub x, m leaves y, β = 1: m y (1 − x) = γ x and x (1 − y) = γ y, so that x = (m − γ²) / (m + γ)."""
    for m, gamma in ((3, F(1)), (9, F(1, 2)), (50, F(2))):
        hub = (m - gamma**2) / (m + gamma)
        found = endemic_state(Epidemic(nx.star_graph(m), 1, gamma))
        assert found.lower[0] < hub < found.upper[0]
        assert found.lower[1] < hub / (hub + gamma) < found.upper[1]


@pytest.mark.parametrize("seed", range(12))
def test_the_endemic_state_is_where_the_path_ends(seed: int) -> None:
    epidemic = random_epidemic(seed)
    if is_extinct(epidemic):
        with pytest.raises(InfeasibleError) as caught:
            endemic_state(epidemic)
        assert caught.value.certificate.verify()
        assert mean_field_path(epidemic, [1000], initial=range(epidemic.num_nodes)).prevalence[0] < 1e-4
        return
    found = endemic_state(epidemic)
    late = mean_field_path(epidemic, [1000], initial=range(epidemic.num_nodes)).infected[0]
    assert found.shares == pytest.approx(late, abs=1e-7)
    assert found.certificate.verify()


def test_a_part_of_the_network_that_infection_does_not_reach() -> None:
    """Arcs lead from the quiet part to the endemic one, and to a quiet node behind it."""
    arcs = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2), (4, 5)]
    rates = ["1/10", "1/10", 3, 3, 3, "1/10"]
    found = endemic_state(Epidemic(Network.from_edges(arcs, directed=True), rates, 1))
    assert found.upper[0] < F(1, 10**9)
    assert found.lower[2] > F(1, 2)
    assert 0 < found.lower[5] < F(1, 10)


def test_near_the_threshold_and_large() -> None:
    near = endemic_state(Epidemic(nx.complete_graph(5), F(1, 4) + F(1, 10**6), 1))
    assert near.lower[0] < 1 - 1 / (4 * (F(1, 4) + F(1, 10**6))) < near.upper[0]
    graph = nx.barabasi_albert_graph(400, 3, seed=0)
    found = endemic_state(Epidemic(graph, 0.3, 1.0))
    low, high = found.prevalence_bounds
    assert high - low < F(1, 10**6)


def test_endemic_states_that_do_not_exist() -> None:
    with pytest.raises(InfeasibleError, match="dies out") as caught:
        endemic_state(Epidemic(nx.complete_graph(4), 1, 3))
    assert caught.value.certificate.verify()
    for epidemic in (
        Epidemic(nx.complete_graph(4), 1, 1, model="SIR"),
        Epidemic(nx.complete_graph(4), 1, 1, time="discrete"),
        Epidemic(nx.complete_graph(4), 1, 0),
    ):
        with pytest.raises(UnsupportedError):
            endemic_state(epidemic)


# -- paths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["SIS", "SIR"])
@pytest.mark.parametrize("seed", range(4))
def test_paths_against_scipy(seed: int, model: Any) -> None:
    epidemic = random_epidemic(seed, model=model)
    n = epidemic.num_nodes
    B = np.diag(epidemic.transmission) @ epidemic.network.adjacency().T

    def slope(_: float, y: Any) -> Any:
        x, s = y[:n], y[n:]
        caught = (s if model == "SIR" else 1 - x) * (B @ x)
        return np.concatenate([caught - epidemic.recovery * x, -caught])

    times = [0.0, 0.3, 1.0, 5.0, 30.0]
    start = np.linspace(0.05, 0.6, n)
    path = mean_field_path(epidemic, times, initial=start)
    peer = solve_ivp(slope, (0, 30), [*start, *(1 - start)], t_eval=times, rtol=1e-11, atol=1e-13).y.T
    assert path.infected == pytest.approx(peer[:, :n], abs=1e-7)
    if model == "SIR":
        assert path.ever_infected == pytest.approx(1 - peer[:, n:], abs=1e-7)
    else:
        assert (path.ever_infected == path.infected).all()


def test_discrete_time_by_hand() -> None:
    pair = nx.path_graph(2)
    sis = mean_field_path(Epidemic(pair, 0.5, 0.25, time="discrete"), [1, 2], initial=[0])
    # After one round: 3/4 + 1/4 · 0 (its neighbour is well), and 1/2.
    assert sis.infected[0] == pytest.approx([0.75, 0.5])
    assert sis.infected[1] == pytest.approx([1 - 0.75 * (1 - 0.75 * 0.75), 1 - 0.625 * (1 - 0.75 * 0.5)])
    sir = mean_field_path(Epidemic(pair, 0.5, 0.25, model="SIR", time="discrete"), [1, 2], initial=[0])
    assert sir.infected[0] == pytest.approx([0.75, 0.5])
    assert sir.ever_infected[1] == pytest.approx([1, 1 - 0.5 * (1 - 0.375)])
    sure = mean_field_path(Epidemic(pair, 1, 1, time="discrete"), [5], initial=[0])
    assert sure.infected.tolist() == [[0, 1]]


def test_time_to_a_share() -> None:
    """A complete graph started evenly is well mixed."""
    n = 50
    graph = nx.complete_graph(n)
    start = np.full(n, 0.02)
    epidemic = Epidemic(graph, 0.6 / (n - 1), 0.1)
    mixed = WellMixedContagion(0.6, 0.1)
    for share in (0.1, 0.5, 0.8):
        expected = well_mixed_time(mixed, share, initial=0.02)
        assert mean_field_time(epidemic, share, initial=start) == pytest.approx(expected, rel=1e-7)
    with pytest.raises(InfeasibleError, match=r"0\.83333.*comes no nearer"):
        mean_field_time(epidemic, 0.9, initial=start)
    with pytest.raises(InfeasibleError, match="max_time"):
        mean_field_time(epidemic, 0.5, initial=start, max_time=1.0)
    assert mean_field_time(epidemic, 0.01, initial=start) == 0.0
    rounds = Epidemic(graph, 0.6 / (n - 1), 0.1, time="discrete")
    late = mean_field_time(rounds, 0.5, initial=start)
    path = mean_field_path(rounds, [late - 1, late], initial=start).prevalence
    assert path[0] < 0.5 <= path[1]
    sir = Epidemic(graph, 0.6 / (n - 1), 0.1, model="SIR")
    assert mean_field_time(sir, 0.7, initial=start, count="ever infected") < mean_field_time(
        sir, 0.9, initial=start, count="ever infected"
    )
    with pytest.raises(InfeasibleError):
        mean_field_time(sir, 0.7, initial=start)


def test_malformed() -> None:
    epidemic = Epidemic(nx.path_graph(3), 1, 1)
    rounds = Epidemic(nx.path_graph(3), 1, 1, time="discrete")
    for call in (
        lambda: mean_field_path(epidemic, [], initial=[0]),
        lambda: mean_field_path(epidemic, [1, 1], initial=[0]),
        lambda: mean_field_path(epidemic, [-1], initial=[0]),
        lambda: mean_field_path(epidemic, [math.nan], initial=[0]),
        lambda: mean_field_path(rounds, [0.5], initial=[0]),
        lambda: mean_field_path(epidemic, [1], initial=[7]),
        lambda: mean_field_path(epidemic, [1], initial=np.array([0.5, 2, 0])),
        lambda: mean_field_path(epidemic, [1], initial=[0], tolerance=0),
        lambda: mean_field_time(epidemic, 0, initial=[0]),
        lambda: mean_field_time(epidemic, 0.5, initial=[0], count="dead"),
    ):
        with pytest.raises(SpecificationError):
            call()


def test_results_are_values() -> None:
    def both(k: int) -> tuple[Any, Any]:
        epidemic = Epidemic(nx.path_graph(3), 2 + k, 1)
        return endemic_state(epidemic), mean_field_path(epidemic, [0, 1], initial=[0])

    for one, again, other in zip(both(0), both(0), both(1), strict=True):
        assert one == again != other
        assert hash(one) == hash(again)
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # our own bytes
        json.dumps(one.to_dict(), allow_nan=False)
        assert type(one).__name__ in one._repr_html_()
        pytest.importorskip("pandas")
        assert len(one.to_frame())


# -- lies --------------------------------------------------------------------------------------------------------------


def read(data: dict[str, Any]) -> Any:
    try:
        return read_certificate(json.dumps(data))
    except SpecificationError:
        return None


def accepted(data: dict[str, Any]) -> bool:
    certificate = read(data)
    try:
        return certificate is not None and certificate.verify()
    except CertificateError:
        return False


def holds(data: dict[str, Any]) -> bool:
    """The oracle: both conditions node by node in fractions."""

    def vector(name: str) -> list[F]:
        return [F(int(x), int(data[name]["denominator"])) for x in data[name]["numerators"]]

    n, B = data["size"], {}
    for i, j, x in zip(data["rows"], data["columns"], vector("entries"), strict=True):
        B[i, j] = x
    gamma, low, high = (vector(name) for name in ("recovery", "lower", "upper"))
    if not len(gamma) == len(low) == len(high) == n or min(B.values(), default=F(0)) < 0 or min(gamma) <= 0:
        return False
    if min(low) < 0 or max(low) > 1 or min(high) <= 0 or max(high) > 1:
        return False

    def flow(x: list[F]) -> list[F]:
        return [sum(B.get((i, j), F(0)) * x[j] for j in range(n)) * (1 - x[i]) - gamma[i] * x[i] for i in range(n)]

    return min(flow(low)) >= 0 >= max(flow(high))


def greatest_state(certificate: EndemicCertificate) -> Any:
    B = np.zeros((certificate.transmission.size,) * 2)
    B[certificate.transmission.rows, certificate.transmission.columns] = certificate.transmission.entries.floats()
    x = np.ones(len(B))
    for _ in range(300):
        x = (B @ x) / (certificate.recovery.floats() + B @ x)
    return x


def base(seed: int) -> dict[str, Any]:
    """Bounds on the endemic state of a small network, loose ones and tight."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    entries = rng.integers(0, 5, (n, n))
    rows, columns = np.nonzero(entries)
    certificate = EndemicCertificate(
        transmission=MetzlerMatrix(n, rows, columns, RationalArray.of_integers(entries[rows, columns])),
        recovery=RationalArray.of_integers(rng.integers(1, 5, n), 3),
        lower=RationalArray.of_integers(np.zeros(n, dtype=np.int64)),
        upper=RationalArray.of_integers(np.ones(n, dtype=np.int64)),
    )
    x = greatest_state(certificate)
    slack = float(rng.choice([0.2, 1e-3]))
    low = np.where(x > 0.05, np.floor(x * (1 - slack) * 1e4), 0).astype(np.int64)
    high = np.minimum(np.ceil(np.maximum(x, 0.01) * (1 + slack) * 1e4), 1e4).astype(np.int64)
    return {
        **certificate.to_dict(),
        "lower": {"denominator": "10000", "numerators": low.tolist()},
        "upper": {"denominator": "10000", "numerators": high.tolist()},
    }


@LIES
def test_lies(count: int) -> None:
    bases = [data for data in map(base, range(120)) if accepted(data)]
    assert len(bases) > 60
    true = false = 0
    for what, data in lies(bases, count, 3):
        certificate = read(data)
        if certificate is None:
            continue
        believed = accepted(data)
        assert believed == holds(data), (what, data)
        true, false = true + believed, false + (not believed)
        if believed:  # what is believed is true
            x = greatest_state(certificate)
            assert (certificate.lower.floats() <= x + 2e-3).all(), (what, data)
            assert (certificate.upper.floats() >= x - 1e-9).all(), (what, data)
    assert true >= count // 20 <= false, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    data = endemic_state(Epidemic(nx.path_graph(3), 2, 1)).certificate.to_dict()
    assert sum(not accepted(changed) for changed in garbage(data, 300, 0)) > 200


def test_each_fault_is_named() -> None:
    kept = endemic_state(Epidemic(nx.path_graph(3), 2, 1)).certificate
    ones = RationalArray.of_integers([1, 1, 1])
    negative = MetzlerMatrix(3, [0], [0], RationalArray.of_integers([-1]))
    for change, message in (
        ({"lower": kept.upper}, "loses infection"),
        ({"upper": kept.lower}, "gains infection"),
        ({"upper": RationalArray.of_integers([0, 1, 1])}, "outside"),
        ({"lower": RationalArray.of_integers([2, 1, 1])}, "outside"),
        ({"recovery": RationalArray.of_integers([1, 0, 1])}, "not positive"),
        ({"recovery": RationalArray.of_integers([1])}, "shape"),
        ({"transmission": negative}, "negative"),
    ):
        fields = {name: getattr(kept, name) for name in kept.__slots__} | change
        with pytest.raises(CertificateError, match=message):
            EndemicCertificate(**fields).verify()
    assert EndemicCertificate(
        transmission=kept.transmission, recovery=kept.recovery, lower=RationalArray.of_integers([0, 0, 0]), upper=ones
    ).verify()
