"""Runs that wait for a test: no test has to be quick enough to see one on its way, and none has to
be long enough for a quick machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HOLDING = Path(__file__).with_name("holding")
FOLDER = "KDLAB_TEST_HOLDS"


class Holds:
    """What is held, as files in ``folder``, which the processes that train look into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hold(self, name: str, event: str, **fields: object) -> None:
        """From now on every run stops right before it tells an ``event`` with these ``fields``.

        What it told before reaches the page; the held event does not before :meth:`release`.
        """
        path = self._folder / f"{name}.hold"
        aside = path.with_suffix(".aside")
        aside.write_text(json.dumps({"event": event, **fields}), encoding="utf-8")
        aside.replace(path)

    def release(self, name: str) -> None:
        """Those that ``name`` holds go on."""
        (self._folder / f"{name}.hold").unlink()

    def release_all(self) -> None:
        """Nothing is held."""
        for path in self._folder.glob("*.hold"):
            path.unlink()


@contextmanager
def held(folder: Path) -> Iterator[Holds]:
    """Servers that are started in this block have runs that can be held."""
    path = os.pathsep.join(filter(None, [str(HOLDING), os.environ.get("PYTHONPATH")]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        patch.setenv(FOLDER, str(folder))
        yield Holds(folder)
