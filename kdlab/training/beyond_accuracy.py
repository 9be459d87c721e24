"""What is told of a finished run beside how often its networks are right: which classes they take
for which, and how well their confidence says how often they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kdlab.data.split import is_text
from kdlab.events.single import MANY_CLASSES
from kdlab.measure import metrics
from kdlab.measure.temperature_scaling import fitted
from kdlab.training.evaluator import Look


def confused(look: Look, answers: Mapping[str, Tensor]) -> dict[str, list[list[int]]] | None:
    """How often class (row) was answered by class (column) on test examples, from the ``answers``
    (K, N) of each model, summed over its networks. None of text, and of more than MANY_CLASSES."""
    part = look.evaluator.parts["test"]
    classes = look.logits["test"].shape[1]
    if is_text(part) or classes > MANY_CLASSES:
        return None
    return {
        name: metrics.confusion(each.flatten(), part.targets.repeat(len(each)), classes)
        for name, each in answers.items()
    }


def calibrated(look: Look, before: Look, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Of the teacher and of each of the arms ``names``: the temperature of each network that makes
    the labels of the validation examples likeliest, and the calibration error on test examples
    before and after. ``look`` has asked of test examples and ``before``, after the same epoch, of
    validation examples. None of text, which is judged by its probabilities already."""
    if is_text(look.evaluator.parts["test"]):
        return None
    teacher = look.evaluator.teacher
    found = {"teacher": _calibrated(teacher["validation"][None], teacher["test"][None], look)}
    for place, name in enumerate(names):
        validation = before.logits["validation"][place :: len(names)]
        found[name] = _calibrated(validation, look.logits["test"][place :: len(names)], look)
    return found


def _calibrated(validation: Tensor, test: Tensor, look: Look) -> dict[str, list[float]]:
    """Of logits (K, C, N) on both parts."""
    parts = look.evaluator.parts
    targets = parts["validation"].targets.cpu().numpy()
    temperatures = [fitted(_double(logits), targets) for logits in validation]
    known, test = parts["test"].targets, test.nan_to_num()
    scale = torch.tensor(temperatures, dtype=test.dtype, device=test.device).view(-1, 1, 1)
    return {
        "temperature": temperatures,
        "before": metrics.calibration_error(test, known),
        "after": metrics.calibration_error(test / scale, known),
    }


def _double(logits: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = logits.double().cpu().numpy()
    return found
