"""Pages on a stored result that is damaged: it is told, it can be deleted there, all else works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab import checks
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.experiments import search
from kdlab.experiments.search.config import SEARCHES
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep import normal as normal_map
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import find
from pages.ui.shell import workers
from pages.ui.shell.contents import CONTENTS
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack

ROOT = Path(__file__).parents[2]
SEARCH = SEARCHES["small-digits"]
STUDY = find("teachers").config()
SCRIPTS = {page.path: page.script for pages in CONTENTS.values() for page in pages}

CASES = {
    "live": (
        "pages/distil/live.py", f"runs/{DistilConfig().fingerprint()}", "events.jsonl",
        "live.train", "live.seeds",
    ),
    "map": (
        "pages/distil/map.py", f"sweeps/{normal_map(SweepConfig()).fingerprint()}",
        "unit-0000.jsonl", "map.train", "map.seeds",
    ),
    "search": (
        "pages/distil/search.py", f"searches/{search.normal(SEARCH).fingerprint()}",
        f"result-{SEARCH.trials}.jsonl", "search.start", "search.seeds",
    ),
    "study": (
        SCRIPTS["teachers"], f"studies/{checks.normal(STUDY).fingerprint()}", "events.jsonl",
        "study.teachers.start", "study.teachers.seeds",
    ),
}  # fmt: skip
"""Page, entry, which file of it is damaged, the keys of the start button and of a control."""


class Case:
    """A page, and a store with a copy of what comes with the lab, in which one file is damaged."""

    def __init__(self, name, store, root):
        script, entry, file, self.train, self.control = CASES[name]
        if name == "search":
            entry = next(path for path in BUNDLED.glob("searches/*")).relative_to(BUNDLED)
        self.folder, self.store = root / entry, store
        shutil.copytree(BUNDLED / entry, self.folder)
        self.path = self.folder / file
        self.whole = self.path.read_bytes()
        self.page = AppTest.from_file(ROOT / script, default_timeout=PATIENCE)
        if name == "search":
            for key, value in SEARCH.to_query().items():
                self.page.query_params[key] = value

    def damage(self):
        self.path.write_bytes(self.whole[: len(self.whole) // 2])

    @property
    def said(self):
        kinds = ("markdown", "caption", "error", "success", "info", "warning")
        words = (e.value for kind in kinds for e in self.page.get(kind))
        return " ".join(re.sub(r"\\(.)", r"\1", str(w)) for w in words)

    def buttons(self, label="Delete it"):
        return [b for b in self.page.button if b.label == label]


@pytest.fixture(params=CASES)
def case(request, manager, store):
    return Case(request.param, store, store.home)


def test_it_is_told_and_deleted_where_it_is_shown_and_nothing_else_goes(case, manager):
    others = {path for path in case.folder.rglob("*") if path != case.path}
    case.damage()
    case.page.run()
    assert not case.page.exception
    assert "is damaged, or of another version of the lab" in case.said
    assert case.folder.name in case.said
    assert case.page.button(key=case.train).disabled is False
    control = case.page.slider(key=case.control)
    control.set_value(control.value + 1).run()
    assert not case.buttons(), "another configuration has nothing damaged"
    control = case.page.slider(key=case.control)
    control.set_value(control.value - 1).run()
    (button,) = case.buttons()
    button.click().run()
    assert not case.page.exception
    assert not case.path.exists()
    assert "is damaged" not in case.said
    if case.folder.parent.name != "runs":  # a run is all of its folder
        assert all(path.exists() for path in others), "only what is damaged goes"
    assert not list(case.store.home.glob("*/.*")), "nothing is left aside"
    case.page.button(key=case.train).click().run()
    assert not case.page.exception
    assert manager.submitted


def test_training_needs_no_deletion(case, manager):
    case.damage()
    case.page.run()
    case.page.button(key=case.train).click().run()
    assert not case.page.exception
    assert manager.submitted, "whoever works makes it anew"
    assert not case.buttons()


def test_what_was_made_anew_meanwhile_stays(case, manager):
    case.damage()
    case.page.run()
    (button,) = case.buttons()
    case.path.write_bytes(case.whole)
    button.click().run()
    assert case.path.read_bytes() == case.whole
    assert "is damaged" not in case.said
    assert "Stored" in case.said or "Found" in case.said, "and it is shown"


@pytest.mark.parametrize("name", CASES)
def test_what_comes_with_the_lab_is_told_and_has_no_button(name, manager, monkeypatch, tmp_path):
    made = Store(tmp_path / "home", bundled=tmp_path / "lab")
    monkeypatch.setattr(workers, "store", lambda: made)
    case = Case(name, made, tmp_path / "lab")
    case.damage()
    case.page.run()
    assert not case.page.exception
    assert "that comes with the lab is damaged" in case.said
    assert not case.buttons()
    case.page.button(key=case.train).click().run()
    assert manager.submitted


def test_the_other_parts_of_a_map_are_shown_when_the_damaged_one_is_gone(manager, store):
    case = Case("map", store, store.home)
    case.damage()
    case.page.run()
    case.buttons()[0].click().run()
    history = case.page.session_state["map.screen"].history
    assert (history.cohorts_done, history.started.cohorts) == (2, 3)


def test_a_part_of_a_map_does_not_hide_the_whole_that_comes_with_the_lab(
    manager, tmp_path, monkeypatch
):
    store = Store(tmp_path)
    monkeypatch.setattr(workers, "store", lambda: store)
    case = Case("map", store, tmp_path)
    case.path.unlink()
    case.page.run()
    shown = case.page.session_state["map.screen"]
    assert shown.history.complete
    assert shown.origin == "bundled"


# -- teachers -----------------------------------------------------------------------------------

TEACHER = f"teachers/{TeacherConfig().fingerprint()}"
READERS = ("pages/home/home.py", "pages/understand/soft_targets.py", "pages/understand/the_loss.py",
           "pages/use/draw.py", "pages/distil/live.py")  # fmt: skip


@pytest.mark.parametrize("script", READERS)
def test_a_damaged_teacher_takes_no_page_away(script, manager, monkeypatch, tmp_path):
    home = tmp_path / "home"
    monkeypatch.setenv("KDLAB_HOME", str(home))
    monkeypatch.setattr(workers, "store", Store)
    shutil.copytree(BUNDLED / TEACHER, home / TEACHER)
    (home / TEACHER / "outputs.json").write_text('{"classes": ' + "[" * 50_000)
    page = AppTest.from_file(ROOT / script, default_timeout=PATIENCE)
    if script.endswith("draw.py"):  # whose first networks are others
        page.query_params["networks"] = "own"
    page.run()
    assert not page.exception
    (button,) = [b for b in page.button if b.label == "Delete it"]
    button.click().run()
    assert not page.exception
    assert not (home / TEACHER / "outputs.json").exists()
    assert not (home / TEACHER / "logits.safetensors").exists(), "what belongs to it goes, too"
    assert (home / TEACHER / "weights.safetensors").exists()
    assert not [b for b in page.button if b.label == "Delete it"]
