"""What reaches a browser without PyTorch: the scripts that run there, how a program is written, and
the programs of MLPs.

A page's process must not wait for torch. It has the weights of an MLP as plain arrays
(:mod:`kdlab.models.arrays`), and those are all that such a program needs;
:mod:`kdlab.device.program` makes the same one of the module, as of every other network.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kdlab.models.arrays import Layers
from kdlab.models.family import kind_of

BROWSER = Path(__file__).parent / "browser"
"""Scripts for browsers."""
FORWARD = tuple(BROWSER / name for name in ("products.js", "steps.js", "forward.js"))
"""Those that run a program, in order."""
DRAWING, INK, TIMING = (BROWSER / name for name in ("drawing.js", "ink.js", "timing.js"))
"""From a drawing to an input; a pad to draw on; how long a pass takes."""
FORMAT = 1
"""Of what :func:`written` gives; a reader refuses another one."""
DRAWABLE = DIGITS, MNIST = (1, 8, 8), (1, 28, 28)
"""Input shapes of networks for which somebody can draw."""
INPUTS = {"images": "pixels", "points": "points", "text": "symbols"}
"""Kind of input -> what files call it."""


def forward_script() -> str:
    """The JavaScript that runs programs: ``createNetwork``, see there."""
    return "\n".join(path.read_text(encoding="utf-8") for path in FORWARD)


def written(
    *,
    role: str,
    architecture: str,
    parameters: int,
    origin: Mapping[str, str],
    classes: Sequence[str],
    shape: tuple[int, ...],
    mean: Sequence[float],
    std: Sequence[float],
    steps: list[dict[str, Any]],
    weights: npt.NDArray[np.float32],
    answer: int,
) -> dict[str, Any]:
    """All that a browser needs, for ``createNetwork`` in ``browser/forward.js``: what is known of
    the network (:class:`kdlab.device.network.Network`), and its ``steps``, ``weights`` and
    ``answer`` (:class:`kdlab.device.program.Program`). The weights become base64 of little-endian
    float32."""
    kind = kind_of(shape)
    return {
        "format": FORMAT,
        "role": role,
        "architecture": architecture,
        "parameters": parameters,
        "origin": dict(origin),
        "classes": list(classes),
        "input": {
            "kind": kind,
            "name": INPUTS[kind],
            "shape": list(shape),
            "mean": list(mean),
            "std": list(std),
        },
        "steps": steps,
        "answer": answer,
        "weights": base64.b64encode(weights.astype("<f4").tobytes()).decode(),
    }


def mlp(layers: Layers, **about: Any) -> dict[str, Any]:
    """The program of an MLP with ReLU; ``about`` is what :func:`written` wants to know besides,
    from ``role`` to ``std``."""
    steps: list[dict[str, Any]] = []
    at = 0
    for n, (weight, bias) in enumerate(layers):
        places = {}
        for name, array in (("weight", weight), ("bias", bias)):
            places[name] = {"at": at, "shape": list(array.shape)}
            at += array.size
        # Of two values, what a layer gives and what ReLU makes of it, the first one is kept.
        step = {"op": "linear", "of": [max(0, 2 * n - 1)], "to": 2 * n + 1, "shape": [len(bias)]}
        last = n == len(layers) - 1
        steps.append(step | ({} if last else {"relu": True}) | {"weights": places})
    rows = np.concatenate([array.ravel() for layer in layers for array in layer])
    answer = steps[-1]["to"]
    return written(**about, parameters=at, steps=steps, weights=rows, answer=answer)
