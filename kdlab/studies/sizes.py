"""As what the size of a network is counted: in itself, or as a file for a device.

Shared by the study of compression, which measures, and the page, which draws.
"""

from __future__ import annotations

from typing import Any, Literal

Cost = Literal[
    "parameters", "flops_per_image", "latency", "bytes", "int8_bytes", "device_latency",
    "int8_latency",
]  # fmt: skip
COSTS: dict[Cost, str] = {
    "parameters": "Parameters",
    "flops_per_image": "FLOPs per image",
    "latency": "CPU latency of one image, ms",
    "bytes": "Bytes on disk, as ONNX of 32 bits",
    "int8_bytes": "Bytes on disk, as int8",
    "device_latency": "onnxruntime latency of one image, ms",
    "int8_latency": "onnxruntime latency of one image as int8, ms",
}
FILES: dict[str, tuple[str, str]] = {
    "bytes": ("onnx", "bytes"),
    "int8_bytes": ("int8", "bytes"),
    "device_latency": ("onnx", "latency"),
    "int8_latency": ("int8", "latency"),
}
"""Of a network's files: which one, and what of it."""
COUNTS = frozenset(("parameters", "flops_per_image", "bytes", "int8_bytes"))
"""Whole numbers; the others are milliseconds."""


def size(costs: dict[str, Any], network: str, across: str) -> float | None:
    """What ``network`` costs, counted in one of COSTS, from the exhibit ``costs`` of the study of
    compression; None where the study did not keep that: one of an older lab, or of a network that
    has no int8 file."""
    told = costs["networks"][network]
    if across in FILES:
        file, what = FILES[across]
        value = told.get("files", {}).get(file, {}).get(what)
    else:
        value = told[across]
    if value is None:
        return None
    return float(value["median"] if isinstance(value, dict) else value)


def ratio(costs: dict[str, Any], network: str, across: str) -> float | None:
    """How many times smaller than the teacher; None as in :func:`size`."""
    teacher, own = (size(costs, name, across) for name in (costs["teacher"], network))
    return None if teacher is None or own is None else teacher / own


def times(costs: dict[str, Any], larger: str, smaller: str) -> float:
    """How many times the parameters of ``smaller`` the network ``larger`` has."""
    parameters = (costs["networks"][name]["parameters"] for name in (larger, smaller))
    return float(next(parameters) / next(parameters))


def why_not(costs: dict[str, Any], across: str) -> str:
    """A sentence where not one network has what ``across`` asks for; empty where one has."""
    if any(size(costs, network, across) is not None for network in costs["networks"]):
        return ""
    if any("files" in told for told in costs["networks"].values()):
        return (
            "Here no network could be made an int8 file: that takes training examples to measure "
            "ranges on, at least 16, and answers that are numbers."
        )
    return (
        "This study was kept by an older version of the lab, which wrote no files for devices. "
        "`python -m kdlab study compression --config FILE.json --no-cache` runs it again and "
        "measures them; FILE.json are the settings under Take it away."
    )
