"""Files of more than 8 bits a channel: how many bits their values use, and as 8 bits.

Instruments write 10, 12 or 14 bits into files that could hold 16: scaled by what the type could
hold they would be nearly black. The bits that a data set uses are those of its largest value.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

FULL_SCALE = 16
STRIP_PIXELS = 1 << 18


def is_deep(image: Image.Image) -> bool:
    """Whether an opened file has more than 8 bits a channel."""
    return image.mode.startswith(("I", "F")) or _wide_colours(image)


def _wide_colours(image: Image.Image) -> bool:
    """Colours of 16 bits, of which Pillow reads the upper 8."""
    return image.mode in ("RGB", "RGBA", "RGBX", "LA") and any(
        ";16" in raw for raw in _raw_modes(image)
    )


def _raw_modes(image: Any) -> list[str]:
    """How a file's tiles hold their pixels, as Pillow's decoders call it: "RGB;16B"."""
    found: list[Any] = []
    for tile in getattr(image, "tile", []):
        arguments = tile[3]
        found += arguments if isinstance(arguments, tuple) else (arguments,)
    return [a for a in found if isinstance(a, str)]


def depth_of(image: Image.Image) -> int:
    """Bits of the largest value, 8 to 32; decodes the image. ValueError where it holds floating
    point or negative numbers."""
    if image.mode == "F":
        raise ValueError("its numbers are floating point: save it with 8 or 16 bits per channel")
    extrema: Any = image.getextrema()
    if image.mode.startswith("I"):
        low, high = extrema
        if low < 0:
            raise ValueError("it has negative numbers: save it with 8 or 16 bits per channel")
        return max(8, int(high).bit_length())
    colours = extrema[: 3 if image.mode != "LA" else 1]
    top = max(int(high) for _, high in colours)  # the upper 8 of 16 bits
    return 8 + top.bit_length()


def eight_bits(image: Image.Image, data: bytes, depth: int) -> Image.Image:
    """``image``, opened from ``data``, with 8 bits a channel, where its values have ``depth``."""
    from PIL import Image

    if image.mode.startswith("I"):
        found = Image.new("L", image.size)
        for box in _strips(image):
            values = np.asarray(image.crop(box))
            found.paste(Image.fromarray(_scaled(values, depth)), box)
    elif depth == FULL_SCALE:
        return image  # Pillow has taken the upper 8 of 16 bits
    else:
        found = _wide(image, data, depth)
    if exif := image.getexif():
        found.info["exif"] = exif.tobytes()
    return found


def _strips(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of a few rows, one below the other: a copy of all pixels would double the memory."""
    rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield (0, top, image.width, min(top + rows, image.height))


def _scaled(values: NDArray[Any], depth: int) -> NDArray[np.uint8]:
    """Whole numbers of ``depth`` bits -> 8 bits."""
    unit = (2**depth - 1) / 255
    scaled: NDArray[np.uint8] = np.rint(values / unit).clip(0, 255).astype(np.uint8)
    return scaled


def _wide(image: Image.Image, data: bytes, depth: int) -> Image.Image:
    """Colours of 16 bits of which ``depth`` are used: read once for the upper 8 and once, with the
    order of bytes turned around, for the lower 8."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=(image.format or "PNG",)) as again:
        other: Any = again
        other.tile = [_turned(tile) for tile in other.tile]
        found = Image.new(image.mode, image.size)
        for box in _strips(image):
            upper, lower = (np.asarray(each.crop(box)) for each in (image, again))
            whole = _scaled(upper.astype(np.uint16) << 8 | lower, depth)
            if image.mode in ("RGBA", "LA"):
                whole[..., -1] = upper[..., -1]  # opacity has all of its bits
            found.paste(Image.fromarray(whole, image.mode), box)
    return found


def _turned(tile: Any) -> Any:
    """A tile that is read with its bytes in the other order."""

    def other(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        return (
            {"B": "L", "L": "B", "N": "B"}.get(text[-1:], text[-1:]).join((text[:-1], ""))
            if (";16" in text)
            else text
        )

    arguments = tile[3]
    turned = tuple(map(other, arguments)) if isinstance(arguments, tuple) else other(arguments)
    return tile._replace(args=turned)
