"""Names of classes are stored and compared as they are, and shortened on the screen alone."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from kdlab import data
from kdlab.config.schema import DataConfig, DistilConfig
from kdlab.data.naming import shown_names
from kdlab.events import Remark, RunStarted
from kdlab.experiments.run import run as work
from kdlab.models import class_names, weights
from kdlab.storage.store import Store

sys.path.append(str(Path(__file__).parents[1] / "data"))

from archives import png, write_folder, write_zip

START = "Animalia_Chordata_Aves_Passeriformes_Turdidae_Turdus_of_the_old_"
LONG = tuple(START + end + "_and_so_on_until_the_end_of_the_name" for end in ("a", "b", "c"))
QUICK = {"image_size": 8, "teacher": "mlp-4", "student": "mlp-2", "teacher_epochs": 1}


def own(names, each=6):
    return {
        f"{name}/{k}.png": png((40 * n + k, 90, 9 * k)) for n, name in enumerate(names)
        for k in range(each)
    }  # fmt: skip


def settings(folder, **more):
    return DistilConfig(
        dataset="images", folder=str(folder), **QUICK, seeds=1, epochs=1, labels=4, **more
    )


def test_long_names_are_stored_as_they_are_and_told_apart_on_the_screen(tmp_path):
    keeper = Store(tmp_path / "home", bundled=None)
    config = settings(write_zip(tmp_path / "a.zip", own(LONG)))
    events = list(work.run(config, keeper))
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    assert started.classes == LONG
    for content in keeper.weights(config).values():
        assert class_names.read(weights.metadata(content)) == LONG
    assert len(set(shown_names(LONG))) == 3
    assert all(len(name) <= 60 for name in shown_names(LONG))


def test_a_class_more_does_not_change_the_names_of_the_others(tmp_path):
    """Numbers that tell shortened names apart depend on which others there are."""
    alike = ["x" * 80 + n + "y" * 80 for n in "bd"]
    few, more = (
        list(data.load(DataConfig(dataset="images", folder=write_zip(path, own(names)))))[-1]
        for path, names in ((tmp_path / "a", alike), (tmp_path / "b", ["x" * 80 + "a" + "y" * 80,
                                                                       *alike]))
    )  # fmt: skip
    assert set(few.classes) < set(more.classes)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux")
def test_bytes_that_are_no_text_are_spelt_out_where_they_are_read(tmp_path):
    names = ["\udcff\udcb0\udcb1", "\udcff\udcb0\udcb2"]  # no encoding has these as words
    write_folder(tmp_path / "own", own(names))
    *_, split = data.load(DataConfig(dataset="images", folder=str(tmp_path / "own")))
    assert split.classes == (r"\xff\xb0\xb1", r"\xff\xb0\xb2")
    assert "unknown encoding" in split.account.lines()[1]


def test_half_a_character_is_spelt_out_where_it_is_read():
    from kdlab.data.own.spelling import spelt

    paths, _ = spelt(["a\ud800/0.png"], {})
    assert paths["a\ud800/0.png"] == r"a\ud800/0.png"


def test_names_in_dos_letters_are_still_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in own(["café", "thé"]).items():
            archive.writestr(name, content)
    *_, split = data.load(DataConfig(dataset="images", folder=str(path)))
    assert split.classes == ("café", "thé")


def test_classes_that_a_file_does_not_name_stay_unnamed(tmp_path):
    """Used once on some images, it must not be taken for a teacher of just these classes."""
    from kdlab import models

    keeper = Store(tmp_path / "home", bundled=None)
    network = models.build("mlp-4", (3, 8, 8), 3, 0)
    content = weights.dump_weights(network, "mlp-4", (3, 8, 8), 3)
    first = settings(write_zip(tmp_path / "a.zip", own("abc")))
    brought = work.bring_weights(first.teacher_config(), content, keeper)
    told = []
    for name, classes in (("a", "abc"), ("b", "abd"), ("b", "abd")):
        path = write_zip(tmp_path / f"{name}.zip", own(classes))
        config = settings(path, teacher_weights=brought["mark"])
        loaded = config.teacher_config()
        if keeper.teacher_weights(loaded) is None:
            work.bring_weights(loaded, content, keeper)
        told.append([e.text for e in work.run(config, keeper) if isinstance(e, Remark)])
        assert weights.names_of(keeper.teacher_weights(loaded)) is None
    assert all("could not be compared" in " ".join(texts) for texts in told)
