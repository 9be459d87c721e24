"""Two tables that scikit-learn carries with it: real, small, and always there.

Breast cancer: W. Wolberg, W. Street and O. Mangasarian, UCI 1995, 569 rows of 30 numbers measured
on cell nuclei. Wine: S. Aeberhard and M. Forina, UCI 1991, 178 rows of 13 numbers from a chemical
analysis. Read where scikit-learn keeps them, since importing it takes seconds.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data.split import DataSplit
from kdlab.data.table import kinds
from kdlab.data.table.raw import RawTable
from kdlab.data.table.understood import Choices, Found, split_of, understood
from kdlab.errors import DataError

TARGET = "class"
BREAST_CANCER = ("malignant", "benign")
"""In the order of scikit-learn's numbers, and so below."""
WINE = ("first cultivar", "second cultivar", "third cultivar")
FILES = {"breast-cancer": "breast_cancer", "wine": "wine_data"}
MEASURES = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave points", "symmetry", "fractal dimension",
)  # fmt: skip
COLUMNS = {
    "breast-cancer": tuple(
        form.format(measure) for form in ("mean {}", "{} error", "worst {}") for measure in MEASURES
    ),
    "wine": (
        "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols",
        "flavanoids", "nonflavanoid phenols", "proanthocyanins", "colour intensity", "hue",
        "OD280/OD315 of diluted wines", "proline",
    ),
}  # fmt: skip
NUMBERED = {"breast-cancer": BREAST_CANCER, "wine": WINE}
CLASSES = {name: tuple(sorted(classes)) for name, classes in NUMBERED.items()}
SIZES = {"breast-cancer": (342, 85, 142), "wine": (106, 27, 45)}
"""Rows of training, validation and test."""


def loader(name: str) -> Callable[[DataConfig], Iterator[DataSplit]]:
    """The loader of one table: yields its :class:`DataSplit`, and nothing before it."""

    def load(config: DataConfig) -> Iterator[DataSplit]:
        yield dataclasses.replace(split_of(table(name), found(name, config)), account=None)

    return load


def found(name: str, config: DataConfig) -> Found:
    """What the table is understood as, as somebody's own is; of its settings it has one."""
    raw = table(name)
    choices = Choices(TARGET, "", "", "", config.train_limit)
    return understood(raw, kinds.describe(raw), choices)


@cache
def table(name: str) -> RawTable:
    """All rows, the class as the last column."""
    import pyarrow as pa

    values, targets = _numbers(name)
    columns = {column: values[:, n] for n, column in enumerate(COLUMNS[name])}
    classes = np.array(NUMBERED[name])[targets]
    return RawTable(pa.table({**columns, TARGET: pa.array(classes, pa.string())}), "csv")


def _numbers(name: str) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) and the classes (N,)."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise DataError(
            "scikit-learn, which provides this table, is not installed",
            "the packages of requirements.txt",
            "Install scikit-learn, or choose another data set",
        )
    path = Path(spec.origin).parent / "datasets" / "data" / f"{FILES[name]}.csv"
    if path.is_file():
        rows = np.loadtxt(path, delimiter=",", skiprows=1)
        return rows[:, :-1], rows[:, -1].astype(np.int64)
    from sklearn import datasets  # a later scikit-learn may keep it elsewhere

    load = datasets.load_breast_cancer if name == "breast-cancer" else datasets.load_wine
    values, targets = load(return_X_y=True)
    return values, targets.astype(np.int64)
