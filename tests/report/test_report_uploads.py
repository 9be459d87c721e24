"""A command that names a file as this server keeps it says what its owner calls it."""

from __future__ import annotations

from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.data.accepted import TABLE
from kdlab.report import words


def test_a_file_that_was_loaded_is_called_by_its_name(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    held = uploads.keep(b"x,y\n1,a\n", "penguins.csv", TABLE)
    (told,) = words.elsewhere(DistilConfig(dataset="table", folder=held))
    assert told.startswith(f"{held} is penguins.csv, as it was loaded on this server.")
    assert "--folder PATH" in told
    assert words.elsewhere(DistilConfig(dataset="table", folder="penguins.csv")) == []
    assert words.elsewhere(DistilConfig()) == []
