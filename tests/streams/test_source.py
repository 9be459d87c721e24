"""Jobs as a source: what is folded, and who is called."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from kdlab.events import Remark
from kdlab.streams import JobsSource

WORDS = [Remark(text=word) for word in ("one", "two", "three")]


class Job:
    """As far as a source asks for one."""

    id = key = "job"
    attempt = 1

    def __init__(self):
        self.events = []
        self.listeners = []

    def read(self, attempt, seen):
        return self.attempt, self.events[seen if attempt == self.attempt else 0 :]

    def events_since(self, seen):
        return self.events[seen:]

    def listen(self, call):
        self.listeners.append(call)

    def unlisten(self, call):
        self.listeners = [one for one in self.listeners if one is not call]


class History:
    """Remembers what it took; one event it cannot take the first time."""

    fails = True

    def __init__(self):
        self.taken = []

    def take(self, events):
        for event in events:
            if event == WORDS[1] and History.fails:
                History.fails = False
                raise ValueError("a fault of the fold")
            self.taken.append(event)


@pytest.fixture
def job():
    return Job()


@pytest.fixture
def source(job):
    History.fails = True
    group = SimpleNamespace(
        jobs=[job], queue_position=0, released=False, tended_at=time.monotonic(), error=None,
        ended=False,
    )  # fmt: skip
    return JobsSource(group, History)


def test_what_could_not_be_folded_is_folded_anew(source, job):
    job.events = WORDS[:2]
    with pytest.raises(ValueError, match="a fault of the fold"):
        source.look()
    job.events = WORDS
    assert source.look()
    assert source.told.history.taken == WORDS, "nothing is lost, and nothing is there twice"
    assert not source.look()


def test_who_listens_after_the_first_look_is_called_too(source, job):
    source.look()
    source.listen(print)
    assert job.listeners == [print]
    source.unlisten()
    assert job.listeners == []


def test_a_source_whose_last_watcher_has_left_is_not_over(source):
    source.left(source)
    assert not source.over
