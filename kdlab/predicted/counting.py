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
from kdlab.models import black_box
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
ASIDE_TREE = 40
"""For each comparison: its numbers are gathered from all over the memory."""
UPDATE = 40
"""For each parameter and step: Adam reads and writes four numbers."""
GROWING = 400
"""For each row of each tree, each halving of the rows and each column that is looked at: sorting,
of a forest; of boosting a column is put into bins once, and looked at once for each level."""
LEVELS = 5
"""Of a tree of boosting with its 31 leaves."""
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
    if black_box.find(config.teacher) is not None:
        return _black_box(config, known, anew=anew)
    network = (config.teacher, known.shape, known.classes)
    answers = judged(*network, 1, known.total)
    if not anew and (config.teacher_weights or Store().has_teacher(config)):
        return answers
    epochs = config.teacher_epochs
    learnt = trained(*network, 1, known.train, epochs, TEACHER_BATCH)
    return learnt + judged(*network, 1, epochs * known.validation) + answers


def answered(name: str, shape: tuple[int, ...], classes: int, rows: int) -> int:
    """Operations of one answer of the teacher ``name``, about, which may be trees on ``rows``."""
    box = black_box.find(name)
    if box is None:
        return models.operations(name, shape, classes)
    if not box.numbered:
        return 0
    grown = box.trees(name) * black_box.outputs(name, classes)
    return grown * (math.ceil(math.log2(rows + 2)) + classes) * ASIDE_TREE


def _black_box(config: TeacherConfig, known: Sizes, *, anew: bool) -> float:
    """Growing the trees, once on all rows and once for each fold, and their answers."""
    answers = known.total * answered(config.teacher, known.shape, known.classes, known.train)
    box = black_box.find(config.teacher)
    if box is None or not box.numbered or (not anew and Store().has_teacher(config)):
        return float(answers)
    trees = box.trees(config.teacher) * black_box.outputs(config.teacher, known.classes)
    columns = math.prod(known.shape)
    halvings = math.log2(known.train + 2)
    looked = LEVELS * columns / 100 if box is black_box.BOOSTING else halvings * columns**0.5 / 4
    return answers + (1 + black_box.FOLDS) * trees * known.train * looked * GROWING


def _aside(classes: int) -> int:
    return ASIDE + ASIDE_CLASS * classes
