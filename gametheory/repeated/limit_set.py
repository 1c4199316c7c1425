"""What patience can buy under noisy public monitoring: scores, and a bound on collusion for every discount factor.

For a direction λ ∈ ℝⁿ and a profile α of the stage game the **score** is the linear programme

    k(α, λ) = max λ·v   over v ∈ ℝⁿ and x: Y → ℝⁿ with λ·x(y) ≤ 0 for every signal y and, for every player i and action b,
              v_i ≥ u_i(b, α_−i) + Σ_y π(y | b, α_−i) x_i(y),    with equality where α_i(b) > 0 :

the most that α, with continuations that move along x and together never beyond the half-space, gives in the direction λ. With
k*(λ) = max_α k(α, λ), the payoffs of perfect public equilibria satisfy λ·v ≤ k*(λ) **for every δ**, and as δ → 1 they fill
Q = ∩_λ {v : λ·v ≤ k*(λ)} if Q has full dimension (Fudenberg and Levine 1994; Fudenberg, Levine and Maskin 1994). So λ·u(α) −
k(α, λ) is value that the signal destroys however patient the players are.

For a pure profile the dual constraints depend on λ through its signs alone, so that k(a, ·) is concave and piecewise linear in
every quadrant. With two players the maximum over a, all its break points and the facets of Q are therefore found exactly
(:func:`limit_payoffs`); with more, Q is bounded in the directions asked for. The pure profiles are all tried, so that the
bounds hold for equilibria in pure actions; mixed profiles can be given too, and are then counted, but a list of them proves
nothing about the others.

References: D. Fudenberg and D. Levine 1994, "Efficiency and observability with long-run and short-run players", Journal of
Economic Theory 62; D. Fudenberg, D. Levine and E. Maskin 1994, "The folk theorem with imperfect public information",
Econometrica 62. Complexity: a programme of n(|Y| + 1) variables for each profile and direction.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.payoff_cuts import monitoring_from_json, monitoring_to_json
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games.monitoring import Monitoring, signal_distribution
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, expected_payoffs
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.polytopes import polytope_vertices
from gametheory.repeated.directions import direction_vector, listed_directions
from gametheory.repeated.repeated_game import check_signals

__all__ = ["LimitPayoffs", "PublicScore", "limit_payoffs", "public_score", "score_programme"]

Vector = tuple[Fraction, ...]
Mixed = tuple[Vector, ...]
_EDGE = Fraction(1, 2**64)  # no break point is looked for nearer to an axis; at the axis itself scores are continuous


@final
@compared_by("game", "monitoring", "profile", "direction", "value")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PublicScore:
    """The most that a profile can give in a direction when signals alone provide incentives.

    Attributes
    ----------
    game, monitoring : NormalFormGame, Monitoring
        Exact.
    profile : tuple of vectors of Fractions
        The (mixed) profile α.
    direction : tuple of Fraction
        λ.
    value : Fraction or None
        k(α, λ); ``None`` (−∞) if no continuations whatever make α optimal.
    loss : Fraction or None
        λ·u(α) − k(α, λ) ≥ 0, what the noise costs in this direction.
    transfers : mapping from signal to tuple of Fraction, or None
        x(y), continuations in units of payoff per period.
    certificate : Certificate
        That ``value`` is the optimum; of infeasibility where it is ``None``.
    """

    game: NormalFormGame
    monitoring: Monitoring
    profile: Mixed
    direction: Vector
    value: Fraction | None
    loss: Fraction | None
    transfers: Mapping[str, Vector] | None
    certificate: Certificate

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "profile": [[exact_text(p) for p in part] for part in self.profile],
            "direction": [exact_text(x) for x in self.direction],
            "value": None if self.value is None else exact_text(self.value),
            "loss": None if self.loss is None else exact_text(self.loss),
            "transfers": None
            if self.transfers is None
            else {y: [exact_text(x) for x in row] for y, row in self.transfers.items()},
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the transfers after each signal."""
        rows = [] if self.transfers is None else [[y, *row] for y, row in self.transfers.items()]
        return data_frame(rows, ["signal", *self.game.players])

    def __repr__(self) -> str:
        along = ", ".join(map(exact_text, self.direction))
        if self.value is None or self.loss is None:
            return f"PublicScore(certified: the signals cannot make this profile optimal; λ = ({along}))"
        value, loss = exact_text(self.value), exact_text(self.loss)
        return f"PublicScore(certified: {value} in the direction ({along}), {loss} lost to noise)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@compared_by("game", "monitoring", "halfspaces", "vertices")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LimitPayoffs:
    """Bounds on perfect public equilibrium payoffs for every discount factor, and the profiles that attain them.

    Attributes
    ----------
    game, monitoring : NormalFormGame, Monitoring
        Exact.
    halfspaces : tuple of (λ, k*)
        Of two players the facets; of more those asked for.
    attaining : tuple of PublicScore
        For each half-space the best profile.
    vertices : tuple of points
        Of the polytope that the half-spaces enclose (of two players anticlockwise); empty if it is empty.
    complete : bool
        Whether no other direction bounds more (with the profiles considered): always so with two players.
    full_dimensional : bool
        Whether the polytope has an interior; with ``complete`` it is then the limit of the payoffs as δ → 1.
    mixed : bool
        Whether mixed profiles were considered. Without, the bounds are about equilibria in pure actions, and are proved for
        these; with, about pure actions and the mixed profiles given.
    certificates : tuple of Certificate
        For each half-space and profile that no larger score is possible.
    """

    game: NormalFormGame
    monitoring: Monitoring
    halfspaces: tuple[tuple[Vector, Fraction], ...]
    attaining: tuple[PublicScore, ...]
    vertices: tuple[Vector, ...]
    complete: bool
    full_dimensional: bool
    mixed: bool
    certificates: tuple[Certificate, ...]

    def support(self, direction: Sequence[Any]) -> Fraction:
        """The largest weighted sum of payoffs that the bounds allow, max {direction·v : v in the polytope}."""
        weights = direction_vector(direction, self.game.num_players, "direction")
        if not self.vertices:
            raise InfeasibleError("support: no payoff is left, so that there is no equilibrium; look at .halfspaces")
        return max(_dot(weights, v) for v in self.vertices)

    def verify(self) -> Literal[True]:
        """Re-check every score, its programme rebuilt from the game, and that the bounds are the largest of them."""
        largest: dict[Vector, list[Fraction]] = {}
        for certificate in self.certificates:
            certificate.verify(self.game)
            programme: LinearProgramme = certificate.programme  # type: ignore[attr-defined]
            certificate.verify_against(score_programme(self.game, **programme.arguments))  # type: ignore[attr-defined]
            along = tuple(rational_from_json(x, where="direction") for x in programme.arguments["direction"])
            value = getattr(certificate, "value", None)
            largest.setdefault(along, [])
            if value is not None:
                largest[along].append(value)
        for normal, bound in self.halfspaces:
            if max(largest.get(normal) or [bound + 1]) > bound:
                claim = (
                    f"{exact_text(bound)} bounds the payoffs in the direction ({', '.join(map(exact_text, normal))})"
                )
                raise CertificateError(f"{claim}: a score is larger, or none is given", claim=claim, violation="score")
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "halfspaces": [[[exact_text(x) for x in w], exact_text(b)] for w, b in self.halfspaces],
            "vertices": [[exact_text(x) for x in v] for v in self.vertices],
            "complete": self.complete,
            "full_dimensional": self.full_dimensional,
            "mixed": self.mixed,
            "certificates": [certificate.to_dict() for certificate in self.certificates],
        }

    def to_frame(self) -> Any:
        """A pandas table of the half-spaces, and what is played at the best."""
        rows = []
        for (normal, bound), best in zip(self.halfspaces, self.attaining, strict=True):
            rows.append([*normal, bound, best.loss, _played(self.game, best.profile)])
        return data_frame(rows, [*self.game.players, "bound", "loss to noise", "profile"])

    def __repr__(self) -> str:
        actions = "pure actions and some mixed ones" if self.mixed else "pure actions"
        corners = ", ".join("(" + ", ".join(map(exact_text, v)) + ")" for v in self.vertices[:6])
        more = f" and {len(self.vertices) - 6} more" if len(self.vertices) > 6 else ""
        what = "exact limit" if self.complete and self.full_dimensional else "bounds"
        return f"LimitPayoffs(certified, {what} for every δ in {actions}: co{{{corners}{more}}})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def public_score(game: NormalFormGame, monitoring: Monitoring, profile: Any, direction: Sequence[Any]) -> PublicScore:
    """The score k(α, λ) of Fudenberg and Levine of a pure or mixed profile, exactly.

    Parameters
    ----------
    profile : pure or mixed profile
    direction : n numbers, not all 0

    Returns
    -------
    PublicScore

    Raises
    ------
    SpecificationError
        If profile, direction or monitoring do not fit the game.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> public_score(game, noisy, (0, 0), [1, 1])
    PublicScore(certified: 7/2 in the direction (1, 1), 1/2 lost to noise)
    """
    check_signals(game, monitoring)
    stage, signals = game.exact(), monitoring.exact()
    played: Mixed = tuple(tuple(part) for part in exact_mixed_profile(stage, profile))
    along = direction_vector(direction, stage.num_players, "direction")
    return _score(stage, signals, played, along)


