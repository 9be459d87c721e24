"""Small images for HTML: pixels in, the address of a PNG out, enlarged without smoothing."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from kdlab.data.text.windows import MARK, shown
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.translation import say
from pages.ui.shell.prose import class_names, in_a_row, in_html
from pages.ui.shell.theme import LOOKS, TEACHER

SHORTEST_SIDE = 64
"""Small images are enlarged to at least this, so that browsers and copies do not blur them."""


def address(pixels: npt.NDArray[np.uint8]) -> str:
    """uint8 (C, H, W), grey or RGB -> a data URI."""
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
    scale = -(-SHORTEST_SIDE // min(image.size))
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def decoded(image: str, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Base64 of uint8 bytes in the order of ``shape`` -> the array."""
    return np.frombuffer(base64.b64decode(image), dtype=np.uint8).reshape(shape)


def card(item: dict[str, Any], names: tuple[str, ...], shape: tuple[int, ...]) -> str:
    """One entry of ``Confusion.differ`` as HTML: the image, the row or the characters before, its
    class, and who answers what; ``names`` are those of the classes, as they are."""
    classes, told = class_names(names), in_html(describe(item, names))
    rows = []
    for name in (TEACHER, LABELS_ONLY, DISTILLED):
        mark = "✓" if item[name] == item["label"] else "✗"
        rows.append(
            f'<div><i style="background:{LOOKS[name].colour}"></i>{LOOKS[name].short}{say(": ")}'
            f"<b>{in_html(classes[item[name]])}</b> {mark}</div>"
        )
    truth = in_html(classes[item["label"]])
    if "before" in item:
        before = in_html(in_a_row(shown(item["before"], names)))
        return (
            f'<figure><p class="before" dir="auto" aria-label="{told}">{before}</p>'
            f"<figcaption><div>{say('Next:')} <b>{truth}</b></div>{''.join(rows)}</figcaption>"
            "</figure>"
        )
    if "row" in item:
        return _row(item, truth, rows)
    source = address(decoded(item["image"], shape))
    return (
        f'<figure><img alt="{told}" src="{source}">'
        f"<figcaption><div>{say('True class:')} <b>{truth}</b></div>{''.join(rows)}</figcaption>"
        "</figure>"
    )


MOST_COLUMNS = 6
"""Of a row, on its card; all that is known of it is told who points at it."""
LONGEST = 40
"""Letters of a column's name and of what it holds, there."""


def _row(item: dict[str, Any], truth: str, rows: Sequence[str]) -> str:
    """The card of a row of a table: its number, as people count, and some of its columns."""
    columns = "".join(
        f"<div><bdi>{_short(name)}</bdi> <b><bdi>{_short(value)}</bdi></b></div>"
        for name, value in item["values"][:MOST_COLUMNS]
    )
    more = "<div>…</div>" if len(item["values"]) > MOST_COLUMNS else ""
    whole, number = in_html(columns_of(item)), f"{item['row'] + 1:,}"
    return (
        f'<figure class="row"><div class="columns" title="{whole}">{columns}{more}</div>'
        f"<figcaption><div>{say('Row {number}, true class:', number=number)} <b>{truth}</b></div>"
        f"{''.join(rows)}</figcaption></figure>"
    )


def _short(text: str) -> str:
    return in_html(class_names((text,), LONGEST)[0])


def columns_of(item: Mapping[str, Any]) -> str:
    """What the columns of a row hold, as text."""
    return ", ".join(f"{name} {value}" for name, value in item["values"])


def describe(item: dict[str, Any], names: Sequence[str]) -> str:
    """What an entry of ``Confusion.differ`` shows, for people who do not see it; not safe HTML."""
    classes = class_names(names)
    truth, labels, distilled = (classes[item[k]] for k in ("label", LABELS_ONLY, DISTILLED))
    if "before" in item:
        before = in_a_row(shown(item["before"], names).strip(MARK))
        what = say("{truth} after “{before}”", truth=truth, before=before)
    elif "row" in item:
        what = say("row {number} of class {truth}", number=item["row"] + 1, truth=truth)
    else:
        what = say("image of class {truth}", truth=truth)
    return say(
        "{what}, labels only says {labels}, distilled says {distilled}",
        what=what,
        labels=labels,
        distilled=distilled,
    )
