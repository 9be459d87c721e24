"""For whom a process is at work: its owner, unless it was told otherwise."""

from __future__ import annotations

import threading

from kdlab.hosting import visitor
from kdlab.hosting.visitor import OWNER, Visitor

ANNA, BERT = Visitor("anna"), Visitor("bert")


def test_a_command_works_for_its_owner():
    assert visitor.current() is OWNER
    assert visitor.current().owner
    assert not Visitor("somebody").owner


def test_what_is_done_for_somebody_ends_with_it():
    with visitor.acting_for(ANNA):
        assert visitor.current() == ANNA
        with visitor.acting_for(BERT):
            assert visitor.current() == BERT
        assert visitor.current() == ANNA
    assert visitor.current() is OWNER


def test_a_server_says_who_its_visitors_are_and_every_thread_hears_it():
    visitor.ask(lambda: ANNA)
    heard = []
    thread = threading.Thread(target=lambda: heard.append(visitor.current()))
    thread.start()
    thread.join()
    assert heard == [ANNA]
    with visitor.acting_for(BERT):
        assert visitor.current() == BERT
