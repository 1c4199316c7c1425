"""Objectives by which an equilibrium is chosen, and what a certificate says about their extremes over all equilibria.

For a mixed profile σ with payoffs u(σ) the objectives are

    Σ_i c_i u_i(σ)      weighted payoffs: welfare has c_i = 1, a player's payoff one c_i = 1 and the others 0,
    min_i u_i(σ)        fairness: the payoff of whoever gets least (maximin, J. Rawls 1971),
    Σ_a σ(a) C(a)       the expectation of a number for each profile,
    Σ_i |supp σ_i|      support size: actions played with positive probability, over all players.

**Two players: where the extremes are.** The set of equilibria is a finite union of products X × Y of polytopes, the
maximal Nash subsets, whose vertices are pairs of extreme equilibria.

* Weighted payoffs and Σ σ(a) C(a) are bilinear: for fixed y linear in x, so that a best x is a vertex of X, and then a
  best y a vertex of Y. Largest and smallest values are at extreme equilibria.
* Fairness: in X × Y u_1 depends on y alone and u_2 on x alone (each is the value of best replies: u_1 = max_i (A y)_i,
  linear on Y since a supported action is a best reply everywhere on it; so is u_2 on X). So max min(u_1(y), u_2(x)) =
  min(max_Y u_1, max_X u_2) is had at a pair of vertices, and min min = min(min_Y u_1, min_X u_2) at any pair with one of
  these vertices.
* Support size: the support of a point of X is the union of those of the vertices that it mixes, so that the smallest is
  at an extreme equilibrium. The largest is in general at none: it is the union over all vertices of X, had in the
  relative interior, for instance at the barycentre, and likewise for Y.

**Any number of players.** All these equilibria are correlated equilibria, a polytope, so that a linear programme bounds
weighted payoffs and Σ σ(a) C(a) from both sides, and fairness from above; from below fairness is bounded by the players'
smallest payoffs in correlated equilibria. If all equilibria are isolated in boxes of radius r, an objective with slopes
from a table of span s differs by at most s r Σ_i |S_i| from its value at the box's centre: |σ_i − c_i|₁ ≤ |S_i| r, twice
that after c_i is divided by its sum, and differences of probability vectors count half.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.completeness import BimatrixCompletenessCertificate
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.enclosures import EnclosureCertificate
from gametheory.certificates.multiplayer_completeness import MultiplayerCompletenessCertificate
from gametheory.certificates.payoff_bounds import EquilibriumBoundCertificate
from gametheory.certificates.pure_completeness import PureCompletenessCertificate
from gametheory.equilibria.correlated import correlated_equilibrium
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_contract, expected_payoffs
from gametheory.games.values import compared_by

__all__ = ["Criterion", "Sense", "criterion_of"]

Array = NDArray[Any]
Sense = Literal["max", "min"]
Vectors = Sequence[Array]
Range = tuple[Fraction, Fraction]


@final
@compared_by("game", "words", "sense", "kind", "coefficients", "table")
@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """An objective and a sense, for one game.

    ``kind`` is ``"payoffs"`` (with ``coefficients``), ``"fairness"``, ``"profiles"`` (with ``table``) or ``"support
    size"``.
    """

    game: NormalFormGame
    words: str
    sense: Sense
    kind: Literal["payoffs", "fairness", "profiles", "support size"]
    coefficients: tuple[Fraction, ...] = ()
    table: RationalArray | None = None

    def best(self, values: Iterable[Fraction]) -> Fraction:
        """The largest or smallest, as the sense has it."""
        return max(values) if self.sense == "max" else min(values)

    def value(self, vectors: Vectors) -> Fraction:
        """The objective at exact probability vectors, one for each player."""
        if self.kind == "support size":
            return Fraction(sum(int(np.count_nonzero(v)) for v in vectors))
        if self.table is not None:
            return Fraction(exact_contract(self.table, vectors).item())
        payoffs = expected_payoffs(self.game, tuple(vectors))
        if self.kind == "fairness":
            return min(map(Fraction, payoffs))
        return sum((c * u for c, u in zip(self.coefficients, payoffs, strict=True) if c), Fraction(0))

    def range_at(self, equilibrium: Equilibrium) -> Range:
        """Between which numbers the objective is at an equilibrium: one number, but for irrational equilibria."""
        certificate = equilibrium.certificate
        if isinstance(certificate, EnclosureCertificate):
            return self._range_in(certificate)
        value = self.value(equilibrium.probabilities())
        return value, value

    def extremes(self, certificate: Certificate) -> Range:
        """Between which numbers the best value over all equilibria is, by a certificate of completeness or a bound.

        Of a bound on one side only the other number is the same.
        """
        if isinstance(certificate, EquilibriumBoundCertificate):
            stated = (certificate.coefficients, certificate.combination, certificate.sense)
            combination = "smallest" if self.kind == "fairness" else "sum"
            expected = (self.coefficients or (Fraction(1),) * self.game.num_players, combination, self.sense)
            if stated != expected or self.kind not in ("payoffs", "fairness"):
                raise CertificateError(
                    f"{self.words}: the certificate bounds another objective; select the equilibrium again",
                    claim=certificate.claim,
                    violation="another objective",
                )
            return certificate.bound, certificate.bound
        if isinstance(certificate, BimatrixCompletenessCertificate):
            return self._extreme_of_products(certificate)
        if isinstance(certificate, PureCompletenessCertificate):  # of one player: every mixture of these is best
            if self.kind == "support size" and self.sense == "max":
                count = Fraction(len(certificate.profiles))
                return count, count
            values = [self.value([_unit(k, self.game.num_actions[0])]) for (k,) in certificate.profiles]
            return self.best(values), self.best(values)
        if isinstance(certificate, MultiplayerCompletenessCertificate):
            ranges = [self._range_in(box) for box in certificate.equilibria]
            return self.best(low for low, _ in ranges), self.best(high for _, high in ranges)
        if isinstance(certificate, DualityCertificate):
            value = certificate.value if self.sense == "max" else -certificate.value
            return value, value
        raise CertificateError(
            f"{self.words}: a {type(certificate).__name__} says nothing about all equilibria; select again",
            claim=certificate.claim,
            violation="no bound",
        )

    def relaxation(self) -> tuple[DualityCertificate, ...]:
        """Bounds over all correlated equilibria; with several of them the weakest holds. None for support sizes."""
        if self.kind == "support size":
            return ()
        objectives: list[Any]
        if self.kind == "fairness" and self.sense == "max":
            objectives = ["fairness"]
        elif self.kind == "fairness":
            objectives = [[-int(i == k) for i in range(self.game.num_players)] for k in range(self.game.num_players)]
        else:
            turn = 1 if self.sense == "max" else -1
            given = self.coefficients if self.table is None else self.table.fractions()
            objectives = [np.array(given, dtype=object) * turn]
        found = [correlated_equilibrium(self.game, objective=objective).optimality for objective in objectives]
        return tuple(certificate for certificate in found if isinstance(certificate, DualityCertificate))

    def trivial_bound(self) -> Fraction:
        """No profile at all has more (less)."""
        if self.kind == "support size":
            n = self.game.num_players
            return Fraction(sum(self.game.num_actions) if self.sense == "max" else n)
        if self.table is not None:
            return self.best(self.table.fractions().reshape(-1).tolist())
        tables = self.game.numerators.astype(object)
        if self.kind == "fairness":  # whoever can get least of all, or the player whose largest payoff is smallest
            return min(
                Fraction(int(t.max() if self.sense == "max" else t.min()), self.game.denominator) for t in tables
            )
        sums = sum(c * t for c, t in zip(self.coefficients, tables, strict=True))
        return self.best(np.asarray(sums).reshape(-1).tolist()) / self.game.denominator

    def choice(self, equilibria: EquilibriumSet | Sequence[Equilibrium]) -> tuple[Array, ...] | Equilibrium:
        """The best of the members; or, where members are extreme and the best is not, exact vectors between them."""
        members = [member for member in equilibria if member.concept == "Nash"]
        best = members[0]
        for member in members[1:]:
            if self.best((self.range_at(member)[0], self.range_at(best)[0])) != self.range_at(best)[0]:
                best = member
        if self.kind == "support size" and self.sense == "max" and isinstance(equilibria, EquilibriumSet):
            candidates = [
                tuple(_barycentre([own[k] for k in face]) for own, face in zip(strategies, subset, strict=True))
                for strategies in [equilibria.extreme_strategies]
                for subset in equilibria.maximal_nash_subsets
            ]
            if candidates:
                return max(candidates, key=self.value)
        return best

    def _extreme_of_products(self, certificate: BimatrixCompletenessCertificate) -> Range:
        vectors = [[np.array([*x, None], dtype=object)[:-1] for x in own] for own in certificate.strategies]
        if self.kind == "support size" and self.sense == "max":
            faces = [[[vectors[p][k] for k in part] for p, part in enumerate(pair)] for pair in certificate.products]
            value = max(self.value([_barycentre(x), _barycentre(y)]) for x, y in faces)
        else:
            pairs = {(i, j) for xs, ys in certificate.products for i in xs for j in ys}
            value = self.best(self.value((vectors[0][i], vectors[1][j])) for i, j in sorted(pairs))
        return value, value

    def _range_in(self, box: EnclosureCertificate) -> Range:
        """The objective within a box: at its centre, give or take."""
        vectors, reach = [], Fraction(0)
        for support, center, radius, m in zip(box.support, box.center, box.radius, self.game.num_actions, strict=True):
            vector = np.array([Fraction(0)] * m + [None], dtype=object)[:-1]
            for k, p in zip(support, center, strict=True):
                vector[k] = p / sum(center)
            vectors.append(vector)
            reach += len(support) * max(radius)
        value = self.value(vectors)
        if self.kind == "support size":
            return value, value
        if self.table is not None:
            slope = self.table.fractions().max() - self.table.fractions().min()
        else:
            spans = [Fraction(self.game.payoff_span(i)) for i in range(self.game.num_players)]
            weights = self.coefficients or (Fraction(1),) * len(spans)
            terms = [abs(c) * s for c, s in zip(weights, spans, strict=True)]
            slope = max(terms) if self.kind == "fairness" else sum(terms, Fraction(0))
        return value - slope * reach, value + slope * reach


def criterion_of(game: NormalFormGame, objective: Any, sense: Sense) -> Criterion:
    """The objective as the caller wrote it; ``game`` is exact.

    Raises
    ------
    SpecificationError
        Naming what was found and what is allowed.
    """
    if sense not in ("max", "min"):
        raise SpecificationError(f"sense: found {sense!r}; write 'max' for the largest value or 'min' for the smallest")
    n = game.num_players
    if isinstance(objective, str) and objective == "welfare":
        return Criterion(game, "welfare", sense, "payoffs", (Fraction(1),) * n)
    if isinstance(objective, str) and objective == "fairness":
        return Criterion(game, "smallest payoff", sense, "fairness")
    if isinstance(objective, str) and objective == "support_size":
        return Criterion(game, "support size", sense, "support size")
    allowed = (
        f"write 'welfare', 'fairness', 'support_size', a player ({', '.join(map(repr, game.players[:4]))} or an index), "
        f"{n} weights on players, or an array of shape {game.num_actions}"
    )
    if isinstance(objective, (str, int, np.integer)) and not isinstance(objective, bool):
        if isinstance(objective, str) and objective not in game.players:
            raise SpecificationError(f"objective: found {objective!r}; {allowed}")
        player = game.player_index(objective if isinstance(objective, str) else int(objective))
        weights = tuple(Fraction(int(i == player)) for i in range(n))
        return Criterion(game, f"payoff of {game.players[player]}", sense, "payoffs", weights)
    if objective is None or isinstance(objective, (bool, float)):
        raise SpecificationError(f"objective: found {objective!r}; {allowed}")
    array = (
        objective if isinstance(objective, RationalArray) else RationalArray.from_values(objective, where="objective")
    )
    if array.shape == game.num_actions and (n > 1 or array.shape != (1,)):
        return Criterion(game, "expectation of the objective", sense, "profiles", table=array)
    if array.shape == (n,):
        return Criterion(game, "weighted payoffs", sense, "payoffs", tuple(exact(x) for x in array.fractions()))
    raise SpecificationError(f"objective: found shape {array.shape}; {allowed}")


def _barycentre(vectors: Sequence[Array]) -> Array:
    total = sum(vectors[1:], start=vectors[0])
    return np.asarray(total / Fraction(len(vectors)), dtype=object)


def _unit(k: int, size: int) -> Array:
    vector = np.array([Fraction(0)] * size + [None], dtype=object)[:-1]
    vector[k] = Fraction(1)
    return vector
