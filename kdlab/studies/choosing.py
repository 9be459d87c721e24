"""Choosing among arms: on validation images, so that test images may judge what was chosen.

The best of several test accuracies is better than it is on other images, since chance has helped to
choose it; an interval around it does not know that.
"""

from __future__ import annotations

import math

from kdlab.experiments.study.history import StudyHistory


def score(history: StudyHistory, arm: str) -> float:
    """Mean validation accuracy over seeds; -inf where it is NaN, so that no student whose
    loss stopped being one is ever chosen, and before the arm is done."""
    mean = history.mean(arm, "validation")[0]
    return mean if math.isfinite(mean) else -math.inf
