"""Whose prefixes students learn on: those of the data, or strings that somebody has sampled.

From the teacher, which samples once, as many strings as there are to learn from (sequence-level
distillation, Kim and Rush 2016, arXiv:1606.07947; they take the likeliest translation of each
source; where there is no source, strings are drawn). Or from the student, as it learns: on-policy,
Agarwal et al. 2024 (GKD), arXiv:2306.13649, where lambda is the share of such batches. Either way
the teacher answers the prefixes of a batch, the students are compared with it there, and no
gradient runs through the sampling. The hard part stays on the labelled data.
"""

from __future__ import annotations

import copy
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from kdlab.data.split import Part, is_text
from kdlab.errors import ConfigError
from kdlab.insight.language import Answer, Remembered, answer_of, sampled
from kdlab.training import cohort
from kdlab.training.arms.arm import DEFAULT_TEACHER, Arm
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.sources import Samples
from kdlab.training.arms.steps import Parts
from kdlab.training.cohort import Engine, Objective
from kdlab.training.loop import Step
from kdlab.training.seeds import Role, stream

STEPS = 8
"""For so many steps the students' own strings last, before they are sampled anew: of a thousand
steps in all a student is hardly another one after eight, and sampling, which goes character by
character, takes little longer for many strings than for few."""

Batch = tuple[Tensor, Tensor]
"""Windows (S, B, W) of whole numbers, one batch a seed, and what the teacher says there,
(S, C, B)."""


class Prefixes(ABC):
    """Where the prefixes of a batch come from, where they are not the data's own."""

    @abstractmethod
    def batch(self, engine: Engine, size: int) -> Batch | None:
        """``size`` prefixes for each seed; None where the students meet those of the data."""


class TeacherPrefixes(Prefixes):
    """What the teacher has sampled, in an order of its own for each of ``generators``, one a
    seed."""

    def __init__(self, samples: Samples, generators: Sequence[torch.Generator]) -> None:
        self.samples, self.generators = samples, generators
        self._orders = [torch.empty(0, dtype=torch.long) for _ in generators]

    def batch(self, engine: Engine, size: int) -> Batch:
        """As :class:`Prefixes` says: all that was sampled once, before anything again."""
        count = len(self.samples.windows)
        for n, generator in enumerate(self.generators):
            while len(self._orders[n]) < size:
                more = torch.randperm(count, generator=generator)
                self._orders[n] = torch.cat([self._orders[n], more])
        index = torch.stack([order[:size] for order in self._orders])
        self._orders = [order[size:] for order in self._orders]
        index = index.to(self.samples.windows.device)
        answers = self.samples.table[index].transpose(1, 2).contiguous()
        return self.samples.windows[index], answers


class OwnPrefixes(Prefixes):
    """What the students sample as they are, each seed with its own of ``generators``.

    ``share`` is lambda: batches on own prefixes are spread evenly among those on the data.
    ``teacher`` answers; ``longest`` is the most places of a string, its end among them, and
    ``usual`` how many it has about, by which it is judged how many strings a batch takes.
    """

    def __init__(
        self,
        teacher: Remembered,
        generators: Sequence[torch.Generator],
        shape: tuple[int, ...],
        share: float,
        longest: int,
        usual: float,
    ) -> None:
        self.teacher, self.generators = teacher, generators
        self.width, self.classes = shape
        self.share, self.longest, self.usual = share, longest, usual
        self._asked = 0
        self._pool: tuple[Tensor, Tensor] | None = None
        self._used = 0

    def batch(self, engine: Engine, size: int) -> Batch | None:
        """As :class:`Prefixes` says."""
        self._asked += 1
        before, now = (math.floor(n * self.share + 1e-9) for n in (self._asked - 1, self._asked))
        if before == now:
            return None
        if self._pool is None or self._used + size > self._pool[0].shape[1]:
            self._pool, self._used = self.sample(engine, size * STEPS), 0
        windows, answers = self._pool
        place = slice(self._used, self._used + size)
        self._used += size
        return windows[:, place], answers[:, place].transpose(1, 2).contiguous()

    def sample(self, engine: Engine, places: int) -> tuple[Tensor, Tensor]:
        """So many ``places`` of strings that every seed's student samples, in random order:
        windows (S, places, W), and the teacher's logits (S, places, C)."""
        strings = math.ceil(places / self.usual)
        where = engine.parameters()[0].device
        letters = torch.eye(self.classes, device=where)

        def answer(windows: Tensor) -> Tensor:
            with torch.no_grad():
                return engine.logits(letters[windows]).transpose(1, 2)

        luck = [torch.rand(strings, self.longest, generator=g) for g in self.generators]
        found = sampled(answer, torch.stack(luck).to(where), self.width)
        there = found.there.flatten(1)
        mixed = [torch.rand(there.shape[1], generator=g) for g in self.generators]
        # those that are no part of a string come last, and are not reached: short strings come
        # again before them
        order = torch.where(there, torch.stack(mixed).to(where), 2.0).argsort(1)
        turn = torch.arange(places, device=where) % there.sum(1, keepdim=True)
        chosen = order.gather(1, turn)
        windows = found.windows.flatten(1, 2)
        windows = windows.gather(1, chosen.unsqueeze(-1).expand(-1, -1, self.width))
        return windows, self.teacher(windows)


