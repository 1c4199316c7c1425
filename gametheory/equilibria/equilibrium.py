"""An equilibrium with its evidence, and a set of them with the evidence for its completeness."""
