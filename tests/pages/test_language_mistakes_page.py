"""The page of language model mistakes: what is trained, what is computed at once, and the table."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from told import words

from kdlab.events import ArmDone, ArmEpoch, StudyStarted
from kdlab.studies import StudyHistory
from kdlab.studies.language_mistakes.exact import EFFECTS, effect
from kdlab.studies.language_mistakes.records import EXACT, LANGUAGE_MISTAKES, TRAINED
from kdlab.studies.language_mistakes.study import LanguageMistakesConfig, plan
from pages.ui.study.figures import language_mistakes
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
CLASSES = ("end", *"abcdefghijklmnopqrstuvwxyz")


def opened(**query):
    page = AppTest.from_file(ROOT / "pages/clinic/language_mistakes.py", default_timeout=PATIENCE)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def codes(page):
    return [code.value for code in page.get("code")]


@pytest.mark.parametrize("name", EXACT)
def test_what_is_computed_is_there_before_anything_is_trained(name, store):
    page = opened(exact=name)
    said = words(page)
    assert effect(name).said[0] in said
    assert {EXACT[name].wrong, EXACT[name].right} <= set(codes(page))
    assert EXACT[name].threads[0] in said
    charts = [e.proto.json for e in page.get("bidi_component")]
    assert any(effect(name).title in json.loads(each).get("value", {}).get("alt", "")
               for each in charts if isinstance(json.loads(each).get("value"), dict))  # fmt: skip


def test_both_kinds_are_chosen_beside_the_page_and_linked(store):
    page = opened(mistake="padding", exact="top-k")
    chosen = {box.label: box for box in page.selectbox}
    assert chosen["Mistake, trained"].value == "padding"
    assert chosen["Mistake, computed"].value == "top-k"
    chosen["Mistake, computed"].select("sampled-kl").run()
    assert not page.exception
    assert effect("sampled-kl").said[0] in words(page)
    assert page.query_params["exact"] in ("sampled-kl", ["sampled-kl"])


def test_the_table_has_all_twelve_with_what_they_do_and_where_they_were_found():
    table = language_mistakes.table()
    assert table["Mistake"].tolist() == [m.title for m in LANGUAGE_MISTAKES.values()]
    assert table["Known by"].tolist() == ["trained"] * len(TRAINED) + ["computed"] * len(EXACT)
    done = table["What it does"]
    assert [language_mistakes.stored(name) for name in TRAINED] == done[: len(TRAINED)].tolist()
    assert done[: len(TRAINED)].str.match(r"This mistake costs \d\.\d\d bits per character").all()
    assert done.str.len().min() > 40
    assert done.iloc[-1] == effect("top-k").said[0]
    assert not done.str.contains(r"\*\*|`").any()


def test_without_stored_results_the_table_says_what_to_look_for(tmp_path, monkeypatch):
    monkeypatch.setattr(language_mistakes, "BUNDLED", tmp_path)
    language_mistakes.stored.cache_clear()
    first = language_mistakes.table()["What it does"].iloc[0]
    language_mistakes.stored.cache_clear()
    assert first.startswith("A loss that moves")


@pytest.mark.parametrize("name", EFFECTS)
def test_a_chart_of_an_effect_tells_right_from_wrong(name):
    found = effect(name)
    figure = json.loads(json.dumps(language_mistakes.drawn(found), allow_nan=False))
    assert [trace["name"] for trace in figure["data"]] == [series.name for series in found.series]
    looks = [(t.get("line", t.get("marker", {})).get("color"), s.role)
             for t, s in zip(figure["data"], found.series, strict=True)]  # fmt: skip
    right = {colour for colour, role in looks if role == "right"}
    assert len(right) == 1
    assert right.isdisjoint({colour for colour, role in looks if role != "right"})
    for axis in ("x", "y"):
        scale = figure["layout"][f"{axis}axis"].get("type")
        assert (scale == "log") == (axis in found.log)


def history(done=True):
    config = LanguageMistakesConfig()
    made = plan(config, CLASSES)
    arms = [
        {"name": a.name, "label": a.label, "student": a.student, "teacher": "t" * (a.alpha > 0),
         "against": made.reference(a.name)} for a in made.arms
    ]  # fmt: skip
    events = [
        StudyStarted(
            fingerprint="x", study="language-mistakes", dataset="names", classes=CLASSES,
            input_shape=(6, 27), train_size=1000, validation_size=300, test_size=400, seeds=(0, 1),
            arms=arms, teacher_accuracy=0.3, machine="m", teacher_bits=(3.2,),
        )
    ]  # fmt: skip
    for number, arm in enumerate(made.arms):
        for epoch in (0, 1, 2):
            bits = (5.0 - epoch + number, 5.2 - epoch + number)
            events.append(
                ArmEpoch(arm=arm.name, epoch=epoch, epochs=2, validation=(0.2, 0.2),
                         test=(0.2, 0.2), fidelity=(0.2, 0.2), validation_bits=bits, test_bits=bits)
            )  # fmt: skip
        if done:
            same = (0.2, 0.2)
            events.append(
                ArmDone(arm=arm.name, accuracy=same, validation=same, fidelity=same, ece=same,
                        cost={}, bits=bits, validation_bits=bits)
            )  # fmt: skip
    return StudyHistory(config, events)


def test_curves_are_in_bits_with_the_teacher():
    figure = language_mistakes.over_epochs(history())
    lines = {t["name"]: t["y"] for t in figure["data"] if "name" in t}
    assert lines["Labels only"] == pytest.approx([5.1, 4.1, 3.1])
    assert lines["Teacher (test)"] == [3.2, 3.2]
    assert "bits" in figure["layout"]["yaxis"]["title"]["text"].lower()
    assert all(math.isfinite(v) for values in lines.values() for v in values)


def test_curves_in_a_sentence():
    assert "With the mistake 5.10" in language_mistakes.describe(history())
    assert language_mistakes.describe(history(done=False)).endswith("Nothing is done yet")
