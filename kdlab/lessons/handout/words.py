r"""The Markdown of a lesson as HTML for paper.

What a :class:`kdlab.lessons.lesson.Lesson` holds was understood and written anew by
:mod:`kdlab.lessons.markdown`: bold, italics, code, lists and links are all that has a meaning in
it. Here every other sign is escaped once more, so that nothing depends on that.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from kdlab.data.naming import visible

INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`]+)`"
    r"|\[(?P<label>(?:\\.|[^\[\]\\])+)\]\(<(?P<target>[^<>]*)>\)"
    r"|(?P<stars>\*\*?)"
    r"|(?P<other>.)",
    re.DOTALL,
)
ITEM = re.compile(r"(?P<indent> *)(?P<mark>-|\d+\.) (?P<words>.*)")
TAGS = {"**": "b", "*": "i"}
NO_WIDTH = "\u200b"
"""Keeps a bare address from becoming a link; on paper it is not needed."""


def blocks(markdown: str) -> str:
    """Paragraphs and lists.

    >>> blocks("**T** is 4\\\\.\\n\\n- one\\n- two")
    '<p><b>T</b> is 4.</p>\\n<ul><li>one</li><li>two</li></ul>'
    """
    return "\n".join(_blocks(markdown))


def _blocks(markdown: str) -> Iterator[str]:
    for part in re.split(r"\n\s*\n", markdown.strip()):
        items: list[tuple[str, list[str]]] = []
        for line in part.splitlines():
            found = ITEM.fullmatch(line)
            if found:
                items.append(("ol" if found["mark"] != "-" else "ul", [found["words"]]))
            elif items:
                items[-1][1].append(line.strip())
            else:
                items.append(("p", [line]))
        yield from _grouped([(kind, "\n".join(lines)) for kind, lines in items])


def _grouped(items: list[tuple[str, str]]) -> Iterator[str]:
    """Items of one kind in a row are one list; lists in lists are shown as one."""
    at = 0
    while at < len(items):
        kind = items[at][0]
        end = next((n for n in range(at, len(items)) if items[n][0] != kind), len(items))
        own = [inline(words) for _, words in items[at:end]]
        if kind == "p":
            yield f"<p>{' '.join(own)}</p>" if any(own) else ""
        else:
            yield f"<{kind}>{''.join(f'<li>{one}</li>' for one in own)}</{kind}>"
        at = end


def inline(markdown: str) -> str:
    """Words within a line; bold, italics and code stay, a link is its words."""
    written: list[str] = []
    open_ones: list[str] = []
    for found in INLINE.finditer(markdown):
        if found["escaped"]:
            written.append(text(found["escaped"]))
        elif found["code"]:
            written.append(f"<code>{text(found['code'])}</code>")
        elif found["label"]:
            written.append(f"<u>{inline(found['label'])}</u>")
        elif found["stars"]:
            tag = TAGS[found["stars"]]
            if open_ones and open_ones[-1] == tag:
                written.append(f"</{open_ones.pop()}>")
            elif tag not in open_ones:
                open_ones.append(tag)
                written.append(f"<{tag}>")
        else:
            written.append(" " if found["other"].isspace() else text(found["other"]))
    written += [f"</{tag}>" for tag in reversed(open_ones)]
    return "".join(written).strip()


def text(words: object) -> str:
    """``words`` as they are, also within an attribute; what cannot be seen is written out."""
    return html.escape(visible(str(words).replace(NO_WIDTH, "")))
