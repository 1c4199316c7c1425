"""Swarms: an attack split over many fields against a defence that is split too (Colonel Blotto), exactly.

Two sides place A and B troops on K fields of weights w_f, Σ w = 1; a field pays w_f sign(own − other). A mixed strategy is a
flow of one unit through a layered graph (field by field, troops used so far); the other side's best reply is a shortest path
in its own. So the value of the game is one linear programme in about K (A² + B²)/2 columns and rows, solved exactly, though
the sides have C(A + K − 1, K − 1) and C(B + K − 1, K − 1) ways to place their troops.

References: E. Borel, "La théorie du jeu et les équations intégrales à noyau symétrique", C. R. Acad. Sci. 173 (1921); S. Hart,
"Discrete Colonel Blotto and General Lotto games", Int. J. Game Theory 36 (2008); S. Behnezhad, S. Dehghani, M. Derakhshan, M.
HajiAghayi and S. Seddighin, "Faster and simpler algorithm for optimal strategies of Blotto game", AAAI (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact_text, read_array
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "BlottoGame",
    "Ties",
    "colonel_blotto",
    "colonel_blotto_programme",
]

Ties = Literal["split", "row", "column"]
Allocation = tuple[int, ...]
Mixture = tuple[tuple[Allocation, Fraction], ...]
_ZERO, _ONE = Fraction(0), Fraction(1)
_TIE = {"split": 0, "row": 1, "column": -1}
Row = tuple[str, dict[int, Any], Sense, Any]


@final
@compared_by("row_troops", "column_troops", "weights", "ties", "exact_value", "row_strategy", "column_strategy")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class BlottoGame:
    """The value of a Colonel Blotto game, with optimal strategies of both sides.

    Attributes
    ----------
    row_troops, column_troops : int
    weights : tuple of Fraction
        Of the fields; they sum to one.
    ties : "split", "row" or "column"
    exact_value : Fraction
        What the row side wins on average minus what it loses, from −1 to 1.
    row_strategy, column_strategy : tuple of (allocation, probability)
    certificate : DualityCertificate
    """

    row_troops: int
    column_troops: int
    weights: tuple[Fraction, ...]
    ties: Ties
    exact_value: Fraction
    row_strategy: Mixture
    column_strategy: Mixture
    certificate: DualityCertificate

    def __float__(self) -> float:
        return float(self.exact_value)

    def payoff(self, row: Sequence[int], column: Sequence[int]) -> Fraction:
        """What two allocations pay to the row side."""
        return sum((w * _sign(x - y, self.ties) for w, x, y in zip(self.weights, row, column, strict=True)), _ZERO)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        sides = {"row_strategy": self.row_strategy, "column_strategy": self.column_strategy}
        return {
            "row_troops": self.row_troops,
            "column_troops": self.column_troops,
            "weights": [exact_text(w) for w in self.weights],
            "ties": self.ties,
            "value": exact_text(self.exact_value),
            **{name: [[list(a), exact_text(p)] for a, p in mixture] for name, mixture in sides.items()},
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what is played: side, allocation, probability."""
        rows = [["row", a, p] for a, p in self.row_strategy] + [["column", a, p] for a, p in self.column_strategy]
        return data_frame(rows, ["side", "allocation", "probability"])

    def __repr__(self) -> str:
        return (
            f"BlottoGame(certified: {self.row_troops} against {self.column_troops} on {len(self.weights)} fields is worth "
            f"{exact_text(self.exact_value)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def colonel_blotto(
    row_troops: int, column_troops: int, *, weights: Any, ties: Ties = "split", time_limit: float | None = None
) -> BlottoGame:
    """Solve a Colonel Blotto game with whole troops, all of which are placed, exactly.

    Parameters
    ----------
    row_troops, column_troops : int ≥ 0
    weights : int ≥ 1, or array_like, shape (number of fields,), > 0
        So many equal fields, or a weight for each; weights are divided by their sum.
    ties : "split", "row" or "column"
        Who wins a field with equal troops: nobody, or one of the sides always.
    time_limit : float, optional
        Seconds.

    Returns
    -------
    BlottoGame

    Raises
    ------
    SpecificationError
        Numbers out of range, or a programme too large for the memory at hand.
    SolverError
        The time limit was reached.

    Examples
    --------
    Six against four on three fields, where General Lotto with means 2 and 4/3 is worth (2 − 4/3)/2 too (Hart 2008):

    >>> colonel_blotto(6, 4, weights=3)
    BlottoGame(certified: 6 against 4 on 3 fields is worth 1/3)
    """
    from gametheory.optimize.exact import solve_exact

    programme = colonel_blotto_programme(row_troops=row_troops, column_troops=column_troops, weights=weights, ties=ties)
    solution = solve_exact(programme, time_limit=time_limit)
    fields = _weights(weights)
    own = _edges(len(fields), row_troops)
    flow = {edge: solution.primal[k] for k, edge in enumerate(own) if solution.primal[k]}
    names = {name: r for r, name in enumerate(programme.row_names)}
    other = {
        edge: y
        for edge in _edges(len(fields), column_troops)
        if (y := solution.row_duals[names[_edge_name("column", edge)]])
    }
    return BlottoGame(
        row_troops=int(row_troops),
        column_troops=int(column_troops),
        weights=fields,
        ties=ties,
        exact_value=solution.value,
        row_strategy=_paths(flow, len(fields)),
        column_strategy=_paths(other, len(fields)),
        certificate=solution.certificate,
    )


