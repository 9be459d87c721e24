"""Causal transformers as one stack of weights.

Measured on a CPU (one thread, windows of 6 to 12 of 27 symbols, batches of 128, Adam): for a step
of 4 to 64 students one after the other take 1.8 to 2.4 times as long for gpt-1-16, 1.3 to 1.9 times
for gpt-1-32 and, at 6 and 8 characters, 1.1 times for gpt-2-64. With 12 characters, or a width of
96 or 192, they take 0.9 to 1.0 times as long, and one student alone 0.85 to 1.0 times: there the
products fill a core by themselves, and nothing is stacked.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from typing_extensions import override

from kdlab.models.gpt import GPT, Block, attend
from kdlab.training.cohort.stack import CACHE, Stack, Weights

PAYS = 512
"""Numbers of a window, width times characters, up to which a stack is quicker."""


class StackedGPT(Stack):
    """K networks as :class:`kdlab.models.gpt.GPT`. What is known of each character is (K, B, W, D),
    and a product reads it as (K, B * W, D): a norm and a head of attention want the D of one
    character side by side. Only logits have the batch last."""

    chunk = 256

    def __init__(
        self, first: Sequence[nn.Module], variants: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(first, variants, device)
        assert isinstance(self.template, GPT)
        blocks = [block for block in self.template.layers if isinstance(block, Block)]
        self._blocks = [(block.heads, block.asked, block.mask.to(device)) for block in blocks]
        self.tick = max(1, 16 // self.size)

    @override
    @classmethod
    def pays(cls, net: nn.Module, students: int) -> bool:
        assert isinstance(net, GPT)
        return students > 1 and net.place.weight.numel() <= PAYS

    @override
    def most(self, inputs: Tensor) -> int:
        width = self.weights["place.weight"].shape[2]
        return max(1, CACHE // (inputs.shape[1] * inputs.shape[2] * width))

    @override
    def forward(self, weights: Weights, inputs: Tensor, hidden: list[Tensor] | None) -> Tensor:
        groups, batch, characters, symbols = inputs.shape
        place = weights["place.weight"]
        read = weights["character.weight"].view(groups, -1, symbols)
        x = torch.bmm(inputs.flatten(1, 2), read.transpose(1, 2))  # (G, B * W, V * D)
        x = x.view(groups, batch * characters, len(place) // groups, -1).transpose(1, 2)
        x = x.reshape(len(place), batch, characters, -1) + place.unsqueeze(1)
        for n, (heads, asked, mask) in enumerate(self._blocks):
            x = _block(weights, f"layers.{n}", x, heads, asked, mask)
            if hidden is not None:
                hidden.append(x[:, :, -1])
        x = _norm(weights, "norm", x[:, :, -1:]).squeeze(2)
        if hidden is not None:
            hidden.append(x)
        bias = weights["fc.bias"].unsqueeze(-1)
        return torch.baddbmm(bias, weights["fc.weight"], x.transpose(1, 2))


def _block(weights: Weights, name: str, x: Tensor, heads: int, asked: int, mask: Tensor) -> Tensor:
    """(K, B, W, D) -> (K, B, asked, D)."""
    seen = _norm(weights, f"{name}.norm1", x)
    key, value = _linear(weights, f"{name}.key_value", seen).chunk(2, -1)
    query = _linear(weights, f"{name}.query", seen[:, :, -asked:])
    query, key, value = (t.unflatten(-1, (heads, -1)).transpose(2, 3) for t in (query, key, value))
    found = attend(query, key, value, mask).transpose(2, 3).flatten(-2)
    x = x[:, :, -asked:] + _linear(weights, f"{name}.output", found)
    inner = _linear(weights, f"{name}.wider", _norm(weights, f"{name}.norm2", x))
    return x + _linear(weights, f"{name}.narrower", F.gelu(inner))


def _linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    """(K, B, Q, in) -> (K, B, Q, out)."""
    weight, bias = weights[f"{name}.weight"].transpose(1, 2), weights.get(f"{name}.bias")
    flat = x.flatten(1, 2)
    found = flat @ weight if bias is None else torch.baddbmm(bias.unsqueeze(1), flat, weight)
    return found.view(*x.shape[:-1], -1)


def _norm(weights: Weights, name: str, x: Tensor) -> Tensor:
    """Each character's numbers with mean 0 and variance 1, then each student's own scale."""
    weight, bias = (weights[f"{name}.{part}"][:, None, None] for part in ("weight", "bias"))
    return torch.addcmul(bias, F.layer_norm(x, x.shape[-1:]), weight)
