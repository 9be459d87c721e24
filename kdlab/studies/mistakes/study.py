"""Mistakes that people make when they distil, each trained beside the right version.

Same seeds, same budget: the student on labels alone, the student that is distilled, and the student
whose code has one mistake in it. What the records are: :mod:`kdlab.studies.mistakes.records`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from kdlab import models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.errors import ConfigError
from kdlab.events import Event
from kdlab.experiments.study import refused
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import amount, doubt, surely
from kdlab.experiments.study.record import Finding, PresetOverTeachers, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.measure.gain import Gain
from kdlab.models import black_box
from kdlab.studies.mistakes import rounded
from kdlab.studies.mistakes.records import MISTAKES, MistakeName
from kdlab.training.arms.arm import Arm, Plan, TeacherSpec

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.training.arms.context import TrainingContext

ALONE, RIGHT, WRONG, BIG = "labels only", "right", "wrong", "labels only, big"
LATER = ("best-on-test", rounded.NAME)
"""Mistakes that are made when the students have learned."""
RECORDED = ("no-square", "temperature-on-probabilities", "alpha-swapped", "best-on-test")
"""Come with the lab beside the mistake that is shown first: a lesson leads through them."""


class MistakesConfig(PresetOverTeachers):
    """Which mistake is made. It brings the settings under which it shows best, unless others are
    given."""

    teacher: str = override_field(TeacherConfig, "teacher", default="mlp-128-128")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=20)
    student: str = override_field(StudentConfig, "student", default="mlp-32")
    epochs: int = override_field(StudentConfig, "epochs", default=25)
    mistake: MistakeName = setting(
        "misaligned",
        "Mistake",
        "What is wrong in the code of one of the students.",
        words={name: mistake.title for name, mistake in MISTAKES.items()},
    )

    @classmethod
    @override
    def brought(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        name = values.get("mistake")
        return MISTAKES[name].settings if isinstance(name, str) and name in MISTAKES else {}


def shown_best(name: str, **changes: Any) -> MistakesConfig:
    """The settings under which the mistake ``name`` shows best, with ``changes``."""
    return MistakesConfig.parse({"mistake": name, **changes})


def plan(config: MistakesConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, the right version and the wrong one; a student of another size has its own
    labels-only arm, and a mistake that is made when students have learned has none. ConfigError for
    another method: the mistakes are made in the loss of soft targets, and for text: its mistakes
    are others."""
    refused.text(
        config, "these mistakes are shown on images; those with text are in language-mistakes"
    )
    if config.mistake == rounded.NAME:
        rounded.possible(config)
    if config.method != "soft-targets" or config.method_parameters:
        raise ConfigError(
            f"method is {config.method!r}"
            + (" with numbers of its own" if config.method_parameters else ""),
            "here 'soft-targets', in whose loss the mistakes are made, without method_parameters",
            "Set method to soft-targets, and leave method_parameters out",
        )
    name, words = config.mistake, "With the mistake"
    own: dict[str, Any] = {}
    if name == "student-in-evaluation-mode":
        own = {"student": with_batch_norm(config.student)}
    elif name == "teacher-in-training-mode":
        own = {"teachers": (TeacherSpec(architecture=with_batch_norm(config.teacher)),)}
    student = {"student": own["student"]} if "student" in own else {}
    arms = [Arm.baseline(config, ALONE, **student), Arm.of(config, RIGHT, "Right", **own)]
    if name == "same-size":
        if black_box.find(config.teacher) is not None:
            raise black_box.refused(config.teacher, "be the student as well")
        big = {"student": config.teacher}
        arms += [
            Arm.of(config, WRONG, "As big as the teacher", **big),
            Arm.baseline(config, BIG, "As big, labels only", **big),
        ]
        return Plan(tuple(arms), {WRONG: BIG, BIG: BIG})
    if name == "untrained-teacher":
        own = {"teachers": (TeacherSpec(epochs=0),)}
    elif name == "untrained-student":
        own = {"learning_rate": 0.0}  # the optimiser moves somebody else's weights
    elif name == "alpha-swapped":
        own = {"alpha": 1 - config.alpha}
    elif name in LATER:
        return Plan(tuple(arms))
    else:
        own = {**own, "fault": name}
    return Plan((*arms, Arm.of(config, WRONG, words, **own)))


