"""What a full run may open: a teacher's file is refused where a folder of images is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kdlab.data import uploads
from kdlab.errors import KdlabError, ModelError
from kdlab.full_run.recipe import teacher_file
from kdlab.full_run.run import process
from kdlab.hosting import visitor
from kdlab.hosting.visitor import OWNER, Visitor

pytestmark = pytest.mark.attack

PATHS = ["/etc/passwd", "relative.zip", "~", "~nobody/x", ".", "upload.zip", " /etc", "given"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("said", [None, "0", "1"])
@pytest.mark.parametrize("who", [OWNER, Visitor("anna")], ids=["owner", "visitor"])
def test_a_teachers_file_is_refused_where_a_folder_is(path, said, who, monkeypatch):
    """However the path comes: both ask for whom they are opened, before anything is."""
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    if said is not None:
        monkeypatch.setenv("KDLAB_UPLOADS_ONLY", said)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("opened"))
    found = []
    with visitor.acting_for(who):
        for open_one in (uploads.resolve, teacher_file.located):
            try:
                open_one(path)
                found.append("")
            except KdlabError as error:
                found.append(error.todo.partition(", or as")[2])
    refused = said == "1" or (said is None and not who.owner)
    assert [text != "" for text in found] == [refused and said is None] * 2
    assert found[0] == found[1]
    with visitor.acting_for(who):
        assert uploads.uploads_only() is refused


@pytest.mark.parametrize("setting", ["teacher_file", "folder"])
def test_the_process_of_a_visitors_run_refuses_what_the_page_refuses(
    setting, monkeypatch, tmp_path
):
    """A full run is a process of its own, which would work for the owner of the machine."""
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    assert "KDLAB_UPLOADS_ONLY" not in process._environment()
    with visitor.acting_for(Visitor("anna")):
        environment = process._environment()
    changes = {"teacher_file": str(tmp_path / "w.safetensors")}
    if setting == "folder":
        changes = {"dataset": "images", "folder": str(tmp_path), "teacher": "resnet8"}
    command = [sys.executable, "-m", "kdlab", "full-run", "--out", str(tmp_path / "out")]
    for name, value in changes.items():
        command += [f"--{name.replace('_', '-')}", value]
    done = subprocess.run(
        [*command, "--json"], cwd=process.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode
    assert "on this server only" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_visitors_teacher_is_bounded_whatever_his_browser_says(monkeypatch):
    monkeypatch.setenv("KDLAB_UPLOAD_MB", "0.001")
    with visitor.acting_for(Visitor("anna")):
        assert teacher_file.keep(bytes(1000), "small") == "given:small"
        with pytest.raises(ModelError, match=r"more than 0\.001 MB"):
            teacher_file.keep(bytes(1001), "large")
    assert teacher_file.keep(bytes(1001), "large") == "given:large"


@pytest.mark.parametrize("mark", ["a" * 5000, "", "é", "../x", "a b", "\0"])
def test_a_name_that_no_loaded_file_has_is_told_in_words(mark):
    with pytest.raises(ModelError, match="is not on this machine"):
        teacher_file.located(f"given:{mark}")
