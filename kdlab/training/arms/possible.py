"""What an arm asks of a teacher that is no network, said before anything is trained. No torch."""

from __future__ import annotations

from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
from kdlab.methods import find as find_method
from kdlab.models import black_box
from kdlab.training.arms.arm import Arm, Plan, TeacherSpec
from kdlab.training.arms.faults import BY_HEART


def teachable(config: StudentConfig, plan: Plan) -> None:
    """ConfigError where an arm of ``plan`` needs what its teacher has not: layers, weights or
    gradients of trees, and of a file anything beyond the answers in it."""
    for arm in plan.arms:
        if black_box.find(arm.student) is not None:
            raise ConfigError(
                f"“{arm.label}” would have {arm.student!r} as its student",
                "networks as students; trees and files can only teach",
                "Choose a network as the teacher, or another question",
            )
        for teacher in arm.teachers:
            if isinstance(teacher, TeacherSpec):
                _taught(config, arm, teacher)


def _taught(config: StudentConfig, arm: Arm, teacher: TeacherSpec) -> None:
    name = teacher.architecture or config.teacher
    box = black_box.find(name)
    if box is None or not box.numbered:
        _by_heart(name, arm)
    if box is None:
        return
    if arm.start == "teacher" or arm.auxiliary is not None:
        raise black_box.refused(name, "give its first weights to a student")
    if not arm.untaught and find_method(arm.method).reads_features:
        raise black_box.refused(name, f"show its hidden layers to the method {arm.method}")
    if teacher.epochs is not None and teacher.epochs != config.teacher_epochs:
        raise black_box.refused(name, "be trained for a number of epochs")
    if teacher.classes:
        raise black_box.refused(name, "become an expert on some of the classes")
    if arm.fault in ("teacher-learns", "teacher-in-training-mode"):
        raise black_box.refused(name, "be trained beside its students")
    if arm.prefixes != "data":
        raise black_box.refused(name, "write text")
    if box.asks:
        return
    if teacher.seed is not None and teacher.seed != config.teacher_seed:
        raise black_box.refused(name, "be made again with another seed", asks=True)
    if arm.augmentation != "none" and arm.view == "same" and not arm.untaught:
        raise black_box.refused(name, "answer what is not in its file", asks=True)


def _by_heart(name: str, arm: Arm) -> None:
    if arm.fault == BY_HEART:
        raise ConfigError(
            f"teacher is {name!r}, and “{arm.label}” asks trees of the rows that they grew on",
            "for this mistake a teacher of trees: forest-100 or boosting-100",
            "Choose such a teacher",
        )
