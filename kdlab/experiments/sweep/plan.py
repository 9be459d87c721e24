"""Which students a map needs, and how they are cut into cohorts.

What is the same is trained once: all cells with alpha = 0 are the student on labels alone, which
every cell is compared with. How students are cut depends on the configuration and the data, not on
who trains them: the same map gives the same numbers on one worker and on ten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kdlab import checks, models
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError, KdlabError
from kdlab.experiments.sweep.config import MOST_STUDENT_EPOCHS, MOST_STUDENTS, SweepConfig
from kdlab.training.arms import arm as arms
from kdlab.training.arms.arm import Arm
from kdlab.training.arms.cohorts import cohorts

STUDENTS = {"mlp": 120, "gru": 40, "gpt": 40}
"""In one cohort, by family: more make each no cheaper. The products of these are batched."""
FEW_STUDENTS = 12
"""In one cohort of the others, which run one after the other: a short wait for the first epoch."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``members`` of a map, each an arm that is trained over all seeds; for each cell its member,
    and the member on labels alone beside it."""

    members: tuple[Arm, ...]
    cells: tuple[int, ...]
    references: tuple[int, ...]


def plan(config: SweepConfig) -> Plan:
    """The students that the map ``config`` needs. Labels-only students come first."""
    runs = list(config.cells())
    alone = [_member(run, temperature=1.0, alpha=0.0) for run in runs]
    # With alpha = 0 nothing is left of the teacher, whatever T is.
    wanted = [
        _member(run, run.temperature, run.alpha) if run.alpha else beside
        for run, beside in zip(runs, alone, strict=True)
    ]
    members = tuple(dict.fromkeys([*alone, *wanted]))
    place = {member: n for n, member in enumerate(members)}
    return Plan(members, tuple(place[m] for m in wanted), tuple(place[m] for m in alone))


def _member(run: DistilConfig, temperature: float, alpha: float) -> Arm:
    """The student of ``run`` under T and alpha; one that two cells share has one name."""
    numbers = f"T {temperature}, alpha {alpha}, {run.labels} labels, noise {run.label_noise}"
    name = f"{run.student}, {numbers}"
    return Arm.of(run, name, name, temperature=temperature, alpha=alpha)


def cohorts_of(
    config: SweepConfig, members: tuple[Arm, ...], shape: tuple[int, ...], classes: int
) -> list[tuple[int, ...]]:
    """The members in cohorts: places in ``members``, of one architecture each, of even size."""
    place = {member.name: n for n, member in enumerate(members)}
    groups = cohorts(
        arms.Plan(members, one_method=True),
        lambda student: max(1, _most_students(student, shape, classes) // config.seeds),
    )
    return [tuple(place[arm.name] for arm in group.arms) for group in groups]


def _most_students(student: str, shape: tuple[int, ...], classes: int) -> int:
    """How many students a cohort may have: what pays, and what fits into memory."""
    fits = checks.MAX_COHORT_BYTES // checks.cohort_bytes(1, student, shape, classes)
    return max(1, min(fits, STUDENTS.get(models.find(student).name, FEW_STUDENTS)))


def together(
    config: SweepConfig,
    members: tuple[Arm, ...],
    cohorts: list[tuple[int, ...]],
    shape: tuple[int, ...],
    classes: int,
) -> int:
    """How many of the cohorts fit into memory at the same time, one at least."""
    sizes = [
        checks.cohort_bytes(config.seeds * len(own), members[own[0]].student, shape, classes)
        for own in cohorts
    ]
    return max(1, checks.MAX_COHORT_BYTES // max(sizes))


def possible(config: SweepConfig) -> None:
    """ConfigError or ModelError for a map that cannot be run, or is too large to look at."""
    if config.x_axis == config.y_axis:
        raise ConfigError(
            f"x_axis and y_axis are both {config.x_axis}",
            "two different axes",
            "Choose another axis for one of them",
        )
    cells = math.prod(len(config.along(axis)) for axis in config.axes)
    if cells * config.seeds > MOST_STUDENTS:
        raise ConfigError(
            f"the map has {cells:,} cells and {config.seeds} seeds, {cells * config.seeds:,} "
            "students",
            f"at most {MOST_STUDENTS:,} students",
            "Choose fewer values, or fewer seeds",
        )
    if cells * config.seeds * config.epochs > MOST_STUDENT_EPOCHS:
        raise ConfigError(
            f"the map has {cells * config.seeds:,} students and {config.epochs:,} epochs",
            f"at most {MOST_STUDENT_EPOCHS:,} students times epochs",
            "Choose fewer epochs, values or seeds",
        )
    for run in config.cells():
        try:
            checks.possible(run)
        except KdlabError as error:
            across, up = config.axes
            where = f"in the map of {across.label} and {up.label}, {error.received}"
            raise type(error)(where, error.allowed, error.todo) from None


def normal(config: SweepConfig) -> SweepConfig:
    """``config`` with all settings that change no result at their defaults.

    The values of axes that are not shown do not count, nor does the cell that is looked at.
    """
    config = checks.normal(config)
    idle = {axis.setting for axis in config.axes if axis.name != "width"} | {"column", "row"}
    shown = {axis.values for axis in config.axes}
    idle |= {"temperatures", "alphas", "label_counts", "widths", "label_noises"} - shown
    fields = SweepConfig.model_fields
    update = {name: fields[name].default for name in idle}
    if "width" in (config.x_axis, config.y_axis) and config.student.count("-") == 1:
        update["student"] = models.of_width(config.student, config.widths[0])
    return config.model_copy(update=update)
