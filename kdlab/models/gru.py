"""Recurrent networks with gates: Cho et al. 2014, arXiv:1406.1078.

``gru-64-32`` has two layers with states of 64 and 32 numbers. As in PyTorch's ``nn.GRU`` the reset
gate acts behind the product with the state, so that one product for each character does for all
three gates, and first weights are uniform up to 1 / sqrt(state). No dropout: the same in training
and in use.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from kdlab.models.shapes import sizes_of


class GRULayer(nn.Module):
    """A state of ``width`` numbers that is updated at every character. ``last`` is a place to read
    the state after the last one from."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.read = nn.Linear(inputs, 3 * width)
        self.recall = nn.Linear(width, 3 * width)
        self.last = nn.Identity()
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1 / math.sqrt(width), 1 / math.sqrt(width))

    def forward(self, x: Tensor) -> Tensor:
        """(N, W, inputs) -> the state after each character, (N, W, width)."""
        state = x.new_zeros(x.shape[0], self.recall.in_features)
        states = []
        for seen in self.read(x).unbind(1):
            reset, update, new = seen.chunk(3, 1)
            old_reset, old_update, old = self.recall(state).chunk(3, 1)
            reset = torch.sigmoid(reset + old_reset)
            update = torch.sigmoid(update + old_update)
            new = torch.tanh(new + reset * old)
            state = (1 - update) * new + update * state
            states.append(state)
        self.last(state)
        return torch.stack(states, 1)


class GRU(nn.Module):
    """Layers with states of ``widths`` numbers; the last state of the last one gives the logits."""

    def __init__(self, widths: tuple[int, ...], symbols: int, classes: int) -> None:
        super().__init__()
        inputs = [symbols, *widths]
        self.layers = nn.Sequential(*(GRULayer(i, o) for i, o in zip(inputs, widths, strict=False)))
        self.fc = nn.Linear(inputs[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, W, symbols), one-hots -> logits (N, classes)."""
        return self.fc(self.layers(x)[:, -1])


def build(name: str, input_shape: tuple[int, ...], classes: int) -> GRU:
    """``gru-32``: (N, W, symbols) -> logits (N, classes)."""
    return GRU(sizes_of(name), input_shape[1], classes)
