"""What arms share: the data, their teachers, and the students that are done."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from kdlab.config.schema import StudentConfig
from kdlab.data.naming import shown_names
from kdlab.data.split import DataSplit, Part
from kdlab.events import Event, Progress, TeacherEpoch, TeacherReady
from kdlab.measure import metrics, profiling
from kdlab.models import black_box
from kdlab.models.family import TRAINING_PASSES
from kdlab.storage.store import Store
from kdlab.training.arms.arm import (
    DEFAULT_TEACHER,
    Arm,
    ArmStudents,
    Peer,
    TeacherSpec,
    teacher_config,
)
from kdlab.training.arms.sources import Samples, Source, table_of
from kdlab.training.arms.views import noise_like, scaled
from kdlab.training.cohort import Engine
from kdlab.training.loop import device
from kdlab.training.seeds import Role, stream
from kdlab.training.stored_teacher import teacher_of
from kdlab.training.streams import Made, relayed
from kdlab.training.teachers import Teacher


@dataclass(frozen=True)
class TrainedStudents:
    """The students of an arm that is done: place ``place`` of ``variants`` in a cohort."""

    engine: Engine
    place: int
    variants: int
    factor: int

    @property
    def modules(self) -> list[nn.Module]:
        """One a seed, on the CPU, in evaluation mode."""
        places = range(self.place, self.engine.size, self.variants)
        return [self.engine.module(k) for k in places]

    def logits(self, part: Part) -> Tensor:
        """(S, C, N) on images that are not scaled yet."""
        where = self.engine.parameters()[0].device
        found = self.engine.predict(scaled(part, self.factor).inputs.to(where))
        return found[self.place :: self.variants]


@dataclass
class TrainingContext:
    """The teacher of the configuration, other teachers as they are asked for, and ``done``."""

    config: StudentConfig
    split: DataSplit
    teacher: Teacher
    store: Store = field(default_factory=Store)
    where: torch.device = field(default_factory=device)
    done: dict[str, TrainedStudents] = field(default_factory=dict)
    networks: dict[TeacherSpec, Teacher] = field(default_factory=dict)
    seconds: dict[TeacherSpec, float] = field(default_factory=dict)
    samples: Samples | None = None
    """Strings of the teacher, once somebody has asked for them."""

    def __post_init__(self) -> None:
        self.networks[DEFAULT_TEACHER] = self.teacher

    @property
    def seeds(self) -> list[int]:
        """Of the students."""
        return [self.config.first_seed + s for s in range(self.config.seeds)]

    def part(self, arm: Arm) -> Part:
        """The images that ``arm`` learns from, as its teachers see them; for noise, whose targets
        mean nothing, as many inputs as there are training images, the same for all seeds."""
        if arm.auxiliary is not None and arm.auxiliary.inputs == "noise":
            inputs = noise_like(self.split.train.inputs, stream(self.seeds[0], Role.VIEWS))
            return Part(inputs, self.split.train.targets)
        return self._chosen(arm, self._whole(arm))

    def prepare(self, arms: Iterable[Arm]) -> Generator[Event, None, bool]:
        """Train the teachers that ``arms`` ask for, beside the configuration's own; False where one
        failed, which the last event says."""
        from kdlab.training.arms.experts import train_expert

        wanted = [t for arm in arms for t in arm.teachers if isinstance(t, TeacherSpec)]
        missing = [n for n in dict.fromkeys(map(self.key, wanted)) if n not in self.networks]
        for place, network in enumerate(missing):
            if network.classes:
                began = time.perf_counter()
                made = yield from train_expert(self.config, network, self.split)
                seconds = time.perf_counter() - began
            else:
                source = teacher_of(
                    teacher_config(self.config, network), self.split, self.store, cache=True
                )
                found = yield from counted(source, place + 1, len(missing))
                made, seconds = found or (None, 0.0)
            if made is None:
                return False
            self.networks[network] = made
            self.seconds[network] = seconds
        return True

    def modules(self, teacher: object) -> tuple[list[nn.Module], int]:
        """The networks of a teacher that is there, one for all seeds or one a seed, and the factor
        by which the images that they see are scaled down."""
        if isinstance(teacher, ArmStudents):
            done = self.done[teacher.arm]
            return done.modules, done.factor
        assert isinstance(teacher, TeacherSpec)
        return [self.networks[self.key(teacher)].module], 1

    def sources(self, arm: Arm, part: Part) -> list[Source]:
        """The teachers of ``arm``, with what they say of ``part``, on the CPU."""
        found = []
        for teacher in arm.teachers:
            modules, factor = self.modules(teacher)
            if isinstance(teacher, ArmStudents):
                table = self.done[teacher.arm].logits(part).transpose(1, 2).cpu()
            else:
                assert isinstance(teacher, TeacherSpec)
                table = self._known(teacher, arm, part).unsqueeze(0)
            found.append(Source(modules, table, teacher.weight, factor))
        return found

    def _known(self, spec: TeacherSpec, arm: Arm, part: Part) -> Tensor:
        teacher = self.networks[self.key(spec)]
        if part is self.split.train:
            return teacher.train_logits
        if part is self.split.validation:
            return teacher.validation_logits
        if black_box.find(spec.architecture or self.config.teacher) is None:
            return table_of(teacher.module, part.inputs)
        # trees that are asked again would know their training rows by heart; a file cannot be asked
        trained = arm.learns_from == "train"
        whole = teacher.train_logits if trained else teacher.validation_logits
        return self._chosen(arm, Part(whole, self._whole(arm).targets)).inputs

    def _whole(self, arm: Arm) -> Part:
        return self.split.train if arm.learns_from == "train" else self.split.validation

    @staticmethod
    def _chosen(arm: Arm, whole: Part) -> Part:
        """Of ``whole`` what ``arm`` learns from."""
        if arm.learns_from == "half of validation":
            whole = whole.only(slice(len(whole.targets) // 2))
        if not arm.unseen:
            return whole
        shown = torch.isin(whole.targets, torch.tensor(arm.unseen), invert=True)
        return whole.only(shown)

    def key(self, network: TeacherSpec) -> TeacherSpec:
        """The same network whatever its weight in an average, and whether what it shares with the
        configuration's own is said or not."""
        own = self.config
        return replace(
            network,
            weight=1.0,
            architecture="" if network.architecture == own.teacher else network.architecture,
            epochs=None if network.epochs == own.teacher_epochs else network.epochs,
            seed=None if network.seed == own.teacher_seed else network.seed,
        )

    def told(self, seeded: bool = False) -> list[dict[str, object]]:
        """The networks that taught, as :class:`kdlab.events.StudyFinished` has them; ``seeded``:
        their names say with which seed."""
        rows: list[dict[str, object]] = []
        for network, teacher in self.networks.items():
            config = teacher_config(self.config, network)
            flops = profiling.flops_per_image(teacher.module, self.split.shape)
            steps = len(self.split.train.targets) * config.teacher_epochs
            if black_box.find(config.teacher) is not None:
                steps = 0  # trees grow by other means than passes
            found = metrics.accuracy(teacher.test_logits.t()[None], self.split.test.targets)
            name = describe(network, self.config, self.split.classes)
            if seeded and network.seed is None:
                name += f", seed {config.teacher_seed}"
            rows.append(
                {
                    "name": name,
                    "accuracy": found[0],
                    "parameters": profiling.parameters(teacher.module),
                    "flops_per_image": flops,
                    "training_flops": TRAINING_PASSES * flops * steps,
                    "seconds": self.seconds.get(network, math.nan),
                }
            )
        return rows


