"""The words of the pages: ``assets/text/<language>/<page>.md``.

A line ``## name`` starts a section; the text before the first one is the section ``intro``.
Another language is another folder. Words between double braces are only for whoever has the
controls that they speak of, see :func:`for_hidden`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kdlab.data.naming import MOST_CHARACTERS, SPACE, legible, told_apart
from kdlab.data.naming import visible as visible

SIGNS = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>:$&\"']")

FOLDER = Path(__file__).parents[3] / "assets" / "text"


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


class Try(NamedTuple):
    """Something to try on a page: its name, what to do and to look for, and the answer, Markdown
    with bold words and code at most."""

    name: str
    task: str
    answer: str


@cache
def tries(page: str) -> tuple[Try, ...]:
    """What the section ``try`` of a page's text offers, none without such a section: lines
    ``- name | task``, each with lines ``  > answer`` under it."""
    found: list[Try] = []
    for line in sections(page).get("try", "").splitlines():
        if line.startswith("- "):
            name, task = line[2:].split(" | ", 1)
            found.append(Try(name, task, ""))
        elif line.lstrip().startswith("> "):
            words = line.lstrip().removeprefix("> ").strip()
            found[-1] = found[-1]._replace(answer=f"{found[-1].answer} {words}".strip())
    return tuple(found)


WITH = re.compile(r"\{\{([\w ]+): (.*?)(?: \|\| (.*?))?\}\}", re.DOTALL)


def for_hidden(words: str, hidden: Collection[str]) -> str:
    """``words`` for a page whose link hides some controls: of ``{{temperature alpha: Move both ||
    Look}}`` the first text stays where none of the controls named is hidden, else the second, or
    nothing. A page may name there what else its words take for granted, and count it among what is
    ``hidden`` where it does not hold: ``{{measured: 98 % || Most}}``.

    >>> for_hidden("{{alpha: Move α and watch || Watch}} the arrows.", ["alpha"])
    'Watch the arrows.'
    """

    def chosen(found: re.Match[str]) -> str:
        names, having, lacking = found.groups()
        return lacking or "" if set(names.split()) & set(hidden) else having

    return WITH.sub(chosen, words)


def asked_for(words: str) -> frozenset[str]:
    """The names between the double braces of ``words``: what :func:`for_hidden` asks for.

    >>> sorted(asked_for("{{alpha: Move α.}} Look at {{alpha temperature: both || it}}."))
    ['alpha', 'temperature']
    """
    return frozenset(name for found in WITH.finditer(words) for name in found[1].split())


def style(script: str) -> str:
    """The rules of the .css file beside a ``script`` of Python, for ``st.html``."""
    return f"<style>\n{Path(script).with_suffix('.css').read_text(encoding='utf-8')}</style>"


def plain(text: object) -> str:
    """``text`` as it is, for a place where Streamlit reads Markdown.

    What came from a link, a file or an error may hold an image or a link to another host, or the
    asterisks of a path; a backslash before every sign that means something takes that away.
    """
    # a bare address would still become a link: a character of no width takes its colon apart
    return SIGNS.sub(r"\\\g<0>", visible(str(text), "\n\t").replace("://", ":\u200b//"))


def in_html(text: object) -> str:
    """``text`` as it is, for a place where a browser reads HTML."""
    return html.escape(visible(str(text)))


WORDS = "./words?word="
"""The beginning of every link to the glossary, by which style and script know them."""


def word(shown: str, key: str, told: str) -> str:
    """A term of the glossary in Markdown: a link to it, which says by itself what is ``told``."""
    return f'[{shown}]({WORDS}{key} "{told}")'


TERM = rf'\[([^\]]*)\]\({re.escape(WORDS)}([^ )]+) "([^"]*)"\)'
MARKS = re.compile(rf"{TERM}|\\(.)|(\*\*)|`([^`]*)`|(.)", re.DOTALL)


def to_html(markdown: str) -> str:
    r"""What the lab itself writes as Markdown, with bold words, code and terms of the glossary, for
    a place where a browser reads HTML. All else is shown as it is.

    >>> to_html(r"**Best**: a\_b < `c`")
    '<b>Best</b>: a_b &lt; <code>c</code>'
    >>> to_html(word("logits", "logits", "Raw scores."))
    '<a href="./words?word=logits" title="Raw scores.">logits</a>'
    """
    found, bold = [], False
    for shown, key, told, escaped, stars, code, sign in MARKS.findall(markdown):
        if key:
            address, title = html.escape(WORDS + key), html.escape(told)
            found.append(f'<a href="{address}" title="{title}">{html.escape(shown)}</a>')
        elif stars:
            found.append("</b>" if bold else "<b>")
            bold = not bold
        else:
            found.append(
                f"<code>{html.escape(code)}</code>" if code else html.escape(escaped or sign)
            )
    return "".join(found) + ("</b>" if bold else "")


def class_names(names: Sequence[str], most: int = MOST_CHARACTERS) -> tuple[str, ...]:
    """Names of classes for the screen: long ones are shortened in their middle and told apart, and
    what cannot be seen is written out. Stored and compared are the names themselves."""
    return told_apart([visible(legible(name)) for name in names], most)


def in_a_row(text: str) -> str:
    r"""A few characters of a text as they are, but for spaces, of which the first and the last ones
    would not be seen, and for what :func:`visible` writes out.

    >>> in_a_row("to be\t")
    'to␣be\\t'
    """
    return visible(text).replace(" ", SPACE)


def with_code(text: str) -> tuple[str, str]:
    """(The words of a message, the lines of code in it): those stand between empty lines and are to
    be copied as they are; the second is empty where there are none."""
    words, *code = text.split("\n\n")
    return " ".join([words, *code[1:]]), code[0] if code else ""
