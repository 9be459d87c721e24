"""What the teacher says of an epoch's views, computed before the epoch, and kept where it pays.

An epoch shows each image once, as one view, and both are drawn beforehand. So the teacher answers
for the whole epoch in large batches, whatever the batch size of the student: at 64 images a step a
large GPU would spend its time on launching kernels. With the cache a view that came up before is
not computed again; which ones did is known on the host, so that nothing waits for the device. The
answers are those of exactly these views, never of similar ones.

Each batch has the same size, filled up with images that were answered already: the answer to a view
then does not depend on which others it was computed with, and a resumed run gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.images import Views

BATCH = {"cuda": 1000, "mps": 500, "cpu": 128}
"""Images at once, by kind of device."""
FREE_SHARE = 0.5
"""Of the memory that is left, the cache takes at most this much by itself."""
PAYS = 0.1
"""Share of all answers that the cache must save to be worth its memory."""


@dataclass(frozen=True)
class CachePlan:
    """Whether answers are kept, how much memory that takes, and why."""

    on: bool
    bytes: int
    reason: str
    saved: float

    def facts(self, views: int) -> dict[str, Any]:
        """As :class:`kdlab.events.StageStarted` tells it."""
        return {
            "on": self.on,
            "views": views,
            "bytes": self.bytes,
            "saved": self.saved,
            "reason": self.reason,
        }


def plan_cache(
    asked: str, images: int, views: int, classes: int, precision: str, draws: int, free: int
) -> CachePlan:
    """Whether to keep answers: ``draws`` epochs in all (of all seeds) draw one of ``views`` for
    each of ``images``, ``free`` bytes are left on the device.

    Of n draws among v views, v * (1 - (1 - 1/v)^n) are expected to be different ones.
    """
    size = images * views * classes * (2 if precision == "bf16" else 4)
    different = views * (1 - (1 - 1 / views) ** draws)
    saved = max(0.0, 1 - different / draws) if draws else 0.0
    if asked == "off":
        return CachePlan(False, size, "as asked", saved)
    if asked == "on":
        return CachePlan(True, size, "as asked", saved)
    if saved < PAYS:
        return CachePlan(False, size, f"it would save {100 * saved:.0f} % of the answers", saved)
    if size > FREE_SHARE * free:
        return CachePlan(False, size, "it does not fit", saved)
    return CachePlan(True, size, f"it saves about {100 * saved:.0f} % of the answers", saved)


class Answers:
    """The teacher's logits on training images: ``table`` (N, C) float32 on the device holds those
    of the current epoch's views."""

    def __init__(
        self, teacher: nn.Module, views: Views, classes: int, precision: str, *, keep: bool
    ) -> None:
        self._teacher = teacher.eval()
        self._views = views
        self._device = views.targets.device
        self._precision = precision
        self.batch = min(BATCH[self._device.type], views.size)
        self.table = torch.zeros(views.size, classes, device=self._device)
        self._kept: Tensor | None = None
        self._known = np.zeros((views.size, views.count), dtype=bool)
        if keep:
            kind = torch.bfloat16 if precision == "bf16" else torch.float32
            self._kept = torch.empty(
                views.size, views.count, classes, dtype=kind, device=self._device
            )

    @property
    def bytes(self) -> int:
        """Memory of the kept answers."""
        return 0 if self._kept is None else self._kept.nbytes

    def prepare(self, view: NDArray[np.int64], own: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Fill the table for images ``own``, each seen as ``view[image]``; yields (computed so far,
        to compute)."""
        missing = own if self._kept is None else own[~self._known[own, view[own]]]
        total = len(missing)
        # answered again, only to fill the last batch
        filled = (
            np.resize(missing, math.ceil(total / self.batch) * self.batch) if total else own[:0]
        )
        index = torch.from_numpy(filled).to(self._device)
        seen = torch.from_numpy(view[filled]).to(self._device)
        yield 0, total
        for start in range(0, total, self.batch):
            part = slice(start, start + self.batch)
            logits = self._logits(self._views.batch(index[part], seen[part]))
            self.table[index[part]] = logits.float()
            if self._kept is not None:
                self._kept[index[part], seen[part]] = logits.to(self._kept.dtype)
            yield min(start + self.batch, total), total
        if self._kept is not None:
            self._known[own, view[own]] = True
            rows = torch.from_numpy(own).to(self._device)
            columns = torch.from_numpy(view[own]).to(self._device)
            self.table[rows] = self._kept[rows, columns].float()

    @torch.inference_mode()
    def _logits(self, inputs: Tensor) -> Tensor:
        with devices.autocast(self._precision, self._device):
            return self._teacher(inputs)
