r"""Attention transfer: the student looks at the same places of an image as its teacher.

The attention map of a layer is Q = mean over channels of |f|^p, one number a place, and q is Q
divided by its norm: L_soft = mean (q_s - q_t)^2 over places and examples. Maps need no adapter,
however many channels the networks have. Zagoruyko and Komodakis 2017, "Paying More Attention to
Attention", arXiv:1612.03928, section 3.1 (equation 2, there the norm of the difference, with
beta / 2; the authors' released code has the mean of squares that is used here, with p = 2).

Published weight: 1000 beside a cross-entropy of 1, added over several layers: both in the released
code and in the scripts of Tian et al. 2020, arXiv:1910.10699. Where heights and widths differ, the
larger features are averaged to the smaller grid. Every layer of the student is compared with the
one that lies as deep in the teacher (:mod:`kdlab.methods.pairing` says why).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.errors import ConfigError
from kdlab.methods.features import are_maps, directions, on_one_grid
from kdlab.methods.precision import wide
from kdlab.methods.record import Method, Parameter

if TYPE_CHECKING:
    from torch import Tensor


def compare(
    student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor], *, power: float = 2.0
) -> Tensor:
    """Mean squared distance of the two attention maps, (...).

    ``student`` (..., B, C, H, W), ``teacher`` likewise with its own C, H and W. ConfigError where
    either has no height and width.
    """
    for features in (student, teacher):
        if not are_maps(features):
            raise ConfigError(
                f"the layer's features are vectors of length {features.shape[-1]}",
                "for attention transfer: features with a height and a width, like a convolution's",
                "Choose convolutional networks, another layer or another method",
            )
    student, teacher = on_one_grid(wide(student), wide(teacher.detach()))
    difference = attention_map(student, power) - attention_map(teacher, power)
    return difference.square().mean((-2, -1))


def attention_map(maps: Tensor, power: float = 2.0) -> Tensor:
    """(..., B, C, H, W) -> (..., B, H * W): mean of |f|^power over channels, of length 1."""
    return directions(maps.abs().pow(power).mean(-3).flatten(-2))


METHOD = Method(
    name="attention",
    label="Attention transfer",
    about="The student's layers are active at the same places of an image as the teacher's.",
    formula="mean (q_s − q_t)², q = Q / ‖Q‖, Q = mean over channels of |f|ᵖ",
    paper="Zagoruyko and Komodakis 2017, arXiv:1612.03928",
    compare=compare,
    needs=frozenset({"maps"}),
    layers="every",
    uses_temperature=False,
    weight=1000.0,
    parameters=(
        Parameter("power", "Power p", 2.0, 1.0, 4.0, "Q = mean |f|ᵖ: larger, and peaks count more"),
    ),
)
