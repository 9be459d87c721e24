"""Residual networks of bottleneck blocks: He et al. 2016, arXiv:1512.03385, figure 5 and table 1.

``resnet50`` for small images, as in the distillation literature (Tian et al. 2020,
arXiv:1910.10699): the first convolution is 3x3 and keeps the image's size, and there is no pooling
before the four stages of 3, 4, 6 and 3 blocks. A block that halves the image does so in its 3x3
convolution, and a shortcut that changes shape is a 1x1 convolution with batch norm. First weights
of the convolutions are He's normal ones (fan out), those of the last layer torch's default.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.published_shapes import BOTTLENECK_CHANNELS, BOTTLENECKS, WIDENING


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution with batch norm; the input is added before the last ReLU."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), rounded up."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class BottleneckResNet(nn.Module):
    """``blocks`` and ``channels``: of the four stages, the channels being those inside a block,
    which gives ``widening`` times as many."""

    def __init__(
        self,
        blocks: tuple[int, ...],
        channels: tuple[int, ...],
        widening: int,
        image_channels: int,
        classes: int,
    ) -> None:
        super().__init__()
        inputs = [channels[0], *(widening * inner for inner in channels)]
        self.conv1 = nn.Conv2d(image_channels, channels[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels[0])
        self.layer1 = _bottlenecks(inputs[0], channels[0], inputs[1], blocks[0], stride=1)
        self.layer2 = _bottlenecks(inputs[1], channels[1], inputs[2], blocks[1], stride=2)
        self.layer3 = _bottlenecks(inputs[2], channels[2], inputs[3], blocks[2], stride=2)
        self.layer4 = _bottlenecks(inputs[3], channels[3], inputs[4], blocks[3], stride=2)
        self.fc = nn.Linear(inputs[4], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """(N, image_channels, H, W) -> logits (N, classes)."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def _bottlenecks(inputs: int, inner: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    first = Bottleneck(inputs, inner, outputs, stride)
    others = (Bottleneck(outputs, inner, outputs, 1) for _ in range(blocks - 1))
    return nn.Sequential(first, *others)


def build(name: str, input_shape: tuple[int, ...], classes: int) -> BottleneckResNet:
    """``resnet50``: (N, C, H, W) -> logits (N, classes)."""
    return BottleneckResNet(
        BOTTLENECKS[name], BOTTLENECK_CHANNELS, WIDENING, input_shape[0], classes
    )
