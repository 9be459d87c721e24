"""An arm: one way to make a student, as data.

Whatever is compared is a list of arms. What an arm does not say is as in the configuration, so that
two arms differ in what they are there to show and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from kdlab import models
from kdlab.config.schema import DistilConfig, StudentConfig, Turn
from kdlab.methods import find as find_method
from kdlab.models import black_box
from kdlab.training.course import Course

Average = Literal["probabilities", "logits"]
Augmentation = Literal["none", "shift", "flip", "noise", "mixup"]
Start = Literal["fresh", "teacher"]
Images = Literal["train", "validation", "half of validation"]
Whose = Literal["teacher", "own"]
Prefixes = Literal["data", "teacher", "student"]


@dataclass(frozen=True, slots=True)
class TeacherSpec:
    """A teacher that is trained on all labels. What is left empty is as the configuration says.

    ``classes`` makes an expert: of images of other classes it learns only that they are of another
    class, any of them with the same probability (after the specialists of Hinton, Vinyals and Dean
    2015, section 5, whose dustbin class this spreads over the classes it stands for).
    """

    architecture: str = ""
    epochs: int | None = None
    seed: int | None = None
    classes: tuple[int, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ArmStudents:
    """The students of an earlier arm as teachers: each teaches the student of its own seed."""

    arm: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Peer:
    """Two students learn from each other as they go, without a teacher (deep mutual learning, Zhang
    et al. 2018, arXiv:1706.00384). The first of the two is judged."""


Teacher = TeacherSpec | ArmStudents | Peer
DEFAULT_TEACHER = TeacherSpec()
"""The teacher of the configuration."""


def teacher_config(config: StudentConfig, teacher: TeacherSpec) -> StudentConfig:
    """The configuration of a teacher: what ``teacher`` does not say is as in ``config``."""
    own: dict[str, object] = {}
    if teacher.architecture and teacher.architecture != config.teacher:
        if black_box.find(teacher.architecture) is None:
            models.find(teacher.architecture)
        own.update(teacher=teacher.architecture, teacher_weights="")
    if teacher.epochs is not None:
        own.update(teacher_epochs=teacher.epochs, teacher_weights="")
    if teacher.seed is not None:
        own.update(teacher_seed=teacher.seed, teacher_weights="")
    return config.model_copy(update=own)


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """Students that are taught by outputs which stand for no class, and asked for classes all the
    same (subliminal learning, Cloud et al. 2025, arXiv:2507.14805).

    Networks have so many ``outputs`` beside those of the classes. Nobody trains the teacher's; a
    student matches them and is told nothing else, on ``inputs`` that are noise or the images. Its
    ``hidden`` layers, the outputs of the ``classes`` and the auxiliary ``head`` each begin with
    the first weights of the teacher, those that it had before it learned, or with its own.
    """

    outputs: int
    inputs: Literal["noise", "images"] = "noise"
    hidden: Whose = "teacher"
    classes: Whose = "teacher"
    head: Whose = "teacher"

    @property
    def shared(self) -> bool:
        """Whether anything begins as the teacher did."""
        return "teacher" in (self.hidden, self.classes, self.head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to make a student, over all seeds. ``name`` identifies it, ``label`` is for people.

    ``schedule`` turns T and alpha on the way. Several ``teachers`` are averaged as softened
    ``probabilities`` or as logits, with their weights. ``layers`` pairs layers of student and
    teacher, counted from 0, for methods that compare features; empty: as the method has it, which
    may be the embeddings. ``start`` from the teacher takes over the layers ``kept`` of it, counted
    from 0 with the one that gives the logits last; empty: all of them. ``after`` names an earlier
    arm whose students go on here, as in fine-tuning. ``learns_from`` says on which images the
    students are trained (half of validation: its first half), ``unseen`` which classes the transfer
    set does not show. Students see images scaled down by ``factor`` (area average), the teacher
    never does. ``view`` says whether the teacher answers on the augmented image that its student
    sees, or on the clean one. ``fault`` is a mistake of :data:`kdlab.training.arms.faults.FAULTS`
    or TEXT_FAULTS. With ``auxiliary`` outputs, which need the teacher's network as the student,
    students see no label, and the method compares these outputs alone.
    Of text, ``prefixes`` says whose they are on which the student is compared with its teacher, and
    ``on_policy``, where they are the student's, for which share of the batches (lambda): see
    :mod:`kdlab.training.arms.prefixes`.
    """

    name: str
    label: str
    student: str
    temperature: float
    alpha: float
    labels: int | Literal["all"]
    label_noise: float
    method: str
    epochs: int
    learning_rate: float
    schedule: tuple[Turn, ...] = ()
    teachers: tuple[Teacher, ...] = (DEFAULT_TEACHER,)
    average: Average = "probabilities"
    parameters: tuple[tuple[str, float], ...] = ()
    layers: tuple[tuple[int, int], ...] = ()
    start: Start = "fresh"
    kept: tuple[int, ...] = ()
    after: str = ""
    learns_from: Images = "train"
    unseen: tuple[int, ...] = ()
    factor: int = 1
    augmentation: Augmentation = "none"
    view: Literal["same", "clean"] = "same"
    fault: str = ""
    auxiliary: Auxiliary | None = None
    prefixes: Prefixes = "data"
    on_policy: float = 0.0

    @classmethod
    def of(cls, config: StudentConfig, name: str, label: str, **changes: Any) -> Arm:
        """The distilled student of ``config``, with ``changes``."""
        own = {f.name for f in fields(cls)} & DistilConfig.model_fields.keys()
        values = {n: getattr(config, n) for n in own & type(config).model_fields.keys()}
        if changes.get("method", config.method) == config.method:  # another has other numbers
            numbers = find_method(config.method).named(config.method_parameters)
            values["parameters"] = tuple(numbers.items())
        return cls(name=name, label=label, **{**values, **changes})

    @classmethod
    def baseline(
        cls,
        config: StudentConfig,
        name: str = "labels only",
        label: str = "Labels only",
        **changes: Any,
    ) -> Arm:
        """The same student for the same budget, on labels alone."""
        alone = {"alpha": 0.0, "schedule": (), "method": "soft-targets"}
        return cls.of(config, name, label, **{**alone, **changes})

    @property
    def cohort(self) -> Arm:
        """What it has in common with those that it can be trained with: arms for which this is
        equal make one cohort. Nothing is said of T, alpha and labels, nor of what has no effect."""
        idle: dict[str, Any] = {"name": "", "label": "", "temperature": 1.0, "alpha": 0.0}
        idle.update(labels="all", label_noise=0.0, schedule=())
        if self.untaught and self.plain:  # labels only: whatever the teacher would have said
            idle.update(
                method="soft-targets", parameters=(), teachers=(DEFAULT_TEACHER,), layers=()
            )
        if len(idle.get("teachers", self.teachers)) == 1:
            idle.update(average="probabilities")
        if self.augmentation == "none":
            idle.update(view="same")
        if self.start == "fresh":
            idle.update(kept=())
        if self.auxiliary is not None:
            alike = replace(self.auxiliary, hidden="own", classes="own", head="own")
            idle.update(auxiliary=alike)
        return replace(self, **idle)

    @property
    def course(self) -> Course:
        """T and alpha over the epochs."""
        return Course(self.temperature, self.alpha, self.schedule)

    @property
    def untaught(self) -> bool:
        """Whether labels alone are in the loss, from the first step to the last."""
        return self.alpha == 0 and all(turn.alpha == 0 for turn in self.schedule)

    @property
    def plain(self) -> bool:
        """Whether nothing but the numbers of the loss tells it from a run's distilled student."""
        mixed = self.augmentation != "none" or self.prefixes != "data"
        return not self.fault and not mixed and Peer() not in self.teachers

    @property
    def needs(self) -> frozenset[str]:
        """Names of the arms that must be done before this one begins."""
        found = {t.arm for t in self.teachers if isinstance(t, ArmStudents)}
        return frozenset(found | ({self.after} if self.after else set()))


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is trained: the two arms of a run, the cells of a map, a group of trials, the arms
    of a study.

    ``against`` names the labels-only arm beside which an arm is judged, where it is not the first
    one that is untaught. With ``one_method`` all arms are of one method and those on labels alone
    learn beside the others, in one cohort; else they learn beside those of soft targets.
    """

    arms: tuple[Arm, ...]
    against: dict[str, str] = field(default_factory=dict)
    one_method: bool = False

    def common(self, arm: Arm) -> Arm:
        """What ``arm`` has in common with those that it is trained with."""
        if not self.one_method:
            return arm.cohort
        return replace(arm.cohort, method=arm.method, parameters=arm.parameters)

    @property
    def taught(self) -> frozenset[str]:
        """Names of the arms that something of a teacher reaches: in their own loss, as their first
        weights, or through an earlier arm that they go on from or that teaches them. The others
        are the same whatever the teacher is."""
        found: set[str] = set()
        while True:
            more = {
                arm.name
                for arm in self.arms
                if (not arm.untaught and arm.method != "labels-only" and Peer() not in arm.teachers)
                or arm.start == "teacher"
                or (arm.auxiliary is not None and arm.auxiliary.shared)
                or arm.needs & found
            }
            if more <= found:
                return frozenset(found)
            found |= more

    def reference(self, name: str) -> str:
        """The name of the arm that ``name`` is compared with."""
        first = next((a.name for a in self.arms if a.untaught), self.arms[0].name)
        return self.against.get(name, first)
