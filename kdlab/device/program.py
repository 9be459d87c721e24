"""A network as a program of plain steps, for whoever has no PyTorch: a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kdlab.device import plain, rules
from kdlab.device.folded import folded
from kdlab.device.network import Network
from kdlab.device.steps import Step, Steps
from kdlab.device.watched import watched


@dataclass(frozen=True, eq=False)
class Program:
    """``steps`` in order, as JSON has them: ``op``, the values ``of`` which it makes the value
    ``to`` of this ``shape``, what else it needs to know, and ``weights``, each as where it begins
    in ``weights`` (float32, one row) and its shape. Value 0 is the input in standard units, and
    ``answer`` the logits."""

    network: Network
    steps: list[dict[str, Any]]
    weights: npt.NDArray[np.float32]
    answer: int

    @property
    def parameters(self) -> int:
        """How many numbers the network was trained in, before norms were folded."""
        return sum(parameter.numel() for parameter in self.network.module.parameters())

    def as_json(self) -> dict[str, Any]:
        """All that a browser needs, see :func:`kdlab.device.plain.written`."""
        network = self.network
        return plain.written(
            role=network.role,
            architecture=network.architecture,
            parameters=self.parameters,
            origin=network.origin,
            classes=network.classes,
            shape=network.shape,
            mean=network.mean,
            std=network.std,
            steps=self.steps,
            weights=self.weights,
            answer=self.answer,
        )


def program_of(network: Network) -> Program:
    """The steps of ``network``; ModelError names an operation that no step does."""
    example = torch.zeros(1, *network.shape)
    calls, answer = watched(network.module, example)
    steps = Steps(network.architecture)
    steps.name(example, 0)
    for call in calls:
        rules.take(steps, call)
    told = steps.value(answer)
    if told is None:
        raise steps.refused(calls[-1])
    kept, told = folded(steps.done, told)
    rows: list[npt.NDArray[np.float32]] = []
    written, at = [], 0
    for step in kept:
        row, own = _written(step, at)
        written.append(row)
        rows += own
        at += sum(each.size for each in own)
    weights = np.concatenate([each.ravel() for each in rows]) if rows else np.zeros(0, np.float32)
    return Program(network, written, weights, told)


def _written(step: Step, at: int) -> tuple[dict[str, Any], list[npt.NDArray[np.float32]]]:
    """A step as JSON has it, and its weights, of which the first begins ``at``."""
    own = {name: weight.astype(np.float32) for name, weight in step.weights.items()}
    places: dict[str, Any] = {}
    for name, weight in own.items():
        places[name] = {"at": at, "shape": list(weight.shape)}
        at += weight.size
    row = {"op": step.op, "of": step.of, "to": step.to, "shape": list(step.shape)}
    row |= step.attributes | ({"weights": places} if places else {})
    return row, list(own.values())
