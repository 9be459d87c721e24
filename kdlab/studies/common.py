"""What several studies have in common: their teacher, choosing among arms, and pictures as text."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING

from kdlab.config.base import override_field
from kdlab.config.schema import TeacherConfig
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding, StudyConfig

if TYPE_CHECKING:
    from torch import Tensor


class SmallTeacherConfig(StudyConfig):
    """A study with a teacher that learns in seconds and is nearly always right on digits."""

    teacher: str = override_field(TeacherConfig, "teacher", default="mlp-128-128")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=20)


def lost(what: str) -> Finding:
    """Of a comparison in which nothing can be told."""
    return Finding(f"{what}: a student's loss became NaN.")


def packed(values: Tensor) -> str:
    """Pixels as text for an exhibit: base64 of their bytes, row by row."""
    return base64.b64encode(values.contiguous().cpu().numpy().tobytes()).decode()


def score(history: StudyHistory, arm: str) -> float:
    """Mean validation accuracy over seeds, of text minus the bits per validation character, by
    which arms are chosen: the best of several test accuracies is better than it is on other images,
    since chance has helped to choose it; an interval around it does not know that. So test images
    judge what was chosen here. -inf where it is NaN, so that no student whose loss stopped being
    one is ever chosen, and before the arm is done."""
    mean = history.judged.better(history.mean(arm, history.chooses)[0])
    return mean if math.isfinite(mean) else -math.inf
