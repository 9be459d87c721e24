"""Tables of labels beside images: what is told or refused, and never guessed in silence."""

import pytest
from archives import png, write_folder, write_tar, write_zip

from kdlab.config.schema import DataConfig
from kdlab.data import load
from kdlab.data.own import labels_table
from kdlab.errors import ArchiveError


def flat(path, table, count=20):
    pictures = {f"{n}.png": png((9 * n, 0, 0)) for n in range(count)}
    return write_zip(path, {**pictures, "labels.csv": table})


def read(folder):
    *_, split = load(DataConfig(dataset="images", folder=str(folder), image_size=8))
    return split


def rows(*labels, count=20):
    return "".join(f"{n}.png,{labels[n % len(labels)]}\n" for n in range(count))


@pytest.mark.parametrize(
    ("labels", "encoding"),
    [
        (("thés", "cafés"), "cp1252"),
        (("马", "牛"), "gbk"),
        (("кошка", "собака"), "cp1251"),
        (("thés", "马"), "utf-8"),
        (("thés", "马"), "utf-16"),
    ],
)
def test_its_labels_are_not_garbled(labels, encoding, tmp_path):
    table = f"file_name,label\n{rows(*labels)}".encode(encoding)
    assert set(read(flat(tmp_path / "a.zip", table)).classes) == set(labels)


def test_bytes_of_no_encoding_are_spelt_out(tmp_path):
    table = b"file_name,label\n" + rows("x", "y").encode().replace(b"x", b"\xff\xb0\xb1")
    assert read(flat(tmp_path / "a.zip", table)).classes == (r"\xff\xb0\xb1", "y")


def test_an_image_with_two_labels_is_refused(tmp_path):
    """As in a table of boxes, where the first row would be taken for the whole image."""
    table = f"file_name,label\n{rows('cat', 'dog')}0.png,dog\n"
    with pytest.raises(ArchiveError, match=r"more than one label.*'0\.png'"):
        read(flat(tmp_path / "a.zip", table))


def test_the_same_label_twice_is_no_contradiction(tmp_path):
    table = f"file_name,label\n{rows('cat', 'dog')}0.png,cat\n"
    assert read(flat(tmp_path / "a.zip", table)).classes == ("cat", "dog")


def test_a_split_that_is_not_known_is_told(tmp_path):
    lines = rows("cat,train", "dog,train", "cat,extra", "dog,extra")
    split = read(flat(tmp_path / "a.zip", f"file_name,label,split\n{lines}"))
    assert "10 of its rows name a split that is not known ('extra')" in split.account.lines()[1]


def test_a_table_that_is_too_long_is_refused_before_it_is_taken_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(labels_table, "MAX_ROWS", 30)
    folder = flat(tmp_path / "a.zip", "file_name,label\n" + rows("cat", "dog") * 2)
    with pytest.raises(ArchiveError, match=r"lines\. Allowed: at most 32 MB, 30 lines"):
        read(folder)


def test_of_a_wide_table_only_some_columns_are_searched(tmp_path, monkeypatch):
    asked = []
    find = labels_table._Index.find
    monkeypatch.setattr(
        labels_table._Index, "find", lambda self, *a: asked.append(a) or find(self, *a)
    )
    wide = "".join(f"{n}.png,{'cat' if n % 2 else 'dog'}{',1' * 5000}\n" for n in range(20))
    header = "file_name,label," + ",".join(map(str, range(5000)))
    assert read(flat(tmp_path / "a.zip", f"{header}\n{wide}")).classes == ("cat", "dog")
    assert len(asked) < 20 * 200


@pytest.mark.parametrize(
    ("write", "folders"), [(write_zip, 9000), (write_zip, 61), (write_tar, 61)]
)
def test_a_path_of_very_many_folders_is_refused(write, folders, tmp_path):
    """Whoever looks at all folders around a file needs the square of their number."""
    deep = "a/" * folders + "0.png"
    path = write(tmp_path / "a", {deep: png(), "x/0.png": png(), "y/0.png": png()})
    with pytest.raises(ArchiveError, match="more than 60 folders deep"):
        read(path)


def packed(tmp_path, kind, files):
    if kind == "zip":
        return write_zip(tmp_path / "a.zip", files)
    if kind == "tar":
        return write_tar(tmp_path / "a.tar.gz", files)
    return write_folder(tmp_path / "a", files)


@pytest.mark.parametrize("kind", ["zip", "tar", "folder"])
@pytest.mark.parametrize(
    ("tables", "told"), [((2500,), "'0.csv' has"), ((900,) * 4, "4 tables, of which .* together")]
)
def test_tables_are_counted_before_they_are_read(kind, tables, told, tmp_path, monkeypatch):
    """Ten of 64 MB, zipped to some kilobytes, were held at once."""
    monkeypatch.setattr(labels_table, "MAX_TABLE_BYTES", 2000)
    monkeypatch.setattr(labels_table, "MAX_TOGETHER_BYTES", 3000)
    pictures = {f"{n}.png": png((9 * n, 0, 0)) for n in range(20)}
    head = f"file_name,label\n{rows('cat', 'dog')}"
    large = {f"{n}.csv": head.ljust(size, "\n").encode() for n, size in enumerate(tables)}
    path = packed(tmp_path, kind, {**pictures, **large})
    asked = []
    made = labels_table.Table
    monkeypatch.setattr(labels_table, "Table", lambda *of: asked.append(of) or made(*of))
    with pytest.raises(ArchiveError, match=told) as caught:
        read(path)
    assert "Leave out" in caught.value.todo
    assert not asked
    few = packed(tmp_path, kind, {**pictures, "0.csv": head.encode()}) if kind != "folder" else None
    assert few is None or read(few).classes == ("cat", "dog")


def test_many_empty_cells_are_counted_before_they_are_made(tmp_path, monkeypatch):
    monkeypatch.setattr(labels_table, "MAX_CELLS", 1000)
    table = f"file_name,label\n{rows('cat', 'dog')}{',' * 2000}\n"
    with pytest.raises(ArchiveError, match="2,021 cells"):
        read(flat(tmp_path / "a.zip", table))
