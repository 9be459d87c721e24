"""A run's networks as files for a device: found in the store, or trained first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import StoreError
from kdlab.events import Event, Remark, RunFailed
from kdlab.experiments.run import networks, run
from kdlab.experiments.runner import read_data
from kdlab.models import black_box
from kdlab.storage.store import Store

if TYPE_CHECKING:
    from kdlab.device.exported import Exported


def no_file(teacher: str) -> str:
    """What is told of a teacher that is no network, where files for a device are made."""
    return f"The teacher, {teacher}, is not a network: there are files of its students alone."


def export(
    config: DistilConfig,
    formats: str = "onnx",
    beside: Sequence[str] = (),
    store: Store | None = None,
    *,
    train: bool = True,
) -> Generator[Event, None, list[Exported]]:
    """The files of ``formats`` ("onnx,int8", see :mod:`kdlab.device.formats`) of the teacher and
    the first seed's two students; on the page for a phone stands the distilled one, with those
    ``beside`` it. Each is loaded again and held to the network.

    ConfigError for formats and networks that there are not; ModelError where a file does not say
    what its network says. A run that is not in the store is trained, and kept; StoreError where it
    is not to be (``train``).
    """
    from kdlab.device import exported
    from kdlab.device import formats as known

    wanted = known.find(formats)
    store, config = store or Store(), checks.normal(config)
    if not store.has_weights(config) or checks.may_change(config):
        if not train:
            raise StoreError(
                "the networks of this run are not on this machine, or its data may have changed",
                "a run that was trained here, on data that stay as they are",
                "Train it again, and take its files with python -m kdlab export",
            )
        for event in run.run(config, store):
            yield event
            if isinstance(event, RunFailed):
                raise StoreError(
                    f"the run failed: {event.reason.rstrip('.')}",
                    "a run that ends without an error",
                    "Change its settings",
                )
    split = yield from read_data(config)
    found = networks.networks(config, split, store)
    if black_box.find(config.teacher) is not None:
        yield Remark(text=no_file(config.teacher))
    return (yield from exported.all_files(found, exported.Inputs.of(split), wanted, beside))
