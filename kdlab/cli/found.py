"""What the words of a command name: settings in a file, a preset, or what this machine keeps."""

from __future__ import annotations

import re
from typing import Any

from kdlab.cli.options import text_of
from kdlab.errors import ConfigError
from kdlab.experiments.experiment import Experiment
from kdlab.storage.folders import CONFIG
from kdlab.system import files, paths

FOLDERS = {"distill": "runs", "search": "searches"}
"""Of what is kept in the store, by the experiment; all others are studies."""
FINGERPRINT = re.compile("[0-9a-f]{6,64}")


def found(what: str, experiment: Experiment[Any, Any], beside: str = "") -> Any:
    """The settings of ``experiment`` that ``what`` names: a JSON file, a preset, or the first
    letters of the fingerprint of what is kept here or comes with the lab. ConfigError where it
    names nothing, or several; ``beside``: what the command also takes, for that message."""
    if what in experiment.presets:
        return experiment.presets[what]
    path = paths.expanded(what)
    if path.suffix == ".json" or path.is_file():
        return experiment.config.from_json(text_of(path))
    homes = (paths.default_home(), paths.BUNDLED) if FINGERPRINT.fullmatch(what) else ()
    kept = [
        folder
        for home in homes
        for folder in files.listed(home / FOLDERS.get(experiment.name, "studies"))
        if folder.name.startswith(what) and (folder / CONFIG).is_file()
    ]
    if len({folder.name for folder in kept}) > 1:
        raise ConfigError(
            f"{len(kept)} {experiment.plural} begin with {what}",
            "the fingerprint of one",
            "Write more letters",
        )
    if kept:
        return experiment.config.from_json(text_of(kept[0] / CONFIG))
    raise ConfigError(
        f"{what[:80]!r} is no {experiment.noun}",
        f"{beside}a JSON file with the settings of a {experiment.noun}, a preset "
        f"({', '.join(experiment.presets)}), or the fingerprint of one that is kept here",
        "Name one of these",
    )
