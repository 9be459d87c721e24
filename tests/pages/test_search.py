"""The search page: what it asks of the core, and what it shows of the answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import optuna
import pytest
from fakes import events_of
from streamlit.testing.v1 import AppTest
from told import button, course, data, screen, settings_told, stop, streamed, taken
from told import words as shown

from kdlab.config.schema import DistilConfig
from kdlab.errors import JobError
from kdlab.events import Progress, SearchFinished, SearchStarted, TeacherReady, TrialsDone
from kdlab.experiments import search
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.search.history import SearchHistory
from kdlab.experiments.search.result import front, ranked
from kdlab.experiments.search.words import UNITS
from kdlab.jobs import JobState
from kdlab.storage.store import Store
from kdlab.streams.deltas import delta
from pages.ui.charts import search as search_charts
from pages.ui.components import live_chart
from pages.ui.search import controls
from pages.ui.search import page as searching
from pages.ui.search import session as searching_session
from pages.ui.shell import workers as background
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "pages" / "distil" / "search.py"
CONFIG = SearchConfig(max_parameters=1500, trials=10)


def trial(number, student, parameters, accuracy, state="complete", method="soft-targets"):
    return {
        "number": number, "state": state, "student": student, "teacher": "mlp-512-512",
        "method": method, "temperature": None if method == "logit-regression" else 4.0,
        "alpha": 0.9, "parameters": parameters, "bytes": 4 * parameters,
        "flops_per_image": 2 * parameters, "latency_ms": parameters / 1e4,
        "accuracy": [accuracy, accuracy + 0.01], "epochs": 100 if state == "complete" else 25,
    }  # fmt: skip


TRIALS = [
    trial(0, "mlp-4", 310, 0.80),
    trial(1, "mlp-8", 610, 0.90, method="logit-regression"),
    trial(2, "mlp-6", 460, 0.70, state="pruned"),
    trial(3, "mlp-16", 1210, 0.95),
]
STARTED = SearchStarted(
    fingerprint="ab", candidates=29, resumed=0, trials=10, machine="a [machine] of the tests"
)
FOUND = DistilConfig(student="mlp-16", first_seed=3, seeds=3)
FINISHED = SearchFinished(
    trials=4,
    best={**TRIALS[3], "validation_accuracy": 0.955, "config": FOUND.model_dump(mode="json")},
    front=front(TRIALS),
    importance={"width": 0.8, "alpha": 0.2},
    test={
        "seeds": [3, 4, 5],
        "best": {"student": "mlp-16", "accuracy": [0.96, 0.97, 0.95]},
        "labels_only": {"student": "mlp-16", "accuracy": [0.90, 0.90, 0.88]},
        "gain": {"mean": 0.0667, "ci95": [0.052, 0.081], "seeds": 3},
        "teacher": 0.97,
    },
    machine="a machine of the tests",
    seconds=12.0,
)


@pytest.fixture
def page(manager, monkeypatch, tmp_path):
    monkeypatch.setattr(background, "store", lambda: Store(tmp_path, bundled=None))
    made = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    made.query_params["max_parameters"] = "1500"
    made.query_params["trials"] = "10"
    return made


def test_a_search_runs_on_every_worker(page, manager):
    page.run()
    assert "press Search" in shown(page)
    button(page, "Search").click().run()
    assert len(manager.submitted) == 1
    manager.jobs[0].all_events = [
        Progress(stage="reading"),
        STARTED,
        TeacherReady(validation_accuracy=1, cached=True, seconds=0),
    ]
    page.run()
    assert len(manager.submitted) == 2, "the others help when the teacher is ready"
    assert manager.submitted[1][0] is search.share
    assert {call[1][0] for call in manager.submitted} == {search.normal(CONFIG)}
    assert "29 sizes of student are small enough" in shown(page)
    assert "a [machine] of the tests" in shown(page)
    assert not page.exception


def test_trials_appear_and_at_the_end_what_the_best_is_worth(page, manager):
    page.run()
    button(page, "Search").click().run()
    job = manager.jobs[0]
    job.all_events = [STARTED, TrialsDone(trials=TRIALS[:2])]
    page.run()
    assert "Best so far" in shown(page)
    assert "mlp-8" in shown(page)
    assert "it is too optimistic" in shown(page)
    job.all_events = [*job.all_events, TrialsDone(trials=TRIALS[2:]), FINISHED]
    job.state = JobState.DONE
    page.run()
    said = shown(page)
    assert "Found" in said
    assert "It beats the same student on labels alone: 96.0 % against 89.3 % of the test" in said
    assert "+6.7 points, 95 % interval +5.2 to +8.1, 3 fresh seeds, with this teacher" in said
    assert course(page, "search")["state"] == "over"
    assert [(metric.label, metric.value) for metric in page.metric] == [
        ("Parameters", "1,210"), ("Validation, 2 seeds", "95.5\u00a0%"), ("One image", "0.12 ms"),
    ]  # fmt: skip
    assert not page.exception


def test_trials_appear_without_a_run_of_the_page(page, manager):
    page.session_state["search.tab"] = "The search"
    page.run()
    button(page, "Search").click().run()
    job, subscription = manager.jobs[0], screen(page, "search").subscription
    drawn = data(page, "chart_trials")["value"]
    number, told = streamed(subscription)
    seen = taken({}, told)
    assert seen["trials"] == drawn, "the page and the hub draw the same"
    assert "The best student appears here." in seen["search.best"]
    told_so_far = [STARTED, Progress(stage="training 2 of 4")]
    for n, row in enumerate(TRIALS, 1):
        told_so_far = [*told_so_far, TrialsDone(trials=[row])]
        job.tell(told_so_far)
        number, told = streamed(subscription, number)
        seen = taken(seen, told)
        history = SearchHistory(told_so_far)
        for name, draw in (("trials", search_charts.trials), ("progress", search_charts.progress)):
            assert seen[name]["figure"] == live_chart.drawn(draw(history), "")["figure"]
        assert f"Trials of a search: {n} so far." in seen["trials"]["alt"]
        assert seen["search.course"]["text"].startswith(f"Trial {n} of 10: training 2 of 4; the t")
    assert drawn == data(page, "chart_trials")["value"], "the page has not run"
    assert "29 sizes of student are small enough" in seen["search.scale"]
    assert "<b>Best so far</b>: mlp-16, soft targets, T 4, α 0.90" in seen["search.best"]
    for label, value in (("Parameters", "1,210"), ("Validation, 2 seeds", "95.5 %")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in seen["search.best"]
    assert "it is too optimistic" in seen["search.best"]


def test_a_trial_tells_itself_and_not_all_others():
    rows = [trial(n, f"mlp-{n + 4}", 400 + n, 0.8) for n in range(30)]
    history, last = SearchHistory([STARTED, TrialsDone(trials=rows[:1])]), {}
    for row in rows[1:]:
        history.take([TrialsDone(trials=[row])])
        told = live_chart.drawn(search_charts.trials(history), search_charts.describe(history))
        changed, last = delta(last, told), told
    assert len(json.dumps(changed)) < 0.15 * len(json.dumps(told))


def test_what_a_trial_is_called_cannot_become_html():
    hostile = trial(0, "<img src=x onerror=1>", 310, 0.8) | {"teacher": "<b>x</b>*y*"}
    told = searching._best_in_html(SearchHistory([TrialsDone(trials=[hostile])]))
    assert "&lt;img src=x onerror=1&gt;" in told
    assert "<img" not in told
    assert "&lt;b&gt;x&lt;/b&gt;*y*" in told


@pytest.mark.parametrize("workers", [1, 2])
def test_what_several_workers_found_is_told_to_depend_on_their_speed(page, manager, workers):
    page.run()
    button(page, "Search").click().run()
    job = manager.jobs[0]
    finished = dataclasses.replace(FINISHED, workers=workers)
    job.all_events = [STARTED, TrialsDone(trials=TRIALS), finished]
    job.state = JobState.DONE
    page.run()
    assert "It beats the same student" in shown(page)
    assert ("Found by 2 workers, which asked in the" in shown(page)) == (workers == 2)
    assert not page.exception


def test_stop_keeps_the_trials_and_reset_clears_them(page, manager):
    page.run()
    button(page, "Search").click().run()
    manager.jobs[0].all_events = [STARTED, TrialsDone(trials=TRIALS)]
    page.run()
    stop(page, "search")
    assert manager.jobs[0].released
    assert "mlp-16" in shown(page)
    said = "Stopped: 4 of 10 trials are done and kept. Search continues with them."
    assert course(page, "search")["text"] == said
    button(page, "Reset").click().run()
    assert "press Search" in shown(page)
    assert not page.exception


def test_an_error_is_told(page, manager):
    page.run()
    button(page, "Search").click().run()
    manager.jobs[0].error = JobError("the journal is damaged", "a whole one", "Rename it")
    manager.jobs[0].state = JobState.FAILED
    page.run()
    assert "the journal is damaged. Allowed: a whole one. Rename it." in shown(page)
    assert not page.exception


def test_an_impossible_budget_gets_a_sentence(page):
    page.query_params["max_parameters"] = "10"
    page.run()
    assert "Allowed" in shown(page)
    assert button(page, "Search").disabled


def test_the_page_opens_with_a_budget_and_the_search_of_the_lab(manager, monkeypatch, tmp_path):
    monkeypatch.setattr(background, "store", lambda: Store(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=PATIENCE).run()
    (limit,) = [n for n in page.number_input if n.label == "Parameters"]
    assert limit.value == 1500
    assert "Stored search that comes with the lab" in shown(page)
    assert "It beats the same student on labels alone" in shown(page)
    assert not manager.submitted
    assert not page.exception


def test_the_front_is_drawn_and_every_chart_is_json():
    history = SearchHistory([STARTED, TrialsDone(trials=TRIALS), FINISHED])
    figure = search_charts.trials(history)
    line = next(t for t in figure["data"] if t.get("name") == "Best for its size (Pareto front)")
    assert line["x"] == [310, 610, 1210]
    pruned = next(t for t in figure["data"] if t.get("name") == "Stopped early")
    assert pruned["x"] == [460]
    assert "stopped early, after 25 epochs" in pruned["hovertext"][0]
    for chart in (
        figure, search_charts.trials(history, "latency_ms"), search_charts.progress(history),
        search_charts.importance(history), search_charts.trials(SearchHistory()),
    ):  # fmt: skip
        json.dumps(chart, allow_nan=False)
    so_far = search_charts.progress(history)["data"][1]["y"]
    assert so_far == sorted(so_far)


def test_events_of_several_workers_are_folded_by_number():
    history = SearchHistory([TrialsDone(trials=TRIALS[2:]), TrialsDone(trials=TRIALS[:3])])
    assert [row["number"] for row in history.trials] == [0, 1, 2, 3]
    assert history.best["student"] == "mlp-16"
    assert len(history.table()) == 4
    assert history.table()["validation_accuracy"].max() == pytest.approx(0.955)


def test_a_link_may_hide_every_limit(page):
    page.query_params["hide"] = ",".join(controls.BUDGETS)
    page.run()
    assert not set(controls.BUDGETS.values()) & {n.label for n in page.number_input}
    assert not page.exception


def test_every_limit_has_a_control_and_is_told(page):
    assert controls.BUDGETS.keys() == controls.STEPS.keys() == UNITS.keys()
    assert controls.BUDGETS.keys() == search.space.LIMITS.keys()
    page.query_params["max_int8_bytes"] = "9000"
    page.query_params["max_int8_milliseconds"] = "0.25"
    page.run()
    found = {n.label: n.value for n in page.number_input}
    assert found["Bytes as int8 (ONNX)"] == 9000
    assert found["Milliseconds as int8 (onnxruntime)"] == 0.25
    assert not page.exception


def test_what_a_student_costs_as_int8_is_told_where_it_was_measured():
    on_device = {"int8_bytes": 4630, "int8_latency_ms": 0.0149}
    rows = [row | on_device for row in TRIALS]
    history = SearchHistory([STARTED, TrialsDone(trials=rows)])
    assert history.table()["int8_bytes"].tolist() == [4630] * 4
    figure = search_charts.trials(history)
    assert "as int8 4,630 bytes, 0.015 ms" in figure["data"][0]["hovertext"][0]
    words = "As int8: 4,630 bytes, 0.015 ms under onnxruntime."
    assert words in searching._best_in_html(history)
    before = SearchHistory([STARTED, TrialsDone(trials=TRIALS)])
    assert "int8_bytes" not in before.table()
    assert "int8" not in json.dumps(search_charts.trials(before))
    assert "int8" not in searching._best_in_html(before)


def test_the_kind_of_student_is_kept_from_a_link(page):
    page.query_params["student"] = "resnet20"
    page.query_params["dataset"] = "cifar10"
    page.query_params["max_parameters"] = "0"
    page.run()
    (kind,) = [s for s in page.selectbox if s.label == "Kind of student"]
    assert kind.value == "resnet"
    assert not page.exception


def done(page, manager):
    """The page after a search that has ended, with what can be taken away."""
    page.session_state["search.tab"] = "Take it away"
    page.run()
    button(page, "Search").click().run()
    manager.jobs[0].all_events = [STARTED, TrialsDone(trials=TRIALS), FINISHED]
    manager.jobs[0].state = JobState.DONE
    page.run()
    page.run()
    assert not page.exception
    return {each.label for each in page.get("download_button")}


def test_the_best_of_a_search_has_its_weights(page, manager):
    store, default = background.store(), DistilConfig()
    files = Store().weights(default)
    store.record_teacher(FOUND.teacher_config(), files.pop("teacher"))
    store.record_run(FOUND, events_of(FOUND), files)
    labels = done(page, manager)
    assert {"Weights: teacher", "Weights: labels only", "Weights: distilled"} <= labels
    assert "weights of this search's best are not on this machine" not in shown(page)


def test_a_search_whose_weights_are_elsewhere_says_how_they_are_had(page, manager):
    labels = done(page, manager)
    assert not any(label.startswith("Weights") for label in labels)
    assert "weights of this search's best are not on this machine" in shown(page)
    assert "Open it in Live distillation and press Train" in shown(page)


def test_a_search_that_was_stopped_is_shown_when_its_page_is_opened_again(
    page, manager, monkeypatch
):
    kept = [STARTED, TrialsDone(trials=TRIALS)]
    monkeypatch.setattr(searching_session, "tried", lambda config, store: kept)
    page.run()
    assert not manager.submitted
    assert "Stopped: 4 of 10 trials are done and kept. Search continues with them." in shown(page)
    assert "29 sizes of student are small enough" in shown(page)
    assert "Set a budget and press Search" not in shown(page)
    assert "**Best so far**" in shown(page)
    button(page, "Search").click().run()
    assert not page.exception
    assert len(screen(page, "search").history.trials) == 4, "they are there before a worker tells"


def test_where_a_whole_search_comes_with_the_lab_ones_own_trials_are_told_of(
    page, manager, monkeypatch, tmp_path
):
    kept = [STARTED, TrialsDone(trials=TRIALS)]
    monkeypatch.setattr(searching_session, "tried", lambda config, store: kept)
    monkeypatch.setattr(background, "store", lambda: Store(tmp_path))
    page.query_params["trials"] = str(SearchConfig().trials)
    page.run()
    assert "Stored search that comes with the lab" in shown(page)
    assert "4 trials of this machine's own are kept: Search continues with them." in shown(page)


def test_a_search_says_where_it_was_made(page, manager):
    page.run()
    button(page, "Search").click().run()
    for job in manager.jobs:
        job.all_events = [STARTED, TrialsDone(trials=TRIALS), FINISHED]
        job.state = JobState.DONE
    page.run()
    assert "29 sizes of student are small enough" in shown(page)
    told = settings_told(page)
    assert told.startswith("Trained here: digits, mlp-512-512, ")
    assert "3 seeds a trial" in told
    assert "at most 1,500 parameters" in told
    assert "T =" not in told, "that was searched"
    page.query_params["hide"] = "max_parameters,teacher"
    page.run()
    assert "1,500 parameters" not in settings_told(page)
    assert "mlp-512-512" not in settings_told(page)


def test_the_time_left_is_told_from_the_first_trials_on():
    old, new = {**TRIALS[0], "number": 90}, [{**TRIALS[0], "number": n} for n in range(4)]
    started = dataclasses.replace(STARTED, trials=20, resumed=1)
    history = SearchHistory([started, TrialsDone(trials=[old])])
    assert history.seconds_left is None, "what was known before says nothing of the pace"
    assert searching._progress(history)[1].endswith("the time left is known after the first trials")
    history.take([TrialsDone(trials=new, seconds=40.0)])
    assert history.seconds_left == 10 * 15
    assert searching._progress(history)[1].endswith(", about 2 min left")
    history.take([FINISHED])
    assert history.seconds_left is None


def test_whoever_helps_later_does_not_change_the_time_left():
    """A helper tells of all that was found before it began, with no seconds of its own."""
    old, *new = ({**TRIALS[0], "number": n} for n in range(5))
    started = dataclasses.replace(STARTED, trials=20, resumed=1)
    own = [started, TrialsDone(trials=[old]), TrialsDone(trials=new, seconds=40.0)]
    helper = [
        dataclasses.replace(started, resumed=5),
        TrialsDone(trials=[old, *new]),
        TrialsDone(trials=[{**old, "number": 5}], seconds=2.0),
    ]
    history = SearchHistory(own)
    assert history.seconds_left == 10 * 15
    history.take(helper[:2])
    assert history.seconds_left == 10 * 15, "no new trial, no other pace"
    history.take(helper)
    assert history.seconds_left == 40 / 5 * 14
    for events in ([*own, *helper, *own, *helper], [*helper, *own]):
        assert SearchHistory(events).seconds_left == 40 / 5 * 14, "in any order, twice or once"


def test_the_frame_of_an_empty_search_has_no_numbers_that_nobody_measured():
    empty = search_charts.trials(SearchHistory([STARTED]))
    assert empty["layout"]["yaxis"]["range"] == [0, 101]
    drawn = live_chart.drawn(empty, "")["figure"]["layout"]
    assert drawn["xaxis"]["showticklabels"] is False
    begun = search_charts.trials(SearchHistory([STARTED, TrialsDone(trials=TRIALS)]))
    assert "range" not in begun["layout"]["yaxis"]


# -- text -----------------------------------------------------------------------------------------


def of_text(number, student, parameters, bits, state="complete"):
    """Its accuracy says the opposite."""
    row = trial(number, student, parameters, min(0.9, bits / 10), state)
    return row | {"bits": [bits, bits + 0.1], "teacher": "gru-64"}


TEXT_TRIALS = [
    of_text(0, "gru-2", 310, 3.50),
    of_text(1, "gru-4", 610, 2.90),
    of_text(2, "gru-3", 460, 4.10, state="pruned"),
    of_text(3, "gru-8", 1210, 2.60),
    of_text(4, "gru-6", 1000, 500.0),
]
TEXT_FOUND = DistilConfig(dataset="names", student="gru-8", teacher="gru-64", first_seed=3, seeds=3)
TEXT_FINISHED = SearchFinished(
    trials=5,
    best={**ranked(TEXT_TRIALS)[0], "config": TEXT_FOUND.model_dump(mode="json")},
    front=front(TEXT_TRIALS),
    importance={},
    test={
        "seeds": [3, 4, 5],
        "best": {"student": "gru-8", "accuracy": [0.3, 0.3, 0.3], "bits": [2.7, 2.8, 2.9]},
        "labels_only": {"student": "gru-8", "accuracy": [0.3, 0.3, 0.4], "bits": [3.0, 3.1, 3.2]},
        "gain": {"mean": -0.3, "ci95": [-0.4, -0.2], "seeds": 3, "measure": "bits"},
        "teacher": 0.4,
        "teacher_bits": 2.5,
    },
    machine="a machine of the tests",
    seconds=12.0,
)


def test_a_search_on_text_is_told_in_bits(page, manager):
    page.query_params["dataset"] = "names"
    page.query_params["student"] = "gru-8"
    page.query_params["teacher"] = "gru-64"
    page.run()
    button(page, "Search").click().run()
    frame = data(page, "chart_trials")["value"]["figure"]["layout"]["yaxis"]
    assert frame["title"]["text"] == "Bits per character, validation"
    job = manager.jobs[0]
    job.all_events = [STARTED, TrialsDone(trials=TEXT_TRIALS), TEXT_FINISHED]
    job.state = JobState.DONE
    page.run()
    said = shown(page)
    assert (
        "It beats the same student on labels alone: 2.80 bits against 3.10 bits per test "
        "character, −0.30 bits per character, 95 % interval −0.40 to −0.20, 3 fresh seeds" in said
    )
    assert [(metric.label, metric.value) for metric in page.metric] == [
        ("Parameters", "1,210"), ("Validation, 2 seeds", "2.65 bits"), ("One character", "0.12 ms"),
    ]  # fmt: skip
    assert "has fewer bits per character" in said
    assert "These figures are from test text" in said
    assert not page.exception


def test_the_charts_of_a_search_on_text_are_of_bits():
    history = SearchHistory([STARTED, TrialsDone(trials=TEXT_TRIALS), TEXT_FINISHED])
    figure = search_charts.trials(history)
    traces = {trace.get("name"): trace for trace in figure["data"]}
    steps = traces["Best for its size (Pareto front)"]
    assert (steps["x"], steps["y"]) == ([310, 610, 1210], pytest.approx([3.55, 2.95, 2.65]))
    assert traces["Best so far"]["x"] == [1210]
    assert "validation 2.65 bits (n = 2 seeds)" in traces["Best so far"]["hovertext"][0]
    so_far = search_charts.progress(history)
    for layout in (figure["layout"], so_far["layout"]):
        assert layout["yaxis"]["title"]["text"] == "Bits per character, validation"
        low, high = layout["yaxis"]["range"]
        assert low < 2.65
        assert 3.55 < high < 10, "a student that broke does not flatten the others"
    assert so_far["data"][1]["y"] == pytest.approx([3.55, 2.95, 2.65, 2.65])
    assert "2.65 bits per character on validation" in search_charts.describe(history)
    assert (
        "one character"
        in search_charts.trials(history, "latency_ms")["layout"]["xaxis"]["title"]["text"]
    )


def test_optunas_views_of_a_search_on_text_are_of_bits(page, manager, monkeypatch):
    """Optuna itself maximises 2 to the power of minus the bits."""
    study = optuna.create_study(direction="maximize")
    spread = {"alpha": optuna.distributions.FloatDistribution(0, 1)}
    for n, bits in enumerate((3.5, 2.5)):
        study.add_trial(
            optuna.trial.create_trial(
                params={"alpha": n / 2}, distributions=spread, value=2.0**-bits
            )
        )
    monkeypatch.setattr(searching, "_study", lambda shown: study)
    kept = [STARTED, TrialsDone(trials=TEXT_TRIALS)]
    monkeypatch.setattr(searching_session, "tried", lambda config, store: kept)
    page.query_params["dataset"] = "names"
    page.session_state["search.tab"] = "Optuna's views"
    page.session_state["search.view"] = "Slices"
    page.run()
    assert not page.exception
    figure = data(page, "chart_optuna_plot_slice")["value"]["figure"]
    assert figure["layout"]["yaxis"]["title"]["text"] == "Bits per character"
    assert figure["data"][0]["y"] == pytest.approx([3.5, 2.5])
