"""What colluders achieve while they look honest: values under a budget of detectability, with both bounds proved.

An overseer expects the joint play D₀ and compares what it sees with it. Colluders who play D within a divergence

    D(D, D₀) ≤ δ     (Kullback–Leibler, total variation, Bhattacharyya, squared Hellinger or chi-squared)

of it leave at most so much evidence per round: any test of n rounds has error rates α + β ≥ 1 − √(n δ/2) (δ in nats;
Pinsker), and to be told apart at given error rates takes at least d(1 − β, α)/δ rounds on average (Wald). Within the budget

    a team against an adversary   max_D min_b Σ_a D(a) u(b, a)          :func:`stealthy_team_value`
    harm                          max_D Σ_a D(a) h(a)                   :func:`stealthy_harm`

where D may also have to be obeyed: a correlated equilibrium of the members' own game, rows Σ D(a, ·)(u_i(a, ·) − u_i(b, ·))
≥ 0. These are convex programmes (for Kullback–Leibler exponential cones). Their values are irrational in general and lie
between two rationals here: a law that provably keeps the budget and every row, and multipliers (:mod:`.stealth_search`);
under total variation both are equal. Independent rounds add up Kullback–Leibler and Bhattacharyya divergences: ``rounds``
spreads one budget over n of them, evenly, which is best since values are concave in the budget, and the gain of all rounds
together grows like √n only (:func:`gametheory.collusion.square_root_law`).

References: C. Cachin, "An information-theoretic model for steganography", Inf. and Comp. 192 (2004); A. Ben-Tal et al.,
"Robust solutions of optimization problems affected by uncertain probabilities", Management Science 59 (2013); correlated
team play: N. Basilico et al., AAAI (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact, read_array
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.divergence_balls import BallDivergence, DivergenceBudget
from gametheory.certificates.elementary import Unit
from gametheory.certificates.encoding import game_from_json, game_to_json
from gametheory.certificates.programme import LinearProgramme
from gametheory.collusion.stealth_results import StealthValue
from gametheory.collusion.stealth_search import BallOptimum, Progress, optimum_in_ball
from gametheory.equilibria.correlated_programme import correlated_equilibrium_programme
from gametheory.equilibria.team_play import team_maxmin_correlated_programme
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.information.distributions import read_distribution
from gametheory.optimize.extension import Row, extended_programme

__all__ = ["stealthy_harm", "stealthy_team_programme", "stealthy_team_value"]

_GAP = Fraction(1, 10**6)
_ADDITIVE = ("kullback-leibler", "bhattacharyya")
_LEAST_BUDGET = Fraction(1, 10**30)  # logarithms and roots are known to 36 digits


def stealthy_team_value(
    game: NormalFormGame,
    *,
    team: Sequence[int | str],
    adversary: int | str,
    honest: Any,
    divergence: BallDivergence,
    budget: Any,
    unit: Unit | None = None,
    rounds: int = 1,
    payoff: Any = None,
    obedience: NormalFormGame | None = None,
    gap: Any = _GAP,
    max_rounds: int = 400,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> StealthValue:
    """What a team secures against an adversary by correlated play that an overseer can hardly tell from honest play.

    Parameters
    ----------
    team : sequence of int or str
        All players but the adversary.
    adversary : int or str
    honest : array_like, shape (actions of the members, in player order)
        The joint play D₀ that the overseer expects: probabilities that sum to one.
    divergence : {"kullback-leibler", "bhattacharyya", "squared hellinger", "chi-squared", "total variation"}
        D(D‖D₀) (the direction of stealth: evidence against honesty when D is played); −ln Σ √(D D₀); 1 − Σ √(D D₀);
        Σ (D − D₀)²/D₀; ½ Σ |D − D₀|.
    budget : number ≥ 0
        Of all rounds together.
    unit : "bits" or "nats"
        Of the budget, for the first two divergences; the others have none.
    rounds : int ≥ 1
        Independent rounds that share the budget; for the first two divergences, which add up.
    payoff : array_like, shape num_actions, optional
        As in :func:`gametheory.equilibria.team_maxmin_correlated`.
    obedience : NormalFormGame, optional
        The members' own game, in player order: play must be a correlated equilibrium of it.
    gap : number ≥ 0
        The search ends once upper − lower is at most this share of the payoff span.
    max_rounds : int ≥ 1
        Or after so many rounds of the search.
    time_limit : float, optional
        Or after these seconds; then the answer depends on the machine.
    progress : callable, optional
        Called as ``progress(search_rounds, lower, upper)``.

    Returns
    -------
    StealthValue

    Raises
    ------
    SpecificationError
        As :func:`gametheory.equilibria.team_maxmin_correlated`; a law of another shape, a unit missing or of no use.
    InfeasibleError
        No play within the budget is obeyed; ``certificate`` proves it.
    UnsupportedError
        Several rounds under a divergence that does not add up.
    SolverError
        Limits ended the search before any play was found that is obeyed.

    Examples
    --------
    Two agents win if both name the number that the adversary names too; honest agents toss coins. At 0.1 bits a round
    they get (1 − h⁻¹(0.9))/2 of the 1/2 that a shared coin would secure:

    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> found = stealthy_team_value(
    ...     game, team=[0, 1], adversary=2, honest=[["1/4", "1/4"], ["1/4", "1/4"]],
    ...     divergence="kullback-leibler", budget="0.1", unit="bits", gap="1e-9")
    >>> round(found.lower, 8), found.upper - found.lower < 1e-9, found.verify()
    (0.34199033, True, True)
    """
    programme = stealthy_team_programme(game, team=team, adversary=adversary, payoff=payoff, obedience=obedience)
    rival = game.player_index(adversary)
    shape = tuple(m for i, m in enumerate(game.num_actions) if i != rival)
    actions = game.num_actions[rival]
    rows = [
        [programme.row(1 + b).get(k, Fraction(0)) for k in range(programme.num_columns - 1)] for b in range(actions)
    ]
    value = _Question("team value", programme, shape, honest, divergence, unit, budget, rounds, rows)
    found = value.solved(gap, max_rounds, time_limit, progress)
    mix = [-y for y in found.certificate.multipliers.fractions().tolist()[1 : 1 + actions]]
    return value.result(found, RationalArray.from_fractions(mix), game.arithmetic)


def stealthy_harm(
    game: NormalFormGame,
    harm: Any,
    *,
    honest: Any,
    divergence: BallDivergence,
    budget: Any,
    unit: Unit | None = None,
    rounds: int = 1,
    obedient: Sequence[int | str] = (),
    gap: Any = _GAP,
    max_rounds: int = 400,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> StealthValue:
    """The largest expected harm of joint play that an overseer can hardly tell from honest play.

    Parameters
    ----------
    harm : array_like, shape num_actions
        A number for each profile.
    honest : array_like, shape num_actions
        The joint play that the overseer expects.
    obedient : sequence of int or str
        Players who must be willing to follow the recommendation that they draw; all of them make the play a correlated
        equilibrium.
    divergence, budget, unit, rounds, gap, max_rounds, time_limit, progress
        As in :func:`stealthy_team_value`; the gap is a share of the span of ``harm``.

    Returns
    -------
    StealthValue

    Raises
    ------
    SpecificationError, InfeasibleError, UnsupportedError, SolverError
        As :func:`stealthy_team_value`.

    Examples
    --------
    Chicken (Aumann 1974), honest play its mixed equilibrium; harm is a crash. Recommendations that both obey can make it
    more frequent than 1/9, within a total variation of 1/20, but not by much:

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> crash, honest = [[0, 0], [0, 1]], [["4/9", "2/9"], ["2/9", "1/9"]]
    >>> stealthy_harm(game, crash, honest=honest, divergence="total variation", budget="1/20").exact_lower
    Fraction(29, 180)
    >>> stealthy_harm(game, crash, honest=honest, divergence="total variation", budget="1/20", obedient=[0, 1])
    StealthValue(certified: harm 109/900, honest 0.111111, total variation ≤ 0.05, shadow price 0.2)
    """
    _, array = read_array(harm, where="harm")
    if array.shape != game.num_actions:
        raise SpecificationError(
            f"harm: found shape {array.shape}; write {game.num_actions}, a number for each profile"
        )
    if array.shape == (1,):
        raise UnsupportedError(
            "harm: one player with a single action has one play, and nothing to hide; ask about a game with a choice"
        )
    exact_harm = array if isinstance(array, RationalArray) else RationalArray.from_floats(array)
    programme = correlated_equilibrium_programme(game, objective=exact_harm, obedient=list(obedient))
    rows = [programme.objective.fractions().tolist()]
    value = _Question("harm", programme, game.num_actions, honest, divergence, unit, budget, rounds, rows)
    found = value.solved(gap, max_rounds, time_limit, progress)
    return value.result(found, None, game.arithmetic)


def stealthy_team_programme(
    game: NormalFormGame,
    *,
    team: Sequence[int | str],
    adversary: int | str,
    payoff: Any = None,
    obedience: Any = None,
) -> LinearProgramme:
    """The linear part of :func:`stealthy_team_value`; the row builder ``"stealthy_team"`` where play is to be obeyed.

    Maximise v subject to Σ_a D(a) u(b, a) ≥ v for every action b of the adversary, D ≥ 0, Σ D = 1, and the obedience rows of
    the members' own game (as in :func:`gametheory.equilibria.correlated_equilibrium_programme`). Without such a game this is
    :func:`gametheory.equilibria.team_maxmin_correlated_programme`. The game may be given as in a certificate.
    """
    programme = team_maxmin_correlated_programme(game, team=team, adversary=adversary, payoff=payoff)
    if obedience is None:
        return programme
    own = obedience if isinstance(obedience, NormalFormGame) else game_from_json(obedience, where="obedience")
    own = own.exact()
    rival = game.player_index(adversary)
    members = tuple(m for i, m in enumerate(game.num_actions) if i != rival)
    if own.num_actions != members:
        raise SpecificationError(
            f"obedience: found a game with {own.num_actions} actions; write one among the members, who have {members}"
        )
    obeyed = correlated_equilibrium_programme(own)
    rows: list[Row] = [
        (f"obedience: {obeyed.row_names[r]}", obeyed.row(r), ">=", Fraction(0)) for r in range(1, obeyed.num_rows)
    ]
    extended = extended_programme(programme, rows, name="stealthy_team")
    return replace(extended, arguments={**programme.arguments, "obedience": game_to_json(own)})


@final
class _Question:
    """One programme, the law that the overseer expects and the budget, all read and checked."""

    def __init__(
        self,
        concept: Literal["team value", "harm"],
        programme: LinearProgramme,
        shape: tuple[int, ...],
        honest: Any,
        divergence: BallDivergence,
        unit: Unit | None,
        budget: Any,
        rounds: int,
        rows: list[list[Fraction]],
    ) -> None:
        self.concept, self.programme, self.shape = concept, programme, shape
        self.divergence, self.unit = divergence, unit
        self.rounds = check_count("rounds", rounds)
        self.budget = exact(budget, where="budget")
        DivergenceBudget.of(divergence, self.budget, unit)
        if divergence not in ("chi-squared", "total variation") and 0 < self.budget / self.rounds < _LEAST_BUDGET:
            raise SpecificationError(
                f"budget: found {float(self.budget):.3g} over {self.rounds:,} rounds; less than {float(_LEAST_BUDGET):g} per "
                "round is not told from 0, write 0 or a larger budget"
            )
        if self.rounds > 1 and divergence not in _ADDITIVE:
            raise UnsupportedError(
                f"rounds: {divergence} does not add up over rounds; use 'kullback-leibler' or 'bhattacharyya', or one round"
            )
        _, array = read_array(honest, where="honest")
        if array.shape != shape:
            raise SpecificationError(f"honest: found shape {array.shape}; write {shape}, a probability for each play")
        flat = (
            RationalArray.of_integers(array.numerators.reshape(-1), array.denominator)
            if isinstance(array, RationalArray)
            else array.reshape(-1)
        )
        self.kind, self.baseline = read_distribution(flat, where="honest")
        p = self.baseline.fractions().tolist()
        self.honest_value = min(sum((x * r for x, r in zip(p, row, strict=True)), Fraction(0)) for row in rows)
        self.span = max(map(max, rows)) - min(map(min, rows))

    def solved(self, gap: Any, max_rounds: int, time_limit: float | None, progress: Progress | None) -> BallOptimum:
        wanted = exact(gap, where="gap")
        if wanted < 0:
            raise SpecificationError(f"gap: found {gap}; write a share of the payoff span ≥ 0")
        check_seconds("time_limit", time_limit)
        return optimum_in_ball(
            self.programme,
            self.baseline,
            divergence=self.divergence,
            unit=self.unit,
            budget=self.budget / self.rounds,
            gap=wanted * self.span,
            max_rounds=check_count("max_rounds", max_rounds),
            time_limit=time_limit,
            progress=progress,
        )

    def result(self, found: BallOptimum, mix: RationalArray | None, arithmetic: str) -> StealthValue:
        certificate = found.certificate
        assert certificate.lower is not None
        assert certificate.upper is not None
        assert certificate.point is not None
        return StealthValue(
            concept=self.concept,
            exact_lower=certificate.lower,
            exact_upper=certificate.upper,
            exact_honest_value=self.honest_value,
            exact_distribution=self._shaped(certificate.point),
            exact_honest=self._shaped(self.baseline),
            exact_adversary_strategy=mix,
            shadow_price=found.shadow_price / self.rounds,
            divergence=self.divergence,
            unit=self.unit,
            exact_budget=self.budget,
            rounds=self.rounds,
            stopped=found.stopped,
            certificate=certificate,
            arithmetic="exact" if arithmetic == self.kind == "exact" else "float",
        )

    def _shaped(self, values: RationalArray) -> RationalArray:
        size = int(np.prod(self.shape))
        return RationalArray.of_integers(values.numerators[:size].reshape(self.shape), values.denominator)
