"""Any module: students one after the other, in the same lock-step loop as a stack."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from typing_extensions import override

from kdlab.models.family import submodule, taken
from kdlab.training.cohort.engine import Engine


class InTurn(Engine):
    """K modules; student k sees the batch of its seed.

    Evaluation switches to ``eval()`` and training always back to ``train()``: a student that stays
    in evaluation mode after its first test is a well-known mistake.
    """

    chunk = 256
    tick = 1

    def __init__(
        self,
        first: Sequence[nn.Module],
        variants: int = 1,
        device: torch.device | str = "cpu",
        points: Sequence[str] = (),
    ) -> None:
        """``points`` are the places that :meth:`outputs` counts as layers, the embedding last."""
        self.variants = variants
        self.points = tuple(points)
        self.training = True
        """False trains in evaluation mode: only the page of mistakes wants that."""
        self.size = len(first) * variants
        self.modules = [copy.deepcopy(net).to(device) for net in first for _ in range(variants)]
        self._logits: list[Tensor] = []

    @override
    def parameters(self) -> list[Tensor]:
        return [p for net in self.modules for p in net.parameters()]

    @override
    def logits(self, inputs: Tensor) -> Tensor:
        self._logits = []
        for k, net in enumerate(self.modules):
            net.train(self.training)
            self._logits.append(net(inputs[k // self.variants]))
        return torch.stack([z.detach() for z in self._logits]).transpose(1, 2).contiguous()

    @override
    def outputs(self, inputs: Tensor, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        logits: list[Tensor] = []
        features: list[list[Tensor]] = [[] for _ in layers]
        for k, net in enumerate(self.modules):
            net.train(self.training)
            hooks = [
                net.get_submodule(submodule(point)).register_forward_hook(
                    lambda _module, inputs, output, point=point, kept=kept: kept.append(
                        taken(point, inputs, output)
                    )
                )
                for point, kept in zip((self.points[n] for n in layers), features, strict=True)
            ]
            try:
                logits.append(net(inputs[k // self.variants]))
            finally:
                for hook in hooks:
                    hook.remove()
        return torch.stack(logits).transpose(1, 2), [torch.stack(kept) for kept in features]

    @override
    def backward(self, gradient: Tensor) -> None:
        assert self._logits, "backward() before logits()"
        torch.autograd.backward(self._logits, [g.t() for g in gradient])
        self._logits = []

    @override
    def answer(self, inputs: Tensor) -> Tensor:
        answers = []
        for net in self.modules:
            net.eval()
            answers.append(net(inputs))
        return torch.stack(answers).transpose(1, 2).contiguous()

    @override
    def module(self, k: int) -> nn.Module:
        return copy.deepcopy(self.modules[k]).cpu().eval()
