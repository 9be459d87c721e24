"""The stored verdicts: all are there, say what their numbers say, and come out again."""

from __future__ import annotations

import json
import re

import pytest

from kdlab.errors import ConfigError, StoreError
from kdlab.experiments.study.sentences import WORDS
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import holm
from kdlab.measure.power import NOTABLE, POWER, power, units_needed
from kdlab.measure.wording import signed
from kdlab.storage.store import Store
from kdlab.studies import Finding
from kdlab.studies.claims.study import MARGIN, OTHER_SEED, STORED_SEED, verdict_of
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.clinic import verdicts
from kdlab.studies.clinic.claims import CLAIMS
from kdlab.studies.clinic.verdicts import (
    LEAST_TEACHERS,
    MOST_TEACHERS,
    STORED,
    measure,
    names,
    stored,
)
from kdlab.studies.mistakes.records import MISTAKES
from kdlab.studies.mistakes.rounded import CALIBRATION

CHEAP = "faster"
CLOSE = 0.01
"""Other processors round otherwise: so far an accuracy may be off, a few images of 500."""


def test_every_claim_and_every_mistake_has_a_verdict():
    assert list(stored()) == [*CLAIMS, *MISTAKES] == list(names())
    for name, found in stored().items():
        pilot = found.get("pilot")
        kind, config = verdicts.settings_of(name, *([pilot["teachers"]] if pilot else []))
        assert found["kind"] + "s" == kind
        assert type(config).parse(found["config"]) == config, "made with the settings of today"
        assert config.first_seed == config.teacher_seed == STORED_SEED
        assert config.teachers_drawn >= 10
        last = config.first_seed + config.seeds * config.teachers_drawn
        assert last <= verdicts.PILOT_SEED
        if kind == "claims":
            assert last <= OTHER_SEED, "the page begins where no stored verdict has been"


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_the_teachers_that_its_effect_needs(name):
    found = stored()[name]
    pilot, effect = found["pilot"], found["effect"]
    needed = units_needed(pilot["spread"], LEAST_TEACHERS, MOST_TEACHERS)
    assert effect["teachers"] == pilot["teachers"] == found["config"]["teacher_seeds"] == needed
    assert power(needed, NOTABLE, pilot["spread"]) >= POWER or needed == MOST_TEACHERS


def test_a_softmax_too_many_costs_points():
    """With five seeds of one teacher it could not be told."""
    low, high = stored()["softmax-twice"]["effect"]["ci95"]
    assert -0.10 < low < high < -0.03


def test_the_best_epoch_is_never_below_the_last():
    found = stored()["best-on-test"]
    for gain in (found["effect"], *(a["gain"] for a in found["answers"][:2])):
        assert 0 <= gain["ci95"][0] <= gain["mean"] <= gain["ci95"][1]


def test_no_claim_rests_on_the_luckiest_of_its_comparisons():
    for name, trial in TRIALS.items():
        answers = [a for a in stored()[name]["answers"] if a["gain"] is not None]
        pairs = zip(answers, trial.contrasts, strict=True)
        alone = [
            Gain.of(a["gain"]).p_value(-MARGIN if c.expected == "kept" else 0.0) for a, c in pairs
        ]
        for answer, adjusted in zip(answers, holm(alone), strict=True):
            assert (answer["holds"] is not None) == (adjusted < 0.05), answer["text"]


@pytest.mark.parametrize("name", CLAIMS)
def test_a_verdict_follows_from_its_answers_and_these_from_their_numbers(name):
    found = stored()[name]
    told = [Finding(a["text"], a["holds"]) for a in found["answers"]]
    assert found["verdict"] == verdict_of(told, TRIALS[name].quantifier)
    assert found["title"] == TRIALS[name].title
    for answer in found["answers"]:
        if answer["gain"] is None:
            continue
        low, high = answer["gain"]["ci95"]
        assert f"{signed(100 * answer['gain']['mean'])} points" in answer["text"]
        assert f"95 % {signed(100 * low)} to {signed(100 * high)}" in answer["text"]
        for words, sure in (
            ("is better than", low > 0),
            ("is worse than", high < 0),
            ("is at most one point below", low > -MARGIN),
            ("is more than one point below", high < -MARGIN),
            ("may be more than one point below", low <= -MARGIN <= high),
            (
                "cannot be told apart from",
                low <= 0 <= high or "clear by itself, not" in answer["text"],
            ),
        ):
            assert words not in answer["text"] or sure, answer["text"]


@pytest.mark.parametrize("name", MISTAKES)
def test_the_effect_of_a_mistake_is_wrong_minus_right(name):
    found = stored()[name]
    effect, arms = found["effect"], found["arms"]
    low, high = effect["ci95"]
    assert low <= effect["mean"] <= high
    if name != "best-on-test":
        difference = arms["wrong"]["accuracy"] - arms["right"]["accuracy"]
        assert effect["mean"] == pytest.approx(difference, abs=1e-5)
    assert arms["right"]["accuracy"] > arms["labels only"]["accuracy"], "the right version helps"


