"""Training as a generator of events: a teacher, then its students in one cohort.

``train_teacher`` and ``train_students`` yield events and return what they made; neither prints,
stores nor knows its reader. The loop is the same for both: a teacher is a cohort of one that sees
all labels and has alpha = 0.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kdlab import cohort, data, metrics, profiling
from kdlab.cohort import Engine, Objective
from kdlab.config import DistilConfig, TeacherConfig
from kdlab.data.split import DataSplit, Part
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    Measured,
    Progress,
    RunFailed,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
)
from kdlab.intervals import paired_gain
from kdlab.methods import find as find_method
from kdlab.pictures import Painter
from kdlab.seeds import Role, stream

TEACHER_BATCH = 128
ANSWER_BATCH = 256
EPOCH_ZERO = 512
"""Labelled examples a seed on which the first weights are judged, at most."""

PICTURES = 25
"""Pictures a run: evenly spread epochs, so that the same configuration gives the same events."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Teacher:
    """A trained teacher, frozen and in evaluation mode, with its logits (N, C) on each part."""

    module: nn.Module
    train_logits: Tensor
    validation_logits: Tensor
    test_logits: Tensor


@dataclass(frozen=True)
class Trained:
    """The students of a finished run: first-seed modules by group, as plain modules."""

    students: dict[str, nn.Module]
    result: RunFinished


def device() -> torch.device:
    """The first CUDA device, else the CPU. (MPS has too many gaps for batched products.)

    On CUDA only deterministic kernels in full precision are asked for, so that the same
    configuration gives the same numbers there too.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")


def load_data(config: DistilConfig | TeacherConfig) -> Generator[Event, None, DataSplit]:
    """The data of ``config``, yielding the progress of reading or downloading them."""
    split: DataSplit | None = None
    for item in data.load(config):
        if isinstance(item, DataSplit):
            split = item
        else:
            yield item
    assert split is not None, f"{config.dataset} ended without a split"
    return split


def adopt(
    module: nn.Module, split: DataSplit, known: tuple[Tensor, Tensor, Tensor] | None = None
) -> Generator[Event, None, Teacher]:
    """Freeze ``module`` for good and let it answer every part once: the only teacher forwards.

    ``known`` are its logits on train, validation and test from an earlier run on these data.
    Yields progress, returns the teacher, all on the CPU.
    """
    module.eval().requires_grad_(False)
    if known is None:
        where = device()
        on_device = copy.deepcopy(module).to(where)
        parts = (split.train, split.validation, split.test)
        total, done, found = sum(len(p.targets) for p in parts), 0, []
        for part in parts:
            logits = []
            for inputs in part.inputs.split(ANSWER_BATCH):
                with torch.no_grad():
                    logits.append(on_device(inputs.to(where)).cpu())
                done += len(inputs)
                yield Progress(stage="asking the teacher", done=done, total=total)
            found.append(torch.cat(logits))
        known = (found[0], found[1], found[2])
    return Teacher(module, *known)


def train_teacher(
    config: TeacherConfig, split: DataSplit
) -> Generator[Event, None, nn.Module | None]:
    """Cross-entropy on all training images; yields TeacherEpoch, returns the module on the CPU.

    Where the loss stops being finite the last event is RunFailed, and None is returned.
    """
    where = device()
    first = stream(config.teacher_seed, Role.TEACHER_WEIGHTS)
    engine = cohort.assemble(config.teacher, split.shape, len(split.classes), [first], device=where)
    size = len(split.train.targets)
    objective = Objective(
        find_method("labels-only"),
        alpha=torch.zeros(1, 1, 1, device=where),
        temperature=torch.ones(1, 1, 1, device=where),
        labelled=torch.ones(1, size, dtype=torch.bool, device=where),
        fraction=torch.ones(1, device=where),
    )
    nothing = torch.zeros(size, len(split.classes))
    epochs = config.teacher_epochs
    loop = _fit(
        engine, objective, split.train, nothing,
        [stream(config.teacher_seed, Role.TEACHER_BATCHES)], epochs, TEACHER_BATCH,
        config.teacher_learning_rate, "training the teacher",
    )  # fmt: skip
    validation = _to(split.validation, where)
    for item in loop:
        if isinstance(item, Progress):
            yield item
            continue
        if not math.isfinite(item.hard[0]):
            yield RunFailed(
                epoch=item.epoch,
                reason=f"The teacher's loss became {item.hard[0]} in epoch {item.epoch}. Allowed: "
                "a finite loss. Lower the teacher's learning rate.",
            )
            return None
        accuracy = metrics.accuracy(engine.predict(validation.inputs), validation.targets)[0]
        yield TeacherEpoch(epoch=item.epoch, epochs=epochs, loss=item.hard[0], accuracy=accuracy)
    return engine.module(0)


def teacher_ready(teacher: Teacher, split: DataSplit, cached: bool, seconds: float) -> TeacherReady:
    """The teacher's accuracy on validation images, as an event."""
    found = metrics.accuracy(teacher.validation_logits.t()[None], split.validation.targets)
    return TeacherReady(validation_accuracy=found[0], cached=cached, seconds=seconds)


