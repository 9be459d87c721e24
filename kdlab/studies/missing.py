"""The missing class: the student sees no image of it, and knows it all the same.

Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 3. What such a student gets wrong is mostly
its bias: a number added to the logits of the missing classes repairs it. The paper chose that
number on the test set; here it can be moved by hand, or is found on validation images without their
labels (:func:`kdlab.insight.bias.common_correction`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kdlab.config.base import override_field
from kdlab.config.schema import Count, StudentConfig
from kdlab.data.naming import shown_names
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study import refused
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, doubt
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.values import SORTED
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.wording import signed
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from torch import Tensor

    from kdlab.data.split import DataSplit
    from kdlab.insight.bias import BiasCurve
    from kdlab.training.arms.context import TrainingContext

LOW, HIGH, STEP = -4.0, 16.0, 0.1
"""Biases whose errors are counted, and that the page's slider offers. The paper needs 3.5 and 7.6,
students on labels only up to 15 here."""
TAUGHT, ALONE = "distilled without", "labels without"
"""The arms that never saw the class."""
Class = Annotated[int, Field(ge=0, le=999)]


class MissingConfig(SmallTeacherConfig):
    """Which classes are missing, and the bias that the picture is drawn with."""

    student: str = override_field(StudentConfig, "student", default="mlp-32")
    labels: Count = override_field(StudentConfig, "labels", default="all")
    temperature: float = override_field(StudentConfig, "temperature", default=8.0)
    alpha: float = override_field(StudentConfig, "alpha", default=1.0)
    epochs: int = override_field(StudentConfig, "epochs", default=40)
    unseen: Annotated[tuple[Class, ...], *SORTED] = setting(
        (3,),
        "Missing classes",
        "Numbers of the classes, from 0, of which the student sees no image.",
        min_length=1,
        max_length=32,
    )
    bias: float = setting(
        0.0,
        "Bias of the missing classes",
        "Added to the student's logits of these classes before it answers. Nothing is trained "
        "again.",
        ge=LOW,
        le=HIGH,
        step=STEP,
        unit="nats",
        view=True,
    )


def plan(config: MissingConfig, classes: tuple[str, ...]) -> Plan:
    """On labels and distilled, each with all classes and without the missing ones. ConfigError for
    classes that are not there, or for all of them, and for text."""
    refused.text(config, "this study counts the images of a class that is left out")
    if config.unseen[-1] >= len(classes) or len(config.unseen) >= len(classes):
        raise ConfigError(
            f"unseen is {', '.join(map(str, config.unseen))}, of {len(classes)} classes",
            f"classes from 0 to {len(classes) - 1}, not all of them",
            "Choose classes of this data set, and leave one out",
        )
    left_out = "never saw a " + said(config, classes)
    return Plan(
        (
            Arm.baseline(config),
            Arm.baseline(config, ALONE, f"Labels only, {left_out}", unseen=config.unseen),
            Arm.of(config, TAUGHT, f"Distilled, {left_out}", unseen=config.unseen),
            Arm.of(config, "distilled with", "Distilled, all classes"),
        ),
        against={TAUGHT: ALONE},
    )


def said(config: MissingConfig, classes: tuple[str, ...]) -> str:
    """The missing classes in words: 3; 0, 1 or 2."""
    names = [shown_names(classes)[k] for k in config.unseen]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def exhibits(config: MissingConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """ "errors" of every arm as it is, and "bias": those of the two arms that never saw the class
    under every bias, with the bias that unlabelled images ask for."""
    from kdlab.insight import bias

    test, unseen = context.split.test, config.unseen
    errors = {}
    for name, students in context.done.items():
        curves = [_counted(z, test.targets, unseen, [0.0]) for z in students.logits(test)]
        errors[name] = {
            "errors": [c.errors[0] for c in curves],
            "chosen": [c.chosen_errors[0] for c in curves],
        }
    total, chosen = curves[0].total, curves[0].chosen_total
    yield Exhibit(name="errors", content={"arms": errors, "total": total, "chosen_total": chosen})
    biases = [round(LOW + STEP * n, 3) for n in range(round((HIGH - LOW) / STEP) + 1)]
    wanted = bias.frequencies(context.split.train.targets, unseen)
    arms = {}
    for name in (ALONE, TAUGHT):
        students = context.done[name]
        held = [z.t().cpu() for z in students.logits(context.split.validation)]
        tested = students.logits(test)
        curves = [_counted(z, test.targets, unseen, biases) for z in tested]
        found = [bias.common_correction(z, wanted) for z in held]
        repaired = [
            _counted(z, test.targets, unseen, [b]) for z, b in zip(tested, found, strict=True)
        ]
        arms[name] = {
            "errors": [list(c.errors) for c in curves],
            "chosen": [list(c.chosen_errors) for c in curves],
            "automatic": [round(b, 4) for b in found],
            "automatic_errors": [c.errors[0] for c in repaired],
            "automatic_chosen": [c.chosen_errors[0] for c in repaired],
        }
    yield Exhibit(name="bias", content={"biases": biases, "arms": arms})


def suits(config: MissingConfig, split: DataSplit) -> None:
    """ConfigError where no test image is of a missing class: nothing could be counted."""
    here = set(split.test.targets.tolist())
    if not here & set(config.unseen):
        raise ConfigError(
            f"no test image is of class {said(config, split.classes)}, which is chosen as missing",
            "missing classes that have test images",
            "Choose another class, or add test images of it",
        )


def _counted(
    logits: Tensor, targets: Tensor, classes: tuple[int, ...], biases: list[float]
) -> BiasCurve:
    """Errors of one student, whose logits are (C, N)."""
    from kdlab.insight import bias

    return bias.bias_curve(logits.t().cpu(), targets.cpu(), classes, biases)


def findings(history: StudyHistory) -> list[Finding]:
    """What the student knows of what it never saw, and what the bias does to it."""
    config = history.config
    assert isinstance(config, MissingConfig)
    assert history.started is not None
    missing = said(config, history.started.classes)
    errors, biased = history.exhibits["errors"], history.exhibits["bias"]["arms"]
    total, of = errors["total"], errors["chosen_total"]
    taught, alone = biased[TAUGHT], biased[ALONE]

    def right(wrong: list[int]) -> float:
        return 100 * (1 - sum(wrong) / len(wrong) / of)

    before = errors["arms"][TAUGHT]
    repair = paired_gain(
        [1 - n / total for n in before["errors"]],
        [1 - n / total for n in taught["automatic_errors"]],
        1 / total,
    )
    known = _known(history)
    mean = sum(taught["automatic"]) / len(taught["automatic"])
    return [
        Finding(
            f"Of the images of {missing}, which it never saw, the distilled student gets "
            f"{right(before['chosen']):.0f} % right as it is, and "
            f"{right(taught['automatic_chosen']):.0f} % with the bias that unlabelled validation "
            f"images ask for ({signed(mean)} on average).",
        ),
        Finding(
            f"The student on labels only, with such a bias, gets "
            f"{right(alone['automatic_chosen']):.0f} % of them right; the distilled student "
            f"differs from it by {known.told()}.",
            known.holds,
            known,
        ),
        Finding(
            f"The bias changes the distilled student's accuracy on all test images by "
            f"{repair.told()}.",
            repair.holds,
            repair,
        ),
    ]


def _known(history: StudyHistory) -> Gain:
    """Of the images of missing classes, what the distilled student gets right more than the one on
    labels only, the bias of both moved as unlabelled images ask for."""
    of, arms = history.exhibits["errors"]["chosen_total"], history.exhibits["bias"]["arms"]
    alone, taught = ([1 - n / of for n in arms[a]["automatic_chosen"]] for a in (ALONE, TAUGHT))
    return paired_gain(alone, taught, 1 / of)


def answer(history: StudyHistory) -> Finding:
    """How many images of what it never saw the distilled student gets right, and without a
    teacher."""
    config = history.config
    assert isinstance(config, MissingConfig)
    assert history.started is not None
    errors, biased = history.exhibits["errors"], history.exhibits["bias"]["arms"]

    def right(wrong: list[int]) -> str:
        return f"{100 * (1 - sum(wrong) / len(wrong) / errors['chosen_total']):.0f} %"

    gain, missing = _known(history), said(config, history.started.classes)
    signs = {True: "Yes", False: "No, worse than without a teacher", None: OPEN}
    why = f"; {doubt([gain])}" if gain.holds is None else ""
    return Finding(
        f"{signs[gain.holds]}: of the images of {missing}, which it never saw, the distilled "
        f"student gets {right(errors['arms'][TAUGHT]['chosen'])} right, and "
        f"{right(biased[TAUGHT]['automatic_chosen'])} with its bias moved; the student on labels "
        f"only then gets {right(biased[ALONE]['automatic_chosen'])}{why}.",
        gain.holds,
    )


STUDY = Study(
    name="missing",
    title="The missing class",
    question="Can a student know a class that it never saw?",
    config=MissingConfig,
    plan=plan,
    suits=suits,
    exhibits=exhibits,
    findings=findings,
    answer=answer,
)
