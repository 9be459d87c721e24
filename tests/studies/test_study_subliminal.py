"""Subliminal learning: its arms, its words, and that a small one finds what a large one does."""

from __future__ import annotations

from statistics import fmean

import pytest
import torch
from made_histories import CLASSES, made, said, stored
from pydantic import ValidationError

from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study import exhibits
from kdlab.experiments.study.report import summary
from kdlab.experiments.study.run import run
from kdlab.measure.gain import paired_gain
from kdlab.measure.intervals import holm, interval
from kdlab.methods import METHODS
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.subliminal import (
    BY_CLASS,
    HEADS,
    HIDDEN,
    IMAGES,
    OTHER,
    SAME,
    UNTRAINED,
    SubliminalConfig,
    plan,
)
from kdlab.training.arms.heads import fresh_head
from pages.ui.charts import arms as study_charts
from pages.ui.shell import prose
from pages.ui.study.figures import subliminal as figures
from pages.ui.study.report import table

STUDY = find("subliminal")
FIVE = SubliminalConfig(seeds=5)
SMALL = SubliminalConfig(
    train_limit=200, teacher="mlp-16", teacher_epochs=4, epochs=3, outputs=4, teacher_seeds=3
)
CHANCE = [0.08, 0.1, 0.12, 0.09, 0.11]
AT_CHANCE = dict.fromkeys((UNTRAINED, HEADS, "classes", HIDDEN, OTHER), CHANCE)
MUCH, LITTLE = [0.5, 0.55, 0.6, 0.52, 0.58], [0.2, 0.25, 0.21, 0.24, 0.22]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("home"), bundled=None)
    return StudyHistory(SMALL, run(STUDY, SMALL, store))


def answered(accuracy, config=FIVE):
    return STUDY.answered(made("subliminal", config, accuracy)).text


def test_every_part_of_the_first_weights_is_the_teachers_or_not():
    arms = {arm.name: arm for arm in plan(SubliminalConfig(outputs=3), CLASSES).arms}
    parts = {
        name: "".join(p[0] for p in (a.auxiliary.hidden, a.auxiliary.classes, a.auxiliary.head))
        for name, a in arms.items()
    }
    assert parts == {
        "untrained": "ttt", "same": "ttt", "heads": "ott", "classes": "tot", "hidden": "too",
        "other": "ooo", "images": "ttt",
    }  # fmt: skip
    assert {a.auxiliary.outputs for a in arms.values()} == {3}
    assert [n for n, a in arms.items() if a.auxiliary.inputs == "images"] == [IMAGES]
    assert {a.student for a in arms.values()} == {"mlp-64-64"}
    assert (arms[UNTRAINED].epochs, arms[UNTRAINED].alpha) == (0, 0.0)
    assert {(a.alpha, a.epochs, a.labels) for n, a in arms.items() if n != UNTRAINED} == {
        (1.0, 30, "all")
    }
    found = plan(SubliminalConfig(), CLASSES)
    assert {found.reference(name) for name in arms} == {UNTRAINED}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"teacher_weights": "abcd"}, "a teacher that is trained here"),
        ({"teacher_seeds": 1}, "says nothing about chance"),
        ({"method": "dkd"}, "needs logits alone: soft-targets"),
        ({"method": "hints"}, "needs logits alone: soft-targets"),
    ],
)
def test_what_makes_no_plan_is_refused_with_words(settings, words):
    with pytest.raises(ConfigError, match=words):
        plan(SubliminalConfig(**settings), CLASSES)


@pytest.mark.parametrize("outputs", [1, 0, 513, "many"])
def test_one_output_has_no_softmax_to_match(outputs):
    with pytest.raises(ValidationError):
        SubliminalConfig(outputs=outputs)


@pytest.mark.parametrize("method", [m.name for m in METHODS.values() if m.needs == {"logits"}])
def test_every_method_that_compares_logits_makes_a_plan(method):
    assert plan(SubliminalConfig(method=method), CLASSES).arms


def test_the_answer_says_from_which_start():
    both = answered({**AT_CHANCE, SAME: MUCH, HEADS: LITTLE})
    assert both == (
        "Yes: taught by 10 such outputs, and where chance is 10.0 %, it knows classes from all of "
        "its teacher's first weights (55.0 %) and the two heads alone (22.4 %); nothing is "
        "clear from the hidden layers alone and other weights."
    )
    one = answered({**AT_CHANCE, SAME: MUCH})
    assert "it knows classes from all of its teacher's first weights (55.0 %); nothing is" in one
    assert "and the two heads alone (" not in one
    none = answered({**AT_CHANCE, SAME: CHANCE})
    assert none.startswith("No clear answer: a difference, if there is one")
    lost = answered({**AT_CHANCE, SAME: MUCH, OTHER: [float("nan")] * 5})
    assert lost.endswith("training ended in NaN from other weights.")
    alone = SubliminalConfig(seeds=1)
    short = {name: values[:1] for name, values in {**AT_CHANCE, SAME: MUCH}.items()}
    assert "one seed cannot rule out chance" in answered({**short, IMAGES: [0.3]}, alone)


