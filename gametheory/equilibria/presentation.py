"""How the chapter's results write numbers and tables."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError

__all__ = ["data_frame", "number_text"]


def number_text(value: Fraction | float) -> str:
    """A rational exactly where that is short, a float to six digits."""
    return brief(value) if isinstance(value, Fraction) else f"{float(value):.6g}"


def data_frame(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> Any:
    """A pandas table.

    Raises
    ------
    SpecificationError
        If pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise SpecificationError(
            "tables need pandas; install it with pip install 'gametheory-security[notebooks]', or use to_dict()"
        ) from None
    return pandas.DataFrame(list(rows), columns=list(columns))
