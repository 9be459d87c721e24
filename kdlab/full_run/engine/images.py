"""A whole data set on the device as bytes, and its random views: crops and mirror images.

A view is numbered: (row * (2p + 1) + column) * mirrors + mirrored, for a padding of p pixels. The
image as it is has row = column = p. Padding 4 with mirrors gives 162 views of an image.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab import data
from kdlab.events import Event
from kdlab.full_run.recipe.config import FullTeacherConfig


@dataclass(frozen=True)
class Labelled:
    """Images as they are: uint8 (N, C, H, W), and their classes, int64 (N,)."""

    pixels: Tensor
    targets: Tensor


@dataclass(frozen=True)
class FullData:
    """The images of a full run. ``judged`` are those of the curves: the test images, or validation
    images that are held back. ``mean`` and ``std``: see :class:`kdlab.data.DataSplit`."""

    classes: tuple[str, ...]
    shape: tuple[int, ...]
    train: Labelled
    judged: Labelled
    test: Labelled
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load(config: FullTeacherConfig) -> Generator[Event, None, FullData]:
    """The images that ``config`` names, on the CPU; progress while they are read.

    Where none are held back, validation images are trained on, as in the papers.
    """
    split = yield from data.read(config)
    train, validation, test = (
        Labelled(split.pixels(part.inputs), part.targets)
        for part in (split.train, split.validation, split.test)
    )
    if not config.validation:
        most = None if config.train_limit == "all" else config.train_limit
        train = Labelled(
            torch.cat([train.pixels, validation.pixels])[:most],
            torch.cat([train.targets, validation.targets])[:most],
        )
    return FullData(
        classes=split.classes,
        shape=split.shape,
        train=train,
        judged=validation if config.validation else test,
        test=test,
        mean=split.mean,
        std=split.std,
    )


class Views:
    """Training images on the device, padded, and how a batch of views is cut out of them.

    ``count`` is the number of views of an image. Memory: N * C * (H + 2p) * (W + 2p) bytes.
    """

    def __init__(self, data: FullData, padding: int, flip: bool, device: torch.device) -> None:
        self.size = len(data.train.targets)
        self.targets = data.train.targets.to(device)
        self.crops = 2 * padding + 1
        self.mirrors = 2 if flip else 1
        self.count = self.crops * self.crops * self.mirrors
        self.middle = (padding * self.crops + padding) * self.mirrors
        height, width = data.shape[1:]
        padded = F.pad(data.train.pixels, (padding,) * 4).to(device)
        # (N, C, crops, crops, H, W) without a copy: every crop is a window into the padded image
        self._windows = padded.unfold(2, height, 1).unfold(3, width, 1)
        self._standard = Standard(data, device)

    def batch(self, index: Tensor, view: Tensor) -> Tensor:
        """Standardised float32 images (B, C, H, W), channels last, of images ``index`` (B,) seen as
        ``view`` (B,)."""
        place = view // self.mirrors
        cut = self._windows[index, :, place // self.crops, place % self.crops]
        if self.mirrors == 2:
            mirrored = (view % 2 == 1).view(-1, 1, 1, 1)
            cut = torch.where(mirrored, cut.flip(3), cut)
        return self._standard(cut)

    @property
    def bytes(self) -> int:
        """Memory of the images on the device."""
        return self._windows.untyped_storage().nbytes()


class Standard:
    """uint8 (B, C, H, W) -> (x / 255 - mean) / std as float32, channels last."""

    def __init__(self, data: FullData, device: torch.device) -> None:
        mean, std = (
            torch.tensor(v, device=device).view(1, -1, 1, 1) for v in (data.mean, data.std)
        )
        self._factor, self._shift = 1 / (255 * std), -mean / std

    def __call__(self, pixels: Tensor) -> Tensor:
        """The images as networks read them."""
        x = pixels.to(torch.float32, memory_format=torch.channels_last)
        return x * self._factor + self._shift
