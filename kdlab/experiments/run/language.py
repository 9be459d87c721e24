"""A run on text as the page of language models asks for it: the same run under the same name, and
what is looked at besides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, cast

from pydantic import Field

from kdlab import checks
from kdlab.config.base import override_field, setting
from kdlab.config.schema import T_HIGH, T_LOW, T_MAX, T_MIN, DistilConfig
from kdlab.data import DATASETS, find, known_inputs, text_sizes
from kdlab.data.naming import shown_names
from kdlab.data.text import own
from kdlab.errors import ConfigError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import History

TEXT = tuple(name for name, record in DATASETS.items() if record.kind == "text")
"""Data sets of text."""


class Language(DistilConfig):
    """A run on text, and the beginning of a string whose next character is asked for."""

    kept_as: ClassVar[str] = "DistilConfig"

    dataset: str = override_field(DistilConfig, "dataset", default="names")
    prefix: str = setting(
        "",
        "Beginning of a string",
        "The models say what comes next. Of a longer beginning they see as many characters as the "
        "window has.",
        group="view",
        max_length=60,
        view=True,
        later=True,
    )
    shown_temperature: float = Field(
        1.0,
        ge=T_MIN,
        le=T_MAX,
        title="T of the bars",
        description="The bars are softmax(z / T). At T = 1 each model answers as it was trained "
        "to; a larger T makes the small probabilities visible.",
        json_schema_extra={
            "group": "view",
            "scale": "log",
            "low": T_LOW,
            "high": T_HIGH,
            "view": True,
            "later": True,
        },
    )

    def run(self) -> DistilConfig:
        """The run itself."""
        return DistilConfig(**{n: getattr(self, n) for n in DistilConfig.model_fields})


def codes_before(config: Language) -> list[int]:
    """The typed beginning as classes; ConfigError names the first character that the data set does
    not have, DataError says why a user's own text cannot be read any more."""
    known = known_inputs(config)
    if known is None:
        text_sizes(config)  # says what is wrong with it
        return []
    places = {name: place for place, name in enumerate(known.classes) if place}
    prefix = config.prefix.lower() if config.dataset == "names" else config.prefix
    asked = own.names_of(prefix, config.symbols) if config.dataset == "text" else list(prefix)
    unknown = [name for name in asked if name not in places]
    if unknown:
        raise ConfigError(
            f"the beginning {prefix[:40]!r} has the {config.symbols[:-1]} {unknown[0]!r}",
            f"{config.symbols} of the data set: {' '.join(shown_names(known.classes[1:]))[:200]}",
            "Type other ones",
        )
    return [places[name] for name in asked]


def text(dataset: str) -> None:
    """ConfigError where the data set of this name is none of text."""
    if find(dataset).kind != "text":
        raise ConfigError(f"dataset is {dataset!r}", ", ".join(TEXT), "Choose a data set of text")


def possible(config: Language) -> None:
    """ConfigError where the data are no text, or it cannot be run."""
    text(config.dataset)
    checks.possible(config)


def _of(function: Any) -> Any:
    """``function`` of a run, for the settings of this page."""

    def asked(config: Language, *args: Any, **kwargs: Any) -> Any:
        return function(config.run(), *args, **kwargs)

    return asked


LANGUAGE: Experiment[Language, History] = replace(
    cast("Any", DISTILL),  # whose settings are those of a run
    name="language-model",
    config=Language,
    normal=checks.normal,
    possible=possible,
    predicted=_of(DISTILL.predicted),
    run=_of(DISTILL.run),
    tasks=_of(DISTILL.tasks),
    steered=None,
    load_result=_of(DISTILL.load_result),
    history=lambda config: History(),
    as_json=_of(DISTILL.as_json),
    script=_of(DISTILL.script),
    presets={},
    record=_of(DISTILL.record),
)
"""Not in the registry of commands: it is ``distill`` on text."""
