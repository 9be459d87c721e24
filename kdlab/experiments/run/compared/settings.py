"""In which settings two runs differ, in words."""

from __future__ import annotations

from typing import NamedTuple

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.config.words import as_text
from kdlab.data import called

NO_EFFECT = "no effect"
"""Stands for the value of a setting that changes nothing in this run."""
NOTHING = "none"


class Differing(NamedTuple):
    """A setting that the two runs have otherwise: its name, its title, and both values as texts."""

    name: str
    title: str
    a: str
    b: str


def differing(a: DistilConfig, b: DistilConfig) -> list[Differing]:
    """The settings of two runs that differ, in their order; none where both are the same run."""
    a, b = checks.normal(a), checks.normal(b)
    return [
        Differing(
            name,
            called.setting(name, str(field.title), a.dataset, b.dataset),
            _value(a, name, b),
            _value(b, name, a),
        )
        for name, field in DistilConfig.model_fields.items()
        if getattr(a, name) != getattr(b, name)
    ]


def of_defaults(config: DistilConfig) -> list[Differing]:
    """The settings that tell ``config`` from the defaults of its data set (``b`` is its value)."""
    plain = DistilConfig.parse({"dataset": config.dataset})
    found = differing(plain, config)
    dataset = DistilConfig.model_fields["dataset"]
    if config.dataset == dataset.default:
        return found
    own = Differing("dataset", str(dataset.title), str(dataset.default), config.dataset)
    return [own, *found]


def _value(config: DistilConfig, name: str, other: DistilConfig) -> str:
    """The value of setting ``name``, unless that of ``other`` would ask for the same numbers."""
    changed = config.model_copy(update={name: getattr(other, name)})
    if checks.normal(changed) == checks.normal(config):
        return NO_EFFECT
    value = config.model_dump(mode="json")[name]
    return as_text(value if isinstance(value, list) else [value]) or NOTHING
