"""What the dicts in events hold, and what numbers in them may be: checked where an event is read.

A file of ours may have been damaged, edited or written by another version. What passes here can be
drawn: every key that charts and tables read is there, with a value of its type.
"""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

# pydantic asks for this one before Python 3.12
from typing_extensions import TypedDict

Count = Annotated[int, Field(ge=0, le=2**53)]
"""How many; more than a float tells apart is no count of ours."""
Epochs = Annotated[int, Field(ge=0, le=10_000_000)]
"""Epochs, or seeds' and steps' numbers: something that may be counted through."""


class _Open(TypedDict):
    """A dict of which some keys are known; others stay as they are."""

    __pydantic_config__ = ConfigDict(extra="allow", strict=True)  # type: ignore[misc]


class Gain(_Open):
    """As :func:`kdlab.intervals.paired_gain` has it."""

    mean: float
    ci95: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    seeds: Count


class Group(_Open):
    """Students of one kind, one number a seed."""

    name: str
    accuracy: list[float]
    fidelity: list[float]
    ece: list[float]
    best: NotRequired[list[float]]


class Spread(_Open):
    """Milliseconds."""

    median: float
    low: float
    high: float


class Cost(_Open):
    """As :func:`kdlab.profiling.cost` has it."""

    architecture: str
    parameters: Count
    bytes: Count
    flops_per_image: Count
    latency_ms: dict[str, Spread]


Differing = TypedDict(
    "Differing",
    {
        "index": Count,
        "label": Count,
        "teacher": Count,
        "labels only": Count,
        "distilled": Count,
        "image": str,
    },
)
"""An image on which two students differ: classes as numbers, its bytes as base64."""


class Arm(_Open):
    """Of a study."""

    name: str
    label: str
    student: str
    against: str
    teacher: str


class ArmCost(_Open):
    """What an arm cost; seconds and operations."""

    architecture: str
    parameters: Count
    bytes: Count
    flops_per_image: float
    training_flops: float
    teacher_flops: float
    seconds: float


class Taught(_Open):
    """A network that taught in a study."""

    name: str
    accuracy: float
    parameters: Count
    flops_per_image: float
    training_flops: float
    seconds: float


def shaped(kind: type[Any]) -> AfterValidator:
    """For ``Annotated[dict[str, Any], shaped(Gain)]``: the dict itself where it has that shape."""
    known: list[TypeAdapter[Any]] = []

    def check(value: Any) -> Any:
        if not known:
            known.append(TypeAdapter(kind))
        known[0].validate_python(value, strict=True)
        return value

    return AfterValidator(check)
