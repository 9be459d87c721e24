"""Teachers that this machine has trained, kept in the home for all runs that ask for the same.

::

    full-teachers/<fingerprint>/config.json            the settings that decide the teacher
    full-teachers/<fingerprint>/digest                 of its weights: written before them
    full-teachers/<fingerprint>/weights.safetensors
    full-teachers/<fingerprint>/keeping                held by whoever writes there
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from kdlab.checks import may_change
from kdlab.errors import KdlabError
from kdlab.full_run.engine.images import FullData
from kdlab.full_run.recipe import networks
from kdlab.full_run.recipe.config import FullTeacherConfig
from kdlab.full_run.run.leftovers import sweep
from kdlab.system import files, locks
from kdlab.system.paths import default_home, refuses

UNCHECKED = (
    "The teacher was trained by an earlier run and kept without a digest of its file, so whether "
    "that has changed since could not be checked."
)
DAMAGED = (
    "The teacher that an earlier run had trained and kept on this machine is damaged "
    "({}). It is not used: the teacher is trained again, and kept in its place."
)


def is_known(config: FullTeacherConfig, precision: str) -> bool:
    """Whether this machine has trained this teacher; nothing is read."""
    return not may_change(config) and _weights(config, precision).is_file()


def known(
    config: FullTeacherConfig, precision: str, data: FullData
) -> tuple[nn.Module | None, str]:
    """A teacher that this machine has trained under this configuration, or None; and a sentence on
    one that is damaged, or cannot be checked, else ""."""
    if not is_known(config, precision):
        return None, ""
    path = _weights(config, precision)
    digest = _digest(path)
    try:
        found = networks.load(path, config.teacher, data, digest or "")
    except KdlabError as error:
        return None, DAMAGED.format(error.received)
    return found, "" if digest else UNCHECKED


def remember(config: FullTeacherConfig, precision: str, module: nn.Module, data: FullData) -> None:
    """Keep a teacher for later runs; StoreError where the home does not take it."""
    if may_change(config):
        return
    path = _weights(config, precision)
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locks.waited(folder / "keeping"):
            sweep(folder)
            content = networks.dump(module, config.teacher, data, config.dataset)
            files.write(folder / "config.json", config.to_json().encode())
            files.write(folder / "digest", networks.digest_of(content).encode())
            files.write(path, content)
    except OSError as error:
        raise refuses(folder, error) from None


def mend(path: Path, digest: str, config: FullTeacherConfig, precision: str) -> str:
    """Where the teacher's file at ``path`` in a run's folder is not the one with this ``digest``,
    and this machine has kept that one, put it there again; a sentence where it did, else "". The
    damaged file stays, under another name. OSError where the folder refuses."""
    kept = _weights(config, precision)
    if not digest or networks.digest_at(path) == digest or networks.digest_at(kept) != digest:
        return ""
    content = kept.read_bytes()
    told = "was missing"
    if path.exists():
        aside = files.free(path, f"{path.name}.damaged-{{}}")
        path.rename(aside)
        told = f"was not what this run had written, and is kept as {aside.name}"
    files.write(path, content)
    return f"{path.name} {told}: the same weights, which this machine had kept, were put there."


def _digest(path: Path) -> str | None:
    """What stands beside the weights; None where nothing does."""
    try:
        with files.regular(path.with_name("digest"), 1000) as file:
            return file.read().decode("utf-8", "replace").strip() or "damaged"
    except FileNotFoundError:
        return None
    except OSError:
        return "damaged"


def _weights(config: FullTeacherConfig, precision: str) -> Path:
    settled = config.model_copy(update={"precision": precision})
    return default_home() / "full-teachers" / settled.fingerprint() / "weights.safetensors"
