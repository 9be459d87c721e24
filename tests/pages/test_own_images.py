"""A visitor's own images on the pages: an invitation, what was read, its name, broken archives."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from pages.ui.stage import provenance
from pages.ui.widgets import images, overview
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PAGES = {
    "live": "distil/live.py",
    "map": "distil/map.py",
    "search": "distil/search.py",
    "full-run": "distil/full_run.py",
}


@pytest.fixture(autouse=True)
def _looked_at_however_slowly(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    monkeypatch.setattr(images, "LOOK_SECONDS", PATIENCE)
    monkeypatch.setattr(overview, "LOOK_SECONDS", PATIENCE)


def png(shade: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((20, 20, 3), shade, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def pets() -> dict[str, bytes]:
    """20 cats and 10 dogs, 4 of each for the test, and a note."""
    counts = {"train/cat": 20, "train/dog": 10, "test/cat": 4, "test/dog": 4}
    found = {f"{c}/{n}.png": png(8 * n) for c, count in counts.items() for n in range(count)}
    return {**found, "notes.txt": b"hello"}


def page_of(name: str, **values):
    page = AppTest.from_file(ROOT / "pages" / PAGES[name], default_timeout=PATIENCE)
    for key, value in {"dataset": "images", **values}.items():
        page.query_params[key] = value
    return page.run()


def bring(page, files: dict[str, bytes] | bytes, name: str = "pets.zip"):
    content = files if isinstance(files, bytes) else zipped(files)
    archives = next(w for w in page.file_uploader if w.label == "Archive of images")
    archives.upload(name, content, "application/zip")
    return page.run()


def words(page) -> str:
    kinds = ("markdown", "caption", "error", "info", "warning")
    found = [str(e.value) for kind in kinds for e in page.get(kind)]
    return " ".join([*found, *(e.label for e in page.expander)]).replace("\\", "")


def table(page) -> str:
    found = [e.proto.body for e in page.get("html") if 'class="kd-read"' in e.proto.body]
    return found[0] if found else ""


@pytest.mark.parametrize("name", PAGES)
def test_whoever_chooses_own_images_is_invited_and_nothing_is_wrong_yet(name):
    page = page_of(name)
    assert not page.exception
    assert not page.error
    assert "Bring your images" in words(page)
    assert "type the path of a folder" in words(page)


def test_a_visitor_is_not_invited_to_type_a_path(monkeypatch):
    monkeypatch.setattr(visitor, "_known", [lambda: Visitor("anna")])
    page = page_of("live")
    assert not page.error
    assert "Bring your images" in words(page)
    assert "path" not in " ".join(line.value for line in page.info)


@pytest.mark.parametrize("name", ["live", "map", "full-run"])
def test_what_was_read_is_shown_before_anything_is_trained(name):
    page = bring(page_of(name), pets())
    assert not page.exception
    assert not page.error
    said = words(page)
    assert "pets.zip: 38 images in 2 classes (24 training, 6 validation, 8 test)" in said
    assert "1 file skipped" in said
    assert "Skipped: files that are not images, 1 (notes.txt)" in said
    assert "No folder of validation images: they are taken from train" in said
    shown = table(page)
    assert shown.count("<img") == 2 * 4, "some of each class to look at"
    for row in ("cat</th>", "dog</th>", "all</th>"):
        assert row in shown
    assert '<td class="count">16</td><td class="count">4</td><td class="count">4</td>' in shown
    assert "upload:" not in said, "its name, and no digits"


def test_an_upload_has_its_name_wherever_it_is_told():
    folder = uploads.keep(zipped(pets()), "my pets.zip")
    assert uploads.title(folder) == "my pets.zip"
    config = DistilConfig(dataset="images", folder=folder)
    assert "images my pets" in provenance.settings(config, "seed 0")
    assert "upload:" not in provenance.settings(config, "seed 0")
    other = f"upload:{'0' * 16}.zip"
    assert uploads.title(other) == "the archive 00000000"
    assert uploads.title("/data/pets") == "/data/pets"
    page = page_of("live", folder=folder)
    assert "my pets.zip: 38 images" in words(page)


def test_whoever_has_a_link_to_an_upload_does_not_read_what_its_holder_calls_it(monkeypatch):
    who = [Visitor("ann")]
    monkeypatch.setattr(visitor, "_known", [lambda: who[0]])
    folder = uploads.keep(zipped(pets()), "ann's patients.zip")
    assert "ann's patients.zip: 38 images" in words(page_of("live", folder=folder))
    who[0] = Visitor("bob")
    page = page_of("live", folder=folder)
    assert "the archive" in words(page)
    assert "38 images in 2 classes" in words(page)
    assert "patients" not in words(page)
    assert "patients" not in provenance.settings(
        DistilConfig(dataset="images", folder=folder), "seed 0"
    )


def test_a_picture_that_cannot_be_read_is_not_shown_and_stops_nobody():
    broken = {f"train/{c}/{n}.png": b"no image" for c in ("cat", "dog") for n in range(9)}
    page = bring(page_of("live"), {**pets(), **broken})
    assert not page.exception
    assert not page.error
    assert "images that cannot be read are reported when a run reads them" in words(page)
    assert table(page)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (b"PK\x05\x06" + bytes(18), "no image"),
        ({}, "no image"),
        (b"no archive at all", "cannot be read"),
        (b"", "is empty"),
        ({f"cat/{n}.png": b"" for n in range(9)}, "class"),
        ({f"{n}.png": b"" for n in range(9)}, "class"),
        ({"cat/1.png": b"", "dog/1.png": b""}, "training images"),
    ],
    ids=["nothing in it", "no file", "no zip", "no byte", "one class", "no folders", "too few"],
)
def test_what_is_wrong_with_an_archive_is_a_sentence(files, sentence):
    page = bring(page_of("live"), files)
    assert not page.exception
    (error,) = page.error
    assert sentence in error.value.replace("\\", "")
    assert not table(page)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    page = page_of("live", folder=str(tmp_path / "nowhere"))
    assert not page.exception
    (error,) = page.error
    assert "does not exist here" in error.value.replace("\\", "")


def test_a_folder_of_this_machine_is_shown_as_well(tmp_path):
    for name, data in pets().items():
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    page = page_of("live", folder=str(tmp_path / "pets"))
    assert not page.exception
    assert "38 images in 2 classes" in words(page)
    assert table(page).count("<img") == 8


def offered(page, monkeypatch, tab: str) -> dict[str, tuple[str, object]]:
    """What a page's last tab offers to save: label -> name of the file, content."""
    found: dict[str, tuple[str, object]] = {}

    def offer(label, content, name, page="live"):
        found[label] = (name, content)

    monkeypatch.setattr("pages.ui.stage.offers.offer", offer)
    page.session_state[tab] = "Take it away"
    page.run()
    assert not page.exception
    return found


def test_the_script_is_run_by_the_name_under_which_it_is_saved(monkeypatch):
    folder = uploads.keep(zipped(pets()), "my pets.zip")
    name, script = offered(page_of("live", folder=folder), monkeypatch, "live.tab")[
        "PyTorch script"
    ]
    assert f"Run:     python {name}\n" in script
    assert "my pets.zip" in script
