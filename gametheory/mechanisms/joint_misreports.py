"""Joint misreports: what a coalition tells a mechanism together, and what each of its members gains.

With true types θ and joint report r_S, member i's gain is u_i(r_S, θ_−S; θ) − u_i(θ; θ), as in :mod:`.strategy_proofness`,
which looks for misreports. Here they are values that anybody can check: the gains are computed again, one agent and one
outcome after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.gains import Blocking, coalition_value
from gametheory.errors import CertificateError
from gametheory.games.tables import data_frame
from gametheory.mechanisms.mechanism import Mechanism

__all__ = ["GroupStrategyProofness", "JointMisreport", "misreport_gains"]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class JointMisreport:
    """What a coalition reports together, where, and what each member gains; ``float()`` is the coalition's gain.

    Attributes
    ----------
    blocking : "all", "some", "any" or "transfer"
    coalition : tuple of str
        The members in order; empty if no coalition gains.
    true_types, reports : tuple of str
        Of the members.
    others : tuple of str
        The types of the other agents in order, which they report.
    gains : tuple of Fraction
        What each member gains, before side payments.
    gain : Fraction
        What the coalition gains under the rule; 0 if none gains.
    """

    blocking: Blocking
    coalition: tuple[str, ...] = ()
    true_types: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    gains: tuple[Fraction, ...] = ()
    gain: Fraction = Fraction(0)

    def __float__(self) -> float:
        return float(self.gain)

    def verify(self, mechanism: Mechanism) -> Literal[True]:
        """Recompute the gains, one agent and outcome after the other.

        Raises
        ------
        CertificateError
            If they are others, or do not amount to ``gain``.
        """
        if not self.coalition:
            return True
        environment = mechanism.environment
        members = [environment.agent_index(name) for name in self.coalition]
        rest = iter(self.others)
        types = [
            environment.type_index(i, self.true_types[members.index(i)] if i in members else next(rest))
            for i in range(environment.num_agents)
        ]
        reports = {i: environment.type_index(i, r) for i, r in zip(members, self.reports, strict=True)}
        found = misreport_gains(mechanism, types, reports)
        if found != self.gains or coalition_value(found, self.blocking) != self.gain:
            raise CertificateError(
                f"{self!r}: the members gain {', '.join(map(exact_text, found))}; search again",
                claim=repr(self),
                violation="gains",
            )
        return True

    def __str__(self) -> str:
        if not self.coalition:
            return "no coalition gains"
        others = f", others ({', '.join(self.others)})" if self.others else ""
        return (
            f"coalition {{{', '.join(self.coalition)}}} reports ({', '.join(self.reports)}) at "
            f"({', '.join(self.true_types)}){others}"
        )

    def __repr__(self) -> str:
        gains = ", ".join(map(exact_text, self.gains))
        listed = f", members gain ({gains})" if self.coalition else ""
        return f"JointMisreport({self}; {self.blocking}: gain {exact_text(self.gain)}{listed})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(true)}</td><td>{escape(told)}</td><td>{exact_text(gain)}</td></tr>"
            for name, true, told, gain in self._rows()
        )
        return (
            f"<table><caption>{escape(repr(self))}</caption><tr><th>agent</th><th>type</th><th>report</th><th>gain</th></tr>"
            f"{rows}</table>"
        )

    def _rows(self) -> Iterable[tuple[str, str, str, Fraction]]:
        return zip(self.coalition, self.true_types, self.reports, self.gains, strict=True)

    def to_frame(self) -> Any:
        """A pandas table of the members: type, report, gain."""
        return data_frame(self._rows(), ["agent", "type", "report", "gain"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "blocking": self.blocking,
            "coalition": list(self.coalition),
            "true_types": list(self.true_types),
            "reports": list(self.reports),
            "others": list(self.others),
            "gains": [exact_text(x) for x in self.gains],
            "gain": exact_text(self.gain),
        }


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class GroupStrategyProofness:
    """The largest size up to which no allowed coalition gains by lying; ``int()`` works.

    Attributes
    ----------
    value : int
        0 if some agent gains alone, n if nobody ever gains.
    num_agents : int
    blocking : str
    witness : JointMisreport
        The best misreport of a coalition of ``value + 1``; empty where ``value`` is n.
    """

    value: int
    num_agents: int
    blocking: Blocking
    witness: JointMisreport

    def __int__(self) -> int:
        return self.value

    def __repr__(self) -> str:
        why = f"; {self.witness}" if self.witness.coalition else ""
        return f"GroupStrategyProofness(certified: {self.value} of {self.num_agents}, {self.blocking}{why})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of the witness."""
        return self.witness.to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "measure": "group strategy-proofness",
            "status": "certified",
            "value": self.value,
            "num_agents": self.num_agents,
            "blocking": self.blocking,
            "witness": self.witness.to_dict(),
        }


def misreport_gains(mechanism: Mechanism, types: Sequence[int], reports: Mapping[int, int]) -> tuple[Fraction, ...]:
    """What each agent in ``reports`` gains at the type profile ``types`` by reporting together as ``reports`` says; indices."""
    told = tuple(reports.get(i, t) for i, t in enumerate(types))
    true = tuple(types)

    def utility(i: int, said: tuple[int, ...]) -> Fraction:
        values = mechanism.environment.values(i)
        worth = sum(
            (mechanism.allocation[(*said, o)] * values[(o, *true)] for o in range(mechanism.environment.num_outcomes)),
            Fraction(0),
        )
        return Fraction(worth - mechanism.transfers[(i, *said)])

    return tuple(utility(i, told) - utility(i, true) for i in sorted(reports))
