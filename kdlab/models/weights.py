"""Weights to and from safetensors files that say which network they belong to. Never a pickle.

The file's metadata hold ``architecture``, ``input_shape`` (JSON) and ``classes``, so that a teacher
saved in one run can be loaded in another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models.file_order import in_order

MAX_BYTES = 4 * models.MAX_PARAMETERS + 2_000_000
"""32-bit numbers of the largest network, and its header."""

MAX_HEADER_BYTES = 1_000_000

_ADVICE = "Load a file that this lab has saved (.safetensors)"


def dump_weights(
    module: nn.Module,
    name: str,
    input_shape: tuple[int, ...],
    classes: int,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """The bytes of a safetensors file: all weights and, as texts, what they are; ``extra`` too. The
    same weights and texts give the same bytes, in every process."""
    metadata = {key: str(value) for key, value in (extra or {}).items()}
    metadata |= {
        "format": "pt",
        "architecture": name,
        "input_shape": json.dumps(list(input_shape)),
        "classes": str(classes),
    }
    state = {key: t.detach().cpu().contiguous() for key, t in module.state_dict().items()}
    return in_order(safetensors.torch.save(state, metadata))


def load_weights(
    source: Path | bytes,
) -> tuple[str, tuple[int, ...], int, dict[str, Tensor]]:
    """Read a file or its bytes: ``(architecture, input_shape, classes, state)``, on the CPU.

    ModelError where it is no safetensors file of this lab, too large, or holds numbers that are not
    finite. Whether the weights fit the architecture is for :func:`fit` to say.
    """
    data = _bytes(source)
    name, shape, classes = _described(metadata(data))
    try:
        state = safetensors.torch.load(data)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise _broken(f"the weights cannot be read ({str(error)[:120]})") from None
    for key, tensor in state.items():
        if tensor.dtype not in (torch.float32, torch.float16, torch.bfloat16, torch.int64):
            raise _broken(f"the weights {key[:60]!r} are numbers of type {tensor.dtype}")
        if not torch.isfinite(tensor).all():
            raise ModelError(
                f"the weights {key[:60]!r} hold NaN or infinite numbers",
                "finite numbers",
                "Train this network again, with a smaller learning rate",
            )
    return name, shape, classes, state


def fit(
    name: str, input_shape: tuple[int, ...], classes: int, state: Mapping[str, Tensor]
) -> nn.Module:
    """The network ``name`` with these weights, in eval mode; ModelError where they do not fit."""
    module = models.build(name, input_shape, classes, seed=0)
    own = module.state_dict()
    wrong = [f"no {key}" for key in own if key not in state]
    wrong += [f"{key[:60]} too much" for key in state if key not in own]
    wrong += [
        f"{key} of shape {tuple(state[key].shape)} and not {tuple(own[key].shape)}"
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    wrong += [
        f"{key} as {state[key].dtype}"
        for key in own
        if key in state and state[key].is_floating_point() != own[key].is_floating_point()
    ]
    if wrong:
        raise ModelError(
            f"the weights do not fit: {len(wrong)} differences, the first is: {wrong[0]}",
            f"the weights of {name} for inputs of shape {tuple(input_shape)} and {classes} classes",
            "Choose the architecture and the data set with which these weights were saved",
        )
    module.load_state_dict(dict(state))
    return module.eval()


def _bytes(source: Path | bytes) -> bytes:
    """The file's bytes, unless it is too large to be one of ours."""
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(
                f"the file of weights has {size:,} bytes", f"at most {MAX_BYTES:,} bytes", _ADVICE
            )
        return source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(
            f"the file of weights cannot be read ({reason})", "a safetensors file", _ADVICE
        ) from None


def metadata(data: bytes) -> dict[str, str]:
    """The texts in a file's header, ``dataset`` among them if the lab saved it.

    A safetensors file begins with 8 bytes of length (little-endian), then that much JSON.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise _broken("the file of weights is not in the safetensors format")
    try:
        header = json.loads(data[8 : 8 + length])
        return dict(header.get("__metadata__") or {})
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise _broken("the header of the file of weights is not JSON") from None


def _described(metadata: Mapping[str, Any]) -> tuple[str, tuple[int, ...], int]:
    """Architecture, input shape and number of classes, checked."""
    missing = [n for n in ("architecture", "input_shape", "classes") if n not in metadata]
    if missing:
        raise _broken(f"the file of weights does not say its {' and '.join(missing)}")
    name = str(metadata["architecture"])
    try:
        shape = tuple(int(side) for side in json.loads(str(metadata["input_shape"])))
        classes = int(str(metadata["classes"]))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _broken("the input shape or the classes of these weights are no numbers") from None
    if not 1 <= len(shape) <= 3 or not 0 < math.prod(shape) <= 1_000_000 or not 2 <= classes <= 1e5:
        raise _broken(f"the weights are for inputs of shape {shape} and {classes} classes")
    models.check(name, shape, classes)
    return name, shape, classes


def _broken(received: str) -> ModelError:
    return ModelError(
        received,
        "a safetensors file whose metadata name architecture, input_shape and classes",
        _ADVICE,
    )
