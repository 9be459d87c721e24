"""Training the arms of a plan, cohort by cohort: what is told of each arm, and what it cost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from kdlab.events import ArmDone, ArmEpoch, Event
from kdlab.measure import profiling
from kdlab.models.family import TRAINING_PASSES
from kdlab.training.arms.arm import Arm, Peer, Plan
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import ArmGroup, cohorts
from kdlab.training.arms.context import TrainedStudents, TrainingContext
from kdlab.training.arms.feature_step import FeatureStep
from kdlab.training.arms.steps import TOUCHED
from kdlab.training.arms.text_faults import PaddedStep
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.evaluator import Evaluator, Look, Policy, rounded
from kdlab.training.streams import one_round

POINTS = 25
"""Epochs of an arm that are told, evenly spread: enough for a curve."""


def run_arms(plan: Plan, context: TrainingContext) -> Iterator[Event]:
    """Train every arm. Cohorts whose teachers are ready take turns, so that all curves grow
    together; the others follow."""
    waiting = cohorts(plan)
    going: list[Iterator[Event]] = []
    while waiting or going:
        ready = [c for c in waiting if all(a.needs <= context.done.keys() for a in c.arms)]
        waiting = [c for c in waiting if c not in ready]
        going += [train_arms(c, context) for c in ready]
        if not going:
            left = [arm for group in waiting for arm in group.arms]
            missing = sorted({n for arm in left for n in arm.needs - context.done.keys()})
            raise AssertionError(f"no arm of the plan is named {', '.join(missing)}")
        yield from one_round(going)


def train_arms(
    group: ArmGroup, context: TrainingContext, clock: Callable[[], float] = time.perf_counter
) -> Iterator[Event]:
    """The students of ``group``; at the end they are in ``context.done``. Yields ArmEpoch, Progress
    and an ArmDone an arm."""
    epochs = group.common.epochs
    policy = Policy(
        epochs={round(n * epochs / POINTS) for n in range(POINTS + 1)},
        images=("validation", "test"),
        not_finite=math.nan,
    )
    evaluator = evaluator_of(group, context, policy)
    cohort, last = evaluator.cohort, None
    for item in train_cohort(evaluator, clock):
        if isinstance(item, Look):
            last = item
            yield from _epochs(group, evaluator, item)
        elif isinstance(item, Event):
            yield item
    assert last is not None, "the first weights are looked at, and the last ones"
    for place, arm in enumerate(group.arms):
        context.done[arm.name] = TrainedStudents(cohort.engine, place, cohort.per_seed, arm.factor)
    yield from _done(group, context, last)


def _epochs(group: ArmGroup, evaluator: Evaluator, look: Look) -> Iterator[ArmEpoch]:
    cohort, step = evaluator.cohort, evaluator.cohort.step
    layers = step.last if isinstance(step, FeatureStep) else None
    validation, test = look.accuracy("validation"), look.accuracy("test")
    fidelity = look.fidelity("test")
    bits = {images: look.bits(images) for images in ("validation", "test")}
    for place, arm in enumerate(group.arms):
        own = slice(place, None, cohort.per_seed)
        yield ArmEpoch(
            arm=arm.name,
            epoch=look.epoch,
            epochs=arm.epochs,
            validation=rounded(validation[own]),
            test=rounded(test[own]),
            fidelity=rounded(fidelity[own]),
            hard=rounded(look.done.hard[own]),
            soft=rounded(look.done.soft[own]),
            layers=() if layers is None else tuple(layers[:, own].mean(1).tolist()),
            validation_bits=rounded(bits["validation"][own]),
            test_bits=rounded(bits["test"][own]),
        )


def _done(group: ArmGroup, context: TrainingContext, look: Look) -> Iterator[ArmDone]:
    """What the arms came to."""
    evaluator = look.evaluator
    cohort = evaluator.cohort
    module = cohort.engine.module(0)
    flops = profiling.flops_per_image(module, tuple(evaluator.parts["test"].inputs.shape[1:]))
    validation, test = look.accuracy("validation"), look.accuracy("test")
    fidelity, ece = look.fidelity("test"), look.calibration_error("test")
    bits = {images: look.bits(images) for images in ("validation", "test")}
    # padding that is counted is read by students and answered by the teacher like text
    beside = 1 + cohort.step.share if isinstance(cohort.step, PaddedStep) else 1
    for place, arm in enumerate(group.arms):
        cost = {
            "architecture": arm.student,
            "parameters": profiling.parameters(module),
            "bytes": profiling.size_bytes(module),
            "flops_per_image": flops,
            "training_flops": round(
                _passes(arm, cohort.size) * beside * flops * cohort.size * arm.epochs
            ),
            "teacher_flops": round(_teacher_flops(arm, context, cohort.size, flops) * beside),
            # a student with its peer, where it has one: what is judged took both
            "seconds": look.seconds / (len(group.arms) * len(context.seeds)),
            "together": cohort.engine.size,
        }
        own = slice(place, None, cohort.per_seed)
        yield ArmDone(
            arm=arm.name,
            accuracy=rounded(test[own]),
            validation=rounded(validation[own]),
            fidelity=rounded(fidelity[own]),
            ece=rounded(ece[own]),
            cost=cost,
            bits=rounded(bits["test"][own]),
            validation_bits=rounded(bits["validation"][own]),
        )


def _passes(arm: Arm, size: int) -> float:
    """Forward passes of a student that an example of the data costs it, in an epoch; who learns on
    sampled prefixes meets them instead, and those with a label beside them, and its own it has to
    sample."""
    elsewhere = {"data": 0.0, "teacher": 1.0, "student": arm.on_policy}[arm.prefixes]
    share = 1.0 if arm.labels == "all" else min(1.0, arm.labels / size)
    return TRAINING_PASSES * (1 + elsewhere * share) + arm.on_policy


def _teacher_flops(arm: Arm, context: TrainingContext, size: int, own: int) -> int:
    """Of the answers that one student was given: once an image, or in every step; of the student's
    own prefixes as if none came twice."""
    if arm.untaught:
        return 0
    if Peer() in arm.teachers:
        return TRAINING_PASSES * own * size * arm.epochs
    live = (arm.augmentation != "none" and arm.view == "same") or arm.fault in TOUCHED
    times = arm.epochs if live else arm.on_policy * arm.epochs + (arm.on_policy < 1)
    shape = context.split.shape
    each = 0
    for modules, factor in (context.modules(t) for t in arm.teachers):
        seen = (*shape[:-2], shape[-2] // factor, shape[-1] // factor) if factor > 1 else shape
        each += profiling.flops_per_image(modules[0], seen)
    return round(each * size * times)
