"""What a study will cost, before it begins: its teachers and the students of all its arms."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kdlab import checks, data, models
from kdlab.experiments.study.record import Study, StudyConfig
from kdlab.methods import find as find_method
from kdlab.models.family import TRAINING_PASSES
from kdlab.predicted import Sizes, Work, answered, judged, sizes, teacher, trained
from kdlab.training.arms.arm import (
    DEFAULT_TEACHER,
    Arm,
    ArmStudents,
    Peer,
    Plan,
    TeacherSpec,
    teacher_config,
)
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.faults import PADDING, TEXT_FAULTS

LOOKS = 27
"""How often students are judged at most: epochs that are told, the first weights and the end."""
WIDE = 2
"""Layers are compared in numbers of twice the size."""
TRIPLE = 30
"""For each triple of a batch, beside the product: its cosine, its distance, their gradients."""

PAIR = 1_000
"""For each pair of a batch, beside the product: matrices of so many numbers, in double precision,
are read and written by one operation after the other. SP takes less, CC twice as long."""
OPERATIONS_OF_A_NUMBER = 200
"""Of a network of maps, about, for each number of the maps that are compared."""
SAMPLING = 2
"""A student that samples its prefixes is asked of each, and then learns on it."""
ANEW = 0.3
"""Of the prefixes that students sample, what their teacher has not been asked before: as measured
on names, about."""


def of_study(study: Study, config: StudyConfig) -> Work:
    """ConfigError where the settings make no plan. What a study exhibits is not counted: networks
    are asked a few times more, which is little beside their training."""
    config = checks.normal(config)
    known = sizes(config)
    inputs = data.known_inputs(config)
    named = inputs.classes if inputs else tuple(str(n) for n in range(known.classes))
    plan = study.arms(config, named)
    drawn = [config.of_teacher(place) for place in range(config.teachers_drawn)]
    students = len(drawn) * _students(plan, config, known)
    if study.tries is not None:
        tried, seeds = study.tries(config, plan)
        students += _students(tried, config.model_copy(update={"seeds": seeds}), known)
    return Work(sum(_teachers(plan, one, known) for one in drawn), students)


def _teachers(plan: Plan, config: StudyConfig, known: Sizes) -> float:
    """Every network that an arm asks for, each once; experts are not stored."""
    asked = {t for arm in plan.arms for t in arm.teachers if isinstance(t, TeacherSpec)} | {
        DEFAULT_TEACHER
    }
    wanted = {(teacher_config(config, t).teacher_config(), t.classes) for t in asked}
    return sum(teacher(own, known, anew=bool(classes)) for own, classes in wanted)


def _students(plan: Plan, config: StudyConfig, known: Sizes) -> float:
    return sum(_cohort(group.arms, plan, config, known) for group in cohorts(plan))


def _cohort(arms: Sequence[Arm], plan: Plan, config: StudyConfig, known: Sizes) -> float:
    """The students of ``arms``, which learn together."""
    arm, seen, classes = arms[0], _seen(arms[0], known), known.classes
    images = _images(arm, known)
    count = len(arms) * config.seeds * (2 if Peer() in arm.teachers else 1)
    asked = min(arm.epochs + 2, LOOKS) * (known.validation + known.test)
    met = images * (SAMPLING if arm.prefixes == "student" else 1)
    met += _padding(arm, images, config)
    if arm.prefixes != "data":  # and beside what was sampled what has a label
        met += images if arm.labels == "all" else min(arm.labels, images)
    found = trained(arm.student, seen, classes, count, met, arm.epochs, config.batch_size) + judged(
        arm.student, seen, classes, count, asked
    )
    taught = next((one for one in arms if one.alpha > 0), None)
    if taught is None:
        return found
    method = find_method(taught.method)
    if method.reads_features:
        pairs = max(1, len(taught.layers))
        found += count * arm.epochs * images * pairs * _compared(taught, seen, config, known)
    if method.triples:
        batch = min(config.batch_size, max(1, images))
        widths = models.embedding_width(arm.student, seen)
        widths += models.embedding_width(config.teacher, known.shape)
        each = batch**3 * (2 * TRAINING_PASSES * widths + TRIPLE)
        found += count * arm.epochs * math.ceil(images / batch) * each
    if method.pairs:
        batch, pairs = min(config.batch_size, max(1, images)), max(1, len(taught.layers))
        nets = ((arm.student, seen), (config.teacher, known.shape))
        numbers = sum(_numbers(*net, classes) for net in nets)
        steps, rest = divmod(images, batch)
        each = pairs * (2 * TRAINING_PASSES * numbers + PAIR)
        found += count * arm.epochs * (steps * batch**2 + rest**2) * each
    return found + _told(taught, images, plan, config, known)


def _told(arm: Arm, images: int, plan: Plan, config: StudyConfig, known: Sizes) -> float:
    """What the teachers of ``arm`` answer: once, students once for each seed, or anew in every
    step; a mistake may train the teacher, of two blended images it is asked twice, and of what a
    student has sampled for what is new."""
    seen = arm.augmentation != "none" and arm.view == "same"
    asked = bool(arm.fault) and arm.fault not in TEXT_FAULTS
    passes = TRAINING_PASSES if asked else 2
    anew = passes * arm.epochs * config.seeds if asked or seen else 0.0
    if arm.prefixes == "student":
        anew = config.seeds * arm.epochs * ANEW
    found = 0.0
    for one in arm.teachers:
        if isinstance(one, ArmStudents):
            before = next(other for other in plan.arms if other.name == one.arm)
            each = models.operations(before.student, _seen(before, known), known.classes)
            found += (anew or config.seeds) * each
        elif isinstance(one, TeacherSpec):
            name = one.architecture or config.teacher
            each = answered(name, known.shape, known.classes, known.train)
            found += (anew or 1) * each
    return found * (images + _padding(arm, images, config))


def _padding(arm: Arm, images: int, config: StudyConfig) -> int:
    """Windows of padding that students of ``arm`` meet in an epoch beside those of the text, where
    they count them: by mistake."""
    if arm.fault != PADDING:
        return 0
    return images * data.text_padding(config) // max(1, data.text_sizes(config)[0])


def _compared(arm: Arm, seen: tuple[int, ...], config: StudyConfig, known: Sizes) -> float:
    """A pair of layers of one image, and the regressor between them: of vectors the product of the
    widest two, of maps about what both networks cost."""
    pair = ((arm.student, seen), (config.teacher, known.shape))
    if not any(models.find(name).maps for name, _ in pair):
        widest = [max(models.find(name).sizes_in(name)) for name, _ in pair]
        each = 2 * widest[0] * widest[1]
    else:
        each = sum(models.operations(name, shape, known.classes) for name, shape in pair)
    return WIDE * TRAINING_PASSES * each


def _numbers(network: str, seen: tuple[int, ...], classes: int) -> int:
    """Of one image in the layer that is compared, about."""
    if not models.find(network).maps:
        return max(models.find(network).sizes_in(network))
    return models.operations(network, seen, classes) // OPERATIONS_OF_A_NUMBER


def _images(arm: Arm, known: Sizes) -> int:
    if arm.learns_from == "train":
        return known.train
    return known.validation if arm.learns_from == "validation" else known.validation // 2


def _seen(arm: Arm, known: Sizes) -> tuple[int, ...]:
    """The shape of what the students of ``arm`` see."""
    if len(known.shape) == 1:
        return known.shape
    return (known.shape[0], *(side // arm.factor for side in known.shape[1:]))
