"""The shapes of what studies exhibit: which keys, and what kind of number or text in each."""

from __future__ import annotations

import math
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from kdlab.events.shapes import Count, Name, Text
from kdlab.experiments.study.exhibit_numbers import (
    Bits,
    Finite,
    Kind,
    Per,
    Positive,
    Shape,
    Share,
    Small,
)


class Halves(TypedDict):
    """Accuracies, of text bits per character, on both halves of the validation examples, one per
    seed."""

    first: list[Small]
    second: list[Small]


class Agreed(TypedDict):
    """How well maps of teacher and student agree, and by chance, one number per seed."""

    mean: list[Small]
    chance: list[Small]


class Agreement(TypedDict):
    """Over so many ``images``, by kind of map and arm."""

    images: Positive
    kinds: dict[Kind, dict[Name, Agreed]]


class Maps(TypedDict):
    """Images and the maps of each network, bytes as base64."""

    shape: Shape
    images: list[str]
    labels: list[Count]
    kinds: dict[Kind, dict[Name, list[str]]]


class Features(TypedDict):
    """The last hidden layer's points, one an image."""

    labels: list[Count]
    points: dict[Name, list[Annotated[list[Small], Field(min_length=2, max_length=2)]]]


class Compared(TypedDict):
    """How alike layers are, rows by columns; ``last``: of the last ones, one number per seed."""

    columns: list[Name]
    values: list[list[Small]]
    chance: list[list[Small]]
    last: list[Small]


class Layers(TypedDict):
    """The teacher's layers against those of each arm."""

    rows: list[Name]
    arms: dict[Name, Compared]


class Taught(TypedDict):
    """A teacher's accuracies, and of text its bits per character."""

    validation: Share
    test: Share
    validation_bits: NotRequired[Per]
    test_bits: NotRequired[Per]


class View(TypedDict):
    """An image as students see it, and what the teacher answers."""

    pixels: str
    answer: Count
    share: Share


class Viewed(TypedDict):
    """One image and its views."""

    label: Count
    views: list[View]


class Views(TypedDict):
    """Some images and the views of each, equally many."""

    shape: Shape
    images: list[Viewed]


class Sight(TypedDict):
    """An image scaled down by ``factor``, and what each student answers."""

    factor: Positive
    shape: Shape
    pixels: str
    labels: Count
    soft: Count
    logits: Count


class Seen(TypedDict):
    """One image at every scale."""

    label: Count
    teacher: Count
    seen: list[Sight]


class AllSeen(TypedDict):
    """Some images at every scale."""

    images: Annotated[list[Seen], Field(min_length=1)]


class Tried(TypedDict):
    """A trial of an arm: ``value`` of the setting ``what``; of text with its bits per validation
    character."""

    arm: Name
    what: Name
    value: Finite
    validation: Finite
    validation_bits: NotRequired[Small]
    chosen: bool


class Tuning(TypedDict):
    """All trials, and their seeds."""

    trials: list[Tried]
    seeds: list[Count]


class Counted(TypedDict):
    """Errors one per seed: of all images, and of those of the chosen class."""

    errors: list[Count]
    chosen: list[Count]


class Errors(TypedDict):
    """By arm; ``total`` images, of which ``chosen_total`` are of the chosen class."""

    arms: dict[Name, Counted]
    total: Positive
    chosen_total: Positive


class OverBias(TypedDict):
    """Errors by bias and seed, and at the bias that is found without looking, one per seed."""

    errors: list[list[Count]]
    chosen: list[list[Count]]
    automatic: list[Finite]
    automatic_errors: list[Count]
    automatic_chosen: list[Count]


class Bias(TypedDict):
    """By arm, over all biases."""

    biases: Annotated[list[Finite], Field(min_length=1)]
    arms: dict[Name, OverBias]


class Pair(TypedDict):
    """A student against the teacher, over temperatures."""

    name: Name
    agreement: Share
    variation: list[list[Finite]]
    kl: list[Finite]
    signed: list[list[Finite]]
    absolute: list[list[Finite]]


class Difference(TypedDict):
    """Of every arm, over temperatures and for some classes."""

    temperatures: Annotated[list[Annotated[float, Field(gt=0, lt=math.inf)]], Field(min_length=1)]
    classes: list[Count]
    pairs: list[Pair]


class Inherited(TypedDict):
    """Of ``images`` test images of each class, the share that an arm gets right: by arm, class and
    student."""

    images: list[Count]
    arms: dict[Name, list[list[Share]]]


class Says(TypedDict):
    """What models of a language say, one number a seed: bits per character to the teacher; of a
    grammar the share of its strings that is covered, the KL to the truth in bits per string, and
    the share of what is said that is right; of other text the share that is new. ``said`` are some
    of the strings."""

    teacher_bits: list[Bits]
    covered: NotRequired[list[Small]]
    string_kl: NotRequired[list[Bits]]
    right: NotRequired[list[Small]]
    novel: NotRequired[list[Small]]
    said: list[Name]


class Student(Says):
    """Also how far from the teacher, in bits per character: on its own prefixes, on those of the
    data, and the difference."""

    own_kl: list[Bits]
    data_kl: list[Bits]
    exposure: list[Bits]


class Language(TypedDict):
    """Of so many ``samples`` a student; ``exact``: the truth is known. ``teacher_seconds`` is how
    long the teacher sampled prefixes."""

    samples: Positive
    exact: bool
    teacher: Says
    arms: dict[Name, Student]
    teacher_seconds: Annotated[float, Field(ge=0, lt=1e9)] | None


class Latency(TypedDict):
    """Milliseconds for one image."""

    teacher: Finite
    student: Finite
    machine: Text


class Heard(TypedDict):
    """Of an arm's students on text, one number a seed each; ``padded`` where padding counts."""

    end: list[Small]
    others: list[Small]
    padded: NotRequired[list[Small]]


class AllHeard(TypedDict):
    """What gives mistakes with language models away: of the teacher right and wrong, and by arm."""

    teacher: dict[Literal["right", "wrong"], Small]
    padding: Share
    arms: dict[Name, Heard]
