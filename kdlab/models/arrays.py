"""MLPs without torch: from a file of weights to logits, in microseconds and without a worker."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Layers = list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]
"""Weights (out, in) and biases (out,) of an MLP, first layer first."""


def mlp_layers(file: bytes) -> Layers | None:
    """The layers of an MLP from its safetensors file; None where it cannot be read as one.

    Whoever gets None asks a worker, which says what is wrong with the file if something is.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(file)
        numbers = sorted({int(name.split(".")[0]) for name in tensors})
        layers = [(tensors[f"{n}.weight"], tensors[f"{n}.bias"]) for n in numbers]
    except (SafetensorError, ValueError, KeyError):
        return None
    numbers_of_ours = all(part.dtype == np.float32 for layer in layers for part in layer)
    shapes = [(weight.shape, bias.shape) for weight, bias in layers]
    if not layers or not numbers_of_ours or any(len(w) != 2 or b != w[:1] for w, b in shapes):
        return None
    return layers if all(a[0][0] == b[0][1] for a, b in pairwise(shapes)) else None


def mlp_logits(layers: Layers, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logits (N, classes) of an MLP with ReLU for standardised ``inputs`` (N, ...): what
    :func:`kdlab.experiments.run.run.answer` says, which asks a worker."""
    x: npt.NDArray[np.float32] = inputs.reshape(len(inputs), -1)
    for n, (weight, bias) in enumerate(layers):
        x = (np.maximum(x, 0) if n else x) @ weight.T + bias
    return x
