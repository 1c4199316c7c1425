"""Whether a policy keeps coalitions at the target, and with how much to spare.

Under a policy (see :mod:`.policy`) a joint deviation of coalition S from the pure target a* to the profile a nets its
member i  h_i(a) = u_i(a) − u_i(a*) − (q_i − f_i) d_i · 1[a_i ≠ a*_i]. By it S nets

    all: min_i h_i      any: max h_i over members who move      transfer: Σ_i h_i      some: Σ_i h_i where h ≥ 0, else min_i h_i

and it blocks iff that is positive. The **margin** of deterrence is minus the most that an allowed coalition nets by a pure
joint deviation in which somebody moves: what the dearest temptation falls short of paying. It is positive if every
deviation hurts, and negative if a coalition gains.

Under "any" only members who move are counted, because no fine reaches a bystander. Complexity: Σ_S ∏_{i∈S} m_i net gains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import DEFAULT_TOLERANCE, Verdict, exact_text, judge
from gametheory.certificates.deterrence import DeterrenceCertificate, NetGains, net_gains
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.collusion.joint_deviations import Coordination, check_rules
from gametheory.collusion.resilience import resilience
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.oversight.incentives import allowed_coalitions, moves_text, read_outcomes
from gametheory.oversight.induced_game import induced_game
from gametheory.oversight.policy import Policy, per_player

__all__ = ["DeterrenceMargin", "deterrence_certificate", "deterrence_margin", "is_deterred"]


@final
@compared_by("game", "value", "coalition", "outcome", "movers", "net_gains", "blocking")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DeterrenceMargin:
    """How far the most tempting joint deviation is from paying; ``float()`` works.

    Attributes
    ----------
    value : Fraction
        In units of payoff; negative if a coalition gains.
    coalition : frozenset of int
        Whom the deviation tempts most.
    outcome : tuple of int
        The action profile that it leads to.
    net_gains : tuple of Fraction
        What each member nets, in increasing order of index.
    game, blocking
        What was asked.
    """

    game: NormalFormGame
    value: Fraction
    coalition: Coalition
    outcome: tuple[int, ...]
    movers: tuple[int, ...]
    net_gains: tuple[Fraction, ...]
    blocking: Blocking

    @property
    def lower(self) -> Fraction:
        return self.value

    @property
    def upper(self) -> Fraction:
        return self.value

    def __float__(self) -> float:
        return float(self.value)

    def to_frame(self) -> Any:
        """A pandas table of the members of the coalition: where the deviation takes them, and what each nets."""
        members = sorted(self.coalition)
        rows = [
            [self.game.players[i], self.game.actions[i][self.outcome[i]], gain]
            for i, gain in zip(members, self.net_gains, strict=True)
        ]
        return data_frame(rows, ["player", "action", "net gain"])

    def describe(self) -> str:
        """The most tempting deviation in words."""
        return moves_text(self.game, self.coalition, self.outcome, self.movers)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        members = [self.game.players[i] for i in sorted(self.coalition)]
        return {
            "margin": exact_text(self.value),
            "coalition": members,
            "deviation": self.describe(),
            "net_gains": {name: exact_text(x) for name, x in zip(members, self.net_gains, strict=True)},
            "blocking": self.blocking,
        }

    def __repr__(self) -> str:
        return f"DeterrenceMargin({exact_text(self.value)}, exact under {self.blocking!r}: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def deterrence_margin(
    game: NormalFormGame,
    policy: Policy,
    target: Any,
    *,
    blocking: Blocking,
    coalitions: Iterable[Iterable[int]] | None = None,
    outcomes: Any = None,
) -> DeterrenceMargin:
    """Minus the most that an allowed coalition nets by a pure joint deviation, forfeits included.

    Parameters
    ----------
    game : NormalFormGame
        Without the policy.
    policy : Policy
    target : sequence of n actions (index or label)
    blocking : "all", "some", "any" or "transfer"
        See the head of this module.
    coalitions : iterable of sets of int, optional
        The coalitions that may form; by default all.
    outcomes : bool array of shape ``num_actions``, or flat indices, optional
        Only deviations that lead to a marked outcome; by default all.

    Raises
    ------
    SpecificationError
        Malformed input, or no allowed coalition has a deviation to a marked outcome.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> deterrence_margin(game, Policy(detection_rate="1/2", deposits=5), ("C", "C"), blocking="transfer")
    DeterrenceMargin(1/2, exact under 'transfer': Player 1 plays D)
    """
    check_rules(blocking, "pure")
    question = _Question.read(game, policy, target, coalitions, outcomes)
    best: tuple[Fraction, NetGains, int] | None = None
    for found in question.net_gains():
        values = found.values(blocking)
        k = int(values.argmax())
        value = Fraction(int(values[k]), found.denominator)
        if best is None or value > best[0]:
            best = value, found, k
    if best is None:
        raise SpecificationError(
            "deterrence_margin: no allowed coalition has a deviation to a marked outcome; allow more coalitions or outcomes"
        )
    value, found, k = best
    return DeterrenceMargin(
        game=game,
        value=-value,
        coalition=frozenset(found.members),
        outcome=question.outcome(found, k),
        movers=tuple(i for i, moves in zip(found.members, found.moves[:, k], strict=True) if moves),
        net_gains=tuple(Fraction(int(x), found.denominator) for x in found.numerators[:, k]),
        blocking=blocking,
    )


def is_deterred(
    game: NormalFormGame,
    policy: Policy,
    target: Any,
    *,
    blocking: Blocking,
    coordination: Coordination = "pure",
    coalitions: Iterable[Iterable[int]] | None = None,
    outcomes: Any = None,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether under a policy no allowed coalition blocks the target.

    Parameters
    ----------
    game, policy, target, blocking, coalitions, outcomes
        As for :func:`deterrence_margin`.
    coordination : "pure" or "correlated"
        Whether members share randomness; it changes nothing under "any" and "transfer".
    tol : float, optional
        A net gain of at most tol · (the largest payoff span among the members) does not count. Without it, a gain that
        small in a game or policy of floats is "within tolerance".

    Returns
    -------
    Verdict
        With the net gain of the coalition that gains most for its payoff span, and who plays what as witness. (Under "all"
        and "some" with shared randomness: the first coalition that gains, and a certificate as witness.)

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> is_deterred(game, Policy(detection_rate="1/2", deposits=4), ("C", "C"), blocking="transfer").status
    'yes'
    >>> is_deterred(game, Policy(detection_rate="1/2", deposits=3), ("C", "C"), blocking="transfer")
    Verdict(no, gain=1/2, witness='Player 1 plays D')
    """
    check_rules(blocking, coordination)
    question = _Question.read(game, policy, target, coalitions, outcomes)
    asked = f"does the policy keep every allowed coalition at the target under {blocking!r}, {coordination}?"
    arithmetic: Literal["exact", "float"] = "exact" if game.arithmetic == policy.arithmetic == "exact" else "float"
    spans = [question.game.payoff_span(i) for i in range(question.game.num_players)]
    if coordination == "correlated" and blocking in ("all", "some"):
        return _correlated(question, policy, blocking, tol, arithmetic, spans, asked)
    gains: list[Fraction] = []
    shown: list[tuple[NetGains, int]] = []
    nearly = False
    for found in question.net_gains():
        values = found.values(blocking)
        k = int(values.argmax())
        gains.append(max(Fraction(int(values[k]), found.denominator), Fraction(0)))
        shown.append((found, k))
        slack = int(DEFAULT_TOLERANCE * max(spans[i] for i in found.members) * found.denominator)
        harmless = found.numerators.min(axis=0) >= -slack
        nearly = nearly or bool(np.any(harmless & (found.numerators.sum(axis=0) > slack)))

    def witness(k: int) -> str:
        found, column = shown[k]
        movers = [i for i, moves in zip(found.members, found.moves[:, column], strict=True) if moves]
        return moves_text(game, found.members, question.outcome(found, column), movers)

    own = [max(spans[i] for i in found.members) for found, _ in shown]
    verdict = judge(gains, own, tol=tol, arithmetic=arithmetic, witness=witness, question=asked)
    if verdict.status == "yes" and blocking == "some" and tol is None and arithmetic == "float" and nearly:
        # A loss that small may be rounding, and without it a coalition gains.
        return Verdict("within tolerance", DEFAULT_TOLERANCE * max(spans), None, asked)
    return verdict


