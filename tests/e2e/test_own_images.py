"""A visitor's own images in a browser: invited, loaded, looked at."""

from __future__ import annotations

import io
import zipfile

from PIL import Image
from playwright.sync_api import expect


def _pets() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, colour in (("cat", "orange"), ("dog", "brown")):
            for number in range(10):
                stream = io.BytesIO()
                Image.new("RGB", (20 + number, 24), colour).save(stream, "PNG")
                archive.writestr(f"pets/{name}/{number}.png", stream.getvalue())
        archive.writestr("pets/notes.txt", "hello")
    return content.getvalue()


def test_own_images_are_invited_and_shown_before_anything_is_trained(visitor):
    page = visitor("/live?dataset=images")
    expect(page.get_by_text("Bring your images")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Allowed:")).to_have_count(0)
    archive = {"name": "my pets.zip", "mimeType": "application/zip", "buffer": _pets()}
    page.locator("input[type=file]").first.set_input_files(files=[archive])
    expect(page.get_by_text("my pets.zip: 20 images in 2 classes")).to_be_visible()
    shown = page.locator(".kd-read")
    expect(shown.locator("tbody tr")).to_have_count(2)
    expect(shown.locator("img")).to_have_count(2 * 4)
    drawn = "images => images.every((image) => image.complete && image.naturalWidth > 0)"
    assert shown.locator("img").evaluate_all(drawn)
    expect(page.get_by_text("Skipped: files that are no images, 1")).to_be_visible()
    expect(page.get_by_text("Bring your images")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Or a folder on this machine")).to_have_value("")