def test_both_sides_of_the_dispute_are_told_with_their_difference():
    told = said(made("subliminal", FIVE, {**AT_CHANCE, SAME: MUCH, HEADS: LITTLE}), "subliminal")
    assert (
        "“Its two heads alone” is better than chance, 10.0 % with this teacher: +12.4 points"
        in told
    )
    assert "“Its hidden layers alone” cannot be told apart from chance, 10.0 %" in told
    assert "“All of the teacher's first weights” is better than “Its two heads alone”" in told
    assert "+32.6 points" in told


def test_gains_are_over_exact_chance_whatever_the_untrained_students_came_to():
    lucky = {**AT_CHANCE, UNTRAINED: [0.02, 0.03, 0.025, 0.03, 0.02], SAME: MUCH}
    history = made("subliminal", FIVE, lucky)
    assert history.gain(OTHER).mean == pytest.approx(0.0)
    assert "where chance is 10.0 %" in STUDY.answered(history).text
    assert "gains against chance, 10.0 %." in summary(STUDY, history)
    assert set(table(history)["Against"]) == {"", "chance, 10.0 %"}
    assert history.gain(SAME, measure="fidelity").mean == pytest.approx(
        fmean(history.values(SAME, "fidelity")) - fmean(history.values(UNTRAINED, "fidelity"))
    ), "what students say as their teacher does has no such chance"


def test_what_is_clear_by_itself_alone_is_not_told_as_better():
    history = made("subliminal", FIVE, {**AT_CHANCE, "classes": [0.11, 0.12, 0.14, 0.13, 0.115]})
    gain = history.gain("classes")
    assert gain.holds is True
    (found,) = [f for f in STUDY.findings(history) if f.gain == gain]
    assert (found.holds, found.alone) == (None, True)
    adjusted = holm([f.gain.p_value() for f in STUDY.findings(history) if f.gain])
    assert f"not among 7 comparisons (Holm, p = {adjusted[2]:.2f})" in found.text
    assert adjusted[2] > 0.05 > gain.p_value()


def test_rows_that_nothing_knows_of_are_right_once_in_as_many_draws_as_there_are_classes():
    """Whatever the hidden layers are and however often each class is there: here a network whose
    hidden layer is far from random, and a class that nearly all images are of."""
    classes, draws = 5, 4000
    draw = torch.Generator().manual_seed(0)
    hidden = torch.rand(60, 8, generator=draw) + 3
    targets = torch.tensor([2] * 50 + [0] * 10)
    right = []
    for seed in range(draws):
        head = fresh_head(8, classes, seed)
        right.append((head(hidden).argmax(1) == targets).double().mean().item())
    _, low, high = interval(right, level=0.999)
    assert low < 1 / classes < high
    assert high - low < 0.05
    assert max(right) > 0.8, "one draw may be far from it"


def test_the_trap_of_the_text_is_what_is_stored():
    (text,) = [p for p in prose.text("studies/subliminal", "more").split("\n\n") if "A trap" in p]
    config = SubliminalConfig()
    history = StudyHistory(config, stored("subliminal"))
    known, groups = history.gain("classes"), history.groups("classes")
    measured = paired_gain(
        history.values(UNTRAINED), history.values("classes"), history.resolution(), groups
    )
    (found,) = [f for f in STUDY.findings(history) if f.gain == known]
    assert (found.holds, found.alone) == (None, True)
    assert "Holm, p = 0.13" in found.text
    assert "(p = 0.13)" in text
    low, high = (100 * end for end in known.ci95)
    assert f"({low:.1f} to {high:.1f}) excludes zero" in text
    low, high = (100 * end for end in measured.ci95)
    assert f"would be {100 * measured.mean:.1f} points better ({low:.1f} to {high:.1f})" in text
    assert 7 * measured.p_value() < 0.05, "clear even among seven"
    mean, low, high = (100 * value for value in history.mean(UNTRAINED))
    assert mean < 10
    assert f"average {mean:.1f} % ({low:.1f} to {high:.1f})" in prose.text(
        "studies/subliminal", "more"
    )


