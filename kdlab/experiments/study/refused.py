"""What a study's plan refuses, before a teacher is trained for it."""

from __future__ import annotations

from kdlab import methods
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError


def without_temperature(config: StudentConfig) -> None:
    """ConfigError where the method has no T: arms that differ in T alone would all be the same."""
    if methods.find(config.method).uses_temperature:
        return
    known = methods.METHODS.values()
    fitting = ", ".join(m.name for m in known if m.uses_temperature and not m.reads_features)
    raise ConfigError(
        f"method is {config.method!r}, which has no temperature to compare",
        f"here a method with a temperature: {fitting}",
        "Choose one of these",
    )
