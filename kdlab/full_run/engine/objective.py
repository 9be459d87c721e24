"""The loss of one network in a full run, from the same methods as everywhere in the lab.

L = scale * ((1 - alpha) * CE + alpha * warm * weight * soft): ``weight`` is the method's published
factor, ``warm`` rises from 0 to 1 over the warm-up. Labels alone: alpha = 0 and scale = 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab import methods
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.methods import Method
from kdlab.training.layers import compared


@dataclass(frozen=True)
class Objective:
    """``method`` None: the labels alone."""

    method: Method | None = None
    alpha: float = 0.0
    scale: float = 1.0
    temperature: float = 1.0
    parameters: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def distilled(cls, config: FullRunConfig) -> Objective:
        """The distilled student's."""
        method = methods.find(config.method)
        if method.name == "labels-only":  # the control is the other student once more
            return cls()
        return cls(
            method,
            config.alpha,
            config.loss_scale,
            config.temperature,
            method.named(config.method_parameters),
        )

    def of_answers(
        self, logits: Tensor, targets: Tensor, teacher: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """(hard, soft), sums over a batch: ``logits`` and ``teacher`` (B, C), ``targets`` (B,)."""
        hard = F.cross_entropy(logits, targets, reduction="sum")
        if self.method is None or self.method.loss is None or teacher is None:
            return hard, torch.zeros_like(hard)
        method_kwargs: dict[str, Any] = dict(self.parameters)
        if "labels" in self.method.needs:
            method_kwargs["labels"] = targets
        soft = self.method.loss(logits, teacher, self.temperature, 1, **method_kwargs)
        return hard, self.method.weight * soft.sum()

    def of_features(
        self,
        student: Sequence[Tensor],
        teacher: Sequence[Tensor],
        adapters: Sequence[Mapping[str, Tensor]],
    ) -> Tensor:
        """The soft part of a method that compares layers, times the size of the batch."""
        assert self.method is not None
        found = compared(self.method, student, teacher, adapters, self.parameters)
        return self.method.weight * found.sum() * len(student[0])

    def total(self, hard: Tensor, soft: Tensor, warm: Tensor) -> Tensor:
        """Both parts together."""
        return self.scale * ((1 - self.alpha) * hard + self.alpha * warm * soft)
