import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from archives import noise_png, png, some_images, write_folder, write_tar, write_zip

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data import images
from kdlab.data.naming import shown_names
from kdlab.data.own import layout, limits, tars
from kdlab.data.own.decode import Decoded
from kdlab.errors import ArchiveError
from kdlab.events import Progress

CUT = noise_png(np.random.default_rng(0))[:150]
SHARED = Path(__file__).parents[2] / "../shared/data"


def load(folder, **settings):
    """(progress, split)"""
    settings = {"image_size": 8, **settings}
    *progress, split = data.load(DataConfig(dataset="images", folder=str(folder), **settings))
    assert all(isinstance(event, Progress) for event in progress)
    return progress, split


def sizes(split):
    return [len(part.targets) for part in (split.train, split.validation, split.test)]


def refused(folder, **settings):
    """The three sentences with which ``folder`` is refused."""
    with pytest.raises(ArchiveError) as caught:
        load(folder, **settings)
    assert caught.value.allowed
    assert caught.value.todo
    return str(caught.value)


def pixels_by_class(split, part):
    return sorted(
        (split.classes[target], image.tobytes())
        for target, image in zip(part.targets, split.pixels(part.inputs).numpy(), strict=True)
    )


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_folder_zip_and_tar_give_the_same_split(tmp_path, kind):
    files = some_images()
    write = {
        "folder": lambda: write_folder(tmp_path / "set", files),
        "zip": lambda: write_zip(tmp_path / "set.zip", files),
        "tar": lambda: write_tar(tmp_path / "set.tar", files, "w"),
        "tar.gz": lambda: write_tar(tmp_path / "set.tar.gz", files),
    }[kind]
    progress, split = load(write())
    assert split.classes == ("cat", "dog")
    assert split.shape == (3, 8, 8)
    assert sizes(split) == [10, 10, 10]
    assert progress[-1] == Progress(stage="reading images", done=30, total=30)
    _, reference = load(write_folder(tmp_path / "reference", files))
    for part in ("train", "validation", "test"):
        first, second = getattr(split, part), getattr(reference, part)
        assert pixels_by_class(split, first) == pixels_by_class(reference, second)


def test_the_order_in_an_archive_does_not_matter(tmp_path):
    files = some_images(splits=(), each=20)
    reversed_files = dict(reversed(files.items()))
    splits = [
        load(write(tmp_path / name, content))[1]
        for write, name, content in (
            (write_folder, "set", files),
            (write_zip, "set.zip", files),
            (write_zip, "reversed.zip", reversed_files),
            (write_tar, "reversed.tar", reversed_files),
        )
    ]
    for split in splits[1:]:
        for part in ("train", "validation", "test"):
            assert torch.equal(getattr(split, part).inputs, getattr(splits[0], part).inputs)
            assert torch.equal(getattr(split, part).targets, getattr(splits[0], part).targets)


def test_every_image_keeps_its_class_and_its_pixels(tmp_path):
    files = {
        f"{split}/{name}/{index}.png": png((shade, 10 * index, 0))
        for split in ("train", "valid", "test")
        for name, shade in (("dark", 20), ("light", 240))
        for index in range(4)
    }
    _, split = load(write_zip(tmp_path / "set.zip", files))
    for part in (split.train, split.validation, split.test):
        red = split.pixels(part.inputs)[:, 0, 3, 3]
        assert torch.equal(red, torch.where(part.targets == 0, 20, 240).to(torch.uint8))


