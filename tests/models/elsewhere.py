"""Networks of other code: written anew, with the names that their authors give to the layers.

Names, and the order of what is computed, were read in RepDistiller's ``models/`` (mdistiller has
the same), in pytorch-cifar-models' ``resnet.py``, and in torch itself.
"""

import torch
import torch.nn.functional as F
from torch import nn


def conv(inputs, outputs, kernel=3, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


def normed(inputs, outputs, kernel=1, stride=1):
    return nn.Sequential(conv(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs))


class Basic(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs), nn.BatchNorm2d(outputs)
        changes = stride > 1 or inputs != outputs
        self.downsample = normed(inputs, outputs, 1, stride) if changes else None

    def forward(self, x):
        kept = x if self.downsample is None else self.downsample(x)
        x = self.bn1(self.conv1(x)).relu()
        return (self.bn2(self.conv2(x)) + kept).relu()


class CifarResNet(nn.Module):
    """ResNet of 6n + 2 layers."""

    def __init__(self, n, channels, classes, image_channels=3):
        super().__init__()
        first = channels[0]
        self.conv1, self.bn1 = conv(image_channels, first), nn.BatchNorm2d(first)
        for k in (1, 2, 3):
            stride, before, after = 1 if k == 1 else 2, channels[k - 1], channels[k]
            blocks = [Basic(before, after, stride), *(Basic(after, after, 1) for _ in range(n - 1))]
            setattr(self, f"layer{k}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels[3], classes)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class WideBasic(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs)
        self.convShortcut = conv(inputs, outputs, 1, stride) if inputs != outputs else None

    def forward(self, x):
        seen = self.bn1(x).relu()
        kept = x if self.convShortcut is None else self.convShortcut(seen)
        return kept + self.conv2(self.bn2(self.conv1(seen)).relu())


class WideStage(nn.Module):
    def __init__(self, n, inputs, outputs, stride):
        super().__init__()
        others = (WideBasic(outputs, outputs, 1) for _ in range(n - 1))
        self.layer = nn.Sequential(WideBasic(inputs, outputs, stride), *others)

    def forward(self, x):
        return self.layer(x)


class Wide(nn.Module):
    def __init__(self, n, k, classes):
        super().__init__()
        self.conv1 = conv(3, 16)
        self.block1 = WideStage(n, 16, 16 * k, 1)
        self.block2 = WideStage(n, 16 * k, 32 * k, 2)
        self.block3 = WideStage(n, 32 * k, 64 * k, 2)
        self.bn1, self.fc = nn.BatchNorm2d(64 * k), nn.Linear(64 * k, classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(self.bn1(x).relu().mean((2, 3)))


class Vgg(nn.Module):
    def __init__(self, depth, classes):
        super().__init__()
        before = 3
        for k, width in enumerate((64, 128, 256, 512, 512)):
            parts = []
            for _ in range(depth):
                parts += [conv(before, width, bias=True), nn.BatchNorm2d(width), nn.ReLU()]
                before = width
            setattr(self, f"block{k}", nn.Sequential(*parts[:-1]))
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        for k in range(5):
            x = getattr(self, f"block{k}")(x).relu()
            x = F.max_pool2d(x, 2) if k < 3 else x
        return self.classifier(x.mean((2, 3)))


class Squeezed(nn.Module):
    def __init__(self, inputs, inner, stride):
        super().__init__()
        outputs = 4 * inner
        self.conv1, self.bn1 = conv(inputs, inner, 1), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, outputs, 1), nn.BatchNorm2d(outputs)
        changes = stride > 1 or inputs != outputs
        self.shortcut = normed(inputs, outputs, 1, stride) if changes else nn.Sequential()

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
        return (self.bn3(self.conv3(y)) + self.shortcut(x)).relu()


class ResNet50(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 64), nn.BatchNorm2d(64)
        before = 64
        for k, (count, inner) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), 1):
            parts = []
            for n in range(count):
                parts.append(Squeezed(before, inner, 2 if k > 1 and not n else 1))
                before = 4 * inner
            setattr(self, f"layer{k}", nn.Sequential(*parts))
        self.linear = nn.Linear(2048, classes)

    def forward(self, x):
        x = self.layer2(self.layer1(self.bn1(self.conv1(x)).relu()))
        return self.linear(self.layer4(self.layer3(x)).mean((2, 3)))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, times):
        super().__init__()
        inner, self.adds = inputs * times, stride == 1 and inputs == outputs
        self.conv = nn.Sequential(
            *(conv(inputs, inner, 1), nn.BatchNorm2d(inner), nn.ReLU()),
            *(conv(inner, inner, 3, stride, inner), nn.BatchNorm2d(inner), nn.ReLU()),
            *(conv(inner, outputs, 1), nn.BatchNorm2d(outputs)),
        )

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class Mobile(nn.Module):
    """MobileNetV2 of half the width."""

    TABLE = (
        (1, 8, 1, 1), (6, 12, 2, 1), (6, 16, 3, 2), (6, 32, 4, 2), (6, 48, 3, 1), (6, 80, 3, 2),
        (6, 160, 1, 1),
    )  # fmt: skip

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Sequential(*normed(3, 16, 3, 2), nn.ReLU())
        self.blocks, before = nn.ModuleList(), 16
        for times, width, count, stride in self.TABLE:
            row = []
            for n in range(count):
                row.append(Inverted(before, width, 1 if n else stride, times))
                before = width
            self.blocks.append(nn.Sequential(*row))
        self.conv2 = nn.Sequential(*normed(160, 1280), nn.ReLU())
        self.classifier = nn.Sequential(nn.Linear(1280, classes))

    def forward(self, x):
        x = self.conv1(x)
        for row in self.blocks:
            x = row(x)
        return self.classifier(self.conv2(x).mean((2, 3)))


