"""The reader on small files of every kind from the field: what is used, and what is said."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from archives import noise_png, png, some_images, write_folder, write_tar, write_zip
from PIL import Image

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data.own.spelling import recognise
from kdlab.errors import ArchiveError
from kdlab.events import DataRead

CASES = Path(__file__).parents[2] / "../shared/cases"


def load(folder, side=8, **settings):
    config = DataConfig(dataset="images", folder=str(folder), image_size=side, **settings)
    *_, split = data.load(config)
    return split


def refused(folder):
    with pytest.raises(ArchiveError) as caught:
        load(folder)
    return str(caught.value)


def second(split):
    return split.account.lines()[1]


def same(first, other):
    return first.classes == other.classes and all(
        torch.equal(getattr(first, part).inputs, getattr(other, part).inputs)
        and torch.equal(getattr(first, part).targets, getattr(other, part).targets)
        for part in ("train", "validation", "test")
    )


def test_what_was_read_rightly_before_gives_the_same_tensors(tmp_path):
    """The digests are those of the reader before it knew other layouts."""
    rng = np.random.default_rng(3)
    wide = {
        f"{c}/{n}.png": deep(np.append(rng.integers(0, 65536, 399), 65535).reshape(20, 20))
        for c in "ab"
        for n in range(9)
    }
    clear = {f"{c}/{n}.png": png((n, 90, 200, 20 * n), 20, "RGBA") for c in "ab" for n in range(9)}
    sets = [some_images(splits=s, each=9) for s in (("train", "val", "test"), ("train",), ())]
    sets += [some_images(splits=("Training", "TEST"), prefix="pets", side=30), wide, clear]
    found = []
    for files in sets:
        split = load(write_zip(tmp_path / f"{len(found)}.zip", files))
        digest = hashlib.sha256()
        for part in (split.train, split.validation, split.test):
            digest.update(part.targets.numpy().tobytes())
            digest.update(split.pixels(part.inputs).numpy().tobytes())
        found.append(digest.hexdigest()[:12])
    assert found == BEFORE


BEFORE = [
    "bb7bfa9be033",
    "5b295168c4a8",
    "5b295168c4a8",
    "abd5bca025d8",
    "f37d8a88609b",
    "be382cf4101f",
]


def test_a_table_beside_flat_images_is_read(tmp_path):
    files = {f"pictures/{n}.png": png((9 * n, 0, 0)) for n in range(20)}
    rows = "".join(f"{n}.png,{'dark' if n < 10 else 'light'}\n" for n in range(20))
    split = load(write_zip(tmp_path / "a.zip", {**files, "labels.csv": f"file_name,label\n{rows}"}))
    assert split.classes == ("dark", "light")
    red = split.pixels(split.train.inputs)[:, 0, 0, 0]
    assert torch.equal(split.train.targets, (red >= 90).long())
    assert "the table 'labels.csv'" in second(split)


def test_the_labs_table_wins_over_the_folders_and_others_do_not(tmp_path):
    files = some_images(splits=(), each=9)
    table = "file_name;label;split\n" + "".join(
        f"{name};{'x' if index % 2 else 'y'};{'test' if index > 13 else 'train'}\n"
        for index, name in enumerate(files)
    )
    split = load(write_zip(tmp_path / "a.zip", {**files, "kdlab-labels.csv": table}))
    assert split.classes == ("x", "y")
    assert len(split.test.targets) == 4
    split = load(write_zip(tmp_path / "b.zip", {**files, "labels.csv": table}))
    assert split.classes == ("cat", "dog")


def test_a_table_without_labels_is_named(tmp_path):
    files = {f"{n}.png": png() for n in range(6)}
    table = "file,red,green\n" + "".join(f"{n}.png,1,2\n" for n in range(6))
    assert "Name the column of labels label" in refused(
        write_zip(tmp_path / "a.zip", {**files, "t.csv": table})
    )


def deep(values, mode=np.uint16):
    file = io.BytesIO()
    Image.fromarray(values.astype(mode)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_deep_images_are_scaled_by_the_bits_that_the_set_uses(tmp_path, bits):
    top = 2**bits - 1
    ramp = np.linspace(0, top, 64).round().reshape(8, 8)
    files = {f"{c}/{n}.png": deep(ramp) for c in "ab" for n in range(6)}
    split = load(write_zip(tmp_path / "a.zip", files))
    shown = split.pixels(split.train.inputs)[0, 0].numpy()
    assert np.abs(shown - ramp * 255 / top).max() <= 0.51
    assert (f"scaled by the {bits} bits" in second(split)) == (bits != 16)


def test_images_are_known_by_their_content(tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 200, 9)).save(file, "JPEG")
    names = ["0.jfif", "1.jpe", "2", "3.photo", "4.png"]
    files = {f"{c}/{name}": file.getvalue() for c in ("ant", "bee") for name in names}
    split = load(write_zip(tmp_path / "a.zip", {**files, "ant/readme": b"a text"}))
    assert sum(len(p.targets) for p in (split.train, split.validation, split.test)) == 10


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "it is empty"),
        (noise_png(np.random.default_rng(0))[:150], "it ends too early"),
        (b"\n<!DOCTYPE html><html>404</html>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "it is HEIC"),
        (bytes(5000), "filled with zeros"),
        (b"<svg xmlns=''></svg>", "a drawing (SVG)"),
        (b"hello", "not an image in a format"),
    ],
)
def test_a_few_unreadable_files_are_left_out_and_many_are_refused(tmp_path, content, cause):
    files = some_images(each=5)
    split = load(write_zip(tmp_path / "a.zip", {**files, "train/cat/0.png": content}))
    assert len(split.train.targets) == 9
    assert cause in second(split)
    for number in range(4):
        files[f"train/cat/{number}.png"] = content
    message = refused(write_zip(tmp_path / "b.zip", files))
    assert cause in message
    assert "BytesIO" not in message


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (["马", "牛", "羊"], "gbk"),
        (["苹果", "香蕉"], "gbk"),
        (["ねこ", "犬"], "cp932"),
        (["고양이", "강아지"], "cp949"),
        (["貓咪", "小狗"], "big5"),
        (["кошка", "собака"], "cp866"),
        (["café", "thé"], "cp437"),
        (["avião", "maçã"], "cp850"),
        (["naïve", "café"], "cp1252"),
        (["猫", "café"], "utf-8"),
    ],
)
def test_encodings_are_recognised(words, encoding):
    raw = [word.encode(encoding) for word in words]
    assert [recognise(raw).text(each) for each in raw] == words


def test_names_of_a_chinese_zip_are_read_and_said(tmp_path):
    words = ("马", "牛", "羊")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for word in words:
            for n in range(6):
                name = f"{word.encode('gbk').decode('cp437')}/{n}.png"
                archive.writestr(Plain(name), png((n, 9, 200)))
    split = load(path)
    assert set(split.classes) == set(words)
    assert "GBK" in second(split)


class Plain(zipfile.ZipInfo):
    """A member whose name is written in the code page 437."""

    def _encodeFilenameFlags(self):  # noqa: N802
        return self.filename.encode("cp437"), self.flag_bits


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_to_folders_are_followed_but_not_in_circles(tmp_path):
    files = some_images(splits=("train", "test"))
    plain = load(write_folder(tmp_path / "plain", files))
    write_folder(tmp_path / "elsewhere", {n[5:]: c for n, c in files.items() if n[:4] == "test"})
    train = {n: c for n, c in files.items() if n[:5] == "train"}
    write_folder(tmp_path / "linked", train)
    (tmp_path / "linked" / "test").symlink_to(tmp_path / "elsewhere")
    assert same(load(tmp_path / "linked"), plain)
    (tmp_path / "linked" / "train" / "back").symlink_to(tmp_path / "linked")
    assert "points back" in second(load(tmp_path / "linked"))
    (tmp_path / "linked" / "val").symlink_to(tmp_path / "gone")
    assert "the link 'val' points to nothing" in refused(tmp_path / "linked")


@pytest.mark.parametrize("extra", [{}, {"preview.png": png(), "train/@eaDir/x/0.jpg": b"x"}])
def test_a_folder_and_archives_of_it_give_the_same(tmp_path, extra):
    files = {**some_images(prefix="a/b"), **{f"a/b/{n}": c for n, c in extra.items()}}
    splits = [
        load(write(tmp_path / name, files))
        for write, name in ((write_folder, "f"), (write_zip, "z"), (write_tar, "t"))
    ]
    assert same(splits[0], splits[1])
    assert same(splits[0], splits[2])
    assert splits[0].account == splits[1].account == splits[2].account


def test_a_member_without_a_name_is_refused_in_words(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), b"x")
    assert "is a member without a name" in refused(path)


def test_what_was_understood_is_an_event_and_plain_values(tmp_path):
    path = write_zip(tmp_path / "a.zip", some_images())
    events = list(data.read(DataConfig(dataset="images", folder=path, image_size=8)))
    (read,) = [event for event in events if isinstance(event, DataRead)]
    assert read.account["classes"]["cat"] == {"train": 5, "validation": 5, "test": 5}
    assert len(read.account["lines"]) == 2


MEMORY = """
import resource, sys
from kdlab.data.own.decode import decode_deep
content = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for depth in (16, 12):
    decode_deep("a", content, 32, depth)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
@pytest.mark.parametrize(("kind", "type_"), [("PNG", np.uint16), ("TIFF", np.int32)])
def test_a_large_deep_image_takes_bounded_memory(tmp_path, kind, type_):
    options = {"compression": "tiff_deflate"} if kind == "TIFF" else {}
    Image.fromarray(np.full((7000, 7000), 77, type_)).save(tmp_path / "a", kind, **options)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "a")],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(done.stdout) < 500


@pytest.mark.skipif(not CASES.is_dir(), reason="no shared/cases beside the checkout")
def test_the_cases_from_the_field():
    for path in sorted(CASES.glob("*.zip")):
        split = load(path)
        assert len(split.classes) in (2, 3, 4), path.name
        assert "eaDir" not in "".join(split.classes)
