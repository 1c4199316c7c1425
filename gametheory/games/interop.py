"""Games to and from nashpy, QuantEcon, pygambit, OpenSpiel and pandas.

The packages are imported when a function is called; one that is missing is named together with how to install it. What
differs between them, and is taken care of here:

* **Axes.** This package, nashpy, pygambit and OpenSpiel share one order of axes: u_i[a_1, …, a_n]. A QuantEcon player's
  array begins with the *own* action and goes on cyclically, u_i[a_i, a_{i+1}, …, a_n, a_1, …, a_{i−1}]; player 2's
  matrix of a bimatrix game is therefore the transpose.
* **Numbers.** nashpy, QuantEcon and OpenSpiel get the nearest floats, so that what comes back has the payoffs of
  ``game.to_float()``. pygambit gets exact rationals, of a float too (Gambit itself would read 0.1 as 1/10, which is
  another number), so that ``from_pygambit(to_pygambit(game))`` equals ``game.exact()``. Tables keep what the game has.
  Integer arrays give an exact game.
* **Names.** nashpy and QuantEcon have none; OpenSpiel names the actions, not the players.
"""

from __future__ import annotations

import importlib
import itertools
import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.formats.table import PAYOFF_PREFIX, profile_rows, table_columns
from gametheory.games.formats.text import checked_labels, numbered_if_unnamed, shown
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "from_frame",
    "from_nashpy",
    "from_openspiel",
    "from_pygambit",
    "from_quantecon",
    "to_frame",
    "to_nashpy",
    "to_openspiel",
    "to_pygambit",
    "to_quantecon",
]

Labels = Sequence[str]

_EXTRA = "pip install 'gametheory-security[interop]'"
_INSTALL = {
    "nashpy": "pip install nashpy",
    "quantecon.game_theory": _EXTRA,
    "pyspiel": _EXTRA,
    "pandas": _EXTRA,
    "pygambit": "pip install --pre pygambit (release 17 comes in binary form; release 16 needs a C++ compiler)",
}


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise UnsupportedError(
            f"this needs the package {package}, which cannot be imported ({error}); run {_INSTALL[module]}"
        ) from error


def _two_players_only(game: NormalFormGame, package: str) -> None:
    if game.num_players != 2:
        raise UnsupportedError(
            f"{package} has games of two players only, this one has {game.num_players}; use to_quantecon"
        )


# -- nashpy ---------------------------------------------------------------------------------------------------------


def to_nashpy(game: NormalFormGame) -> Any:
    """The game as a ``nashpy.Game``: two matrices of floats, without names.

    Raises
    ------
    UnsupportedError
        More than two players, a symbolic game, or nashpy is missing.

    Examples
    --------
    >>> to_nashpy(NormalFormGame.zero_sum([[1, -1], [-1, 1]])).zero_sum
    True
    """
    nashpy = _imported("nashpy")
    _two_players_only(game, "nashpy")
    return nashpy.Game(*_float_tensor(game))


def from_nashpy(
    game: Any, players: Labels | None = None, actions: Sequence[Labels] | None = None, *, title: str = ""
) -> NormalFormGame:
    """A game from a ``nashpy.Game``; exact if its matrices hold integers, else of floats.

    Examples
    --------
    >>> import nashpy
    >>> from_nashpy(nashpy.Game([[3, 0], [5, 1]], [[3, 5], [0, 1]]), title="Prisoner's dilemma")
    NormalFormGame("Prisoner's dilemma", 2 players, 2×2, exact)
    """
    matrices = getattr(game, "payoff_matrices", None)
    if matrices is None or len(matrices) != 2:
        raise SpecificationError(
            f"game: found {type(game).__name__}; give a nashpy.Game, which has two payoff matrices"
        )
    return NormalFormGame.from_bimatrix(matrices[0], matrices[1], players, actions, title=title)


# -- QuantEcon ------------------------------------------------------------------------------------------------------


def to_quantecon(game: NormalFormGame) -> Any:
    """The game as a ``quantecon.game_theory.NormalFormGame``: own-action-first arrays of floats, without names.

    Raises
    ------
    UnsupportedError
        A symbolic game, or QuantEcon is missing.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[1, 2, 3], [4, 5, 6]], [[10, 20, 30], [40, 50, 60]])
    >>> to_quantecon(game).players[1].payoff_array  # doctest: +SKIP
    array([[10., 40.], [20., 50.], [30., 60.]])
    """
    quantecon = _imported("quantecon.game_theory")
    tensor, n = _float_tensor(game), game.num_players
    own_first = [np.ascontiguousarray(tensor[i].transpose(*range(i, n), *range(i))) for i in range(n)]
    return quantecon.NormalFormGame([quantecon.Player(array) for array in own_first])