def score_programme(
    game: NormalFormGame, *, monitoring: Any, profile: Sequence[Sequence[Any]], direction: Sequence[Any]
) -> LinearProgramme:
    """The programme of :func:`public_score`; the row builder ``"public_score"``.

    ``monitoring`` as :func:`~gametheory.certificates.payoff_cuts.monitoring_to_json` writes it, the mixed profile and the
    direction as texts ``"p/q"``. Columns: v, then x_i(y) by signal and player.
    """
    stage, signals = game.exact(), monitoring_from_json(monitoring)
    played = tuple(tuple(rational_from_json(p, where="profile") for p in part) for part in profile)
    along = tuple(rational_from_json(x, where="direction") for x in direction)
    n, count = stage.num_players, signals.num_signals
    check_signals(stage, signals)
    if len(along) != n or tuple(map(len, played)) != stage.num_actions:
        raise SpecificationError("score: profile or direction do not fit the game")
    rows: list[Any] = []
    for i in range(n):
        for b in range(stage.num_actions[i]):
            deviation = [list(part) for part in played]
            deviation[i] = [Fraction(int(k == b)) for k in range(stage.num_actions[i])]
            payoff = expected_payoffs(stage, deviation)[i]
            chances = signal_distribution(stage, signals, deviation)
            row = {i: Fraction(1)} | {n + y * n + i: -p for y, p in enumerate(chances) if p}
            sense = "==" if played[i][b] else ">="
            rows.append((f"{stage.players[i]} plays {stage.actions[i][b]}", row, sense, payoff))
    for y in range(count):
        row = {n + y * n + i: x for i, x in enumerate(along) if x}
        rows.append((f"after signal {y + 1}", row, "<=", 0))
    size = n * (count + 1)
    return LinearProgramme.from_rows(
        "max",
        [*along, *([0] * (n * count))],
        rows,
        lower=[None] * size,
        name="public_score",
        arguments={
            "monitoring": monitoring_to_json(signals),
            "profile": [[rational_to_json(p) for p in part] for part in played],
            "direction": [rational_to_json(x) for x in along],
        },
        game_digest=stage.digest(),
    )


