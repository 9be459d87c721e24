"""Which arms train together, and whether that fits into memory. Needs no torch."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from kdlab import models
from kdlab.checks import MAX_COHORT_BYTES, cohort_bytes
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
from kdlab.methods import find as find_method
from kdlab.training.arms.arm import Arm, Peer, Plan
from kdlab.training.arms.faults import PADDING

FLOAT = 4
"""Bytes."""
TRIPLES = 16
"""Bytes of each triple of a batch: its cosine, what is compared with it, and their gradients."""
PAIRS = 24
"""Bytes of each number of each pair of a batch: the way between both and its direction, of student
and teacher, and the gradients."""

MATRIX = 64
"""Bytes of each pair of a batch, where matrices of all pairs are compared in double precision: as
measured (CC), and half as much again."""


@dataclass(frozen=True)
class ArmGroup:
    """Arms that learn as one cohort, and what they have in common."""

    common: Arm
    arms: tuple[Arm, ...]


def cohorts(plan: Plan, most: Callable[[str], int] | None = None) -> list[ArmGroup]:
    """The arms of ``plan`` that train together, in the order in which they are named.

    ``most`` says of a student's architecture how many arms a cohort may have: more of them are cut
    into cohorts of even size. How they are cut depends on the plan, not on who trains it.
    """
    found: dict[tuple[Arm, str], list[Arm]] = {}
    for arm in plan.arms:
        # Two peers per seed are two students of one arm; what another needs is known by name; who
        # samples has prefixes of its own, where those of a seed share their batches.
        apart = arm.prefixes != "data" or Peer() in arm.teachers
        alone = arm.fault or arm.needs or apart
        found.setdefault((plan.common(arm), arm.name if alone else ""), []).append(arm)
    groups = []
    for (common, _), arms in found.items():
        count = 1 if most is None else math.ceil(len(arms) / most(common.student))
        ends = [round(len(arms) * k / count) for k in range(count + 1)]
        groups += [ArmGroup(common, tuple(arms[a:b])) for a, b in itertools.pairwise(ends)]
    return groups


def enough_memory(
    plan: Plan,
    config: StudentConfig,
    shape: tuple[int, ...],
    classes: int,
    pads: int = 0,
    places: int = 1,
) -> None:
    """ConfigError where the students of one cohort, or what their method computes of a batch, need
    more memory than a worker should take. ``shape`` is of whole images. Where padding counts, by
    mistake, ``pads`` are its windows beside the ``places`` of the text: each batch has its share,
    and all are kept with what their teacher says of them."""
    for group in cohorts(plan):
        arm = group.arms[0]
        seen = shape
        if len(shape) == 3:
            seen = (shape[0], *(side // arm.factor for side in shape[1:]))
        students = len(group.arms) * config.seeds * (2 if Peer() in arm.teachers else 1)
        batch = config.batch_size
        if arm.fault == PADDING:
            batch += math.ceil(batch * pads / places)
        need = cohort_bytes(students, arm.student, seen, classes, batch)
        if arm.fault == PADDING:
            need += FLOAT * pads * (math.prod(seen) + classes)
        method = find_method(arm.method)
        if method.pairs:
            need += students * config.batch_size**2 * MATRIX * max(1, len(arm.layers))
        if method.triples:
            nets = ((arm.student, seen), (config.teacher, shape))
            widths = sum(models.embedding_width(*net) for net in nets)
            each = TRIPLES * config.batch_size + PAIRS * widths
            need += students * config.batch_size**2 * each
        if need > MAX_COHORT_BYTES:
            raise ConfigError(
                f"{students} students {arm.student} learn at once ({arm.label} and arms like it), "
                f"which needs {need / 2**30:.0f} GiB",
                f"at most {MAX_COHORT_BYTES / 2**30:.0f} GiB for students that learn together",
                "Choose fewer seeds or values, a smaller student, or a smaller batch size",
            )
