"""Settings that a choice of data brings: a budget that suits 1,097 images is a hundred times too
large for text, whose every character is an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from kdlab.config.base import Settings
from kdlab.config.words import as_text

BROUGHT: dict[str, dict[str, Any]] = {
    "breast-cancer": {
        "teacher": "mlp-64-64",
        "student": "mlp-8",
        "labels": 20,
    },
    "wine": {
        "teacher": "mlp-64-64",
        "student": "mlp-8",
        "temperature": 2.0,
        "labels": 15,
    },
    "table": {
        "teacher": "mlp-64-64",
        "student": "mlp-8",
        "labels": 30,
    },
    "names": {
        "teacher": "mlp-512-256",
        "teacher_epochs": 4,
        "student": "mlp-32",
        "temperature": 2.0,
        "labels": 2000,
        "epochs": 4,
    },
    "grammar": {
        "teacher": "mlp-128-128",
        "teacher_epochs": 10,
        "student": "mlp-4",
        "temperature": 2.0,
        "labels": 300,
        "epochs": 10,
    },
    "text": {
        "teacher": "mlp-256-256",
        "teacher_epochs": 20,
        "student": "mlp-32",
        "temperature": 2.0,
        "labels": 300,
        "epochs": 20,
    },
}
"""Data set -> what holds there where nothing else is said. Those that are not here, and so all old
links, have the defaults of the settings themselves."""


EXAMPLES = 250_000
"""Looked at in all training, about: as many as of the lab's own texts."""
EPOCHS = (4, 5, 8, 10, 15, 20, 30, 50, 100)
TOLD = 30
"""One example in so many has a label."""
LABELS = (50, 100, 200, 300, 500, 1000, 2000)


def budget(examples: int) -> dict[str, int]:
    """How long to learn from a text of so many training examples, and from how many labels: from
    few often. The smallest text that is read has some 350.

    >>> budget(350), budget(90_000)["epochs"]
    ({'teacher_epochs': 100, 'epochs': 100, 'labels': 50}, 4)
    """
    epochs = max(e for e in EPOCHS if e * examples <= EXAMPLES or e == EPOCHS[0])
    labels = max(n for n in LABELS if n * TOLD <= examples or n == LABELS[0])
    return {"teacher_epochs": epochs, "epochs": epochs, "labels": labels}


ROWS = 1_000_000
"""Looked at in all training, about: a row of a table takes less than a window of text."""
TOLD_ROWS = 15
ROW_LABELS = (10, 15, 20, 30, 50, 100, 200, 300, 500, 1000, 2000)


def table_budget(rows: int) -> dict[str, int]:
    """How long to learn from a table of so many training rows, and from how many labels: as
    :func:`budget` of text.

    >>> table_budget(342), table_budget(600_000)["epochs"]
    ({'teacher_epochs': 100, 'epochs': 100, 'labels': 20}, 4)
    """
    epochs = max(e for e in EPOCHS if e * rows <= ROWS or e == EPOCHS[0])
    labels = max(n for n in ROW_LABELS if n * TOLD_ROWS <= rows or n == ROW_LABELS[0])
    return {"teacher_epochs": epochs, "epochs": epochs, "labels": labels}


BUDGET = ("labels", "epochs", "teacher_epochs")
"""Settings that :func:`budget_of_rows` gives."""


def budget_of_rows(rows: int, classes: int) -> dict[str, int]:
    """What suits a table of so many training rows, with two labels for each class where there are
    so many.

    >>> budget_of_rows(219, 3)
    {'teacher_epochs': 100, 'epochs': 100, 'labels': 10}
    """
    suits = table_budget(rows)
    least = min(2 * classes, max(1, rows // 2))
    return suits | {"labels": max(least, min(suits["labels"], rows))}


def brought_by(dataset: Any) -> Mapping[str, Any]:
    """What the data set of this name brings."""
    return BROUGHT.get(dataset, {}) if isinstance(dataset, str) else {}


class BroughtSettings(Settings):
    """Settings of which ``dataset`` brings others. A link tells what is not as it brings it, also
    where that is a default."""

    not_brought: ClassVar[frozenset[str]] = frozenset()
    """Settings that only share their name with one that data bring."""

    @classmethod
    def _brought(cls, dataset: Any) -> dict[str, Any]:
        """What the data set of this name brings to settings of this kind."""
        mine = cls.model_fields.keys() - cls.not_brought
        return {name: value for name, value in brought_by(dataset).items() if name in mine}

    @model_validator(mode="before")
    @classmethod
    def _of_the_data(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {
            **cls._brought(values.get("dataset", cls.model_fields["dataset"].default)),
            **values,
        }

    def to_query(self) -> dict[str, str]:
        """As :meth:`Settings.to_query`, beside what the data set brings."""
        told, values = super().to_query(), self.model_dump(mode="json")
        for name, own in self._brought(values["dataset"]).items():
            if values[name] == own:
                told.pop(name, None)
            elif name not in told:
                told[name] = (
                    as_text(values[name]) if isinstance(values[name], list) else str(values[name])
                )
        return told
