"""A report as one HTML file: no script, nothing that is fetched, figures inside as SVG images.

Figures are images with a text of their own instead of parts of the page: names inside of one cannot
clash with those of another, and what is in them is drawn and never run.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from pathlib import Path

from kdlab.data.naming import visible
from kdlab.report.document import (
    Block,
    Code,
    Figure,
    Listing,
    Paragraph,
    Report,
    Section,
    Table,
)
from kdlab.report.drawing.canvas import rendered

CSS = Path(__file__).with_name("report.css")
SHORT = 16
"""Rows of a table that stays on one sheet."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"
"""What a browser lets the file do: show its own images and its own style."""


def written(report: Report) -> str:
    """The whole file."""
    title = _text(report.title)
    facts = "".join(
        f"<div><dt>{_text(what)}</dt><dd>{_own(which)}</dd></div>" for what, which in report.facts
    )
    links = "".join(
        f'<li><a href="#{_anchor(section)}">{_text(section.title)}</a></li>'
        for section in report.sections
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{title}</title>",
        f"<style>\n{CSS.read_text(encoding='utf-8')}</style>",
        "</head>",
        "<body>",
        "<header>",
        f'<p class="kind">{_text(report.kind)} {_text(report.made)}</p>',
        f"<h1>{title}</h1>",
        f'<dl class="facts">{facts}</dl>',
        *map(_block, report.verdict),
        f'<nav aria-label="Contents"><ul>{links}</ul></nav>',
        "</header>",
        "<main>",
        *_sections(report.sections),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _sections(sections: Iterable[Section]) -> Iterable[str]:
    for section in sections:
        anchor = _anchor(section)
        yield f'<section aria-labelledby="{anchor}">'
        yield f'<h2 id="{anchor}">{_text(section.title)}</h2>'
        yield from map(_block, section.blocks)
        yield "</section>"


def _anchor(section: Section) -> str:
    return section.title.lower().replace(" ", "-")


def _block(block: Block) -> str:
    match block:
        case Paragraph(tone="warning"):
            return f'<p class="warning"><b>Mind:</b> {_text(block.text)}</p>'
        case Paragraph():
            tone = "" if block.tone == "plain" else f' class="{block.tone}"'
            return f"<p{tone}>{_text(block.text)}</p>"
        case Listing():
            return "<ul>\n" + "".join(f"<li>{_text(one)}</li>\n" for one in block.items) + "</ul>"
        case Table():
            return _folded(block.caption, _table(block), block.folded)
        case Code():
            code = f"<pre><code>{html.escape(visible(block.text, keep=chr(10)))}</code></pre>"
            if block.folded:
                return _folded(block.caption, code, folded=True)
            caption = f'<p class="caption">{_text(block.caption)}:</p>' if block.caption else ""
            return caption + code
        case Figure():
            return _figure(block)


def _folded(summary: str, content: str, folded: bool) -> str:
    if not folded:
        return content
    return f"<details><summary>{_text(summary)}</summary>\n{content}\n</details>"


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{_number(table, n)}>{_text(cell)}</th>'
        if cell
        else f"<td{_number(table, n)}></td>"
        for n, cell in enumerate(table.head)
    )
    rows = "\n".join(
        "<tr>"
        + f'<th scope="row"{_number(table, 0)}>{_own(first)}</th>'
        + "".join(f"<td{_number(table, n)}>{_own(cell)}</td>" for n, cell in enumerate(rest, 1))
        + "</tr>"
        for first, *rest in table.rows
    )
    caption = "" if table.folded else f"<caption>{_text(table.caption)}</caption>\n"
    label = f' aria-label="{_text(table.caption)}"' if table.folded else ""
    short = " short" if len(table.rows) <= SHORT else ""
    return (
        f'<div class="wide{short}"><table{label}>\n{caption}<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _number(table: Table, place: int) -> str:
    return ' class="n"' if place in table.numbers else ""


def _figure(figure: Figure) -> str:
    content = base64.b64encode(rendered(figure.drawing, "svg", figure.caption)).decode()
    return (
        f'<figure><div class="wide"><img src="data:image/svg+xml;base64,{content}" '
        f'alt="{_text(figure.alt)}"></div>\n<figcaption>{_text(figure.caption)}</figcaption></figure>'
    )


def _text(text: str) -> str:
    """``text`` as it is, also within an attribute."""
    return html.escape(visible(text))


def _own(text: str) -> str:
    """What may be a name of somebody's: it stands for itself, in whatever direction it is read."""
    return _text(text) if text.isascii() else f"<bdi>{_text(text)}</bdi>"
