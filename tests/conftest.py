"""Shared settings of the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of published game files and recorded play; tests that need it skip where it is not at hand."""
    folder = os.environ.get("GAMETHEORY_DATA")
    if not folder:
        pytest.skip("the environment variable GAMETHEORY_DATA names no folder with the published games")
    return Path(folder)


# The same examples in every run, and no deadline: a loaded machine is slow, which is no defect of the code under test.
settings.register_profile("gametheory", deadline=None, derandomize=True)
settings.load_profile("gametheory")
