"""The command ``verify-protocol``: read a protocol, verify it, print what was found.

Exit codes: 0 every question is decided; 1 with ``--strict``, if a property fails; 2 bad input; 3 a question is undecided.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from gametheory.errors import SpecificationError
from gametheory.games.display import printable
from gametheory.protocols.answers import ProtocolAnswer, ProtocolReport
from gametheory.protocols.reading import read_protocol
from gametheory.protocols.security import MAX_STRATEGIES, verify_protocol
from gametheory.protocols.tree import PROPERTIES

__all__ = ["run_verify_protocol"]


def run_verify_protocol(options: argparse.Namespace) -> int:
    """Verify a protocol, print the report, and return the exit code."""
    if options.json and options.strategies:
        raise SpecificationError("--strategies: --json has them already; leave one of them out")
    tree = read_protocol(options.file)
    wanted = tuple(
        name for name in PROPERTIES if options.property is None or name.replace(" ", "-") in options.property
    )
    show = (
        (lambda text: print(f"\r\x1b[K{printable(text, 78)}", end="", file=sys.stderr, flush=True))
        if sys.stderr.isatty()
        else None
    )
    report = verify_protocol(
        tree,
        properties=wanted,
        max_size=options.max_size,
        blocking=options.blocking,
        preconditions=options.preconditions,
        max_strategies=MAX_STRATEGIES if options.json or options.strategies else 0,
        timeout=options.timeout,
        progress=show,
    )
    if show is not None:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        print(printable(repr(tree), 1000) + "\n")
        print(_text(report, strategies=options.strategies))
    if any(answer.verdict == "undecided" for answer in report):
        return 3
    return 1 if options.strict and any(answer.verdict == "no" for answer in report) else 0


def _text(report: ProtocolReport, *, strategies: bool) -> str:
    lines: list[str] = []
    for answer in report:
        lines += _lines(answer, strategies=strategies)
    return "\n".join(printable(line, 20_000) for line in lines)


def _lines(answer: ProtocolAnswer, *, strategies: bool) -> list[str]:
    lines = [f"{answer.verdict:9s}  {answer.kind}  of  {answer.history}"]
    detail: list[Any] = [answer.attack] if answer.attack is not None else [answer.reason] if answer.reason else []
    if answer.verdict == "no" and answer.preconditions is not None:
        never = answer.precondition == ((),)
        detail.append(
            "no values have the property" if never else f"holds exactly if also {' and '.join(answer.preconditions)}"
        )
    if strategies:
        for strategy in answer.strategies:
            detail.append(repr(strategy))
            detail += [
                f"  {'/'.join(path) or 'first'}: {player} plays {action}" for path, player, action in strategy.actions()
            ]
    return lines + [f"           {line}" for line in detail]