class PrefixStep(Step):
    """The labels of a batch of the data, and the teacher on the prefixes of somebody else.

    ``inputs`` (N, W, V) and ``table`` (N, C), what the teacher says of them, are the data's, for
    batches that meet no other prefixes.
    """

    def __init__(self, inputs: Tensor, table: Tensor, prefixes: Prefixes) -> None:
        self.inputs, self.table, self.prefixes = inputs, table, prefixes
        self.letters = torch.eye(inputs.shape[-1], device=inputs.device)

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> Parts | None:
        """As :class:`kdlab.training.loop.Step` says."""
        size = index.shape[1]
        batch = self.prefixes.batch(engine, size)
        if batch is None:
            logits = engine.logits(self.inputs[index])
            told = self.table[index].transpose(1, 2).contiguous()
            engine.backward(cohort.gradient(objective, logits, told, index))
            return cohort.parts(objective, logits, told, index) if with_parts else None
        windows, told = batch
        index, given = labelled(objective, index)
        logits = engine.logits(torch.cat([self.inputs[index], self.letters[windows]], 1))
        of_labels, elsewhere = logits[..., : index.shape[1]], logits[..., index.shape[1] :]
        both = objective, of_labels, given, elsewhere, told
        engine.backward(torch.cat(cohort.gradient_apart(*both), 2))
        return cohort.parts_apart(*both) if with_parts else None


def labelled(objective: Objective, index: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Of a batch ``index`` (S, B) those examples that have a label, as many for each seed as the
    one with the most has, and their labels and weights: of the others nothing is asked where the
    teacher is met on other prefixes."""
    label, weight = objective.given(index, len(index))
    known = weight > 0
    most = int(known.sum(2).max())
    chosen = known.squeeze(1).to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :most]
    told = (tensor.gather(2, chosen.unsqueeze(1)) for tensor in (label, weight))
    first, second = told
    return index.gather(1, chosen), (first, second)


def check(arm: Arm) -> None:
    """ConfigError where ``arm`` asks for prefixes in a way that means nothing. Needs no data."""
    if (arm.prefixes == "student") != (arm.on_policy > 0):
        raise ConfigError(
            f"the share λ of batches on the student's own prefixes is {arm.on_policy:g}, and the "
            f"prefixes are those of the {arm.prefixes}",
            "λ above 0 where the student samples its prefixes, and 0 where it does not",
            "Let the student sample, or leave λ out",
        )
    if not 0 <= arm.on_policy <= 1:
        raise ConfigError(
            f"the share λ of batches on the student's own prefixes is {arm.on_policy:g}",
            "a number from 0 to 1",
            "Change λ",
        )


def prefix_step(arm: Arm, part: Part, own: Part, context: TrainingContext) -> PrefixStep:
    """How a batch reaches students of ``arm`` that learn from the text ``part``, on the device
    ``own``. ConfigError where they cannot learn so."""
    if not is_text(part) or part.strings is None:
        raise ConfigError(
            f"an arm is to learn on prefixes of the {arm.prefixes}, and its data are no text",
            "data sets of text",
            "Choose a data set of text",
        )
    if arm.teachers != (DEFAULT_TEACHER,) or arm.augmentation != "none" or arm.fault:
        raise ConfigError(
            f"an arm on prefixes of the {arm.prefixes} has {len(arm.teachers)} teachers or peers, "
            f"the augmentation {arm.augmentation} and the mistake {arm.fault or 'none'}",
            "for prefixes that are sampled: the one teacher of the configuration, on text as it is",
            "Leave these to arms on the data's own prefixes",
        )
    table = context.sources(arm, part)[0].table[0].to(context.where)
    generators = [torch.Generator().manual_seed(stream(s, Role.PREFIXES)) for s in context.seeds]
    if arm.prefixes == "teacher":
        return PrefixStep(own.inputs, table, TeacherPrefixes(samples(context, part), generators))
    lengths = places_of(part)
    asked = Remembered(_teacher(context))
    share, shape = arm.on_policy, context.split.shape
    prefixes = OwnPrefixes(
        asked, generators, shape, share, int(lengths.max()), float(lengths.float().mean())
    )
    return PrefixStep(own.inputs, table, prefixes)


def samples(context: TrainingContext, part: Part) -> Samples:
    """As many strings of the teacher as ``part`` has, sampled at the first call and then the same
    for all who ask."""
    if context.samples is None:
        began = time.perf_counter()
        lengths, (width, _) = places_of(part), context.split.shape
        generator = torch.Generator().manual_seed(
            stream(context.config.teacher_seed, Role.TEACHER_PREFIXES)
        )
        luck = torch.rand(len(lengths), int(lengths.max()), generator=generator)
        asked = Remembered(_teacher(context))
        windows, _ = sampled(asked, luck.to(context.where), width).places
        seconds = time.perf_counter() - began
        context.samples = Samples(windows, asked(windows), seconds)
    return context.samples


def places_of(part: Part) -> Tensor:
    """How many places each string of a text has, its end among them, (N,)."""
    assert part.strings is not None, "a text"
    counts = part.strings.bincount()
    return counts[counts > 0]


def _teacher(context: TrainingContext) -> Answer:
    """The teacher on the device, frozen."""
    module = copy.deepcopy(context.teacher.module).to(context.where)
    return answer_of(module, len(context.split.classes))