@pytest.mark.parametrize("prefix", ["", "my images"])
@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        (("train", "validation", "test"), [20, 20, 20]),
        (("Training", "VALID", "Test"), [20, 20, 20]),
        (("train", "test"), [16, 4, 20]),
        (("train", "val"), [16, 20, 4]),
        (("train",), [12, 4, 4]),
        ((), [12, 4, 4]),
    ],
)
def test_splits_that_are_missing_are_cut_from_train(tmp_path, prefix, splits, expected):
    files = some_images(splits=splits, each=10, prefix=prefix)
    path = write_zip(tmp_path / "set.zip", files)
    _, split = load(path)
    assert sizes(split) == expected
    for part in (split.train, split.validation, split.test):
        assert part.targets.bincount().tolist() == [len(part.targets) // 2] * 2
    images_seen = [
        image
        for part in (split.train, split.validation, split.test)
        for _, image in pixels_by_class(split, part)
    ]
    assert len(set(images_seen)) == sum(expected)
    _, again = load(path)
    assert torch.equal(split.train.inputs, again.train.inputs)


def test_a_class_called_train_is_a_class(tmp_path):
    files = some_images(splits=(), classes=("bus", "train"))
    _, split = load(write_zip(tmp_path / "set.zip", files))
    assert split.classes == ("bus", "train")


def test_the_limit_is_applied_before_decoding(tmp_path, monkeypatch):
    decoded = []

    def decode(name, content, side, depth):
        decoded.append(name)
        return Decoded(np.zeros((3, side, side), np.uint8), 0)

    monkeypatch.setattr(images, "decode_deep", decode)
    files = some_images(splits=("train",), each=50)
    _, split = load(write_zip(tmp_path / "set.zip", files), train_limit=10)
    assert sizes(split) == [10, 20, 20]
    assert len(decoded) == len(set(decoded)) == 50


def test_images_are_resized_to_the_setting(tmp_path):
    _, split = load(write_zip(tmp_path / "s.zip", some_images(side=20)), image_size=12)
    assert split.shape == (3, 12, 12)


def test_greys_in_colour_files_become_one_channel(tmp_path):
    files = {f"{c}/{i}.png": png((9 * i, 9 * i, 9 * i)) for c in "ab" for i in range(5)}
    _, split = load(write_zip(tmp_path / "grey.zip", files))
    assert split.shape == (1, 8, 8)
    files["b/colour.png"] = png((9, 9, 10))
    _, split = load(write_zip(tmp_path / "colour.zip", files))
    assert split.shape == (3, 8, 8)


def test_what_file_managers_leave_behind_is_ignored(tmp_path):
    junk = {
        "__MACOSX/train/cat/._0.png": b"x",
        "train/.DS_Store": b"x",
        "train/cat/._0.png": b"x",
        "train/cat/Thumbs.db": b"x",
        ".git/objects/0.png": b"x",
        "README.txt": b"x",
        "train/dog/more.zip": b"PK",
    }
    _, split = load(write_zip(tmp_path / "set.zip", {**some_images(), **junk}))
    assert sizes(split) == [10, 10, 10]


def test_progress_tells_how_far_reading_is(tmp_path, monkeypatch):
    def reading(path):
        events = [event for event in load(path)[0] if event.stage == "reading images"]
        assert {event.total for event in events} == {30}
        return [event.done for event in events]

    path = write_zip(tmp_path / "set.zip", some_images())
    assert reading(path) == [0, 20, 30]
    monkeypatch.setattr(images, "PROGRESS_BYTES", 0)  # as with large images
    assert reading(path) == [*range(31), 30]


@pytest.mark.parametrize("write", [write_zip, write_tar, write_folder])
def test_listing_and_reading_can_be_stopped_anywhere(tmp_path, monkeypatch, write):
    monkeypatch.setattr(limits, "LIST_STEP", 5)
    monkeypatch.setattr(tars, "STEP_BYTES", 1000)
    monkeypatch.setattr(images, "PROGRESS_FILES", 5)
    path = write(tmp_path / "set", some_images(splits=("train", "test"), each=4))
    every = load(path)[0]
    listing = [event.done for event in every if event.stage == "reading the list of files"]
    assert len(listing) >= 4
    assert listing == sorted(listing)
    assert len([event for event in every if event.stage == "reading images"]) >= 3
    for stop in range(1, len(every) + 1):
        events = data.load(DataConfig(dataset="images", folder=path, image_size=8))
        for _ in range(stop):
            next(events)
        events.close()  # an open file would be a warning, and so an error
        assert next(events, None) is None


def test_a_long_way_between_two_images_can_be_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(tars, "STEP_BYTES", 1000)
    path = write_tar(tmp_path / "set.tar.gz", {"train/cat/0.mov": bytes(50_000), **some_images()})
    events, split = load(path)
    assert len(split.train.targets) == 10
    steps = [event for event in events if event.stage == "reading images" and not event.done]
    assert len(steps) > 50  # past the film


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no image among 0 files"),
        ({"notes.txt": b"x", "more.zip": b"PK"}, "no image among 2 files"),
        (some_images(splits=("test",)), "only test images"),
        (some_images(classes=("cat",)), "1 class in train: 'cat'"),
        ({**some_images(), "extra/cat/0.png": png()}, "'extra' is not a split"),
        ({**some_images(), "test/fox/0.png": png()}, "class 'fox' is in test but not in train"),
        (some_images(splits=("train",), each=2), "class 'cat' has 2 training images"),
        (some_images(splits=("train", "val"), each=1), "has 1 training images, and test must"),
        ({f"{n}.png": png() for n in range(3)}, "3 images lie in no class folder"),
        (
            {**some_images(), **{f"train/dog/{n}.png": b"not a png" for n in range(4)}},
            "4 of 30 images .*'train/dog/3.png', cannot be decoded",
        ),
        (
            {**some_images(), **{f"val/cat/{n}.png": CUT for n in range(4)}},
            "'val/cat/3.png', cannot be decoded .*ends too early",
        ),
    ],
)
def test_unusable_layouts_and_files_are_named(tmp_path, files, message):
    assert re.search(message, refused(write_zip(tmp_path / "set.zip", files)))


