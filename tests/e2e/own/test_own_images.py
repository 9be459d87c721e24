"""A visitor's own images and text in a browser: invited, loaded, looked at, refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e import steps


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
    expect(page.get_by_text("Skipped: files that are not images, 1")).to_be_visible()
    expect(page.get_by_text("Bring your images")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Or a folder on this machine")).to_have_value("")


# -- a text of his own ---------------------------------------------------------------------------

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LINES = [f"{n} <b>ka</b> to *mi* $x$ שלום re su na lo" for n in range(40)]


def _file(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def _load(page, file: dict) -> None:
    box = page.get_by_test_id("stFileUploader").filter(has_text="Text file")
    expect(box).to_have_count(1)  # after a file that was refused, the old one goes and a new comes
    box.locator("input[type=file]").set_input_files(files=[file])


@pytest.mark.parametrize("options", [{}, PHONE], ids=["wide", "phone"])
def test_own_text_is_invited_and_shown_before_anything_is_trained(visitor, options):
    page = visitor("/live?dataset=text", **options)
    steps.wait_for_runs(page, 0)
    expect(page.get_by_text("Bring your text")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Allowed:")).to_have_count(0)
    _load(page, _file("my poem.txt", "\n".join(LINES).encode()))
    expect(page.get_by_text("my poem.txt: 40 lines")).to_be_visible()
    shown = page.locator(".kd-lines li")
    expect(shown).to_have_count(8)
    assert {text.strip() for text in shown.all_inner_texts()} <= set(LINES), "as text, no markup"
    assert shown.locator("b").count() == 0
    wide = "list => list.scrollWidth <= list.clientWidth + 1"
    assert page.locator(".kd-lines").evaluate(wide), "long lines wrap"
    expect(page.get_by_text("Each line is one string")).to_be_visible()
    expect(page.get_by_text("Bring your text")).to_have_count(0)


def test_what_is_no_text_is_a_sentence_and_another_file_can_be_loaded(visitor):
    page = visitor("/live?dataset=text")
    steps.wait_for_runs(page, 0)
    _load(page, _file("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(900)))
    expect(page.get_by_role("alert").filter(has_text="the file is not text")).to_be_visible()
    _load(page, _file("poem.txt", "\n".join(LINES).encode()))
    expect(page.get_by_text("poem.txt: 40 lines")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Allowed:")).to_have_count(0)
