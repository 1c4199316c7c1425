"""What security costs: frontiers of harm against utility."""

from gametheory.tradeoffs.levers import Levers
from gametheory.tradeoffs.policy_frontier import policy_frontier
from gametheory.tradeoffs.policy_harm import PolicyHarm, policy_harm

__all__ = ["Levers", "PolicyHarm", "policy_frontier", "policy_harm"]
