"""How long it takes to read and to audit scenarios: CPU time, no peer.

    python benchmarks/scenarios.py [--files 2000] [--variants 50]

Reads mutated scenario files, most of them refused, and audits the packaged scenarios and small variants of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
from timing import cpu_seconds, duration, environment

from gametheory.audit import audit_scenario, packaged_scenarios, read_scenario
from gametheory.errors import GameTheoryError

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from audit.mutations import mutants, prepare_folder, variants


def times(function: object, paths: list[Path]) -> list[float]:
    """CPU seconds of each call; a refusal is an answer."""

    def answered(path: Path) -> None:
        with suppress(GameTheoryError):
            function(path)  # type: ignore[operator]

    return [cpu_seconds(lambda path=path: answered(path), at_least=0)[0] for path in paths]


def row(what: str, seconds: list[float]) -> None:
    median, worst = np.median(seconds), max(seconds)
    print(f"| {what} | {len(seconds):,} | {duration(float(median))} | {duration(worst)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000, help="how many mutated files are read")
    parser.add_argument("--variants", type=int, default=50, help="how many small variants are audited")
    options = parser.parse_args()
    print(environment("numpy", "highspy"))
    print("\n| task | files | median | slowest |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare_folder(folder)

        def written(kind: str, source: object, count: int) -> list[Path]:
            paths = []
            for k, mutant in enumerate(islice(source, count)):  # type: ignore[call-overload]
                path = folder / f"{kind}{k}.{mutant.format}"
                path.write_bytes(mutant.content)
                paths.append(path)
            return paths

        row("read a mutated file", times(read_scenario, written("mutant", mutants(0), options.files)))
        for scenario in packaged_scenarios():
            audit_scenario(read_scenario(scenario))  # imports are not counted
            row(f"audit `{scenario}`", times(lambda x: audit_scenario(read_scenario(x)), [scenario] * 3))
        small = written("variant", variants(0), options.variants)
        row("audit a small variant", times(lambda path: audit_scenario(read_scenario(path)), small))


if __name__ == "__main__":
    main()
