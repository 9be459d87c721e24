"""The hub: what is folded once is told to all, to each what he has missed, and nothing twice."""

from __future__ import annotations

import json
import threading
import time

import pytest

from kdlab.errors import JobError
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.streams import Hub, View
from kdlab.streams import hub as hubs
from kdlab.streams import view as views
from kdlab.streams.deltas import applied
from kdlab.streams.source import Told
from tests.patience import PATIENCE

ANNA, BERT = Visitor("anna"), Visitor("bert")
CALLS = []


class Counter:
    """A source that a test winds: a list that grows."""

    seconds = 1000.0

    def __init__(self, key="one"):
        self.key = key
        self.numbers = []
        self.known = []
        self.ended = False
        self.renewed = 0
        self.others = []
        self.call = lambda: None

    @property
    def told(self):
        return Told(list(self.known), 0)

    @property
    def over(self):
        return self.ended and self.known == self.numbers

    def listen(self, call):
        self.call = call

    def look(self):
        before, self.known = self.known, list(self.numbers)
        return before != self.known

    def joined(self, other):
        self.others.append(other)

    def left(self, other):
        self.others = [one for one in self.others if one is not other]

    def unlisten(self):
        self.call = lambda: None

    def renew(self):
        self.renewed += 1

    def tell(self, *numbers, ended=False):
        self.numbers += numbers
        self.ended = ended
        self.call()


def listed(told, start=0):
    CALLS.append(start)
    return {"from": start, "x": [n for n in told.history if n >= start]}


def whole(told):
    return {"x": told.history}


def broken(told):
    raise ValueError("a chart that cannot be drawn")


@pytest.fixture(autouse=True)
def _calls():
    CALLS.clear()


@pytest.fixture
def hub():
    made = Hub()
    yield made
    made.close()


class Reader:
    """A browser: it applies what it is told, and wakes when there is more."""

    def __init__(self, one):
        self.one = one
        self.read = 0
        self.values = {}
        self.frames = []
        self.news = threading.Event()
        self.handle = one.open(self.news.set)

    def take(self):
        self.read, told = self.one.since(self.read)
        for name, part in json.loads(told).items():
            self.frames.append((name, part))
            if "is" in part:
                self.values[name] = part["is"]
            for operations in part.get("by", []):
                self.values[name] = applied(self.values[name], operations)
        return self.values

    def wait_for(self, name, value):
        end = time.monotonic() + PATIENCE
        while self.take().get(name) != value:
            assert self.news.wait(end - time.monotonic()), (name, self.values)
            self.news.clear()


def test_who_watches_is_renewed_though_pages_look_by_themselves_all_the_time(hub):
    source = Counter()
    source.seconds = 0.05
    reader = Reader(hub.subscribe(source, ANNA))
    source.tell(1)
    end = time.monotonic() + PATIENCE
    seen = source.renewed
    while source.renewed < seen + 2:
        assert time.monotonic() < end
        reader.one.feed.renew()


def test_a_source_is_looked_at_when_it_is_due_though_something_else_came_before(hub):
    feed = hub.subscribe(Counter(), ANNA).feed
    end = time.monotonic() + PATIENCE
    while not feed.looked_at:  # once, since it is new
        assert time.monotonic() < end
    feed.looked_at -= 400
    assert 0 < hub._patience() <= 600


def test_a_view_that_several_show_is_made_once_for_all(hub):
    source = Counter()
    readers = []
    for visitor in (ANNA, BERT):
        one = hub.subscribe(source if not readers else Counter(), visitor)
        one.show("chart", View(listed, (2,)))
        readers.append(Reader(one))
    CALLS.clear()
    source.tell(1, 2, 3)
    for reader in readers:
        reader.wait_for("chart", {"from": 2, "x": [2, 3]})
    assert CALLS == [2]
    assert len(source.others) == 1


def test_a_reader_gets_deltas_and_one_who_comes_late_gets_all_of_it(hub):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    first = Reader(one)
    source.tell(*range(50))
    first.wait_for("chart", {"from": 0, "x": list(range(50))})
    source.tell(50)
    first.wait_for("chart", {"from": 0, "x": list(range(51))})
    assert first.frames[-1] == ("chart", {"by": [[[["x"], 50, [50]]]]})
    late = Reader(one)
    assert late.take() == first.values
    again = Reader(one)
    again.read, again.values = first.read - 1, {"chart": {"from": 0, "x": list(range(50))}}
    assert again.take() == first.values, "who has read less is told the rest"
    assert first.take() == late.take()
    assert not json.loads(one.since(first.read)[1]), "nothing is told twice"


