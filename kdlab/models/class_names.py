"""Weights belong to classes by name: written into their files, compared when these are read.

A network's logit n means class n of the data it was trained on. Where the same classes stand in
another order, as after one of them was renamed, the rows of its last layer are put into the new
order; where they are others, the network is refused. A network for a table belongs to its columns
in the same way: on another table of the same width each number would be read as something else.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kdlab.data.naming import shown_names, tidy
from kdlab.errors import ModelError

if TYPE_CHECKING:
    from torch import nn

KEY = "class_names"
"""In a file's metadata: the names as a JSON list, in the order of the logits."""

COLUMNS = "columns"
"""In a file's metadata: the names of the (D,) numbers of a table's row, as a JSON list in order."""

MAX_BYTES = 2_000_000
"""More is not written: 100,000 names of 20 letters."""

SHOWN = 5
"""Names that a sentence repeats."""


def written(names: Sequence[str]) -> dict[str, str]:
    """What a file's metadata say of ``names``; nothing where there are none, or far too many."""
    text = json.dumps(list(names)) if names else ""
    return {KEY: text} if 0 < len(text) <= MAX_BYTES else {}


def read(texts: Mapping[str, str], classes: int | None = None) -> tuple[str, ...] | None:
    """The names in a file's metadata, None where it has none. ModelError where they are no list of
    names, or not of ``classes`` of them."""
    text = texts.get(KEY)
    if text is None:
        return None
    try:
        found = json.loads(text) if len(text) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        found = None
    names = tuple(found) if isinstance(found, list) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise _odd("a list of names")
    if classes is not None and len(names) != classes:
        raise _odd(f"{classes} names, as many as there are classes")
    return names


def _odd(allowed: str) -> ModelError:
    return ModelError(
        f"the file of weights says {KEY}, but not what they are",
        f"{allowed}, in the order of the outputs, as JSON",
        "Save the file again with the right names, or without them",
    )


def order(theirs: Sequence[str], ours: Sequence[str]) -> list[int]:
    """For each of ``ours`` its place in ``theirs``; ModelError where they are not the same names.

    Names are compared in one Unicode form, without spaces around them, and without regard to case
    where nothing else tells them apart.

    >>> order(["ant", "bee", "cow"], ["bee", "cow", "ant"])
    [1, 2, 0]
    """
    for form in (str, tidy, _folded):
        a, b = _places(theirs, form), _places(ours, form)
        if a is not None and b is not None and a.keys() == b.keys():
            return [a[form(name)] for name in ours]
    if list(theirs) == list(ours):  # names that are there twice, in the same places
        return list(range(len(ours)))
    known, wanted = {tidy(name) for name in theirs}, {tidy(name) for name in ours}
    missing = [name for name in ours if tidy(name) not in known]
    extra = [name for name in theirs if tidy(name) not in wanted]
    told = [f"do not know {listed(missing)}"] if missing else []
    told += [f"know {listed(extra)}, which the data do not have"] if extra else []
    raise ModelError(
        "the weights " + (" and ".join(told) or "are for other classes"),
        f"weights for the {len(ours)} classes of the data: {listed(ours)}",
        "Choose the data with which they were trained, or give the folders of the classes the "
        "names that they had then",
    )


def _places(names: Sequence[str], form: Callable[[str], str]) -> dict[str, int] | None:
    """Name -> place, None where two names have the same form."""
    found = {form(name): place for place, name in enumerate(names)}
    return found if len(found) == len(names) else None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def listed(names: Sequence[str]) -> str:
    """Some names for a sentence."""
    shown = ", ".join(map(repr, shown_names(names)[:SHOWN]))
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def arrange(module: nn.Module, theirs: Sequence[str] | None, ours: Sequence[str]) -> list[str]:
    """Make logit n of ``module``, whose classes are ``theirs``, mean class n of ``ours``, in place.

    Returns the sentences about it: none where the order was the same. ``theirs`` is None where
    nobody wrote them down. ModelError as :func:`order`.
    """
    if theirs is None:
        return [UNKNOWN.format(listed(ours))]
    places = order(theirs, ours)
    if places == list(range(len(places))):
        return []
    import torch

    layer = last_linear(module, len(ours))
    with torch.no_grad():
        for parameter in (layer.weight, layer.bias):
            if parameter is not None:
                parameter.copy_(parameter[places].clone())
    return [
        "The weights have these classes in another order: the outputs were put into that of the "
        f"data by their names, {listed(ours)}."
    ]


UNKNOWN = (
    "The weights do not name their classes: their order could not be compared with that of the "
    "data, {}. A teacher whose accuracy comes out near chance has another order: save it with "
    "class_names, a JSON list, in its metadata."
)


def last_linear(module: nn.Module, classes: int) -> nn.Linear:
    """The linear layer that gives the logits: in every family the last one, with an output a
    class; ModelError where there is none."""
    from torch import nn

    found = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    if not found or found[-1].out_features != classes:
        raise ModelError(
            f"the network has no last linear layer with {classes} outputs",
            "a network that ends in one output per class",
            "Choose another network",
        )
    return found[-1]


def columns_written(columns: Sequence[str]) -> dict[str, str]:
    """What a file's metadata say of ``columns``; nothing where there are none, or far too many."""
    text = json.dumps(list(columns)) if columns else ""
    return {COLUMNS: text} if 0 < len(text) <= MAX_BYTES else {}


def columns_read(texts: Mapping[str, str], width: int) -> tuple[str, ...]:
    """The names in a file's metadata, none where it has none. ModelError where they are no
    ``width`` names."""
    text = texts.get(COLUMNS)
    if text is None:
        return ()
    try:
        found = json.loads(text) if len(text) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        found = None
    names = tuple(found) if isinstance(found, list) else ()
    if len(names) != width or not all(isinstance(name, str) for name in names):
        raise ModelError(
            f"the file of weights says {COLUMNS}, but not what they are",
            f"{width} names, in the order of the inputs, as JSON",
            "Save the file again with the right names, or without them",
        )
    return names


def check_columns(theirs: Sequence[str], ours: Sequence[str]) -> None:
    """ModelError where weights that read the columns ``theirs`` are to read ``ours``. Where either
    is not known, nothing is said: older files name none."""
    if not theirs or not ours or list(map(tidy, theirs)) == list(map(tidy, ours)):
        return
    missing = [name for name in theirs if name not in ours]
    told = (
        f"the weights read {listed(missing)}, which the table does not have"
        if missing
        else "the weights read the columns of the table in another order"
    )
    raise ModelError(
        told,
        f"weights for the {len(ours)} inputs that the table gives: {listed(ours)}",
        "Choose the table with which they were trained, or give its columns the names that they "
        "had then",
    )
