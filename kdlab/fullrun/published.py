"""Published experiments as data: pairs of networks, what papers report, and how they trained.

A pair is a record of PAIRS, a way to train the student one of RECIPES. Adding one is adding a
record. All accuracies are per cent of the CIFAR-100 test images.

Sources: Tian, Krishnan and Isola 2020, "Contrastive Representation Distillation",
arXiv:1910.10699, and its code RepDistiller (teacher, student, KD, CRD: last epoch, one recipe for
all pairs, tuned on one of them); Zhao et al. 2022, arXiv:2203.08679, and its code mdistiller (DKD);
Sun et al. 2024, arXiv:2403.01427, and its code (KD and DKD with logit standardisation, MLKD).
They are not one experiment: see :data:`NOT_COMPARABLE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DATASET = "cifar100"
"""The data set of all published figures here."""

OWN = "own"
"""The pair that brings nothing: one's own teacher and student."""

NOT_COMPARABLE = (
    "KD rows of all three codes are the same figures, taken from RepDistiller: accuracy after the "
    "last epoch.",
    "mdistiller's trainer reports the best epoch on the test images; its DKD rows are averages of "
    "5 runs, by its maintainer (issue 7).",
    "Rows with logit standardisation are the best epoch of their published logs, which is 0.3 "
    "points above the last one on average, up to 0.9.",
    "KD with logit standardisation also raises the weight of the soft part from 0.9 to 9 and "
    "lowers T from 4 to 2.",
    "MLKD trains 480 epochs, the others 240.",
)
"""Why the columns of the published table may not be set against each other."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A way to train the student, named as its column in the published table.

    ``settings`` are those of :class:`kdlab.fullrun.config.FullRunConfig` that it brings.
    """

    name: str
    label: str
    about: str
    column: str
    source: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two networks of the literature. ``published``: column -> per cent; "teacher" and "student"
    (on labels alone) among them. ``settings`` are what this pair has of its own, beyond all
    recipes; ``dkd_others`` is the weight that DKD's authors chose for it (None: not published)."""

    name: str
    teacher: str
    student: str
    published: Mapping[str, float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    dkd_others: float | None = None


def _pair(
    teacher_name: str,
    student_name: str,
    /,
    *,
    dkd: float | None = None,
    lr: float | None = None,
    **told: float,
) -> Pair:
    settings = {} if lr is None else {"learning_rate": lr}
    columns = {name.replace("_", "+"): value for name, value in told.items()}
    return Pair(
        name=f"{teacher_name}-{student_name}",
        teacher=teacher_name,
        student=student_name,
        published=columns,
        settings=settings,
        dkd_others=dkd,
    )


SMALL_STEPS = 0.01
"""Learning rate of MobileNetV2 and the ShuffleNets."""

# fmt: off
PAIRS: dict[str, Pair] = {
    pair.name: pair
    for pair in (
        _pair("resnet56", "resnet20", teacher=72.34, student=69.06, KD=70.66, CRD=71.16,
              DKD=71.97, KD_LS=71.43, DKD_LS=72.32, MLKD=72.19, MLKD_LS=72.33, dkd=2.0),
        _pair("wrn-40-2", "wrn-16-2", teacher=75.61, student=73.26, KD=74.92, CRD=75.48,
              DKD=76.23, KD_LS=76.11, DKD_LS=76.39, MLKD=76.63, MLKD_LS=76.95, dkd=6.0),
        _pair("wrn-40-2", "wrn-40-1", teacher=75.61, student=71.98, KD=73.54, CRD=74.14,
              DKD=74.81, KD_LS=74.37, DKD_LS=74.89, MLKD=75.35, MLKD_LS=75.56, dkd=6.0),
        _pair("resnet110", "resnet20", teacher=74.31, student=69.06, KD=70.67, CRD=71.46),
        _pair("resnet110", "resnet32", teacher=74.31, student=71.14, KD=73.08, CRD=73.48,
              DKD=74.11, KD_LS=74.17, DKD_LS=74.29, MLKD=74.11, MLKD_LS=74.32, dkd=2.0),
        _pair("resnet32x4", "resnet8x4", teacher=79.42, student=72.50, KD=73.33, CRD=75.51,
              DKD=76.32, KD_LS=76.62, DKD_LS=77.01, MLKD=77.08, MLKD_LS=78.28, dkd=8.0),
        _pair("vgg13", "vgg8", teacher=74.64, student=70.36, KD=72.98, CRD=73.94,
              DKD=74.68, KD_LS=74.36, DKD_LS=74.81, MLKD=75.18, MLKD_LS=75.22, dkd=6.0),
        _pair("vgg13", "mobilenetv2", teacher=74.64, student=64.60, KD=67.37, CRD=69.73,
              dkd=6.0, lr=SMALL_STEPS),
        _pair("resnet50", "mobilenetv2", teacher=79.34, student=64.60, KD=67.35, CRD=69.11,
              lr=SMALL_STEPS),
        _pair("resnet50", "vgg8", teacher=79.34, student=70.36, KD=73.81, CRD=74.30),
        _pair("resnet32x4", "shufflev1", teacher=79.42, student=70.50, KD=74.07, CRD=75.11,
              lr=SMALL_STEPS),
        _pair("resnet32x4", "shufflev2", teacher=79.42, student=71.82, KD=74.45, CRD=75.65,
              lr=SMALL_STEPS),
        _pair("wrn-40-2", "shufflev1", teacher=75.61, student=70.50, KD=74.83, CRD=76.05,
              lr=SMALL_STEPS),
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
            settings={
                "method": "dkd",
                "temperature": 4.0,
                "alpha": 0.5,
                "loss_scale": 2.0,
                "warmup": 20 / 240,
            },
        ),
        Recipe(
            name="kd-ls",
            label="KD + logit standardisation",
            about="T 2, 0.1 CE + 9 KD",
            column="KD+LS",
            source="Sun et al. 2024, arXiv:2403.01427",
            settings={
                "method": "logit-standardisation",
                "temperature": 2.0,
                # 0.2 * (0.5 * CE + 0.5 * 90 * soft), with the method's own weight of 90
                "alpha": 0.5,
                "loss_scale": 0.2,
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
        if recipe == "dkd" and known.dkd_others is not None:
            settings["method_parameters"] = (1.0, known.dkd_others)
    return settings


def reference(dataset: str, teacher: str, student: str, recipe: str) -> dict[str, Any]:
    """What papers report of these networks on this data set: {teacher, student, method, column,
    source} in per cent, without "method" where nobody published it; empty where nothing fits."""
    pair = PAIRS.get(f"{teacher}-{student}")
    if pair is None or dataset != DATASET or recipe not in RECIPES:
        return {}
    told = RECIPES[recipe]
    found: dict[str, Any] = {name: pair.published[name] for name in ("teacher", "student")}
    if told.column in pair.published:
        found |= {"method": pair.published[told.column]}
    return found | {"column": told.column, "source": told.source}
