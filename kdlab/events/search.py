"""The events of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from kdlab.events.base import Event, Finished, Started
from kdlab.events.shapes import Best, Count, OnFront, Test, Text, Trial, shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStarted(Started):
    """A search begins or resumes: ``candidates`` students fit the budget, ``resumed`` trials of
    ``trials`` are done already; latencies are of ``machine``."""

    candidates: Count
    resumed: Count
    trials: Count
    machine: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsDone(Event):
    """Trials that were finished since the last event, those of other workers among them.

    Keys of each: number, state ("complete" or "pruned"), student, teacher, method, temperature
    (None where the method has none), alpha, parameters, bytes, flops_per_image, latency_ms (median
    for one image), where a limit asked for them int8_bytes and int8_latency_ms, accuracy
    (validation, a list with one per seed), of text bits (per character, likewise: they are what
    counts there, less is better), epochs (that it was trained).
    ``seconds`` since this worker began with its trials; 0 of those that were known before.
    """

    trials: Annotated[list[dict[str, Any]], shaped(list[Trial])]
    seconds: Annotated[float, Field(ge=0, le=1e9)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFinished(Finished):
    """What a search found in ``trials`` trials.

    ``best`` and each of ``front`` are trials with ``validation_accuracy``, the mean over seeds, and
    of text ``validation_bits``; ``best`` has ``config``, a single run with fresh seeds, and those
    of the front say ``on`` which front they lie: parameters, latency_ms. ``importance``: parameter
    -> share. ``test``, on test images and fresh ``seeds``: best and labels_only {student, accuracy
    and of text bits (one per seed)}, gain as :func:`kdlab.measure.gain.paired_gain`, teacher (its
    accuracy), of text teacher_bits. ``workers``: how many asked beside one another; what more than
    one of them try depends on their speed, so that it cannot be repeated.
    """

    trials: Count
    best: Annotated[dict[str, Any], shaped(Best)]
    front: Annotated[list[dict[str, Any]], shaped(list[OnFront])]
    importance: dict[str, float]
    test: Annotated[dict[str, Any], shaped(Test)]
    machine: Text
    seconds: float
    workers: Count = 1
