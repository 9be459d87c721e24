"""The words of the pages: ``assets/text/<language>/<page>.md``.

A line ``## name`` starts a section; the text before the first one is the section ``intro``.
Another language is another folder; what it lacks is English. Words between double braces are only
for whoever has the controls that they speak of, see :func:`for_hidden`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kdlab.data.naming import MOST_CHARACTERS, SPACE, legible, told_apart
from kdlab.data.naming import visible as visible
from kdlab.translation import ENGLISH
from kdlab.translation import language as spoken

SIGNS = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>:$&\"']")

PER_CENT = re.compile(r"(?<=\d) %(?! ?\d)")
CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)

FOLDER = Path(__file__).parents[3] / "assets" / "text"


def sections(page: str, language: str | None = None) -> dict[str, str]:
    """All sections of a page's text, by name, in order, in the ``language`` that is spoken now or
    in another; KeyError-free reading is :func:`text`."""
    return _sections(page, language or spoken())


@cache
def _sections(page: str, language: str) -> dict[str, str]:
    english = _read(page, ENGLISH)
    if language == ENGLISH or not (FOLDER / language / f"{page}.md").is_file():
        return english
    own = _read(page, language)
    return {name: own.get(name) or words for name, words in english.items()}


def _read(page: str, language: str) -> dict[str, str]:
    found: dict[str, list[str]] = {"intro": []}
    name = "intro"
    for line in (FOLDER / language / f"{page}.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line.removeprefix("## ").strip()
            found[name] = []
        else:
            found[name].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def text(page: str, section: str = "intro", language: str | None = None) -> str:
    """One section of a page's text, as Markdown; KeyError where the file has no such section."""
    return sections(page, language)[section]


class Sections(Mapping[str, str]):
    """The sections of a page's text in the language that is spoken when one is read: for what is
    written down once for all visitors."""

    def __init__(self, page: str) -> None:
        self.page = page

    def __getitem__(self, name: str) -> str:
        return sections(self.page)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sections(self.page))

    def __len__(self) -> int:
        return len(sections(self.page))


class Try(NamedTuple):
    """Something to try on a page: its name, what to do and to look for, and the answer, Markdown
    with bold words and code at most; ``label`` is what the name is called on screen, if anything
    else."""

    name: str
    task: str
    answer: str
    label: str = ""


def tries(page: str, language: str | None = None) -> tuple[Try, ...]:
    """What the section ``try`` of a page's text offers, none without such a section: lines
    ``- name | task``, each with lines ``  > answer`` under it. Names are the English ones in every
    language: settings are found by them."""
    return _tries(page, language or spoken())


@cache
def _tries(page: str, language: str) -> tuple[Try, ...]:
    english = _offered(sections(page, ENGLISH).get("try", ""))
    own = _offered(sections(page, language).get("try", ""))
    if len(own) != len(english):
        return english
    return tuple(
        one._replace(name=named.name, label=one.name)
        for one, named in zip(own, english, strict=True)
    )


def _offered(words: str) -> tuple[Try, ...]:
    found: list[Try] = []
    for line in words.splitlines():
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


def unbroken(text: str) -> str:
    """``text`` in which no number is parted at the end of a line from its sign of per cent.

    >>> unbroken("93.4 % of 500, `7 % n`")
    '93.4\xa0% of 500, `7 % n`'
    """
    parts = CODE.split(text)  # every second one is code, where % is something else
    return "".join(part if n % 2 else PER_CENT.sub("\u00a0%", part) for n, part in enumerate(parts))


def plain(text: object) -> str:
    """``text`` as it is, for a place where Streamlit reads Markdown.

    What came from a link, a file or an error may hold an image or a link to another host, or the
    asterisks of a path; a backslash before every sign that means something takes that away.
    """
    # a bare address would still become a link: a character of no width takes its colon apart
    seen = visible(str(text), "\n\t").replace("://", ":\u200b//")
    return SIGNS.sub(r"\\\g<0>", unbroken(seen))


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
    >>> to_html(word("**logits**", "logits", "Raw scores."))
    '<a href="./words?word=logits" title="Raw scores."><b>logits</b></a>'
    """
    found, bold = [], False
    for shown, key, told, escaped, stars, code, sign in MARKS.findall(unbroken(markdown)):
        if key:
            address, title = html.escape(WORDS + key), html.escape(told)
            text = html.escape(shown.removeprefix("**").removesuffix("**"))
            text = f"<b>{text}</b>" if shown.startswith("**") else text
            found.append(f'<a href="{address}" title="{title}">{text}</a>')
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
