"""Teachers that know some classes only."""

from __future__ import annotations

import math
from collections.abc import Generator

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.events import Event, Progress, RunFailed
from kdlab.methods import find as find_method
from kdlab.training import cohort
from kdlab.training.arms.arm import TeacherSpec
from kdlab.training.cohort import Engine, Objective
from kdlab.training.loop import device, train
from kdlab.training.seeds import Role, stream
from kdlab.training.teachers import TEACHER_BATCH, Teacher, freeze_and_predict


def expert_targets(targets: Tensor, classes: int, known: tuple[int, ...]) -> Tensor:
    """(N, C) probabilities: the class itself where it is ``known``, else any of those that are not,
    each with the same probability."""
    whole = F.one_hot(targets, classes).float()
    foreign = torch.ones(classes)
    foreign[list(known)] = 0
    stranger = foreign[targets].unsqueeze(1).bool()
    return torch.where(stranger, foreign / foreign.sum().clamp(min=1), whole)


class _Step:
    """Cross-entropy with probabilities as targets."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self.inputs, self.targets = inputs, targets

    def parameters(self) -> list[Tensor]:
        return []

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> tuple[Tensor, Tensor]:
        logits = engine.logits(self.inputs[index])
        target = self.targets[index].transpose(1, 2)
        engine.backward((logits.softmax(1) - target) / index.shape[1])
        loss = -(target * logits.log_softmax(1)).sum(1).mean(1)
        return loss, loss * 0


def train_expert(
    config: DistilConfig, network: TeacherSpec, split: DataSplit
) -> Generator[Event, None, Teacher | None]:
    """A teacher that is good at ``network.classes``; None after a RunFailed."""
    from kdlab.training.arms.networks import teacher_config

    own = teacher_config(config, network)
    where, classes = device(), len(split.classes)
    first = stream(own.teacher_seed, Role.TEACHER_WEIGHTS)
    engine = cohort.assemble(own.teacher, split.shape, classes, [first], device=where)
    objective = Objective(
        find_method("labels-only"),
        alpha=torch.zeros(1, 1, 1, device=where),
        temperature=torch.ones(1, 1, 1, device=where),
        labels=split.train.targets.unsqueeze(0).to(where),
        fraction=torch.ones(1, device=where),
    )
    targets = expert_targets(split.train.targets, classes, network.classes)
    step = _Step(split.train.inputs.to(where), targets.to(where))
    for item in train(
        engine, objective, step, len(targets), [stream(own.teacher_seed, Role.TEACHER_BATCHES)],
        own.teacher_epochs, TEACHER_BATCH, own.teacher_learning_rate, "training an expert",
    ):  # fmt: skip
        if isinstance(item, Progress):
            yield item
        elif not math.isfinite(item.hard[0]):
            yield RunFailed(
                epoch=item.epoch,
                reason=f"An expert's loss became {item.hard[0]} in epoch {item.epoch}. Allowed: a "
                "finite loss. Lower the teacher's learning rate.",
            )
            return None
        else:
            yield Progress(
                stage="training an expert", done=item.epoch, total=max(1, own.teacher_epochs)
            )
    return (yield from freeze_and_predict(engine.module(0), split))
