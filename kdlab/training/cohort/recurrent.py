"""GRUs as one stack of weights.

Measured on a CPU (one thread, windows of 6 to 12 of 27 symbols, batches of 128, Adam): for a step
of 4 to 64 students one after the other take 2.1 to 3.3 times as long with states of 32 numbers, 1.8
times with 64, 1.4 with 128 and 1.2 with 256; of one student alone 1.1 to 1.2 times.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab.models.gru import GRU
from kdlab.training.cohort.stack import CACHE, Stack, Weights


class StackedGRU(Stack):
    """K networks as :class:`kdlab.models.gru.GRU`. States are (K, D, B), with the batch last, and
    the first one, which is zero, takes part in no product."""

    chunk = 256

    def __init__(
        self, first: Sequence[nn.Module], variants: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(first, variants, device)
        assert isinstance(self.template, GRU)
        self._names = [f"layers.{n}" for n in range(len(self.template.layers))]
        self._widest = max(len(self.weights[f"{name}.read.bias"][0]) for name in self._names)
        self.tick = max(1, 16 // self.size)

    @override
    def most(self, inputs: Tensor) -> int:
        return max(1, CACHE // (inputs.shape[1] * self._widest))

    @override
    def forward(self, weights: Weights, inputs: Tensor, hidden: list[Tensor] | None) -> Tensor:
        seen = [x.transpose(1, 2) for x in inputs.unbind(2)]  # of each character (G, symbols, B)
        for name in self._names:
            seen = _layer(weights, name, seen)
            if hidden is not None:
                hidden.append(seen[-1].transpose(1, 2))
        if hidden is not None:
            hidden.append(hidden[-1])  # the embedding is the last state
        return torch.baddbmm(_bias(weights, "fc"), weights["fc.weight"], seen[-1])


def _layer(weights: Weights, name: str, seen: Sequence[Tensor]) -> list[Tensor]:
    """What is seen at each character, (G, in, B) or (K, in, B) -> the states, (K, D, B)."""
    groups, inner, batch = seen[0].shape
    read = weights[f"{name}.read.weight"].view(groups, -1, inner)
    read_bias = _bias(weights, f"{name}.read").view(groups, -1, 1)
    recall, recall_bias = weights[f"{name}.recall.weight"], _bias(weights, f"{name}.recall")
    states: list[Tensor] = []
    for x in seen:
        now = torch.baddbmm(read_bias, read, x).view(len(recall), -1, batch)
        before = torch.baddbmm(recall_bias, recall, states[-1]) if states else recall_bias
        reset, update, new = now.chunk(3, 1)
        old_reset, old_update, old = before.chunk(3, 1)
        reset = torch.sigmoid(reset + old_reset)
        update = torch.sigmoid(update + old_update)
        new = torch.tanh(torch.addcmul(new, reset, old))
        states.append(torch.lerp(new, states[-1], update) if states else new - update * new)
    return states


def _bias(weights: Weights, layer: str) -> Tensor:
    return weights[f"{layer}.bias"].unsqueeze(-1)
