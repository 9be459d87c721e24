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
    """A named configuration; what to look for stands in the live page's text, under its label."""

    label: str
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
        finding="helped",
        config=DistilConfig(),
    ),
    "all-labels": Preset(
        label="All labels",
        finding="unclear",
        config=DistilConfig(labels="all"),
    ),
    "hasty-teacher": Preset(
        label="A hasty teacher",
        finding="hurt",
        config=DistilConfig(labels="all", teacher_epochs=1),
    ),
    "spirals": Preset(
        label="Spirals",
        finding="helped",
        config=DistilConfig(
            dataset="spirals", teacher="mlp-64-64", student="mlp-16-16", labels=30, epochs=100
        ),
    ),
    "forest": Preset(
        label="A forest",
        finding="helped",
        config=DistilConfig(
            dataset="breast-cancer", teacher="forest-300", student="mlp-8", labels=20, seeds=10
        ),
    ),
    "annealing": Preset(
        label="T falls, then labels",
        finding="helped",
        config=DistilConfig(
            temperature=HOTTEST,
            alpha=1.0,
            schedule=(*_FALLING, Turn(EPOCHS_A_DEGREE * HOTTEST, 1.0, 0.0)),
        ),
    ),
    "labels-last": Preset(
        label="Teacher first, labels last",
        finding="helped",
        config=DistilConfig(temperature=32.0, alpha=1.0, schedule=(Turn(90, 32.0, 0.0),)),
    ),
    "control": Preset(
        label="Control: no teacher",
        finding="unclear",
        config=DistilConfig(method="labels-only", alpha=0.5),
    ),
}

LANGUAGE: dict[str, DistilConfig] = {
    "names": DistilConfig.parse({"dataset": "names"}),
    "names-few": DistilConfig.parse({"dataset": "names", "labels": 200}),
    "names-all": DistilConfig.parse({"dataset": "names", "labels": "all"}),
    "grammar": DistilConfig.parse({"dataset": "grammar"}),
}
"""Runs of the page of language models."""
TWENTY_SEEDS = DistilConfig(seeds=20, first_seed=1000)
"""The first preset with seeds that nobody tuned on, for the lesson on seeds and intervals."""
MNIST_PAIR = DistilConfig(
    dataset="mnist",
    teacher="mlp-96-64",
    teacher_epochs=15,
    labels=1000,
    epochs=10,
    batch_size=512,
    seeds=3,
)
"""The pair that comes with the lab to read what somebody draws. It is recorded with the presets and
is none of them: who presses Train on it downloads MNIST. Small, so that its files are."""
