"""What the page shows of folders that others wrote: runs in their states, damaged ones too."""

from __future__ import annotations

import os
import re
import time

import pytest
from fullruns import (
    TABS,
    button,
    events,
    labels,
    made,
    shown,
)
from told import data, settings_told, streamed

from kdlab.events import (
    LABELS_ONLY,
    FullPart,
    Progress,
    StageStarted,
)
from kdlab.full_run.run.log import EventLog
from pages.ui.full_run import watch


def test_a_finished_run_with_its_numbers_and_files(page):
    run = made("2026-01-02-done", seeds=3)
    (run.path / "teacher.safetensors").write_bytes(b"x")
    page.session_state["full-run.tab"] = "Take it away"
    page.run()
    assert not page.exception
    said = shown(page)
    assert "Finished" in said
    assert "| Teacher | 90.00 |" in said
    assert re.search(r"\| Distilled \| 8\d\.\d\d\s\(\d\d\.\d\d\sto\s\d\d\.\d\d\) \|", said)
    assert "3 seeds. Distillation helped with this teacher." in said
    for setting in ("resnet8 → cnn", "Digits", "T = 4", "α = ", "2 epochs, 3 seeds"):
        assert setting in settings_told(page)
    assert page.query_params["run"] == "2026-01-02-done"
    files = {b.label for b in page.get("download_button")}
    assert {"Configuration, JSON", "Events, JSON lines", "Curves, CSV", "Results, CSV",
            "Weights: teacher", "Report, HTML", "Report and figures, ZIP"} <= files  # fmt: skip
    assert "python -m kdlab full-run --pair own --dataset digits" in said
    assert {"Delete"} <= labels(page)
    assert not {"Stop", "Resume"} & labels(page)


def test_a_run_at_work_moves_and_can_be_stopped(page):
    run = made("2026-01-02-now", "running", until=3, seeds=2, epochs=4)
    log = EventLog(run, run.read()[1])
    log.take(FullPart(stage="teacher", seed=0, epoch=2, what="student", done=500, total=1297,
                      images_per_second=250.0))  # fmt: skip
    page.run()
    assert not page.exception
    words = data(page, "full.course")["value"]["text"]
    assert "Teacher, epoch 2 of 4: 500 of 1,297 images trained on, 250 a second" in words
    assert "5 %, about 57 s left" in words
    assert not run.stop_asked()
    button(page, "Stop").click().run()
    assert run.stop_asked()
    assert button(page, "Stopping").disabled
    assert "End now" not in labels(page)
    long_ago = time.time() - 60
    os.utime(run.path / "stop", (long_ago, long_ago))
    page.run()
    assert "End now" in labels(page)
    log.take(StageStarted(stage=LABELS_ONLY, seed=1, epoch=0, epochs=4, architecture="cnn-8",
                          parameters=1, engine="plain", cache={}))  # fmt: skip
    page.run()
    assert (
        "Student, labels only, seed 1, epoch 1 of 4" in data(page, "full.course")["value"]["text"]
    )
    log.close()


def test_what_a_run_reads_before_its_first_epoch(page):
    run = made("2026-01-02-reads", "running", until=0)
    log = EventLog(run)
    log.take(Progress(stage="downloading cifar", done=1, total=4))
    log.close()
    page.run()
    told = data(page, "full.course")["value"]
    assert (told["text"], told["fraction"]) == ("Downloading cifar", 0.25)


def test_the_browser_is_told_what_the_folder_says_without_a_run_of_the_page(page):
    run = made("2026-01-02-now", "running", until=3, seeds=2, epochs=4)
    page.run()
    one = page.session_state["watching.full run 2026-01-02-now"].subscription
    number, told = streamed(one)
    _band, teacher = told["full_accuracy"]["is"]["figure"]["data"]
    assert teacher["x"] == [1]
    log = EventLog(run, run.read()[1])
    log.take(events(run.config())[3])
    number, told = streamed(one, number)
    assert [["figure", "data", 1, "x"], 1, [2]] in told["full_accuracy"]["by"][0]
    assert "full.phase" not in told, "the page need not run"
    run.ask_to_stop()
    _, told = streamed(one, number)
    assert told["full.phase"], "a button changes: the browser has the page run"
    log.close()
    run.say("stopped")
    run.release()
    streamed(one)
    assert one.over


