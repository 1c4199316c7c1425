"""How it spreads: cascades, containment, and the games that agents play about their own protection.

======================= ==============================================================================================
``network``             who can pass it on to whom: ``Network``, from networkx graphs, edge lists and matrices
``spectral``            the spectral radius between certified bounds, exactly compared with a threshold
======================= ==============================================================================================

Each part is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Network": "network",
    "SpectralAbscissa": "spectral",
    "SpectralComparison": "spectral",
    "compare_spectral_abscissa": "spectral",
    "metzler_matrix": "spectral",
    "read_network": "network",
    "spectral_abscissa": "spectral",
    "spectral_radius": "spectral",
}

__all__ = [
    "Network",
    "SpectralAbscissa",
    "SpectralComparison",
    "compare_spectral_abscissa",
    "metzler_matrix",
    "read_network",
    "spectral_abscissa",
    "spectral_radius",
]

if TYPE_CHECKING:
    from gametheory.networks.network import Network, read_network
    from gametheory.networks.spectral import (
        SpectralAbscissa,
        SpectralComparison,
        compare_spectral_abscissa,
        metzler_matrix,
        spectral_abscissa,
        spectral_radius,
    )


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.networks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.networks' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