def choose_labelled(targets: Tensor, count: int, seed: int) -> Tensor:
    """Which training examples carry a label: (N,) bool, ``count`` of them True.

    Class by class in proportion (largest remainders), at least one a class where ``count`` allows,
    drawn by ``seed``.
    """
    total = len(targets)
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.bincount(targets)
    share = sizes.double() * count / total
    take = share.floor().long()
    if count >= int((sizes > 0).sum()):
        take = take.clamp(min=1).minimum(sizes)
    # largest remainders first; too many after the "at least one": take from the largest classes
    while int(take.sum()) < count:
        room = torch.where(take < sizes, share - take, -torch.inf)
        take[int(room.argmax())] += 1
    while int(take.sum()) > count:
        take[int(take.argmax())] -= 1
    mask = torch.zeros(total, dtype=torch.bool)
    for label, number in enumerate(take.tolist()):
        members = (targets == label).nonzero().squeeze(1)
        mask[members[torch.randperm(len(members), generator=generator)[:number]]] = True
    return mask


def train_students(
    config: DistilConfig,
    split: DataSplit,
    teacher: Teacher,
    clock: Clock = time.perf_counter,
) -> Generator[Event, None, Trained | None]:
    """Labels-only and distilled students of all seeds as one cohort.

    Yields StudentsEpoch, pictures, Measured and at last RunFinished, or RunFailed where the loss
    of a student is not finite. Returns the first seed's students, None after a failure.
    """
    where = device()
    seeds = [config.first_seed + s for s in range(config.seeds)]
    groups = (LABELS_ONLY, DISTILLED)
    members = tuple((group, seed) for seed in seeds for group in groups)
    began = clock()
    engine = cohort.assemble(
        config.student,
        split.shape,
        len(split.classes),
        [stream(seed, Role.WEIGHTS) for seed in seeds],
        variants=2,
        device=where,
    )
    size = len(split.train.targets)
    count = size if config.labels == "all" else config.labels
    labelled = torch.stack(
        [choose_labelled(split.train.targets, count, stream(seed, Role.LABELS)) for seed in seeds]
    )
    column = torch.tensor([0.0, config.alpha] * len(seeds), device=where).view(-1, 1, 1)
    objective = Objective(
        find_method(config.method),
        alpha=column,
        temperature=torch.full((engine.size, 1, 1), config.temperature, device=where),
        labelled=labelled.to(where),
        fraction=torch.full((len(seeds),), count / size, device=where),
    )
    loop = _fit(
        engine, objective, split.train, teacher.train_logits,
        [stream(seed, Role.BATCHES) for seed in seeds], config.epochs,
        config.batch_size, config.learning_rate, "training the students",
    )  # fmt: skip
    yield RunStarted(
        fingerprint=config.fingerprint(),
        dataset=config.dataset,
        classes=split.classes,
        input_shape=split.shape,
        train_size=size,
        labelled=count,
        validation_size=len(split.validation.targets),
        test_size=len(split.test.targets),
        students=members,
        epochs=config.epochs,
        steps_per_epoch=math.ceil(size / config.batch_size),
        device=where.type,
    )
    validation, test = _to(split.validation, where), _to(split.test, where)
    teacher_validation = teacher.validation_logits.t().to(where)
    painter = Painter(split, teacher.module, teacher.validation_logits)
    shown = {round(n * config.epochs / PICTURES) for n in range(PICTURES + 1)}
    for item in loop:
        if isinstance(item, Progress):
            yield item
            continue
        logits = engine.predict(validation.inputs)
        loss = tuple(
            (1 - a) * h + a * s
            for a, h, s in zip(column.flatten().tolist(), item.hard, item.soft, strict=True)
        )
        broken = [members[k] for k, value in enumerate(loss) if not math.isfinite(value)]
        if broken:
            group, seed = broken[0]
            yield RunFailed(
                epoch=item.epoch,
                reason=f"The loss of {len(broken)} of {len(members)} students stopped being a "
                f"number (first: {group}, seed {seed}). Allowed: a finite loss. Lower the learning "
                "rate, or alpha if the method is logit regression.",
            )
            return None
        yield StudentsEpoch(
            epoch=item.epoch,
            accuracy=tuple(metrics.accuracy(logits, validation.targets)),
            fidelity=tuple(metrics.fidelity(logits, teacher_validation)),
            hard=item.hard,
            soft=item.soft,
            loss=loss,
            learning_rate=item.learning_rate,
            seconds=clock() - began,
        )
        if item.epoch in shown:
            yield painter.paint(item.epoch, engine, logits, dict(zip(groups, (0, 1), strict=True)))
    trained_seconds = clock() - began
    students = {group: engine.module(k) for k, group in enumerate(groups)}
    yield from _measured(config, split, teacher.module, students[DISTILLED])
    result = _result(engine, members, teacher, test, trained_seconds)
    yield result
    return Trained(students, result)


