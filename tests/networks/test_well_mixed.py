"""Well-mixed populations: the numbers of Gu et al. (2024), and the equation integrated by SciPy."""

from __future__ import annotations

import json
import math
from fractions import Fraction as F
from typing import Any

import pytest
from scipy.integrate import solve_ivp

from gametheory.errors import InfeasibleError, SpecificationError, UndecidedError
from gametheory.networks import WellMixedContagion, well_mixed_share, well_mixed_time
from gametheory.networks import is_extinct as dies_out


def chats(transmission: Any, recovery: Any) -> WellMixedContagion:
    return WellMixedContagion(transmission, recovery, contact_factor="1/2")


def test_a_million_agents() -> None:
    """Gu et al. 2024: about 27 to 31 rounds for 10⁶ agents, and ln 1000 / (β/2) ≈ 14 more for a thousand times as many."""
    contagion = chats(1, 0)
    assert round(well_mixed_time(contagion, "1/2", population=10**6), 4) == 27.6310
    assert round(well_mixed_time(contagion, "0.99", population=10**6), 4) == 36.8213
    more = well_mixed_time(contagion, "1/2", population=10**9) - well_mixed_time(contagion, "1/2", population=10**6)
    assert round(more, 4) == 13.8155
    assert more == pytest.approx(2 * math.log(1000), rel=1e-6)


def test_with_recovery() -> None:
    contagion = chats("0.6", "0.1")
    assert contagion.plateau == F(2, 3)
    assert well_mixed_time(contagion, "1/2", population=256) == pytest.approx(31.16224, abs=1e-5)
    printed = well_mixed_time(contagion, "1/2", population=256, formula="large population")
    assert printed == pytest.approx(31.1916, abs=1e-4)
    assert printed - well_mixed_time(contagion, "1/2", population=256) == pytest.approx(
        5 * (math.log(256) - math.log(256 - 1.5))
    )


@pytest.mark.parametrize(
    ("rates", "initial", "share"),
    [
        ((0.6, 0.1), 0.01, 0.5),
        ((1.0, 1.0), 0.9, 0.1),
        ((0.3, 0.4), 0.5, 0.01),
        ((0.0, 0.2), 0.5, 0.1),
        ((2, 0.1), 1, 0.97),
    ],
)
def test_against_numerical_integration(rates: tuple[float, float], initial: float, share: float) -> None:
    contagion = WellMixedContagion(*rates)
    beta, gamma = rates

    def slope(_: float, c: Any) -> Any:
        return beta * c * (1 - c) - gamma * c

    def event(_: float, c: Any) -> Any:
        return c[0] - share

    event.terminal = True  # type: ignore[attr-defined]
    path = solve_ivp(slope, (0, 1000), [initial], events=event, rtol=1e-11, atol=1e-13)
    time = well_mixed_time(contagion, share, initial=initial)
    assert time == pytest.approx(path.t_events[0][0], rel=1e-7)
    assert well_mixed_share(contagion, time, initial=initial) == pytest.approx(share, rel=1e-9)
    assert well_mixed_share(contagion, 0, initial=initial) == pytest.approx(initial)


def test_extinction_at_the_threshold() -> None:
    assert bool(chats("0.2", "0.1").is_extinct())
    assert not chats("0.2", "0.0999").is_extinct()
    assert not WellMixedContagion(0, 0).is_extinct()
    assert dies_out(chats("0.2", "0.1")).gain == 0
    assert chats(1, "0.1").extinction_threshold == F(1, 5)
    doubtful = WellMixedContagion(0.1 * 3, 0.3).is_extinct()  # 0.1 · 3 is a little more than 0.3 in floats
    with pytest.raises(UndecidedError):
        bool(doubtful)
    assert WellMixedContagion(0.1 * 3, 0.3).is_extinct(tol=1e-9)


def test_shares_that_are_never_reached() -> None:
    with pytest.raises(InfeasibleError, match="tends to 2/3"):
        well_mixed_time(chats("0.6", "0.1"), "0.7", population=10)
    with pytest.raises(InfeasibleError, match="tends to 0"):
        well_mixed_time(chats("0.1", "0.1"), "0.7", population=10)
    with pytest.raises(InfeasibleError):
        well_mixed_time(WellMixedContagion(0, 0), "0.7", population=10)
    assert well_mixed_time(chats(1, 0), "0.1", population=10) == 0.0
    assert well_mixed_share(WellMixedContagion(0, 1), 2000, initial=1) == 0.0


def test_malformed() -> None:
    for call in (
        lambda: WellMixedContagion(-1, 0),
        lambda: WellMixedContagion(1, 0, contact_factor=0),
        lambda: WellMixedContagion(math.nan, 0),
        lambda: well_mixed_time(chats(1, 0), 1.5, population=10),
        lambda: well_mixed_time(chats(1, 0), 0.5),
        lambda: well_mixed_time(chats(1, 0), 0.5, population=1),
        lambda: well_mixed_time(chats(1, 0), 0.5, initial=0),
        lambda: well_mixed_time(chats(1, 0), 0.5, initial="1/8", formula="large population"),
        lambda: well_mixed_share(chats(1, 0), -1, initial=0.5),
        lambda: WellMixedContagion(0, 0).plateau,
    ):
        with pytest.raises(SpecificationError):
            call()


def test_shown() -> None:
    contagion = chats(1, 0)
    assert json.loads(json.dumps(contagion.to_dict()))["growth_rate"] == "1/2"
    assert "growth rate 1/2" in contagion._repr_html_()
    assert contagion == chats(1, 0) != chats(2, 0)
    pytest.importorskip("pandas")
    assert len(contagion.to_frame()) == 1