def test_stored_sentences_have_the_words_of_the_code():
    """They are kept for years, and the code that makes them is reworded."""
    kept = [f"{how} one point below" for how in ("is at most", "is more than", "may be more than")]
    compared = 0
    for found in stored().values():
        for text in (answer["text"] for answer in found["answers"]):
            if between := re.fullmatch(r"“[^”]*” (.+) (?:“[^”]*”|its teacher): .*", text):
                assert between[1] in [*WORDS.values(), *kept], text
                compared += 1
            if text.startswith("Calibration error"):
                assert text.startswith(f"{CALIBRATION}: "), text
    assert compared > 80


def test_what_the_texts_of_the_mistakes_say_is_what_was_measured():
    known = stored()
    for name in ("misaligned", "logits-as-targets"):  # "destroy the student"
        assert known[name]["effect"]["ci95"][1] < -0.5
    for name in ("no-square", "mean-reduction", "alpha-swapped"):  # "with wrong ones they cost"
        assert known[name]["effect"]["ci95"][1] < 0
        assert known[name]["config"]["label_noise"] == 0.5
    for name in ("teacher-learns", "untrained-teacher"):  # "worse than on labels alone"
        arms = known[name]["arms"]
        assert arms["wrong"]["accuracy"] < arms["labels only"]["accuracy"] - 0.05
    low, high = known["int8-ranges"]["effect"]["ci95"]  # "about 40 points"
    assert -0.45 < low < high < -0.35
    said = " ".join(answer["text"] for answer in known["int8-ranges"]["answers"])
    assert "noise” is worse than “int8, ranges of training images”: −0.6 points" in said
    assert "single image” is worse than “int8, ranges of training images”: −0.2 points" in said
    assert (
        "(dynamic)” cannot be told apart from “int8, ranges of training images”: 0.0 points" in said
    )
    for name in ("reversed-kl", "teacher-in-training-mode"):  # "a tenth of a point", "little"
        low, high = known[name]["effect"]["ci95"]
        assert -0.003 < low <= high < 0.002
    arms = known["temperature-on-probabilities"]["arms"]  # "the calibration error"
    assert arms["wrong"]["ece"] > 20 * arms["right"]["ece"]
    assert abs(known["temperature-on-probabilities"]["effect"]["mean"]) < 0.01


def same_settings(again, known, model):
    """All settings of today are the stored ones, but for those that joined later and are at their
    defaults: what was kept before there were such settings lacks them."""
    joined = {
        name: field.default
        for name, field in model.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("later")
    }
    return again == {**joined, **known}


def test_only_settings_that_joined_later_may_be_missing():
    known = stored()[CHEAP]["config"]
    model = type(verdicts.settings_of(CHEAP)[1])
    now = model.parse(known).model_dump(mode="json")
    later = now.keys() - known.keys()
    assert same_settings(now, known, model)
    assert not same_settings(now | {"epochs": now["epochs"] + 1}, known, model)
    assert not same_settings(now | {"another": 1}, known, model)
    assert not same_settings(now, {k: v for k, v in known.items() if k != "epochs"}, model)
    for name in later:
        assert not same_settings(now | {name: "other"}, known, model)


def test_a_cheap_claim_comes_out_as_it_is_stored(tmp_path):
    again = measure(CHEAP, Store(tmp_path, bundled=None))
    known = stored()[CHEAP]
    model = type(verdicts.settings_of(CHEAP)[1])
    assert same_settings(again["config"], known["config"], model)
    assert again["verdict"] == known["verdict"]
    assert again["answers"] == known["answers"]


def test_a_mistake_comes_out_as_it_is_stored(tmp_path):
    again, known = measure("best-on-test", Store(tmp_path, bundled=None)), stored()["best-on-test"]
    model = type(verdicts.settings_of("best-on-test")[1])
    assert same_settings(again["config"], known["config"], model)
    assert again["effect"]["mean"] == pytest.approx(known["effect"]["mean"], abs=CLOSE)
    for arm, told in known["arms"].items():
        assert again["arms"][arm]["accuracy"] == pytest.approx(told["accuracy"], abs=CLOSE)


def test_an_unknown_name_is_told():
    with pytest.raises(ConfigError, match="neither a claim nor a mistake"):
        measure("everything")


@pytest.mark.parametrize(
    "content", ["{", "[" * 100_000, '{"faster": 1}', '{"faster": {"kind": "claim"}}', "[]"]
)
def test_a_damaged_file_is_told(tmp_path, monkeypatch, content):
    (tmp_path / "verdicts.json").write_text(content)
    monkeypatch.setattr(verdicts, "STORED", tmp_path / "verdicts.json")
    stored.cache_clear()
    with pytest.raises(StoreError, match="clinic --rerun"):
        stored()
    monkeypatch.undo()
    stored.cache_clear()
    assert stored()


def test_verdicts_are_kept_beside_others(tmp_path):
    path = tmp_path / "clinic" / "verdicts.json"
    verdicts.save({"faster": {"kind": "claim"}}, path)
    assert json.loads(path.read_text()) == {"faster": {"kind": "claim"}}
    assert STORED.is_file()
