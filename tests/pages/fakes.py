"""A run without training: the events of a configuration, and a manager that hands them out."""

from __future__ import annotations

import base64
import math
import threading
import uuid

from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Confusion,
    Measured,
    Regions,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    SweepEpoch,
    SweepFinished,
    SweepStarted,
    TeacherEpoch,
    TeacherReady,
    Turned,
)
from kdlab.experiments.sweep import plan
from kdlab.jobs import JobState
from kdlab.measure.gain import paired_gain

PIXELS = base64.b64encode(bytes(range(64))).decode()


def cost(architecture, parameters):
    spread = {"median": parameters / 1e6, "low": parameters / 2e6, "high": parameters / 5e5}
    return {
        "architecture": architecture,
        "parameters": parameters,
        "bytes": 4 * parameters,
        "flops_per_image": 2 * parameters,
        "latency_ms": {"1": spread, "64": spread},
    }


def events_of(config, epochs=None):
    """Every kind of event that a finished run has; curves rise with the epoch."""
    epochs = config.epochs if epochs is None else epochs
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    students = tuple((group, seed) for group in (LABELS_ONLY, DISTILLED) for seed in seeds)
    points = config.dataset == "moons"
    classes = ("upper", "lower") if points else tuple("0123456789")
    events = [
        TeacherEpoch(epoch=1, epochs=1, loss=1.0, accuracy=0.5),
        TeacherReady(validation_accuracy=0.97, cached=False, seconds=2.0),
        RunStarted(
            fingerprint=config.fingerprint(),
            dataset=config.dataset,
            classes=classes,
            input_shape=(2,) if points else (1, 8, 8),
            train_size=1097,
            labelled=100,
            validation_size=200,
            test_size=500,
            students=students,
            epochs=config.epochs,
            steps_per_epoch=9,
        ),
    ]
    for epoch in range(epochs + 1):
        rise = 1 - math.exp(-epoch / 3)
        accuracy = tuple(
            rise * (0.8 if group == LABELS_ONLY else 0.9) + 0.001 * seed for group, seed in students
        )
        loss = tuple(2.0 - rise for _ in students)
        events.append(
            StudentsEpoch(
                epoch=epoch,
                accuracy=accuracy,
                fidelity=accuracy,
                hard=loss,
                soft=loss,
                loss=loss,
                learning_rate=0.01,
                seconds=0.1 * epoch,
            )
        )
        events.append(_picture(epoch, points))
        events += [
            Turned(epoch=epoch, temperature=turn.temperature, alpha=turn.alpha)
            for turn in config.schedule
            if turn.epoch == epoch < config.epochs
        ]
    if epochs < config.epochs:
        return events
    groups = [
        {"name": name, "accuracy": [base + 0.002 * k for k in range(config.seeds)]}
        for name, base in ((LABELS_ONLY, 0.80), (DISTILLED, 0.90))
    ]
    for k, group in enumerate(groups):
        group["accuracy"][0] += 0.003 * k  # no two seeds gain the same, so that there is a spread
        group |= {"fidelity": group["accuracy"], "ece": group["accuracy"]}
    events += [
        Measured(
            models={
                "teacher": cost(config.teacher, 301_066),
                "student": cost(config.student, 1210),
            },
            machine="a machine of the tests",
        ),
        RunFinished(
            teacher_accuracy=0.96,
            groups=groups,
            gain=paired_gain(groups[0]["accuracy"], groups[1]["accuracy"]).as_dict(),
            seconds={"teacher": 2.0, "students": 1.0, "total": 3.0},
        ),
    ]
    return events


