from __future__ import annotations

import io
import os
import shutil

import pytest

from kdlab.cli.reporter import Reporter
from kdlab.events import Progress, RunStarted, StudentsEpoch, TeacherEpoch, TeacherReady


class Terminal(io.StringIO):
    def isatty(self):
        return True


def started(epochs):
    return RunStarted(
        fingerprint="0", dataset="digits", classes=("0", "1"), input_shape=(2,), train_size=4,
        labelled=2, validation_size=4, test_size=4, epochs=epochs, steps_per_epoch=1,
        students=(("labels only", 0), ("distilled", 0), ("labels only", 1), ("distilled", 1)),
    )  # fmt: skip


def epoch(number):
    four = (0.5, 0.75, 0.6, 0.85)
    return StudentsEpoch(
        epoch=number, accuracy=four, fidelity=four, hard=four, soft=four, loss=four,
        learning_rate=0.1, seconds=1.0,
    )  # fmt: skip


def told(events, stream):
    with Reporter(stream) as reporter:
        for event in events:
            reporter.tell(event)
    return stream.getvalue()


def test_a_log_gets_a_line_for_each_tenth_of_a_stage():
    events = [started(1000), *(epoch(n) for n in range(1001))]
    lines = told(events, io.StringIO()).splitlines()
    assert len(lines) == 11
    assert lines[0] == (
        "training the students: epoch 0 of 1000, labels only 55.0 %, distilled 80.0 %"
    )
    assert lines[-1].startswith("training the students: epoch 1000 of 1000")


def test_every_stage_is_told():
    events = [
        Progress(stage="reading MNIST"),
        Progress(stage="downloading a", done=1, total=4),
        TeacherEpoch(epoch=0, epochs=0, loss=1.0, accuracy=0.5),
        TeacherReady(validation_accuracy=0.975, cached=False, seconds=1.0),
        started(1),
    ]
    assert told(events, io.StringIO()).splitlines() == [
        "reading MNIST",
        "downloading a: 25 %",
        "training the teacher: epoch 0 of 0",
        "teacher ready: 97.5 % of the validation set",
    ]


@pytest.mark.parametrize("columns", [30, 120])
def test_a_terminal_gets_one_line_a_stage_that_never_wraps(monkeypatch, columns):
    monkeypatch.setattr(shutil, "get_terminal_size", lambda **_: os.terminal_size((columns, 9)))
    events = [
        *(Progress(stage="downloading", done=n, total=3) for n in range(4)),
        started(20),
        *(epoch(n) for n in range(21)),
    ]
    lines = told(events, Terminal()).split("\n")
    assert [line.count("\r") for line in lines] == [4, 21, 0]
    assert lines[-1] == ""
    pieces = [piece for line in lines for piece in line.split("\r")[1:]]
    assert {len(piece) for piece in pieces} == {columns - 1}
    assert pieces[3].strip() == "downloading: 100 %"


def test_an_error_begins_on_a_line_of_its_own():
    stream = Terminal()

    def run():
        with Reporter(stream) as reporter:
            reporter.tell(Progress(stage="reading"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert stream.getvalue().endswith("\n")


def test_without_news_nothing_is_written():
    assert told([], Terminal()) == ""
