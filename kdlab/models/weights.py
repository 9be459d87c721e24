"""Weights to and from safetensors files that say which network they belong to. Never a pickle.

The file's metadata hold ``architecture``, ``input_shape`` (JSON), ``classes``, ``class_names``
(JSON, in the order of the outputs) and, for a table, ``columns`` (JSON, in the order of the
inputs), so that a teacher saved in one run can be loaded in another.
Files from elsewhere, which say less or name their tensors otherwise, are read for an architecture
that the user has named, or for the only one that they fit.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import class_names, foreign, header, matching, misfit, unnamed
from kdlab.system import files

MAX_BYTES = 8 * models.MAX_PARAMETERS + header.MAX_BYTES
"""64-bit numbers of the largest network, and a header."""

ALIGNED = 8
"""The length of a safetensors header is a multiple of it, filled up with spaces."""

_KINDS = {
    torch.float32: "",
    torch.float16: "16-bit numbers",
    torch.bfloat16: "bfloat16 numbers",
    torch.float64: "64-bit numbers",
}
"""What weights may be, all of which are made float32, and how a sentence calls them."""


def dump_weights(
    module: nn.Module,
    name: str,
    input_shape: tuple[int, ...],
    classes: int,
    extra: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> bytes:
    """The bytes of a safetensors file: all weights and, as texts, what they are; ``extra`` too, the
    ``names`` of the classes in the order of the outputs and, of a network for a table, those of the
    ``columns`` in the order of the inputs. The same weights and texts give the
    same bytes, in every process."""
    metadata = {key: str(value) for key, value in (extra or {}).items()}
    metadata |= (
        class_names.written(names)
        | class_names.columns_written(columns)
        | {
            "format": "pt",
            "architecture": name,
            "input_shape": json.dumps(list(input_shape)),
            "classes": str(classes),
        }
    )
    state = {key: t.detach().cpu().contiguous() for key, t in module.state_dict().items()}
    return in_order(safetensors.torch.save(state, metadata))


def in_order(content: bytes) -> bytes:
    """The same safetensors file (8 bytes of length, that much JSON, numbers), which was just
    written, with its metadata sorted by name: safetensors has another order in every process."""
    end = 8 + int.from_bytes(content[:8], "little")
    told = json.loads(content[8:end])
    told["__metadata__"] = dict(sorted(told["__metadata__"].items()))
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    return len(text).to_bytes(8, "little") + text + content[end:]


@dataclass(frozen=True)
class Brought:
    """The network in a user's file. ``state`` has the network's own names, in 32 bits; ``names``
    are those of its classes, None where the file has none; ``dataset`` that of the lab on which it
    was trained, if it says so; ``notes`` are sentences on what was done to read it."""

    architecture: str
    input_shape: tuple[int, ...]
    classes: int
    names: tuple[str, ...] | None
    dataset: str | None
    state: dict[str, Tensor]
    notes: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """Of a network for a table the names of its inputs, none where the file has none."""

    def network(self) -> nn.Module:
        """The network, in eval mode; ModelError where the weights do not fit it."""
        return fit(self.architecture, self.input_shape, self.classes, self.state)


def bring(
    source: Path | bytes,
    architecture: str = "",
    input_shape: tuple[int, ...] = (),
    classes: int = 0,
    file_name: str = "",
) -> Brought:
    """Read a file or its bytes, whoever has saved it, on the CPU.

    ``architecture``, ``input_shape`` and ``classes`` (0: as many as its last layer has outputs)
    hold where the file does not say them. ``file_name`` is what its owner calls bytes. ModelError
    where it is no safetensors file, too large, or not numbers of a kind that can be read. Whether
    the weights fit is for :meth:`Brought.network` to say.
    """
    data, told = contents(source, MAX_BYTES, file_name)
    asked = {
        "architecture": architecture,
        "input_shape": json.dumps(list(input_shape)) if input_shape else "",
        "classes": str(classes or ""),
    }
    texts = {key: text for key, text in asked.items() if text} | told.texts
    if architecture and input_shape and "classes" not in texts:
        texts["classes"] = str(unnamed.classes_of(told.shapes, texts["architecture"], input_shape))
    name, shape, count = _described(texts)
    own = unnamed.shapes_of(name, shape, count)
    renamed = foreign.recognise(told.shapes, own, file_name or _called(source))
    unsaid = [f"The file does not say which network it holds: it was read as {name}, as asked."]
    if not renamed.fits and "architecture" not in told.texts:
        other = unnamed.suited(
            told.shapes, shape, count if classes or "classes" in told.texts else 0
        )
        if other is not None:
            unsaid = [
                f"The file does not say which network it holds: it is {other.name}, of which every "
                f"tensor fits, and not {name}, which was asked for."
            ]
            name, count, own, renamed = other.name, other.classes, other.own, other.renamed
    found = read_tensors(data)
    used = set(renamed.names.values()) if renamed.fits else set()
    for key, tensor in found.items():  # a number that is not finite also outside of the network
        as_weights(key, tensor, whole=key not in used)
    state, notes = under_names(found, renamed, own)
    return Brought(
        name,
        shape,
        count,
        class_names.read(told.texts, count),
        told.texts.get("dataset"),
        state,
        (*unsaid * ("architecture" not in told.texts), *notes),
        class_names.columns_read(told.texts, shape[0]) if len(shape) == 1 else (),
    )


def _called(source: Path | bytes) -> str:
    return "" if isinstance(source, bytes) else source.name


def fit(
    name: str, input_shape: tuple[int, ...], classes: int, state: Mapping[str, Tensor]
) -> nn.Module:
    """The network ``name`` with these weights, in eval mode; ModelError where they do not fit."""
    module = models.build(name, input_shape, classes, seed=0)
    own = module.state_dict()
    shapes, ours = ({k: tuple(t.shape) for k, t in s.items()} for s in (state, own))
    wrong = misfit.sentence(shapes, ours, name) or "; ".join(
        f"{key} holds numbers of type {state[key].dtype}"
        for key in own
        if state[key].is_floating_point() != own[key].is_floating_point()
    )
    if wrong:
        raise ModelError(
            f"the weights do not fit: {wrong}",
            f"the weights of {name} for inputs of shape {tuple(input_shape)} and {classes} classes",
            "Choose the architecture and the data set with which these weights were saved",
        )
    module.load_state_dict(dict(state))
    return module.eval()


def contents(source: Path | bytes, limit: int, file_name: str = "") -> tuple[bytes, header.Tensors]:
    """A safetensors file and its header, which is checked before the rest is read. ModelError where
    it is none, has more than ``limit`` bytes, or is not a regular file."""
    if isinstance(source, bytes):
        if len(source) > limit:
            raise _unreadable(f"it has {len(source):,} bytes, and at most {limit:,} are read")
        return source, header.read(source, file_name)
    try:
        with files.regular(source, limit) as file:
            head, told, size = header.begin(file, file_name or source.name)
            return head + file.read(size - len(head)), told
    except OSError as error:
        raise _unreadable(error.strerror or type(error).__name__) from None


def _unreadable(reason: str) -> ModelError:
    return ModelError(
        f"the file of weights cannot be read ({reason})", "a safetensors file", header.ADVICE
    )


def metadata(data: bytes) -> dict[str, str]:
    """The texts in a file's header, ``dataset`` among them if the lab saved it."""
    return header.read(data).texts


