"""The loss of every student at once: its two parts and its gradient by the logits.

L = (1 - alpha) * hard + alpha * weight * soft, where hard is the cross-entropy with the labels that
this student sees and soft is the method's part over all examples, with the weight that was
published for it (1 for soft targets). alpha is applied here and nowhere else; nothing is special at
its ends.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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

    ``parameters`` are the method's own, where they are not at their published defaults. To a method
    that reads labels, the teacher's likeliest class stands in where there is none.
    """

    method: Method
    alpha: Tensor
    temperature: Tensor
    labels: Tensor
    fraction: Tensor
    labelling: Tensor | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    def turned(self, turns: Mapping[int, tuple[float, float]], variants: int) -> Objective:
        """The same with another T and alpha for some of the ``variants`` of each seed, by their
        place."""
        temperature, alpha = self.temperature.clone(), self.alpha.clone()
        for place, (own_temperature, own_alpha) in turns.items():
            temperature[place::variants] = own_temperature
            alpha[place::variants] = own_alpha
        return replace(self, temperature=temperature, alpha=alpha)

    def softened(self, teacher_logits: Tensor) -> Tensor:
        """What the method reads of the teacher (K, C, B), whose logits are (S, C, B): computed once
        for the students of a seed that share T."""
        soften = self.method.soften
        assert soften is not None, f"{self.method.name} reads the teacher's logits"
        temperatures, place = self._temperatures
        seeds, students = len(teacher_logits), len(place)
        if seeds * len(temperatures) >= students:
            return soften(spread_over(teacher_logits, students), self.temperature, 1)
        each = soften(teacher_logits.unsqueeze(1), temperatures, 2)  # (S, U, C, B)
        seed = torch.arange(students, device=place.device) // (students // seeds)
        return each.flatten(0, 1).index_select(0, seed * len(temperatures) + place)

    @functools.cached_property
    def _temperatures(self) -> tuple[Tensor, Tensor]:
        """The U different T, (U, 1, 1), and which of them each student has, (K,)."""
        values, place = self.temperature.flatten().unique(return_inverse=True)
        return values.view(-1, 1, 1), place

    def given(self, index: Tensor, students: int) -> tuple[Tensor, Tensor]:
        """Labels (K, 1, B) and their weights (K, 1, B) in the batch ``index`` (S, B)."""
        labellings = len(self.labels) // len(index)
        label = self.labels.gather(1, index.repeat_interleave(labellings, 0))
        weight = (label != NO_LABEL) / (index.shape[1] * self.fraction.unsqueeze(1))
        label = label.clamp_min_(0)
        if self.labelling is not None:
            label, weight = label[self.labelling], weight[self.labelling]
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
    return hard, soft_part(
        objective, logits, spread_over(teacher_logits, len(logits)), label, weight
    )


def soft_part(
    objective: Objective, logits: Tensor, teacher_logits: Tensor, label: Tensor, weight: Tensor
) -> Tensor:
    """The mean over the batch (K,) of a response-based method, times its published weight; zero for
    others. ``teacher_logits`` (K, C, B); ``label`` and ``weight``: :meth:`Objective.given`."""
    method = objective.method
    if method.loss is None:
        return logits.sum((1, 2)) * 0.0
    method_kwargs = _method_kwargs(objective, teacher_logits, label, weight)
    found = method.loss(logits, teacher_logits, objective.temperature, 1, **method_kwargs)
    return method.weight * found.mean(1)


def _method_kwargs(
    objective: Objective, teacher_logits: Tensor, label: Tensor, weight: Tensor
) -> dict[str, Any]:
    """The keywords of the method: its parameters, and labels (K, B) where it reads them."""
    method_kwargs: dict[str, Any] = dict(objective.parameters)
    if "labels" in objective.method.needs:
        said = teacher_logits.max(1, keepdim=True).indices
        method_kwargs["labels"] = torch.where(weight > 0, label, said).squeeze(1)
    return method_kwargs


def learn(objective: Objective, hard: Tensor, soft: Tensor) -> tuple[Tensor, Tensor]:
    """Feed the gradient of both parts, (K,) each, into all that they were made of, by autograd; the
    parts, without it."""
    alpha = objective.alpha.flatten()
    torch.autograd.backward(((1 - alpha) * hard + alpha * soft).sum())
    return hard.detach(), soft.detach()