def from_quantecon(
    game: Any, players: Labels | None = None, actions: Sequence[Labels] | None = None, *, title: str = ""
) -> NormalFormGame:
    """A game from a ``quantecon.game_theory.NormalFormGame``; exact if its arrays hold integers, else of floats."""
    own_first: list[Any] = [getattr(player, "payoff_array", None) for player in getattr(game, "players", ())]
    if not own_first or any(array is None for array in own_first):
        raise SpecificationError(f"game: found {type(game).__name__}; give a quantecon.game_theory.NormalFormGame")
    n = len(own_first)
    # Axis k of player i's array belongs to player (i + k) mod n, so player j's axis is found at (j − i) mod n.
    arrays = [array.transpose([(j - i) % n for j in range(n)]) for i, array in enumerate(own_first)]
    return NormalFormGame(np.stack(arrays), players, actions, title=title)


# -- pygambit -------------------------------------------------------------------------------------------------------


def to_pygambit(game: NormalFormGame) -> Any:
    """The game as a pygambit strategic game (release 16 or 17), exact, with its names and title.

    Raises
    ------
    SpecificationError
        Gambit refuses a name (an empty one, for instance).
    UnsupportedError
        A symbolic game, or pygambit is missing.
    """
    pygambit = _imported("pygambit")
    build = pygambit.StrategicGame if hasattr(pygambit, "StrategicGame") else pygambit.Game
    game = game.exact()
    made = build.from_arrays(*game.payoffs, title=game.title)
    try:
        if hasattr(made, "relabel_players"):  # release 17: players and strategies are known by their labels
            for player, labels in zip(list(made.players), game.actions, strict=True):
                _relabel(lambda names, p=player: made.relabel_strategies(p, names), made.get_strategies(player), labels)
            _relabel(made.relabel_players, list(made.players), game.players)
        else:
            _set_labels(list(made.players), game.players)
            for player, labels in zip(made.players, game.actions, strict=True):
                _set_labels(list(player.strategies), labels)
    except ValueError as error:
        raise SpecificationError(f"players or actions: Gambit refuses a name ({error}); rename it") from None
    return made


def _relabel(relabel: Any, current: Sequence[str], labels: Labels) -> None:
    changed = {old: new for old, new in zip(current, labels, strict=True) if old != new}
    if changed:
        relabel(changed)


def _set_labels(objects: list[Any], labels: Labels) -> None:
    """Give new labels one by one, first some that are neither old nor new: no two may agree on the way."""
    taken = {*labels, *(one.label for one in objects)}
    free = (name for name in map("free {}".format, itertools.count()) if name not in taken)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # pygambit 16 warns of what 17 refuses; names here are distinct
        for one, name in zip(objects, free, strict=False):
            one.label = name
        for one, name in zip(objects, labels, strict=True):
            one.label = name


def from_pygambit(game: Any) -> NormalFormGame:
    """An exact game from a pygambit game (release 16 or 17); of a game tree, its (reduced) strategic form.

    Raises
    ------
    SpecificationError
        This is no pygambit game, or names are given twice.
    """
    if not hasattr(game, "to_arrays") or not hasattr(game, "players"):
        raise SpecificationError(f"game: found {type(game).__name__}; give a game of pygambit, release 16.3 or later")
    tensor = np.stack([np.asarray(array, dtype=object) for array in game.to_arrays()])
    entries = [Fraction(int(x.numerator), int(x.denominator)) for x in tensor.flat]
    listed = list(game.players)
    if hasattr(game, "get_strategies"):
        players, actions = listed, [list(game.get_strategies(player)) for player in listed]
    else:
        players = [player.label for player in listed]
        actions = [[strategy.label for strategy in player.strategies] for player in listed]
    exact = np.empty(len(entries), dtype=object)
    exact[:] = entries
    return NormalFormGame(
        exact.reshape(tensor.shape),
        numbered_if_unnamed(players),
        [numbered_if_unnamed(labels) for labels in actions],
        title=str(game.title),
    )


# -- OpenSpiel ------------------------------------------------------------------------------------------------------


def to_openspiel(game: NormalFormGame) -> Any:
    """The game as a ``pyspiel.MatrixGame`` (two players) or ``pyspiel.TensorGame``, with floats and names of actions.

    Raises
    ------
    UnsupportedError
        A symbolic game, or OpenSpiel is missing.
    """
    pyspiel = _imported("pyspiel")
    tensor = _float_tensor(game)
    actions = [list(labels) for labels in game.actions]
    if game.num_players == 2:
        return pyspiel.create_matrix_game("game", game.title, *actions, tensor[0].tolist(), tensor[1].tolist())
    return pyspiel.create_tensor_game("game", game.title, actions, [own.reshape(-1).tolist() for own in tensor])


