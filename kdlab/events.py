"""What a run tells its reader: frozen records of plain numbers, in this order.

::

    Progress*            data are read or downloaded, a teacher is loaded
    TeacherEpoch*        only where the teacher is not in the store yet
    TeacherReady
    RunStarted           which students take part
    (StudentsEpoch Picture?)*     one StudentsEpoch an epoch; epoch 0 is before the first step
    Measured             parameters, bytes, FLOPs, latency
    RunFinished          or RunFailed, which may come at any point and ends the run

Accuracies are fractions. Everything up to RunFinished is measured on the validation images,
RunFinished on the test images, so that whoever turns a knob while watching has not seen the test.
Tuples over students follow ``RunStarted.students``.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from kdlab.errors import StoreError

LABELS_ONLY = "labels only"
DISTILLED = "distilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    def to_json(self) -> str:
        """One line: the record's name and its fields."""
        return json.dumps({"event": type(self).__name__, **dataclasses.asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Event):
    """Work before the run proper; ``total`` 0 where it is not known."""

    stage: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """Who takes part: ``students`` are (group, seed) pairs, one for each student of the cohort."""

    fingerprint: str
    dataset: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    train_size: int
    labelled: int
    validation_size: int
    test_size: int
    students: tuple[tuple[str, int], ...]
    epochs: int
    steps_per_epoch: int
    device: str = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherEpoch(Event):
    """The teacher after ``epoch`` of ``epochs``: mean training loss (nats), validation accuracy."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherReady(Event):
    """The teacher, frozen; ``cached`` if it came from the store; ``seconds`` it took to train."""

    validation_accuracy: float
    cached: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentsEpoch(Event):
    """All students after ``epoch`` epochs.

    ``accuracy`` and ``fidelity`` (agreement with the teacher's answer) are fractions of the
    validation images; ``hard`` and ``soft`` are the loss's two parts (nats, T^2 included, not
    weighted by alpha), means over the epoch's batches, at epoch 0 over labelled training examples;
    ``seconds`` since the students began.
    """

    epoch: int
    accuracy: tuple[float, ...]
    fidelity: tuple[float, ...]
    hard: tuple[float, ...]
    soft: tuple[float, ...]
    loss: tuple[float, ...]
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions(Event):
    """2-D data: who answers what where, on a ``size`` x ``size`` grid over ``extent``.

    Each text has size * size digits, row by row from the lowest y: ``answers[model]`` the class,
    ``confidence[model]`` its probability in tenths (0..9), for models teacher, labels only and
    distilled (of the first seed).
    """

    epoch: int
    size: int
    extent: tuple[float, float, float, float]
    answers: dict[str, str]
    confidence: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion(Event):
    """Images: how often class (row) was answered by class (column), of the first seed.

    ``differ`` are validation images on which the two students answer differently, each
    {index, label, teacher, labels only, distilled, image}: classes as numbers, image as the
    base64 of its uint8 bytes in the order of ``RunStarted.input_shape``.
    """

    epoch: int
    matrices: dict[str, list[list[int]]]
    differ: list[dict[str, Any]]
    differ_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Event):
    """Cost of the two networks: model name ("teacher", "student") -> :func:`kdlab.profiling.cost`.

    Keys: architecture, parameters, bytes, flops_per_image, latency_ms {batch size as text ->
    {median, low, high}} (low and high: 10th and 90th percentile).
    """

    models: dict[str, dict[str, Any]]
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The result on the test images.

    ``groups``: {name, accuracy, fidelity, ece}, lists with one number a seed; ``gain``: as
    :func:`kdlab.intervals.paired_gain`; ``seconds``: {teacher, students, total}.
    """

    teacher_accuracy: float
    groups: list[dict[str, Any]]
    gain: dict[str, Any]
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Event):
    """The run ended early; ``reason`` says what happened, what is allowed and what to do."""

    reason: str
    epoch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStarted(Event):
    """A share of a map begins: ``units`` cohorts in all, of which this share trains ``own``."""

    fingerprint: str
    dataset: str
    seeds: tuple[int, ...]
    epochs: int
    units: int
    own: tuple[int, ...]
    train_size: int
    validation_size: int
    test_size: int
    teacher_accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEpoch(Event):
    """One cohort of a map after ``epoch`` epochs.

    ``members`` are places in :func:`kdlab.sweep.plan`'s members; the others have for each of them
    a tuple with one number a seed: accuracy on ``validation`` and on ``test`` images, ``fidelity``
    and ``ece`` (calibration error) on test images, all fractions; NaN where the logits of a student
    are no numbers any more.
    """

    unit: int
    epoch: int
    members: tuple[int, ...]
    validation: tuple[tuple[float, ...], ...]
    test: tuple[tuple[float, ...], ...]
    fidelity: tuple[tuple[float, ...], ...]
    ece: tuple[tuple[float, ...], ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFinished(Event):
    """A share of a map is done; ``seconds``: {teacher, students, total} of this share."""

    seconds: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStarted(Event):
    """A search begins or goes on: ``candidates`` students fit the budget, ``resumed`` trials of
    ``trials`` are done already; latencies are of ``machine``."""

    fingerprint: str
    candidates: int
    resumed: int
    trials: int
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsDone(Event):
    """Trials that were finished since the last event, those of other workers among them.

    Keys of each: number, state ("complete" or "pruned"), student, teacher, method, temperature
    (None where the method has none), alpha, parameters, bytes, flops_per_image, latency_ms (median
    for one image), accuracy (validation, a list with one a seed), epochs (that it was trained).
    """

    trials: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFinished(Event):
    """What a search found in ``trials`` trials.

    ``best`` and each of ``front`` are trials with ``validation_accuracy``, the mean over seeds;
    ``best`` has ``config``, a single run with fresh seeds, and those of the front say ``on`` which
    front they lie: parameters, latency_ms. ``importance``: parameter -> share. ``test``, on test
    images and fresh ``seeds``: best and labels_only {student, accuracy (one a seed)}, gain as
    :func:`kdlab.intervals.paired_gain`, teacher (its accuracy).
    """

    trials: int
    best: dict[str, Any]
    front: list[dict[str, Any]]
    importance: dict[str, float]
    test: dict[str, Any]
    machine: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStarted(Event):
    """A study begins: several arms, each over all seeds.

    ``arms``: {name, label, student, against, teacher}: ``against`` names the arm on labels alone
    beside which it is judged (itself: it is one), ``teacher`` says in words who teaches.
    """

    fingerprint: str
    study: str
    dataset: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    train_size: int
    validation_size: int
    test_size: int
    seeds: tuple[int, ...]
    arms: list[dict[str, Any]]
    teacher_accuracy: float
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEpoch(Event):
    """An arm of a study after ``epoch`` of its ``epochs``; one number a seed each.

    ``validation`` and ``test`` are accuracies, ``fidelity`` the share of test images on which a
    student answers as the teacher of the study; NaN where a student's logits are no numbers.
    ``hard`` and ``soft`` are the loss's two parts, means over the epoch, soft with its method's
    weight. ``layers``: for methods that compare layers, the mean of each compared pair over seeds.
    """

    arm: str
    epoch: int
    epochs: int
    validation: tuple[float, ...]
    test: tuple[float, ...]
    fidelity: tuple[float, ...]
    hard: tuple[float, ...] = ()
    soft: tuple[float, ...] = ()
    layers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDone(Event):
    """What an arm came to, and what it cost.

    ``accuracy`` (test), ``validation``, ``fidelity`` and ``ece``: one number a seed. ``cost``:
    {architecture, parameters, bytes, flops_per_image, training_flops, teacher_flops, seconds,
    together}: training_flops of one student's steps, teacher_flops of the answers it was given,
    seconds of one student, which is its share of those of a cohort of ``together``.
    """

    arm: str
    accuracy: tuple[float, ...]
    validation: tuple[float, ...]
    fidelity: tuple[float, ...]
    ece: tuple[float, ...]
    cost: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit(Event):
    """Something that a study shows besides its curves: ``name`` says which, ``content`` is plain
    numbers, texts, lists and dicts."""

    name: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFinished(Event):
    """All arms are done. ``seconds``: {teachers, students, total}; ``teachers``: {name, accuracy,
    parameters, flops_per_image, training_flops, seconds}, one for each network that taught."""

    teachers: list[dict[str, Any]]
    seconds: dict[str, float]


KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Progress,
        RunStarted,
        TeacherEpoch,
        TeacherReady,
        StudentsEpoch,
        Regions,
        Confusion,
        Measured,
        RunFinished,
        RunFailed,
        SweepStarted,
        SweepEpoch,
        SweepFinished,
        SearchStarted,
        TrialsDone,
        SearchFinished,
        StudyStarted,
        ArmEpoch,
        ArmDone,
        Exhibit,
        StudyFinished,
    )
}


def from_json(line: str) -> Event:
    """Read one line of :meth:`Event.to_json`; StoreError where it is none."""
    try:
        values = json.loads(line)
        kind = KINDS[values.pop("event")]
        return kind(**{name: _frozen(value) for name, value in values.items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(
            f"an event reads {line[:60]!r}",
            "one JSON object a line with the name of an event",
            "Delete this run's folder; the run is then made again",
        ) from None


def _frozen(value: Any) -> Any:
    """JSON has lists where the records have tuples; matrices and dicts stay as they are."""
    if isinstance(value, list) and not (value and isinstance(value[0], dict)):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value
