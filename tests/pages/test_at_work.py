"""The stage that maps, searches and studies share, on work that is only counted."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import streamlit as st
from fakes import FakeManager
from streamlit.testing.v1 import AppTest
from told import button, course, data, screen, stop, streamed, taken
from told import words as shown

from kdlab import predicted
from kdlab.config.base import Settings
from kdlab.errors import JobError, StoreError
from kdlab.events import Progress, Remark, RunFailed, TeacherReady
from kdlab.jobs import JobState
from kdlab.jobs.group import JobGroup, Task
from pages.ui.shell import workers as background
from pages.ui.stage import stage as at_work
from pages.ui.stage.work import Work
from pages.ui.stream import watching
from tests.patience import PATIENCE

SIZE = 4
READY = TeacherReady(validation_accuracy=0.9, cached=True, seconds=0.0)


WORDS = {
    "help start": "", "help stop": "End it.", "invitation": "Press Count.",
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
        return self.steps or None

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
        self.set = {}
        self.here = SimpleNamespace(set=self.set.update, values={"dataset": "digits"})
        self.work = Work(
            page="toy", icon="science", experiment=SimpleNamespace(
                name="count", noun="count", config=Count, history=Counted, jobs=group,
                load_result=self.load_result,
                predicted=lambda config: predicted.Work(students=1e9), normal=lambda config: config,
                going=lambda manager, config, visitor: 0, check=lambda config: None,
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
        tabs = {name: self.part(name) for name in (at_work.BEHIND, "Rows", at_work.TAKE_AWAY)}
        at_work.stage(
            replace(self.work, page=self.page), self.here, self.config,
            picture=self.part("picture"), tabs=tabs,
        )  # fmt: skip

    def part(self, name):
        def draw(here, shown):
            self.drawn.append(name)
            if shown.history is not None:
                st.markdown(f"{name} of {shown.history.config.start}")
                watching.markdown(f"toy.{name}", shown.history, counted, name)

        return draw


def counted(history, name):
    return f"**{name}**: {len(history.steps)} counted"


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
    assert bench.drawn == [at_work.BEHIND]
    assert "Press Count." in shown(page)
    begin(page, manager, steps(0, 1))
    assert {"picture", at_work.BEHIND} == set(bench.drawn)
    assert [b.key for b in page.button] == ["toy.start", "toy.reset"]
    assert data(page, "toy.course")["stops"] == "End it."


def test_a_link_hides_buttons_and_tabs(page, bench):
    page.session_state["link.hide"] = ["train", "player", "more", "takeaway"]
    page.run()
    assert not page.button
    assert data(page, "toy.course")["stops"] is None
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
    told = SimpleNamespace(share_done=0.5, seconds_left=2.1)
    assert at_work.percent(told) == (0.5, "50 %, about 3 s left")
    stop(page, "toy")
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


def test_an_end_that_comes_while_the_page_is_drawn_is_told_and_then_drawn(page, bench, manager):
    """Between the stage's look and the picture's."""
    job = begin(page, manager, steps(0, 3))
    looks = []
    read = job.read

    def read_and_end(attempt, seen):
        looks.append(seen)
        if len(looks) == 3:
            job.all_events, job.state = steps(0, 4), JobState.DONE
        return read(attempt, seen)

    job.read = read_and_end
    del bench.drawn[:]
    page.run()
    assert bench.drawn == ["picture", at_work.BEHIND]
    subscription = screen(page, "toy").subscription
    _, told = streamed(subscription)
    assert told["toy.picture"]["is"] == "<b>picture</b>: 4 counted"
    assert told["toy.course"]["is"]["state"] == "over"
    assert subscription.over, "the browser then has the page run"
    page.run()
    assert bench.drawn == 2 * ["picture", at_work.BEHIND]
    assert course(page, "toy")["state"] == "over"
    assert "Trained here." in shown(page)


# -- what is told without a run of the page -----------------------------------------------------


def test_what_the_jobs_tell_reaches_the_browser_without_a_run_of_the_page(page, bench, manager):
    job = begin(page, manager, steps(0, 2))
    subscription, drawn = screen(page, "toy").subscription, list(bench.drawn)
    number, told = streamed(subscription)
    seen = taken({}, told)
    assert seen["toy.picture"] == "<b>picture</b>: 2 counted"
    assert (seen["toy.course"]["fraction"], seen["toy.course"]["text"]) == (0.5, "50 %")
    job.tell(steps(0, 3))
    _, told = streamed(subscription, number)
    seen = taken(seen, told)
    assert seen["toy.picture"] == "<b>picture</b>: 3 counted"
    assert (seen["toy.course"]["fraction"], seen["toy.course"]["text"]) == (0.75, "75 %")
    assert bench.drawn == drawn


def test_what_the_page_draws_at_any_time_is_what_the_browser_is_told_then(page, manager):
    job = begin(page, manager, steps(0, 1))
    for last in (2, 3):
        job.tell(steps(0, last))
        _, told = streamed(screen(page, "toy").subscription)
        page.run()
        for name in ("toy.picture", f"toy.{at_work.BEHIND}", "toy.course"):
            assert told[name]["is"] == data(page, name)["value"]


def test_of_the_tabs_only_the_open_one_is_told(page, manager):
    begin(page, manager, steps(0, 1))
    page.session_state["toy.tab"] = "Rows"
    page.run()
    _, told = streamed(screen(page, "toy").subscription)
    assert set(told) == {"toy.course", "toy.picture", "toy.Rows"}


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
    assert course(page, "toy")["fraction"] == 1


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
    assert "What is being trained has **other settings**" in shown(page)
    assert "picture of 0" in shown(page)
    job.all_events, job.state = steps(0, 4), JobState.DONE
    page.run()
    page.run()
    assert "picture of 7" in shown(page)
    assert "other settings" not in shown(page)


def test_a_picture_of_other_settings_says_so_and_gives_them(page, bench):
    bench.kept = steps(0, 4)
    page.run()
    assert "other settings" not in shown(page)
    bench.config, bench.kept = Count(start=7), []
    page.run()
    assert "The results below come from **other settings**" in shown(page)
    button(page, "Use its settings").click().run()
    assert bench.set == {"start": 0}


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
