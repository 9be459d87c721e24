"""TRIALS: how each claim of the articles is put to the test, as arms and as contrasts between them.

What the articles say, word for word, stands in :mod:`kdlab.studies.clinic.claims`; here is what it
would have to look like if it were so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdlab.config.schema import StudentConfig
from kdlab.studies.claims.records import ALONE, TEACHER, Contrast, Trial, steps
from kdlab.training.arms.arm import Arm, TeacherSpec


def _at_temperatures(*values: int) -> Callable[[StudentConfig, int], list[Arm]]:
    def arms(c: StudentConfig, _: int) -> list[Arm]:
        own = [Arm.of(c, f"T={t}", f"T = {t}", temperature=float(t)) for t in values]
        return [Arm.baseline(c), *own]

    return arms


Case = tuple[str, str, str, dict[str, Any]]
"""An arm beside itself on labels only: its name, words for the one on labels only, its label, and
what is changed for both."""


def _beside_itself(*cases: Case) -> Callable[[StudentConfig, int], list[Arm]]:
    def arms(c: StudentConfig, _: int) -> list[Arm]:
        found = []
        for name, words, label, own in cases:
            found.append(Arm.baseline(c, ALONE + name, f"Labels only, {words}", **own))
            found.append(Arm.of(c, name, label, **own))
        return found

    return arms


def _of_sizes(*students: str) -> Callable[[StudentConfig, int], list[Arm]]:
    return _beside_itself(
        *((s, s, f"Student {s}", {"labels": "all", "student": s}) for s in students)
    )


_labels_and_taught = _beside_itself(
    *((f"{n}", f"{n} labels", f"Taught, {n} labels", {"labels": n}) for n in (50, 200, "all"))
)
_kinds = _beside_itself(
    *(
        (name, words, f"Taught, {words}", {"student": name})
        for name, words in (("mlp-16", "MLP"), ("mlpbn-16", "with batch norm"), ("cnn-4", "CNN"))
    )
)
_low_resolution = _beside_itself(
    ("full", "full resolution", "Full resolution", {}),
    ("low", "half the resolution", "Half the resolution", {"factor": 2}),
)
_little_data = _beside_itself(
    ("all", "all labels", "Distilled, all labels", {"labels": "all"}),
    ("30", "30 labels", "Distilled, 30 labels", {"labels": 30}),
)
"""All labels of the few images, and labels for a few of these."""


def _dark_knowledge(c: StudentConfig, classes: int) -> list[Arm]:
    missing: dict[str, Any] = {"labels": "all", "unseen": (3 % classes,)}
    soft: dict[str, Any] = {"method": "soft-targets", "alpha": 1.0}
    return [
        Arm.baseline(c, "hard", "Hard labels", labels="all"),
        Arm.of(c, "soft", "Soft targets alone", labels="all", **soft),
        Arm.baseline(c, "hard, a class missing", "Hard labels, without 3", **missing),
        Arm.of(c, "soft, a class missing", "Soft targets, without 3", **soft, **missing),
    ]


def _alphas(c: StudentConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c),
        *(Arm.of(c, f"alpha={a}", f"α = {a}", alpha=a) for a in (0.5, 0.9, 1.0)),
    ]


def _teachers(c: StudentConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c),
        *(
            Arm.of(c, f"{n}", f"Teacher after {words}", teachers=(TeacherSpec(epochs=n),))
            for n, words in ((0, "no epoch"), (1, "1 epoch"), (3, "3 epochs"), (20, "20 epochs"))
        ),
    ]


def _squared_error(c: StudentConfig, _: int) -> list[Arm]:
    return [
        Arm.baseline(c),
        Arm.of(c, "squared", "Squared error of logits", method="logit-regression"),
        Arm.of(c, "soft", "Soft targets", method="soft-targets"),
    ]


def _layer_by_layer(c: StudentConfig, _: int) -> list[Arm]:
    """Two stages (Romero et al. 2015): hints alone, each layer of the student from the teacher's
    layer at the same place, then soft targets; together for the budget of one."""
    deep: dict[str, Any] = {"student": "mlp-16-16-16"}
    first = max(1, c.epochs // 2)
    pairs = ((0, 0), (1, 1), (2, 2))
    hints = {"method": "hints", "alpha": 1.0, "epochs": first, "layers": pairs}
    soft: dict[str, Any] = {**deep, "method": "soft-targets"}
    then = {"after": "hints", "epochs": max(1, c.epochs - first)}
    return [
        Arm.baseline(c, **deep),
        Arm.of(c, "soft", "Soft targets", **soft),
        Arm.of(c, "hints", "Hints, the first half", **deep, **hints),
        Arm.of(c, "both", "Hints, then soft targets", **soft, **then),
    ]


def _teachers_weights(c: StudentConfig, _: int) -> list[Arm]:
    wide = {"student": "mlp-128"}
    return [
        Arm.baseline(c, **wide),
        Arm.of(c, "fresh", "Fresh weights", **wide),
        Arm.of(c, "loaded", "First layer of the teacher", start="teacher", kept=(0,), **wide),
    ]


def _tuned(c: StudentConfig, _: int) -> list[Arm]:
    tuned: dict[str, Any] = {"labels": "all", "after": "taught", "learns_from": "validation"}
    return [
        Arm.baseline(c),
        Arm.of(c, "taught", "Distilled"),
        Arm.baseline(c, "tuned", "Distilled, then validation", learning_rate=0.003, **tuned),
    ]


def _capacities(c: StudentConfig, _: int) -> list[Arm]:
    widths = (4, 16, 64, 256)
    return [
        Arm.baseline(c, f"mlp-{w}", f"mlp-{w}", student=f"mlp-{w}", labels="all") for w in widths
    ]


def _fast(c: StudentConfig, _: int) -> list[Arm]:
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
        "For some tasks the student stays below its teacher",
        _of_sizes("mlp-8", "mlp-32", "mlp-128-128"),
        tuple(Contrast(s, TEACHER, "worse") for s in ("mlp-8", "mlp-32", "mlp-128-128")),
        quantifier="some",
    ),
    Trial(
        "improves-the-student",
        "Distillation improves the student",
        _labels_and_taught,
        tuple(Contrast(n, ALONE + n) for n in ("50", "200", "all")),
    ),
    Trial(
        "dark-knowledge",
        "Even the probabilities of wrong classes teach",
        _dark_knowledge,
        (Contrast("soft, a class missing", "hard, a class missing"),),
        beside={"soft, a class missing": "hard, a class missing"},
    ),
    Trial(
        "alpha-trades-off",
        "α balances labels and teacher",
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
        "Distillation suits most models, with few labels",
        _kinds,
        tuple(Contrast(n, ALONE + n) for n in ("mlp-16", "mlpbn-16", "cnn-4")),
    ),
    Trial(
        "squared-error",
        "The squared difference of outputs is the loss",
        _squared_error,
        (Contrast("squared", "labels only"), Contrast("squared", "soft", "kept")),
    ),
    Trial(
        "layer-by-layer",
        "Some deep networks may be better distilled layer by layer",
        _layer_by_layer,
        (Contrast("both", "soft"),),
        settings={"teacher": "mlp-128-128-128"},
        quantifier="some",
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
        "With little data distillation may limit generalisation",
        _little_data,
        (Contrast("all", ALONE + "all", "worse"), Contrast("30", ALONE + "30", "worse")),
        settings={"train_limit": 100, "batch_size": 16, "teacher_epochs": 200},
        quantifier="some",
    ),
    Trial(
        "bigger-is-better",
        "The more complex the model, often the better",
        _capacities,
        steps("mlp-4", "mlp-16", "mlp-64", "mlp-256"),
        quantifier="often",
    ),
    Trial("faster", "Distillation makes inference faster", _fast),
)

TRIALS: dict[str, Trial] = {trial.name: trial for trial in _TRIALS}
"""Name of a claim -> its trial."""
