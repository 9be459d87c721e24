"""What ``sweep`` prints: a map as one JSON object, or as a table in words."""

from __future__ import annotations

import math
from typing import Any

from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.history import SweepHistory
from kdlab.experiments.uneven import uneven
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY, BITS

EPILOG = """\
example:
  python -m kdlab sweep --dataset digits --labels 100 --student mlp-16 \\
      --temperatures 1,2,4,8 --alphas 0,0.5,0.9,1 --seeds 3 --json

Other axes: --x-axis and --y-axis, one of temperature, alpha, labels, width, label_noise, with their
values in --temperatures, --alphas, --label-counts, --widths, --label-noises.

With --json stdout gets one object: config, grid [{the two axes' values, accuracy, fidelity, ece,
validation, labels_only}, one number per seed, on test images except for validation], labels_only
{accuracy, one number per seed; one list per cell where cells differ}, chosen {the best cell on
validation, with its gain on test}, seconds {teacher, students, total}, students (how many were
trained) and, if any, notes. Accuracies are fractions; null where a student's loss became NaN. For
text, cells also have bits (per character, fewer is better), and validation, labels_only and gain
are in bits.

With KDLAB_SCHEDULER the map is trained on that cluster's workers, with --workers N in N processes
of this machine. Finished cohorts are kept: a stopped map resumes where it was.

Exit code: 0 done, 1 the map failed, 2 a setting is wrong, 130 stopped by Ctrl-C."""


def as_json(config: SweepConfig, history: SweepHistory) -> dict[str, Any]:
    """The one JSON object of ``sweep``; lists have one number per seed."""
    across, up = config.axes
    found = {name: history.values(name).tolist() for name in ("validation", "fidelity", "ece")}
    name = history.judged.name  # of text bits, beside accuracy
    accuracy, alone = history.values("test").tolist(), history.baseline("test").tolist()
    if history.judged is BITS:
        found["accuracy"] = history.plain("test").tolist()
    places = [(x, y) for y in config.along(up) for x in config.along(across)]
    grid = [
        {
            across.name: x,
            up.name: y,
            name: _plain(accuracy[cell]),
            **{name: _plain(values[cell]) for name, values in found.items()},
            "labels_only": _plain(alone[cell]),
        }
        for cell, (x, y) in enumerate(places)
    ]
    same = all(member == history.plan.references[0] for member in history.plan.references)
    best = history.best
    gain = None if best is None else _gain(history, best)
    return {
        "config": config.model_dump(mode="json"),
        "grid": grid,
        "labels_only": {name: _plain(alone[0]) if same else [_plain(row) for row in alone]},
        "chosen": None if best is None else {**grid[best], "gain": gain and gain.as_dict()},
        "seconds": _seconds(history),
        "students": history.students,
        **({"notes": history.notes} if history.notes else {}),
    }


def _gain(history: SweepHistory, cell: int) -> Gain | None:
    """The gain of the cell; None where that of the student on labels alone is NaN."""
    gain = history.gain(cell)
    return None if math.isnan(gain.mean) else gain


def _plain(values: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


def _seconds(history: SweepHistory) -> dict[str, float]:
    """Of shares that ran side by side, the longest counts; of a map from the store, what its
    students took then."""
    if not history.seconds:
        return {"teacher": 0.0, "students": history.spent, "total": history.spent}
    names = ("teacher", "students", "total")
    return {name: max((s[name] for s in history.seconds), default=0.0) for name in names}


def summary(history: SweepHistory) -> str:
    """The map in words: test accuracies in per cent, and the cell that validation chooses."""
    config = history.config
    across, up = config.axes
    rows, columns = history.shape
    judged = history.judged
    mean = judged.scale * history.mean("test")[0].reshape(rows, columns)
    corner = f"{up.name} \\ {across.name}"
    lines = [f"{corner:>22} " + " ".join(f"{value!s:>7}" for value in config.along(across))]
    for y, row in reversed(list(zip(config.along(up), mean, strict=True))):
        lines.append(f"{y!s:>22} " + " ".join(f"{value:7.{judged.digits}f}" for value in row))
    noun = history.noun
    best = history.best
    if best is None:
        return "\n".join([*lines, "No student of this map has a result: each loss became NaN."])
    x, y = config.along(across)[best % columns], config.along(up)[best // columns]
    gain = _gain(history, best)
    if gain is None:
        lines.append("The student on labels alone has no result: its loss became NaN.")
        return "\n".join(lines)
    spread_of = f", {gain.interval()}, with this teacher" if gain.ci95 else ""
    lines += [
        f"Test {judged.label.lower()}{' in per cent' if judged is ACCURACY else ''}, mean over "
        "seeds.",
        f"Best on validation {noun}: {across.name} {x}, {up.name} {y}; on test {noun} "
        f"{gain.amount()} against labels only{spread_of}.",
        *filter(None, [uneven(history.data, noun)]),
    ]
    return "\n".join(lines)
