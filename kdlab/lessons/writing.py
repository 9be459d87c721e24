"""A lesson as a file: the other way round from :mod:`kdlab.lessons.reading`.

What is written here is read back as the same lesson. Words that somebody typed into a box are made
part of it by :func:`prose`, so that no line of theirs begins a step or a block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from kdlab.errors import printable
from kdlab.lessons.lesson import Condition, Event, Lesson, Link, Prediction, Question, Step

_BEGINS = re.compile(r"^(\s*)(#|```|~~~|\+\+\+)", re.MULTILINE)
"""What begins something in the file where it begins a line."""


def lesson(what: Lesson) -> str:
    """The whole file, UTF-8 in Markdown with TOML in front and in blocks."""
    front = [
        f"title = {_quoted(what.title)}",
        f"about = {_quoted(what.about)}",
        f"minutes = {what.minutes}",
        f"needs = {_quoted(what.needs)}",
    ]
    parts = ["+++", *front, "+++", ""]
    if what.intro:
        parts += [what.intro, ""]
    return "\n".join(parts) + "\n" + "\n".join(step(each) for each in what.steps)


def step(what: Step) -> str:
    """One step as it stands in the file, from its heading to its end."""
    blocks = [f"## {one_line(what.heading)}"]
    told = [f"page = {_quoted(address(what.page))}"] if what.page is not None else []
    if what.control:
        told.append(f"control = {_quoted(what.control)}")
    if what.until:
        told.append(f"until = {_list(_condition(each) for each in what.until)}")
    if told:
        blocks.append(_block("step", told))
    if what.predict is not None:
        blocks.append(_block("predict", _prediction(what.predict, what.page)))
    if what.question is not None:
        blocks.append(_block("question", _question(what.question)))
    if what.text:
        blocks.append(what.text)
    if what.after:
        blocks += ["### After", what.after]
    return "\n\n".join(blocks) + "\n"


def prose(typed: str) -> str:
    """Words that somebody typed, as the text of a step: a line of theirs that would begin a
    heading or a block is shown as it was typed.

    >>> prose("Look.\\n## No step")
    'Look.\\n\\\\## No step'
    """
    lines = (line.rstrip() for line in printable(typed).strip().splitlines())
    return _BEGINS.sub(r"\1\\\2", "\n".join(lines))


def one_line(typed: str) -> str:
    """Words that somebody typed, as a heading or a title."""
    return " ".join(printable(typed).split())


def address(link: Link) -> str:
    """A page of the lab and what of its settings is set: ``live?labels=100``. Commas stay, which
    lists of values have between them."""
    asked = urlencode(link.query, safe=",:", quote_via=quote)
    return link.path + (f"?{asked}" if asked else "")


def _prediction(what: Prediction, page: Link | None) -> list[str]:
    one = len(what.measure) == 1 and what.kind != "choice"
    told = [
        f"ask = {_quoted(what.ask)}",
        f"kind = {_quoted(what.kind)}",
        f"measure = {_quoted(what.measure[0]) if one else _list(what.measure)}",
    ]
    if what.link != page:
        told.append(f"run = {_quoted(address(what.link))}")
    if what.choices:
        told.append(f"choices = {_list(what.choices)}")
    if what.kind == "number":
        told += [f"low = {what.low:g}", f"high = {what.high:g}", f"step = {what.step:g}"]
        told += [f"unit = {_quoted(what.unit)}"] if what.unit else []
    return told


def _question(what: Question) -> list[str]:
    told = [f"ask = {_quoted(what.ask)}", f"right = {_quoted(what.right)}"]
    if what.because:
        told.append(f"because = {_quoted(what.because)}")
    told.append("wrong = [")
    for each in what.wrong:
        parts = [f"say = {_quoted(each.say)}"]
        if each.because:
            parts.append(f"because = {_quoted(each.because)}")
        if each.see is not None:
            parts.append(f"see = {_quoted(address(each.see))}")
        told.append(f"  {{ {', '.join(parts)} }},")
    return [*told, "]"]


def _condition(what: Condition) -> str:
    if isinstance(what, Event):
        return what.happened
    return f"{what.name} {what.compared} {what.value}"


def _block(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"```{name}", *lines, "```"])


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """A TOML string of one line. JSON escapes the same signs in the same way, but for DEL."""
    return json.dumps(printable(text), ensure_ascii=False).replace("\x7f", "\\u007f")
