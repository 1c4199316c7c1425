"""What can be known: detection, leakage, channels, persuasion."""

from gametheory.information.distributions import Channel, read_channel, read_distribution, read_probability

__all__ = [
    "Channel",
    "read_channel",
    "read_distribution",
    "read_probability",
]
