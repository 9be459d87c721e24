"""The events of a full run: teacher, labels-only and distilled students, one stage after the other.

::

    Progress*              data are read, a teacher is loaded
    FullStarted            which stages there will be
    Remark*                how a teacher that was brought was read, what could not be checked
    (StageStarted (FullPart* FullEpoch)* StageDone)*     a resumed run goes on after an epoch
    FullFinished           a run that ends early says why in its folder's status

A stage is (name, seed): ("teacher", 0), then ("labels only", s) and ("distilled", s) for each seed.
Accuracies are fractions of the test images, or of validation images held back where the
configuration asks for that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from kdlab.events.base import Epoch, Event, Finished, Started
from kdlab.events.shapes import Count, Epochs, Gain, Group, shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class FullStarted(Started):
    """What will be trained, where. ``stages`` are (name, seed) in order; ``device`` is as
    :func:`kdlab.full_run.engine.device.describe` has it; ``published`` the papers' accuracies in
    per cent, {teacher, student, method, column, source}, empty for one's own pair; ``judged_on``
    "test" or "validation"; ``work`` is what an image of an epoch costs, by name of a stage, in
    operations."""

    dataset: str
    classes: tuple[str, ...]
    input_shape: tuple[Count, ...]
    train_size: Count
    test_size: Count
    judged_on: str
    stages: tuple[tuple[str, int], ...]
    epochs: Epochs
    steps_per_epoch: Count
    device: dict[str, Any]
    published: dict[str, Any]
    work: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted(Event):
    """A stage begins, or resumes after epoch ``epoch`` of a run that was resumed.

    ``engine``: how its steps run (plain, graph or compile) and in which precision; ``cache``: {on,
    views, bytes, saved, reason} of the teacher's answers, empty where nobody answers.
    """

    stage: str
    seed: int
    epoch: Epochs
    epochs: Epochs
    architecture: str
    parameters: Count
    engine: str
    cache: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullPart(Event):
    """Within an epoch: ``done`` of ``total`` images; ``what`` is "teacher", while it answers for
    the views of this epoch, or "student". Told by the clock, so that a slow epoch moves."""

    stage: str
    seed: int
    epoch: Epochs
    what: str
    done: Count
    total: Count
    images_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FullEpoch(Epoch):
    """A stage after ``epoch`` epochs.

    ``loss``, ``hard`` and ``soft`` are means over the epoch in nats, soft with its method's weight;
    ``train_accuracy`` is that of the network in training on augmented images. ``seconds`` is what
    the epoch took, evaluation included, ``images_per_second`` training images without it.
    ``shares``: of these seconds in {data, teacher, student, evaluation}. ``memory_bytes`` is the
    peak on the device, ``utilisation`` the GPU's in per cent, -1 where it is not known.
    ``answered``: the share of teacher's answers that had to be computed: 1 without a cache, 0 where
    nobody answers.
    """

    stage: str
    seed: int
    accuracy: float
    loss: float
    hard: float
    soft: float
    train_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float
    shares: dict[str, float]
    memory_bytes: Count
    utilisation: int
    answered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDone(Event):
    """A stage's result: ``accuracy`` after the last epoch, on test images; ``best`` and
    ``best_epoch`` are the best that was seen on the images of the curves, which no fair comparison
    uses. ``reused``: the teacher was trained before, or was given. ``fidelity`` is the share of
    answers that are the teacher's, ``ece`` the calibration error; both of test images."""

    stage: str
    seed: int
    accuracy: float
    best: float
    best_epoch: Epochs
    fidelity: float
    ece: float
    seconds: float
    images_per_second: float
    reused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FullFinished(Finished):
    """All stages are done. ``groups``: {name, accuracy, fidelity, ece, best}, lists with one number
    per seed; ``gain`` as :func:`kdlab.measure.gain.paired_gain`; ``images_per_second``:
    {teacher, student, distilled}; ``seconds``: {teacher, student, distilled, total}, means over
    seeds but for the total."""

    teacher_accuracy: float
    groups: Annotated[list[dict[str, Any]], shaped(list[Group])]
    gain: Annotated[dict[str, Any], shaped(Gain)]
    images_per_second: dict[str, float]
    seconds: dict[str, float]
