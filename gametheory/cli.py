"""The command line: a thin layer that reads games, calls one function, and prints its answer.

Exit codes: 0 answered, 1 a demanded property fails, 2 the input is wrong, 3 it could not be solved or certified.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gametheory import __version__
from gametheory.errors import (
    GameTheoryError,
    SpecificationError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from gametheory.certificates import LinearProgramme, RowBuilder
    from gametheory.equilibria import Equilibrium, EquilibriumSet
    from gametheory.games import NormalFormGame
    from gametheory.games.formats import GameFormat

__all__ = ["main"]

EXAMPLES = "examples:"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (SpecificationError, UnsupportedError) as error:
        print(f"gametheory: {_printable(error)}", file=sys.stderr)
        return 2
    except GameTheoryError as error:
        print(f"gametheory: {_printable(error)}", file=sys.stderr)
        return 3
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        return 0


def _printable(error: GameTheoryError) -> str:
    """The message, with characters escaped that would steer a terminal: words of it may come from a file."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in str(error)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gametheory",
        description="The game theory of multi-agent security: answers with evidence that can be re-checked exactly.",
    )
    parser.add_argument("--version", action="version", version=f"gametheory {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_solve(commands)
    _add_verify(commands)
    _add_games(commands)
    return parser


def _add_solve(commands: Any) -> None:
    solve = commands.add_parser(
        "solve",
        help="equilibria of a game",
        description="Solve a game for one solution concept; every answer is certified in exact arithmetic.",
    )
    solve.add_argument(
        "game",
        metavar="GAME",
        help="a file (.json, .nfg, .gam, .csv), '-' for standard input, or 'examples:NAME' ('gametheory games' lists them)",
    )
    solve.add_argument("--concept", choices=sorted(_CONCEPTS), default="nash", help="what to solve for (default: nash)")
    solve.add_argument(
        "--format",
        choices=["json", "nfg", "gam", "csv"],
        help="format of the input (default: by suffix or first words)",
    )
    solve.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of an example, such as num_players=4",
    )
    solve.add_argument(
        "--objective",
        default="welfare",
        help="correlated play: welfare, fairness, or weights on players such as 1,1/2 (default: welfare)",
    )
    solve.add_argument("--player", default="0", help="maximin: whose (index or name; default: the first)")
    solve.add_argument("--leader", default="0", help="stackelberg: who commits (index or name; default: the first)")
    solve.add_argument(
        "--ties", choices=["strong", "weak"], default="strong", help="stackelberg: how followers break ties"
    )
    output = solve.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print JSON, certificates included")
    output.add_argument("--lines", action="store_true", help="print Gambit's lines: NE,1/2,1/2,…")
    solve.add_argument("-d", "--decimals", type=int, metavar="N", help="with --lines: N decimals instead of fractions")
    solve.set_defaults(command=_solve)


def _add_verify(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="re-check certificates from a file",
        description="Re-check every certificate in a JSON file exactly, without any solver.",
    )
    verify.add_argument(
        "file", metavar="FILE", help="a certificate, or the output of 'solve --json'; '-' for standard input"
    )
    verify.add_argument("--game", metavar="GAME", help="also check that the certificates are about this game")
    verify.set_defaults(command=_verify)


def _add_games(commands: Any) -> None:
    games = commands.add_parser("games", help="list the named games", description="List the games for 'examples:NAME'.")
    games.set_defaults(command=_games)


# -- solve -------------------------------------------------------------------------------------------------------------


def _solve(options: argparse.Namespace) -> int:
    game = _read_game(options.game, options.format, options.set)
    answer = _CONCEPTS[options.concept](game, options)
    if options.json:
        from gametheory.games import game_to_dict

        result = {"gametheory": __version__, "game": game_to_dict(game), **_plain(answer)}
        print(json.dumps(result, ensure_ascii=False, indent=1))
    elif options.lines:
        print(_ne_lines(answer, options.decimals))
    else:
        print(f"{game!r}\n")
        print("\n".join(map(str, answer)) if isinstance(answer, tuple) else answer)
    return 0


def _read_game(source: str, file_format: GameFormat | None, settings: Sequence[str]) -> NormalFormGame:
    from gametheory import games

    if source.startswith(EXAMPLES):
        return games.game_by_name(source.removeprefix(EXAMPLES), **_parameters(settings))
    if settings:
        raise SpecificationError("--set: only the named examples have parameters; leave it out for a file")
    if source == "-":
        return games.read_game(sys.stdin.buffer, format=file_format)
    return games.read_game(source, format=file_format)


def _parameters(settings: Sequence[str]) -> dict[str, Any]:
    from gametheory.arithmetic import parse_rational

    parameters: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise SpecificationError(f"--set: found {setting!r}; write NAME=VALUE, such as num_players=4")
        if name in parameters:
            raise SpecificationError(f"--set: {name!r} is given twice; give each parameter once")
        value = parse_rational(text, where=f"--set {name}")
        parameters[name] = int(value) if value.denominator == 1 else value
    return parameters


