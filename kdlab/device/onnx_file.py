"""A network as an ONNX file: raw inputs go in, logits come out, any number at a time.

ONNX is the exchange format that runtimes on phones, in browsers and on servers read
(https://onnx.ai). The graph is that of PyTorch's exporter, batch norm folded into the convolutions
before it; which file and line of the lab an operation comes from is left out, which is half of the
bytes of a small network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import onnx
import torch

from kdlab import models
from kdlab.device.network import LOGITS, Deployed, Network
from kdlab.errors import ModelError

OPSET = 18
"""Of the operations: read by every runtime since 2023."""
MAX_BYTES = 8 * models.MAX_PARAMETERS
"""Of a file that is read."""
SAID = "kdlab."
"""Begins the names of what a file says of itself."""


def to_onnx(network: Network) -> bytes:
    """The file; its metadata say the names of the classes in the order of the logits (JSON), how
    standard units are made, and where the network comes from. ModelError where the network does
    something that ONNX has no operation for."""
    deployed = Deployed(network)
    raw = torch.zeros(2, *network.raw_shape, dtype=network.raw_type)
    try:
        program = torch.onnx.export(
            deployed,
            (raw,),
            dynamo=True,
            input_names=[network.input],
            output_names=[LOGITS],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            opset_version=OPSET,
            verbose=False,
        )
    except (torch.onnx.OnnxExporterError, torch.onnx.errors.UnsupportedOperatorError) as error:
        raise ModelError(
            f"{network.architecture} cannot be written as ONNX ({_first_line(error)})",
            "a network of operations that ONNX has, which all of the lab's are",
            "Take its weights as a safetensors file, or choose another network",
        ) from None
    assert program is not None
    model = program.model_proto
    _shorten(model)
    _say(model, network)
    return bytes(model.SerializeToString())


def said(content: bytes) -> dict[str, str]:
    """What a file says of itself, by name: class_names (JSON), architecture, role, dataset ..."""
    texts = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    return {key.removeprefix(SAID): text for key, text in texts.items() if key.startswith(SAID)}


def _say(model: Any, network: Network) -> None:
    """Write what the file says of itself, the same for the same network."""
    told: Mapping[str, str] = {
        "architecture": network.architecture,
        "class_names": json.dumps(list(network.classes), ensure_ascii=False),
        "input": network.kind,
        "mean": json.dumps(list(network.mean)),
        "role": network.role,
        "std": json.dumps(list(network.std)),
        **network.origin,
    }
    model.producer_name = "kdlab"
    model.ClearField("producer_version")
    for key, text in sorted(told.items()):
        model.metadata_props.add(key=SAID + key, value=text)


def _shorten(model: Any) -> None:
    """Leave out of a graph what no runtime reads."""
    graph = model.graph
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer, graph, model):
        part.ClearField("metadata_props")
        if not isinstance(part, onnx.ModelProto):
            part.ClearField("doc_string")
    graph.ClearField("value_info")


def _first_line(error: BaseException) -> str:
    lines = str(error.__cause__ or error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__
