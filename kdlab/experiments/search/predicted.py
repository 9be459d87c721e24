"""What a search will cost, before it begins."""

from __future__ import annotations

import math

from kdlab import checks, models, predicted
from kdlab.experiments.search import space
from kdlab.experiments.search.config import GROUP, SearchConfig
from kdlab.experiments.search.result import ATTEMPTS
from kdlab.predicted import Work, judged, sizes, teacher, trained

LOOKS = 3
"""How often a trial is judged."""


def of_search(config: SearchConfig) -> Work:
    """All trials as if each were of the largest student that fits, to the last epoch, the runs that
    judge the best, and every teacher that may be tried and is not stored. ConfigError where no
    student fits, ModelError where none of its kind can read the data."""
    config = space.normal(config)
    known = sizes(config)
    shape, classes = known.shape, known.classes
    models.check(config.student, shape, classes)
    fitting = [s for own in space.ladders(config, shape, classes).values() for s in own]
    costs = {student: models.operations(student, shape, classes) for student in fitting}
    if config.max_flops:  # where none is left, the search itself says so
        costs = {s: cost for s, cost in costs.items() if cost <= config.max_flops} or costs
    largest = max(costs, key=costs.__getitem__)
    count = config.trials * config.seeds
    groups = math.ceil(config.trials / GROUP)
    teachers = [
        checks.normal(config.distil_config(**config.with_teacher(name))).teacher_config()
        for name in space.teachers(config, shape, classes)
    ]
    best = config.distil_config(student=largest, **config.fresh())
    return Work(
        teachers=sum(teacher(one, known) for one in teachers),
        students=trained(
            largest, shape, classes, count, known.train, config.epochs, config.batch_size, groups
        )
        + judged(largest, shape, classes, count, LOOKS * known.validation)
        + ATTEMPTS * predicted.of_run(best).students,
    )