def shuffled(x, groups):
    n, c, h, w = x.shape
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)


class Grouped(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        inner, self.stride, self.groups = outputs // 4, stride, 1 if inputs == 24 else 3
        self.conv1 = conv(inputs, inner, 1, groups=self.groups)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride, inner), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, outputs, 1, groups=3), nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = shuffled(self.bn1(self.conv1(x)).relu(), self.groups)
        y = self.bn3(self.conv3(self.bn2(self.conv2(y)).relu()))
        if self.stride == 1:
            return (x + y).relu()
        return torch.cat([y, F.avg_pool2d(x, 3, 2, 1)], 1).relu()


class Shuffle1(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1, before = conv(3, 24, 1), nn.BatchNorm2d(24), 24
        for k, (count, width) in enumerate(((4, 240), (8, 480), (4, 960)), 1):
            others = (Grouped(width, width, 1) for _ in range(count - 1))
            setattr(self, f"layer{k}", nn.Sequential(Grouped(before, width - before, 2), *others))
            before = width
        self.linear = nn.Linear(960, classes)

    def forward(self, x):
        x = self.layer1(self.bn1(self.conv1(x)).relu())
        return self.linear(self.layer3(self.layer2(x)).mean((2, 3)))


class Half(nn.Module):
    def __init__(self, width):
        super().__init__()
        half = width // 2
        self.conv1, self.bn1 = conv(half, half, 1), nn.BatchNorm2d(half)
        self.conv2, self.bn2 = conv(half, half, groups=half), nn.BatchNorm2d(half)
        self.conv3, self.bn3 = conv(half, half, 1), nn.BatchNorm2d(half)

    def forward(self, x):
        kept, y = x.chunk(2, 1)
        y = self.bn2(self.conv2(self.bn1(self.conv1(y)).relu()))
        return shuffled(torch.cat([kept, self.bn3(self.conv3(y)).relu()], 1), 2)


class Down(nn.Module):
    """Left: conv1 and conv2; right: conv3 to conv5."""

    def __init__(self, inputs, width):
        super().__init__()
        half = width // 2
        self.conv1, self.bn1 = conv(inputs, inputs, 3, 2, inputs), nn.BatchNorm2d(inputs)
        self.conv2, self.bn2 = conv(inputs, half, 1), nn.BatchNorm2d(half)
        self.conv3, self.bn3 = conv(inputs, half, 1), nn.BatchNorm2d(half)
        self.conv4, self.bn4 = conv(half, half, 3, 2, half), nn.BatchNorm2d(half)
        self.conv5, self.bn5 = conv(half, half, 1), nn.BatchNorm2d(half)

    def forward(self, x):
        left = self.bn2(self.conv2(self.bn1(self.conv1(x)))).relu()
        right = self.bn4(self.conv4(self.bn3(self.conv3(x)).relu()))
        return shuffled(torch.cat([left, self.bn5(self.conv5(right)).relu()], 1), 2)


class Shuffle2(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1, before = conv(3, 24, 1), nn.BatchNorm2d(24), 24
        for k, (count, width) in enumerate(((3, 116), (7, 232), (3, 464)), 1):
            units = (Half(width) for _ in range(count))
            setattr(self, f"layer{k}", nn.Sequential(Down(before, width), *units))
            before = width
        self.conv2, self.bn2 = conv(464, 1024, 1), nn.BatchNorm2d(1024)
        self.linear = nn.Linear(1024, classes)

    def forward(self, x):
        x = self.layer1(self.bn1(self.conv1(x)).relu())
        x = self.bn2(self.conv2(self.layer3(self.layer2(x)))).relu()
        return self.linear(x.mean((2, 3)))


class Recurrent(nn.Module):
    """torch's own layers, as a tutorial has them."""

    def __init__(self, symbols, width, depth, classes, word="gru"):
        super().__init__()
        self.word = word
        setattr(self, word, nn.GRU(symbols, width, depth, batch_first=True))
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(getattr(self, self.word)(x)[0][:, -1])


IMAGE, TEXT, CLASSES = (3, 32, 32), (6, 9), 5
PUBLISHED = {
    "resnet20": (lambda: CifarResNet(3, (16, 16, 32, 64), CLASSES), IMAGE, "pytorch-cifar-models"),
    "resnet56": (lambda: CifarResNet(9, (16, 16, 32, 64), CLASSES), IMAGE, "RepDistiller"),
    "resnet8x4": (lambda: CifarResNet(1, (32, 64, 128, 256), CLASSES), IMAGE, "RepDistiller"),
    "wrn-40-2": (lambda: Wide(6, 2, CLASSES), IMAGE, "mdistiller"),
    "wrn-16-1": (lambda: Wide(2, 1, CLASSES), IMAGE, "mdistiller"),
    "vgg8": (lambda: Vgg(1, CLASSES), IMAGE, "RepDistiller"),
    "vgg13": (lambda: Vgg(2, CLASSES), IMAGE, "RepDistiller"),
    "resnet50": (lambda: ResNet50(CLASSES), IMAGE, "RepDistiller"),
    "mobilenetv2": (lambda: Mobile(CLASSES), IMAGE, "RepDistiller"),
    "shufflev1": (lambda: Shuffle1(CLASSES), IMAGE, "RepDistiller"),
    "shufflev2": (lambda: Shuffle2(CLASSES), IMAGE, "RepDistiller"),
    "gru-8-8": (lambda: Recurrent(9, 8, 2, CLASSES), TEXT, "torch.nn.GRU"),
    "gru-4": (lambda: Recurrent(9, 4, 1, CLASSES, "rnn"), TEXT, "torch.nn.GRU"),
}
"""Name in the lab -> (the network in other code, input shape, who calls its layers so)."""


def trained(make, shape, seed=0):
    """A network whose norms have seen a batch, so that all of its numbers are at work."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = make()
        for parameter in module.parameters():
            if parameter.dim() == 1:
                nn.init.uniform_(parameter, 0.5, 1.5)
        with torch.no_grad():
            module.train()(torch.randn(8, *shape))
    return module.eval()


def examples(shape, count=4):
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(2))
