"""Images only looked at: few pixels, at the right depth, and what was cut short goes on."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from archives import png, some_images, write_folder, write_tar, write_zip
from PIL import Image, ImageFile

from kdlab.data.own import thumbnails
from kdlab.data.own.thumbnails import EACH, MOST_FRUITLESS, Thumbnails
from kdlab.errors import ArchiveError
from tests.patience import PATIENCE


def encoded(size, kind="PNG", mode="RGB", colour=None, **options) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (size, size), colour or 0).save(file, kind, **options)
    return file.getvalue()


def shown(path, **counts):
    """What is shown of a zip of sound images of cats and dogs and these others beside them."""
    look = Thumbnails(write_zip(path / "set.zip", some_images(**counts)), 8)
    found = look.look(PATIENCE)
    assert look.whole
    return found


def test_some_of_each_class_are_shown_as_a_network_sees_them(tmp_path):
    found = shown(tmp_path, side=20)
    assert {name: len(each) for name, each in found.items()} == {"cat": EACH, "dog": EACH}
    assert all(one.shape == (3, 8, 8) for each in found.values() for one in each)


@pytest.mark.parametrize(
    ("odd", "is_shown"),
    [
        pytest.param(encoded(2500), False, id="6 million pixels"),
        pytest.param(encoded(8000, mode="1"), False, id="more than the lab reads"),
        pytest.param(encoded(2500, "JPEG"), True, id="a camera's"),
        pytest.param(encoded(2500, "JPEG", progressive=True), False, id="progressive"),
        pytest.param(b"\x89PNG nonsense", False, id="damaged"),
    ],
)
def test_what_takes_too_much_is_left_out_alone(tmp_path, monkeypatch, odd, is_shown):
    files = {f"train/{c}/{n}.png": png() for c in ("cat", "dog") for n in range(9)}
    files["train/cat/0.png"] = odd
    load, decoded = ImageFile.ImageFile.load, []

    def counted(image):
        decoded.append(image.width * image.height)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", counted)
    found = Thumbnails(write_folder(tmp_path / "set", files), 8).look(PATIENCE)
    assert {name: len(each) for name, each in found.items()} == {
        "cat": EACH - (not is_shown),
        "dog": EACH,
    }
    assert decoded
    assert max(decoded) <= thumbnails.MOST_PIXELS


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_white_of_any_depth_is_white(tmp_path, bits):
    pixels = np.full((9, 9), 2**bits - 1, np.uint16)
    pixels[:2] = 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    files = {f"train/{c}/{n}.png": file.getvalue() for c in ("cat", "dog") for n in range(9)}
    files["train/cat/0.png"] = png((255, 255, 255), side=9)
    found = Thumbnails(write_zip(tmp_path / "set.zip", files), 9).look(PATIENCE)
    assert [len(each) for each in found.values()] == [EACH, EACH]
    for each in found.values():
        assert all(one.max() == 255 for one in each)
    assert found["dog"][0].min() == 0


class SlowDecoder:
    """Decoding takes a second of a clock that nothing else moves."""

    def __init__(self, monkeypatch):
        self.now, self.names = 0.0, []
        decode = thumbnails.decode_deep

        def slowly(name, *rest):
            self.now += 1
            self.names.append(name)
            return decode(name, *rest)

        monkeypatch.setattr(thumbnails, "decode_deep", slowly)
        monkeypatch.setattr(thumbnails, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.mark.parametrize("kind", ["zip", "tar", "folder"])
def test_what_was_cut_short_goes_on_and_nothing_is_decoded_twice(tmp_path, monkeypatch, kind):
    write = {"zip": write_zip, "tar": write_tar, "folder": write_folder}[kind]
    look = Thumbnails(write(tmp_path / "set", some_images()), 8)
    decoder = SlowDecoder(monkeypatch)
    counts = []
    while not look.whole:
        counts.append(sum(map(len, look.look(2.5).values())))
    assert counts == [3, 6, 8]
    assert len(decoder.names) == len(set(decoder.names)) == 2 * EACH
    assert sum(map(len, look.look(2.5).values())) == 2 * EACH
    assert len(decoder.names) == 2 * EACH, "what is whole is not made again"


def test_one_is_looked_at_at_a_time(tmp_path):
    look = Thumbnails(write_zip(tmp_path / "set.zip", some_images()), 8)
    with thumbnails._one_at_a_time:
        assert look.look(0.01) == {}
    assert not look.whole
    assert look.look(PATIENCE)["cat"]


def test_a_source_that_is_too_slow_to_be_listed_is_given_up(tmp_path):
    look = Thumbnails(write_zip(tmp_path / "set.zip", some_images()), 8)
    for _ in range(MOST_FRUITLESS):
        assert not look.whole
        assert look.look(-1.0) == {}
    assert look.whole


def test_an_archive_that_cannot_be_used_is_read_once(tmp_path):
    look = Thumbnails(write_zip(tmp_path / "set.zip", {"notes.txt": b"hello"}), 8)
    with pytest.raises(ArchiveError):
        look.look(PATIENCE)
    assert look.look(PATIENCE) == {}