def limit_payoffs(
    game: NormalFormGame,
    monitoring: Monitoring,
    *,
    directions: Sequence[Sequence[Any]] | None = None,
    mixed: Sequence[Any] = (),
) -> LimitPayoffs:
    """Bound the payoffs of perfect public equilibria for every discount factor: the limit set as δ → 1.

    Parameters
    ----------
    game : NormalFormGame
        Floats count as the rationals that they are.
    monitoring : Monitoring
    directions : sequence of vectors of n numbers, optional
        For three or more players the directions to bound, beside those of single players; by default all of {−1, 0, 1}ⁿ.
        For two players all facets are found, and directions given are added.
    mixed : sequence of mixed profiles, optional
        Considered beside all pure profiles.

    Returns
    -------
    LimitPayoffs

    Raises
    ------
    SpecificationError
        If monitoring, directions or profiles do not fit the game, or it has one player.

    Examples
    --------
    In the noisy prisoner's dilemma of Mailath and Samuelson (2006, section 7.2) nobody ever gets more than 68/31:

    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> limit_payoffs(game, noisy)
    LimitPayoffs(certified, exact limit for every δ in pure actions: co{(0, 0), (68/31, 24/31), (7/4, 7/4), (24/31, 68/31)})
    """
    check_signals(game, monitoring)
    stage, signals = game.exact(), monitoring.exact()
    n = stage.num_players
    if n < 2:
        raise SpecificationError("limit_payoffs: found one player; a single player has nobody to collude with")
    profiles: list[Mixed] = [
        tuple(tuple(Fraction(int(k == b)) for k in range(m)) for b, m in zip(a, stage.num_actions, strict=True))
        for a in itertools.product(*map(range, stage.num_actions))
    ]
    profiles += [tuple(tuple(part) for part in exact_mixed_profile(stage, profile)) for profile in mixed]
    wanted = listed_directions(directions, n)
    wanted = [_short(d) for d in wanted]
    for i in range(n):
        for sign in (1, -1):
            wanted.append(tuple(Fraction(sign * int(j == i)) for j in range(n)))
    scores = _Scores(stage, signals, profiles)
    if n == 2:
        for quadrant in itertools.product((1, -1), repeat=2):
            wanted += _critical(scores, quadrant)
    elif directions is None:
        wanted += [tuple(map(Fraction, d)) for d in itertools.product((-1, 0, 1), repeat=n) if any(d)]
    halfspaces, best = [], []
    for along in dict.fromkeys(wanted):
        found = scores.best(along)
        halfspaces.append((along, found.value))
        best.append(found)
    return _limit(stage, signals, scores, halfspaces, best, complete=n == 2, mixed=bool(mixed))


