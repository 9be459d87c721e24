"""Strings as networks see them: every character with a window of those before it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kdlab.data.text.strings import Parts, limited
from kdlab.data.text.windows import codes_of, one_hot, positions
from kdlab.export.parts.constants import TRAIN_LIMIT, WINDOW


def text_tensors(parts: Parts, alphabet: Sequence[str]) -> list[Tensor]:
    """Windows (N, WINDOW, CLASSES) of the training part, of validation and of the test, each with
    what comes next (N,), its place in ``alphabet``."""
    tensors = []
    for strings in limited(parts, TRAIN_LIMIT):
        places = positions([codes_of(text, alphabet) for text in strings], WINDOW)
        tensors.append(torch.from_numpy(one_hot(places.windows, len(alphabet))))
        tensors.append(torch.from_numpy(places.targets))
    return tensors


def refused(what: str) -> SystemExit:
    """Stop with a message: without valid rules there are no strings."""
    return SystemExit(f"GRAMMAR {what or 'is empty'}: see the rules above it.")