def _measured(
    config: DistilConfig, split: DataSplit, teacher: nn.Module, student: nn.Module
) -> Iterator[Event]:
    """Parameters, bytes, FLOPs and CPU latency of both networks, one after the other."""
    costs: dict[str, dict[str, Any]] = {}
    for name, module, architecture in (
        ("teacher", teacher, config.teacher),
        ("student", student, config.student),
    ):
        yield Progress(stage="measuring size and latency", done=len(costs), total=2)
        costs[name] = profiling.cost(module, architecture, split.shape)
    yield Measured(models=costs, machine=profiling.machine())


@dataclass(frozen=True)
class _EpochDone:
    """The loop after an epoch: means of the loss's parts, one a student."""

    epoch: int
    hard: tuple[float, ...]
    soft: tuple[float, ...]
    learning_rate: float


def _fit(
    engine: Engine,
    objective: Objective,
    part: Part,
    teacher_logits: Tensor,
    seeds: list[int],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    stage: str,
) -> Iterator[_EpochDone | Progress]:
    """THE loop: Adam under a one-cycle schedule, every student on the batches of its seed.

    Yields after every epoch, epoch 0 being the first weights judged on one batch, and Progress
    often enough that a reader can stop a slow run between two steps.
    """
    where = objective.alpha.device
    inputs, targets = part.inputs.to(where), part.targets.to(where)
    teacher_logits = teacher_logits.to(where)
    size = len(targets)
    per_epoch = math.ceil(size / batch_size)
    total = max(1, epochs * per_epoch)
    # fused: one pass over memory for all students' weights
    optimiser = torch.optim.Adam(engine.parameters(), lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=total + 1, cycle_momentum=False
    )
    orders = [torch.Generator().manual_seed(seed) for seed in seeds]
    tick = 1 if isinstance(engine, cohort.InTurn) else 64

    def parts(index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """index (S, B) -> hard, soft, gradient of that batch."""
        logits = engine.logits(inputs[index])
        batch_teacher = teacher_logits[index].transpose(1, 2).contiguous()
        return cohort.parts_and_gradient(objective, logits, batch_teacher, targets[index], index)

    if epochs:
        hard, soft = _first_weights(engine, objective, inputs, targets, teacher_logits)
        yield _EpochDone(0, tuple(hard.tolist()), tuple(soft.tolist()), 0.0)
    for epoch in range(1, epochs + 1):
        order = torch.stack([torch.randperm(size, generator=g) for g in orders]).to(where)
        sums = torch.zeros(2, engine.size, device=where)
        for step, index in enumerate(order.split(batch_size, dim=1)):
            hard, soft, gradient = parts(index)
            optimiser.zero_grad(set_to_none=True)
            engine.backward(gradient)
            optimiser.step()
            schedule.step()
            sums += torch.stack([hard, soft]) * index.shape[1]
            if (step + 1) % tick == 0 and step + 1 < per_epoch:
                done = (epoch - 1) * per_epoch + step + 1
                yield Progress(stage=stage, done=done, total=total)
        hard_mean, soft_mean = (sums / size).tolist()
        yield _EpochDone(
            epoch, tuple(hard_mean), tuple(soft_mean), float(schedule.get_last_lr()[0])
        )


def _first_weights(
    engine: Engine, objective: Objective, inputs: Tensor, targets: Tensor, teacher_logits: Tensor
) -> tuple[Tensor, Tensor]:
    """The loss's parts before the first step, on labelled examples of each seed: (K,), (K,).

    In evaluation mode: judging the first weights must not move a batch norm's statistics.
    """
    most = min(EPOCH_ZERO, int(objective.labelled.sum(1).min()))
    index = torch.stack([row.nonzero().squeeze(1)[:most] for row in objective.labelled])
    needed, place = index.unique(return_inverse=True)
    answers = engine.predict(inputs[needed])
    place = place.repeat_interleave(engine.variants, 0).unsqueeze(1)
    logits = answers.gather(2, place.expand(-1, answers.shape[1], -1))
    batch_teacher = teacher_logits[index].transpose(1, 2)
    hard, soft, _ = cohort.parts_and_gradient(
        objective, logits, batch_teacher, targets[index], index
    )
    # all of these carry a label, where a batch has a fraction that does
    return hard * objective.fraction.repeat_interleave(engine.variants), soft


def _result(
    engine: Engine,
    members: tuple[tuple[str, int], ...],
    teacher: Teacher,
    test: Part,
    seconds: float,
) -> RunFinished:
    """Everything that is said of the test images, and the paired gain."""
    logits = engine.predict(test.inputs)
    teacher_logits = teacher.test_logits.t().to(logits.device)
    accuracy = metrics.accuracy(logits, test.targets)
    fidelity = metrics.fidelity(logits, teacher_logits)
    ece = metrics.calibration_error(logits, test.targets)
    groups: list[dict[str, Any]] = []
    for name in (LABELS_ONLY, DISTILLED):
        own = [k for k, (group, _) in enumerate(members) if group == name]
        groups.append(
            {
                "name": name,
                "accuracy": [accuracy[k] for k in own],
                "fidelity": [fidelity[k] for k in own],
                "ece": [ece[k] for k in own],
            }
        )
    return RunFinished(
        teacher_accuracy=metrics.accuracy(teacher_logits[None], test.targets)[0],
        groups=groups,
        gain=paired_gain(
            groups[0]["accuracy"], groups[1]["accuracy"], resolution=1 / len(test.targets)
        ),
        seconds={"students": seconds},
    )


def _to(part: Part, where: torch.device) -> Part:
    """The same part on the device."""
    return Part(part.inputs.to(where), part.targets.to(where))
