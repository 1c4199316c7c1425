"""How much harm can happen under an oversight policy.

With H : A → ℝ (larger is worse) the harm of a policy is

    max { H(a*),  sup { E_p H : p a joint deviation of an allowed coalition that pays under the policy } },

where *pays* is the blocking rule of the coalition in the induced game (:mod:`gametheory.certificates.policy_harm` has it
written out; under "any" only members who move are counted). A pure deviation is one joint action, so that harm takes
finitely many values. With shared randomness it is an expectation, and a little of a deviation that pays well can carry a
harmful one that does not: per coalition S a linear programme

    max Σ_a p(a) H(a)   s.t.   Σ_a p(a) h_i(a) ≥ 0  for every i ∈ S  (for the sum under "transfer", for one i under "any"),
                               Σ p = 1,  p ≥ 0,

with h the net gains, if some p pays strictly (then its closure is what the programme ranges over; the supremum may not be
attained). Harm never rises with a deposit or with the rate of detection.

Complexity: Σ_S ∏_{i∈S} m_i net gains; with shared randomness two linear programmes per coalition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.deterrence import NetGains, net_gains
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.policy_harm import PolicyHarmCertificate, reached_harm
from gametheory.certificates.programme import LinearProgramme
from gametheory.collusion.joint_deviations import Coordination, check_rules, joint_action_text
from gametheory.collusion.shared_randomness import correlated_gain, plain_weights
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.oversight.incentives import allowed_coalitions
from gametheory.oversight.policy import Policy, per_player

__all__ = ["PolicyHarm", "policy_harm", "read_measure"]

Array = NDArray[Any]


@final
@compared_by("game", "value", "coalition", "deviation")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PolicyHarm:
    """The harm of a policy, exactly; ``float()`` works.

    Attributes
    ----------
    value : Fraction
    coalition : frozenset of int or None
        Who does it; ``None`` if the target is the worst that happens.
    deviation : tuple of int, mapping, or None
        The harmful joint action (in increasing order of the members), or a distribution over several.
    certificate : PolicyHarmCertificate
        Evidence that there is no more.
    game : NormalFormGame
    """

    value: Fraction
    coalition: Coalition | None
    deviation: tuple[int, ...] | Mapping[tuple[int, ...], Fraction] | None
    certificate: PolicyHarmCertificate
    game: NormalFormGame

    def describe(self) -> str:
        """Who does the harm, and how, in words."""
        if self.coalition is None or self.deviation is None:
            return "nobody leaves the target"
        label = coalition_label(self.game, self.coalition)
        if isinstance(self.deviation, tuple):
            return f"{label}: {joint_action_text(self.game, self.coalition, self.deviation)}"
        parts = (
            f"{exact_text(p)} of ({joint_action_text(self.game, self.coalition, a)})" for a, p in self.deviation.items()
        )
        return f"{label}: {' + '.join(parts)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "harm": exact_text(self.value),
            "deviation": self.describe(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of one row: the harm, and who does it how."""
        return data_frame([[self.value, self.describe()]], ["harm", "deviation"])

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return f"PolicyHarm(certified: {self.value}, by {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def policy_harm(
    game: NormalFormGame,
    policy: Policy,
    target: Any,
    *,
    harm: Any,
    blocking: Blocking,
    coordination: Coordination = "pure",
    coalitions: Iterable[Iterable[int]] | None = None,
) -> PolicyHarm:
    """The largest harm that a joint deviation does which pays an allowed coalition under a policy.

    Parameters
    ----------
    game : NormalFormGame
    policy : Policy
    target : sequence of n actions (index or label)
    harm : array of shape ``num_actions``
        Larger is worse; exact or float.
    blocking : "all", "some", "any" or "transfer"
    coordination : "pure" or "correlated"
    coalitions : iterable of sets of int, optional
        By default all.

    Raises
    ------
    SpecificationError
        Malformed input.
    UnsupportedError
        ``coordination="independent"``.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> policy_harm(game, Policy("1/2", 0, [4, 0]), (0, 0), harm=[[0, 1], [1, 2]], blocking="transfer")
    PolicyHarm(certified: 1, by {Player 2}: Player 2: D)
    """
    check_rules(blocking, coordination)
    source = game.exact()
    profile = source.action_indices(target)
    family = allowed_coalitions(source, coalitions)
    table = read_measure(source, harm, "harm")
    costs = policy.moving_costs(source.num_players)
    at_target = table[int(np.ravel_multi_index(profile, source.num_actions))]
    found: _Worst = _Worst(at_target, None, None)
    status_quo = StatusQuo(source, profile)
    if coordination == "pure":
        for group in net_gains(status_quo, profile, family, costs):
            found = _worst_pure(found, source, table, profile, group, blocking)
        multipliers: tuple[tuple[Fraction, ...], ...] = ()
    else:
        parts = [_correlated(source, table, profile, s, status_quo, costs, blocking) for s in family]
        for coalition, part in zip(family, parts, strict=True):
            for way in part:
                if way.pays and way.value > found.value:
                    found = _Worst(way.value, coalition, way.plays)
        multipliers = tuple(way.row(found.value) for part in parts for way in part)
    n = source.num_players
    certificate = PolicyHarmCertificate(
        target=profile,
        harm=table,
        detection_rate=per_player(policy.detection_rate, n, "detection_rate"),
        false_alarm_rate=per_player(policy.false_alarm_rate, n, "false_alarm_rate"),
        deposits=per_player(policy.deposits, n, "deposits"),
        blocking=blocking,
        coordination="correlated" if coordination == "correlated" else "pure",
        coalitions=family,
        value=found.value,
        multipliers=multipliers,
        game=source,
    )
    return PolicyHarm(
        value=found.value, coalition=found.coalition, deviation=found.plays, certificate=certificate, game=source
    )


