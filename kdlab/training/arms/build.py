"""A cohort out of arms: its students, what they minimise, and how a batch reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from kdlab import models
from kdlab.data.split import Part
from kdlab.errors import ConfigError
from kdlab.methods import Method
from kdlab.training import cohort
from kdlab.training.arms.arm import Arm, Peer
from kdlab.training.arms.auxiliary import auxiliary_source, taught_by_auxiliary, unlabelled
from kdlab.training.arms.cohorts import ArmGroup
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.faults import BY_HEART, PADDING, method_of
from kdlab.training.arms.feature_step import feature_step
from kdlab.training.arms.prefixes import check, prefix_step
from kdlab.training.arms.sources import by_heart
from kdlab.training.arms.starts import start_from
from kdlab.training.arms.steps import AnswerStep, PeerStep
from kdlab.training.arms.text_faults import heard, padded_step
from kdlab.training.arms.views import scaled
from kdlab.training.cohort import Engine
from kdlab.training.course import Course
from kdlab.training.evaluator import Evaluator, Policy
from kdlab.training.loop import Cohort, PlainStep, Step, to_device
from kdlab.training.seeds import Role, stream
from kdlab.training.students import build_objective


def evaluator_of(
    group: ArmGroup,
    context: TrainingContext,
    policy: Policy,
    stage: str = "training the students",
    courses: Mapping[str, Course] | None = None,
) -> Evaluator:
    """The cohort of ``group``, to be asked of images as its students see them, beside the teacher
    of the configuration. ``courses`` are those of arms, by name, which do not only follow their
    schedule.

    There are students of each arm for each seed: student k = s * A + a is of arm a and seed s. All
    students of a seed begin with the same weights; those with as many labels see the same ones. Of
    peers there are two a seed, and one arm.
    """
    arm, where, split = group.common, context.where, context.split
    part = context.part(arm)
    size, known = len(part.targets), part.known
    own = to_device(scaled(part, arm.factor), where)
    engine = _engine(group, context, tuple(own.inputs.shape[1:]))
    method = method_of(arm)
    objective = build_objective(
        [a if a.labels == "all" or a.labels <= known else replace(a, labels="all")
         for a in group.arms],
        [s for s in context.seeds for _ in range(2 if Peer() in arm.teachers else 1)],
        part.targets, len(split.classes), method, where, dict(arm.parameters), part.strings,
    )  # fmt: skip
    cohort = Cohort(
        engine=engine,
        objective=objective if arm.auxiliary is None else unlabelled(objective),
        step=_step(arm, part, own, context, engine, method),
        size=size,
        batch_seeds=[stream(s, Role.BATCHES) for s in context.seeds],
        epochs=arm.epochs,
        batch_size=context.config.batch_size,
        learning_rate=arm.learning_rate,
        stage=stage,
        courses=[(courses or {}).get(a.name) or a.course for a in group.arms],
    )  # fmt: skip
    parts = {"validation": split.validation, "test": split.test}
    seen = {name: scaled(part, arm.factor) for name, part in parts.items()}
    answers = {"validation": context.teacher.validation_logits, "test": context.teacher.test_logits}
    return Evaluator(cohort, policy, seen, answers)


def _engine(group: ArmGroup, context: TrainingContext, shape: tuple[int, ...]) -> Engine:
    """Fresh students, or those of an earlier arm, or some with layers of the teacher."""
    arm, variants = group.common, len(group.arms)
    classes = len(context.split.classes)
    models.check(arm.student, shape, classes)
    if arm.auxiliary is not None:
        return taught_by_auxiliary(group.arms, context)
    if arm.after:
        first = [net.requires_grad_(True) for net in context.done[arm.after].modules]
        return cohort.of_modules(arm.student, shape, first, variants, context.where)
    roles = [Role.WEIGHTS, Role.PEER_WEIGHTS] if Peer() in arm.teachers else [Role.WEIGHTS]
    first = [
        models.build(arm.student, shape, classes, stream(seed, role))
        for seed in context.seeds
        for role in roles
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
    check(arm)
    if method.reads_features:
        return feature_step(arm, part, own, context, engine, method)
    if arm.prefixes != "data":
        return prefix_step(arm, part, own, context)
    if Peer() in arm.teachers:
        if len(arm.teachers) > 1 or arm.augmentation != "none" or arm.fault:
            raise ConfigError(
                f"an arm with a peer has {len(arm.teachers)} teachers, the augmentation "
                f"{arm.augmentation} and the mistake {arm.fault or 'none'}",
                "for peers: no other teacher, no augmentation, no mistake",
                "Leave these to arms with a teacher",
            )
        return PeerStep(own.inputs)
    if arm.auxiliary is not None:
        sources = [auxiliary_source(arm.auxiliary, part, context)]
    else:
        sources = [heard(arm.fault, source, part) for source in context.sources(arm, part)]
    if arm.fault == BY_HEART:
        sources = [by_heart(source, part) for source in sources]
    if arm.plain and len(sources) == len(sources[0].table) == 1:
        return PlainStep(own.inputs, sources[0].table[0].to(context.where))
    generators = [torch.Generator().manual_seed(stream(s, Role.VIEWS)) for s in context.seeds]
    if arm.fault == PADDING:
        return padded_step(own.inputs, part, sources[0], generators)
    clean = part.inputs.to(context.where)
    return AnswerStep(arm, own.inputs, clean, sources, generators)
