"""Damaged folders beside a good run: each is listed, takes the page from nobody, and can be deleted
where it is shown."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from fakes import FakeManager
from fullruns import DEVICE, PAGE, TABS, labels, made, shown
from streamlit.testing.v1 import AppTest

from kdlab.full_run.run import folder as folders
from kdlab.storage.store import Store
from pages.ui.full_run import machine, rough, start, watch
from pages.ui.shell import workers
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack

DEEP = "[" * 50_000 + "]" * 50_000
CONFIG, STATUS, EVENTS, LOCK = "config.json", "status.json", "events.jsonl", "lock"


def text(name, content):
    """``content`` in place of the file."""
    return lambda path: (path / name).write_text(content)


def without(*names):
    return lambda path: [(path / name).unlink() for name in names]


def a_folder(name):
    def make(path):
        (path / name).unlink(missing_ok=True)
        (path / name).mkdir()

    return make


def a_fifo(name):
    def make(path):
        (path / name).unlink(missing_ok=True)
        os.mkfifo(path / name)

    return make


def setting(**values):
    def change(path):
        known = json.loads((path / CONFIG).read_text())
        (path / CONFIG).write_text(json.dumps(known | values))

    return change


def told(what, **values):
    """Fields of the first event of this kind have other values."""

    def change(path):
        lines = (path / EVENTS).read_text().splitlines()
        at = next(n for n, line in enumerate(lines) if f'"{what}"' in line)
        lines[at] = json.dumps(json.loads(lines[at]) | values)
        (path / EVENTS).write_text("\n".join(lines) + "\n")

    return change


def binary(path):
    (path / EVENTS).write_bytes(bytes(range(256)) * 9 + b"\n")


DAMAGE = {
    "no-config": without(CONFIG),
    "empty-config": text(CONFIG, ""),
    "list-config": text(CONFIG, "[]"),
    "deep-config": text(CONFIG, DEEP),
    "folder-config": a_folder(CONFIG),
    "fifo-config": a_fifo(CONFIG),
    "half-letter": setting(dataset="\ud800"),
    "huge-epochs": setting(epochs=1e300),
    "true-epochs": setting(epochs=True),
    "unknown-setting": setting(colour=3),
    "no-network": setting(teacher="no-such-network"),
    "null-status": text(STATUS, "null"),
    "deep-status": text(STATUS, DEEP),
    "odd-state": text(STATUS, '{"state": ["x"], "reason": -1, "failure": null}'),
    "odd-failure": text(STATUS, '{"state": "failed", "reason": "\\ud800", "failure": "moon"}'),
    "folder-status": a_folder(STATUS),
    "fifo-status": a_fifo(STATUS),
    "folder-lock": a_folder(LOCK),
    "fifo-lock": a_fifo(LOCK),
    "odd-lock": text(LOCK, '{"host": 1e300, "pid": -1, "born": null, "boot": [], "since": {}}'),
    "deep-lock": text(LOCK, DEEP[:4000]),
    "odd-launched": text("launched.json", '{"host": "x", "pid": "7"}'),
    "binary-events": binary,
    "deep-events": text(EVENTS, DEEP + "\n"),
    "fifo-events": a_fifo(EVENTS),
    "folder-events": a_folder(EVENTS),
    "odd-device": told("FullStarted", device={"name": ["x"], "processes": "many"}),
    "odd-published": told("FullStarted", published={"method": "much", "column": 3}),
    "odd-stage": told("StageDone", stage="colour"),
    "odd-accuracy": told("StageDone", accuracy=1e300),
    "odd-gain": told("FullFinished", gain={"mean": 1e308, "ci95": [1e308, 1e308], "seeds": 1}),
    "odd-seconds": told("FullFinished", seconds={"total": 1e308, "teacher": -1e308}),
}
SAID = {
    "huge-epochs", "unknown-setting", "half-letter", "odd-accuracy", "odd-published",
    "deep-events", "binary-events", *(name for name in DAMAGE if name.endswith("-config")),
}  # fmt: skip
"""What the table calls damaged; of the others a part is lost that it does not show."""


class Manager(FakeManager):
    """Knows a device."""

    def call(self, function, *args, timeout=10.0):
        return dict(DEVICE)


@pytest.fixture
def page(monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "manager", Manager)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    for shared in (watch._summaries, start.measuring, rough.guesses,
                   machine._kept):  # fmt: skip
        shared.clear()
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)


@pytest.fixture
def damaged():
    """{name: its folder}, older than the good run beside them."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no FIFOs")
    found = {}
    whole = made("2026-01-01-whole", seeds=3).path
    for name, harm in DAMAGE.items():
        found[name] = shutil.copytree(whole, folders.home() / f"2026-01-02-{name}")
        harm(found[name])
    whole.rename(folders.home() / "2026-01-03-good")
    return found


def press(page, label):
    (found,) = [button for button in page.button if button.label == label]
    found.click().run()


def test_all_are_listed_and_the_good_one_is_usable(page, damaged):
    page.session_state["full-run.tab"] = "All runs"
    page.run()
    assert not page.exception
    (table,) = page.dataframe
    states = {row["Run"]: row["State"] for row in table.value.to_dict("records")}
    assert states.keys() == {path.name for path in folders.home().iterdir()}
    assert len(states) == len(DAMAGE) + 1
    said = {name for name, path in damaged.items() if states[path.name].startswith("Damaged")}
    assert said >= SAID
    assert states["2026-01-03-good"] == "Finished"
    assert "Distillation helped" in shown(page)
    assert not page.error


@pytest.mark.slow
def test_each_can_be_looked_at_and_deleted_where_it_is_shown(page, damaged):
    for path in damaged.values():
        page.query_params["run"] = path.name
        page.run()
        assert not page.exception, path.name
        assert "Delete" in labels(page), path.name
        press(page, "Delete")
        press(page, "Delete this run")
        assert not page.exception, path.name
        assert not os.path.lexists(path), path.name
    assert [path.name for path in folders.home().iterdir()] == ["2026-01-03-good"]


@pytest.mark.slow
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_damaged_run_is_drawn_or_says_so(page, damaged, tab):
    page.session_state["full-run.tab"] = tab
    for name in ("odd-device", "odd-published", "odd-stage", "odd-accuracy", "odd-gain",
                 "odd-seconds", "no-config", "fifo-events"):  # fmt: skip
        page.query_params["run"] = damaged[name].name
        page.run()
        assert not page.exception, (name, tab)
