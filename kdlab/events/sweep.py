"""The events of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from kdlab.events.base import Epoch, Finished, StartedOnData
from kdlab.events.shapes import Count, Epochs, Seconds, shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStarted(StartedOnData):
    """A share of a map begins: ``cohorts`` in all, of which this share trains ``own``."""

    seeds: tuple[Count, ...]
    epochs: Epochs
    cohorts: Epochs
    own: tuple[Epochs, ...]
    teacher_accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEpoch(Epoch):
    """One cohort of a map after ``epoch`` epochs.

    ``members`` are places in :func:`kdlab.experiments.sweep.plan`'s members; the others have for
    each of them a tuple with one number per seed: accuracy on ``validation`` and on ``test``
    images, ``fidelity`` and ``ece`` (calibration error) on test images, all fractions; NaN where
    the logits of a student are. Of text also bits per character, on both.
    """

    cohort: Epochs
    members: tuple[Epochs, ...]
    validation: tuple[tuple[float, ...], ...]
    test: tuple[tuple[float, ...], ...]
    fidelity: tuple[tuple[float, ...], ...]
    ece: tuple[tuple[float, ...], ...]
    seconds: float
    validation_bits: tuple[tuple[float, ...], ...] = ()
    test_bits: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFinished(Finished):
    """A share of a map is done; ``seconds``: {teacher, students, total} of this share."""

    seconds: Annotated[dict[str, float], shaped(Seconds)]
