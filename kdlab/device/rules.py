"""Which steps a call of PyTorch is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from kdlab.device import text_rules
from kdlab.device.steps import Made, Steps, given, one, pair, shape_of
from kdlab.device.watched import Call

Rule = Callable[[Steps, Call], Made]


def _linear(steps: Steps, call: Call) -> Made:
    a = given(call, input=None, weight=None, bias=None)
    return one(steps, call, "linear", weight=a["weight"], bias=a["bias"])


def _conv(steps: Steps, call: Call) -> Made:
    a = given(call, input=None, weight=None, bias=None, stride=1, padding=0, dilation=1, groups=1)
    if isinstance(a["padding"], str) or pair(a["dilation"]) != [1, 1]:
        return None
    weights = {"weight": a["weight"], "bias": a["bias"]}
    return one(
        steps, call, "conv", _window(a, a["weight"].shape[2:], groups=a["groups"]), **weights
    )


def _batch_norm(steps: Steps, call: Call) -> Made:
    """In use it is a factor and a shift for each channel."""
    a = given(
        call, input=None, running_mean=None, running_var=None, weight=None, bias=None,
        training=False, momentum=0.1, eps=1e-5,
    )  # fmt: skip
    mean, variance = a["running_mean"], a["running_var"]
    if a["training"] or mean is None:
        return None
    factor = 1 / (variance.double() + a["eps"]).sqrt()
    factor = factor if a["weight"] is None else factor * a["weight"].double()
    shift = -mean.double() * factor
    shift = shift if a["bias"] is None else shift + a["bias"].double()
    return one(steps, call, "scale", weight=factor, bias=shift)


def _layer_norm(steps: Steps, call: Call) -> Made:
    a = given(call, input=None, normalized_shape=(), weight=None, bias=None, eps=1e-5)
    if len(a["normalized_shape"]) != 1 or a["weight"] is None or a["bias"] is None:
        return None
    return one(steps, call, "norm", {"eps": a["eps"]}, weight=a["weight"], bias=a["bias"])


def _max_pool(steps: Steps, call: Call) -> Made:
    a = given(
        call, input=None, kernel_size=None, stride=None, padding=0, dilation=1,
        ceil_mode=False, return_indices=False,
    )  # fmt: skip
    if pair(a["dilation"]) != [1, 1] or a["ceil_mode"] or a["return_indices"]:
        return None
    return one(steps, call, "maxpool", _window(a, a["kernel_size"]))


def _avg_pool(steps: Steps, call: Call) -> Made:
    a = given(
        call, input=None, kernel_size=None, stride=None, padding=0, ceil_mode=False,
        count_include_pad=True, divisor_override=None,
    )  # fmt: skip
    if a["ceil_mode"] or a["divisor_override"] is not None:
        return None
    return one(steps, call, "avgpool", _window(a, a["kernel_size"], whole=a["count_include_pad"]))


def _window(a: dict[str, Any], kernel: Any, **more: Any) -> dict[str, Any]:
    """Where a kernel reads in which image; a stride that is not given is the kernel's size."""
    stride = kernel if a["stride"] in (None, ()) else a["stride"]
    sizes = {"kernel": pair(kernel), "stride": pair(stride), "padding": pair(a["padding"])}
    return {"image": list(shape_of(a["input"])), **sizes, **more}


def _mean(steps: Steps, call: Call) -> Made:
    """Over height and width."""
    a = given(call, input=None, dim=None, keepdim=False)
    dims = sorted(d % 4 for d in a["dim"]) if isinstance(a["dim"], tuple | list) else None
    if call.args[0].ndim != 4 or dims != [2, 3]:
        return None
    return one(steps, call, "mean")


def _add(steps: Steps, call: Call) -> Made:
    first, second = call.args[:2]
    if call.kwargs.get("alpha", 1) != 1 or not isinstance(second, Tensor):
        return None
    if steps.value(second) is None and first.shape[1:] == second.shape:
        return one(steps, call, "shift", weight=second)
    same = first.shape == second.shape
    return one(steps, call, "add", of=[first, second]) if same else None


def _cat(steps: Steps, call: Call) -> Made:
    """Of channels, or of anything else that comes first."""
    a = given(call, tensors=(), dim=0)
    return one(steps, call, "concat", of=list(a["tensors"])) if a["dim"] == 1 else None


def _chunk(steps: Steps, call: Call) -> Made:
    a = given(call, input=None, chunks=1, dim=0)
    source = steps.value(a["input"])
    if a["dim"] != 1 or source is None:
        return None
    made, start = [], 0
    for part in call.given:
        made.append(steps.add("slice", [source], shape_of(part), {}, start=start))
        start += part[0].numel()
    return made


def _item(steps: Steps, call: Call) -> Made:
    """The last one: of a text, what stands at its last character."""
    tensor, index = call.args
    if index != (slice(None), -1):
        return None
    start = tensor[0].numel() - call.given[0].numel()
    return one(steps, call, "slice", {"start": start})


def _same(steps: Steps, call: Call) -> Made:
    """Numbers that stay in their order: another shape alone."""
    value = steps.value(call.args[0])
    whole = call.given[0].numel() == call.args[0].numel() and len(call.given[0]) == 1
    return [value] if value is not None and whole else None


def _transpose(steps: Steps, call: Call) -> Made:
    """The first two of what is no batch: channels in groups are shuffled so."""
    a = given(call, input=None, dim0=0, dim1=0)
    if sorted((a["dim0"], a["dim1"])) != [1, 2]:
        return None
    return one(steps, call, "swap", {"sides": list(a["input"].shape[1:3])})


RULES: dict[str, Rule] = {
    "linear": _linear,
    "conv2d": _conv,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "relu": lambda steps, call: one(steps, call, "relu"),
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "mean": _mean,
    "add": _add,
    "cat": _cat,
    "chunk": _chunk,
    "__getitem__": _item,
    "flatten": _same,
    "unflatten": _same,
    "transpose": _transpose,
    "GRULayer": text_rules.gru,
    "Block": text_rules.block,
}
"""Name of a call -> the steps for it."""


def take(steps: Steps, call: Call) -> None:
    """Write what one call does; ModelError for one that is not known."""
    rule = RULES.get(call.name)
    made = rule(steps, call) if rule else None
    if made is None:
        raise steps.refused(call)
    for tensor, value in zip(call.given, made, strict=True):
        steps.name(tensor, value)
