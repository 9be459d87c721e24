"""What is in a folder or an archive, before any image is decoded: its layout."""

from __future__ import annotations

import re
from collections.abc import Generator

from kdlab.data.own import labels_table
from kdlab.data.own.account import LeftOut
from kdlab.data.own.causes import PICTURE
from kdlab.data.own.layout import Layout, arrange
from kdlab.data.own.names import is_leftover
from kdlab.data.own.sources import Source
from kdlab.data.own.spelling import spelt
from kdlab.errors import ArchiveError
from kdlab.events import Progress

PICTURES = re.compile(
    r"\.(png|jpe?g|jpe|jfif|jif|bmp|dib|gif|webp|tiff?|p[pgbn]m|heic|heif|avif|apng)$",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\.(txt|md|rst|json|jsonl|csv|tsv|xml|ya?ml|py|pyc|ipynb|html?|js|css|pdf|docx?|xlsx?|pptx?|zip|"
    r"tar|gz|tgz|bz2|xz|rar|7z|mp[34]|mov|avi|mkv|webm|wav|db|ini|log|cfg|toml|sqlite3?|h5|hdf5|"
    r"np[yz]|pth?|safetensors|onnx|pkl|pickle|mat|dcm|nii|exe|dll|so|sh|bat|lnk|url|parquet|arrow|"
    r"tfrecords?|svg|psd|ai|eps)$",
    re.IGNORECASE,
)
"""What is no image, by the ending of its name. All other files are looked into."""
HEAD_BYTES = 512
STEP = 50
STAGE = "reading the list of files"


def survey(source: Source) -> Generator[Progress, None, Layout]:
    """The layout of what is in ``source``; ArchiveError where it has none that can be used."""
    for count in source.scan():
        yield Progress(stage=STAGE, done=count)
    paths, said = spelt([*source.files, *source.folders], source.raw)
    images = yield from _images(source)
    others = [name for name in source.files if name not in images]
    found = [(name, paths[name]) for name in source.files if name in images]
    tables = [name for name in others if labels_table.is_table(paths[name])]
    first = [name for name in tables if labels_table.overrules(paths[name])]
    layout = _by_table(source, first, found, paths)
    if layout is None:
        try:
            layout = arrange(
                found, [paths[name] for name in source.folders], [paths[n] for n in others]
            )
        except ArchiveError:
            layout = _by_table(source, tables, found, paths)
            if layout is None:
                raise
    odd = [paths[name] for name in others if name not in tables and not _left(paths[name])]
    if odd:
        layout.left_out.append(LeftOut.of("that are not images", odd))
    layout.done[:0] = [each for each in (said, *source.remarks) if each]
    return layout


def _images(source: Source) -> Generator[Progress, None, set[str]]:
    """The files that are images: by their endings, and by their content where those say nothing."""
    images = {name for name in source.files if PICTURES.search(name)}
    unknown = [
        name
        for name in source.files
        if name not in images and not OTHERS.search(name) and not _left(name)
    ]
    for count, item in enumerate(source.read(unknown, HEAD_BYTES)):
        if item is not None and PICTURE.match(item[1]):
            images.add(item[0])
        if item is None or count % STEP == STEP - 1:
            yield Progress(stage=STAGE, done=len(source.files))
    return images


def _left(path: str) -> bool:
    return any(is_leftover(part) for part in path.split("/"))


def _by_table(
    source: Source, names: list[str], images: list[tuple[str, str]], paths: dict[str, str]
) -> Layout | None:
    """The layout that tables of labels give; None where there is none that names images."""
    if not names or not images:
        return None
    asked = sorted(names)[: labels_table.MAX_TABLES]
    labels_table.check_sizes([(paths[name], source.size(name)) for name in asked])
    tables = [
        labels_table.Table(paths[item[0]], item[1])
        for item in source.read(asked)
        if item is not None
    ]
    kept = [(name, path) for name, path in images if not _left(path)]
    return labels_table.arrange(kept, tables)
