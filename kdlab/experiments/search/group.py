"""Training one group of trials as one cohort, judged on the validation images at a few rungs."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.events import Progress
from kdlab.measure import metrics
from kdlab.training.loop import EpochDone, device, fit, to_device
from kdlab.training.students import batch_seeds, build_cohort
from kdlab.training.teachers import Teacher
from kdlab.training.variant import Variant

RUNGS = (0.25, 0.5)
"""Shares of the epochs after which a cohort may be given up. The learning rate is highest between
the two, so what is far behind at both seldom catches up."""


@dataclass(frozen=True)
class Judged:
    """The cohort after ``epoch``: ``accuracy[v][s]`` of variant v and seed s on validation."""

    epoch: int
    accuracy: list[list[float]]


def train(
    config: DistilConfig, variants: list[Variant], split: DataSplit, teacher: Teacher
) -> Generator[Progress | EpochDone | Judged, None, None]:
    """Students ``config.student`` of all ``variants`` and seeds; Judged at each rung and the end.

    A student whose outputs are no numbers any more answers nothing: its accuracy is 0. Whoever has
    seen enough closes the generator.
    """
    where = device()
    engine, objective = build_cohort(config, variants, split, where)
    validation = to_device(split.validation, where)
    rungs = {max(1, round(share * config.epochs)) for share in RUNGS} | {config.epochs}
    loop = fit(
        engine, objective, split.train, teacher.train_logits, batch_seeds(config),
        config.epochs, config.batch_size, config.learning_rate, "trying students",
        with_parts=False,
    )  # fmt: skip
    for item in loop:
        yield item
        if isinstance(item, EpochDone) and item.epoch in rungs:
            logits = engine.predict(validation.inputs)
            sound = logits.isfinite().flatten(1).all(1).tolist()
            found = metrics.accuracy(logits, validation.targets)
            found = [value if fine else 0.0 for value, fine in zip(found, sound, strict=True)]
            count = len(variants)
            yield Judged(item.epoch, [found[v::count] for v in range(count)])
