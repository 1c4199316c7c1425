"""Reads a thousand hostile files under an audit hook that lets nothing be executed, written or reached; run as a script."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

FORBIDDEN = {"exec", "compile", "import", "marshal.loads", "pickle.find_class", "subprocess.Popen"}
FORBIDDEN_FAMILIES = ("os.", "socket", "ctypes", "urllib", "shutil", "ftplib", "http")
HARMLESS = {"os.listdir", "os.scandir"}
EVIL = [
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "eval('1')",
    "exec('import os')",
    "open('x', 'w')",
    "(lambda: 1)()",
    "f'{1}'",
]


def writes(arguments: tuple[Any, ...]) -> bool:
    """Whether an ``open`` event asks for more than reading."""
    mode, flags = arguments[1] or "r", arguments[2] or 0
    return bool(set(mode) & set("wax+")) or bool(flags & 0b11)


def main() -> None:
    from audit.mutations import mutants, prepare_folder, sources

    from gametheory.audit import read_scenario
    from gametheory.errors import GameTheoryError

    folder = Path(tempfile.mkdtemp())
    prepare_folder(folder)
    for name, format_, text in sources():  # loads every module that reading needs
        (folder / f"{name}.{format_}").write_text(text)
        read_scenario(folder / f"{name}.{format_}")
    files = []
    for k, mutant in zip(range(1000), mutants(11), strict=False):
        files.append(folder / f"{k}.{mutant.format}")
        files[-1].write_bytes(mutant.content)
    for k, text in enumerate(EVIL):
        files.append(folder / f"evil{k}.json")
        game = {"players": ["A"], "actions": ["x"], "payoffs": text}
        files[-1].write_text(json.dumps({"schema_version": 1, "game": game, "target": {"profile": "x"}}))

    active = True
    seen: set[str] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not active:
            return
        seen.add(event)
        forbidden = event in FORBIDDEN or (event.startswith(FORBIDDEN_FAMILIES) and event not in HARMLESS)
        if forbidden or (event == "open" and writes(arguments)):
            raise AssertionError(f"{event} {str(arguments)[:200]}")

    sys.addaudithook(hook)
    for path in files:
        try:
            read_scenario(path)
            assert not path.name.startswith("evil")
        except GameTheoryError:
            pass
    active = False
    print(sorted(seen))


if __name__ == "__main__":
    main()
