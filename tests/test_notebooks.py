"""Notebooks run from top to bottom, keep their outputs, say today what they said when they were written, and end in asserts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def printed(notebook: Any) -> list[str]:
    """What each code cell prints."""
    return [
        "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def pictures(notebook: Any) -> list[int]:
    """How many pictures each code cell shows."""
    return [
        sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_there_are_notebooks_numbered_by_story() -> None:
    assert NOTEBOOKS
    numbers = [re.match(r"(\d\d)_", path.name)[1] for path in NOTEBOOKS]  # type: ignore[index]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path: Path, tmp_path: Path) -> None:
    kept = nbformat.read(path, as_version=4)
    nbformat.validate(kept)
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert all(cell.execution_count is not None for cell in code), "run it, and keep the outputs"
    assert "assert" in code[-1].source
    assert kept.metadata.kernelspec.name == "python3"
    fresh = nbformat.read(path, as_version=4)
    client = NotebookClient(fresh, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    # The kernel starts elsewhere and shall find the package under test, installed or not; it chooses how it draws.
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    client.execute(env=environment)
    assert printed(fresh) == printed(kept)
    assert pictures(fresh) == pictures(kept)
