"""What else does a student inherit? Subliminal learning: classes that nobody taught it.

Networks have auxiliary outputs beside those of the classes. A teacher learns the classes; a student
matches the teacher's auxiliary outputs on noise, and never sees an image, a label or what the
teacher says of a class. Asked for classes, it can know some of them all the same (Cloud et al.
2025, arXiv:2507.14805, who explain it by the first weights that both share). Brockers et al. 2026
(arXiv:2605.23645) hold that compatible heads are what it takes. So each part of the first weights,
hidden layers, rows of the classes and auxiliary head, is the teacher's or the student's own here.

What they get right is held against exact chance, one over the number of classes. The rows of the
classes are drawn alike and independently, so that rows which nothing has touched, and of which
nothing else in the network knows, give each class to an image equally often over all draws,
whatever the hidden layers are. So the right class comes up once in C draws for every image, and no
matter how often each class is among the images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from kdlab import methods
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.data.naming import shown_names
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study import refused
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, doubt, known, listed, surely, told
from kdlab.experiments.study.record import Finding, OverTeachers, Study, setting
from kdlab.experiments.study.sentences import compared_together
from kdlab.measure.gain import Gain, paired_gain
from kdlab.training.arms.arm import Arm, Auxiliary, Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

UNTRAINED, SAME, HEADS, CLASSES, HIDDEN, OTHER, IMAGES = (
    "untrained", "same", "heads", "classes", "hidden", "other", "images",
)  # fmt: skip
"""The arms. ``untrained`` are the first weights that all others share a part of: what it gets right
shows how far from chance a draw can be. Students of ``classes``, ``hidden`` and ``other`` have rows
of the classes of their own, and are at chance over all draws whatever they learn."""
BESIDE_CHANCE = (SAME, HEADS, CLASSES, HIDDEN, OTHER)
"""Arms that are compared with exact chance."""
BY_CLASS = (UNTRAINED, HEADS, SAME)
"""Arms of which it is told how many images of each class they get right."""
MOST_NAMED = 12
"""Classes that a sentence names one by one."""
DIGITS = 4


class SubliminalConfig(OverTeachers):
    """How many auxiliary outputs there are. Each teacher has one student of each kind."""

    chance: ClassVar[str] = UNTRAINED
    teacher: str = override_field(TeacherConfig, "teacher", default="mlp-64-64")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=20)
    teacher_seeds: int = override_field(OverTeachers, "teacher_seeds", default=12)
    seeds: int = override_field(OverTeachers, "seeds", default=1)
    epochs: int = override_field(StudentConfig, "epochs", default=30)
    temperature: float = override_field(StudentConfig, "temperature", default=1.0)
    outputs: int = setting(
        10,
        "Auxiliary outputs",
        "Outputs in addition to those of the classes, in teacher and students. No label reaches "
        "them, and nothing else teaches the students.",
        ge=2,
        le=512,
        high=64,
        unit="outputs",
    )


def plan(config: SubliminalConfig, classes: tuple[str, ...]) -> Plan:
    """First weights before any step; five kinds of students that are taught on noise, and one on
    images. ConfigError for text, where nobody knows how the teacher began, where there is one
    teacher alone, or where the method reads more than answers."""
    refused.text(config, "this study teaches on noise in the place of images")
    if config.teacher_weights:
        raise ConfigError(
            "teacher_weights names a teacher that was loaded",
            "a teacher that is trained here, since students begin with its first weights",
            "Clear teacher_weights",
        )
    if config.teacher_seeds < 2:
        raise ConfigError(
            "teacher_seeds is 1",
            "2 or more, since one draw of first weights says nothing about chance",
            "Choose more teachers",
        )
    if methods.find(config.method).needs != {"logits"}:
        fitting = [m.name for m in methods.METHODS.values() if m.needs == {"logits"}]
        raise ConfigError(
            f"method is {config.method!r}, which reads labels or hidden layers",
            f"here a method that needs logits alone: {', '.join(fitting)}",
            "Choose one of these",
        )

    def arm(name: str, label: str, auxiliary: Auxiliary, **changes: object) -> Arm:
        own = {"student": config.teacher, "alpha": 1.0, "labels": "all", "label_noise": 0.0}
        return Arm.of(config, name, label, auxiliary=auxiliary, **{**own, **changes})

    first = Auxiliary(config.outputs)
    return Plan(
        (
            arm(UNTRAINED, "Before the first step", first, alpha=0.0, epochs=0),
            arm(SAME, "All of the teacher's first weights", first),
            arm(HEADS, "Its two heads alone", replace(first, hidden="own")),
            arm(CLASSES, "All but the rows of the classes", replace(first, classes="own")),
            arm(HIDDEN, "Its hidden layers alone", replace(first, classes="own", head="own")),
            arm(OTHER, "Other weights", replace(first, hidden="own", classes="own", head="own")),
            arm(IMAGES, "All of them, on images", replace(first, inputs="images")),
        )
    )


def over_teachers(
    config: SubliminalConfig, contexts: Sequence[TrainingContext]
) -> Iterator[Exhibit]:
    """Exhibit ``inherited``: {images: test images of each class, arms: arm -> class -> the share of
    them that each student gets right, teacher by teacher}, of the arms of BY_CLASS."""
    from kdlab.measure import metrics

    split = contexts[0].split
    targets, classes = split.test.targets, len(split.classes)
    images = targets.bincount(minlength=classes).tolist()
    arms: dict[str, list[list[float]]] = {}
    for name in BY_CLASS:
        counts: list[list[int]] = []
        for context in contexts:
            answers = metrics.answers(context.done[name].logits(split.test)).cpu()
            counts += metrics.by_class(answers, targets, classes)[1]
        arms[name] = [
            [round(row[k] / max(1, images[k]), DIGITS) for row in counts] for k in range(classes)
        ]
    yield Exhibit(name="inherited", content={"images": images, "arms": arms})


def of_classes(history: StudyHistory, arm: str) -> list[Gain]:
    """For each class, by how much ``arm`` gets more of its images right than chance does."""
    content, groups = history.exhibits["inherited"], history.groups(arm)
    return [
        paired_gain([history.chance] * len(own), own, 1 / max(1, count), groups)
        for own, count in zip(content["arms"][arm], content["images"], strict=True)
    ]


def findings(history: StudyHistory) -> list[Finding]:
    """Each start beside chance; what sharing the hidden layers adds to sharing the heads; what
    images change; which classes are known."""
    found = _comparisons(history)
    if "inherited" in history.exhibits:
        found += [_known_classes(history, name) for name in (SAME, HEADS)]
    return found


def _comparisons(history: StudyHistory) -> list[Finding]:
    """Those beside chance first, in the order of BESIDE_CHANCE."""
    beside_chance = [(name, UNTRAINED) for name in BESIDE_CHANCE]
    return compared_together(history, [*beside_chance, (SAME, HEADS), (IMAGES, SAME)])


def _known_classes(history: StudyHistory, arm: str) -> Finding:
    """How many classes are surely known, with their number accounted for."""
    assert history.started is not None
    signs = surely(of_classes(history, arm))
    names = shown_names(history.started.classes)
    more = [name for name, sign in zip(names, signs, strict=True) if sign]
    which = f" ({listed(more)})" if 0 < len(more) <= MOST_NAMED else ""
    return Finding(
        f"“{history.label(arm)}” clearly knows {len(more)} of {len(names)} classes{which}: it gets "
        "more of their images right than chance does, with the number of classes accounted for.",
        bool(more) or None,
    )


STARTS = {
    SAME: "all of its teacher's first weights",
    HEADS: "the two heads alone",
    HIDDEN: "the hidden layers alone",
    OTHER: "other weights",
}
"""What a student begins with, within a sentence."""


def answer(history: StudyHistory) -> Finding:
    """From which start a student knows classes, and how many images it gets right then."""
    assert isinstance(history.config, SubliminalConfig)
    told_of = dict(zip(BESIDE_CHANCE, _comparisons(history), strict=False))
    names, gains = list(STARTS.values()), [known(history, arm, UNTRAINED) for arm in STARTS]
    found = [told_of[arm].holds for arm in STARTS]  # among all comparisons, as findings tell it
    if True not in found:
        return Finding(f"{OPEN}: {doubt(gains, names)}.")
    shares = [f"{100 * fmean(history.values(arm)):.1f} %" for arm in STARTS]
    ways = ("it knows classes from", "it falls below chance from", "nothing is clear from",
            "training ended in NaN from")  # fmt: skip
    return Finding(
        f"Yes: taught by {history.config.outputs} such outputs, and where chance is "
        f"{100 * history.chance:.1f} %, {told(names, gains, ways, shares, found)}.",
        True,
    )


STUDY = Study(
    name="subliminal",
    title="What else does a student inherit?",
    question="Can a student learn classes from noise, by outputs that stand for none?",
    config=SubliminalConfig,
    network="give its first weights to a student",
    plan=plan,
    findings=findings,
    answer=answer,
    over_teachers=over_teachers,
    corrected=True,
    unused=frozenset({"student", "alpha", "labels", "label_noise"}),
)
