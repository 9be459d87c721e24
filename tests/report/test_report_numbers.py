"""What stands in a report is what the histories say, to the digit."""

from __future__ import annotations

import json
import math

import made
import pytest
from reading import Page

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.history import verdict_sentence
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import StudyConfig
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.report import common, html, words
from kdlab.report.document import Figure
from kdlab.report.kinds import search
from kdlab.studies import find


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch):
    """Figures are looked at as data."""
    monkeypatch.setattr(html, "rendered", lambda drawing, kind, title: b"<svg/>")


def page(name, preset="", **more):
    report, history = made.report(name, preset, **more)
    return Page(html.written(report)), history


def numbers(row):
    return [cell for cell in row if cell]


@pytest.mark.parametrize("preset", ["few-labels", "hasty-teacher", "names", "grammar"])
def test_a_run(preset):
    read, history = page("distill", preset)
    finished, measure = history.finished, history.judged
    assert verdict_sentence(finished, history.turns.values()) in read.text
    _, rows = read.table(f"Test {history.noun}, mean over seeds")
    own = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
    assert rows[0][:2] == ["Teacher", measure.number(own)]
    for row, group in zip(rows[1:3], finished.groups, strict=True):
        mean, low, high = interval(group[measure.name])
        assert row[1] == measure.number(mean)
        assert row[2] == f"{measure.number(low)} to {measure.number(high)}"
        assert f"{100 * interval(group['fidelity'])[0]:.1f}" in row[3:]
        assert row[-1] == f"{100 * interval(group['ece'])[0]:.1f}"
    gain = Gain.of(finished.gain)
    assert numbers(rows[3])[1:] == [gain.number(), gain.between()]
    _, seeds = read.table("Seed by seed")
    alone, taught = (group[measure.name] for group in finished.groups)
    assert [row[1:3] for row in seeds] == [
        [measure.number(a, 2), measure.number(b, 2)] for a, b in zip(alone, taught, strict=True)
    ]
    models = history.measured.models
    _, sizes = read.table("Size and speed")
    assert sizes[1][1:3] == [f"{models[name]['parameters']:,}" for name in ("teacher", "student")]
    assert history.measured.machine in read.text


def test_the_curves_of_a_run_are_those_of_its_history():
    report, history = made.report("distill")
    figures = {figure.name: figure for figure in report.figures}
    for group, series in zip((LABELS_ONLY, DISTILLED), figures["learning"].drawing.series,
                             strict=True):  # fmt: skip
        curve = history.curve("accuracy")[group]
        assert list(series.x) == curve.epochs.tolist()
        assert series.y == pytest.approx(100 * curve.mean)
        assert series.high == pytest.approx((100 * curve.high).clip(0, 100))
    (level,) = figures["learning"].drawing.levels
    assert level.value == 100 * history.teacher_ready.validation_accuracy
    rows = figures["results"].drawing.rows
    assert [row.each for row in rows[1:]] == [
        pytest.approx([100 * v for v in group["accuracy"]]) for group in history.finished.groups
    ]


def test_soft_targets_are_the_teachers_and_add_up_to_one():
    report, _ = made.report("distill")
    drawing = next(f.drawing for f in report.figures if f.name == "soft-targets")
    assert drawing.temperature == 4
    for one in drawing.examples:
        assert sum(one.soft) == pytest.approx(1) == sum(one.plain)
        assert max(one.plain) >= max(one.soft), "T = 4 is softer"


@pytest.mark.parametrize("preset", ["temperature-alpha", "width-temperature"])
def test_a_map(preset):
    read, history = page("sweep", preset)
    measure, best = history.judged, history.best
    _, rows = read.table("All cells")
    mean, low, high = history.mean("test")
    assert [row[1] for row in rows] == [measure.number(v) for v in mean]
    for cell, row in enumerate(rows):
        assert (
            row[2] == f"{measure.number(max(0, low[cell]))} to {measure.number(min(1, high[cell]))}"
        )
        same = history.plan.cells[cell] == history.plan.references[cell]
        if not same:
            assert row[4:6] == [history.gain(cell).number(), history.gain(cell).between()]
            assert row[6] == history.gain(cell).verdict
    assert [n for n, row in enumerate(rows) if "★" in row[0]] == [best]
    assert history.gain(best).amount() in read.text
    report, _ = made.report("sweep", preset)
    heat = report.figures[0].drawing
    clear = history.difference("test").clear
    assert [value != 0 for value in heat.values] == clear.tolist()
    assert ["≈" in text for text in heat.texts] == (~clear).tolist()


