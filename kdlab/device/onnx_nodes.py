"""ONNX operations for each step of a program (:mod:`kdlab.device.program`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Shape = tuple[int, ...]
Step = dict[str, Any]


class Graph:
    """A graph in the making. ``values`` says of each value of the program what it is called and,
    without the batch, which shape it was given."""

    def __init__(self, weights: NDArray[np.float32]) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.values: dict[int, tuple[str, Shape]] = {}
        self._weights = weights
        self._known: dict[tuple[Any, ...], str] = {}
        self._count = 0

    def add(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """An operation with one output; its name."""
        return self.split(op, inputs, 1, **attributes)[0]

    def split(self, op: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """An operation with several outputs; their names."""
        names = [f"v{self._count + n}" for n in range(outputs)]
        self._count += outputs
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names

    def number(self, value: float) -> str:
        """A single number, 32 bits."""
        return self.constant(np.array(value, np.float32))

    def constant(self, value: NDArray[np.generic]) -> str:
        """A constant; the same one stands in the file once."""
        mark = (value.dtype.str, value.shape, value.tobytes())
        if mark not in self._known:
            self._known[mark] = name = f"c{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return self._known[mark]

    def weight(self, step: Step, name: str) -> NDArray[np.float32] | None:
        """A weight of a step, None where it has none of this name."""
        place = step.get("weights", {}).get(name)
        if place is None:
            return None
        size = math.prod(place["shape"])
        return self._weights[place["at"] : place["at"] + size].reshape(place["shape"])

    def reshaped(self, name: str, shape: Shape) -> str:
        """The same numbers in another ``shape``, behind the batch."""
        return self.add("Reshape", [name, self.constant(np.array([-1, *shape], np.int64))])

    def read(self, value: int, shape: Shape) -> str:
        """A value of the program in the ``shape`` in which it is read."""
        name, given = self.values[value]
        return name if given == shape else self.reshaped(name, shape)


def _plus(graph: Graph, name: str, bias: NDArray[np.float32] | None) -> str:
    return name if bias is None else graph.add("Add", [name, graph.constant(bias)])


def _linear(graph: Graph, step: Step) -> str:
    weight, bias = graph.weight(step, "weight"), graph.weight(step, "bias")
    assert weight is not None, "a layer has weights"
    shape = tuple(step["shape"])
    source = graph.read(step["of"][0], (*shape[:-1], weight.shape[1]))
    if len(shape) == 1:
        given = [source, graph.constant(weight)]
        if bias is not None:
            given.append(graph.constant(bias))
        return graph.add("Gemm", given, transB=1)
    return _plus(graph, graph.add("MatMul", [source, graph.constant(weight.T)]), bias)


def _window(step: Step) -> dict[str, Any]:
    return {
        "kernel_shape": step["kernel"], "strides": step["stride"], "pads": [*step["padding"]] * 2
    }  # fmt: skip


def _conv(graph: Graph, step: Step) -> str:
    given = [graph.read(step["of"][0], tuple(step["image"]))]
    for name in ("weight", "bias"):
        weight = graph.weight(step, name)
        if weight is not None:
            given.append(graph.constant(weight))
    return graph.add("Conv", given, group=step["groups"], **_window(step))


def _pool(op: str) -> Callable[[Graph, Step], str]:
    def pool(graph: Graph, step: Step) -> str:
        more = {"count_include_pad": int(step["whole"])} if "whole" in step else {}
        source = graph.read(step["of"][0], tuple(step["image"]))
        return graph.add(op, [source], **_window(step), **more)

    return pool


def _mean(graph: Graph, step: Step) -> str:
    name, _ = graph.values[step["of"][0]]
    return graph.add("ReduceMean", [name, graph.constant(np.array([2, 3]))], keepdims=0)


def _scale(graph: Graph, step: Step) -> str:
    shape = tuple(step["shape"])
    found = graph.read(step["of"][0], shape)
    for op, name in (("Mul", "weight"), ("Add", "bias")):
        weight = graph.weight(step, name)
        assert weight is not None, "a norm has both"
        tall = weight.reshape(-1, *(1,) * (len(shape) - 1))
        found = graph.add(op, [found, graph.constant(tall)])
    return found


def _norm(graph: Graph, step: Step) -> str:
    source = graph.read(step["of"][0], tuple(step["shape"]))
    weights = [graph.weight(step, name) for name in ("weight", "bias")]
    given = [source, *(graph.constant(w) for w in weights if w is not None)]
    return graph.add("LayerNormalization", given, axis=-1, epsilon=step["eps"])


def _gelu(graph: Graph, step: Step) -> str:
    x = graph.read(step["of"][0], tuple(step["shape"]))
    root, one, half = map(graph.number, (1 / math.sqrt(2), 1, 0.5))
    bent = graph.add("Add", [graph.add("Erf", [graph.add("Mul", [x, root])]), one])
    return graph.add("Mul", [graph.add("Mul", [x, bent]), half])


def _shift(graph: Graph, step: Step) -> str:
    weight = graph.weight(step, "weight")
    assert weight is not None, "what is added"
    shape = tuple(step["shape"])
    return _plus(graph, graph.read(step["of"][0], shape), weight.reshape(shape))


def _slice(graph: Graph, step: Step) -> str:
    """A part of the numbers in their order."""
    name, given = graph.values[step["of"][0]]
    row = name if len(given) == 1 else graph.reshaped(name, (math.prod(given),))
    start, shape = step["start"], tuple(step["shape"])
    ends = (graph.constant(np.array([v])) for v in (start, start + math.prod(shape), 1))
    part = graph.add("Slice", [row, *ends])
    return part if len(shape) == 1 else graph.reshaped(part, shape)


def _swap(graph: Graph, step: Step) -> str:
    """(A, B, ...) -> (B, A, ...)."""
    name, given = graph.values[step["of"][0]]
    sides = tuple(step["sides"])
    inner = math.prod(given) // math.prod(sides)
    turned = graph.add("Transpose", [graph.reshaped(name, (*sides, inner))], perm=[0, 2, 1, 3])
    return graph.reshaped(turned, tuple(step["shape"]))


def _gru(graph: Graph, step: Step) -> str:
    """One character after the other; the state before the first is 0, and recalls the bias."""
    length, width = step["shape"]
    weight, bias = graph.weight(step, "weight"), graph.weight(step, "bias")
    assert weight is not None, "a recurrent layer has weights"
    bias = np.zeros(3 * width, np.float32) if bias is None else bias
    seen = graph.read(step["of"][0], (length, 3 * width))
    one, axis = graph.number(1), graph.constant(np.array([1]))
    rows = graph.split("Split", [seen], length, axis=1, num_outputs=length)
    state, states = "", []
    for row in rows:
        gates = graph.split("Split", [graph.add("Squeeze", [row, axis])], 3, axis=1, num_outputs=3)
        if state:
            given = [state, graph.constant(weight), graph.constant(bias)]
            recalled = graph.add("Gemm", given, transB=1)
            old = graph.split("Split", [recalled], 3, axis=1, num_outputs=3)
        else:
            old = [graph.constant(part) for part in np.split(bias, 3)]
        reset, update = (
            graph.add("Sigmoid", [graph.add("Add", [gates[n], old[n]])]) for n in (0, 1)
        )
        kept = graph.add("Mul", [reset, old[2]])
        new = graph.add("Tanh", [graph.add("Add", [gates[2], kept])])
        fresh = graph.add("Mul", [graph.add("Sub", [one, update]), new])
        state = graph.add("Add", [fresh, graph.add("Mul", [update, state])]) if state else fresh
        states.append(graph.add("Unsqueeze", [state, axis]))
    return graph.add("Concat", states, axis=1)


def _attend(graph: Graph, step: Step) -> str:
    """As ``attend`` in ``browser/steps.js``: each of the last characters looks at those up to
    itself."""
    (asked, width), heads = step["shape"], step["heads"]
    key_value = graph.values[step["of"][1]][1]
    length, each = math.prod(key_value) // (2 * width), width // heads
    query = graph.reshaped(graph.read(step["of"][0], (asked, width)), (asked, heads, each))
    both = graph.reshaped(graph.read(step["of"][1], key_value), (length, 2 * width))
    parts = graph.split("Split", [both], 2, axis=2, num_outputs=2)
    key, value = (graph.reshaped(part, (length, heads, each)) for part in parts)
    query = graph.add("Transpose", [query], perm=[0, 2, 1, 3])
    key = graph.add("Transpose", [key], perm=[0, 2, 3, 1])
    value = graph.add("Transpose", [value], perm=[0, 2, 1, 3])
    scores = graph.add(
        "Mul",
        [graph.add("MatMul", [query, key]), graph.number(1 / math.sqrt(each))],
    )
    if asked > 1:
        later = np.triu(np.full((length, length), -np.inf, np.float32), 1)[-asked:]
        scores = graph.add("Add", [scores, graph.constant(later)])
    found = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), value])
    return graph.reshaped(graph.add("Transpose", [found], perm=[0, 2, 1, 3]), (asked, width))


def _simple(op: str, **attributes: Any) -> Callable[[Graph, Step], str]:
    """An operation on values of the step's own shape."""

    def simple(graph: Graph, step: Step) -> str:
        shape = tuple(step["shape"])
        return graph.add(op, [graph.read(value, shape) for value in step["of"]], **attributes)

    return simple


