"""Configurations worth starting from, each with what it shows.

``finding`` is what the run that comes with the lab found (helped, hurt, unclear); a test holds it
against the stored result, so no preset can promise what it does not show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kdlab.config.schema import DistilConfig, Turn


@dataclass(frozen=True)
class Preset:
    """A named configuration; ``note`` says what to look for."""

    label: str
    note: str
    finding: Literal["helped", "hurt", "unclear"]
    config: DistilConfig


HOTTEST, EPOCHS_A_DEGREE = 30, 3
"""Of the annealing, as the validation images chose them."""
_FALLING = tuple(
    Turn(EPOCHS_A_DEGREE * step, float(HOTTEST - step), 1.0) for step in range(1, HOTTEST)
)

PRESETS: dict[str, Preset] = {
    "few-labels": Preset(
        label="Few labels",
        note="The student has 100 labels; the teacher answers on all other training images too. "
        "The teacher stands in for labels.",
        finding="helped",
        config=DistilConfig(),
    ),
    "all-labels": Preset(
        label="All labels",
        note="The same pair, but the student is given every label. There is nothing left that "
        "only the teacher could tell.",
        finding="unclear",
        config=DistilConfig(labels="all"),
    ),
    "hasty-teacher": Preset(
        label="A hasty teacher",
        note="The teacher was trained for one epoch only. The student copies its mistakes, "
        "although it could have learned better from the labels.",
        finding="hurt",
        config=DistilConfig(labels="all", teacher_epochs=1),
    ),
    "spirals": Preset(
        label="Spirals",
        note="30 labelled points on three spiral arms. Watch the regions: labels alone do not show "
        "the arms.",
        finding="helped",
        config=DistilConfig(
            dataset="spirals", teacher="mlp-64-64", student="mlp-16-16", labels=30, epochs=100
        ),
    ),
    "annealing": Preset(
        label="T falls, then labels",
        note="After Jafari et al. 2021 (arXiv:2104.07163): the teacher alone while T falls to 1, "
        "then labels alone. They match logits that are scaled by T, here T is that of the soft "
        "targets. Far better than labels only, but a constant T is so too: over 20 seeds "
        "(schedule and T chosen on validation images) T = 32 is 0.2 points better on the test, "
        "95 % interval 0.1 to 0.3.",
        finding="helped",
        config=DistilConfig(
            temperature=HOTTEST,
            alpha=1.0,
            schedule=(*_FALLING, Turn(EPOCHS_A_DEGREE * HOTTEST, 1.0, 0.0)),
        ),
    ),
    "labels-last": Preset(
        label="Teacher first, labels last",
        note="The teacher alone for 90 epochs, its few labels alone for the last 10. Watch the "
        "loss: α falls from 1 to 0. It is no better than the teacher to the end: over 20 seeds "
        "(chosen on validation images) 0.1 points worse on the test, 95 % interval 0.04 to 0.24.",
        finding="helped",
        config=DistilConfig(temperature=32.0, alpha=1.0, schedule=(Turn(90, 32.0, 0.0),)),
    ),
    "control": Preset(
        label="Control: no teacher",
        note="Both students learn from labels alone, one of them under the name “distilled”. A "
        "clear gain here would mean that the lab has a bug.",
        finding="unclear",
        config=DistilConfig(method="labels-only", alpha=0.5),
    ),
}
