"""What the students of a cohort know after an epoch, and what they cost, told arm by arm."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from kdlab.data.split import Part
from kdlab.events import ArmDone, ArmEpoch
from kdlab.measure import metrics, profiling
from kdlab.training.arms.arm import Arm, Peer
from kdlab.training.arms.context import FORWARD_AND_BACKWARD, TrainingContext
from kdlab.training.arms.steps import TOUCHED
from kdlab.training.arms.views import scaled
from kdlab.training.cohort import Engine
from kdlab.training.loop import to_device

DIGITS = 6
"""Decimals of what is told."""


class Judge:
    """Looks at the students of ``arms`` on validation and test images, as they see them."""

    def __init__(
        self,
        arms: Sequence[Arm],
        context: TrainingContext,
        engine: Engine,
        peers: bool,
        clock: Callable[[], float],
    ) -> None:
        self.arms, self.context, self.engine, self.clock = arms, context, engine, clock
        self.step = 2 if peers else len(arms)
        factor = arms[0].factor
        self.validation = to_device(scaled(context.split.validation, factor), context.where)
        self.test = to_device(scaled(context.split.test, factor), context.where)
        self.teacher = context.teacher.test_logits.t().to(context.where)
        self.seconds, self.since = 0.0, clock()

    def tick(self) -> None:
        """Count the time since the last look; what others do in between is not this cohort's."""
        now = self.clock()
        self.seconds += now - self.since
        self.since = now

    def resume(self) -> None:
        """Begin to count again after a look."""
        self.since = self.clock()

    def _own(self, values: Sequence[float], place: int) -> tuple[float, ...]:
        return tuple(round(v, DIGITS) for v in values[place :: self.step])

    def _found(self) -> dict[str, list[float]]:
        """Accuracies, fidelity and calibration error of every student; NaN where its logits are no
        numbers any more."""
        answers = self.engine.predict(self.validation.inputs)
        logits = self.engine.predict(self.test.inputs)
        sound = torch.isfinite(logits.sum((1, 2))).tolist()
        found = {
            "validation": metrics.accuracy(answers, self.validation.targets),
            "test": metrics.accuracy(logits, self.test.targets),
            "fidelity": metrics.fidelity(logits, self.teacher),
            "ece": metrics.calibration_error(logits.nan_to_num(), self.test.targets),
        }
        return {
            name: [v if ok else math.nan for v, ok in zip(values, sound, strict=True)]
            for name, values in found.items()
        }

    def look(
        self, epoch: int, hard: Sequence[float], soft: Sequence[float], layers: Tensor | None
    ) -> Iterator[ArmEpoch]:
        """After ``epoch``, with the loss's parts (K,) and those of compared layers (pairs, K)."""
        found = self._found()
        for place, arm in enumerate(self.arms):
            yield ArmEpoch(
                arm=arm.name,
                epoch=epoch,
                epochs=arm.epochs,
                validation=self._own(found["validation"], place),
                test=self._own(found["test"], place),
                fidelity=self._own(found["fidelity"], place),
                hard=self._own(hard, place),
                soft=self._own(soft, place),
                layers=()
                if layers is None
                else tuple(layers[:, place :: self.step].mean(1).tolist()),
            )

    def end(self, part: Part) -> Iterator[ArmDone]:
        """What the arms came to, having learned from ``part``."""
        found = self._found()
        module = self.engine.module(0)
        flops = profiling.flops_per_image(module, tuple(self.test.inputs.shape[1:]))
        size = len(part.targets)
        for place, arm in enumerate(self.arms):
            yield ArmDone(
                arm=arm.name,
                accuracy=self._own(found["test"], place),
                validation=self._own(found["validation"], place),
                fidelity=self._own(found["fidelity"], place),
                ece=self._own(found["ece"], place),
                cost={
                    "architecture": arm.student,
                    "parameters": profiling.parameters(module),
                    "bytes": profiling.size_bytes(module),
                    "flops_per_image": flops,
                    "training_flops": FORWARD_AND_BACKWARD * flops * size * arm.epochs,
                    "teacher_flops": self._teacher_flops(arm, size, flops),
                    # a student with its peer, where it has one: what is judged took both
                    "seconds": self.seconds / (len(self.arms) * len(self.context.seeds)),
                    "together": self.engine.size,
                },
            )

    def _teacher_flops(self, arm: Arm, size: int, own: int) -> int:
        """Of the answers that one student was given: once an image, or in every step."""
        if arm.alpha == 0:
            return 0
        if Peer() in arm.teachers:
            return FORWARD_AND_BACKWARD * own * size * arm.epochs
        live = (arm.augmentation != "none" and arm.view == "same") or arm.fault in TOUCHED
        shape = self.context.split.shape
        each = 0
        for modules, factor in (self.context.modules(t) for t in arm.teachers):
            seen = (*shape[:-2], shape[-2] // factor, shape[-1] // factor) if factor > 1 else shape
            each += profiling.flops_per_image(modules[0], seen)
        return each * size * (arm.epochs if live else 1)
