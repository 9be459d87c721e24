"""MLPs as one stack of weights: a batched matrix product trains all students at once."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab.training.cohort.engine import Engine


class StackedMLP(Engine):
    """K multilayer perceptrons with ReLU; weights (K, out, in), biases (K, out, 1).

    The students of one seed read the same batch, and seeds come first in the order of students, so
    the first layer is S products of (V * out, in) with (in, B): the input is never copied.
    """

    def __init__(
        self, first: Sequence[nn.Module], variants: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        self.variants = variants
        self.size = len(first) * variants
        self.chunk = max(128, min(2048, 65_536 // self.size))
        self._template = copy.deepcopy(first[0])
        linears = [[m for m in net.modules() if isinstance(m, nn.Linear)] for net in first]
        self.weights = [
            self._stack([m.weight for m in layer], device) for layer in zip(*linears, strict=True)
        ]
        self.biases = [
            self._stack([m.bias.unsqueeze(-1) for m in layer], device)
            for layer in zip(*linears, strict=True)
        ]
        self._logits: Tensor | None = None

    def _stack(self, tensors: Sequence[Tensor], device: torch.device | str) -> Tensor:
        """S tensors, each repeated V times -> one leaf (S * V, ...)."""
        stacked = torch.stack([t.detach() for t in tensors]).repeat_interleave(self.variants, 0)
        return stacked.to(device).contiguous().requires_grad_()

    @override
    def parameters(self) -> list[Tensor]:
        return [*self.weights, *self.biases]

    def _forward(self, x: Tensor, groups: int, hidden: list[Tensor] | None = None) -> Tensor:
        """x (groups, in, B), one a group of K / groups students -> (K, C, B); ``hidden`` takes the
        hidden layers after their ReLU, (K, D, B) each."""
        w, b = self.weights[0], self.biases[0]
        _, out, inner = w.shape
        h = torch.baddbmm(b.view(groups, -1, 1), w.view(groups, -1, inner), x)
        h = h.view(self.size, out, -1)
        for w, b in zip(self.weights[1:], self.biases[1:], strict=True):
            h = h.relu()
            if hidden is not None:
                hidden.append(h)
            h = torch.baddbmm(b, w, h)
        return h

    @override
    def logits(self, inputs: Tensor) -> Tensor:
        groups = inputs.shape[0]
        self._logits = self._forward(inputs.flatten(2).transpose(1, 2), groups)
        return self._logits.detach()

    @override
    def outputs(self, inputs: Tensor, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        hidden: list[Tensor] = []
        logits = self._forward(inputs.flatten(2).transpose(1, 2), inputs.shape[0], hidden)
        hidden.append(hidden[-1])  # the embedding is the last hidden layer
        return logits, [hidden[n].transpose(1, 2) for n in layers]

    @override
    def backward(self, gradient: Tensor) -> None:
        assert self._logits is not None, "backward() before logits()"
        self._logits.backward(gradient)
        self._logits = None

    @override
    def answer(self, inputs: Tensor) -> Tensor:
        return self._forward(inputs.flatten(1).t().unsqueeze(0), 1)

    @override
    def module(self, k: int) -> nn.Module:
        net = copy.deepcopy(self._template).cpu().eval()
        linears = [m for m in net.modules() if isinstance(m, nn.Linear)]
        with torch.no_grad():
            for layer, w, b in zip(linears, self.weights, self.biases, strict=True):
                layer.weight.copy_(w[k])
                layer.bias.copy_(b[k, :, 0])
        return net
