"""What the components share on screen is put in front of each of them, whole."""

from __future__ import annotations

from pages.ui.components import inline


def test_every_script_of_the_kit_is_read():
    assert sorted(inline.KIT) == sorted(path.stem for path in (inline.HERE / "kit").glob("*.js"))
    text = inline.text_of("pad", ["pad.js"])
    for name in inline.KIT:
        assert (inline.HERE / "kit" / f"{name}.js").read_text(encoding="utf-8") in text
