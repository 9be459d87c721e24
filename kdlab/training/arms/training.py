"""Training the arms of one cohort: students of all their seeds in lock-step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from kdlab import models
from kdlab.data.split import Part
from kdlab.errors import ConfigError
from kdlab.events import Event, Progress
from kdlab.methods import Method
from kdlab.training import cohort
from kdlab.training.arms.arm import Arm, Peer
from kdlab.training.arms.context import TrainedStudents, TrainingContext
from kdlab.training.arms.evaluator import Judge
from kdlab.training.arms.faults import method_of
from kdlab.training.arms.feature_step import FeatureStep, feature_step
from kdlab.training.arms.starts import start_from
from kdlab.training.arms.steps import AnswerStep, PeerStep
from kdlab.training.arms.views import scaled
from kdlab.training.cohort import Engine
from kdlab.training.loop import Step, to_device, train
from kdlab.training.seeds import Role, stream
from kdlab.training.students import build_objective

POINTS = 25
"""Epochs of an arm that are told, evenly spread: enough for a curve."""


def train_arms(
    arms: Sequence[Arm], context: TrainingContext, clock: Callable[[], float] = time.perf_counter
) -> Iterator[Event]:
    """The students of ``arms``, which are of one :attr:`Arm.cohort`; at the end they are in
    ``context.done``. Yields ArmEpoch, Progress and an ArmDone an arm."""
    arm, where = arms[0].cohort, context.where
    part = context.part(arm)
    own = to_device(scaled(part, arm.factor), where)
    engine = _engine(arm, len(arms), context, tuple(own.inputs.shape[1:]))
    method = method_of(arm)
    peers = Peer() in arm.teachers
    seeds = [s for s in context.seeds for _ in range(2 if peers else 1)]
    most = len(part.targets)
    few = [
        replace(v, labels="all") if v.labels != "all" and v.labels > most else v
        for v in (a.variant for a in arms)
    ]
    objective = build_objective(
        few, seeds, part.targets, len(context.split.classes), method, where, dict(arm.parameters)
    )
    step = _step(arm, part, own, context, engine, method)
    judge = Judge(arms, context, engine, peers, clock)
    shown = {round(n * arm.epochs / POINTS) for n in range(1, POINTS + 1)}
    yield from judge.look(0, (), (), None)
    judge.resume()
    for item in train(
        engine, objective, step, most, [stream(s, Role.BATCHES) for s in context.seeds], arm.epochs,
        context.config.batch_size, arm.learning_rate, "training the students",
    ):  # fmt: skip
        judge.tick()
        if isinstance(item, Progress):
            yield item
            judge.resume()
        elif item.epoch in shown:
            layers = step.last if isinstance(step, FeatureStep) else None
            yield from judge.look(item.epoch, item.hard, item.soft, layers)
            judge.resume()
    for place, each in enumerate(arms):
        context.done[each.name] = TrainedStudents(
            engine, place, 2 if peers else len(arms), each.factor
        )
    yield from judge.end(part)


def _engine(arm: Arm, variants: int, context: TrainingContext, shape: tuple[int, ...]) -> Engine:
    """Fresh students, or those of an earlier arm, or some with layers of the teacher."""
    classes = len(context.split.classes)
    models.check(arm.student, shape, classes)
    if Peer() in arm.teachers:
        streams = [stream(s, r) for s in context.seeds for r in (Role.WEIGHTS, Role.PEER_WEIGHTS)]
        return cohort.assemble(arm.student, shape, classes, streams, 1, context.where)
    if arm.after:
        first = [net.requires_grad_(True) for net in context.done[arm.after].modules]
        return cohort.of_modules(arm.student, shape, first, variants, context.where)
    first = [
        models.build(arm.student, shape, classes, stream(s, Role.WEIGHTS)) for s in context.seeds
    ]
    if arm.start == "teacher":
        try:
            start_from(context.teacher.module, first, arm.kept)
        except ValueError as error:
            raise ConfigError(
                f"a student {arm.student} was to start from a teacher {context.config.teacher}: "
                f"{error}",
                "layers of the same shape in both, as in networks of the same name",
                "Choose the teacher's network as the student, or other layers",
            ) from None
    return cohort.of_modules(arm.student, shape, first, variants, context.where)


def _step(
    arm: Arm, part: Part, own: Part, context: TrainingContext, engine: Engine, method: Method
) -> Step:
    if method.reads_features:
        return feature_step(arm, part, own, context, engine, method)
    if Peer() in arm.teachers:
        if len(arm.teachers) > 1 or arm.augmentation != "none" or arm.fault:
            raise ConfigError(
                f"an arm with a peer has {len(arm.teachers)} teachers, the augmentation "
                f"{arm.augmentation} and the mistake {arm.fault or 'none'}",
                "for peers: no other teacher, no augmentation, no mistake",
                "Leave these to arms with a teacher",
            )
        return PeerStep(own.inputs)
    generators = [torch.Generator().manual_seed(stream(s, Role.VIEWS)) for s in context.seeds]
    clean = part.inputs.to(context.where)
    return AnswerStep(arm, own.inputs, clean, context.sources(arm, part), generators)
