"""Two finished runs beside each other: held against scipy, and silent where nothing can be said."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from fakes import events_of
from scipy import stats

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, Measured, RunFinished, RunStarted, whole
from kdlab.experiments.run.compared import report
from kdlab.experiments.run.compared.comparison import compare
from kdlab.experiments.run.compared.rows import GAIN, TEACHER
from kdlab.experiments.run.compared.settings import NO_EFFECT, differing, of_defaults
from kdlab.experiments.run.history import fold
from kdlab.experiments.run.stage_costs import pays
from kdlab.measure.gain import paired_gain
from kdlab.report.kinds.run import networks

QUICK = DistilConfig(epochs=3, seeds=4)


def finished(config, distilled=(0.9, 0.92, 0.93, 0.91), alone=(0.8, 0.81, 0.83, 0.82), **changes):
    """The finished run of ``config`` with these accuracies of its students."""
    found = []
    for event in events_of(config):
        if isinstance(event, RunFinished):
            groups = [
                {**group, "accuracy": list(values[: config.seeds])}
                for group, values in zip(event.groups, (alone, distilled), strict=True)
            ]
            gain = paired_gain(groups[0]["accuracy"], groups[1]["accuracy"], 1 / 500).as_dict()
            event = dataclasses.replace(event, groups=groups, gain=gain)
        own = {
            name: value
            for name, value in changes.items()
            if isinstance(event, RunFinished | RunStarted | Measured) and hasattr(event, name)
        }
        found.append(dataclasses.replace(event, **own) if own else event)
    return fold(found)


def judged_by_bits(config, distilled, alone):
    found = []
    for event in events_of(config):
        if isinstance(event, RunFinished):
            groups = [
                {**group, "bits": list(values)}
                for group, values in zip(event.groups, (alone, distilled), strict=True)
            ]
            event = dataclasses.replace(event, groups=groups, teacher_bits=2.5)
        found.append(event)
    return fold(found)


BETTER = (0.95, 0.96, 0.975, 0.955)
OTHER = QUICK.model_copy(update={"temperature": 1.0})


def test_runs_that_share_seeds_are_paired_as_scipy_pairs_them():
    a, b = finished(QUICK), finished(OTHER, BETTER)
    found = compare(QUICK, a, OTHER, b)
    gains = [[d - s for d, s in zip(v, (0.8, 0.81, 0.83, 0.82), strict=True)]
             for v in ((0.9, 0.92, 0.93, 0.91), BETTER)]  # fmt: skip
    for name, (before, after) in {
        DISTILLED: ((0.9, 0.92, 0.93, 0.91), BETTER),
        GAIN: gains,
    }.items():
        reference = stats.ttest_rel(after, before).confidence_interval()
        difference = found.differences[name]
        assert difference.pairs == (0, 1, 2, 3)
        assert difference.gain.ci95 == pytest.approx((reference.low, reference.high)), name
    assert found.sentence.startswith(
        "With this teacher, the distilled student is better in B than in A: +4.5 points, 95 % "
        "interval +3.9 to +5.1, paired over 4 seeds"
    )
    assert "adds more" not in found.sentence, "the baselines are the same: that is said already"


def test_runs_without_a_seed_in_common_are_compared_as_welch_does():
    other = OTHER.model_copy(update={"first_seed": 10})
    found = compare(QUICK, finished(QUICK), other, finished(other, BETTER))
    reference = stats.ttest_ind(BETTER, (0.9, 0.92, 0.93, 0.91), equal_var=False)
    ends = reference.confidence_interval()
    assert found.differences[DISTILLED].gain.ci95 == pytest.approx((ends.low, ends.high))
    assert "unpaired, 4 and 4 seeds" in found.sentence
    assert "they have fewer than two seeds in common" in found.notes[0]


def test_runs_on_other_points_of_one_figure_are_not_paired():
    moons = DistilConfig(dataset="moons", epochs=2, seeds=3)
    other = moons.model_copy(update={"noise": 0.3})
    found = compare(moons, finished(moons), other, finished(other))
    assert not found.differences[DISTILLED].paired
    assert "their test examples are not the same (noise)" in found.notes[0]


def test_a_limit_on_the_training_examples_leaves_the_test_part_alone():
    other = QUICK.model_copy(update={"train_limit": 500})
    a, b = finished(QUICK), finished(other, BETTER)
    assert compare(QUICK, a, other, b).differences[DISTILLED].paired
    fewer = finished(other, BETTER, test_size=300)
    assert not compare(QUICK, a, other, fewer).differences[DISTILLED].paired


def test_where_a_seed_has_other_labels_it_is_not_said_to_have_the_same():
    same = compare(QUICK, finished(QUICK), OTHER, finished(OTHER, BETTER))
    assert "a seed has the same labels and batches in both runs" in same.notes[0]
    for name, value in (("labels", 50), ("batch_size", 64), ("label_noise", 0.2)):
        other = QUICK.model_copy(update={name: value})
        found = compare(QUICK, finished(QUICK), other, finished(other, BETTER))
        assert found.differences[DISTILLED].paired
        assert "has different labels or batches in A and B" in found.notes[0]


def test_runs_that_share_some_seeds_are_paired_over_these_and_it_is_said():
    other = OTHER.model_copy(update={"first_seed": 2})
    found = compare(QUICK, finished(QUICK), other, finished(other, BETTER))
    assert found.differences[DISTILLED].pairs == (2, 3)
    assert found.differences[DISTILLED].gain.mean == pytest.approx(
        ((0.95 - 0.93) + (0.96 - 0.91)) / 2
    )
    assert "over the seeds that both runs have (2, 3)" in found.notes[0]


def test_what_the_interval_does_not_support_is_not_said():
    found = compare(QUICK, finished(QUICK), OTHER, finished(OTHER, (0.91, 0.90, 0.95, 0.9)))
    assert "it is unclear whether the distilled student is better in A or in B" in (found.sentence)
    worse = compare(OTHER, finished(OTHER, BETTER), QUICK, finished(QUICK))
    assert "the distilled student is worse in B than in A: −4.5 points" in worse.sentence


def test_a_gain_that_changes_with_the_baseline_is_told_beside():
    other = QUICK.model_copy(update={"labels": "all"})
    b = finished(other, alone=(0.9, 0.915, 0.93, 0.91))
    found = compare(QUICK, finished(QUICK), other, b)
    assert "the distilled student does exactly as well in A as in B, in each of 4" in found.sentence
    assert "; distillation adds less to labels alone in B than in A: −9.9 points" in found.sentence


def without(found, words):
    """Two runs side by side, without a difference of any student."""
    assert words in found.sentence
    assert found.differences == {}
    assert [row.difference for row in found.results] == [None] * 4
    assert found.results[2].a[0] > 0


def test_one_seed_says_nothing_of_chance():
    one = QUICK.model_copy(update={"seeds": 1})
    without(compare(QUICK, finished(QUICK), one, finished(one)), "B has one seed: nothing says")
    alone = OTHER.model_copy(update={"seeds": 1})
    found = compare(one, finished(one), alone, finished(alone))
    without(found, "A and B have one seed each: nothing says")
    assert found.terms.together, "they may share a chart"


def test_other_data_are_not_subtracted():
    moons = DistilConfig(dataset="moons", epochs=2, seeds=3)
    found = compare(QUICK, finished(QUICK), moons, finished(moons))
    without(found, "A is on digits and B on moons")
    assert not found.terms.together
    words = DistilConfig.parse({"dataset": "grammar", "seeds": 2})
    other = words.model_copy(update={"grammar": "S -> 2 aB | b; B -> a | 3 bc"})
    without(
        compare(words, finished(words), other, finished(other)), "are on different data (grammar)"
    )


def test_the_same_images_that_are_told_apart_otherwise_are_other_data():
    other = finished(OTHER, classes=tuple("abcdefghij"))
    without(compare(QUICK, finished(QUICK), OTHER, other), "have different classes")


def test_bits_are_not_subtracted_from_accuracies():
    names = DistilConfig.parse({"dataset": "names", "seeds": 3})
    bits = judged_by_bits(names, (3.0, 3.1, 3.05), (3.4, 3.5, 3.45))
    found = compare(QUICK, finished(QUICK), names, bits)
    without(found, "A is judged by accuracy and B by bits per character")
    texts = {line.name: line for line in report.lines(found)}
    assert texts[DISTILLED].a.startswith("91.5 % (")
    assert texts[DISTILLED].b.startswith("3.05 bits (")


def test_of_bits_less_is_better():
    names = DistilConfig.parse({"dataset": "names", "seeds": 3})
    other = names.model_copy(update={"alpha": 0.5})
    alone = (3.4, 3.5, 3.45)
    found = compare(
        names,
        judged_by_bits(names, (3.0, 3.1, 3.05), alone),
        other,
        judged_by_bits(other, (2.8, 2.91, 2.86), alone),
    )
    assert "the distilled student is better in B than in A: −0.19 bits per character" in (
        found.sentence
    )


def test_students_that_come_to_the_same_in_every_seed_have_no_interval_of_the_step():
    """T is of no account for labels alone: its interval would be that of one test example."""
    found = compare(QUICK, finished(QUICK), OTHER, finished(OTHER, BETTER))
    rows = {row.name: row for row in report.lines(found) if row.part == "results"}
    assert rows["labels only"].difference == "0.0 (the same in every seed)"
    assert "to" in rows["distilled"].difference
    low, high = report.as_json(found)["results"]["labels only"]["difference"]["interval"]
    assert low < 0 < high, "numbers stay as they were"


def test_the_same_run_twice_has_no_difference():
    found = compare(QUICK, finished(QUICK), QUICK, finished(QUICK))
    without(found, "A and B are the same run")
    assert found.settings == ()


def test_a_loss_that_stopped_being_a_number_is_said():
    names = DistilConfig.parse({"dataset": "names", "seeds": 3})
    other = names.model_copy(update={"learning_rate": 1.0})
    alone = (3.4, 3.5, 3.45)
    found = compare(
        names,
        judged_by_bits(names, (3.0, 3.1, 3.05), alone),
        other,
        judged_by_bits(other, (math.inf, 2.9, 3.0), alone),
    )
    assert "became NaN" in found.sentence
    json.dumps(report.as_json(found), allow_nan=False)
    assert "NaN" in {line.name: line.b for line in report.lines(found)}[DISTILLED]


def test_only_finished_runs_are_compared():
    with pytest.raises(ValueError, match="only finished runs"):
        compare(QUICK, finished(QUICK), OTHER, fold(events_of(OTHER, epochs=1)))


# -- settings -------------------------------------------------------------------------------------


def test_only_the_settings_that_differ_are_told_with_those_that_have_no_effect():
    a = DistilConfig(temperature=2.0, seeds=3)
    b = DistilConfig(method="logit-regression", seeds=3)
    assert [each[:2] for each in differing(a, b)] == [
        ("method", "Method"),
        ("temperature", "Temperature T"),
    ]
    assert differing(a, b)[1][2:] == ("2", NO_EFFECT), "this method has no T"
    moons = DistilConfig(dataset="moons", noise=0.3)
    (noise,) = [each for each in differing(DistilConfig(), moons) if each.name == "noise"]
    assert noise[2:] == (NO_EFFECT, "0.3")
    assert differing(a, a) == []
    (schedule,) = differing(a, DistilConfig(temperature=2.0, seeds=3, schedule="5:1:0"))
    assert schedule[2:] == ("none", "5:1:0")


def test_what_tells_a_run_from_the_defaults_begins_with_its_data():
    assert of_defaults(DistilConfig()) == []
    assert [(e.name, e.b) for e in of_defaults(DistilConfig(alpha=0.5))] == [("alpha", "0.5")]
    names = DistilConfig.parse({"dataset": "names", "labels": 200})
    assert [(e.name, e.b) for e in of_defaults(names)] == [("dataset", "names"), ("labels", "200")]


# -- tables ---------------------------------------------------------------------------------------


def test_the_table_has_settings_results_and_costs_as_numbers():
    found = compare(QUICK, finished(QUICK), OTHER, finished(OTHER, BETTER))
    table = report.table(found)
    assert list(table["part"].unique()) == ["settings", "results", "costs"]
    row = table[table["name"] == DISTILLED].iloc[0]
    assert row["difference"] == pytest.approx(found.differences[DISTILLED].gain.mean)
    assert row["a"] == pytest.approx(0.915)
    assert row["how"] == "paired over 4 seeds"
    reference = stats.t.interval(0.95, 3, 0.96, stats.sem(BETTER))
    assert (row["b_low"], row["b_high"]) == pytest.approx(reference)
    again = table[table["name"] == TEACHER].iloc[0]
    assert (again["difference"], again["how"]) == (0, "the same teacher")
    assert math.isnan(again["difference_low"])


def test_the_object_of_the_command_line_has_no_number_that_is_none():
    found = compare(QUICK, finished(QUICK), OTHER, finished(OTHER, BETTER))
    told = json.loads(json.dumps(report.as_json(found), allow_nan=False))
    assert told["settings"] == {"temperature": {"a": 4.0, "b": 1.0}}
    assert told["results"][DISTILLED]["difference"]["interval"] == pytest.approx(
        found.differences[DISTILLED].gain.ci95
    )
    assert told["pairs"][DISTILLED] == [0, 1, 2, 3]
    assert told["compared"]


def test_times_of_two_machines_are_not_subtracted():
    a, b = finished(QUICK), finished(OTHER, machine="another machine")
    found = compare(QUICK, a, OTHER, b)
    costs = {row.name: row for row in found.costs}
    assert costs["student-parameters"].difference[0] == 0
    for name in ("student-latency", "train-one-student"):
        assert costs[name].difference is None
        assert costs[name].how == "different machines"
    assert "A on a machine of the tests, B on another machine" in found.notes[-1]
    same = compare(QUICK, a, OTHER, finished(OTHER))
    assert {row.name: row for row in same.costs}["student-latency"].difference is not None


def test_another_teacher_is_said_to_be_another():
    other = QUICK.model_copy(update={"teacher_epochs": 5})
    found = compare(QUICK, finished(QUICK), other, finished(other, teacher_accuracy=0.9))
    assert found.sentence.startswith("With these two teachers")
    assert found.results[0].difference[0] == pytest.approx(-0.06)
    assert found.results[0].how == "one network each, no interval"
    assert "its own teacher, which was trained once" in found.notes[1]


def test_files_that_were_only_named_may_have_changed_and_it_is_said(tmp_path):
    mine = DistilConfig.parse({"dataset": "images", "folder": str(tmp_path), "seeds": 3})
    other = mine.model_copy(update={"alpha": 0.5})
    found = compare(mine, finished(mine), other, finished(other))
    assert found.differences[DISTILLED].paired
    assert "may have read different data" in found.notes[-1]


def test_the_summary_lines_up():
    found = compare(QUICK, finished(QUICK), OTHER, finished(OTHER, BETTER))
    lines = report.summary(found, ("one", "two")).splitlines()
    assert lines[0].split() == ["A:", "one", "B:", "two", "B", "−", "A"]
    (row,) = [line for line in lines if line.startswith("Student, distilled")]
    assert row.index("91.5 %") == lines[0].index("A: one")
    assert lines[-3] == found.sentence


def test_a_teacher_that_is_a_file_can_be_kept_and_has_nothing_to_count():
    events, file = [], {"architecture": "answers", "parameters": 0, "bytes": 16}
    file |= {"flops_per_image": 0, "latency_ms": {}}
    for event in events_of(QUICK):
        if isinstance(event, Measured):
            event = dataclasses.replace(event, models=event.models | {"teacher": file})
        events.append(event)
    whole.check(events)  # what is kept is read again by this
    found = compare(QUICK, fold(events), OTHER, fold(events))
    rows = {row.name: row for row in found.costs}
    for name in ("teacher-parameters", "teacher-flops-per-image"):
        assert (rows[name].a, rows[name].b, rows[name].difference) == ("none", "none", None)
    assert "teacher-latency" not in rows
    assert rows["student-parameters"].difference[0] == 0
    json.dumps(report.as_json(found), allow_nan=False)
    assert "they come from a file" in pays(fold(events), QUICK)
    table = networks(fold(events).measured.models, "rows")
    assert table.rows[1][1] == "", "parameters"
    network = [
        dataclasses.replace(e, models=e.models | {"teacher": e.models["student"] | {"bytes": 0}})
        if isinstance(e, Measured)
        else e
        for e in events
    ]
    with pytest.raises(ValueError, match="does not fit together"):
        whole.check(network)
