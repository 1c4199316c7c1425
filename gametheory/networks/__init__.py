"""How it spreads: cascades, containment, and the games that agents play about their own protection.

========================== ==========================================================================================
``inoculation``            the inoculation game: its pure equilibria, checker, dynamics
``inoculation_efficiency`` its least social cost, prices of anarchy and of stability
``inoculation_malice``     what malicious nodes do to it: the price of malice
``network``                who can pass it on to whom: ``Network``, from networkx graphs, edge lists and matrices
``spectral``               the spectral radius between certified bounds, exactly compared with a threshold
========================== ==========================================================================================

Each part is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "InoculationEquilibria": "inoculation",
    "InoculationEquilibrium": "inoculation",
    "InoculationGame": "inoculation",
    "InoculationOptimum": "inoculation_efficiency",
    "InoculationPath": "inoculation",
    "InoculationPrices": "inoculation_efficiency",
    "Network": "network",
    "PriceOfMalice": "inoculation_malice",
    "SpectralAbscissa": "spectral",
    "SpectralComparison": "spectral",
    "compare_spectral_abscissa": "spectral",
    "inoculation_dynamics": "inoculation",
    "inoculation_equilibria": "inoculation",
    "inoculation_optimum": "inoculation_efficiency",
    "inoculation_prices": "inoculation_efficiency",
    "inoculation_regret": "inoculation",
    "is_inoculation_equilibrium": "inoculation",
    "metzler_matrix": "spectral",
    "price_of_malice": "inoculation_malice",
    "read_network": "network",
    "spectral_abscissa": "spectral",
    "spectral_radius": "spectral",
}

__all__ = [
    "InoculationEquilibria",
    "InoculationEquilibrium",
    "InoculationGame",
    "InoculationOptimum",
    "InoculationPath",
    "InoculationPrices",
    "Network",
    "PriceOfMalice",
    "SpectralAbscissa",
    "SpectralComparison",
    "compare_spectral_abscissa",
    "inoculation_dynamics",
    "inoculation_equilibria",
    "inoculation_optimum",
    "inoculation_prices",
    "inoculation_regret",
    "is_inoculation_equilibrium",
    "metzler_matrix",
    "price_of_malice",
    "read_network",
    "spectral_abscissa",
    "spectral_radius",
]

if TYPE_CHECKING:
    from gametheory.networks.inoculation import (
        InoculationEquilibria,
        InoculationEquilibrium,
        InoculationGame,
        InoculationPath,
        inoculation_dynamics,
        inoculation_equilibria,
        inoculation_regret,
        is_inoculation_equilibrium,
    )
    from gametheory.networks.inoculation_efficiency import (
        InoculationOptimum,
        InoculationPrices,
        inoculation_optimum,
        inoculation_prices,
    )
    from gametheory.networks.inoculation_malice import PriceOfMalice, price_of_malice
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
