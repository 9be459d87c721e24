"""What people's folders mean: each kind of case from the field, and any list of names at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdlab.data.naming import shown_names
from kdlab.data.own.layout import arrange
from kdlab.data.own.names import is_leftover, split_of
from kdlab.errors import ArchiveError, DataError

NAMES = "0.png", "1.png", "2.png"


def images(*folders, each=NAMES):
    return [f"{folder}/{name}" if folder else name for folder in folders for name in each]


def arranged(*paths, folders=(), others=()):
    return arrange([(path, path) for path in paths], folders, others)


def counts(layout):
    """{part: {class: images}}"""
    return {
        part: {name: [label for _, label in each].count(name) for name in layout.classes}
        for part, each in layout.members.items()
    }


def refused(*paths, **listed):
    with pytest.raises(ArchiveError) as caught:
        arranged(*paths, **listed)
    assert caught.value.allowed
    assert caught.value.todo
    return str(caught.value)


TWO = {"train": {"ant": 3, "bee": 3}, "test": {"ant": 3, "bee": 3}}


@pytest.mark.parametrize("around", ["", "pets/", "archive/pets/", "a/b/c/d/"])
@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("Training", "Testing"),
        ("TRAIN", "Test_Set"),
        ("trainset", "test images"),
        ("train2017", "test2017"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train/images", "test/images"),
    ],
)
def test_wrappers_at_any_depth_and_the_usual_names_of_splits(around, train, test):
    paths = images(*(f"{around}{part}/{name}" for part in (train, test) for name in ("ant", "bee")))
    assert counts(arranged(*paths)) == TWO


@pytest.mark.parametrize(
    ("name", "part"),
    [
        *[(name, "train") for name in ("train", "Training", "TRAIN_SET", "trainset", "train-data")],
        *[
            (name, "validation")
            for name in ("dev", "Eval", "valid", "val", "validation", "val_images", "dev set")
        ],
        *[(name, "test") for name in ("test", "Testing", "test_set", "TestData")],
        *[(name, None) for name in ("trains", "train_station", "contest", "value", "2017", "set")],
    ],
)
def test_names_of_splits(name, part):
    assert split_of(name) == part


@pytest.mark.parametrize(
    "name",
    ["@eaDir", "__MACOSX", ".DS_Store", "Thumbs.db", "$RECYCLE.BIN", ".ipynb_checkpoints",
     "._1.png", "System Volume Information", "#recycle", "desktop.ini"],
)  # fmt: skip
def test_what_machines_leave_is_left_out_and_counted(name):
    assert is_leftover(name)
    layout = arranged(*images("train/ant", "train/bee", f"train/{name}", f"train/ant/{name}"))
    assert counts(layout) == {"train": {"ant": 3, "bee": 3}}
    (left,) = layout.left_out
    assert (left.count, left.why) == (6, "left by computers")


@pytest.mark.parametrize("around", ["", "pets/"])
@pytest.mark.parametrize("parts", [("train/", "test/"), ("",)])
def test_a_stray_image_is_left_out_and_counted(around, parts):
    paths = images(*(f"{around}{part}{name}" for part in parts for name in ("ant", "bee")))
    layout = arranged(*paths, f"{around}preview.png")
    assert layout.classes == ("ant", "bee")
    (left,) = layout.left_out
    assert left.examples == (f"{around}preview.png",)


def test_images_in_train_without_a_class_are_counted():
    layout = arranged(*images("train/ant", "train/bee"), "train/9.png")
    assert counts(layout) == {"train": {"ant": 3, "bee": 3}}
    assert [(left.count, left.why) for left in layout.left_out] == [
        (1, "in no class folder of train")
    ]


@pytest.mark.parametrize("test", ["test", "test/images", "test/unknown", "Testing/test"])
def test_a_test_folder_without_classes_is_said_and_another_is_cut(test):
    layout = arranged(*images("train/ant", "train/bee", test))
    assert counts(layout) == {"train": {"ant": 3, "bee": 3}}
    (left,) = layout.left_out
    assert (left.count, left.why) == (3, "without a class in test")
    assert "has no labels, so test images are taken from train" in layout.done[0]


def test_classes_two_folders_deep():
    train = [f"train/{path}" for path in ("a/airfield", "a/alley", "b/barn", "b/beach")]
    test = [name.replace("train", "test") for name in train]
    layout = arranged(*images(*train, *test))
    assert layout.classes == ("airfield", "alley", "barn", "beach")
    assert "not the 2 around them (a, b)" in layout.done[0]
    groups = [f"{s}/{p}" for s in ("train", "val") for p in ("pet/cat", "pet/dog", "car/bus")]
    assert arranged(*images(*groups)).classes == ("bus", "cat", "dog")


def test_deep_classes_of_one_name_are_told_apart():
    inside = ("a/apartment/indoor", "a/apartment/outdoor", "d/door/indoor", "d/door/outdoor")
    layout = arranged(*images(*(f"{s}/{path}" for s in ("train", "test") for path in inside)))
    assert layout.classes == inside


@pytest.mark.parametrize(
    "inside",
    [
        ("cat/2023", "cat/2024", "dog/2023"),
        ("cat/images", "dog/images"),
        ("cat", "cat/more", "dog"),
        ("ill/patient1", "ill/patient2", "well/patient3"),
    ],
)
def test_folders_inside_of_class_folders_belong_to_the_class(inside):
    layout = arranged(*images(*inside))
    assert layout.classes in (("cat", "dog"), ("ill", "well"))
    assert "count as their class" in layout.done[0]


def test_other_inner_folders_in_test_than_in_train_are_no_classes():
    paths = images(
        "train/ill/smith", "train/ill/weber", "train/well/li", "test/ill/sato", "test/well/roy"
    )
    assert arranged(*paths).classes == ("ill", "well")


def test_where_nothing_tells_both_readings_are_offered():
    message = refused(*images("pet/cat", "pet/dog", "car/bus", "car/van"))
    assert "2 outer folders (car, pet) or the 4 inner ones (bus, cat, dog, …)" in message


def test_classes_that_hold_their_splits():
    layout = arranged(*images(*(f"{c}/{s}" for c in ("ant", "bee") for s in ("train", "test"))))
    assert counts(layout) == TWO


def test_two_data_sets_in_one_archive():
    paths = [f"{s}/train/{c}" for s in ("mnist", "svhn") for c in ("one", "two")]
    assert "'mnist' and 'svhn'" in refused(*images(*paths))


@pytest.mark.parametrize("other", ["ant ", " ant", "ant", "Ant", "ANT"])
def test_the_same_name_spelt_otherwise_is_the_same_class(other):
    layout = arranged(*images("train/ant", "train/bee", f"test/{other}", "test/bee"))
    assert counts(layout) == TWO
    assert bool(layout.done) == (other != "ant")


def test_names_are_compared_in_one_unicode_form():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    layout = arranged(*images(f"train/{composed}", "train/bee", f"test/{decomposed}", "test/bee"))
    assert layout.classes == ("bee", composed)
    assert "spelt in 2 ways" in layout.done[0]


def test_twins_in_train_are_joined_but_letters_are_not():
    layout = arranged(*images("Ant", "ant", "bee"))
    assert counts(layout) == {"train": {"Ant": 6, "bee": 3}}
    assert arranged(*images("a", "A", "b")).classes == ("A", "a", "b")


def test_a_class_that_test_lacks_is_accepted_and_one_that_train_lacks_is_not():
    layout = arranged(*images("train/ant", "train/bee", "val/ant"))
    assert counts(layout)["validation"] == {"ant": 3, "bee": 0}
    message = refused(*images("train/ant", "train/bees", "val/bee"))
    assert "class 'bee' is in validation but not in train" in message
    assert "Rename it to 'bees'" in message


@pytest.mark.parametrize(
    ("paths", "others", "what"),
    [
        (images("images/train", "images/val"), ["labels/train/0.txt"], "YOLO labels"),
        (images("train/images", "valid/images"), ["train/labels/0.txt"], "YOLO labels"),
        (images("JPEGImages"), ["Annotations/0.xml"], "VOC annotations"),
        (images("train"), ["annotations/instances_train.json"], "COCO annotations"),
        (images("train", "valid"), ["train/_annotations.coco.json"], "COCO annotations"),
        (images("images", "masks"), [], "images beside masks"),
        (images("train/images", "train/masks", "val/images"), [], "images beside masks"),
    ],
)
def test_exports_of_object_detection_are_named(paths, others, what):
    message = refused(*paths, others=others)
    assert "export for object detection or segmentation" in message
    assert what in message


@pytest.mark.parametrize("paths", [images(""), images("train", "test"), images("Train")])
def test_a_heap_of_images_asks_for_folders_or_a_table(paths):
    message = refused(*paths)
    assert "file_name,label" in message or "1 class in train" in message


def test_long_names_are_told_apart():
    start = "Animalia_Chordata_Aves_Passeriformes_Turdidae_Turdus_of_the_old_world_"
    names = [start + end for end in ("merula", "philomelos", "pilaris")]
    alike = ["x" * 100 + "y" * n + "x" * 100 for n in (1, 2, 3)]
    for each in (names, alike, ["a\x01", "a\x02"]):
        shown = shown_names(each)
        assert len(set(shown)) == len(each)
        assert all(len(name) <= 60 for name in shown)
    assert shown_names(["cat", "dog"]) == ("cat", "dog")


PART = st.one_of(
    st.sampled_from(
        ["train", "test", "val", "Training", "seg_train", "seg_test", "images", "labels", "masks",
         "cat", "Cat", "cat ", "dog", "a", "b", "airfield", "barn", "@eaDir", "", ".", "..",
         "cafe\u0301", "caf\u00e9", "\ud800", "2023"]
    ),
    st.text(max_size=5),
)  # fmt: skip
PATH = st.lists(PART, min_size=1, max_size=5).map("/".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(PATH, max_size=25, unique=True), st.lists(PATH, max_size=5))
def test_any_list_of_names_gives_a_layout_or_a_sentence(paths, others):
    try:
        layout = arranged(*paths, folders=others, others=others)
    except DataError:
        return
    used = [name for each in layout.members.values() for name, _ in each]
    assert len(used) == len(set(used))
    assert set(used) <= set(paths)
    assert len(used) + sum(left.count for left in layout.left_out) == len(paths)
    assert {label for each in layout.members.values() for _, label in each} == set(layout.classes)
