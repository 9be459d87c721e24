"""Distillation as the known libraries train it, as the reference for the speed of full runs.

Modelled after what RepDistiller (Tian et al. 2020, commit b84f547) and mdistiller (Zhao et al.
2022, commit a08d46f) do on CIFAR-100, written anew: a DataLoader whose workers crop, mirror and
standardise PIL images one by one, no pinned memory; fp32, with the products that torch allows by
default; cuDNN looks for its fastest kernels; the teacher answers in every step, under no_grad; SGD
with momentum and weight decay; loss and accuracy are read with ``.item()`` in every step, for
which the host waits. Nothing in it is slow on purpose: what those codes do beside it (all features
returned, text and checkpoints written, DataParallel on one GPU) is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torchvision import transforms

from kdlab.full_run.engine.images import FullData, Labelled
from kdlab.full_run.recipe.config import FullRunConfig

WORKERS = 8
"""Of RepDistiller; mdistiller has 2. No more than there are cores."""
ENDLESS = 2**40
"""Images until the loader would have to begin anew, and its workers with it."""
AHEAD = 2
"""Batches that each worker of a DataLoader makes in advance, by torch's default."""
RESIDENT = 4
"""Batches of random numbers that take turns on the device."""

Batches = Iterator[tuple[Tensor, Tensor]]


class PilImages(Dataset[tuple[Tensor, int]]):
    """Images that are made into PIL images one by one, as torchvision's CIFAR100 does: item ->
    (float32 (C, H, W), class)."""

    def __init__(self, images: Labelled, transform: transforms.Compose) -> None:
        self._images = images.pixels.permute(0, 2, 3, 1).contiguous().numpy()
        self._targets = images.targets.tolist()
        self._transform = transform

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self._images[index])
        return self._transform(image), self._targets[index]


def transform(data: FullData, padding: int = 4, flip: bool = True) -> transforms.Compose:
    """Random crop, mirror image, to 0..1, standardised: what the papers do to a training image."""
    steps: list[object] = []
    if padding:
        steps.append(transforms.RandomCrop(data.shape[1:], padding=padding))
    if flip:
        steps.append(transforms.RandomHorizontalFlip())
    return transforms.Compose(
        [*steps, transforms.ToTensor(), transforms.Normalize(data.mean, data.std)]
    )


def loaded(data: FullData, config: FullRunConfig, workers: int) -> Batches:
    """Batches (B, C, H, W) and (B,) out of a DataLoader, without end: the start of its workers,
    which the libraries pay for in each epoch, is over when this returns."""
    images = PilImages(data.train, transform(data, config.padding, config.flip))
    loader = DataLoader(
        images,
        batch_size=config.batch_size,
        sampler=RandomSampler(images, replacement=True, num_samples=ENDLESS),
        num_workers=workers,
    )
    batches = iter(loader)
    first = next(batches)
    return ((inputs, targets) for inputs, targets in itertools.chain([first], batches))


def resident(data: FullData, batch: int, device: torch.device) -> Batches:
    """The same batches without what a loader costs: random numbers that lie on the device, without
    end."""
    made = [
        (
            torch.randn(batch, *data.shape, device=device),
            torch.randint(0, len(data.classes), (batch,), device=device),
        )
        for _ in range(RESIDENT)
    ]
    return itertools.cycle(made)


class Reference:
    """A student that learns from a teacher and labels, one step after the other.

    ``loss`` and ``accuracy`` (share of right answers) are those of the last step.
    """

    def __init__(
        self,
        teacher: nn.Module,
        student: nn.Module,
        batches: Batches,
        config: FullRunConfig,
        device: torch.device,
    ) -> None:
        self._teacher = teacher.to(device).eval()
        self._student = student.to(device).train()
        self._batches, self._device = batches, device
        self._temperature, self._alpha = config.temperature, config.alpha
        self._optimiser = torch.optim.SGD(
            student.parameters(),
            lr=config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        )
        self.loss = self.accuracy = float("nan")

    def step(self) -> int:
        """Train on the next batch; how many images that were."""
        with as_torch_comes():
            inputs, targets = next(self._batches)
            inputs, targets = inputs.to(self._device), targets.to(self._device)
            with torch.no_grad():
                taught = self._teacher(inputs)
            logits = self._student(inputs)
            loss = distilled(logits, taught, targets, self._temperature, self._alpha)
            right = (logits.argmax(1) == targets).float().mean()
            self._optimiser.zero_grad()
            loss.backward()
            self._optimiser.step()
            self.loss, self.accuracy = loss.item(), right.item()
        return len(targets)


def distilled(logits: Tensor, taught: Tensor, targets: Tensor, T: float, alpha: float) -> Tensor:
    """(1 - alpha) * CE + alpha * T^2 * KL, means over the batch: (B, C), (B, C), (B,) -> ()."""
    log_p, q = F.log_softmax(logits / T, dim=1), F.softmax(taught / T, dim=1)
    soft = F.kl_div(log_p, q, reduction="sum") * T**2 / len(targets)
    return (1 - alpha) * F.cross_entropy(logits, targets) + alpha * soft


@contextmanager
def as_torch_comes() -> Iterator[None]:
    """With the fp32 products that torch allows by default, whatever a full run has set:
    convolutions in TF32, matrix products not."""
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    products.allow_tf32, convolutions.allow_tf32 = False, True
    try:
        yield
    finally:
        products.allow_tf32, convolutions.allow_tf32 = before
