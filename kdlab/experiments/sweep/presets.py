"""Maps worth looking at, each with what to look for."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.experiments.sweep.config import SweepConfig


@dataclass(frozen=True)
class MapPreset:
    """A named map; ``note`` says what to look for."""

    label: str
    note: str
    config: SweepConfig


MAPS: dict[str, MapPreset] = {
    "temperature-alpha": MapPreset(
        "T and α, few labels",
        "100 labels. A little of the teacher goes a long way, and at a high T, where its part of "
        "the loss is multiplied by T², even less is enough. At α = 1, T hardly matters.",
        SweepConfig(),
    ),
    "labels-alpha": MapPreset(
        "Labels and α",
        "The teacher stands in for labels: the fewer there are, the more it adds.",
        SweepConfig(y_axis="labels"),
    ),
    "width-temperature": MapPreset(
        "Width and T",
        "A student of four units cannot copy whole distributions: a high T, which asks for them, "
        "costs it accuracy. From 8 units on T hardly matters.",
        SweepConfig(x_axis="width", temperatures=(1, 2, 4, 8, 16), epochs=60),
    ),
    "noise-alpha": MapPreset(
        "Wrong labels and α",
        "All labels are given, but some are wrong. The teacher has learned from the right ones: "
        "the more wrong labels, the higher α should be.",
        SweepConfig(
            y_axis="label_noise", labels="all", alphas=(0, 0.1, 0.3, 0.5, 0.7, 0.9, 1), epochs=40
        ),
    ),
    "all-labels": MapPreset(
        "All labels",
        "The student is given every label. Hardly any cell can be told apart from labels only (≈), "
        "and where one can, it differs by a few tenths of a point.",
        SweepConfig(labels="all", alphas=(0, 0.1, 0.3, 0.6, 0.9, 1), epochs=40),
    ),
}
