"""The one table of results: a row a student, with the same columns whatever work trained it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "accuracy": "test_accuracy",
    "validation": "validation_accuracy",
    "fidelity": "fidelity",
    "ece": "calibration_error",
}
"""Measure, as events name it -> its column. All are fractions, and but for the second of test
images; fidelity is the share of answers that are the teacher's."""
OF_TEXT = {"bits": "test_bits", "validation_bits": "validation_bits"}
"""Measure -> its column, of text alone: bits per character. Tables of other data have no such."""
BEYOND = {
    "balanced_accuracy": "balanced_accuracy",
    "macro_f1": "macro_f1",
    "temperature": "fitted_temperature",
    "ece_after": "calibration_error_after",
}
"""Measure -> its column, where classes were counted and a temperature was fitted."""


@dataclass(frozen=True)
class Students:
    """The students of one kind, which differ in their seeds: labels only, distilled, or an arm.

    ``values`` has by measure, one of COLUMNS, a number a seed; what was not measured is not there.
    ``about`` goes into columns of its own.
    """

    group: str
    seeds: Sequence[int]
    values: Mapping[str, Sequence[float]]
    about: Mapping[str, Any] = field(default_factory=dict)


def results_table(found: Iterable[Students]) -> pd.DataFrame:
    """One row a student: group, seed, a column for each measure (NaN where it was not measured),
    then what is told about its group."""
    import pandas as pd

    found = list(found)
    named = COLUMNS | {
        measure: column
        for measure, column in (OF_TEXT | BEYOND).items()
        if any(students.values.get(measure) for students in found)
    }
    rows = [
        {
            "group": students.group,
            "seed": seed,
            **{
                column: students.values[measure][n] if students.values.get(measure) else math.nan
                for measure, column in named.items()
            },
            **students.about,
        }
        for students in found
        for n, seed in enumerate(students.seeds)
    ]
    return pd.DataFrame(rows, columns=None if rows else ["group", "seed", *COLUMNS.values()])
