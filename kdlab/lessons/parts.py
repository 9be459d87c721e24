"""A lesson's file, taken apart: front matter, the text before the first step, steps; each with its
lines. What the parts say is not looked at here."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from kdlab.lessons.mistakes import Mistakes, Spot

MOST_DOTS = 40
"""In a line of TOML. A key of many parts, "a.a.a…", takes tomllib the square of them in memory; a
sentence has fewer than this."""
BLOCKS = ("step", "predict", "question")
FENCE = re.compile(r" {0,3}(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*?)[ \t]*")
KEY = re.compile(r"[ \t]*(?P<key>[A-Za-z0-9_-]+)[ \t]*=")
WHERE = re.compile(r"\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


@dataclass
class Block:
    """A piece of TOML: what it says, and its spot with the line of each key. ``broken``: it is
    none, which was told."""

    spot: Spot
    values: dict[str, Any]
    broken: bool = False


@dataclass
class Words:
    """Markdown, and the line of each of its lines."""

    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        """One more line."""
        self.lines.append(line)
        self.numbers.append(number)

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


@dataclass
class Part:
    """A step: its spot, its words, what stands below "### After", and its blocks by name."""

    spot: Spot
    heading: str
    words: Words = field(default_factory=Words)
    after: Words = field(default_factory=Words)
    blocks: dict[str, Block] = field(default_factory=dict)


@dataclass
class Parts:
    """The whole file."""

    head: Block
    intro: Words
    steps: list[Part]


def take_apart(text: str, mistakes: Mistakes) -> Parts:
    """The parts of ``text``; what is out of place is added to ``mistakes``."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head, first = _front_matter(lines, mistakes)
    intro = Words()
    steps: list[Part] = []
    into = intro
    number = first
    while number < len(lines):
        line, at = lines[number], number + 1
        number += 1
        fence = FENCE.fullmatch(line)
        if fence:
            number = _fenced(lines, number, fence, steps, into, mistakes)
        elif line.startswith("## "):
            heading = line.removeprefix("## ").strip()
            spot = Spot(mistakes, at, (len(steps) + 1, heading))
            steps.append(Part(spot, heading))
            into = steps[-1].words
        elif line.startswith("#") and line.lstrip("#").startswith(" "):
            if not (steps and line.strip().lower() == "### after"):
                spot = steps[-1].spot if steps else Spot(mistakes, at)
                said = " ".join(line.split())[:60]
                spot.at(at).add(
                    f"“{said}” is a heading; a step begins with “## …” and may have “### After” "
                    "within it, and there are no others"
                )
            elif into is steps[-1].after:
                steps[-1].spot.at(at).add("“### After” appears here twice")
            else:
                into = steps[-1].after
        else:
            into.add(at, line)
    return Parts(head, intro, steps)


def _front_matter(lines: list[str], mistakes: Mistakes) -> tuple[Block, int]:
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if not lines or lines[first].strip() != "+++":
        spot = Spot(mistakes, first + 1)
        spot.add(
            "a lesson begins with its front matter: TOML between two lines “+++”, with title, "
            "about, minutes and needs"
        )
        return Block(spot, {}, broken=True), 0
    last = next((n for n in range(first + 1, len(lines)) if lines[n].strip() == "+++"), None)
    if last is None:
        spot = Spot(mistakes, first + 1)
        spot.add("the front matter is not closed; a second line “+++” ends it")
        return Block(spot, {}, broken=True), len(lines)
    return _toml(lines[first + 1 : last], Spot(mistakes, first + 1), "the front matter"), last + 1


def _fenced(
    lines: list[str],
    number: int,
    fence: re.Match[str],
    steps: list[Part],
    into: Words,
    mistakes: Mistakes,
) -> int:
    """Take a fenced block, of which ``number`` is the first line inside; the line after it."""
    opened, name = number, fence["info"]
    closing = re.compile(rf" {{0,3}}{re.escape(fence['ticks'][0])}{{{len(fence['ticks'])},}}[ \t]*")
    end = next((n for n in range(number, len(lines)) if closing.fullmatch(lines[n])), None)
    spot = steps[-1].spot.at(opened) if steps else Spot(mistakes, opened)
    if end is None:
        spot.add(f"the block “{name[:40]}” is not closed; a line {fence['ticks'][:3]} ends it")
        return len(lines)
    inside = lines[number:end]
    if name not in BLOCKS:
        if name and name.split()[0].lower() in BLOCKS:
            spot.add(f"the block “{name[:40]}” is written ```{name.split()[0].lower()} and no more")
        for at, line in enumerate(inside, start=number + 1):  # shown as code, line by line
            into.add(at, "")
            into.add(at, f"`{line.replace('`', ' ')}`" if line.strip() else "")
        into.add(end + 1, "")
        return end + 1
    if not steps:
        spot.add(f"the block “{name}” comes before the first step, “## …”")
    elif name in steps[-1].blocks:
        spot.add(f"there are two blocks “{name}” in one step")
    else:
        steps[-1].blocks[name] = _toml(inside, spot, f"the block “{name}”")
        into.add(end + 1, "")
    return end + 1


def _toml(lines: list[str], spot: Spot, what: str) -> Block:
    """What ``lines`` say, which begin in the line after that of ``spot``."""
    keys: dict[str, int] = {}
    for at, line in enumerate(lines, start=spot.line + 1):
        if found := KEY.match(line):
            keys.setdefault(found["key"], at)
    spot = Spot(spot.mistakes, spot.line, spot.step, keys)
    for at, line in enumerate(lines, start=spot.line + 1):
        if line.count(".") > MOST_DOTS:
            spot.at(at).add(f"{what} has more than {MOST_DOTS} dots in one line; break it up")
            return Block(spot, {}, broken=True)
    try:
        return Block(spot, tomllib.loads("\n".join(lines) + "\n"))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        words = str(error)
        where = WHERE.search(words)
        at = spot.line + (int(where["line"]) if where and where["line"] else len(lines))
        said = WHERE.sub("", words).strip() if where else "it cannot be read"
        spot.at(min(at, spot.line + max(1, len(lines)))).add(f"{what} is no TOML: {said[:200]}")
        return Block(spot, {}, broken=True)
