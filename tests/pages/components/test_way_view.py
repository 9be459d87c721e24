"""The line beside a title in a browser: what a page needs, and the words of the glossary, which it
explains wherever they stand on the page: on hover, on focus, on touch."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pages.ui.shell import glossary, needs, prose

TOLD = glossary.terms()["logits"].told
STOP = {"title": "The loss", "path": "loss"}
DATA = {
    "at": "Step 2 of 9", "before": None, "next": STOP, "along": "hide=try",
    "label": "You should know:",
    "needs": needs.of("the_loss")["html"],
}  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def opened(mount):
    """The line, and below it a page on which a term stands far to the right."""

    def make(**options):
        view = mount("way", "kd-way", DATA, painted=False, **options)
        word = prose.to_html(prose.word("logits", "logits", TOLD))
        view.page.evaluate(
            """html => document.head.insertAdjacentHTML("beforeend",
              `<meta name="viewport" content="width=device-width, initial-scale=1">`)
            || document.body.insertAdjacentHTML("beforeend",
              `<p style="text-align: right; margin-top: 80px">${html}</p>
               <button>Elsewhere</button><div style="height: 3000px"></div>`)""",
            word,
        )
        return view.page

    return make


def told(page):
    return page.get_by_role("tooltip")


def whole(page):
    """Whether all of what is told is in the window, below or above its word."""
    box, width = told(page).bounding_box(), page.evaluate("innerWidth")
    word = page.get_by_role("link", name="logits").bounding_box()
    assert box["y"] >= word["y"] + word["height"] or box["y"] + box["height"] <= word["y"]
    return box["x"] >= 0 and box["x"] + box["width"] <= width <= page.viewport_size["width"]


def test_a_word_is_explained_while_the_mouse_is_on_it(opened):
    page = opened()
    word = page.get_by_role("link", name="logits")
    before = page.evaluate("document.documentElement.scrollHeight")
    expect(told(page)).to_be_hidden()
    word.hover()
    expect(told(page)).to_have_text(TOLD)
    assert whole(page)
    assert page.evaluate("document.documentElement.scrollHeight") == before, "nothing moves"
    expect(word).to_have_attribute("aria-description", TOLD)
    told(page).hover()  # it can be read, and copied, under the mouse
    expect(told(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(told(page)).to_be_hidden()
    word.hover()
    page.get_by_role("button", name="Elsewhere").hover()
    expect(told(page)).to_be_hidden()


def test_a_word_is_explained_while_it_has_the_focus(opened):
    page = opened()
    page.get_by_role("link", name="logits").focus()
    expect(told(page)).to_have_text(TOLD)
    page.keyboard.press("Enter")
    assert page.url == "http://lab.test/", "nobody is led away"
    expect(told(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(told(page)).to_be_hidden()


def test_a_finger_opens_the_explanation_and_closes_it_elsewhere(opened):
    page = opened(**PHONE)
    page.get_by_role("link", name="logits").tap()
    expect(told(page)).to_have_text(TOLD)
    assert whole(page)
    assert page.url == "http://lab.test/"
    page.get_by_role("button", name="Elsewhere").tap()
    expect(told(page)).to_be_hidden()


def test_the_words_of_components_are_explained_too(opened):
    """What a page needs stands in the component's own part of the document."""
    page = opened()
    page.get_by_role("link", name="T", exact=True).focus()
    expect(told(page)).to_have_text(glossary.terms()["temperature"].told)
    page.evaluate("end()")
    assert page.evaluate("document.querySelector('a').dispatchEvent(new Event('focusin'))")


def test_what_a_page_needs_leads_to_the_pages_that_teach_it(opened):
    page = opened()
    link = page.get_by_role("link", name="soft targets")
    expect(link).to_have_attribute("href", "./soft-targets?hide=try")
    link.click()
    assert page.evaluate("sent") == [["go", "soft-targets"]]
