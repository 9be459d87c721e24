"""Events of a finished run in three uneven classes, of which distillation helps one and may hurt
the rarest; and other runs with the same counts."""

from __future__ import annotations

import dataclasses

import numpy as np

from kdlab.events import DISTILLED, LABELS_ONLY, RunFinished, RunStarted
from kdlab.measure.gain import paired_gain

SEEDS = 4
IMAGES = [300, 180, 20]
ALONE = [[240, 140, 16], [243, 141, 16], [238, 139, 15], [241, 142, 16]]
"""Right by class, one row a seed."""
BETTER = [[270, 141, 16], [272, 140, 15], [269, 140, 15], [274, 144, 16]]
RARE_LOST = [[270, 141, 3], [272, 140, 2], [269, 140, 3], [274, 144, 3]]
TRAINING = [1200, 720, 40]


def events(alone, distilled, *, images=IMAGES, training=TRAINING, seeds=SEEDS, names="abc"):
    """Of a run whose students are right so often, class by class; of wrong answers the next class
    is given."""
    rows = {"teacher": [images], LABELS_ONLY: alone[:seeds], DISTILLED: distilled[:seeds]}
    matrices = {
        name: sum(np.diag(row) + np.roll(np.diag(np.subtract(images, row)), 1, 1) for row in own)
        for name, own in rows.items()
    }
    answered = {
        name: [[row[c] + images[c - 1] - row[c - 1] for c in range(len(images))] for row in own]
        for name, own in rows.items()
    }
    size = sum(images)
    accuracy = {name: [sum(row) / size for row in own] for name, own in rows.items()}
    groups = [
        {"name": n, "accuracy": accuracy[n], "fidelity": accuracy[n], "ece": [0.1] * seeds}
        for n in (LABELS_ONLY, DISTILLED)
    ]
    calibration = {
        name: {"temperature": [1.5] * len(own), "before": [0.1] * len(own),
               "after": [0.02] * len(own)}
        for name, own in rows.items()
    }  # fmt: skip
    per_class = {"images": images, "answered": answered, "right": rows}
    if training is not None:
        per_class["training"] = training
    gain = paired_gain(accuracy[LABELS_ONLY], accuracy[DISTILLED], 1 / size).as_dict()
    members = tuple((name, seed) for seed in range(seeds) for name in (LABELS_ONLY, DISTILLED))
    started = RunStarted(
        fingerprint="0", dataset="images", classes=tuple(names), input_shape=(3, 8, 8),
        train_size=sum(training or images), labelled=100, validation_size=60, test_size=size,
        students=members, epochs=5, steps_per_epoch=2,
    )  # fmt: skip
    end = RunFinished(
        teacher_accuracy=1.0,
        groups=groups,
        gain=gain,
        seconds={"teacher": 1.0, "students": 1.0, "total": 2.0},
        per_class=per_class,
        confusion={name: each.tolist() for name, each in matrices.items()},
        calibration=calibration,
    )
    return [started, end]


def counted(told):
    """The events of another run as if its test answers had been counted: of its last class nobody
    who is distilled is right."""
    runs = [event for event in told if isinstance(event, RunStarted)]
    if not runs or len(runs[0].input_shape) == 2:
        return told
    classes, count = runs[0].classes, len(runs[0].classes)
    seeds = len({seed for _, seed in runs[0].students})
    images = [runs[0].test_size // count] * count
    right = [[images[0] // 2 + s % 2] * count for s in range(seeds)]
    lost = [[*row[:-1], 0] for row in right]
    (_, end) = events(
        right, lost, images=images, training=[*images[:-1], 1], seeds=seeds, names=classes
    )
    parts = {n: getattr(end, n) for n in ("per_class", "confusion", "calibration")}
    return [
        dataclasses.replace(event, **parts) if isinstance(event, RunFinished) else event
        for event in told
    ]
