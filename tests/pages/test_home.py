"""The home page, from the app and alone."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeManager
from streamlit.testing.v1 import AppTest

from kdlab.config.schema import TeacherConfig
from kdlab.errors import JobError
from kdlab.hosting import limits, visitor
from kdlab.storage.store import Store, TeacherOutputs
from kdlab.studies import STUDIES
from pages.ui.live import temperature_strip
from pages.ui.shell import prose, visiting, workers
from pages.ui.shell.contents import STEPS
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manager(monkeypatch, tmp_path):
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    return made


@pytest.fixture(params=["pages/entry.py", "pages/home/home.py"])
def page(request, manager):
    return AppTest.from_file(ROOT / request.param, default_timeout=PATIENCE)


def words(page):
    drawn = [str(e.value) for e in [*page.markdown, *page.caption, *page.warning]]
    texts = [c for c in page.get("bidi_component") if c.proto.component_name == "kdlab_text"]
    drawn += [re.sub(r"<.*?>", "", json.loads(c.proto.json)["value"]) for c in texts]
    return re.sub(r"\\(.)", r"\1", " ".join(drawn))


def test_home_says_what_it_is_and_where_to_go(page):
    page.run()
    assert not page.exception
    assert page.title[0].value == "Knowledge distillation lab"
    assert "soft targets" in words(page)
    assert "This machine:" in words(page)


def test_home_says_how_the_workers_are(page, manager):
    page.run()
    assert "Workers: ready (2 on this machine)" in words(page)
    manager.state = "starting"
    page.run()
    assert "Workers: getting ready. Everything" in words(page)
    manager.waited = 12.3
    page.run()
    assert "getting ready, for 12 s so far (usually less than 30)." in words(page)
    manager.waited = 75.0
    page.run()
    assert "for 75 s so far: longer than usual, as on a busy machine" in words(page)
    manager.state = "failed"
    manager.problem = JobError("nothing answers", "a scheduler", "Start it")
    page.run()
    assert "nothing answers" in words(page)


def test_the_picture_is_the_default_teachers(page, tmp_path):
    rng = np.random.default_rng(0)
    outputs = TeacherOutputs(
        classes=tuple("0123456789"),
        input_shape=(1, 8, 8),
        inputs=rng.integers(0, 255, (20, 1, 8, 8), dtype=np.uint8),
        labels=rng.integers(0, 10, 20),
        logits=rng.normal(0, 4, (20, 10)).astype(np.float32),
        mean=(0.3,),
        std=(0.4,),
    )
    Store(tmp_path, bundled=None).record_teacher(TeacherConfig(), b"", outputs)
    page.run()
    assert not page.exception
    index = temperature_strip.telling(outputs.logits)
    (picture,) = [h.value for h in page.get("html") if "kd-home" in str(h.value)]
    assert f"an image of class {outputs.labels[index]}" in picture


def test_every_page_opens_by_its_link_from_the_app(manager):
    page = AppTest.from_file(ROOT / "pages" / "entry.py", default_timeout=PATIENCE).run()
    links = [link.proto.page for link in page.get("page_link")]
    stations = [page.path for page in STEPS]
    assert stations[:2] == ["soft-targets", "loss"]
    assert links[: len(stations)] == stations
    assert sorted(links[len(stations) :]) == sorted(STUDIES)


def test_texts_have_the_sections_that_pages_ask_for():
    assert {"lead", "what it is", "picture"} <= set(prose.sections("home"))
    with pytest.raises(KeyError):
        prose.text("home", "nonesuch")


def test_a_visitor_sees_what_the_server_allows(page, monkeypatch):
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    page.run()
    assert not page.expander, "the owner has no limits"
    visitor.ask(visiting.who)
    monkeypatch.setenv("KDLAB_TRUST", "nobody")
    monkeypatch.setenv("KDLAB_UPLOAD_MB", "7")
    monkeypatch.setenv("KDLAB_VISITOR_JOBS", "0")
    page.run()
    (expander,) = page.expander
    assert expander.label == "What this server allows"
    table = expander.markdown[1].value
    for each in dataclasses.fields(limits.Limits):
        assert f"`{each.metadata['variable']}`" in table
    assert "| A file that a visitor uploads `KDLAB_UPLOAD_MB` | **7 MB** |" in table
    assert "`KDLAB_VISITOR_JOBS` | **no limit** |" in table
    assert "may be named `KDLAB_UPLOADS_ONLY` | **no** |" in table
    assert "deleted `KDLAB_FULL_RUNS` | **no** |" in table
    assert not expander.caption, "this server has no owner in a browser"
    monkeypatch.setenv("KDLAB_TRUST", "key")
    monkeypatch.setattr(visiting, "cookies", dict)
    page.run()
    assert "python -m kdlab key" in page.expander[0].caption[0].value
    monkeypatch.setenv("KDLAB_FULL_RUNS", "1")
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", "0")
    page.run()
    assert page.expander[0].markdown[1].value.count("**yes**") == 2
