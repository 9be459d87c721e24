"""Every page says which step of the way it is, how long it takes, and what comes before and next;
menu, Home, titles and links carry the same names in the same order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.studies import STUDIES
from pages.ui.shell import contents, prose, theme
from pages.ui.shell.contents import CONTENTS, PARTS, STEPS, place
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = [page for section in CONTENTS.values() for page in section]
HOME, LEARN = PAGES[0], list(CONTENTS["Learn"])
WAY = [page for page in PAGES if page not in LEARN]


def way(page):
    """What the line beside the title was told."""
    told = [e for e in page.get("bidi_component") if e.proto.component_name == "kdlab_way"]
    (element,) = told
    return json.loads(element.proto.json)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path or "home")
def test_every_page_says_where_it_is_and_what_comes_before_and_next(entry, manager):
    page = AppTest.from_file(ROOT / entry.script, default_timeout=PATIENCE).run()
    assert not page.exception
    if entry.path:
        assert page.title[0].value == entry.title
    told = way(page)
    row = [HOME, *LEARN, STEPS[0]] if entry in LEARN else WAY
    for name, step in (("before", -1), ("next", 1)):
        number = row.index(entry) + step
        other = row[number] if 0 <= number < len(row) else None
        assert told[name] == (other and {"title": other.title, "path": other.path})
    part = next((part for part, among in PARTS.items() if entry in among), None)
    if part is None:
        assert re.fullmatch(rf"{len(STEPS)} steps · about \d+ min", told["at"])
    else:
        at, among = PARTS[part].index(entry) + 1, len(PARTS[part])
        assert told["at"] == f"{part} {at} of {among} · about {entry.minutes} min"
    assert (ROOT / entry.script).is_file()


def test_the_way_goes_through_every_page_once_from_home():
    seen, here = [], place("")
    while here.after is not None:
        seen.append(here.page)
        assert place(here.after.path).before == here.page, "back leads where one came from"
        here = place(here.after.path)
    assert [*seen, here.page] == WAY
    assert len({page.path for page in PAGES}) == len(PAGES)
    assert WAY[1 : 1 + len(STEPS)] == list(STEPS), "the steps come first, in the menu too"


def test_what_belongs_to_learn_stands_beside_the_way():
    row = [HOME, *LEARN, STEPS[0]]
    for number, page in enumerate(LEARN, start=1):
        assert (place(page.path).before, place(page.path).after) == (
            row[number - 1],
            row[number + 1],
        )


def test_every_page_but_home_is_counted():
    assert sum(len(part) for part in PARTS.values()) == len(PAGES) - 1, "all but Home are counted"


def test_studies_are_called_by_their_names():
    named = {page.path: page.title for page in PAGES if page.path in STUDIES}
    assert named == {name: study.title for name, study in STUDIES.items()}


def test_home_shows_the_steps_in_their_order(manager):
    page = AppTest.from_file(ROOT / "pages/entry.py", default_timeout=PATIENCE).run()
    links = [(link.proto.page, link.proto.label) for link in page.get("page_link")]
    steps = [(step.path, f"{n}. {step.title}") for n, step in enumerate(STEPS, start=1)]
    assert links[: len(steps)] == steps


def test_how_long_a_page_takes_is_worked_out_from_its_text(monkeypatch):
    page = contents.Entry("x.py", "X", "x", "x", "a page")
    words = {"intro": "word " * 100, "more": "word " * 300, "help": "word " * 10_000}
    words["try"] = "- a | word\n  > word\n- b | word\n  > word\n"
    monkeypatch.setattr(prose, "sections", lambda *_: words)
    prose._tries.cache_clear()
    assert page.minutes == 4, "400 words and two things to try"
    prose._tries.cache_clear()
    contents._minutes.cache_clear()


@pytest.mark.parametrize("script", ["pages/home/home.py", "pages/understand/the_loss.py"])
def test_a_tab_of_its_own_goes_on_with_the_exercise(manager, script):
    """It is a new session: what its address does not say is not there."""

    def along(**query):
        page = AppTest.from_file(ROOT / script, default_timeout=PATIENCE)
        page.query_params.update(query)
        page.run()
        assert not page.exception
        return way(page)["along"]

    assert along() == ""
    assert along(hide="temperature, alpha") == "hide=alpha%2Ctemperature"
    assert along(hide="&x=1") == "hide=%26x%3D1", "one parameter, whatever stands in it"


def test_the_projector_goes_along_too(manager):
    page = AppTest.from_file(ROOT / "pages/home/home.py", default_timeout=PATIENCE)
    page.session_state["link.projector"] = "on"
    page.query_params["hide"] = "try"
    assert way(page.run())["along"] == "hide=try&projector=on"


def test_a_click_leads_to_the_script_of_the_page(manager, monkeypatch):
    went = []
    monkeypatch.setattr(theme, "way", lambda *_: "map")
    monkeypatch.setattr(theme.st, "switch_page", went.append)
    AppTest.from_file(ROOT / "pages/distil/live.py", default_timeout=PATIENCE).run()
    assert went == [ROOT / "pages/distil/map.py"]
