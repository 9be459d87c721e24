"""Small archives, sound and hostile, for the tests of images and sources."""

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image


def png(colour=(200, 30, 30), side=8, mode="RGB"):
    """A square of one colour."""
    file = io.BytesIO()
    Image.new(mode, (side, side), colour).save(file, "PNG")
    return file.getvalue()


def noise_png(rng, side=8):
    """A square of coloured noise, different each time."""
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def some_images(
    *, splits=("train", "val", "test"), classes=("cat", "dog"), each=5, prefix="", side=8
):
    """{path: bytes}; without splits: <class>/*.png."""
    rng = np.random.default_rng(5)
    return {
        "/".join(part for part in (prefix, split, name, f"{index}.png") if part): noise_png(
            rng, side
        )
        for split in splits or ("",)
        for name in classes
        for index in range(each)
    }


def write_zip(path, files, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def write_tar(path, files, mode="w:gz", extra=()):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in extra:
            archive.addfile(member)
    return str(path)


def write_folder(path, files):
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return str(path)
