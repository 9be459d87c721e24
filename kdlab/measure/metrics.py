"""Measures of answers: tensors in, floats out (one float for each leading index).

Logits have the classes along dimension -2 and the examples along -1, (..., C, N), as the cohort
keeps them: a short last dimension is slow on a CPU.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Rows = list[list[int]]

SLICE = 16
"""Students whose logits are read at once."""


@dataclass(frozen=True)
class Answers:
    """What logits (..., C, N) answer to N examples: the likeliest ``classes`` (..., N), the first
    of several that are equally likely."""

    logits: Tensor
    classes: Tensor

    def right(self, targets: Tensor) -> list[float]:
        """Fractions of answers that are ``targets`` (N,)."""
        return _fractions(self.classes == targets)

    def calibration_error(self, targets: Tensor, bins: int = 15) -> list[float]:
        """As :func:`calibration_error`."""
        gap = (self.classes == targets).float() - self.confidence
        bin_of = (self.confidence * bins).long().clamp(0, bins - 1)
        sums = torch.zeros(*gap.shape[:-1], bins, device=gap.device).scatter_add_(-1, bin_of, gap)
        return [float(v) for v in sums.abs().sum(-1) / gap.shape[-1]]

    @functools.cached_property
    def confidence(self) -> Tensor:
        """The probabilities of the answers, (..., N)."""
        kind = torch.promote_types(self.logits.dtype, torch.float32)
        return _in_slices(lambda z: z.softmax(-2, dtype=kind).amax(-2), self.logits)


def read(logits: Tensor) -> Answers:
    """The answers of logits (..., C, N)."""
    return Answers(logits, _in_slices(_likeliest, logits))


def _in_slices(what: Callable[[Tensor], Tensor], logits: Tensor) -> Tensor:
    """``what`` of some students at a time: that of hundreds would fall out of the cache."""
    if logits.dim() < 3 or len(logits) <= SLICE:
        return what(logits)
    return torch.cat([what(part) for part in logits.split(SLICE)])


def _likeliest(logits: Tensor) -> Tensor:
    """In passes over whole rows: on a CPU, ``max`` with places takes twenty times as long over a
    dimension that is not the last as ``amax`` without."""
    z = logits.to(torch.promote_types(logits.dtype, torch.float32))
    top = z.amax(-2, keepdim=True)
    if not torch.isfinite(top).all():
        return z.max(-2).indices
    last = z.shape[-2] - 1
    from_last = torch.arange(last, -1, -1, dtype=z.dtype, device=z.device).unsqueeze(-1)
    return (last - (z - top).ge_(0).mul_(from_last).amax(-2)).long()


def answers(logits: Tensor) -> Tensor:
    """The likeliest class: (..., C, N) logits -> (..., N)."""
    return read(logits).classes


def accuracy(logits: Tensor, targets: Tensor) -> list[float]:
    """Fraction of right answers: (K, C, N) logits and (N,) targets -> K floats."""
    return read(logits).right(targets)


def fidelity(logits: Tensor, teacher_logits: Tensor) -> list[float]:
    """Fraction of examples on which student and teacher answer alike (Stanton et al. 2021,
    arXiv:2106.05945, top-1 agreement): (K, C, N) and (C, N) -> K floats."""
    return read(logits).right(answers(teacher_logits))


def bits(logits: Tensor, targets: Tensor) -> list[float]:
    """Bits per character: the mean cross-entropy with the right classes, to the base 2. A model
    that gives every character half of its probability has 1. (K, C, N) logits and (N,) targets -> K
    floats; 2 to this power is the perplexity."""
    nats = logits.logsumexp(-2) - logits.gather(-2, targets.expand(len(logits), 1, -1)).squeeze(-2)
    return [float(v) / math.log(2) for v in nats.double().mean(-1)]


def calibration_error(logits: Tensor, targets: Tensor, bins: int = 15) -> list[float]:
    """Expected calibration error (Guo et al. 2017, arXiv:1706.04599, equation 3): the gap between
    confidence and accuracy, averaged over ``bins`` equal bins of confidence, weighted by their
    share of examples. (K, C, N) logits and (N,) targets -> K floats in 0 .. 1."""
    return read(logits).calibration_error(targets, bins)


def confusion(answers: Tensor, targets: Tensor, classes: int) -> list[list[int]]:
    """How often class (row) was answered by class (column): (N,), (N,) -> C x C counts."""
    counts = torch.bincount(targets * classes + answers, minlength=classes * classes)
    return counts.view(classes, classes).tolist()


def by_class(answers: Tensor, targets: Tensor, classes: int) -> tuple[Rows, Rows]:
    """How often each class is answered, and how often that is right: (K, N) answers and (N,)
    targets -> two lists of K rows of C counts."""
    told = [row.bincount(minlength=classes).tolist() for row in answers]
    right = [row[row == targets].bincount(minlength=classes).tolist() for row in answers]
    return told, right


def _fractions(right: Tensor) -> list[float]:
    """Means over the last dimension, in double precision: equal counts give equal floats."""
    return [float(v) for v in right.double().mean(-1)]
