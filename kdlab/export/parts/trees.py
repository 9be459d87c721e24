"""Trees of scikit-learn as a teacher, which answers its training rows out of fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from torch import Tensor, nn

from kdlab.export.parts.constants import CLASSES, DEVICE
from kdlab.export.parts.table import Codes
from kdlab.measure.probabilities import FLOOR, centred, log_of
from kdlab.training.forests import folds_of


class Trees(nn.Module):
    """Trees that are grown: inputs -> logits (N, CLASSES), whose mean is 0."""

    def __init__(self, grown: Any) -> None:
        super().__init__()
        self.grown = grown

    def forward(self, x: Tensor) -> Tensor:
        """What all trees say."""
        say = getattr(self.grown, said_by(self.grown))
        return as_logits(say(x.flatten(1).cpu().numpy()), self.grown)


def said_by(grower: Any) -> str:
    """The most informative output: logits of boosting, probabilities of a forest."""
    return "decision_function" if hasattr(grower, "decision_function") else "predict_proba"


def as_logits(said: Any, grower: Any) -> Tensor:
    """Logits (N, CLASSES) from the trees' answers, also for classes that they have never seen."""
    if said.ndim == 1:  # with two classes, boosting gives the logit of the second
        said = np.stack([np.zeros_like(said), said], 1)
    of_forest = said_by(grower) == "predict_proba"
    whole = np.full((len(said), CLASSES), 0.0 if of_forest else np.log(FLOOR))
    whole[:, grower.classes_] = said
    logits = log_of(whole) if of_forest else centred(whole)
    return torch.from_numpy(logits).to(DEVICE)


def grow_teacher(
    make: Callable[[int], Any], x: Tensor, y: Tensor, seed: int
) -> tuple[Trees, Tensor]:
    """The trees of all rows, and for each row what trees say that have not seen it: those of all
    rows know it by heart."""
    rows, classes = x.flatten(1).cpu().numpy(), y.cpu().numpy()
    first = (8 * seed + 3) % 2**31
    teacher = Trees(make(first).fit(rows, classes))
    count = min(5, int(np.bincount(classes).max()))
    folds = StratifiedKFold(count, shuffle=True, random_state=(8 * seed + 4) % 2**31)
    way = said_by(teacher.grown)
    said = cross_val_predict(make(first), rows, classes, cv=folds, method=way)
    return teacher, as_logits(said, teacher.grown)


def grow_teacher_by_folds(
    make: Callable[[int], Any], x: Tensor, y: Tensor, seed: int, groups: Codes | None = None
) -> tuple[Trees, Tensor]:
    """The same where rows of a group must not tell of each other, and where of some rows nobody
    knows the class (-1): these are answered by trees that have not seen their group."""
    rows, classes = x.flatten(1).cpu().numpy(), y.cpu().numpy()
    first = (8 * seed + 3) % 2**31
    known = np.flatnonzero(classes >= 0)
    teacher = Trees(make(first).fit(rows[known], classes[known]))
    said = teacher(x)
    for fold in folds_of(classes, groups, (8 * seed + 4) % 2**31):
        others = np.setdiff1d(known, fold)
        said[fold] = Trees(make(first).fit(rows[others], classes[others]))(x[fold])
    return teacher, said
