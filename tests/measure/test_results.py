"""The one table of results, and that all work gives it."""

from __future__ import annotations

import math

from kdlab.measure.results import COLUMNS, Students, results_table
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS

FIRST = ["group", "seed", *COLUMNS.values()]


def test_a_row_a_student_and_nan_where_nothing_was_measured():
    found = results_table(
        [Students("a", [3, 4], {"accuracy": [0.5, 0.6], "ece": [0.1, 0.2]}, {"label": "A"})]
    )
    assert found.columns.tolist() == [*FIRST, "label"]
    assert found["test_accuracy"].tolist() == [0.5, 0.6]
    assert found["calibration_error"].tolist() == [0.1, 0.2]
    assert all(math.isnan(value) for value in found["fidelity"])
    assert found["label"].tolist() == ["A", "A"]


def test_nobody_is_a_table_too():
    assert results_table([]).empty
    assert results_table([]).columns.tolist() == FIRST


def test_all_work_that_comes_with_the_lab_has_the_same_columns(tmp_path):
    """One after the other, they are one table without holes in who a student was."""
    store, seen = Store(tmp_path), set()
    for experiment in EXPERIMENTS.values():
        for config in experiment.presets.values():
            events = experiment.load_result(config, store, bundled=True)
            if not events:
                continue
            history = experiment.history(experiment.normal(config))
            history.take(events)
            table = experiment.tables["results"](history)
            assert table.columns[: len(FIRST)].tolist() == FIRST
            assert not table[["group", "seed", "test_accuracy"]].isna().any(axis=None)
            assert table["test_accuracy"].between(0, 1).all()
            # a student has one row: no seed of a group stands twice under the same settings
            told = [c for c in table.columns if c not in (*COLUMNS.values(), "label")]
            assert not table.duplicated(told).any()
            seen.add(experiment.noun)
            break
    assert seen == {"run", "map", "search", "study"}
