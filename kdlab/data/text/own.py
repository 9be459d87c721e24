"""Somebody's own text: a .txt file, each line of which is one string.

::

    reading.lines ── encoded as characters or bytes ── cut into parts ──> OwnText
                                                                            |
    train_limit ── as many whole lines as MOST_MEMORY has room for ── windows ──> DataSplit

A line that is there several times is in one part only, so that no test line has been learned from;
of one that is cut, for its length, the pieces may be in different parts. Of a large text the first
lines in a drawn order are used, and the account says so.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data import uploads
from kdlab.data.accepted import TEXT
from kdlab.data.split import SPLIT_SEED, DataSplit
from kdlab.data.text import reading
from kdlab.data.text.account import TextAccount
from kdlab.data.text.strings import PARTS, Parts, cut_positions, first, limited, size
from kdlab.data.text.windows import END_NAME, alphabet_of, split_of_strings
from kdlab.errors import DataError
from kdlab.events import Progress

VALIDATION = 0.1
"""Of the different lines."""
TEST = 0.2
MOST_DIFFERENT = 200
"""Characters: each is a class, and a number of every place of every window."""
MOST_MEMORY = 256_000_000
"""Bytes of all windows as they are kept, one-hot."""
FLOAT = 4
STAGE = "reading the text"
Symbols = Literal["characters", "bytes"]


@dataclass(frozen=True, eq=False)
class OwnText:
    """A text that was read. Its ``parts`` are in the symbols that are told one after the other:
    where these are bytes, as strings of the characters 0 to 255."""

    parts: Parts
    alphabet: tuple[str, ...]
    """The end, and the symbols in the parts."""
    symbols: Symbols
    lines: int
    done: tuple[str, ...]
    """What was skipped and cut: sentences without their full stops."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes. Bytes that are no character of ASCII have their number."""
        return END_NAME, *(named(symbol, self.symbols) for symbol in self.alphabet[1:])

    def words(self, text: str) -> str:
        """A string of ``parts`` as its characters."""
        return text.encode("latin-1").decode() if self.symbols == "bytes" else text


def named(symbol: str, symbols: Symbols) -> str:
    """The name of the class of one of the ``symbols``, as :class:`OwnText` has them."""
    number = symbols == "bytes" and ord(symbol) > 0x7F
    return f"0x{ord(symbol):02X}" if number else symbol


def names_of(text: str, symbols: Symbols) -> list[str]:
    """The names of the classes of which ``text`` is made, also of those that a data set lacks.

    >>> names_of("né", "characters"), names_of("né", "bytes")
    (['n', 'é'], ['n', '0xC3', '0xA9'])
    """
    encoded = text.encode("utf-8", "replace").decode("latin-1") if symbols == "bytes" else text
    return [named(symbol, symbols) for symbol in encoded]


def load(config: DataConfig) -> Iterator[Progress | DataSplit]:
    """Yield progress, then the split; DataError says what is wrong with the file."""
    yield Progress(stage=STAGE)
    with uploads.in_hand(config.folder, TEXT):
        text = found(config)
    yield Progress(stage="cutting the text into windows")
    used = _used(text, config.window, config.train_limit)
    split = split_of_strings(text.classes, *cut_positions(used, text.alphabet, config))
    yield dataclasses.replace(split, account=_account(text, config))


def found(config: DataConfig) -> OwnText:
    """The text of ``config``, all of it; read anew only where it has changed. DataError where it
    cannot be used, ArchiveError where it may not be opened or is not here."""
    if not config.folder.strip():
        raise DataError("no text was named", "the path of a .txt file", "Type its path")
    path = reading.path_of(uploads.resolve(config.folder, TEXT))
    return _read(path, _stamp(path, config.folder), config.symbols)


def parts(config: DataConfig) -> Parts:
    """The strings of the text that ``config`` uses, in its symbols (see :class:`OwnText`)."""
    return _used(found(config), config.window, config.train_limit)


def lines(config: DataConfig) -> Parts:
    """The same in characters."""
    text = found(config)
    used = _used(text, config.window, config.train_limit)
    return Parts(*(tuple(map(text.words, part)) for part in used))


def account(config: DataConfig) -> TextAccount:
    """What the text of ``config`` is understood as; DataError where it cannot be used."""
    return _account(found(config), config)


