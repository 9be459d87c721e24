"""Mistakes with language models whose effect only training shows, beside the right version.

Same seeds, same text, same number of steps: the student on labels alone, the student that is
distilled, and the student whose code has one mistake in it. Judged by bits per character of test
text. What the records are: :mod:`kdlab.studies.language_mistakes.records`; those whose effect can
be computed need no study: :mod:`kdlab.studies.language_mistakes.exact`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from kdlab.config.base import override_field
from kdlab.config.brought import BROUGHT
from kdlab.config.schema import Count, StudentConfig, TeacherConfig
from kdlab.data import DATASETS
from kdlab.data.text.own import FLOAT, MOST_MEMORY
from kdlab.data.text.windows import END
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import amount, doubt, known
from kdlab.experiments.study.record import Finding, Study, StudyConfig, setting
from kdlab.experiments.study.sentences import compared
from kdlab.studies.language_mistakes.records import EXACT, TRAINED, ExactName, TrainedName
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.training.arms.context import TrainingContext

ALONE, RIGHT, WRONG = "labels only", "right", "wrong"
ENDLESS = "labels only, wrong"
"""Of the end that is masked alone: what a student makes of it without a teacher."""
NAMES = BROUGHT["names"]
"""The settings with which this data set begins."""


class LanguageMistakesConfig(StudyConfig):
    """Which mistake is made, and which of the others is shown beside it."""

    mistake: TrainedName = setting(
        "pad-is-end",
        "Mistake, trained",
        "What is wrong in the code of one of the students.",
        words={name: mistake.title for name, mistake in TRAINED.items()},
    )
    exact: ExactName = setting(
        "beta",
        "Mistake, computed",
        "What is wrong in the loss that is computed below: this one needs no training.",
        words={name: mistake.title for name, mistake in EXACT.items()},
        view=True,
    )
    dataset: str = override_field(StudentConfig, "dataset", default="names")
    teacher: str = override_field(TeacherConfig, "teacher", default=NAMES["teacher"])
    teacher_epochs: int = override_field(
        TeacherConfig, "teacher_epochs", default=NAMES["teacher_epochs"]
    )
    student: str = override_field(StudentConfig, "student", default=NAMES["student"])
    temperature: float = override_field(StudentConfig, "temperature", default=NAMES["temperature"])
    labels: Count = override_field(StudentConfig, "labels", default=NAMES["labels"])
    epochs: int = override_field(StudentConfig, "epochs", default=NAMES["epochs"])


def plan(config: LanguageMistakesConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, the right version and the wrong one. ConfigError for data that are no text, and
    for another method: the mistakes are made in the loss of soft targets."""
    if DATASETS[config.dataset].kind != "text":
        text = ", ".join(name for name, record in DATASETS.items() if record.kind == "text")
        raise ConfigError(
            f"dataset is {config.dataset!r}, whose students do not predict a next character",
            f"here text: {text}",
            "Choose one of these data sets",
        )
    if config.method != "soft-targets" or config.method_parameters:
        raise ConfigError(
            f"method is {config.method!r}"
            + (" with numbers of its own" if config.method_parameters else ""),
            "here 'soft-targets', in whose loss the mistakes are made, without method_parameters",
            "Set method to soft-targets, and leave method_parameters out",
        )
    words, wrong = "With the mistake", {"fault": config.mistake}
    arms = [Arm.baseline(config, ALONE), Arm.of(config, RIGHT, "Right")]
    if config.mistake != "pad-is-end":
        return Plan((*arms, Arm.of(config, WRONG, words, **wrong)))
    # places whose target is masked are as if they were not there
    endless = Arm.baseline(config, ENDLESS, f"Labels only, {words.lower()}", unseen=(END,))
    return Plan((*arms, Arm.of(config, WRONG, words, unseen=(END,)), endless))


