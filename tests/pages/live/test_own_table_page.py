"""A visitor's own table on the pages: an invitation, a target that is guessed and shown, what was
read, what mends what cannot be read, nothing as markup."""

from __future__ import annotations

import csv
import html
import io
import random
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.config.brought import budget_of_rows
from kdlab.config.schema import DistilConfig
from kdlab.data import train_size, uploads
from kdlab.data.accepted import TABLE
from kdlab.data.table.understood import names_in
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from pages.ui.shell import images
from pages.ui.stage import provenance
from pages.ui.widgets import rows, tables
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = {"live": "distil/live.py", "map": "distil/map.py", "search": "distil/search.py"}
HOSTILE = (
    "<b>x</b>", "[a](javascript:alert(1))", "$x$", ":red[x]", "n" * 200, "שלום עולם",
    "**bold** `c`", "\u202egnp.exe",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _a_home_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)


def patients(count: int = 200) -> bytes:
    """As a German spreadsheet saves it: a mark, semicolons, decimal commas, gaps, an odd value, a
    class of one in five."""
    draw = random.Random(1)
    lines = ["Patienten-Nr;Größe (cm);Farbe;Raucher;Befund"]
    for n in range(count):
        ill = n % 5 == 0
        tall = f"{draw.gauss(182 if ill else 170, 6):.1f}".replace(".", ",")
        tall = "" if n % 17 == 3 else "k.A." if n == 40 else tall
        colour, smokes = draw.choice(["grün", "weiß", "blau"]), draw.choice(["ja", "nein"])
        lines.append(f"P{n:04d};{tall};{colour};{smokes};{'krank' if ill else 'gesund'}")
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def hostile(count: int = 120) -> bytes:
    """Whose columns, classes and words would like to be more than text."""
    draw, stream = random.Random(2), io.StringIO()
    table = csv.writer(stream)
    table.writerow([*HOSTILE, "target"])
    for n in range(count):
        numbers = [f"{draw.gauss(n % 6, 1):.3f}" for _ in HOSTILE[:-1]]
        table.writerow([*numbers, draw.choice(["<i>w</i>", "![i](x)"]), HOSTILE[n % 6]])
    return stream.getvalue().encode()


def page_of(name: str, **values):
    page = AppTest.from_file(ROOT / "pages" / PAGES[name], default_timeout=PATIENCE)
    for key, value in {"dataset": "table", **values}.items():
        page.query_params[key] = value
    return page.run()


def bring(page, content: bytes, name: str = "patients.csv", label: str = "Table"):
    (box,) = [w for w in page.file_uploader if w.label == label]
    box.upload(name, content, "text/csv")
    return page.run()


def words(page) -> str:
    kinds = ("markdown", "caption", "error", "info", "warning")
    found = [str(e.value) for kind in kinds for e in page.get(kind)]
    return " ".join([*found, *(e.label for e in page.expander)]).replace("\\", "")


def shown(page) -> str:
    """The HTML of what was read, without its style."""
    found = [e.proto.body for e in page.get("html") if "<table" in e.proto.body]
    return re.sub("<style>.*?</style>", "", "".join(found), flags=re.DOTALL)


def box(page, label: str):
    (found,) = [w for w in page.selectbox if w.label == label]
    return found


def folded(page, label: str) -> bool:
    (found,) = [e for e in page.expander if e.label == label]
    return not found.proto.expanded


@pytest.mark.parametrize("name", PAGES)
def test_whoever_chooses_a_table_is_invited_and_nothing_is_wrong_yet(name):
    page = page_of(name)
    assert not page.exception
    assert not page.error
    assert "Bring your table" in words(page)
    assert "type its path" in words(page)
    assert "Archive of images" not in [w.label for w in page.file_uploader]


def test_a_visitor_is_not_invited_to_type_the_path_of_a_table(monkeypatch):
    monkeypatch.setattr(visitor, "_known", [lambda: Visitor("anna")])
    page = page_of("live")
    assert not page.error
    assert "path" not in " ".join(line.value for line in page.info)
    assert "Or a table on this machine" not in [box.label for box in page.text_input]


