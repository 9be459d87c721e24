"""Mistakes that people make, each as something that an arm can have.

Where each was found stands in the texts of the page of mistakes. Some are another loss, which
:func:`method_of` puts in the place of soft targets; the others are handled where they happen, in
:mod:`kdlab.training.arms.steps`. No method here is one of METHODS.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kdlab.methods import Method, soft_targets
from kdlab.methods import find as find_method
from kdlab.training.arms.arm import Arm

if TYPE_CHECKING:
    from torch import Tensor


def _mean_reduction(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """``KLDivLoss`` as it comes averages over examples and classes: C times too weak."""
    whole = soft_targets.loss(student_logits, teacher_logits, temperature, dim)
    return whole / student_logits.shape[dim]


def _without_square(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """The factor T^2 is missing: the gradient shrinks as 1 / T^2 where T grows."""
    log_p = (student_logits / temperature).log_softmax(dim)
    log_q = (teacher_logits.detach() / temperature).log_softmax(dim)
    return (log_q.exp() * (log_q - log_p)).sum(dim)


def _reversed(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """KL(student || teacher): the arguments are swapped."""
    log_p = (student_logits / temperature).log_softmax(dim)
    log_q = (teacher_logits.detach() / temperature).log_softmax(dim)
    return (log_p.exp() * (log_p - log_q) * temperature**2).sum(dim)


def _logits_as_targets(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """Cross-entropy whose targets are the teacher's logits, which are no probabilities."""
    return -(teacher_logits.detach() * student_logits.log_softmax(dim)).sum(dim)


def _with_gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """Soft targets through which a gradient reaches the teacher as well."""
    log_p = (student_logits / temperature).log_softmax(dim)
    log_q = (teacher_logits / temperature).log_softmax(dim)
    return (log_q.exp() * (log_q - log_p) * temperature**2).sum(dim)


LOSSES: dict[str, Method] = {
    name: replace(
        soft_targets.METHOD,
        name=name,
        loss=loss,
        gradient=None,
        soften=None,
        gradient_by_softened=None,
    )
    for name, loss in (
        ("mean-reduction", _mean_reduction),
        ("no-square", _without_square),
        ("reversed-kl", _reversed),
        ("logits-as-targets", _logits_as_targets),
        ("teacher-learns", _with_gradient),
    )
}
"""Mistakes that are another loss."""

HANDLED = frozenset(
    [
        "softmax-twice",
        "temperature-on-probabilities",
        "misaligned",
        "teacher-in-training-mode",
        "student-in-evaluation-mode",
        "by-heart",
    ]
)
"""Mistakes in what a step does; "teacher-learns" is one of both."""

FAULTS = frozenset(LOSSES) | HANDLED

BY_HEART = "by-heart"
"""Trees are asked of the rows that they have grown on."""

PADDING = "padding"
HEARD = frozenset(["off-by-one", "vocabulary-order", "other-prompt"])
TEXT_FAULTS = HEARD | {PADDING}
"""Mistakes that only students of text can make: :mod:`kdlab.training.arms.text_faults`."""


def method_of(arm: Arm) -> Method:
    """The method by which the students of ``arm`` learn, mistakes included."""
    return LOSSES[arm.fault] if arm.fault in LOSSES else find_method(arm.method)
