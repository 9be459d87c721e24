"""What is known of a data set before it is loaded: the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from kdlab.config.schema import DataConfig
from kdlab.data.split import DataSplit
from kdlab.events import Progress
from kdlab.measure.measures import ACCURACY, BITS, Measure


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set as menus, checks and loaders know it."""

    name: str
    """As in configurations and links."""
    label: str
    """As on screen."""
    about: str
    """One sentence for the menu."""
    kind: Literal["points", "images", "text", "table"]
    classes: tuple[str, ...] | None
    """None where they are known only after loading."""
    shape: tuple[int, ...] | None
    """(2,) or (C, H, W); None where it follows from the configuration: :func:`input_shape`, or is
    known only after loading."""
    train_size: int | None
    """Training images; None where that depends on the configuration: see :func:`train_size`."""
    settings: tuple[str, ...]
    """The fields of DataConfig that it obeys."""
    source: str
    """Where it comes from: paper, licence."""
    teacher: str
    student: str
    """Architectures to begin with."""
    load: Callable[[DataConfig], Iterator[Progress | DataSplit]]
    validation_size: int = 0
    test_size: int = 0
    """Validation and test images, where ``train_size`` is known."""

    @property
    def noun(self) -> str:
        """What its examples are called, in the plural."""
        return {"text": "characters", "table": "rows"}.get(self.kind, self.kind)

    @property
    def measure(self) -> Measure:
        """By what students on these data are judged."""
        return BITS if self.kind == "text" else ACCURACY
