"""Residual networks for small images: He et al. 2016, arXiv:1512.03385, section 4.2.

A depth of 6n + 2: a first convolution, three stages of n blocks with 16, 32 and 64 channels, and a
linear layer. As in the distillation literature (Tian et al. 2020, arXiv:1910.10699) a shortcut that
changes shape is a 1x1 convolution, and the x4 networks start with 32 channels and go on with 64,
128 and 256. The mean over the last stage adapts to the image's size: 8x8 and 28x28 work as well.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.shapes import RESNETS


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm; the input is added before the last ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    """``channels``: of the first convolution and of the three stages of ``blocks`` blocks each."""

    def __init__(
        self, blocks: int, channels: tuple[int, int, int, int], image_channels: int, classes: int
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(image_channels, channels[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels[0])
        self.layer1 = _stage(channels[0], channels[1], blocks, stride=1)
        self.layer2 = _stage(channels[1], channels[2], blocks, stride=2)
        self.layer3 = _stage(channels[2], channels[3], blocks, stride=2)
        self.fc = nn.Linear(channels[3], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """(N, image_channels, H, W) -> logits (N, classes)."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


def _stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    first = Block(inputs, outputs, stride)
    return nn.Sequential(first, *(Block(outputs, outputs, 1) for _ in range(blocks - 1)))


def build(name: str, input_shape: tuple[int, ...], classes: int) -> ResNet:
    """``resnet20`` or ``resnet8x4``: (N, C, H, W) -> logits (N, classes)."""
    depth, channels = RESNETS[name]
    return ResNet((depth - 2) // 6, channels, input_shape[0], classes)
