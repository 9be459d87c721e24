"""Cohorts of CNNs: all students in one batched step (``torch.vmap``) against one after the other,
which is what the lab does with convolutions. The loss of all, its closed form, is the same."""

from __future__ import annotations

import copy
import statistics
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from typing_extensions import override

from kdlab import models
from kdlab.bench.gpu import Asked, Row
from kdlab.full_run.engine.device import clock
from kdlab.methods import METHODS
from kdlab.training.cohort import InTurn, Objective, gradient
from kdlab.training.loop import device

STUDENT, SHAPE, CLASSES, BATCH = "cnn-8", (1, 28, 28), 10, 128
COHORTS = (1, 4, 16, 64)
TEMPERATURE, ALPHA = 4.0, 0.9
RATE = 1e-3
WINDOWS = 5
STEPS = 4
"""Between two looks at the clock."""
TINY = (1, 2)


def measure(asked: Asked) -> Iterator[Row]:
    """A row for each size of cohort: milliseconds of a student's step, medians, in turns."""
    where = device()
    sizes = TINY if asked.tiny else COHORTS
    own = asked.seconds / len(sizes) / 2 / (WINDOWS + 1)
    for count in sizes:
        networks = [models.build(STUDENT, SHAPE, CLASSES, k).to(where) for k in range(count)]
        batch = _batch(count, where)
        sides: tuple[Side, Side] = InTurnSide(networks, where), VmapSide(networks)
        off = _apart(*(side.gradients(batch) for side in sides))
        times = _in_turns(sides, batch, where, own)
        each = {
            side.name: 1e3 * seconds / count for side, seconds in zip(sides, times, strict=True)
        }
        ratio = times[0] / times[1]
        yield {
            "what": f"a step of {count} x {STUDENT} on {where.type}, batches of {BATCH}",
            "told": f"{each['in turn']:.3g} ms a student one after the other, "
            f"{each['stacked']:.3g} ms stacked: {ratio:.2f} times; gradients {off:.1e} apart",
            "goal": "the same gradients to 1e-2",
            "met": off <= 1e-2,
            "students": count,
            "milliseconds": each,
            "ratio": ratio,
            "off": off,
        }


@dataclass(frozen=True)
class Batch:
    """Inputs (B, *shape), the teacher's logits (1, C, B), the places of the examples (1, B), and
    what K students minimise."""

    inputs: Tensor
    taught: Tensor
    index: Tensor
    objective: Objective


def _batch(students: int, where: torch.device) -> Batch:
    generator = torch.Generator().manual_seed(students)
    inputs = torch.randn(BATCH, *SHAPE, generator=generator).to(where)
    taught = torch.randn(1, CLASSES, BATCH, generator=generator).to(where)
    labels = torch.randint(CLASSES, (1, BATCH), generator=generator).to(where)
    ones = torch.ones(students, 1, 1, device=where)
    objective = Objective(
        METHODS["soft-targets"], ALPHA * ones, TEMPERATURE * ones, labels, torch.ones(1).to(where)
    )
    return Batch(inputs, taught, torch.arange(BATCH, device=where).unsqueeze(0), objective)


class Side(ABC):
    """One way to compute K students; ``parameters`` are its leaves."""

    name: str

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.parameters = parameters
        self._optimiser = torch.optim.Adam(parameters, lr=RATE, fused=True)

    def step(self, batch: Batch) -> None:
        """One step of Adam."""
        self._optimiser.zero_grad(set_to_none=True)
        self.descend(batch)
        self._optimiser.step()

    @abstractmethod
    def descend(self, batch: Batch) -> None:
        """Gradients of all students into their parameters."""

    @abstractmethod
    def gradients(self, batch: Batch) -> list[Tensor]:
        """Of each parameter, those of all students in one tensor (K, ...)."""


class InTurnSide(Side):
    """The lab's engine for convolutions."""

    name = "in turn"

    def __init__(self, networks: Sequence[nn.Module], where: torch.device) -> None:
        self._engine = InTurn(networks[:1], len(networks), where)
        for own, first in zip(self._engine.modules, networks, strict=True):
            own.load_state_dict(first.state_dict())
        super().__init__(self._engine.parameters())

    @override
    def descend(self, batch: Batch) -> None:
        logits = self._engine.logits(batch.inputs.unsqueeze(0))
        self._engine.backward(gradient(batch.objective, logits, batch.taught, batch.index))

    @override
    def gradients(self, batch: Batch) -> list[Tensor]:
        self.descend(batch)
        each = zip(*(net.parameters() for net in self._engine.modules), strict=True)
        return [torch.stack([_of(p) for p in own]) for own in each]


class VmapSide(Side):
    """All students at once: their weights in one tensor with a dimension more."""

    name = "stacked"

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        self._template = copy.deepcopy(networks[0]).train()
        parameters, self._buffers = stack_module_state([n.train() for n in networks])
        self._leaves = {name: p.detach().requires_grad_() for name, p in parameters.items()}
        super().__init__([*self._leaves.values()])

    @override
    def descend(self, batch: Batch) -> None:
        def of_one(own: dict[str, Tensor], rest: dict[str, Tensor]) -> Tensor:
            found: Tensor = functional_call(self._template, (own, rest), (batch.inputs,))
            return found

        logits = vmap(of_one, randomness="different")(self._leaves, self._buffers)
        seen = logits.detach().transpose(1, 2).contiguous()
        slope = gradient(batch.objective, seen, batch.taught, batch.index)
        logits.backward(slope.transpose(1, 2))

    @override
    def gradients(self, batch: Batch) -> list[Tensor]:
        self.descend(batch)
        return [_of(leaf) for leaf in self.parameters]


def _of(parameter: Tensor) -> Tensor:
    assert parameter.grad is not None, "every parameter takes part"
    return parameter.grad


def _apart(one: list[Tensor], other: list[Tensor]) -> float:
    """The largest difference of gradients, as a share of the largest of its parameter."""
    pairs = zip(one, other, strict=True)
    found = [(a - b).abs().max() / a.abs().max().clamp_min(1e-12) for a, b in pairs]
    return float(torch.stack(found).max())


def _in_turns(
    sides: Sequence[Side], batch: Batch, where: torch.device, seconds: float
) -> list[float]:
    """Median seconds of a step of each, after a window that does not count."""
    times: list[list[float]] = [[] for _ in sides]
    for window in range(WINDOWS + 1):
        for side, kept in zip(sides, times, strict=True):
            began, steps = clock(where), 0
            while (took := clock(where) - began) < seconds or not steps:
                for _ in range(STEPS):
                    side.step(batch)
                steps += STEPS
            if window:
                kept.append(took / steps)
    return [statistics.median(found) for found in times]
