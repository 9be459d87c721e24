"""The words of the field, each explained in a sentence or two, in the text ``glossary``.

::

    ## logits
    A network's raw scores for the classes.
    also: logit, raw scores
    page: soft-targets

A heading begins a term, ``also`` are other words for it, ``page`` is the address of the page where
it is met. In another language the heading is ``## logits | 对数几率``: first the English term.
:func:`mark` turns the first of each term in a text into a link to the glossary, whose title is the
explanation; what the browser makes of such links is in ``components/way/words.js``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from kdlab.translation import ENGLISH
from pages.ui.shell import prose

FILE = "glossary"

OWN_LETTERS = r"\u2e80-\u9fff"
"""Of scripts that write no spaces: a word may begin and end beside any letter there."""
LETTER = rf"[^\W{OWN_LETTERS}]"
NO_WORDS = "|".join(
    (
        r"```.*?```",
        r"`[^`]*`",
        r"\$\$.*?\$\$",
        r"\$[^$\n]*\$",
        r'!?\[[^\]]*\]\((?:[^()"]|"[^"]*")*\)',
        r"<(\w+)[^>]*>.*?</\1>",
        r"<[/!]?\w[^>]*>",
        r"https?://\S+",
        r"^#{1,6} [^\n]*",
        r"\\.",
        r"\{[^{}]*\}",
        r":\w+(?:/\w+:|\[)",
    )
)
"""What of Markdown is no text: code, formulas, links, HTML, headings, places for values."""


@dataclass(frozen=True)
class Term:
    """One entry: its ``key``, the same in every language and fit for an address, its name, what is
    told of it, plain text without quotation marks, other words for it, the address of its page."""

    key: str
    name: str
    told: str
    also: tuple[str, ...]
    page: str


@cache
def terms(language: str = ENGLISH) -> dict[str, Term]:
    """Key -> term, in the order of the English file; what a language lacks is English."""
    found = _read(ENGLISH)
    return found | {k: t for k, t in _read(language).items() if k in found}


def others(term: Term) -> tuple[str, ...]:
    """Other words for it, among them that of English, in which most papers are written."""
    english = terms()[term.key].name
    return term.also if english in (term.name, *term.also) else (*term.also, english)


def _read(language: str) -> dict[str, Term]:
    path = prose.FOLDER / language / f"{FILE}.md"
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = [_term(*part.split("\n", 1)) for part in re.split(r"^## ", written, flags=re.M)[1:]]
    return {term.key: term for term in found}


def _term(heading: str, body: str) -> Term:
    english, _, own = (part.strip() for part in heading.partition("|"))
    lines, more = [], {"also": "", "page": ""}
    for line in body.strip().splitlines():
        name, _, value = line.partition(": ")
        if name in more:
            more[name] = value
        else:
            lines.append(line.strip())
    key = "-".join(re.findall(r"\w+", english.lower().replace("α", "alpha")))
    also = tuple(word.strip() for word in more["also"].split(",") if word.strip())
    return Term(key, own or english, " ".join(lines).strip(), also, more["page"])


BOLD_TERM = re.compile(
    rf"\*\*\[([^\]*]+)\](\({re.escape(prose.WORDS)}[^ )]+ \"[^\"]*\"\))\*\*(?=[{OWN_LETTERS}])"
)
"""A bold link before a letter that no blank parts from it, as in Chinese: Markdown reads the stars
between a bracket and a letter as stars, so they go into the link."""


@lru_cache(maxsize=500)
def mark(
    markdown: str, without: frozenset[str] = frozenset(), language: str = ENGLISH
) -> tuple[str, tuple[str, ...]]:
    """``markdown`` with the first of each term as a link that explains it, and the keys of these
    terms; not those ``without``. Nothing in code, formulas, links, headings and HTML is touched.

    >>> mark("**Logits** are no `logits`.")[1]
    ('logits',)
    """
    pattern, keys = _pattern(language)
    known = terms(language)
    seen: list[str] = []

    def linked(found: re.Match[str]) -> str:
        key = keys.get(found.lastgroup or "")
        if key is None or key in without or key in seen:
            return found[0]
        seen.append(key)
        return prose.word(found[0], key, known[key].told)

    return BOLD_TERM.sub(r"[**\1**]\2", pattern.sub(linked, markdown)), tuple(seen)


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds either no text or a term, the longest first, and the key of each of its groups."""
    words = [
        (word, term.key)
        for spoken in dict.fromkeys((language, ENGLISH))  # pages that are not translated yet
        for term in terms(spoken).values()
        for word in (term.name, *term.also)
    ]
    words.sort(key=lambda pair: -len(pair[0]))
    groups = [f"(?P<w{n}>{_found(word)})" for n, (word, _) in enumerate(words)]
    keys = {f"w{n}": key for n, (_, key) in enumerate(words)}
    return re.compile("|".join((NO_WORDS, *groups)), re.DOTALL | re.MULTILINE), keys


def _found(word: str) -> str:
    """A pattern for one word: at a sentence's beginning, in the plural, over the end of a line."""
    if re.search(f"[{OWN_LETTERS}]", word):
        return re.escape(word)
    if len(word) == 1:  # T, α: in a sentence, not in a formula
        return rf"(?<![^\s*“(]){re.escape(word)}(?![^\s*”),.;:?])"
    body = re.escape(word).replace(r"\ ", r"\s+")
    if word.islower() and word[0].isalpha():
        body = f"[{word[0]}{word[0].upper()}]{body[1:]}"
    if re.search("[b-df-hj-np-tv-xz]y$", word):
        body = f"{body[:-1]}(?:y|ies)"
    elif word[-1].islower() and not word.endswith("s"):
        body += "(?:s|es)?"
    return rf"(?<!{LETTER})(?<!{LETTER}-)(?<![/^]){body}(?!{LETTER}|[(^/²]|-{LETTER})"
