import io
import zlib

import numpy as np
import pytest
from PIL import Image

from kdlab.data.own import decode as decoding
from kdlab.data.own.decode import decode_deep
from kdlab.errors import ArchiveError

GREY = np.linspace(0, 255, 64).astype(np.uint8).reshape(8, 8)


def decode(name, content, side):
    return decode_deep(name, content, side).pixels


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def refused(content):
    with pytest.raises(ArchiveError) as caught:
        decode("cat/0.png", content, 8)
    assert "'cat/0.png'" in caught.value.received
    return str(caught.value)


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(GREY),
        Image.fromarray(GREY).convert("LA"),
        Image.fromarray(GREY).convert("RGB"),
        Image.fromarray(GREY).convert("RGBA"),
        Image.fromarray(GREY).convert("P"),
        Image.fromarray(GREY.astype(np.uint16) * 257),
    ],
    ids=lambda image: image.mode,
)
def test_a_grey_picture_is_the_same_in_every_mode(image):
    assert np.array_equal(decode("cat/0.png", encoded(image), 8), np.stack([GREY] * 3))


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_print_colours_become_screen_colours(kind):
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    pixels = decode("cat/0.jpg", encoded(ink, kind), 8)
    assert pixels[0].min() > 200
    assert pixels[1:].max() < 50


def test_transparent_pixels_are_white_paper():
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 4, 8))
    pixels = decode("cat/0.png", encoded(image), 8)
    assert (pixels[:, :, 4:] == 255).all()
    assert (pixels[:, :, :4] == np.array([255, 0, 0])[:, None, None]).all()


def test_a_transparent_colour_of_a_palette_is_white_too():
    image = Image.new("P", (8, 8), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert (decode("cat/0.gif", encoded(image, "GIF", transparency=0), 8) == 255).all()


def test_a_camera_held_upright_gives_an_upright_image():
    image = Image.fromarray(GREY)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    pixels = decode("cat/0.png", encoded(image, exif=exif), 8)
    assert np.array_equal(pixels[0], np.rot90(GREY, -1))


def test_larger_and_oblong_images_are_squeezed_whole():
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (20, 0, 40, 20))
    pixels = decode("cat/0.png", encoded(image), 8)
    assert pixels.shape == (3, 8, 8)
    assert pixels[:, :, :3].max() < 10
    assert pixels[:, :, 5:].min() > 245


def test_shrinking_averages_instead_of_dropping_pixels():
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    pixels = decode("cat/0.png", encoded(Image.fromarray(stripes)), 8)
    assert abs(pixels.astype(int) - 127).max() <= 8


def test_a_large_jpeg_looks_as_it_did():
    ramp = np.tile(np.linspace(0, 255, 640).astype(np.uint8), (640, 1))
    pixels = decode("cat/0.jpg", encoded(Image.fromarray(ramp), "JPEG", quality=95), 8)
    expected = ramp.reshape(640, 8, 80).mean(axis=(0, 2))
    assert abs(pixels[0] - expected).max() < 8


def test_size_is_checked_in_the_header(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_PIXELS", 100)
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("decoded"))
    assert "20 x 30 pixels" in refused(encoded(Image.new("RGB", (20, 30))))


@pytest.mark.parametrize("side", [10_000, 20_000], ids=["warned by PIL", "refused by PIL"])
def test_a_bomb_of_pixels(side):
    small = encoded(Image.new("L", (1, 1)))
    start = small.index(b"IHDR")
    header = b"IHDR" + side.to_bytes(4, "big") * 2 + small[start + 12 : start + 17]
    bomb = small[:start] + header + zlib.crc32(header).to_bytes(4, "big") + small[start + 21 :]
    assert "pixels" in refused(bomb)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n",
        encoded(Image.fromarray(GREY), "JPEG")[:200],
        encoded(Image.fromarray(GREY), "ICO"),
        encoded(Image.fromarray(np.ones((8, 8), np.float32)), "TIFF"),
    ],
    ids=["empty", "cut", "postscript", "cut jpeg", "icon", "floating point"],
)
def test_what_is_no_usable_image_is_named(content):
    assert "cannot be decoded" in refused(content)
