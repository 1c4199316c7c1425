"""No Nash equilibrium of a bimatrix game is missing from a list.

The game has m rows and n columns. Row i is label i: x_i = 0, or i is a best reply to y. Column
j is label m + j: y_j = 0, or j is a best reply to x. The pair (x, y) is a Nash equilibrium iff it has all m + n
labels. For a set T of labels let X(T) be the pairs (x, v) with x ∈ Δ, Bᵀx ≤ v, x_i = 0 for i ∈ T and (Bᵀx)_j = v for m
+ j ∈ T; Y(T) likewise. The evidence is

* a binary tree over actions: at ("split", k) first the branch where action k is a best reply (the opponent's strategy
  gets label k), then the one where it is none and so is not played (its owner's strategy gets label k; k joins the set
  N);
* at ("empty", player, λ): no strategy of X(T) is in this branch, because Σ_j λ_j = 0, λ_j ≥ 0 for j ∉ T, Σ_j B_ij λ_j
  ≥ 0 for every row i ∉ T, and either all of these are positive or λ_j > 0 for some j ∈ N. In words: as long as only
  rows outside T are played, the columns with positive weight, mixed, are at least as good as those with negative
  weight, which are supposed best replies; they are better, which is absurd, or they contain a column that was to be no
  best reply;
* at ("product",): every vertex of X(T₁) and of Y(T₂) is in a listed product of sets of strategies;
* at ("interchangeable", i, j), which stands alone: payoffs sum to one constant, so that (x, y) is an equilibrium iff (x,
  y_j) and (x_i, y) are, the pair (i, j) being a listed one (J. von Neumann 1928). So the equilibria are the product of X(T₁)
  and Y(T₂), T₁ being the labels that y_j lacks and T₂ those that x_i lacks; every vertex of it is in a listed product;
* for the vertices of a face X(T): either T determines one point (its equations have full rank), or a point v of the
  face is given: each other vertex lies on some X(T ∪ {k}) with k ∉ T not a label of v, which is empty by some λ or has
  evidence of its own. (A vertex all of whose labels v has is v, as labels determine vertices.)

Hence every equilibrium is a pair of mixtures of the strategies in one listed product, and every extreme equilibrium, a
pair of vertices, is a listed pair. Conversely a pair of strategies is listed only if its labels are complete, and each
is a vertex: its equations determine it.

Reference for faces and labels: B. von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game
Theory 3. Complexity: one inner product for each entry of a λ and each row; one elimination for each strategy and each
pointlike face.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NoReturn, final

from gametheory.certificates.encoding import (
    check_digest,
    game_from_json,
    game_to_check,
    game_to_json,
    indices_from_json,
    list_from_json,
)
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["BimatrixCompletenessCertificate"]

Weights = tuple[tuple[int, int], ...]
Step = tuple[Any, ...]
Face = tuple[int, bool, tuple[tuple[int, Weights], ...]]
Strategy = tuple[Fraction, ...]
Product = tuple[tuple[int, ...], tuple[int, ...]]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BimatrixCompletenessCertificate:
    """The claim that the listed pairs are all the extreme equilibria of a bimatrix game.

    And that every equilibrium is a pair of mixtures of the strategies of one listed product. See the head of this
    module.

    Attributes
    ----------
    strategies : tuple (for each player a tuple of vectors of fractions)
    products : tuple of (indices of player 1's strategies, indices of player 2's strategies)
        The listed pairs are those of the products.
    steps : tuple
        The tree in preorder: ``("split", label)``, ``("empty", player, ((action, weight), …))``, ``("product",)``. Or,
        alone, ``("interchangeable", i, j)``: indices of an equilibrium's strategies.
    faces : tuple (for each player a mapping)
        From a set of labels (bits) to a vertex of that face, whether it is its only point, and ``((label, weights),
        …)`` for the facets that are empty.
    game, stated_digest : NormalFormGame or None, str
        The exact game, or the digest of the game that ``verify`` needs.
    """

    strategies: tuple[tuple[Strategy, ...], tuple[Strategy, ...]]
    products: tuple[Product, ...]
    steps: tuple[Step, ...]
    faces: tuple[Mapping[int, Face], Mapping[int, Face]]
    game: NormalFormGame | None = None
    stated_digest: str = ""

    @property
    def num_equilibria(self) -> int:
        """Number of listed pairs."""
        return len({(i, j) for xs, ys in self.products for i in xs for j in ys})

    @property
    def claim(self) -> str:
        """The claim in words."""
        return (
            f"the extreme Nash equilibria are the {self.num_equilibria} listed, and every Nash equilibrium mixes "
            f"strategies of one of the {len(self.products)} listed products"
        )

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the tree, every face and every listed pair, in integers.

        Raises
        ------
        CertificateError
            If the evidence does not establish the claim, or the game is another one.
        """
        digest = self.game_digest if game is not None else self.stated_digest
        checked = game_to_check(self.claim, self.game, digest, game)
        if checked.num_players != 2:
            _fail(self.claim, f"the game has {checked.num_players} players, not 2")
        try:
            _Check(self, checked).run()
        except RecursionError:
            _fail(self.claim, "the faces are nested too deeply to be checked")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        steps: list[list[Any]] = [
            [s[0], s[1], _weights_to_json(s[2])] if s[0] == "empty" else list(s) for s in self.steps
        ]
        faces = [
            [
                [_labels_of(bits), vertex, alone, [[k, _weights_to_json(weights)] for k, weights in empty]]
                for bits, (vertex, alone, empty) in own.items()
            ]
            for own in self.faces
        ]
        return {
            "kind": "bimatrix completeness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "strategies": [[[rational_to_json(p) for p in x] for x in own] for own in self.strategies],
            "products": [[list(xs), list(ys)] for xs, ys in self.products],
            "steps": steps,
            "faces": faces,
        }

    @classmethod
    def from_dict(cls, data: Any) -> BimatrixCompletenessCertificate:
        """Read what :meth:`to_dict` wrote; malformed data raise SpecificationError."""
        keys = ("kind", "game_digest", "game", "strategies", "products", "steps", "faces")
        expect_keys(data, keys, where="certificate")
        _expect_kind(data, "bimatrix completeness")
        strategies = tuple(
            tuple(
                tuple(rational_from_json(p, where=f"{at}[{k}]") for p in list_from_json(x, f"{at}[{k}]"))
                for k, x in enumerate(list_from_json(own, at))
            )
            for own, at in _pair(data["strategies"], "certificate.strategies")
        )
        products = []
        for k, product in enumerate(list_from_json(data["products"], "certificate.products")):
            xs, ys = (indices_from_json(p, where=at) for p, at in _pair(product, f"certificate.products[{k}]"))
            products.append((xs, ys))
        steps = tuple(
            _step_from_json(s, f"certificate.steps[{k}]")
            for k, s in enumerate(list_from_json(data["steps"], "certificate.steps"))
        )
        faces = tuple(
            dict(_face_from_json(entry, f"{at}[{k}]") for k, entry in enumerate(list_from_json(own, at)))
            for own, at in _pair(data["faces"], "certificate.faces")
        )
        game = None if data["game"] is None else game_from_json(data["game"])
        return cls(
            (strategies[0], strategies[1]), tuple(products), steps, (faces[0], faces[1]), game, data["game_digest"]
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BimatrixCompletenessCertificate):
            return NotImplemented
        return self.game_digest == other.game_digest and all(
            getattr(self, name) == getattr(other, name) for name in ("strategies", "products", "steps", "faces")
        )

    def __hash__(self) -> int:
        return hash((self.strategies, self.products, self.steps))

    def __repr__(self) -> str:
        return f"BimatrixCompletenessCertificate({self.claim}; {len(self.steps)} steps)"


