"""Low resolution: a teacher that sees whole images, students that see them scaled down.

An article describes distillation as training a large network on low-resolution images to generate
high-resolution ones, with the loss 1/2 ||y_large - y_small||^2; its code classifies. What can be
tested of it: students at a fraction of the resolution, on labels alone, with that loss on logits
(Ba and Caruana 2014, arXiv:1312.6184), and with soft targets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kdlab import data
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.config.words import as_text
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study import refused
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import (
    OPEN,
    doubt,
    first,
    known,
    surely,
    together,
    told,
)
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.experiments.study.values import SORTED
from kdlab.studies.common import SmallTeacherConfig, packed
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

SEEN = "seen"
IMAGES = 8
Factor = Annotated[int, Field(ge=1, le=4)]
KINDS = {
    "labels": "Labels only",
    "soft": "Soft targets",
    "logits": "Logits, ½‖y_l − y_s‖²",
}
"""How students are taught at each resolution, and its words."""


class ResolutionConfig(SmallTeacherConfig):
    """By how much the students' images are scaled down."""

    student: str = override_field(StudentConfig, "student", default="mlp-32")
    factors: Annotated[tuple[Factor, ...], *SORTED] = setting(
        (1, 2, 4),
        "Scaled down by",
        "Each pixel of a student is the mean of factor × factor pixels. 1: what the teacher sees.",
        min_length=1,
        max_length=4,
        options=(1, 2, 3, 4),
    )


def name_of(kind: str, factor: int) -> str:
    """The arm of a kind of teaching, one of KINDS, at a resolution."""
    return f"{kind} {factor}"


def plan(config: ResolutionConfig, classes: tuple[str, ...]) -> Plan:
    """Each kind of teaching at each resolution, judged beside labels only at the same one.

    ConfigError for factors that do not divide the sides of the images.
    """
    fits(config)
    arms: list[Arm] = []
    against: dict[str, str] = {}
    for factor in config.factors:
        own: dict[str, Any] = {"factor": factor}
        words = "full size" if factor == 1 else f"1/{factor}"
        labels, soft, logits = (name_of(kind, factor) for kind in KINDS)
        arms += [
            Arm.baseline(config, labels, f"{KINDS['labels']}, {words}", **own),
            Arm.of(config, soft, f"{KINDS['soft']}, {words}", method="soft-targets", **own),
            Arm.of(config, logits, f"{KINDS['logits']}, {words}", method="logit-regression", **own),
        ]
        against |= dict.fromkeys((labels, soft, logits), labels)
    return Plan(tuple(arms), against)


def fits(config: ResolutionConfig) -> None:
    """ConfigError where the data are no images, or a factor does not divide their sides."""
    refused.text(config, "this study scales images down", ("images",))
    shape = data.input_shape(config)
    bad = [n for n in config.factors if len(shape) != 3 or shape[1] % n or shape[2] % n]
    if bad:
        sides = (
            data.noun_of(config.dataset) if len(shape) != 3 else f"{shape[1]} × {shape[2]} pixels"
        )
        good = [n for n in range(1, 5) if len(shape) == 3 and not shape[1] % n and not shape[2] % n]
        raise ConfigError(
            f"factors has {as_text(bad)}, and {config.dataset} has {sides}",
            f"for these images {as_text(good)}" if good else "a data set of images",
            "Choose other factors" if good else "Choose another data set",
        )


def findings(history: StudyHistory) -> list[Finding]:
    """Soft targets against labels alone at each resolution, the loss on logits at the lowest, and
    what the smaller images cost."""
    config = history.config
    assert isinstance(config, ResolutionConfig)
    found = []
    for factor in config.factors:
        found.append(compared(history, name_of("soft", factor)))
    least, most = config.factors[0], config.factors[-1]
    found.append(compared(history, name_of("logits", most)))
    if most > least:
        flops = [history.done[name_of("soft", n)].cost["flops_per_image"] for n in (least, most)]
        lost = history.gain(name_of("soft", most), name_of("soft", least))
        assert lost is not None
        found.append(
            Finding(
                f"At 1/{most} an image costs {flops[1]:,} FLOPs instead of {flops[0]:,}; with soft "
                f"targets that changes the accuracy by {lost.told()}.",
                None,
                lost,
            )
        )
    return found


def exhibits(config: ResolutionConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """Test images as each network sees them, and what it answers: {images: [{label, teacher, seen:
    [{factor, shape, pixels, labels, soft, logits}]}], shape}, answers of the first seed."""
    from kdlab.data.split import Part
    from kdlab.training.arms.views import smaller

    split = context.split
    part = Part(split.test.inputs[:IMAGES], split.test.targets[:IMAGES])
    images: list[dict[str, Any]] = [
        {"label": int(label), "teacher": int(answer), "seen": []}
        for label, answer in zip(
            part.targets, context.teacher.test_logits[:IMAGES].argmax(1), strict=True
        )
    ]
    for factor in config.factors:
        pixels = split.pixels(smaller(part.inputs, factor))
        answers = {
            kind: context.done[name_of(kind, factor)].logits(part)[0].argmax(0).tolist()
            for kind in KINDS
        }
        for n, image in enumerate(images):
            image["seen"].append(
                {
                    "factor": factor,
                    "shape": list(pixels.shape[1:]),
                    "pixels": packed(pixels[n]),
                    **{kind: answer[n] for kind, answer in answers.items()},
                }
            )
    yield Exhibit(name=SEEN, content={"images": images})


def answer(history: StudyHistory) -> Finding:
    """At which resolutions soft targets help, their number accounted for."""
    config = history.config
    assert isinstance(config, ResolutionConfig)
    gains = [known(history, name_of("soft", factor)) for factor in config.factors]
    names = ["full size" if factor == 1 else f"1/{factor}" for factor in config.factors]
    found = surely(gains)
    if not any(sign is not None for sign in found):
        return Finding(f"{OPEN}: {doubt(gains, names)}.")
    ways = ("help at", "hurt at", "make no clear difference at", "gave NaN at")
    what = told(names, gains, ways)
    return Finding(f"{first(found)}: its soft targets {what}.", together(found))


STUDY = Study(
    name="resolution",
    title="Low resolution",
    question="Can a teacher with full images help students that see them scaled down?",
    config=ResolutionConfig,
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
    unused=frozenset({"method"}),
)
