"""What students of one cohort may differ in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kdlab.config.schema import DistilConfig


@dataclass(frozen=True, slots=True)
class Variant:
    """What students of one cohort may differ in, apart from the seed."""

    temperature: float
    alpha: float
    labels: int | Literal["all"]
    label_noise: float

    @classmethod
    def of(cls, config: DistilConfig) -> Variant:
        """The distilled student of ``config``."""
        return cls(config.temperature, config.alpha, config.labels, config.label_noise)

    def labels_only(self) -> Variant:
        """The student that learns from the same labels, without the teacher."""
        return Variant(1.0, 0.0, self.labels, self.label_noise)
