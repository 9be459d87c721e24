"""What a map will cost, before it begins."""

from __future__ import annotations

from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.plan import cohorts_of, normal, plan
from kdlab.predicted import Work, judged, sizes, teacher, trained


def of_map(config: SweepConfig) -> Work:
    """Its teacher, unless it is stored, and all its students, judged after every epoch."""
    config = normal(config)
    known, members = sizes(config), plan(config).members
    images = (config.epochs + 1) * (known.validation + known.test)
    students = 0.0
    for own in cohorts_of(config, members, known.shape, known.classes):
        count = len(own) * config.seeds
        network = (members[own[0]].student, known.shape, known.classes, count)
        students += trained(*network, known.train, config.epochs, config.batch_size)
        students += judged(*network, images)
    return Work(teacher(config.teacher_config(), known), students)
