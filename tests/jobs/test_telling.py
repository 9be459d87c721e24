"""What a job is told while it runs: the newest message counts, wherever its worker is."""

from __future__ import annotations

import threading

import pytest

from kdlab.events import TeacherReady
from kdlab.jobs import JobState, mailbox
from kdlab.jobs import post as posts
from kdlab.jobs.group import JobGroup, Task
from kdlab.jobs.job import Letter
from tests.jobs import iterators
from tests.jobs.conftest import wait_until
from tests.jobs.test_job import DONE, message, new_job
from tests.patience import PATIENCE


def heard(job) -> list[int]:
    return [event.done for event in job.events[1:] if event.stage != "waiting"]


# -- the worker's side ------------------------------------------------------------------------


def test_a_mailbox_holds_the_newest_once():
    box = mailbox.Mailbox()
    assert box.take() is None
    box.put(1, {"T": 1.0})
    box.put(3, {"T": 3.0})
    box.put(2, {"T": 2.0})  # it was overtaken on its way
    assert box.take() == {"T": 3.0}
    assert box.take() is None
    box.put(2, {"T": 2.0})
    assert box.take() is None


def test_it_belongs_to_the_job_that_runs():
    assert mailbox.current().take() is None
    assert not mailbox.deliver("job", 1, {"T": 1.0})
    with mailbox.opened("job"):
        assert mailbox.deliver("job", 1, {"T": 1.0})
        assert not mailbox.deliver("another", 1, {"T": 9.0})
        assert mailbox.current().take() == {"T": 1.0}
    assert not mailbox.deliver("job", 2, {"T": 2.0})
    assert mailbox.current().take() is None


def test_jobs_side_by_side_have_their_own():
    """Of two threads of one process each is at another job."""
    inside, found = threading.Barrier(3), {}

    def work(job):
        with mailbox.opened(job):
            inside.wait(PATIENCE)
            inside.wait(PATIENCE)
            found[job] = mailbox.current().take()

    threads = [threading.Thread(target=work, args=(job,)) for job in ("a", "b")]
    for thread in threads:
        thread.start()
    inside.wait(PATIENCE)
    assert mailbox.deliver("a", 1, {"T": 1.0})
    assert mailbox.deliver("b", 1, {"T": 2.0})
    inside.wait(PATIENCE)
    for thread in threads:
        thread.join(PATIENCE)
    assert found == {"a": {"T": 1.0}, "b": {"T": 2.0}}


# -- the page's side --------------------------------------------------------------------------


def begun(attempt: str, worker: str) -> dict:
    return message(attempt) | {"worker": worker}


def test_a_job_has_a_letter_for_each_attempt_and_none_before_or_after():
    job = new_job()
    job.tell({"T": 1.0})
    assert job._letter() is None, "it has no worker yet"
    job._receive(begun("a", "tcp://one"))
    letter = job._letter()
    assert letter == Letter(1, 1, {"T": 1.0}, "tcp://one")
    job._got(letter)
    assert job._letter() is None
    job.tell({"T": 2.0})
    job.tell({"T": 3.0})
    assert job._letter() == Letter(1, 3, {"T": 3.0}, "tcp://one")
    job._receive(begun("b", "tcp://two"))
    assert job._letter() == Letter(2, 3, {"T": 3.0}, "tcp://two")
    job._receive(message("b", first=0, end=DONE))
    job.tell({"T": 4.0})
    assert job._letter() is None


class Client:
    """Sends when the test says so, and loses what it is told to lose."""

    def __init__(self) -> None:
        self.loop = self
        self.sent, self.calls, self.lost = [], [], False

    def add_callback(self, call):
        self.calls.append(call)

    async def run(self, function, job, number, message, *, workers, on_error, asynchronous):
        assert (function, on_error, asynchronous) == (mailbox.deliver, "ignore", True)
        if self.lost:
            raise OSError("the worker is gone")
        self.sent.append((workers, number, message))
        return {workers[0]: True}

    def go(self):
        (call,), self.calls = self.calls, []
        with pytest.raises(StopIteration):
            call().send(None)


