"""A trained network on its way to a device: with all that an input needs before it and an answer
behind it.

What goes in is raw, as a camera or a keyboard gives it; standard units are made inside:

=======  ================================  ==========
inputs   shape                             numbers
=======  ================================  ==========
images   (N, C, H, W), 0 to 255            uint8
points   (N, D), as they were measured     float32
rows     (N, D), in the table's own units  float32
text     (N, W), places in the alphabet    int64
=======  ================================  ==========
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn

from kdlab.data.split import DataSplit, Part
from kdlab.device.plain import INPUTS
from kdlab.models.family import kind_of

if TYPE_CHECKING:
    from kdlab.data.table.encode import Encoding

TYPES = {"images": torch.uint8, "points": torch.float32, "text": torch.int64}
LOGITS = "logits"
"""What files call the answer, (N, classes)."""


class Described(Protocol):
    """What data say of their examples: see :class:`kdlab.data.split.DataSplit`."""

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def classes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def mean(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def std(self) -> tuple[float, ...]: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Network:
    """``module`` reads standardised inputs (N, *shape), in eval mode on the CPU. ``role`` is
    "teacher", "labels only" or "distilled", or the name of a study's arm; ``origin`` says where it
    comes from, as texts: dataset, fingerprint."""

    role: str
    architecture: str
    module: nn.Module
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    origin: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    """The names of the numbers that go in, where they have some: of a table."""
    encoding: Encoding | None = None
    """How the rows of a table become these numbers: of a network that is taken away, whose file is
    to say so."""

    @classmethod
    def of(
        cls, role: str, architecture: str, module: nn.Module, data: Described, **origin: str
    ) -> Network:
        """``module`` with what ``data`` say of its inputs and classes."""
        columns = tuple(getattr(data, "columns", ()))
        told = data.shape, data.classes, data.mean, data.std
        return cls(role, architecture, module, *told, origin, columns)

    @property
    def kind(self) -> str:
        """What goes in: images, points or text."""
        return kind_of(self.shape)

    @property
    def input(self) -> str:
        """What files call that."""
        return "row" if self.encoding is not None else INPUTS[self.kind]

    @property
    def raw_shape(self) -> tuple[int, ...]:
        """Of one raw input: of text without the symbols, of which each place has one."""
        return self.shape[:1] if self.kind == "text" else self.shape

    @property
    def raw_type(self) -> torch.dtype:
        """Of a raw input."""
        return TYPES[self.kind]


class Deployed(nn.Module):
    """The network behind its standardisation: raw inputs -> logits (N, classes)."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.kind, self.symbols = network.kind, network.shape[-1]
        self.module = network.module
        tail = (len(network.mean),) + (1,) * (len(network.shape) - 1)
        scale = 255.0 if self.kind == "images" else 1.0
        for name, values in (("mean", network.mean), ("std", network.std)):
            self.register_buffer(name, (scale * torch.tensor(values)).view(tail))
        self.eval()

    def forward(self, raw: Tensor) -> Tensor:
        """(N, *raw_shape) -> (N, classes)."""
        if self.kind == "text":
            every = torch.arange(self.symbols, device=raw.device)
            return self.module((raw[..., None] == every).to(torch.float32))
        return self.module((raw.to(torch.float32) - self.mean) / self.std)


def raw_inputs(split: DataSplit, part: Part) -> Tensor:
    """The inputs of a part of the data as a device gets them, see the table above."""
    kind = kind_of(split.shape)
    if kind == "text":
        return part.inputs.argmax(-1)
    return split.pixels(part.inputs) if kind == "images" else split.original(part.inputs)