def suits(config: LanguageMistakesConfig, split: DataSplit) -> None:
    """ConfigError where one string is so much longer than the others that the padding, of which
    every place is a window, would take more memory than a whole text may."""
    if config.mistake != "padding":
        return
    from kdlab.training.arms.text_faults import padding_count

    width, kinds = split.shape
    for part in (split.train, split.test):
        need = FLOAT * padding_count(part.targets) * width * kinds
        if need > MOST_MEMORY:
            raise ConfigError(
                f"all strings as long as the longest are {need / 10**6:,.0f} MB of padding",
                f"at most {MOST_MEMORY // 10**6} MB, the same as for a text",
                "Leave out or cut the longest lines, choose a smaller window, or a lower limit on "
                "training examples",
            )


def exhibits(config: LanguageMistakesConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """ "heard": what gives the mistake away (:mod:`kdlab.studies.language_mistakes.heard`)."""
    from kdlab.studies.language_mistakes.heard import measured

    yield Exhibit(name="heard", content=measured(config.mistake, context))


def findings(history: StudyHistory) -> list[Finding]:
    """What the mistake costs, what is left of distillation with it, and where one could have seen
    it."""
    if not all(map(math.isfinite, history.values(WRONG))):
        return [Finding("With the mistake the loss becomes NaN.", False)]
    found = [compared(history, WRONG, RIGHT), compared(history, WRONG, ALONE)]
    return [*found, compared(history, RIGHT, ALONE), *symptoms(history)]


def symptoms(history: StudyHistory) -> list[Finding]:
    """What gives the mistake away, from the exhibit "heard"."""
    content = history.exhibits.get("heard")
    if content is None:
        return []
    assert isinstance(history.config, LanguageMistakesConfig)
    name = history.config.mistake
    right, wrong = (content["teacher"][which] for which in (RIGHT, WRONG))
    arms = content["arms"]

    def of(arm: str, measure: str) -> str:
        each = arms[arm][measure]
        return f"{sum(each) / len(each):.{3 if measure == 'end' else 2}f}"

    def both(measure: str, wrong: str = WRONG, right: str = RIGHT) -> str:
        return f"{of(wrong, measure)} with the mistake, {of(right, measure)} with the right code"

    if name == "pad-is-end":
        return [
            Finding(
                f"Probability of the end where a string ends: {both('end')}; on labels only "
                f"{both('end', ENDLESS, ALONE)}. The teacher's answers at other characters tell of "
                "the end, too; labels do not."
            ),
            Finding(f"Bits at all other characters: {both('others')}."),
        ]
    if name == "padding":
        true = ", ".join(f"{history.mean(arm)[0]:.2f}" for arm in (WRONG, RIGHT, ALONE))
        return [
            Finding(
                f"{100 * content['padding']:.0f} % of the places are padding. Reported with them, "
                f"bits per place: {both('padded')}, {of(ALONE, 'padded')} on labels only. Without "
                f"them, in the same order: {true} bits per character."
            )
        ]
    return [
        Finding(
            "The teacher's answers, measured where they reach the loss: with the right code they "
            f"give the next character {right:.2f} bits, with the mistake {wrong:.2f}. A check of "
            "one line, before anything is trained."
        )
    ]


def answer(history: StudyHistory) -> Finding:
    """What the mistake does to the bits per character of test text."""
    found = known(history, WRONG, RIGHT)
    if found.verdict == "NaN":
        return Finding("With this mistake the loss becomes NaN.", False)
    if found.holds is None:
        return Finding(f"Its effect on the bits per character is unclear: {doubt([found])}.")
    verb = "saves" if found.holds else "costs"
    return Finding(
        f"This mistake {verb} {amount(found)}: "
        f"{history.mean(WRONG)[0]:.2f} instead of {history.mean(RIGHT)[0]:.2f}, where labels only "
        f"need {history.mean(ALONE)[0]:.2f}.",
        found.holds,
    )


STUDY = Study(
    name="language-mistakes",
    title="Language model mistakes",
    question="What does a mistake in the code do to a language model's student?",
    config=LanguageMistakesConfig,
    network="write text",
    plan=plan,
    findings=findings,
    answer=answer,
    suits=suits,
    exhibits=exhibits,
    recorded={
        f"language-mistakes {name}": LanguageMistakesConfig(mistake=name)
        for name in get_args(TrainedName)
        if name != LanguageMistakesConfig().mistake
    },
)