@final
class _Check:
    """One run of ``verify``: the integer data, and the vertices of the faces already established."""

    def __init__(self, certificate: BimatrixCompletenessCertificate, game: NormalFormGame) -> None:
        self.certificate, self.claim = certificate, certificate.claim
        self.m, self.n = game.num_actions
        row_payoffs, column_payoffs = game.numerators[0].tolist(), game.numerators[1].tolist()
        # gain[player][own action][other action] is what the OTHER player gets
        self.gain = (column_payoffs, [list(column) for column in zip(*row_payoffs, strict=True)])
        self.own = (range(self.m), range(self.m, self.m + self.n))
        self.vertices: tuple[dict[int, frozenset[int]], ...] = ({}, {})
        self.labels: tuple[list[int], list[int]] = ([], [])

    def fail(self, violation: str) -> NoReturn:
        _fail(self.claim, violation)

    def run(self) -> None:
        for player in (0, 1):
            own = self.certificate.strategies[player]
            if len(set(own)) < len(own):
                self.fail(f"player {player + 1}: a strategy is listed twice")
            for k, x in enumerate(own):
                self.labels[player].append(self._labels_of_strategy(player, x, k))
        every = (1 << (self.m + self.n)) - 1
        listed: dict[int, list[tuple[frozenset[int], frozenset[int]]]] = {}
        for xs, ys in self.certificate.products:
            for player, part in enumerate((xs, ys)):
                if not part or not all(0 <= k < len(self.labels[player]) for k in part):
                    self.fail(f"a product names a strategy that player {player + 1} does not have")
            for i in xs:
                for j in ys:
                    if self.labels[0][i] | self.labels[1][j] != every:
                        self.fail(f"the pair of strategies {i} and {j} is no Nash equilibrium")
                listed.setdefault(i, []).append((frozenset(xs), frozenset(ys)))
        self._walk(listed)

    def _labels_of_strategy(self, player: int, x: Strategy, index: int) -> int:
        """The labels of a strategy, which must be a vertex, as bits."""
        where = f"player {player + 1}'s strategy {index}"
        own, gain = self.own[player], self.gain[player]
        if len(x) != len(own) or min(x) < 0 or sum(x) != 1:
            self.fail(f"{where} is no probability vector of length {len(own)}")
        scale = 1
        for p in x:
            scale *= (p * scale).denominator
        weights = [int(p * scale) for p in x]
        support = [i for i, w in enumerate(weights) if w]
        totals = [sum(weights[i] * gain[i][j] for i in support) for j in range(len(gain[0]))]
        best, other = max(totals), self.own[1 - player]
        bits = sum(1 << own[i] for i, w in enumerate(weights) if not w)
        bits |= sum(1 << other[j] for j, total in enumerate(totals) if total == best)
        if not self._determines_point(player, bits):
            self.fail(f"{where} is no vertex: its labels do not determine it")
        return bits

    def _determines_point(self, player: int, bits: int) -> bool:
        """Whether x_i = 0 and (Bᵀx)_j = v for these labels leave a line in (x, v), so one point with Σ x = 1."""
        own, other, gain = self.own[player], self.own[1 - player], self.gain[player]
        played = [i for i in range(len(own)) if not bits >> own[i] & 1]
        replies = [j for j in range(len(other)) if bits >> other[j] & 1]
        return _rank([[*(gain[i][j] for i in played), -1] for j in replies]) == len(played)

    def _walk(self, listed: Mapping[int, Sequence[tuple[frozenset[int], frozenset[int]]]]) -> None:
        waiting = [((0, 0), (0, 0))]  # labels T and excluded best replies N of both faces, for each branch still open
        for number, step in enumerate(self.certificate.steps):
            if not waiting:
                self.fail(f"step {number} belongs to no branch")
            labels, excluded = waiting.pop()
            if step[0] == "split":
                label = step[1]
                if not 0 <= label < self.m + self.n:
                    self.fail(f"step {number}: there is no label {label}")
                bit = 1 << label
                first, second = (0, bit) if label < self.m else (bit, 0)  # whose strategy has k as a best reply
                waiting += [
                    ((labels[0] | second, labels[1] | first), (excluded[0] | first, excluded[1] | second)),
                    ((labels[0] | first, labels[1] | second), excluded),
                ]
            elif step[0] == "empty":
                player = step[1]
                self._check_empty(player, labels[player], excluded[player], step[2], f"step {number}")
            else:
                if step[0] == "interchangeable":
                    labels = self._interchangeable(step[1], step[2], number)
                xs, ys = self._vertices(0, labels[0]), self._vertices(1, labels[1])
                if not any(xs <= a and ys <= b for a, b in listed.get(min(xs), ())):
                    self.fail(f"step {number}: a product of equilibria is not listed")
        if waiting:
            self.fail(f"{len(waiting)} branches of the tree are left open")

    def _interchangeable(self, i: int, j: int, number: int) -> tuple[int, int]:
        """The labels that strategies form an equilibrium with y_j and x_i by, which are one themselves."""
        column_payoffs, row_payoffs = self.gain[0], self.gain[1]
        constant = column_payoffs[0][0] + row_payoffs[0][0]
        if any(column_payoffs[r][c] + row_payoffs[c][r] != constant for r in range(self.m) for c in range(self.n)):
            self.fail(
                f"step {number}: payoffs do not sum to one constant, so that equilibria need not be interchangeable"
            )
        every = (1 << (self.m + self.n)) - 1
        if number or not (0 <= i < len(self.labels[0]) and 0 <= j < len(self.labels[1])):
            self.fail(f"step {number}: a pair of listed strategies is to stand for the whole tree")
        if self.labels[0][i] | self.labels[1][j] != every:
            self.fail(f"step {number}: the pair of strategies {i} and {j} is no Nash equilibrium")
        return every & ~self.labels[1][j], every & ~self.labels[0][i]

    def _check_empty(self, player: int, bits: int, excluded: int, weights: Weights, where: str) -> None:
        own, other, gain = self.own[player], self.own[1 - player], self.gain[player]
        if sum(w for _, w in weights) != 0 or len({j for j, _ in weights}) < len(weights):
            self.fail(f"{where}: weights must sum to zero, one for each action")
        contradiction = False
        for j, w in weights:
            if not 0 <= j < len(other) or (w < 0 and not bits >> other[j] & 1):
                self.fail(f"{where}: only a supposed best reply may have a negative weight")
            contradiction = contradiction or (w > 0 and bool(excluded >> other[j] & 1))
        for i, label in enumerate(own):
            total = 1 if bits >> label & 1 else sum(gain[i][j] * w for j, w in weights)
            if total < 0 or (total == 0 and not contradiction):
                self.fail(f"{where}: the weights show nothing against action {i} of player {player + 1}")

    def _vertices(self, player: int, bits: int) -> frozenset[int]:
        """Indices of all vertices of a face, established from its evidence."""
        known = self.vertices[player].get(bits)
        if known is not None:
            return known
        evidence = self.certificate.faces[player].get(bits)
        if evidence is None:
            self.fail(f"player {player + 1}: there is no evidence for the face with labels {_labels_of(bits)}")
        vertex, alone, empty = evidence
        if not 0 <= vertex < len(self.labels[player]) or bits & ~self.labels[player][vertex]:
            self.fail(f"player {player + 1}: strategy {vertex} is not on the face with labels {_labels_of(bits)}")
        result = {vertex}
        if alone:
            if not self._determines_point(player, bits):
                self.fail(f"player {player + 1}: the face with labels {_labels_of(bits)} has more than one point")
        else:
            shown = dict(empty)
            for k in _labels_of(~self.labels[player][vertex] & ((1 << (self.m + self.n)) - 1)):
                if k in shown:
                    self._check_empty(player, bits | 1 << k, 0, shown[k], f"face {_labels_of(bits | 1 << k)}")
                else:
                    result |= self._vertices(player, bits | 1 << k)
        self.vertices[player][bits] = frozenset(result)
        return self.vertices[player][bits]


