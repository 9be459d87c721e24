"""Published experiments as data: pairs of networks, what papers report, and how they trained.

A pair is a record of PAIRS, a way to train the student one of RECIPES. Adding one is adding a
record. All accuracies are per cent of the CIFAR-100 test images; what a figure was run with, where
it differs from the recipe of its column, is in the figure (:mod:`kdlab.full_run.recipe.figures`).

Sources, read at these commits: Tian, Krishnan and Isola 2020, "Contrastive Representation
Distillation", arXiv:1910.10699, and the README of its code RepDistiller, b84f547 (teacher, student,
KD, CRD: one recipe for all pairs, tuned on one of them); Zhao et al. 2022, arXiv:2203.08679, and
README and configs of its code mdistiller, a08d46f (DKD); Sun et al. 2024, arXiv:2403.01427, and
README and logs of its code, f6e5aa5 (all with logit standardisation, MLKD, and DKD of resnet110 ->
resnet20). They are not one experiment: see :data:`NOT_COMPARABLE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kdlab.full_run.recipe.figures import (
    STANDARDISED_WEIGHT,
    Figure,
    as_figure,
    dkd,
    dkd_ls,
    kd_ls,
    mlkd,
    mlkd_ls,
    weighed,
)

DATASET = "cifar100"
"""The data set of all published figures here."""

OWN = "own"
"""The pair that brings nothing: one's own teacher and student."""

