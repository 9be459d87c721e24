import gzip
import io
import os
import struct
import tarfile
import zipfile

import pytest
from archives import some_images, write_folder, write_tar, write_zip

from kdlab.data import sources
from kdlab.data.sources import open_source
from kdlab.errors import ArchiveError


def read_all(path):
    with open_source(str(path)) as source:
        return dict(source.read(list(source.files)))


def refused(path):
    with pytest.raises(ArchiveError) as caught:
        read_all(path)
    return str(caught.value)


def tar_member(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz", "set.jpg"])
def test_an_archive_is_known_by_its_content(tmp_path, name):
    files = some_images()
    if name.endswith((".zip", ".jpg")):
        write_zip(tmp_path / name, files)
    else:
        write_tar(tmp_path / name, files, "w:gz" if name.endswith("gz") else "w")
    assert read_all(tmp_path / name) == files


def test_only_what_is_wanted_is_read_in_any_order(tmp_path):
    files = some_images()
    wanted = [list(files)[index] for index in (20, 3, 11)]
    for path in (
        write_zip(tmp_path / "set.zip", files),
        write_tar(tmp_path / "set.tar.gz", files),
        write_folder(tmp_path / "set", files),
    ):
        with open_source(path) as source:
            assert dict(source.read(wanted)) == {name: files[name] for name in wanted}


@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_asked_for(name):
    assert "no image folder was named" in refused(name)


def test_a_path_that_is_not_there(tmp_path):
    assert "does not exist here" in refused(tmp_path / "nothing.zip")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\3\4 and then nothing", b"\x1f\x8bnothing"])
def test_a_file_that_is_no_archive(tmp_path, content):
    path = tmp_path / "set.zip"
    path.write_bytes(content)
    assert "set.zip cannot be read" in refused(path)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_an_archive_cut_short(tmp_path, kind, share):
    path = tmp_path / f"set.{kind}"
    if kind == "zip":
        write_zip(path, some_images())
    else:
        write_tar(path, some_images(), "w:gz" if kind == "tar.gz" else "w")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "cannot be read" in refused(path)


def test_a_damaged_member_is_found_by_its_checksum(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:  # stored, so that one byte can be changed
        archive.writestr("cat/0.png", b"A" * 1000)
    path.write_bytes(path.read_bytes().replace(b"AAAA", b"AABA", 1))
    assert "Bad CRC-32" in refused(path)


@pytest.mark.parametrize(
    "name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "..\\evil.png", "C:\\evil.png"]
)
@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_paths_that_leave_the_archive(tmp_path, write, name):
    path = write(tmp_path / "set", {**some_images(), name: b"x"})
    assert "points outside of the archive" in refused(path)
    assert [each.name for each in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize(
    "member",
    [
        tar_member("train/cat/9.png", tarfile.SYMTYPE, "/etc/passwd"),
        tar_member("train/cat/9.png", tarfile.LNKTYPE, "train/cat/0.png"),
        tar_member("train/cat/9.png", tarfile.CHRTYPE),
        tar_member("train/cat/9.png", tarfile.BLKTYPE),
        tar_member("train/cat/9.png", tarfile.FIFOTYPE),
    ],
    ids=["symlink", "hardlink", "character device", "block device", "pipe"],
)
def test_links_and_devices_in_a_tar(tmp_path, member):
    path = write_tar(tmp_path / "set.tar", some_images(), extra=[member])
    assert "'train/cat/9.png' is a link, a device" in refused(path)


def test_links_in_a_zip(tmp_path):
    path = write_zip(tmp_path / "set.zip", some_images())
    link = zipfile.ZipInfo("train/cat/9.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "'train/cat/9.png' is a link or a device" in refused(path)


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    write_folder(tmp_path / "set", some_images())
    os.mkfifo(tmp_path / "set" / "train" / "cat" / "9.png")
    assert "is not a regular file" in refused(tmp_path / "set")


def test_a_password(tmp_path):
    path = tmp_path / "set.zip"
    write_zip(path, {"cat/0.png": b"x"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1  # "encrypted" in the list of files
    path.write_bytes(content)
    assert "'cat/0.png' is encrypted" in refused(path)


def test_an_unknown_compression(tmp_path):
    path = tmp_path / "set.zip"
    write_zip(path, {"cat/0.png": b"x" * 100})
    content = path.read_bytes()
    for mark, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        at = content.index(mark) + offset
        content = content[:at] + struct.pack("<H", 99) + content[at + 2 :]
    path.write_bytes(content)
    assert "compression" in refused(path)


def declared(name, size):
    """The header of a member that says it has ``size`` bytes."""
    member = tarfile.TarInfo(name)
    member.size = size
    return member


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_while_it_is_a_number(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(sources, "RATIO_FREE_BYTES", 1_000_000)
    path = tmp_path / f"bomb.{kind}"
    files = {f"cat/{index}.png": bytes(600_000) for index in range(4)}
    if kind == "zip":
        write_zip(path, files)
        monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    else:
        write_tar(path, files)
    assert "unpacks to more than" in refused(path)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_too_much_in_all(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 200_000)
    path = tmp_path / f"set.{kind}"
    files = {f"cat/{index}.png": os.urandom(50_000) for index in range(5)}
    if kind == "zip":
        write_zip(path, files)
    else:
        write_tar(path, files, "w:gz" if kind == "tar.gz" else "w")
    assert "unpacks to more than" in refused(path)


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "folder"])
def test_one_file_too_large(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 200_000)
    files = {"cat/0.png": os.urandom(100), "cat/1.png": os.urandom(300_000)}
    write = {"zip": write_zip, "tar.gz": write_tar, "folder": write_folder}[kind]
    assert "'cat/1.png' has" in refused(write(tmp_path / "set", files))


@pytest.mark.parametrize("write", [write_zip, write_tar, write_folder])
def test_too_many_files(tmp_path, monkeypatch, write):
    monkeypatch.setattr(sources, "MAX_FILES", 29)
    assert "more than 29 files" in refused(write(tmp_path / "set", some_images()))
    monkeypatch.setattr(sources, "MAX_FILES", 30)
    assert len(read_all(tmp_path / "set")) == 30


def test_the_list_of_a_zip_is_measured_before_it_is_read(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "set.zip", some_images())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"a comment moves the last record"
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    monkeypatch.setattr(sources, "MAX_LIST_BYTES", 1000)
    assert "more than" in refused(path)


def test_the_list_of_a_large_zip_is_measured_too(tmp_path, monkeypatch):
    path = tmp_path / "set.zip"
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)  # so that it writes the zip64 records
    write_zip(path, some_images())
    assert b"PK\6\6" in path.read_bytes()
    assert len(read_all(path)) == 30
    content = path.read_bytes()
    at = content.index(b"PK\6\6") + 40
    path.write_bytes(content[:at] + struct.pack("<Q", 2**40) + content[at + 8 :])
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    assert "files" in refused(path)


def test_a_tar_header_that_would_fill_the_memory(tmp_path):
    header = declared("long", 5 * 1024**3)
    header.type = tarfile.GNUTYPE_LONGNAME
    path = tmp_path / "set.tar.gz"
    path.write_bytes(gzip.compress(header.tobuf() + bytes(100_000)))
    assert "has more than 64 MB" in refused(path)


def test_a_tar_member_that_is_only_declared(tmp_path):
    path = tmp_path / "set.tar"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(declared("cat/0.png", 0))
    path.write_bytes(declared("cat/1.png", 30 * 1024**2).tobuf() + stream.getvalue())
    assert "cannot be read" in refused(path)
    path.write_bytes(declared("cat/1.png", 4 * 1024**3).tobuf() + stream.getvalue())
    assert "unpacks to more than" in refused(path)


def test_later_members_replace_earlier_ones_of_the_same_name(tmp_path):
    path = write_tar(tmp_path / "set.tar", {"cat/0.png": b"old"}, "w")
    with tarfile.open(path, "a") as archive:
        member = declared("cat/0.png", 3)
        archive.addfile(member, io.BytesIO(b"new"))
    assert read_all(path) == {"cat/0.png": b"new"}
