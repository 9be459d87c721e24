"""The first minute: Home, the way through the lab, and how every page looks."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from kdlab.bench import serving
from kdlab.system import machine
from pages.ui.shell.contents import STEPS

PAGES = {
    "/": "Knowledge distillation lab",
    "/soft-targets": "Soft targets",
    "/loss": "The loss",
    "/covering-or-seeking": "Covering or seeking?",
    "/live": "Live distillation",
    "/map": "Map of two settings",
    "/search": "Find me a student",
    "/draw": "Draw a digit",
    "/tools": "In your tool",
}

PICTURES = {
    "/": ".kd-home",
    "/soft-targets": "svg[aria-label^='Soft targets at T']",
    "/loss": "svg[aria-label^='Which classes are pushed up']",
    "/covering-or-seeking": "svg[aria-label^='Densities of teacher']",
    "/live": ".kd-chart[data-draws]",
    "/map": ".kd-chart[data-draws]",
    "/search": ".st-key-player",
    "/draw": "canvas.face",
    "/tools": ".kd-tools",
}
"""Each page's main picture, which must be there before a page can be judged."""


def test_home_leads_through_the_lab_and_knows_its_machine(visitor):
    page = visitor("/")
    expect(page.get_by_text("This machine:")).to_contain_text(f"{machine.facts().cores} core")
    expect(page.get_by_role("img", name="The teacher's answer")).to_be_visible()
    for number, step in enumerate(STEPS, start=1):
        link = page.get_by_test_id("stMain").get_by_role("link", name=f"{number}. {step.title}")
        expect(link).to_have_attribute("href", re.compile(rf"{step.path}$"))
    page.get_by_test_id("stMain").get_by_role("link", name="1. Soft targets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Soft targets")
    expect(page).to_have_url(re.compile(r"/soft-targets(\?.*)?$"))
    page.get_by_role("button", name="Distil", exact=True).click()
    page.get_by_role("menuitem", name="Live distillation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Live distillation")
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES["/"])


def test_the_first_visitor_of_a_server_may_come_by_a_deep_link(browser, tmp_path):
    with serving.lab(tmp_path) as fresh, browser.new_context(base_url=fresh.url) as context:
        page = context.new_page()
        page.goto("/loss")
        expect(page.get_by_role("heading", level=1)).to_have_text("The loss")
        expect(page.locator(PICTURES["/loss"])).to_be_visible()
        expect(page.get_by_role("link", name="Home")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_every_page_can_be_read_and_fits(visitor):
    """In both themes: it is loaded in one of them, every other page in the dark, and goes over."""
    page = visitor("/", reduced_motion="reduce")
    for n, path in enumerate(PAGES):
        first, second = ("light", "dark") if n % 2 else ("dark", "light")
        for scheme in (first, second):
            page.set_viewport_size({"width": 1280, "height": 720})
            page.emulate_media(color_scheme=scheme)
            if scheme == first:
                page.goto(path)
            picture = page.locator(PICTURES[path]).first
            expect(picture).to_be_visible()
            assert picture.bounding_box()["y"] < 500, f"{path}: the picture needs scrolling"
            _readable(page, scheme)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 800})
                _fits(page)


def _readable(page, scheme):
    page.wait_for_function(
        """dark => {
          const app = document.querySelector("[data-testid=stApp]");
          const [red] = getComputedStyle(app).backgroundColor.match(/\\d+/g).map(Number);
          return (red < 120) === dark;
        }""",
        arg=scheme == "dark",
    )
    found = page.evaluate(
        """() => {
          const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
          const app = getComputedStyle(document.querySelector("[data-testid=stApp]"));
          const text = getComputedStyle(document.querySelector("h1"));
          return [light(rgb(app.backgroundColor)), light(rgb(text.color))];
        }"""
    )
    back, ink = found
    assert (back < 0.2) == (scheme == "dark")
    contrast = (max(found) + 0.05) / (min(found) + 0.05)
    assert contrast > 7, f"{back} under {ink}"


def _fits(page):
    # Charts and columns follow a new width in their own time; what does not follow never fits.
    page.wait_for_function(
        """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
            .every((n) => n.scrollWidth <= n.clientWidth + 1)"""
    )


def test_who_asked_for_less_motion_gets_none(visitor):
    moving = "document.getAnimations().filter(a => a.effect.target.closest('.kd-home')).length"
    page = visitor("/", reduced_motion="no-preference")
    page.wait_for_function(f"{moving} > 0")
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_function(f"{moving} === 0")
    expect(page.locator(".kd-home em.kd-still")).to_have_css("opacity", "1")
