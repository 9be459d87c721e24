"""One file's bytes -> RGB pixels of the size that was asked for.

Decoders meet files from anybody: only common formats are tried, an image's size is read from its
header before it is decoded, and whatever a decoder raises means that this file is unusable.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kdlab.errors import ArchiveError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
MAX_PIXELS = 50_000_000
"""A camera's largest images; decoded they take 150 MB."""


def decode(name: str, data: bytes, side: int) -> NDArray[np.uint8]:
    """The image in ``data`` as (3, side, side), upright, on white where it is transparent.

    It is squeezed to a square, not cropped: nothing at its borders is lost. Of an animation the
    first picture is taken. ArchiveError names the file where it cannot be decoded.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata; PIL's own size warning: see below
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_pixels(name, image.width, image.height)
                image.draft(
                    None, (2 * side, 2 * side)
                )  # a large JPEG need not be decoded at full size
                upright = to_rgb(ImageOps.exif_transpose(image))
                if upright.size != (side, side):
                    upright = upright.resize((side, side), Image.Resampling.BICUBIC)
                return np.asarray(upright).transpose(2, 0, 1)
        except ArchiveError:
            raise
        except Image.DecompressionBombError:
            raise _too_many_pixels(name, "far too many") from None
        except Exception as error:  # decoders raise anything on a damaged file
            raise ArchiveError(
                f"{name[:80]!r} cannot be decoded ({str(error)[:80] or type(error).__name__})",
                f"undamaged images: {', '.join(FORMATS)}",
                "Replace or remove this file",
            ) from None


def to_rgb(image: Image) -> Image:
    """Any mode -> RGB: greys to three equal channels, 16 bits to 8, transparency onto white."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        if image.mode == "F" or values.min() < 0 or values.max() > 0xFFFF:
            raise ValueError(f"its mode {image.mode} is neither 8 nor 16 bits a channel")
        return Image.fromarray(np.rint(values / 257).astype(np.uint8)).convert("RGB")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _check_pixels(name: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(name, f"{width:,} x {height:,}")


def _too_many_pixels(name: str, size: str) -> ArchiveError:
    return ArchiveError(
        f"{name[:80]!r} has {size} pixels",
        f"images of at most {MAX_PIXELS / 1e6:.0f} million pixels",
        "Make it smaller or remove it",
    )
