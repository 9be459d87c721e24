"""A class: more visitors than workers, and one that predicts before its run."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from kdlab import classroom
from kdlab.bench import serving
from kdlab.bench.classroom import scenario
from kdlab.bench.classroom.tally import Tally
from kdlab.jobs.workers import usual
from kdlab.lessons.lesson import Link, Prediction
from tests.e2e import holds as held_runs
from tests.e2e import steps
from tests.patience import PATIENCE

WORKERS = usual()


@pytest.mark.usefixtures("workers")
def test_who_queues_sees_his_place_and_keeps_his_page(visitor, holds):
    holds.hold("before the end", "StudentsEpoch", epoch=5)
    pages = [visitor(f"/live?epochs=2000&first_seed={300 + 100 * n}") for n in range(WORKERS + 2)]
    for page in pages:
        steps.button(page, "Train").click()
        expect(steps.button(page, "Stop")).to_be_enabled()
    last = pages[-1]
    expect(last.get_by_text("number 2 in the queue")).to_be_visible()
    expect(last.get_by_role("tab", name="Loss")).to_be_visible()
    for page, place in ((pages[0], 1), (pages[1], None)):
        steps.button(page, "Stop").click()
        if place:
            expect(last.get_by_text(f"number {place} in the queue")).to_be_visible()
    steps.wait_for_points(last, 2)
    expect(last.get_by_role("tab", name="Loss")).to_be_visible()
    expect(steps.button(last, "Pause")).to_be_enabled()


@pytest.mark.usefixtures("workers")
def test_the_bench_of_a_class_can_do_all_that_it_does(server):
    tally, visitors = Tally(), 2
    pace = scenario.Pace(spread=1.0, watch=5.0, look=0.5)
    with ThreadPoolExecutor(1) as thread:  # playwright has an event loop at work in this one
        visit = scenario.attended(server.url, visitors, 999, pace, tally)
        thread.submit(asyncio.run, visit).result()
    assert [*tally.refused, *tally.lost, *tally.faults] == []
    assert len(tally.stays) == visitors
    assert len(tally.pages) == 6 * visitors
    assert len(tally.clicks) >= 2 * visitors
    assert tally.polls or tally.lags, "nobody saw anything of a run"
    assert 0 < tally.watched_bytes < tally.bytes


# -- a class that predicts ------------------------------------------------------------------------

QUESTION = "With 30 labels: will the teacher help?"
LINK = "/live?labels=30&seeds=2&epochs=6"
KNOWN = Prediction(
    "Which T is best?", "choice", ("accuracy T = 1", "accuracy T = 4"), Link("temperature", {}),
    ("T = 1", "T = 4"),
)  # fmt: skip
"""Its result comes with the lab."""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def come(browser):
    """Somebody with a browser of his own opens an address: ``come(served, path)``."""
    contexts = []

    def opened(served, path, **options):
        options = {"viewport": {"width": 1280, "height": 720}} | options
        contexts.append(browser.new_context(base_url=served.url, **options))
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def predicts(page, words):
    page.locator("label").filter(has_text=words).click()
    page.get_by_role("button", name="I predict this").click()
    expect(page.get_by_text(f"Your prediction: {words}")).to_be_visible()


def test_a_class_predicts_and_sees_the_same_run_though_its_server_begins_anew(
    come, tmp_path, monkeypatch
):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KDLAB_CLASS", "1")
    rooms = classroom.open_store()
    code = rooms.open_room("Tuesday").code
    secret, folder = rooms.secret(code), tmp_path / "holds"
    folder.mkdir()
    with held_runs.held(folder) as held:
        held.hold("on its way", "StudentsEpoch", epoch=4)
        with serving.lab(tmp_path, trust="key") as served:
            port = urlsplit(served.url).port
            instructor = come(served, f"/class?room={code}&instructor={secret}")
            expect(instructor.get_by_text("You lead this class")).to_be_visible()
            assert secret not in instructor.url
            anna = come(served, f"/class?room={code}")
            ben = come(served, f"/loss?room={code}")
            cleo = come(served, "/class", **PHONE)
            cleo.get_by_role("textbox", name="Code of the class").fill(
                f" {code[:4].lower()}-{code[4:]}"
            )
            cleo.get_by_role("button", name="Join").click()
            class_of_three = {anna: "It helps", ben: "It hurts", cleo: "It helps"}
            anna.get_by_role("textbox", name="Nickname").fill("=Anna")
            anna.keyboard.press("Tab")

            # the instructor asks, and each answers where he is
            instructor.locator("label, button").filter(has_text="Your own").first.click()
            instructor.get_by_role("textbox", name="Question", exact=True).fill(QUESTION)
            instructor.keyboard.press("Tab")
            instructor.get_by_role("textbox", name="Run: paste a link").fill(served.url + LINK)
            instructor.keyboard.press("Tab")
            expect(instructor.get_by_text("Run: Live distillation")).to_be_visible()
            instructor.get_by_role("button", name="Ask the class").click()
            for page, words in class_of_three.items():
                predicts(page, words)
            for page in (instructor, anna, ben, cleo):
                expect(page.get_by_text("3 have answered")).to_be_visible()

            # one run for all, which all see
            instructor.get_by_role("button", name="Run for all").click()
            for page in (instructor, anna, ben, cleo):
                page.wait_for_url(re.compile(r"/live\?.*labels=30"))
                steps.wait_for_points(page, 4)
        assert not served.left_behind

        # the server ends in the middle, and begins anew: all stands as it was
        held.release_all()
        with serving.lab(tmp_path, port=port, trust="key") as served:
            for page in class_of_three:
                expect(page.get_by_text("The run has ended")).to_be_visible()
            reveal = instructor.get_by_role("button", name="Reveal")
            expect(reveal).to_be_enabled()
            reveal.click()
            for page, words in class_of_three.items():
                expect(page.get_by_text(re.compile(r"of 3 said it"))).to_be_visible()
                expect(page.get_by_text("You predicted")).to_contain_text(words)

            # what the lab knows already is there at once, and each page is drawn whole
            rooms.as_instructor(code, secret).ask(KNOWN)
            instructor.goto(f"/class?room={code}")
            instructor.get_by_role("button", name="Run for all").click()
            for page in (instructor, *class_of_three):
                page.wait_for_url(re.compile(r"/temperature"))
                expect(page.get_by_role("heading", name="A higher temperature?")).to_be_visible()
                expect(page.locator(".js-plotly-plot").first).to_be_visible()
            expect(instructor.get_by_role("button", name="Reveal")).to_be_enabled()

            # all are sent to a page once, and are free again
            instructor.goto(f"/soft-targets?temperature=6&room={code}")
            instructor.get_by_role("button", name="Send all here").click()
            for page in class_of_three:
                page.wait_for_url(re.compile(r"/soft-targets\?.*temperature=6"))
                expect(page.get_by_test_id("stSidebar")).to_be_hidden()  # it has no settings
            ben.goto(f"/loss?room={code}")
            expect(ben.get_by_text("Class: Tuesday")).to_be_visible()
            assert "/loss" in ben.url

            # who leaves is out; what was answered is taken away
            cleo.get_by_role("button", name="Leave").click()
            expect(cleo.get_by_text("Class: Tuesday")).to_have_count(0)
            instructor.goto(f"/class?room={code}")
            instructor.get_by_text("Answers, address, end").click()
            table = steps.download(instructor, "Answers as CSV", tmp_path).read_text(
                encoding="utf-8"
            )
        assert len(table.splitlines()) == 4
        assert "'=Anna" in table
        assert not serving.trouble(served.said())
    rooms.close()
