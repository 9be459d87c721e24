"""A study's networks as files for a device: found beside its events, or trained first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from kdlab import checks
from kdlab.errors import ConfigError, ModelError, StoreError
from kdlab.events import Event, RunFailed
from kdlab.experiments.runner import read_data
from kdlab.experiments.study import students
from kdlab.experiments.study.record import Study, StudyConfig
from kdlab.experiments.study.run import KIND, run
from kdlab.models import black_box
from kdlab.storage.store import Store

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.device.exported import Exported
    from kdlab.device.network import Network


def export(
    study: Study,
    config: StudyConfig,
    formats: str = "onnx",
    beside: Sequence[str] = (),
    store: Store | None = None,
    *,
    train: bool = True,
) -> Generator[Event, None, list[Exported]]:
    """The files of ``formats`` (see :mod:`kdlab.device.formats`) of the teacher and, of each arm
    that reads the data as they are, of the first seed's student. On the page for a phone stands the
    one called distilled, else the last arm's, with those ``beside`` it. A study whose students are
    not kept is trained; StoreError where it is not to be (``train``).

    ConfigError where it has none that can leave, ModelError where a file does not say what its
    network says, StoreError where the study fails.
    """
    from kdlab.device import exported
    from kdlab.device import formats as known

    wanted = known.find(formats)
    store, config = store or Store(), checks.normal(config)
    split = yield from read_data(config)
    found = _kept(config, split, store)
    if found is None and not train:
        raise StoreError(
            "the networks of this study are not on this machine, or damaged",
            "a study that was trained here",
            "Run it again, then export its files",
        )
    if found is None:
        for event in run(study, config, store, cache=False):
            yield event
            if isinstance(event, RunFailed):
                raise StoreError(
                    f"the study failed: {event.reason.rstrip('.')}",
                    "a study that ends without an error",
                    "Change its settings",
                )
        found = _kept(config, split, store)
    if found is None:
        raise ConfigError(
            f"the study {study.name} keeps no networks with these settings",
            "students that read the data as they are, with at most "
            f"{students.MOST_BYTES // 10**6} MB of weights in all, on data that cannot change",
            "Train such a pair on Live distillation, and take it away there",
        )
    return (yield from exported.all_files(found, exported.Inputs.of(split), wanted, beside))


def has_networks(config: StudyConfig, store: Store) -> bool:
    """Whether the networks of this study are here. Needs no torch, and looks at no file's
    content."""
    config = checks.normal(config)
    path = store.home / KIND / config.fingerprint() / students.FILE
    return path.is_file() and store.has_teacher(config.teacher_config())


def _kept(config: StudyConfig, split: DataSplit, store: Store) -> list[Network] | None:
    """The networks in the store, None where they are not there, or not what the lab wrote."""
    from kdlab.models import weights

    content = store.part(KIND, config, students.FILE)
    teacher = store.teacher_weights(config.teacher_config())
    if content is None or teacher is None:
        return None
    try:
        found = students.networks(content, config, split)
        if black_box.find(config.teacher) is not None:
            return found
        module = weights.bring(teacher).network()
    except ModelError:
        return None
    return [students.network_of("teacher", config.teacher, module, config, split), *found]
