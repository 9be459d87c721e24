"""Every error that a user can meet. Each says what was received, what is allowed, what to do.

::

    KdlabError
    ├── ConfigError     a setting, or a combination of settings, that cannot be run
    ├── DataError       a data set that cannot be had
    │   ├── DownloadError   ... because the network or its source does not answer
    │   └── ArchiveError    ... because the user's own archive, folder or file is not usable
    ├── ModelError      an architecture or weights that do not fit
    ├── StoreError      a folder that cannot be read or written
    │   └── DamagedError    ... because what the lab kept there is not what it wrote
    ├── JobError        the background workers cannot do the work
    ├── LessonError     a file that is no lesson: each mistake with its line
    └── ClassError      what cannot be done in a class, or not by whoever asks for it
"""

from collections.abc import Sequence


class KdlabError(Exception):
    """An error in the user's terms: three short sentences, shown as they are.

    ``received`` says what was got ("alpha is 1.5"), ``allowed`` what would have been right ("a
    number from 0 to 1"), ``todo`` what to do now ("Choose alpha between 0 and 1"). None ends with
    a full stop. The arguments stay positional so that the error survives pickling between
    processes.
    """

    def __init__(self, received: str, allowed: str, todo: str) -> None:
        self.received, self.allowed, self.todo = map(printable, (received, allowed, todo))
        super().__init__(self.received, self.allowed, self.todo)

    def __str__(self) -> str:
        return f"{self.received}. Allowed: {self.allowed}. {self.todo}."


class ConfigError(KdlabError):
    """A setting, or a combination of settings, that cannot be run."""


class DataError(KdlabError):
    """A data set that cannot be had."""


class DownloadError(DataError):
    """A data set whose download failed: no network, or its source does not answer."""


class ArchiveError(DataError):
    """A user's own archive, folder or text file that may not be read, is broken, hostile, or not of
    the kind that was asked for."""


class ModelError(KdlabError):
    """An architecture or a file of weights that does not fit."""


class StoreError(KdlabError):
    """A folder of the lab that cannot be read or written."""


class DamagedError(StoreError):
    """Something that the lab kept is not what this version writes: it counts as not there, and can
    be made again.

    ``kind`` and ``name`` say which entry of the store it is, as in ``runs/<fingerprint>``;
    ``files`` which of its files, none where it is all of it. ``bundled``: it came with the lab,
    where nothing is deleted. See :mod:`kdlab.storage.damage`, which makes and mends them.
    """

    def __init__(
        self,
        received: str,
        allowed: str,
        todo: str,
        kind: str = "",
        name: str = "",
        files: Sequence[str] = (),
        bundled: bool = False,
    ) -> None:
        super().__init__(received, allowed, todo)
        self.kind, self.name, self.files, self.bundled = kind, name, tuple(files), bundled


class JobError(KdlabError):
    """The background workers cannot do the work: none answers, or one died too often."""


class LessonError(KdlabError):
    """A file that is no lesson. ``mistakes`` are sentences, each with its line where it has one."""

    def __init__(
        self, received: str, allowed: str, todo: str, mistakes: Sequence[str] = ()
    ) -> None:
        super().__init__(received, allowed, todo)
        self.mistakes = tuple(map(printable, mistakes))
        self.args = (*self.args, self.mistakes)


class ClassError(KdlabError):
    """What cannot be done in a class, or not by whoever asks for it."""


def printable(text: str) -> str:
    """``text`` with each half of a surrogate pair spelt out: JSON and names of files can hold one
    alone, which no terminal, page or file takes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
