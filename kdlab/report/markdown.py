r"""A report as Markdown, and its figures as SVG files beside it.

Beside it, since what shows Markdown (GitHub, GitLab, editors, notebooks) shows pictures in files,
while most of it shows none that are written into the text.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from kdlab.data.naming import visible
from kdlab.report.document import (
    Block,
    Code,
    Figure,
    Listing,
    Paragraph,
    Report,
    Table,
)

SIGNS = re.compile(r"[\\`*_\[\]|~$@]")
"""Those that begin something wherever they stand. Without [ and ] there is no link and no image."""
BEGINS = re.compile(r"^(\s*)([#\-=:]|\+(?=\s|$)|\d+(?=[.)](\s|$)))")
"""What begins a heading, a list or a rule at the beginning of a line."""
ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)")
"""What some readers make a link of by themselves."""


def written(report: Report, beside: str) -> str:
    """The text; figures are ``<beside>-<name>.svg``."""
    facts = " · ".join(f"{escaped(what)}: {escaped(which)}" for what, which in report.facts)
    parts = [
        f"# {escaped(report.title)}",
        f"{escaped(report.kind)} {escaped(report.made)}",
        facts,
        *(_block(block, beside) for block in report.verdict),
    ]
    for section in report.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [_block(block, beside) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def file_name(beside: str, figure: Figure, kind: str = "svg") -> str:
    """Of a figure."""
    return f"{beside}-{figure.name}.{kind}"


def _block(block: Block, beside: str) -> str:
    match block:
        case Paragraph(tone="verdict"):
            return f"> **{escaped(block.text)}**"
        case Paragraph(tone="warning"):
            return f"> **Mind:** {escaped(block.text)}"
        case Paragraph():
            return escaped(block.text)
        case Listing():
            return "\n".join(f"- {escaped(one)}" for one in block.items)
        case Table():
            return _table(block)
        case Code():
            return _code(block)
        case Figure():
            name = quote(file_name(beside, block))
            return f"![{escaped(block.alt)}]({name})\n\n{escaped(block.caption)}"


def _table(table: Table) -> str:
    rule = ["--:" if n in table.numbers else ":--" for n in range(len(table.head))]
    rows = [[escaped(cell) for cell in row] for row in (table.head, *table.rows)]
    lines = [rows[0], rule, *rows[1:]]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{escaped(table.caption)}:\n\n{body}"


def _code(code: Code) -> str:
    """Between more backticks than stand in it."""
    text = visible(code.text, keep="\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    caption = f"{escaped(code.caption)}:\n\n" if code.caption else ""
    return f"{caption}{fence}{code.language}\n{text}\n{fence}"


def escaped(text: str) -> str:
    r"""``text`` as it is, wherever Markdown is read.

    >>> escaped("<b>a|b</b>"), escaped("# [x](javascript:y)")
    ('&lt;b&gt;a\\|b&lt;/b&gt;', '\\# \\[x\\](javascript:y)')
    """
    found = SIGNS.sub(r"\\\g<0>", visible(text))
    found = found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    found = BEGINS.sub(_begun, found)
    return ADDRESS.sub(lambda m: f"{m[1] or m[3]}\\{m[2] or m[4]}", found)


def _begun(found: re.Match[str]) -> str:
    space, sign = found[1], found[2]
    return f"{space}{sign}" + "\\" if sign.isdigit() else f"{space}\\{sign}"