def test_a_search():
    read, history = page("search")
    test, measure = history.finished.test, history.judged
    assert Gain.of(test["gain"]).sentence() in read.text
    _, rows = read.table("The student that was found, test")
    for row, role in zip(rows[1:3], ("labels_only", "best"), strict=True):
        assert row[1] == measure.number(interval(test[role]["accuracy"])[0])
    _, trials = read.table("The best 15")
    best = history.best
    assert trials[0][:2] == [best["student"], "Logit regression"]
    assert trials[0][5] == f"{best['parameters']:,}"
    report, _ = made.report("search")
    points = next(f.drawing for f in report.figures if f.name == "pareto-parameters").series
    drawn = [one for one in points if one.form == "points"]
    shown = {(x, round(y, 6)) for one in drawn for x, y in zip(one.x, one.y, strict=True)}
    assert shown == {
        (each["parameters"], round(100 * sum(each["accuracy"]) / len(each["accuracy"]), 6))
        for each in history.trials
    }


@pytest.mark.parametrize("name", ["chains", "language", "teachers"])
def test_a_study(name):
    read, history = page(name)
    study, measure = find(name), history.judged
    assert study.question == next(text for tag, text in read.headings if tag == "h1")
    assert study.answered(history).text in read.text
    for finding in study.findings(history):
        assert finding.text in read.text
    head, rows = read.table("All arms")
    known = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    for arm in history.arms:
        row, (mean, low, high) = known[arm["label"]], history.mean(arm["name"])
        assert measure.number(mean) in row.values()
        assert f"{measure.number(low)} to {measure.number(high)}" in row.values()
        gain = history.gain(arm["name"])
        if history.against(arm["name"]) != arm["name"]:
            assert row[f"Gain, {measure.units}"] == gain.number()
            assert row["Verdict"] == gain.verdict
    _, students = read.table("Every student")
    assert len(students) == sum(len(history.values(arm["name"])) for arm in history.arms)


def test_settings_are_told_and_can_be_read_again():
    experiment, config, _ = made.result("distill", "spirals")
    read, _ = page("distill", "spirals")
    _, own = read.table("not at their defaults")
    assert {row[3]: row[1] for row in own}.items() >= {
        ("dataset", "spirals"), ("labels", "30"), ("student", "mlp-16-16"),
    }  # fmt: skip
    assert [row[3] for row in own] == list(config.to_query())
    _, everything = read.table("All settings")
    assert [row[3] for row in everything] == list(type(config).model_fields)
    assert experiment.config.from_json(read.codes[-1]) == config
    assert read.codes[0].startswith("live?dataset=spirals&")


def test_a_default_is_that_of_the_data_set():
    config = DistilConfig.parse({"dataset": "breast-cancer", "student": "mlp-16"})
    own, everything = common.settings(config)
    assert [row[1:3] for row in own.rows] == [("breast-cancer", "digits"), ("mlp-16", "mlp-8")]
    known = {row[3]: row[1:3] for row in everything.rows}
    assert known["labels"] == ("20", "20"), "which breast-cancer brings"


def test_what_is_classified_is_called_as_in_the_data_set():
    experiment, config, events = made.result("search")
    history = made.folded(experiment, config, events)
    rows = config.model_copy(update={"dataset": "breast-cancer"})
    told = search.told(experiment, rows, history, None)
    texts = [told.basis, *(figure.caption for figure in told.figures)]
    texts += [block.caption for block in (*told.results, *told.costs) if hasattr(block, "caption")]
    texts += [cell for block in told.costs for row in getattr(block, "rows", ()) for cell in row]
    assert any("test rows" in text for text in texts)
    assert any("FLOPs per row" in text for text in texts)
    assert not [text for text in texts if "image" in text]
    study = StudyHistory(StudyConfig.parse({"dataset": "breast-cancer"}))
    assert study.noun == "rows"