@pytest.mark.parametrize("name", PAGES)
def test_what_was_read_of_a_table_is_shown_before_anything_is_trained(name):
    page = bring(page_of(name), patients())
    assert not page.exception
    assert not page.error
    said = words(page)
    assert "patients.csv: 200 rows, 5 columns, 2 classes (120 training, 30 validation, 50" in said
    assert "Numbers have decimal commas" in said
    assert "1 value is not a number and counts as missing: row 41" in said
    assert "“gesund” has 4.0 times as many rows as “krank”" in said
    assert "right for 80 % of all rows" in said
    assert "upload:" not in said, "its name, and no digits"
    read = shown(page)
    for cell in ("Größe (cm)", "3 words", "the target", "left out: different in every row"):
        assert cell in read
    assert '<td class="count">13</td>' in read, "12 gaps and a value that is no number"
    assert read.count("<tr") == 3 + 6 + 9, "heads, 2 classes, 5 columns, 8 rows"


def test_the_target_is_guessed_and_shown_and_another_one_chosen():
    page = bring(page_of("live"), patients())
    target = box(page, "Target column")
    assert target.options[0] == "Befund (guessed)"
    target.set_value("Raucher").run()
    assert not page.exception
    assert not page.error
    assert page.session_state["link.live"]["values"]["target"] == "Raucher"
    assert page.query_params["target"] in ("Raucher", ["Raucher"])
    assert "Classes of <bdi>Raucher</bdi></h4>" in shown(page)
    assert "target 'Raucher' (as chosen)" in words(page)


def test_columns_are_left_out_and_a_link_says_which():
    page = bring(page_of("live"), patients())
    (several,) = page.multiselect
    assert several.options == ["Patienten-Nr", "Größe (cm)", "Farbe", "Raucher", "Befund"]
    several.set_value(["Farbe", "Größe (cm)"]).run()
    assert not page.exception
    assert page.session_state["link.live"]["values"]["left_out"] == "Farbe,Größe (cm)"
    assert "left out: as chosen" in shown(page)
    folder = page.session_state["link.live"]["values"]["folder"]
    again = page_of("live", folder=folder, left_out="Farbe,Größe (cm)")
    assert again.multiselect[0].value == ["Farbe", "Größe (cm)"]


def visits(count: int = 200) -> bytes:
    """Each patient comes four times."""
    draw = random.Random(3)
    lines = ["Patient,size,rooms,price"]
    for n in range(count):
        lines.append(f"P{n // 4},{draw.gauss(170, 6):.1f},{draw.randrange(6)},{n * 1.5}")
    return "\n".join(lines).encode()


def test_a_column_whose_rows_may_belong_together_is_asked_about_and_a_button_keeps_them():
    page = page_of("live", folder=uploads.keep(visits(), "v.csv", TABLE), target="rooms")
    (asked,) = page.warning
    assert "Each value of “Patient” occurs about 4.0 times" in asked.value.replace("\\", "")
    (yes,) = [one for one in page.button if one.label == "Keep its rows together"]
    yes.click().run()
    assert not page.exception
    assert page.session_state["link.live"]["values"]["group_column"] == "Patient"
    assert box(page, "Column of groups").value == "Patient"
    assert not page.warning
    assert "left out: the column of groups" in shown(page)


def test_a_guess_that_rests_on_little_is_doubted_until_it_is_chosen():
    page = bring(page_of("live"), visits())
    target = box(page, "Target column")
    assert target.options[0] == "rooms (guessed: please choose)"
    (asked,) = [one.value for one in page.warning if "only a guess" in one.value]
    assert "its 6 numbers would be 6 classes" in asked
    (yes,) = [one for one in page.button if one.label == "It is the target"]
    yes.click().run()
    assert not page.exception
    assert box(page, "Target column").value == "rooms"
    assert not [one for one in page.warning if "only a guess" in one.value]


