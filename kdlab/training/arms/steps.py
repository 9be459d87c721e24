"""One step of an arm's students: what they see, what their teachers say of it, what they learn."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kdlab.training import cohort
from kdlab.training.arms.arm import Arm
from kdlab.training.arms.averages import average
from kdlab.training.arms.sources import Source
from kdlab.training.arms.views import augment, smaller
from kdlab.training.cohort import Engine, InTurn, Objective
from kdlab.training.loop import Step

Parts = tuple[Tensor, Tensor]

TOUCHED = frozenset(["teacher-in-training-mode", "teacher-learns"])
"""Mistakes that change the teacher: each seed makes them with a copy of its own."""


class AnswerStep(Step):
    """Response-based arms: the loss reads the students' logits and the teachers'.

    ``inputs`` are the images as the students see them but for the augmentation, ``clean`` as the
    teachers do; ``generators``, one per seed, draw the augmentation.
    """

    def __init__(
        self,
        arm: Arm,
        inputs: Tensor,
        clean: Tensor,
        sources: Sequence[Source],
        generators: Sequence[torch.Generator],
    ) -> None:
        self.arm = arm
        self.inputs, self.clean = inputs, clean
        self.generators = generators
        times = len(generators) if arm.fault in TOUCHED else 1
        self.sources = [source.copied(clean.device, times) for source in sources]
        for net in (net for source in self.sources for net in source.modules):
            net.train(arm.fault == "teacher-in-training-mode")
            net.requires_grad_(arm.fault == "teacher-learns")

    def parameters(self) -> list[Tensor]:
        """Nothing but the students, as long as no gradient reaches the teacher."""
        if self.arm.fault != "teacher-learns":
            return []
        return [p for source in self.sources for net in source.modules for p in net.parameters()]

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> Parts | None:
        """As :class:`kdlab.training.loop.Step` says."""
        if isinstance(engine, InTurn):
            engine.training = self.arm.fault != "student-in-evaluation-mode"
        if self.arm.fault in ("softmax-twice", "teacher-learns"):
            return self._by_autograd(engine, objective, index)
        if self.arm.augmentation == "none":
            logits = engine.logits(self.inputs[index])
            teacher = self._teacher(objective, index, None, len(logits))
            engine.backward(cohort.gradient(objective, logits, teacher, index))
            return cohort.parts(objective, logits, teacher, index) if with_parts else None
        seen = augment(self.arm.augmentation, self.clean[index], self.generators)
        whole = seen.inputs if self.arm.view == "same" else None
        logits = engine.logits(smaller(seen.inputs, self.arm.factor))
        if seen.share is None or seen.partner is None:
            rows, shares = [index], [torch.ones(len(logits), device=logits.device)]
        else:  # the loss is linear in the targets, so each of the two counts in its share
            share = cohort.spread_over(seen.share, len(logits))
            rows, shares = [index, index.gather(1, seen.partner)], [share, 1 - share]
        answers = [self._teacher(objective, row, whole, len(logits)) for row in rows]
        each = list(zip(shares, answers, rows, strict=True))
        engine.backward(
            sum(
                (s.view(-1, 1, 1) * cohort.gradient(objective, logits, z, i) for s, z, i in each),
                torch.zeros_like(logits),
            )
        )
        if not with_parts:
            return None
        parts = [cohort.parts(objective, logits, z, i) for _, z, i in each]
        hard, soft = (
            torch.stack([s * part[n] for s, part in zip(shares, parts, strict=True)]).sum(0)
            for n in range(2)
        )
        return hard, soft

    def _teacher(
        self, objective: Objective, index: Tensor, seen: Tensor | None, students: int
    ) -> Tensor:
        """What the teachers say together: (S, C, B), or (K, C, B) where that depends on T. They
        look at ``seen``, or know the clean images."""
        fault = self.arm.fault
        if fault == "misaligned":  # the answers were kept in the order of another epoch
            size = len(self.clean)
            shuffled = [torch.randperm(size, generator=g) for g in self.generators]
            index = torch.stack([order[: index.shape[1]] for order in shuffled]).to(index.device)
        if fault == "teacher-in-training-mode" and seen is None:
            seen = self.clean[index]
        answers = [s.known(index) if seen is None else s.asked(seen) for s in self.sources]
        if len(answers) > 1:
            answers = [cohort.spread_over(z, students) for z in answers]
        weights = [source.weight for source in self.sources]
        logits = average(answers, weights, self.arm.average, objective.temperature)
        return logits.softmax(1) if fault == "temperature-on-probabilities" else logits.contiguous()

    def _by_autograd(self, engine: Engine, objective: Objective, index: Tensor) -> Parts:
        """For mistakes after which the gradient is not what the closed form says."""
        logits, _ = engine.outputs(self.inputs[index], ())
        if self.arm.fault == "softmax-twice":
            logits = logits.softmax(1)
            teacher = self._teacher(objective, index, None, len(logits))
        else:
            shown = zip(self.sources[0].modules, self.clean[index], strict=True)
            teacher = torch.stack([net(x) for net, x in shown]).transpose(1, 2)
        return cohort.learn(objective, *cohort.parts(objective, logits, teacher, index))


class PeerStep(Step):
    """Two students per seed, one after the other in the cohort; each is the other's teacher."""

    def __init__(self, inputs: Tensor) -> None:
        self.inputs = inputs

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> Parts | None:
        """As :class:`kdlab.training.loop.Step` says; ``index`` is of the seeds, the engine has two
        each."""
        both = index.repeat_interleave(2, 0)
        logits = engine.logits(self.inputs[both])
        peer = logits.view(-1, 2, *logits.shape[1:]).flip(1).reshape(logits.shape)
        engine.backward(cohort.gradient(objective, logits, peer, both))
        return cohort.parts(objective, logits, peer, both) if with_parts else None
