"""The steps of what the lab's networks read texts with."""

from __future__ import annotations

from typing import Any

from kdlab.device.steps import Made, Steps, shape_of
from kdlab.device.watched import Call
from kdlab.models.gpt import Block
from kdlab.models.gru import GRULayer


def gru(steps: Steps, call: Call) -> Made:
    """What is read of all characters at once, then the state from one to the next."""
    layer, source = call.module, steps.value(call.args[0])
    assert isinstance(layer, GRULayer)
    if source is None:
        return None
    length, width = shape_of(call.given[0])
    read = {"weight": layer.read.weight, "bias": layer.read.bias}
    seen = steps.add("linear", [source], (length, 3 * width), read)
    recall = {"weight": layer.recall.weight, "bias": layer.recall.bias}
    return [steps.add("gru", [seen], (length, width), recall)]


def block(steps: Steps, call: Call) -> Made:
    """As the block itself goes, but for one text: see :class:`kdlab.models.gpt.Block`."""
    own, source = call.module, steps.value(call.args[0])
    assert isinstance(own, Block)
    if source is None:
        return None
    (length, width), (asked, _) = shape_of(call.args[0]), shape_of(call.given[0])

    def layer(op: str, of: int, rows: int, module: Any, **more: Any) -> int:
        weights = {"weight": module.weight, "bias": module.bias}
        inner = module.out_features if op == "linear" else width
        return steps.add(op, [of], (rows, inner), weights, **more)

    def last(of: int) -> int:
        start = (length - asked) * width
        return steps.add("slice", [of], (asked, width), {}, start=start) if start else of

    seen = layer("norm", source, length, own.norm1, eps=own.norm1.eps)
    key_value = layer("linear", seen, length, own.key_value)
    query = layer("linear", last(seen), asked, own.query)
    found = steps.add("attend", [query, key_value], (asked, width), {}, heads=own.heads)
    told = layer("linear", found, asked, own.output)
    x = steps.add("add", [last(source), told], (asked, width), {})
    seen = layer("norm", x, asked, own.norm2, eps=own.norm2.eps)
    wider = layer("linear", seen, asked, own.wider)
    bent = steps.add("gelu", [wider], (asked, 4 * width), {})
    return [steps.add("add", [x, layer("linear", bent, asked, own.narrower)], (asked, width), {})]
