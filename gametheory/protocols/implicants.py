"""Is a large formula true wherever the constraints hold? By cases that are as wide as possible.

A formula (:mod:`gametheory.protocols.formulas`) is monotone in its atoms: if it is true at a point, then wherever a set P
of its atoms that suffices, an *implicant*, is true. So

    find a point outside the implicants known so far; none: the formula always holds;
    if the formula is false there, the point is what was looked for;
    else read an implicant off the formula, and exclude it.

Points between known ones are looked at before that, a few hundred in one pass, as bits of integers.

The prover sees the constraints and one clause for each implicant, never the formula. Every round evaluates the formula once or
twice, in time linear in its size; as few atoms stand in large formulas (some dozens in a tree of 60,000 nodes), few rounds do.

Reference: on deciding by implicants, K. L. McMillan, "Applying SAT methods in unbounded symbolic model checking", CAV 2002.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from gametheory.protocols.formulas import Formulas, Point

__all__ = ["Implicants", "find_failing_by_implicants"]

BETWEEN = 400
MAX_ROUNDS = 300
"""After so many implicants the prover is asked about the formula itself, outside them."""


@final
class Implicants:
    """Reads implicants off a formula.

    Parameters
    ----------
    order : sequence of int
        The formula and all that it is built from, parts first, without true and false.
    kinds, parts
        Of :class:`~gametheory.protocols.formulas.Formulas`.
    """

    def __init__(self, order: Sequence[int], kinds: Sequence[str], parts: Sequence[tuple[int, ...]]) -> None:
        place = {formula: k for k, formula in enumerate(order)}
        self.atoms = [formula for formula in order if kinds[formula] == "atom"]
        number = {atom: k for k, atom in enumerate(self.atoms)}
        # For each formula: the bit of an atom, or whether it is "all of", and the places of its parts.
        self._steps: list[tuple[int, bool, Any]] = [
            (1 << number[f], False, ()) if f in number else (0, kinds[f] == "all", [place[p] for p in parts[f]])
            for f in order
        ]

    def implicant(self, true_atoms: int) -> int:
        """Bits of atoms among ``true_atoms`` that make the formula true, few of them; −1 if all of them do not."""
        found: list[int] = []
        keep = found.append
        for bit, is_all, places in self._steps:
            if bit:
                keep(bit if true_atoms & bit else -1)
            elif is_all:
                union = 0
                for place in places:
                    mask = found[place]
                    if mask < 0:
                        union = -1
                        break
                    union |= mask
                keep(union)
            else:
                best, size = -1, 1 << 62
                for place in places:
                    mask = found[place]
                    if mask >= 0 and mask.bit_count() < size:
                        best, size = mask, mask.bit_count()
                keep(best)
        return found[-1]

    def holds_at(self, atoms_at: Sequence[int], everywhere: int) -> int:
        """At which points the formula holds, from the same for each atom: one bit for a point, all points in one pass."""
        found: list[int] = []
        atoms = iter(atoms_at)
        for bit, is_all, places in self._steps:
            if bit:
                found.append(next(atoms))
            elif is_all:
                mask = everywhere
                for place in places:
                    mask &= found[place]
                found.append(mask)
            else:
                mask = 0
                for place in places:
                    mask |= found[place]
                found.append(mask)
        return found[-1]


def find_failing_by_implicants(formulas: Formulas, order: Sequence[int]) -> Point | None:
    """A point at which the constraints hold and the last formula of ``order`` fails, or ``None``."""
    implicants = Implicants(order, formulas.kinds, formulas.parts)
    points = _between(formulas)
    everywhere = (1 << len(points)) - 1
    truths = [formulas.fresh_truth(point) for point in points]
    signs = [sum(1 << k for k, truth in enumerate(truths) if truth[atom]) for atom in implicants.atoms]
    failing = everywhere & ~implicants.holds_at(signs, everywhere)
    if failing:
        return points[(failing & -failing).bit_length() - 1]
    solver = formulas.solver
    opposites = [solver.opposite(formulas.handle(atom)) for atom in implicants.atoms]
    outside: list[Any] = []
    for _ in range(MAX_ROUNDS):
        point = solver.find(*outside, num_variables=formulas.num_variables)
        if point is None:
            return None
        truth = formulas.fresh_truth(point)
        mask = implicants.implicant(sum(1 << k for k, atom in enumerate(implicants.atoms) if truth[atom]))
        if mask < 0:
            formulas.remember(point)
            return point
        while True:  # what suffices may suffice in another, shorter way
            shorter = implicants.implicant(mask)
            if shorter.bit_count() >= mask.bit_count():
                break
            mask = shorter
        outside.append(solver.any_of([opposite for k, opposite in enumerate(opposites) if mask >> k & 1]))
    denied = solver.opposite(formulas.handle(order[-1]))
    return solver.find(denied, *outside, num_variables=formulas.num_variables)


def _between(formulas: Formulas) -> list[Point]:
    """Known points, and points between them at which the constraints hold."""
    known = formulas.points
    found = list(known)
    for k in range(BETWEEN):
        chosen = [known[(k * step + step) % len(known)] for step in (1, 7, 19, 31)]
        weights = [Fraction((k * step) % 11 + 1) for step in (1, 3, 5, 7)]
        names = [
            sum((w * point[i] for w, point in zip(weights, chosen, strict=True)), Fraction(0)) / sum(weights)
            for i in range(formulas.num_names)
        ]
        candidate = formulas.completed(names)
        truth = formulas.fresh_truth(candidate)
        if all(truth[f] for f in formulas.assumed):
            found.append(candidate)
    return list(dict.fromkeys(found))
