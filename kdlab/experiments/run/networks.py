"""The networks of a finished run, out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.config.schema import DistilConfig
from kdlab.errors import StoreError
from kdlab.storage.store import Store

if TYPE_CHECKING:
    from torch import nn

    from kdlab.data.split import DataSplit
    from kdlab.device.network import Network


def modules(config: DistilConfig, store: Store | None = None) -> dict[str, nn.Module]:
    """teacher, labels only, distilled (of the first seed) -> the network, in eval mode: all with
    the classes in the order of the run. StoreError where it is not in the store, or damaged."""
    from kdlab.models import class_names, weights

    files = (store or Store()).weights(config)
    if files is None:
        raise StoreError(
            f"the run {config.fingerprint()} has no weights in the store",
            "a run that was trained to its end on this machine",
            "Train it on the page Live distillation first",
        )
    found = {name: weights.bring(file) for name, file in files.items()}
    ours = found["distilled"].names
    networks = {name: each.network() for name, each in found.items()}
    for name, each in found.items():
        if ours and each.names:  # a teacher that was loaded has its classes in its own order
            class_names.arrange(networks[name], each.names, ours)
    return networks


def networks(config: DistilConfig, split: DataSplit, store: Store | None = None) -> list[Network]:
    """The same with all that a device needs to know of them."""
    from kdlab.device.network import Network

    origin = {"dataset": config.dataset, "run": config.fingerprint()}
    return [
        Network(
            role=role,
            architecture=config.teacher if role == "teacher" else config.student,
            module=module,
            shape=split.shape,
            classes=split.classes,
            mean=split.mean,
            std=split.std,
            origin=origin,
        )
        for role, module in modules(config, store).items()
    ]
