"""Where a student starts: from fresh weights, from all of its teacher's, or from some layers.

An article calls it distillation to load the teacher's weights into a network of the same size and
to train that on labels. Here each start is trained both ways, on labels alone and distilled, so
that what the weights bring and what the teacher's answers bring are told apart. Layers of a teacher
as a student's first weights are an old means (DistilBERT takes every second one: Sanh et al. 2019,
arXiv:1910.01108).
"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from kdlab import models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.config.words import as_text
from kdlab.errors import ConfigError
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, doubt, effects, known
from kdlab.experiments.study.record import Finding, Study, StudyConfig, setting
from kdlab.experiments.study.sentences import compared
from kdlab.experiments.study.values import SORTED
from kdlab.measure.gain import paired_gain
from kdlab.studies.common import lost
from kdlab.training.arms.arm import Arm, Plan

Layer = Annotated[int, Field(ge=1, le=16)]


class StartConfig(StudyConfig):
    """Which layers are kept, in networks of the same size."""

    teacher: str = override_field(TeacherConfig, "teacher", default="mlp-64-64")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=30)
    student: str = override_field(StudentConfig, "student", default="mlp-64-64")
    epochs: int = override_field(StudyConfig, "epochs", default=30)
    kept: Annotated[tuple[Layer, ...], *SORTED] = setting(
        (1,),
        "Layers kept",
        "The teacher's layers that a student starts with, counted from 1; the one that gives the "
        "logits is the last. All others start fresh.",
        min_length=1,
        max_length=16,
    )


def plan(config: StartConfig, classes: tuple[str, ...]) -> Plan:
    """Three starts, each on labels alone and distilled, and judged beside the same start on labels
    alone. ConfigError where the student cannot take over the whole teacher, which is of another
    size, or where layers are kept that the teacher has not."""
    if config.student != config.teacher:
        raise ConfigError(
            f"student is {config.student!r} and teacher is {config.teacher!r}",
            "the same network for both, since its weights are taken over",
            "Choose the teacher's network as the student",
        )
    most = layers_of(config.teacher)
    if config.kept[-1] > most:
        raise ConfigError(
            f"kept is {as_text(config.kept)} and teacher is {config.teacher!r}",
            f"layers from 1 to {most}, the one that gives the logits",
            "Keep layers that the teacher has, or choose a deeper teacher",
        )
    numbers = tuple(n - 1 for n in config.kept)
    some = f"layer{'s' if len(numbers) > 1 else ''} {as_text(config.kept)} of the teacher"
    whole: dict[str, object] = {"start": "teacher"}
    part: dict[str, object] = {"start": "teacher", "kept": numbers}
    return Plan(
        (
            Arm.baseline(config, label="Labels only, from scratch"),
            Arm.of(config, "distilled", "Distilled, from scratch"),
            Arm.baseline(config, "labels, some", f"Labels only, from {some}", **part),
            Arm.of(config, "distilled, some", f"Distilled, from {some}", **part),
            Arm.baseline(config, "labels, all", "Labels only, from all of the teacher", **whole),
            Arm.of(config, "distilled, all", "Distilled, from all of the teacher", **whole),
        ),
        against={"distilled, all": "labels, all", "distilled, some": "labels, some"},
    )


def layers_of(network: str) -> int:
    """How many layers with weights ``network`` has, the one that gives the logits among them, as
    :func:`kdlab.training.arms.starts.layers` counts them (shortcuts with weights too), without
    building it: as many whatever it reads.
    """
    return len(list(models.find(network).layers(network, (1, 32, 32), 2)))


def findings(history: StudyHistory) -> list[Finding]:
    """What the start brings, what it costs beside the teacher, and that nothing got smaller."""
    assert history.finished is not None
    found = [
        compared(history, "labels, all", "labels only"),
        compared(history, "labels, all", "distilled"),
        beside_teacher(history, "labels, all"),
        compared(history, "distilled, all"),
        compared(history, "distilled, all", "distilled"),
        compared(history, "distilled, some", "distilled"),
    ]
    own = history.done["labels only"].cost["parameters"]
    theirs = history.finished.teachers[0]["parameters"]
    return [
        *found,
        Finding(f"Teacher {theirs:,} parameters, student {own:,}: {_smaller(own, theirs)}."),
    ]


def _smaller(own: int, theirs: int) -> str:
    return "nothing is compressed" if own >= theirs else f"{theirs / own:.1f} times smaller"


def beside_teacher(history: StudyHistory, arm: str) -> Finding:
    """Whether the students of ``arm`` are better than the one teacher that they started as."""
    values, teacher = history.values(arm), history.teacher_value
    fixed = [math.nan if teacher is None else teacher] * len(values)
    gain = paired_gain(fixed, values, history.resolution(), measure=history.judged)
    told = gain.verdict
    if math.isnan(gain.mean):
        return lost(f"“{history.label(arm)}” and the teacher it started as")
    words = {
        "helped": "is better than the teacher it started as",
        "hurt": "is worse than the teacher it started as",
        "unclear": "cannot be told apart from the teacher it started as",
        "one seed": "was compared with the teacher with one seed only",
    }[told]
    return Finding(
        f"“{history.label(arm)}” {words}: {gain.told()}.",
        gain.holds,
        gain,
    )


def answer(history: StudyHistory) -> Finding:
    """What the weights bring alone, and what distilling brings from the same start."""
    gains = [
        known(history, "labels, all", "labels only"),
        known(history, "distilled, all", "labels, all"),
    ]
    if all(gain.ci95 is None for gain in gains):
        return Finding(f"{OPEN}: {doubt(gains)}.")
    copied, distilled = effects(gains)
    return Finding(
        f"Compared with a fresh start, starting from the teacher's weights {copied}, and is no "
        f"distillation; distilling from the same start {distilled}."
    )


STUDY = Study(
    name="start",
    title="Start from the teacher",
    question="What do the teacher's weights bring as a start, and is that distillation?",
    config=StartConfig,
    network="give its first weights to a student",
    plan=plan,
    findings=findings,
    answer=answer,
)