def test_whoever_has_missed_more_than_is_kept_is_told_the_whole(hub, monkeypatch):
    monkeypatch.setattr(views, "MOST_BYTES", 60)
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    reader, slow = Reader(one), Reader(one)
    source.tell(*range(30))
    reader.wait_for("chart", {"from": 0, "x": list(range(30))})
    slow.take()
    for n in range(30, 40):
        source.tell(n)
        reader.wait_for("chart", {"from": 0, "x": list(range(n + 1))})
    assert slow.take() == reader.values
    assert "is" in slow.frames[-1][1]


def test_a_view_that_is_added_later_is_told_whole_to_those_who_read_already(hub):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("a", View(listed))
    reader = Reader(one)
    source.tell(1, 2)
    reader.wait_for("a", {"from": 0, "x": [1, 2]})
    one.show("b", View(listed, (2,)))
    reader.wait_for("b", {"from": 2, "x": [2]})
    one.show("a", View(listed, (1,)))
    reader.wait_for("a", {"from": 1, "x": [1, 2]})
    one.leave({"a"})
    source.tell(3)
    reader.wait_for("b", {"from": 2, "x": [2, 3]})
    assert reader.values["a"]["x"] == [1, 2], "what is not shown any more is not told"


def test_a_view_that_fails_takes_the_others_from_nobody(hub, caplog):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("bad", View(broken))
    one.show("good", View(listed))
    reader = Reader(one)
    source.tell(1)
    reader.wait_for("good", {"from": 0, "x": [1]})
    assert "bad" not in reader.values
    assert "a view could not be made" in caplog.text


def test_what_json_cannot_hold_is_not_told(hub, caplog):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(whole))
    reader = Reader(one)
    source.tell(1)
    reader.wait_for("chart", {"x": [1]})
    source.tell(float("nan"))
    source.call()
    end = time.monotonic() + PATIENCE
    while "a view could not be made" not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert reader.take() == {"chart": {"x": [1]}}


def test_a_view_that_was_left_by_all_is_made_anew_for_who_comes(hub):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("a", View(listed))
    reader = Reader(one)
    source.tell(1)
    reader.wait_for("a", {"from": 0, "x": [1]})
    one.show("b", View(whole))
    one.leave({"a"})
    source.tell(2)
    reader.wait_for("b", {"x": [1, 2]})
    CALLS.clear()
    one.show("a", View(listed))
    assert CALLS, "nobody has kept it"
    reader.wait_for("a", {"from": 0, "x": [1, 2]})
    source.tell(3)
    reader.wait_for("a", {"from": 0, "x": [1, 2, 3]})


def test_the_end_is_told_after_all_that_was_told(hub):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    reader = Reader(one)
    source.tell(1, 2, ended=True)
    reader.wait_for("chart", {"from": 0, "x": [1, 2]})
    end = time.monotonic() + PATIENCE
    while not one.over:
        assert reader.news.wait(end - time.monotonic())
        reader.news.clear()
    again = hub.subscribe(Counter(), BERT)
    assert again.feed is not one.feed, "work that is over starts again for whoever comes then"


def test_what_somebody_reads_keeps_its_lease_and_what_nobody_does_is_forgotten(monkeypatch):
    monkeypatch.setattr(hubs, "FETCH_SECONDS", float("-inf"))  # whoever has closed is gone at once
    monkeypatch.setattr(hubs, "FORGET_SECONDS", 0.0)
    monkeypatch.setattr(hubs, "RENEW_SECONDS", float("inf"))  # not before the other one has gone
    hub, watched, left = Hub(), Counter("watched"), Counter("left")
    one, other = hub.subscribe(watched, ANNA), hub.subscribe(left, ANNA)
    reader = Reader(one)
    one.show("chart", View(listed))
    other.close(other.open(lambda: None))
    left.tell(0)
    end = time.monotonic() + PATIENCE
    while not left.known:  # a look that began while it was still read has ended
        assert time.monotonic() < end
    monkeypatch.setattr(hubs, "KEPT_SECONDS", 0.0)  # now: before, nobody reads either of them
    monkeypatch.setattr(hubs, "RENEW_SECONDS", 0.0)
    watched.tell(1)
    reader.wait_for("chart", {"from": 0, "x": [1]})
    end = time.monotonic() + PATIENCE
    while hub.find(other.token, "") is not None or not watched.renewed:
        watched.tell(2)
        assert time.monotonic() < end
    assert not left.renewed
    assert other.over
    assert hub.find(one.token, "") is one
    hub.close()


