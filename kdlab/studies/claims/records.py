"""What a claim's trial is made of: arms, contrasts between them, and how many cases it means."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from kdlab.config.schema import StudentConfig
from kdlab.training.arms.arm import Arm, Plan

ClaimName = Literal[
    "temperature-generalises",
    "temperature-compresses",
    "keeps-the-accuracy",
    "never-reaches-the-teacher",
    "improves-the-student",
    "dark-knowledge",
    "alpha-trades-off",
    "good-teacher",
    "most-models",
    "squared-error",
    "layer-by-layer",
    "weights-of-the-teacher",
    "tuned-on-validation",
    "low-resolution",
    "little-data",
    "bigger-is-better",
    "faster",
]

ALONE = "alone, "
"""Before the name of an arm: the one that it stands beside, on labels only."""
TEACHER = "teacher"
"""Stands for the teacher of the study in a contrast."""

Expectation = Literal["better", "worse", "kept"]
"""What a claim says of ``arm`` beside ``against``: better, worse, or at most MARGIN worse."""

Quantifier = Literal["all", "often", "some"]
"""Whether a claim speaks of every case, so that one can refute it; of most ("often"), so that more
than half must bear it out; or of some ("may"), so that one does and none refutes it."""


@dataclass(frozen=True)
class Contrast:
    """Two arms and what the claim says of them."""

    arm: str
    against: str
    expected: Expectation = "better"


@dataclass(frozen=True)
class Trial:
    """One experiment. ``arms`` are made from the configuration and the number of classes,
    ``settings`` are changes of it that are no arm's, ``beside`` names the labels-only arm of an arm
    where it is neither the first nor called like it with ALONE before. ``quantifier``: of how many
    cases the claim speaks."""

    name: ClaimName
    title: str
    arms: Callable[[StudentConfig, int], list[Arm]]
    contrasts: tuple[Contrast, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    beside: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    quantifier: Quantifier = "all"

    def plan(self, config: StudentConfig, classes: tuple[str, ...]) -> Plan:
        """The arms of this trial. One on labels only stands beside itself: whatever it differs in
        from another, it is no gain of distillation."""
        arms = tuple(self.arms(config, len(classes)))
        alone = {arm.name: arm.name for arm in arms if arm.alpha == 0 and not arm.after}
        own = {a.name: ALONE + a.name for a in arms if ALONE + a.name in alone}
        return Plan(arms, {**alone, **own, **self.beside})


def steps(*names: str) -> tuple[Contrast, ...]:
    """Each is better than the one before it."""
    return tuple(Contrast(b, a) for a, b in itertools.pairwise(names))
