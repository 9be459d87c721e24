"""Archives that were damaged: images, or an error of the lab."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

from kdlab.config import DataConfig
from kdlab.data.images import load, look
from kdlab.errors import KdlabError
from tests.fuzzing import fuzz, harmed, told


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
        try:
            look(str(path))
            for _ in load(DataConfig(dataset="images", folder=str(path), image_size=8)):
                pass
        except KdlabError as error:
            told(error)

    read()
