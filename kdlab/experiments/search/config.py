"""What a search is asked: data, teacher and training as in a single run, a budget, and trials."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from kdlab.config.base import override_field, widget
from kdlab.config.schema import DistilConfig, StudentConfig

FRESH_SEEDS = 10
"""Seeds on which the best is compared with labels only, none of which the search has seen."""

GROUP = 4
"""Trials of one student, method and teacher that are asked and trained together."""

_NO_LIMIT = "0: no limit."
_AS_INT8 = (
    "Each candidate (up to ninety) is then written as such a file before the first trial, once per "
    "search: a few tenths of a second each."
)
_FOUND = "Found by the search; the value set here is ignored."


class SearchConfig(StudentConfig):
    """A search: width, depth, T, alpha and method of a student, within a budget.

    A trial is one student with one T, alpha and method, trained with several seeds and judged by
    its mean accuracy on the validation images, on text by its bits per character. The best one is
    then trained again with fresh seeds, beside the same student on labels alone, and both are
    judged on the test images.
    """

    student: str = override_field(
        StudentConfig,
        "student",
        title="Kind of student",
        description="Only its family counts: mlp-16 for fully connected students, cnn-8 for "
        "convolutional ones. The search finds width and depth.",
    )
    method: str = override_field(StudentConfig, "method", description=_FOUND)
    temperature: float = override_field(StudentConfig, "temperature", description=_FOUND)
    alpha: float = override_field(StudentConfig, "alpha", description=_FOUND)
    seeds: int = override_field(
        StudentConfig,
        "seeds",
        default=3,
        title="Seeds of a trial",
        description=f"Students per trial. The best is judged on {FRESH_SEEDS} other seeds.",
        json_schema_extra=widget("student", unit="seeds", high=10),
    )
    max_parameters: int = Field(
        1500,
        ge=0,
        le=50_000_000,
        title="Maximum parameters",
        description=f"Trainable numbers of the student. {_NO_LIMIT}",
        json_schema_extra=widget("budget", unit="parameters", high=100_000),
    )
    max_bytes: int = Field(
        0,
        ge=0,
        le=1_000_000_000,
        title="Maximum bytes",
        description=f"Size of the student's file of weights (safetensors). {_NO_LIMIT}",
        json_schema_extra=widget("budget", unit="bytes", high=400_000),
    )
    max_flops: int = Field(
        0,
        ge=0,
        le=1_000_000_000_000,
        title="Maximum FLOPs",
        description="Floating-point operations of the student for one example; a multiply-add "
        f"counts as 2. {_NO_LIMIT}",
        json_schema_extra=widget("budget", unit="FLOPs", high=10_000_000),
    )
    max_milliseconds: float = Field(
        0.0,
        ge=0,
        le=10_000,
        title="Maximum milliseconds",
        description="Median time of the student for one example, on the CPU of this machine. "
        f"{_NO_LIMIT}",
        json_schema_extra=widget("budget", unit="ms", high=10, step=0.01),
    )
    # Of the int8 file alone, since it is what is put on a small device; both limits speak of one
    # file, and that of 32 bits has the bytes and about the speed which the other limits count.
    max_int8_bytes: int = Field(
        0,
        ge=0,
        le=1_000_000_000,
        title="Maximum bytes as int8",
        description="Size of the student's int8 ONNX file, to within a few bytes: it is measured "
        f"before training. {_AS_INT8} {_NO_LIMIT}",
        json_schema_extra=widget("budget", unit="bytes", high=100_000, later=True),
    )
    max_int8_milliseconds: float = Field(
        0.0,
        ge=0,
        le=10_000,
        title="Maximum milliseconds as int8",
        description="Median time of the student's int8 ONNX file for one example, with onnxruntime "
        f"on one thread of this machine. {_AS_INT8} {_NO_LIMIT}",
        json_schema_extra=widget("budget", unit="ms", high=1, step=0.001, later=True),
    )
    trials: int = Field(
        40,
        ge=1,
        le=2000,
        title="Trials",
        description="How many students to try. A search can be continued: those already tried "
        "count.",
        json_schema_extra=widget("search", unit="trials", low=10, high=200, step=10),
    )
    search_teacher: bool = Field(
        False,
        title="Search the teacher too",
        description="Also try some teachers of other sizes, each trained once.",
        json_schema_extra=widget("search"),
    )

    @property
    def on_device(self) -> bool:
        """Whether candidates must be written as int8 files to know which fit."""
        return bool(self.max_int8_bytes or self.max_int8_milliseconds)

    def distil_config(self, **update: Any) -> DistilConfig:
        """The single run with these settings, apart from those in ``update``."""
        values = {name: getattr(self, name) for name in StudentConfig.model_fields}
        return DistilConfig.parse(values | update)

    def with_teacher(self, teacher: str) -> dict[str, Any]:
        """The settings that make ``teacher`` the teacher; loaded weights are those of one only."""
        if teacher == self.teacher:
            return {}
        return {"teacher": teacher, "teacher_weights": ""}

    def fresh(self) -> dict[str, int]:
        """Seeds that no trial has seen."""
        return {"first_seed": self.first_seed + self.seeds, "seeds": FRESH_SEEDS}


SEARCHES = {"small-digits": SearchConfig()}
"""Searches whose results come with the lab."""
