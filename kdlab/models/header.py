"""What a safetensors file says of itself, read before any of its numbers, and without torch.

Such a file begins with 8 bytes of length (little-endian), then that much JSON: name -> {dtype,
shape, data_offsets}, and texts under ``__metadata__``; then come the numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import Any, BinaryIO

from kdlab.errors import ModelError

MAX_BYTES = 4_000_000
"""Of a header: names of tensors and of classes."""

SIZES: Mapping[str, int] = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"), 1),
}
"""Types of numbers, and the bytes of one."""

_PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".pkl", ".pickle", ".tar")
"""How files of ``torch.save`` are called."""

MOST_LETTERS = 80
"""Of a name that is repeated."""

ADVICE = "Load a file that this lab has saved (.safetensors)"


@dataclass(frozen=True)
class Tensors:
    """``shapes`` and ``types`` (names in SIZES) of the tensors in a file; its ``texts``."""

    shapes: dict[str, tuple[int, ...]]
    types: dict[str, str]
    texts: dict[str, str]


def read(data: bytes, name: str = "", size: int | None = None) -> Tensors:
    """The header at the beginning of ``data``, checked against the file's ``size`` in bytes (that
    of ``data`` where it is None). ModelError where it is no safetensors file, with the lines that
    convert it where it is one of ``torch.save`` (``name``: what its owner calls it)."""
    size = len(data) if size is None else size
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_BYTES, size - 8) or data[8:9] != b"{":
        if _is_pickle(data, name):
            raise pickled(name)
        raise broken("the file of weights is not in the safetensors format")
    try:
        header = json.loads(data[8 : 8 + length])
        texts = {str(k): str(v) for k, v in dict(header.pop("__metadata__", None) or {}).items()}
        found = {str(k): _entry(entry) for k, entry in header.items()}
    except (ValueError, OverflowError, AttributeError, TypeError, KeyError, RecursionError):
        raise broken("the header of the file of weights cannot be read") from None
    places = sorted(place for _, _, place in found.values())
    if any(before[1] > after[0] for before, after in pairwise(places)) or any(
        end > size - 8 - length for _, end in places
    ):
        raise broken("the header of the file of weights refers to bytes that are not there")
    return Tensors(
        {k: shape for k, (_, shape, _) in found.items()},
        {k: kind for k, (kind, _, _) in found.items()},
        texts,
    )


def begin(file: BinaryIO, name: str) -> tuple[bytes, Tensors, int]:
    """The first bytes of an open file called ``name``, up to the end of its header, the header, and
    the file's size. ModelError as :func:`read`."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(8)
    head += file.read(min(int.from_bytes(head, "little"), MAX_BYTES))
    return head, read(head, name, size), size


def _entry(entry: Any) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    """(type, shape, place) of a tensor; ValueError where they contradict each other."""
    kind, shape = str(entry["dtype"]), tuple(int(side) for side in entry["shape"])
    begin, end = (int(place) for place in entry["data_offsets"])
    if kind not in SIZES or len(shape) > 8 or any(side < 0 for side in shape) or begin < 0:
        raise ValueError(kind)
    if end - begin != SIZES[kind] * math.prod(shape):
        raise ValueError(end - begin)
    return kind, shape, (begin, end)


def _is_pickle(data: bytes, name: str) -> bool:
    """By content (a zip of torch.save, or a bare pickle), or by its name: what is damaged, or in an
    older form, is no safetensors file either."""
    by_content = data[:4] == b"PK\x03\x04" or (
        data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05"
    )
    return by_content or PurePath(name).suffix.lower() in _PICKLES


def conversion(name: str) -> str:
    """The lines with which the owner of a pickle makes a safetensors file of it: of all tensors in
    it but those of an optimizer, however deep they lie."""
    shown = _plain(name, "model.pth")
    return (
        "import torch, safetensors.torch\n"
        "found = {}\n"
        f'inside = [("", torch.load("{shown}", map_location="cpu", weights_only=True))]\n'
        "for name, value in inside:\n"
        "    if isinstance(value, torch.Tensor):\n"
        "        found[name[1:]] = value.contiguous().clone()\n"
        '    elif isinstance(value, dict) and "optim" not in name:\n'
        '        inside += [(f"{name}.{key}", each) for key, each in value.items()]\n'
        f'safetensors.torch.save_file(found, "{PurePath(shown).stem}.safetensors")'
    )


def only(name: str, prefixes: Sequence[str]) -> str:
    """The lines that keep one of the networks in a safetensors file: that under the first of some
    ``prefixes``."""
    first, other = prefixes[0][:MOST_LETTERS], prefixes[1][:MOST_LETTERS]
    which = f"k.startswith({first!r})" if first else f"not k.startswith({other!r})"
    shown = _plain(name, "model.safetensors")
    return (
        "import safetensors.torch\n"
        f'state = safetensors.torch.load_file("{shown}")\n'
        f"state = {{k: t for k, t in state.items() if {which}}}\n"
        f'safetensors.torch.save_file(state, "{PurePath(shown).stem}-one.safetensors")'
    )


def _plain(text: str, otherwise: str) -> str:
    """The last part of a path, as a program may hold it between quotes."""
    shown = PurePath(text).name[:MOST_LETTERS]
    return "".join(c for c in shown if c.isprintable() and c not in "\"\\'") or otherwise


def pickled(name: str) -> ModelError:
    """A file of ``torch.save`` was brought."""
    return ModelError(
        f"{PurePath(name).name[:80] or 'the file of weights'} is a pickle, which can run any "
        "program when opened, so it was not opened",
        "a safetensors file, which can only hold numbers",
        f"Convert it where you trust it, with these lines:\n\n{conversion(name)}\n\n"
        "Then load the file that they write. If torch.load refuses it, it holds more than tensors: "
        "save model.state_dict() in the program that made it, and convert that",
    )


def broken(received: str) -> ModelError:
    """A file that is no use."""
    return ModelError(
        received,
        "a safetensors file whose metadata name architecture, input_shape and classes",
        ADVICE,
    )
