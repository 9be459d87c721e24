"""The events of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from kdlab.events.base import Epoch, Event, Finished, StartedOnData
from kdlab.events.shapes import (
    Arm,
    ArmCost,
    Count,
    Epochs,
    Name,
    StudySeconds,
    Taught,
    Text,
    shaped,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStarted(StartedOnData):
    """A study begins: several arms, each over all seeds.

    ``arms``: {name, label, student, against, teacher, taught}: ``against`` names the arm on labels
    alone beside which it is judged (itself: it is one), ``teacher`` says in words who teaches,
    ``taught`` whether anything of a teacher reaches its students. ``teachers`` that differ in their
    seeds have students of their own, equally many each: ``seeds`` names those of all, teacher by
    teacher. ``teacher_accuracies`` has one number each, ``teacher_accuracy`` is their mean; of text
    ``teacher_bits`` has bits per test character.
    """

    study: Name
    classes: tuple[Name, ...]
    input_shape: tuple[Count, ...]
    seeds: tuple[Count, ...]
    arms: Annotated[list[dict[str, Any]], shaped(list[Arm])]
    teacher_accuracy: float
    machine: Text
    teachers: Count = 1
    teacher_accuracies: tuple[float, ...] = ()
    teacher_bits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEpoch(Epoch):
    """An arm of a study after ``epoch`` of its ``epochs``; one number per seed each, of the
    students of the study's teacher number ``teacher``, counted from 0.

    ``validation`` and ``test`` are accuracies, ``fidelity`` the share of test images on which a
    student answers as the teacher of the study; NaN where a student's logits are. Of text also bits
    per character, on both.
    ``hard`` and ``soft`` are the loss's two parts, means over the epoch, soft with its method's
    weight. ``layers``: for methods that compare layers, the mean of each compared pair over seeds.
    """

    arm: Name
    epochs: Epochs
    validation: tuple[float, ...]
    test: tuple[float, ...]
    fidelity: tuple[float, ...]
    hard: tuple[float, ...] = ()
    soft: tuple[float, ...] = ()
    layers: tuple[float, ...] = ()
    teacher: Count = 0
    validation_bits: tuple[float, ...] = ()
    test_bits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDone(Event):
    """What an arm came to with the study's teacher number ``teacher``, and what it cost.

    ``accuracy`` (test), ``validation``, ``fidelity`` and ``ece``: one number per seed; of text also
    ``bits`` per test and per validation character. ``cost``:
    {architecture, parameters, bytes, flops_per_image, training_flops, teacher_flops, seconds,
    together}: training_flops of one student's steps, teacher_flops of the answers it was given,
    seconds of one student, which is its share of those of a cohort of ``together``.
    """

    arm: Name
    accuracy: tuple[float, ...]
    validation: tuple[float, ...]
    fidelity: tuple[float, ...]
    ece: tuple[float, ...]
    cost: Annotated[dict[str, Any], shaped(ArmCost)]
    teacher: Count = 0
    bits: tuple[float, ...] = ()
    validation_bits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit(Event):
    """Something that a study shows besides its curves: ``name`` says which, ``content`` is plain
    numbers, texts, lists and dicts."""

    name: Name
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFinished(Finished):
    """All arms are done. ``seconds``: {teachers, students, total}; ``teachers``: {name, accuracy,
    parameters, flops_per_image, training_flops, seconds}, one for each network that taught."""

    teachers: Annotated[list[dict[str, Any]], shaped(list[Taught])]
    seconds: Annotated[dict[str, float], shaped(StudySeconds)]