def test_one_message_is_on_its_way_and_the_newest_follows_it(monkeypatch):
    looked, client, job = [], Client(), new_job()
    post = posts.Post(lambda: looked.append(True))
    post.bring(client, job)
    assert client.calls == []
    job._receive(begun("a", "tcp://one"))
    for number in range(100):
        job.tell({"T": float(number)})
        post.bring(client, job)
    client.go()
    assert looked == [True]
    post.bring(client, job)
    client.go()
    post.bring(client, job)
    assert client.calls == []
    assert client.sent == [(["tcp://one"], 1, {"T": 0.0}), (["tcp://one"], 100, {"T": 99.0})]


def test_a_message_that_was_lost_is_sent_again_after_a_while(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(posts.time, "monotonic", lambda: now[0])
    client, job = Client(), new_job()
    post = posts.Post(lambda: None)
    job._receive(begun("a", "tcp://one"))
    job.tell({"T": 1.0})
    client.lost = True
    post.bring(client, job)
    client.go()
    post.bring(client, job)
    assert client.calls == []
    now[0] += posts.AGAIN_SECONDS
    client.lost = False
    post.bring(client, job)
    client.go()
    assert client.sent == [(["tcp://one"], 1, {"T": 1.0})]
    post.forget(job)
    assert post._going == {}


# -- real workers -----------------------------------------------------------------------------


def test_a_running_job_hears_what_it_is_told(manager):
    job = manager.submit(iterators.listen, 2, owner="ann", key="hears")
    wait_until(lambda: job.events)
    job.tell({"number": 1})
    wait_until(lambda: heard(job) == [1])
    job.tell({"number": 2})
    assert job.wait(PATIENCE)
    assert (job.state, heard(job)) == (JobState.DONE, [1, 2])
    job.tell({"number": 3})
    assert (job.state, heard(job)) == (JobState.DONE, [1, 2])


def test_of_many_messages_the_newest_counts(manager, tmp_path):
    go = tmp_path / "go"
    job = manager.submit(iterators.listen, 999, str(go), owner="ann", key="many")
    wait_until(lambda: job.events)
    for number in range(1000):
        job.tell({"number": number})
    wait_until(lambda: job._known is not None and job._known.number == 1000)
    go.touch()
    assert job.wait(PATIENCE)
    assert heard(job) == [999]


def test_what_is_told_before_it_begins_is_heard_when_it_does(manager, tmp_path):
    go = str(tmp_path / "go")
    busy = [manager.submit(iterators.hold, go, owner=str(n), key=str(n)) for n in range(2)]
    wait_until(lambda: all(job.events for job in busy))
    job = manager.submit(iterators.listen, 7, owner="ann", key="early")
    job.tell({"number": 7})
    assert job.state is JobState.QUEUED
    (tmp_path / "go").touch()
    assert job.wait(PATIENCE)
    assert heard(job) == [7]


def test_only_the_job_that_is_told_hears_it(manager, tmp_path):
    one, other = (
        manager.submit(iterators.listen, last, owner=str(last), key=f"listen {last}")
        for last in (1, 5)
    )
    wait_until(lambda: one.events and other.events)
    one.tell({"number": 1})
    assert one.wait(PATIENCE)
    other.tell({"number": 5})
    assert other.wait(PATIENCE)
    assert (heard(one), heard(other)) == ([1], [5])


def test_whoever_begins_anew_hears_the_newest(manager, tmp_path):
    job = manager.submit(iterators.hear_or_die, str(tmp_path / "died"), owner="ann", key="anew")
    job.tell({"number": 4})
    assert job.wait(PATIENCE)
    assert job.state is JobState.DONE, job.error
    assert job.restarts == 1
    assert heard(job) == [4]


def test_all_jobs_of_a_group_hear_it(manager):
    tasks = [Task(iterators.listen, (3,), "alone")]
    group = JobGroup(manager, tasks, "ann", ahead=TeacherReady)
    group.tell({"number": 3})
    told = []
    wait_until(lambda: told.extend(group.news()) or group.finished)
    assert [event.done for event in told[1:] if event.stage != "waiting"] == [3]
    group.tell({"number": 4})
    assert group.finished
