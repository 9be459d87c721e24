"""Folders of results by fingerprint: found, held while they are read or made, kept.

What is looked for is in the home, else in what comes with the lab. What is written makes room
before it (:mod:`kdlab.hosting.quota`); it is written aside and then renamed into place.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from kdlab.checks import normal
from kdlab.config.base import Settings
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.errors import StoreError
from kdlab.hosting import in_use, quota
from kdlab.storage import stored
from kdlab.system.files import write, write_folder
from kdlab.system.paths import BUNDLED, check_writable, default_home, refuses

CONFIG = "config.json"
READ_PATIENCE = 1.0
"""Seconds that a reading waits to be registered: a page has many, and who is stopped at the gate
would keep it waiting at each. What goes during one is read as not there."""
_NOT_FOR_US = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


class Folders:
    """Those of one home, and those that come with the lab."""

    def __init__(self, home: Path | None = None, bundled: Path | None = BUNDLED) -> None:
        self.home = home or default_home()
        self.bundled = bundled

    # -- parts of something longer ---------------------------------------------------------------

    def part(
        self, kind: str, config: Settings, name: str, *, bundled: bool = False
    ) -> bytes | None:
        """The file ``name`` of what ``config`` says, whose settings are normal, or None; with
        ``bundled`` also what comes with the lab, if nothing of it was made here. OSError where it
        cannot be read."""
        for root in (self.home, self.bundled if bundled else None):
            path = None if root is None else root / kind / config.fingerprint() / name
            try:
                if path is not None and path.is_file():
                    in_use.renew(path.with_name(CONFIG))
                    return stored.read(path)
            except FileNotFoundError:
                continue  # it has just gone
        return None

    def record_part(self, kind: str, config: Settings, name: str, content: bytes) -> None:
        """Keep one file of something that is not done yet, beside its configuration."""
        folder = self.home / kind / config.fingerprint()
        told = config.to_json().encode()
        with quota.writing(self.home, kind, folder.name, [len(content), len(told)]):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                if not (folder / CONFIG).is_file():
                    write(folder / CONFIG, told)
                write(folder / name, content)
            except OSError as error:
                raise refuses(folder, error) from None

    # -- folders ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def at_work(self, kind: str, config: StudentConfig) -> Iterator[None]:
        """For whoever makes what ``config`` says, whose settings are normal: it and its teacher
        stay where they are meanwhile. StoreError where nothing can be kept: before the work."""
        check_writable(self.home)
        quota.make_room(self.home)
        own = normal(config.teacher_config()).fingerprint()
        with (
            in_use.using(self.home, kind, config.fingerprint(), must=True),
            in_use.using(self.home, "teachers", own, must=True),
        ):
            yield

    @contextlib.contextmanager
    def _reading(self, kind: str, config: TeacherConfig) -> Iterator[Path | None]:
        """:meth:`_find`; one of the home was used now, and stays while it is read."""
        folder = self._find(kind, config)
        if folder is None or self.home not in folder.parents:
            yield folder
            return
        with in_use.using(self.home, kind, folder.name, patience=READ_PATIENCE):
            folder = self._find(kind, config)  # it may just have gone
            if folder is not None:
                in_use.renew(folder / CONFIG)
            yield folder

    def _find(self, kind: str, config: TeacherConfig) -> Path | None:
        """The folder of this configuration, the user's own before the bundled one."""
        name = normal(config).fingerprint()
        for root in (self.home, self.bundled):
            if root is not None and (root / kind / name / CONFIG).is_file():
                return root / kind / name
        return None

    def _keep(self, kind: str, config: TeacherConfig, files: dict[str, bytes]) -> None:
        """Write ``files`` aside and rename the folder into place.

        What is there already is replaced: it says the same, or it is damaged.
        """
        config = normal(config)
        target = self.home / kind / config.fingerprint()
        files = {**files, CONFIG: config.to_json().encode()}
        with quota.writing(self.home, kind, target.name, [*map(len, files.values())]):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_folder(target, files)
            except OSError as error:
                if (target / CONFIG).is_file():
                    return  # somebody else was faster: theirs says the same
                if error.errno in _NOT_FOR_US:
                    raise refuses(target.parent, error) from None
                raise StoreError(
                    f"{target.parent} could not be written completely ({error.strerror})",
                    "a disk with free space",
                    "Free some space, then train again; no file is left half-written",
                ) from None
