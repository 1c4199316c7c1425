"""The best use of what independent sensors report, some of which an attacker may have captured.

Sensor i reports s_i, of law h_i when all is well and f_i under attack; a captured one reports a quiet signal. The rule φ(s)
raises an alarm with a probability for each joint report. With C the set of captured sensors and f^C their joint law,

    maximise  min_C Σ_s f^C(s) φ(s)    subject to   Σ_s Π_i h_i(s_i) φ(s) ≤ α,   0 ≤ φ ≤ 1,

over all C of at most t sensors (adversarial capture), or for the law mixed over random captures: the minimax test of Neyman
and Pearson (:mod:`gametheory.information.detection`), a linear programme of Π m_i columns.

Reference: Z. Chair and P. K. Varshney, "Optimal data fusion in multiple sensor detection systems", IEEE Trans. Aerospace 22
(1986), for sensors that are not captured.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic.reading import check_list
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.information.detection import NeymanPearsonTest, neyman_pearson_test
from gametheory.information.distributions import Channel
from gametheory.information.monitor_fusion import Capture
from gametheory.oversight.monitor_placement import Law, number_captured, read_sensors

__all__ = ["optimal_fusion"]


def optimal_fusion(
    sensors: Sequence[Any],
    *,
    false_alarm_rate: Any,
    capture: Capture,
    captured: Any = None,
    quiet_signals: Sequence[int] | None = None,
) -> NeymanPearsonTest:
    """The rule that makes most of what independent sensors report when some may be captured, exactly, with a certificate.

    A captured sensor reports its quiet signal. Against random capture the rule is the likelihood ratio test of the mixed
    laws; against up to t chosen captures it maximises the least detection rate over all sets that may be captured, a linear
    programme. That the rule itself is out of reach of capture is assumed, as for votes.

    Parameters
    ----------
    sensors, false_alarm_rate, capture, captured :
        As for :func:`~gametheory.oversight.monitor_placement.compare_monitors`.
    quiet_signals : sequence of int, optional
        Index of the signal that a captured sensor reports; by default 0 for each.

    Returns
    -------
    NeymanPearsonTest
        Over the joint signals ``"1, 1"``, ``"1, 2"``, …; ``power`` is the detection rate under capture, and
        ``least_favourable_attack`` the attacker's mix of sets to capture, in the order of their sizes.

    Examples
    --------
    Against one chosen capture no rule does much better than two votes of three, which keep 49/100:

    >>> sensor = (["0.9", "0.1"], ["0.3", "0.7"])
    >>> optimal_fusion([sensor] * 3, false_alarm_rate="0.028", capture="adversarial", captured=1)
    NeymanPearsonTest(certified: power 24451/49750 at false alarm rate 7/250)
    """
    pairs = read_sensors(sensors)
    quiet = [0] * len(pairs) if quiet_signals is None else check_list("quiet_signals", quiet_signals)
    if len(quiet) != len(pairs) or any(
        isinstance(s, bool) or not hasattr(s, "__index__") or not 0 <= s < len(pair[0])
        for s, pair in zip(quiet, pairs, strict=False)
    ):
        raise SpecificationError(
            f"quiet_signals: found {quiet}; write the index of a signal for each of {len(pairs)} sensors"
        )
    silent = [[Fraction(int(j == s)) for j in range(len(pair[0]))] for s, pair in zip(quiet, pairs, strict=True)]
    attacks = [pair[1] for pair in pairs]
    number = number_captured(capture, captured, len(pairs))
    if capture == "adversarial":
        sets = [s for size in range(int(number or 0) + 1) for s in itertools.combinations(range(len(pairs)), size)]
        cases = [[silent[i] if i in taken else attacks[i] for i in range(len(pairs))] for taken in sets]
    else:
        c = number or Fraction(0)
        mixed = [[(1 - c) * x + c * y for x, y in zip(f, q, strict=True)] for f, q in zip(attacks, silent, strict=True)]
        sets, cases = [()], [mixed]
    size = math.prod(len(pair[0]) for pair in pairs)
    refuse_if_too_large(size * (len(cases) + 1), 200, "the joint laws of the sensors")
    names = [
        ", ".join(str(s + 1) for s in signals) for signals in itertools.product(*(range(len(p[0])) for p in pairs))
    ]
    honest = Channel([_product_law([pair[0] for pair in pairs])], outputs=names)
    under = Channel([_product_law(case) for case in cases], [_set_name(s) for s in sets], names)
    return neyman_pearson_test(honest, under, false_alarm_rate=false_alarm_rate)


def _product_law(laws: Sequence[Law]) -> Law:
    return [math.prod(chances, start=Fraction(1)) for chances in itertools.product(*laws)]


def _set_name(taken: tuple[int, ...]) -> str:
    return f"captured {', '.join(str(i + 1) for i in taken)}" if taken else "nobody captured"
