"""How it spreads: cascades, containment, and the games that agents play about their own protection."""

__all__: list[str] = []
