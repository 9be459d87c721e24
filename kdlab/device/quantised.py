"""Smaller numbers in an ONNX file: 16-bit floats, or whole numbers of 8 bits.

Of int8 there are two kinds. *Static*: the ranges of all that flows between layers are measured
beforehand, on some training inputs (calibration), and written into the file; weights have a scale
for each channel. *Dynamic*: each input's ranges are measured while it is answered, and weights have
one scale a layer. Both are onnxruntime's (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
Static files hold a quantise-dequantise pair at every place where rounding happens (QDQ), which all
runtimes read.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime import quantization
from onnxruntime.quantization.calibrate import CalibrationDataReader

from kdlab.device.formats import LEAST_CALIBRATION as LEAST_CALIBRATION
from kdlab.errors import ConfigError, ModelError

CALIBRATION = 200
"""Training inputs on which ranges are measured: more change little."""
LARGEST_FP16 = 65_504.0
_ONE_AT_A_TIME = threading.Lock()
PRODUCTS = ["Conv", "Gemm", "MatMul"]
"""Where the weights are. In networks for text only these are rounded: a softmax over rounded
numbers forgets the unlikely, and masks are infinite."""


def to_fp16(content: bytes) -> bytes:
    """The same network with weights and arithmetic of 16 bits; inputs and logits stay as they are.
    ModelError where a weight is too large for that."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = onnx.load_from_string(content)
    largest = max((_largest(tensor) for tensor in model.graph.initializer), default=0.0)
    if largest > LARGEST_FP16:
        raise ModelError(
            f"the network has a weight of {largest:,.0f}, which 16 bits cannot hold",
            f"weights between -{LARGEST_FP16:,.0f} and {LARGEST_FP16:,.0f}",
            "Choose a 32-bit format",
        )
    half = convert_float_to_float16(model, keep_io_types=True)
    return bytes(half.SerializeToString())


def to_int8(content: bytes, calibration: NDArray[np.generic], *, text: bool = False) -> bytes:
    """Static int8: ranges of ``calibration`` (N, *raw shape), training inputs; weights with a scale
    for each channel. ``text``: the network reads text. ConfigError for fewer than
    LEAST_CALIBRATION inputs, ModelError where what flows through the network is no number."""
    if len(calibration) < LEAST_CALIBRATION:
        raise ConfigError(
            f"there are {len(calibration)} inputs to calibrate int8 on",
            f"at least {LEAST_CALIBRATION} training examples",
            "Use more training examples, or choose a format other than int8",
        )
    name = onnx.load_from_string(content).graph.input[0].name
    with _files(content) as (source, target):
        try:
            quantization.quantize_static(
                source,
                target,
                _Reader(name, calibration[:CALIBRATION]),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                op_types_to_quantize=PRODUCTS if text else None,
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                extra_options={"MatMulConstBOnly": True},
            )
        except AssertionError:  # it asserts that a range has a width
            raise ModelError(
                "the activations of the network are NaN or infinite, so they have no range",
                "a network whose training did not diverge",
                "Lower the learning rate and train again, or take a file without int8",
            ) from None
        return _again(content, target)


def to_dynamic_int8(content: bytes) -> bytes:
    """Dynamic int8: no calibration, one scale for all weights of a layer."""
    with _files(content) as (source, target):
        quantization.quantize_dynamic(source, target, weight_type=quantization.QuantType.QInt8)
        return _again(content, target)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Calibration inputs, a few at a time."""

    def __init__(self, name: str, inputs: NDArray[np.generic]) -> None:
        parts = np.array_split(inputs, max(1, len(inputs) // 50))
        self._next: Iterator[Any] = iter({name: part} for part in parts)

    def get_next(self) -> Any:
        """What onnxruntime asks for, None at the end."""
        return next(self._next, None)


def _largest(tensor: Any) -> float:
    if tensor.data_type != onnx.TensorProto.FLOAT:
        return 0.0
    return float(np.abs(onnx.numpy_helper.to_array(tensor)).max(initial=0, where=_finite(tensor)))


def _finite(tensor: Any) -> NDArray[np.bool_]:
    """A mask of attention is minus infinity in 16 bits, too."""
    found: NDArray[np.bool_] = np.isfinite(onnx.numpy_helper.to_array(tensor))
    return found


@contextmanager
def _files(content: bytes) -> Iterator[tuple[Path, Path]]:
    """onnxruntime reads and writes files: one with the shapes of all values, one to be made. It
    advises on the log to prepare a network in a way that :mod:`kdlab.device.onnx_file` has done,
    and numpy warns where a range is none, which is told as an error."""
    logger = logging.getLogger()
    # The log and the warnings belong to the whole process, and a worker has two threads.
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "from.onnx", Path(folder) / "to.onnx"
        shaped = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
        source.write_bytes(shaped.SerializeToString())
        before = logger.level
        logger.setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                yield source, target
        finally:
            logger.setLevel(before)


def _again(content: bytes, target: Path) -> bytes:
    """What was made, with what the file said of itself before."""
    model = onnx.load_model(target)
    before = onnx.load_from_string(content)
    del model.metadata_props[:]
    model.metadata_props.extend(before.metadata_props)
    model.producer_name, model.producer_version = before.producer_name, before.producer_version
    model.graph.ClearField("value_info")
    return bytes(model.SerializeToString())