def with_batch_norm(architecture: str) -> str:
    """The network with batch norm, where it has none; without, no mode of a network matters.

    >>> with_batch_norm("mlp-32"), with_batch_norm("resnet8"), with_batch_norm("gru-32")
    ('mlpbn-32', 'resnet8', 'mlpbn-64-64')
    """
    if black_box.find(architecture) is not None:
        raise black_box.refused(architecture, "have batch norm")
    family = models.find(architecture)
    if family.name == "mlp":
        return architecture.replace("mlp", "mlpbn", 1)
    without = ("cnn", "gru", "gpt")
    return models.MODELS["mlpbn"].examples[0] if family.name in without else architecture


def effect(history: StudyHistory) -> Gain | None:
    """What the mistake does to the accuracy that is reported: wrong minus right, paired by seed, as
    :func:`kdlab.measure.gain.paired_gain`; None before both are done."""
    if _mistake(history) == rounded.NAME:
        return rounded.gain(history, RIGHT)
    if _mistake(history) != "best-on-test":
        return history.gain(WRONG, RIGHT)
    best = best_of_epochs(history, RIGHT)
    return None if best is None else _reported(history, RIGHT, best)


def effects(history: StudyHistory) -> tuple[float, ...]:
    """The same for each seed, of a study that is done."""
    if _mistake(history) == rounded.NAME:
        wrong, right = (rounded.values(history, way) for way in (rounded.WRONG, rounded.RIGHT))
        return tuple(w - r for w, r in zip(wrong, right, strict=True))
    reported = _mistake(history) == "best-on-test"
    best = best_of_epochs(history, RIGHT) if reported else history.values(WRONG)
    assert best is not None, "the study is not done"
    return tuple(w - r for w, r in zip(best, history.values(RIGHT), strict=True))


def measured(history: StudyHistory) -> dict[str, dict[str, float]]:
    """labels only, right, wrong ... -> {accuracy, ece}, means over all students of a study that is
    done; where files are made, right and wrong are those of files."""
    found = {arm: {m: history.mean(arm, m)[0] for m in ("accuracy", "ece")} for arm in history.done}
    if _mistake(history) == rounded.NAME:
        for way in (rounded.RIGHT, rounded.WRONG):
            found[way] = {m: fmean(rounded.values(history, way, m)) for m in ("accuracy", "ece")}
    return found


def best_of_epochs(history: StudyHistory, arm: str) -> tuple[float, ...] | None:
    """The highest test accuracy of each seed over the epochs that were looked at, the first weights
    left out; None before the arm is done."""
    epochs = [e.test for e in history.epochs(arm) if e.epoch > 0]
    if arm not in history.done or not epochs:
        return None
    return tuple(max(values) for values in zip(*epochs, strict=True))


def _reported(history: StudyHistory, arm: str, best: tuple[float, ...]) -> Gain:
    """The best epoch minus the last, of which the best is one: it cannot be below 0."""
    return history.gain_of(history.values(arm), best, arm, at_least=0.0)


def _mistake(history: StudyHistory) -> str:
    assert isinstance(history.config, MistakesConfig)
    return history.config.mistake


def findings(history: StudyHistory) -> list[Finding]:
    """What the mistake costs, and what is left of distillation with it."""
    name = _mistake(history)
    if name == "best-on-test":
        return _reporting(history)
    if name == rounded.NAME:
        return [*rounded.findings(history, RIGHT), compared(history, RIGHT)]
    if not all(map(math.isfinite, history.values(WRONG))):
        return [Finding("With the mistake the loss becomes NaN.", False)]
    found = [compared(history, WRONG, RIGHT), compared(history, WRONG), compared(history, RIGHT)]
    if name == "same-size":
        return [_sizes(history), *found]
    return [*found, _calibration(history)]


