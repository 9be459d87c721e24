"""The shapes of what studies exhibit of networks as files for a device."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from kdlab.events.shapes import Name, Spread, Text
from kdlab.experiments.study.exhibit_numbers import Bits, Per, Positive, Share, Small


class File(TypedDict):
    """A network as a file, latency in milliseconds; accuracy, and of text bits, where its answers
    are numbers."""

    bytes: Positive
    latency: Spread
    accuracy: NotRequired[Share]
    bits: NotRequired[Per]


class Network(TypedDict):
    """What a network costs; latency in milliseconds. ``files`` joined later; int8 is left out where
    it cannot be made."""

    parameters: Positive
    flops_per_image: Positive
    latency: Spread
    files: NotRequired[dict[Literal["onnx", "int8"], File]]


class Costs(TypedDict):
    """Of all networks of the study; ``validation``, the teacher's accuracy, joined later, and of
    text its bits per validation character. ``runtime``, what measured files, and ``judged``, on how
    many test examples, joined with files."""

    networks: dict[Name, Network]
    teacher: Name
    validation: NotRequired[float]
    validation_bits: NotRequired[Per]
    runtime: NotRequired[Text]
    judged: NotRequired[Positive]


class Answering(TypedDict):
    """Networks in one precision: of the first the bytes of its file, milliseconds, and these as a
    multiple of those in 32 bits; of each one number, NaN where its loss stopped being one."""

    bytes: Positive
    latency: Spread
    beside: Spread
    accuracy: list[Small]
    validation: list[Small]
    alike: list[Small]
    ece: list[Small]
    entropy: list[Bits]
    kl: list[Bits]
    bits: NotRequired[list[Bits]]
    validation_bits: NotRequired[list[Bits]]


class Device(TypedDict):
    """Teacher and students as files, in each precision; one in which no file could be made is left
    out."""

    networks: dict[Name, dict[Name, Answering]]
    machine: Text


class Rounded(TypedDict):
    """Files that were made in one way, one number a student."""

    accuracy: list[Small]
    ece: list[Small]
