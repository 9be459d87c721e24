"""The files of a report: valid, whole, the same twice, and nothing in them but text of the lab."""

from __future__ import annotations

import base64
import io
import re
import threading
import xml.etree.ElementTree as ET
import zipfile

import made
import pytest
from PIL import Image
from reading import Page, cells, plain, prose_of

from kdlab.data.naming import visible
from kdlab.report import build, html, markdown, saved
from kdlab.report.drawing.canvas import rendered
from kdlab.report.drawings import Row, Rows
from kdlab.report.looks import LOOKS
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS

SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 1_500_000


def pictures(page):
    begin = "data:image/svg+xml;base64,"
    assert all(image["src"].startswith(begin) for image in page.images)
    return [base64.b64decode(image["src"].removeprefix(begin)) for image in page.images]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_whatever_comes_with_the_lab_makes_a_report(name):
    report = build.of(EXPERIMENTS[name], made.result(name)[1])
    text = html.written(report)
    page = Page(text)
    assert len(text.encode()) < MOST_BYTES
    assert "This result came with the lab." in page.text
    for content in pictures(page):
        assert ET.fromstring(content).tag == f"{SVG}svg"
    assert all(image["alt"].strip(". ") for image in page.images)
    assert [tag for tag, _ in page.headings].count("h1") == 1
    titles = [title for tag, title in page.headings if tag == "h2"]
    order = ("Settings", "Data", "Figures", "Results", "Remarks", "What it cost",
             "Machine and versions", "How to repeat it", "Sources")  # fmt: skip
    assert titles == [title for title in order if title in titles]
    assert set(order) - set(titles) <= {"Remarks"}
    assert sorted(page.links) == sorted(f"#{name}" for name in page.ids)
    assert len({figure.name for figure in report.figures}) == len(report.figures)


