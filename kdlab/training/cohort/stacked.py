"""MLPs as one stack of weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab.training.cohort.stack import Stack, Weights


class StackedMLP(Stack):
    """K multilayer perceptrons with ReLU. The batch is the last dimension of all that they
    compute.

    A training step goes back through the layers by hand: autograd keeps each layer's output beside
    its ReLU and makes a new tensor of every gradient, which does not fit into the cache where there
    are hundreds of students. The numbers, where they are finite, are autograd's.
    """

    tick = 64

    def __init__(
        self, first: Sequence[nn.Module], variants: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(first, variants, device)
        self.chunk = max(128, min(2048, 65_536 // self.size))
        linears = (n for n, m in self.template.named_modules() if isinstance(m, nn.Linear))
        self._layers = [(f"{name}.weight", f"{name}.bias") for name in linears]
        self._seen: tuple[Tensor, list[Tensor]] | None = None

    @override
    @torch.no_grad()
    def logits(self, inputs: Tensor) -> Tensor:
        hidden: list[Tensor] = []
        x = inputs.flatten(2)
        logits = self._through(self.weights, x, hidden)
        self._seen = x, hidden
        return logits

    @override
    @torch.no_grad()
    def backward(self, gradient: Tensor) -> None:
        assert self._seen is not None, "backward() before logits()"
        (x, hidden), self._seen = self._seen, None
        for w, b in reversed(self._layers[1:]):
            below = hidden.pop()
            weight = self.weights[w]
            _give(weight, torch.bmm(gradient, below.transpose(1, 2)))
            _give(self.weights[b], gradient.sum(2))
            passes = below.sign_()  # 1 where the ReLU let something through, else 0
            gradient = torch.bmm(weight.transpose(1, 2), gradient).mul_(passes)
        w, b = self._layers[0]
        of_seeds = gradient.reshape(len(x), -1, gradient.shape[2])
        _give(self.weights[w], torch.bmm(of_seeds, x).view_as(self.weights[w]))
        _give(self.weights[b], gradient.sum(2))

    @override
    def forward(self, weights: Weights, inputs: Tensor, hidden: list[Tensor] | None) -> Tensor:
        if hidden is None:
            return self._through(weights, inputs.flatten(2))
        layers: list[Tensor] = []
        logits = self._through(weights, inputs.flatten(2), layers)
        hidden += [h.transpose(1, 2) for h in layers]
        hidden.append(hidden[-1])  # the embedding is the last hidden layer
        return logits

    def _through(self, weights: Weights, x: Tensor, hidden: list[Tensor] | None = None) -> Tensor:
        """(G, B, in) -> logits (k, C, B); ``hidden`` takes each layer's output, (k, D, B)."""
        (w, b), *others = [(weights[w], weights[b].unsqueeze(-1)) for w, b in self._layers]
        students, out, inner = w.shape
        h = torch.baddbmm(b.view(len(x), -1, 1), w.view(len(x), -1, inner), x.transpose(1, 2))
        h = h.view(students, out, -1)
        for w, b in others:
            h = h.relu_()
            if hidden is not None:
                hidden.append(h)
            h = torch.baddbmm(b, w, h)
        return h


def _give(weight: Tensor, gradient: Tensor) -> None:
    """As autograd does: the gradients of several backward passes add up."""
    weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
