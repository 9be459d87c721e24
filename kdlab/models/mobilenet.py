"""MobileNetV2 for small images: Sandler et al. 2018, arXiv:1801.04381, section 4 and table 2.

As in the distillation literature (Tian et al. 2020, arXiv:1910.10699): half of the paper's
channels (but for the 1280 of the last convolution), expansion 6, ReLU in the place of ReLU6, no
dropout. Four of the paper's five strides of two are left, so that 32x32 pixels become 2x2: the
stage with 24 (here 12) channels keeps its image. The first block expands by 1, and has that 1x1
convolution nevertheless. First weights are normal: variance 2 / (k * k * outputs) in a k x k
convolution, standard deviation 0.01 in the last layer; its biases are 0.
"""

from __future__ import annotations

from torch import Tensor, nn

from kdlab.models.published_shapes import MOBILENET_ENDS, MOBILENETS


class InvertedResidual(nn.Module):
    """1x1 convolution to ``expansion`` times the channels, 3x3 for each channel alone, and 1x1 back
    without a ReLU. The input is added where the shape stays."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = expansion * inputs
        self.expand = _normed_relu(inputs, inner, 1)
        self.filter = _normed_relu(inner, inner, 3, stride, groups=inner)
        self.project = nn.Sequential(
            nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), rounded up."""
        y = self.project(self.filter(self.expand(x)))
        return x + y if self.adds else y


class MobileNetV2(nn.Module):
    """``stages``: four, each some rows (expansion, channels, blocks, stride of the first block).
    ``ends``: channels of the first and of the last convolution."""

    def __init__(
        self,
        stages: tuple[tuple[tuple[int, int, int, int], ...], ...],
        ends: tuple[int, int],
        image_channels: int,
        classes: int,
    ) -> None:
        super().__init__()
        inputs = [ends[0], *(rows[-1][1] for rows in stages)]
        self.conv1 = _normed_relu(image_channels, ends[0], 3, stride=2)
        self.layer1 = _blocks(inputs[0], stages[0])
        self.layer2 = _blocks(inputs[1], stages[1])
        self.layer3 = _blocks(inputs[2], stages[2])
        self.layer4 = _blocks(inputs[3], stages[3])
        self.conv2 = _normed_relu(inputs[4], ends[1], 1)
        self.fc = nn.Linear(ends[1], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, image_channels, H, W) -> logits (N, classes)."""
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        return self.fc(self.conv2(x).mean((2, 3)))


def _normed_relu(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    padding = kernel // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _blocks(inputs: int, rows: tuple[tuple[int, int, int, int], ...]) -> nn.Sequential:
    blocks: list[nn.Module] = []
    for expansion, outputs, count, stride in rows:
        for n in range(count):
            blocks.append(InvertedResidual(inputs, outputs, 1 if n else stride, expansion))
            inputs = outputs
    return nn.Sequential(*blocks)


def build(name: str, input_shape: tuple[int, ...], classes: int) -> MobileNetV2:
    """``mobilenetv2``: (N, C, H, W) -> logits (N, classes)."""
    return MobileNetV2(MOBILENETS[name], MOBILENET_ENDS, input_shape[0], classes)
