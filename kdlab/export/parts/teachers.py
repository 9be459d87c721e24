"""Where teachers come from, and what several of them answer together."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from kdlab.export.parts.constants import DEVICE, TEACHER_FILE, TEACHER_LEARNING_RATE
from kdlab.export.parts.labels import label_loss
from kdlab.export.parts.training import fit
from kdlab.training.arms.arm import Average
from kdlab.training.arms.averages import average

Make = Callable[[], nn.Module]
"""Makes a network with first weights."""


def untrained_teacher(make: Make, seed: int) -> nn.Module:
    """A teacher that was never trained: its soft targets are noise."""
    torch.manual_seed(8 * seed + 3)
    return make().to(DEVICE).eval().requires_grad_(False)


def train_teacher(make: Make, x: Tensor, y: Tensor, seed: int, epochs: int) -> nn.Module:
    """The teacher sees every label: classes (N,), or their probabilities (N, CLASSES)."""
    torch.manual_seed(8 * seed + 3)  # first weights
    teacher = make().to(DEVICE)

    def batch_loss(index: Tensor) -> Tensor:
        return F.cross_entropy(teacher(x[index]), y[index])

    fit(teacher, batch_loss, len(x), 8 * seed + 4, epochs, TEACHER_LEARNING_RATE, 128)
    return teacher.requires_grad_(False)


def train_teacher_on_known(make: Make, x: Tensor, y: Tensor, seed: int, epochs: int) -> nn.Module:
    """The teacher sees every label that is known: -1 stands for an unknown class."""
    torch.manual_seed(8 * seed + 3)  # first weights
    teacher = make().to(DEVICE)

    def batch_loss(index: Tensor) -> Tensor:
        return label_loss(teacher(x[index]), y, index)

    fit(teacher, batch_loss, len(x), 8 * seed + 4, epochs, TEACHER_LEARNING_RATE, 128)
    return teacher.requires_grad_(False)


def load_teacher(make: Make) -> nn.Module:
    """The teacher's weights from the file that the lab saved."""
    teacher = make()
    teacher.load_state_dict(load_file(TEACHER_FILE))
    return teacher.to(DEVICE).eval().requires_grad_(False)


def load_teacher_by_name(make: Make, ours: Sequence[str]) -> nn.Module:
    """The teacher from its file, its outputs in the order of ``ours``, your classes."""
    teacher = load_teacher(make)
    with safe_open(TEACHER_FILE, "pt") as file:
        theirs = json.loads((file.metadata() or {}).get("class_names", "null"))
    if theirs is not None and theirs != ours:  # the same classes in another order
        assert sorted(theirs) == sorted(ours), f"the teacher knows {theirs}, the data are of {ours}"
        last = [layer for layer in teacher.modules() if isinstance(layer, nn.Linear)][-1]
        rows = [theirs.index(name) for name in ours]
        last.weight.data, last.bias.data = last.weight.data[rows], last.bias.data[rows]
    return teacher


def ask_all(
    teachers: Sequence[nn.Module],
    weights: Sequence[float],
    kind: Average,
    temperature: float,
    seen: Tensor,
) -> Tensor:
    """What several teachers answer for the images ``seen``, averaged."""
    return average([teacher(seen) for teacher in teachers], weights, kind, temperature, 1)


def tell(name: str, teacher_accuracy: float) -> None:
    """Say how good a teacher is."""
    print(f"teacher {name}: {teacher_accuracy:.2%} of the test examples")
