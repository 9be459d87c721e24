"""Whether a file says what the network says: it is loaded again and asked about real inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kdlab.device import runtime
from kdlab.device.network import Deployed, Network
from kdlab.errors import ModelError

FP32, FP16 = 1e-4, 2e-2
"""How far logits may be from PyTorch's, as a share of their range over all inputs and classes:
32-bit sums in another order, and numbers rounded to 11 bits."""
INT8_ALIKE = 0.8
"""Of int8 logits differ by design: at least so many answers are the same. What it costs in accuracy
is measured and told."""
INPUTS = 500
"""That both are asked about."""


@dataclass(frozen=True)
class Agreement:
    """``difference``: the largest one of a logit, as a share of the range of all logits. ``alike``:
    the share of inputs with the same answer. Over ``inputs`` inputs."""

    difference: float
    alike: float
    inputs: int


def by_torch(network: Network, raw: NDArray[np.generic]) -> NDArray[np.float32]:
    """The network's own logits, (N, *raw shape) -> (N, classes)."""
    deployed = Deployed(network)
    with torch.inference_mode():
        parts = [deployed(part) for part in torch.from_numpy(raw).split(runtime.BATCH)]
    found: NDArray[np.float32] = torch.cat(parts).numpy()
    return found


def compare(found: NDArray[np.float32], own: NDArray[np.float32]) -> Agreement:
    """Logits of a file beside the network's own, both (N, classes)."""
    spread = max(float(np.ptp(own)), 1e-12)
    with np.errstate(invalid="ignore"):
        difference = float(np.abs(found - own).max()) / spread
    alike = float((found.argmax(1) == own.argmax(1)).mean())
    return Agreement(difference if np.isfinite(difference) else np.inf, alike, len(own))


def check(agreement: Agreement, kind: str, name: str) -> None:
    """ModelError where a file of this ``kind`` (fp32, fp16, int8) does not say what the network
    says; ``name`` is the network's."""
    if kind == "int8":
        if agreement.alike >= INT8_ALIKE:
            return
        received = (
            f"as int8 {name} answers {100 * agreement.alike:.0f} % of {agreement.inputs:,} inputs "
            "as before"
        )
        allowed = f"at least {100 * INT8_ALIKE:.0f} %"
    else:
        limit = FP16 if kind == "fp16" else FP32
        if agreement.difference <= limit:
            return
        received = (
            f"logits of {name} as {kind} differ from PyTorch's by up to "
            f"{agreement.difference:.2g} of their range"
        )
        allowed = f"at most {limit:g}"
    raise ModelError(received, allowed, "Take another format of this network: no file was written")
