"""Arms whose students are taught by outputs that stand for no class: their networks, and what the
teacher says.

The last linear layer of such a network has two heads, one above the other: the rows of the classes
and the auxiliary ones. Labels reach the first alone, so that a teacher is the same with and without
auxiliary rows, and these stay as they were drawn: what they say changes because the hidden layers
do. In a student it is the other way round: the rows of the classes stay as they were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab import models
from kdlab.data.split import Part
from kdlab.training import cohort
from kdlab.training.arms.arm import Arm, Auxiliary
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.heads import first_rows, fresh_head, head_of, with_heads
from kdlab.training.arms.sources import Source, table_of
from kdlab.training.cohort import NO_LABEL, Engine, Objective
from kdlab.training.seeds import Role, stream


def auxiliary_source(auxiliary: Auxiliary, part: Part, context: TrainingContext) -> Source:
    """The teacher's auxiliary outputs as they are after its training, asked once of ``part``."""
    module = with_heads(context.teacher.module, [_teacher_head(auxiliary.outputs, context)])
    return Source([module], table_of(module, part.inputs).unsqueeze(0))


def unlabelled(objective: Objective) -> Objective:
    """The same for students that are given no label: the hard part is 0, and so is its gradient."""
    return replace(objective, labels=torch.full_like(objective.labels, NO_LABEL))


def taught_by_auxiliary(arms: Sequence[Arm], context: TrainingContext) -> Engine:
    """Students of ``arms``, for each seed of ``context``, as they begin."""
    config, shape, classes = context.config, context.split.shape, len(context.split.classes)

    def begun(seed: int, role: Role) -> nn.Module:
        return models.build(config.teacher, shape, classes, stream(seed, role))

    theirs = begun(config.teacher_seed, Role.TEACHER_WEIGHTS)
    students = []
    for seed in context.seeds:
        own = begun(seed, Role.WEIGHTS)
        for auxiliary in (arm.auxiliary for arm in arms):
            assert auxiliary is not None, "arms without auxiliary outputs are another cohort"
            _, of_classes = head_of(theirs if auxiliary.classes == "teacher" else own)
            if auxiliary.head == "teacher":
                head = _teacher_head(auxiliary.outputs, context)
            else:
                head = _head(auxiliary.outputs, stream(seed, Role.PEER_WEIGHTS), context)
            hidden = theirs if auxiliary.hidden == "teacher" else own
            students.append(with_heads(hidden, [of_classes, head]))
    engine = cohort.of_modules(config.teacher, shape, students, 1, context.where)
    engine.variants = len(arms)
    return TaughtByAuxiliary(engine, classes)


def _teacher_head(outputs: int, context: TrainingContext) -> nn.Linear:
    return _head(outputs, stream(context.config.teacher_seed, Role.NOISE), context)


def _head(outputs: int, seed: int, context: TrainingContext) -> nn.Linear:
    """No arm with auxiliary outputs has peers or wrong labels, whose streams are free for them."""
    width = models.embedding_width(context.config.teacher, context.split.shape)
    return fresh_head(width, outputs, seed)


class TaughtByAuxiliary(Engine):
    """The students of ``engine``, whose outputs are ``classes`` and auxiliary ones behind them: in
    training only the latter are seen, else only the classes."""

    def __init__(self, engine: Engine, classes: int) -> None:
        self.engine, self.classes = engine, classes
        self.size, self.variants = engine.size, engine.variants
        self.chunk, self.tick = engine.chunk, engine.tick

    @override
    def parameters(self) -> list[Tensor]:
        return self.engine.parameters()

    @override
    def logits(self, inputs: Tensor) -> Tensor:
        return self.engine.logits(inputs)[:, self.classes :].contiguous()

    @override
    def backward(self, gradient: Tensor) -> None:
        students, _, batch = gradient.shape
        nothing = gradient.new_zeros(students, self.classes, batch)
        self.engine.backward(torch.cat([nothing, gradient], dim=1))

    @override
    def outputs(self, inputs: Tensor, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        logits, features = self.engine.outputs(inputs, layers)
        return logits[:, self.classes :], features

    @override
    def answer(self, inputs: Tensor) -> Tensor:
        return self.engine.answer(inputs)[:, : self.classes].contiguous()

    @override
    def module(self, k: int) -> nn.Module:
        return first_rows(self.engine.module(k), self.classes).eval()
