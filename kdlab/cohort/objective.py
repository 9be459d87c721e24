"""The loss of every student at once: its two parts and its gradient by the logits.

L = (1 - alpha) * hard + alpha * soft, where hard is the cross-entropy with the labels that this
student sees and soft is the method's part over all examples. alpha is applied here and nowhere
else; nothing is special at its ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kdlab.methods import Method

NO_LABEL = -1


@dataclass(frozen=True)
class Objective:
    """What each of the K students minimises.

    ``alpha`` and ``temperature`` are (K, 1, 1). ``labels`` is (R, N), the class that each training
    example is given in each of R ways to label them, NO_LABEL where it is given none; the ways of
    one seed follow each other, R / S of them. ``fraction`` (R,) is the share of examples with a
    label. ``way`` (K,) says which of the R a student follows; None: R = S, the one of its seed.

    The hard part of a batch is the sum over its labelled examples / (B * fraction): an unbiased
    estimate of the mean over all labelled examples, defined for batches without any.
    """

    method: Method
    alpha: Tensor
    temperature: Tensor
    labels: Tensor
    fraction: Tensor
    way: Tensor | None = None

    def given(self, index: Tensor, students: int) -> tuple[Tensor, Tensor]:
        """Labels (K, 1, B) and their weights (K, 1, B) in the batch ``index`` (S, B)."""
        ways = len(self.labels) // len(index)
        label = self.labels.gather(1, index.repeat_interleave(ways, 0))
        weight = (label != NO_LABEL) / (index.shape[1] * self.fraction.unsqueeze(1))
        label = label.clamp_min_(0)
        if self.way is not None:
            label, weight = label[self.way], weight[self.way]
        elif students > len(label):
            variants = students // len(label)
            label, weight = (t.repeat_interleave(variants, 0) for t in (label, weight))
        return label.unsqueeze(1), weight.unsqueeze(1)


def parts(
    objective: Objective, logits: Tensor, teacher_logits: Tensor, index: Tensor
) -> tuple[Tensor, Tensor]:
    """(hard (K,), soft (K,)) of one batch, means in nats; not weighed by alpha.

    ``logits`` (K, C, B); ``teacher_logits`` (S, C, B); ``index`` (S, B) are the examples' places
    in the training set.
    """
    label, weight = objective.given(index, len(logits))
    hard = -(logits.log_softmax(1).gather(1, label) * weight).sum((1, 2))
    teacher_logits = _spread(teacher_logits, len(logits))
    soft = objective.method.loss(logits, teacher_logits, objective.temperature, 1).mean(1)
    return hard, soft


def gradient(objective: Objective, logits: Tensor, teacher_logits: Tensor, index: Tensor) -> Tensor:
    """dL/dz (K, C, B) of one batch, which L averages; the arguments are those of :func:`parts`."""
    label, weight = objective.given(index, len(logits))
    # d CE / d z = softmax(z) - onehot(y)
    d_hard = logits.softmax(1).scatter_add_(1, label, torch.full_like(weight, -1.0))
    d_hard *= weight * (1 - objective.alpha)
    teacher_logits = _spread(teacher_logits, len(logits))
    d_soft = method_gradient(objective.method, logits, teacher_logits, objective.temperature)
    return d_hard.addcmul_(d_soft, objective.alpha, value=1 / logits.shape[2])


def _spread(tensor: Tensor, students: int) -> Tensor:
    """One row a seed -> one a student."""
    variants = students // len(tensor)
    return tensor.repeat_interleave(variants, 0) if variants > 1 else tensor


def method_gradient(
    method: Method, logits: Tensor, teacher_logits: Tensor, temperature: Tensor
) -> Tensor:
    """The closed form where the method has one, autograd otherwise: (K, C, B), not averaged."""
    if method.gradient is not None:
        return method.gradient(logits, teacher_logits, temperature, 1)
    with torch.enable_grad():
        leaf = logits.detach().requires_grad_()
        total = method.loss(leaf, teacher_logits, temperature, 1).sum()
        return torch.autograd.grad(total, leaf)[0]
