"""Words that change while work goes on, without a run of Python."""

from __future__ import annotations

from collections.abc import Mapping

from pages.ui.components import inline

_mount = inline.declare("text", "text.js", css_class="kd-text")


def text(key: str, html: str, stream: Mapping[str, str]) -> None:
    """Show ``html``, which the lab made and in which all that others can name is escaped, and what
    the ``stream`` tells of it."""
    _mount(key=key, data={"value": html, **stream})
