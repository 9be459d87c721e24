r"""Total variation: how much probability lies on other classes than the teacher's.

With p = softmax(z_t / T), q = softmax(z_s / T): L_soft = T * 1/2 * sum |p - q|. Each class counts
by the difference of the two probabilities and not by their ratio, so that a class at which the
student is wrong by far pulls no harder than one at which it is wrong a little. Wen, Li, Du and Mou
2023, "f-Divergence Minimization for Sequence-Level Knowledge Distillation", arXiv:2307.15190,
section 3, the last of its four divergences, there at T = 1.

The factor is T and not T^2: the gradient of |p - q| shrinks as 1 / T and not as 1 / T^2, since it
keeps its size however near the two come. Look out near the teacher: for the same reason the student
does not settle but steps to and fro over it, and a smaller learning rate helps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import floored
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """T times the distance, which is between 0 and 1, one value an example.

    The classes are along ``dim``; ``temperature`` is a number or broadcasts against the logits.
    """
    q = (floored(student_logits) / temperature).softmax(dim)
    p = (floored(teacher_logits.detach()) / temperature).softmax(dim)
    return ((q - p).abs() * temperature).sum(dim) / 2


def gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """dL_soft / dz_s = q * (s - sum(q * s)) / 2 with s = sign(q - p), the shape of the logits."""
    q = (floored(student_logits.detach()) / temperature).softmax(dim)
    p = (floored(teacher_logits.detach()) / temperature).softmax(dim)
    side = (q - p).sign()
    return q * (side - (q * side).sum(dim, keepdim=True)) / 2


METHOD = Method(
    name="total-variation",
    label="Total variation",
    about="Half the sum of the differences between the two answers: no ratio, so no class pulls "
    "harder for being far away.",
    formula="T · ½ Σ |softmax(z_t/T) − softmax(z_s/T)|",
    paper="Wen et al. 2023, arXiv:2307.15190",
    loss=loss,
    gradient=gradient,
)
