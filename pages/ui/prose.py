"""The words of the pages: ``assets/text/<language>/<page>.md``.

A line ``## name`` starts a section; the text before the first one is the section ``intro``.
Another language is another folder.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SIGNS = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>:$&\"']")

FOLDER = Path(__file__).parents[2] / "assets" / "text"


@cache
def sections(page: str, language: str = "en") -> dict[str, str]:
    """All sections of a page's text, by name, in order; KeyError-free reading is :func:`text`."""
    found: dict[str, list[str]] = {"intro": []}
    name = "intro"
    for line in (FOLDER / language / f"{page}.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line.removeprefix("## ").strip()
            found[name] = []
        else:
            found[name].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def text(page: str, section: str = "intro", language: str = "en") -> str:
    """One section of a page's text, as Markdown; KeyError where the file has no such section."""
    return sections(page, language)[section]


def plain(text: object) -> str:
    """``text`` as it is, for a place where Streamlit reads Markdown.

    What came from a link, a file or an error may hold an image or a link to another host, or the
    asterisks of a path; a backslash before every sign that means something takes that away.
    """
    # a bare address would still become a link: a character of no width takes its colon apart
    return SIGNS.sub(r"\\\g<0>", str(text).replace("://", ":\u200b//"))


def with_code(text: str) -> tuple[str, str]:
    """(The words of a message, the lines of code in it): those stand between empty lines and are to
    be copied as they are; the second is empty where there are none."""
    words, *code = text.split("\n\n")
    return " ".join([words, *code[1:]]), code[0] if code else ""
