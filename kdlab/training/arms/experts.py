"""Teachers that know some classes only."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab.config.schema import StudentConfig
from kdlab.data.split import DataSplit
from kdlab.events import Event, Progress, RunFailed
from kdlab.training.arms.arm import TeacherSpec, teacher_config
from kdlab.training.cohort import Engine, Objective
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.evaluator import Evaluator, Policy
from kdlab.training.loop import EpochDone, Step, device
from kdlab.training.teachers import Teacher, cohort_of_one, freeze_and_predict, not_finite

STAGE = "training an expert"


def expert_targets(targets: Tensor, classes: int, known: tuple[int, ...]) -> Tensor:
    """(N, C) probabilities: the class itself where it is ``known``, else any of those that are not,
    each with the same probability."""
    whole = F.one_hot(targets, classes).float()
    foreign = torch.ones(classes)
    foreign[list(known)] = 0
    stranger = foreign[targets].unsqueeze(1).bool()
    return torch.where(stranger, foreign / foreign.sum().clamp(min=1), whole)


class _Step(Step):
    """Cross-entropy with probabilities as targets."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self.inputs, self.targets = inputs, targets

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> tuple[Tensor, Tensor]:
        logits = engine.logits(self.inputs[index])
        target = self.targets[index].transpose(1, 2)
        engine.backward((logits.softmax(1) - target) / index.shape[1])
        loss = -(target * logits.log_softmax(1)).sum(1).mean(1)
        return loss, loss * 0


def train_expert(
    config: StudentConfig, network: TeacherSpec, split: DataSplit
) -> Generator[Event, None, Teacher | None]:
    """A teacher that is good at ``network.classes``; None after a RunFailed."""
    own = teacher_config(config, network)
    where, epochs = device(), max(1, own.teacher_epochs)
    known = split.train.targets >= 0
    labelled = split if known.all() else dataclasses.replace(split, train=split.train.only(known))
    part = labelled.train
    targets = expert_targets(part.targets, len(split.classes), network.classes)
    step = _Step(part.inputs.to(where), targets.to(where))
    cohort = cohort_of_one(own, labelled, step, STAGE)
    policy = Policy(epochs=(), failure=functools.partial(not_finite, "An expert's"))
    for item in train_cohort(Evaluator(cohort, policy, {})):
        if isinstance(item, EpochDone) and item.epoch:
            yield Progress(stage=STAGE, done=item.epoch, total=epochs)
        elif isinstance(item, Event):
            yield item
            if isinstance(item, RunFailed):
                return None
    return (yield from freeze_and_predict(cohort.engine.module(0), split))
