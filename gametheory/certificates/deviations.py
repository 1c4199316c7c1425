"""No deviation, alone or together, gains more than ε.

At a profile of an exact game the claim is that every gain listed here is at most ε ≥ 0, in units of payoff. Write
g_i(τ) = u_i(τ, σ_{−S}) − u_i(σ) for what a joint deviation τ of the coalition S brings its member i.

* ``"nash"``, σ pure or mixed:  u_i(b, σ_{−i}) − u_i(σ)  for every player i and action b.
* ``"correlated"``, μ a distribution:  Σ_{a_i} max_b Σ_{a_{−i}} μ(a) [u_i(b, a_{−i}) − u_i(a)]  for every player i: the
  gain of the best map from the recommended to the played action (Aumann 1974, 1987).
* ``"coarse correlated"``:  max_b Σ_a μ(a) [u_i(b, a_{−i}) − u_i(a)]: one action, chosen before the recommendation
  (Moulin and Vial 1978).
* ``"coalition"``, σ pure or mixed, coalitions S_1, S_2, …: the gain of S under a blocking rule (:mod:`.gains`), over
  pure joint deviations or over distributions of them (``coordination="correlated"``).

With shared randomness a gain is the optimum of a linear programme, and its dual is the evidence:

* all:  max_μ min_i E_μ g_i ≤ ε  iff there are weights w ≥ 0, Σ w_i = 1, with  Σ_i w_i g_i(τ) ≤ ε  for all τ;
* some:  max {Σ_i E_μ g_i : E_μ g ≥ 0} ≤ ε  iff there are multipliers λ ≥ 0 with  Σ_i (1 + λ_i) g_i(τ) ≤ ε  for all τ;
* any, transfer: linear in μ, or a largest of such, so that pure deviations decide and no evidence is needed.

Everything is recomputed in integers from the game and the profile. Complexity: every listed deviation once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact
from gametheory.certificates.encoding import (
    Distribution,
    ExactProfile,
    brief,
    check_carried_game,
    describe_profile,
    exact_distribution,
    exact_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    player_name,
    profile_from_json,
    profile_to_json,
    rationals_from_json,
)
from gametheory.certificates.gains import Blocking, Coordination, StatusQuo, best_joint_deviation
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.recommendations import distribution_support, largest_entry
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["DeviationCertificate", "DeviationConcept"]

Array = NDArray[Any]
DeviationConcept = Literal["nash", "correlated", "coarse correlated", "coalition"]

_CONCEPTS = ("nash", "correlated", "coarse correlated", "coalition")
_BLOCKING = ("all", "some", "any", "transfer")
_COORDINATION = ("pure", "correlated")
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, repr=False)
class DeviationCertificate:
    """The claim that at a profile no deviation of the listed kind gains more than ``epsilon``.

    Build one with :meth:`nash`, :meth:`correlated` or :meth:`coalition`; nothing is checked before :meth:`verify`.

    Attributes
    ----------
    concept : "nash", "correlated", "coarse correlated" or "coalition"
        Which deviations: see the head of this module.
    profile : tuple
        Pure: action indices. Mixed: a tuple of fractions for each player. Correlated: pairs (action profile,
        probability).
    epsilon : Fraction
        Largest gain allowed, ≥ 0, in units of payoff; 0 for an exact equilibrium.
    game : NormalFormGame or None
        The exact game, or for ``"nash"`` at a pure profile one of floats; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game as read from a file, or given where no game is carried; ``""`` if the game itself is at hand.
    coalitions : tuple of frozenset of int
        For ``"coalition"``.
    blocking, coordination : str
        For ``"coalition"``: the rule that says what a coalition gains, and whether its members share randomness.
    weights : tuple of tuples of Fraction
        Evidence for correlated coordination under "all" and "some": for each coalition a number for each member, in
        increasing order of index. Empty otherwise.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> DeviationCertificate.nash(game, (1, 1)).verify()
    True
    >>> DeviationCertificate.nash(game, (0, 0)).verify()
    Traceback (most recent call last):
        ...
    gametheory.errors.CertificateError: at (1, 1) no player gains more than 0 by deviating alone: Player 1 gains 2 by ...
    """

    concept: DeviationConcept
    profile: ExactProfile | Distribution
    epsilon: Fraction = Fraction(0)
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)
    coalitions: tuple[frozenset[int], ...] = ()
    blocking: Blocking = "all"
    coordination: Coordination = "pure"
    weights: tuple[tuple[Fraction, ...], ...] = ()

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("concept", self.concept, _CONCEPTS),
            ("blocking", self.blocking, _BLOCKING),
            ("coordination", self.coordination, _COORDINATION),
        ):
            if value not in allowed:
                raise SpecificationError(f"{name}: found {value!r}; write one of {', '.join(map(repr, allowed))}")
        if self.epsilon < 0:
            raise SpecificationError(f"epsilon: found {self.epsilon}; staying put gains 0, so write a number ≥ 0")
        check_carried_game(self.game, self.stated_digest, floats=self._compares_only)
        if self.concept != "coalition" and (self.coalitions or self.weights):
            raise SpecificationError(f"coalitions: the concept {self.concept!r} has none")

    # -- constructors ----------------------------------------------------------------------------------------------

    @classmethod
    def nash(cls, game: NormalFormGame, profile: Any, epsilon: Fraction | int = 0) -> DeviationCertificate:
        """No player gains more than ``epsilon`` alone at a pure or mixed profile (indices, labels or fractions)."""
        game = game.exact()
        return cls("nash", exact_profile(game, profile), exact(epsilon, where="epsilon"), game)

    @classmethod
    def correlated(
        cls, game: NormalFormGame, distribution: Any, epsilon: Fraction | int = 0, coarse: bool = False
    ) -> DeviationCertificate:
        """No player gains more than ``epsilon`` by disobedience; ``coarse``: by not listening.

        ``distribution`` is an array of fractions of shape ``num_actions``, or a mapping from pure profiles to
        fractions.
        """
        game = game.exact()
        concept: DeviationConcept = "coarse correlated" if coarse else "correlated"
        return cls(concept, exact_distribution(game, distribution), exact(epsilon, where="epsilon"), game)

    @classmethod
    def coalition(
        cls,
        game: NormalFormGame,
        profile: Any,
        coalitions: Iterable[Collection[int]],
        *,
        blocking: Blocking,
        coordination: Coordination,
        epsilon: Fraction | int = 0,
        weights: Sequence[Sequence[Any]] | None = None,
    ) -> DeviationCertificate:
        """No listed coalition gains more than ``epsilon`` under a blocking rule, at a pure or mixed profile.

        ``weights`` is the evidence for correlated coordination under "all" and "some": one sequence for each coalition,
        one number for each member in increasing order of index.
        """
        game = game.exact()
        return cls(
            "coalition",
            exact_profile(game, profile),
            exact(epsilon, where="epsilon"),
            game,
            coalitions=tuple(frozenset(map(int, members)) for members in coalitions),
            blocking=blocking,
            coordination=coordination,
            weights=tuple(tuple(exact(w, where="weights") for w in row) for row in weights or ()),
        )

    # -- the claim -------------------------------------------------------------------------------------------------

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        limit, at = brief(self.epsilon), f"at {describe_profile(self.game, self.profile)}"
        if self.concept == "nash":
            return f"{at} no player gains more than {limit} by deviating alone"
        if self.concept == "correlated":
            return f"{at} no player gains more than {limit} by any map from recommended to played actions"
        if self.concept == "coarse correlated":
            return f"{at} no player gains more than {limit} by an action chosen before the recommendation"
        measure = {
            "all": "the member who gains least gains",
            "some": "without loss to a member the members gain together",
            "any": "a member gains",
            "transfer": "the members gain together",
        }[self.blocking]
        how = (
            "shared randomness over joint deviations" if self.coordination == "correlated" else "pure joint deviations"
        )
        names = [" + ".join(player_name(self.game, i) for i in sorted(members)) for members in self.coalitions[:6]]
        count = (
            f"{len(self.coalitions)} coalitions listed"
            if len(self.coalitions) > 6
            else f"coalitions {'; '.join(names)}"
        )
        return f"{at}, by {how} of the {count}, {measure} at most {limit}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every gain in integers, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If a deviation gains more than ``epsilon`` (the message names it), the profile is none of this game, the
            weights do not establish the claim, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game, compared_only=self._compares_only)
        try:
            if self._compares_only:
                self._verify_pure(checked)
            elif self.concept in ("correlated", "coarse correlated"):
                self._verify_obedience(checked)
            else:
                status_quo = StatusQuo(checked, self.profile)  # type: ignore[arg-type]
                if self.concept == "nash":
                    self._verify_alone(status_quo)
                else:
                    self._verify_coalitions(status_quo)
        except SpecificationError as error:
            self._fail(str(error))
        return True

    @property
    def _compares_only(self) -> bool:
        """Whether payoffs are only compared, at a pure profile, so that a game of floats need not be made exact."""
        return self.concept == "nash" and all(type(part) is int for part in self.profile)

    def _fail(self, violation: str) -> NoReturn:
        fail(self.claim, violation)

    def _exceeds(self, numerator: int, denominator: int) -> bool:
        return numerator * self.epsilon.denominator > self.epsilon.numerator * denominator

    def _verify_pure(self, game: NormalFormGame) -> None:
        """The payoffs on the lines through the profile decide; the rest of the table is not looked at."""
        profile = game.action_indices(self.profile)  # type: ignore[arg-type]
        for i, played in enumerate(profile):
            line = game.numerators[i][tuple(slice(None) if j == i else a for j, a in enumerate(profile))]
            best = int(line.argmax())
            gain = (exact(line[best]) - exact(line[played])) / game.denominator
            if gain > self.epsilon:
                self._fail(f"{game.players[i]} gains {brief(gain)} by playing {game.actions[i][best]!r}")

    def _verify_alone(self, status_quo: StatusQuo) -> None:
        for i in range(status_quo.game.num_players):
            gains, denominator = status_quo.gains((i,))
            best = int(gains[0].argmax())
            gain = int(gains[0, best])
            if self._exceeds(gain, denominator):
                names = status_quo.game.players[i], status_quo.game.actions[i][best]
                self._fail(f"{names[0]} gains {brief(Fraction(gain, denominator))} by playing {names[1]!r}")

    def _verify_obedience(self, game: NormalFormGame) -> None:
        profiles, weights, total = distribution_support(game, self.profile)
        numerators = game.numerators
        machine = numerators.dtype != object and 2 * largest_entry(numerators) * total < _MACHINE
        dtype = np.int64 if machine else object
        for i, m in enumerate(game.num_actions):
            # The support, sorted by what player i is told, so that each recommendation is a run of columns.
            order = (
                np.arange(len(profiles))
                if self.concept == "coarse correlated"
                else profiles[:, i].argsort(kind="stable")
            )
            support, mass = profiles[order], weights[order].astype(dtype)
            told, runs = (
                np.unique(support[:, i], return_index=True)
                if self.concept == "correlated"
                else (None, np.zeros(1, int))
            )
            obeyed = numerators[i][tuple(support.T)].astype(dtype)
            best, moves = [0] * len(runs), [-1] * len(runs)
            index = [support[:, j] for j in range(game.num_players)]
            for b in range(m):
                index[i] = np.full(len(support), b)
                gains = (numerators[i][tuple(index)].astype(dtype) - obeyed) * mass
                for k, gain in enumerate(np.add.reduceat(gains, runs).tolist()):
                    if gain > best[k]:
                        best[k], moves[k] = gain, b
            if self._exceeds(sum(best), game.denominator * total):
                names = game.actions[i]
                how = ", ".join(
                    repr(names[b]) + ("" if told is None else f" when told {names[told[k]]!r}")
                    for k, b in enumerate(moves)
                    if b >= 0
                )
                gained = Fraction(sum(best), game.denominator * total)
                self._fail(f"{game.players[i]} gains {brief(gained)} by playing {how}")

    def _verify_coalitions(self, status_quo: StatusQuo) -> None:
        weighted = self.coordination == "correlated" and self.blocking in ("all", "some")
        if len(self.weights) != (len(self.coalitions) if weighted else 0):
            self._fail(
                f"found {len(self.weights)} rows of weights; one for each coalition is needed under correlated 'all' "
                "and 'some', none otherwise"
            )
        game = status_quo.game
        for number, coalition in enumerate(self.coalitions):
            gains, denominator = status_quo.gains(coalition)
            names = ", ".join(game.players[i] for i in sorted(coalition))
            if weighted:
                values, scale = self._weighted(gains, number, names)
                best = int(values.argmax())
                value, denominator = int(values[best]), denominator * scale
                joint: tuple[int, ...] | None = tuple(int(k) for k in np.unravel_index(best, gains.shape[1:]))
                what = "the weighted sum of their gains is"
            else:
                value, joint = best_joint_deviation(gains, self.blocking)
                what = "their gain is"
            if joint is not None and self._exceeds(value, denominator):
                played = ", ".join(repr(game.actions[i][k]) for i, k in zip(sorted(coalition), joint, strict=True))
                self._fail(f"when {names} play {played}, {what} {brief(Fraction(value, denominator))}")

    def _weighted(self, gains: Array, number: int, names: str) -> tuple[Array, int]:
        """Σ w_i g_i ("all") or Σ (1 + λ_i) g_i ("some") for every joint action, and the weights' denominator."""
        row = self.weights[number]
        if len(row) != len(gains) or min(row) < 0:
            self._fail(f"weights[{number}]: {len(gains)} numbers ≥ 0 are needed, one for each of {names}")
        if self.blocking == "all" and sum(row) != 1:
            self._fail(f"weights[{number}]: the weights of {names} must sum to 1")
        factors = row if self.blocking == "all" else tuple(1 + x for x in row)
        scale = math.lcm(*(x.denominator for x in factors))
        integers = [x.numerator * (scale // x.denominator) for x in factors]
        flat = gains.reshape(len(gains), -1)
        if flat.dtype != object and largest_entry(flat) * sum(integers) >= _MACHINE:
            flat = flat.astype(object)
        return np.asarray(np.array(integers, dtype=flat.dtype) @ flat), scale

    # -- JSON ------------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        data: dict[str, Any] = {
            "kind": "deviation",
            "concept": self.concept,
            "epsilon": rational_to_json(self.epsilon),
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "profile": profile_to_json(self.profile),
        }
        if self.concept == "coalition":
            data["coalitions"] = [sorted(members) for members in self.coalitions]
            data["blocking"] = self.blocking
            data["coordination"] = self.coordination
            data["weights"] = [[rational_to_json(w) for w in row] for row in self.weights]
        return data

    @classmethod
    def from_dict(cls, data: Any) -> DeviationCertificate:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        SpecificationError
            If a key is missing, unknown or of the wrong form.
        """
        keys = ["kind", "concept", "epsilon", "game_digest", "game", "profile"]
        coalition = isinstance(data, dict) and data.get("concept") == "coalition"
        if coalition:
            keys += ["coalitions", "blocking", "coordination", "weights"]
        game = game_of_certificate(data, keys, "deviation")
        if data["concept"] not in _CONCEPTS:
            raise SpecificationError(
                f"certificate.concept: found {data['concept']!r}; write one of {', '.join(_CONCEPTS)}"
            )
        epsilon = rational_from_json(data["epsilon"], where="certificate.epsilon")
        kinds = ("correlated",) if "correlated" in data["concept"] else ("pure", "mixed")
        common = (data["concept"], profile_from_json(data["profile"], kinds), epsilon, game, data["game_digest"])
        if not coalition:
            return cls(*common)
        for key in ("coalitions", "weights"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list of lists")
        return cls(
            *common,
            coalitions=tuple(_coalition(row, k) for k, row in enumerate(data["coalitions"])),
            blocking=data["blocking"],
            coordination=data["coordination"],
            weights=tuple(
                rationals_from_json(row, f"certificate.weights[{k}]") for k, row in enumerate(data["weights"])
            ),
        )

    def __repr__(self) -> str:
        carried = "" if self.game is not None else ", game not carried"
        return f"DeviationCertificate({self.concept}: {self.claim}{carried})"


def _coalition(row: Any, number: int) -> frozenset[int]:
    members = indices_from_json(row, where=f"certificate.coalitions[{number}]")
    if len(set(members)) != len(members):
        raise SpecificationError(f"certificate.coalitions[{number}]: a member is named twice")
    return frozenset(members)
