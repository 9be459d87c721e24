"""Verdicts over teachers: several teachers, each with students of its own."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from statistics import fmean

import pytest
from made_histories import made
from scipy import stats

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, ArmEpoch, StudyFinished, StudyStarted
from kdlab.experiments.study.basis import basis, over
from kdlab.experiments.study.run import run
from kdlab.export import study_script
from kdlab.storage.store import Store
from kdlab.studies import STUDIES, StudyHistory, load_result
from kdlab.studies.claims.study import of_claim
from kdlab.studies.mistakes.study import shown_best
from kdlab.studies.subliminal import SubliminalConfig
from kdlab.studies.temperature import TemperatureConfig
from kdlab.training.arms import Arm, ArmStudents, Peer, Plan

CLAIMS = STUDIES["claims"]
SMALL = {
    "train_limit": 200, "labels": 40, "teacher": "mlp-16", "teacher_epochs": 3, "student": "mlp-8",
    "epochs": 3, "seeds": 2, "first_seed": 50, "teacher_seed": 7,
}  # fmt: skip
CONFIG = of_claim("temperature-compresses", **SMALL, teacher_seeds=3)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"), bundled=None)


@pytest.fixture(scope="module")
def events(store):
    return list(run(CLAIMS, CONFIG, store))


@pytest.fixture(scope="module")
def history(events):
    return StudyHistory(CONFIG, events)


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_each_teacher_has_students_with_seeds_of_their_own(events):
    (begun,) = of(StudyStarted, events)
    assert begun.teachers == 3
    assert begun.seeds == (50, 51, 52, 53, 54, 55)
    assert len(set(begun.teacher_accuracies)) > 1
    assert begun.teacher_accuracy == pytest.approx(fmean(begun.teacher_accuracies))
    assert {a["name"]: a["taught"] for a in begun.arms} == {
        "labels only": False, "T=1": True, "T=16": True
    }  # fmt: skip
    names = [t["name"] for t in of(StudyFinished, events)[0].teachers]
    assert names == ["mlp-16, seed 7", "mlp-16, seed 8", "mlp-16, seed 9"]


@pytest.mark.parametrize("place", range(3))
def test_the_students_of_a_teacher_are_those_of_a_study_with_that_teacher_alone(
    events, place, tmp_path
):
    alone = CONFIG.of_teacher(place).model_copy(update={"teacher_seeds": 1})
    assert (alone.teacher_seed, alone.first_seed) == (7 + place, 50 + 2 * place)
    expected = {e.arm: e for e in of(ArmDone, run(CLAIMS, alone, Store(tmp_path, bundled=None)))}
    found = {e.arm: e for e in of(ArmDone, events) if e.teacher == place}
    assert found.keys() == expected.keys()
    for arm, done in found.items():
        for measure in ("accuracy", "validation", "fidelity", "ece"):
            assert getattr(done, measure) == getattr(expected[arm], measure), arm


def test_units_are_teachers_where_one_is_involved_and_seeds_where_none_is(history):
    values = history.values("T=16")
    assert len(values) == 6
    means = [fmean(values[n : n + 2]) for n in (0, 2, 4)]
    low, high = stats.t.interval(0.95, 2, loc=fmean(means), scale=stats.sem(means))
    assert history.mean("T=16") == pytest.approx((fmean(values), low, high))
    alone = history.values("labels only")
    low, high = stats.t.interval(0.95, 5, loc=fmean(alone), scale=stats.sem(alone))
    assert history.mean("labels only") == pytest.approx((fmean(alone), low, high))
    assert history.gain("T=16").teachers == 3
    assert history.gain("T=16", "T=1").seeds == 6
    assert history.gain("labels only", "labels only").teachers == 1


def test_curves_and_tables_hold_the_students_of_all_teachers(history, events):
    assert [e.epoch for e in history.epochs("T=1")] == [0, 1, 2, 3]
    assert all(len(e.test) == 6 for e in history.epochs("T=1"))
    assert history.epochs("T=1")[-1].test == history.values("T=1")
    rows = history.results()
    own = rows[rows["group"] == "T=1"]
    assert own["seed"].tolist() == [50, 51, 52, 53, 54, 55]
    assert own["teacher"].tolist() == [1, 1, 2, 2, 3, 3]
    assert history.share_done == 1
    half = [e for e in events if not (isinstance(e, ArmEpoch | ArmDone) and e.teacher > 0)]
    begun = StudyHistory(CONFIG, half)
    assert begun.share_done == pytest.approx(1 / 3)
    assert begun.epochs("T=1") == []
    assert begun.done == {}, "an arm is done when it is done with every teacher"


def test_it_is_kept_and_replayed(events, store):
    assert load_result(CLAIMS, CONFIG, store) == [
        e for e in events if isinstance(e, StudyStarted | ArmEpoch | ArmDone | StudyFinished)
    ]


def test_the_verdict_is_about_teachers_or_says_with_this_one(history):
    several = CLAIMS.findings(history)
    assert not any("with this teacher" in f.text for f in several)
    assert basis(history, several, corrected=True).startswith(
        "95 % intervals over 3 teachers, 2 students each"
    )
    one = made("claims", of_claim("temperature-compresses", seeds=3), {})
    told = CLAIMS.findings(one)
    assert told[0].text.startswith("With this teacher the claim")
    assert "with this teacher" in told[2].text
    assert "95 % intervals over 3 seeds, with this teacher" in basis(one, told, corrected=True)


def test_findings_say_how_many_would_seem_clear_by_chance():
    history = made("temperature", TemperatureConfig(seeds=3), {})
    found = STUDIES["temperature"].findings(history)
    count = sum(f.gain is not None for f in found)
    assert count >= 2
    assert f"There are {count} comparisons" in basis(history, found)
    assert f"about {0.05 * count:.1g} of them would look clear by chance" in basis(history, found)
    assert "chance" not in basis(history, found[:1])


def test_weights_that_were_loaded_are_one_teacher():
    assert CONFIG.teachers_drawn == 3
    assert CONFIG.model_copy(update={"teacher_weights": "0" * 16}).teachers_drawn == 1


def test_students_of_all_teachers_count_for_the_memory(tmp_path):
    config = of_claim("faster", student="mlp-2048-2048", teacher_seeds=40, seeds=4)
    with pytest.raises(ConfigError, match="students mlp-2048-2048 learn at once"):
        list(run(CLAIMS, config, Store(tmp_path, bundled=None)))


def test_what_a_teacher_reaches():
    own = DistilConfig()
    arms = (
        Arm.baseline(own),
        Arm.of(own, "taught", "Taught"),
        Arm.baseline(own, "tuned", "Tuned", after="taught"),
        Arm.of(own, "next", "Next", teachers=(ArmStudents("tuned"),)),
        Arm.baseline(own, "started", "Started", start="teacher"),
        Arm.baseline(own, "first", "First"),
        Arm.baseline(own, "second", "Second", after="first"),
        Arm.of(own, "peers", "Peers", teachers=(Peer(),)),
    )
    assert Plan(arms).taught == {"taught", "tuned", "next", "started"}


@pytest.mark.slow
def test_the_script_finds_what_the_lab_finds_over_teachers(history, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["script.py"])
    plan = CLAIMS.plan(CONFIG, data.find("digits").classes)
    path = tmp_path / "script.py"
    path.write_text(study_script(CONFIG, plan, "Over teachers", 3), encoding="utf-8")
    runpy.run_path(str(path), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if " (95 % " in line]
    for name in ("labels only", "T=1", "T=16"):
        line = next(t for t in told if t.startswith(f"{name}: "))
        numbers = [float(n) / 100 for n in re.findall(r"-?\d+\.\d+", line)]
        expected = history.mean(name)
        if name != "labels only":
            gain = history.gain(name)
            expected = (*expected, gain.mean, *gain.ci95)
        assert numbers == pytest.approx(expected, abs=0.006), line


def test_a_mistake_is_told_over_teachers_too():
    config = shown_best("no-square")
    assert (config.teachers_drawn, config.seeds) == (5, 3)


def test_students_of_one_teacher_are_told_apart_once():
    one = made("subliminal", SubliminalConfig(seeds=5), {})
    one.started = replace(one.started, teachers=5)
    assert over(one).startswith("95 % intervals over 5 teachers, one student of each kind.")
