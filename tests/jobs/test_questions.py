"""Questions of one visitor: two at the same time, so that nobody holds every worker's thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kdlab.errors import JobError
from kdlab.hosting.visitor import OWNER, Visitor
from tests.jobs import iterators
from tests.jobs.conftest import wait_until
from tests.patience import PATIENCE

ANN, BOB = Visitor("ann"), Visitor("bob")


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as found:
        yield found


@pytest.fixture
def held(manager, tmp_path, pool):
    """Ask a question that is answered when the file ``name`` is there; its future, once it
    is handed over."""
    asked = []

    def ask(visitor, name):
        path = tmp_path / name
        asked.append(path)
        before = len(manager._questions._asked.get(visitor, []))
        answer = pool.submit(
            manager.call, iterators.wait_for, str(path), timeout=PATIENCE, visitor=visitor
        )
        wait_until(lambda: len(manager._questions._asked.get(visitor, [])) > before)
        return answer

    yield ask
    for path in asked:
        path.touch()


def square(manager, visitor):
    return manager.call(iterators.square, 3, timeout=PATIENCE, visitor=visitor)


def test_a_third_question_of_a_visitor_is_refused_at_once(manager, held, tmp_path):
    answers = [held(ANN, "one"), held(ANN, "two")]
    with pytest.raises(JobError) as caught:
        square(manager, ANN)
    assert caught.value.received == "2 of your questions are still being answered"
    assert caught.value.allowed.startswith("at most 2 per visitor")
    assert "Wait until one is answered" in caught.value.todo
    (tmp_path / "one").touch()
    answers[0].result(PATIENCE)
    assert square(manager, ANN) == 9
    assert not answers[1].done()
    held(ANN, "three")
    with pytest.raises(JobError, match="2 of your questions"):
        square(manager, ANN)


def test_another_visitor_and_the_owner_are_not_refused(manager, held, tmp_path, pool):
    held(ANN, "one")
    held(ANN, "two")
    others = [pool.submit(square, manager, who) for who in (BOB, OWNER, OWNER, OWNER)]
    (tmp_path / "one").touch()
    assert [other.result(PATIENCE) for other in others] == [9] * 4


def test_who_gives_up_waiting_still_holds_the_thread(manager, tmp_path):
    for name in ("one", "two"):
        with pytest.raises(JobError, match="no worker answered"):
            manager.call(iterators.wait_for, str(tmp_path / name), timeout=0.1, visitor=ANN)
    with pytest.raises(JobError, match="2 of your questions"):
        square(manager, ANN)
    (tmp_path / "one").touch()
    wait_until(lambda: len([f for f in manager._questions._asked[ANN] if not f.done()]) == 1)
    assert square(manager, ANN) == 9
    (tmp_path / "two").touch()


def test_a_question_that_ends_in_an_error_does_not_count(manager):
    for _ in range(5):
        with pytest.raises(JobError, match="ZeroDivisionError"):
            manager.call(iterators.divide, 1, timeout=PATIENCE, visitor=ANN)
    assert not manager._questions._asked