def _concat(graph: Graph, step: Step) -> str:
    return graph.add("Concat", [graph.values[value][0] for value in step["of"]], axis=1)


STEPS: dict[str, Callable[[Graph, Step], str]] = {
    "linear": _linear,
    "conv": _conv,
    "maxpool": _pool("MaxPool"),
    "avgpool": _pool("AveragePool"),
    "mean": _mean,
    "scale": _scale,
    "norm": _norm,
    "gelu": _gelu,
    "shift": _shift,
    "slice": _slice,
    "swap": _swap,
    "gru": _gru,
    "attend": _attend,
    "relu": _simple("Relu"),
    "add": _simple("Add"),
    "concat": _concat,
}
"""Name of a step -> what writes it; the name of what it makes, in the step's shape."""


def write(graph: Graph, step: Step) -> None:
    """Write one step, and the ReLU behind it where it has one."""
    made = STEPS[step["op"]](graph, step)
    if step.get("relu"):
        made = graph.add("Relu", [made])
    graph.values[step["to"]] = (made, tuple(step["shape"]))


def model_of(
    graph: Graph, given: tuple[str, int, Shape], answer: tuple[str, str, int], opset: int
) -> Any:
    """The model with one input ``given``, (name, type, shape without the batch), whose ``answer``
    (the value's name, what the file calls it, classes) any number of inputs get at a time."""
    name, kind, shape = given
    inner, outer, classes = answer
    for node in graph.nodes:
        for names in (node.input, node.output):
            names[:] = [outer if each == inner else each for each in names]
    made = helper.make_graph(
        graph.nodes,
        "network",
        [helper.make_tensor_value_info(name, kind, ["batch", *shape])],
        [helper.make_tensor_value_info(outer, onnx.TensorProto.FLOAT, ["batch", classes])],
        graph.constants,
    )
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_VERSION
    )


IR_VERSION = 10
"""Of the file's form: read by runtimes since 2024."""
