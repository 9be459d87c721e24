"""Maps against the textbook loop: students by the dozen against one.

One intra-op thread each. What is compared is measured in turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kdlab.bench import Row, core, textbook
from kdlab.data.split import DataSplit
from kdlab.events import SweepEpoch
from kdlab.experiments.sweep import SweepConfig, SweepHistory, plan
from kdlab.experiments.sweep.plan import cohorts_of
from kdlab.experiments.sweep.training import train_cells
from kdlab.measure.intervals import interval
from kdlab.measure.wording import signed
from kdlab.system.paths import data_root
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


@dataclass(frozen=True)
class Against:
    """A map and the textbook loop on some of its students, as often as the map has them: medians
    of rounds in turn, and the validation accuracies of those students, (map, loop) each."""

    map_seconds: float
    one_seconds: float
    ratio: float
    pairs: list[tuple[float, float]]


def rows() -> Iterator[Row]:
    """The map of 192 students, and a map of CNNs."""
    split, teacher = core.ready(MAP)
    yield from _mlps(split, teacher)
    yield from _cnns()


def _mlps(split: DataSplit, teacher: Teacher) -> Iterator[Row]:
    students = len(list(MAP.cells())) * MAP.seeds
    found = against(MAP, split, teacher, SAMPLE, students)
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
        "includes 0",
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
    split, teacher = core.ready(config)
    students = SweepHistory(config).students
    found = against(config, split, teacher, ((0, 0), (3, 1), (1, 1)), students)
    yield Row(
        f"a map of 2 T x 2 alpha x 2 seeds of CNNs ({config.student}, 1000 images of "
        f"{config.dataset}, {config.epochs} epochs) against its {students} students, those on "
        "labels only among them, one by one",
        f"{found.map_seconds:.2f} s against {found.one_seconds:.2f} s a student (3 of them), x "
        f"{students} extrapolated: {found.ratio:.1f} times as fast",
    )


def against(
    config: SweepConfig,
    split: DataSplit,
    teacher: Teacher,
    sample: Sequence[tuple[int, int]],
    students: int,
) -> Against:
    """Rounds of some of ``sample``, (cell, seed) each, in the textbook loop, then the map, of so
    many ``students``; one warm-up of both."""
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
    for number, places in enumerate(cohorts_of(config, members, split.shape, len(split.classes))):
        own = [members[place] for place in places]
        for event in train_cells(config, number, places, own, split, teacher):
            if isinstance(event, SweepEpoch):
                history.take([event])
    return history


def profile() -> Iterator[str]:
    """The operators that a step of the map spends its time in, a line each."""
    split, teacher = core.ready(MAP)
    short = MAP.model_copy(update={"epochs": 5})

    def work() -> None:
        train_map(short, split, teacher)

    yield from core.operators(work)
