"""A network as an ExecuTorch file (.pte), PyTorch's own runtime for phones and microcontrollers.

Its package brings two dozen others, so it is not among those of the lab: where it is installed
beside them it is used, and else what is needed is told (:mod:`kdlab.device.formats`). A file
answers one input at a time, with the kernels of XNNPACK (https://docs.pytorch.org/executorch/).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kdlab.device.network import Deployed, Network
from kdlab.errors import ModelError


def to_pte(network: Network) -> bytes:
    """The file. ModelError where the network does something that ExecuTorch cannot express."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    raw = torch.zeros(1, *network.raw_shape, dtype=network.raw_type)
    try:
        program = torch.export.export(Deployed(network), (raw,))
        lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
        return bytes(lowered.to_executorch().buffer)
    except Exception as error:  # of torch.export and of ExecuTorch, without a class in common
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(
            f"{network.architecture} cannot be written for ExecuTorch ({lines[0][:160]})",
            "a network of the lab",
            "Choose ONNX",
        ) from None


def asked(content: bytes) -> Callable[[NDArray[np.generic]], NDArray[np.float32]]:
    """What the file says, in ExecuTorch's runtime: (N, *raw shape) -> logits (N, classes)."""
    from executorch.runtime import Runtime

    method: Any = Runtime.get().load_program(content).load_method("forward")

    def logits(raw: NDArray[np.generic]) -> NDArray[np.float32]:
        each = (torch.from_numpy(raw[n : n + 1]) for n in range(len(raw)))
        return np.concatenate([method.execute([one])[0].numpy().copy() for one in each])

    return logits
