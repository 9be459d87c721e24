"""A network as an ONNX file: raw inputs go in, logits come out, any number at a time.

ONNX is the exchange format that runtimes on phones, in browsers and on servers read
(https://onnx.ai). The graph is written from the same plain steps that a browser runs
(:mod:`kdlab.device.program`), batch norm folded into the layer before it. PyTorch's own exporter
is not asked: while it traces it changes ``nn.Module`` for the whole process, in which other threads
train and answer; and it takes a second for what is done here in milliseconds.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from kdlab.device.network import LOGITS, Network
from kdlab.device.onnx_nodes import Graph, model_of, write
from kdlab.device.program import program_of

OPSET = 18
"""Of the operations: read by every runtime since 2023."""
SAID = "kdlab."
"""Begins the names of what a file says of itself."""
ROW = (
    "The input row is float32 (N, D): of each row of the table the numbers that columns names, in "
    "that order, in the units of the table. encoding says of each column of the table which of "
    "them it becomes: a number as it is, or fill where it is missing; of words 1 for the word that "
    "is there; rare is 1 for any other word, missing is 1 where nothing is there, and all else is "
    "0. Standard units are made inside. The logits (N, C) are in the order of class_names."
)
"""How a network for a table is asked, by the names of the metadata."""
TYPES = {"images": TensorProto.UINT8, "points": TensorProto.FLOAT, "text": TensorProto.INT64}


def to_onnx(network: Network) -> bytes:
    """The file; its metadata say the names of the classes in the order of the logits (JSON), how
    standard units are made, where the network comes from and, of a network for a table that is
    taken away, how a row of it becomes the input. ModelError where the network does
    something that no step does."""
    program = program_of(network)
    graph = Graph(program.weights)
    graph.values[0] = _standard(graph, network), network.shape
    for step in program.steps:
        write(graph, step)
    classes = len(network.classes)
    answer = graph.read(program.answer, (classes,))
    if all(answer not in node.output for node in graph.nodes):  # the input itself
        answer = graph.add("Identity", [answer])
    given = network.input, TYPES[network.kind], network.raw_shape
    model = model_of(graph, given, (answer, LOGITS, classes), OPSET)
    _say(model, network)
    return bytes(model.SerializeToString())


def _standard(graph: Graph, network: Network) -> str:
    """Raw inputs in the network's units; see :class:`kdlab.device.network.Deployed`."""
    if network.kind == "text":
        depth = graph.constant(np.array(network.shape[-1]))
        return graph.add(
            "OneHot", [network.input, depth, graph.constant(np.array([0, 1], np.float32))]
        )
    raw, unit = network.input, 1
    if network.kind == "images":
        raw, unit = graph.add("Cast", [raw], to=TensorProto.FLOAT), 255
    tail = (len(network.mean),) + (1,) * (len(network.shape) - 1)
    for op, numbers in (("Sub", network.mean), ("Div", network.std)):
        value = (unit * np.array(numbers, np.float32)).reshape(tail)
        raw = graph.add(op, [raw, graph.constant(value)])
    return raw


def said(content: bytes) -> dict[str, str]:
    """What a file says of itself, by name: class_names (JSON), architecture, role, dataset ..."""
    texts = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    return {key.removeprefix(SAID): text for key, text in texts.items() if key.startswith(SAID)}


def _say(model: Any, network: Network) -> None:
    """Write what the file says of itself, the same for the same network."""
    told: dict[str, str] = {
        "architecture": network.architecture,
        "class_names": json.dumps(list(network.classes), ensure_ascii=False),
        "input": network.kind,
        "mean": json.dumps(list(network.mean)),
        "role": network.role,
        "std": json.dumps(list(network.std)),
        **network.origin,
    }
    if network.columns:
        told["columns"] = json.dumps(list(network.columns), ensure_ascii=False)
    if network.encoding is not None:
        told["encoding"] = json.dumps(network.encoding.as_json(), ensure_ascii=False)
        told["usage"] = ROW
    model.producer_name = "kdlab"
    for key, text in sorted(told.items()):
        model.metadata_props.add(key=SAID + key, value=text)
