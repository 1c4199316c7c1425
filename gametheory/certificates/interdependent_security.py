"""Who invests in security when the others' neglect is his risk too: equilibria and tipping sets, re-checked in rationals.

Agent i pays c_i to invest. Without, a direct attack costs it L_i with probability p_i; and an agent j that does not invest
passes an attack on to i with probability q_ji, whatever i does. Losses happen once. With N the agents that do not invest,

    i invests:  c_i + L_i (1 − Π_{j∈N} (1 − q_ji));       else  L_i (1 − (1 − p_i) Π_{j∈N∖i} (1 − q_ji)),

so that investing saves  b_i(N) − c_i  with the benefit  b_i(N) = p_i L_i Π_{j∈N∖i} (1 − q_ji). It grows as others invest:
the game is supermodular.

**Tipping.** From nobody investing, a set T is made to; others follow while they gain. T tips all iff the cascade reaches
everybody, and then T has at least r members in every *block* (U, r): a set U of which no member would invest even if all
outside U did and those r − 1 of the other members whose care helps it most. For with fewer, nobody in U could be the first to
follow. So a bound on the programme "meet these blocks" bounds the weight of every tipping set.

References: H. Kunreuther and G. Heal (2003), *Interdependent security*, J. Risk and Uncertainty 26; G. Heal and
H. Kunreuther (2005), *IDS models of airline security*, J. Conflict Resolution 49 (tipping).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.branching import BranchingCertificate, rounded_bound
from gametheory.certificates.covering import CoveringRow, covering_programme
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief, fail, indices_from_json
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["SecurityData", "SecurityEquilibriumCertificate", "TippingCertificate", "block_row", "blocked"]

Ties = Literal["invest", "stay"]
Block = tuple[tuple[int, ...], int]
"""Agents, and how many of them a tipping set has at least."""

_ARRAYS = ("direct", "contagion", "losses", "costs")


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SecurityData:
    """The numbers of the game; see the module.

    Attributes
    ----------
    direct : RationalArray, shape (n,), 0 to 1
        p.
    contagion : RationalArray, shape (n * n,), 0 to 1
        q row by row: ``contagion[j * n + i]`` is q_ji, from j to i; zero for j = i.
    losses, costs : RationalArray, shape (n,), ≥ 0
    """

    direct: RationalArray
    contagion: RationalArray
    losses: RationalArray
    costs: RationalArray

    def __post_init__(self) -> None:
        n = len(self.direct.numerators)
        if n == 0 or any(getattr(self, name).shape != (n,) for name in ("direct", "losses", "costs")):
            raise SpecificationError("direct, losses and costs: write one number for each agent")
        if self.contagion.shape != (n * n,):
            raise SpecificationError(f"contagion: found {len(self.contagion)} numbers; write {n} × {n}")
        for name in ("direct", "contagion"):
            array = getattr(self, name)
            if (array.numerators < 0).any() or (array.numerators > array.denominator).any():
                raise SpecificationError(f"{name}: found a number that is no probability; write numbers from 0 to 1")
        if any(self.contagion.numerators[i * n + i] for i in range(n)):
            raise SpecificationError("contagion: an agent does not infect itself; write 0 on the diagonal")
        for name in ("losses", "costs"):
            if (getattr(self, name).numerators < 0).any():
                raise SpecificationError(f"{name}: found a negative number; write numbers ≥ 0")

    @property
    def num_agents(self) -> int:
        return len(self.direct)

    def safety(self, i: int, careless: Iterable[int]) -> Fraction:
        """Π (1 − q_ji) over the careless j other than i."""
        n, numerators, denominator = self.num_agents, self.contagion.numerators, self.contagion.denominator
        top = bottom = 1
        for j in careless:
            if j != i:
                top *= denominator - int(numerators[j * n + i])
                bottom *= denominator
        return Fraction(top, bottom)

    def benefit(self, i: int, careless: Iterable[int]) -> Fraction:
        """b_i: what investing saves agent i, its cost aside, if these others do not invest."""
        stake: Fraction = self.direct[i] * self.losses[i]
        return stake * self.safety(i, careless)

    def would_invest(self, i: int, careless: Iterable[int], ties: Ties) -> bool:
        """Whether agent i gains by investing, or with ``ties="invest"`` does not lose."""
        saved = self.benefit(i, careless) - self.costs[i]
        return saved > 0 or (ties == "invest" and saved == 0)

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {name: rational_array_to_json(getattr(self, name)) for name in _ARRAYS}

    @classmethod
    def from_dict(cls, data: Any) -> SecurityData:
        """Read what :meth:`to_dict` wrote."""
        return cls(**{name: rational_array_from_json(data[name], where=f"certificate.{name}") for name in _ARRAYS})


def block_row(block: Block) -> CoveringRow:
    """The row that says: so many of the block must be made to invest."""
    agents, needed = block
    return {i: Fraction(1) for i in agents}, Fraction(needed)


def blocked(data: SecurityData, agent: int, block: Block, ties: Ties) -> bool:
    """Whether a member would not invest with all outside the block, and r − 1 of the others in it, investing."""
    agents, needed = block
    n, numerators = data.num_agents, data.contagion.numerators
    others = sorted((j for j in agents if j != agent), key=lambda j: -numerators[j * n + agent])
    return not data.would_invest(agent, others[needed - 1 :], ties)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SecurityEquilibriumCertificate:
    """It is a pure Nash equilibrium that exactly these agents invest.

    Attributes
    ----------
    data : SecurityData
    investors : tuple of int, increasing
    """

    data: SecurityData
    investors: tuple[int, ...]

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        n = self.data.num_agents
        return f"that exactly {len(self.investors)} of {n} agents invest is a Nash equilibrium of the security game"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every agent's benefit; ``game`` plays no part.

        Raises
        ------
        CertificateError
            An agent would rather decide otherwise.
        """
        n = self.data.num_agents
        _check_agents(self.claim, self.investors, n)
        careless = [j for j in range(n) if j not in set(self.investors)]
        for i in range(n):
            saved = self.data.benefit(i, careless) - self.data.costs[i]
            if (saved < 0) if i in self.investors else (saved > 0):
                fail(self.claim, f"agent {i} would decide otherwise and gain {brief(abs(saved))}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {"kind": "security equilibrium", **self.data.to_dict(), "investors": list(self.investors)}

    @classmethod
    def from_dict(cls, data: Any) -> SecurityEquilibriumCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_ARRAYS, "investors"), where="certificate")
        investors = indices_from_json(data["investors"], where="certificate.investors")
        return cls(data=SecurityData.from_dict(data), investors=investors)

    def __repr__(self) -> str:
        return f"SecurityEquilibriumCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class TippingCertificate:
    """These agents, made to invest, tip all others, at the weight ``upper``; no tipping set weighs less than ``lower``.

    Attributes
    ----------
    data : SecurityData
    weights : RationalArray, shape (n,), ≥ 0
    ties : "invest" or "stay"
        What an indifferent agent does.
    chosen : tuple of int, increasing
    order : tuple of int
        The others, each gaining by investing once all before have.
    blocks : tuple of (agents, int)
    bound : BranchingCertificate or DualityCertificate
        Of the programme to meet the blocks, or of its relaxation.
    lower, upper : Fraction
    """

    data: SecurityData
    weights: RationalArray
    ties: Ties
    chosen: tuple[int, ...]
    order: tuple[int, ...]
    blocks: tuple[Block, ...]
    bound: BranchingCertificate | DualityCertificate
    lower: Fraction
    upper: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        what = f"that all {self.data.num_agents} agents invest takes a tipping set of weight"
        if self.lower == self.upper:
            return f"{what} {brief(self.upper)}, and no less"
        return f"{what} between {brief(self.lower)} and {brief(self.upper)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Follow the cascade, check every block and the bound; ``game`` plays no part.

        Raises
        ------
        CertificateError
            The cascade stops, a member of a block would invest, or a bound is another.
        """
        data, claim = self.data, self.claim
        n = data.num_agents
        _check_agents(claim, self.chosen, n)
        if self.ties not in ("invest", "stay"):
            fail(claim, "ties must be 'invest' or 'stay'")
        if self.weights.shape != (n,) or (self.weights.numerators < 0).any():
            fail(claim, "there must be a weight ≥ 0 for each agent")
        if sorted([*self.chosen, *self.order]) != list(range(n)):
            fail(claim, "chosen and order must name every agent once")
        careless = set(self.order)
        for i in self.order:
            if not data.would_invest(i, careless, self.ties):
                fail(claim, f"agent {i} would not follow in its turn")
            careless.remove(i)
        for agents, needed in self.blocks:
            _check_agents(claim, agents, n)
            if not 1 <= needed <= len(agents):
                fail(claim, f"{needed} of a block of {len(agents)} agents cannot be needed")
            for i in agents:
                if not blocked(data, i, (agents, needed), self.ties):
                    fail(claim, f"agent {i} of a block would invest")
        weight = sum((self.weights[i] for i in self.chosen), Fraction(0))
        if weight != self.upper:
            fail(claim, f"the tipping set weighs {brief(weight)}")
        try:
            self.bound.verify()
            self.bound.verify_against(self.programme(relaxed=isinstance(self.bound, DualityCertificate)))
        except (CertificateError, SpecificationError) as error:
            fail(claim, str(error))
        if self.bound.value is None or rounded_bound(self.programme(), self.bound.value) < self.lower:
            fail(claim, "the blocks prove less than the lower bound")
        return True

    def programme(self, *, relaxed: bool = False) -> LinearProgramme:
        """The covering programme of the blocks."""
        weights = [self.weights[i] for i in range(self.data.num_agents)]
        return covering_programme(weights, list(map(block_row, self.blocks)), whole=not relaxed, name="tipping")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "tipping",
            **self.data.to_dict(),
            "weights": rational_array_to_json(self.weights),
            "ties": self.ties,
            "chosen": list(self.chosen),
            "order": list(self.order),
            "blocks": [[list(agents), needed] for agents, needed in self.blocks],
            "bound": self.bound.to_dict(),
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> TippingCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", *_ARRAYS, "weights", "ties", "chosen", "order", "blocks", "bound", "lower", "upper")
        expect_keys(data, keys, where="certificate")
        bound, blocks = data["bound"], data["blocks"]
        kinds: dict[Any, Any] = {"branching": BranchingCertificate, "duality": DualityCertificate}
        if not isinstance(bound, dict) or bound.get("kind") not in kinds or not isinstance(blocks, list):
            raise SpecificationError("certificate: bound is of the kind 'branching' or 'duality', blocks is a list")
        if data["ties"] not in ("invest", "stay"):
            raise SpecificationError(f"certificate.ties: found {data['ties']!r}; write 'invest' or 'stay'")
        return cls(
            data=SecurityData.from_dict(data),
            weights=rational_array_from_json(data["weights"], where="certificate.weights"),
            ties=data["ties"],
            chosen=indices_from_json(data["chosen"], where="certificate.chosen"),
            order=indices_from_json(data["order"], where="certificate.order"),
            blocks=tuple(_block(block, f"certificate.blocks[{k}]") for k, block in enumerate(blocks)),
            bound=kinds[bound["kind"]].from_dict(bound),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
        )

    def __repr__(self) -> str:
        return f"TippingCertificate({self.claim})"


def _block(data: Any, where: str) -> Block:
    if not isinstance(data, list) or len(data) != 2 or type(data[1]) is not int:
        raise SpecificationError(f"{where}: write [agents, how many of them are needed]")
    return indices_from_json(data[0], where=where), data[1]


def _check_agents(claim: str, agents: Sequence[int], n: int) -> None:
    if list(agents) != sorted(set(agents)) or (agents and not 0 <= agents[0] <= agents[-1] < n):
        fail(claim, f"agents must be listed once each, in increasing order, from 0 to {n - 1}")
