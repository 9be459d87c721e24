r"""Variational information distillation: the student's layer is to say much about the teacher's.

The mutual information of the two layers is bounded from below by how well a Gaussian predicts the
teacher's features from the student's: L_soft = mean 1/2 * ((f_t - mu(f_s))^2 / s^2 + log s^2),
over the batch, places and channels. mu is a small trained network and s^2 one trained variance a
channel: what the student cannot tell gets a large variance and stops counting. Ahn et al. 2019,
"Variational Information Distillation for Knowledge Transfer", arXiv:1904.05835, equations 4 to 6;
s^2 = softplus(a) + 1e-5.

Published: first variance 5, mu of three 1x1 convolutions without bias with ReLU between them, and a
weight of 1 beside a cross-entropy of 1, added over several layers, from the scripts of Tian et al.
2020, arXiv:1910.10699 (code from the authors). Where heights and widths differ, the larger features
are averaged to the smaller grid. Every layer of the student is compared with the one that lies as
deep in the teacher (:mod:`kdlab.methods.pairing` says why). Look out: the logarithm lets the value
fall below 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import first_weights, linear, on_one_grid, rows
from kdlab.methods.precision import wide
from kdlab.methods.record import Method, Shape

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FIRST_VARIANCE = 5.0
LEAST_VARIANCE = 1e-5


def compare(student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor]) -> Tensor:
    """Negative log-likelihood of the teacher's features a number, without log(2 pi) / 2, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise with its own width;
    ``adapter`` holds "first" (..., D_s, D_t), "second" and "third" (..., D_t, D_t), and "variance"
    (..., D_t), before its softplus.
    """
    from torch.nn import functional as F

    student, teacher = on_one_grid(wide(student), wide(teacher.detach()))
    hidden = linear(rows(student), adapter["first"]).relu()
    mean = linear(linear(hidden, adapter["second"]).relu(), adapter["third"])
    variance = (F.softplus(adapter["variance"]) + LEAST_VARIANCE).unsqueeze(-2)
    errors = (mean - rows(teacher)).square() / variance
    return 0.5 * (errors + variance.log()).mean((-2, -1))


def adapter(student: Shape, teacher: Shape, generator: torch.Generator) -> dict[str, Tensor]:
    """First weights of mu, and the variances, for features of these shapes."""
    own, theirs = student[0], teacher[0]
    layers = {
        name: first_weights(width, theirs, generator)[0]
        for name, width in (("first", own), ("second", theirs), ("third", theirs))
    }
    before_softplus = math.log(math.expm1(FIRST_VARIANCE - LEAST_VARIANCE))
    variance = layers["third"].new_full((theirs,), before_softplus)
    return {**layers, "variance": variance}


METHOD = Method(
    name="vid",
    label="Variational information (VID)",
    about="A Gaussian predicts the teacher's layer from the student's, as surely as it can.",
    formula="mean ½ · ((f_t − μ(f_s))² / σ² + log σ²)",
    paper="Ahn et al. 2019, arXiv:1904.05835",
    compare=compare,
    adapter=adapter,
    needs=frozenset({"features"}),
    layers="every",
    uses_temperature=False,
)
