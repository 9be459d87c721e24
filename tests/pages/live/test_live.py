"""The live page: what it asks of the core, and what it shows of the answer."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from fakes import FakeJob, events_of
from streamlit.testing.v1 import AppTest
from told import course, data, streamed

from kdlab.config.schema import DistilConfig
from kdlab.errors import JobError
from kdlab.events import RunFailed, RunFinished, TeacherReady
from kdlab.experiments.run import run as work
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import fold
from kdlab.jobs import JobState
from kdlab.measure.gain import paired_gain
from pages.ui.stage.export import CONFIG_BYTES
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "pages" / "distil" / "live.py"


@pytest.fixture
def page(manager, store):
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)


def said(element):
    """The words of an element without the backslashes that keep signs from being Markdown."""
    return re.sub(r"\\(.)", r"\1", str(element.value))


def shown(page):
    """All words on the page."""
    kinds = ("markdown", "caption", "error", "success", "info", "warning")
    return " ".join(said(e) for kind in kinds for e in page.get(kind))


def screen(page):
    return page.session_state["live.screen"]


def test_train_submits_what_the_controls_say(page, manager):
    page.run()
    page.slider(key="live.alpha").set_value(0.5)
    page.select_slider(key="live.labels").set_value(200)
    page.slider(key="live.seeds").set_value(3)
    page.select_slider(key="live.temperature").set_value(8.0)
    page.run()
    page.button(key="live.train").click().run()
    assert not page.exception
    ((factory, args, owner, key),) = manager.submitted
    wanted = DistilConfig(alpha=0.5, labels=200, seeds=3, temperature=8.0)
    assert factory is work.run
    assert args == (wanted,)
    assert key == wanted.fingerprint()
    assert owner.endswith(":live#0")


def test_a_model_is_built_from_its_sliders(page, manager):
    page.run()
    page.slider(key="live.student:mlp:depth").set_value(2).run()
    page.select_slider(key="live.student:mlp:0").set_value(32)
    page.select_slider(key="live.student:mlp:1").set_value(8)
    page.run()
    page.selectbox(key="live.teacher:family").set_value("cnn").run()
    page.button(key="live.train").click().run()
    (config,) = manager.submitted[0][1]
    assert (config.student, config.teacher) == ("mlp-32-8", "cnn-16-32")


def test_a_data_set_brings_a_pair_that_fits_it(page, manager):
    page.run()
    page.selectbox(key="live.dataset").set_value("moons").run()
    assert not page.error
    page.slider(key="live.noise").set_value(0.3).run()
    page.button(key="live.train").click().run()
    (config,) = manager.submitted[0][1]
    assert (config.dataset, config.noise) == ("moons", 0.3)
    assert config.teacher.startswith("mlp-")


def test_a_link_is_the_state(page, manager):
    page.query_params["temperature"] = "12.5"
    page.query_params["alpha"] = "0.3"
    page.query_params["teacher"] = "resnet20"
    page.run()
    page.button(key="live.train").click().run()
    assert manager.submitted[0][1] == (
        DistilConfig(temperature=12.5, alpha=0.3, teacher="resnet20"),
    )


def test_a_broken_link_says_so_and_the_page_lives(page, manager):
    page.query_params["alpha"] = "1.5"
    page.query_params["temperature"] = "7"
    page.run()
    assert any("1.5" in said(w) and "0.9" in said(w) for w in page.warning)
    page.button(key="live.train").click().run()
    assert manager.submitted[0][1] == (DistilConfig(temperature=7),)


@pytest.mark.parametrize("name", ["dataset", "teacher", "student", "method"])
def test_a_name_that_nothing_has_falls_back_with_a_sentence(page, manager, name):
    page.query_params[name] = "nonesuch"
    page.run()
    assert not page.exception
    assert any("nonesuch" in said(w) and "Used instead" in said(w) for w in page.warning)
    page.button(key="live.train").click().run()
    assert manager.submitted[0][1] == (DistilConfig(),)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"labels": "50000"}, "“Labels the student sees” is 50000"),
        ({"dataset": "moons", "student": "cnn-8"}, "cnn-8"),
        ({"student": "mlp-4096-4096-4096-4096-4096"}, "parameters"),
    ],
)
def test_an_impossible_combination_gets_a_sentence_and_no_run(page, query, words):
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert any(words in said(e) for e in page.error)
    assert page.button(key="live.train").disabled


def test_hidden_controls_are_not_there_but_their_values_count(page, manager):
    page.query_params["hide"] = "alpha,seeds"
    page.query_params["alpha"] = "0.2"
    page.run()
    keys = {s.key for s in page.slider}
    assert "live.epochs" in keys
    assert not {"live.alpha", "live.seeds"} & keys
    page.button(key="live.train").click().run()
    assert manager.submitted[0][1][0].alpha == 0.2


def test_an_exercise_may_hide_training(page):
    page.query_params["hide"] = "train"
    page.run()
    assert "live.train" not in {b.key for b in page.button}


def at_work(page, manager, **query):
    """Train was pressed: the configuration, and its job."""
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    page.button(key="live.train").click().run()
    (config,) = manager.submitted[-1][1]
    return config, manager.jobs[-1]


def ends(page):
    """What a browser does once the stream has told all."""
    page.run()


def test_curves_grow_in_the_browser_and_the_page_runs_once_at_the_end(page, manager):
    config, job = at_work(page, manager)
    subscription = screen(page).subscription
    job.tell(events_of(config, epochs=5))
    number, told = streamed(subscription)
    chart = told["accuracy"]["is"]
    (curve,) = [t for t in chart["figure"]["data"] if t.get("name") == "Distilled"]
    assert curve["x"] == [0, 1, 2, 3, 4, 5]
    assert curve["grows"]
    assert "after epoch 5" in chart["alt"]
    assert set(told["panels"]["is"]["shown"]) == set("012345")
    assert told["live.course"]["is"] == {
        "state": "runs", "fraction": 0.05, "text": "Epoch 5 of 100, about 10 s left",
        "head": 5, "last": 100, "seconds": 0.5,
    }  # fmt: skip
    job.tell(events_of(config, epochs=6))
    later, told = streamed(subscription, number)
    assert later > number
    deltas = [delta for part in told["accuracy"]["by"] for delta in part]
    grown = [tail for path, *rest in deltas if path[-1] == "x" for tail in rest[1:]]
    assert grown == [[6]] * 4, "two lines and two bands, by one epoch"
    assert not page.metric, "the page has not run"
    job.tell(events_of(config), JobState.DONE)
    _, told = streamed(subscription, later)
    assert told["live.course"]["by"][-1][0] == [["state"], "over"]
    assert subscription.over
    ends(page)
    assert not page.exception
    assert "Distillation helped" in shown(page)
    assert page.metric[0].value == "96.0\u00a0%", "on one line"
    assert screen(page).subscription is None
    assert course(page, "live")["state"] == "over"
    assert "stream" not in data(page, "chart_accuracy")


def test_what_is_watched_keeps_its_lease_and_what_is_not_does_not(page, manager):
    _, job = at_work(page, manager)
    before = len(job.renewed)
    subscription = screen(page).subscription
    subscription.source.renew()
    assert len(job.renewed) == before + 1
    page.run()
    assert len(job.renewed) == before + 2


def test_the_charts_of_a_tab_are_told_as_long_as_it_is_open(page, manager):
    page.session_state["live.tab"] = "Fidelity"
    config, job = at_work(page, manager)
    job.tell(events_of(config, epochs=4))
    _, told = streamed(screen(page).subscription)
    assert "fidelity" in told
    page.session_state["live.tab"] = "Loss"
    page.run()
    _, told = streamed(screen(page).subscription)
    assert {"hard", "soft"} <= set(told)
    assert "fidelity" not in told


def test_stop_frees_the_worker_and_keeps_the_picture(page, manager):
    config, job = at_work(page, manager)
    job.tell(events_of(config, epochs=7))
    screen(page).stop()
    page.run()
    assert job.released
    assert course(page, "live") == {
        "state": "over", "fraction": 0.07,
        "text": "Stopped at epoch 7 of 100: no test result", "head": 7, "last": 100,
        "seconds": 0.7,
    }  # fmt: skip
    assert "Stopped: digits" in shown(page)
    assert "Trained here" not in shown(page)
    page.button(key="live.reset").click().run()
    assert screen(page).history is None
    assert course(page, "live")["state"] == "none"


def test_a_page_that_is_loaded_anew_goes_on_with_the_run_that_is_at_work(page, manager):
    config = DistilConfig()
    job = FakeJob(config.fingerprint())
    job.all_events = events_of(config, epochs=4)
    manager.known = [job]
    page.run()
    assert screen(page).jobs is not None, "nobody has pressed Train"
    _, told = streamed(screen(page).subscription)
    assert told["live.course"]["is"]["head"] == 4
    assert "In training: digits" in shown(page)


def test_a_run_that_ends_stays_though_the_controls_moved_to_a_stored_one(page, manager, store):
    other = DistilConfig(alpha=0.5)
    store.record_run(other, events_of(other), {})
    page.run()
    page.button(key="live.train").click().run()
    (config,) = manager.submitted[0][1]
    job = manager.jobs[0]
    job.all_events = events_of(config, epochs=3)
    page.run()
    page.slider(key="live.alpha").set_value(0.5).run()
    assert screen(page).config == config
    job.tell(events_of(config), JobState.DONE)
    page.run()
    page.run()
    assert screen(page).config == config
    assert screen(page).origin == "trained here"
    page.slider(key="live.alpha").set_value(0.6).run()
    page.slider(key="live.alpha").set_value(0.5).run()
    assert screen(page).config == other


def test_a_run_that_was_stopped_while_nobody_looked_is_stopped_and_no_error(page, manager):
    """A laptop slept for longer than a lease holds."""
    config, job = at_work(page, manager)
    job.tell(events_of(config, epochs=9), JobState.CANCELLED)
    page.run()
    assert course(page, "live")["text"] == "Stopped at epoch 9 of 100: no test result"
    assert not page.error


def test_whoever_was_away_for_too_long_is_told_again(page, manager):
    _, job = at_work(page, manager)
    gone = screen(page).subscription
    gone.closed = True
    page.run()
    assert screen(page).subscription not in (None, gone)
    assert not job.state.is_finished


def test_a_place_in_the_queue_is_told(page, manager):
    _, job = at_work(page, manager)
    manager.watchers = 3
    job.state, job.queue_position = JobState.QUEUED, 2
    number, told = streamed(screen(page).subscription)
    assert told["live.course"]["is"]["text"] == "Waiting for a worker: number 2 in the queue"
    job.state, job.queue_position = JobState.RUNNING, 0
    _, told = streamed(screen(page).subscription, number)
    assert [["text"], "A worker has started"] in told["live.course"]["by"][0]


def test_an_error_after_the_last_event_is_shown(page, manager):
    config, job = at_work(page, manager)
    job.tell(events_of(config))
    page.run()
    assert screen(page).history.finished is not None
    assert screen(page).running
    job.error = JobError("the disk is full", "room", "Make room")
    job.tell(job.all_events, JobState.FAILED)
    streamed(screen(page).subscription)
    assert screen(page).subscription.over
    ends(page)
    assert "the disk is full" in page.error[0].value
    assert not screen(page).running


def test_words_of_others_cannot_become_markdown(page, manager):
    page.run()
    manager.refuses = JobError("![x](https://host/y) is there", "a worker", "Start one")
    page.button(key="live.train").click().run()
    assert page.error
    assert all("![x]" not in e.value for e in page.error)


def test_without_a_possible_run_nobody_is_told_to_train(page):
    page.query_params["labels"] = "50000"
    page.run()
    assert "Press Train" not in shown(page)


def test_new_seeds_move_on_and_train(page, manager):
    page.run()
    page.button(key="live.reseed").click().run()
    (config,) = manager.submitted[0][1]
    assert (config.first_seed, config.seeds) == (5, 5)
    assert page.number_input(key="live.first_seed#1").value == 5


def test_a_worker_that_died_begins_anew_without_doubled_points(page, manager):
    config, job = at_work(page, manager)
    job.tell(events_of(config, epochs=8))
    streamed(screen(page).subscription)
    job.tell(events_of(config, epochs=3), attempt=2)
    _, told = streamed(screen(page).subscription)
    (curve,) = [t for t in told["accuracy"]["is"]["figure"]["data"] if t.get("name") == "Distilled"]
    assert curve["x"] == [0, 1, 2, 3]
    assert told["live.course"]["is"]["head"] == 3
    page.run()
    assert screen(page).history.epoch == 3
    assert len(screen(page).history.students) == 4 * 10


def test_errors_of_runs_are_sentences(page, manager):
    page.run()
    manager.refuses = JobError("no worker answers", "a worker", "Start one")
    page.button(key="live.train").click().run()
    assert any("no worker answers" in said(e) for e in page.error)
    manager.refuses = None
    page.button(key="live.train").click().run()
    config = DistilConfig()
    manager.jobs[0].all_events = [
        *events_of(config, epochs=2),
        RunFailed(reason="the loss is not finite", epoch=2),
    ]
    manager.jobs[0].state = JobState.DONE
    page.run()
    assert not page.exception
    assert any("the loss is not finite" in said(e) for e in page.error)


def test_a_stored_run_is_shown_at_once_and_train_plays_it_again(page, manager, store):
    config = DistilConfig(epochs=6)
    store.record_run(config, events_of(config), {})
    page.query_params["epochs"] = "6"
    page.run()
    told = data(page, "live.course")
    assert (told["value"]["head"], told["value"]["state"], told["play"]) == (6, "over", False)
    assert "Stored run of this machine" in shown(page)
    assert "Distillation helped" in shown(page)
    page.button(key="live.train").click().run()
    assert not manager.submitted
    again = data(page, "live.course")
    assert again["play"]
    assert again["mark"] != told["mark"], "the player starts again"
    assert set(data(page, "panels")["value"]["shown"]) == set("0123456")


def test_every_tab_draws_a_finished_run(page, store):
    config = DistilConfig(epochs=4)
    store.record_run(config, events_of(config), {})
    page.query_params["epochs"] = "4"
    for name in (
        "Loss",
        "Fidelity",
        "Class by class",
        "Where they differ",
        "Size and speed",
        "Take it away",
    ):
        page.session_state["live.tab"] = name
        page.run()
        assert not page.exception, name
    labels = {b.label for b in page.get("download_button")}
    assert {"Settings, JSON", "PyTorch script", "Curves, CSV", "Results, CSV"} <= labels
    assert "epochs=4" in page.code[0].value


def test_files_of_a_run_come_when_it_ends(page, manager):
    page.session_state["live.tab"] = "Take it away"
    page.run()
    page.button(key="live.train").click().run()
    (config,) = manager.submitted[0][1]
    manager.jobs[0].all_events = events_of(config, epochs=5)
    page.run()
    assert "The files of the run on screen appear here when it ends" in shown(page)
    screen(page).stop()
    page.run()
    labels = [b.label for b in page.get("download_button")]
    assert labels == ["Settings, JSON", "PyTorch script", "Curves, CSV"]


def per_class(config, right):
    """Of 500 test images in ten classes, of which each network gets ``right`` in each."""
    rows = {"teacher": 1, "labels only": config.seeds, "distilled": config.seeds}
    return {
        "images": [50] * 10,
        "answered": {name: [[50] * 10] * count for name, count in rows.items()},
        "right": {name: [[right] * 10] * count for name, count in rows.items()},
    }


def test_precision_and_recall_of_each_class_are_a_file(page, store):
    config = DistilConfig(epochs=4)
    *events, end = events_of(config)
    counted = dataclasses.replace(end, per_class=per_class(config, 40))
    store.record_run(config, [*events, counted], {})
    page.query_params["epochs"] = "4"
    page.session_state["live.tab"] = "Take it away"
    page.run()
    assert not page.exception
    assert "Per class, CSV" in {b.label for b in page.get("download_button")}
    table = DISTILL.tables["per-class"](fold([*events, counted]))
    assert len(table) == 10 * (1 + 2 * config.seeds)
    assert set(table["precision"]) == set(table["recall"]) == {0.8}


def without_gain(finished):
    """Of students who learned nothing from their teacher: who did is warned of nothing."""
    alone = finished.groups[0]["accuracy"]
    groups = [{**each, "accuracy": alone} for each in finished.groups]
    gain = paired_gain(alone, alone, resolution=1 / 500).as_dict()
    return dataclasses.replace(finished, groups=groups, gain=gain)


@pytest.mark.parametrize(("teacher", "warned"), [(0.97, False), (0.1, True)])
def test_a_teacher_at_chance_is_warned_of_with_the_verdict(page, store, teacher, warned):
    config = DistilConfig(epochs=4)
    events = [
        dataclasses.replace(without_gain(event), teacher_accuracy=teacher)
        if isinstance(event, RunFinished)
        else dataclasses.replace(event, train_accuracy=teacher)
        if isinstance(event, TeacherReady)
        else event
        for event in events_of(config)
    ]
    store.record_run(config, events, {})
    page.query_params["epochs"] = "4"
    page.run()
    assert not page.exception
    found = " ".join(said(line) for line in page.warning)
    assert ("no better than always answering the most frequent class" in found) == warned
    assert ("more epochs or with another learning rate" in found) == warned
    line = f"The teacher is right on {100 * teacher:.1f} % of training, 97.0 % of validation"
    assert line in shown(page)


def test_tables_that_leave_the_lab_have_a_row_a_student():
    config = DistilConfig(epochs=4, seeds=3)
    history = fold(events_of(config))
    curves, results = (DISTILL.tables[name](history) for name in ("curves", "results"))
    assert len(curves.to_csv(index=False).splitlines()) == 1 + 5 * 6
    lines = results.to_csv(index=False).splitlines()
    assert lines[0] == (
        "group,seed,test_accuracy,validation_accuracy,fidelity,calibration_error,teacher_accuracy"
    )
    assert len(lines) == 1 + 6


def test_settings_that_come_back_are_on_the_controls(page, manager):
    page.session_state["live.tab"] = "Take it away"
    page.run()
    wanted = DistilConfig(alpha=0.25, seeds=2)
    file = ("mine.json", wanted.to_json().encode(), "application/json")
    page.file_uploader(key="live.load_config").set_value(file).run()
    assert any("mine.json" in said(s) for s in page.success)
    page.run()
    page.button(key="live.train").click().run()
    assert manager.submitted[0][1] == (wanted,)


@pytest.mark.parametrize(
    "content", [b"{", b"[1]", b'{"alpha": 7}', b'{"what": 1}', b"\xff\xfe", b'{"teacher": "no"}']
)
def test_a_file_that_is_no_configuration_gets_a_sentence(page, content):
    page.session_state["live.tab"] = "Take it away"
    page.run()
    page.file_uploader(key="live.load_config").set_value(("x.json", content, "text/json")).run()
    assert not page.exception
    assert any("Allowed:" in said(e) for e in page.error)


def test_a_large_file_of_settings_is_refused_by_its_size_and_not_cut(page):
    page.session_state["live.tab"] = "Take it away"
    page.run()
    content = DistilConfig().to_json().encode() + b" " * CONFIG_BYTES
    page.file_uploader(key="live.load_config").set_value(("x.json", content, "text/json")).run()
    (message,) = [said(e) for e in page.error if "Allowed:" in said(e)]
    assert f"{len(content):,} bytes" in message
    assert "JSON from line" not in message
    assert not page.exception


def test_weights_that_come_back_are_the_teacher(page, manager):
    from safetensors.numpy import save

    content = save({}, {"architecture": "mlp-32"})
    page.session_state["live.tab"] = "Take it away"
    page.run()
    file = ("teacher.safetensors", content, "application/octet-stream")
    page.file_uploader(key="live.load_weights").set_value(file).run()
    ((function, (config, sent, _, name)),) = manager.calls
    assert (function, config.teacher, sent) == (work.bring_weights, "mlp-32", content)
    assert name == "teacher.safetensors"
    page.run()
    page.button(key="live.train").click().run()
    (wanted,) = manager.submitted[0][1]
    assert (wanted.teacher, wanted.teacher_weights) == ("mlp-32", "0123456789abcdef")


def test_weights_that_do_not_say_their_network_are_those_of_the_teacher_that_is_chosen(
    page, manager
):
    import numpy as np
    from safetensors.numpy import save

    page.query_params["teacher"] = "mlp-48"
    page.session_state["live.tab"] = "Take it away"
    page.run()
    content = save({"net.1.weight": np.zeros((2, 2), np.float32)})
    page.file_uploader(key="live.load_weights").set_value(("w.safetensors", content, "x")).run()
    ((function, (config, sent, *_)),) = manager.calls
    assert (function, config.teacher, sent) == (work.bring_weights, "mlp-48", content)
    assert any("A note" in said(e) for e in page.success), "what was done to read it is told"


def test_a_file_of_torch_save_gets_the_lines_that_convert_it(page, manager):
    page.session_state["live.tab"] = "Take it away"
    page.run()
    content = b"PK\x03\x04" + bytes(50)
    page.file_uploader(key="live.load_weights").set_value(("net.pth", content, "x")).run()
    assert not manager.calls
    assert any("is a pickle" in said(e) for e in page.error)
    assert any('torch.load("net.pth"' in code.value for code in page.code)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense" * 10, b"\x02" + bytes(7) + b"{}", b"\xff" * 99]
)
def test_weights_of_unknown_origin_get_a_sentence(page, manager, content):
    page.session_state["live.tab"] = "Take it away"
    page.run()
    page.file_uploader(key="live.load_weights").set_value(("w.safetensors", content, "x")).run()
    assert not manager.calls
    assert any("does not say which network" in said(e) for e in page.error)


def test_the_page_is_in_the_app(manager, store):
    page = AppTest.from_file(ROOT / "pages" / "entry.py", default_timeout=PATIENCE)
    page.switch_page("distil/live.py").run()
    assert not page.exception
    assert page.title[0].value == "Live distillation"
    page.button(key="live.train").click().run()
    assert manager.submitted[0][1] == (DistilConfig(),)


def test_of_a_run_that_failed_at_once_nothing_is_told_but_why(page, manager):
    _, job = at_work(page, manager)
    job.error = JobError("teacher_id is 'x'", "a column that both files have", "Leave it empty")
    job.tell([], JobState.FAILED)
    ends(page)
    (error,) = page.error
    assert said(error).startswith("“Column that names the rows” is 'x'.")
    assert not any("Failed" in caption.value for caption in page.caption)
    assert course(page, "live")["text"] == ""
    with pytest.raises(ValueError, match="not enough"):
        data(page, "chart_accuracy")