def _rank(rows: list[list[int]]) -> int:
    """Rank of an integer matrix by fraction-free elimination."""
    rank, previous = 0, 1
    while rows:
        pivot_row = next((row for row in rows if any(row)), None)
        if pivot_row is None:
            return rank
        c = next(k for k, x in enumerate(pivot_row) if x)
        p = pivot_row[c]
        rows = [
            [(p * t - row[c] * u) // previous for t, u in zip(row, pivot_row, strict=True)]
            for row in rows
            if row is not pivot_row
        ]
        rank, previous = rank + 1, p
    return rank


def _labels_of(bits: int) -> list[int]:
    return [k for k in range(bits.bit_length()) if bits >> k & 1]


def _fail(claim: str, violation: str) -> NoReturn:
    raise CertificateError(f"{claim}: {violation}", claim=claim, violation=violation)


# -- JSON ----------------------------------------------------------------------------------------------------------


def _expect_kind(data: Mapping[str, Any], kind: str) -> None:
    if data["kind"] != kind:
        raise SpecificationError(f"certificate.kind: found {data['kind']!r}, expected {kind!r}")
    check_digest(data["game_digest"])


def _pair(data: Any, where: str) -> list[tuple[Any, str]]:
    if not isinstance(data, list) or len(data) != 2:
        raise SpecificationError(f"{where}: write a list of two entries, one for each player")
    return [(entry, f"{where}[{k}]") for k, entry in enumerate(data)]


def _index(value: Any, where: str) -> int:
    return indices_from_json([value], where=where)[0]


def _weights_to_json(weights: Weights) -> list[list[Any]]:
    return [[j, rational_to_json(w)] for j, w in weights]


def _weights_from_json(data: Any, where: str) -> Weights:
    result = []
    for k, entry in enumerate(list_from_json(data, where)):
        if not isinstance(entry, list) or len(entry) != 2:
            raise SpecificationError(f"{where}[{k}]: write [action, weight]")
        weight = rational_from_json(entry[1], where=f"{where}[{k}][1]")
        if weight.denominator != 1:
            raise SpecificationError(f"{where}[{k}][1]: found {entry[1]!r}; weights are integers")
        result.append((_index(entry[0], f"{where}[{k}][0]"), weight.numerator))
    return tuple(result)


def _step_from_json(data: Any, where: str) -> Step:
    kind = data[0] if isinstance(data, list) and data else None
    if kind == "product" and len(data) == 1:
        return ("product",)
    if kind == "split" and len(data) == 2:
        return ("split", _index(data[1], f"{where}[1]"))
    if kind == "interchangeable" and len(data) == 3:
        return ("interchangeable", _index(data[1], f"{where}[1]"), _index(data[2], f"{where}[2]"))
    if kind == "empty" and len(data) == 3 and data[1] in (0, 1) and type(data[1]) is int:
        return ("empty", data[1], _weights_from_json(data[2], f"{where}[2]"))
    raise SpecificationError(
        f"{where}: write ['split', label], ['empty', player, weights], ['product'] or ['interchangeable', i, j]"
    )


def _face_from_json(data: Any, where: str) -> tuple[int, Face]:
    if not isinstance(data, list) or len(data) != 4 or type(data[2]) is not bool:
        raise SpecificationError(f"{where}: write [labels, vertex, only point (true or false), empty facets]")
    labels = indices_from_json(data[0], where=f"{where}[0]")
    if any(k > 100_000 for k in labels) or len(set(labels)) < len(labels):
        raise SpecificationError(f"{where}[0]: found labels {list(labels)[:20]}; write distinct labels of the game")
    empty = []
    for k, entry in enumerate(list_from_json(data[3], f"{where}[3]")):
        if not isinstance(entry, list) or len(entry) != 2:
            raise SpecificationError(f"{where}[3][{k}]: write [label, weights]")
        empty.append((_index(entry[0], f"{where}[3][{k}][0]"), _weights_from_json(entry[1], f"{where}[3][{k}][1]")))
    return sum(1 << k for k in labels), (_index(data[1], f"{where}[1]"), data[2], tuple(empty))
