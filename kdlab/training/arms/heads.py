"""The last linear layer of a network: its rows, which are one output each, and others in their
place."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn


def head_of(net: nn.Module) -> tuple[str, nn.Linear]:
    """What the last linear layer of ``net`` is called, and itself."""
    found = [pair for pair in net.named_modules() if isinstance(pair[1], nn.Linear)]
    name, head = found[-1]
    assert isinstance(head, nn.Linear)
    return name, head


def fresh_head(width: int, outputs: int, seed: int) -> nn.Linear:
    """First weights, drawn by ``seed`` on the CPU, of so many outputs that read an embedding of
    ``width`` numbers."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return nn.Linear(width, outputs)


def with_heads(net: nn.Module, heads: Sequence[nn.Linear]) -> nn.Module:
    """A copy of ``net`` whose last linear layer are ``heads``, one above the other."""
    name, old = head_of(net)
    rows = sum(head.out_features for head in heads)
    new = nn.Linear(old.in_features, rows, device=old.weight.device)
    with torch.no_grad():
        new.weight.copy_(torch.cat([head.weight for head in heads]))
        new.bias.copy_(torch.cat([head.bias for head in heads]))
    made = copy.deepcopy(net)
    made.set_submodule(name, new)
    return made


def first_rows(net: nn.Module, count: int) -> nn.Module:
    """A copy of ``net`` with its first ``count`` outputs alone."""
    _, old = head_of(net)
    head = nn.Linear(old.in_features, count, device=old.weight.device)
    with torch.no_grad():
        head.weight.copy_(old.weight[:count])
        head.bias.copy_(old.bias[:count])
    return with_heads(net, [head])
