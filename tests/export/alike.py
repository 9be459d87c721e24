"""What scripts are held against: the students that the lab trains."""

from __future__ import annotations

import torch

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.training.seeds import Role, stream


def collect(generator) -> list:
    """Everything a generator yields, and at last what it returns."""
    items = []
    while True:
        try:
            items.append(next(generator))
        except StopIteration as stop:
            return [*items, stop.value]


def trained_alike(config: DistilConfig, split: DataSplit, lab, script) -> None:
    """The students of a script, labels only and distilled, have the weights of the lab's, and have
    moved."""
    for group, student in zip(("labels only", "distilled"), script, strict=True):
        seed = stream(config.first_seed, Role.WEIGHTS)
        first = models.build(config.student, split.shape, len(split.classes), seed)
        expected, got = lab[group].state_dict(), student.state_dict()
        moved = 0.0
        for key, start in first.state_dict().items():
            torch.testing.assert_close(got[key], expected[key].to(got[key]), rtol=0.02, atol=2e-3)
            moved = max(moved, (got[key] - start).abs().max().item())
        assert moved > 0.01  # ten times what may differ
