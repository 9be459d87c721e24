"""NCCL with one process: what several GPUs say to each other, said to oneself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from kdlab import models
from kdlab.bench.full_run import told
from kdlab.bench.gpu import Asked, Row
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.process_group import ProcessGroup

BYTES = 2**24
ROUNDS = 20


def measure(asked: Asked) -> Iterator[Row]:
    """The device, first. A sum over one process gives back what was put in; a network that is
    wrapped for a group has the gradients of one that is not."""
    device = devices.choose()
    facts = devices.describe(device)
    yield {"what": "device", "told": told(facts), "device": facts}
    backend = "nccl" if device.type == "cuda" else "gloo"
    with tempfile.TemporaryDirectory() as folder:
        if device.type == "cuda":
            torch.cuda.set_device(device)
        where = Path(folder, "meeting").as_uri()
        dist.init_process_group(backend, init_method=where, rank=0, world_size=1)
        try:
            yield _sum(device, backend)
            yield _wrapped(device, backend)
        finally:
            dist.destroy_process_group()


def _sum(device: torch.device, backend: str) -> Row:
    numbers = torch.arange(BYTES // 4, dtype=torch.float32, device=device)
    summed = numbers.clone()
    dist.all_reduce(summed)
    same = torch.equal(summed, numbers)
    began = devices.clock(device)
    for _ in range(ROUNDS):
        dist.all_reduce(summed)
    seconds = (devices.clock(device) - began) / ROUNDS
    return {
        "what": f"{backend}: a sum of {BYTES // 2**20} MiB over one process",
        "told": f"{'the same numbers' if same else 'OTHER numbers'}, {1e3 * seconds:.3g} ms",
        "goal": "the same numbers",
        "met": same,
        "seconds": seconds,
    }


def _wrapped(device: torch.device, backend: str) -> Row:
    """Of the group as full runs have it, told that there are two where there is one: alone it
    wraps nothing."""
    shape = (3, 32, 32)
    inputs = torch.randn(32, *shape, generator=torch.Generator().manual_seed(1)).to(device)
    gradients = []
    began = time.perf_counter()
    for group in (ProcessGroup(), ProcessGroup(size=2)):
        network: nn.Module = models.build("resnet8", shape, 10, 0).to(device)
        group.wrap(network, device)(inputs).square().mean().backward()
        gradients.append([p.grad for p in network.parameters()])
    found = [
        torch.tensor(torch.inf)
        if a is None or b is None
        else (a - b).abs().max() / b.abs().max().clamp_min(1e-12)
        for a, b in zip(*gradients, strict=True)
    ]
    off = float(torch.stack([each.cpu() for each in found]).max())  # NaN, where one is
    return {
        "what": f"{backend}: the gradients of a wrapped resnet8 against those of a bare one",
        "told": f"at most {off:.1e} of the largest apart",
        "goal": "1e-3",
        "met": off <= 1e-3,
        "off": off,
        "seconds": time.perf_counter() - began,
    }
