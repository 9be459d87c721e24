"""Wide residual networks: Zagoruyko and Komodakis 2016, arXiv:1605.07146.

``wrn-40-2`` has a depth of 40 = 6n + 4 and twice the channels of a plain residual network: a first
convolution with 16 channels, three stages of n blocks with 16k, 32k and 64k. Batch norm and ReLU
come before each convolution. The mean over the last stage adapts to the image's size.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.shapes import WRNS


class WideBlock(nn.Module):
    """Norm, ReLU and 3x3 convolution, twice, added to the input.

    Where the channels change, the first norm and ReLU are shared with a 1x1 shortcut.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut: nn.Conv2d | None = None
        if inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        y = F.relu(self.bn1(x))
        kept = x if self.shortcut is None else self.shortcut(y)
        return kept + self.conv2(F.relu(self.bn2(self.conv1(y))))


class WideResNet(nn.Module):
    """``channels``: of the first convolution and of the three stages of ``blocks`` blocks each."""

    def __init__(
        self, blocks: int, channels: tuple[int, int, int, int], image_channels: int, classes: int
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(image_channels, channels[0], 3, padding=1, bias=False)
        self.layer1 = _wide_stage(channels[0], channels[1], blocks, stride=1)
        self.layer2 = _wide_stage(channels[1], channels[2], blocks, stride=2)
        self.layer3 = _wide_stage(channels[2], channels[3], blocks, stride=2)
        self.bn1 = nn.BatchNorm2d(channels[3])
        self.fc = nn.Linear(channels[3], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, image_channels, H, W) -> logits (N, classes)."""
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


def _wide_stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    first = WideBlock(inputs, outputs, stride)
    return nn.Sequential(first, *(WideBlock(outputs, outputs, 1) for _ in range(blocks - 1)))


def build(name: str, input_shape: tuple[int, ...], classes: int) -> WideResNet:
    """``wrn-16-2``: (N, C, H, W) -> logits (N, classes)."""
    depth, channels = WRNS[name]
    return WideResNet((depth - 4) // 6, channels, input_shape[0], classes)
