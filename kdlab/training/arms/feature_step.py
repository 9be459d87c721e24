"""Arms that compare hidden layers of student and teacher: what one step does, and what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from kdlab import models
from kdlab.data.split import Part
from kdlab.errors import ConfigError
from kdlab.insight.features import features as features_of
from kdlab.methods import Method
from kdlab.methods.pairing import pair_layers
from kdlab.training import cohort
from kdlab.training.arms.arm import DEFAULT_TEACHER, Arm
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.steps import Parts
from kdlab.training.cohort import Engine, Objective
from kdlab.training.layers import comparable, compared, first_adapters
from kdlab.training.loop import Step


class FeatureStep(Step):
    """Feature-based arms: hidden layers of student and teacher are compared, pair by pair.

    ``features`` are the teacher's, one (N, ...) for each of ``pairs`` (student's layer, teacher's
    layer, see :mod:`kdlab.methods.pairing`); ``adapters`` the weights that the method trains
    beside each student, (K, ...), one dict per pair. ``last`` holds the soft part of each pair in
    the last batch: (pairs, K).
    """

    def __init__(
        self,
        inputs: Tensor,
        pairs: Sequence[tuple[int, int]],
        features: Sequence[Tensor],
        adapters: Sequence[dict[str, Tensor]],
        parameters: dict[str, Any],
    ) -> None:
        self.inputs = inputs
        self.pairs = pairs
        self.features = features
        self.adapters = adapters
        self.method_kwargs = parameters
        self.last: Tensor | None = None

    def parameters(self) -> list[Tensor]:
        """Regressors and the like."""
        return [tensor for adapter in self.adapters for tensor in adapter.values()]

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> Parts | None:
        """As :class:`kdlab.training.loop.Step` says."""
        method = objective.method
        logits, own = engine.outputs(self.inputs[index], [student for student, _ in self.pairs])
        label, weight = objective.given(index, len(logits))
        hard = -(logits.log_softmax(1).gather(1, label) * weight).sum((1, 2))
        teachers = [cohort.spread_over(f[index], len(logits)) for f in self.features]
        self.last = compared(method, own, teachers, self.adapters, self.method_kwargs)
        soft = method.weight * self.last.sum(0)
        self.last = self.last.detach()
        return cohort.learn(objective, hard, soft)


def feature_step(
    arm: Arm, part: Part, own: Part, context: TrainingContext, engine: Engine, method: Method
) -> FeatureStep:
    """The teacher's layers on ``part``, and what ``method`` trains beside each student, which sees
    ``own``. ConfigError where the networks have no such layers, or ``arm`` asks for more."""
    if arm.teachers != (DEFAULT_TEACHER,) or not arm.plain:
        raise ConfigError(
            f"method is {method.name!r} in an arm with {len(arm.teachers)} teachers or peers, the "
            f"augmentation {arm.augmentation}, the mistake {arm.fault or 'none'} and prefixes of "
            f"the {arm.prefixes}",
            "for methods that compare hidden layers: the one teacher of the configuration, on "
            "images as they are",
            "Choose a method that compares answers",
        )
    teacher = context.config.teacher
    seen = tuple(own.inputs.shape[1:])
    theirs = models.hint_points(teacher, context.split.shape)
    mine = models.hint_points(arm.student, seen)
    for student, taught in arm.layers:
        if not (0 <= student < len(mine) and 0 <= taught < len(theirs)):
            raise ConfigError(
                f"layer {student + 1} of {arm.student} was to learn from layer {taught + 1} of "
                f"{teacher}",
                f"layers 1 to {len(mine)} of the student and 1 to {len(theirs)} of the teacher",
                "Choose other layers",
            )
    pairs = pair_layers(arm.layers, method.layers, len(mine), len(theirs))
    theirs = (*theirs, models.embedding_point(teacher, context.split.shape))
    mine = (*mine, models.embedding_point(arm.student, seen))
    features = _outputs(context.teacher.module, [theirs[t] for _, t in pairs], part.inputs)
    one = own.inputs[:1].cpu()  # asked of a copy, in evaluation mode: it leaves no trace
    ours = _outputs(engine.module(0), [mine[s] for s, _ in pairs], one)
    comparable(method, arm.student, teacher, ours, features)
    seeds = [seed for seed in context.seeds for _ in range(engine.variants)]
    each = [first_adapters(method, ours, features, seed) for seed in seeds]
    adapters = [stacked(of_a_pair, context.where) for of_a_pair in zip(*each, strict=True)]
    on_device = [f.to(context.where) for f in features]
    return FeatureStep(own.inputs, pairs, on_device, adapters, dict(arm.parameters))


def _outputs(module: nn.Module, names: Sequence[str], inputs: Tensor) -> list[Tensor]:
    """What is read at each of the places ``names``, (N, ...); one may be there twice."""
    found = features_of(module, names, inputs)
    return [found[name] for name in names]


def stacked(each: Sequence[dict[str, Tensor]], where: torch.device | str) -> dict[str, Tensor]:
    """What a method trains beside each student, as leaf tensors with the students in front."""
    return {
        name: torch.stack([one[name] for one in each]).to(where).requires_grad_()
        for name in each[0]
    }
