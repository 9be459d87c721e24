"""TRIALS: how each claim of the articles is put to the test, as arms and as contrasts between them.

What the articles say, word for word, stands in :mod:`kdlab.clinic.claims`; here is what it would
have to look like if it were so.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from kdlab.arms.arm import Arm, Network, Plan
from kdlab.config import DistilConfig

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

TEACHER = "teacher"
"""Stands for the teacher of the study in a contrast."""

Expectation = Literal["better", "worse", "kept"]
"""What a claim says of ``arm`` beside ``against``: better, worse, or at most MARGIN worse."""


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
    where it is not the first."""

    name: ClaimName
    title: str
    arms: Callable[[DistilConfig, int], list[Arm]]
    contrasts: tuple[Contrast, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    beside: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def plan(self, config: DistilConfig, classes: tuple[str, ...]) -> Plan:
        """The arms of this trial."""
        return Plan(tuple(self.arms(config, len(classes))), dict(self.beside))


def steps(*names: str) -> tuple[Contrast, ...]:
    """Each is better than the one before it."""
    return tuple(Contrast(b, a) for a, b in itertools.pairwise(names))


def _at_temperatures(*values: int) -> Callable[[DistilConfig, int], list[Arm]]:
    def arms(c: DistilConfig, _: int) -> list[Arm]:
        own = [Arm.of(c, f"T={t}", f"T = {t}", temperature=float(t)) for t in values]
        return [Arm.baseline(c), *own]

    return arms


def _of_sizes(*students: str) -> Callable[[DistilConfig, int], list[Arm]]:
    def arms(c: DistilConfig, _: int) -> list[Arm]:
        same: dict[str, Any] = {"labels": "all"}
        return [
            Arm.baseline(c, **same),
            *(Arm.of(c, s, f"Student {s}", student=s, **same) for s in students),
        ]

    return arms


def _labels_and_taught(c: DistilConfig, _: int) -> list[Arm]:
    found = []
    for labels in (50, 200, "all"):
        words = "all" if labels == "all" else str(labels)
        alone = Arm.baseline(c, f"alone, {words}", f"Labels only, {words} labels", labels=labels)
        found += [alone, Arm.of(c, words, f"Taught, {words} labels", labels=labels)]
    return found


def _dark_knowledge(c: DistilConfig, classes: int) -> list[Arm]:
    missing = {"labels": "all", "unseen": (3 % classes,)}
    return [
        Arm.baseline(c, "hard", "Hard labels", labels="all"),
        Arm.of(c, "soft", "Soft targets alone", labels="all", alpha=1.0),
        Arm.baseline(c, "hard, a class missing", "Hard labels, without 3", **missing),
        Arm.of(c, "soft, a class missing", "Soft targets, without 3", alpha=1.0, **missing),
    ]


def _alphas(c: DistilConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c),
        *(Arm.of(c, f"alpha={a}", f"alpha = {a}", alpha=a) for a in (0.5, 0.9, 1.0)),
    ]


def _teachers(c: DistilConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c),
        *(
            Arm.of(c, f"{n}", f"Teacher after {words}", teachers=(Network(epochs=n),))
            for n, words in ((0, "no epoch"), (1, "1 epoch"), (3, "3 epochs"), (20, "20 epochs"))
        ),
    ]


def _kinds(c: DistilConfig, _: int) -> list[Arm]:
    found = []
    for name, words in (("mlp-16", "MLP"), ("mlpbn-16", "with batch norm"), ("cnn-4", "CNN")):
        found.append(Arm.baseline(c, f"alone, {name}", f"Labels only, {words}", student=name))
        found.append(Arm.of(c, name, f"Taught, {words}", student=name))
    return found


def _squared_error(c: DistilConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c),
        Arm.of(c, "squared", "Squared error of logits", method="logit-regression"),
        Arm.of(c, "soft", "Soft targets"),
    ]


def _layer_by_layer(c: DistilConfig, _: int) -> list[Arm]:
    """Two stages (Romero et al. 2015): hints alone, then soft targets, for the budget of one."""
    deep: dict[str, Any] = {"student": "mlp-16-16-16"}
    first = max(1, c.epochs // 2)
    hints = {"method": "hints", "alpha": 1.0, "epochs": first}
    then = {"after": "hints", "epochs": max(1, c.epochs - first)}
    return [
        Arm.baseline(c, **deep),
        Arm.of(c, "soft", "Soft targets", **deep),
        Arm.of(c, "hints", "Hints, the first half", **deep, **hints),
        Arm.of(c, "both", "Hints, then soft targets", **deep, **then),
    ]


def _teachers_weights(c: DistilConfig, _: int) -> list[Arm]:
    wide = {"student": "mlp-128"}
    return [
        Arm.baseline(c, **wide),
        Arm.of(c, "fresh", "Fresh weights", **wide),
        Arm.of(c, "loaded", "First layer of the teacher", start="teacher", kept=(0,), **wide),
    ]


def _tuned(c: DistilConfig, _: int) -> list[Arm]:
    tuned: dict[str, Any] = {"labels": "all", "after": "taught", "learns_from": "validation"}
    return [
        Arm.baseline(c),
        Arm.of(c, "taught", "Distilled"),
        Arm.baseline(c, "tuned", "Distilled, then validation", learning_rate=0.003, **tuned),
    ]


def _low_resolution(c: DistilConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c, factor=2),
        Arm.of(c, "full", "Full resolution"),
        Arm.of(c, "low", "Half the resolution", factor=2),
    ]