def read_measure(game: NormalFormGame, values: Any, name: str) -> RationalArray:
    """A number for each outcome, exactly, flattened to shape (num_profiles,).

    Raises
    ------
    SpecificationError
        If its shape is not ``num_actions``, or an entry is no finite number.
    """
    table = RationalArray.from_values(values, where=name)
    if table.shape != game.num_actions:
        raise SpecificationError(
            f"{name}: found shape {table.shape}; write a number for each outcome, shape {game.num_actions}"
        )
    return RationalArray.of_integers(table.numerators.reshape(-1), table.denominator)


@final
@dataclass(frozen=True, slots=True)
class _Worst:
    value: Fraction
    coalition: Coalition | None
    plays: tuple[int, ...] | dict[tuple[int, ...], Fraction] | None


def _worst_pure(
    found: _Worst,
    game: NormalFormGame,
    table: RationalArray,
    target: tuple[int, ...],
    group: NetGains,
    blocking: Blocking,
) -> _Worst:
    paying = np.flatnonzero(group.values(blocking) > 0)
    if not len(paying):
        return found
    harms = reached_harm(table, game, target, group.members, group.joints[paying])
    worst = int(harms.argmax())
    value = Fraction(int(harms[worst]), table.denominator)
    if value <= found.value:
        return found
    return _Worst(value, frozenset(group.members), tuple(group.joints[paying[worst]].tolist()))


@final
@dataclass(frozen=True, slots=True)
class _Way:
    """What a coalition (under "any" one of its members) can do: the supremum of harm, and the multipliers that prove it."""

    pays: bool
    largest: Fraction  # over all of its joint actions, paying or not
    value: Fraction
    plays: dict[tuple[int, ...], Fraction] | None
    multipliers: tuple[Fraction, ...]

    def row(self, value: Fraction) -> tuple[Fraction, ...]:
        return () if self.largest <= value else self.multipliers


def _correlated(
    game: NormalFormGame,
    table: RationalArray,
    target: tuple[int, ...],
    coalition: Coalition,
    status_quo: StatusQuo,
    costs: tuple[Fraction, ...],
    blocking: Blocking,
) -> list[_Way]:
    members = tuple(sorted(coalition))
    nets, joints = _net_table(status_quo, target, members, costs)
    harms = reached_harm(table, game, target, members, joints)
    largest = Fraction(int(harms.max()), table.denominator)
    if blocking == "transfer":
        rows = [nets.sum(axis=0).reshape(1, -1)]
    elif blocking == "any":
        moves = joints != np.array([target[i] for i in members])
        rows = [np.where(moves[:, k], nets[k], 0).reshape(1, -1) for k in range(len(members))]
    else:
        rows = [nets]
    return [_way(row, joints, harms, table.denominator, largest, blocking) for row in rows]


def _net_table(
    status_quo: StatusQuo, target: tuple[int, ...], members: tuple[int, ...], costs: tuple[Fraction, ...]
) -> tuple[Array, Array]:
    """Net gains of the members for all their joint actions as fractions, shape (|S|, K), and the joint actions (K, |S|)."""
    gains, denominator = status_quo.gains(members)
    joints = np.indices(gains.shape[1:]).reshape(len(members), -1).T
    flat = gains.reshape(len(members), -1)
    nets = np.empty(flat.shape, dtype=object)
    for k, i in enumerate(members):
        moved = joints[:, k] != target[i]
        nets[k] = [
            Fraction(int(g), denominator) - (costs[i] if away else 0)
            for g, away in zip(flat[k].tolist(), moved.tolist(), strict=True)
        ]
    return nets, joints


def _way(nets: Array, joints: Array, harms: Array, denominator: int, largest: Fraction, blocking: Blocking) -> _Way:
    """The supremum of harm where the rows of ``nets`` are ≥ 0 on average, one of them (under "all" each) above 0."""
    from gametheory.optimize.exact import solve_exact

    rule: Literal["all", "some"] = "all" if blocking == "all" else "some"
    integers = RationalArray.from_fractions(nets)
    weights = plain_weights(integers.numerators, rule)
    if weights is None:
        gain, _, _, weights = correlated_gain(integers.numerators, integers.denominator, rule)
    else:
        gain = Fraction(0)
    if gain <= 0:
        # Under "some" the weights 1 + λ are what the sum of gains is weighed with.
        proof = weights if rule == "all" else tuple(1 + x for x in weights)
        return _Way(False, largest, largest, None, (Fraction(0), *proof))
    columns = nets.shape[1]
    rows: list[Any] = [
        (f"member {k} does not lose", {c: x for c, x in enumerate(row) if x}, ">=", 0) for k, row in enumerate(nets)
    ]
    rows.append(("probabilities", dict.fromkeys(range(columns), 1), "==", 1))
    objective = [Fraction(int(x), denominator) for x in harms]
    solution = solve_exact(LinearProgramme.from_rows("max", objective, rows, name="policy harm"))
    plays = {tuple(int(k) for k in joints[c]): solution.primal[c] for c in range(columns) if solution.primal[c] > 0}
    duals = tuple(-solution.row_duals[k] for k in range(len(nets)))
    return _Way(True, largest, solution.value, plays, (Fraction(1), *duals))
