"""Layer by layer: hidden layers of the student learn from hidden layers of the teacher.

Hints (FitNets: Romero et al. 2015, arXiv:1412.6550) reproduce them through a trained regressor,
attention transfer (Zagoruyko and Komodakis 2017, arXiv:1612.03928) asks only where a layer is
active. An article recommends "layer-wise distillation" for deep networks; its code has none.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator

from kdlab import data, models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
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
from kdlab.experiments.study.record import Finding, Study, StudyConfig, setting
from kdlab.experiments.study.sentences import compared
from kdlab.experiments.study.values import SEVERAL
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Plan

PAIR = re.compile(r"([1-9]\d?):([1-9]\d?)")


def _pair(value: str) -> str:
    if not PAIR.fullmatch(value):
        raise ValueError(f"{value[:20]!r} is not a pair like 1:2")
    return value


Pairs = Annotated[tuple[Annotated[str, AfterValidator(_pair)], ...], *SEVERAL]


class LayersConfig(SmallTeacherConfig):
    """Which layers are compared, and how much they count."""

    numbers_version = 2  # hints have another regressor
    student: str = override_field(StudentConfig, "student", default="mlp-16-16")
    epochs: int = override_field(StudyConfig, "epochs", default=40)
    pairs: Pairs = setting(
        ("1:1", "2:2"),
        "Layers compared",
        "Pairs, the student's layer : the teacher's layer, hidden layers counted from 1. For "
        "example 1:2: the student's first layer learns from the teacher's second.",
        min_length=1,
        max_length=8,
        form="pairs like 1:1, 2:2",
    )
    layer_alpha: float = setting(
        0.5,
        "Weight α of the layers",
        "L = (1 − α) CE + α · weight · Σ layers. At 0.5 the method has its published "
        "weight: 100 for hints, 1000 for attention.",
        ge=0.01,
        le=1,
        step=0.05,
    )
    two_stages: bool = setting(
        False,
        "Hints first, then soft targets",
        "As in the FitNets paper: half of the epochs on hints alone, the other half on soft "
        "targets.",
    )


def numbered(pairs: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """("1:2",) -> ((0, 1),): student's layer and teacher's layer, counted from 0."""
    found = (PAIR.fullmatch(pair) for pair in pairs)
    return tuple((int(m[1]) - 1, int(m[2]) - 1) for m in found if m)


def comparable(config: LayersConfig) -> None:
    """ConfigError where the two networks have no such layers, or where those of one are maps and
    those of the other are vectors."""
    shape = data.input_shape(config)
    mine, theirs = (len(models.hint_points(n, shape)) for n in (config.student, config.teacher))
    wrong = [
        pair
        for pair, (student, teacher) in zip(config.pairs, numbered(config.pairs), strict=True)
        if student >= mine or teacher >= theirs
    ]
    if wrong:
        raise ConfigError(
            f"pairs has {', '.join(wrong)}, and {config.student} learns from {config.teacher}",
            f"hidden layers 1 to {mine} of the student and 1 to {theirs} of the teacher",
            "Choose other layers, or deeper networks",
        )
    if has_maps(config.student) != has_maps(config.teacher):
        raise ConfigError(
            f"layers of {config.student} were to be compared with layers of {config.teacher}",
            "two networks whose layers are both maps, or both vectors",
            "Choose two MLPs, or two convolutional networks",
        )


def has_maps(network: str) -> bool:
    """Whether its layers have a height and a width, not only a length."""
    return models.find(network).maps


def have_maps(config: LayersConfig) -> bool:
    """Whether the layers of both networks have a height and a width, which attention needs."""
    return has_maps(config.student) and has_maps(config.teacher)


def plan(config: LayersConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, soft targets, hints; attention transfer where layers are maps; hints first and
    then soft targets where that is asked for. ConfigError as :func:`comparable` has it."""
    comparable(config)
    own: dict[str, Any] = {"layers": numbered(config.pairs)}
    arms = [
        Arm.baseline(config),
        Arm.of(config, "soft", "Soft targets", method="soft-targets"),
        Arm.of(config, "hints", "Hints", method="hints", alpha=config.layer_alpha, **own),
    ]
    if have_maps(config):
        arms.append(
            Arm.of(
                config, "attention", "Attention transfer", method="attention",
                alpha=config.layer_alpha, **own,
            )
        )  # fmt: skip
    if config.two_stages and config.epochs > 1:
        first = config.epochs // 2
        arms += [
            Arm.of(
                config, "stage 1", "Stage 1: hints alone", method="hints", alpha=1.0, epochs=first,
                **own,
            ),
            Arm.of(
                config, "stage 2", "Stage 2: then soft targets", method="soft-targets",
                epochs=config.epochs - first, after="stage 1",
            ),
        ]  # fmt: skip
    return Plan(tuple(arms))


def findings(history: StudyHistory) -> list[Finding]:
    """Each way of comparing layers against labels alone, and against soft targets."""
    found = [compared(history, "soft")]
    for name in ("hints", "attention", "stage 2"):
        if name in history.done:
            found += [compared(history, name), compared(history, name, "soft")]
    return found


def answer(history: StudyHistory) -> Finding:
    """Whether hidden layers teach more than answers do."""
    names = [name for name in ("hints", "attention", "stage 2") if name in history.done]
    gains = [known(history, name, "soft") for name in names]
    words = [history.label(name) for name in names]
    found = surely(gains)
    if not any(sign is not None for sign in found):
        return Finding(f"{OPEN}: {doubt(gains, words)}.")
    ways = (
        "better with",
        "worse with",
        "neither clearly better nor worse with",
        "NaN with",
    )
    against = told(words, gains, ways)
    text = f"{first(found)}: compared with soft targets, the student is {against}."
    return Finding(text, together(found))


STUDY = Study(
    name="layers",
    title="Layer by layer",
    question="Does a student learn more from its teacher's layers than from its answers?",
    config=LayersConfig,
    network="show its hidden layers",
    plan=plan,
    findings=findings,
    unused=frozenset({"method"}),
    answer=answer,
)
