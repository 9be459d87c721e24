"""The cohort against the textbook loop, one intra-op thread each, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

import torch
from torch.profiler import ProfilerActivity
from torch.profiler import profile as torch_profile

from kdlab import data
from kdlab.bench import Row, textbook
from kdlab.config.schema import DistilConfig, StudentConfig
from kdlab.data.split import DataSplit
from kdlab.events import Event, StudentsEpoch
from kdlab.training import single_run, teachers

Made = TypeVar("Made")

ROUNDS = 5
EPOCHS = 30


def rows() -> Iterator[Row]:
    """A cohort of 2 x 5 students against ONE student in the textbook loop, same epochs."""
    config = DistilConfig(labels="all", epochs=EPOCHS, teacher_epochs=10)
    split, teacher = ready(config)

    def one() -> None:
        textbook.distil(
            split, teacher.module, config.student, epochs=EPOCHS, temperature=4, alpha=0.9, seed=0
        )

    def ten() -> None:
        students(config, split, teacher)

    single, cohort = alternate(one, ten)
    ratio = single / cohort
    yield Row(
        f"10 students as one cohort against 1 in the textbook loop ({EPOCHS} epochs, digits)",
        f"{cohort:.2f} s against {single:.2f} s: {ratio:.1f} times faster, "
        f"{10 * ratio:.0f} times per student",
        "no slower",
        ratio >= 1,
    )


def alternate(first: Callable[[], None], second: Callable[[], None]) -> tuple[float, float]:
    """Median seconds of both, measured in turns after one warm-up each."""
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + 1):
        for work, kept in zip((first, second), times, strict=True):
            start = time.perf_counter()
            work()
            if round_:
                kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def finish(generator: Generator[Event, None, Made]) -> Made:
    """Drain a generator of events; what it returned."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def profile() -> Iterator[str]:
    """The operators that a step of a single run spends its time in, a line each."""
    config = DistilConfig(epochs=20, teacher_epochs=1)
    split, teacher = ready(config)
    yield from operators(lambda: students(config, split, teacher))


def operators(work: Callable[[], None]) -> Iterator[str]:
    """The operators that ``work`` spends its time in, a line each."""
    with torch_profile(activities=[ProfilerActivity.CPU]) as recorded:
        work()
    averages = recorded.key_averages()
    total = sum(item.self_cpu_time_total for item in averages)
    ranked = sorted(averages, key=lambda item: item.self_cpu_time_total, reverse=True)
    yield "| operator | share of CPU time | calls |"
    yield "|---|---|---|"
    for item in ranked[:10]:
        yield f"| {item.key} | {100 * item.self_cpu_time_total / total:.1f} % | {item.count} |"


def ready(config: StudentConfig) -> tuple[DataSplit, teachers.Teacher]:
    """The data and the teacher of ``config``, trained here and now on one thread: no store is
    read."""
    torch.set_num_threads(1)
    split = finish(data.read(config))
    module = finish(teachers.train_teacher(config.teacher_config(), split))
    assert module is not None, "the teacher's loss stopped being finite"
    return split, finish(teachers.freeze_and_predict(module, split))


def students(config: DistilConfig, split: DataSplit, teacher: teachers.Teacher) -> None:
    """Train the students; stop before size and latency are measured."""
    for event in single_run.train_students(config, split, teacher):
        if isinstance(event, StudentsEpoch) and event.epoch == config.epochs:
            return
