"""Causal transformers for short windows of text: Vaswani et al. 2017, arXiv:1706.03762.

``gpt-2-64`` has two blocks, 64 numbers for each character, and four heads of attention with 16 of
them each. As in GPT-2 (Radford et al. 2019) places are learned, the norms come first, and the MLP
is four times as wide, with GELU, here in its exact form. A window has one answer, the character
that follows it: so the last block computes what its last character asks for, and nothing for the
others. First weights are torch's default, those of the places small. No dropout: the same in
training and in use.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.shapes import sizes_of
from kdlab.models.text_shapes import heads_of


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """softmax(query key^T / sqrt(E) + mask) value: (..., Q, E), (..., W, E) twice and (Q, W) ->
    (..., Q, E); the mask is 0 where one may look, and minus infinity elsewhere.

    Written out, because a softmax over a last dimension of a few characters is many times slower on
    a CPU: its denominator divides at the end.
    """
    scores = torch.add(mask, query @ key.transpose(-2, -1), alpha=1 / math.sqrt(query.shape[-1]))
    weights = (scores - scores.detach().amax(-1, keepdim=True)).exp()
    return weights @ value / weights.sum(-1, keepdim=True)


class Block(nn.Module):
    """Attention over the characters so far, then an MLP, each added to what it read.

    ``asked`` of the ``characters`` go on, the last ones: all but in the last block. Keys and values
    have no bias: that of a key would change no weight of the softmax, and that of a value is the
    bias of the output. ``last`` is a place to read the last character from.
    """

    mask: Tensor

    def __init__(self, width: int, characters: int, asked: int) -> None:
        super().__init__()
        self.heads, self.asked = heads_of(width), asked
        self.norm1 = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.output = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.wider = nn.Linear(width, 4 * width)
        self.narrower = nn.Linear(4 * width, width)
        self.last = nn.Identity()
        later = torch.full((characters, characters), -math.inf).triu(1)
        self.register_buffer("mask", later[-asked:], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, W, width) -> (N, asked, width)."""
        seen = self.norm1(x)
        key, value = self._by_head(self.key_value(seen), 2)
        (query,) = self._by_head(self.query(seen[:, -self.asked :]), 1)
        found = attend(query, key, value, self.mask)
        x = x[:, -self.asked :] + self.output(found.transpose(1, 2).flatten(2))
        x = x + self.narrower(F.gelu(self.wider(self.norm2(x))))
        self.last(x[:, -1])
        return x

    def _by_head(self, x: Tensor, parts: int) -> Tensor:
        """(N, Q, parts * width) -> (parts, N, heads, Q, width / heads)."""
        return x.unflatten(2, (parts, self.heads, -1)).permute(2, 0, 3, 1, 4)


class GPT(nn.Module):
    """``blocks`` of one ``width`` over windows of so many ``characters``."""

    def __init__(
        self, blocks: int, width: int, characters: int, symbols: int, classes: int
    ) -> None:
        super().__init__()
        self.character = nn.Linear(symbols, width, bias=False)
        self.place = nn.Embedding(characters, width)
        asked = [*[characters] * (blocks - 1), 1]
        self.layers = nn.Sequential(*(Block(width, characters, each) for each in asked))
        self.norm = nn.LayerNorm(width)
        self.fc = nn.Linear(width, classes)
        nn.init.normal_(self.place.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        """(N, W, symbols), one-hots -> logits (N, classes)."""
        x = self.layers(self.character(x) + self.place.weight)
        return self.fc(self.norm(x[:, -1]))


def build(name: str, input_shape: tuple[int, ...], classes: int) -> GPT:
    """``gpt-2-64``: (N, W, symbols) -> logits (N, classes)."""
    blocks, width = sizes_of(name)
    characters, symbols = input_shape
    return GPT(blocks, width, characters, symbols, classes)
