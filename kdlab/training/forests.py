"""Teachers that are trees: grown by scikit-learn, kept as plain numbers.

A fully grown tree knows its training rows by heart: asked of these, a forest repeats the labels,
and a student learns nothing from it that the labels do not say. So the training rows are cut into
FOLDS parts, and each is answered by a forest that grew on the others (out of fold, as stacking does
since Wolpert 1992); validation and test, and rows without a label, by the forest of all of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor

from kdlab.config.schema import TeacherConfig
from kdlab.data.split import DataSplit, Part
from kdlab.errors import ConfigError
from kdlab.events import Event, Progress, TeacherReady
from kdlab.measure.probabilities import FLOOR, told_of
from kdlab.models import black_box
from kdlab.models.trees import Tree, TreeEnsemble
from kdlab.training.seeds import Role, stream
from kdlab.training.teachers import Teacher, freeze_and_predict

CHUNK = 10
"""Trees, or steps of boosting, that grow before progress is told, and a reader can stop."""
STAGE = "growing the teacher's trees"

Rows = NDArray[np.int64]


def grow(config: TeacherConfig, split: DataSplit) -> Generator[Event, None, Teacher]:
    """The teacher of ``config``, with answers out of fold on its training rows; ConfigError where
    fewer than two classes have labels enough."""
    part = split.train
    targets = part.targets.numpy()
    known = np.flatnonzero(targets >= 0)
    parts = folds(part, stream(config.teacher_seed, Role.TEACHER_BATCHES) % 2**31)
    growing = _Growing(config, split, len(parts) + 1)
    module = yield from growing.ensemble(known)
    said = torch.zeros(len(targets), len(split.classes))
    unseen = np.ones(len(targets), dtype=bool)
    for rows in parts:
        own = yield from growing.ensemble(np.setdiff1d(known, rows))
        said[rows] = own(part.inputs[rows])
        unseen[rows] = False
    if unseen.any():
        said[unseen] = module(part.inputs[unseen])
    answers = yield from freeze_and_predict(module, split)
    return Teacher(module, said, answers.validation_logits, answers.test_logits)


def folds(part: Part, seed: int) -> list[Rows]:
    """The rows of each fold: :func:`folds_of`."""
    groups = None if part.groups is None else part.groups.numpy()
    return folds_of(part.targets.numpy(), groups, seed)


def folds_of(targets: Rows, groups: Rows | None, seed: int) -> list[Rows]:
    """The rows of each fold, class by class in proportion; rows of a group stand in one fold, also
    those of it that have no label. Rows without label and group are in none."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    known = np.flatnonzero(targets >= 0)
    count = min(black_box.FOLDS, int(np.bincount(targets[known], minlength=1).max()))
    if groups is not None:
        count = min(count, len(np.unique(groups[known])))
    if count < 2:
        raise ConfigError(
            f"{len(known):,} training rows have a label, at most {count} of a class or group",
            "two or more, so that each can be answered by trees that have not seen it",
            "Choose another data set, or a network as the teacher",
        )
    with warnings.catch_warnings():
        # of a class with fewer rows than folds: they are in as many folds as there are rows
        warnings.simplefilter("ignore", UserWarning)
        if groups is None:
            cut = StratifiedKFold(count, shuffle=True, random_state=seed)
            return [known[rows] for _, rows in cut.split(known, targets[known])]
        grouped = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        chosen = [rows for _, rows in grouped.split(known, targets[known], groups[known])]
    return [np.flatnonzero(np.isin(groups, groups[known[rows]])) for rows in chosen if len(rows)]


