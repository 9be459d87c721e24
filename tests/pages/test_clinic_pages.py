"""The clinic's pages: tables of stored verdicts, and what a choice brings with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes import FakeManager
from streamlit.testing.v1 import AppTest

from kdlab.experiments.study.run import run
from kdlab.measure.wording import signed
from kdlab.storage.store import Store
from kdlab.studies import find
from kdlab.studies.clinic.claims import CLAIMS
from kdlab.studies.clinic.code import DEFECTS
from kdlab.studies.clinic.verdicts import stored
from kdlab.studies.mistakes.records import MISTAKES
from pages.ui.shell import workers
from pages.ui.study.figures import clinic as study_clinic
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def open_page(monkeypatch, tmp_path):
    manager, store = FakeManager(), Store(tmp_path, bundled=None)
    monkeypatch.setattr(workers, "manager", lambda: manager)
    monkeypatch.setattr(workers, "store", lambda: store)
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))

    def opened(name, **query):
        page = AppTest.from_file(ROOT / f"pages/clinic/{name}.py", default_timeout=PATIENCE)
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception
        return page

    return opened


def choice(page, label):
    (found,) = [box for box in page.selectbox if box.label == label]
    return found


def query(page):
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in page.query_params.items()
    }


def test_a_mistake_brings_the_settings_in_which_it_shows_and_leaves_the_seeds(open_page):
    page = open_page("mistakes", seeds="4", teacher_seeds="2")
    choice(page, "Mistake").select("no-square").run()
    assert not page.exception
    noisy = {"mistake": "no-square", "labels": "all", "label_noise": "0.5", "alpha": "0.8",
             "temperature": "6.0", "student": "mlp-64", "seeds": "4",
             "teacher_seeds": "2"}  # fmt: skip
    assert query(page) == noisy
    choice(page, "Mistake").select("reversed-kl").run()
    assert query(page) == {"mistake": "reversed-kl", "seeds": "4", "teacher_seeds": "2"}


def test_a_link_to_a_mistake_is_followed_and_one_to_nothing_is_said(open_page):
    page = open_page("mistakes", mistake="softmax-twice")
    assert choice(page, "Mistake").value == "softmax-twice"
    page = open_page("mistakes", mistake="typing")
    assert choice(page, "Mistake").value == "misaligned"
    assert any("typing" in warning.value for warning in page.warning)


def test_an_exercise_hides_the_choice(open_page):
    page = open_page("mistakes", mistake="softmax-twice", hide="mistake")
    assert not [box for box in page.selectbox if box.label == "Mistake"]
    assert query(page)["mistake"] == "softmax-twice"


def test_a_claim_brings_its_own_data(open_page):
    page = open_page("claims", first_seed="50")
    choice(page, "Claim").select("little-data").run()
    assert not page.exception
    assert query(page) == {
        "claim": "little-data", "train_limit": "100", "batch_size": "16", "teacher_epochs": "200",
        "first_seed": "50",
    }  # fmt: skip
    assert not [s for s in page.slider if s.label == "Temperature T"], "a trial has its own"


def test_all_stored_verdicts_are_on_the_pages(open_page):
    claims = open_page("claims").dataframe
    assert [len(table.value) for table in claims] == [len(CLAIMS), len(DEFECTS)]
    (mistakes,) = open_page("mistakes").dataframe
    assert list(mistakes.value["Mistake"]) == [m.title for m in MISTAKES.values()]


@pytest.mark.parametrize(
    ("study", "own", "expected"),
    [
        ("mistakes", {"mistake": "mean-reduction"}, ["haitongli", "With the mistake"]),
        (
            "claims",
            {"claim": "faster"},
            ["推理速度", "times fewer FLOPs", "Stored verdict: depends"],
        ),
    ],
)
def test_a_kept_study_is_drawn_with_what_it_is_about(open_page, study, own, expected):
    small = {
        **own, "train_limit": "100", "labels": "40", "teacher": "mlp-8", "teacher_epochs": "1",
        "student": "mlp-8", "epochs": "2", "seeds": "2",
    }  # fmt: skip
    config = find(study).config.parse(small)
    assert list(run(find(study), config, Store()))
    page = open_page(study, **small)
    words = " ".join(e.value for kind in ("markdown", "caption") for e in page.get(kind))
    for text in expected:
        assert text in words
    if study == "mistakes":
        record = MISTAKES["mean-reduction"]
        assert [code.value for code in page.get("code")][:2] == [record.wrong, record.right]


def test_the_table_of_mistakes_says_the_stored_numbers():
    table = study_clinic.mistakes_table(stored()).set_index("Mistake")
    row, found = table.loc["The factor T² is missing"], stored()["no-square"]
    assert row["Wrong, %"] == f"{100 * found['arms']['wrong']['accuracy']:.1f}"
    assert row["Effect"].startswith(f"{signed(100 * found['effect']['mean'])} points (95 % ")
    assert (
        row["Over"]
        == f"{found['effect']['teachers']} teachers, {found['effect']['seeds']} students"
    )
    assert row["Calibration error wrong, %"] == f"{100 * found['arms']['wrong']['ece']:.1f}"
    assert table.loc["The best epoch on test images is reported"]["Wrong, %"] == ""


def test_the_table_of_claims_says_the_stored_verdicts():
    table = study_clinic.claims_table(stored())
    for row, name in zip(table.to_dict("records"), CLAIMS, strict=True):
        assert row["Verdict"].endswith(stored()[name]["verdict"])
        assert row["In its words"] == CLAIMS[name].quote
        assert stored()[name]["answers"][0]["text"] in row["Measured"]
    told = study_clinic.tally(stored())
    assert sum(int(n) for n in re.findall(r"\d+", told)) == len(CLAIMS)


def test_a_quotation_stands_with_its_translation_and_its_place():
    text = study_clinic.said("alpha-trades-off")
    assert "α 是一个权衡因子。" in text
    assert re.sub(r"\\(.)", r"\1", text).endswith(
        "Article 004, on teacher, student and soft labels; section 4.2"
    )
