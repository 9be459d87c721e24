"""Numbers of a file as logits: what they are is recognised, and checked to its last row.

::

    0.1 0.9       probabilities: not negative, together 1
    10 90         the same in percent
    -2.3 -0.1     their logarithms
    -3.1 4.2      anything else that has a negative number: logits
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.data.answers.said import Said
from kdlab.errors import DataError
from kdlab.measure import probabilities

TOLERANCE, MOST_TOLERANCE = 1e-3, 5e-3
"""By how much probabilities may miss 1 together, of two classes and of ten and more: they may be
rounded to three digits."""
PERCENT = 100.0
MOST = 1e30
"""Of a logit: larger ones are no numbers any more once they are multiplied in 32 bits."""
ADVICE = (
    "Correct the file, or save logits: in columns called logit_..., in an .npz as an array called "
    "logits"
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Meant:
    """``logits`` (N, C), whose rows without an answer are 0; ``answered`` (N,) bool; ``note`` says
    what the numbers were taken for."""

    logits: NDArray[np.float32]
    answered: Mask
    notes: tuple[str, ...]


def logits_of(said: Said, classes: int) -> Meant:
    """The logits of what was ``said``; DataError with the place of what cannot be right."""
    values, nothing = said.values, np.isnan(said.values)
    answered: Mask = np.logical_not(nothing.all(axis=1))
    holes = np.flatnonzero(nothing.any(axis=1) & answered)
    if len(holes):
        column = int(nothing[holes[0]].argmax())
        raise DataError(
            f"{said.place(int(holes[0]), column)} is empty, and other classes of the row are not",
            "a number of each class, or none of a row that the teacher has not answered",
            ADVICE,
        )
    if not answered.any():
        raise DataError("the file of answers has no number", "a number of each class", ADVICE)
    given = values[answered]
    places = np.flatnonzero(answered)
    single = given.shape[1] == 1 and classes == 2
    what = _recognised(said, given, single)
    notes: tuple[str, ...]
    if what == "logits":
        wrong = np.argwhere(~(np.abs(given) < MOST))
        if len(wrong):
            row, column = wrong[0]
            raise DataError(
                f"{said.place(int(places[row]), int(column))} has {given[row, column]:g}",
                f"logits between {-MOST:g} and {MOST:g}",
                ADVICE,
            )
        # of one column the first class has 0: the logit of a sigmoid
        found = np.concatenate([np.zeros_like(given), given], 1) if single else given
        notes = ("The numbers are logits: they are used as they are.",)
    elif what == "logarithms":
        none = np.isneginf(given)
        known = np.where(none, np.inf, given).min(axis=1, keepdims=True)
        least = np.minimum(known, np.log(probabilities.FLOOR))
        found = probabilities.centred(np.where(none, least, given)).astype(np.float64)
        floored = probabilities.told_of(int(none.any(axis=1).sum()), len(given))
        notes = (
            "The numbers are logarithms of probabilities: a temperature divides them.",
            *([floored] if floored else []),
        )
    else:
        share = given / (PERCENT if what == "percent" else 1.0)
        share = np.concatenate([1 - share, share], 1) if single else share
        found = probabilities.log_of(share).astype(np.float64)
        unit = " in percent" if what == "percent" else ""
        floored = probabilities.told_of(probabilities.raised(share), len(share))
        notes = (
            f"The numbers are probabilities{unit}: a temperature divides their logarithms.",
            *([floored] if floored else []),
        )
    whole = np.zeros((len(values), classes), dtype=np.float32)
    whole[answered] = found
    return Meant(whole, answered, notes)


def tolerance(classes: int) -> float:
    """By how much the probabilities of so many classes may miss 1 together.

    >>> [round(tolerance(count), 4) for count in (2, 3, 100)]
    [0.001, 0.0015, 0.005]
    """
    return min(MOST_TOLERANCE, TOLERANCE / 2 * max(2, classes)) + 1e-9


def _recognised(said: Said, given: NDArray[np.float64], single: bool) -> str:
    """probabilities, percent, logarithms or logits: what at least half of the rows are; DataError
    for the first row that is not what they are."""
    if single:
        return _of_one(said, given)
    total = given.sum(axis=1)
    missed = tolerance(given.shape[1])
    positive = (given >= 0).all(axis=1)
    with np.errstate(over="ignore"):
        powers = np.exp(np.minimum(given, 1.0)).sum(axis=1)
    fitting: dict[str, Mask] = {
        "probabilities": positive & (np.abs(total - 1) <= missed),
        "percent": positive & (np.abs(total - PERCENT) <= PERCENT * missed),
        "logarithms": (given <= missed).all(axis=1) & (np.abs(powers - 1) <= missed),
    }
    if said.form != "logits":
        for what, rows in fitting.items():
            if 2 * rows.sum() >= len(rows):
                if what == "logarithms" and not rows.all():
                    break  # logits that happen to be so
                _every(said, given, rows, what, total)
                return what
        if said.form == "probabilities" or positive.all():
            _every(said, given, fitting["probabilities"], "probabilities", total)
    return "logits"


def _every(
    said: Said, given: NDArray[np.float64], fitting: Mask, what: str, total: NDArray[np.float64]
) -> None:
    wrong = np.flatnonzero(~fitting)
    if not len(wrong):
        return
    row = int(wrong[0])
    place = int(np.flatnonzero(~np.isnan(said.values).all(axis=1))[row])
    also = f"; {len(wrong) - 1:,} more rows are wrong" if len(wrong) > 1 else ""
    whole, missed = PERCENT if what == "percent" else 1, tolerance(given.shape[1])
    negative = np.flatnonzero(given[row] < 0)
    if len(negative):
        column = int(negative[0])
        raise DataError(
            f"{said.place(place, column)} has the probability {given[row, column]:g}{also}",
            f"{what} from 0 to {whole:g} that are {whole:g} together in each row, or logits",
            ADVICE,
        )
    raise DataError(
        f"{said.place(place, -1)} has numbers that are {total[row]:.6g} together{also}",
        f"{what}, which are {whole:g} together in each row (by {whole * missed:.4g} more or less),"
        " or logits",
        ADVICE,
    )


def _of_one(said: Said, given: NDArray[np.float64]) -> str:
    """Of one column for two classes."""
    inside = (given >= 0) & (given <= 1)
    few = 2 * inside.sum() < len(given)
    if said.form == "logits" or (not said.form and few and (given < 0).any()):
        return "logits"
    wrong = np.flatnonzero(~inside)
    if len(wrong):
        place = int(np.flatnonzero(~np.isnan(said.values).all(axis=1))[wrong[0]])
        raise DataError(
            f"{said.place(place, 0)} has the probability {given[wrong[0], 0]:g}",
            "probabilities of the second class, from 0 to 1, or logits",
            ADVICE,
        )
    return "probabilities"
