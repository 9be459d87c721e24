from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from kdlab.errors import StoreError
from kdlab.events import Progress, SearchStarted
from kdlab.experiments.search import journal, run, share, study, tried


@pytest.fixture
def begun(config, store, folder):
    """The journal of a search with two trials."""
    list(share(config.model_copy(update={"trials": 2}), store))
    return folder / "journal.log"


def test_a_damaged_line_is_named_and_nothing_is_changed(config, store, begun):
    lines = begun.read_bytes().split(b"\n")
    lines[2] = b'{"op_code": 4, "study' + b"\x00" * 100
    begun.write_bytes(b"\n".join(lines))
    before = begun.read_bytes()
    with pytest.raises(StoreError) as caught:
        list(run(config, store))
    text = str(caught.value)
    assert f"the journal {begun} is damaged: line 3 is '{{" in text
    assert "rename or delete the file" in text
    assert begun.read_bytes() == before
    begun.rename(begun.with_name("elsewhere"))
    assert list(run(config, store))[-1].trials == 6


@pytest.mark.parametrize("line", ['{"op_code": 77}', '{"a": 1}', '{"op_code": 4, "worker_id": 1}'])
def test_lines_that_do_not_fit_together_are_damage_too(config, store, begun, line):
    begun.write_text(begun.read_text() + line + "\n")
    with pytest.raises(StoreError, match="its lines do not fit together"):
        list(run(config, store))


def test_half_a_line_that_a_kill_left_is_put_aside(config, store, begun):
    whole = begun.read_bytes()
    begun.write_bytes(whole + b'{"op_code": 5, "tri')
    events = list(run(config, store))
    (told,) = [e for e in events if isinstance(e, Progress) and "half a line" in e.stage]
    assert begun.with_name("journal-torn-1").read_bytes() == b'{"op_code": 5, "tri'
    assert "journal-torn-1" in told.stage
    assert [e.resumed for e in events if isinstance(e, SearchStarted)] == [2]
    assert begun.read_bytes().startswith(whole)


def test_much_without_an_end_is_no_broken_write(config, store, begun):
    begun.write_bytes(b"x" * (journal.LONGEST_LINE + 1))
    with pytest.raises(StoreError, match="65,537 bytes and no end"):
        list(run(config, store))


def test_the_lock_of_a_dead_process_is_taken_over(config, store, begun, monkeypatch):
    monkeypatch.setattr(journal, "GRACE", 1)
    lock = begun.with_name("journal.log.lock")
    lock.touch()
    with pytest.warns(UserWarning, match="grace_period"):  # what Optuna thinks of one second
        events = list(share(config, store))
    assert any("waiting for the lock" in e.stage for e in events if isinstance(e, Progress))
    assert not lock.exists()


def test_a_lock_that_changes_hands_is_waited_for(begun, monkeypatch):
    monkeypatch.setattr(journal, "GRACE", 0.3)
    lock = begun.with_name("journal.log.lock")
    lock.touch()
    clock = [0.0]  # turned by hand: a machine that stalls keeps no lock the longer

    def pause(seconds):
        clock[0] += seconds

    monkeypatch.setattr(journal, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=pause))
    for count, _ in enumerate(journal._wait_for_lock(begun)):
        lock.unlink()
        if count < 8:
            lock.touch()
            os.utime(lock, ns=(count, count))  # each is another, however quick this is
    assert clock[0] > 0.6, "longer than any one lock was there"


def test_a_lock_that_stays_is_an_error_with_its_name(config, store, begun, monkeypatch):
    monkeypatch.setattr(journal, "GRACE", 0.3)
    begun.with_name("journal.log.lock").mkdir()
    with pytest.raises(StoreError) as caught:
        list(run(config, store))
    assert "is locked by journal.log.lock" in str(caught.value)
    assert f"delete {begun}.lock" in str(caught.value)


def test_a_home_that_is_a_file_is_told(config, store):
    store.home.parent.mkdir(exist_ok=True)
    store.home.write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        list(run(config, store))


def test_who_only_looks_waits_for_no_lock_and_writes_nothing(config, store, begun, monkeypatch):
    """Beside a worker that died in the middle of a line, and left its lock."""
    monkeypatch.setattr(journal, "_wait_for_lock", None)  # nobody asks
    begun.write_bytes(begun.read_bytes() + b'{"op_code": 5, "tri')
    Path(f"{begun}.lock").touch()
    asked = config.model_copy(update={"trials": 2})

    def contents():
        return {p: p.read_bytes() for p in store.home.rglob("*") if p.is_file()}

    before = contents()
    _, told = tried(asked, store)
    assert len(told.trials) == 2
    assert len(study(asked, store).trials) == 2
    assert contents() == before


def test_a_journal_without_a_line_has_no_trials(config, store, begun):
    begun.write_bytes(b'{"op_code": 0, "study')
    assert tried(config, store) == []
    assert study(config, store) is None


def test_damage_is_told_to_who_only_looks_too(config, store, begun):
    whole = begun.read_bytes()
    for damage, why in (
        (b"no line\n", "line"),
        (b'{"op_code": 77}\n', "do not fit together"),
        (b"x" * (journal.LONGEST_LINE + 1), "no end"),
    ):
        begun.write_bytes(whole + damage)
        with pytest.raises(StoreError, match=why):
            tried(config, store)
        assert begun.read_bytes() == whole + damage
