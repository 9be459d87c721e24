"""Teachers that are no network here: black boxes, of which nothing but answers is known.

They have no layers to compare, no weights to start from and no gradients; students are always
networks. BLACK_BOXES stands beside :data:`kdlab.models.MODELS`, and as that file this one knows no
torch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kdlab.errors import ConfigError
from kdlab.models.family import kind_of

MOST_TREES = 1000
MOST_ROWS = 10_000_000
"""Of all trees together: rows times trees, of boosting times classes as well. Some minutes on one
core."""
MOST_SHARES = 60_000_000
"""Rows times trees times classes of a forest, each leaf of which has a share of each class. Where
no two rows are alike, a tree has a leaf for about two rows of three and nearly as many other nodes,
and scikit-learn keeps the shares of both in 64 bits: 600 MB, and 160 MB for those of the lab."""
FOLDS = 5
"""Parts of the training rows, each of which is answered by a forest that has not seen it."""


@dataclass(frozen=True)
class BlackBox:
    """One kind. ``numbered``: its name ends in how many trees it has, as ``forest-300``; ``asks``:
    it answers whatever it is asked, also inputs that nobody has seen, like blended images."""

    name: str
    label: str
    about: str
    unit: str = ""
    examples: tuple[str, ...] = ()
    asks: bool = False
    paper: str = ""

    @property
    def numbered(self) -> bool:
        """Whether it is an ensemble of so many trees."""
        return bool(self.unit)

    def fits(self, name: str) -> bool:
        """Whether ``name`` is one of its kind."""
        free = rf"{self.name}-[1-9][0-9]{{0,3}}" if self.numbered else self.name
        return re.fullmatch(free, name) is not None

    def trees(self, name: str) -> int:
        """How many trees ``name`` has; of boosting, steps, of which each has a tree for each class
        where there are more than two."""
        return int(name.rpartition("-")[2])


FOREST = BlackBox(
    "forest",
    "Random forest",
    "Decision trees, each grown on newly drawn rows and on some of the columns; their average "
    "answers.",
    unit="trees",
    examples=("forest-100", "forest-300"),
    asks=True,
    paper="Breiman 2001, Random Forests",
)
BOOSTING = BlackBox(
    "boosting",
    "Gradient boosting",
    "Small decision trees, each grown on what those before it get wrong; their sum answers.",
    unit="steps",
    examples=("boosting-100", "boosting-200"),
    asks=True,
    paper="Friedman 2001, Greedy Function Approximation; Ke et al. 2017, LightGBM",
)
ANSWERS = BlackBox(
    "answers",
    "Answers in a file",
    "The answers of a teacher of any kind, trained elsewhere, for each row or image.",
    examples=("answers",),
)
BLACK_BOXES = {box.name: box for box in (FOREST, BOOSTING, ANSWERS)}


def find(name: str) -> BlackBox | None:
    """The kind of the teacher ``name``; None where it is a network, or nothing that is known."""
    return next((box for box in BLACK_BOXES.values() if box.fits(name)), None)


def outputs(name: str, classes: int) -> int:
    """Trees that grow in each step of ``name``."""
    return classes if BOOSTING.fits(name) and classes > 2 else 1


def check(name: str, shape: tuple[int, ...], classes: int, rows: int | None = None) -> None:
    """ConfigError where the teacher ``name`` cannot be made for inputs of this shape, or of so many
    training ``rows`` (None: not known yet)."""
    box = find(name)
    assert box is not None, f"{name} is not a black box"
    if kind_of(shape) == "text" or not kind_of(shape):
        raise ConfigError(
            f"teacher is {name!r}, and the data are text",
            "a teacher that reads text, like gru-256 or gpt-2-64",
            "Choose one of these, or points, a table or images as the data set",
        )
    if not box.numbered:
        return
    if box.trees(name) > MOST_TREES:
        raise ConfigError(
            f"teacher is {name!r}",
            f"1 to {MOST_TREES:,} {box.unit}",
            "Choose fewer of them",
        )
    grown = box.trees(name) * outputs(name, classes)
    if rows is not None and rows * grown > MOST_ROWS:
        raise ConfigError(
            f"teacher is {name!r}, which grows {grown:,} trees on {rows:,} training rows",
            f"at most {MOST_ROWS:,}, trees times rows",
            f"Ask for fewer {box.unit}, or set train_limit",
        )
    if box is FOREST and rows is not None and rows * grown * classes > MOST_SHARES:
        raise ConfigError(
            f"teacher is {name!r}, which grows {grown:,} trees on {rows:,} training rows of "
            f"{classes:,} classes",
            f"at most {MOST_SHARES:,}, trees times rows times classes",
            f"Ask for fewer {box.unit}, or set train_limit",
        )


def refused(name: str, what: str, *, asks: bool = False) -> ConfigError:
    """The error where the teacher ``name`` would have to do ``what`` no black box can ("show its
    hidden layers"), or with ``asks`` what those cannot that are a file alone."""
    others = [box.examples[-1] for box in BLACK_BOXES.values() if asks and box.asks]
    beside = f"; {' and '.join(others)} can as well" if others else ""
    return ConfigError(
        f"teacher is {name!r}, which would have to {what}",
        "here a teacher that is a network, like mlp-128-128 or cnn-16-32" + beside,
        "Choose such a teacher, or another page",
    )
