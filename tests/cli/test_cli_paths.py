"""What the command line opens for a user: regular files, and nothing that keeps it waiting."""

from __future__ import annotations

import contextlib
import os
import threading

import pytest

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here"),
]

REFUSED = ("not a regular file", "are not a file on this machine")
WAYS = [
    *((command, "--config") for command in ("distill", "sweep", "search")),
    ("study", "temperature", "--config"),
    ("full-run", "--out", "run", "--config"),
    ("distill", "--dataset", "images", "--folder"),
    ("full-run", "--out", "run", "--pair", "own", "--data"),
    ("full-run", "--out", "run", "--pair", "own", "--teacher", "resnet8", "--teacher-file"),
]


@pytest.fixture
def pipe(tmp_path):
    """A FIFO. Whoever opens it and waits for what comes gets settings, so that no test hangs."""
    path = tmp_path / "pipe.json"
    os.mkfifo(path)

    def fed():
        with contextlib.suppress(BrokenPipeError), path.open("wb", buffering=0) as file:
            file.write(b'{"alpha": 0.5}')

    feeder = threading.Thread(target=fed)
    feeder.start()
    yield path
    # Where nobody has opened it: open until the feeder has been, however late it comes.
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    feeder.join()
    os.close(reader)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_nobody_waits_for_a_pipe(kdlab, monkeypatch, tmp_path, pipe, way):
    monkeypatch.chdir(tmp_path)
    code, out, err = kdlab(*way, pipe)
    assert (code in (1, 2), out) == (True, "")
    assert any(words in err for words in REFUSED)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_no_device_is_read(kdlab, monkeypatch, tmp_path, way):
    monkeypatch.chdir(tmp_path)
    code, out, err = kdlab(*way, "/dev/zero")
    assert (code in (1, 2), out) == (True, "")
    assert any(words in err for words in REFUSED)


@pytest.mark.parametrize("option", ["--out", "--config", "--folder", "--teacher-file"])
def test_the_home_of_nobody(kdlab, monkeypatch, tmp_path, option):
    monkeypatch.chdir(tmp_path)
    more = () if option == "--out" else ("--out", "run")
    code, out, _ = kdlab("full-run", "--pair", "own", *more, option, "~nobody-of-that-name/x")
    assert (code in (1, 2), out) == (True, "")
