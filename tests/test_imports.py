"""``import gametheory`` is light, and nothing read from a file can reach an interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gametheory

PACKAGE = Path(gametheory.__file__).parent
HEAVY = (
    "cvxpy",
    "sympy",
    "z3",
    "numba",
    "scipy",
    "nashpy",
    "matplotlib",
    "pandas",
    "quantecon",
    "networkx",
    "highspy",
    "flint",
)


def loaded_after(code: str) -> set[str]:
    """Heavy packages that are loaded in a fresh process after running ``code``."""
    script = f"import sys\n{code}\nprint(' '.join(p for p in {HEAVY!r} if p in sys.modules), file=sys.__stdout__)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import gametheory") == set()


def test_help_loads_nothing_heavy() -> None:
    code = """
from gametheory.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
    assert loaded_after(code) == set()


def test_the_probe_sees_a_heavy_import() -> None:
    assert "scipy" in loaded_after("import scipy")


@pytest.mark.parametrize(
    "chapter",
    [
        "games",
        "certificates",
        "optimize",
        "equilibria",
        "repeated",
        "networks",
        "information",
        "mechanisms",
        "collusion",
        "oversight",
        "tradeoffs",
        "audit",
    ],
)
def test_chapters_load_solvers_only_when_they_solve(chapter: str) -> None:
    assert loaded_after(f"import gametheory.{chapter}") == set()


FORBIDDEN = {"eval", "exec", "sympify", "parse_expr", "lambdify", "S"}


def test_no_source_file_calls_an_interpreter_of_text() -> None:
    """eval, exec, sympify, parse_expr, lambdify and pickle appear nowhere in the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                owner = getattr(getattr(node.func, "value", None), "id", "")
                if name in FORBIDDEN and owner not in {"re"}:
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}: {name}")
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = {alias.name.split(".")[0] for alias in node.names} | {
                    (getattr(node, "module", "") or "").split(".")[0]
                }
                if names & {"pickle", "marshal", "shelve", "yaml", "dill", "cloudpickle"}:
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}: imports {names}")
    assert found == []


def test_public_names_survive_the_loading_of_every_module() -> None:
    """A module that has the name of a public function would take its place once it is loaded."""
    script = """
import importlib, pkgutil, types
import gametheory
names = [m.name for m in pkgutil.walk_packages(gametheory.__path__, "gametheory.") if not m.name.endswith("__main__")]
modules = {name: importlib.import_module(name) for name in names}
for chapter, module in modules.items():
    for name in getattr(module, "__all__", ()):
        if isinstance(getattr(module, name), types.ModuleType):
            print(chapter, name)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split("\n")[:-1] == ["gametheory.games interop"]
