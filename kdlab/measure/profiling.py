"""What a network costs: parameters, bytes on disk, FLOPs for an image, latency on the CPU.

Latency belongs to a machine and varies: it is a median with its spread, and :func:`machine` says
where it was measured. The others are counts.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import safetensors.torch
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from kdlab.system.machine import facts

BATCHES = (1, 64)
"""One image, as on a phone, and a batch, as on a server."""

BUDGET_SECONDS = 0.3
"""For one batch size; a slow network takes longer, because three passes are timed at least."""

AT_LEAST = 3


@dataclass(frozen=True)
class Latency:
    """Milliseconds for one batch: the median, the 10th and the 90th percentile of ``repeats``."""

    median: float
    low: float
    high: float
    repeats: int


@runtime_checkable
class Told(Protocol):
    """What is no network, and tells itself how many numbers it holds, and how many operations an
    answer takes."""

    @property
    def told_parameters(self) -> int:
        """Learned numbers."""

    @property
    def told_operations(self) -> int:
        """Of one answer."""


def parameters(module: nn.Module) -> int:
    """How many trainable numbers; the running statistics of batch norm are not among them. Of trees
    as many as they say."""
    if isinstance(module, Told):
        return module.told_parameters
    return sum(p.numel() for p in module.parameters())


def size_bytes(module: nn.Module) -> int:
    """Bytes of the network as a safetensors file: all its state in its precision, and a header.

    The texts with which the lab labels a file that it saves (some hundred bytes) are not included.
    """
    state = {key: t.detach().cpu().contiguous() for key, t in module.state_dict().items()}
    return len(safetensors.torch.save(state))


def flops_per_image(module: nn.Module, input_shape: tuple[int, ...]) -> int:
    """Floating-point operations of one forward pass on one input of ``input_shape``.

    Matrix products and convolutions, biases apart: 2 for each multiply-add, so a linear layer from
    I to O units counts 2 * I * O, and a k x k convolution 2 * k * k * I * O for each output pixel.
    Many papers count multiply-adds ("MACs"), which is half. Left out: biases, ReLU, batch norm,
    pooling and additions, a few operations for each activation: about 1 % of the 81.6 M FLOPs of a
    resnet20, 12 % of the 6 k of a cnn-4 on 8x8 images. Of trees comparisons count, as they say.
    """
    if isinstance(module, Told):
        return module.told_operations
    with _copy_on_cpu(module) as copied, FlopCounterMode(display=False) as counter:
        copied(torch.zeros(1, *input_shape))
    return int(counter.get_total_flops())


def latency_ms(
    module: nn.Module,
    input_shape: tuple[int, ...],
    batch: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
    repeats: int = 100,
    warmup: int = 5,
    budget_seconds: float = BUDGET_SECONDS,
) -> Latency:
    """Time of a forward pass on ``batch`` inputs on the CPU, one thread, eval mode, no gradients.

    Up to ``warmup`` passes are thrown away, then up to ``repeats`` are timed; both end early when
    ``budget_seconds`` have passed since the start, but three passes are timed in any case.
    ``clock`` gives seconds. The module, its mode and torch's number of threads stay as they were.
    """
    with _copy_on_cpu(module) as copied, _one_thread():
        images = torch.zeros(batch, *input_shape)
        return timed(
            lambda: copied(images),
            clock=clock,
            repeats=repeats,
            warmup=warmup,
            budget_seconds=budget_seconds,
        )


def timed(
    call: Callable[[], object],
    *,
    clock: Callable[[], float] = time.perf_counter,
    repeats: int = 100,
    warmup: int = 5,
    budget_seconds: float = BUDGET_SECONDS,
) -> Latency:
    """How long ``call`` takes; ``warmup``, ``repeats`` and ``budget_seconds`` as
    :func:`latency_ms` has them."""
    times: list[float] = []
    begin = clock()
    for _ in range(warmup):
        call()
        if clock() - begin > budget_seconds / 3:
            break
    for _ in range(max(repeats, AT_LEAST)):
        start = clock()
        call()
        end = clock()
        times.append(1000 * (end - start))
        if len(times) >= AT_LEAST and end - begin > budget_seconds:
            break
    low, median, high = np.percentile(times, (10, 50, 90))
    return Latency(float(median), float(low), float(high), len(times))


def cost(module: nn.Module, name: str, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """All of it, as ``kdlab.events.Measured`` carries it: plain numbers.

    Keys: architecture, parameters, bytes, flops_per_image, latency_ms {batch size as text ->
    {median, low, high, repeats}}, empty for what cannot be asked.
    """
    asked = () if isinstance(module, Told) and not module.told_operations else BATCHES
    return {
        "architecture": name,
        "parameters": parameters(module),
        "bytes": size_bytes(module),
        "flops_per_image": flops_per_image(module, input_shape),
        "latency_ms": {str(b): asdict(latency_ms(module, input_shape, b)) for b in asked},
    }


def machine(ran: str = f"torch {torch.__version__}") -> str:
    """Where times were measured: processor, cores, and what ``ran`` on it."""
    found = facts()
    cores = f"{found.cores} core{'' if found.cores == 1 else 's'}"
    return f"{found.cpu}, {cores} (1 thread used), {ran}"


@contextmanager
def _copy_on_cpu(module: nn.Module) -> Iterator[nn.Module]:
    """A copy in eval mode, without gradients: the network under training is not touched."""
    with torch.no_grad():
        yield copy.deepcopy(module).cpu().eval()


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
