"""ShuffleNet (Zhang et al. 2018, arXiv:1707.01083) and ShuffleNet V2 (Ma et al. 2018,
arXiv:1807.11164), both for small images.

As in the distillation literature (Tian et al. 2020, arXiv:1910.10699): the first convolution is 1x1
and keeps the image's size, there is no pooling before the three stages of 4, 8 and 4 units, and the
first unit of each stage halves the image. ``shufflev1`` has 3 groups at width 1, ``shufflev2`` has
width 1. First weights are torch's default.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.published_shapes import SHUFFLE_BLOCKS, SHUFFLE_FIRST, SHUFFLE_GROUPS, SHUFFLES


class GroupUnit(nn.Module):
    """1x1 convolution in groups, shuffle, 3x3 for each channel alone, 1x1 in groups.

    The input is added; where the image is halved, its 3x3 means are appended to the channels.
    """

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        own = outputs - inputs if halves else outputs
        inner = own // 4
        # So few channels are not grouped in the very first unit, as the paper has it.
        self.groups = 1 if inputs == SHUFFLE_FIRST else SHUFFLE_GROUPS
        self.conv1 = _normed(inputs, inner, 1, groups=self.groups)
        self.conv2 = _normed(inner, inner, 3, stride=2 if halves else 1, groups=inner)
        self.conv3 = _normed(inner, own, 1, groups=SHUFFLE_GROUPS)
        self.halves = halves

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W), or half of H and W, rounded up."""
        y = _shuffle(F.relu(self.conv1(x)), self.groups)
        y = self.conv3(F.relu(self.conv2(y)))
        if self.halves:
            return F.relu(torch.cat((y, F.avg_pool2d(x, 3, stride=2, padding=1)), 1))
        return F.relu(y + x)


class SplitUnit(nn.Module):
    """Half of the channels stay as they are, the others pass 1x1, 3x3 for each channel alone and
    1x1; then both halves are shuffled. Where the image is halved, all channels take both ways."""

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        half = outputs // 2
        seen, stride = (inputs, 2) if halves else (half, 1)
        self.left: nn.Sequential | None = None
        if halves:
            self.left = nn.Sequential(
                _normed(seen, seen, 3, stride=2, groups=seen), _normed(seen, half, 1), nn.ReLU()
            )
        self.right = nn.Sequential(
            _normed(seen, half, 1),
            nn.ReLU(),
            _normed(half, half, 3, stride=stride, groups=half),
            _normed(half, half, 1),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W), or half of H and W, rounded up."""
        if self.left is None:
            kept, changed = x.chunk(2, dim=1)
        else:
            kept, changed = self.left(x), x
        return _shuffle(torch.cat((kept, self.right(changed)), 1), 2)


class ShuffleNet(nn.Module):
    """Of units of one kind: ``channels`` of the three stages, and of one more convolution in the
    second version."""

    def __init__(
        self,
        unit: type[GroupUnit] | type[SplitUnit],
        channels: tuple[int, ...],
        image_channels: int,
        classes: int,
    ) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int, count: int) -> nn.Sequential:
            others = (unit(outputs, outputs, False) for _ in range(count - 1))
            return nn.Sequential(unit(inputs, outputs, True), *others)

        self.conv1 = _normed(image_channels, SHUFFLE_FIRST, 1)
        self.layer1 = stage(SHUFFLE_FIRST, channels[0], SHUFFLE_BLOCKS[0])
        self.layer2 = stage(channels[0], channels[1], SHUFFLE_BLOCKS[1])
        self.layer3 = stage(channels[1], channels[2], SHUFFLE_BLOCKS[2])
        self.conv2 = _normed(channels[2], channels[3], 1) if len(channels) > 3 else None
        self.fc = nn.Linear(channels[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, image_channels, H, W) -> logits (N, classes)."""
        x = self.layer3(self.layer2(self.layer1(F.relu(self.conv1(x)))))
        if self.conv2 is not None:
            x = F.relu(self.conv2(x))
        return self.fc(x.mean((2, 3)))


def _normed(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    padding = kernel // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


def _shuffle(x: Tensor, groups: int) -> Tensor:
    """Channels (1a 2a 3a 1b 2b 3b) in two groups a and b -> (1a 1b 2a 2b 3a 3b)."""
    return x.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


def build(name: str, input_shape: tuple[int, ...], classes: int) -> ShuffleNet:
    """``shufflev1`` or ``shufflev2``: (N, C, H, W) -> logits (N, classes)."""
    unit = GroupUnit if name == "shufflev1" else SplitUnit
    return ShuffleNet(unit, SHUFFLES[name], input_shape[0], classes)
