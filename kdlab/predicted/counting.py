"""Operations of a network's training and of its answers.

A step of training counts three forward passes of each image
(:mod:`kdlab.experiments.run.stage_costs`). Small networks are far from what a processor can do:
what is done beside the products takes most of their time. So that a thousand epochs of a tiny
network are not free, that is counted as the operations which would take as long at RATE. The
constants are measured on the table of kdlab/bench/README.md: a step of one mlp-16 on 128 digits
takes 1.1 ms, a step of a thousand of them 42 ms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kdlab import models
from kdlab.config.schema import TeacherConfig
from kdlab.models.family import TRAINING_PASSES
from kdlab.predicted.images import Sizes
from kdlab.storage.store import Store

RATE = 2e10
"""Operations a second and worker, about: what a small network gets of a core."""
STEP = 2e7
"""A step of one cohort, whatever is in it: a millisecond. Students that make no stack learn one
after the other, and each is a cohort of its own."""
ASIDE = 2_000
"""For each image and student of a step, or of a question: gathering it, its loss, its metrics."""
ASIDE_CLASS = 200
"""The same for each class: softmax and its gradient."""
UPDATE = 40
"""For each parameter and step: Adam reads and writes four numbers."""
TEACHER_BATCH = 128
"""Images of a teacher's step."""


@dataclass(frozen=True)
class Work:
    """Operations of the ``teachers`` that must be trained, and of the ``students``."""

    teachers: float = 0.0
    students: float = 0.0

    @property
    def total(self) -> float:
        """Of all."""
        return self.teachers + self.students


def trained(
    network: str,
    seen: tuple[int, ...],
    classes: int,
    students: int,
    images: int,
    epochs: int,
    batch: int,
    cohorts: int = 1,
) -> float:
    """Training ``students`` of ``network`` on ``images`` of shape ``seen``, in ``cohorts``.
    ModelError where it cannot read them."""
    steps = epochs * math.ceil(images / batch)
    each = TRAINING_PASSES * models.operations(network, seen, classes) + _aside(classes)
    update = UPDATE * models.parameters(network, seen, classes)
    apart = cohorts if models.find(network).stacks else students
    return students * (epochs * images * each + steps * update) + apart * steps * STEP


def judged(network: str, seen: tuple[int, ...], classes: int, students: int, images: int) -> float:
    """Asking ``students`` of ``network`` about ``images`` in all."""
    return students * images * (models.operations(network, seen, classes) + _aside(classes))


def teacher(config: TeacherConfig, known: Sizes, *, anew: bool = False) -> float:
    """Training the teacher of ``config`` and its answers; the latter alone where it is stored or
    was loaded, unless it is trained ``anew``."""
    network = (config.teacher, known.shape, known.classes)
    answers = judged(*network, 1, known.total)
    if not anew and (config.teacher_weights or Store().has_teacher(config)):
        return answers
    epochs = config.teacher_epochs
    learnt = trained(*network, 1, known.train, epochs, TEACHER_BATCH)
    return learnt + judged(*network, 1, epochs * known.validation) + answers


def _aside(classes: int) -> int:
    return ASIDE + ASIDE_CLASS * classes
