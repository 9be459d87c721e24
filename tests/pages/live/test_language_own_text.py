"""The page of language models on a text of somebody's own, in bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.data import uploads
from kdlab.data.accepted import TEXT
from kdlab.errors import ConfigError
from kdlab.experiments.run.history import fold
from kdlab.experiments.run.language import Language, codes_before
from kdlab.experiments.run.run import run
from kdlab.storage.store import Store
from pages.ui.live import language
from pages.ui.shell import workers
from tests.patience import PATIENCE

PAGE = Path(__file__).parents[3] / "pages" / "distil" / "language.py"
QUICK = {
    "dataset": "text", "symbols": "bytes", "teacher": "mlp-16", "teacher_epochs": 2,
    "student": "mlp-4", "labels": 100, "epochs": 2, "seeds": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """(home, settings) of a quick run on a text with letters of two bytes."""
    home = tmp_path_factory.mktemp("home")
    draw = random.Random(5)
    lines = [f"{n} {' '.join(draw.choices(['né', 'шо', 'ka'], k=7))}" for n in range(40)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDLAB_HOME", str(home))
        folder = uploads.keep("\n".join(lines).encode(), "poem.txt", TEXT)
        settings = QUICK | {"folder": folder}
        list(run(Language.parse(settings).run(), Store(home, bundled=None)))
    return home, settings


@pytest.fixture
def page(text, monkeypatch, manager):
    """The page at that run, whose worker answers."""
    home, settings = text
    monkeypatch.setenv("KDLAB_HOME", str(home))
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    monkeypatch.setattr(workers, "store", lambda: Store(home, bundled=None))
    monkeypatch.setattr(
        manager, "call", lambda function, *arguments, timeout=None: function(*arguments),
        raising=False,
    )  # fmt: skip
    language._asked.clear()
    language._networks.clear()
    made = AppTest.from_file(str(PAGE), default_timeout=PATIENCE)
    for name, value in settings.items():
        made.query_params[name] = str(value)
    return made


def test_what_is_typed_is_read_as_bytes_and_shown_as_text(page):
    page.query_params["prefix"] = "1 né né"
    page.run()
    assert not page.exception
    said = " ".join(c.value for c in page.caption).replace("\\", "")
    assert "The models see only the last 6 bytes: é␣né" in said
    page.text_input(key="language_model.prefix").set_value("漢").run()
    assert not page.exception
    (warning,) = page.warning
    assert "0xE6" in warning.value


def test_a_text_that_has_gone_is_told_where_its_answers_are_asked_for(page, text):
    home, _ = text
    (file,) = (home / "uploads").glob("*.txt")
    content = file.read_bytes()
    file.unlink()
    try:
        page.run()
    finally:
        file.write_bytes(content)
    assert not page.exception
    assert "is not on this machine" in " ".join(e.value for e in [*page.error, *page.warning])


def test_what_is_made_up_of_bytes_is_text(text, monkeypatch):
    home, settings = text
    monkeypatch.setenv("KDLAB_HOME", str(home))
    history = fold(run(Language.parse(settings).run(), Store(home, bundled=None)))
    strings = [one["text"] for last in history.samples.values()
               for each in last.samples.values() for one in each]  # fmt: skip
    assert any(strings)
    assert not any("0x" in string for string in strings)
    assert "0x" not in language.made(history)


def test_a_beginning_of_other_characters_is_refused_by_their_names(text, monkeypatch):
    home, settings = text
    monkeypatch.setenv("KDLAB_HOME", str(home))
    config = Language.parse(settings | {"symbols": "characters", "prefix": "né"})
    assert len(codes_before(config)) == 2
    with pytest.raises(ConfigError, match="the character '!'") as caught:
        codes_before(config.model_copy(update={"prefix": "né!"}))
    assert "␣" in caught.value.allowed
