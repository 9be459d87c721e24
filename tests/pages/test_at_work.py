"""The stage that maps, searches and studies share, on work that is only counted."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
import streamlit as st
from fakes import FakeManager
from pages.ui.stage.pace import HELD_SECONDS
from streamlit.testing.v1 import AppTest

from kdlab import predicted
from kdlab.config.base import Settings
from kdlab.errors import JobError, StoreError
from kdlab.events import Progress, Remark, RunFailed, TeacherReady
from kdlab.jobs import JobState
from kdlab.jobs.group import JobGroup, Task
from pages.ui.shell import workers as background
from pages.ui.stage import session
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import Work
from tests.patience import PATIENCE

SIZE = 4
READY = TeacherReady(validation_accuracy=0.9, cached=True, seconds=0.0)


WORDS = {
    "help start": "", "help stop": "", "invitation": "Press Count.",
    "changed": "Press Count again.",
}  # fmt: skip


class Count(Settings):
    """Counts to four; ``start`` is there so that two can differ."""

    start: int = 0


class Counted:
    """Progress(done=n) with no stage is the n-th step."""

    def __init__(self, config):
        self.config = config
        self.failed = self.progress = self.seconds_left = None
        self.steps = set()
        self.notes = []

    def take(self, events):
        for event in events:
            match event:
                case Remark():
                    self.notes.append(event.text)
                case Progress(stage=""):
                    self.steps.add(event.done)
                case Progress():
                    self.progress = event
                case RunFailed():
                    self.failed = event

    @property
    def started(self):
        return bool(self.steps)

    @property
    def complete(self):
        return len(self.steps) == SIZE

    @property
    def share_done(self):
        return len(self.steps) / SIZE


def steps(first, last):
    return [Progress(stage="", done=n) for n in range(first, last)]


def group(manager, config, workers, owner):
    return JobGroup(manager, [Task(steps, (config,), config.to_json())], owner, ahead=TeacherReady)


class Bench:
    """What the page of a test is made of, and what it did."""

    def __init__(self):
        self.kept, self.bundled, self.drawn = [], [], []
        self.config, self.page = Count(), "toy"
        self.work = Work(
            page="toy", icon="science", experiment=SimpleNamespace(
                noun="count", history=Counted, load_result=self.load_result, jobs=group,
                predicted=lambda config: predicted.Work(students=1e9), normal=lambda config: config,
            ),
            start="Count", words=WORDS, told=lambda shown: f"{at_work.source(shown)}.",
            progress=at_work.percent, stopped=at_work.stopped,
        )  # fmt: skip

    def load_result(self, config, store, bundled=False):
        found = self.bundled if bundled else self.kept
        if isinstance(found, Exception):
            raise found
        return found

    def script(self):
        tabs = {name: self.part(name) for name in (at_work.TRY, "Rows", at_work.TAKE_AWAY)}
        at_work.stage(
            replace(self.work, page=self.page), None, self.config,
            picture=self.part("picture"), tabs=tabs,
        )  # fmt: skip

    def part(self, name):
        def draw(here, shown):
            self.drawn.append(name)
            if shown.history is not None:
                st.markdown(f"{name} of {shown.history.config.start}")

        return draw


@pytest.fixture
def manager(monkeypatch):
    made = FakeManager()
    monkeypatch.setattr(background, "manager", lambda: made)
    monkeypatch.setattr(background, "store", lambda: None)
    return made


@pytest.fixture
def bench(monkeypatch, manager):
    made = Bench()
    monkeypatch.setattr("fakes.bench", made, raising=False)
    return made


@pytest.fixture
def page(bench):
    return AppTest.from_string("import fakes\nfakes.bench.script()", default_timeout=PATIENCE)


def shown(page):
    kinds = ("markdown", "caption", "error", "info", "progress")
    words = (getattr(e, "value", "") for kind in kinds for e in page.get(kind))
    bars = (e.proto.text for e in page.get("progress"))
    return re.sub(r"\\(.)", r"\1", " ".join(map(str, [*words, *bars])))


def button(page, label):
    (found,) = [b for b in page.button if b.label == label]
    return found


def begin(page, manager, events=()):
    page.run()
    button(page, "Count").click().run()
    manager.jobs[-1].all_events = list(events)
    page.run()
    assert not page.exception
    return manager.jobs[-1]


# -- what is drawn ------------------------------------------------------------------------------


def test_the_picture_comes_with_the_first_history_and_one_tab_is_drawn(page, bench, manager):
    page.run()
    assert bench.drawn == [at_work.TRY]
    assert "Press Count." in shown(page)
    begin(page, manager, steps(0, 1))
    assert {"picture", at_work.TRY} == set(bench.drawn)
    assert [b.key for b in page.button] == ["toy.start", "toy.stop", "toy.reset"]


def test_a_link_hides_buttons_and_tabs(page, bench):
    page.session_state["link.hide"] = ["train", "player", "try", "takeaway"]
    page.run()
    assert not page.button
    assert bench.drawn == ["Rows"]


def test_work_that_was_stopped_while_nobody_looked_is_stopped_and_no_error(page, manager):
    """A laptop slept for longer than a lease holds."""
    job = begin(page, manager)
    job.all_events = steps(0, 2)
    page.run()
    job.state = JobState.CANCELLED
    page.run()
    page.run()
    assert "Stopped at 50 %" in shown(page)
    assert not page.error


def test_where_the_work_stands(page, manager):
    job = begin(page, manager)
    assert "Getting ready …" in shown(page)
    job.queue_position, manager.state = 3, "starting"
    page.run()
    assert "The workers are getting ready" in shown(page)
    manager.state, manager.watchers = "ready", 4
    page.run()
    assert "Waiting for a worker: number 3 in the queue" in shown(page)
    job.queue_position, job.all_events = 0, [Progress(stage="reading a*b*")]
    page.run()
    assert "Reading a*b* …" in shown(page)
    job.all_events += [Remark(text="Read 3 *classes*."), *steps(0, 2)]
    page.run()
    assert "In training." in shown(page)
    assert "Read 3 *classes*." in shown(page)
    assert " 50 %" in shown(page)
    assert at_work.percent(SimpleNamespace(share_done=0.5, seconds_left=2.1)) == (
        "50 %, about 3 s left"
    )
    button(page, "Stop").click().run()
    assert "Stopped at 50 %" in shown(page)
    assert job.released
    button(page, "Reset").click().run()
    assert "Press Count." in shown(page)


def test_a_run_that_failed_says_why_and_not_how_far_it_came(page, manager):
    job = begin(page, manager, [*steps(0, 2), RunFailed(reason="The loss became nan.")])
    job.state = JobState.DONE
    page.run()
    assert "The loss became nan." in shown(page)
    assert "Stopped at" not in shown(page)


def test_an_end_that_comes_while_the_page_is_drawn_is_drawn_too(page, bench, manager):
    """Between the stage's look and the picture's; the tabs must not be lost over it."""
    job = begin(page, manager, steps(0, 3))
    looks = []
    read = job.read

    def read_and_end(attempt, seen):
        looks.append(seen)
        if len(looks) == 2:
            job.all_events, job.state = steps(0, 4), JobState.DONE
        return read(attempt, seen)

    job.read = read_and_end
    del bench.drawn[:]
    page.run()
    assert bench.drawn == 2 * ["picture", at_work.TRY], "a whole run, and one that fits the end"
    assert button(page, "Stop").disabled
    assert "Trained here." in shown(page)


# -- what is known before -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("kept", "Stored count of this machine."), ("bundled", "Stored count that comes with")],
)
def test_what_is_stored_is_there_at_once(page, bench, manager, place, sentence):
    setattr(bench, place, steps(0, 4))
    page.run()
    assert sentence in shown(page)
    assert not manager.submitted


def test_a_store_that_cannot_be_read_is_told_and_does_not_hinder(page, bench, manager):
    bench.kept = StoreError("the file is damaged", "a whole one", "Delete it")
    page.run()
    assert "the file is damaged" in shown(page)
    begin(page, manager, steps(0, 4))
    assert "the file is damaged" not in shown(page)
    assert "100 %" in shown(page)


def test_start_shows_what_is_kept_of_it_before_the_workers_tell_anything(page, bench, manager):
    page.run()
    bench.kept = steps(0, 3)
    button(page, "Count").click().run()
    assert "75 %" in shown(page)
    assert len(manager.submitted) == 1


def test_other_settings_are_said_and_looked_up_when_the_work_has_ended(page, bench, manager):
    job = begin(page, manager, steps(0, 3))
    bench.config, bench.bundled = Count(start=7), steps(0, 4)
    page.run()
    assert "Press Count again." in shown(page)
    assert "picture of 0" in shown(page)
    job.all_events, job.state = steps(0, 4), JobState.DONE
    page.run()
    page.run()
    assert "picture of 7" in shown(page)
    assert "Press Count again." not in shown(page)


def test_settings_that_cannot_be_leave_the_picture(page, bench):
    bench.kept = steps(0, 4)
    page.run()
    bench.config = None
    page.run()
    assert button(page, "Count").disabled
    assert "picture of 0" in shown(page)


# -- errors, and several at once ----------------------------------------------------------------


def test_an_error_after_the_end_takes_nothing_away(page, manager):
    job = begin(page, manager, steps(0, 4))
    job.error, job.state = JobError("the worker left", "one", "Again"), JobState.FAILED
    page.run()
    assert "the worker left" not in shown(page)
    assert "Trained here." in shown(page)


def test_two_pages_of_a_kind_do_not_share_what_they_show(page, bench, manager):
    begin(page, manager, steps(0, 2))
    bench.page, bench.config = "toy.other", Count(start=2)
    page.run()
    assert "Press Count." in shown(page)
    begin(page, manager, steps(0, 1))
    assert "picture of 2" in shown(page)
    assert len({owner for _, _, owner, _ in manager.submitted}) == 2
    assert not manager.jobs[0].released
    bench.page, bench.config = "toy", Count()
    page.run()
    assert "picture of 0" in shown(page)


def test_polls_get_rarer_where_many_watch_and_never_as_often_as_the_work_cannot_tell(
    bench, manager
):
    here = session.WorkScreen(replace(bench.work, shortest=0.4))
    assert here.interval is None
    manager.watchers = 1
    here.start(Count())
    here.poll()
    assert here.interval == 0.4
    manager.watchers = 16
    here.poll()
    assert here.interval == 0.8
    manager.jobs[0].queue_position = 1
    assert here.interval == HELD_SECONDS
