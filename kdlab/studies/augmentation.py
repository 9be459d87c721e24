"""Augmentation as part of distillation: does the teacher see what its student sees?

Beyer, Zhai, Royer, Markeeva, Anil and Kolesnikov 2022, "Knowledge distillation: A good teacher is
patient and consistent" (arXiv:2106.05237, figure 2): a consistent teacher answers on the very view
that the student is given, a fixed one has answered once, on the clean image. They find the first
better, in long runs on large images.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from kdlab import data
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study import refused
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, known
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.studies.common import SmallTeacherConfig, packed
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

VIEWS = "views"
IMAGES, DRAWS = 6, 4
"""Images that are shown, and how often each is augmented."""
WORDS = {
    "shift": "shift",
    "flip": "flip left to right",
    "noise": "noise",
    "mixup": "mixup of two images",
}


class AugmentationConfig(SmallTeacherConfig):
    """What is done to the images of the transfer set."""

    student: str = override_field(StudentConfig, "student", default="mlp-32")
    augmentation: Literal["shift", "flip", "noise", "mixup"] = setting(
        "shift",
        "Augmentation",
        "Drawn again for every image in every epoch. shift: up to an eighth of the side; flip: "
        "half of the images; noise: Gaussian, sd 0.5; mixup: two images blended, "
        "x = λ x₁ + (1 − λ) x₂.",
        words=WORDS,
    )


def plan(config: AugmentationConfig, classes: tuple[str, ...]) -> Plan:
    """Without augmentation: labels only, distilled. With it: labels only, a teacher that sees the
    same view, one that sees the clean image. ConfigError for points that were to be shifted or
    flipped, and for text."""
    refused.text(
        config, "this study changes what a student sees a little: a letter has no such views"
    )
    if config.augmentation in ("shift", "flip") and len(data.input_shape(config)) != 3:
        raise ConfigError(
            f"augmentation is {config.augmentation!r}, and {config.dataset} has "
            f"{data.noun_of(config.dataset)}",
            "noise or mixup for points and rows; any for images",
            "Choose one of these, or a data set of images",
        )
    kind = config.augmentation
    own: dict[str, Any] = {"augmentation": kind}
    return Plan(
        (
            Arm.baseline(config),
            Arm.of(config, "distilled", "Distilled"),
            Arm.baseline(config, "labels augmented", f"Labels only, {WORDS[kind]}", **own),
            Arm.of(config, "consistent", "Teacher sees the same view", **own, view="same"),
            Arm.of(config, "fixed", "Teacher sees the clean image", **own, view="clean"),
        ),
        against={"consistent": "labels augmented", "fixed": "labels augmented"},
    )


def findings(history: StudyHistory) -> list[Finding]:
    """Consistent against fixed, each against labels under the same views, and whether the views
    help at all."""
    return [
        compared(history, "consistent", "fixed"),
        compared(history, "consistent"),
        compared(history, "fixed"),
        compared(history, "consistent", "distilled"),
        compared(history, "labels augmented", "labels only"),
    ]


def exhibits(config: AugmentationConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """Training images as the students see them, with the teacher's answer and its probability on
    each view: {images: [{label, views: [{pixels, answer, share}]}], shape}; the first view is the
    clean image. Nothing for data that are not images."""
    import torch

    from kdlab.training.arms.views import augment

    split = context.split
    if len(split.shape) != 3:
        return
    inputs, targets = split.train.inputs[:IMAGES], split.train.targets[:IMAGES]
    generators = [torch.Generator().manual_seed(1000 + n) for n in range(DRAWS)]
    drawn = augment(config.augmentation, inputs.expand(DRAWS, *inputs.shape), generators).inputs
    views = torch.cat([inputs[None], drawn]).transpose(0, 1)  # (IMAGES, 1 + DRAWS, C, H, W)
    with torch.no_grad():
        shares, answers = context.teacher.module(views.flatten(0, 1)).softmax(1).max(1)
    pixels = split.pixels(views).flatten(0, 1)
    rows = [
        {
            "pixels": packed(image),
            "answer": int(answer),
            "share": round(float(share), 4),
        }
        for image, answer, share in zip(pixels, answers, shares, strict=True)
    ]
    each = 1 + DRAWS
    yield Exhibit(
        name=VIEWS,
        content={
            "shape": list(split.shape),
            "images": [
                {"label": int(label), "views": rows[n * each : (n + 1) * each]}
                for n, label in enumerate(targets)
            ],
        },
    )


def answer(history: StudyHistory) -> Finding:
    """Which image the teacher should see."""
    gain = known(history, "consistent", "fixed")
    if gain.holds is None:
        return Finding(f"{OPEN}: {doubt([gain])}.")
    best = "The image that the student sees" if gain.holds else "The clean image"
    return Finding(f"{best}: that teaches better by {amount(gain)}.", gain.holds)


STUDY = Study(
    name="augmentation",
    title="Augmented views",
    question="Should the teacher see the image that its student sees, or the clean one?",
    config=AugmentationConfig,
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
)