def colonel_blotto_programme(*, row_troops: Any, column_troops: Any, weights: Any, ties: Any) -> LinearProgramme:
    """The linear programme of Colonel Blotto; the row builder ``"colonel_blotto"``.

    Maximise π(K, B) over flows x ≥ 0 of one unit from (0, 0) to (K, A) along edges (f, s) → (f + 1, s + k), gains g(f, l) =
    w_f Σ x(f, s, k) sign(k − l), and potentials with π(0, 0) = 0 and π(f + 1, t + l) − π(f, t) − g(f, l) ≤ 0: the least that
    a path of the column side pays.
    """
    A, B = check_count("row_troops", row_troops, least=0), check_count("column_troops", column_troops, least=0)
    fields = _weights(weights)
    if ties not in _TIE:
        raise SpecificationError(f"ties: found {ties!r}; write 'split', 'row' or 'column'")
    K = len(fields)
    entries = K * (A + 1) * (A + 2) // 2 * (B + 3) + 3 * K * (B + 1) * (B + 2) // 2
    refuse_if_too_large(entries, 200, f"the linear programme of {A} against {B} troops on {K} fields")
    own, rival = _edges(K, A), _edges(K, B)
    gains = {(f, k): len(own) + f * (B + 1) + k for f in range(K) for k in range(B + 1)}
    places = sorted({(f + 1, t + k) for f, t, k in rival})
    potential = {place: len(own) + len(gains) + j for j, place in enumerate(places)}
    rows: list[Row] = []
    for node in sorted({(f, s) for f, s, _ in own}):
        row: dict[int, Any] = {}
        for j, (f, s, k) in enumerate(own):
            if (f, s) == node:
                row[j] = 1
            elif (f + 1, s + k) == node:
                row[j] = -1
        rows.append((f"flow at {node[0]}, {node[1]}", row, "==", int(node == (0, 0))))
    for (f, level), column in gains.items():
        row = {column: -1}
        for j, (g, _, k) in enumerate(own):
            if g == f and _sign(k - level, ties):
                row[j] = fields[f] * _sign(k - level, ties)
        rows.append((f"gain on field {f} against {level}", row, "==", 0))
    for f, t, k in rival:
        row = {potential[f + 1, t + k]: 1, gains[f, k]: -1}
        if (f, t) != (0, 0):
            row[potential[f, t]] = -1
        rows.append((_edge_name("column", (f, t, k)), row, "<=", 0))
    columns = len(own) + len(gains) + len(places)
    return LinearProgramme.from_rows(
        "max",
        [int(j == potential[K, B]) for j in range(columns)],
        rows,
        lower=[0] * len(own) + [None] * (columns - len(own)),
        column_names=[
            *(_edge_name("row", edge) for edge in own),
            *(f"gain on field {f} against {k}" for f, k in gains),
            *(f"least up to {f}, {t}" for f, t in places),
        ],
        name="colonel_blotto",
        arguments={"row_troops": A, "column_troops": B, "weights": [exact_text(w) for w in fields], "ties": ties},
    )


def _weights(weights: Any) -> tuple[Fraction, ...]:
    if isinstance(weights, int) and not isinstance(weights, bool):
        count = check_count("weights", weights)
        return (Fraction(1, count),) * count
    _, array = read_array(weights, where="weights")
    values = (array if isinstance(array, RationalArray) else RationalArray.from_floats(array)).fractions()
    if values.ndim != 1 or not len(values) or min(values) <= 0:
        raise SpecificationError("weights: write a number of fields, or a number > 0 for each field")
    total = sum(values.tolist(), _ZERO)
    return tuple(w / total for w in values.tolist())


def _sign(difference: int, ties: str) -> int:
    return (difference > 0) - (difference < 0) if difference else _TIE[ties]


def _edges(fields: int, troops: int) -> list[tuple[int, int, int]]:
    """(f, s, k): after s troops on the fields before f, k on f; on the last field the rest."""
    found = []
    for f in range(fields):
        for s in range(troops + 1 if f else 1):
            levels = [troops - s] if f == fields - 1 else range(troops - s + 1)
            found += [(f, s, k) for k in levels]
    return found


def _edge_name(side: str, edge: tuple[int, int, int]) -> str:
    return f"{side}: {edge[2]} on field {edge[0]} after {edge[1]}"


def _paths(flow: dict[tuple[int, int, int], Fraction], fields: int) -> Mixture:
    """A flow of one unit as a mixture of allocations: at most one for each edge."""
    left, found = dict(flow), []
    remaining = _ONE
    while remaining > 0:
        path, used = [], 0
        for f in range(fields):
            edge = next(e for e in left if e[0] == f and e[1] == used)
            path.append(edge)
            used += edge[2]
        share = min(left[edge] for edge in path)
        for edge in path:
            left[edge] -= share
            if not left[edge]:
                del left[edge]
        found.append((tuple(edge[2] for edge in path), share))
        remaining -= share
    return tuple(sorted(found))
