r"""Hints: a middle layer of the student, through a trained regressor, reproduces the teacher's.

L_soft = mean (ReLU(BN(W * f_s)) - f_t)^2, over the batch, places and channels. The regressor is
trained with the student and thrown away after it, so that the two may be of different widths and
sizes. Romero, Ballas, Kahou, Chassang, Gatta and Bengio 2015, "FitNets: Hints for Thin Deep Nets",
arXiv:1412.6550, equation 3, there with half the sum of squares, without batch norm, and as a first
stage by itself before soft targets.

Layer, regressor and weight are those of the scripts of Tian, Krishnan and Isola 2020,
arXiv:1910.10699 (RepDistiller), which are what is usually compared with: the second of three or
four stages; where the student's maps have twice the teacher's height and width a 3x3 convolution of
stride 2, where they have half of them a transposed 4x4 convolution of stride 2, and where they are
of one size a 1x1 convolution; then batch norm and ReLU; a weight of 100 beside a cross-entropy of
1, in one stage. Three things are different here, and change nothing for the pairs there: the
convolution has no bias, which batch norm would take away again; for vectors it is a linear map; and
where sizes differ by something else the larger features are averaged to the smaller grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import are_maps, linear, on_one_grid, rows, uniform
from kdlab.methods.precision import wide
from kdlab.methods.record import Method, Shape

if TYPE_CHECKING:
    import torch
    from torch import Tensor

EPS = 1e-5
"""Beside the variance, as in PyTorch's batch norm."""


def compare(student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor]) -> Tensor:
    """Mean squared distance of the regressed features, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise with its own sizes;
    ``adapter``: see :func:`adapter`, with as many students in front as ``student`` has. Batch norm
    is that of training, over the batch and all places.
    """
    weight = adapter["weight"]
    maps = are_maps(student) and are_maps(teacher)
    ratio = _ratio(student.shape[-3:], teacher.shape[-3:]) if maps else "one"
    if ratio == "one":
        student, teacher = on_one_grid(student, teacher)
        mapped = linear(rows(wide(student)), weight)
    else:
        mapped = rows(_convolved(wide(student), weight, ratio == "halved"))
    centred = mapped - mapped.mean(-2, keepdim=True)
    variance = centred.square().mean(-2, keepdim=True)
    scale, shift = (adapter[name].unsqueeze(-2) for name in ("scale", "shift"))
    regressed = (centred * (variance + EPS).rsqrt() * scale + shift).relu()
    return (regressed - rows(wide(teacher.detach()))).square().mean((-2, -1))


def adapter(student: Shape, teacher: Shape, generator: torch.Generator) -> dict[str, Tensor]:
    """The regressor's first weights, for features of these shapes: "weight" (D_s, D_t), or of a
    convolution (C_t, C_s, 3, 3), or of a transposed one (C_s, C_t, 4, 4); "scale" and "shift"
    (D_t,) of batch norm."""
    ratio = _ratio(student, teacher)
    inputs, outputs = student[0], teacher[0]
    if ratio == "one":
        weight = uniform((inputs, outputs), inputs, generator)
    elif ratio == "halved":
        weight = uniform((outputs, inputs, 3, 3), 9 * inputs, generator)
    else:  # as whose inputs PyTorch counts the outputs of a transposed convolution
        weight = uniform((inputs, outputs, 4, 4), 16 * outputs, generator)
    return {
        "weight": weight,
        "scale": weight.new_ones(outputs),
        "shift": weight.new_zeros(outputs),
    }


def _ratio(student: Shape, teacher: Shape) -> str:
    """How the sizes of features lie to each other: (D,) or (C, H, W) of an example each."""
    small, large = tuple(student[1:]), tuple(teacher[1:])
    if not small or not large or small == large:
        return "one"
    if small == tuple(2 * side for side in large):
        return "halved"
    return "doubled" if large == tuple(2 * side for side in small) else "one"


def _convolved(maps: Tensor, weight: Tensor, halved: bool) -> Tensor:
    """Each student's own convolution: (..., B, C_s, H, W) -> (..., B, C_t, H / 2, W / 2) where
    ``halved``, else (..., B, C_t, 2 H, 2 W)."""
    from torch.nn import functional as F

    alone = maps.ndim == 4
    if alone:
        maps, weight = maps.unsqueeze(0), weight.unsqueeze(0)
    students = len(maps)
    side_by_side = maps.transpose(0, 1).flatten(1, 2)  # (B, K * C_s, H, W): a group a student
    convolution = F.conv2d if halved else F.conv_transpose2d
    found = convolution(side_by_side, weight.flatten(0, 1), stride=2, padding=1, groups=students)
    found = found.unflatten(1, (students, -1)).transpose(0, 1)
    return found[0] if alone else found


METHOD = Method(
    name="hints",
    label="Hints (FitNets)",
    about="A middle layer of the student reproduces the teacher's through a trained regressor.",
    formula="mean (ReLU(BN(W ∗ f_s)) − f_t)²",
    paper="Romero et al. 2015, arXiv:1412.6550",
    compare=compare,
    adapter=adapter,
    needs=frozenset({"features"}),
    layers="middle",
    uses_temperature=False,
    weight=100.0,
)