def test_of_a_target_that_is_none_the_columns_say_what_they_would_be():
    page = bring(page_of("live"), visits())
    box(page, "Target column").set_value("price").run()
    assert "no regression" in page.error[0].value
    read = shown(page)
    assert "the target, as asked: see above" in read
    assert "an input" in read


def test_whoever_shows_rows_is_told_who_sees_them():
    said = words(bring(page_of("live"), patients()))
    assert (
        said.count("Anyone who has this page's link and can reach this server sees these rows") == 1
    )
    assert "sees these rows" not in words(page_of("live", dataset="wine")), "they are the lab's own"


def test_a_long_name_goes_on_behind_an_underscore_and_stays_text():
    short, long = "flipper_length_mm", "the_<b>_length_of_the_flipper"
    drawn = rows.columns([rows.Line(name, "numbers", 0, "1 number") for name in (short, long)])
    assert f"<bdi>{short}</bdi>" in drawn
    assert "<bdi>the_<wbr>&lt;b&gt;_<wbr>length_<wbr>of_<wbr>the_<wbr>flipper</bdi>" in drawn


@pytest.mark.parametrize(
    "names", [["a"], ["a", "b"], ["a,b", 'c "d"'], list(HOSTILE[:4])], ids=repr
)
def test_names_of_columns_survive_their_line(names):
    assert list(names_in(tables.line_of(names))) == names


def test_another_table_begins_anew_and_brings_how_long_is_learned_from_it():
    page = bring(page_of("live", target="nowhere"), patients(400))
    values = page.session_state["link.live"]["values"]
    assert values["target"] == ""
    size = train_size(DistilConfig.parse(values))
    assert size == 240
    suits = budget_of_rows(240, 2)
    assert {name: values[name] for name in suits} == suits


@pytest.mark.parametrize(("rows_of", "classes"), [(12, 2), (60, 30), (342, 2), (600_000, 50)])
def test_a_budget_can_be_had(rows_of, classes):
    budget = budget_of_rows(rows_of, classes)
    assert min(2 * classes, rows_of // 2) <= budget["labels"] <= rows_of
    assert budget["epochs"] >= 4
    DistilConfig(**budget)


def test_how_a_table_is_read_is_folded_away_until_it_is_not_sure():
    page = bring(page_of("live"), patients())
    assert folded(page, "How the table is read")
    page = bring(page_of("live"), patients().decode("utf-8-sig").encode("cp1252"))
    assert not page.error
    assert not folded(page, "How the table is read")
    assert "read as Windows 1252" in words(page)
    box(page, "Encoding").set_value("latin-1").run()
    assert "The file is in Latin-1" in words(page)


def test_a_file_whose_separator_was_not_recognised_is_mended_on_the_page():
    content = patients().decode("utf-8-sig").replace(";", "|")
    page = bring(page_of("live"), content.encode(), "bars.csv")
    assert not page.error
    box(page, "Separator").set_value("comma").run()
    assert not page.exception
    assert page.error
    assert not folded(page, "How the table is read")
    box(page, "Separator").set_value("").run()
    assert not page.error


def test_of_one_column_it_is_said_what_is_missing_and_what_is_in_it_is_seen():
    page = bring(page_of("live"), b"value\n" + b"\n".join(b"%d" % (n % 3) for n in range(60)))
    assert not page.exception
    (error,) = page.error
    assert "no columns beside the target" in error.value.replace("\\", "")
    assert "patients.csv: 1 column" in words(page)
    assert "First rows" in shown(page)
    assert "Press Train" not in words(page)
    assert not folded(page, "How the table is read")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b" + bytes(90), "compressed"),
        (b"a,b\n1,2\n", "he table has 1 row"),
        (b"\x80\x04\x95" + bytes(90), "pickle"),
        (b"<html><body>" + b"x" * 90, "a web page"),
    ],
    ids=["nothing", "gzip", "one row", "pickle", "html"],
)
def test_what_is_wrong_with_a_table_is_one_sentence(content, sentence):
    page = bring(page_of("live"), content)
    assert not page.exception
    (error,) = page.error
    assert sentence in error.value.replace("\\", "")
    assert "Allowed" in error.value
    assert not shown(page)


