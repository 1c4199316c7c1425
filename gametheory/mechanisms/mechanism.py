"""Direct mechanisms: what is decided, and who pays what, when agents report their types.

A mechanism gives every profile of reports θ a lottery p(· | θ) over outcomes and payments t_i(θ) of the agents to the
designer. An agent of true type θ_i that reports r_i while the others report truly gets

    u_i(r_i | θ) = Σ_o p(o | r_i, θ_{−i}) v_i(o, θ) − t_i(r_i, θ_{−i}),        U_i(θ_i) = E[u_i(θ_i | θ) | θ_i] interim.

Expected revenue is E Σ_i t_i(θ), welfare E Σ_i Σ_o p(o | θ) v_i(o, θ), the expectation by the prior and reports true. By the
revelation principle (Myerson 1979) nothing is lost by looking at direct mechanisms only.

All numbers are rational; floats count as the rationals that they are, and a lottery of floats that misses one by rounding
gets the difference on its largest entry. Which deviations gain is asked in :mod:`.incentives`.

References: R. Myerson 1979, "Incentive compatibility and the bargaining problem", *Econometrica* 47.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, read_array
from gametheory.certificates.encoding import brief
from gametheory.certificates.rationals import expect_keys, rational_array_from_json, rational_array_to_json
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.profiles import SUM_TOLERANCE
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.environment_reading import flat

__all__ = ["Mechanism", "report_payoffs"]

Array = NDArray[Any]
_MACHINE = 2**62
_SHOWN = 100  # type profiles in a table


@final
@compared_by("environment", "allocation", "transfers")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mechanism:
    """A direct mechanism.

    Parameters
    ----------
    environment : Environment
    allocation : array_like, shape (k_1, …, k_n, |O|)
        p(o | θ): for each profile of reports a lottery over outcomes.
    transfers : array_like, shape (n, k_1, …, k_n), optional
        What each agent pays to the designer; negative where it is paid. None by default.

    Attributes
    ----------
    allocation, transfers : RationalArray
    arithmetic : "exact" or "float"
        Whether results are shown as fractions, or as floats because some number was given as one.

    Raises
    ------
    SpecificationError
        Wrong shapes, negative probabilities, a lottery that does not sum to one.

    Examples
    --------
    The second-price auction of one item for two values, ties to the first agent:

    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> second_price = Mechanism.from_function(
    ...     environment, lambda t: (1, (1 + t[1], 0)) if t[0] >= t[1] else (2, (0, 1 + t[0])))
    >>> second_price
    Mechanism(2 agents, types 2×2, 3 outcomes, deterministic: revenue 5/4, welfare 7/4)
    >>> {name: str(u) for name, u in second_price.interim_utilities("agent 1").items()}
    {'1': '0', '2': '1/2'}
    """

    environment: Environment
    allocation: RationalArray
    transfers: RationalArray
    arithmetic: Literal["exact", "float"] = field(init=False)

    def __init__(self, environment: Environment, allocation: Any, transfers: Any = None) -> None:
        shape = (*environment.num_types, environment.num_outcomes)
        kind, lotteries = _read(allocation, shape, "allocation")
        if int(lotteries.numerators.min()) < 0:
            index = tuple(int(k) for k in np.argwhere(lotteries.numerators < 0)[0])
            raise SpecificationError(
                f"allocation{list(index)}: found {lotteries[index]}; probabilities are not negative"
            )
        sums = lotteries.numerators.astype(object).sum(axis=-1)
        wrong = np.argwhere(sums != lotteries.denominator)
        if len(wrong):
            lotteries = _mended(lotteries, sums, wrong, kind == "float", environment)
        paid = (environment.num_agents, *environment.num_types)
        other, payments = ("exact", RationalArray.of_integers(np.zeros(paid, dtype=np.int64)))
        if transfers is not None:
            other, payments = _read(transfers, paid, "transfers")
        object.__setattr__(self, "environment", environment)
        object.__setattr__(self, "allocation", lotteries)
        object.__setattr__(self, "transfers", payments)
        floats = "float" in (kind, other, environment.arithmetic)
        object.__setattr__(self, "arithmetic", "float" if floats else "exact")

    @classmethod
    def deterministic(cls, environment: Environment, outcomes: Any, transfers: Any = None) -> Mechanism:
        """The mechanism that chooses ``outcomes[θ]``, outcome indices of shape (k_1, …, k_n), for certain."""
        chosen = np.asarray(outcomes)
        if chosen.shape != environment.num_types or chosen.dtype.kind not in "iu":
            raise SpecificationError(
                f"outcomes: found shape {chosen.shape}, dtype {chosen.dtype}; write outcome indices of shape "
                f"{environment.num_types}"
            )
        if not 0 <= int(chosen.min()) <= int(chosen.max()) < environment.num_outcomes:
            raise SpecificationError(f"outcomes: indices run from 0 to {environment.num_outcomes - 1}")
        lotteries = np.eye(environment.num_outcomes, dtype=np.int64)[chosen]
        return cls(environment, lotteries, transfers)

    @classmethod
    def from_function(
        cls, environment: Environment, rule: Callable[[tuple[int, ...]], tuple[Any, Sequence[Any]]]
    ) -> Mechanism:
        """From ``rule(type profile)``, which returns an outcome (index or name) or a lottery, and the n payments."""
        count = environment.num_profiles
        refuse_if_too_large(count * (environment.num_outcomes + environment.num_agents), 64, "the mechanism")
        lotteries, payments = [], []
        for profile in environment.profiles():
            chosen, paid = rule(profile)
            if isinstance(chosen, (str, int, np.integer)):
                place = environment.outcome_index(chosen if isinstance(chosen, str) else int(chosen))
                chosen = [int(o == place) for o in range(environment.num_outcomes)]
            lotteries.append(list(chosen))
            payments.append(list(paid))
        _, p = _read(lotteries, (count, environment.num_outcomes), "rule: lotteries")
        _, t = _read(payments, (count, environment.num_agents), "rule: payments")
        shape = (*environment.num_types, environment.num_outcomes)
        return cls(
            environment,
            RationalArray.of_integers(p.numerators.reshape(shape), p.denominator),
            RationalArray.of_integers(
                t.numerators.T.reshape(environment.num_agents, *environment.num_types), t.denominator
            ),
        )

    # -- what it brings ----------------------------------------------------------------------------------------------

    @property
    def randomised(self) -> bool:
        """Whether some profile of reports leads to a proper lottery."""
        return bool((self.allocation.numerators.max(axis=-1) != self.allocation.denominator).any())

    @property
    def revenue(self) -> Fraction | float:
        """Expected payments to the designer, types reported truly."""
        return self._shown(self._expected(self.transfers, self.transfers.numerators.astype(object).sum(axis=0)))

    @property
    def welfare(self) -> Fraction | float:
        """The agents' expected valuations, types reported truly; payments move money and do not count."""
        return self._shown(self.exact_welfare())

    def exact_welfare(self) -> Fraction:
        """The agents' expected valuations as a fraction."""
        total = Fraction(0)
        for i in range(self.environment.num_agents):
            worth = self.valued(i)
            total += self._expected(worth, worth.numerators)
        return total

    def valued(self, agent: int | str) -> RationalArray:
        """Σ_o p(o | θ) v_i(o, θ) at each type profile, reported truly; shape (k_1, …, k_n)."""
        values = self.environment.values(agent)
        return _lottery_values(self.allocation, np.moveaxis(values.numerators, 0, -1), values.denominator)

    def utilities(self, agent: int | str) -> RationalArray:
        """Ex-post utility of an agent at each type profile, reported truly; shape (k_1, …, k_n)."""
        i = self.environment.agent_index(agent)
        return _difference(self.valued(i), self.transfers[i])

    def interim_utilities(self, agent: int | str) -> Mapping[str, Fraction | float]:
        """U_i for each of an agent's types that has positive probability, by name."""
        return {name: self._shown(x) for name, x in self.interim_average(agent, self.utilities(agent)).items()}

    def interim_payments(self, agent: int | str) -> Mapping[str, Fraction | float]:
        """What each type of positive probability expects to pay."""
        i = self.environment.agent_index(agent)
        return {name: self._shown(x) for name, x in self.interim_average(i, self.transfers[i]).items()}

    def interim_allocation(self, agent: int | str) -> Mapping[str, Fraction | float]:
        """The probability with which each type of positive probability expects to win the single item.

        Raises
        ------
        UnsupportedError
            If the environment is not one of a single item.
        """
        if not self.environment.item:
            raise UnsupportedError("interim_allocation: outcomes here are not who gets a single item; read allocation")
        i = self.environment.agent_index(agent)
        return {name: self._shown(x) for name, x in self.interim_average(i, self.allocation[..., i + 1]).items()}

    def interim_average(self, agent: int | str, table: RationalArray) -> dict[str, Fraction]:
        """E[table(θ) | θ_i] for each of an agent's types of positive probability; ``table`` of shape (k_1, …, k_n)."""
        i = self.environment.agent_index(agent)
        prior = self.environment.prior.numerators.astype(object)
        others = tuple(j for j in range(self.environment.num_agents) if j != i)
        totals, sums = prior.sum(axis=others), (prior * table.numerators).sum(axis=others)
        return {
            name: Fraction(int(sums[k]), int(totals[k]) * table.denominator)
            for k, name in enumerate(self.environment.types[i])
            if totals[k]
        }

    def _expected(self, table: RationalArray, numerators: Array) -> Fraction:
        prior = self.environment.prior
        total = (prior.numerators.astype(object) * numerators).sum()
        return Fraction(int(total), prior.denominator * table.denominator)

    def _shown(self, value: Fraction) -> Fraction | float:
        return float(value) if self.arithmetic == "float" else value

    # -- displays and files ------------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.environment, self.allocation, self.transfers, self.arithmetic)

    def __repr__(self) -> str:
        environment, kind = self.environment, "randomised" if self.randomised else "deterministic"
        agents = f"{environment.num_agents} agent{'' if environment.num_agents == 1 else 's'}"
        types = "×".join(map(str, environment.num_types))
        return (
            f"Mechanism({agents}, types {types}, {environment.num_outcomes} outcomes, {kind}: revenue "
            f"{_text(self.revenue)}, welfare {_text(self.welfare)})"
        )

    def _rows(self, limit: int | None = None) -> list[list[Any]]:
        environment, rows = self.environment, []
        for k, profile in enumerate(environment.profiles()):
            if k == limit:
                break
            chances = [
                (name, self.allocation[(*profile, o)])
                for o, name in enumerate(environment.outcomes)
                if self.allocation.numerators[(*profile, o)]
            ]
            decided = " + ".join(name if p == 1 else f"{name} with {_text(self._shown(p))}" for name, p in chances)
            paid = [self._shown(self.transfers[(i, *profile)]) for i in range(environment.num_agents)]
            rows.append([*(names[t] for names, t in zip(environment.types, profile, strict=True)), decided, *paid])
        return rows

    def _columns(self) -> list[str]:
        names = self.environment.agents
        return [*(f"{name} reports" for name in names), "outcome", *(f"{name} pays" for name in names)]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self._columns())
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(x if isinstance(x, str) else _text(x))}</td>' for x in row)}</tr>"
            for row in self._rows(_SHOWN)
        )
        return f"<table><caption>{html.escape(repr(self))}</caption><tr>{head}</tr>{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for every profile of reports: the outcome and the payments."""
        return data_frame(self._rows(), self._columns())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; arrays are flat, in row-major order."""
        return {
            "environment": self.environment.to_dict(),
            "allocation": rational_array_to_json(flat(self.allocation)),
            "transfers": rational_array_to_json(flat(self.transfers)),
            "arithmetic": self.arithmetic,
        }

    @classmethod
    def from_dict(cls, data: Any) -> Mechanism:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("environment", "allocation", "transfers", "arithmetic"), where="mechanism")
        environment = Environment.from_dict(data["environment"])
        if data["arithmetic"] not in ("exact", "float"):
            raise SpecificationError(f"mechanism.arithmetic: found {data['arithmetic']!r}; write 'exact' or 'float'")
        tables = []
        for key, shape in (
            ("allocation", (*environment.num_types, environment.num_outcomes)),
            ("transfers", (environment.num_agents, *environment.num_types)),
        ):
            numbers = rational_array_from_json(data[key], where=f"mechanism.{key}")
            if len(numbers) != math.prod(shape):
                raise SpecificationError(f"mechanism.{key}: found {len(numbers)} numbers; write {math.prod(shape)}")
            tables.append(RationalArray.of_integers(numbers.numerators.reshape(shape), numbers.denominator))
        return _rebuilt(environment, tables[0], tables[1], data["arithmetic"])


def report_payoffs(mechanism: Mechanism, agent: int | str) -> RationalArray:
    """u_i(r_i | θ) for every true type, report and types of the others, who report truly.

    Returns
    -------
    RationalArray, shape (k_i, k_i, k_1, …, k_n without k_i)
        The first axis is the true type, the second the report.
    """
    environment = mechanism.environment
    i = environment.agent_index(agent)
    sizes = environment.num_types
    refuse_if_too_large(sizes[i] * environment.num_profiles, 64, "the payoffs of all reports")
    lotteries = RationalArray(np.moveaxis(mechanism.allocation.numerators, i, 0), mechanism.allocation.denominator)
    values = environment.values(i)
    # axes: own type, the others' types, outcomes
    worth = np.moveaxis(np.moveaxis(values.numerators, 0, -1), i, 0)
    paid = RationalArray(np.moveaxis(mechanism.transfers.numerators[i], i, 0), mechanism.transfers.denominator)
    tables = [
        _difference(_lottery_values(lotteries, np.broadcast_to(worth[a], lotteries.shape), values.denominator), paid)
        for a in range(sizes[i])
    ]
    common = math.lcm(*(table.denominator for table in tables))
    return RationalArray.of_integers(
        np.stack([table.numerators.astype(object) * (common // table.denominator) for table in tables]), common
    )


def _lottery_values(lotteries: RationalArray, worth: Array, denominator: int) -> RationalArray:
    """Σ_o p(…, o) v(…, o), exactly: in machine integers where they cannot overflow."""
    p = lotteries.numerators
    small = p.dtype != object and worth.dtype != object
    if small and int(np.abs(p).max()) * int(np.abs(worth).max()) * p.shape[-1] < _MACHINE:
        return RationalArray.of_integers((p * worth).sum(axis=-1), lotteries.denominator * denominator)
    return RationalArray.of_integers(
        (p.astype(object) * worth.astype(object)).sum(axis=-1), lotteries.denominator * denominator
    )


def _difference(left: RationalArray, right: RationalArray) -> RationalArray:
    common = math.lcm(left.denominator, right.denominator)
    a = left.numerators.astype(object) * (common // left.denominator)
    return RationalArray.of_integers(a - right.numerators.astype(object) * (common // right.denominator), common)


def _read(values: Any, shape: tuple[int, ...], where: str) -> tuple[str, RationalArray]:
    kind, array = read_array(values, where=where)
    if kind == "symbolic":
        raise UnsupportedError(f"{where}: found free symbols; substitute numbers first")
    if tuple(array.shape) != shape:
        raise SpecificationError(f"{where}: found shape {tuple(array.shape)}; write {shape}")
    return kind, array if isinstance(array, RationalArray) else RationalArray.from_floats(array)


def _mended(
    lotteries: RationalArray, sums: Array, wrong: Array, floats: bool, environment: Environment
) -> RationalArray:
    """Lotteries of floats whose rounding error goes to the largest entry; anything else is refused."""
    numerators = lotteries.numerators.astype(object)
    for row in wrong.tolist():
        profile = tuple(row)
        missing = lotteries.denominator - sums[profile]
        if not floats or abs(missing) > SUM_TOLERANCE * lotteries.denominator:
            raise SpecificationError(
                f"allocation at {environment.profile_text(profile)}: found probabilities that sum to "
                f"{float(Fraction(int(sums[profile]), lotteries.denominator)):.12g}; they must sum to 1"
            )
        largest = int(np.argmax(numerators[profile]))
        numerators[(*profile, largest)] += missing
    return RationalArray.of_integers(numerators, lotteries.denominator)


def _rebuilt(
    environment: Environment, allocation: RationalArray, transfers: RationalArray, arithmetic: Any
) -> Mechanism:
    mechanism = Mechanism(environment, allocation, transfers)
    object.__setattr__(mechanism, "arithmetic", arithmetic)
    return mechanism


def _text(value: Fraction | float) -> str:
    return brief(value) if isinstance(value, Fraction) else f"{value:.6g}"
