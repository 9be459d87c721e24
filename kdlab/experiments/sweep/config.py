"""What a map is of: two axes, their values, and everything else as in a single run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field

from kdlab import models
from kdlab.config.base import each_once, override_field, split_commas, widget
from kdlab.config.schema import Count, DistilConfig, StudentConfig, Temperature

MOST_VALUES = 32
"""Of one axis."""
MOST_STUDENTS = 8192
"""Of one map; more are no clearer picture."""
MOST_STUDENT_EPOCHS = 1_000_000
"""Of one map: its figures after every epoch stay in memory, a hundred bytes for each."""
SHORT_EPOCHS = 30
"""What T and alpha do is seen best before all students have learned everything."""
MORE_THAN_ANY = 1e9
"""Stands in for "all" labels where numbers of labels are put in order."""

AxisName = Literal["temperature", "alpha", "labels", "width", "label_noise"]


@dataclass(frozen=True)
class Axis:
    """One thing that a map can vary: the field with its values, and the setting that it varies."""

    name: AxisName
    label: str
    values: str
    setting: str
    log: bool = False


AXES: dict[AxisName, Axis] = {
    axis.name: axis
    for axis in (
        Axis("temperature", "Temperature T", "temperatures", "temperature", log=True),
        Axis("alpha", "Weight α", "alphas", "alpha"),
        Axis("labels", "Labels the student sees", "label_counts", "labels", log=True),
        Axis("width", "Student's width", "widths", "student", log=True),
        Axis("label_noise", "Wrong labels", "label_noises", "label_noise"),
    )
}


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Small to large, each once; "all" labels are more than any number."""
    return tuple(sorted(each_once(values), key=lambda v: MORE_THAN_ANY if v == "all" else float(v)))


def _values(default: tuple[Any, ...], title: str, description: str, **extra: Any) -> Any:
    return Field(
        default,
        min_length=1,
        max_length=MOST_VALUES,
        title=title,
        description=description,
        json_schema_extra=widget("map", **extra),
    )


Share = Annotated[float, Field(ge=0, le=1)]
Width = Annotated[int, Field(ge=1, le=4096)]
Ends = BeforeValidator(split_commas), AfterValidator(_in_order)


class SweepConfig(StudentConfig):
    """A map: students over two axes, each cell with several seeds, compared with labels alone.

    Settings that are not an axis are as in a single run. The single value of a setting that is an
    axis (T, alpha) is ignored; where the axis is the student's width, --student still sets the
    proportions of its layers.
    """

    x_axis: AxisName = Field(
        "alpha",
        title="Across",
        description="What changes from left to right.",
        json_schema_extra=widget("map"),
    )
    y_axis: AxisName = Field(
        "temperature",
        title="Up",
        description="What changes from bottom to top.",
        json_schema_extra=widget("map"),
    )
    temperatures: Annotated[tuple[Temperature, ...], *Ends] = _values(
        (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
        "Temperatures",
        "Values of T, where it is an axis.",
    )
    alphas: Annotated[tuple[Share, ...], *Ends] = _values(
        (0.0, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 1.0),
        "Values of α",
        "Weights of the teacher, where α is an axis. 0: labels only, 1: the teacher only.",
    )
    label_counts: Annotated[tuple[Count, ...], *Ends] = _values(
        (10, 30, 100, 300, "all"),
        "Numbers of labels",
        "How many labels the student sees, where that is an axis.",
        unit="labels",
    )
    widths: Annotated[tuple[Width, ...], *Ends] = _values(
        (4, 8, 16, 32, 64),
        "Widths",
        "Units or channels of the student's first layer, where that is an axis; its other layers "
        "keep their proportion to it.",
        unit="units",
    )
    label_noises: Annotated[tuple[Share, ...], *Ends] = _values(
        (0.0, 0.1, 0.2, 0.4, 0.6),
        "Shares of wrong labels",
        "How many of the student's labels name a wrong class, where that is an axis.",
    )
    epochs: int = override_field(StudentConfig, "epochs", default=SHORT_EPOCHS)
    column: int = Field(
        -1,
        ge=-1,
        le=MOST_VALUES - 1,
        title="Column",
        description="The chosen cell, counted from the left, from 0. -1: the best on "
        "validation images.",
        json_schema_extra=widget("map"),
    )
    row: int = Field(
        -1,
        ge=-1,
        le=MOST_VALUES - 1,
        title="Row",
        description="The chosen cell, counted from below, from 0. -1: the best on "
        "validation images.",
        json_schema_extra=widget("map"),
    )

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Across and up."""
        return AXES[self.x_axis], AXES[self.y_axis]

    def along(self, axis: Axis) -> tuple[Any, ...]:
        """The values of ``axis``, small to large."""
        return cast(tuple[Any, ...], getattr(self, axis.values))

    def cells(self) -> Iterator[DistilConfig]:
        """The run that each cell stands for: row by row from below, left to right."""
        across, up = self.axes
        for y in self.along(up):
            for x in self.along(across):
                yield self.single(**{**varied(self, across, x), **varied(self, up, y)})

    def cell(self, number: int) -> DistilConfig:
        """The run that cell ``number`` stands for."""
        across, up = self.axes
        row, column = divmod(number, len(self.along(across)))
        x, y = self.along(across)[column], self.along(up)[row]
        return self.single(**{**varied(self, across, x), **varied(self, up, y)})

    def single(self, **values: Any) -> DistilConfig:
        """One run with these settings and, apart from them, the map's own."""
        base = {name: getattr(self, name) for name in StudentConfig.model_fields}
        return DistilConfig(**{**base, **values})


def varied(config: StudentConfig, axis: Axis, value: Any) -> dict[str, Any]:
    """The setting that has ``value`` on ``axis``, as a keyword."""
    if axis.name == "width":
        return {"student": models.of_width(config.student, value)}
    return {axis.setting: value}
