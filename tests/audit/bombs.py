"""Small texts that cost a careless reader gigabytes or minutes; run as a script, in a process of its own.

python bombs.py names        the names, as JSON
python bombs.py NAME         reads one; prints what came of it, and the memory above what was used before
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path


def memory(field: str) -> int:
    """Bytes of memory now in use (VmRSS) or in use at most so far (VmHWM).

    Where the kernel has no such file the high-water mark stands for both. It may be that of the process which started
    this one: it is inherited, also where the memory is not.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fill(line: Callable[[int], str], size: int = 990_000) -> str:
    """Lines up to a size."""
    parts: list[str] = []
    length = k = 0
    while length < size:
        parts.append(line(k))
        length += len(parts[-1])
        k += 1
    return "".join(parts[:-1])


def word(k: int) -> str:
    """The k-th of endlessly many short words."""
    text = "k"
    while True:
        text += chr(97 + k % 26)
        k //= 26
        if not k:
            return text


def names(prefix: str, count: int) -> str:
    """A list of names, over several lines."""
    return "[" + ",\n".join(f'"{prefix}{k}"' for k in range(count)) + "]"


HEAD = 'schema_version = 1\ntarget.profile = "a"\n[game]\n'
SIXTEEN = f'players = {names("p", 16)}\nactions = ["a", "b"]\n'
BINARY = "+".join(f"count(a,p{k})*{k * k + 2**k}" for k in range(16))
GRID = f'players = ["A", "B"]\nactions = {{A = {names("", 1000)}, B = {names("", 700)}}}\npayoffs = "count(\'1\')"\n'
NAMED = 'schema_version = 1\ntarget.profile = "2"\n[game]\n'


def lines_of(format_: str) -> str:
    return "\n".join(f'l{k} = "{format_.format(k)}"' for k in range(16))


TEXTS: dict[str, tuple[str, Callable[[], str]]] = {
    "one key of 20,000 parts": ("toml", lambda: "a" + ".a" * 20_000 + " = 1"),
    "one key of 2,000 parts": ("toml", lambda: "a" + ".a" * 2_000 + " = 1"),
    "keys of 16 parts": ("toml", lambda: fill(lambda k: word(k) + ".a" * 15 + " = 1\n")),
    "keys of 3 parts": ("toml", lambda: fill(lambda k: word(k) + ".a.b = 1\n")),
    "headers of 16 parts": ("toml", lambda: fill(lambda k: "[" + word(k) + ".a" * 15 + "]\n")),
    "headers of 2 parts": ("toml", lambda: fill(lambda k: "[" + word(k) + ".a]\n")),
    "the deepest headers that pass": ("toml", lambda: fill(lambda k: "[" + word(k) + ".a" * 15 + "]\n", 200_000)),
    "quoted keys": ("toml", lambda: fill(lambda k: '"' + word(k) + '"."a"  .  \'b\' = 1\n')),
    "keys in inline tables": ("toml", lambda: "a = [\n" + fill(lambda k: "{" + word(k) + ".a" * 7 + " = 1},\n") + "]"),
    "arrays of tables": ("toml", lambda: fill(lambda k: "[[a]]\n")),
    "empty lists": ("toml", lambda: "a = [\n" + fill(lambda k: "[]," * 1000 + "\n") + "]"),
    "nested lists": ("toml", lambda: "a = " + "[" * 2000 + "]" * 2000),
    "nested lists over lines": ("toml", lambda: "a = " + "[\n" * 20_000 + "]\n" * 20_000),
    "nested tables": ("toml", lambda: "a = " + "{a = " * 700),
    "open quotes": ("toml", lambda: fill(lambda k: '"' * 4001 + "\n")),
    "open apostrophes": ("toml", lambda: fill(lambda k: "'" * 4001 + "\n")),
    "backslashes": ("toml", lambda: "a = " + fill(lambda k: '"""' + "\\" * 4000 + "\n")),
    "blanks": ("toml", lambda: fill(lambda k: " " * 4000 + "\n")),
    "a long line": ("toml", lambda: "a = '" + "x" * 5000 + "'"),
    "a long file": ("toml", lambda: fill(lambda k: "# a comment\n", 1_100_000)),
    "json lists": ("json", lambda: "[" * 2000),
    "json lists over lines": ("json", lambda: "[\n" * 100_000),
    "json tables": ("json", lambda: '{"a":' * 700),
    "json empty tables": ("json", lambda: '{"a": [\n' + fill(lambda k: "{}," * 1000 + "\n") + "1]}"),
    "json numbers": ("json", lambda: '{"a": [\n' + fill(lambda k: "0.5," * 1000 + "\n") + "1]}"),
    "json quotes": ("json", lambda: '{"a": [\n' + fill(lambda k: '"' * 4000 + "\n")),
    "a list of numbers": (
        "toml",
        lambda: HEAD + SIXTEEN + "table = [\n" + fill(lambda k: "1," * 1000 + "\n", 900_000) + "]",
    ),
    "twenty players": ("toml", lambda: f'{HEAD}players = {names("p", 20)}\nactions = ["a", "b"]\npayoffs = 1'),
    "thirty players": ("toml", lambda: f'{HEAD}players = {names("p", 30)}\nactions = ["a"]\npayoffs = 1'),
    "sixteen players": ("toml", lambda: f'{HEAD}{SIXTEEN}payoffs = "{BINARY}"'),
    "many values": ("toml", lambda: f'{HEAD}{SIXTEEN}payoffs = "({BINARY}) / 7 + count(a, me)"'),
    "long numbers": ("toml", lambda: f'{HEAD}{SIXTEEN}payoffs = "(({BINARY}) / 7 + count(a, me)) ** 50"'),
    "many lines of let": (
        "toml",
        lambda: f'{HEAD}{SIXTEEN}payoffs = "l0"\n[game.let]\n' + lines_of(f"(({BINARY}) / 7 + count(a, p{{}})) ** 5"),
    ),
    "many measures": (
        "toml",
        lambda: f"{HEAD}{SIXTEEN}payoffs = 1\n[measures.harm]\n" + lines_of(f"(({BINARY}) / 7 + count(a, p{{}})) ** 5"),
    ),
    "different denominators": ("toml", lambda: f'{HEAD}{SIXTEEN}payoffs = "1 / (1 + {BINARY})"'),
    "a large grid": (
        "toml",
        lambda: HEAD.replace('"a"', '"1"') + GRID + '[measures.harm]\na = "payoff(A)"\nb = "payoff(B) / 3"',
    ),
    "a large named game": ("toml", lambda: NAMED + 'catalogue = "travelers-dilemma"\narguments = {highest = 400}'),
    "a larger named game": (
        "toml",
        lambda: NAMED + 'catalogue = "public-goods"\narguments = {num_players = 999, num_levels = 999}',
    ),
}


def main(name: str) -> None:
    if name == "names":
        print(json.dumps(list(TEXTS)))
        return
    from gametheory.audit import read_scenario, scenario_from_text
    from gametheory.errors import GameTheoryError

    read_scenario("secret-collusion")
    read_scenario("price-cartel")
    format_, text = TEXTS[name][0], TEXTS[name][1]()
    start = memory("VmRSS")
    try:
        scenario_from_text(text, format=format_, name="bomb")  # type: ignore[arg-type]
        outcome = "a scenario"
    except GameTheoryError as error:
        outcome = str(error)
    peak = memory("VmHWM")
    print(json.dumps([outcome, peak - start]))


if __name__ == "__main__":
    main(sys.argv[1])