def deterrence_certificate(
    game: NormalFormGame,
    policy: Policy,
    target: Any,
    *,
    blocking: Blocking,
    coalitions: Iterable[Iterable[int]] | None = None,
    outcomes: Any = None,
) -> DeterrenceCertificate:
    """The claim that under a policy no allowed coalition blocks the target by a pure joint deviation, verified.

    Parameters are those of :func:`deterrence_margin`.

    Raises
    ------
    CertificateError
        If a coalition does; the message names it.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> deterrence_certificate(game, Policy(detection_rate="1/2", deposits=4), ("C", "C"), blocking="transfer")
    DeterrenceCertificate(no listed coalition gains by leaving the target under 'transfer', forfeits included)
    """
    check_rules(blocking, "pure")
    question = _Question.read(game, policy, target, coalitions, outcomes)
    n = question.game.num_players
    certificate = DeterrenceCertificate(
        target=question.target,
        detection_rate=per_player(policy.detection_rate, n, "detection_rate"),
        false_alarm_rate=per_player(policy.false_alarm_rate, n, "false_alarm_rate"),
        deposits=per_player(policy.deposits, n, "deposits"),
        blocking=blocking,
        coalitions=question.coalitions,
        outcomes=None if question.outcomes is None else tuple(np.flatnonzero(question.outcomes).tolist()),
        game=question.game,
    )
    certificate.verify()
    return certificate


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    game: NormalFormGame  # exact
    target: tuple[int, ...]
    coalitions: tuple[Coalition, ...]
    moving_costs: tuple[Fraction, ...]
    outcomes: Any

    @classmethod
    def read(
        cls,
        game: NormalFormGame,
        policy: Policy,
        target: Any,
        coalitions: Iterable[Iterable[int]] | None,
        outcomes: Any,
    ) -> _Question:
        if not isinstance(policy, Policy):
            raise SpecificationError(
                f"policy: found {type(policy).__name__}; write a Policy(detection_rate=…, deposits=…)"
            )
        source = game.exact()
        return cls(
            source,
            source.action_indices(target),
            allowed_coalitions(source, coalitions),
            policy.moving_costs(source.num_players),
            read_outcomes(source, outcomes),
        )

    def net_gains(self) -> Iterable[NetGains]:
        status_quo = StatusQuo(self.game, self.target)
        return net_gains(status_quo, self.target, self.coalitions, self.moving_costs, self.outcomes)

    def outcome(self, found: NetGains, k: int) -> tuple[int, ...]:
        """The action profile that the deviation number ``k`` leads to."""
        reached = list(self.target)
        for i, action in zip(found.members, found.joints[k].tolist(), strict=True):
            reached[i] = action
        return tuple(reached)


def _correlated(
    question: _Question,
    policy: Policy,
    blocking: Blocking,
    tol: float | Fraction | None,
    arithmetic: Literal["exact", "float"],
    spans: list[Fraction],
    asked: str,
) -> Verdict:
    if question.outcomes is not None:
        raise UnsupportedError(
            f"is_deterred: with shared randomness under {blocking!r} a deviation leads to several outcomes at once, so that "
            "outcomes= has no meaning; leave it out, or pass coordination='pure'"
        )
    exact_policy = Policy(*(_exact(x) for x in (policy.detection_rate, policy.false_alarm_rate, policy.deposits)))
    induced = induced_game(question.game, exact_policy, question.target)
    found = resilience(
        induced, question.target, blocking=blocking, coordination="correlated", coalitions=question.coalitions
    )
    if found.witness is None:
        return Verdict("yes", Fraction(0), None, asked)
    own = [max(spans[i] for i in found.witness.members)]
    return judge(
        [found.witness.gain], own, tol=tol, arithmetic=arithmetic, witness=lambda _: found.witness, question=asked
    )


def _exact(values: Any) -> Any:
    """The same numbers; as Fractions they make an exact policy."""
    return values if isinstance(values, Fraction) else list(values)
