"""Names in an encoding that nothing states: which one was it?

A zip says of a name that it is UTF-8, or nothing; Windows then writes the code page of its
language. Tars and folders of Linux hold bytes. The encoding whose characters are ordinary ones of
its language, for all names together, is taken; where none is, the bytes are spelt out. What was
taken is said, so that nothing is garbled silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kdlab.errors import printable as whole

ENCODINGS = {
    "utf-8": "UTF-8",
    "cp437": "the code page 437 of DOS and Windows",
    "cp850": "the code page 850 of DOS and Windows",
    "cp949": "CP949 (Korean Windows)",
    "gbk": "GBK (Chinese Windows)",
    "cp932": "Shift JIS (Japanese Windows)",
    "big5": "Big5 (traditional Chinese Windows)",
    "cp866": "the code page 866 (Russian Windows)",
    "cp1252": "Windows 1252 (Western Europe)",
    "cp1251": "Windows 1251 (Russian)",
}
"""What is tried, in this order; of equally good ones the first is taken."""
ENOUGH = 0.75
"""Share of the characters beyond ASCII that must be ordinary ones."""
LOOKED_AT = 2000
"""Names that decide; an archive may have 200,000, and all come from one machine."""


@dataclass(frozen=True)
class Spelling:
    """``encoding`` of names whose bytes were not ASCII, None where none was recognised."""

    encoding: str | None

    def text(self, raw: bytes) -> str:
        """A name as it was meant; bytes of no known encoding are spelt out, so that different names
        stay different and each can be shown and stored."""
        try:
            return raw.decode(self.encoding or "ascii")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "backslashreplace")

    @property
    def about(self) -> str:
        """The encoding in words."""
        return ENCODINGS.get(self.encoding or "", "an unknown encoding")


def recognise(names: Iterable[bytes]) -> Spelling:
    """The one encoding in which ``names``, parts of paths, are ordinary words."""
    unclear = sorted(name for name in set(names) if not name.isascii())
    unclear = unclear[:: max(1, len(unclear) // LOOKED_AT)]
    if not unclear:
        return Spelling("utf-8")
    best, most = None, 0.0
    for encoding in ENCODINGS:
        share = _ordinary_share(unclear, encoding)
        if share >= ENOUGH and share > most:
            best, most = encoding, share
    return Spelling(best)


def spelt(stated: Iterable[str], raw: Mapping[str, bytes]) -> tuple[dict[str, str], str]:
    """How names are spelt: {name as it is listed: name as it was meant}, and a sentence where an
    encoding was guessed for a folder, else "".

    ``raw`` has the bytes of the names whose encoding nothing states.
    """
    # A backslash may be half a character, and where slashes part folders it is no separator.
    slash = b"/" if any(b"/" in name for name in raw.values()) else b"\\"
    paths = {
        name: [part for part in whole.split(slash) if part not in (b"", b".")]
        for name, whole in raw.items()
    }
    folders = {part for parts in paths.values() for part in parts[:-1]}
    files = {parts[-1] for parts in paths.values()}
    guess = recognise(folders)
    unclear = sorted(part for part in folders if not part.isascii())
    if not unclear:  # names of files alone: nothing is named after them
        guess = recognise(files)
    meant = {name: "/".join(map(guess.text, parts)) for name, parts in paths.items()}
    said = ""
    if unclear and guess.encoding is None:
        shown = ", ".join(guess.text(part)[:60] for part in unclear[:3])
        said = f"names are in an unknown encoding, their bytes are spelt out: {shown}"
    elif unclear and guess.encoding not in ("cp437", "utf-8"):  # usual where nothing is said
        shown = ", ".join(guess.text(part) for part in unclear[:3])
        said = f"names were read as {guess.about}: {shown}"
    return {name: meant[name] if name in meant else whole(name) for name in stated}, said


def _ordinary_share(names: list[bytes], encoding: str) -> float:
    """Of the characters beyond ASCII in all ``names``; 0 where one cannot be decoded. For UTF-8,
    which hardly anything else happens to be, the share of the names."""
    ordinary = every = 0.0
    for name in names:
        try:
            text = name.decode(encoding)
        except UnicodeDecodeError:
            if encoding != "utf-8":
                return 0.0
            every += 1
            continue
        odd = [char for char in text if ord(char) > 127]
        every += 1 if encoding == "utf-8" else len(odd)
        ordinary += 1 if encoding == "utf-8" else _ordinary(text, odd, encoding)
    return ordinary / every


def _ordinary(text: str, odd: list[str], encoding: str) -> float:
    """How many of the ``odd`` characters of one name are ordinary in the encoding's language."""
    if encoding in ("cp437", "cp850", "cp1252"):
        return _latin(text, odd)
    if encoding in ("cp866", "cp1251"):
        mixed = re.search(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]", text)
        shouted = re.search(r"[\u0430-\u044f][\u0410-\u042f]", text)  # a capital within a word
        return 0 if mixed or shouted else sum("\u0410" <= char <= "\u0451" for char in odd)
    return sum(_common(char, encoding) for char in odd)


def _latin(text: str, odd: list[str]) -> int:
    """Letters with accents among plain letters; no capital within a word."""
    letters = [char for char in text if char.isalpha()]
    if 2 * len(odd) > len(letters) + 1:
        return 0
    if re.search("[a-z\u00df-\u00f6\u00f8-\u00ff][A-Z\u00c0-\u00d6\u00d8-\u00de]", text):
        plain = re.search("[a-z][A-Z]", text)  # camelCase
        if not plain:
            return 0
    return sum(
        char.isalpha() and 0xC0 <= ord(char) < 0x180 and char != "\u00ff"  # the byte of all ones
        for char in odd
    )


def _common(char: str, encoding: str) -> float:
    """1 for a character of the common part of a standard's table, 1/2 for a rarer one."""
    if encoding == "cp949":
        return _hangul(char)
    try:
        raw = char.encode(encoding)
    except UnicodeEncodeError:
        return 0
    if len(raw) != 2:
        return 0
    first, second = raw
    if encoding == "gbk":  # GB 2312, levels 1 and 2
        return 0 if second < 0xA1 or first < 0xB0 else 1 if first <= 0xD7 else first <= 0xF7 and 0.5
    if encoding == "cp932":  # hiragana, katakana, kanji of JIS levels 1 and 2
        kana = 0x3041 <= ord(char) <= 0x30FF
        return 1 if kana or 0x88 <= first <= 0x97 else 0.5 * (first >= 0x98)
    return 1 if 0xA4 <= first <= 0xC6 else 0.5 * (0xC9 <= first <= 0xF9)  # Big5, levels 1 and 2


def _hangul(char: str) -> bool:
    """Whether it is a syllable as most of Korean writing has them: no doubled consonant begins it,
    no rare one ends it (Unicode, 3.12: syllables are numbered by begin, vowel and end)."""
    number = ord(char) - 0xAC00
    if not 0 <= number < 11172:
        return False
    begin, vowel, end = number // 588, number // 28 % 21, number % 28
    common_vowels = (0, 1, 2, 4, 5, 6, 8, 12, 13, 17, 18, 20)
    return begin not in (1, 4, 8, 10, 13) and vowel in common_vowels and end in (
        0, 1, 4, 8, 16, 17, 21,
    )  # fmt: skip
