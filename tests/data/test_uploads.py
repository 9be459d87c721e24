from __future__ import annotations

import hashlib
import io
import os
import re

import pytest
from archives import some_images, write_folder, write_tar, write_zip

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data import images, uploads
from kdlab.errors import ArchiveError, StoreError
from kdlab.hosting import in_use, visitor
from kdlab.hosting import kept as kept_bytes
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.system.paths import default_home


@pytest.fixture
def archive(tmp_path):
    """The bytes of a sound zip."""
    write_zip(tmp_path / "set.zip", some_images())
    return (tmp_path / "set.zip").read_bytes()


def kept():
    """Names of the files in the folder of uploads, hidden ones too."""
    folder = default_home() / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def load(folder):
    *_, split = data.load(DataConfig(dataset="images", folder=folder, image_size=8))
    return split


def refused(folder):
    with pytest.raises(ArchiveError) as caught:
        load(folder)
    return str(caught.value)


def test_an_upload_is_named_by_its_content_and_loads(archive):
    value = uploads.keep(archive, "My holiday photos.ZIP")
    mark = hashlib.sha256(archive).hexdigest()[:16]
    assert value == f"upload:{mark}.zip"
    assert kept() == [f"{mark}.zip"]
    assert load(value).classes == ("cat", "dog")
    assert load(f" {value} ").classes == ("cat", "dog")


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tgz"])
def test_every_kind_of_archive_goes_through(tmp_path, ending):
    path = tmp_path / f"set.{ending}"
    if ending == "zip":
        write_zip(path, some_images())
    else:
        write_tar(path, some_images(), "w" if ending == "tar" else "w:gz")
    value = uploads.keep(path.read_bytes(), path.name)
    assert value.endswith(f".{ending}")
    assert load(value).classes == ("cat", "dog")


def test_a_stream_is_read_from_its_beginning_in_pieces(archive, monkeypatch):
    monkeypatch.setattr(uploads, "CHUNK_BYTES", 100)
    stream = io.BytesIO(archive)
    stream.read(7)
    assert uploads.keep(stream, "set.zip") == uploads.keep(archive, "set.zip")
    assert load(uploads.keep(stream, "set.zip")).classes == ("cat", "dog")
    assert len(kept()) == 1


def test_loading_it_again_mends_a_damaged_copy(archive):
    value = uploads.keep(archive, "set.zip")
    (default_home() / "uploads" / kept()[0]).write_bytes(archive[:50])
    assert "cannot be read" in refused(value)
    assert uploads.keep(archive, "set.zip") == value
    assert load(value).classes == ("cat", "dog")


@pytest.mark.parametrize("name", ["set.rar", "set.7z", "zip", "", "set.zip/../x", "set.tar.xz"])
def test_other_endings_are_refused(archive, name):
    with pytest.raises(ArchiveError, match=re.escape(".zip, .tar, .tar.gz or .tgz")) as caught:
        uploads.keep(archive, name)
    assert name in caught.value.received
    assert kept() == []


@pytest.mark.parametrize("name", ["../../evil.zip", "/etc/evil.zip", "C:\\evil.zip", "\0\n.zip"])
def test_only_the_ending_of_a_name_matters(archive, name):
    assert uploads.keep(archive, name) == uploads.keep(archive, "set.zip")
    assert len(kept()) == 1


def test_what_is_too_large_is_refused_and_not_kept(archive, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", len(archive))
    uploads.keep(archive, "set.zip")
    before = kept()
    with pytest.raises(ArchiveError, match=r"bigger\?\.zip has more than .* MB.*at most .* MB"):
        uploads.keep(archive + b"x", "bigger\x1b.zip")
    assert kept() == before


def test_an_empty_file_is_refused():
    with pytest.raises(ArchiveError, match=r"set\.zip is empty"):
        uploads.keep(b"", "set.zip")
    assert kept() == []


def test_a_home_that_cannot_be_written_is_named(archive, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "file"))
    with pytest.raises(StoreError, match=r"uploads cannot be written.*KDLAB_HOME"):
        uploads.keep(archive, "set.zip")


def test_a_full_disk_leaves_nothing_half_written(archive, monkeypatch):
    def full(stream, part, *_):
        part.write(stream.read(10))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "_copy", full)
    with pytest.raises(StoreError, match="No space left on device"):
        uploads.keep(archive, "set.zip")
    assert kept() == []


@pytest.mark.parametrize(
    "typed",
    [
        r"\\host\share",
        "//host/share",
        r"\/host/share",
        r" \\host\share\set.zip",
        r"\\?\UNC\host\share",
        r"\??\UNC\host\share",
        r"\\.\pipe\name",
    ],
)
def test_paths_to_other_machines_are_refused_before_they_are_looked_at(monkeypatch, typed):
    monkeypatch.setattr(images, "open_source", lambda _: pytest.fail("looked"))
    assert "may lie on another machine" in refused(typed)


def aged(name, hours):
    """Pretend that an upload was last used some hours ago."""
    path = default_home() / "uploads" / name.removeprefix("upload:")
    at = path.stat().st_mtime - 3600 * hours
    os.utime(path, (at, at))


def room_for(monkeypatch, count):
    """So many small uploads may be kept in all."""
    monkeypatch.setenv("KDLAB_HOME_GB", f"{(count + 0.5) * kept_bytes.BLOCK / 1e9:.9f}")


