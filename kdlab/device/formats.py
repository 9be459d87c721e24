"""What a network can leave the lab as."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.errors import ConfigError


@dataclass(frozen=True)
class Format:
    """``ending`` of the file's name, behind the network's; ``kind``: of its numbers, by which it is
    held to the network (:mod:`kdlab.device.agreement`). ``page``: one file for several networks."""

    name: str
    label: str
    about: str
    ending: str
    kind: str
    page: bool = False


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("onnx", "ONNX", "32 bits; what PyTorch says, to rounding", ".onnx", "fp32"),
        Format("fp16", "ONNX, 16 bits", "half of the bytes", "-fp16.onnx", "fp16"),
        Format(
            "int8",
            "ONNX, int8",
            "whole numbers of 8 bits, ranges measured on training examples",
            "-int8.onnx",
            "int8",
        ),
    )
}


def find(names: str) -> tuple[Format, ...]:
    """The formats in a list like "onnx,int8", in the order of FORMATS; ConfigError for others."""
    asked = [name.strip() for name in names.split(",") if name.strip()]
    wrong = [name for name in asked if name not in FORMATS]
    if wrong or not asked:
        raise ConfigError(
            f"the format is {wrong[0][:40]!r}" if wrong else "no format was named",
            "some of " + ", ".join(FORMATS) + ", with commas between them",
            "Change --format",
        )
    return tuple(each for name, each in FORMATS.items() if name in asked)