def _person(game: NormalFormGame, text: str) -> int:
    """A player named on the command line: a name first, so that a player called "2" can be meant, else an index."""
    return game.player_index(text if text in game.players or not text.isdecimal() else int(text))


def _objective(text: str) -> Any:
    if text in ("welfare", "fairness"):
        return text
    return text.split(",")


def _nash(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.nash_equilibria(game)


def _pure_nash(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.pure_nash_equilibria(game)


def _one_nash(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.nash_equilibrium(game)


def _correlated(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.correlated_equilibrium(game, objective=_objective(options.objective))


def _coarse_correlated(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.correlated_equilibrium(game, objective=_objective(options.objective), coarse=True)


def _stackelberg(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.stackelberg_equilibrium(game, leader=_person(game, options.leader), ties=options.ties)


def _maximin(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.maximin(game, player=_person(game, options.player))


def _dominated(game: NormalFormGame, options: argparse.Namespace) -> Any:
    from gametheory import equilibria

    return equilibria.dominated_actions(game)


_CONCEPTS: dict[str, Callable[[NormalFormGame, argparse.Namespace], Any]] = {
    "nash": _nash,
    "one-nash": _one_nash,
    "pure-nash": _pure_nash,
    "correlated": _correlated,
    "coarse-correlated": _coarse_correlated,
    "stackelberg": _stackelberg,
    "maximin": _maximin,
    "dominated": _dominated,
}


def _plain(answer: Any) -> dict[str, Any]:
    if isinstance(answer, tuple):
        return {"answers": [part.to_dict() for part in answer]}
    result: dict[str, Any] = answer.to_dict()
    return result


def _ne_lines(answer: EquilibriumSet | Equilibrium | Any, decimals: int | None) -> str:
    from gametheory.equilibria import Equilibrium, EquilibriumSet

    if isinstance(answer, EquilibriumSet):
        return answer.ne_lines(decimals)
    if isinstance(answer, Equilibrium) and answer.kind != "correlated":
        return answer.ne_line(decimals)
    raise UnsupportedError("--lines: only Nash equilibria have this form; use --json for the other concepts")


# -- verify ------------------------------------------------------------------------------------------------------------


_ROW_BUILDERS = {
    "correlated_equilibrium": ("gametheory.equilibria.correlated", "correlated_equilibrium_programme"),
    "dominance": ("gametheory.equilibria.dominance", "dominance_programme"),
    "maximin": ("gametheory.equilibria.zero_sum", "maximin_programme"),
    "stackelberg": ("gametheory.equilibria.commitment_cells", "stackelberg_programme"),
    "stackelberg_interior": ("gametheory.equilibria.commitment_cells", "stackelberg_interior_programme"),
}
"""The function that writes the rows of each named programme from a game; imported when a certificate names it."""


def _row_builder(module: str, function: str) -> RowBuilder:
    def rebuild(game: NormalFormGame, arguments: Mapping[str, Any]) -> LinearProgramme:
        programme: LinearProgramme = getattr(importlib.import_module(module), function)(game, **arguments)
        return programme

    return rebuild


def _json_from_standard_input() -> str:
    text = sys.stdin.read()
    if text.lstrip()[:1] not in ("{", "["):
        raise SpecificationError("standard input: found no JSON; pass a certificate, or the output of 'solve --json'")
    return text


def _verify(options: argparse.Namespace) -> int:
    from gametheory.certificates import read_certificates, verify_certificate
    from gametheory.games import game_from_dict

    given = None if options.game is None else _read_game(options.game, None, []).exact()
    source = _json_from_standard_input() if options.file == "-" else Path(options.file)
    certificates = read_certificates(source)  # refuses a file that is too large or too deep before it is parsed
    # A certificate of a programme carries only its game's digest; the file, or a certificate beside it, has the game.
    games = {c.game_digest: getattr(c, "game", None) for c in certificates}
    carried: dict[str, NormalFormGame] = {digest: game for digest, game in games.items() if game is not None}
    data = json.loads(source if isinstance(source, str) else source.read_text(encoding="utf-8-sig"))
    if isinstance(data, dict) and isinstance(data.get("game"), dict) and data["game"].get("kind") == "normal-form":
        game = game_from_dict(data["game"], where=f"{options.file}: game").exact()
        carried[game.digest()] = game
    builders = {name: _row_builder(*place) for name, place in _ROW_BUILDERS.items()}
    for certificate in certificates:
        about = given if given is not None else carried.get(certificate.game_digest)
        print(verify_certificate(certificate, about, row_builders=builders))
    count = len(certificates)
    print(f"{count} certificate{'' if count == 1 else 's'} verified, in exact arithmetic and without a solver")
    return 0


# -- games -------------------------------------------------------------------------------------------------------------


def _games(options: argparse.Namespace) -> int:
    from gametheory.games import named_games

    for name, function in named_games().items():
        first_line = (function.__doc__ or "").strip().splitlines()[0]
        print(f"{name:28s} {first_line}")
    return 0