def gradient(objective: Objective, logits: Tensor, teacher_logits: Tensor, index: Tensor) -> Tensor:
    """dL/dz (K, C, B) of one batch, which L averages; the arguments are those of :func:`parts`."""
    label, weight = objective.given(index, len(logits))
    d_hard = _hard_gradient(objective, logits, label, weight)
    method, temperature = objective.method, objective.temperature
    if method.gradient_by_softened is not None:
        softened = objective.softened(teacher_logits)
        d_soft = method.gradient_by_softened(logits, softened, temperature, 1)
    else:
        teacher_logits = spread_over(teacher_logits, len(logits))
        method_kwargs = _method_kwargs(objective, teacher_logits, label, weight)
        d_soft = method_gradient(method, logits, teacher_logits, temperature, **method_kwargs)
    share = method.weight / logits.shape[2]
    return d_hard.addcmul_(d_soft, objective.alpha, value=share)


Given = tuple[Tensor, Tensor]
"""Labels and their weights, (K, 1, B) each: :meth:`Objective.given`."""


def gradient_apart(
    objective: Objective, logits: Tensor, given: Given, elsewhere: Tensor, teacher_logits: Tensor
) -> tuple[Tensor, Tensor]:
    """The gradient of a loss whose two parts are of different examples: dL/dz of the hard one by
    ``logits`` (K, C, B), for which these labels are ``given``, and of the soft one by ``elsewhere``
    (K, C, D), of examples that are not in the training set, on which the teacher says
    ``teacher_logits`` (S, C, D) and nobody a label."""
    d_hard = _hard_gradient(objective, logits, *given)
    teacher_logits = spread_over(teacher_logits, len(elsewhere))
    d_soft = method_gradient(
        objective.method,
        elsewhere,
        teacher_logits,
        objective.temperature,
        **_method_kwargs(objective, teacher_logits, *_unlabelled(elsewhere)),
    )
    return d_hard, d_soft * (objective.alpha * (objective.method.weight / elsewhere.shape[2]))


def parts_apart(
    objective: Objective, logits: Tensor, given: Given, elsewhere: Tensor, teacher_logits: Tensor
) -> tuple[Tensor, Tensor]:
    """(hard (K,), soft (K,)) of such a loss; the arguments are those of :func:`gradient_apart`."""
    label, weight = given
    hard = -(logits.log_softmax(1).gather(1, label) * weight).sum((1, 2))
    told = spread_over(teacher_logits, len(elsewhere))
    return hard, soft_part(objective, elsewhere, told, *_unlabelled(elsewhere))


def _hard_gradient(objective: Objective, logits: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """(1 - alpha) * d CE / d z, and d CE / d z = softmax(z) - onehot(y)."""
    found = logits.softmax(1).scatter_add_(1, label, torch.full_like(weight, -1.0))
    found *= weight * (1 - objective.alpha)
    return found


def _unlabelled(logits: Tensor) -> Given:
    """Labels (K, 1, B) and their weights where nobody knows any."""
    shape = (len(logits), 1, logits.shape[2])
    return torch.zeros(shape, dtype=torch.long, device=logits.device), logits.new_zeros(shape)


def spread_over(tensor: Tensor, students: int) -> Tensor:
    """One row per seed -> one per student."""
    variants = students // len(tensor)
    return tensor.repeat_interleave(variants, 0) if variants > 1 else tensor


def method_gradient(
    method: Method,
    logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor,
    **method_kwargs: Any,
) -> Tensor:
    """The closed form where the method has one, autograd otherwise: (K, C, B), not averaged."""
    if method.gradient is not None:
        return method.gradient(logits, teacher_logits, temperature, 1, **method_kwargs)
    assert method.loss is not None, f"{method.name} compares features, not answers"
    with torch.enable_grad():
        leaf = logits.detach().requires_grad_()
        total = method.loss(leaf, teacher_logits, temperature, 1, **method_kwargs).sum()
        return torch.autograd.grad(total, leaf)[0]
