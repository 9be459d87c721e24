"""The map of T, alpha and seeds on this device against the textbook loop on the same."""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.bench import core
from kdlab.bench.gpu import Asked, Row
from kdlab.bench.sweeps import MAP, SAMPLE, against
from kdlab.training.loop import device

GOAL = 1000
TINY = MAP.model_copy(
    update={"temperatures": (1, 4), "alphas": (0.5, 1.0), "seeds": 2, "epochs": 2}
)


def measure(asked: Asked) -> Iterator[Row]:
    """One row; the textbook loop trains six of the students, or three where it is only tried."""
    config = TINY if asked.tiny else MAP
    sample = ((0, 0), (3, 1), (1, 1)) if asked.tiny else SAMPLE
    split, teacher = core.ready(config)
    students = len(list(config.cells())) * config.seeds
    found = against(config, split, teacher, sample, students)
    where = device()
    yield {
        "what": f"a map of {students} students ({config.student}, digits, {config.epochs} epochs) "
        f"on {where.type} against the textbook loop there",
        "told": f"{found.map_seconds:.3g} s against {found.one_seconds:.3g} s a student, x "
        f"{students} extrapolated: {found.ratio:.0f} times",
        "goal": f"{GOAL} times" if where.type == "cuda" else "",
        "met": found.ratio >= GOAL if where.type == "cuda" else None,
        "map_seconds": found.map_seconds,
        "one_seconds": found.one_seconds,
        "ratio": found.ratio,
        "accuracies": found.pairs,
    }
