"""On a device: what is left of teacher and students as files that run without PyTorch.

A student is made small to leave the lab. Then its weights are rounded once more, to 16 bits or to
whole numbers of 8, and another program answers. This study measures what that does to what the
teacher has taught: accuracy, probabilities, bytes and milliseconds, in three precisions, beside the
same student on labels only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kdlab import checks
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.events import Event
from kdlab.experiments.study.record import Study, StudyConfig, setting
from kdlab.studies.device.found import answer, findings
from kdlab.studies.device.names import COSTS, Cost
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.training.arms.context import TrainingContext

MOST_KILOBYTES, MOST_MILLISECONDS = 1e6, 1e5


class DeviceConfig(StudyConfig):
    """The pair of networks, and the space and time that the device has."""

    teacher: str = override_field(TeacherConfig, "teacher", default="cnn-64-128")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=20)
    student: str = override_field(StudentConfig, "student", default="cnn-16-32")
    epochs: int = override_field(StudentConfig, "epochs", default=25)
    across: Cost = setting(
        "bytes",
        "Budget of",
        "The picture's horizontal axis: what the device has little of. Changes no number.",
        words=dict(COSTS),
        view=True,
    )
    kilobytes: float = setting(
        0.0,
        "Your budget, kB",
        "How large a file may be; 0: no limit. Changes no number.",
        ge=0,
        le=MOST_KILOBYTES,
        unit="kB",
        view=True,
    )
    milliseconds: float = setting(
        0.0,
        "Your budget, ms",
        "How long one answer may take; 0: no limit. Changes no number.",
        ge=0,
        le=MOST_MILLISECONDS,
        unit="ms",
        view=True,
    )


def plan(config: DeviceConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only and distilled, which train as one cohort."""
    checks.possible(config)
    return Plan((Arm.baseline(config), Arm.of(config, "distilled", "Distilled")))


def suits(config: DeviceConfig, split: DataSplit) -> None:
    """ConfigError for too few training examples."""
    from kdlab.studies.device.measured import enough

    enough(split)


def exhibits(config: DeviceConfig, context: TrainingContext) -> Iterator[Event]:
    """See :func:`kdlab.studies.device.measured.exhibits`, which needs torch and onnxruntime."""
    from kdlab.studies.device import measured

    yield from measured.exhibits(config, context)


SMALL = DeviceConfig(
    teacher="mlp-512-512", teacher_epochs=20, student="mlp-16", epochs=60, across="latency"
)
"""So small that int8 saves next to nothing."""
NAMES = DeviceConfig.parse({"dataset": "names"})
"""A model of a language."""

STUDY = Study(
    name="device",
    title="On a device",
    question="Is what a teacher taught still there in int8?",
    config=DeviceConfig,
    network="become a file for a device",
    plan=plan,
    suits=suits,
    exhibits=exhibits,
    findings=findings,
    answer=answer,
    recorded={"device-mlp": SMALL, "device-names": NAMES},
)
