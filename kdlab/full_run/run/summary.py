"""What a full run comes to: groups, gain and speeds from the results of its stages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY, FullFinished, StageDone
from kdlab.measure.gain import paired_gain


def finished(done: Sequence[StageDone], test_size: int) -> FullFinished:
    """The last event; its seconds are those of all stages, also of those before a run was resumed,
    without reading the data and starting up."""
    groups: list[dict[str, Any]] = []
    for name in (LABELS_ONLY, DISTILLED):
        own = [stage for stage in done if stage.stage == name]
        groups.append(
            {
                "name": name,
                "accuracy": [stage.accuracy for stage in own],
                "fidelity": [stage.fidelity for stage in own],
                "ece": [stage.ece for stage in own],
                "best": [stage.best for stage in own],
            }
        )
    names = {"teacher": "teacher", "student": LABELS_ONLY, "distilled": DISTILLED}
    each = {
        key: [s for s in done if s.stage == name and not s.reused] for key, name in names.items()
    }
    times = {key: _mean([s.seconds for s in stages]) for key, stages in each.items()}
    plain, distilled = (group["accuracy"] for group in groups)
    gain = paired_gain(plain, distilled, resolution=1 / test_size)
    return FullFinished(
        teacher_accuracy=done[0].accuracy,
        groups=groups,
        gain=gain.as_dict(),
        images_per_second={
            key: _mean([s.images_per_second for s in stages]) for key, stages in each.items()
        },
        seconds=times | {"total": sum(stage.seconds for stage in done)},
    )


def _mean(values: Sequence[float]) -> float:
    """0 where there is none: a teacher that was not trained in this run."""
    return math.fsum(values) / len(values) if values else 0.0