def test_a_small_study_tells_each_teacher_apart(history):
    begun = history.started
    assert begun.teachers == len(begun.seeds) == 3
    assert all(arm["taught"] for arm in begun.arms)
    assert history.finished is not None
    assert history.share_done == 1
    assert {arm["against"] for arm in begun.arms} == {UNTRAINED}
    assert history.groups(UNTRAINED) == history.groups(OTHER) == 3
    assert [e.epoch for e in history.epochs(UNTRAINED)] == [0]
    assert history.epochs(SAME)[0].test == history.values(UNTRAINED), "it begins as that"
    assert len(set(history.values(UNTRAINED))) > 1, "each teacher has a beginning of its own"
    assert history.epochs(SAME)[-1].hard == (0.0,) * 3, "no label is in the loss"
    assert all(soft > 0 for soft in history.epochs(SAME)[-1].soft)
    assert STUDY.answered(history).text


def test_each_class_is_counted_over_all_teachers(history):
    content = history.exhibits["inherited"]
    assert content["arms"].keys() == set(BY_CLASS)
    total = sum(content["images"])
    assert total == history.started.test_size
    for name in BY_CLASS:
        for place, accuracy in enumerate(history.values(name)):
            right = sum(
                row[place] * n
                for row, n in zip(content["arms"][name], content["images"], strict=True)
            )
            assert right / total == pytest.approx(accuracy, abs=2e-4)
    exhibits.check(history)
    facts = [f.text for f in STUDY.findings(history) if f.gain is None]
    assert len(facts) == 2
    assert all("of 10 classes" in text for text in facts)


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: c["arms"].update(nobody=c["arms"][SAME]),
        lambda c: c["arms"][SAME].pop(),
        lambda c: c["arms"][SAME][0].pop(),
        lambda c: c["images"].pop(),
        lambda c: c["arms"][SAME][0].__setitem__(0, 1.5),
    ],
    ids=["arm", "class", "student", "count", "share"],
)
def test_a_damaged_exhibit_is_found(history, damage):
    told = {
        n: [list(row) for row in rows] for n, rows in history.exhibits["inherited"]["arms"].items()
    }
    content = {"images": list(history.exhibits["inherited"]["images"]), "arms": told}
    damage(content)
    broken = StudyHistory(SMALL, [history.started, Exhibit(name="inherited", content=content)])
    with pytest.raises(ValueError, match=r"fit together|validation error"):
        exhibits.check(broken)


def test_a_class_that_is_surely_known_is_named():
    config = FIVE
    base = made("subliminal", config, {**AT_CHANCE, SAME: MUCH})
    low, high = [[0.1, 0.12, 0.09, 0.11, 0.1]] * 10, [[0.1, 0.12, 0.09, 0.11, 0.1]] * 10
    high = [[0.9, 0.92, 0.95, 0.91, 0.9] if k in (2, 7) else row for k, row in enumerate(high)]
    content = {"images": [50] * 10, "arms": {UNTRAINED: low, HEADS: low, SAME: high}}
    base.take([Exhibit(name="inherited", content=content)])
    told = said(base, "subliminal")
    assert "“All of the teacher's first weights” clearly knows 2 of 10 classes (2 and 7):" in told
    assert "“Its two heads alone” clearly knows 0 of 10 classes:" in told


def test_the_student_that_never_learns_is_a_level_line(history):
    chart = study_charts.curves(history)
    (chance,) = [t for t in chart["data"] if t.get("name") == "Before the first step"]
    assert chance["x"] == [0, SMALL.epochs]
    assert chance["y"][0] == chance["y"][1]


def test_the_chart_of_classes_has_a_row_each(history):
    drawn = figures.by_class(history)
    assert {trace["name"] for trace in drawn["data"]} == {
        "Before the first step", "Its two heads alone", "All of the teacher's first weights"
    }  # fmt: skip
    assert all(len(trace["y"]) == 10 for trace in drawn["data"])
    (line,) = drawn["layout"]["shapes"]
    assert line["x0"] == line["x1"] == pytest.approx(10), "chance"
    assert figures.describe(history).endswith("chance: 10 %")
    assert "Before the first step: " in figures.describe(history)
    before = StudyHistory(SMALL, [history.started])
    assert figures.by_class(before)["data"] == []
    assert "nothing is done yet" in figures.describe(before)


def test_students_of_one_teacher_are_one_unit(tmp_path):
    config = SMALL.model_copy(update={"teacher_seeds": 2, "seeds": 2})
    found = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    chance = found.values(UNTRAINED)
    assert len(chance) == 4
    assert (chance[0], chance[2]) == (chance[1], chance[3]), "both begin as their teacher did"
    assert found.values(OTHER)[0] != found.values(OTHER)[1]
    gain = found.gain(OTHER)
    assert (gain.teachers, gain.seeds) == (2, 4)
