"""A pad to draw a digit on, by mouse, finger or keyboard.

Nothing of it reaches Python: at every frame the drawing is put on the page's sheet
(``kit/sheet.js``), made like the images that its networks know, and whoever looks there shows it.
"""

from __future__ import annotations

from kdlab.device.plain import DRAWING, INK
from pages.ui.components import inline

_mount = inline.declare("pad", DRAWING, INK, "pad.js", css_class="kd-pad")


def pad(*, key: str, sheet: str, shape: tuple[int, ...], clear: int = 0) -> None:
    """Show the pad that draws on the page's ``sheet`` for networks which read images of ``shape``.

    Another number in ``clear`` than in the last run empties the pad.
    """
    _mount(key=key, data={"sheet": sheet, "shape": list(shape), "clear": clear})