def test_a_file_that_was_loaded_is_called_as_its_owner_calls_it(monkeypatch):
    monkeypatch.setattr(words.uploads, "title", lambda value: f"my {value}")
    config = DistilConfig(folder="upload:a.csv", teacher_file="upload:b.csv")
    assert words.value(config, "folder") == "my upload:a.csv"
    assert words.value(config, "teacher_file") == "my upload:b.csv"


def test_a_single_seed_has_no_interval_and_the_report_says_so():
    def first(event):
        import dataclasses

        from kdlab.events import RunFinished, RunStarted, StudentsEpoch
        from kdlab.measure.gain import paired_gain

        if isinstance(event, RunStarted):
            kept = tuple(s for s in event.students if s[1] == 0)
            return dataclasses.replace(event, students=kept)
        if isinstance(event, StudentsEpoch):
            names = ("accuracy", "fidelity", "hard", "soft", "loss")
            one = {name: getattr(event, name)[::5] for name in names}
            return dataclasses.replace(event, **one)
        if isinstance(event, RunFinished):
            groups = [
                {k: v[:1] if isinstance(v, list) else v for k, v in group.items()}
                for group in event.groups
            ]
            gain = paired_gain(*(group["accuracy"] for group in groups)).as_dict()
            return dataclasses.replace(event, groups=groups, gain=gain, per_class=None)
        return event

    report, _ = made.report("distill", change=first)
    read = Page(html.written(report))
    _, rows = read.table("mean over seeds")
    assert [row[2] for row in rows[1:]] == ["one seed: no interval"] * 3
    assert "One seed was trained: no interval" in read.text
    assert "With one seed the students differ by +10.0 points. That may be chance" in read.text
    for figure in report.figures:
        assert "95 % interval" not in figure.caption
    learning = report.figures[0].drawing
    assert all(not one.low for one in learning.series)


def test_a_loss_that_stopped_being_a_number_is_told():
    import dataclasses

    from kdlab.events import RunFinished

    def lost(event):
        if not isinstance(event, RunFinished):
            return event
        groups = [dict(group) for group in event.groups]
        groups[1] |= {"accuracy": [math.nan] * 5, "ece": [math.nan] * 5}
        gain = dict(event.gain) | {"mean": math.nan, "ci95": [math.nan, math.nan]}
        return dataclasses.replace(event, groups=groups, gain=gain)

    report, _ = made.report("distill", change=lost)
    read = Page(html.written(report))
    assert "A student's loss became NaN" in report.answer
    _, rows = read.table("mean over seeds")
    assert rows[2][1] == "NaN"
    assert rows[3][1] == "NaN"


def test_what_hurts_is_told_as_plainly_as_what_helps():
    report, _ = made.report("distill", "hasty-teacher")
    assert report.answer.startswith("Distillation hurt with this teacher: −")
    read = Page(html.written(report))
    assert "worse than its student on labels alone" in read.text


def test_tables_and_figures_are_numbered_in_their_order():
    report, _ = made.report("chains")
    captions = [f.caption.split(".")[0] for f in report.blocks if isinstance(f, Figure)]
    assert captions == [f"Figure {n}" for n in range(1, len(captions) + 1)]


def test_the_settings_are_json():
    report, _ = made.report("sweep")
    json.loads(Page(html.written(report)).codes[-1])


def test_what_was_read_of_somebodys_own_images_is_told_class_by_class():
    from kdlab.events import DataRead
    from kdlab.report import common

    counts = {"<b>cat</b>": {"train": 1200, "test": 30}, "dog": {"train": 9, "test": 3}}
    read = DataRead(account={"lines": ["Read 2 classes.", "Nothing was left out."],
                             "classes": counts})  # fmt: skip
    blocks = common.data("images", [("Training", 1209)], "images", read, counts)
    assert blocks[1].text == "Read 2 classes."
    assert blocks[-1].head == ("Class", "train", "test")
    assert blocks[-1].rows == (("<b>cat</b>", "1,200", "30"), ("dog", "9", "3"))


@pytest.mark.parametrize("classes", [None, [], {"a": 1}, {"a": {"train": 1}, "b": {"test": 1}}])
def test_an_account_that_is_damaged_has_no_table(classes):
    from kdlab.events import DataRead
    from kdlab.report import common

    read = DataRead(account={"lines": 3, "classes": classes})
    blocks = common.data("images", [], "images", read, ("a", "b"))
    assert blocks[-1].text == "2 classes: a, b."
