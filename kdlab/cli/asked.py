"""Which work a command means: a preset, a file of settings, or what is kept under a fingerprint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kdlab.cli.options import text_of
from kdlab.errors import ConfigError, KdlabError
from kdlab.experiments.experiment import Experiment
from kdlab.storage.damage import NOUNS
from kdlab.storage.folders import CONFIG
from kdlab.system import files, paths

FOLDERS = {noun: kind for kind, noun in NOUNS.items()}
"""What a person calls it -> the folder of the store in which such is kept."""
FINGERPRINT = re.compile("[0-9a-f]{6,64}")


def settings(what: str, experiment: Experiment[Any, Any], beside: str = "") -> Any:
    """The settings that ``what`` means, of this kind; ConfigError where that is nothing known, and
    what the command takes ``beside`` these."""
    if what in experiment.presets:
        return experiment.presets[what]
    if (path := _file(what)) is not None:
        return experiment.config.from_json(text_of(path))
    if kept := _one(what, list(_kept(what, [experiment])), experiment.plural):
        return experiment.config.from_json(text_of(kept / CONFIG))
    raise ConfigError(
        f"{what[:80]!r} is not a {experiment.noun}",
        f"{beside}a JSON file with the settings of a {experiment.noun}, a preset "
        f"({', '.join(experiment.presets)}), or the fingerprint of one kept on this machine",
        "Name one of these",
    )


def work(what: str, kinds: Iterable[Experiment[Any, Any]]) -> tuple[Experiment[Any, Any], Any]:
    """The first of the ``kinds`` of which ``what`` means work, and its settings; ConfigError where
    it means none."""
    kinds = list(kinds)
    for each in kinds:
        if what in each.presets:
            return each, each.presets[what]
    path = _file(what) or _one(what, list(_kept(what, kinds)), "results")
    if path is None:
        raise ConfigError(
            f"{what[:80]!r} is not a result",
            "the folder of a full run, a JSON file with settings, the name of a preset or of a "
            "study, or the fingerprint of a result kept on this machine",
            "Name one of these",
        )
    text = text_of(path / CONFIG if path.is_dir() else path)
    refused: ConfigError | None = None
    for each in kinds:
        try:
            config = each.config.from_json(text)
            if not path.is_dir() or _lies_in(path, each, config):
                return each, config
        except ConfigError as error:
            refused = refused or error
    raise refused or ConfigError(
        f"{path.name} was kept by another version of the lab",
        "a result of this version",
        "Train it again",
    )


def _file(what: str) -> Path | None:
    path = paths.expanded(what)
    return path if path.suffix == ".json" or path.is_file() else None


def _kept(what: str, kinds: Iterable[Experiment[Any, Any]]) -> Iterator[Path]:
    """Folders of these kinds whose fingerprint begins so, of the home and of the lab."""
    if not FINGERPRINT.fullmatch(what):
        return
    for home in (paths.default_home(), paths.BUNDLED):
        for kind in dict.fromkeys(FOLDERS[each.noun] for each in kinds):
            for folder in files.listed(home / kind):
                if folder.name.startswith(what) and (folder / CONFIG).is_file():
                    yield folder


def _one(what: str, kept: list[Path], plural: str) -> Path | None:
    if len({folder.name for folder in kept}) > 1:
        raise ConfigError(
            f"{len(kept)} {plural} have fingerprints that begin with {what}",
            "the beginning of one fingerprint only",
            "Type more of its characters",
        )
    return kept[0] if kept else None


def _lies_in(folder: Path, experiment: Experiment[Any, Any], config: Any) -> bool:
    """Whether ``folder`` is that of work of this kind: several have settings of the same names."""
    if folder.parent.name != FOLDERS[experiment.noun]:
        return False
    if experiment.noun != "study":
        return True
    try:
        return bool(experiment.normal(config).fingerprint() == folder.name)
    except KdlabError:
        return False
