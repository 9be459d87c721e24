"""A report as files: HTML, Markdown with its figures beside it, figures alone, all of it packed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from kdlab.errors import ConfigError, StoreError
from kdlab.report import html, markdown
from kdlab.report.document import Report
from kdlab.report.drawing.canvas import KINDS, Kind, rendered
from kdlab.system import files
from kdlab.system.paths import check_writable

ENDINGS = {".html": "HTML", ".htm": "HTML", ".md": "Markdown", ".markdown": "Markdown"}
SAME_DAY = (1980, 1, 1, 0, 0, 0)
"""Of all files in an archive: the same report gives the same bytes."""


def kinds_of(text: str) -> tuple[Kind, ...]:
    """The formats of figures in a list with commas; ConfigError lists those there are."""
    asked = list(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    unknown = [word for word in asked if word not in KINDS]
    if unknown or not asked:
        raise ConfigError(
            f"--format is {text[:40]!r}", " or ".join(KINDS) + ", or both", "Change --format"
        )
    return tuple(kind for kind in KINDS if kind in asked)


def ending(path: Path) -> str:
    """What a file of this name is; ConfigError lists the endings there are."""
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(
            f"--out is {path.name[:60]!r}",
            "a file whose name ends in .html or .md",
            "Change the ending of --out",
        )
    return ENDINGS[path.suffix.lower()]


def figures(report: Report, kinds: Sequence[Kind], beside: str = "") -> dict[str, bytes]:
    """The figures by the names of their files."""
    begin = beside or report.name
    return {
        markdown.file_name(begin, figure, kind): rendered(figure.drawing, kind, figure.caption)
        for figure in report.figures
        for kind in kinds
    }


def report_files(report: Report, path: Path) -> dict[str, bytes]:
    """What lies at ``path``, and beside it, by the names of the files: figures first, so that the
    text is never without them."""
    if ending(path) == "HTML":
        return {path.name: html.written(report).encode()}
    found = figures(report, ("svg",), path.stem)
    return {**found, path.name: markdown.written(report, path.stem).encode()}


def write(folder: Path, content: dict[str, bytes]) -> None:
    """Each file aside, then renamed into place; StoreError where the folder refuses."""
    check_writable(folder)
    for name, each in content.items():
        try:
            files.write(folder / name, each)
        except OSError as error:
            raise StoreError(
                f"the folder {folder} cannot be written ({error.strerror or error})",
                "a folder that this user may write to, on a disk with free space",
                "Choose another --out, or free some space; no file is left half-written",
            ) from None


def archive(report: Report) -> bytes:
    """The report as Markdown with its figures as SVG and PNG, as one zip file."""
    found = figures(report, KINDS)
    found[f"{report.name}.md"] = markdown.written(report, report.name).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(found.items()):
            entry = zipfile.ZipInfo(f"{report.name}/{name}", SAME_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return file.getvalue()
