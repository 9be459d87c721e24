"""The students of a study as one file beside its events: of each arm that of the first seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kdlab.errors import ModelError
from kdlab.experiments.study.record import StudyConfig
from kdlab.training.arms.arm import Arm

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.device.network import Network
    from kdlab.training.arms.context import TrainingContext

FILE = "students.safetensors"
MOST_BYTES = 50_000_000
"""Of the file. A study of larger networks keeps none: a home has room for many studies."""
_TOLD = "students"
"""In the metadata: a JSON list of [label, architecture], in the order of the prefixes."""


def of_arms(arms: Sequence[Arm]) -> list[Arm]:
    """The arms whose students read the data as they are, and answer with the classes alone."""
    return [arm for arm in arms if arm.factor == 1 and arm.auxiliary is None]


def dumped(arms: Sequence[Arm], context: TrainingContext) -> bytes | None:
    """The file of the students that ``context`` has trained; None where there are none to keep, or
    they are too large."""
    import safetensors.torch

    from kdlab.models.weights import in_order

    told, tensors, size = [], {}, 0
    for arm in of_arms(arms):
        done = context.done[arm.name]
        state = done.engine.module(done.place).state_dict()
        told.append([arm.label, arm.student])
        for name, tensor in state.items():
            tensors[f"{len(told) - 1}/{name}"] = kept = tensor.detach().cpu().contiguous()
            size += kept.nbytes
        if size > MOST_BYTES:
            return None
    metadata = {"format": "pt", _TOLD: json.dumps(told, ensure_ascii=False)}
    return in_order(safetensors.torch.save(tensors, metadata)) if told else None


def networks(content: bytes, config: StudyConfig, split: DataSplit) -> list[Network]:
    """The students in a file, in the order of the arms; ModelError where it is not what
    :func:`dumped` wrote for these data."""
    from kdlab.models import header, weights

    data, head = weights.contents(content, MOST_BYTES + header.MAX_BYTES)
    try:
        told = [(str(label), str(name)) for label, name in json.loads(head.texts[_TOLD])]
    except (KeyError, ValueError, TypeError, RecursionError):
        raise _odd() from None
    tensors = weights.read_tensors(data)
    found = []
    for place, (label, name) in enumerate(told):
        start = f"{place}/"
        own = {k.removeprefix(start): t for k, t in tensors.items() if k.startswith(start)}
        module = weights.fit(name, split.shape, len(split.classes), own)
        found.append(network_of(label, name, module, config, split))
    return found


def network_of(
    role: str, architecture: str, module: Any, config: StudyConfig, split: DataSplit
) -> Network:
    """``module`` with all that a device needs to know of it."""
    from kdlab.device.network import Network

    origin = {"dataset": config.dataset, "study": config.fingerprint()}
    network = Network.of(role, architecture, module, split, **origin)
    return replace(network, encoding=split.encoding)


def _odd() -> ModelError:
    return ModelError(
        f"the file {FILE} of this study does not say whose networks it holds",
        "what the lab wrote when the study ended",
        "Run the study again with --no-cache",
    )
