"""MLPs as one stack of weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab.training.cohort.stack import Stack, Weights


class StackedMLP(Stack):
    """K multilayer perceptrons with ReLU. The batch is the last dimension of all that they
    compute."""

    tick = 64

    def __init__(
        self, first: Sequence[nn.Module], variants: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(first, variants, device)
        self.chunk = max(128, min(2048, 65_536 // self.size))
        linears = (n for n, m in self.template.named_modules() if isinstance(m, nn.Linear))
        self._layers = [(f"{name}.weight", f"{name}.bias") for name in linears]

    @override
    def forward(self, weights: Weights, inputs: Tensor, hidden: list[Tensor] | None) -> Tensor:
        x = inputs.flatten(2).transpose(1, 2)  # (G, in, B)
        (w, b), *others = [(weights[w], weights[b].unsqueeze(-1)) for w, b in self._layers]
        students, out, inner = w.shape
        h = torch.baddbmm(b.view(len(x), -1, 1), w.view(len(x), -1, inner), x)
        h = h.view(students, out, -1)
        for w, b in others:
            h = h.relu()
            if hidden is not None:
                hidden.append(h.transpose(1, 2))
            h = torch.baddbmm(b, w, h)
        if hidden is not None:
            hidden.append(hidden[-1])  # the embedding is the last hidden layer
        return h
