"""The missing class: a student that never saw it knows it, and only its bias is wrong.

Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 3: a student distilled on MNIST without any
3 makes 206 test errors, 133 of them on the threes; with the bias of class 3 raised by 3.5, 109 and
14. Distilled on 7 and 8 only: 47.3 % wrong, with the biases of 7 and 8 lowered by 7.6, 13.2 %. The
paper chose these numbers on the test set.

The automatic correction needs no labels. It asks for the bias b, the same for all chosen classes,
at which their summed probability over unlabelled examples is their known summed frequency q:
(1/N) sum_n sum_k softmax(z_n + b)_k = q. (Of answers, the share would be a staircase in b.) The
left side grows with b, so that there is one solution, which bisection finds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kdlab.errors import ConfigError
from kdlab.measure import metrics

HALVINGS = 40
"""Of a bracket some tens wide: to ten digits behind the point."""


@dataclass(frozen=True)
class BiasCurve:
    """Errors over the bias that is added to the chosen classes, counted on labelled examples.

    ``errors`` of all ``total`` examples, ``chosen_errors`` of the ``chosen_total`` whose label is
    one of the chosen classes; one count for each of ``biases``.
    """

    biases: tuple[float, ...]
    errors: tuple[int, ...]
    chosen_errors: tuple[int, ...]
    total: int
    chosen_total: int


def add_bias(logits: Tensor, biases: Mapping[int, float]) -> Tensor:
    """Logits (N, C) with a number added to these classes: a new tensor of the same shape."""
    _check(logits, list(biases))
    shift = logits.new_zeros(logits.shape[1])
    for k, b in biases.items():
        shift[k] = b
    return logits + shift


def bias_curve(
    logits: Tensor, targets: Tensor, classes: Sequence[int], biases: Sequence[float]
) -> BiasCurve:
    """Errors when one bias is added to all of ``classes``: logits (N, C), targets (N,).

    Raises ConfigError for classes that the logits do not have, for none of them, or for all.
    """
    _check(logits, classes)
    chosen = torch.isin(targets, torch.tensor(list(classes), device=targets.device))
    errors, chosen_errors = [], []
    for b in biases:
        wrong = metrics.answers(add_bias(logits, dict.fromkeys(classes, b)).t()) != targets
        errors.append(int(wrong.sum()))
        chosen_errors.append(int((wrong & chosen).sum()))
    return BiasCurve(
        biases=tuple(float(b) for b in biases),
        errors=tuple(errors),
        chosen_errors=tuple(chosen_errors),
        total=len(targets),
        chosen_total=int(chosen.sum()),
    )


def frequencies(targets: Tensor, classes: Sequence[int]) -> dict[int, float]:
    """The share of each of these classes among labels (N,): what the correction has to know. A
    target of -1 is no label."""
    labels = targets[targets >= 0]
    return {k: float((labels == k).double().mean()) for k in classes}


def common_correction(logits: Tensor, wanted: Mapping[int, float]) -> float:
    """One bias for all chosen classes together, as in the paper's experiment with 7 and 8, from
    logits (N, C) without labels: their summed probability becomes their summed frequency.

    ``wanted`` class -> frequency, such as that of the whole training set. Raises ConfigError unless
    every frequency is above 0, their sum is below 1, and a class is left that is not chosen.
    """
    _check(logits, list(wanted))
    _check_frequencies(wanted)
    margins = _margins(logits.detach().double(), list(wanted))
    return _solve(margins, math.fsum(wanted.values()))


def _margins(z: Tensor, classes: Sequence[int]) -> Tensor:
    """log-odds of the classes against all others, (N,): sigmoid(margin + b) is their probability
    after a bias b."""
    inside = torch.zeros(z.shape[1], dtype=torch.bool, device=z.device)
    inside[list(classes)] = True
    return z[:, inside].logsumexp(1) - z[:, ~inside].logsumexp(1)


def _solve(margins: Tensor, share: float) -> float:
    """The b with mean sigmoid(margins + b) = share, by bisection; the left side grows with b."""
    odds = math.log(share / (1 - share))
    # At the ends every example lies on the same side of the wanted share.
    low, high = odds - float(margins.max()), odds - float(margins.min())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if float((margins + middle).sigmoid().mean()) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _check(logits: Tensor, classes: Sequence[int]) -> None:
    count = logits.shape[-1]
    good = logits.ndim == 2 and len(logits) > 0 and bool(logits.isfinite().all())
    if not good:
        raise ConfigError(
            f"logits of shape {tuple(logits.shape)} were to be corrected",
            "finite logits (examples, classes) of at least one example",
            "Give the logits of a network that did not diverge",
        )
    if not classes or not set(classes) < set(range(count)):
        raise ConfigError(
            f"the chosen classes are {list(classes)}",
            f"one or more of 0 to {count - 1}, not all of them",
            "Choose classes of this data set, and leave one out",
        )


def _check_frequencies(wanted: Mapping[int, float]) -> None:
    if not all(q > 0 for q in wanted.values()) or not math.fsum(wanted.values()) < 1:
        raise ConfigError(
            "the frequencies are " + ", ".join(f"{k}: {q:g}" for k, q in wanted.items()),
            "each above 0, and together below 1",
            "Take them from a labelled set in which these classes and another occur",
        )
