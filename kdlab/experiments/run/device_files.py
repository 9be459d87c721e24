"""A run's networks as files for a device: found in the store, or trained first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError, StoreError
from kdlab.events import Event, RunFailed
from kdlab.experiments.run import networks, run
from kdlab.experiments.runner import read_data
from kdlab.storage.store import Store

if TYPE_CHECKING:
    from kdlab.device.exported import Exported

ROLES = ("teacher", "labels only", "distilled")


def export(
    config: DistilConfig,
    formats: str = "onnx",
    roles: Sequence[str] = ROLES,
    beside: Sequence[str] = (),
    store: Store | None = None,
) -> Generator[Event, None, list[Exported]]:
    """The files of ``formats`` ("onnx,int8", see :mod:`kdlab.device.formats`) of the networks
    ``roles`` and of those ``beside`` the distilled student on the page for a phone. Each is loaded
    again and held to the network.

    ConfigError for formats and roles that there are not; ModelError where a file does not say what
    its network says. A run that is not in the store is trained, and kept.
    """
    from kdlab.device import exported
    from kdlab.device import formats as known

    wanted = known.find(formats)
    _named([*roles, *beside])
    store, config = store or Store(), checks.normal(config)
    if not store.has_weights(config) or checks.may_change(config):
        for event in run.run(config, store):
            yield event
            if isinstance(event, RunFailed):
                raise StoreError(
                    f"the run failed: {event.reason.rstrip('.')}",
                    "a run that comes to its end",
                    "Change its settings",
                )
    split = yield from read_data(config)
    found = {each.role: each for each in networks.networks(config, split, store)}
    inputs = exported.Inputs.of(split)
    chosen = [found[role] for role in ROLES if role in {*roles, *beside}]
    return (yield from exported.all_files(chosen, inputs, wanted, beside))


def collected(config: DistilConfig, formats: str, beside: Sequence[str] = ()) -> dict[str, Any]:
    """The same for a page, which asks a worker: {machine, files [{name, role, format, content,
    facts}]}."""
    from kdlab.device import exported

    return exported.collected(export(config, formats, beside=beside))


def _named(roles: Sequence[str]) -> None:
    for role in roles:
        if role not in ROLES:
            raise ConfigError(
                f"the network is {role[:40]!r}", "some of " + ", ".join(ROLES), "Name one of these"
            )
