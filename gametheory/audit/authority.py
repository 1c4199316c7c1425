"""The authority of a scenario: the table ``[authority]``, from its data to rates, fines and rewards.

An authority convicts colluders with some probability in every round and fines them (``conviction_rate``, ``fine``), convicts
competing agents falsely (``false_conviction_rate``), and is lenient to those who report (``leniency``, ``reward``) or who
reveal the agreement when they are investigated (``investigation``). With ``design``, what it could choose instead, and at
which cost. What all this does to the agreement is the matter of :mod:`gametheory.oversight.leniency`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.audit.places import Place, for_each, number_at, rate_at

__all__ = ["AuthorityTerms", "InvestigationTerms", "ProgrammeTerms", "read_authority_table"]

Data = Mapping[str, Any]
_INSTRUMENTS = ("conviction_rate", "fine", "reward")


@final
@dataclass(frozen=True, slots=True)
class InvestigationTerms:
    """Probabilities of an investigation and of a conviction of the silent, and what those pay who reveal."""

    probability: Fraction
    proof: Fraction
    reduced_fine: Fraction


@final
@dataclass(frozen=True, slots=True)
class ProgrammeTerms:
    """What the authority may choose: largest value and unit cost of conviction rate, fine and reward, in this order."""

    caps: tuple[Fraction, Fraction, Fraction]
    costs: tuple[Fraction, Fraction, Fraction]
    reward_budget: Fraction | None
    leniency: bool


@final
@dataclass(frozen=True, slots=True)
class AuthorityTerms:
    """What the authority does.

    Attributes
    ----------
    conviction_rate : Fraction or None
        ``None`` where there is an investigation.
    fines : tuple of Fraction, one for each agent
    leniency : str or Fraction
        As in :class:`gametheory.oversight.Authority`.
    reward, false_conviction_rate : Fraction
    conviction_ends_cartel : bool
    investigation : InvestigationTerms or None
    design : ProgrammeTerms or None
    """

    conviction_rate: Fraction | None
    fines: tuple[Fraction, ...]
    leniency: str | Fraction
    reward: Fraction
    false_conviction_rate: Fraction
    conviction_ends_cartel: bool
    investigation: InvestigationTerms | None
    design: ProgrammeTerms | None


def read_authority_table(
    table: Data, players: Sequence[str], agents: Sequence[int], discount: Fraction | None, place: Place
) -> AuthorityTerms:
    """The authority that the checked data of ``[authority]`` describe; ``agents`` are those who may collude."""
    if len(agents) < 2:
        raise place.error(f"found {len(agents)} agent to watch; a cartel has at least two (see roles.agents)")
    fine, where = table["fine"], place / "fine"
    if isinstance(fine, dict):
        each = for_each(where, fine, players, among=agents)
        fines = tuple(number_at(each[i][1], each[i][0], least=0) for i in agents)
    else:
        fines = (number_at(where, fine, least=0),) * len(agents)
    leniency: str | Fraction = table.get("leniency", "none")
    if leniency not in ("none", "immunity", "others' fines"):
        leniency = number_at(place / "leniency", leniency)
        if leniency > 1:
            raise (place / "leniency").error(f"found {leniency}; a reporter pays at most its fine, a share of 1")
    reward = number_at(place / "reward", table.get("reward", 0), least=0)
    if reward and leniency == "none":
        raise (place / "reward").error(f"found {reward} beside leniency = 'none'; write leniency = 'immunity'")
    investigation = None
    if "investigation" in table:
        investigation = _investigation(table["investigation"], fines, place / "investigation")
    ends = table.get("conviction_ends_cartel", False)
    rate = rate_at(place, table, "conviction_rate", 0)
    most = investigation.probability if investigation is not None else rate
    if ends and most == 1:
        raise (place / "conviction_ends_cartel").error(
            "conviction is certain, so that no agreement outlives a round; write a smaller probability"
        )
    design = None
    if "design" in table:
        if discount is None:
            raise (place / "design").error(
                "a programme ends the agreement at a discount factor; add repetition.discount"
            )
        design = _design(table["design"], place / "design")
    return AuthorityTerms(
        conviction_rate=rate if investigation is None else None,
        fines=fines,
        leniency=leniency,
        reward=reward,
        false_conviction_rate=rate_at(place, table, "false_conviction_rate", 0),
        conviction_ends_cartel=ends,
        investigation=investigation,
        design=design,
    )


def _investigation(table: Data, fines: Sequence[Fraction], place: Place) -> InvestigationTerms:
    reduced = number_at(place / "reduced_fine", table["reduced_fine"], least=0)
    if reduced > min(fines):
        raise (place / "reduced_fine").error(
            f"found {reduced}, more than a fine of {min(fines)}; it is at most the fine"
        )
    return InvestigationTerms(
        probability=rate_at(place, table, "probability", 0),
        proof=rate_at(place, table, "proof", 0),
        reduced_fine=reduced,
    )


def _design(table: Data, place: Place) -> ProgrammeTerms:
    leniency = table.get("leniency", True)
    if "reward" in table and not leniency:
        raise (place / "reward").error("without leniency nobody is rewarded; leave one of the two out")

    def each(key: str) -> tuple[Fraction, Fraction, Fraction]:
        rate, fine, reward = (
            number_at(place / name / key, table.get(name, {}).get(key, 0), least=0) for name in _INSTRUMENTS
        )
        return rate, fine, reward

    caps = each("cap")
    if caps[0] > 1:
        raise (place / "conviction_rate" / "cap").error(f"found {caps[0]}; a probability is at most 1")
    budget = number_at(place / "reward_budget", table["reward_budget"], least=0) if "reward_budget" in table else None
    return ProgrammeTerms(caps=caps, costs=each("cost"), reward_budget=budget, leniency=leniency)
