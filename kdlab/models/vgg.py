"""VGG with batch norm for small images: Simonyan and Zisserman 2015, arXiv:1409.1556.

As in the distillation literature (Tian et al. 2020, arXiv:1910.10699) five stages of 3x3
convolutions with 64, 128, 256, 512 and 512 channels, each with bias, batch norm and ReLU: one
convolution a stage in ``vgg8``, two in ``vgg13``. The three fully connected layers of the paper are
one, after the mean over the last stage. The image is halved after the first three stages, after the
fourth too where it has 64 pixels a side or more. First weights are normal: variance
2 / (9 * outputs) in the convolutions, standard deviation 0.01 in the last layer; biases are 0.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.published_shapes import VGGS


class VGG(nn.Module):
    """``stages``: channels of the convolutions in the first and in the four other stages."""

    def __init__(
        self, stages: tuple[tuple[int, ...], ...], image_channels: int, classes: int
    ) -> None:
        super().__init__()
        inputs = [image_channels, *(widths[-1] for widths in stages)]
        self.first = _convolutions(inputs[0], stages[0])
        self.layer1 = _convolutions(inputs[1], stages[1])
        self.layer2 = _convolutions(inputs[2], stages[2])
        self.layer3 = _convolutions(inputs[3], stages[3])
        self.layer4 = _convolutions(inputs[4], stages[4])
        self.fc = nn.Linear(inputs[5], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module.bias is not None:
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, image_channels, H, W) -> logits (N, classes)."""
        large = min(x.shape[2:]) >= 64
        x = self.layer1(F.max_pool2d(self.first(x), 2))
        x = self.layer2(F.max_pool2d(x, 2))
        x = self.layer3(F.max_pool2d(x, 2))
        x = self.layer4(F.max_pool2d(x, 2) if large else x)
        return self.fc(x.mean((2, 3)))


def _convolutions(inputs: int, widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for outputs in widths:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*layers)


def build(name: str, input_shape: tuple[int, ...], classes: int) -> VGG:
    """``vgg8`` or ``vgg13``: (N, C, H, W) -> logits (N, classes)."""
    return VGG(VGGS[name], input_shape[0], classes)
