"""Links whose removal holds the spectral radius of a network, and a proof that none cheaper do.

From a network with links e of weight a_e > 0 (edges {i, j}, or arcs (i, j) of a directed network) the share x_e is removed, at
a loss of u_e ≥ 0 per unit; A(x) is the adjacency matrix of what is kept. With all x_e ∈ {0, 1} (``whole``) or x_e ∈ [0, 1],

    minimise  Σ u_e x_e   subject to   ρ(A(x)) ≤ τ.

Every x that holds the radius satisfies linear rows, which the certificate proves one by one:

    w (undirected):   Σ_e c_e x_e ≥ Σ_e c_e − τ w·w,  c_e = 2 a_e w_i w_j           (w·A(x) w ≤ ρ w·w, Rayleigh)
                      where all x_e are whole and all c_e ≥ 0, c_e may be cut to the right-hand side;
    S, w ≥ 0 (whole): Σ_{e∈S} x_e ≥ 1,  if Σ_{j: (i,j)∈S} a_ij w_j > τ w_i wherever w_i > 0   (Collatz: S alone has ρ > τ).

A bound on the linear (or mixed-integer) programme with these rows is a bound on the loss. That the kept network holds τ is a
:class:`~gametheory.certificates.spectral.SpectralCertificate`. Reference for the rows by vectors: L. Lovász, A. Schrijver; for
the continuous problem S. Boyd, P. Diaconis and L. Xiao (2004), *Fastest mixing Markov chain on a graph*, SIAM Review 46.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

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
from gametheory.certificates.spectral import MetzlerMatrix, SpectralCertificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["LinkProblem", "LinkRemovalCertificate", "RemovalRow"]

_KEYS = ("kind", "num_nodes", "directed", "links", "weights", "losses", "threshold", "whole", "removed", "held", "rows")


@final
@dataclass(frozen=True, slots=True, eq=False)
class RemovalRow:
    """The evidence for a row: a vector, and where it proves that some links cannot all be kept, those links."""

    vector: RationalArray
    links: tuple[int, ...] | None = None


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LinkProblem:
    """What may be removed, at which loss, and the radius to hold; see the module.

    Attributes
    ----------
    num_nodes : int
    directed : bool
    links : tuple of (int, int)
    weights, losses : RationalArray, shape (num_links,)
    threshold : Fraction, ≥ 0
    whole : bool
    """

    num_nodes: int
    directed: bool
    links: tuple[tuple[int, int], ...]
    weights: RationalArray
    losses: RationalArray
    threshold: Fraction
    whole: bool

    def __post_init__(self) -> None:
        count = len(self.links)
        if self.weights.shape != (count,) or self.losses.shape != (count,):
            raise SpecificationError(f"weights and losses: write one of each for every one of the {count} links")
        if (self.weights.numerators <= 0).any() or (self.losses.numerators < 0).any() or self.threshold < 0:
            raise SpecificationError("weights must be > 0, losses and the threshold ≥ 0")
        places = [link if self.directed else (min(link), max(link)) for link in self.links]
        if len(set(places)) < count or any(
            i == j or not 0 <= min(i, j) <= max(i, j) < self.num_nodes for i, j in places
        ):
            raise SpecificationError(
                f"links: write different pairs of different nodes below {self.num_nodes}, each once"
            )

    def kept_matrix(self, removed: RationalArray) -> MetzlerMatrix:
        """A(x): the adjacency matrix of what is kept."""
        kept = [self.weights[k] * (1 - removed[k]) for k in range(len(self.links))]
        pairs = np.array(self.links, dtype=np.int64).reshape(-1, 2)
        if not self.directed:
            pairs, kept = np.concatenate([pairs, pairs[:, ::-1]]), kept * 2
        entries = RationalArray.from_fractions(kept)
        return MetzlerMatrix.from_entries(self.num_nodes, pairs[:, 0], pairs[:, 1], entries)

    def loss(self, removed: RationalArray) -> Fraction:
        """Σ u_e x_e."""
        return sum((self.losses[k] * removed[k] for k in range(len(self.links))), Fraction(0))

    def row(self, evidence: RemovalRow) -> CoveringRow:
        """The row that the evidence proves.

        Raises
        ------
        SpecificationError
            It proves none.
        """
        w, tau = [Fraction(int(x), evidence.vector.denominator) for x in evidence.vector.numerators], self.threshold
        if len(w) != self.num_nodes:
            raise SpecificationError(f"the vector has {len(w)} entries for {self.num_nodes} nodes")
        if evidence.links is None:
            if self.directed:
                raise SpecificationError("a vector alone proves nothing about a directed network")
            parts = {k: 2 * self.weights[k] * w[i] * w[j] for k, (i, j) in enumerate(self.links) if w[i] and w[j]}
            side = sum(parts.values(), Fraction(0)) - tau * sum((x * x for x in w), Fraction(0))
            if self.whole and min(parts.values(), default=Fraction(0)) >= 0:
                parts = {k: min(c, max(side, Fraction(0))) for k, c in parts.items()}
            return parts, side
        if not self.whole:
            raise SpecificationError("a set of links proves nothing where parts of links can be removed")
        if len(set(evidence.links)) < len(evidence.links) or not all(0 <= k < len(self.links) for k in evidence.links):
            raise SpecificationError("the row lists a link twice, or one that does not exist")
        reached = [Fraction(0)] * self.num_nodes
        for k in evidence.links:
            i, j = self.links[k]
            reached[i] += self.weights[k] * w[j]
            if not self.directed:
                reached[j] += self.weights[k] * w[i]
        if min(w) < 0 or max(w) <= 0 or any(x and r <= tau * x for x, r in zip(w, reached, strict=True)):
            raise SpecificationError("the vector does not show that the links of the row exceed the threshold")
        return {k: Fraction(1) for k in evidence.links}, Fraction(1)

    def programme(self, rows: Sequence[RemovalRow], *, relaxed: bool = False) -> LinearProgramme:
        """The covering programme of these rows; ``relaxed`` drops that links are removed as a whole."""
        listed = [self.losses[k] for k in range(len(self.links))]
        return covering_programme(listed, [self.row(r) for r in rows], whole=self.whole and not relaxed, name="removal")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LinkRemovalCertificate:
    """What is removed holds the radius at a loss of ``upper``, and nothing does so at a loss below ``lower``.

    Attributes
    ----------
    problem : LinkProblem
    removed : RationalArray, shape (num_links,), 0 to 1
    held : SpectralCertificate
        Of the kept network.
    rows : tuple of RemovalRow
    bound : BranchingCertificate or DualityCertificate
        Of the programme with these rows, or of its relaxation: rounded up to the losses that whole links can have.
    lower, upper : Fraction
    """

    problem: LinkProblem
    removed: RationalArray
    held: SpectralCertificate
    rows: tuple[RemovalRow, ...]
    bound: BranchingCertificate | DualityCertificate
    lower: Fraction
    upper: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the network itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        what = f"a network of {self.problem.num_nodes:,} nodes and {len(self.problem.links):,} links"
        goal = f"its spectral radius at {brief(self.problem.threshold)} or below"
        if self.lower == self.upper:
            return f"for {what}, the least loss that holds {goal} is {brief(self.upper)}"
        return f"for {what}, the least loss that holds {goal} lies between {brief(self.lower)} and {brief(self.upper)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the rows from their evidence, and check both bounds; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If the kept network exceeds the threshold, a row is not proved, or a bound is another.
        """
        problem, claim = self.problem, self.claim
        if self.removed.shape != (len(problem.links),):
            fail(claim, f"removed has shape {self.removed.shape}")
        for k in range(len(problem.links)):
            share = self.removed[k]
            if not 0 <= share <= 1 or (problem.whole and share.denominator != 1):
                fail(claim, f"the share removed of link {k} is {brief(share)}")
        if self.held.matrix != problem.kept_matrix(self.removed) or self.held.upper > problem.threshold:
            fail(claim, "the spectral certificate is about another network, or its bound exceeds the threshold")
        if problem.loss(self.removed) != self.upper:
            fail(claim, f"the loss is {brief(problem.loss(self.removed))}")
        relaxed = isinstance(self.bound, DualityCertificate)
        try:
            self.held.verify()
            self.bound.verify()
            self.bound.verify_against(problem.programme(self.rows, relaxed=relaxed))
        except (CertificateError, SpecificationError) as error:
            fail(claim, str(error))
        if self.bound.value is None or rounded_bound(problem.programme(self.rows), self.bound.value) < self.lower:
            fail(claim, "the programme of the rows proves less than the lower bound")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        problem = self.problem
        return {
            "kind": "link removal",
            "num_nodes": problem.num_nodes,
            "directed": problem.directed,
            "links": [list(link) for link in problem.links],
            "weights": rational_array_to_json(problem.weights),
            "losses": rational_array_to_json(problem.losses),
            "threshold": rational_to_json(problem.threshold),
            "whole": problem.whole,
            "removed": rational_array_to_json(self.removed),
            "held": self.held.to_dict(),
            "rows": [[rational_array_to_json(r.vector), None if r.links is None else list(r.links)] for r in self.rows],
            "bound": self.bound.to_dict(),
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> LinkRemovalCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, (*_KEYS, "bound", "lower", "upper"), where="certificate")
        if data["kind"] != "link removal":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'link removal'")
        if type(data["num_nodes"]) is not int or not 1 <= data["num_nodes"] <= 10**6:
            raise SpecificationError("certificate.num_nodes: write an integer from 1 to 1,000,000")
        if not isinstance(data["directed"], bool) or not isinstance(data["whole"], bool):
            raise SpecificationError("certificate: directed and whole are true or false")
        links, rows, bound = data["links"], data["rows"], data["bound"]
        if not isinstance(links, list) or not isinstance(rows, list) or not isinstance(bound, dict):
            raise SpecificationError("certificate: links and rows are lists, bound is an object")
        if any(not isinstance(row, list) or len(row) != 2 for row in rows):
            raise SpecificationError("certificate.rows: write pairs of a vector and a list of links or null")
        pairs = [indices_from_json(link, where=f"certificate.links[{k}]") for k, link in enumerate(links)]
        if any(len(pair) != 2 for pair in pairs):
            raise SpecificationError("certificate.links: found an entry that is no pair; write two nodes")
        kinds: dict[Any, Any] = {"branching": BranchingCertificate, "duality": DualityCertificate}
        if bound.get("kind") not in kinds:
            raise SpecificationError("certificate.bound: write a certificate of the kind 'branching' or 'duality'")
        return cls(
            problem=LinkProblem(
                num_nodes=data["num_nodes"],
                directed=data["directed"],
                links=tuple((pair[0], pair[1]) for pair in pairs),
                weights=rational_array_from_json(data["weights"], where="certificate.weights"),
                losses=rational_array_from_json(data["losses"], where="certificate.losses"),
                threshold=rational_from_json(data["threshold"], where="certificate.threshold"),
                whole=data["whole"],
            ),
            removed=rational_array_from_json(data["removed"], where="certificate.removed"),
            held=SpectralCertificate.from_dict(data["held"]),
            rows=tuple(
                RemovalRow(
                    rational_array_from_json(vector, where=f"certificate.rows[{k}]"),
                    None if part is None else indices_from_json(part, where=f"certificate.rows[{k}]"),
                )
                for k, (vector, part) in enumerate(rows)
            ),
            bound=kinds[bound["kind"]].from_dict(bound),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
        )

    def __repr__(self) -> str:
        return f"LinkRemovalCertificate({self.claim})"
