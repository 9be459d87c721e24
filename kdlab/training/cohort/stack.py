"""What all stacks of weights have in common: a batched product trains many students at once."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab.training.cohort.engine import Engine

Weights = Mapping[str, Tensor]
"""Parameters of some students by their names, (students, ...) each."""

CACHE = 2**18
"""Numbers that go through a core's cache together, about: 1 MiB of them."""


class Stack(Engine):
    """K networks of one kind. ``weights`` has each of their parameters by its name, as one leaf
    (K, ...): student k is the module with row k of all of them.

    The students of one seed read the same batch, and seeds come first in the order of students, so
    that a first product is one of (B, in) with (in, V * out) for each seed: the input is never
    copied.
    """

    def __init__(
        self, first: Sequence[nn.Module], variants: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        self.variants = variants
        self.size = len(first) * variants
        self.template = copy.deepcopy(first[0]).cpu().eval()
        states = [dict(net.named_parameters()) for net in first]
        self.weights = {
            name: torch.stack([state[name].detach() for state in states])
            .repeat_interleave(variants, 0)
            .to(device)
            .contiguous()
            .requires_grad_()
            for name in states[0]
        }
        self._logits: Tensor | None = None

    @classmethod
    def pays(cls, net: nn.Module, students: int) -> bool:
        """Whether so many ``students`` like ``net`` are quicker as a stack than one after the
        other, on a CPU."""
        return True

    @abstractmethod
    def forward(self, weights: Weights, inputs: Tensor, hidden: list[Tensor] | None) -> Tensor:
        """(G, B, *input shape), one batch for each group of k / G students with ``weights`` (k,
        ...) -> logits (k, C, B); ``hidden`` takes what each layer gives, (k, B, D), and the
        embedding behind the last."""

    def most(self, inputs: Tensor) -> int:
        """How many students go through :meth:`forward` together: all, unless what is computed of so
        many falls out of the cache."""
        return self.size

    def _all(self, inputs: Tensor, hidden: list[Tensor] | None = None) -> Tensor:
        """:meth:`forward` of all students, part by part."""
        parts = list(_parts(self.size, len(inputs), self.most(inputs)))
        if len(parts) == 1:
            return self.forward(self.weights, inputs, hidden)
        sizes = [students for students, _ in parts]
        each = {name: weight.split(sizes) for name, weight in self.weights.items()}
        answers = []
        found: list[list[Tensor]] = [[] for _ in parts]
        for n, (_, groups) in enumerate(parts):
            own = {name: pieces[n] for name, pieces in each.items()}
            answers.append(self.forward(own, inputs[groups], None if hidden is None else found[n]))
        if hidden is not None:
            hidden += [torch.cat(layer) for layer in zip(*found, strict=True)]
        return torch.cat(answers)

    @override
    def parameters(self) -> list[Tensor]:
        return list(self.weights.values())

    @override
    def logits(self, inputs: Tensor) -> Tensor:
        self._logits = self._all(inputs)
        return self._logits.detach()

    @override
    def outputs(self, inputs: Tensor, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        hidden: list[Tensor] = []
        logits = self._all(inputs, hidden)
        return logits, [hidden[n] for n in layers]

    @override
    def backward(self, gradient: Tensor) -> None:
        assert self._logits is not None, "backward() before logits()"
        self._logits.backward(gradient)
        self._logits = None

    @override
    def answer(self, inputs: Tensor) -> Tensor:
        return self._all(inputs.unsqueeze(0))

    @override
    def module(self, k: int) -> nn.Module:
        net = copy.deepcopy(self.template)
        with torch.no_grad():
            for name, parameter in net.named_parameters():
                parameter.copy_(self.weights[name][k])
        return net


def _parts(students: int, groups: int, most: int) -> Iterator[tuple[int, slice]]:
    """``students`` in ``groups`` that read the same, cut into parts of at most ``most``: whole
    groups, or else groups into even parts. (Students of a part, the groups that they are of.)

    >>> [(k, g.start, g.stop) for k, g in _parts(6, 3, 5)]
    [(4, 0, 2), (2, 2, 3)]
    >>> [(k, g.start, g.stop) for k, g in _parts(10, 2, 3)]
    [(2, 0, 1), (3, 0, 1), (2, 1, 2), (3, 1, 2)]
    """
    each = students // groups
    if each <= most:
        for begin in range(0, groups, most // each):
            end = min(groups, begin + most // each)
            yield each * (end - begin), slice(begin, end)
        return
    count = math.ceil(each / most)
    ends = [each * n // count for n in range(count + 1)]
    for group in range(groups):
        yield from ((b - a, slice(group, group + 1)) for a, b in pairwise(ends))
