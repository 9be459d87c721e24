"""What a study's plan refuses, before a teacher is trained for it."""

from __future__ import annotations

from kdlab import methods
from kdlab.config.schema import StudentConfig
from kdlab.data import DATASETS, measure_of
from kdlab.errors import ConfigError
from kdlab.measure.measures import BITS


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


def text(config: StudentConfig, why: str, kinds: tuple[str, ...] = ("images", "points")) -> None:
    """ConfigError where the data are text, ``why`` the study makes no sense of that: "this study
    ..."; ``kinds`` of data that it takes."""
    if measure_of(config.dataset) is not BITS:
        return
    known = ", ".join(name for name, record in DATASETS.items() if record.kind in kinds)
    raise ConfigError(
        f"dataset is {config.dataset!r}, which is text, and {why}",
        f"here data of {' or '.join(kinds)}: {known}",
        "Choose one of these data sets",
    )
