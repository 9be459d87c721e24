"""Why a file cannot be used as an image, in words for its owner."""

from __future__ import annotations

import re

from kdlab.errors import ArchiveError

_TRUNCATED = re.compile(r"truncated|not enough|unexpected end|EOF|ended", re.IGNORECASE)
_MARKS = (
    (re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)", re.IGNORECASE),
     "it is a web page saved under an image's name: download the image itself"),
    (re.compile(rb"version https://git-lfs"),
     "it is a Git LFS pointer, a note in place of the image: run git lfs pull"),
    (re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg)", re.IGNORECASE),
     "it is XML or a drawing (SVG), not pixels: export it as PNG"),
    (re.compile(rb"\s*[{\[]"), "it is JSON, perhaps the error of a download: download it again"),
    (re.compile(rb".{4}ftyp(?:heic|heix|hevc|mif1|msf1|heim|heis)", re.DOTALL),
     "it is HEIC, which cannot be read here: save it as JPEG"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
     "it is AVIF, which cannot be read here: save it as JPEG or PNG"),
    (re.compile(rb".{4}ftyp", re.DOTALL), "it is a video: save its frames as JPEG"),
    (re.compile(rb"\0\0\0\x0cjP"), "it is JPEG 2000, which cannot be read here: save it as PNG"),
    (re.compile(rb"%PDF"), "it is a PDF: export its pictures as PNG"),
    (re.compile(rb"%!PS"), "it is PostScript: export it as PNG"),
    (re.compile(rb"PK\x03\x04"), "it is a zip"),
    (re.compile(rb"8BPS"), "it is a Photoshop file: export it as PNG"),
    (re.compile(rb"\x93NUMPY"), "it is a NumPy array: save it as PNG"),
    (re.compile(rb"\x89HDF"), "it is an HDF5 file: save its pictures as PNG"),
    (re.compile(rb".{128}DICM", re.DOTALL), "it is DICOM: export it as PNG of 16 bits"),
    (re.compile(rb"\0\0\x01\0"), "it is an icon: save it as PNG"),
)  # fmt: skip
"""How other files begin, and what to say of them."""
PICTURE = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP|II\*\0|MM\0\*|II\x2b\0|BM.{4}\0{4}|P[1-6]\s+[#\d]"
    rb"|.{4}ftyp(?:hei[cxms]|hevc|mif1|msf1|avi[fs])|\0\0\0\x0cjP",
    re.DOTALL,
)
"""How images begin, whatever their names end in."""


class UnreadableError(ArchiveError):
    """One file that is no usable image; ``cause`` says why. The others may be."""

    def __init__(self, received: str, allowed: str, todo: str, cause: str = "") -> None:
        super().__init__(received, allowed, todo)
        self.cause = cause


def cause_of(data: bytes, error: Exception) -> str:
    """What is wrong with the file that begins with ``data``, when a decoder raised ``error``."""
    if not data:
        return "it is empty"
    if not data[:4096].strip(b"\0"):
        return "it is filled with zeros, as after an interrupted download or copy"
    for mark, said in _MARKS:
        if mark.match(data[:512]):
            return said
    if not PICTURE.match(data[:512]):
        return "it is not an image in a format that can be read here"
    if isinstance(error, ValueError) and str(error).startswith("it"):
        return str(error)
    if _TRUNCATED.search(str(error)) or isinstance(error, EOFError):
        return "it ends too early, as after an interrupted copy"
    return "it is damaged"
