"""The studies, as a person meets them: two clicks away, with a result at once, and run anew."""

from __future__ import annotations

import csv
import itertools
import re

from playwright.sync_api import expect

from kdlab.studies import STUDIES
from kdlab.studies.language_mistakes.exact import EFFECTS
from pages.ui.shell.contents import CONTENTS
from tests.e2e import steps

SECTIONS = [
    (section, page)
    for section, pages in CONTENTS.items()
    for page in pages
    if page.path in STUDIES or section == "Clinic"
]

TITLES_ARE_CLEAR = """() => [...document.querySelectorAll(".kd-chart")].every(chart => {
  const [title, legend] = [".gtitle", ".legend"].map(part =>
    chart.querySelector(part)?.getBoundingClientRect());
  return !title?.height || !legend?.height || title.bottom <= legend.top + 1
    || legend.bottom <= title.top || legend.left >= title.right;
})"""
"""No legend lies over the title of its chart."""


LOGARITHMIC = {"layers", "compression", "temperature", "difference"}
"""Studies whose charts have such axes."""


def labels_of_logarithmic_axes_rise_and_stand_apart(page):
    """A bare 2 between 1 and 10 and again between 10 and 100 would not; 0.8, 0.9 and 1 touch."""
    axes = page.evaluate(
        """() => [...document.querySelectorAll(".kd-chart")].filter(n => n._fullLayout).flatMap(
            n => ["x", "y"].filter(a => n._fullLayout[a + "axis"].type === "log").map(a =>
              [...n.querySelectorAll(`.${a}tick text`)].map(t => {
                const box = t.getBoundingClientRect();
                return [t.textContent, ...(a === "x" ? [box.left, box.right]
                                                     : [-box.bottom, -box.top])];
              })))"""
    )
    assert axes
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}
    for labels in axes:
        labels.sort(key=lambda label: label[1])
        values = [
            float(text.rstrip("kMG").replace(",", "")) * scale.get(text[-1], 1)
            for text, *_ in labels
        ]
        assert values == sorted(set(values)), labels
        assert len(values) > 1, labels
        for (_, _, end), (_, start, _) in itertools.pairwise(labels):
            assert end <= start + 4, labels  # lines of text are a little higher than letters


def test_two_clicks_lead_to_every_study_and_its_picture(visitor):
    page = visitor("/", reduced_motion="reduce")
    for section, entry in SECTIONS:
        page.set_viewport_size({"width": 1280, "height": 720})
        page.get_by_role("button", name=section, exact=True).click()
        page.get_by_role("menuitem", name=entry.title, exact=True).click()
        expect(page).to_have_url(re.compile(rf"/{entry.path}(\?.*)?$"))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        picture = page.locator(".kd-chart[data-draws]").first
        expect(picture).to_be_visible()
        assert picture.bounding_box()["y"] < 520, f"{entry.path}: the picture needs scrolling"
        if entry.path in STUDIES:
            expect(page.get_by_text(re.compile("^Stored study that comes with"))).to_be_visible()
        if entry.path in LOGARITHMIC:
            steps.wait_for_runs(page, 0)
            labels_of_logarithmic_axes_rise_and_stand_apart(page)
        page.set_viewport_size({"width": 390, "height": 800})
        page.wait_for_function(
            """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
                .every((n) => n.scrollWidth <= n.clientWidth + 1)"""
        )
        page.wait_for_function(TITLES_ARE_CLEAR)


def test_a_study_is_run_watched_and_taken_away(visitor, workers, tmp_path):
    page = visitor("/teachers?seeds=3&epochs=4&first_seed=40&teacher_epochs=2&teachers=2")
    steps.button(page, "Run").click()
    expect(page.get_by_text(re.compile("^Trained here"))).to_be_visible()
    expect(page.locator(".kd-chart[aria-label^='Test accuracy:']")).to_be_visible()
    expect(page.get_by_text("Do several teachers together teach better than one?")).to_be_visible()
    compared = page.get_by_text(re.compile("from other first weights”")).first
    expect(compared).not_to_be_visible()
    page.get_by_text("Behind the answer: 3 comparisons").click()
    expect(compared).to_be_visible()
    page.get_by_role("tab", name="Results").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("tab", name="Take it away").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Results, CSV", exact=True).click()
    path = tmp_path / "results.csv"
    waiting.value.save_as(path)
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert {row["seed"] for row in rows} == {"40", "41", "42"}
    assert {row["group"] for row in rows} == {"labels only", "one", "seeds", "sizes", "experts"}


def test_mistakes_that_are_computed_are_drawn_without_a_study(visitor):
    for name, effect in EFFECTS.items():
        page = visitor(f"/language-mistakes?exact={name}", reduced_motion="reduce")
        expect(page.get_by_text(effect().said[0])).to_be_visible()
        expect(page.locator(".kd-chart[data-draws]").nth(1)).to_be_attached()  # one is trained
        page.wait_for_function(TITLES_ARE_CLEAR)
        if effect().log:
            labels_of_logarithmic_axes_rise_and_stand_apart(page)