def _account(text: OwnText, config: DataConfig) -> TextAccount:
    used = _used(text, config.window, config.train_limit)
    asked = limited(text.parts, config.train_limit)
    done = list(text.done)
    if used != asked:
        had, kept = (sum(map(size, each)) for each in (asked, used))
        done.append(
            f"Of {had:,} {text.symbols} the first whole lines in a drawn order are used, {kept:,}: "
            f"windows of {config.window} {text.symbols} of {len(text.alphabet)} kinds (the end is "
            f"one) fill {MOST_MEMORY // 10**6} MB. A smaller window has room for more"
        )
    return TextAccount(
        text.symbols,
        text.lines,
        text.classes[1:],
        {name: len(part) for name, part in zip(PARTS, used, strict=True)},
        {name: size(part) for name, part in zip(PARTS, used, strict=True)},
        tuple(done),
    )


def _stamp(path: Path, folder: str) -> tuple[int, int]:
    """What tells a file from one that has been put in its place. An upload is named by its
    content, and the time in its status is that of its last use."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0, 0  # whoever reads it says why
    loaded = folder.strip().startswith(uploads.PREFIX)
    return (0 if loaded else status.st_mtime_ns), status.st_size


@lru_cache(maxsize=4)
def _read(path: Path, stamp: tuple[int, int], symbols: Symbols) -> OwnText:
    read = reading.lines(reading.read(path))
    strings = encoded(read.strings, symbols)
    alphabet = alphabet_of(strings)
    if symbols == "characters" and len(alphabet) - 1 > MOST_DIFFERENT:
        raise DataError(
            f"the text has {len(alphabet) - 1:,} different characters",
            f"at most {MOST_DIFFERENT}, each of which is a class",
            "Set symbols to bytes, or leave out lines with rare characters",
        )
    counts = Counter(strings)
    return OwnText(cut(counts), alphabet, symbols, read.lines, tuple(_done(read, counts, symbols)))


def encoded(strings: Sequence[str], symbols: Symbols) -> tuple[str, ...]:
    """``strings`` of the symbols that are told one after the other: of bytes of UTF-8 as the
    characters 0 to 255."""
    if symbols == "characters":
        return tuple(strings)
    return tuple(text.encode("utf-8").decode("latin-1") for text in strings)


def cut(counts: Counter[str]) -> Parts:
    """The different strings in a drawn order, cut into parts. Training has each as often as the
    text has it; validation and test ask for each once."""
    draw = np.random.default_rng(SPLIT_SEED)
    different = list(counts)
    mixed = [different[place] for place in draw.permutation(len(different))]
    ends = round(TEST * len(mixed)), round((TEST + VALIDATION) * len(mixed))
    test, validation = mixed[: ends[0]], mixed[ends[0] : ends[1]]
    train = [text for text in mixed[ends[1] :] for _ in range(counts[text])]
    order = draw.permutation(len(train))
    return Parts(tuple(train[place] for place in order), tuple(validation), tuple(test))


def _done(read: reading.Lines, counts: Counter[str], symbols: Symbols) -> Iterator[str]:
    if read.encoding != "UTF-8":
        yield f"The file is in {read.encoding}"
    if symbols == "bytes":
        yield "Its bytes are those of UTF-8"
    if read.empty:
        yield f"{read.empty:,} empty line{_s(read.empty)} skipped"
    if read.cut:
        yield (
            f"{read.cut:,} line{_s(read.cut)} longer than {reading.LONGEST:,} characters and cut "
            "into several strings, at spaces where possible"
        )
    if several := sum(count > 1 for count in counts.values()):
        yield (
            f"{several:,} string{_s(several)} there more than once, all of a kind in one part; "
            "validation and test ask for each once"
        )


def _s(count: int) -> str:
    return "s are" if count != 1 else " is"


@lru_cache(maxsize=8)
def _used(text: OwnText, window: int, limit: int | Literal["all"]) -> Parts:
    """Whole strings of each part: what the limit on training examples has room for, and of that
    what the memory has."""
    return fitting(limited(text.parts, limit), window, len(text.alphabet))


def fitting(parts: Parts, window: int, classes: int) -> Parts:
    """Of each part the same share: so many whole strings that their windows, of floats, take no
    more than MOST_MEMORY."""
    room = MOST_MEMORY // (FLOAT * window * classes)
    total = sum(map(size, parts))
    if total <= room:
        return parts
    return Parts(*(first(part, size(part) * room // total) for part in parts))