def counted(
    source: Generator[Event, None, Made], place: int, total: int
) -> Generator[Event, None, Made]:
    """What a teacher's training tells, as the progress of one of ``total``."""

    def change(event: Event) -> Event | None:
        if isinstance(event, TeacherEpoch):
            stage = f"training teacher {place} of {total}"
            return Progress(stage=stage, done=event.epoch, total=max(1, event.epochs))
        # the one of the study was ready before
        return None if isinstance(event, TeacherReady) else event

    return relayed(source, change)


def describe(teacher: object, config: StudentConfig, classes: Sequence[str] = ()) -> str:
    """Who teaches, in a few words."""
    if isinstance(teacher, ArmStudents):
        return f"the students of “{teacher.arm}”"
    if isinstance(teacher, Peer):
        return "each other"
    assert isinstance(teacher, TeacherSpec)
    own = teacher_config(config, teacher)
    parts = [own.teacher]
    if teacher.epochs is not None:
        parts.append(f"{own.teacher_epochs} epoch{'s' if own.teacher_epochs != 1 else ''}")
    if teacher.seed is not None:
        parts.append(f"seed {own.teacher_seed}")
    if teacher.classes:
        classes = shown_names(classes)
        names = ", ".join(classes[c] if c < len(classes) else str(c) for c in teacher.classes)
        parts.append(f"expert on {names}")
    return ", ".join(parts)
