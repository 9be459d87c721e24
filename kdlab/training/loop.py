"""THE training loop, the same for a teacher and for students: a teacher is a cohort of one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from kdlab.data.split import Part
from kdlab.events import Progress
from kdlab.training import cohort
from kdlab.training.cohort import Engine, Objective

EPOCH_ZERO = 512
"""Labelled examples a seed on which the first weights are judged, at most."""


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
    """The loop after an epoch: means of the loss's parts, one a student."""

    epoch: int
    hard: tuple[float, ...]
    soft: tuple[float, ...]
    learning_rate: float


class Step(Protocol):
    """How one batch reaches the weights: what the students see of it, and what they learn from."""

    def parameters(self) -> list[Tensor]:
        """What is trained beside the students."""

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> tuple[Tensor, Tensor] | None:
        """Feed the gradient of the batch ``index`` (S, B) into everything that is trained; the
        loss's two parts, (K,) each, where they are asked for."""


@dataclass(frozen=True)
class PlainStep:
    """The inputs as they are, and logits (N, C) that the teacher gave once and for all."""

    inputs: Tensor
    teacher_logits: Tensor

    def parameters(self) -> list[Tensor]:
        """Nothing but the students."""
        return []

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> tuple[Tensor, Tensor] | None:
        """One forward and one backward pass of all students."""
        logits = engine.logits(self.inputs[index])
        batch_teacher = self.teacher_logits[index].transpose(1, 2).contiguous()
        engine.backward(cohort.gradient(objective, logits, batch_teacher, index))
        return cohort.parts(objective, logits, batch_teacher, index) if with_parts else None


def fit(
    engine: Engine,
    objective: Objective,
    part: Part,
    teacher_logits: Tensor,
    seeds: list[int],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    stage: str,
    *,
    with_parts: bool = True,
) -> Iterator[EpochDone | Progress]:
    """:func:`train` with the batches as they are and logits that the teacher gave once, (N, C).

    Its epoch 0 tells the loss of the first weights, judged on one batch.
    """
    where = objective.alpha.device
    step = PlainStep(part.inputs.to(where), teacher_logits.to(where))
    if epochs and with_parts:
        hard, soft = _first_weights(engine, objective, step.inputs, step.teacher_logits)
        yield EpochDone(0, tuple(hard.tolist()), tuple(soft.tolist()), 0.0)
    elif epochs:
        yield EpochDone(0, (), (), 0.0)
    yield from train(
        engine, objective, step, len(step.inputs), seeds, epochs, batch_size, learning_rate, stage,
        with_parts=with_parts,
    )  # fmt: skip


def train(
    engine: Engine,
    objective: Objective,
    step: Step,
    size: int,
    seeds: list[int],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    stage: str,
    *,
    with_parts: bool = True,
) -> Iterator[EpochDone | Progress]:
    """Adam under a one-cycle schedule, every student on the batches of its seed, out of ``size``
    examples.

    Yields after every epoch, and Progress often enough that a reader can stop a slow run between
    two steps. ``with_parts=False`` leaves the loss's parts out, which nobody needs of hundreds of
    students: they cost a third of a step.
    """
    where = objective.alpha.device
    per_epoch = math.ceil(size / batch_size)
    total = max(1, epochs * per_epoch)
    # fused: one pass over memory for all students' weights
    trained = [*engine.parameters(), *step.parameters()]
    optimiser = torch.optim.Adam(trained, lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=total + 1, cycle_momentum=False
    )
    orders = [torch.Generator().manual_seed(seed) for seed in seeds]
    tick = 1 if isinstance(engine, cohort.InTurn) else 64

    for epoch in range(1, epochs + 1):
        order = torch.stack([torch.randperm(size, generator=g) for g in orders]).to(where)
        sums = torch.zeros(2, engine.size, device=where)
        for place, index in enumerate(order.split(batch_size, dim=1)):
            optimiser.zero_grad(set_to_none=True)
            both = step(engine, objective, index, with_parts)
            optimiser.step()
            schedule.step()
            if both is not None:
                sums += torch.stack(both) * index.shape[1]
            if (place + 1) % tick == 0 and place + 1 < per_epoch:
                done = (epoch - 1) * per_epoch + place + 1
                yield Progress(stage=stage, done=done, total=total)
        hard_mean, soft_mean = (sums / size).tolist() if with_parts else ((), ())
        yield EpochDone(epoch, tuple(hard_mean), tuple(soft_mean), float(schedule.get_last_lr()[0]))


def _first_weights(
    engine: Engine, objective: Objective, inputs: Tensor, teacher_logits: Tensor
) -> tuple[Tensor, Tensor]:
    """The loss's parts before the first step, on labelled examples of each seed: (K,), (K,).

    In evaluation mode: judging the first weights must not move a batch norm's statistics.
    """
    assert objective.labelling is None, "a run has one way to label for each seed"
    labelled = objective.labels != cohort.NO_LABEL
    most = min(EPOCH_ZERO, int(labelled.sum(1).min()))
    index = torch.stack([row.nonzero().squeeze(1)[:most] for row in labelled])
    needed, place = index.unique(return_inverse=True)
    answers = engine.predict(inputs[needed])
    place = place.repeat_interleave(engine.variants, 0).unsqueeze(1)
    logits = answers.gather(2, place.expand(-1, answers.shape[1], -1))
    batch_teacher = teacher_logits[index].transpose(1, 2)
    hard, soft = cohort.parts(objective, logits, batch_teacher, index)
    # all of these carry a label, where a batch has a fraction that does
    return hard * objective.fraction.repeat_interleave(engine.variants), soft


def to_device(part: Part, where: torch.device) -> Part:
    """The same part on the device."""
    return Part(part.inputs.to(where), part.targets.to(where))
