"""How it spreads: cascades, containment, and the games that agents play about their own protection.

=========================== =========================================================================================
``contagion``               ``Epidemic``: SIS or SIR on a network; does it die out, how fast does it grow, certified
``containment_links``       which links to cut or weaken; loss against spectral radius
``containment_rates``       the cheapest transmission and recovery rates that contain a cascade
``endemic``                 where an SIS contagion settles: the endemic state between certified bounds
``epidemic_chain``          small networks as exact Markov chains: time to extinction, final size
``epidemic_simulation``     large networks: many runs of the chain, with confidence intervals
``inoculation``             the inoculation game: its pure equilibria, checker, dynamics
``inoculation_efficiency``  its least social cost, prices of anarchy and of stability
``inoculation_malice``      what malicious nodes do to it: the price of malice
``interdependent_security`` who invests when neglect is contagious
``mean_field``              its path over time, and when it has reached a share
``network``                 who can pass it on to whom: ``Network``, from networkx graphs, edge lists and matrices
``spectral``                the spectral radius between certified bounds, exactly compared with a threshold
``tipping``                 whom to win over first: tipping sets and cheapest subsidies
``well_mixed``              the same in a well-mixed population, in closed form
=========================== =========================================================================================

Each part is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "ChainNumber": "epidemic_chain_results",
    "ContainmentRates": "containment_rates",
    "EndemicState": "endemic",
    "Epidemic": "contagion",
    "EpidemicSimulation": "epidemic_simulation",
    "FinalSize": "epidemic_chain_results",
    "InoculationEquilibria": "inoculation",
    "InoculationEquilibrium": "inoculation",
    "InoculationGame": "inoculation",
    "InoculationOptimum": "inoculation_efficiency",
    "InoculationPath": "inoculation",
    "InoculationPrices": "inoculation_efficiency",
    "InterdependentSecurityGame": "interdependent_security",
    "LinkRemoval": "containment_links",
    "MeanFieldPath": "mean_field",
    "Network": "network",
    "PriceOfMalice": "inoculation_malice",
    "QuasiStationary": "epidemic_chain_results",
    "SecurityEquilibrium": "interdependent_security",
    "SpectralAbscissa": "spectral",
    "SpectralComparison": "spectral",
    "SpreadMeasure": "contagion",
    "SubsidyPlan": "tipping",
    "TippingSet": "tipping",
    "WellMixedContagion": "well_mixed",
    "cheapest_link_cuts": "containment_links",
    "cheapest_link_weakening": "containment_links",
    "cheapest_rates": "containment_rates",
    "cheapest_subsidies": "tipping",
    "compare_spectral_abscissa": "spectral",
    "endemic_state": "endemic",
    "extinction_threshold": "contagion",
    "extinction_time": "epidemic_chain",
    "extreme_security_equilibria": "interdependent_security",
    "final_size": "epidemic_chain",
    "growth_rate": "contagion",
    "infection_probabilities": "epidemic_chain",
    "inoculation_dynamics": "inoculation",
    "inoculation_equilibria": "inoculation",
    "inoculation_optimum": "inoculation_efficiency",
    "inoculation_prices": "inoculation_efficiency",
    "inoculation_regret": "inoculation",
    "is_extinct": "contagion",
    "is_inoculation_equilibrium": "inoculation",
    "is_security_equilibrium": "interdependent_security",
    "link_cut_frontier": "containment_links",
    "mean_field_path": "mean_field",
    "mean_field_time": "mean_field",
    "metzler_matrix": "spectral",
    "price_of_malice": "inoculation_malice",
    "quasi_stationary_distribution": "epidemic_chain",
    "reach_probability": "epidemic_chain",
    "read_network": "network",
    "reproduction_number": "contagion",
    "security_equilibria": "interdependent_security",
    "security_regret": "interdependent_security",
    "simulate_epidemic": "epidemic_simulation",
    "spectral_abscissa": "spectral",
    "spectral_radius": "spectral",
    "tipping_cascade": "interdependent_security",
    "tipping_set": "tipping",
    "well_mixed_share": "well_mixed",
    "well_mixed_time": "well_mixed",
}

__all__ = [
    "ChainNumber",
    "ContainmentRates",
    "EndemicState",
    "Epidemic",
    "EpidemicSimulation",
    "FinalSize",
    "InoculationEquilibria",
    "InoculationEquilibrium",
    "InoculationGame",
    "InoculationOptimum",
    "InoculationPath",
    "InoculationPrices",
    "InterdependentSecurityGame",
    "LinkRemoval",
    "MeanFieldPath",
    "Network",
    "PriceOfMalice",
    "QuasiStationary",
    "SecurityEquilibrium",
    "SpectralAbscissa",
    "SpectralComparison",
    "SpreadMeasure",
    "SubsidyPlan",
    "TippingSet",
    "WellMixedContagion",
    "cheapest_link_cuts",
    "cheapest_link_weakening",
    "cheapest_rates",
    "cheapest_subsidies",
    "compare_spectral_abscissa",
    "endemic_state",
    "extinction_threshold",
    "extinction_time",
    "extreme_security_equilibria",
    "final_size",
    "growth_rate",
    "infection_probabilities",
    "inoculation_dynamics",
    "inoculation_equilibria",
    "inoculation_optimum",
    "inoculation_prices",
    "inoculation_regret",
    "is_extinct",
    "is_inoculation_equilibrium",
    "is_security_equilibrium",
    "link_cut_frontier",
    "mean_field_path",
    "mean_field_time",
    "metzler_matrix",
    "price_of_malice",
    "quasi_stationary_distribution",
    "reach_probability",
    "read_network",
    "reproduction_number",
    "security_equilibria",
    "security_regret",
    "simulate_epidemic",
    "spectral_abscissa",
    "spectral_radius",
    "tipping_cascade",
    "tipping_set",
    "well_mixed_share",
    "well_mixed_time",
]

if TYPE_CHECKING:
    from gametheory.networks.contagion import (
        Epidemic,
        SpreadMeasure,
        extinction_threshold,
        growth_rate,
        is_extinct,
        reproduction_number,
    )
    from gametheory.networks.containment_links import (
        LinkRemoval,
        cheapest_link_cuts,
        cheapest_link_weakening,
        link_cut_frontier,
    )
    from gametheory.networks.containment_rates import ContainmentRates, cheapest_rates
    from gametheory.networks.endemic import EndemicState, endemic_state
    from gametheory.networks.epidemic_chain import (
        extinction_time,
        final_size,
        infection_probabilities,
        quasi_stationary_distribution,
        reach_probability,
    )
    from gametheory.networks.epidemic_chain_results import ChainNumber, FinalSize, QuasiStationary
    from gametheory.networks.epidemic_simulation import EpidemicSimulation, simulate_epidemic
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
    from gametheory.networks.interdependent_security import (
        InterdependentSecurityGame,
        SecurityEquilibrium,
        extreme_security_equilibria,
        is_security_equilibrium,
        security_equilibria,
        security_regret,
        tipping_cascade,
    )
    from gametheory.networks.mean_field import MeanFieldPath, mean_field_path, mean_field_time
    from gametheory.networks.network import Network, read_network
    from gametheory.networks.spectral import (
        SpectralAbscissa,
        SpectralComparison,
        compare_spectral_abscissa,
        metzler_matrix,
        spectral_abscissa,
        spectral_radius,
    )
    from gametheory.networks.tipping import SubsidyPlan, TippingSet, cheapest_subsidies, tipping_set
    from gametheory.networks.well_mixed import WellMixedContagion, well_mixed_share, well_mixed_time


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.networks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.networks' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
