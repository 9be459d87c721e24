"""What the dicts in events hold, and what numbers in them may be: checked where an event is read.

A file of ours may have been damaged, edited or written by another version. What passes here can be
drawn: every key that charts and tables read is there, with a value of its type.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

# pydantic asks for this one before Python 3.12
from typing_extensions import TypedDict

Count = Annotated[int, Field(ge=0, le=2**53)]
"""How many; more than a float tells apart is no count of ours."""
Epochs = Annotated[int, Field(ge=0, le=10_000_000)]
"""Epochs, or seeds' and steps' numbers: something that may be counted through."""


Name = Annotated[str, Field(max_length=4_000)]
"""Of a class, a network, an arm, a data set: what a chart or a table has room for."""
Text = Annotated[str, Field(max_length=100_000)]
"""A sentence or several; more is none of ours, and no page could show it."""


class _Open(TypedDict):
    """A dict of which some keys are known; others stay as they are."""

    __pydantic_config__ = ConfigDict(extra="allow", strict=True)  # type: ignore[misc]


class Gain(_Open):
    """As :func:`kdlab.measure.gain.paired_gain` has it."""

    mean: float
    ci95: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    seeds: Count
    measure: NotRequired[Literal["bits"]]


class Group(_Open):
    """Students of one kind, one number per seed."""

    name: Name
    accuracy: list[float]
    fidelity: list[float]
    ece: list[float]
    best: NotRequired[list[float]]
    bits: NotRequired[list[float]]


class Spread(_Open):
    """Milliseconds."""

    median: float
    low: float
    high: float


class Cost(_Open):
    """As :func:`kdlab.measure.profiling.cost` has it."""

    architecture: Name
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
        "image": NotRequired[str],
        "before": NotRequired[list[Count]],
        "row": NotRequired[Count],
        "values": NotRequired[list[list[str]]],
    },
)
"""An example on which two students differ: classes as numbers, the bytes of an image as base64, of
text the characters before it as classes; of a table its row, from 0, and [column, value] of its
first columns, as texts of its owner's."""


class Made(TypedDict):
    """A string that a model has made up."""

    text: Name
    known: bool


class ToTruth(TypedDict):
    """How far a model is from the grammar that it has learned, one number per seed."""

    kl: list[float]
    coverage: list[float]


class Arm(_Open):
    """Of a study. ``taught`` joined later."""

    name: Name
    label: Text
    student: Name
    against: Name
    teacher: Text
    taught: NotRequired[bool]


class ArmCost(TypedDict):
    """What an arm cost; seconds and operations. Closed: tables show all of it."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    architecture: Name
    parameters: Count
    bytes: Count
    flops_per_image: float
    training_flops: float
    teacher_flops: float
    seconds: float
    together: NotRequired[Count]


class Taught(_Open):
    """A network that taught in a study."""

    name: Name
    accuracy: float
    parameters: Count
    flops_per_image: float
    training_flops: float
    seconds: float


class Trial(_Open):
    """Of a search."""

    number: Count
    state: Name
    student: Name
    teacher: Text
    method: Name
    temperature: float | None
    alpha: float
    parameters: Count
    bytes: Count
    flops_per_image: Count
    latency_ms: float
    int8_bytes: NotRequired[Count]
    int8_latency_ms: NotRequired[float]
    accuracy: list[float]
    bits: NotRequired[list[float]]
    epochs: Epochs


class OnFront(Trial):
    """A trial that no other beats without being larger."""

    validation_accuracy: float
    validation_bits: NotRequired[float]
    on: list[str]


class Best(Trial):
    """The trial that a search chose; ``config`` is a single run's."""

    validation_accuracy: float
    validation_bits: NotRequired[float]
    config: dict[str, Any]


class Judged(_Open):
    """A student with fresh seeds."""

    student: Name
    accuracy: list[float]
    bits: NotRequired[list[float]]


class Test(_Open):
    """What a search's best is worth on test images."""

    seeds: list[int]
    best: Judged
    labels_only: Judged
    gain: Gain
    teacher: float
    teacher_bits: NotRequired[float]


class PerClass(_Open):
    """Of the test images: ``images`` of each class, and by group (teacher, labels only, distilled)
    one row a network, one number a class: how often it gave that answer, and how often it was
    right with it."""

    images: list[Count]
    answered: dict[str, list[list[Count]]]
    right: dict[str, list[list[Count]]]


class Seconds(_Open):
    """Of a piece of work and its parts."""

    total: float


class StudySeconds(Seconds):
    """Of a study, in which teachers train before the students."""

    teachers: float
    students: float


def shaped(kind: type[Any]) -> AfterValidator:
    """For ``Annotated[dict[str, Any], shaped(Gain)]``: the dict itself where it has that shape."""
    known: list[TypeAdapter[Any]] = []

    def check(value: Any) -> Any:
        if not known:
            known.append(TypeAdapter(kind))
        known[0].validate_python(value, strict=True)
        return value

    return AfterValidator(check)
