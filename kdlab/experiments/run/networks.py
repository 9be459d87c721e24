"""The networks of a finished run, out of the store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kdlab.config.schema import DistilConfig
from kdlab.errors import ModelError, StoreError
from kdlab.models import black_box
from kdlab.storage.store import Store

MOST_BYTES = 40_000_000
"""Of the weights of all networks that a browser is sent: what it fetches in a moment, and can run
while somebody draws."""

if TYPE_CHECKING:
    from torch import nn

    from kdlab.data.split import DataSplit
    from kdlab.device.network import Network


def modules(config: DistilConfig, store: Store | None = None) -> dict[str, nn.Module]:
    """teacher, labels only, distilled (of the first seed) -> the network, in eval mode: all with
    the classes in the order of the run. Trees are there as well; a teacher that is a file is not,
    since nobody can ask it. StoreError where it is not in the store, or damaged."""
    from kdlab.models import class_names, trees, weights

    files = (store or Store()).weights(config)
    if files is None:
        raise _missing(config)
    teacher = files.pop("teacher") if black_box.find(config.teacher) is not None else b""
    found = {name: weights.bring(file) for name, file in files.items()}
    ours = found["distilled"].names
    networks = {name: each.network() for name, each in found.items()}
    for name, each in found.items():
        if ours and each.names:  # a teacher that was loaded has its classes in its own order
            class_names.arrange(networks[name], each.names, ours)
    if teacher and config.teacher != black_box.ANSWERS.name:
        return {"teacher": trees.load(teacher), **networks}
    return networks


def for_devices(found: dict[str, nn.Module], config: DistilConfig) -> dict[str, nn.Module]:
    """Those of ``found`` that can leave as a file for a device: trees cannot."""
    box = black_box.find(config.teacher)
    return {role: each for role, each in found.items() if role != "teacher" or box is None}


def networks(config: DistilConfig, split: DataSplit, store: Store | None = None) -> list[Network]:
    """The same with all that a device needs to know of them."""
    found = for_devices(modules(config, store), config)
    facts = (split.shape, split.classes, split.mean, split.std)
    return [
        replace(each, columns=split.columns, encoding=split.encoding)
        for each in _known(config, found, *facts)
    ]


def programs(config: DistilConfig, store: Store | None = None) -> list[dict[str, Any]]:
    """The same as programs for a browser, as JSON has them (:mod:`kdlab.device.program`); no data
    are read. ModelError where their weights are more than MOST_BYTES, or where a network has an
    operation that no step does; StoreError as :func:`modules`."""
    from kdlab.device.pocket import size_of
    from kdlab.device.program import program_of

    store = store or Store()
    found = for_devices(modules(config, store), config)
    outputs = store.teacher_outputs(config.teacher_config())
    if outputs is None:
        raise _missing(config)
    size = sum(4 * each.numel() for module in found.values() for each in module.parameters())
    if size > MOST_BYTES:
        raise ModelError(
            f"{config.teacher} and two of {config.student} have {size_of(size)} of weights",
            f"at most {size_of(MOST_BYTES)} for networks that run in the browser",
            "Choose smaller networks",
        )
    facts = (outputs.input_shape, outputs.classes, outputs.mean, outputs.std)
    return [program_of(each).as_json() for each in _known(config, found, *facts)]


def _missing(config: DistilConfig) -> StoreError:
    return StoreError(
        f"the run {config.fingerprint()} has no weights in the store",
        "a run that was trained to its end on this machine",
        "Train it on the page Live distillation first",
    )


def about(config: DistilConfig, role: str) -> dict[str, Any]:
    """What is told of a run's network beside its inputs: role, architecture, origin."""
    return {
        "role": role,
        "architecture": config.teacher if role == "teacher" else config.student,
        "origin": {"dataset": config.dataset, "run": config.fingerprint()},
    }


def _known(
    config: DistilConfig,
    found: dict[str, nn.Module],
    shape: tuple[int, ...],
    classes: tuple[str, ...],
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> list[Network]:
    from kdlab.device.network import Network

    return [
        Network(
            **about(config, role), module=module, shape=shape, classes=classes, mean=mean, std=std
        )
        for role, module in found.items()
    ]
