"""Maps worth looking at."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.experiments.sweep.config import SweepConfig


@dataclass(frozen=True)
class MapPreset:
    """A named map; what to look for stands in the map page's text, under its label."""

    label: str
    config: SweepConfig


MAPS: dict[str, MapPreset] = {
    "temperature-alpha": MapPreset(
        "T and α, few labels",
        SweepConfig(),
    ),
    "labels-alpha": MapPreset(
        "Labels and α",
        SweepConfig(y_axis="labels"),
    ),
    "width-temperature": MapPreset(
        "Width and T",
        SweepConfig(x_axis="width", temperatures=(1, 2, 4, 8, 16), epochs=60),
    ),
    "noise-alpha": MapPreset(
        "Wrong labels and α",
        SweepConfig(
            y_axis="label_noise", labels="all", alphas=(0, 0.1, 0.3, 0.5, 0.7, 0.9, 1), epochs=40
        ),
    ),
    "all-labels": MapPreset(
        "All labels",
        SweepConfig(labels="all", alphas=(0, 0.1, 0.3, 0.6, 0.9, 1), epochs=40),
    ),
}
