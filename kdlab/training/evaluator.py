"""What is asked of the students of a cohort while they learn, and what happens when a number is not
finite.

Runs, maps, searches, studies and teachers differ in their :class:`Policy` and in nothing else: who
chooses something on validation images must not see test images meanwhile, which is a field here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from kdlab.data.split import Part, is_text
from kdlab.events import Event
from kdlab.measure import metrics
from kdlab.training.cohort import Objective
from kdlab.training.loop import Cohort, EpochDone, to_device

Images = Literal["validation", "test"]

DIGITS = 6
"""Decimals of what is told of maps and studies."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a cohort is looked at, and at what.

    ``epochs`` are those after which it is, 0 being before the first step; ``images`` are the parts
    of the data that are asked while it learns. ``with_parts`` and ``first_parts`` are as
    :func:`kdlab.training.loop.train` has them. ``not_finite`` is what counts as each measure of a
    student whose logits are not finite on the last images that were asked, None: whatever comes
    out; ``not_finite_bits`` stands for it where bits are asked, of which less is better, None: the
    same. ``failure`` gives the sentence with which all ends when a loss is not finite, None: the
    others go on. ``pictures`` are told beside what is measured.
    """

    epochs: Container[int]
    images: tuple[Images, ...] = ("validation",)
    with_parts: bool = True
    first_parts: bool = False
    not_finite: float | None = None
    not_finite_bits: float | None = None
    failure: Callable[[EpochDone, Sequence[float]], str] | None = None
    pictures: Callable[[Look], Iterator[Event]] | None = None


class Evaluator:
    """Asks the students of ``cohort`` what ``policy`` says.

    ``parts`` are the data they can be asked of, as they see them, and ``teacher`` what their
    teacher answers on each, logits (N, C). Parts that the policy does not name are only asked of
    students that have learned: :meth:`look`.
    """

    def __init__(
        self,
        cohort: Cohort,
        policy: Policy,
        parts: Mapping[str, Part],
        teacher: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.cohort, self.policy = cohort, policy
        where = cohort.objective.alpha.device
        self.parts = {name: to_device(part, where) for name, part in parts.items()}
        self.teacher = {name: z.t().to(where) for name, z in (teacher or {}).items()}
        self.turn(cohort.objective)

    def turn(self, objective: Objective) -> None:
        """From now on the students minimise ``objective``."""
        self._alphas: list[float] = objective.alpha.flatten().tolist()

    def loss(self, done: EpochDone) -> tuple[float, ...]:
        """What each student minimises: (1 - alpha) * hard + alpha * soft; empty without parts."""
        if not done.hard:
            return ()
        each = zip(self._alphas, done.hard, done.soft, strict=True)
        return tuple((1 - a) * hard + a * soft for a, hard, soft in each)

    def look(
        self, done: EpochDone, seconds: float = 0.0, images: Sequence[Images] | None = None
    ) -> Look:
        """Ask the students of ``images``, else of those that the policy names."""
        asked = self.policy.images if images is None else images
        engine = self.cohort.engine
        logits: dict[str, Tensor] = {n: engine.predict(self.parts[n].inputs) for n in asked}
        return Look(done, self.loss(done), seconds, logits, self)


@dataclass(frozen=True)
class Look:
    """The students of a cohort after an epoch: ``logits`` (K, C, N) on the images that were asked.

    ``seconds`` is how long they have learned, without looks and whatever a reader does between two
    events. Measures are one per student, seed by seed.
    """

    done: EpochDone
    loss: tuple[float, ...]
    seconds: float
    logits: dict[str, Tensor]
    evaluator: Evaluator
    _read: dict[str, metrics.Answers] = field(default_factory=dict, init=False, repr=False)

    @property
    def epoch(self) -> int:
        """How many they have learned."""
        return self.done.epoch

    def accuracy(self, images: Images) -> list[float]:
        """Fractions of right answers."""
        return self._told(self._answers(images).right(self.evaluator.parts[images].targets))

    def bits(self, images: Images) -> list[float]:
        """Bits per character, of text; nothing of other data."""
        part = self.evaluator.parts[images]
        if not is_text(part):
            return []
        found = metrics.bits(self.logits[images], part.targets)
        return self._told(found, self.evaluator.policy.not_finite_bits)

    def fidelity(self, images: Images) -> list[float]:
        """Fractions of answers that are the teacher's."""
        teacher = metrics.answers(self.evaluator.teacher[images])
        return self._told(self._answers(images).right(teacher))

    def calibration_error(self, images: Images) -> list[float]:
        """Expected calibration errors."""
        answers = self._answers(images)
        if not all(self._finite):
            answers = metrics.read(self.logits[images].nan_to_num())
        return self._told(answers.calibration_error(self.evaluator.parts[images].targets))

    def _answers(self, images: Images) -> metrics.Answers:
        """Read once, however much is asked of them."""
        if images not in self._read:
            self._read[images] = metrics.read(self.logits[images])
        return self._read[images]

    def _told(self, values: list[float], own: float | None = None) -> list[float]:
        instead = self.evaluator.policy.not_finite if own is None else own
        if instead is None or not values:
            return values
        return [v if fine else instead for v, fine in zip(values, self._finite, strict=True)]

    @functools.cached_property
    def _finite(self) -> list[bool]:
        """Whether each student's logits are: one number that is not spoils their sum."""
        last = [*self.logits.values()][-1]
        found: list[bool] = torch.isfinite(last.sum((1, 2))).tolist()
        return found


def rounded(values: Sequence[float]) -> tuple[float, ...]:
    """With more digits, most of what is told of many students would be noise."""
    return tuple(round(v, DIGITS) for v in values)


def broken(loss: Sequence[float]) -> list[int]:
    """The students whose loss is not finite."""
    return [k for k, value in enumerate(loss) if not math.isfinite(value)]
