"""What the training loop asks of K students, whichever way they are computed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Engine(ABC):
    """K = S * V students; see the package's docstring for their order."""

    size: int
    variants: int
    chunk: int
    """Examples a forward pass when predicting: bounds memory, and what must fit into the cache."""
    tick: int
    """Training steps between two chances of a reader to stop: far less than a second's."""

    @abstractmethod
    def parameters(self) -> list[Tensor]:
        """The leaf tensors that an optimiser updates."""

    @abstractmethod
    def logits(self, inputs: Tensor) -> Tensor:
        """Training mode, with gradient: (S, B, *input shape), one batch per seed -> (K, C, B)."""

    @abstractmethod
    def backward(self, gradient: Tensor) -> None:
        """Feed dL/dz, (K, C, B), into the students of the last :meth:`logits`."""

    @abstractmethod
    def outputs(self, inputs: Tensor, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """Training mode, joined to the weights by autograd: (S, B, *input shape) -> logits
        (K, C, B) and the features of ``layers``, counted from 0: vectors (K, B, D) or maps
        (K, B, C, H, W). Behind the last layer comes the embedding, what goes into the last linear
        one. Whoever calls it runs ``backward`` on what is made of these."""

    @abstractmethod
    def answer(self, inputs: Tensor) -> Tensor:
        """Evaluation mode, no gradient: (N, *input shape), the same for all -> (K, C, N)."""

    @abstractmethod
    def module(self, k: int) -> nn.Module:
        """Student k as the plain module it would be alone, on the CPU, in evaluation mode."""

    def predict(self, inputs: Tensor) -> Tensor:
        """:meth:`answer` in chunks, so that memory stays bounded: (N, ...) -> (K, C, N)."""
        with torch.no_grad():
            return torch.cat([self.answer(part) for part in inputs.split(self.chunk)], dim=-1)