def from_openspiel(game: Any, players: Labels | None = None, *, title: str | None = None) -> NormalFormGame:
    """A game of floats from a ``pyspiel.MatrixGame`` or ``pyspiel.TensorGame``.

    Other games of OpenSpiel are converted there first, by ``pyspiel.extensive_to_tensor_game(game)``.
    """
    if hasattr(game, "row_utilities"):
        shape: tuple[int, ...] = (int(game.num_rows()), int(game.num_cols()))
        arrays = [np.asarray(own, dtype=float).reshape(shape) for own in (game.row_utilities(), game.col_utilities())]
        actions = [
            [game.row_action_name(k) for k in range(shape[0])],
            [game.col_action_name(k) for k in range(shape[1])],
        ]
    elif hasattr(game, "player_utilities") and hasattr(game, "shape"):
        shape = tuple(map(int, game.shape()))
        arrays = [np.asarray(game.player_utilities(i), dtype=float).reshape(shape) for i in range(len(shape))]
        actions = [[game.action_name(i, k) for k in range(m)] for i, m in enumerate(shape)]
    else:
        raise SpecificationError(
            f"game: found {type(game).__name__}; give a pyspiel.MatrixGame or TensorGame, as "
            "pyspiel.extensive_to_tensor_game(game) makes them"
        )
    heading = str(game.get_type().long_name) if title is None else title
    return NormalFormGame(np.stack(arrays), players, [numbered_if_unnamed(own) for own in actions], title=heading)


# -- pandas ---------------------------------------------------------------------------------------------------------


def to_frame(game: NormalFormGame) -> Any:
    """The game as a ``pandas.DataFrame`` with a row for each action profile, the last player's action running fastest.

    Columns are the players' actions, headed by the players' names, and then ``"payoff NAME"`` for each. Payoffs are
    floats for a game of floats, integers where all payoffs of an exact game are machine integers, else fractions
    (:class:`~fractions.Fraction`) or expressions.

    Raises
    ------
    UnsupportedError
        pandas is missing.

    Examples
    --------
    >>> print(to_frame(NormalFormGame([["1/3", 2]], ["Ann"], [["rest", "work"]])))
        Ann payoff Ann
    0  rest        1/3
    1  work          2
    """
    pandas = _imported("pandas")
    headings = [*game.players, *(PAYOFF_PREFIX + player for player in game.players)]
    checked_labels(headings, lambda k: f"players: the heading of column {k}")
    labels = list(zip(*itertools.product(*game.actions), strict=True))
    whole = game.denominator == 1 and game.numerators.dtype != object
    payoffs = (game.numerators if whole else game.payoffs).reshape(game.num_players, -1)
    columns = [*(list(own) for own in labels), *payoffs]
    return pandas.DataFrame(dict(zip(headings, columns, strict=True)))


def from_frame(
    frame: Any,
    *,
    action_columns: Sequence[str] | None = None,
    payoff_columns: Sequence[str] | None = None,
    players: Labels | None = None,
    title: str = "",
) -> NormalFormGame:
    """A game from a ``pandas.DataFrame`` with a row for each action profile, in any order.

    Parameters
    ----------
    frame : pandas.DataFrame
        Actions are strings or integers; payoffs are numbers, fractions or strings such as "1/3".
    action_columns, payoff_columns : sequence of n headings, optional
        The columns of the players' actions and payoffs, in player order; give both or none. By default the table must
        be one that :func:`to_frame` makes. A player's actions are ordered as they first appear.
    players : sequence of n distinct str, optional
        Names; by default the headings of the action columns.
    title : str
        Title of the game.

    Raises
    ------
    SpecificationError
        A profile is missing or given twice, or an entry is no name or number; the message names row and column.
    """
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        raise SpecificationError(f"frame: found {type(frame).__name__}; give a pandas.DataFrame")
    header = [str(heading) for heading in frame.columns]
    action_indices, payoff_indices = table_columns(header, action_columns, payoff_columns, "frame")
    if len(frame) == 0:
        raise SpecificationError("frame: found no rows; give every action profile once")
    rows = [str(label) for label in frame.index]
    labels = [[_label(x, rows[r], header[c]) for r, x in enumerate(frame.iloc[:, c])] for c in action_indices]
    actions, order = profile_rows(labels, lambda row: f"frame: row {rows[row]}", "frame")
    names = [header[c] for c in action_indices] if players is None else list(players)
    entries = np.empty((len(names), len(rows)), dtype=object)
    is_missing = _imported("pandas").isna
    for i, c in enumerate(payoff_indices):
        for r, value in enumerate(frame.iloc[:, c].tolist()):
            if np.any(is_missing(value)):
                raise SpecificationError(
                    f"frame: row {rows[r]}, column {header[c]!r}: no payoff; write a finite number"
                )
            entries[i, r] = value
    tensor = entries[:, order].reshape(len(names), *map(len, actions))
    return NormalFormGame(tensor, names, actions, title=title)


def _label(value: Any, row: str, column: str) -> str:
    if isinstance(value, (str, int, np.integer)) and not isinstance(value, (bool, np.bool_)):
        return str(value)
    raise SpecificationError(f"frame: row {row}, column {column!r}: found {shown(value)}; write an action's name")


def _float_tensor(game: NormalFormGame) -> NDArray[np.float64]:
    return np.array(game.float_payoffs())  # a copy that the other package may write to
