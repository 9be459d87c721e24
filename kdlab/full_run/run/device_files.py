"""The networks in a full run's folder as files for a device."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kdlab.errors import ConfigError
from kdlab.events import Event
from kdlab.full_run.run.folder import RunFolder

if TYPE_CHECKING:
    from kdlab.device.exported import Exported
    from kdlab.device.network import Network
    from kdlab.full_run.engine.images import FullData
    from kdlab.full_run.recipe.config import FullRunConfig

_SEED = re.compile(r"-seed(\d+)$")


def export(
    path: Path,
    formats: str = "onnx",
    beside: Sequence[str] = (),
    seed: int | None = None,
    *,
    train: bool = False,
) -> Generator[Event, None, list[Exported]]:
    """The files of ``formats`` (see :mod:`kdlab.device.formats`) of the teacher and the students of
    one ``seed``, the first that is done where that is None, of the full run in ``path``. On the
    page for a phone stand those ``beside`` the distilled student. Each is loaded again and held to
    the network. Nothing is trained, whatever ``train`` says.

    ConfigError where the folder holds no network yet, or none of that seed, StoreError where a
    file of weights is not what the run wrote, ModelError where a file does not say what its network
    says.
    """
    from kdlab.device import exported
    from kdlab.device import formats as known
    from kdlab.full_run.engine import images

    wanted = known.find(formats)
    folder = RunFolder(path)
    found = _paths(folder, seed)
    config = folder.config()
    data = yield from images.load(config)
    networks = [_network(each, config, data) for each in found]
    inputs = exported.Inputs.of_images(data.train.pixels, data.test.pixels, data.test.targets)
    return (yield from exported.all_files(networks, inputs, wanted, beside))


def _paths(folder: RunFolder, seed: int | None) -> list[Path]:
    """The files of weights of one seed, the teacher's among them."""
    found = {path: _SEED.search(path.stem) for path in folder.weights()}
    done = sorted({int(match[1]) for match in found.values() if match})
    if not found or (seed is not None and seed not in done):
        raise ConfigError(
            f"{folder.path} holds no network" + ("" if seed is None else f" of seed {seed}"),
            "a full run of which a stage is done"
            + (f"; students of seed {', '.join(map(str, done))} are" if done else ""),
            "Wait until it is, or choose another folder or seed",
        )
    chosen = done[0] if seed is None and done else seed
    return [path for path, match in found.items() if match is None or int(match[1]) == chosen]


def _network(path: Path, config: FullRunConfig, data: FullData) -> Network:
    from kdlab.device.network import Network
    from kdlab.full_run.recipe import networks

    role = _SEED.sub("", path.stem).replace("-", " ")
    name = config.teacher if role == "teacher" else config.student
    module = networks.load(path, name, data)
    origin = {"dataset": config.dataset, "run": config.fingerprint()}
    return Network.of(role, name, module, data, **origin)
