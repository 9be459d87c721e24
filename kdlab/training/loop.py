"""THE training loop, the same for a teacher and for students: a teacher is a cohort of one."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kdlab.config.schedule import Turn
from kdlab.data.split import Part
from kdlab.events import Progress
from kdlab.training import cohort
from kdlab.training.cohort import Engine, Objective
from kdlab.training.course import Course

EPOCH_ZERO = 512
"""Labelled examples per seed on which the first weights are judged, at most."""


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


@dataclass(frozen=True)
class EpochDone:
    """The loop after an epoch: means of the loss's parts, one per student."""

    epoch: int
    hard: tuple[float, ...]
    soft: tuple[float, ...]
    learning_rate: float


@dataclass(frozen=True)
class ObjectiveTurned:
    """From the end of ``epoch`` on the students minimise ``objective``: ``turns`` says of which
    arm, by its place, T and alpha are others than before."""

    epoch: int
    objective: Objective
    turns: Mapping[int, Turn]


class Step(ABC):
    """How one batch reaches the weights: what the students see of it, and what they learn from."""

    def parameters(self) -> list[Tensor]:
        """What is trained beside the students: nothing, unless a step says so."""
        return []

    @abstractmethod
    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> tuple[Tensor, Tensor] | None:
        """Feed the gradient of the batch ``index`` (S, B) into everything that is trained; the
        loss's two parts, (K,) each, where they are asked for."""


@dataclass(frozen=True)
class PlainStep(Step):
    """The inputs as they are, and logits (N, C) that the teacher gave once and for all."""

    inputs: Tensor
    teacher_logits: Tensor

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> tuple[Tensor, Tensor] | None:
        """One forward and one backward pass of all students."""
        logits = engine.logits(self.inputs[index])
        batch_teacher = self.teacher_logits[index].transpose(1, 2).contiguous()
        engine.backward(cohort.gradient(objective, logits, batch_teacher, index))
        return cohort.parts(objective, logits, batch_teacher, index) if with_parts else None

    def first_parts(self, engine: Engine, objective: Objective) -> tuple[Tensor, Tensor]:
        """The loss's parts before the first step, on labelled examples of each seed: (K,), (K,).

        In evaluation mode: judging the first weights must not move a batch norm's statistics.
        """
        assert objective.labelling is None, "a run has one way to label for each seed"
        labelled = objective.labels != cohort.NO_LABEL
        most = min(EPOCH_ZERO, int(labelled.sum(1).min()))
        index = torch.stack([row.nonzero().squeeze(1)[:most] for row in labelled])
        needed, place = index.unique(return_inverse=True)
        answers = engine.predict(self.inputs[needed])
        place = place.repeat_interleave(engine.variants, 0).unsqueeze(1)
        logits = answers.gather(2, place.expand(-1, answers.shape[1], -1))
        batch_teacher = self.teacher_logits[index].transpose(1, 2)
        hard, soft = cohort.parts(objective, logits, batch_teacher, index)
        # all of these carry a label, where a batch has a fraction that does
        return hard * objective.fraction.repeat_interleave(engine.variants), soft


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Students that are ready to learn in lock-step: who they are, what they minimise, how a batch
    reaches them, and their budget.

    ``size`` examples are an epoch; ``batch_seeds`` decide each seed's order of batches; ``stage``
    is what a reader is told they are doing. ``courses`` turn T and alpha of each arm on the way,
    none: they stay as in ``objective``.
    """

    engine: Engine
    objective: Objective
    step: Step
    size: int
    batch_seeds: Sequence[int]
    epochs: int
    batch_size: int
    learning_rate: float
    stage: str
    courses: Sequence[Course] = ()

    @property
    def per_seed(self) -> int:
        """Students of one seed."""
        return self.engine.size // len(self.batch_seeds)


def train(
    learners: Cohort, *, with_parts: bool = True, first_parts: bool = False
) -> Iterator[EpochDone | ObjectiveTurned | Progress]:
    """Adam under a one-cycle schedule, every student on the batches of its seed.

    Yields EpochDone before the first step and after every epoch, ObjectiveTurned where a course
    turns T or alpha, and Progress often enough that a reader can stop a slow run between two steps.
    ``with_parts=False`` leaves the loss's parts out,
    which nobody needs of hundreds of students: they cost a third of a step. ``first_parts`` tells
    them of the first weights too, judged on one batch of a plain step.
    """
    engine, objective, step = learners.engine, learners.objective, learners.step
    where = objective.alpha.device
    per_epoch = math.ceil(learners.size / learners.batch_size)
    total = max(1, learners.epochs * per_epoch)
    # fused: one pass over memory for all students' weights
    trained = [*engine.parameters(), *step.parameters()]
    optimiser = torch.optim.Adam(trained, lr=learners.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learners.learning_rate, total_steps=total + 1, cycle_momentum=False
    )
    orders = [torch.Generator().manual_seed(seed) for seed in learners.batch_seeds]

    if learners.epochs:
        objective = yield from _turned(learners, objective, 0)
    if first_parts and learners.epochs:
        assert isinstance(step, PlainStep), "only a plain step can judge the first weights"
        hard, soft = step.first_parts(engine, objective)
        yield EpochDone(0, tuple(hard.tolist()), tuple(soft.tolist()), 0.0)
    else:
        yield EpochDone(0, (), (), 0.0)
    for epoch in range(1, learners.epochs + 1):
        if epoch > 1:
            objective = yield from _turned(learners, objective, epoch - 1)
        order = torch.stack([torch.randperm(learners.size, generator=g) for g in orders]).to(where)
        sums = torch.zeros(2, engine.size, device=where)
        for place, index in enumerate(order.split(learners.batch_size, dim=1)):
            optimiser.zero_grad(set_to_none=True)
            both = step(engine, objective, index, with_parts)
            optimiser.step()
            schedule.step()
            if both is not None:
                sums += torch.stack(both) * index.shape[1]
            if (place + 1) % engine.tick == 0 and place + 1 < per_epoch:
                done = (epoch - 1) * per_epoch + place + 1
                yield Progress(stage=learners.stage, done=done, total=total)
        hard_mean, soft_mean = (sums / learners.size).tolist() if with_parts else ((), ())
        yield EpochDone(epoch, tuple(hard_mean), tuple(soft_mean), float(schedule.get_last_lr()[0]))


def _turned(
    learners: Cohort, objective: Objective, epoch: int
) -> Generator[ObjectiveTurned, None, Objective]:
    """What the students minimise from the end of ``epoch`` on."""
    asked = ((place, course.at(epoch)) for place, course in enumerate(learners.courses))
    turns = {place: turn for place, turn in asked if turn is not None}
    if turns:
        both = {place: (turn.temperature, turn.alpha) for place, turn in turns.items()}
        objective = objective.turned(both, len(learners.courses))
        yield ObjectiveTurned(epoch, objective, turns)
    return objective


def to_device(part: Part, where: torch.device) -> Part:
    """The same part on the device."""
    return replace(part, inputs=part.inputs.to(where), targets=part.targets.to(where))