def names_of(data: bytes) -> tuple[str, ...] | None:
    """The names of the classes in a file's header, None where it has none."""
    return class_names.read(metadata(data))


def read_tensors(data: bytes) -> dict[str, Tensor]:
    """All tensors of a safetensors file, as they are; ModelError where they cannot be read."""
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, KeyError, ValueError, RuntimeError, OverflowError) as error:
        raise header.broken(f"the weights cannot be read ({str(error)[:120]})") from None


def under_names(
    found: Mapping[str, Tensor], renamed: foreign.Renamed, own: Iterable[str]
) -> tuple[dict[str, Tensor], list[str]]:
    """The state of a network with the tensors ``own``, in 32 bits, of what was ``found`` in a file
    and is ``renamed``; counters that it lacks are 0 where all else is there. And, in sentences,
    what was done for it. ModelError as :func:`as_weights`."""
    loose = not renamed.fits  # what is too much will be told by its name
    state = {n: as_weights(key, found[key], whole=loose) for n, key in renamed.names.items()}
    if renamed.fits:
        state |= {k: torch.zeros((), dtype=torch.int64) for k in own if k not in state}
    kinds = Counter(_KINDS.get(tensor.dtype, "") for tensor in found.values())
    narrowed = [
        f"{n} tensors were {kind}: they are used in 32 bits." for kind, n in kinds.items() if kind
    ]
    return state, [*renamed.notes, *narrowed]


def as_weights(key: str, tensor: Tensor, *, whole: bool = False) -> Tensor:
    """The tensor as float32, a counter of batch norm as int64, or all ``whole`` numbers; ModelError
    for other kinds of numbers, and where one is not finite. ``key`` is its name in the file."""
    if tensor.dtype in (torch.int64, torch.int32) and (whole or matching.is_counter(key)):
        return tensor.to(torch.int64)
    if tensor.dtype not in _KINDS:
        raise header.broken(f"the weights {key[:60]!r} are numbers of type {tensor.dtype}")
    found = tensor.to(torch.float32)
    if not torch.isfinite(found).all():
        large = bool(torch.isfinite(tensor).all())
        raise ModelError(
            f"the weights {key[:60]!r} hold "
            + ("numbers too large for 32 bits" if large else "NaN or infinite numbers"),
            "finite numbers",
            "Train this network again, with a smaller learning rate",
        )
    return found


def _described(texts: Mapping[str, str]) -> tuple[str, tuple[int, ...], int]:
    """Architecture, input shape and number of classes, checked."""
    missing = [n for n in ("architecture", "input_shape", "classes") if n not in texts]
    if missing:
        raise header.broken(f"the file of weights does not say its {' and '.join(missing)}")
    name = str(texts["architecture"])
    try:
        shape = tuple(int(side) for side in json.loads(str(texts["input_shape"])))
        count = int(str(texts["classes"]))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise header.broken(
            "the input shape or the classes of these weights are not numbers"
        ) from None
    if not 1 <= len(shape) <= 3 or not 0 < math.prod(shape) <= 1_000_000 or not 2 <= count <= 1e5:
        raise header.broken(f"the weights are for inputs of shape {shape} and {count} classes")
    models.check(name, shape, count)
    return name, shape, count