def _limit(
    stage: NormalFormGame,
    signals: Monitoring,
    scores: _Scores,
    halfspaces: Sequence[tuple[Vector, Fraction | None]],
    best: Sequence[PublicScore],
    *,
    complete: bool,
    mixed: bool,
) -> LimitPayoffs:
    n = stage.num_players
    finite = [(w, b) for w, b in halfspaces if b is not None]
    bounds = dict(finite)
    axes = [tuple(Fraction(int(i == j)) for i in range(n)) for j in range(n)]
    possible = len(finite) == len(halfspaces)
    corners: list[Vector] = []
    if possible:
        box = [(-bounds[tuple(-x for x in e)], bounds[e]) for e in axes]
        corners = polytope_vertices(finite, box)
    full = len(corners) > n and _spans(corners)
    kept, attained = list(finite), [s for s in best if s.value is not None]
    if n == 2 and full:  # the facets alone
        sides = [k for k, (w, b) in enumerate(finite) if sum(1 for v in corners if _dot(w, v) == b) >= 2]
        kept, attained = [finite[k] for k in sides], [attained[k] for k in sides]
        corners = _anticlockwise(corners)
    used = {w for w, _ in kept}
    return LimitPayoffs(
        game=stage,
        monitoring=signals,
        halfspaces=tuple(kept),
        attaining=tuple(attained),
        vertices=tuple(corners),
        complete=complete,
        full_dimensional=full,
        mixed=mixed,
        certificates=tuple(s.certificate for (_, w), s in scores.known.items() if w in used),
    )


@final
class _Scores:
    """Scores of all profiles, each solved once."""

    def __init__(self, stage: NormalFormGame, signals: Monitoring, profiles: Sequence[Mixed]) -> None:
        self.stage, self.signals, self.profiles = stage, signals, profiles
        self.known: dict[tuple[int, Vector], PublicScore] = {}

    def at(self, number: int, along: Vector) -> PublicScore:
        if (number, along) not in self.known:
            self.known[number, along] = _score(self.stage, self.signals, self.profiles[number], along)
        return self.known[number, along]

    def best(self, along: Vector) -> PublicScore:
        found = [self.at(k, along) for k in range(len(self.profiles))]
        return max(found, key=lambda s: (s.value is not None, s.value or Fraction(0)))


def _score(stage: NormalFormGame, signals: Monitoring, played: Mixed, along: Vector) -> PublicScore:
    programme = score_programme(
        stage,
        monitoring=monitoring_to_json(signals),
        profile=[[rational_to_json(p) for p in part] for part in played],
        direction=[rational_to_json(x) for x in along],
    )
    value: Fraction | None = None
    loss, transfers = None, None
    try:
        solution = solve_exact(programme)
        certificate: Any = solution.certificate
        value = solution.value
        loss = _dot(along, tuple(expected_payoffs(stage, [list(part) for part in played]))) - value
        n = stage.num_players
        transfers = {
            name: tuple(solution.primal[n + y * n + i] for i in range(n)) for y, name in enumerate(signals.signals)
        }
    except InfeasibleError as error:
        certificate = error.certificate
    return PublicScore(
        game=stage,
        monitoring=signals,
        profile=played,
        direction=along,
        value=value,
        loss=loss,
        transfers=transfers,
        certificate=certificate,
    )


