"""A sweep in a process of its own, for tests that kill it: says what is acknowledged, line by line."""

from __future__ import annotations

import sys

from gametheory.sweeps import Grid, sweep

if __name__ == "__main__":
    grid = Grid.product(a=list(range(int(sys.argv[2])))).with_common(seconds=0.004)
    sweep("cells_to_try:napping", grid, sys.argv[1], workers=2, progress=lambda text: print(text, flush=True))
