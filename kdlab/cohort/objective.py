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


@dataclass(frozen=True)
class Objective:
    """What each of the K students minimises.

    ``alpha`` and ``temperature`` are (K, 1, 1). ``labelled`` is (S, N), which training examples
    carry a label for the students of each seed, and ``fraction`` (S,) their share. The hard part of
    a batch is the sum over its labelled examples / (B * fraction): an unbiased estimate of the mean
    over all labelled examples, defined for batches without any.
    """

    method: Method
    alpha: Tensor
    temperature: Tensor
    labelled: Tensor
    fraction: Tensor


def parts_and_gradient(
    objective: Objective,
    logits: Tensor,
    teacher_logits: Tensor,
    targets: Tensor,
    index: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """(hard (K,), soft (K,), dL/dz (K, C, B)) of one batch.

    ``logits`` (K, C, B); ``teacher_logits`` (S, C, B); ``targets`` (S, B); ``index`` (S, B) are
    the examples' places in the training set. Means over the batch, nats.
    """
    students, _, batch = logits.shape
    seeds = index.shape[0]
    variants = students // seeds
    weight = objective.labelled.gather(1, index).to(logits.dtype)
    weight = weight / (batch * objective.fraction.unsqueeze(1))

    def spread(tensor: Tensor) -> Tensor:
        """One row a seed -> one a student."""
        return tensor.repeat_interleave(variants, 0) if variants > 1 else tensor

    weight, targets, teacher_logits = spread(weight), spread(targets), spread(teacher_logits)
    label = targets.unsqueeze(1)
    log_p = logits.log_softmax(1)
    hard = -(log_p.gather(1, label).squeeze(1) * weight).sum(1)
    # d CE / d z = softmax(z) - onehot(y)
    d_hard = log_p.exp().scatter_add_(1, label, torch.full_like(log_p[:, :1], -1.0))
    d_hard *= weight.unsqueeze(1)

    method, T = objective.method, objective.temperature
    soft = method.loss(logits, teacher_logits, T, 1).mean(1)
    d_soft = method_gradient(method, logits, teacher_logits, T) / batch
    alpha = objective.alpha
    return hard, soft, (1 - alpha) * d_hard + alpha * d_soft


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
