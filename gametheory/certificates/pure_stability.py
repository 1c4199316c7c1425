"""All pure strong, or coalition-proof, Nash equilibria: none is missing from a list.

* A pure profile a is **strong** (R. Aumann 1959) if no coalition S blocks it by a pure joint deviation τ ∈ ∏_{j∈S} A_j, under
  the rules of :mod:`.gains`; where members share randomness, by a distribution of them.
* **Coalition-proof** (B. Bernheim, B. Peleg and M. Whinston 1987) asks only for deviations that are themselves credible. For
  one player it is a best action. For a set N of more players a profile is *self-enforcing* if for every proper subset S its
  part a_S is coalition-proof in the game that remains when the others are fixed at a_{−S}; it is coalition-proof if moreover no
  other self-enforcing profile is strictly better for all of N. Since a profile that is coalition-proof for S is so for
  all subsets of S, self-enforcement looks only one size down.

The payoff table is the evidence for pure deviations: every profile is looked at again. Where members share randomness the
others need evidence of their own: for each listed profile the weights of a :class:`DeviationCertificate`, for each other one
that withstands pure deviations a :class:`WitnessCertificate`.

Complexity: for each of 2ⁿ coalitions a pass over the table, and the joint deviations of those profiles that could be blocked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import fail, game_of_certificate, game_to_check, game_to_json, indices_from_json
from gametheory.certificates.gains import Blocking
from gametheory.certificates.pure_completeness import pure_equilibrium_mask
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PureStabilityCertificate", "coalition_proof_mask", "strong_profiles"]

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Profile = tuple[int, ...]
_PART = 2**22  # comparisons at a time


def strong_profiles(numerators: Array, blocking: Blocking) -> list[Profile]:
    """The pure profiles that no coalition blocks by a pure joint deviation, in lexicographic order.

    Parameters
    ----------
    numerators : array of shape (n, m_0, …, m_{n−1})
        Payoffs in integers, over any common denominator; floats are compared exactly (not under "transfer").
    blocking : "all", "some", "any" or "transfer"

    Examples
    --------
    >>> stag_hunt = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> strong_profiles(stag_hunt.numerators, "all")
    [(0, 0)]
    """
    if blocking == "transfer" and (numerators.dtype == object or _size(numerators) * len(numerators) >= 2**62):
        numerators = numerators.astype(object)
    candidates = np.argwhere(pure_equilibrium_mask(numerators))
    n = len(numerators)
    for size in range(2, n + 1):
        for members in combinations(range(n), size):
            if len(candidates):
                candidates = candidates[_unblocked(numerators, candidates, members, blocking)]
    return [tuple(row) for row in candidates.tolist()]


def coalition_proof_mask(numerators: Array) -> Mask:
    """Which pure profiles are coalition-proof Nash equilibria, by the recursive definition: booleans, shape (m_0, …)."""
    n, shape = len(numerators), numerators.shape[1:]
    tables = max(math.comb(n, k) + math.comb(n, k + 1) for k in range(n))
    refuse_if_too_large(tables * math.prod(shape), 1, "the tables of coalition-proof profiles")
    level: dict[tuple[int, ...], Mask] = {
        (i,): (numerators[i] == numerators[i].max(axis=i, keepdims=True)).astype(np.bool_) for i in range(n)
    }
    for size in range(2, n + 1):
        following: dict[tuple[int, ...], Mask] = {}
        for members in combinations(range(n), size):
            enforcing = np.logical_and.reduce([level[s] for s in combinations(members, size - 1)])
            candidates = np.argwhere(enforcing)
            kept = _unblocked(numerators, candidates, members, "all", among=enforcing)
            result = np.zeros(shape, dtype=np.bool_)
            result[tuple(candidates[kept].T)] = True
            following[members] = result
        level = following
    return level[tuple(range(n))]


def _unblocked(
    numerators: Array, candidates: Array, members: tuple[int, ...], blocking: Blocking, among: Mask | None = None
) -> Mask:
    """Which candidates, rows of actions, the coalition does not block by a deviation to a profile ``among`` these."""
    n, shape = len(numerators), numerators.shape[1:]
    others = [j for j in range(n) if j not in members]
    own_sizes, other_sizes = [shape[j] for j in members], [shape[j] for j in others]
    order = [*others, *members]

    def by_fibre(table: Array) -> Array:
        return np.transpose(table, order).reshape(math.prod(other_sizes), math.prod(own_sizes))

    fibre = _numbers(candidates[:, others], other_sizes)
    own = _numbers(candidates[:, list(members)], own_sizes)
    tables = [by_fibre(numerators[i]) for i in members]
    if blocking == "transfer":
        total = np.sum(np.stack(tables), axis=0)
        return np.asarray(total.max(axis=1)[fibre] <= total[fibre, own], dtype=np.bool_)
    now = np.stack([table[fibre, own] for table in tables])
    better = np.stack([table.max(axis=1)[fibre] for table in tables]) > now
    if blocking == "any":
        return ~np.asarray(better.any(axis=0), dtype=np.bool_)
    could = np.asarray(better.all(axis=0) if blocking == "all" else better.any(axis=0), dtype=np.bool_)
    result = ~could
    doubtful = np.flatnonzero(could)
    step = max(_PART // math.prod(own_sizes), 1)
    eligible = None if among is None else by_fibre(among)
    for start in range(0, len(doubtful), step):
        part = doubtful[start : start + step]
        blocked = np.ones((len(part), math.prod(own_sizes)), dtype=np.bool_)
        strictly = np.zeros_like(blocked)
        for k, table in enumerate(tables):
            rows = table[fibre[part]]
            if blocking == "all":
                blocked &= np.asarray(rows > now[k, part][:, None], dtype=np.bool_)
            else:
                blocked &= np.asarray(rows >= now[k, part][:, None], dtype=np.bool_)
                strictly |= np.asarray(rows > now[k, part][:, None], dtype=np.bool_)
        if blocking == "some":
            blocked &= strictly
        if eligible is not None:
            blocked &= eligible[fibre[part]]
        result[part] = ~blocked.any(axis=1)
    return result


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class PureStabilityCertificate:
    """The listed profiles are all the pure strong, or coalition-proof, Nash equilibria of a game.

    Attributes
    ----------
    concept : "strong Nash" or "coalition-proof Nash"
    blocking : "all", "some", "any" or "transfer"
    coordination : "pure" or "correlated"
        Whether members share randomness; coalition-proof profiles are about pure deviations.
    profiles : tuple of tuples of int
        In lexicographic order.
    withstood : tuple of DeviationCertificate
        With shared randomness, under "all" and "some": one for each listed profile.
    broken : tuple of WitnessCertificate
        Then also: one for each profile that only withstands pure deviations.
    game : NormalFormGame or None
        The exact game; without it ``verify`` needs it.
    stated_digest : str
    """

    concept: Literal["strong Nash", "coalition-proof Nash"]
    blocking: Blocking
    coordination: Literal["pure", "correlated"]
    profiles: tuple[Profile, ...]
    withstood: tuple[DeviationCertificate, ...] = ()
    broken: tuple[WitnessCertificate, ...] = ()
    game: NormalFormGame | None = None
    stated_digest: str = ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        rule = f" under {self.blocking!r}, {self.coordination}" if self.concept == "strong Nash" else ""
        return f"the pure {self.concept} equilibria{rule} are the {len(self.profiles)} listed"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Look at every profile and every coalition again.

        Raises
        ------
        CertificateError
            If a profile is listed wrongly or is missing, or the game is another one.
        """
        checked = game_to_check(
            self.claim, self.game, self.game_digest if game is not None else self.stated_digest, game
        )
        listed = set(self.profiles)
        if len(listed) < len(self.profiles):
            fail(self.claim, "a profile is listed twice")
        try:
            if self.concept == "coalition-proof Nash":
                actual = {tuple(row) for row in np.argwhere(coalition_proof_mask(checked.numerators)).tolist()}
            else:
                actual = set(strong_profiles(checked.numerators, self.blocking))
                if self.coordination == "correlated" and self.blocking in ("all", "some"):
                    actual -= self._broken(checked)
        except SpecificationError as error:
            fail(self.claim, str(error))
        for profile in sorted(listed ^ actual):
            fail(self.claim, f"{list(profile)} {'is missing' if profile in actual else 'is none'}")
        if self.concept == "strong Nash" and self.coordination == "correlated" and self.blocking in ("all", "some"):
            self._check_withstood(checked)
        return True

    def _broken(self, game: NormalFormGame) -> set[Any]:
        found: set[Any] = set()
        for witness in self.broken:
            witness.verify(game)
            if witness.blocking != self.blocking or witness.gain <= 0:
                fail(self.claim, "a witness is about another rule, or gains nothing")
            found.add(tuple(witness.profile))
        return found

    def _check_withstood(self, game: NormalFormGame) -> None:
        n = game.num_players
        every = {frozenset(s) for size in range(1, n + 1) for s in combinations(range(n), size)}
        for proof in self.withstood:
            proof.verify(game)
            right = (proof.concept, proof.blocking, proof.coordination, proof.epsilon) == (
                *("coalition", self.blocking, "correlated"),
                Fraction(0),
            )
            if not right or set(proof.coalitions) != every:
                fail(self.claim, "a deviation certificate is about another rule, or leaves a coalition out")
        missing = set(self.profiles) - {tuple(proof.profile) for proof in self.withstood}
        if missing:
            fail(self.claim, f"nothing shows that {list(min(missing))} withstands shared randomness")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "pure stability",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "concept": self.concept,
            "blocking": self.blocking,
            "coordination": self.coordination,
            "profiles": [list(profile) for profile in self.profiles],
            "withstood": [proof.to_dict() for proof in self.withstood],
            "broken": [witness.to_dict() for witness in self.broken],
        }

    @classmethod
    def from_dict(cls, data: Any) -> PureStabilityCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", "game_digest", "game", "concept", "blocking", "coordination", "profiles", "withstood", "broken")
        game = game_of_certificate(data, keys, "pure stability")
        for key, allowed in (
            ("concept", ("strong Nash", "coalition-proof Nash")),
            ("blocking", ("all", "some", "any", "transfer")),
            ("coordination", ("pure", "correlated")),
        ):
            if data[key] not in allowed:
                raise SpecificationError(
                    f"certificate.{key}: found {data[key]!r}; write one of {', '.join(map(repr, allowed))}"
                )
        for key in ("profiles", "withstood", "broken"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list")
        return cls(
            concept=data["concept"],
            blocking=data["blocking"],
            coordination=data["coordination"],
            profiles=tuple(
                indices_from_json(row, where=f"certificate.profiles[{k}]") for k, row in enumerate(data["profiles"])
            ),
            withstood=tuple(DeviationCertificate.from_dict(part) for part in data["withstood"]),
            broken=tuple(WitnessCertificate.from_dict(part) for part in data["broken"]),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PureStabilityCertificate({self.claim})"


def _numbers(rows: Array, sizes: Sequence[int]) -> Array:
    """Rows of actions as numbers of joint actions."""
    if not len(sizes):
        return np.zeros(len(rows), dtype=np.int64)
    return np.asarray(np.ravel_multi_index(tuple(rows.T), tuple(sizes)))


def _size(integers: Iterable[Any] | Array) -> int:
    array = np.asarray(integers)
    return max(int(array.max()), -int(array.min()), 1)