def _critical(scores: _Scores, quadrant: Sequence[int]) -> list[Vector]:
    """Directions of a quadrant at which the largest score of all profiles breaks: (s_1 (1 − t), s_2 t), 0 < t < 1.

    On the way, each score is a concave function of t; its lines are found from both ends, then at the crossings of lines.
    """

    def along(t: Fraction) -> Vector:
        return _short((quadrant[0] * (1 - t), quadrant[1] * t))

    def value(number: int, t: Fraction) -> Fraction | None:
        direction = along(t)
        found = scores.at(number, direction).value
        if found is None:
            return None
        size = abs(direction[0]) + abs(direction[1])
        return found / size

    pieces: list[list[tuple[Fraction, Fraction, Fraction, Fraction]]] = []  # from, to, value at 0, slope
    for number in range(len(scores.profiles)):
        start, end = _EDGE, 1 - _EDGE
        if value(number, Fraction(1, 2)) is None:
            continue
        breaks = _concave_breaks(lambda t, k=number: value(k, t) or Fraction(0), start, end)
        pieces.append(breaks)
    critical: set[Fraction] = set()
    for one in pieces:
        critical |= {piece[0] for piece in one[1:]}
    for first, second in itertools.combinations(pieces, 2):
        for a, b in itertools.product(first, second):
            slope = a[3] - b[3]
            if slope:
                t = (b[2] - a[2]) / slope
                if max(a[0], b[0]) <= t <= min(a[1], b[1]):
                    critical.add(t)
    return [along(t) for t in sorted(critical) if 0 < t < 1]


def _concave_breaks(value: Any, low: Fraction, high: Fraction) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
    """The lines of a concave piecewise linear function on [low, high], from left to right; the first and last reach 0 and 1."""
    lines: dict[tuple[Fraction, Fraction], tuple[Fraction, Fraction]] = {}

    def explore(a: Fraction, fa: Fraction, b: Fraction, fb: Fraction, depth: int) -> None:
        slope = (fb - fa) / (b - a)
        middle = (a + b) / 2
        fm = value(middle)
        if fm == fa + slope * (middle - a):  # a concave function that meets its chord inside is that line
            key = (fa - slope * a, slope)
            old = lines.get(key, (a, b))
            lines[key] = (min(a, old[0]), max(b, old[1]))
            return
        left, right = _end_line(value, a, fa, b, 1), _end_line(value, b, fb, a, -1)
        t = (right[0] - left[0]) / (left[1] - right[1])
        ft = value(t)
        for key, span in ((left, (a, t)), (right, (t, b))):
            if ft == left[0] + left[1] * t:
                old = lines.get(key, span)
                lines[key] = (min(span[0], old[0]), max(span[1], old[1]))
        if ft != left[0] + left[1] * t:
            explore(a, fa, t, ft, depth + 1)
            explore(t, ft, b, fb, depth + 1)

    explore(low, value(low), high, value(high), 0)
    ordered = sorted(lines.items(), key=lambda item: item[1])
    result = []
    for k, ((constant, slope), (a, b)) in enumerate(ordered):
        result.append((Fraction(0) if k == 0 else a, Fraction(1) if k == len(ordered) - 1 else b, constant, slope))
    return result


def _end_line(value: Any, at: Fraction, known: Fraction, towards: Fraction, sign: int) -> tuple[Fraction, Fraction]:
    """The line of the function beside ``at``: steps are halved until the function is straight on two of them."""
    step = (towards - at) / 4
    while True:
        near, far = value(at + step), value(at + 2 * step)
        if far - near == near - known:
            slope = (near - known) / step
            return known - slope * at, slope
        step /= 4


def _short(direction: Vector) -> Vector:
    """The same direction in coprime integers."""
    scale = math.lcm(*(x.denominator for x in direction))
    whole = [int(x * scale) for x in direction]
    common = math.gcd(*whole)
    return tuple(Fraction(x // common) for x in whole)


def _dot(w: Sequence[Fraction], v: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(w, v, strict=True)), Fraction(0))


def _spans(corners: Sequence[Vector]) -> bool:
    from gametheory.optimize.polytopes import hull_halfspaces

    sides = hull_halfspaces(list(corners))
    pairs = {(w, b) for w, b in sides}
    return not any((tuple(-x for x in w), -b) in pairs for w, b in sides)


def _anticlockwise(corners: Sequence[Vector]) -> list[Vector]:
    middle = [float(sum(column, Fraction(0)) / len(corners)) for column in zip(*corners, strict=True)]
    first = min(corners)
    ordered = sorted(corners, key=lambda v: math.atan2(float(v[1]) - middle[1], float(v[0]) - middle[0]))
    k = ordered.index(first)
    return ordered[k:] + ordered[:k]


def _played(game: NormalFormGame, profile: Mixed) -> str:
    parts = []
    for i, part in enumerate(profile):
        chosen = [(k, p) for k, p in enumerate(part) if p]
        shown = " + ".join(f"{exact_text(p)} {game.actions[i][k]}" for k, p in chosen)
        parts.append(game.actions[i][chosen[0][0]] if len(chosen) == 1 else shown)
    return ", ".join(parts)
