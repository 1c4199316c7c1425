"""Reads mutated scenario files one after another and reports what happened, as JSON; run as a script, in a process of its own.

    python fuzz_reading.py SEED COUNT

The memory is the process's high-water mark above what it used when one valid scenario had been read.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


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


def main(seed: int, count: int) -> None:
    from audit.mutations import mutants, prepare_folder, sources

    from gametheory.audit import read_scenario
    from gametheory.errors import GameTheoryError

    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare_folder(folder)
        for origin, format_, text in sources():
            path = folder / f"{origin}.{format_}"
            path.write_text(text, encoding="utf-8")
            read_scenario(path)
        start = memory("VmRSS")
        for k, mutant in zip(range(count), mutants(seed), strict=False):
            path = folder / f"mutant.{mutant.format}"
            path.write_bytes(mutant.content)
            began = time.perf_counter()
            try:
                scenario = read_scenario(path)
                outcomes[f"{mutant.kind}: valid"] += 1
                repr(scenario)
            except GameTheoryError as error:
                outcomes[f"{mutant.kind}: refused"] += 1
                message = str(error)
                message.encode()
                if not message.startswith("mutant.") or not 20 < len(message) < 1500 or "Traceback" in message:
                    failures.append(f"mutant {k} of seed {seed}: an unclear message: {message[:500]!r}")
            except BaseException:
                failures.append(
                    f"mutant {k} of seed {seed} ({mutant.kind} of {mutant.origin}): {traceback.format_exc()[-1500:]}"
                )
            slowest = max(slowest, (time.perf_counter() - began, f"mutant {k}: {mutant.kind} of {mutant.origin}"))
    peak = memory("VmHWM")
    report = {"outcomes": outcomes, "failures": failures[:20], "slowest": slowest, "memory": peak - start}
    print(json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
