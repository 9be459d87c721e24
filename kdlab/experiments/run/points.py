"""The points of a run in the plane, and which of them the first seed's students saw a label of.

Data and labels follow from the configuration alone, so that a run that is going on, one from the
store and one that was made long ago show the same. Without torch: a page asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab import data
from kdlab.checks import normal
from kdlab.config.schema import DistilConfig
from kdlab.data import toys
from kdlab.data.split import measured
from kdlab.experiments.run.draws import Draws
from kdlab.training.seeds import Role, stream

Places = NDArray[np.float64]
Classes = NDArray[np.int64]

NO_LABEL = -1


@dataclass(frozen=True)
class Points:
    """``train`` and ``test`` (N, 2) in standard units, as in the events' regions; their true
    classes (N,); ``given``: the label of each training point as the first seed's students were
    told it, wrong ones as they are, NO_LABEL where they were told none."""

    train: Places
    train_classes: Classes
    given: Classes
    test: Places
    test_classes: Classes


def of(config: DistilConfig) -> Points | None:
    """The points of a run of ``config``; None where its data are images, or where ``config`` asks
    for more labels than there are points."""
    config = normal(config)
    figure = toys.FIGURES.get(config.dataset)
    if figure is None:
        return None
    places, classes, (train, _, test) = toys.cut(
        figure, config.points, config.noise, config.train_limit
    )
    mean, std = measured(places[train])
    places = (places - mean) / std
    count = len(train) if config.labels == "all" else config.labels
    if count > len(train):
        return None
    targets = classes[train]
    labelled = labelled_of(targets, count, stream(config.first_seed, Role.LABELS))
    given = targets
    if config.label_noise:
        known = len(data.find(config.dataset).classes or ())
        seed = stream(config.first_seed, Role.NOISE)
        given = mislabelled(targets, labelled, config.label_noise, known, seed)
    return Points(
        train=places[train],
        train_classes=targets,
        given=np.where(labelled, given, NO_LABEL),
        test=places[test],
        test_classes=classes[test],
    )


def labelled_of(targets: Classes, count: int, seed: int) -> NDArray[np.bool_]:
    """:func:`kdlab.training.labels.choose_labelled`, draw by draw, on arrays."""
    draws = Draws(seed)
    sizes = np.bincount(targets)
    share = sizes * count / len(targets)
    take = np.floor(share).astype(np.int64)
    if count >= np.count_nonzero(sizes):
        take = np.minimum(np.maximum(take, 1), sizes)
    while take.sum() < count:
        take[np.argmax(np.where(take < sizes, share - take, -np.inf))] += 1
    while take.sum() > count:
        take[np.argmax(take)] -= 1
    mask = np.zeros(len(targets), dtype=bool)
    for label, number in enumerate(take):
        members = np.flatnonzero(targets == label)
        mask[members[draws.permutation(len(members))[:number]]] = True
    return mask


def mislabelled(
    targets: Classes, labelled: NDArray[np.bool_], share: float, classes: int, seed: int
) -> Classes:
    """:func:`kdlab.training.labels.mislabel`, draw by draw, on arrays."""
    draws = Draws(seed)
    members = np.flatnonzero(labelled)
    order = members[draws.permutation(len(members))]
    steps = draws.integers(1, classes, len(members))
    wrong = order[: round(share * len(members))]
    given = targets.copy()
    given[wrong] = (targets[wrong] + steps[: len(wrong)]) % classes
    return given