def _reporting(history: StudyHistory) -> list[Finding]:
    found = []
    for arm in (RIGHT, ALONE):
        best = best_of_epochs(history, arm)
        assert best is not None, f"{arm} must be done"
        gain = _reported(history, arm, best)
        epochs = sum(e.epoch > 0 for e in history.epochs(arm))
        found.append(
            Finding(
                f"“{history.label(arm)}”: the best of {epochs} epochs on test images is "
                f"{gain.told()} above the last epoch. Nothing was learned for it.",
                None,
                gain,
            )
        )
    mixed = history.gain_of(
        history.values(ALONE), best_of_epochs(history, RIGHT) or (), RIGHT, ALONE
    )
    honest = history.gain(RIGHT, ALONE)
    assert honest is not None
    text = (
        f"The gain of distillation, honestly {honest.told()}, becomes {mixed.told()} where only "
        "the distilled student is reported at its best."
    )
    return [*found, Finding(text, None, mixed)]


def _sizes(history: StudyHistory) -> Finding:
    small, big = (history.done[arm].cost["parameters"] for arm in (RIGHT, WRONG))
    return Finding(
        f"{big:,} parameters instead of {small:,}: {big / small:.1f} times as many, and as many as "
        "the teacher has. Nothing became smaller or faster.",
        False,
    )


def _calibration(history: StudyHistory) -> Finding:
    right, wrong = (100 * history.mean(arm, "ece")[0] for arm in (RIGHT, WRONG))
    if not math.isfinite(right):
        return Finding("Calibration error: the right student's loss became NaN.")
    gain = history.gain(WRONG, RIGHT, "ece")
    assert gain is not None, "a study that has findings is done"
    text = (
        f"{rounded.CALIBRATION}: {right:.1f} % with the right code, {wrong:.1f} % with the "
        f"mistake, {gain.told()}."
    )
    return Finding(text, None, gain, less=True)


def answer(history: StudyHistory) -> Finding:
    """What the mistake does to the accuracy that is reported; where that cannot be told, to the
    calibration error."""
    gain = effect(history)
    assert gain is not None, "a study that has findings is done"
    if gain.verdict == "NaN":
        return Finding("With this mistake the loss becomes NaN.", False)
    if _mistake(history) == "best-on-test":
        return Finding(
            f"It makes the same student look {amount(gain)} better, and nothing was learned for it."
            if gain.mean
            else "It changes nothing here: the last epoch is the best of all."
        )
    if gain.holds is not None:
        verb = "adds" if gain.holds else "costs"
        return Finding(f"This mistake {verb} {amount(gain)} of test accuracy.", gain.holds)
    text = f"Its effect on test accuracy is unclear: {doubt([gain])}"
    if _mistake(history) == rounded.NAME:
        return Finding(f"{text}.")
    error = history.gain(WRONG, RIGHT, "ece")
    # two are told in one sentence, so both count
    if error is not None and surely([gain, error])[1]:
        right, wrong = (100 * history.mean(arm, "ece")[0] for arm in (RIGHT, WRONG))
        return Finding(
            f"{text}; it is calibrated worse, with an error of {wrong:.1f} % instead of "
            f"{right:.1f} %.",
            False,
        )
    return Finding(f"{text}.")


def suits(config: MistakesConfig, split: DataSplit) -> None:
    """ConfigError for too few training examples to measure ranges on, where that is done."""
    if config.mistake == rounded.NAME:
        from kdlab.studies.device.measured import enough

        enough(split)


def over_teachers(config: MistakesConfig, contexts: Sequence[TrainingContext]) -> Iterator[Event]:
    """Of int8 what files with right and wrong ranges come to."""
    if config.mistake == rounded.NAME:
        yield from rounded.exhibits(config, contexts, RIGHT)


STUDY = Study(
    name="mistakes",
    title="Common mistakes",
    question="What does a mistake in the code do to the student?",
    config=MistakesConfig,
    plan=plan,
    suits=suits,
    over_teachers=over_teachers,
    findings=findings,
    answer=answer,
    recorded={f"mistakes {name}": shown_best(name) for name in RECORDED},
)
