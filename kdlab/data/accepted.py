"""What may be loaded or named for the setting ``folder``: images as an archive, a table or a text
as a file.

Both are kept and checked alike, by :mod:`kdlab.data.uploads`; here is in what they differ, and what
their owners are told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """Files for data of one kind."""

    kinds: tuple[str, ...]
    """What their names end in, without the first dot."""
    most_bytes: float
    """Of a file that is loaded; infinite where those of all uploads are the limit."""
    noun: str
    one: str
    many: str
    """An archive, in sentences."""
    place: str
    """What else is named by its path."""
    content: str
    load: str
    pack: str
    """What is in it, and what is to be done where it is not as it should be."""

    @property
    def endings(self) -> str:
        """What their names end in, in words.

        >>> ARCHIVE.endings, TEXT.endings
        ('.zip, .tar, .tar.gz or .tgz', '.txt')
        """
        *first, last = (f".{kind}" for kind in self.kinds)
        return f"{', '.join(first)} or {last}" if first else last

    def kind_of(self, name: str) -> str | None:
        """The one of ``kinds`` that a file called ``name`` is of."""
        return next((kind for kind in self.kinds if name.lower().endswith(f".{kind}")), None)


ARCHIVE = Accepted(
    kinds=("zip", "tar", "tar.gz", "tgz"),
    most_bytes=math.inf,
    noun="archive",
    one="an archive",
    many="archives",
    place="folder",
    content="images",
    load="Load the images as an archive",
    pack="Pack the folder as a zip",
)
TEXT = Accepted(
    kinds=("txt",),
    most_bytes=5_000_000,
    noun="text",
    one="a text file",
    many="text files",
    place="file",
    content="text",
    load="Load the text as a .txt file",
    pack="Save it as plain text (UTF-8)",
)
"""5 MB are a thousand pages: more than students of this size learn from in minutes."""
TABLE = Accepted(
    kinds=("csv", "tsv", "parquet", "npz"),
    most_bytes=200_000_000,
    noun="table",
    one="a table",
    many="tables",
    place="file",
    content="table",
    load="Load the table as a .csv file",
    pack="Save it as CSV (UTF-8)",
)
ALL = (ARCHIVE, TEXT, TABLE)


def accepted(kind: str) -> Accepted:
    """What is brought for a data set whose record is of this ``kind``."""
    return {"text": TEXT, "table": TABLE}.get(kind, ARCHIVE)


def of_name(name: str) -> Accepted:
    """What a file with this name, as uploads have it, was brought for."""
    return next((one for one in ALL if one.kind_of(name) is not None), ARCHIVE)
