"""The command line: a thin layer that reads games, calls one function, and prints its answer.

Exit codes: 0 answered, 1 a demanded property fails, 2 the input is wrong, 3 it could not be solved or certified.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gametheory import __version__
from gametheory.errors import (
    CertificateError,
    GameTheoryError,
    SpecificationError,
    UnsupportedError,
)

if TYPE_CHECKING:
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
        code = command(options)
        sys.stdout.flush()  # here, where a full disk can still be said
        return code
    except (SpecificationError, UnsupportedError) as error:
        print(f"gametheory: {_printable(str(error))}", file=sys.stderr)
        return 2
    except GameTheoryError as error:
        print(f"gametheory: {_printable(str(error))}", file=sys.stderr)
        return 3
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        return 0
    except OSError as error:
        print(f"gametheory: the answer cannot be written ({error.strerror or error})", file=sys.stderr)
        _discard(sys.stdout)
        return 3
    except KeyboardInterrupt:
        print("\ngametheory: interrupted", file=sys.stderr)
        return 130


def _discard(stream: Any) -> None:
    """Lead what is still in the stream's buffer nowhere, so that closing it at exit does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _printable(text: str) -> str:
    """The text with characters escaped that would steer a terminal: names in it may come from a file."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gametheory",
        description="The game theory of multi-agent security: answers with evidence that can be re-checked exactly.",
    )
    parser.add_argument("--version", action="version", version=f"gametheory {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_audit(commands)
    _add_check(commands)
    _add_scenarios(commands)
    _add_schema(commands)
    _add_solve(commands)
    _add_verify(commands)
    _add_verify_protocol(commands)
    _add_sweep(commands)
    _add_games(commands)
    return parser


def _add_audit(commands: Any) -> None:
    audit = commands.add_parser(
        "audit",
        help="audit a scenario: who would deviate, alone or together, what stops them, what that costs",
        description="Answer every question that a scenario raises, with evidence. Exit codes: 0 analysed; 1 with --strict, "
        "if a required property fails; 2 bad input; 3 a question could not be answered or certified.",
    )
    audit.add_argument(
        "scenario",
        metavar="SCENARIO",
        help="a packaged scenario ('gametheory scenarios' lists them) or a TOML or JSON file",
    )
    audit.add_argument("--json", action="store_true", help="print the report as JSON, certificates included")
    audit.add_argument("--strict", action="store_true", help="exit with 1 if a required property fails")
    audit.add_argument(
        "--out", metavar="DIR", help="also write report.html, report.json and certificates/ to this folder"
    )
    audit.add_argument("--force", action="store_true", help="with --out: overwrite an earlier report")
    audit.set_defaults(command=lambda options: _scenario_command("run_audit", options))


def _add_sweep(commands: Any) -> None:
    swept = commands.add_parser(
        "sweep",
        help="audit a scenario over a grid of settings, resumably",
        description="Audit a scenario at every combination of settings. Interrupt it and repeat the command: it continues. "
        "Exit codes: 0 all cells answered; 2 bad input; 3 a cell failed or ran out of time.",
    )
    swept.add_argument("scenario", metavar="SCENARIO", help="a packaged scenario or a TOML or JSON file")
    swept.add_argument(
        "--grid",
        action="append",
        metavar="KEY=VALUES",
        help="a key of the file and its values: V1,V2,... or FIRST:LAST:STEP; once for each key",
    )
    swept.add_argument("--store", metavar="FILE", help="where the answers are kept (default: SCENARIO.sweep.sqlite)")
    swept.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each processor)")
    swept.add_argument("--dask", metavar="ADDRESS", help="the scheduler of a dask cluster, instead of processes")
    swept.add_argument("--time-limit", type=float, metavar="SECONDS", help="for each cell")
    swept.add_argument("--retry-errors", action="store_true", help="try cells again that failed or ran out of time")
    swept.add_argument("--csv", metavar="FILE", help="write all answers as CSV")
    swept.add_argument("--parquet", metavar="FILE", help="write all answers as Parquet")
    swept.add_argument(
        "--heat-map",
        nargs=2,
        action="append",
        metavar=("ANSWER", "FILE"),
        help="draw an answer over the two keys of the grid (PNG, SVG or PDF)",
    )
    swept.add_argument("--status", action="store_true", help="say how far the store has come, and stop")
    swept.set_defaults(command=_sweep_command)


def _sweep_command(options: argparse.Namespace) -> int:
    from gametheory.audit.reading import read_scenario
    from gametheory.sweeps.commands import run_sweep

    if not options.status:
        read_scenario(options.scenario)  # a mistake in the file is said once, not in every cell
    return run_sweep(options, "gametheory.audit.variants:audited_variant", __version__)


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="read and validate a scenario file",
        description="Read and validate a scenario, without auditing it.",
    )
    check.add_argument(
        "file", metavar="FILE", help="a scenario file (TOML or JSON), or the name of a packaged scenario"
    )
    check.set_defaults(command=lambda options: _scenario_command("run_check", options))


def _add_scenarios(commands: Any) -> None:
    scenarios = commands.add_parser(
        "scenarios", help="list the packaged scenarios", description="List the scenarios that come with the package."
    )
    scenarios.set_defaults(command=lambda options: _scenario_command("run_scenarios", options))


def _add_schema(commands: Any) -> None:
    schema = commands.add_parser(
        "schema",
        help="print the JSON Schema of scenario files",
        description="Print the JSON Schema of scenario files, from which editors complete and check.",
    )
    schema.set_defaults(command=lambda options: _scenario_command("run_schema", options))


def _scenario_command(name: str, options: argparse.Namespace) -> int:
    from gametheory.audit import commands  # loaded on use: printing help reads no chapter

    command: Callable[[argparse.Namespace], int] = getattr(commands, name)
    return command(options)


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
        help="correlated play: welfare, fairness, or weights on players such as 1,1/2 (default: welfare)",
    )
    solve.add_argument("--player", help="maximin: whose (index or name; default: the first)")
    solve.add_argument("--leader", help="stackelberg: who commits (index or name; default: the first)")
    solve.add_argument(
        "--ties", choices=["strong", "weak"], help="stackelberg: how followers break ties (default: strong)"
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


def _add_verify_protocol(commands: Any) -> None:
    verify = commands.add_parser(
        "verify-protocol",
        help="decide whether a protocol, as a game tree with symbolic utilities, is secure for all of them",
        description="Decide weak immunity, weaker immunity, collusion resilience and practicality of each honest history for "
        "all utilities that the constraints allow. Exit codes: 0 decided; 1 with --strict, if a property fails; 2 bad input; "
        "3 a question is undecided.",
    )
    blocking = ("transfer", "all", "some", "any")
    names = ("weak-immunity", "weaker-immunity", "collusion-resilience", "practicality")
    add = verify.add_argument
    add("file", metavar="FILE", help="a protocol in CheckMate's JSON format")
    add("--property", action="append", choices=names, help="ask for this property (may be repeated; default: all)")
    add(
        "--max-size",
        type=int,
        metavar="K",
        help="collusion resilience: the largest coalition (default: all players but one)",
    )
    add(
        "--blocking",
        choices=blocking,
        default="transfer",
        help="collusion resilience: what gaining means (default: transfer)",
    )
    add(
        "--preconditions",
        action="store_true",
        help="where a property fails, find the weakest condition that is missing",
    )
    add("--strategies", action="store_true", help="print strategies that have the properties")
    add(
        "--timeout", type=float, default=60.0, metavar="S", help="seconds for each question to the prover (default: 60)"
    )
    add("--json", action="store_true", help="print the report as JSON")
    add("--strict", action="store_true", help="exit with 1 if a property fails")
    verify.set_defaults(command=_verify_protocol)


def _verify_protocol(options: argparse.Namespace) -> int:
    from gametheory.protocols.commands import run_verify_protocol  # loaded on use: printing help reads no chapter

    return run_verify_protocol(options)


def _add_games(commands: Any) -> None:
    games = commands.add_parser("games", help="list the named games", description="List the games for 'examples:NAME'.")
    games.set_defaults(command=_games)


# -- solve -------------------------------------------------------------------------------------------------------------


_OF_CONCEPT = {  # an option, the concepts that it is about, and what is taken where it is left out
    "objective": (("correlated", "coarse-correlated"), "welfare"),
    "player": (("maximin",), "0"),
    "leader": (("stackelberg",), "0"),
    "ties": (("stackelberg",), "strong"),
}


def _check_options(options: argparse.Namespace) -> None:
    """Refuse options that would have no effect; fill in those that are left out."""
    for name, (concepts, default) in _OF_CONCEPT.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
        elif options.concept not in concepts:
            raise SpecificationError(
                f"--{name}: has no meaning for --concept {options.concept}; leave it out, or use it with "
                f"{' or '.join(concepts)}"
            )
    if options.decimals is not None and not options.lines:
        raise SpecificationError("--decimals: is about --lines; add that, or leave it out")
    if options.decimals is not None and not 0 <= options.decimals <= 1000:
        raise SpecificationError(f"--decimals: found {options.decimals}; write a number from 0 to 1000")


def _solve(options: argparse.Namespace) -> int:
    _check_options(options)
    game = _read_game(options.game, options.format, options.set)
    answer = _CONCEPTS[options.concept](game, options)
    if options.json:
        from gametheory.games import game_to_dict

        result = {"gametheory": __version__, "game": game_to_dict(game), **_plain(answer)}
        print(json.dumps(result, ensure_ascii=False, indent=1))
    elif options.lines:
        print(_ne_lines(answer, options.decimals))
    else:
        print(_printable(f"{game!r}\n"))
        found = "\n".join(map(str, answer)) or "there is none" if isinstance(answer, tuple) else str(answer)
        print(_printable(found))
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


def _json_from_standard_input() -> str:
    text = sys.stdin.read()
    if text.lstrip()[:1] not in ("{", "["):
        raise SpecificationError("standard input: found no JSON; pass a certificate, or the output of 'solve --json'")
    return text


def _verify(options: argparse.Namespace) -> int:
    from gametheory.audit.evidence import row_builders
    from gametheory.certificates import read_certificates, verify_certificate
    from gametheory.games import game_from_dict

    given = None if options.game is None else _read_game(options.game, None, []).exact()
    source = _json_from_standard_input() if options.file == "-" else Path(options.file)
    certificates = read_certificates(source)  # refuses a file that is too large or too deep before it is parsed
    # A certificate of a programme carries only its game's digest; the file, or a certificate beside it, has the game.
    carried: dict[str, NormalFormGame] = {}
    for certificate in certificates:
        game = getattr(certificate, "game", None)
        if game is not None:
            carried[certificate.game_digest] = game
    data = json.loads(source if isinstance(source, str) else source.read_text(encoding="utf-8-sig"))
    stated = set()
    for place, entry in _games_in(data):
        game = game_from_dict(entry, where=f"{options.file}: {place}").exact()
        carried[game.digest()] = game
        stated.add(game.digest())
    builders = row_builders()
    partly = 0
    for certificate in certificates:
        digest = certificate.game_digest
        if stated and digest and digest not in stated:
            raise CertificateError(
                f"{certificate.claim}: this is about the game {digest[:12]}…, which is not the one that the file states "
                f"({', '.join(f'{other[:12]}…' for other in sorted(stated))}). Do not rely on the file; solve again",
                claim=certificate.claim,
                violation="another game",
            )
        found = verify_certificate(
            certificate, given if given is not None else carried.get(digest), row_builders=builders
        )
        partly += found.status == "arithmetic only"
        print(found)
    count = len(certificates)
    print(
        f"{count} certificate{'' if count == 1 else 's'} verified, in exact arithmetic and without a solver"
        + (f"; of {partly} the arithmetic only, as said above" if partly else "")
        + ". What is certified is what these lines say; other numbers in the file were not read"
    )
    return 0


def _games_in(data: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The games that a file of results states once, for all its certificates: under "game", and in the list "games"."""
    if isinstance(data, dict):
        listed = data.get("games")
        more = listed if isinstance(listed, list) else []
        for place, entry in [("game", data.get("game")), *((f"games[{k}]", game) for k, game in enumerate(more))]:
            if isinstance(entry, dict) and entry.get("kind") == "normal-form":
                yield place, entry


# -- games -------------------------------------------------------------------------------------------------------------


def _games(options: argparse.Namespace) -> int:
    from gametheory.games import named_games

    for name, function in named_games().items():
        first_line = (function.__doc__ or "").strip().splitlines()[0]
        print(f"{name:28s} {first_line}")
    return 0
