r"""DIST: the student's probabilities need only be correlated with the teacher's, not equal to them.

With p = softmax(z / T) of a whole batch, (B, C), and r the correlation of Pearson: L_soft = inter *
mean over examples (1 - r over classes) + intra * mean over classes (1 - r over the examples of the
batch). The first compares an example's classes with each other, the second a class's examples. A
correlation does not see scale and shift, which a strong teacher's student cannot always reach.
Huang, You, Wang, Qian and Xu 2022, "Knowledge Distillation from A Stronger Teacher",
arXiv:2205.10536, section 4, which calls the two weights beta and gamma.

Published: inter = intra = 1, and a weight of 2 beside a cross-entropy of 1, in all three of the
authors' configurations. There is no factor T^2 here, as in the paper's text. The authors' code has
one: with its T = 1 on ImageNet that is the same, with its T = 4 on CIFAR-100 it is inter = intra =
16 here.
The second part belongs to a batch, not to an example: each of its examples is given the same. Look
out with two classes: over them, a correlation is +1 or -1, and only the second part teaches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import only_rounding, wide
from kdlab.methods.record import Method, Parameter

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    inter: float = 1.0,
    intra: float = 1.0,
) -> Tensor:
    """inter * (1 - r over classes) + intra * the batch's mean (1 - r over examples), an example.

    The classes are along ``dim``. The examples of a batch are along the last dimension: (K, C, B)
    with ``dim`` 1; or, where that is ``dim``, along the one before it: (B, C) with ``dim`` -1.
    """
    classes = dim % student_logits.ndim
    examples = student_logits.ndim - (2 if classes == student_logits.ndim - 1 else 1)
    student = (wide(student_logits) / temperature).softmax(dim)
    teacher = (wide(teacher_logits.detach()) / temperature).softmax(dim)
    within_examples = 1 - _pearson(student, teacher, classes)
    within_classes = (1 - _pearson(student, teacher, examples)).mean(classes, keepdim=True)
    return (inter * within_examples + intra * within_classes).squeeze(classes)


def _pearson(first: Tensor, second: Tensor, dim: int) -> Tensor:
    """Correlation along ``dim``, which stays with length 1; 0, and no gradient, where either does
    not vary by more than rounding: divided by nothing, rounding would throw the weights away."""
    first, second = (_centred(x, dim) for x in (first, second))
    sizes = first.square().sum(dim, keepdim=True) * second.square().sum(dim, keepdim=True)
    return (first * second).sum(dim, keepdim=True) / sizes.clamp_min(1e-16).sqrt()


def _centred(x: Tensor, dim: int) -> Tensor:
    """``x`` around its mean along ``dim``; zeros where nothing but rounding is left of it."""
    mean = x.mean(dim, keepdim=True)
    centred = x - mean
    deviation = centred.detach().square().mean(dim, keepdim=True).sqrt()
    return centred.masked_fill(only_rounding(deviation, mean.detach()), 0.0)


METHOD = Method(
    name="dist",
    label="Correlation of answers (DIST)",
    about="The student's probabilities correlate with the teacher's, within examples and classes.",
    formula="inter · (1 − r(p_s, p_t) over classes) + intra · (1 − r(p_s, p_t) over examples)",
    paper="Huang et al. 2022, arXiv:2205.10536",
    loss=loss,
    weight=2.0,
    parameters=tuple(
        Parameter(
            name,
            label,
            1.0,
            0.0,
            32.0,
            f"Weight of 1 − r over the {over}. The authors' code multiplies by T²: 16 at T = 4",
        )
        for name, label, over in (
            ("inter", "Within examples", "classes"),
            ("intra", "Within classes", "examples"),
        )
    ),
)
