"""A visitor's own text on the pages: an invitation, what was read, refusals, nothing as markup."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.config.brought import BROUGHT, budget
from kdlab.config.schema import DistilConfig
from kdlab.data import train_size, uploads
from kdlab.data.accepted import TEXT
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from pages.ui.shell import images, prose
from pages.ui.stage import provenance
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = {"live": "distil/live.py", "map": "distil/map.py", "search": "distil/search.py"}
HOSTILE = "<img src=x onerror=alert(1)> **bold** $x^2$ `code` [a](b) %{y} & שלום"


@pytest.fixture(autouse=True)
def _a_home_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)


def poem(count: int = 60, more: str = "") -> bytes:
    draw = random.Random(3)
    lines = (f"{n} {' '.join(draw.choices(['ka', 'to', 'mi'], k=9))}{more}" for n in range(count))
    return "\n".join(lines).encode()


def page_of(name: str, **values):
    page = AppTest.from_file(ROOT / "pages" / PAGES[name], default_timeout=PATIENCE)
    for key, value in {"dataset": "text", **values}.items():
        page.query_params[key] = value
    return page.run()


def bring(page, content: bytes, name: str = "poem.txt"):
    boxes = [w for w in page.file_uploader if w.label == "Text file"]
    boxes[0].upload(name, content, "text/plain")
    return page.run()


def words(page) -> str:
    kinds = ("markdown", "caption", "error", "info", "warning")
    found = [str(e.value) for kind in kinds for e in page.get(kind)]
    return " ".join([*found, *(e.label for e in page.expander)]).replace("\\", "")


def lines_of(page) -> str:
    found = [e.proto.body for e in page.get("html") if 'class="kd-lines"' in e.proto.body]
    return found[0] if found else ""


@pytest.mark.parametrize("name", PAGES)
def test_whoever_chooses_own_text_is_invited_and_nothing_is_wrong_yet(name):
    page = page_of(name)
    assert not page.exception
    assert not page.error
    assert "Bring your text" in words(page)
    assert "type its path" in words(page)
    assert "Archive of images" not in [w.label for w in page.file_uploader]


def test_a_visitor_is_not_invited_to_type_the_path_of_a_text(monkeypatch):
    monkeypatch.setattr(visitor, "_known", [lambda: Visitor("anna")])
    page = page_of("live")
    assert not page.error
    assert "Bring your text" in words(page)
    assert "path" not in " ".join(line.value for line in page.info)
    assert "Or a text file on this machine" not in [box.label for box in page.text_input]


@pytest.mark.parametrize("name", PAGES)
def test_what_was_read_of_a_text_is_shown_before_anything_is_trained(name):
    page = bring(page_of(name), poem())
    assert not page.exception
    assert not page.error
    said = words(page)
    assert "poem.txt: 60 lines" in said
    assert "Read 60 lines of" in said
    assert "Each line is one string" in said
    assert lines_of(page).count("<li") == 8
    assert "upload:" not in said, "its name, and no digits"


def test_a_text_brings_how_long_is_learned_from_so_much_of_it():
    page = bring(page_of("live"), poem(30))
    values = page.session_state["link.live"]["values"]
    config = DistilConfig.parse(values)
    size = train_size(config)
    assert size is not None
    assert {name: values[name] for name in budget(size)} == budget(size)
    assert values["epochs"] > BROUGHT["text"]["epochs"]


def test_whoever_has_a_link_to_a_text_does_not_read_what_its_holder_calls_it(monkeypatch):
    who = [Visitor("ann")]
    monkeypatch.setattr(visitor, "_known", [lambda: who[0]])
    folder = uploads.keep(poem(), "ann's diary.txt", TEXT)
    assert "ann's diary.txt: 60 lines" in words(page_of("live", folder=folder))
    config = DistilConfig(dataset="text", folder=folder)
    assert "text file ann's diary" in provenance.settings(config, "seed 0").replace("\\", "")
    who[0] = Visitor("bob")
    page = page_of("live", folder=folder)
    assert "the text " in words(page)
    assert "60 lines" in words(page)
    assert "diary" not in words(page) + provenance.settings(config, "seed 0")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.txt", "a.txt is empty"),
        (b"one line", "a.txt", "1 line that is not empty"),
        (bytes(5_000_001), "a.txt", "at most 5 MB"),
        (b"\x89PNG" + bytes(900), "a.txt", "is not text"),
    ],
    ids=["nothing in it", "one line", "too large", "binary"],
)
def test_what_is_wrong_with_a_text_is_one_sentence(content, name, sentence):
    page = bring(page_of("live"), content, name)
    assert not page.exception
    (error,) = page.error
    assert sentence in error.value.replace("\\", "")
    assert "Allowed" in error.value
    assert not lines_of(page)


def test_too_many_characters_are_refused_until_bytes_are_chosen():
    content = "".join(f"{chr(0x4E00 + n)} {n}\n" for n in range(400)).encode()
    page = bring(page_of("live"), content)
    (error,) = page.error
    assert "Set symbols to bytes" in error.value.replace("\\", "")
    page.selectbox(key="live.symbols").set_value("bytes").run()
    assert not page.exception
    assert not page.error, "at once, though the widget comes after that of the file"
    assert "different bytes" in words(page)


def test_an_archive_is_let_go_of_where_a_text_is_asked_for():
    archive = f"upload:{'0' * 16}.zip"
    page = page_of("live", dataset="images", folder=archive)
    page.selectbox(key="live.dataset").set_value("text").run()
    assert not page.exception
    assert not page.error
    assert "Bring your text" in words(page)
    assert page.session_state["link.live"]["values"]["folder"] == ""


def test_a_text_of_this_machine_is_shown_as_well(tmp_path):
    (tmp_path / "poem.txt").write_bytes(poem())
    page = page_of("live", folder=str(tmp_path / "poem.txt"))
    assert not page.error
    assert "60 lines" in words(page)
    page = page_of("live", folder=str(tmp_path / "nowhere.txt"))
    assert not page.exception
    (error,) = page.error
    assert "No such file" in error.value.replace("\\", "")


def test_lines_are_shown_as_text_in_their_own_direction():
    page = bring(page_of("live"), poem(more=f" {HOSTILE}"))
    shown = lines_of(page)
    assert "<img" not in shown
    assert "&lt;img src=x" in shown
    assert "**bold** $x^2$ `code`" in shown, "no Markdown is read inside of HTML"
    assert shown.count('<li dir="auto">') == 8


# -- names of classes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (" ", "␣"), ("\t", "U+0009"), ("\u200b", "U+200B"), ("\u200d", "U+200D"),
        ("\u0301", "U+0301"), ("\u00a0", "U+00A0"), ("\u202e", "U+202E"), ("\ufe0f", "U+FE0F"),
        ("\u3164", "U+3164"), ("é", "é"), ("ש", "ש"), ("👩", "👩"), ("<", "<"), ("0xC3", "0xC3"),
        ("end", "end"), ("two words", "two words"),
    ],
)  # fmt: skip
def test_a_character_that_nobody_would_see_is_called_by_what_it_is(name, shown):
    assert prose.class_names([name]) == (shown,)


def test_names_stay_apart_also_where_a_text_holds_the_sign_for_a_space():
    names = (" ", "␣", "\u200b")
    assert len(set(prose.class_names(names))) == 3


def test_a_card_shows_the_characters_before_as_text_and_every_space():
    names = ("end", " ", "<", "b", "\u0301", "`")
    item = {"before": [0, 3, 1, 2, 5], "label": 1, "teacher": 4, "labels only": 0, "distilled": 1}
    card = images.card(item, names, (5, 6))
    assert ">·b␣&lt;`</p>" in card
    assert "Next: <b>␣</b>" in card
    assert "<b>U+0301</b>" in card
    assert images.describe(item, names).startswith("␣ after “b␣<`”")