def test_a_stopped_run_is_resumed(page, begun):
    run = made("2026-01-02-half", "stopped", "It was stopped.", until=4)
    run.ask_to_stop()
    page.run()
    assert "Stopped" in shown(page)
    button(page, "Resume").click().run()
    assert [(folder.path, gpus) for folder, gpus in begun] == [(run.path, 1)]
    assert not page.exception


def test_a_process_that_ended_without_a_word(page):
    run = made("2026-01-02-gone", "running", until=4)
    run.release()
    page.run()
    (bar,) = page.get("progress")
    assert "Its process has ended without a message" in bar.proto.text
    assert not button(page, "Resume").disabled


def test_a_failed_run_says_why_and_shows_its_log(page):
    run = made("2026-01-02-bad", "failed", "The memory has run out. Set batch_size to 32.",
               "memory", until=4)  # fmt: skip
    (run.path / "log.txt").write_text("the last words of the process")
    page.run()
    assert "The memory has run out. Set batch_size to 32." in shown(page)
    assert "the last words of the process" in shown(page)
    assert not button(page, "Resume").disabled


def test_delete_asks_and_deletes(page):
    run = made("2026-01-02-old")
    other = made("2026-01-01-older")
    page.query_params["run"] = "2026-01-02-old"
    page.run()
    button(page, "Delete").click().run()
    assert run.exists()
    button(page, "Keep it").click().run()
    assert "Delete this run" not in labels(page)
    button(page, "Delete").click().run()
    button(page, "Delete this run").click().run()
    assert not page.exception
    assert not run.path.exists()
    assert other.exists()
    assert page.query_params["run"] == "2026-01-01-older"


def test_all_runs_in_a_table_and_one_to_choose(page):
    made("2026-01-03-new", "stopped", until=5)
    made("2026-01-02-done", seeds=3)
    broken = made("2026-01-01-broken")
    (broken.path / "config.json").write_text("{")
    page.session_state["full-run.tab"] = "All runs"
    page.run()
    assert not page.exception
    (table,) = page.dataframe
    rows = table.value.to_dict("records")
    assert [row["Run"] for row in rows] == [
        "2026-01-03-new",
        "2026-01-02-done",
        "2026-01-01-broken",
    ]
    assert [row["State"].split(":")[0] for row in rows] == ["Stopped", "Finished", "Damaged"]
    assert rows[1]["Teacher, %"] == "90.00"
    assert re.fullmatch(r"\+1\d\.\d\d \(\+.* to \+.*\)", rows[1]["Gain, points"])
    page.selectbox(key="full-run.run").set_value("2026-01-02-done").run()
    assert page.query_params["run"] == "2026-01-02-done"
    assert "Distillation helped" in shown(page)
    page.selectbox(key="full-run.run").set_value("2026-01-01-broken").run()
    assert "The configuration of this run cannot be read" in shown(page)
    assert not page.exception


@pytest.mark.parametrize(
    "content", ["nonsense\n", '{"event": "FullEpoch"}\n', '{"event": "StageDone", "a": 1}\n']
)
@pytest.mark.parametrize("tab", TABS)
def test_damaged_events_are_said_to_be_damaged(page, tab, content):
    run = made("2026-01-02-torn", until=4)
    with (run.path / "events.jsonl").open("a") as file:
        file.write(content)
    page.session_state["full-run.tab"] = tab
    page.run()
    assert "The events of this run cannot be read" in shown(page)
    assert not page.exception


@pytest.mark.parametrize("tab", TABS)
def test_numbers_that_are_none_are_no_traceback(page, tab):
    run = made("2026-01-02-odd")
    path = run.path / "events.jsonl"
    path.write_text(path.read_text().replace('"accuracy": 0.9', '"accuracy": "much"'))
    page.session_state["full-run.tab"] = tab
    page.run()
    assert not page.exception
    assert "The events of this run cannot be read" in shown(page)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_draws_a_run(page, tab):
    made("2026-01-02-done", seeds=2, validation=True)
    page.session_state["full-run.tab"] = tab
    page.run()
    assert not page.exception
    assert not page.error


def test_events_that_were_cut_for_a_resume_are_read_anew(page):
    run = made("2026-01-02-cut", "stopped", until=6)
    seen = watch.Watched(run)
    seen.refresh()
    assert len(seen.history.epochs) == 2
    config = run.config()
    log = EventLog(run, len((events(config)[0].to_json() + "\n").encode()))
    for event in events(config.model_copy(update={"epochs": 5}))[1:8]:
        log.take(event)
    log.close()
    seen.refresh()
    assert [e.epoch for e in seen.history.epochs] == [1, 2, 3, 4, 5]
