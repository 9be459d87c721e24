"""What a network costs as a file: bytes on disk, and onnxruntime's time for one input.

The bytes of a 32-bit file depend on the architecture alone. Those of an int8 file also depend, by
some bytes a layer, on the ranges that were measured: a smaller number is written shorter. A file
that is taken away also says where it comes from, which is some fifty bytes more, and for a table
how its rows become numbers.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from kdlab.data.split import DataSplit, is_text
from kdlab.device import onnx_file, quantised, runtime
from kdlab.device.exported import Inputs, judged
from kdlab.device.network import Network, raw_inputs
from kdlab.errors import ConfigError, ModelError


def network(module: nn.Module, architecture: str, split: DataSplit) -> Network:
    """A copy of ``module`` on the CPU, as a network for a device: it reads what ``split`` holds."""
    own = copy.deepcopy(module).cpu().eval()
    return Network.of(architecture, architecture, own, split)


def of_files(asked: Network, given: Inputs) -> dict[str, dict[str, Any]]:
    """{onnx, int8: {bytes, latency {median, low, high} in ms, accuracy (a fraction), of text
    bits}}.

    Accuracy and bits are on the test inputs in ``given``, and left out where logits are no numbers.
    int8 is left out where it cannot be made: of too few training inputs, or where what flows
    through the network is no number. ModelError where there is no file at all.
    """
    whole = onnx_file.to_onnx(asked)
    found = {"onnx": _of_file(whole, given)}
    try:
        small = quantised.to_int8(whole, given.calibration, text=given.text)
    except (ConfigError, ModelError):
        return found
    return found | {"int8": _of_file(small, given)}


def calibration(split: DataSplit) -> NDArray[np.generic]:
    """Training inputs on which the ranges of int8 are measured, (N, *raw shape)."""
    return raw_inputs(split, split.train.only(slice(0, quantised.CALIBRATION))).numpy()


def as_int8(
    module: nn.Module,
    architecture: str,
    split: DataSplit,
    ranges: NDArray[np.generic],
    budget_seconds: float,
) -> dict[str, Any]:
    """{bytes, latency {median, low, high} in ms} of the int8 file of a network, with ``ranges``
    from :func:`calibration`; one that has not learned yet will do. Errors as
    :func:`~kdlab.device.quantised.to_int8` and :func:`~kdlab.device.onnx_file.to_onnx`."""
    whole = onnx_file.to_onnx(network(module, architecture, split))
    content = quantised.to_int8(whole, ranges, text=is_text(split.train))
    return _sizes(content, ranges, budget_seconds)


def _of_file(content: bytes, given: Inputs) -> dict[str, Any]:
    told = _sizes(content, given.test)
    found = runtime.logits(runtime.session(content), given.test)
    return told | (judged(found, given) if np.isfinite(found).all() else {})


def _sizes(
    content: bytes, raw: NDArray[np.generic], budget_seconds: float = runtime.BUDGET_SECONDS
) -> dict[str, Any]:
    asked = runtime.session(content)
    time = runtime.latency(asked, raw, budget_seconds=budget_seconds)
    spread = {"median": time.median, "low": time.low, "high": time.high}
    return {"bytes": len(content), "latency": spread}
