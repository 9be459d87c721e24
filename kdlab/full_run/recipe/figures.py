"""Published accuracies, each with what it was run with.

A figure is a record: per cent of the CIFAR-100 test images, the settings of
:class:`kdlab.full_run.recipe.config.FullRunConfig` in which it differs from the recipe of its
column, the same in words, and where it stands. The functions below make one for each column.

T, weight and beta of figures with logit standardisation are in the names of their logs
(``logs/KD/kd,vgg13,vgg8,3,9.txt``: T 3, weight 9); a training loss at the end of those logs fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STANDARDISED_WEIGHT = 90.0
"""Of the method logit-standardisation beside a cross-entropy of 1; tests hold it to the method."""
EPOCHS = 240
MULTI_LEVEL_EPOCHS = 480


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``told``: what it was run with, in words, where its column does not say it already;
    ``source``: where it stands, if not where its column does; ``epochs`` of the student."""

    percent: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""
    source: str = ""
    epochs: int = EPOCHS


def as_figure(value: float | Figure) -> Figure:
    """A bare number is a figure of its column's recipe."""
    return value if isinstance(value, Figure) else Figure(percent=value)


def weighed(hard: float, soft: float, own: float = 1.0) -> dict[str, float]:
    """``alpha`` and ``loss_scale`` with which the labels weigh ``hard`` and the method's loss,
    whose own weight is ``own``, weighs ``soft`` in all."""
    scale = hard + soft / own
    return {"alpha": round(soft / own / scale, 12), "loss_scale": round(scale, 12)}


def dkd(percent: float, beta: float) -> Figure:
    """DKD with the weight of the other classes that its authors chose for the pair: ``BETA`` in
    mdistiller's ``configs/cifar100/dkd``, 8 where a file there does not say."""
    return Figure(
        percent=percent, settings={"method_parameters": (1.0, beta)}, told=f"beta {beta:g}"
    )


def kd_ls(percent: float, temperature: float = 2.0, weight: float = 9.0) -> Figure:
    """KD with logit standardisation: 0.1 CE and ``weight`` KD at ``temperature``."""
    usual = (temperature, weight) == (2.0, 9.0)
    return Figure(
        percent=percent,
        settings={"temperature": float(temperature), **weighed(0.1, weight, STANDARDISED_WEIGHT)},
        told="" if usual else f"T {temperature:g}, 0.1 CE + {weight:g} KD",
    )


def dkd_ls(percent: float, temperature: float, weight: float, beta: float | None = None) -> Figure:
    """DKD with logit standardisation, as its log is named; without ``beta`` where that has none."""
    more = "" if beta is None else f", beta {beta:g}"
    return Figure(percent=percent, told=f"T {temperature:g}, weight {weight:g}{more}")


def mlkd(percent: float) -> Figure:
    """Multi-level distillation, which trains twice as long."""
    return Figure(percent=percent, told=f"{MULTI_LEVEL_EPOCHS} epochs", epochs=MULTI_LEVEL_EPOCHS)


def mlkd_ls(
    percent: float,
    temperature: float | None = None,
    weight: float | None = None,
    epochs: int = MULTI_LEVEL_EPOCHS,
) -> Figure:
    """The same with logit standardisation; without numbers where it has no log."""
    words = [f"{epochs} epochs"]
    if temperature is None or weight is None:
        words = ["no log: settings and epochs not told"]
    else:
        words += [f"T {temperature:g}, weight {weight:g}"]
    return Figure(percent=percent, told=", ".join(words), epochs=epochs)
