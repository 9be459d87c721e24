"""The Markdown of lessons, which strangers may have written: bold, italics, code, lists and links
to pages of the lab. All else reaches the browser as the signs that it is written with.

The text is written anew from what was understood: every sign that could mean something has a
backslash before it, and a bare address is taken apart by a character of no width.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

SIGNS = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>:$&\"'=^@]")
HTML = re.compile(r"<(?:/?[A-Za-z][^<>]*|!--.*?--|!\w[^<>]*|\?[^<>]*)>", re.DOTALL)
INLINE = re.compile(
    r"""
      \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?P<ticks>`+)(?P<code>[^`]+)(?P=ticks)(?!`)
    | !\[(?P<alt>[^\[\]]*)\]\((?P<image>[^()\s]*)[^()]*\)
    | \[(?P<label>[^\[\]]+)\]\((?P<target>[^()\s]*)(?:\s[^()]*)?\)
    | \*\*(?=\S)(?P<bold>(?:[^*\\`]|\\.|`[^`]*`)+?)(?<=\S)\*\*
    | \*(?=\S)(?P<leaning>(?:[^*\\`]|\\.|`[^`]*`)+?)(?<=\S)\*
    | (?<!\w)_(?=\S)(?P<low>(?:[^_\\`]|\\.|`[^`]*`)+?)(?<=\S)_(?!\w)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+]|\d{1,3}[.)])[ \t]+(?P<words>.*)")
DEEPEST = 4
"""Markers that open one within another are read so far."""


@dataclass
class Cleaned:
    """What :func:`clean` gives: the text, and (place, sentence) of what may not be in it; places
    count lines from 0."""

    text: str = ""
    problems: list[tuple[int, str]] = field(default_factory=list)


def clean(text: str, sound: Callable[[str], str]) -> Cleaned:
    """``text`` with nothing but what is allowed. ``sound(target)`` says what is wrong with where a
    link leads; empty where nothing is."""
    found = Cleaned()
    blocks: list[str] = []
    for first, lines in _paragraphs(text):
        blocks.append(_paragraph(lines, first, sound, found.problems))
    found.text = _apart("\n\n".join(blocks))
    return found


def plain(text: str) -> str:
    """One line of Markdown that shows ``text`` as it is."""
    return _apart(_plain(" ".join(text.split())))


def _plain(signs: str) -> str:
    return SIGNS.sub(r"\\\g<0>", signs)


def _apart(text: str) -> str:
    """A browser's reader makes links of bare addresses, whatever stands before their signs."""
    for whole, parts in (
        ("\\://", "\\:\u200b//"),
        ("\\@", "\u200b\\@"),
        ("www\\.", "www\u200b\\."),
    ):
        text = text.replace(whole, parts)
    return text


def _paragraphs(text: str) -> list[tuple[int, list[str]]]:
    """(its first line, its lines) of each."""
    found: list[tuple[int, list[str]]] = []
    open_one = False
    for number, line in enumerate(text.split("\n")):
        if not line.strip():
            open_one = False
        elif open_one:
            found[-1][1].append(line)
        else:
            found.append((number, [line]))
            open_one = True
    return found


def _paragraph(
    lines: list[str], first: int, sound: Callable[[str], str], problems: list[tuple[int, str]]
) -> str:
    """Items of lists begin lines of their own; other lines go on with what stands before them."""
    parts: list[tuple[int, str, str]] = []  # line, what begins it, words
    for number, line in enumerate(lines, start=first):
        item = ITEM.fullmatch(line)
        if item:
            depth = min(len(item["indent"].expandtabs(2)) // 2, DEEPEST)
            mark = "-" if item["mark"] in "-*+" else f"{int(item['mark'][:-1])}."
            parts.append((number, f"{'   ' * depth}{mark} ", item["words"]))
        elif parts:
            at, begins, words = parts[-1]
            parts[-1] = (at, begins, f"{words}\n{line.strip()}")
        else:
            parts.append((number, "", line.strip()))
    written = []
    for at, begins, words in parts:
        for html in HTML.finditer(_without_code(words)):
            place = at + words.count("\n", 0, html.start())
            problems.append((place, "HTML is not allowed in a lesson; write it without < and >"))
        written.append(begins + _inline(words, at, sound, problems, 0))
    if len(written) > 1 and not parts[0][1]:  # a list needs an empty line before it
        written[0] += "\n"
    return "\n".join(written)


def _without_code(words: str) -> str:
    """The same with blanks in place of what stands between backticks."""
    return re.sub(r"`[^`]*`", lambda found: " " * len(found[0]), words)


def _inline(
    words: str,
    at: int,
    sound: Callable[[str], str],
    problems: list[tuple[int, str]],
    depth: int,
) -> str:
    written = []
    for found in INLINE.finditer(words):
        line = at + words.count("\n", 0, found.start())

        def inner(name: str, found: re.Match[str] = found, line: int = line) -> str:
            if depth >= DEEPEST:
                return plain(found[name])
            return _inline(found[name], line, sound, problems, depth + 1)

        if found["escaped"]:
            written.append(_plain(found["escaped"]))
        elif found["code"]:
            written.append(f"`{' '.join(found['code'].split())}`")
        elif found["image"] is not None:
            problems.append((line, "a picture is not allowed in a lesson; link to a page instead"))
            written.append(plain(found["alt"]))
        elif found["label"]:
            wrong = sound(found["target"])
            if wrong:
                problems.append((line, wrong))
            label = plain(found["label"])
            written.append(label if wrong else f"[{label}](<{found['target']}>)")
        elif found["bold"]:
            written.append(f"**{inner('bold')}**")
        elif found["leaning"] or found["low"]:
            written.append(f"*{inner('leaning' if found['leaning'] else 'low')}*")
        else:
            sign = found["other"]
            written.append(" " if sign.isspace() else _plain(sign))
    return "".join(written).strip()