def test_nothing_is_fetched_and_nothing_runs():
    report, _ = made.report("distill")
    text = html.written(report)
    page = Page(text)
    assert page.tags[0] == "html"
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    (policy,) = [m["content"] for m in page.metas
                 if m.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert "default-src 'none'" in policy
    assert "script" not in policy
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert "@media print" in style
    for content in pictures(page):
        root = ET.fromstring(content)
        found = [value for each in root.iter() for value in each.attrib.values()]
        assert not [value for value in found if re.match(r"https?:|//", value)]
        assert not [each for each in root.iter() if each.tag.endswith("script")]


def test_tables_say_what_their_cells_are_of():
    page = Page(html.written(made.report("chains")[0]))
    for table in page.tables:
        assert table["caption"]
        head = len(table["rows"][0])
        first = table["scopes"][:head]
        assert all(scope == "col" for tag, scope in first if tag == "th")
        assert sum(tag == "th" for tag, _ in first) >= head - 1, "only a corner may be empty"
        assert table["scopes"].count(("th", "row")) == len(table["rows"]) - 1


def test_the_same_result_gives_the_same_bytes():
    first, second = (made.report("distill")[0] for _ in range(2))
    assert html.written(first) == html.written(second)
    assert markdown.written(first, "x") == markdown.written(second, "x")
    assert saved.archive(first) == saved.archive(second)


def test_threads_draw_at_once_and_the_same():
    report, _ = made.report("chains")
    alone = [rendered(figure.drawing, "svg") for figure in report.figures]
    found = {}

    def draw(n):
        found[n] = [rendered(figure.drawing, "svg") for figure in report.figures]

    threads = [threading.Thread(target=draw, args=(n,)) for n in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [found[n] for n in range(3)] == [alone] * 3


def test_what_this_machine_has_set_for_other_programs_changes_nothing():
    import matplotlib

    drawing = Rows("x", (Row(LOOKS["teacher"], "a", 1.0),))
    before = [rendered(drawing, kind) for kind in ("svg", "png")]
    theirs = {"text.usetex": True, "lines.linewidth": 9, "svg.fonttype": "none"}
    with matplotlib.rc_context(theirs):
        assert [rendered(drawing, kind) for kind in ("svg", "png")] == before
        assert matplotlib.rcParams["lines.linewidth"] == 9, "and theirs stays"


def test_no_list_of_figures_grows():
    import subprocess
    import sys

    code = (
        "import sys; from kdlab.report.drawing.canvas import rendered\n"
        "from kdlab.report.drawings import Bars; from kdlab.report.looks import LOOKS\n"
        "rendered(Bars('x', LOOKS['teacher'], (('a', 1.0),)), 'png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_png_is_large_enough_for_a_slide():
    report, _ = made.report("chains")
    files = saved.figures(report, ("png", "svg"))
    assert len(files) == 2 * len(report.figures)
    for name, content in files.items():
        if name.endswith(".png"):
            picture = Image.open(io.BytesIO(content))
            assert picture.width > 1400
            assert picture.convert("L").getextrema() == (
                min(picture.convert("L").getextrema()),
                255,
            )


# -- names of somebody who means harm -------------------------------------------------------------


@pytest.fixture(scope="module", params=["distill", "chains"])
def hostile(request):
    experiment, config, events = made.result(request.param)
    events = [made.hostile(event) for event in events]
    at = 1 if request.param == "distill" else 0
    history = made.folded(experiment, config, [*events[:at], made.READ, *events[at:]])
    return build.of_history(experiment, config, history, Store())


def shown(report):
    """Those of the names that the report tells, as they can be seen."""
    texts = [cell for block in report.blocks for row in getattr(block, "rows", ()) for cell in row]
    return [name for name in made.HOSTILE if any(name == text for text in texts)]


def test_names_are_text_in_html(hostile):
    page = Page(html.written(hostile))  # which takes only tags that the lab writes
    cells = [cell for table in page.tables for row in table["rows"] for cell in row]
    names = shown(hostile)
    assert len(names) > 5
    for name in names:
        assert visible(name) in cells
    assert "\u202e" not in page.text
    assert "two\nlines" not in page.text


def test_names_are_text_in_markdown(hostile):
    text = markdown.written(hostile, "report")
    told = prose_of(text)
    assert "<" not in told
    images = re.findall(r"(?<!\\)!\[", told)
    assert len(images) == len(hostile.figures) == len(re.findall(r"(?<!\\)\]\(", told))
    assert re.findall(r"(?<!\\)\]\(([^)]*)\)", told) == [
        f"report-{figure.name}.svg" for figure in hostile.figures
    ]
    assert not re.search(r"(?<!\\)[`$]", told)
    assert not re.search(r"https?:", told)
    assert "\u202e" not in told
    lines = told.splitlines()
    rows = [cells(line) for line in lines if line.startswith("|")]
    known = {cell for row in rows for cell in row}
    for name in shown(hostile):
        assert visible(name) in known
    headings = [line for line in lines if re.match(r" {0,3}#", line)]
    assert [plain(line.lstrip("# ")) for line in headings] == [
        hostile.title, *(section.title for section in hostile.sections)
    ]  # fmt: skip
    width = None
    for line in lines:
        width = (width or len(cells(line))) if line.startswith("|") else None
        assert width is None or len(cells(line)) == width


def test_names_are_drawn_as_they_are_also_such_that_mean_something_to_matplotlib():
    rows = tuple(Row(LOOKS["teacher"], name, 1.0) for name in (*made.HOSTILE, "_x", "$", "$a$b"))
    first = rendered(Rows("$x$", rows), "svg", made.HOSTILE[0])
    root = ET.fromstring(first)
    assert root.find(f"{SVG}title").text == made.HOSTILE[0]
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert rendered(Rows("$x$", rows), "png").startswith(b"\x89PNG")


def test_code_is_fenced_by_more_backticks_than_it_has():
    from kdlab.report.document import Code, Paragraph, Report, Section

    code = Code("a\n````\nb", "json")
    report = Report("q", "k.", "", (Paragraph("v", "verdict"),), (Section("s", (code,)),))
    assert "`````json\na\n````\nb\n`````" in markdown.written(report, "x")


# -- on the disk ----------------------------------------------------------------------------------


def test_markdown_has_its_figures_beside_it(tmp_path):
    report, _ = made.report("chains")
    path = tmp_path / "new" / "my report.md"
    saved.write(path.parent, saved.report_files(report, path))
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", text)
    assert links
    assert {link.replace("%20", " ") for link in links} | {path.name} == {
        each.name for each in path.parent.iterdir()
    }


def test_an_archive_has_the_text_and_both_kinds_of_every_figure():
    report, _ = made.report("chains")
    with zipfile.ZipFile(io.BytesIO(saved.archive(report))) as packed:
        names = packed.namelist()
    folder = f"{report.name}/{report.name}"
    wanted = {f"{folder}.md"} | {
        f"{folder}-{figure.name}.{kind}" for figure in report.figures for kind in ("png", "svg")
    }
    assert set(names) == wanted
