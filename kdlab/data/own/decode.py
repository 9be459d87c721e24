"""One file's bytes -> RGB pixels of the size that was asked for.

Decoders meet files from anybody: only common formats are tried, by content and not by ending; an
image's size, and the bytes that its pixels take, are read from its header before it is decoded; and
whatever a decoder raises means that this file is unusable.
"""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kdlab.data.own.causes import UnreadableError, cause_of
from kdlab.data.own.depths import depth_of, eight_bits, is_deep
from kdlab.errors import ArchiveError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "AVIF", "HEIF")
"""The last two where Pillow has them on this machine."""
MAX_PIXELS = 50_000_000
"""A camera's largest images."""
MAX_DECODED_BYTES = 4 * MAX_PIXELS
"""For all pixels of one image in memory, 200 MB: colours take four bytes a pixel. Reading needs at
most about twice that, and one image is read at a time."""
MAX_PROGRESSIVE_BYTES = 6 * MAX_PIXELS
"""A progressive JPEG keeps two bytes a colour for the whole image while it is read."""
STRIP_BYTES = 4 * 1024**2
"""What is worked on at once where a picture is put onto white."""


@dataclass(frozen=True)
class Decoded:
    """``pixels`` (3, side, side); ``depth``: of a file with more than 8 bits a channel how many its
    values use, else 0."""

    pixels: NDArray[np.uint8]
    depth: int


def decode_deep(
    name: str, data: bytes, side: int, depth: int = 16, most: int = MAX_PIXELS
) -> Decoded:
    """The image in ``data``, upright, on white where it is transparent.

    It is squeezed to a square, not cropped: nothing at its borders is lost. Of an animation the
    first picture is taken. Files of more than 8 bits a channel are scaled by ``depth`` bits.
    ArchiveError names the file, and why, where it cannot be decoded, or more than ``most`` pixels
    of it would be: of a JPEG fewer than it has, since it can be decoded at a fraction of its size.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata; PIL's own size warning: see below
        try:
            with Image.open(io.BytesIO(data), formats=_formats()) as image:
                _check_size(name, image)
                whole = image.width * image.height
                image.draft(
                    None, (2 * side, 2 * side)
                )  # a large JPEG need not be decoded at full size
                _check_decoded(name, image, whole, most)
                deep = is_deep(image)
                used = depth_of(image) if deep else 0
                upright = eight_bits(image, data, depth) if deep else image
                ImageOps.exif_transpose(upright, in_place=True)
                upright = to_rgb(upright)
                if upright.size != (side, side):
                    upright = upright.resize((side, side), Image.Resampling.BICUBIC)
                return Decoded(np.asarray(upright).transpose(2, 0, 1), used)
        except ArchiveError:
            raise
        except Image.DecompressionBombError:
            raise _too_large(name, "far too many pixels") from None
        except Exception as error:  # decoders raise anything on a damaged file
            cause = cause_of(data, error)
            raise UnreadableError(
                f"{name[:80]!r} cannot be decoded ({cause})",
                f"undamaged images: {', '.join(_formats())}",
                "Replace or remove this file",
                cause,
            ) from None


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode of 8 bits -> RGB: greys to three equal channels, transparency onto white."""
    from PIL import Image

    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        width, height = image.size
        rows = max(1, STRIP_BYTES // (4 * width))
        paper = Image.new("RGB", image.size)
        for top in range(0, height, rows):  # in strips: a whole copy would take as much again
            box = (0, top, width, min(top + rows, height))
            strip = image.crop(box).convert("RGBA")
            white = Image.new("RGBA", strip.size, "white")
            paper.paste(Image.alpha_composite(white, strip).convert("RGB"), box)
        return paper
    return image.convert("RGB")


@functools.cache
def _formats() -> tuple[str, ...]:
    """Those of FORMATS that Pillow can read here."""
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _check_size(name: str, image: Image.Image) -> None:
    """Refuse what is too large, from the header alone."""
    pixels = image.width * image.height
    size = f"{image.width:,} x {image.height:,} pixels"
    if pixels > MAX_PIXELS:
        raise _too_large(name, size)
    one = {"1": 1, "L": 1, "P": 1}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)
    if one * pixels > MAX_DECODED_BYTES:
        raise _too_large(name, size)
    if _is_progressive(image) and 2 * len(image.getbands()) * pixels > MAX_PROGRESSIVE_BYTES:
        raise _too_large(name, size)


def _check_decoded(name: str, image: Image.Image, whole: int, most: int) -> None:
    """Refuse what would be decoded to more than ``most`` pixels, of ``whole`` that the file has: a
    progressive JPEG keeps all of them while it is read, whatever its draft."""
    pixels = whole if _is_progressive(image) else image.width * image.height
    if pixels > most:
        raise _too_large(name, f"{pixels:,} pixels to decode", most)


def _is_progressive(image: Image.Image) -> bool:
    return bool(image.info.get("progressive")) and image.format in ("JPEG", "MPO")


def _too_large(name: str, size: str, most: int = MAX_PIXELS) -> ArchiveError:
    return ArchiveError(
        f"{name[:80]!r} has {size}",
        f"images of at most {most / 1e6:.0f} million pixels",
        "Make it smaller or remove it",
    )
