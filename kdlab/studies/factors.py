"""What may help or hurt distillation: what the study :mod:`kdlab.studies.when` varies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kdlab import data, models
from kdlab.config.schema import StudentConfig
from kdlab.training.arms.arm import TeacherSpec

FactorName = Literal["labels", "label_noise", "width", "epochs", "teacher_epochs", "temperature"]


@dataclass(frozen=True)
class Factor:
    """One thing that is varied: its words, and its values beside the configuration's own, which
    ``value`` reads. ``change`` says what of an arm a value changes. ``log`` is for the axis.
    ``fits`` says whether a value makes students of its own with these settings."""

    name: FactorName
    label: str
    unit: str
    values: tuple[Any, ...]
    change: Callable[[Any, Any], dict[str, Any]]
    value: Callable[[Any], Any]
    log: bool = True
    apart: bool = True
    """Whether labels only is another student at each value: a teacher changes nothing there."""
    fits: Callable[[Any, Any], bool] = lambda config, value: True


def _enough_images(config: StudentConfig, labels: int) -> bool:
    """Whether there are ``labels`` training images; that many of all are all."""
    size = data.train_size(config)
    if size is None:
        return True
    return labels < size if config.labels == "all" else labels <= size


def _taught_for(config: StudentConfig, epochs: int) -> dict[str, Any]:
    own = epochs == config.teacher_epochs
    return {"teachers": (TeacherSpec() if own else TeacherSpec(epochs=epochs),)}


FACTORS: dict[FactorName, Factor] = {
    factor.name: factor
    for factor in (
        Factor(
            "labels",
            "Labels seen",
            "labels",
            (10, 30, 100, 300, 1000),
            lambda config, v: {"labels": v},
            lambda config: config.labels,
            fits=_enough_images,
        ),
        Factor(
            "label_noise",
            "Wrong labels",
            "share",
            (0.0, 0.2, 0.4, 0.6),
            lambda config, v: {"label_noise": v},
            lambda config: config.label_noise,
            log=False,
        ),
        Factor(
            "width",
            "Student's width",
            "units",
            (4, 8, 16, 64),
            lambda config, v: {"student": models.of_width(config.student, v)},
            lambda config: int(config.student.split("-")[1]),
        ),
        Factor(
            "epochs",
            "Student's epochs",
            "epochs",
            (5, 15, 30, 60),
            lambda config, v: {"epochs": v},
            lambda config: config.epochs,
        ),
        Factor(
            "teacher_epochs",
            "Teacher's epochs",
            "epochs",
            (0, 1, 5, 20),
            _taught_for,
            lambda config: config.teacher_epochs,
            log=False,
            apart=False,
        ),
        Factor(
            "temperature",
            "Temperature T",
            "",
            (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
            lambda config, v: {"temperature": v},
            lambda config: config.temperature,
            apart=False,
        ),
    )
}
"""In the order of the panels."""
