"""What can be known: detection, leakage, channels, persuasion."""

__all__: list[str] = []
