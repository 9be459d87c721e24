"""A cohort out of arms: its students, what they minimise, and how a batch reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from kdlab import models
from kdlab.data.split import Part
from kdlab.errors import ConfigError
from kdlab.methods import Method
from kdlab.training import cohort
from kdlab.training.arms.arm import Arm, Peer
from kdlab.training.arms.cohorts import ArmGroup
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.faults import method_of
from kdlab.training.arms.feature_step import feature_step
from kdlab.training.arms.starts import start_from
from kdlab.training.arms.steps import AnswerStep, PeerStep
from kdlab.training.arms.views import scaled
from kdlab.training.cohort import Engine
from kdlab.training.evaluator import Evaluator, Images, Policy
from kdlab.training.loop import Cohort, PlainStep, Step, to_device
from kdlab.training.seeds import Role, stream
from kdlab.training.students import build_objective


def build_cohort(
    group: ArmGroup, context: TrainingContext, stage: str = "training the students"
) -> Cohort:
    """Students of each arm for each seed: student k = s * A + a is of arm a and seed s. All
    students of a seed begin with the same weights; those with as many labels see the same ones.

    Of peers there are two a seed, and one arm.
    """
    arm, where = group.common, context.where
    part = context.part(arm)
    own = to_device(scaled(part, arm.factor), where)
    engine = _engine(arm, len(group.arms), context, tuple(own.inputs.shape[1:]))
    method = method_of(arm)
    seeds = [s for s in context.seeds for _ in range(2 if Peer() in arm.teachers else 1)]
    most = len(part.targets)
    arms = [
        replace(a, labels="all") if a.labels != "all" and a.labels > most else a for a in group.arms
    ]
    objective = build_objective(
        arms, seeds, part.targets, len(context.split.classes), method, where,
        dict(arm.parameters),
    )  # fmt: skip
    return Cohort(
        engine=engine,
        objective=objective,
        step=_step(arm, part, own, context, engine, method),
        size=most,
        batch_seeds=[stream(s, Role.BATCHES) for s in context.seeds],
        epochs=arm.epochs,
        batch_size=context.config.batch_size,
        learning_rate=arm.learning_rate,
        stage=stage,
    )


def evaluator_of(
    group: ArmGroup,
    context: TrainingContext,
    policy: Policy,
    stage: str = "training the students",
) -> Evaluator:
    """The cohort of ``group``, to be asked of images as its students see them, beside the teacher
    of the configuration."""
    split, teacher = context.split, context.teacher
    parts: Mapping[Images, Part] = {"validation": split.validation, "test": split.test}
    answers: Mapping[Images, Tensor] = {
        "validation": teacher.validation_logits,
        "test": teacher.test_logits,
    }
    seen = {name: scaled(part, group.common.factor) for name, part in parts.items()}
    return Evaluator(build_cohort(group, context, stage), policy, seen, answers)


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
    """How a batch reaches students that learn from ``part`` and see ``own``."""
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
    sources = context.sources(arm, part)
    if arm.plain and len(sources) == len(sources[0].table) == 1:
        return PlainStep(own.inputs, sources[0].table[0].to(context.where))
    generators = [torch.Generator().manual_seed(stream(s, Role.VIEWS)) for s in context.seeds]
    clean = part.inputs.to(context.where)
    return AnswerStep(arm, own.inputs, clean, sources, generators)
