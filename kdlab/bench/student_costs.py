"""What a student costs in a cohort of K: seconds, and what of the machine they use."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import torch

from kdlab import models
from kdlab.bench import core
from kdlab.bench.sweeps import MAP
from kdlab.data.split import DataSplit
from kdlab.measure import profiling
from kdlab.models.family import TRAINING_PASSES
from kdlab.training.arms import Arm, Plan
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.evaluator import Policy
from kdlab.training.loop import EpochDone, train
from kdlab.training.teachers import Teacher

BAR = 30
"""Characters of the longest bar in the chart of costs."""
COHORTS = (1, 4, 16, 64, 256, 1024)
COHORT_SECONDS = 1.5
"""For each size of cohort, and two epochs at least."""

PRODUCT = 1024
"""Rows and columns of the matrices whose product is the measure of what this machine can do."""


def costs() -> Iterator[str]:
    """Seconds of a student and epoch in cohorts of K, and what of the machine they use."""
    split, teacher = core.ready(MAP)
    size = len(split.train.targets)
    student = models.build(MAP.student, split.shape, len(split.classes), 0)
    whole = profiling.flops_per_image(student, split.shape)
    width = int(MAP.student.split("-")[1])
    first = 2 * math.prod(split.shape) * width
    work = (TRAINING_PASSES * whole - first) * size  # nobody asks for the gradient by the input
    peak = _product_rate()
    times = [_seconds_an_epoch(count, split, teacher) / count for count in COHORTS]
    yield "| K | seconds a student and epoch | of K = 1 | | of the product rate |"
    yield "|---|---|---|---|---|"
    for count, each in zip(COHORTS, times, strict=True):
        share = 100 * work / each / peak
        bar = "█" * max(1, round(BAR * each / times[0]))
        yield f"| {count} | {each:.6f} | {each / times[0]:.3f} | {bar} | {share:.1f} % |"
    yield ""
    yield (
        f"{MAP.student}, digits, batches of {MAP.batch_size}, training steps alone, 4 seeds from "
        f"K = 4 on. A step is counted as 3 forward passes, the first layer's as 2; the product "
        f"rate is that of {PRODUCT} x {PRODUCT} matrices in this run, {peak / 1e9:.0f} GFLOP/s. "
        f"{falls(COHORTS, times)}"
    )


def falls(counts: Sequence[int], times: Sequence[float]) -> str:
    """Up to which size a larger cohort makes each student cheaper, in words.

    >>> falls((1, 4, 16), (1.0, 0.5, 0.3))
    'Time a student falls all the way to K = 16.'
    >>> falls((1, 4, 16, 64), (1.0, 0.5, 0.6, 0.5))
    'Time a student falls up to K = 4; larger cohorts take up to 20 % more than that.'
    """
    last = 0
    while last + 1 < len(times) and times[last + 1] < times[last]:
        last += 1
    if last + 1 == len(times):
        return f"Time a student falls all the way to K = {counts[-1]}."
    more = 100 * (max(times[last + 1 :]) / times[last] - 1)
    return (
        f"Time a student falls up to K = {counts[last]}; larger cohorts take up to {more:.0f} % "
        "more than that."
    )


def _seconds_an_epoch(count: int, split: DataSplit, teacher: Teacher) -> float:
    """Of a cohort of ``count`` students, after one epoch of warm-up: median."""
    seeds = 4 if count % 4 == 0 else 1
    config = MAP.single(seeds=seeds)
    numbers = {"alpha": 0.9, "labels": "all", "epochs": 2000}
    arms = [
        Arm.of(config, f"{n}", f"{n}", temperature=1 + n / 8, **numbers)
        for n in range(count // seeds)
    ]
    (group,) = cohorts(Plan(tuple(arms)))
    evaluator = evaluator_of(group, TrainingContext(config, split, teacher), Policy(epochs=()))
    loop = train(evaluator.cohort, with_parts=False)
    epochs = (item for item in loop if isinstance(item, EpochDone))
    next(epochs), next(epochs)
    times: list[float] = []
    while sum(times) < COHORT_SECONDS or len(times) < 2:
        start = time.perf_counter()
        next(epochs)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _product_rate() -> float:
    """FLOP/s of a large matrix product on one thread: the best of some, which noise only lowers."""
    a, b = torch.randn(2, PRODUCT, PRODUCT)
    return 2 * PRODUCT**3 / min(_timed(lambda: torch.mm(a, b)) for _ in range(10))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
