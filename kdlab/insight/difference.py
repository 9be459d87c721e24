"""Hot and cold: the difference between teacher and student as a function of T.

f(T) = softmax(z_t / T) - softmax(z_s / T), which articles write y_h(T) - y_c(T) for the "hot"
(large) and the "cold" (small) model. T is one number for both networks and chosen by whoever looks:
it changes neither, so it cannot compress anything. For large T every f(T) goes to 0, with
T * f(T) -> (z_t - z_s) / C for logits centred on each example (from Hinton, Vinyals and Dean 2015,
arXiv:1503.02531, section 2.1): the soft targets then compare the logits themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kdlab.errors import ConfigError
from kdlab.measure import metrics

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class AtTemperature:
    """Teacher minus student at one T, over N examples of C classes.

    ``absolute`` and ``signed``: mean |f| and mean f of each class, C numbers (signed above 0: the
    teacher gives this class more). ``variation``: the total variation 1/2 * sum_c |f_c| of an
    example, in 0 .. 1, as its QUANTILES over the examples. ``kl``: mean KL(teacher || student) in
    nats; times T^2 it is the loss of soft targets.
    """

    absolute: tuple[float, ...]
    signed: tuple[float, ...]
    variation: tuple[float, ...]
    kl: float


@dataclass(frozen=True)
class Difference:
    """How teacher and student differ, over T; ``agreement`` is the share of equal answers, the
    same at every T."""

    over_temperature: tuple[AtTemperature, ...]
    agreement: float


def probability_difference(teacher: Tensor, student: Tensor, temperature: float) -> Tensor:
    """f(T) of each example: logits (N, C) and (N, C) -> (N, C), rows that sum to 0, in -1 .. 1."""
    _check(teacher, student, [temperature])
    z_t, z_s = teacher.detach().double(), student.detach().double()
    return (z_t / temperature).softmax(1) - (z_s / temperature).softmax(1)


def difference(teacher: Tensor, student: Tensor, temperatures: Sequence[float]) -> Difference:
    """All of :class:`Difference` for logits (N, C) of the same examples, at each of these T > 0.

    Raises ConfigError for logits of different shapes, for no examples, for numbers that are not
    finite, and for a T that is not above 0.
    """
    _check(teacher, student, temperatures)
    return Difference(
        over_temperature=tuple(_at(teacher, student, float(T)) for T in temperatures),
        agreement=metrics.fidelity(student.t()[None], teacher.t())[0],
    )


def _at(teacher: Tensor, student: Tensor, temperature: float) -> AtTemperature:
    log_t = (teacher.detach().double() / temperature).log_softmax(1)
    log_s = (student.detach().double() / temperature).log_softmax(1)
    f = log_t.exp() - log_s.exp()
    variation = f.abs().sum(1) / 2
    levels = torch.tensor(QUANTILES, dtype=f.dtype, device=f.device)
    return AtTemperature(
        absolute=_floats(f.abs().mean(0)),
        signed=_floats(f.mean(0)),
        variation=_floats(variation.quantile(levels)),
        kl=float((log_t.exp() * (log_t - log_s)).sum(1).mean()),
    )


def _floats(values: Tensor) -> tuple[float, ...]:
    return tuple(values.tolist())


def _check(teacher: Tensor, student: Tensor, temperatures: Sequence[float]) -> None:
    if teacher.shape != student.shape or teacher.ndim != 2 or not len(teacher):
        raise ConfigError(
            f"teacher's and student's logits have shapes {tuple(teacher.shape)} and "
            f"{tuple(student.shape)}",
            "the same (examples, classes) for both, at least one example",
            "Ask both networks about the same examples",
        )
    if not (torch.isfinite(teacher).all() and torch.isfinite(student).all()):
        raise ConfigError(
            "teacher's or student's logits hold NaN or infinite numbers",
            "finite logits",
            "Ask networks that did not diverge",
        )
    for T in temperatures:
        if not 0 < T < float("inf"):
            raise ConfigError(f"T is {T:g}", "T above 0", "Choose a larger T")
