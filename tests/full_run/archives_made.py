"""Folders and archives of small images for full runs."""

import io
import zipfile

import numpy as np
from PIL import Image


def made(side, each, classes=("cat", "dog")):
    """{path: bytes}: two classes of noise, one of them brighter."""
    rng = np.random.default_rng(5)
    found = {}
    for number, name in enumerate(classes):
        for index in range(each):
            pixels = rng.integers(0, 150, (side, side, 3), dtype=np.uint8) + 100 * number
            file = io.BytesIO()
            Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
            found[f"{name}/{index}.png"] = file.getvalue()
    return found


def write_folder(path, sides, each):
    for name, content in made(sides, each).items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return str(path)


def write_zip(path, side, each):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in made(side, each).items():
            archive.writestr(name, content)
    return str(path)
