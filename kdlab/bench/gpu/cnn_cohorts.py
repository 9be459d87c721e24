"""Cohorts of CNNs: all students in one batched step (``torch.vmap``) against one after the other,
which is what the lab does with convolutions."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

from kdlab import models
from kdlab.bench.gpu import Asked, Row
from kdlab.full_run.engine import device as devices
from kdlab.training.cohort import InTurn

STUDENT, SHAPE, CLASSES, BATCH = "cnn-8", (1, 28, 28), 10, 128
COHORTS = (1, 4, 16, 64)
TEMPERATURE, ALPHA = 4.0, 0.9
RATE = 1e-3
WINDOWS = 5
TINY = (1, 2)


def measure(asked: Asked) -> Iterator[Row]:
    """A row for each size of cohort: milliseconds of a student's step, medians, in turns."""
    device = devices.choose()
    devices.prepare(device)
    sizes = TINY if asked.tiny else COHORTS
    own = asked.seconds / len(sizes) / 2 / (WINDOWS + 1)
    for count in sizes:
        networks = [models.build(STUDENT, SHAPE, CLASSES, k) for k in range(count)]
        generator = torch.Generator().manual_seed(count)
        inputs = torch.randn(BATCH, *SHAPE, generator=generator).to(device)
        taught = torch.randn(BATCH, CLASSES, generator=generator).to(device)
        targets = torch.randint(CLASSES, (BATCH,), generator=generator).to(device)
        sides = {
            "in turn": in_turn(networks, inputs, taught, targets, device),
            "stacked": stacked(networks, inputs, taught, targets, device),
        }
        times = _in_turns(sides, device, own)
        each = {name: 1e3 * seconds / count for name, seconds in times.items()}
        ratio = each["in turn"] / each["stacked"]
        yield {
            "what": f"a step of {count} x {STUDENT} on {device.type}, batches of {BATCH}",
            "told": f"{each['in turn']:.3g} ms a student one after the other, "
            f"{each['stacked']:.3g} ms stacked: {ratio:.2f} times",
            "students": count,
            "milliseconds": each,
            "ratio": ratio,
        }


def _in_turns(
    sides: dict[str, Callable[[], None]], device: torch.device, seconds: float
) -> dict[str, float]:
    """Median seconds of a step of each, after a window that does not count."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for window in range(WINDOWS + 1):
        for name, step in sides.items():
            began, steps = devices.clock(device), 0
            while (took := devices.clock(device) - began) < seconds or not steps:
                for _ in range(4):
                    step()
                steps += 4
            if window:
                times[name].append(took / steps)
    return {name: statistics.median(found) for name, found in times.items()}


def loss(logits: Tensor, taught: Tensor, targets: Tensor) -> Tensor:
    """(B, C), (B, C), (B,) -> (): labels and soft targets."""
    log_p = F.log_softmax(logits / TEMPERATURE, 1)
    soft = F.kl_div(log_p, F.softmax(taught / TEMPERATURE, 1), reduction="batchmean")
    hard = F.cross_entropy(logits, targets)
    return (1 - ALPHA) * hard + ALPHA * TEMPERATURE**2 * soft


def in_turn(
    networks: list[nn.Module], inputs: Tensor, taught: Tensor, targets: Tensor, device: torch.device
) -> Callable[[], None]:
    """A step of the lab's engine for convolutions, every student on the same batch."""
    engine = InTurn(networks, 1, device)
    batch = inputs.expand(len(networks), *inputs.shape)
    optimiser = torch.optim.Adam(engine.parameters(), lr=RATE, fused=True)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        logits = engine.logits(batch).transpose(1, 2).requires_grad_()
        total = torch.stack([loss(z, taught, targets) for z in logits]).sum()
        (slope,) = torch.autograd.grad(total, logits)
        engine.backward(slope.transpose(1, 2))
        optimiser.step()

    return step


def stacked(
    networks: list[nn.Module], inputs: Tensor, taught: Tensor, targets: Tensor, device: torch.device
) -> Callable[[], None]:
    """The same of all students at once: their weights in one tensor with a dimension more."""
    template = copy.deepcopy(networks[0]).to(device).train()
    parameters, buffers = stack_module_state([n.to(device).train() for n in networks])
    leaves = {name: p.detach().requires_grad_() for name, p in parameters.items()}
    optimiser = torch.optim.Adam(leaves.values(), lr=RATE, fused=True)

    def of_one(own: dict[str, Tensor], rest: dict[str, Tensor]) -> Tensor:
        logits = functional_call(template, (own, rest), (inputs,))
        return loss(logits, taught, targets)

    slopes = vmap(grad(of_one), randomness="different")

    def step() -> None:
        found = slopes({name: p.detach() for name, p in leaves.items()}, buffers)
        for name, leaf in leaves.items():
            leaf.grad = found[name]
        optimiser.step()

    return step