def test_a_column_of_a_link_that_the_table_lacks_is_said_and_can_be_mended():
    folder = uploads.keep(patients(), "p.csv", TABLE)
    page = page_of("live", folder=folder, target="<b>nowhere</b>")
    assert not page.exception
    (error,) = page.error
    assert "no column" in error.value.replace("\\", "")
    assert box(page, "Target column").value == "<b>nowhere</b>"
    box(page, "Target column").set_value("").run()
    assert not page.error


def test_names_of_columns_and_classes_are_shown_as_text_and_never_as_markup():
    page = bring(page_of("live"), hostile(), "<b>hostile</b>.csv")
    assert not page.exception
    assert not page.error
    read = shown(page)
    for tag in ("<b>x", "<i>w", "<img"):
        assert tag not in read
    assert "&lt;b&gt;x&lt;/b&gt;" in read
    assert "\\u202egnp.exe" in read, "what turns its neighbours round is written out"
    assert "n" * 200 in html.unescape(read), "the whole name, for whoever points at it"
    for element in [*page.get("caption"), *page.get("markdown"), *page.get("info")]:
        for raw in ("<b>x", "](javascript", " $x$", ":red[x]", "**bold**"):
            assert raw not in str(element.value)
    assert all("<b>hostile" not in one.label for one in page.expander)


def test_an_embedded_table_is_there_at_once_and_folded():
    page = page_of("live", dataset="wine")
    assert not page.exception
    assert not page.error
    assert "Wine (table): 178 rows, 14 columns, 3 classes" in words(page)
    assert "first cultivar" in shown(page)
    assert not page.file_uploader or "Table" not in [w.label for w in page.file_uploader]


def test_a_link_to_a_table_does_not_tell_what_its_holder_calls_it(monkeypatch):
    who = [Visitor("ann")]
    monkeypatch.setattr(visitor, "_known", [lambda: who[0]])
    folder = uploads.keep(patients(), "ann's patients.csv", TABLE)
    config = DistilConfig(dataset="table", folder=folder)
    assert "ann's patients.csv: 200 rows" in words(page_of("live", folder=folder))
    assert "table ann's patients" in provenance.settings(config, "seed 0").replace("\\", "")
    who[0] = Visitor("bob")
    page = page_of("live", folder=folder)
    assert "the table " in words(page)
    assert "patients" not in words(page) + provenance.settings(config, "seed 0")


# -- parts of what is shown -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "said"),
    [((10, 10), ""), ((29, 10), ""), ((30, 10), "3.0 times"), ((2000, 10), "200 times")],
)
def test_uneven_classes_are_told_from_one_to_three_on(counts, said):
    parts = {"train": counts, "validation": (0, 0), "test": (0, 0)}
    told = rows.uneven(("a", "<b>"), parts)
    assert bool(told) == bool(said)
    assert said in told
    assert "<b>" not in told


def test_bars_are_as_long_as_their_classes_are_large():
    counts = {"train": (60, 15), "validation": (20, 5), "test": (20, 5)}
    drawn = rows.classes(("large", "small"), counts)
    widths = [float(w) for w in re.findall(r"width:([\d.]+)%", drawn)]
    assert widths == [60, 20, 20, 15, 5, 5]
    assert "80 %" in drawn
    assert "20 %" in drawn


def test_a_card_shows_the_row_by_its_number_and_its_columns_as_text():
    values = [[f"<b>{n}</b>", "1.5"] for n in range(9)]
    item = {"row": 41, "values": values, "label": 1, "teacher": 1, "labels only": 0, "distilled": 1}
    card = images.card(item, ("no", "<i>"), (9,))
    assert "Row 42, true class: <b>&lt;i&gt;</b>" in card
    assert "<b>0</b>" not in card
    assert "&lt;b&gt;0&lt;/b&gt;" in card
    assert card.count("<bdi>") == 2 * images.MOST_COLUMNS
    assert images.describe(item, ("no", "yes")) == (
        "row 42 of class yes, labels only says no, distilled says yes"
    )
