"""Configurations worth starting from, each with what it shows.

``finding`` is what the run that comes with the lab found (helped, hurt, unclear); a test holds it
against the stored result, so no preset can promise what it does not show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kdlab.config.schema import DistilConfig


@dataclass(frozen=True)
class Preset:
    """A named configuration; ``note`` says what to look for."""

    label: str
    note: str
    finding: Literal["helped", "hurt", "unclear"]
    config: DistilConfig


PRESETS: dict[str, Preset] = {
    "few-labels": Preset(
        label="Few labels",
        note="The student has 100 labels; the teacher answers on all other training images too. "
        "The teacher stands in for labels.",
        finding="helped",
        config=DistilConfig(),
    ),
    "all-labels": Preset(
        label="All labels: nothing to gain",
        note="The same pair, but the student is given every label. There is nothing left that "
        "only the teacher could tell.",
        finding="unclear",
        config=DistilConfig(labels="all"),
    ),
    "hasty-teacher": Preset(
        label="Hasty teacher: distillation hurts",
        note="The teacher was trained for one epoch only. The student copies its mistakes, "
        "although it could have learned better from the labels.",
        finding="hurt",
        config=DistilConfig(labels="all", teacher_epochs=1),
    ),
    "spirals": Preset(
        label="Spirals, seen in the plane",
        note="30 labelled points on three spiral arms. Watch the regions: labels alone do not show "
        "the arms.",
        finding="helped",
        config=DistilConfig(
            dataset="spirals", teacher="mlp-64-64", student="mlp-16-16", labels=30, epochs=100
        ),
    ),
    "control": Preset(
        label="Control: no teacher at all",
        note="The distilled group gets no soft part. A gain here would be a mistake in the lab.",
        finding="unclear",
        config=DistilConfig(method="labels-only", alpha=0.5),
    ),
}
