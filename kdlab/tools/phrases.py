"""Sentences that several records say, and the answer that several tools give."""

from __future__ import annotations

from collections.abc import Callable

from kdlab.tools.record import Answer, Fit, Values, tidy
from kdlab.tools.wish import SHORT, Wish

SOFTENS_TIMES_T2 = "softens both, times T²"
SOFTENS_ALONE = "softens both, no T²"
NO_MIXTURE = "–"
NOT_WRITTEN = "–"
DATA_ONLY = "always 0: texts of the data"
OWN_ONLY = "always 1: the student's texts"


def has_only(wish: Wish, *among: str) -> str:
    """That the divergence of ``wish`` is not ``among`` those of a tool; nothing where it is."""
    if wish.divergence in among:
        return ""
    *first, last = (SHORT[name] for name in among)
    has = f"{', '.join(first)} and {last}" if first else last
    return (
        f"It has {has}, and not {SHORT[wish.divergence]}: the snippet asks for {SHORT[among[0]]}."
    )


def no_labels(wish: Wish, instead: str) -> str:
    """That a tool has no labels' part; nothing where none is wished for."""
    if wish.alpha == 1:
        return ""
    return f"There is no labels' part, so that α is 1 there. {instead}"


def two_weights(wish: Wish, values: Callable[[float, float, float], Values], *notes: str) -> Answer:
    """The answer of a tool whose loss is hard * CE + soft * T^2 * KL: ``values`` makes its settings
    of T, hard and soft."""
    found = values(wish.temperature, tidy(1 - wish.alpha), wish.alpha)
    missing = has_only(wish, "soft-targets")
    # with labels alone any divergence is the same loss
    fit: Fit = "exactly" if not missing or wish.alpha == 0 else "no"
    return Answer(fit=fit, values=found).with_notes(missing, *notes)


def text(value: float) -> str:
    """A number for a snippet, as short as it can be."""
    return f"{value:.6g}"


def decimal(value: float) -> str:
    """A number for a snippet that a reader takes for a decimal one: 1.0 and not 1."""
    return repr(tidy(value))
