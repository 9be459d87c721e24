"""A study: a question, answered by arms that are trained under the same budget."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from kdlab.config import base
from kdlab.config.base import PresetSettings, override_field
from kdlab.config.schema import StudentConfig
from kdlab.data import DATASETS
from kdlab.measure.gain import Gain
from kdlab.models import black_box
from kdlab.training.arms.arm import Plan
from kdlab.training.arms.possible import teachable

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.events import Event, Exhibit
    from kdlab.experiments.study.history import StudyHistory
    from kdlab.training.arms.context import TrainingContext


class StudyConfig(StudentConfig):
    """What all studies can set. Those that have settings of their own inherit from this.

    ``chance`` names an arm that knows nothing, if there is one: gains over it are gains over what
    such an arm gets right over all draws, which is known exactly, and not over what a few came to.
    """

    chance: ClassVar[str] = ""
    epochs: int = override_field(StudentConfig, "epochs", default=60)

    @property
    def teachers_drawn(self) -> int:
        """How many teachers, alike but for their seeds, have students of their own."""
        return 1

    def of_teacher(self, place: int) -> Self:
        """These settings with the seeds of teacher number ``place`` and of its own students."""
        return self.model_copy(
            update={
                "teacher_seed": self.teacher_seed + place,
                "first_seed": self.first_seed + place * self.seeds,
            }
        )


class OverTeachers(StudyConfig):
    """A study whose verdict is to hold for teachers of a kind, not for one of them: several are
    trained, and each has students with seeds of their own. Its intervals are over teachers."""

    teacher_seeds: int = Field(
        5,
        ge=1,
        le=40,
        title="Teachers",
        description="Teachers of the same kind with different seeds. Each has as many students as "
        "Seeds says, with seeds of their own; the 95 % intervals are over teachers. With one "
        "teacher, the verdict is about that teacher only.",
        json_schema_extra=base.widget("study", unit="teachers", high=12),
    )
    seeds: int = override_field(StudentConfig, "seeds", default=3, title="Seeds for each teacher")

    @property
    def teachers_drawn(self) -> int:
        """As many as were asked for; weights that were loaded are one teacher, and so is a file."""
        one = self.teacher_weights or self.teacher == black_box.ANSWERS.name
        return 1 if one else self.teacher_seeds


class PresetOverTeachers(PresetSettings, OverTeachers):
    """A study over teachers in which one choice, of a claim or a mistake, brings settings of its
    own: those in which it is tested."""


setting = functools.partial(base.setting, group="study")
"""A field of a study's configuration."""


@dataclass(frozen=True)
class Finding:
    """One answer of a study, measured: a sentence with its figures, and how sure it is.

    ``holds``: True and False where the 95 % interval of ``gain`` says so, None where it cannot
    tell. ``gain`` is None for what is no
    gain. ``alone``: its interval leaves out 0, and the number of comparisons takes that back.
    ``less``: of what was measured less is better, as of a calibration error.
    """

    text: str
    holds: bool | None = None
    gain: Gain | None = None
    alone: bool = False
    less: bool = False


def _no_exhibits(config: Any, context: object) -> Iterator[Exhibit]:
    return iter(())


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a study is made of.

    ``plan(config, classes)`` gives its arms for a data set with these classes; ConfigError where
    the settings make no plan. ``suits`` raises it where data that were read, images of one's own,
    cannot answer the question. ``tune``, where there is one, trains trials before: it gets the plan
    and a training context, tells of its progress, and returns the plan with what it has chosen on
    validation examples; ``tuned`` is the same plan from the exhibits of a study that is done, and
    ``tries`` gives the arms of those trials and how many seeds each has.
    ``network`` says what the study does with its teacher that only a network can ("show its hidden
    layers"); empty: any teacher will do, unless an arm says otherwise.
    ``unused`` names settings of a student that play no part in it; ``recorded``: settings beside
    the defaults whose results come with the lab, by name.
    ``exhibits`` shows what accuracy alone does not, from the trained networks in a training
    context, that of the first teacher where there are several; ``over_teachers`` has those
    of all. Both may tell their progress.
    ``findings`` says what a finished study found; ``corrected``: with the number of its
    comparisons accounted for. ``answer`` answers the question in one plain
    sentence, made of those numbers; without one it is the first finding.
    """

    name: str
    title: str
    question: str
    config: type[StudyConfig]
    plan: Callable[[Any, tuple[str, ...]], Plan]
    findings: Callable[[StudyHistory], list[Finding]]
    suits: Callable[[Any, DataSplit], None] | None = None
    tune: Callable[[Any, Plan, TrainingContext], Generator[Event, None, Plan]] | None = None
    tries: Callable[[Any, Plan], tuple[Plan, int]] | None = None
    tuned: Callable[[Plan, Mapping[str, dict[str, Any]]], Plan] | None = None
    exhibits: Callable[[Any, TrainingContext], Iterator[Event]] = _no_exhibits
    over_teachers: Callable[[Any, Sequence[TrainingContext]], Iterator[Event]] = _no_exhibits
    answer: Callable[[StudyHistory], Finding | None] | None = None
    corrected: bool = False
    network: str = ""
    unused: frozenset[str] = frozenset()
    recorded: Mapping[str, StudyConfig] = field(default_factory=dict)

    def planned(self, config: StudyConfig) -> Plan:
        """The arms that ``config`` asks for; ConfigError where it makes no plan. The classes of
        images of one's own are known when they are read; ten stand in for them here."""
        return self.arms(config, DATASETS[config.dataset].classes or tuple("0123456789"))

    def arms(self, config: StudyConfig, classes: tuple[str, ...]) -> Plan:
        """The plan for a data set with these classes; ConfigError also where it asks something of a
        teacher that no such teacher can do."""
        if self.network and black_box.find(config.teacher) is not None:
            raise black_box.refused(config.teacher, self.network)
        plan = self.plan(config, classes)
        teachable(config, plan)
        return plan

    def answered(self, history: StudyHistory) -> Finding | None:
        """The answer of a finished study in one sentence; None where a study of an older lab does
        not hold what it takes."""
        if self.answer is not None:
            return self.answer(history)
        return next(iter(self.findings(history)), None)
