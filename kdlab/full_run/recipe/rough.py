"""How long a run would take, roughly, before anybody asks: FLOPs and layers x a measured speed.

One small network makes steps on small and on larger images. The two times give what a layer costs
whatever its size, and what arithmetic costs; both belong to this machine, today, on one core. The
steps of the run itself, which :mod:`kdlab.full_run.engine.estimate` makes, are the better answer.
"""

from __future__ import annotations

import functools
import math
import time
from dataclasses import dataclass

import torch

from kdlab import models
from kdlab.full_run.recipe import names
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.sizes import Size
from kdlab.measure import profiling
from kdlab.models.family import TRAINING_PASSES

PROBE = "resnet8"
BATCH = 64
SIDES = (8, 32)
REPEATS = 3


@dataclass(frozen=True)
class Speed:
    """Seconds that a layer's parameters cost in a step beyond arithmetic; FLOPs a second."""

    layer_seconds: float
    flops_per_second: float


@dataclass(frozen=True)
class Effort:
    """Of a network: FLOPs of a forward pass of one image, and how many parameters it has."""

    flops: int
    layers: int


def effort(name: str, shape: tuple[int, ...], classes: int) -> Effort:
    """Of the network ``name``. ModelError where there is none."""
    module = models.build(name, shape, classes, 0)
    return Effort(profiling.flops_per_image(module, shape), len(list(module.parameters())))


@functools.cache
def speed() -> Speed:
    """Of this machine's CPU with the threads that PyTorch has here; measured once a process."""
    took, flops, layers = [], [], 0
    for side in SIDES:
        shape = (3, side, side)
        module = models.build(PROBE, shape, 10, 0)
        images, targets = torch.randn(BATCH, *shape), torch.zeros(BATCH, dtype=torch.int64)
        flops.append(TRAINING_PASSES * BATCH * profiling.flops_per_image(module, shape))
        layers = len(list(module.parameters()))
        took.append(min(_step(module, images, targets) for _ in range(1 + REPEATS)))
    return solved(took, flops, layers)


def solved(took: list[float], flops: list[int], layers: int) -> Speed:
    """The speed of which the steps of ``flops`` operations took that many seconds."""
    each = max(took[1] - took[0], 1e-9) / (flops[1] - flops[0])
    return Speed(max(0.0, took[0] - each * flops[0]) / layers, 1 / each)


def _step(module: torch.nn.Module, images: torch.Tensor, targets: torch.Tensor) -> float:
    began = time.perf_counter()
    torch.nn.functional.cross_entropy(module(images), targets).backward()
    return time.perf_counter() - began


def seconds(
    config: FullRunConfig, size: Size, teacher: Effort, student: Effort, known: Speed
) -> float:
    """Of the whole run: the teacher unless it is given, and for each seed both students; the
    distilled one with the teacher's answers. Reading the data comes on top."""
    per_epoch = math.ceil(size.train / config.batch_size)

    def trained(network: Effort, epochs: int) -> float:
        layers = per_epoch * network.layers * known.layer_seconds
        images = (TRAINING_PASSES * size.train + size.test) * network.flops
        return epochs * (layers + images / known.flops_per_second)

    own = config.teacher_config().teacher_epochs
    assert isinstance(own, int)
    first = 0.0 if config.teacher_file else trained(teacher, own)
    answers = config.epochs * size.train * teacher.flops / known.flops_per_second
    return first + config.seeds * (2 * trained(student, config.epochs) + answers)


def roughly(config: FullRunConfig, size: Size) -> float | None:
    """:func:`seconds` on this machine; None for networks that would have to be fetched first."""
    if names.is_torchvision(config.teacher):
        return None
    teacher = effort(config.teacher, size.shape, size.classes)
    student = effort(config.student, size.shape, size.classes)
    return seconds(config, size, teacher, student, speed())