class _Growing:
    """Grows ensembles one after the other, and tells how far all of them are."""

    def __init__(self, config: TeacherConfig, split: DataSplit, ensembles: int) -> None:
        box = black_box.find(config.teacher)
        assert box is not None
        assert box.numbered
        self.boosting = box is black_box.BOOSTING
        self.trees = box.trees(config.teacher)
        self.seed = stream(config.teacher_seed, Role.TEACHER_WEIGHTS) % 2**31
        self.inputs = split.train.inputs.flatten(1).numpy()
        self.targets = split.train.targets.numpy()
        self.classes = len(split.classes)
        self.done, self.total = 0, ensembles * self.trees

    def ensemble(self, rows: Rows) -> Generator[Event, None, TreeEnsemble]:
        """The trees that grow on ``rows``; ConfigError for fewer than two classes."""
        rows = rows[self.targets[rows] >= 0]
        there = np.unique(self.targets[rows])
        if len(there) < 2:
            raise ConfigError(
                f"{len(rows):,} training rows for the trees, all of one class",
                "rows of two or more classes in each part of the training rows",
                "Choose another data set, or a network as the teacher",
            )
        yield from self._told(0)
        grower = self._grower()
        for size in range(CHUNK, self.trees + CHUNK, CHUNK):
            size = min(size, self.trees)
            grower.set_params(**{"max_iter" if self.boosting else "n_estimators": size})
            with threadpool_limits(limits=1):
                grower.fit(self.inputs[rows], self.targets[rows])
            yield from self._told(size)
        self.done += self.trees
        made = boosted(grower, self.classes) if self.boosting else forest(grower, self.classes)
        return made.eval()

    def _grower(self) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

        if self.boosting:
            return HistGradientBoostingClassifier(
                early_stopping=False, warm_start=True, random_state=self.seed
            )
        return RandomForestClassifier(warm_start=True, random_state=self.seed, n_jobs=1)

    def _told(self, grown: int) -> Iterator[Event]:
        yield Progress(stage=STAGE, done=self.done + grown, total=self.total)


def forest(grower: Any, classes: int) -> TreeEnsemble:
    """A random forest of scikit-learn as plain numbers, whose answers have a place for each of
    ``classes``, also for those of which it saw no row."""
    found = []
    for tree in (each.tree_ for each in grower.estimators_):
        value = np.zeros((tree.node_count, classes), dtype=np.float32)
        value[:, grower.classes_] = tree.value[:, 0] / tree.value[:, 0].sum(1, keepdims=True)
        feature = np.where(tree.children_left < 0, -1, tree.feature)
        found.append(Tree(feature, tree.threshold, tree.children_left, tree.children_right, value))
    return TreeEnsemble.of(found, [-1] * len(found))


def boosted(grower: Any, classes: int) -> TreeEnsemble:
    """Gradient boosting of scikit-learn as plain numbers. Its trees are no public part of it:
    ``tests/test_canaries.py`` holds their names."""
    seen = [int(c) for c in grower.classes_]
    start = np.full(classes, np.log(FLOOR))
    base = np.ravel(grower._baseline_prediction)
    # of two classes the logit of the second is all that there is
    start[seen] = base if len(base) > 1 else (0.0, base[0])
    found, columns = [], []
    for step in grower._predictors:
        for place, predictor in enumerate(step):
            nodes = predictor.nodes
            end = nodes["is_leaf"].astype(bool)
            own = np.arange(len(nodes))
            found.append(
                Tree(
                    np.where(end, -1, nodes["feature_idx"]).astype(np.int64),
                    nodes["num_threshold"].astype(np.float64),
                    np.where(end, own, nodes["left"]).astype(np.int64),
                    np.where(end, own, nodes["right"]).astype(np.int64),
                    nodes["value"].astype(np.float64)[:, None],
                )
            )
            columns.append(seen[place] if len(step) > 1 else seen[-1])
    return TreeEnsemble.of(found, columns, start.tolist())


def told(ready: TeacherReady) -> str:
    """How the training rows were answered, and what they would have been answered by heart."""
    assert ready.train_accuracy is not None
    assert ready.by_heart is not None
    return (
        f"Each training row was answered by trees that had not seen it, of which "
        f"{100 * ready.train_accuracy:.1f} % are right. All trees, asked of the rows that they had "
        f"grown on, would have been right on {100 * ready.by_heart:.1f} %: by heart."
    )


def floored(teacher: Teacher) -> str:
    """What is said of answers in which a class has no probability; empty where there are none."""
    answers = torch.cat([teacher.train_logits, teacher.validation_logits, teacher.test_logits])
    count = int((answers.double().softmax(1) < 2 * FLOOR).any(1).sum())
    return told_of(count, len(answers))


def by_heart(teacher: Teacher, part: Part) -> Tensor:
    """What the trees say of rows that they have grown on: the wrong answers to learn from."""
    with torch.no_grad():
        found: Tensor = teacher.module(part.inputs)
    return found