def sweep_events_of(config, epochs=None, share=0, shares=1):
    """A share of a map: one cohort, or one of two; accuracies rise with the epoch and alpha."""
    members = plan(config).members
    half = len(members) // 2
    units = [tuple(range(len(members)))]
    if shares == 2:
        units = [tuple(range(half)), tuple(range(half, len(members)))]
    own = units[share::shares]
    last = config.epochs if epochs is None else epochs
    ready = TeacherReady(validation_accuracy=0.97, cached=True, seconds=0.0)
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    started = SweepStarted(
        fingerprint=config.fingerprint(), dataset=config.dataset, seeds=tuple(seeds),
        epochs=config.epochs, cohorts=len(units), own=tuple(range(share, len(units), shares)),
        train_size=1097, validation_size=200, test_size=500, teacher_accuracy=0.96,
    )  # fmt: skip
    events = [ready, started]
    for epoch in range(last + 1):
        rise = 1 - math.exp(-epoch / 3)
        for number, places in zip(started.own, own, strict=True):
            rows = tuple(
                tuple(rise * (0.7 + 0.2 * members[n].alpha) + 0.002 * s for s in seeds)
                for n in places
            )
            events.append(
                SweepEpoch(
                    cohort=number,
                    epoch=epoch,
                    members=places,
                    validation=rows,
                    test=rows,
                    fidelity=rows,
                    ece=rows,
                    seconds=0.1 * epoch,
                )
            )
    if last == config.epochs:
        events.append(SweepFinished(seconds={"teacher": 0.0, "students": 1.0, "total": 1.0}))
    return events


def _picture(epoch, points):
    names = ("teacher", LABELS_ONLY, DISTILLED)
    if points:
        return Regions(
            epoch=epoch,
            size=3,
            extent=(-1.0, 1.0, -2.0, 2.0),
            answers=dict.fromkeys(names, "001011010"),
            confidence=dict.fromkeys(names, "987654321"),
        )
    matrix = [[18 if i == j else (2 if i - j == 1 else 0) for j in range(10)] for i in range(10)]
    item = {"index": 3, "label": 4, "teacher": 4, LABELS_ONLY: 9, DISTILLED: 4, "image": PIXELS}
    return Confusion(
        epoch=epoch, matrices=dict.fromkeys(names, matrix), differ=[item], differ_count=1
    )


class FakeJob:
    """A job whose events a test deals out."""

    def __init__(self, key):
        self.id = uuid.uuid4().hex
        self.key = key
        self.state = JobState.RUNNING
        self.error = None
        self.queue_position = 0
        self.attempt = 1
        self.all_events = []
        self.renewed = []
        self.released = []
        self.listeners = []
        self.lock = threading.Lock()
        self.owners = frozenset()
        self.is_cancelling = False

    def listen(self, call):
        self.listeners.append(call)

    def unlisten(self, call):
        self.listeners.remove(call)

    def tell(self, events, state=None, attempt=1):
        """Deal out these events, all of an attempt from its first, and say so as a job does."""
        with self.lock:
            self.attempt, self.all_events = attempt, events
        self.state = state or self.state
        for call in self.listeners:
            call()

    def events_since(self, seen):
        return self.all_events[seen:]

    def read(self, attempt, seen):
        with self.lock:
            return self.attempt, self.all_events[seen if attempt == self.attempt else 0 :]

    def renew(self, owner):
        self.renewed.append(owner)
        return True

    def release(self, owner):
        self.released.append(owner)
        self.state = JobState.CANCELLED


class FakeManager:
    """Remembers what it was asked."""

    def __init__(self):
        self.state = "ready"
        self.problem = None
        self.address = None
        self.workers = self.slots = 2
        self.submitted = []
        self.jobs = []
        self.known = []
        """Jobs that are at work before a page asks for any."""
        self.calls = []
        self.refuses = None
        self.watchers = 0
        self.waited = 0.0

    def room(self, visitor=None):
        return self.slots

    def is_at_work(self, keys, visitor):
        return any(job.key in keys and not job.state.is_finished for job in self.known)

    def cancel(self, keys):
        for job in [*self.known, *self.jobs]:
            if job.key in keys and not job.state.is_finished:
                job.tell(job.all_events, JobState.CANCELLED)

    def submit(self, factory, *args, owner, key, visitor=None):
        if self.refuses is not None:
            raise self.refuses
        self.submitted.append((factory, args, owner, key))
        known = [job for job in self.known if job.key == key and not job.state.is_finished]
        self.jobs.append(known[0] if known else FakeJob(key))
        return self.jobs[-1]

    def call(self, function, *args, timeout=10.0):
        self.calls.append((function, args))
        if getattr(function, "__name__", "") == "bring_weights":
            return {"mark": "0123456789abcdef", "teacher": args[0].teacher, "notes": ["A note."]}
        return "0123456789abcdef"
