"""How overseers respond: policies, the game that they induce, and what deters coalitions."""

from gametheory.oversight.control import ControlGame
from gametheory.oversight.control_actions import ControlAction, accept_audit_defer
from gametheory.oversight.control_frontier import (
    audit_budget_path,
    control_frontier,
    control_shortfall,
    optimal_control_policy,
)
from gametheory.oversight.control_policy import ControlPolicy
from gametheory.oversight.deterrence import cheapest_deterrence
from gametheory.oversight.deterrence_programme import deterrence_programme
from gametheory.oversight.induced_game import induced_game
from gametheory.oversight.inspection import InspectionGame, InspectionPlay, dresher_value, inspection_equilibrium
from gametheory.oversight.inspection_commitment import InspectionSchedule, ScheduledStage, inspection_commitment
from gametheory.oversight.leniency import Authority, Investigation, cartel_discount_under, cartel_under
from gametheory.oversight.leniency_design import leniency_design
from gametheory.oversight.leniency_effects import (
    DeterringFine,
    Sensitivity,
    sensitivities,
    smallest_deterring_fine,
)
from gametheory.oversight.margin import (
    DeterrenceMargin,
    deterrence_certificate,
    deterrence_margin,
    is_deterred,
)
from gametheory.oversight.obfuscation import Convention, Obfuscation, obfuscated, obfuscation_design
from gametheory.oversight.policy import Policy
from gametheory.oversight.supervision import (
    SupervisedAgency,
    SupervisionContract,
    SupervisionPath,
    Surplus,
    contract_without_supervisor,
    supervision_contract,
    supervision_path,
)

__all__ = [
    "Authority",
    "ControlAction",
    "ControlGame",
    "ControlPolicy",
    "Convention",
    "DeterrenceMargin",
    "DeterringFine",
    "InspectionGame",
    "InspectionPlay",
    "InspectionSchedule",
    "Investigation",
    "Obfuscation",
    "Policy",
    "ScheduledStage",
    "Sensitivity",
    "SupervisedAgency",
    "SupervisionContract",
    "SupervisionPath",
    "Surplus",
    "accept_audit_defer",
    "audit_budget_path",
    "cartel_discount_under",
    "cartel_under",
    "cheapest_deterrence",
    "contract_without_supervisor",
    "control_frontier",
    "control_shortfall",
    "deterrence_certificate",
    "deterrence_margin",
    "deterrence_programme",
    "dresher_value",
    "induced_game",
    "inspection_commitment",
    "inspection_equilibrium",
    "is_deterred",
    "leniency_design",
    "obfuscated",
    "obfuscation_design",
    "optimal_control_policy",
    "sensitivities",
    "smallest_deterring_fine",
    "supervision_contract",
    "supervision_path",
]
