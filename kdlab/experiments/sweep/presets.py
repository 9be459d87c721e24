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
        "T and alpha, few labels",
        "100 labels. A little of the teacher goes a long way, and at a high T, whose part of the "
        "loss is multiplied by T², still less is enough. At alpha = 1 T hardly matters.",
        SweepConfig(),
    ),
    "labels-alpha": MapPreset(
        "Labels and alpha",
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
        "Wrong labels and alpha",
        "All labels are given, but some are wrong. The teacher has learned from the right ones: "
        "the more wrong labels, the higher alpha should be.",
        SweepConfig(
            y_axis="label_noise", labels="all", alphas=(0, 0.1, 0.3, 0.5, 0.7, 0.9, 1), epochs=40
        ),
    ),
    "all-labels": MapPreset(
        "All labels",
        "The student is given every label. Hardly a cell can be told from labels only (≈), and "
        "where one can, it is by a few tenths of a point.",
        SweepConfig(labels="all", alphas=(0, 0.1, 0.3, 0.6, 0.9, 1), epochs=40),
    ),
}
