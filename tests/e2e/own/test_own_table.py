"""A visitor's own table in a browser: loaded, its target chosen, trained on, mapped; a teacher that
is a file, judged before anything is trained; nothing of it as markup."""

from __future__ import annotations

import csv
import io
import random
import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NAMES = ("<b>x</b>", "[a](javascript:alert(1))", "$x$", ":red[x]", "n" * 190, "שלום עולם")


@pytest.fixture(autouse=True)
def _workers(workers):
    """Every test here may train."""


def _german() -> bytes:
    """With a mark, semicolons, decimal commas, gaps, and two columns that could be the target."""
    draw = random.Random(3)
    lines = ["Größe;Gewicht;Farbe;Raucher;Befund"]
    for n in range(160):
        ill = n % 4 == 0
        numbers = [f"{draw.gauss(4 * ill, 1):.2f}".replace(".", ",") for _ in range(2)]
        numbers[0] = "" if n % 20 == 7 else numbers[0]
        smokes = "ja" if draw.random() < 0.5 else "nein"
        lines.append(
            ";".join(
                [*numbers, draw.choice(["grün", "weiß"]), smokes, "krank" if ill else "gesund"]
            )
        )
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _hostile() -> bytes:
    draw, stream = random.Random(4), io.StringIO()
    table = csv.writer(stream)
    table.writerow([*NAMES, "target"])
    for n in range(90):
        table.writerow([f"{draw.gauss(n % 6, 1):.3f}" for _ in NAMES] + [NAMES[n % 6]])
    return stream.getvalue().encode()


def _file(content: bytes, name: str = "my table.csv") -> dict:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def _load(page, file: dict, label: str = "Table") -> None:
    boxes = page.get_by_test_id("stFileUploader").filter(has_text=label)
    boxes.first.locator("input[type=file]").set_input_files(files=[file])


def _choose(page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_load_a_table_choose_its_target_train_report_and_map_it(visitor, tmp_path):
    page = visitor("/live?dataset=table&epochs=6&seeds=2")
    steps.wait_for_runs(page, 0)
    expect(page.get_by_text("Bring your table")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Allowed:")).to_have_count(0)
    _load(page, _file(_german()))
    expect(page.get_by_text("my table.csv: 160 rows, 5 columns, 2 classes")).to_be_visible()
    expect(page.get_by_text("Bring your table")).to_have_count(0)
    expect(page.locator(".kd-preview tbody tr")).to_have_count(8)
    expect(page.get_by_role("row", name=re.compile(r"^gesund 75\s%"))).to_be_visible()
    expect(page.get_by_text("“gesund” has 3.0 times as many rows as “krank”")).to_be_visible()

    _choose(page, "Target column", "Raucher")
    expect(page.get_by_role("row", name=re.compile("^ja "))).to_be_visible()
    _choose(page, "Target column", "Befund")
    expect(page.get_by_role("row", name=re.compile(r"^gesund 75\s%"))).to_be_visible()
    page.wait_for_url(re.compile("target=Befund"))

    steps.button(page, "Train").click()
    expect(page.get_by_text(re.compile("Measured on the test rows"))).to_be_visible()
    expect(page.get_by_text("rows.", exact=False).first).to_be_visible()
    page.get_by_role("tab", name="Where they differ").click()
    expect(
        page.get_by_text(re.compile("validation rows; the first|the two students .* differ on 0"))
    ).to_be_visible()

    page.get_by_role("tab", name="Take it away").click()
    report = steps.download(page, "Report, HTML", tmp_path).read_text(encoding="utf-8")
    assert "my table.csv" in report
    assert "gesund" in report
    assert "krank" in report

    page.goto(page.url.replace("/live?", "/map?") + "&temperatures=1,4&alphas=0.5,1")
    page.get_by_role("button", name=re.compile("^Train the map")).click()
    expect(page.get_by_text(re.compile("^Trained here: "))).to_be_visible()
    expect(page.get_by_text("Best cell on validation rows")).to_be_visible()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["wide", "phone"])
def test_names_in_a_table_are_text_and_what_is_wide_scrolls_within_itself(visitor, options):
    page = visitor("/live?dataset=table", **options)
    steps.wait_for_runs(page, 0)
    _load(page, _file(_hostile(), "<b>t</b>.csv"))
    expect(page.get_by_text("<b>t</b>.csv: 90 rows, 7 columns, 6 classes")).to_be_visible()
    read = page.locator(".kd-preview thead th bdi")
    expect(read).to_have_count(7)
    texts = read.all_inner_texts()
    assert {texts[n] for n in (0, 1, 2, 3, 5)} == {NAMES[n] for n in (0, 1, 2, 3, 5)}
    assert texts[4].startswith("n" * 50)
    assert page.locator(".kd-classes tbody th").first.inner_text() in NAMES
    for markup in ("b", "a", ".katex"):
        assert (
            page.locator(
                f".kd-classes {markup}, .kd-columns {markup}, .kd-preview {markup}"
            ).count()
            == 0
        )
    assert page.locator("a[href^='javascript']").count() == 0
    wide = "node => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.locator(".kd-preview").evaluate(wide), "the page itself does not scroll sideways"
    scrolls = "node => node.scrollWidth > node.clientWidth && node.tabIndex === 0"
    assert page.locator(".kd-preview").evaluate(scrolls)


def test_a_teacher_that_is_a_file_is_judged_before_anything_is_trained(visitor):
    page = visitor("/live?dataset=table&teacher=answers&epochs=6&seeds=2")
    steps.wait_for_runs(page, 0)
    draw = random.Random(5)
    rows, said = ["id,a,bought"], ["id,p_no,p_yes"]
    for n in range(120):
        bought = draw.random() < 0.5
        rows.append(f"r{n},{draw.gauss(2 * bought, 1):.3f},{'yes' if bought else 'no'}")
        said.append(f"r{n},{0 if n % 2 else 1}.0,{1 if n % 2 else 0}.0")
    _load(page, _file("\n".join(rows).encode()))
    expect(page.get_by_text("Bring the teacher's answers")).to_be_visible()
    page.get_by_role("button", name="Teacher: answers").click()
    _load(page, _file("\n".join(said).encode(), "said.csv"), "File of answers")
    expect(page.get_by_text(re.compile("^The teacher is confidently wrong"))).to_be_visible()
    expect(page.get_by_text(re.compile("^The teacher is never unsure"))).to_be_visible()
    expect(page.get_by_text(re.compile("^The teacher's answers: right for"))).to_be_visible()
    page.keyboard.press("Escape")
    steps.button(page, "Train").click()
    expect(page.get_by_text(re.compile("Measured on the test rows"))).to_be_visible()
