"""A page for the pocket: trained networks, what runs them, and something to try them on, in one
file that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kdlab.device.formats import has_page
from kdlab.device.network import Network
from kdlab.device.plain import BROWSER, DRAWABLE, DRAWING, INK, TIMING, forward_script
from kdlab.device.program import program_of
from kdlab.errors import ModelError

MAX_HTML_BYTES = 20_000_000
"""What mail still takes as an attachment, and what a phone opens without a wait."""
MAX_EXAMPLES = 12
"""So many fit above a thumb."""
MAX_EXAMPLE_BYTES = 1_000_000
"""Of all of them: large pictures are fewer."""
PARTS = (
    "dom.js", "answers.js", "pad.js", "picture.js", "plane.js", "line.js", "page.js",
)  # fmt: skip
"""Scripts of the page, in the order in which they are read."""
SCRIPT_BYTES = 70_000
"""Of the page without its networks and examples, about."""
FLOAT = 4
WIDTH = 12
"""Characters that the file keeps for its own size."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Test inputs as a device gets them (:mod:`kdlab.device.network`), (N, *raw_shape), and their
    true classes (N,)."""

    raw: npt.NDArray[np.generic]
    labels: npt.NDArray[np.integer[Any]]

    def __post_init__(self) -> None:
        if not len(self.raw) or len(self.raw) != len(self.labels):
            raise ValueError(f"{len(self.raw)} inputs and {len(self.labels)} labels")


@dataclass(frozen=True)
class Facts:
    """What the page tells of its networks, in order: ``networks`` a mapping each, such as
    {"Right on the test images": "88.4 % (85.3 to 90.9)"}; ``common`` what holds for all, such as
    the data set and where the networks come from."""

    networks: Sequence[Mapping[str, str]]
    common: Mapping[str, str] = field(default_factory=dict)


def pocket(networks: Sequence[Network], examples: Examples, facts: Facts) -> str:
    """The page as HTML: all of it, for any number of networks that answer the same question. The
    first is the one that the page is about.

    ModelError where they do not, where they read rows of a table, where a network has an
    operation that no step does, or where the page would have more than MAX_HTML_BYTES.
    """
    _fitting(networks)
    if examples.raw.shape[1:] != networks[0].raw_shape:
        raise ValueError(f"examples {examples.raw.shape[1:]} for inputs {networks[0].raw_shape}")
    few = check(networks, examples.raw)
    script = "\n".join(
        [
            DRAWING.read_text(encoding="utf-8"),
            INK.read_text(encoding="utf-8"),
            forward_script(),
            TIMING.read_text(encoding="utf-8"),
            *((BROWSER / "page" / name).read_text(encoding="utf-8") for name in PARTS),
        ]
    )
    first = networks[0]
    programs = [program_of(network).as_json() for network in networks]
    own = [
        {
            "Network": program["architecture"],
            "Parameters": f"{program['parameters']:,}",
            "Weights": size_of(FLOAT * program["parameters"]),
        }
        for program in programs
    ]
    told: list[dict[str, str]] = [
        {**mine, **given} for mine, given in zip(own, facts.networks, strict=True)
    ]
    data = {
        "programs": programs,
        "drawable": first.shape in DRAWABLE and all(len(name) == 1 for name in first.classes),
        "examples": [
            {"raw": _raw(first, row), "label": int(label)}
            for row, label in zip(examples.raw[:few], examples.labels[:few], strict=True)
        ],
        "facts": {"networks": told, "common": dict(facts.common)},
        "size": " " * WIDTH,
    }
    text = _html(title(first), data, script, (BROWSER / "page" / "page.css").read_text("utf-8"))
    empty = f'"size": "{" " * WIDTH}"'
    return text.replace(empty, f'"size": "{size_of(len(text.encode())):>{WIDTH}}"', 1)


def check(networks: Sequence[Network], raw: npt.NDArray[np.generic]) -> int:
    """How many of the ``raw`` examples such a page has room for; ModelError where it cannot be
    made, as :func:`pocket`. Nothing is written yet."""
    _fitting(networks)
    few = min(MAX_EXAMPLES, max(1, MAX_EXAMPLE_BYTES // max(1, raw[0].nbytes)))
    _small(networks, SCRIPT_BYTES + few * raw[0].nbytes * 4 // 3)
    return few


def title(network: Network) -> str:
    """What the page is called by the network that it is about.

    A network of 1,210 parameters is "A student of 4.8 kB". An arm of a study may be a "Teacher".
    """
    kind = "teacher" if network.role.lower() == "teacher" else "student"
    parameters = sum(each.numel() for each in network.module.parameters())
    return f"A {kind} of {size_of(FLOAT * parameters)}"


def size_of(count: int) -> str:
    """Bytes as people say them.

    >>> size_of(840), size_of(4840), size_of(341_032), size_of(4_900_000)
    ('840 bytes', '4.8 kB', '341 kB', '4.9 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    number, unit = (count / 1e3, "kB") if count < 999_500 else (count / 1e6, "MB")
    return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"


def _fitting(networks: Sequence[Network]) -> None:
    first = networks[0]
    for other in networks[1:]:
        if (other.shape, other.classes) != (first.shape, first.classes):
            raise ModelError(
                f"{first.architecture} and {other.architecture} read other inputs or know other "
                "classes",
                "networks for one data set on a page",
                "Choose networks that were trained on the same data",
            )
    if not has_page(first.shape):
        raise ModelError(
            f"{first.architecture} reads rows of {first.shape[0]} numbers, as of a table, and a "
            "page for the phone (html) has no place where they could be entered",
            "images, text, or points of the plane, which can be clicked on",
            "Leave html out, and take the network as ONNX",
        )


def _small(networks: Sequence[Network], beside: int) -> None:
    """ModelError where the file would be too large: base64 has four characters for three bytes."""
    weights = [sum(p.numel() for p in network.module.parameters()) for network in networks]
    foreseen = sum(weights) * FLOAT * 4 // 3 + beside
    if foreseen > MAX_HTML_BYTES:
        largest = networks[int(np.argmax(weights))].architecture
        raise ModelError(
            f"the page would have {size_of(foreseen)}, most of it the weights of {largest}",
            f"at most {size_of(MAX_HTML_BYTES)}: what can be sent to a phone and opens there at "
            "once",
            "Leave the other networks out, or export larger networks as ONNX",
        )


def _raw(network: Network, row: npt.NDArray[np.generic]) -> Any:
    """An example as JSON has it: pixels as base64, other numbers in a row."""
    if network.kind == "images":
        return base64.b64encode(row.astype(np.uint8).tobytes()).decode()
    return row.ravel().tolist()


def _html(title: str, data: Mapping[str, Any], script: str, style: str) -> str:
    """The file. What others have named is in the data alone, in which no character can end it."""
    held = json.dumps(data)
    for character in "<>&":
        held = held.replace(character, f"\\u{ord(character):04x}")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_fingerprint(script)}",
            f"style-src {_fingerprint(style)}",
            "img-src data: blob:",
            "media-src blob: mediastream:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="page"><noscript>This page computes in the browser: allow JavaScript.</noscript></div>
<script type="application/json" id="data">{held}</script>
<script>{script}</script>
</body>
</html>
"""


def _fingerprint(text: str) -> str:
    """Of a script or a style that the page may have, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