NOT_COMPARABLE = (
    "KD figures of all three codes are the same ones, taken from RepDistiller: accuracy after the "
    "last epoch (its issue 16).",
    "DKD figures are of the best epoch on the test images (mdistiller, issue 30), averaged over "
    "5 runs (issue 42). The weight beta was chosen pair by pair.",
    "Figures with logit standardisation are averages, says their README, without telling of which "
    "epoch. Of the 29 here that have a log, 3 are that log's best epoch, 10 are above it and 6 are "
    "below its last. In the published logs the best epoch on the test images is 0.32 points above "
    "the last one on average.",
    "KD with logit standardisation also raises the weight of the soft part from 0.9 to 9 and "
    "lowers T from 4 to 2; some pairs have a T or a weight of their own.",
    "MLKD trains 480 epochs (resnet32x4 to ShuffleNetV2 with logit standardisation 960), the "
    "others 240.",
)
"""Why the columns of the published table may not be set against each other."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A way to train the student, named as its column in the published table.

    ``settings`` are those of :class:`kdlab.full_run.recipe.config.FullRunConfig` that it brings; a
    figure of its column may have its own.
    """

    name: str
    label: str
    about: str
    column: str
    source: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two networks of the literature. ``figures``: column -> what was published; "teacher" and
    "student" (on labels alone) among them. ``settings`` are what this pair has of its own, beyond
    all recipes."""

    name: str
    teacher: str
    student: str
    figures: Mapping[str, Figure]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def published(self) -> dict[str, float]:
        """Column -> per cent."""
        return {column: figure.percent for column, figure in self.figures.items()}


def _pair(
    teacher_name: str,
    student_name: str,
    /,
    *,
    lr: float | None = None,
    **told: float | Figure,
) -> Pair:
    settings = {} if lr is None else {"learning_rate": lr}
    columns = {name.replace("_", "+"): as_figure(value) for name, value in told.items()}
    return Pair(
        name=f"{teacher_name}-{student_name}",
        teacher=teacher_name,
        student=student_name,
        figures=columns,
        settings=settings,
    )


SMALL_STEPS = 0.01
"""Learning rate of MobileNetV2 and the ShuffleNets."""
SUN = "Sun et al. 2024, arXiv:2403.01427"
BETA_NOT_TOLD = Figure(percent=71.06, told="its beta is not told", source=SUN)
"""DKD of a pair that mdistiller does not have."""

# fmt: off
PAIRS: dict[str, Pair] = {
    pair.name: pair
    for pair in (
        _pair("resnet56", "resnet20", teacher=72.34, student=69.06, KD=70.66, CRD=71.16,
              DKD=dkd(71.97, 2), KD_LS=kd_ls(71.43), DKD_LS=dkd_ls(72.32, 3, 18, 2),
              MLKD=mlkd(72.19), MLKD_LS=mlkd_ls(72.33)),
        _pair("wrn-40-2", "wrn-16-2", teacher=75.61, student=73.26, KD=74.92, CRD=75.48,
              DKD=dkd(76.23, 6), KD_LS=kd_ls(76.11), DKD_LS=dkd_ls(76.39, 2, 12, 2),
              MLKD=mlkd(76.63), MLKD_LS=mlkd_ls(76.95, 2, 9)),
        _pair("wrn-40-2", "wrn-40-1", teacher=75.61, student=71.98, KD=73.54, CRD=74.14,
              DKD=dkd(74.81, 6), KD_LS=kd_ls(74.37), DKD_LS=dkd_ls(74.89, 2, 12, 2),
              MLKD=mlkd(75.35), MLKD_LS=mlkd_ls(75.56, 2, 9)),
        _pair("resnet110", "resnet20", teacher=74.31, student=69.06, KD=70.67, CRD=71.46,
              DKD=BETA_NOT_TOLD, KD_LS=kd_ls(71.48, 4, 12), DKD_LS=dkd_ls(71.85, 2, 15, 2),
              MLKD=mlkd(71.89), MLKD_LS=mlkd_ls(72.27, 2, 9)),
        _pair("resnet110", "resnet32", teacher=74.31, student=71.14, KD=73.08, CRD=73.48,
              DKD=dkd(74.11, 2), KD_LS=kd_ls(74.17), DKD_LS=dkd_ls(74.29, 2, 15, 2),
              MLKD=mlkd(74.11), MLKD_LS=mlkd_ls(74.32, 2, 9)),
        _pair("resnet32x4", "resnet8x4", teacher=79.42, student=72.50, KD=73.33, CRD=75.51,
              DKD=dkd(76.32, 8), KD_LS=kd_ls(76.62), DKD_LS=dkd_ls(77.01, 2, 9),
              MLKD=mlkd(77.08), MLKD_LS=mlkd_ls(78.28, 2, 9)),
        _pair("vgg13", "vgg8", teacher=74.64, student=70.36, KD=72.98, CRD=73.94,
              DKD=dkd(74.68, 6), KD_LS=kd_ls(74.36, 3), DKD_LS=dkd_ls(74.81, 2, 15, 2),
              MLKD=mlkd(75.18), MLKD_LS=mlkd_ls(75.22, 2, 6)),
        _pair("vgg13", "mobilenetv2", teacher=74.64, student=64.60, KD=67.37, CRD=69.73,
              DKD=dkd(69.71, 6), KD_LS=kd_ls(68.61, 3), DKD_LS=dkd_ls(69.98, 3, 9, 2),
              MLKD=mlkd(70.57), MLKD_LS=mlkd_ls(70.94, 2, 6), lr=SMALL_STEPS),
        _pair("resnet50", "mobilenetv2", teacher=79.34, student=64.60, KD=67.35, CRD=69.11,
              DKD=dkd(70.35, 8), KD_LS=kd_ls(69.02, 3, 1), DKD_LS=dkd_ls(70.45, 2, 15, 2),
              MLKD=mlkd(71.04), MLKD_LS=mlkd_ls(71.19, 2, 9), lr=SMALL_STEPS),
        _pair("resnet50", "vgg8", teacher=79.34, student=70.36, KD=73.81, CRD=74.30),
        _pair("resnet32x4", "shufflev1", teacher=79.42, student=70.50, KD=74.07, CRD=75.11,
              DKD=dkd(76.45, 8), lr=SMALL_STEPS),
        # mdistiller's README heads this DKD "MobileNet-V2"; its KD there is ShuffleNetV2's, and the
        # README of logit standardisation has it under ShuffleNetV2.
        _pair("resnet32x4", "shufflev2", teacher=79.42, student=71.82, KD=74.45, CRD=75.65,
              DKD=dkd(77.07, 8), KD_LS=kd_ls(75.56), DKD_LS=dkd_ls(77.37, 2, 9),
              MLKD=mlkd(78.44), MLKD_LS=mlkd_ls(78.76, 2, 6, epochs=960), lr=SMALL_STEPS),
        _pair("wrn-40-2", "shufflev1", teacher=75.61, student=70.50, KD=74.83, CRD=76.05,
              DKD=dkd(76.70, 8), lr=SMALL_STEPS),
    )
}
# fmt: on

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="kd",
            label="KD",
            about="soft targets, T 4, 0.1 CE + 0.9 KD",
            column="KD",
            source="Tian et al. 2020, arXiv:1910.10699",
            settings={
                "method": "soft-targets",
                "temperature": 4.0,
                "alpha": 0.9,
                "loss_scale": 1.0,
            },
        ),
        Recipe(
            name="dkd",
            label="DKD",
            about="decoupled distillation, T 4, 1 CE + 1 DKD, warmed up",
            column="DKD",
            source="Zhao et al. 2022, arXiv:2203.08679",
            settings={"method": "dkd", "temperature": 4.0, "warmup": 20 / 240, **weighed(1.0, 1.0)},
        ),
        Recipe(
            name="kd-ls",
            label="KD + logit standardisation",
            about="soft targets of standardised logits, T 2, 0.1 CE + 9 KD",
            column="KD+LS",
            source=SUN,
            settings={
                "method": "logit-standardisation",
                "temperature": 2.0,
                **weighed(0.1, 9.0, STANDARDISED_WEIGHT),
            },
        ),
    )
}


VIEWS: dict[str, dict[str, Any]] = {
    "digits": {"flip": False, "padding": 1},
    "mnist": {"flip": False, "padding": 2},
    "fashion-mnist": {"flip": False, "padding": 2},
}
"""What data sets bring: digits are not mirrored, and small images are shifted less. 2 pixels on
MNIST are Hinton, Vinyals and Dean's (2015, section 3)."""


