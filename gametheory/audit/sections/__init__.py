"""The questions of an audit, one file each: a function from the scenario (and earlier answers) to an answer."""
