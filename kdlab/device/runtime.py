"""What a file says and how long it takes: onnxruntime on one thread of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kdlab.device.network import LOGITS
from kdlab.errors import ModelError
from kdlab.measure import profiling
from kdlab.measure.profiling import Latency, timed

BATCH = 256
"""Inputs that are asked at a time: their hidden layers are small, too."""
REPEATS, BUDGET_SECONDS = 200, 0.4
"""Of one input, timed; a slow network takes fewer."""

Raw = NDArray[np.generic]
"""Inputs as a device gets them, see :mod:`kdlab.device.network`."""


def session(content: bytes) -> onnxruntime.InferenceSession:
    """The network in an ONNX file, ready to be asked, on one thread. ModelError where this
    onnxruntime cannot run it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings are about its own optimisations
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no name in common
        if not type(error).__module__.startswith("onnxruntime"):
            raise
        raise ModelError(
            f"onnxruntime {onnxruntime.__version__} cannot run this file ({_reason(error)})",
            "an ONNX file whose operations and opset it knows",
            "Install a newer onnxruntime, or export the network again with this version",
        ) from None


def logits(asked: onnxruntime.InferenceSession, raw: Raw) -> NDArray[np.float32]:
    """(N, *raw shape) -> (N, classes)."""
    name = asked.get_inputs()[0].name
    parts = [
        asked.run([LOGITS], {name: raw[start : start + BATCH]})[0]
        for start in range(0, len(raw), BATCH)
    ]
    return np.concatenate(parts).astype(np.float32)


def latency(
    asked: onnxruntime.InferenceSession,
    raw: Raw,
    *,
    clock: Callable[[], float] = time.perf_counter,
    budget_seconds: float = BUDGET_SECONDS,
) -> Latency:
    """Milliseconds for the first of the ``raw`` inputs alone: median, 10th and 90th percentile of
    up to REPEATS, in about ``budget_seconds``."""
    given = {asked.get_inputs()[0].name: np.ascontiguousarray(raw[:1])}
    return timed(
        lambda: asked.run([LOGITS], given),
        clock=clock,
        repeats=REPEATS,
        budget_seconds=budget_seconds,
    )


def machine() -> str:
    """Where times were measured: processor, cores, and what ran on it."""
    return profiling.machine(version())


def version() -> str:
    """What runs the files: "onnxruntime 1.27.0"."""
    return f"onnxruntime {onnxruntime.__version__}"


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text.rpartition(" : ")[2][:160] or type(error).__name__
