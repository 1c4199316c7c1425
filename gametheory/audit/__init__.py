"""The main job: one file describes a deployment, one call answers what its designer needs to know."""
