"""Strategy profiles for any stage game, as automata of all players: a path of play, and what follows deviations.

:func:`trigger` and :func:`stick_and_carrot` punish any deviation by anybody alike. In :func:`simple_strategy_profile` each
unilateral deviation starts the deviator's own punishment; by Abreu's theorem every payoff of a subgame perfect equilibrium in
pure actions is that of such a profile.

References: J. Friedman 1971, "A non-cooperative equilibrium for supergames", Review of Economic Studies 38; D. Abreu 1986,
"Extremal equilibria of oligopolistic supergames", Journal of Economic Theory 39; D. Abreu 1988, "On the theory of infinitely
repeated games with discounting", Econometrica 56.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gametheory.arithmetic.limits import check_count
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, pure_profile
from gametheory.repeated.automata import Automaton

__all__ = ["simple_strategy_profile", "stick_and_carrot", "trigger"]

Action = int | str
Profile = tuple[int, ...]


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
    return replace(found, states=("carrot", "stick"), name="stick and carrot")


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
