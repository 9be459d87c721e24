"""Of how few trials nobody can say which settings mattered."""

from __future__ import annotations

import pytest

from kdlab.events import TrialsDone
from kdlab.experiments.search.history import FEW_TRIALS, SearchHistory

ROW = {"student": "mlp-4", "teacher": "mlp-64", "method": "soft-targets", "temperature": 4.0,
       "alpha": 0.5, "parameters": 10, "bytes": 40, "flops_per_image": 20, "latency_ms": 0.1,
       "accuracy": [0.5], "epochs": 3}  # fmt: skip


def history(complete, pruned=0):
    states = ["complete"] * complete + ["pruned"] * pruned
    rows = [{**ROW, "number": n, "state": state} for n, state in enumerate(states)]
    return SearchHistory([TrialsDone(trials=rows)])


@pytest.mark.parametrize(
    ("complete", "pruned", "few"),
    [(10, 0, True), (FEW_TRIALS - 1, 20, True), (FEW_TRIALS, 0, False)],
)
def test_so_few_are_said_to_be_few(complete, pruned, few):
    words = history(complete, pruned).too_few
    assert bool(words) == few
    if few:
        assert f"{complete} were trained to the end" in words
