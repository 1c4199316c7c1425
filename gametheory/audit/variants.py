"""A scenario with something changed, and its answers as plain numbers: what sweeps and trials evaluate.

A change is a key of the scenario file by its path, and a value: ``authority.fine = 2``. The changed data pass the same
checks as a file does, so that an unknown key or a value out of range is said with its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from importlib.resources import files
from numbers import Real
from pathlib import Path
from typing import Any

from gametheory.arithmetic import parse_rational
from gametheory.audit.audit import audit_scenario
from gametheory.audit.interpretation import interpreted
from gametheory.audit.limits import MAX_BYTES, check_text, decoded_text, read_bytes
from gametheory.audit.reading import Format, packaged_scenarios, parsed_scenario, read_scenario
from gametheory.audit.report import AuditReport
from gametheory.audit.scenario import Scenario
from gametheory.audit.schema import check_structure
from gametheory.audit.wording import quoted
from gametheory.errors import GameTheoryError, SpecificationError

__all__ = ["answers_of", "audited_variant", "read_variant"]


def read_variant(source: str | os.PathLike[str], changes: Mapping[str, Any]) -> Scenario:
    """A scenario with some of its keys set to other values.

    Parameters
    ----------
    source : str or path
        As for :func:`gametheory.audit.read_scenario`.
    changes : mapping of str to value
        From paths such as ``"levers.false_alarm_rate"`` (a number in brackets or between dots counts in a list) to values:
        text, numbers, fractions, booleans, or lists and mappings of them. A table on the way is made where it is absent.

    Raises
    ------
    SpecificationError
        A path that leads through a value, or a changed scenario that is malformed.

    Examples
    --------
    >>> read_variant("leniency-programme", {"authority.fine": 2}).authority.fines
    (Fraction(2, 1), Fraction(2, 1))
    """
    if not changes:
        return read_scenario(source)
    text, form, folder, name = _text_of(source)
    data = parsed_scenario(text, form, name)
    for path, value in changes.items():
        _set(data, path, _exact(value, path), name)
    check_structure(data, name)
    return interpreted(data, name=name, folder=folder, text=text, format=form)


def audited_variant(*, scenario: str, **changes: Any) -> dict[str, Any]:
    """Audit a scenario with some keys changed; its answers as numbers, by name (see :func:`answers_of`)."""
    return answers_of(audit_scenario(read_variant(scenario, changes)))


def answers_of(report: AuditReport) -> dict[str, Any]:
    """The answers of an audit that are numbers or verdicts, and what became of each requirement.

    Returns
    -------
    dict
        Numbers exact where they are rational (fractions), else floats; verdicts as text; ``require.<key>``: ``"holds"``,
        ``"fails"`` or ``"open"``. An answer that is no number (nothing deters, say) is missing.
    """
    found: dict[str, Any] = {}
    for name, value in report.results.items():
        number = _number(value)
        if number is not None:
            found[name] = number
    for judgement in report.requirements:
        found[f"require.{judgement.key}"] = judgement.status
    return found


def _number(value: Any) -> Any:
    status = getattr(value, "status", None)
    if isinstance(status, str) and status in ("yes", "no", "within tolerance"):
        return status
    if isinstance(value, (bool, int, Fraction)):
        return value
    exact = getattr(value, "value", None)
    if isinstance(exact, (int, Fraction)) and not isinstance(exact, bool):
        return exact
    if not isinstance(value, Real) and not hasattr(type(value), "__float__"):
        return None
    try:
        number = float(value)
    except (
        GameTheoryError,
        TypeError,
        ValueError,
        OverflowError,
    ):  # an answer without a number is left out, as promised
        return None
    return number if abs(number) != float("inf") and number == number else str(number)


def _text_of(source: str | os.PathLike[str]) -> tuple[str, Format, Path | None, str]:
    if isinstance(source, str) and source in packaged_scenarios():
        resource = files("gametheory.audit").joinpath("catalogue", f"{source}.toml")
        return resource.read_text(encoding="utf-8"), "toml", None, source
    read_scenario(source)  # says what is wrong with the name or the file itself
    path = Path(source)
    text = (
        decoded_text(read_bytes(path, MAX_BYTES, "a scenario"), path.name).removeprefix("\ufeff").replace("\r\n", "\n")
    )
    form: Format = "json" if path.suffix.lower() == ".json" else "toml"
    check_text(text, form, path.name)
    return text, form, path.parent, path.name


def _set(data: Any, path: str, value: Any, name: str) -> None:
    parts = path.replace("[", ".").replace("]", "").split(".")
    if not all(parts):
        raise SpecificationError(f"{name}: found the path {quoted(path)}; write keys joined by dots: authority.fine")
    place = data
    for k, part in enumerate(parts):
        last = k == len(parts) - 1
        if isinstance(place, list):
            if not part.isdigit() or int(part) >= len(place):
                raise SpecificationError(f"{name}: {quoted(path)}: found a list of {len(place)}, not the entry {part}")
            if last:
                place[int(part)] = value
            else:
                place = place[int(part)]
        elif isinstance(place, dict):
            if last:
                place[part] = value
            else:
                place = place.setdefault(part, {})
        else:
            raise SpecificationError(
                f"{name}: {quoted(path)}: found a value at {'.'.join(parts[:k])}, which has no key {part}; shorten the path"
            )


def _exact(value: Any, path: str) -> Any:
    """Numbers as the reader of files makes them: integers, and fractions for everything else."""
    if isinstance(value, float):
        return parse_rational(repr(value), where=path)
    if isinstance(value, dict):
        return {key: _exact(entry, path) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(entry, path) for entry in value]
    return value
