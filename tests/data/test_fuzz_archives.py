"""Archives that were damaged: images, or an error of the lab."""

from __future__ import annotations

import gzip
import io
import tarfile
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kdlab.config.schema import DataConfig
from kdlab.data.images import load, look
from kdlab.errors import KdlabError
from tests.fuzzing import TEXTS, fuzz, harmed, told

pytestmark = pytest.mark.attack


def made(kind: str) -> bytes:
    """Two classes of two images each."""
    whole = io.BytesIO()
    pictures = {}
    for place in range(4):
        picture = io.BytesIO()
        Image.fromarray(np.full((8, 8, 3), 40 * place, np.uint8)).save(picture, "PNG")
        pictures[f"{'ab'[place % 2]}/{place}.png"] = picture.getvalue()
    if kind == "zip":
        with zipfile.ZipFile(whole, "w") as archive:
            for name, content in pictures.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for name, content in pictures.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    content = whole.getvalue()
    return gzip.compress(content, mtime=0) if kind == "gz" else content


@pytest.mark.parametrize("kind", ["zip", "", "gz"])
def test_a_damaged_archive(tmp_path, kind):
    path = tmp_path / ("images.zip" if kind == "zip" else f"images.tar{kind and '.' + kind}")
    whole = made(kind)

    @fuzz()
    @given(harmed(whole))
    def read(content):
        path.write_bytes(content)
        for door in (look, loaded):
            try:
                door(str(path))
            except KdlabError as error:
                told(error)

    read()


def loaded(path):
    *_, split = load(DataConfig(dataset="images", folder=path, image_size=8))
    "".join(split.classes).encode()
    return split.account.lines()


PART = st.sampled_from(["train", "test", "a", "b", "A ", "é", "e\u0301", ".", "0.png"]) | TEXTS
NAMES = st.lists(PART, min_size=1, max_size=4).map("/".join).filter(lambda n: n.split("\0")[0])


def test_any_names_and_any_table(tmp_path):
    """Sound archives of what anybody may call files, with whatever table beside them."""
    path = tmp_path / "images.zip"
    picture = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 90, np.uint8)).save(picture, "PNG")

    @fuzz()
    @given(st.lists(NAMES, max_size=8), st.binary(max_size=60) | TEXTS.map(encoded), st.booleans())
    def read(names, table, headed):
        with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names that are there twice
            for name in names:
                archive.writestr(encoded(name).decode(), picture.getvalue())
            lines = "".join(f"{encoded(n).decode()},{k % 2}\n" for k, n in enumerate(names))
            head = b"file_name,label\n" + lines.encode() if headed else b""
            archive.writestr("kdlab-labels.csv", head + table)
        for door in (look, loaded):
            try:
                assert all(line.isprintable() for line in account_lines(door(str(path))))
            except KdlabError as error:
                told(error)

    read()


def encoded(text):
    return text.encode("utf-8", "replace")


def account_lines(found):
    return found.lines() if hasattr(found, "lines") else found
