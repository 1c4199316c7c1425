"""Threats and trees of cases: the evidence for what oversight costs at least, as data.

A *threat* is a joint deviation, or a distribution over several, that must not pay. A tree of cases says who is held back in
a threat; what either proves is checked in :mod:`.policy_cost`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.certificates.encoding import indices_from_json
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError

__all__ = ["TOGETHER", "Case", "CaseSplit", "Threat", "split_from_json", "threat_from_json"]

TOGETHER = -1
"""In a case split under "some": every mover is held at its threshold."""


@final
@dataclass(frozen=True, slots=True)
class Threat:
    """A joint deviation that must not pay, or a distribution over several, times a multiplier.

    Attributes
    ----------
    coalition : frozenset of int
    plays : tuple of (joint action, weight)
        An action for each member in increasing order of index, and a weight > 0.
    member : int or None
        Under "any" the member whose gain it is.
    """

    coalition: frozenset[int]
    plays: tuple[tuple[tuple[int, ...], Fraction], ...]
    member: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "coalition": sorted(self.coalition),
            "plays": [[list(joint), rational_to_json(weight)] for joint, weight in self.plays],
            "member": self.member,
        }


@final
@dataclass(frozen=True, slots=True)
class Case:
    """One way to hold back a threat.

    Attributes
    ----------
    who : int
        The mover, or ``TOGETHER``.
    next : int
        Number of the split that follows, −1 for a leaf.
    weights : tuple of (int, Fraction)
        Of a leaf: numbers of further threats, each with its weight z ≥ 0.
    """

    who: int
    next: int = -1
    weights: tuple[tuple[int, Fraction], ...] = ()


@final
@dataclass(frozen=True, slots=True)
class CaseSplit:
    """Which mover is held back in a threat (by its number)."""

    threat: int
    cases: tuple[Case, ...]

    def to_json(self) -> list[Any]:
        """Plain JSON data."""
        return [
            self.threat,
            [[case.who, case.next, [[k, rational_to_json(z)] for k, z in case.weights]] for case in self.cases],
        ]


def threat_from_json(data: Any, *, where: str) -> Threat:
    """Read what :meth:`Threat.to_json` wrote."""
    expect_keys(data, ("coalition", "plays", "member"), where=where)
    member = data["member"]
    if member is not None and (type(member) is not int or member < 0):
        raise SpecificationError(f"{where}.member: found {member!r}; write the index of a member, or null")
    if not isinstance(data["plays"], list):
        raise SpecificationError(f"{where}.plays: write a list of pairs")
    plays = []
    for k, pair in enumerate(data["plays"]):
        if not isinstance(pair, list) or len(pair) != 2:
            raise SpecificationError(f"{where}.plays[{k}]: write a pair of a joint action and a weight")
        joint = indices_from_json(pair[0], where=f"{where}.plays[{k}][0]")
        plays.append((joint, rational_from_json(pair[1], where=f"{where}.plays[{k}][1]")))
    members = indices_from_json(data["coalition"], where=f"{where}.coalition")
    if len(set(members)) != len(members):
        raise SpecificationError(f"{where}.coalition: a member is named twice; name each once")
    return Threat(frozenset(members), tuple(plays), member)


def split_from_json(data: Any, *, where: str) -> CaseSplit:
    """Read what :meth:`CaseSplit.to_json` wrote."""
    if not isinstance(data, list) or len(data) != 2 or type(data[0]) is not int or not isinstance(data[1], list):
        raise SpecificationError(f"{where}: write the number of a threat and a list of cases")
    return CaseSplit(data[0], tuple(_one_case(case, f"{where}[1][{k}]") for k, case in enumerate(data[1])))


def _one_case(data: Any, where: str) -> Case:
    form = isinstance(data, list) and len(data) == 3 and isinstance(data[2], list)
    if not form or any(type(x) is not int for x in data[:2]):
        raise SpecificationError(f"{where}: write a mover, the number of a split, and a list of weighted threats")
    weights = []
    for k, pair in enumerate(data[2]):
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int:
            raise SpecificationError(f"{where}[2][{k}]: write the number of a threat and its weight")
        weights.append((pair[0], rational_from_json(pair[1], where=f"{where}[2][{k}][1]")))
    return Case(data[0], data[1], tuple(weights))
