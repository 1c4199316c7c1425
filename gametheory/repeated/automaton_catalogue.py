"""Strategies of the literature in dilemmas, as automata of one player.

Each player has an action that is *cooperation* and one that is *defection* (by default its first and its second), for stage
games of any number of players and actions unless two players are named. Any action but cooperation counts as defection. "The
others cooperated" means that all of them did. Strategies that mix with a memory of one period are in
:mod:`gametheory.repeated.memory_one_strategies`, profiles for any stage game in :mod:`gametheory.repeated.strategy_profiles`.

References: R. Axelrod 1984, *The Evolution of Cooperation*; M. Nowak and K. Sigmund 1993, "A strategy of win-stay, lose-shift
that outperforms tit-for-tat in the Prisoner's Dilemma game", Nature 364. Each strategy names its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.repeated.automata import Automaton

__all__ = [
    "Cooperation",
    "always",
    "always_cooperate",
    "always_defect",
    "bully",
    "contrite_tit_for_tat",
    "cooperation_chance",
    "cycle",
    "generous_tit_for_tat",
    "grim_trigger",
    "limited_punishment",
    "probability",
    "suspicious_tit_for_tat",
    "tit_for_tat",
    "tit_for_two_tats",
    "two_tits_for_tat",
    "win_stay_lose_shift",
]

Action = int | str
Profile = tuple[int, ...]


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
    cooperated = Cooperation(game, player, cooperate)
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
    cooperated = Cooperation(game, player, cooperate)
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
    forgives = probability(generosity, "generosity")
    cooperated = Cooperation(game, player, cooperate)
    return Automaton.of(
        game,
        player,
        {"friendly": cooperate, "offended": cooperation_chance(game, player, cooperate, defect, forgives)},
        lambda _, seen: "friendly" if cooperated.others(seen) else "offended",
        name="generous tit for tat",
    )


def tit_for_two_tats(game: NormalFormGame, player: Action, *, cooperate: Action = 0, defect: Action = 1) -> Automaton:
    """Defection iff the others did not cooperate in either of the last two periods.

    Names: TF2T (Axelrod 1984, section 2).
    """
    cooperated = Cooperation(game, player, cooperate)
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
    cooperated = Cooperation(game, player, cooperate)
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
    cooperated = Cooperation(game, player, cooperate)
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
    cooperated = Cooperation(game, player, cooperate)
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
    cooperated = Cooperation(game, player, cooperate)
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


class Cooperation:
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
    cooperated = Cooperation(game, player, cooperate)
    return Automaton.of(
        game,
        player,
        {"friendly": cooperate, "hostile": defect},
        lambda _, seen: "friendly" if cooperated.others(seen) else "hostile",
        initial=initial,
        name=name,
    )


def probability(value: Any, where: str) -> Fraction:
    found = exact(value, where=where)
    if not 0 <= found <= 1:
        raise SpecificationError(f"{where}: found {value}; write a probability between 0 and 1")
    return found


def cooperation_chance(
    game: NormalFormGame, player: Action, cooperate: Action, defect: Action, chance: Fraction
) -> list[Fraction]:
    """Probabilities of the player's actions: cooperation with a chance, else defection."""
    i = game.player_index(player)
    vector = [Fraction(0)] * game.num_actions[i]
    vector[game.action_index(i, cooperate)] += chance
    vector[game.action_index(i, defect)] += 1 - chance
    return vector
