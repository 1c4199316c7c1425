"""How a game is shown: aligned text, HTML with best responses underlined, LaTeX. Labels are escaped, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gametheory.games.normal_form import NormalFormGame

__all__ = ["game_html", "game_latex", "game_text"]


def game_text(game: NormalFormGame) -> str:
    """Aligned text."""
    header = [f"{game.players[0]} \\ {game.players[1]}", *game.actions[1]]
    rows = [header]
    for i, a in enumerate(game.actions[0]):
        rows.append([a, *(", ".join(map(str, game.payoff(i, j))) for j in range(game.num_actions[1]))])
    widths = [max(len(r[k]) for r in rows) for k in range(len(header))]
    return "\n".join(
        "  ".join([r[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(r[1:], widths[1:], strict=True))]) for r in rows
    )


def game_html(game: NormalFormGame) -> str:
    """An HTML table."""
    raise NotImplementedError


def game_latex(game: NormalFormGame) -> str:
    """A LaTeX array."""
    raise NotImplementedError
