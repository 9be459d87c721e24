r"""Labels only, as a method: the control experiment in which the teacher says nothing.

L_soft = 0, so that L = (1 - alpha) * CE. Both groups then learn from the same labels, and the gain
must vanish: whoever sees one has found a mistake in the lab, or chance. The baseline that every run
has is this with alpha = 0; cross-entropy as in Hinton, Vinyals and Dean 2015, arXiv:1503.02531.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """Zero for each example."""
    return student_logits.clamp(0.0, 0.0).mul(0.0).sum(dim)  # also of minus infinity


def gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """Zero, the shape of the logits."""
    return student_logits.detach().clamp(0.0, 0.0)


METHOD = Method(
    name="labels-only",
    label="Labels only (control)",
    about="No teacher in the loss: the gain must vanish.",
    formula="0",
    paper="Control; cross-entropy as in arXiv:1503.02531",
    loss=loss,
    gradient=gradient,
    uses_temperature=False,
)
