"""Which labels a student is given: how many, which, and how many of them are wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from kdlab.measure.per_class import labels_of_classes


def labelled_strings(strings: Tensor, count: int, seed: int) -> Tensor:
    """Which characters of a text carry a label: (N,) bool, ``count`` of them True. Whoever has few
    labels has few strings (``strings`` (N,) says which each character is in), but these to their
    ends: whole ones in an order that is drawn by ``seed``, and the beginning of one more."""
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.unique(strings)
    rank = torch.empty(int(numbers[-1]) + 1, dtype=torch.long)
    rank[numbers] = torch.randperm(len(numbers), generator=generator)
    mask = torch.zeros(len(strings), dtype=torch.bool)
    mask[torch.argsort(rank[strings], stable=True)[:count]] = True
    return mask


def choose_labelled(targets: Tensor, count: int, seed: int) -> Tensor:
    """Which training examples carry a label: (N,) bool, ``count`` of them True.

    Class by class in proportion (:func:`kdlab.measure.per_class.labels_of_classes`), drawn by
    ``seed``. An example whose class nobody knows, target -1, has none to carry.
    """
    known = targets >= 0
    if not known.all():
        mask = torch.zeros(len(targets), dtype=torch.bool)
        mask[known] = choose_labelled(targets[known], count, seed)
        return mask
    generator = torch.Generator().manual_seed(seed)
    take = labels_of_classes(torch.bincount(targets).numpy(), count)
    mask = torch.zeros(len(targets), dtype=torch.bool)
    for label, number in enumerate(take.tolist()):
        members = (targets == label).nonzero().squeeze(1)
        mask[members[torch.randperm(len(members), generator=generator)[:number]]] = True
    return mask


def mislabel(targets: Tensor, labelled: Tensor, share: float, classes: int, seed: int) -> Tensor:
    """``targets`` (N,) in which a ``share`` of those that are ``labelled`` (N,) bool name a wrong
    class, any other with the same probability ("symmetric noise").

    Drawn by ``seed``; what is wrong at a small share is wrong in the same way at a larger one.
    """
    generator = torch.Generator().manual_seed(seed)
    members = labelled.nonzero().squeeze(1)
    order = members[torch.randperm(len(members), generator=generator)]
    steps = torch.randint(1, classes, (len(members),), generator=generator)
    wrong = order[: round(share * len(members))]
    given = targets.clone()
    given[wrong] = (targets[wrong] + steps[: len(wrong)]) % classes
    return given
