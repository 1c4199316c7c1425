"""The main job: one file describes a deployment, one call answers what its designer needs to know."""

from gametheory.audit.reading import packaged_scenarios, read_scenario, scenario_from_text, scenario_schema
from gametheory.audit.scenario import Levers, Measure, Repetition, Requirements, Scenario

__all__ = [
    "Levers",
    "Measure",
    "Repetition",
    "Requirements",
    "Scenario",
    "packaged_scenarios",
    "read_scenario",
    "scenario_from_text",
    "scenario_schema",
]
