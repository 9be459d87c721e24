"""Maps against the textbook loop, students by the dozen against one, two workers against one.

One intra-op thread each. What is compared is measured in turns.
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from kdlab import data, models
from kdlab.bench import core, textbook
from kdlab.bench.row import Row
from kdlab.data.split import DataSplit
from kdlab.events import SweepEpoch
from kdlab.experiments.runner import PRELOAD
from kdlab.experiments.sweep import SweepConfig, SweepHistory, plan
from kdlab.experiments.sweep.plan import units
from kdlab.experiments.sweep.spread import jobs_of
from kdlab.experiments.sweep.training import train_cohort
from kdlab.jobs import JobManager
from kdlab.jobs.crew import POLL_SECONDS
from kdlab.measure import profiling
from kdlab.measure.intervals import interval
from kdlab.measure.wording import signed
from kdlab.system.paths import data_root
from kdlab.training.arms import Arm, Plan
from kdlab.training.arms.build import build_cohort
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.loop import EpochDone, train
from kdlab.training.seeds import Role, stream
from kdlab.training.teachers import Teacher

MAP = SweepConfig(
    labels="all",
    temperatures=(1, 2, 3, 4, 6, 8, 16, 32),
    alphas=tuple(n / 8 for n in range(1, 9)),
    seeds=3,
    epochs=30,
    teacher_epochs=10,
)
"""No alpha is 0, so that all 64 cells are students of their own."""

ROUNDS = 3
SAMPLE = ((0, 0), (9, 1), (26, 2), (37, 0), (54, 1), (63, 2))
"""(cell, seed) of the students that the textbook loop trains: from corner to corner of the map."""

BAR = 30
"""Characters of the longest bar in the chart of costs."""
COHORTS = (1, 4, 16, 64, 256, 1024)
COHORT_SECONDS = 1.5
"""For each size of cohort, and two epochs at least."""

PRODUCT = 1024
"""Rows and columns of the matrices whose product is the measure of what this machine can do."""

WORKER_EPOCHS = 60
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True)
class Against:
    """A map and the textbook loop on some of its students, as often as the map has them: medians
    of rounds in turn, and the validation accuracies of those students, (map, loop) each."""

    map_seconds: float
    one_seconds: float
    ratio: float
    pairs: list[tuple[float, float]]


def rows() -> Iterator[Row]:
    """The map of 192 students, a map of CNNs, and the same map on one worker and on two."""
    torch.set_num_threads(1)
    split = core.finish(data.read(MAP))
    teacher = core.make_teacher(MAP, split)
    yield from _mlps(split, teacher)
    yield from _cnns()
    yield from _workers()


def _mlps(split: DataSplit, teacher: Teacher) -> Iterator[Row]:
    students = len(list(MAP.cells())) * MAP.seeds
    found = _against(MAP, split, teacher, SAMPLE, students)
    yield Row(
        f"a map of 8 T x 8 alpha x 3 seeds, {MAP.student}, digits, {MAP.epochs} epochs, against "
        f"its {students} students one by one in the textbook loop, same schedule and evaluations",
        f"{found.map_seconds:.1f} s against {found.one_seconds:.2f} s a student ("
        f"{len(SAMPLE)} spread over the map), x {students} = {students * found.one_seconds:.0f} s "
        f"extrapolated: {found.ratio:.0f} times faster",
        "50 times",
        found.ratio >= 50,
    )
    yield _agreement(found, len(split.validation.targets))


def _agreement(found: Against, images: int) -> Row:
    """Whether the same students, on other batches, end with the same accuracy."""
    own, other = (100 * statistics.mean(values) for values in zip(*found.pairs, strict=True))
    gaps = [100 * (a - b) for a, b in found.pairs]
    mean, low, high = interval(gaps, resolution=100 / images)
    return Row(
        f"validation accuracy of those {len(gaps)} students, same first weights and schedule, "
        "other order of batches: map against textbook loop",
        f"{own:.1f} % against {other:.1f} %: {signed(mean)} points, 95 % interval {signed(low)} to "
        f"{signed(high)}",
        "holds 0",
        low <= 0 <= high,
    )


def _cnns() -> Iterator[Row]:
    """Convolutions gain nothing by standing side by side on a CPU, only by a teacher that answers
    once; against them stands that the map also judges the first weights."""
    there = (data_root() / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file()
    config = SweepConfig(
        dataset="mnist" if there else "digits",
        train_limit=1000,
        student="cnn-8",
        labels="all",
        temperatures=(2, 8),
        alphas=(0.5, 0.9),
        seeds=2,
        epochs=3,
        teacher_epochs=3,
    )
    split = core.finish(data.read(config))
    teacher = core.make_teacher(config, split)
    students = SweepHistory(config).students
    found = _against(config, split, teacher, ((0, 0), (3, 1), (1, 1)), students)
    yield Row(
        f"a map of 2 T x 2 alpha x 2 seeds of CNNs ({config.student}, 1000 images of "
        f"{config.dataset}, {config.epochs} epochs) against its {students} students, those on "
        "labels only among them, one by one",
        f"{found.map_seconds:.2f} s against {found.one_seconds:.2f} s a student (3 of them), x "
        f"{students} extrapolated: {found.ratio:.1f} times as fast",
    )


def _against(
    config: SweepConfig,
    split: DataSplit,
    teacher: Teacher,
    sample: Sequence[tuple[int, int]],
    students: int,
) -> Against:
    """Rounds of some of ``sample`` in the textbook loop, then the map; one warm-up of both."""
    runs = list(config.cells())

    def textbook_run(cell: int, seed: int, epochs: int) -> float:
        return textbook.distil(
            split, teacher.module, runs[cell].student, epochs=epochs,
            temperature=runs[cell].temperature, alpha=runs[cell].alpha,
            seed=stream(config.first_seed + seed, Role.WEIGHTS), batch_size=config.batch_size,
            learning_rate=config.learning_rate, as_in_the_lab=True,
        )  # fmt: skip

    textbook_run(*sample[0], epochs=2)
    train_map(config.model_copy(update={"epochs": 2}), split, teacher)
    singles: list[float] = []
    accuracies: list[float] = []
    maps: list[float] = []
    history = SweepHistory(config)
    for round_ in range(ROUNDS):
        own = sample[round_::ROUNDS]
        start = time.perf_counter()
        accuracies += [textbook_run(cell, seed, config.epochs) for cell, seed in own]
        singles.append((time.perf_counter() - start) / len(own))
        start = time.perf_counter()
        history = train_map(config, split, teacher)
        maps.append(time.perf_counter() - start)
    validation = history.values("validation")
    order = [place for round_ in range(ROUNDS) for place in sample[round_::ROUNDS]]
    pairs = [
        (float(validation[cell, seed]), accuracy)
        for (cell, seed), accuracy in zip(order, accuracies, strict=True)
    ]
    whole, one_student = statistics.median(maps), statistics.median(singles)
    return Against(whole, one_student, students * one_student / whole, pairs)


def train_map(config: SweepConfig, split: DataSplit, teacher: Teacher) -> SweepHistory:
    """All cohorts of a map one after the other, judged after every epoch, without a store."""
    members = plan(config).members
    history = SweepHistory(config)
    for number, places in enumerate(units(config, members, split.shape, len(split.classes))):
        own = [members[place] for place in places]
        for event in train_cohort(config, number, places, own, split, teacher):
            if isinstance(event, SweepEpoch):
                history.take([event])
    return history


# -- one worker and two ---------------------------------------------------------------------------


def _workers() -> Iterator[Row]:
    """The same map in one share and in two, on two workers that have done such work before: the
    second is idle while the first works alone."""
    with _own_home():
        manager = JobManager(workers=2, preload=PRELOAD)
        try:
            manager.start()
            manager.wait(PATIENCE_SECONDS)
            warm = MAP.model_copy(update={"epochs": 1, "x_axis": "width", "widths": (4, 8)})
            _over(manager, warm, 2)
            times: tuple[list[float], list[float]] = ([], [])
            for round_ in range(2):
                for shares, kept in zip((1, 2), times, strict=True):
                    # fresh seeds: what was trained before would only be replayed
                    seed = 100 + 10 * round_ + 5 * shares
                    update = {"first_seed": seed, "epochs": WORKER_EPOCHS}
                    start = time.perf_counter()
                    _over(manager, MAP.model_copy(update=update), shares)
                    kept.append(time.perf_counter() - start)
        finally:
            manager.close()
    one, two = (statistics.median(found) for found in times)
    yield Row(
        f"that map with {WORKER_EPOCHS} epochs on two workers against one, teacher stored",
        f"{two:.1f} s against {one:.1f} s: {one / two:.2f} times faster",
        "faster",
        one > two,
    )


def _over(manager: JobManager, config: SweepConfig, shares: int) -> None:
    """Run a map to its end in ``shares``."""
    crew = jobs_of(manager, config, shares, "bench")
    deadline = time.perf_counter() + PATIENCE_SECONDS
    try:
        while not crew.finished:
            crew.news()
            if crew.error is not None:
                raise crew.error
            if time.perf_counter() > deadline:
                raise TimeoutError("the workers did not get there in three minutes")
            time.sleep(POLL_SECONDS)
    finally:
        crew.release()


@contextmanager
def _own_home() -> Iterator[None]:
    """A folder of results that workers started meanwhile write to, gone afterwards."""
    before = os.environ.get("KDLAB_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["KDLAB_HOME"] = home
        try:
            yield
        finally:
            if before is None:
                del os.environ["KDLAB_HOME"]
            else:
                os.environ["KDLAB_HOME"] = before


# -- what a student costs -------------------------------------------------------------------------


def costs() -> Iterator[str]:
    """Seconds of a student and epoch in cohorts of K, and what of the machine they use."""
    torch.set_num_threads(1)
    split = core.finish(data.read(MAP))
    teacher = core.make_teacher(MAP, split)
    size = len(split.train.targets)
    student = models.build(MAP.student, split.shape, len(split.classes), 0)
    whole = profiling.flops_per_image(student, split.shape)
    width = int(MAP.student.split("-")[1])
    first = 2 * math.prod(split.shape) * width
    work = (3 * whole - first) * size  # nobody asks for the gradient by the input
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
    loop = train(build_cohort(group, TrainingContext(config, split, teacher)), with_parts=False)
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


def profile() -> Iterator[str]:
    """The operators that a step of the map spends its time in, a line each."""
    torch.set_num_threads(1)
    split = core.finish(data.read(MAP))
    teacher = core.make_teacher(MAP, split)
    short = MAP.model_copy(update={"epochs": 5})

    def work() -> None:
        train_map(short, split, teacher)

    yield from core.operators(work)
