"""What a network can leave the lab as."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from kdlab.errors import ConfigError


@dataclass(frozen=True)
class Format:
    """``ending`` of the file's name, behind the network's; ``kind``: of its numbers, by which it is
    held to the network (:mod:`kdlab.device.agreement`). ``page``: one file for several networks.
    ``needs``: a package that is not among the lab's own."""

    name: str
    label: str
    about: str
    ending: str
    kind: str
    page: bool = False
    needs: str = ""

    @property
    def is_there(self) -> bool:
        """Whether what it needs is installed. Nothing is imported."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None


VERSIONS = {"executorch": "executorch>=1.5,<2"}
"""What is needed beside the lab's own packages. It leaves the lab's torch as it is."""

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("onnx", "ONNX", "32 bits; the same as PyTorch, to rounding", ".onnx", "fp32"),
        Format("fp16", "ONNX, 16 bits", "half the bytes", "-fp16.onnx", "fp16"),
        Format(
            "int8",
            "ONNX, int8",
            "8-bit integers; their ranges are measured on training examples",
            "-int8.onnx",
            "int8",
        ),
        Format(
            "pte",
            "ExecuTorch",
            "PyTorch's own runtime for phones; needs the package executorch",
            ".pte",
            "fp32",
            needs="executorch",
        ),
        Format(
            "html",
            "A page for the phone",
            "one file that runs in any browser, offline",
            ".html",
            "fp32",
            page=True,
        ),
    )
}

NO_PAGE = (
    "A page for the phone is for images, text and points of the plane: the rows of a table cannot "
    "be entered there."
)


def has_page(shape: tuple[int, ...]) -> bool:
    """Whether networks that read inputs of this ``shape`` can stand on a page for the phone.

    >>> has_page((1, 8, 8)), has_page((2,)), has_page((12,))
    (True, True, False)
    """
    return len(shape) > 1 or shape == (2,)


LEAST_CALIBRATION = 16
"""Training inputs on which the ranges of int8 are measured, at least. Of fewer, a range is that of
a few inputs and cuts off the others."""


def find(names: str) -> tuple[Format, ...]:
    """The formats in a list like "onnx,int8", in the order of FORMATS; ConfigError for others."""
    asked = [name.strip() for name in names.split(",") if name.strip()]
    wrong = [name for name in asked if name not in FORMATS]
    if wrong or not asked:
        raise ConfigError(
            f"the format is {wrong[0][:40]!r}" if wrong else "no format was named",
            "any of " + ", ".join(FORMATS) + ", separated by commas",
            "Change --format",
        )
    found = tuple(each for name, each in FORMATS.items() if name in asked)
    for each in found:
        if not each.is_there:
            raise ConfigError(
                f"the format is {each.name}, but the package {each.needs} is not installed",
                f"{each.name} where {each.needs} is installed",
                f'Install it with .venv/bin/python -m uv pip install "{VERSIONS[each.needs]}", or '
                "choose another format",
            )
    return found
