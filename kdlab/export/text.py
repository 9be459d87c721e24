"""How a script is laid out: texts that cannot become code, titles, blank lines, calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

WIDTH = 100
"""Of a script's lines."""


def quoted(text: str) -> str:
    """A text as Python writes it, in double quotes; what cannot be seen is written out, so that no
    name breaks a line, turns round the code beside it, or holds half a pair that no file can.

    >>> print(quoted('two\\nlines "of" \\u202ecode'))
    "two\\nlines \\"of\\" \\u202ecode"
    """
    return visible(json.dumps(text, ensure_ascii=False))


def remark(text: str) -> str:
    """A text for a comment: on one line, whatever it holds."""
    return visible(" ".join(text.split()))


def visible(text: str) -> str:
    """``text`` with every sign that cannot be seen written out as in a Python text."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def titled(title: str, text: str) -> str:
    """A part of a script under its title."""
    return f"# {title} ".ljust(WIDTH, "-") + f"\n\n{text.strip()}\n"


def spaced(text: str) -> str:
    """Two blank lines around every function and class at the top level."""
    text = re.sub(r"\n+(?=\n(?:def|class|@torch)\b)", "\n\n", text)
    text = re.sub(r"(?<=\n)(@.+\n)\n+(?=def)", r"\1", text)
    return text.rstrip() + "\n"


def call(
    start: str, function: str, arguments: Iterable[str], indent: int = 4, end: str = ""
) -> str:
    """``start function(arguments) end`` within the width, as a formatter breaks it."""
    arguments, space = list(arguments), " " * indent
    whole = f"{space}{start}{function}({', '.join(arguments)}){end}"
    if len(whole) <= WIDTH:
        return whole
    inner = f"{space}    {', '.join(arguments)}"
    if len(inner) <= WIDTH:
        return f"{space}{start}{function}(\n{inner}\n{space}){end}"
    lines = "".join(f"{space}    {argument},\n" for argument in arguments)
    return f"{space}{start}{function}(\n{lines}{space}){end}"
