"""Where the targets of an arm come from: what each of its teachers says of the images of a batch.

A teacher's answers on the clean images are computed once, as a table; only where it has to look at
what the students see is it asked in every step.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from kdlab.data.split import Part
from kdlab.training.arms.views import smaller

CHUNK = 512


@dataclass(frozen=True)
class Source:
    """One teacher of an arm: ``modules``, one for all seeds or one per seed, and ``table``, their
    logits on the images that the arm learns from, (1 or S, N, C). They see images scaled down by
    ``factor``."""

    modules: Sequence[nn.Module]
    table: Tensor
    weight: float = 1.0
    factor: int = 1

    def copied(self, where: torch.device | str, times: int = 1) -> Source:
        """The same teacher on the device, as copies to which anything may be done; a teacher of
        all seeds ``times`` over."""
        given = [*self.modules] * times if len(self.modules) == 1 else [*self.modules]
        modules = [copy.deepcopy(net).to(where) for net in given]
        return replace(self, modules=modules, table=self.table.to(where))

    def known(self, index: Tensor) -> Tensor:
        """Logits (S, C, B) on the clean images ``index`` (S, B)."""
        rows = self.table.expand(len(index), -1, -1)
        return torch.stack([row[i] for row, i in zip(rows, index, strict=True)]).transpose(1, 2)

    def asked(self, inputs: Tensor) -> Tensor:
        """Logits (S, C, B) on what the students see, (S, B, *input shape); no gradient."""
        inputs = smaller(inputs, self.factor)
        with torch.no_grad():
            if len(self.modules) == 1:
                flat = self.modules[0](inputs.flatten(0, 1))
                return flat.view(*inputs.shape[:2], -1).transpose(1, 2).contiguous()
            each = [net(x) for net, x in zip(self.modules, inputs, strict=True)]
            return torch.stack(each).transpose(1, 2).contiguous()


def table_of(module: nn.Module, inputs: Tensor) -> Tensor:
    """Logits (N, C) of ``module`` in evaluation mode, in chunks."""
    module.eval()
    with torch.no_grad():
        return torch.cat([module(part) for part in inputs.split(CHUNK)])


def by_heart(source: Source, part: Part) -> Source:
    """``source`` asked of ``part`` itself: trees that have grown on it say what they remember."""
    return replace(source, table=torch.stack([table_of(n, part.inputs) for n in source.modules]))


@dataclass(frozen=True)
class Samples:
    """Strings that a teacher has sampled once, place by place: ``windows`` (M, W) of whole numbers,
    and its logits on them, ``table`` (M, C). ``seconds`` is how long that took."""

    windows: Tensor
    table: Tensor
    seconds: float