def test_who_fetches_now_and_then_keeps_the_lease_though_he_is_there_for_no_time(hub, monkeypatch):
    """A page that nobody sees: there is always news, so each fetch ends at once."""
    monkeypatch.setattr(hubs, "RENEW_SECONDS", 0.0)
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.close(one.open(lambda: None))
    end = time.monotonic() + PATIENCE
    while not source.renewed:
        source.tell(1)
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_source_that_fails_takes_the_others_from_nobody(hub, caplog):
    class Broken(Counter):
        def look(self):
            raise OSError("the disk is gone")

    bad = hub.subscribe(Broken("bad"), ANNA)
    bad.open(lambda: None)
    source = Counter("good")
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    reader = Reader(one)
    source.tell(1)
    reader.wait_for("chart", {"from": 0, "x": [1]})
    bad.feed.source.call()
    source.tell(2)
    reader.wait_for("chart", {"from": 0, "x": [1, 2]})
    assert "a source could not be read" in caplog.text


def test_no_reader_gets_the_number_of_a_view_without_the_view(hub):
    """He reads while it is made."""
    one = hub.subscribe(Counter(), ANNA)
    begun, goes_on = threading.Event(), threading.Event()

    def slow(told):
        begun.set()
        assert goes_on.wait(PATIENCE)
        return 1

    shows = threading.Thread(target=one.show, args=("slow", View(slow)), daemon=True)
    shows.start()
    assert begun.wait(PATIENCE)
    found = []
    reads = threading.Thread(target=lambda: found.append(one.since(0)), daemon=True)
    reads.start()
    goes_on.set()
    shows.join(PATIENCE)
    reads.join(PATIENCE)
    number, told = found[0]
    if told == "{}":  # he was before it
        number, told = one.since(number)
    assert json.loads(told) == {"slow": {"is": 1}}


def test_a_page_that_looks_by_itself_has_all_told(hub):
    source = Counter()
    one, other = hub.subscribe(source, ANNA), hub.subscribe(source, BERT)
    for each in (one, other):
        each.show("a", View(listed))
    reader = Reader(other)
    reader.wait_for("a", {"from": 0, "x": []})
    source.numbers.append(1)  # and nobody is called
    one.feed.renew()
    reader.wait_for("a", {"from": 0, "x": [1]})


def test_readers_wait_for_no_chart(hub):
    """All connections share one thread."""
    source, held = Counter(), threading.Event()
    one = hub.subscribe(source, ANNA)
    one.show("a", View(listed))
    reader = Reader(one)
    source.tell(1)
    reader.wait_for("a", {"from": 0, "x": [1]})
    begun = threading.Event()

    def slow(told):
        begun.set()
        assert held.wait(PATIENCE)
        return {"x": told.history}

    drawing = threading.Thread(target=one.show, args=("slow", View(slow)))
    drawing.start()
    try:
        assert begun.wait(PATIENCE)
        _, told = one.since(0)
        assert set(json.loads(told)) == {"a"}
        assert hub.find(one.token, "") is one
    finally:
        held.set()
    drawing.join(PATIENCE)
    reader.wait_for("slow", {"x": [1]})


def test_a_token_opens_nothing_in_another_browser(hub):
    one = hub.subscribe(Counter(), ANNA, "her browser")
    assert hub.find(one.token, "her browser") is one
    assert hub.find(one.token, "") is one, (
        "who cannot be told apart from others must know the token"
    )
    assert hub.find(one.token, "another") is None
    assert hub.find("made up", "her browser") is None
    assert len(one.token) >= 20
    hub.unsubscribe(one)
    assert hub.find(one.token, "her browser") is None
    assert one.over


@pytest.mark.attack
def test_there_is_a_limit_for_one_visitor_and_for_all(hub, monkeypatch):
    monkeypatch.setattr(hubs, "MOST_READERS_OF_ONE", 3)
    monkeypatch.setattr(hubs, "MOST_READERS", 5)
    hers, his = hub.subscribe(Counter("a"), ANNA), hub.subscribe(Counter("b"), BERT)
    owners = hub.subscribe(Counter("c"), OWNER)
    import contextlib

    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(hub.reading(hers, lambda: None))
        with pytest.raises(JobError, match="3 of your pages are watching"):
            stack.enter_context(hub.reading(hers, lambda: None))
        stack.enter_context(hub.reading(his, lambda: None))
        stack.enter_context(hub.reading(owners, lambda: None))
        with pytest.raises(JobError, match="5 pages are watching work on this server"):
            stack.enter_context(hub.reading(his, lambda: None))
    assert hers.readers == 0
    with hub.reading(hers, lambda: None):
        assert hers.readers == 1


@pytest.mark.attack
def test_subscriptions_are_bounded(hub, monkeypatch):
    monkeypatch.setattr(hubs, "MOST_SUBSCRIPTIONS", 10)
    made = [hub.subscribe(Counter(n), ANNA) for n in range(30)]
    assert [hub.find(one.token, "") is one for one in made] == [False] * 20 + [True] * 10


def test_a_hub_that_closes_ends_what_is_read(hub):
    one = hub.subscribe(Counter(), ANNA)
    reader = Reader(one)
    reader.news.clear()
    hub.close()
    assert reader.news.is_set()
    assert one.over
    assert hub.closing