def _little_data(c: DistilConfig, _: int) -> list[Arm]:
    """All labels of the few images, and labels for a few of these."""
    found = []
    for labels, words in (("all", "all labels"), (30, "30 labels")):
        alone = Arm.baseline(c, f"alone, {labels}", f"Labels only, {words}", labels=labels)
        found += [alone, Arm.of(c, f"{labels}", f"Distilled, {words}", labels=labels)]
    return found


def _capacities(c: DistilConfig, _: int) -> list[Arm]:
    widths = (4, 16, 64, 256)
    return [
        Arm.baseline(c, f"mlp-{w}", f"mlp-{w}", student=f"mlp-{w}", labels="all") for w in widths
    ]


def _fast(c: DistilConfig, _: int) -> list[Arm]:
    return [Arm.baseline(c), Arm.of(c, "taught", "Distilled")]


_TRIALS = (
    Trial(
        "temperature-generalises",
        "A higher temperature generalises better",
        _at_temperatures(1, 4, 16, 64),
        steps("T=1", "T=4", "T=16", "T=64"),
    ),
    Trial(
        "temperature-compresses",
        "A higher temperature compresses less and performs better",
        _at_temperatures(1, 16),
        steps("T=1", "T=16"),
    ),
    Trial(
        "keeps-the-accuracy",
        "The accuracy is kept while the model shrinks",
        _of_sizes("mlp-4", "mlp-8", "mlp-32"),
        tuple(Contrast(s, TEACHER, "kept") for s in ("mlp-4", "mlp-8", "mlp-32")),
    ),
    Trial(
        "never-reaches-the-teacher",
        "The student stays below its teacher",
        _of_sizes("mlp-8", "mlp-32", "mlp-128-128"),
        tuple(Contrast(s, TEACHER, "worse") for s in ("mlp-8", "mlp-32", "mlp-128-128")),
    ),
    Trial(
        "improves-the-student",
        "Distillation improves the student",
        _labels_and_taught,
        tuple(Contrast(n, f"alone, {n}") for n in ("50", "200", "all")),
        beside={n: f"alone, {n}" for n in ("50", "200", "all")},
    ),
    Trial(
        "dark-knowledge",
        "Even the probabilities of wrong classes teach",
        _dark_knowledge,
        (Contrast("soft", "hard"), Contrast("soft, a class missing", "hard, a class missing")),
        beside={"soft, a class missing": "hard, a class missing"},
    ),
    Trial(
        "alpha-trades-off",
        "alpha balances labels and teacher",
        _alphas,
        (Contrast("alpha=0.5", "labels only"), Contrast("alpha=0.5", "alpha=1.0")),
    ),
    Trial(
        "good-teacher",
        "First train a teacher of high performance",
        _teachers,
        steps("0", "1", "3", "20"),
    ),
    Trial(
        "most-models",
        "Distillation suits most models",
        _kinds,
        tuple(Contrast(n, f"alone, {n}") for n in ("mlp-16", "mlpbn-16", "cnn-4")),
        beside={n: f"alone, {n}" for n in ("mlp-16", "mlpbn-16", "cnn-4")},
    ),
    Trial(
        "squared-error",
        "The squared difference of outputs is the loss",
        _squared_error,
        (Contrast("squared", "labels only"), Contrast("squared", "soft", "kept")),
    ),
    Trial(
        "layer-by-layer",
        "Deep networks are better distilled layer by layer",
        _layer_by_layer,
        (Contrast("both", "soft"),),
        settings={"teacher": "mlp-128-128-128"},
    ),
    Trial(
        "weights-of-the-teacher",
        "The weights of the large model go into the small one",
        _teachers_weights,
        (Contrast("loaded", "fresh"),),
    ),
    Trial(
        "tuned-on-validation",
        "Fine-tuning on validation assures the performance",
        _tuned,
        (Contrast("tuned", "taught"), Contrast("tuned", TEACHER, "kept")),
    ),
    Trial(
        "low-resolution",
        "Images of low resolution keep the accuracy",
        _low_resolution,
        (Contrast("low", "full", "kept"),),
    ),
    Trial(
        "little-data",
        "With little data distillation limits generalisation",
        _little_data,
        (Contrast("all", "alone, all", "worse"), Contrast("30", "alone, 30", "worse")),
        settings={"train_limit": 100, "batch_size": 16, "teacher_epochs": 200},
        beside={"30": "alone, 30"},
    ),
    Trial(
        "bigger-is-better",
        "The more complex the model, the better",
        _capacities,
        steps("mlp-4", "mlp-16", "mlp-64", "mlp-256"),
    ),
    Trial("faster", "Distillation makes inference faster", _fast),
)

TRIALS: dict[str, Trial] = {trial.name: trial for trial in _TRIALS}
"""Name of a claim -> its trial."""
