from __future__ import annotations

import re
from pathlib import Path

import pytest

from kdlab.errors import StoreError
from kdlab.storage.store import Store
from kdlab.system import paths


@pytest.mark.parametrize(
    ("variable", "folder"), [("KDLAB_HOME", paths.default_home), ("KDLAB_DATA", paths.data_root)]
)
def test_folders_are_read_from_the_environment_at_each_call(
    variable, folder, monkeypatch, tmp_path
):
    monkeypatch.setenv(variable, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv(variable, " ~/somewhere ")
    assert folder() == Path.home() / "somewhere"
    for nothing in ("", "  "):
        monkeypatch.setenv(variable, nothing)
        assert "kdlab" in folder().parts
    monkeypatch.delenv(variable)
    assert "kdlab" in folder().parts


def test_data_lie_in_a_folder_of_their_own(monkeypatch):
    monkeypatch.delenv("KDLAB_HOME")
    monkeypatch.delenv("KDLAB_DATA", raising=False)
    assert paths.data_root() == paths.default_home() / "data"
    assert Store().home == paths.default_home()


def test_a_home_that_can_be_written_is_made_and_left_empty(tmp_path):
    paths.check_writable(tmp_path / "new" / "home")
    assert list((tmp_path / "new" / "home").iterdir()) == []


def test_a_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(StoreError, match=f"{re.escape(str(folder))}.*Set KDLAB_HOME"):
            paths.check_writable(folder)