@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_an_empty_class_folder_is_named(tmp_path, write):
    path = Path(write(tmp_path / "set", some_images()))
    if path.is_dir():
        (path / "train" / "emu").mkdir()
    else:
        with zipfile.ZipFile(path, "a") as archive:
            archive.mkdir("train/emu")
    assert "'train/emu' has no image" in refused(path)


def test_too_many_classes_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "MAX_CLASSES", 3)
    files = some_images(classes=("a", "b", "c", "d"))
    assert "4 classes in train" in refused(write_zip(tmp_path / "set.zip", files))


def test_a_set_too_large_for_memory_is_refused_before_decoding(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MAX_MEMORY_BYTES", 20_000)
    monkeypatch.setattr(images, "decode_deep", lambda *_: pytest.fail("decoded"))
    path = write_zip(tmp_path / "set.zip", some_images())
    assert "30 images of 8 x 8 pixels" in refused(path)


def test_names_that_cannot_be_shown_are_made_showable(tmp_path):
    files = some_images(classes=("good", "bad\x07\udcffname"))
    _, split = load(write_tar(tmp_path / "set.tar", files))
    assert split.classes == ("bad\x07\\xffname", "good")
    assert shown_names(split.classes) == ("bad?\\xffname", "good")
    split.classes[0].encode()


def test_the_limits_are_those_of_the_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILES", 20)
    assert "more than 20 files" in refused(write_folder(tmp_path / "set", some_images()))


@pytest.mark.slow
@pytest.mark.skipif(
    not (SHARED / "cifar10-jpg.zip").is_file(), reason="no shared/data beside the checkout"
)
def test_the_real_cifar_as_jpeg():
    _, split = load(SHARED / "cifar10-jpg.zip", train_limit=500, image_size=32)
    assert split.classes == data.DATASETS["cifar10"].classes
    assert split.shape == (3, 32, 32)
    assert sizes(split) == [500, 1000, 1000]
    assert split.train.targets.bincount().tolist() == [50] * 10
    # Published for all 50,000: means 0.491, 0.482, 0.447; 500 images come near.
    assert split.mean == pytest.approx((0.491, 0.482, 0.447), abs=0.03)
