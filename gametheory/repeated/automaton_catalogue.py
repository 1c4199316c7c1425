"""Strategies of the literature as automata.

The first part is about dilemmas: each player has an action that is *cooperation* and one that is *defection* (by default its
first and its second), for stage games of any number of players and actions unless two players or two actions are named. Any
action but cooperation counts as defection. "The others cooperated" means that all of them did.

The second part takes any stage game and describes all players at once: :func:`trigger`, :func:`stick_and_carrot` and
:func:`simple_strategy_profile`, in which each unilateral deviation starts the deviator's own punishment.

:func:`zero_determinant` strategies enforce a linear relation between payoffs. For payoff vectors S_X and S_Y over the profiles
(CC, CD, DC, DD) and numbers α, β, γ, the memory-one strategy p and first move p₀ with

    δ p + (1 − δ) p₀ 1 − (1, 1, 0, 0) = α S_X + β S_Y + γ 1     enforce     α s_X + β s_Y + γ = 0

whatever the opponent does, for discounted averages s_X, s_Y; with δ = 1 for limits of means, and any p₀.

References: R. Axelrod 1984, *The Evolution of Cooperation*; W. Press and F. Dyson 2012, "Iterated prisoner's dilemma contains
strategies that dominate any evolutionary opponent", PNAS 109; C. Hilbe, A. Traulsen and K. Sigmund 2015, "Partners or rivals?",
Games and Economic Behavior 92; D. Abreu 1988, Econometrica 56. Each strategy names its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, pure_profile
from gametheory.repeated.automata import Automaton
from gametheory.repeated.repeated_game import discount_factor

__all__ = [
    "always",
    "always_cooperate",
    "always_defect",
    "bully",
    "contrite_tit_for_tat",
    "cycle",
    "extortion",
    "generous_tit_for_tat",
    "grim_trigger",
    "limited_punishment",
    "memory_one",
    "simple_strategy_profile",
    "stick_and_carrot",
    "suspicious_tit_for_tat",
    "tit_for_tat",
    "tit_for_two_tats",
    "trigger",
    "two_tits_for_tat",
    "win_stay_lose_shift",
    "zero_determinant",
]

Action = int | str
Profile = tuple[int, ...]


# -- dilemmas: one player at a time --------------------------------------------------------------------------------------


def always(game: NormalFormGame, player: Action, action: Any, *, monitoring: Monitoring | None = None) -> Automaton:
    """The same action (or the same mixture) in every period, whatever is observed.

    Names: unconditional strategy; with probabilities, a stationary or memoryless strategy (RANDOM).
    """
    label = action if isinstance(action, str) else "its mixture" if not isinstance(action, int) else str(action)
    return Automaton.of(
        game, player, {"always": action}, lambda state, _: state, monitoring=monitoring, name=f"always {label}"
    )


def always_cooperate(game: NormalFormGame, player: Action, *, cooperate: Action = 0) -> Automaton:
    """Cooperation whatever happens.

    Names: ALLC, AllC, unconditional cooperator (Axelrod and Hamilton 1981).
    """
    return Automaton.of(game, player, {"cooperation": cooperate}, lambda state, _: state, name="always cooperate")


def always_defect(game: NormalFormGame, player: Action, *, defect: Action = 1) -> Automaton:
    """Defection whatever happens.

    Names: ALLD, AllD, unconditional defector (Axelrod and Hamilton 1981).
    """
    return Automaton.of(game, player, {"defection": defect}, lambda state, _: state, name="always defect")


def cycle(game: NormalFormGame, player: Action, actions: Sequence[Action]) -> Automaton:
    """Actions in a fixed order, again and again.

    Names: periodic strategy; with cooperation and defection, alternator (Axelrod 1984; Press and Dyson 2012).

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> cycle(prisoners_dilemma(), 0, ["cooperate", "defect"])
    Automaton(cycle: player 0, 2 states: step 1 plays cooperate, step 2 plays defect)
    """
    if isinstance(actions, str) or len(actions) < 1:
        raise SpecificationError(f"actions: found {actions!r}; write one action or more, in their order")
    names = [f"step {k + 1}" for k in range(len(actions))]
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    return Automaton.of(game, player, dict(zip(names, actions, strict=True)), lambda s, _: following[s], name="cycle")


def grim_trigger(
    game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1, watched: str = "all"
) -> Automaton:
    """Cooperation until somebody does not cooperate, then defection for ever.

    Names: grim (Friedman 1971); with ``watched="others"``, where one's own defection is no reason: grudger, spiteful.

    Parameters
    ----------
    watched : "all" or "others"

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> grim_trigger(prisoners_dilemma(), 1)
    Automaton(grim trigger: player 1, 2 states: cooperation plays cooperate, punishment plays defect)
    """
    if watched not in ("all", "others"):
        raise SpecificationError(f"watched: found {watched!r}; write 'all' or 'others'")
    cooperated = _Cooperation(game, player, cooperate)
    good = cooperated.everybody if watched == "all" else cooperated.others
    return Automaton.of(
        game,
        player,
        {"cooperation": cooperate, "punishment": defect},
        lambda state, seen: "cooperation" if state == "cooperation" and good(seen) else "punishment",
        name="grim trigger" if watched == "all" else "grudger",
    )


def tit_for_tat(game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1) -> Automaton:
    """Cooperation first, and then iff the others cooperated in the last period.

    Names: TFT (Rapoport, in Axelrod 1984); with several players, the strictest of their tits for tats.

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> tit_for_tat(prisoners_dilemma(), 0)
    Automaton(tit for tat: player 0, 2 states: friendly plays cooperate, hostile plays defect)
    """
    return _tit_for_tat(game, player, cooperate, defect, "friendly", "tit for tat")


def suspicious_tit_for_tat(
    game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1
) -> Automaton:
    """Tit for tat that defects first.

    Names: STFT (Boyd and Lorberbaum 1987).
    """
    return _tit_for_tat(game, player, cooperate, defect, "hostile", "suspicious tit for tat")


def bully(game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1) -> Automaton:
    """Defection first, and then cooperation iff somebody else defected in the last period.

    Names: reverse tit for tat (Nachbar 1992).
    """
    cooperated = _Cooperation(game, player, cooperate)
    return Automaton.of(
        game,
        player,
        {"bullying": defect, "yielding": cooperate},
        lambda _, seen: "bullying" if cooperated.others(seen) else "yielding",
        name="bully",
    )


def generous_tit_for_tat(
    game: NormalFormGame, player: Action, generosity: Any, *, cooperate: Action = 0, defect: Action = 1
) -> Automaton:
    """Tit for tat that forgives a defection with a probability.

    Names: GTFT (Molander 1985; Nowak and Sigmund 1992, with generosity min(1 − (T − R)/(R − S), (R − P)/(T − P))).

    Parameters
    ----------
    generosity : number in [0, 1]
        Probability of cooperation after a defection.
    """
    forgives = _probability(generosity, "generosity")
    cooperated = _Cooperation(game, player, cooperate)
    return Automaton.of(
        game,
        player,
        {"friendly": cooperate, "offended": _mixture(game, player, cooperate, defect, forgives)},
        lambda _, seen: "friendly" if cooperated.others(seen) else "offended",
        name="generous tit for tat",
    )


def tit_for_two_tats(game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1) -> Automaton:
    """Defection iff the others did not cooperate in either of the last two periods.

    Names: TF2T (Axelrod 1984, section 2).
    """
    cooperated = _Cooperation(game, player, cooperate)
    following = {"friendly": "wary", "wary": "hostile", "hostile": "hostile"}
    return Automaton.of(
        game,
        player,
        {"friendly": cooperate, "wary": cooperate, "hostile": defect},
        lambda state, seen: "friendly" if cooperated.others(seen) else following[state],
        name="tit for two tats",
    )


def two_tits_for_tat(game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1) -> Automaton:
    """Two periods of defection after each defection of another.

    Names: 2TFT (Axelrod 1984).
    """
    cooperated = _Cooperation(game, player, cooperate)
    following = {"friendly": "friendly", "hostile": "second tit", "second tit": "friendly"}
    return Automaton.of(
        game,
        player,
        {"friendly": cooperate, "hostile": defect, "second tit": defect},
        lambda state, seen: following[state] if cooperated.others(seen) else "hostile",
        name="two tits for tat",
    )


def limited_punishment(
    game: NormalFormGame, player: Action, periods: int, *, cooperate: Action = 0, defect: Action = 1
) -> Automaton:
    """T periods of defection, whatever happens in them, after anybody's defection, then cooperation again.

    Names: limited punishment, limited retaliation, forgiving trigger, T-period trigger (Osborne 2004, section 14.7).

    Parameters
    ----------
    periods : int ≥ 1

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> limited_punishment(prisoners_dilemma(), 0, 2).states
    ('cooperation', 'punishment 1', 'punishment 2')
    """
    length = check_count("periods", periods)
    cooperated = _Cooperation(game, player, cooperate)
    names = [f"punishment {k + 1}" for k in range(length)]
    following = dict(zip(names, [*names[1:], "cooperation"], strict=True))
    return Automaton.of(
        game,
        player,
        {"cooperation": cooperate, **dict.fromkeys(names, defect)},
        lambda state, seen: (
            following[state] if state in following else "cooperation" if cooperated.everybody(seen) else names[0]
        ),
        name=f"limited punishment ({length})",
    )


def win_stay_lose_shift(
    game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1
) -> Automaton:
    """Cooperation first, and then iff all or none cooperated in the last period.

    Names: WSLS, Pavlov (Nowak and Sigmund 1993), perfect tit for tat; simpleton (Rapoport and Chammah 1965); with more
    players all-or-none, AoN₁ (Pinheiro et al. 2014).

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> win_stay_lose_shift(prisoners_dilemma(), 0).transitions
    ((0, 1, 1, 0), (0, 1, 1, 0))
    """
    cooperated = _Cooperation(game, player, cooperate)
    return Automaton.of(
        game,
        player,
        {"cooperation": cooperate, "defection": defect},
        lambda _, seen: "cooperation" if cooperated.everybody(seen) or cooperated.nobody(seen) else "defection",
        name="win-stay lose-shift",
    )


def contrite_tit_for_tat(
    game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1
) -> Automaton:
    """Tit for tat that accepts the punishment of its own mistakes; two players.

    A player is in bad standing after a defection, unless it was in good standing and the other in bad; cooperation restores
    it. The strategy defects iff it is in good standing and the other is in bad.

    Names: CTFT (Sugden 1986, section 6.5; Boyd 1989; Wu and Axelrod 1995).
    """
    if game.num_players != 2:
        raise UnsupportedError("contrite_tit_for_tat: standing is defined for two players only; use tit_for_tat")
    cooperated = _Cooperation(game, player, cooperate)
    standing = {
        "content": (True, True),
        "contrite": (False, True),
        "provoked": (True, False),
        "both bad": (False, False),
    }
    named = {flags: state for state, flags in standing.items()}

    def following(state: str, seen: Profile) -> str:
        own, other = standing[state]
        mine = cooperated.by(cooperated.player, seen) or (own and not other)
        theirs = cooperated.by(1 - cooperated.player, seen) or (other and not own)
        return named[mine, theirs]

    outputs = {state: defect if state == "provoked" else cooperate for state in standing}
    return Automaton.of(game, player, outputs, following, name="contrite tit for tat")


def memory_one(
    game: NormalFormGame,
    player: Action,
    probabilities: Sequence[Any],
    *,
    first: Any = 1,
    cooperate: Action = 0,
    defect: Action = 1,
    name: str = "memory-one",
) -> Automaton:
    """Cooperation with a probability that depends on the last period; two players with two actions.

    Parameters
    ----------
    probabilities : four numbers in [0, 1]
        (p_CC, p_CD, p_DC, p_DD): probability of cooperation after each profile, one's own action written first.
    first : number in [0, 1]
        Probability of cooperation in the first period.

    Names: reactive if p_CC = p_DC and p_CD = p_DD (Nowak and Sigmund 1990); memory-one (Nowak and Sigmund 1993).

    Examples
    --------
    Tit for tat as a memory-one strategy:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> memory_one(prisoners_dilemma(), 0, (1, 0, 1, 0)).num_states
    5
    """
    if game.num_actions != (2, 2):
        raise UnsupportedError("memory_one: two players with two actions only; write other games with Automaton.of")
    given = tuple(_probability(p, f"probabilities[{k}]") for k, p in enumerate(probabilities))
    if len(given) != 4:
        raise SpecificationError(f"probabilities: found {len(given)}; write p_CC, p_CD, p_DC and p_DD")
    cooperated = _Cooperation(game, player, cooperate)
    own = cooperated.player
    states = ("after CC", "after CD", "after DC", "after DD")

    def following(_: str, seen: Profile) -> str:
        return states[2 * (not cooperated.by(own, seen)) + (not cooperated.by(1 - own, seen))]

    chances = dict(zip(("first", *states), (_probability(first, "first"), *given), strict=True))
    outputs = {state: _mixture(game, player, cooperate, defect, p) for state, p in chances.items()}
    return Automaton.of(game, player, outputs, following, name=name)


def zero_determinant(
    game: NormalFormGame,
    player: Action,
    *,
    own: Any,
    other: Any,
    constant: Any,
    discount: Any = None,
    first: Any = 1,
    cooperate: Action = 0,
    defect: Action = 1,
) -> Automaton:
    """The memory-one strategy that enforces own · s_X + other · s_Y + constant = 0 against everybody; two by two actions.

    Parameters
    ----------
    own, other, constant : numbers
        α, β and γ; their common scale matters, for the probabilities must lie in [0, 1].
    discount : number, 0 < δ < 1, optional
        For discounted averages, with the first move ``first``; by default for limits of means.

    Raises
    ------
    InfeasibleError
        If these numbers ask for probabilities outside [0, 1].

    Names: ZD (Press and Dyson 2012); with own = 0 an equaliser (Boerlijst, Nowak and Sigmund 1997); discounted: Hilbe,
    Traulsen and Sigmund 2015, proposition 1.

    Examples
    --------
    An equaliser that pins the opponent's average to 2, in the dilemma with payoffs 3, 0, 5, 1:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> pinned = zero_determinant(prisoners_dilemma(), 0, own=0, other="-1/3", constant="2/3")
    >>> pinned.plays("after CC"), pinned.plays("after DD")
    ('2/3 cooperate + 1/3 defect', '1/3 cooperate + 2/3 defect')
    """
    alpha, beta, gamma = exact(own, where="own"), exact(other, where="other"), exact(constant, where="constant")
    delta = Fraction(1) if discount is None else discount_factor(discount)
    if delta == 0:
        raise SpecificationError(
            "discount: found 0; without a future nothing can be enforced, write a number in (0, 1)"
        )
    start = _probability(first, "first")
    wanted = [
        (alpha * mine + beta * theirs + gamma + repeated - (1 - delta) * start) / delta
        for (mine, theirs), repeated in zip(
            _dilemma_payoffs(game, player, cooperate, defect), (1, 1, 0, 0), strict=True
        )
    ]
    if min(wanted) < 0 or max(wanted) > 1:
        raise InfeasibleError(
            f"zero_determinant: the relation asks for probabilities {', '.join(map(str, wanted))} after CC, CD, DC, DD; scale "
            "own, other and constant down together, or choose another relation"
        )
    return memory_one(
        game, player, wanted, first=start, cooperate=cooperate, defect=defect, name="zero-determinant strategy"
    )


def extortion(
    game: NormalFormGame,
    player: Action,
    factor: Any,
    *,
    baseline: Any = None,
    share: Any = "1/2",
    cooperate: Action = 0,
    defect: Action = 1,
) -> Automaton:
    """The zero-determinant strategy that enforces s_X − K = χ (s_Y − K) for limits of means.

    Parameters
    ----------
    factor : number ≥ 1
        χ, the extortion factor.
    baseline : number, optional
        K; by default the payoff P of mutual defection (extortion). With that of mutual cooperation: generous.
    share : number in (0, 1]
        Of the largest feasible scale φ of the strategy.

    Raises
    ------
    InfeasibleError
        If no memory-one strategy enforces the relation.

    Names: extortionate (Press and Dyson 2012); generous zero-determinant, ZDGTFT (Stewart and Plotkin 2013).

    Examples
    --------
    Press and Dyson's example, χ = 3 and φ = 1/26 in the dilemma with payoffs 3, 0, 5, 1:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> extort = extortion(prisoners_dilemma(), 0, 3)
    >>> [extort.plays(f"after {seen}").split()[0] for seen in ("CC", "CD", "DC")]
    ['11/13', '1/2', '7/26']
    """
    chi, part = exact(factor, where="factor"), exact(share, where="share")
    if chi < 1 or not 0 < part <= 1:
        raise SpecificationError(f"factor, share: found {chi} and {part}; write a factor ≥ 1 and a share in (0, 1]")
    payoffs = _dilemma_payoffs(game, player, cooperate, defect)
    base = payoffs[3][0] if baseline is None else exact(baseline, where="baseline")
    tilts = [(mine - base) - chi * (theirs - base) for mine, theirs in payoffs]
    # φ · tilt must lie in [−1, 0] after CC and CD, in [0, 1] after DC and DD
    if any(t > 0 for t in tilts[:2]) or any(t < 0 for t in tilts[2:]) or not any(tilts):
        raise InfeasibleError(
            f"extortion: no memory-one strategy enforces a factor of {chi} over the baseline {base}; take a baseline between "
            "the payoffs of mutual defection and mutual cooperation, or a larger factor"
        )
    phi = part / max(abs(t) for t in tilts)
    return zero_determinant(
        game,
        player,
        own=phi,
        other=-phi * chi,
        constant=phi * (chi - 1) * base,
        cooperate=cooperate,
        defect=defect,
    )


# -- any stage game: all players at once -----------------------------------------------------------------------------------


def trigger(
    game: NormalFormGame,
    target: Sequence[Action],
    punishment: Any,
    *,
    periods: int | None = None,
    restart: bool = False,
) -> Automaton:
    """A target until anybody deviates, then a punishment profile for some periods or for ever; any stage game.

    Parameters
    ----------
    target : pure profile
    punishment : pure or mixed profile
    periods : int ≥ 1, optional
        How long the punishment lasts before the target is played again; by default for ever.
    restart : bool
        Whether an action outside the punishment profile's support starts the punishment anew.

    Returns
    -------
    Automaton
        Of all players.

    Names: trigger strategy, Nash reversion where the punishment is a stage equilibrium (Friedman 1971); with ``periods``
    limited or T-period punishment, forgiving trigger (Mailath and Samuelson 2006, section 2.5).

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> trigger(prisoners_dilemma(), (0, 0), (1, 1), periods=1)
    Automaton(trigger (1 period): all players, 2 states: target plays cooperate, cooperate, punishment 1 plays defect, defect)
    """
    wanted = pure_profile(game, target)
    support = [[k for k, p in enumerate(v) if p] for v in exact_mixed_profile(game, punishment)]
    length = None if periods is None else check_count("periods", periods)
    names = ["punishment"] if length is None else [f"punishment {k + 1}" for k in range(length)]
    following = dict(zip(names, [*names[1:], "target" if length is not None else names[0]], strict=True))

    def move(state: str, seen: Profile) -> str:
        if state == "target":
            return "target" if seen == wanted else names[0]
        kept = all(a in allowed for a, allowed in zip(seen, support, strict=True))
        return following[state] if kept or not restart else names[0]

    lasts = "" if length is None else f" ({length} period{'s' if length > 1 else ''})"
    outputs = {"target": wanted, **dict.fromkeys(names, punishment)}
    return Automaton.of(game, None, outputs, move, name=f"trigger{lasts}")


def stick_and_carrot(game: NormalFormGame, carrot: Sequence[Action], stick: Sequence[Action]) -> Automaton:
    """The carrot until anybody deviates, then the stick until everybody has played it once.

    Names: stick and carrot, two-phase punishment (Abreu 1986).

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> stick_and_carrot(prisoners_dilemma(), (0, 0), (1, 1)).transitions
    ((0, 1, 1, 1), (1, 1, 1, 0))
    """
    found = trigger(game, carrot, pure_profile(game, stick), periods=1, restart=True)
    return Automaton(
        actions=found.actions,
        player=None,
        states=("carrot", "stick"),
        initial=0,
        outputs=found.outputs,
        transitions=found.transitions,
        name="stick and carrot",
    )


def simple_strategy_profile(
    game: NormalFormGame,
    path: tuple[Sequence[Any], Sequence[Any]],
    punishments: Sequence[tuple[Sequence[Any], Sequence[Any]]],
) -> Automaton:
    """A path of play, and one for each player to which play turns whenever that player alone deviates from the current one.

    Parameters
    ----------
    path : pair of sequences of pure profiles
        What is played once, and the cycle that follows (at least one profile).
    punishments : for each player such a pair
        Deviations of several players at once are ignored.

    Returns
    -------
    Automaton
        Of all players.

    Names: simple strategy profile σ(Q⁰, Q¹, …, Qⁿ) (Abreu 1988); optimal penal code where no payoffs are lower.

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> simple_strategy_profile(prisoners_dilemma(), ([], [(0, 0)]), [([(1, 1)], [(0, 0)])] * 2)
    Automaton(simple strategy profile: all players, 5 states)
    """
    if len(punishments) != game.num_players:
        raise SpecificationError(
            f"punishments: found {len(punishments)} paths; write {game.num_players}, one per player"
        )
    plays: dict[str, Profile] = {}
    following: dict[str, str] = {}
    starts = []
    for number, pair in enumerate((path, *punishments)):
        where = "path" if number == 0 else f"punishments[{number - 1}]"
        if isinstance(pair, str) or len(pair) != 2 or len(pair[1]) < 1:
            raise SpecificationError(
                f"{where}: write a pair: profiles played once, and one or more played again and again"
            )
        title = "path" if number == 0 else f"punishment of {game.players[number - 1]}"
        profiles = [pure_profile(game, profile) for part in pair for profile in part]
        names = [f"{title}, step {k + 1}" for k in range(len(profiles))]
        plays |= dict(zip(names, profiles, strict=True))
        following |= dict(zip(names, [*names[1:], names[len(pair[0])]], strict=True))
        starts.append(names[0])

    def move(state: str, seen: Profile) -> str:
        deviators = [i for i, (a, b) in enumerate(zip(seen, plays[state], strict=True)) if a != b]
        return starts[1 + deviators[0]] if len(deviators) == 1 else following[state]

    return Automaton.of(game, None, plays, move, name="simple strategy profile")


# -- what they share -------------------------------------------------------------------------------------------------------


class _Cooperation:
    """Who cooperated in an observed profile."""

    __slots__ = ("actions", "player")

    def __init__(self, game: NormalFormGame, player: Action, cooperate: Action) -> None:
        self.player = game.player_index(player)
        self.actions = tuple(game.action_index(i, cooperate) for i in range(game.num_players))

    def by(self, player: int, seen: Profile) -> bool:
        return seen[player] == self.actions[player]

    def everybody(self, seen: Profile) -> bool:
        return seen == self.actions

    def nobody(self, seen: Profile) -> bool:
        return not any(a == b for a, b in zip(seen, self.actions, strict=True))

    def others(self, seen: Profile) -> bool:
        return all(a == b for i, (a, b) in enumerate(zip(seen, self.actions, strict=True)) if i != self.player)


def _tit_for_tat(
    game: NormalFormGame, player: Action, cooperate: Action, defect: Action, initial: str, name: str
) -> Automaton:
    cooperated = _Cooperation(game, player, cooperate)
    return Automaton.of(
        game,
        player,
        {"friendly": cooperate, "hostile": defect},
        lambda _, seen: "friendly" if cooperated.others(seen) else "hostile",
        initial=initial,
        name=name,
    )


def _probability(value: Any, where: str) -> Fraction:
    found = exact(value, where=where)
    if not 0 <= found <= 1:
        raise SpecificationError(f"{where}: found {value}; write a probability between 0 and 1")
    return found


def _mixture(
    game: NormalFormGame, player: Action, cooperate: Action, defect: Action, chance: Fraction
) -> list[Fraction]:
    """Probabilities of the player's actions: cooperation with a chance, else defection."""
    i = game.player_index(player)
    vector = [Fraction(0)] * game.num_actions[i]
    vector[game.action_index(i, cooperate)] += chance
    vector[game.action_index(i, defect)] += 1 - chance
    return vector


def _dilemma_payoffs(
    game: NormalFormGame, player: Action, cooperate: Action, defect: Action
) -> list[tuple[Fraction, Fraction]]:
    """(own payoff, the other's) after CC, CD, DC, DD, one's own action first."""
    if game.num_actions != (2, 2):
        raise UnsupportedError("zero-determinant strategies: two players with two actions only")
    i, stage = game.player_index(player), game.exact()
    found = []
    for mine in (cooperate, defect):
        for theirs in (cooperate, defect):
            profile = [0, 0]
            profile[i], profile[1 - i] = game.action_index(i, mine), game.action_index(1 - i, theirs)
            payoffs = stage.payoff(*profile)
            found.append((payoffs[i], payoffs[1 - i]))
    return found