def brought(pair: str, recipe: str, dataset: str = DATASET) -> dict[str, Any]:
    """The settings that a published pair, a recipe and a data set bring; none for names that are
    not known."""
    settings: dict[str, Any] = dict(VIEWS.get(dataset, {}))
    if recipe in RECIPES:
        settings |= RECIPES[recipe].settings
    if pair in PAIRS:
        known = PAIRS[pair]
        settings |= {"teacher": known.teacher, "student": known.student, **known.settings}
        if (figure := figure_of(pair, recipe)) is not None:
            settings |= figure.settings
    return settings


def figure_of(pair: str, recipe: str) -> Figure | None:
    """What was published for this pair in the column of this recipe; None where nothing was."""
    if pair not in PAIRS or recipe not in RECIPES:
        return None
    return PAIRS[pair].figures.get(RECIPES[recipe].column)


def reference(dataset: str, teacher: str, student: str, recipe: str) -> dict[str, Any]:
    """What papers report of these networks on this data set: {teacher, student, method, column,
    source, told, epochs}: the accuracies in per cent, without "method" where nobody published it;
    ``told`` is what that figure was run with where the recipe does not say it. Empty where nothing
    fits."""
    pair = PAIRS.get(f"{teacher}-{student}")
    if pair is None or dataset != DATASET or recipe not in RECIPES:
        return {}
    recipe_of = RECIPES[recipe]
    found: dict[str, Any] = {name: pair.published[name] for name in ("teacher", "student")}
    figure = figure_of(pair.name, recipe)
    if figure is None:
        figure = Figure(percent=0.0)
    else:
        found |= {"method": figure.percent}
    return found | {
        "column": recipe_of.column,
        "source": figure.source or recipe_of.source,
        "told": figure.told,
        "epochs": figure.epochs,
    }
