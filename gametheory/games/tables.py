"""Results as pandas tables; pandas is optional and imported when a table is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gametheory.errors import SpecificationError

__all__ = ["data_frame"]


def data_frame(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> Any:
    """A pandas table from rows and the names of its columns.

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
