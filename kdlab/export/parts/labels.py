"""Which labels students see, and the loss of those that are given."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab.export.parts.constants import CLASSES, DEVICE
from kdlab.training.labels import choose_labelled, labelled_strings, mislabel


def given_labels(seed: int, y: Tensor, labels: int) -> Tensor:
    """The class of each of ``labels`` examples, -1 where the student gets none, or none is known.

    The same seed always hides the same labels.
    """
    labelled = choose_labelled(y.cpu(), min(labels, int((y >= 0).sum())), 8 * seed + 2)
    return torch.where(labelled, y.cpu(), -1).to(DEVICE)


def mistaken_labels(seed: int, y: Tensor, labels: int, noise: float) -> Tensor:
    """As many labels, of which the share ``noise`` names a wrong class.

    The same seed always hides the same labels and makes the same mistakes.
    """
    labelled = choose_labelled(y.cpu(), min(labels, int((y >= 0).sum())), 8 * seed + 2)
    named = mislabel(y.cpu(), labelled, noise, CLASSES, 8 * seed + 5)
    return torch.where(labelled, named, -1).to(DEVICE)


def strings_of(y: Tensor) -> Tensor:
    """The number of the string of each of these characters; class 0 is the end of a string."""
    ends = (y == 0).long()
    return ends.cumsum(0) - ends


def given_labels_of_strings(seed: int, y: Tensor, strings: Tensor, labels: int) -> Tensor:
    """What comes at each of ``labels`` characters, -1 where the student is not told: whole strings
    are given, and the beginning of one more.

    The same seed always hides the same labels.
    """
    labelled = labelled_strings(strings.cpu(), min(labels, len(y)), 8 * seed + 2)
    return torch.where(labelled, y.cpu(), -1).to(DEVICE)


def mistaken_labels_of_strings(
    seed: int, y: Tensor, strings: Tensor, labels: int, noise: float
) -> Tensor:
    """As many labels, of which the share ``noise`` names a wrong class.

    The same seed always hides the same labels and makes the same mistakes.
    """
    labelled = labelled_strings(strings.cpu(), min(labels, len(y)), 8 * seed + 2)
    named = mislabel(y.cpu(), labelled, noise, CLASSES, 8 * seed + 5)
    return torch.where(labelled, named, -1).to(DEVICE)


def label_loss(logits: Tensor, given: Tensor, index: Tensor) -> Tensor:
    """Cross-entropy with the labels that are given, out of all examples.

    Divided by how many of them a batch has on average, so that the mean over batches is right, and
    a batch without any is no division by zero.
    """
    share = (given >= 0).float().mean()
    total = F.cross_entropy(logits, given[index], ignore_index=-1, reduction="sum")
    return total / (len(index) * share)