def test_what_was_not_used_for_longest_makes_room(monkeypatch):
    room_for(monkeypatch, 3)
    first, second, third = (uploads.keep(bytes([n]) * 1000, "set.zip") for n in range(3))
    aged(first, 3), aged(second, 2), aged(third, 1)
    assert len(kept()) == 3  # exactly as much as there may be
    uploads.resolve(first)  # used again
    fourth = uploads.keep(b"4" * 1000, "set.zip")
    assert kept() == sorted(name.removeprefix("upload:") for name in (first, third, fourth))
    assert "is not on this machine" in refused(second)


def test_the_newest_upload_is_never_removed(monkeypatch):
    room_for(monkeypatch, 1)
    first = uploads.keep(b"1" * 1000, "set.zip")
    aged(first, -5)  # a clock that was wrong
    second = uploads.keep(b"2" * 1000, "set.zip")
    assert [f"upload:{name}" for name in kept()] == [second]


def test_only_uploads_are_removed_and_what_killed_processes_left(monkeypatch):
    room_for(monkeypatch, 1)
    uploads.keep(b"1" * 1000, "set.zip")
    folder = default_home() / "uploads"
    for name in ("notes.txt", ".part-running", ".part-killed"):
        (folder / name).write_bytes(b"x" * 5000)
    with in_use.using(default_home(), "uploads", ".part-running"):
        last = uploads.keep(b"2" * 1000, "set.zip")
    assert kept() == sorted([last.removeprefix("upload:"), "notes.txt", ".part-running"])


def test_on_another_machine_the_message_says_which_file(archive, monkeypatch, tmp_path):
    value = uploads.keep(archive, "set.zip")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "another"))
    message = refused(value)
    assert "is not on this machine" in message
    assert f"SHA-256 begins with {hashlib.sha256(archive).hexdigest()[:16]}" in message
    assert str(tmp_path) not in message


@pytest.mark.parametrize(
    "value",
    [
        "upload:",
        "upload:../../../etc/passwd",
        "upload:0123456789abcdef.zip/../../x",
        "upload:0123456789ABCDEF.zip",
        "upload:0123456789abcde.zip",
        "upload:0123456789abcdef.rar",
        "upload:0123456789abcdef.zip\n.zip",
        "upload:0123456789abcdef",
        "upload:/0123456789abcdef.zip",
    ],
)
def test_names_that_are_no_upload_are_refused(value):
    assert "16 hexadecimal digits" in refused(value)


@pytest.mark.parametrize("switch", ["1", "yes", "on"])
def test_a_shared_server_reads_no_typed_path(archive, monkeypatch, tmp_path, switch):
    folder = write_folder(tmp_path / "set", some_images())
    assert load(folder).classes == ("cat", "dog")
    value = uploads.keep(archive, "set.zip")
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", switch)
    for typed in (folder, f" {folder}", "~", ".", str(default_home() / "uploads" / kept()[0])):
        message = refused(typed)
        assert "only archives loaded through the page" in message
    # what is there and what is not are answered alike
    assert refused("/nonexistent").replace("/nonexistent", "X") == refused("/etc").replace(
        "/etc", "X"
    )
    assert "no archive was loaded" in refused("")
    assert load(value).classes == ("cat", "dog")


@pytest.mark.parametrize("switch", ["", "0", "no", "False"])
def test_the_switch_can_be_off(monkeypatch, tmp_path, switch):
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", switch)
    assert load(write_folder(tmp_path / "set", some_images())).classes == ("cat", "dog")


@pytest.fixture
def anna():
    """Somebody who is not the owner."""
    with visitor.acting_for(Visitor("anna")):
        yield


@pytest.mark.usefixtures("anna")
def test_a_visitor_may_not_name_folders_and_is_told_how_an_owner_may(monkeypatch, tmp_path):
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    message = refused(str(tmp_path))
    assert "only archives loaded through the page" in message
    assert "python -m kdlab key prints it again" in message


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(("said", "only"), [("0", False), ("1", True)])
def test_what_was_said_about_folders_counts_for_everybody(monkeypatch, said, only, tmp_path):
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", said)
    assert uploads.uploads_only() is only
    with visitor.acting_for(OWNER):
        assert uploads.uploads_only() is only
    if only:  # showing the key would not help
        assert "kdlab key" not in refused(str(tmp_path))


@pytest.mark.usefixtures("anna")
def test_a_visitors_archive_is_bounded_whatever_his_browser_says(monkeypatch):
    monkeypatch.setenv("KDLAB_UPLOAD_MB", "0.002")
    uploads.keep(b"x" * 2000, "set.zip")
    before = kept()
    with pytest.raises(
        ArchiveError, match=r"large\.zip has more than 0\.002 MB.*at most 0\.002 MB"
    ):
        uploads.keep(b"x" * 2001, "large.zip")
    assert kept() == before
    monkeypatch.setenv("KDLAB_UPLOAD_MB", "0")
    uploads.keep(b"x" * 2001, "large.zip")
    monkeypatch.setenv("KDLAB_UPLOAD_MB", "0.002")
    with visitor.acting_for(OWNER):
        uploads.keep(b"x" * 3000, "large.zip")


@pytest.mark.usefixtures("anna")
def test_nothing_goes_for_an_archive_that_is_too_large_for_its_visitor(monkeypatch):
    room_for(monkeypatch, 2)
    uploads.keep(b"1" * 1000, "set.zip"), uploads.keep(b"2" * 1000, "set.zip")
    before = kept()
    monkeypatch.setenv("KDLAB_UPLOAD_MB", "0.002")
    with pytest.raises(ArchiveError, match="has more than"):
        uploads.keep(b"x" * 3000, "large.zip")
    assert kept() == before
