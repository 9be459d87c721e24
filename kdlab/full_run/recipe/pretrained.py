"""Published classifiers as teachers: PRETRAINED maps a name to what pages may say of it.

``torchvision-resnet18`` is torchvision's ``resnet18`` with the weights that torchvision publishes
for ImageNet. As a teacher it keeps all of them but the last linear layer, which is fitted to the
classes of the data: fixed features and a linear classifier, one of the three ways that Kornblith,
Shlens and Le 2019, arXiv:1805.08974, compare. This file knows no torch, so that pages can list the
networks without it; the functions import what they need.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kdlab.errors import ModelError

PUBLISHED_CLASSES = 1000
PUBLISHED_AT = "https://download.pytorch.org/models/"
"""Where all files of PRETRAINED lie, also for a user who fetches one by hand."""


@dataclass(frozen=True)
class Record:
    """One published network.

    ``torchvision`` is its name there, ``weights`` the member of its weights enum, ``file`` the
    published file (the eight hex digits in its name begin its SHA-256). ``parameters`` are counted
    with the head for 1,000 classes, which is the submodule ``head`` and reads ``features`` numbers.
    ``side`` is the height and width, in pixels, of the images that the backbone is given.
    """

    label: str
    torchvision: str
    file: str
    head: str
    features: int
    parameters: int
    about: str
    paper: str
    weights: str = "IMAGENET1K_V1"
    # Not IMAGENET1K_V2, though resnet50's is the better classifier on ImageNet: it was trained with
    # label smoothing, among others, which made features worse for a new linear head in Kornblith,
    # Shlens and Le 2019. Which is better here has not been measured.
    side: int = 224

    @property
    def name(self) -> str:
        """What the lab calls it: "torchvision-mobilenet-v3-small"."""
        return f"torchvision-{self.torchvision.replace('_', '-')}"

    @property
    def url(self) -> str:
        """The address of the published file."""
        return PUBLISHED_AT + self.file

    @property
    def sha256_start(self) -> str:
        """The first eight hex digits of the published file's SHA-256: all that is published."""
        return self.file.removesuffix(".pth").rpartition("-")[2]

    def count(self, classes: int) -> int:
        """Parameters with a head for that many classes.

        >>> PRETRAINED["torchvision-resnet18"].count(10)
        11181642
        """
        return self.parameters + (self.features + 1) * (classes - PUBLISHED_CLASSES)


PRETRAINED: dict[str, Record] = {
    record.name: record
    for record in (
        Record(
            label="MobileNetV3 small",
            torchvision="mobilenet_v3_small",
            file="mobilenet_v3_small-047dcff4.pth",
            head="classifier.3",
            features=1024,
            parameters=2_542_856,
            about="Made for phones. The quickest of these teachers, also without a GPU.",
            paper="Howard et al. 2019, arXiv:1905.02244",
        ),
        Record(
            label="EfficientNet-B0",
            torchvision="efficientnet_b0",
            file="efficientnet_b0_rwightman-7f5810bc.pth",
            head="classifier.1",
            features=1280,
            parameters=5_288_548,
            about="Depthwise convolutions with squeeze and excitation; few parameters for its "
            "accuracy.",
            paper="Tan and Le 2019, arXiv:1905.11946",
        ),
        Record(
            label="ResNet-18",
            torchvision="resnet18",
            file="resnet18-f37072fd.pth",
            head="fc",
            features=512,
            parameters=11_689_512,
            about="The small residual network for ImageNet: plain and well known.",
            paper="He et al. 2016, arXiv:1512.03385",
        ),
        Record(
            label="ResNet-50",
            torchvision="resnet50",
            file="resnet50-0676ba61.pth",
            head="fc",
            features=2048,
            parameters=25_557_032,
            about="Bottleneck blocks, 50 layers: the usual teacher on ImageNet.",
            paper="He et al. 2016, arXiv:1512.03385",
        ),
        Record(
            label="ConvNeXt tiny",
            torchvision="convnext_tiny",
            file="convnext_tiny-983f1562.pth",
            head="classifier.2",
            features=768,
            parameters=28_589_128,
            about="A convolutional network built after the manner of transformers.",
            paper="Liu et al. 2022, arXiv:2201.03545",
        ),
        Record(
            label="ViT-B/16",
            torchvision="vit_b_16",
            file="vit_b_16-c867db91.pth",
            head="heads.head",
            features=768,
            parameters=86_567_656,
            about="A transformer on patches of 16x16 pixels. The largest here: it wants a GPU, and "
            "its file has 346 MB.",
            paper="Dosovitskiy et al. 2021, arXiv:2010.11929",
        ),
    )
}


def find(name: str) -> Record:
    """The record of ``name``; ModelError where no published network is called so."""
    if name not in PRETRAINED:
        raise ModelError(
            f"the published network {name[:60]!r} is not known",
            ", ".join(PRETRAINED),
            "Choose one of these networks",
        )
    return PRETRAINED[name]


def check(
    name: str, classes: int, mean: Sequence[float], std: Sequence[float], channels: int
) -> None:
    """ModelError where ``name`` cannot be a teacher for these data."""
    record = find(name)
    if classes < 2:
        raise ModelError(
            f"{name} was asked for {classes} classes", "2 or more", "Choose other data"
        )
    if channels not in (1, 3):
        raise ModelError(
            f"{name} was asked to read inputs with {channels} channels",
            f"{record.label}: grey images (1 channel) or colour images (3 channels)",
            "Choose a data set of images, or another teacher",
        )
    finite = all(math.isfinite(number) for number in (*mean, *std))
    if len(mean) != channels or len(std) != channels or not finite or min(std) <= 0:
        raise ModelError(
            f"the images were standardised with mean {tuple(mean)} and deviation {tuple(std)}",
            f"{channels} finite numbers each, one a channel, and deviations above 0",
            "Give the mean and std of the data split whose images the teacher will read",
        )
