"""A visitor's own text in a browser, wide and on a phone: invited, loaded, looked at, refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LINES = [f"{n} <b>ka</b> to *mi* $x$ שלום re su na lo" for n in range(40)]


def _file(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def _load(page, file: dict) -> None:
    page.get_by_test_id("stFileUploader").filter(has_text="Text file").locator(
        "input[type=file]"
    ).set_input_files(files=[file])


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
    expect(page.get_by_role("alert").filter(has_text="the file is no text")).to_be_visible()
    _load(page, _file("poem.txt", "\n".join(LINES).encode()))
    expect(page.get_by_text("poem.txt: 40 lines")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Allowed:")).to_have_count(0)
