"""kill -9 at random moments, of coordinators and of workers: nothing acknowledged is lost, nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gametheory.sweeps import Grid, export_csv, sweep, sweep_rows, sweep_status

HERE = Path(__file__).parent
CELLS = 4000


def started(store: Path, output: Path) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    with output.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, str(HERE / "sweep_to_kill.py"), str(store), str(CELLS)],
            stdout=file,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )


def children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task/{process}/children")
    try:
        return [int(word) for word in tasks.read_text().split()]
    except OSError:
        return []


def acknowledged(output: Path) -> int:
    lines = [line for line in output.read_text().splitlines() if "cells" in line]
    return max((int(line.split(" of ")[0].replace(",", "")) for line in lines), default=0)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers of a coordinator in /proc")
def test_a_hundred_kills(tmp_path) -> None:
    rng = random.Random(4)
    store, output = tmp_path / "s.sqlite", tmp_path / "said.txt"
    output.touch()
    kills, rounds = {"coordinator": 0, "worker": 0}, 0
    while sum(kills.values()) < 100:
        rounds += 1
        run = started(store, output)
        deadline = time.monotonic() + rng.uniform(0.2, 1.6)
        while time.monotonic() < deadline and run.poll() is None:
            time.sleep(rng.uniform(0.05, 0.4))
            if rng.random() < 0.6 and (alive := children(run.pid)):
                try:
                    os.kill(rng.choice(alive), signal.SIGKILL)
                    kills["worker"] += 1
                except ProcessLookupError:
                    pass
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            kills["coordinator"] += 1
        run.wait()
        if store.is_file() and sweep_is_there(store):
            rows = [row["parameters"]["a"] for row in sweep_rows(store)]
            assert len(set(rows)) == len(rows) >= acknowledged(output)
        if store.is_file() and sweep_is_there(store) and sweep_status(store).stored == CELLS:
            store = tmp_path / f"s{rounds}.sqlite"  # finished: go on with a new one
            output = tmp_path / f"said{rounds}.txt"
            output.touch()
    assert min(kills.values()) >= 20
    assert started(store, output).wait(timeout=300) == 0
    untouched = tmp_path / "untouched.sqlite"
    grid = Grid.product(a=list(range(CELLS))).with_common(seconds=0.004)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    sweep("cells_to_try:napping", grid, untouched, workers=2)
    assert export_csv(store, tmp_path / "a.csv").read_bytes() == export_csv(untouched, tmp_path / "b.csv").read_bytes()


def sweep_is_there(store: Path) -> bool:
    """Whether the coordinator lived long enough to make the tables."""
    from gametheory.errors import SpecificationError

    try:
        sweep_status(store)
    except SpecificationError:
        return False
    return True


@pytest.mark.slow
def test_dask_loses_nothing_when_a_worker_is_killed(tmp_path, monkeypatch) -> None:
    distributed = pytest.importorskip("distributed")
    path = os.pathsep.join([str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    store = tmp_path / "s.sqlite"
    grid = Grid.product(a=list(range(600))).with_common(seconds=0.01)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        victims = list(client.run(os.getpid).values())
        killed = []

        def kill_in_mid_run(text: str) -> None:
            if not killed and int(text.split(" of ")[0].replace(",", "")) > 50:
                killed.append(victims[0])
                os.kill(victims[0], signal.SIGKILL)

        status = sweep("cells_to_try:napping", grid, store, executor=client.get_executor(), progress=kill_in_mid_run)
    assert killed
    assert (status.done, status.errors) == (600, 0)
    inline = tmp_path / "inline.sqlite"
    sweep("cells_to_try:napping", grid, inline, workers=1)
    assert export_csv(store, tmp_path / "a.csv").read_bytes() == export_csv(inline, tmp_path / "b.csv").read_bytes()
