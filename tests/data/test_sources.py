import gzip
import io
import os
import re
import struct
import tarfile
import tracemalloc
import zipfile
import zlib

import pytest
from archives import some_images, write_folder, write_tar, write_zip

from kdlab.data.own import limits, tars
from kdlab.data.own.sources import open_source
from kdlab.errors import ArchiveError


def read_all(path):
    with open_source(str(path)) as source:
        for _ in source.scan():
            pass
        return read(source, source.files)


def read(source, wanted):
    return dict(item for item in source.read(list(wanted)) if item is not None)


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
            assert list(source.scan())
            assert read(source, wanted) == {name: files[name] for name in wanted}


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
    assert "points outside the archive" in refused(path)
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
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


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_unpack_without_bounds(tmp_path, monkeypatch, kind):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/0.png", bytes(1000), compress_type=kind)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    assert "'cat/0.png' is packed with the compression" in refused(path)


def patched(path, *, size=None, crc=None, packed=None):
    """Change what the list of a zip declares about its only member."""
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2")
    for offset, value in ((16, crc), (20, packed), (24, size)):
        if value is not None:
            struct.pack_into("<L", content, at + offset, value)
    path.write_bytes(content)


def bomb(path, size=48 * 1024**2):
    """A zip of one member that unpacks to ``size`` zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/0.png", bytes(size))
    return path


@pytest.mark.parametrize("honest_crc", [True, False])
def test_a_zip_that_declares_less_than_it_unpacks_to(tmp_path, honest_crc):
    path = bomb(tmp_path / "set.zip")
    patched(path, size=100, crc=None if honest_crc else zlib.crc32(bytes(100)))
    tracemalloc.start()
    try:
        if honest_crc:
            assert "cannot be read" in refused(path)
        else:
            assert read_all(path) == {"cat/0.png": bytes(100)}
        assert tracemalloc.get_traced_memory()[1] < 2 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_zip_that_declares_more_than_it_unpacks_to(tmp_path):
    path = tmp_path / "set.zip"
    write_zip(path, {"cat/0.png": b"x" * 1000})
    patched(path, size=1001)
    assert "is shorter than it says" in refused(path)
    patched(path, size=1000)
    assert len(read_all(path)["cat/0.png"]) == 1000


def test_members_that_share_their_bytes(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/0.png", os.urandom(10_000))
        archive.filelist *= 2  # listed twice
    assert "shares its bytes with another member" in refused(path)


def declared(name, size):
    """The header of a member that says it has ``size`` bytes."""
    member = tarfile.TarInfo(name)
    member.size = size
    return member


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_while_it_is_a_number(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 1_000_000)
    path = tmp_path / f"bomb.{kind}"
    files = {f"cat/{index}.png": bytes(600_000) for index in range(4)}
    if kind == "zip":
        write_zip(path, files)
        monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    else:
        write_tar(path, files)
    assert "unpacks to more than" in refused(path)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_too_much_in_all(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 200_000)
    path = tmp_path / f"set.{kind}"
    files = {f"cat/{index}.png": os.urandom(50_000) for index in range(5)}
    if kind == "zip":
        write_zip(path, files)
    else:
        write_tar(path, files, "w:gz" if kind == "tar.gz" else "w")
    assert "unpacks to more than" in refused(path)


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "folder"])
def test_one_file_too_large(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 200_000)
    files = {"cat/0.png": os.urandom(100), "cat/1.png": os.urandom(300_000)}
    write = {"zip": write_zip, "tar.gz": write_tar, "folder": write_folder}[kind]
    assert "'cat/1.png' has" in refused(write(tmp_path / "set", files))


@pytest.mark.parametrize("write", [write_zip, write_tar, write_folder])
def test_too_many_files(tmp_path, monkeypatch, write):
    monkeypatch.setattr(limits, "MAX_FILES", 29)
    assert "more than 29 files" in refused(write(tmp_path / "set", some_images()))
    monkeypatch.setattr(limits, "MAX_FILES", 30)
    assert len(read_all(tmp_path / "set")) == 30


def test_the_list_of_a_zip_is_measured_before_it_is_read(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "set.zip", some_images())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"a comment moves the last record"
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    monkeypatch.setattr(limits, "MAX_LIST_BYTES", 1000)
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
    assert "is described in more than 16 kB" in refused(path)


def pax(**records):
    """The blocks of an extended header."""
    member = declared("cat/0.png", 0)
    member.pax_headers = records
    return member.tobuf(tarfile.PAX_FORMAT)


def test_sparse_files_in_a_tar(tmp_path):
    path = tmp_path / "set.tar"
    old = declared("cat/0.png", 0)
    old.type = tarfile.GNUTYPE_SPARSE
    path.write_bytes(old.tobuf() + bytes(1024))
    assert "'cat/0.png' is a link, a device or a sparse file" in refused(path)
    records = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(2**40)}
    path.write_bytes(pax(**records) + bytes(1024))
    assert "'cat/0.png' is a link, a device or a sparse file" in refused(path)


def test_a_table_of_a_sparse_file_is_not_read_to_its_end(tmp_path):
    header = pax(**{"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})
    path = tmp_path / "set.tar.gz"
    path.write_bytes(gzip.compress(header + b"9999999\n" + b"1\n" * 1_000_000))
    assert "is described in more than 16 kB" in refused(path)


def test_headers_upon_headers(tmp_path):
    header = declared("long", 20)
    header.type = tarfile.GNUTYPE_LONGNAME
    path = tmp_path / "set.tar"
    path.write_bytes((header.tobuf() + bytes(512)) * 5000)
    assert "is described in more than 16 kB" in refused(path)


def test_a_header_for_all_members_is_not_kept_with_each(tmp_path):
    path = tmp_path / "set.tar"
    with tarfile.open(
        path, "w", format=tarfile.PAX_FORMAT, pax_headers={f"k{n}": "x" for n in range(500)}
    ) as archive:
        for index in range(2000):
            archive.addfile(declared(f"cat/{index}.png", 0))
    tracemalloc.start()
    try:
        with open_source(str(path)) as source:
            assert list(source.scan())
        assert len(source.files) == 2000
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_tar_never_goes_back(tmp_path):
    member = declared("cat/0.png", -512)
    path = tmp_path / "set.tar"
    path.write_bytes(member.tobuf(tarfile.GNU_FORMAT) * 3 + bytes(1024))
    assert re.search("sparse file|cannot be read", refused(path))
    stream = tars._Limited(io.BytesIO(bytes(5000)), 5000)
    stream.seek(1000)
    with pytest.raises(ArchiveError, match="comes before"):
        stream.seek(999)


@pytest.mark.parametrize("size", [100, 30_000])
def test_what_a_gzip_really_unpacks_to_is_counted(tmp_path, monkeypatch, size):
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 1_000_000)
    monkeypatch.setattr(limits, "MAX_RATIO", 10)
    files = {f"cat/{index}.png": bytes(size) for index in range(3_000_000 // (size + 1024))}
    assert "unpacks to more than" in refused(write_tar(tmp_path / "set.tar.gz", files))


def test_long_names_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_LIST_BYTES", 10_000)
    files = {f"cat/{'x' * 2000}{index}.png": b"x" for index in range(6)}
    assert "more than" in refused(write_tar(tmp_path / "set.tar", files))


@pytest.mark.parametrize("write", [write_zip, write_tar, write_folder])
@pytest.mark.parametrize("error", [ValueError("ours"), OSError("ours"), KeyError("ours")])
def test_a_mistake_of_the_labs_own_is_not_called_damage(tmp_path, write, error):
    path = write(tmp_path / "set", some_images())

    def use():
        with open_source(path) as source:
            for _ in source.scan():
                pass
            for _ in source.read(source.files):
                raise error

    with pytest.raises(type(error)) as caught:
        use()
    assert caught.value is error


def test_a_tar_member_that_is_only_declared(tmp_path):
    path = tmp_path / "set.tar"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(declared("cat/0.png", 0))
    path.write_bytes(declared("cat/1.png", 30 * 1024**2).tobuf() + stream.getvalue())
    assert "cannot be read" in refused(path)
    path.write_bytes(declared("cat/1.png", 4 * 1024**3).tobuf() + stream.getvalue())
    assert "unpacks to more than" in refused(path)


def test_both_places_of_a_large_zips_record_are_measured(tmp_path, monkeypatch):
    path = tmp_path / "set.zip"
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    write_zip(path, some_images())
    content = path.read_bytes()
    at, locator = content.index(b"PK\6\6"), content.index(b"PK\6\7")
    record = bytearray(content[at:locator])
    struct.pack_into("<Q", record, 40, 2**40)
    # The locator points to the honest record; zipfile reads the one before the locator.
    path.write_bytes(content[:locator] + record + content[locator:])
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    assert "files" in refused(path)
    path.write_bytes(
        content[: locator + 8] + struct.pack("<Q", 2**64 - 1) + content[locator + 16 :]
    )
    assert "cannot be read" in refused(path)


def test_later_members_replace_earlier_ones_of_the_same_name(tmp_path):
    path = write_tar(tmp_path / "set.tar", {"cat/0.png": b"old"}, "w")
    with tarfile.open(path, "a") as archive:
        member = declared("cat/0.png", 3)
        archive.addfile(member, io.BytesIO(b"new"))
    assert read_all(path) == {"cat/0.png": b"new"}
