"""Games from logs of runs: what was measured, with its uncertainty."""

from __future__ import annotations

from gametheory.empirical.empirical_game import EmpiricalGame
from gametheory.empirical.records import read_records

__all__ = ["EmpiricalGame", "read_records"]
