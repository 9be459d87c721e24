"""The events of a single run: a teacher, and students on labels alone and distilled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from kdlab.events.base import Epoch, Event, Finished, StartedOnData
from kdlab.events.shapes import (
    Cost,
    Count,
    Differing,
    Epochs,
    Gain,
    Group,
    Made,
    Name,
    PerClass,
    Seconds,
    Text,
    ToTruth,
    shaped,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(StartedOnData):
    """Who takes part: ``students`` are (group, seed) pairs, one for each student of the cohort."""

    classes: tuple[Name, ...]
    input_shape: tuple[Count, ...]
    labelled: Count
    students: tuple[tuple[Name, Count], ...]
    epochs: Epochs
    steps_per_epoch: Count
    device: Name = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherEpoch(Epoch):
    """The teacher after ``epoch`` of ``epochs``: mean training loss (nats), validation accuracy; of
    text also ``bits`` per validation character."""

    epochs: Epochs
    loss: float
    accuracy: float
    bits: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherJudged(Event):
    """What answers are worth that were brought in a file, before anything is trained with them, as
    :class:`kdlab.measure.judgement.Judgement` has it; its sentences are remarks."""

    accuracy: dict[str, float]
    confidence: dict[str, float]
    ece: dict[str, float]
    entropy: float
    relative: float
    sure: float
    answered: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherReady(Event):
    """The teacher, frozen; ``cached`` if it came from the store; ``seconds`` it took to train.
    ``train_accuracy`` joined later: None in results that were kept before. Of text also
    ``validation_bits`` per character. Where the teacher is trees, ``train_accuracy`` is out of
    fold, each row answered by trees that have not seen it, and ``by_heart`` is the accuracy of all
    trees on the rows that they have grown on."""

    validation_accuracy: float
    cached: bool
    seconds: float
    train_accuracy: float | None = None
    validation_bits: float | None = None
    by_heart: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentsEpoch(Epoch):
    """All students after ``epoch`` epochs.

    ``accuracy`` and ``fidelity`` (agreement with the teacher's answer) are fractions of the
    validation images; ``hard`` and ``soft`` are the loss's two parts (nats, T^2 included, not
    weighted by alpha), means over the epoch's batches, at epoch 0 over labelled training examples;
    ``seconds`` since the students began. ``bits`` per validation character are told of text alone.
    """

    accuracy: tuple[float, ...]
    fidelity: tuple[float, ...]
    hard: tuple[float, ...]
    soft: tuple[float, ...]
    loss: tuple[float, ...]
    learning_rate: float
    seconds: float
    bits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned(Event):
    """T and alpha of the distilled students are others from the end of ``epoch`` on, that is from
    the first step of the next: as planned, or because somebody turned them. One at epoch 0, told
    before it, is of somebody who turned them before the first step."""

    epoch: Epochs
    temperature: float
    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions(Event):
    """2-D data: who answers what where, on a ``size`` x ``size`` grid over ``extent``.

    Each text has size * size digits, row by row from the lowest y: ``answers[model]`` the class,
    ``confidence[model]`` its probability in tenths (0..9), for models teacher, labels only and
    distilled (of the first seed).
    """

    epoch: Epochs
    size: Count
    extent: tuple[float, float, float, float]
    answers: dict[str, str]
    confidence: dict[str, str]


MANY_CLASSES = 20
"""Above this, matrices are too large to send often and too small to read: left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion(Event):
    """Images: how often class (row) was answered by class (column), of the first seed.

    ``differ`` are validation images on which the two students answer differently, each
    {index, label, teacher, labels only, distilled, image}: classes as numbers, image as the
    base64 of its uint8 bytes in the order of ``RunStarted.input_shape``. Of text the window's
    classes as numbers, ``before``, instead; of a table the place of its ``row``, from 0, and
    ``values``, [column, value] as texts.
    """

    epoch: Epochs
    matrices: dict[str, list[list[int]]]
    differ: Annotated[list[dict[str, Any]], shaped(list[Differing])]
    differ_count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Event):
    """Text: strings that each model makes up, of the first seed, character by character at T = 1.

    Model (teacher, labels only, distilled) -> {text, known}: ``known`` where it stands in the
    training data. All draw with the same luck, in every epoch: what changes is the model.
    """

    epoch: Epochs
    samples: Annotated[dict[str, list[dict[str, Any]]], shaped(dict[str, list[Made]])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Event):
    """Cost of the two networks: model name ("teacher", "student") ->
    :func:`kdlab.measure.profiling.cost`.

    Keys: architecture, parameters, bytes, flops_per_image, latency_ms {batch size as text ->
    {median, low, high}} (low and high: 10th and 90th percentile).
    """

    models: Annotated[dict[str, dict[str, Any]], shaped(dict[str, Cost])]
    machine: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Finished):
    """The result on the test images.

    ``groups``: {name, accuracy, fidelity, ece}, lists with one number per seed; ``gain``: as
    :func:`kdlab.measure.gain.paired_gain`; ``seconds``: {teacher, students, total}. ``per_class``
    joined later: None in results that were kept before. Of text each group also has ``bits`` per
    character, which ``gain`` then is of, and the teacher ``teacher_bits``; of a grammar ``truth``
    says how far each is from it: model -> {kl, coverage}, one number per seed (the teacher: one),
    the exact divergence in bits per string and the share of the strings that it can say.
    """

    teacher_accuracy: float
    groups: Annotated[list[dict[str, Any]], shaped(list[Group])]
    gain: Annotated[dict[str, Any], shaped(Gain)]
    seconds: Annotated[dict[str, float], shaped(Seconds)]
    per_class: Annotated[dict[str, Any] | None, shaped(PerClass | None)] = None
    teacher_bits: float | None = None
    truth: Annotated[dict[str, Any] | None, shaped(dict[str, ToTruth] | None)] = None
