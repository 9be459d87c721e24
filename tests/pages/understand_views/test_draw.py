"""Drawing: what networks make of a drawing, their programs without torch, and the page around."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeManager
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest
from told import unmarked

from kdlab.config.presets import MNIST_PAIR
from kdlab.config.schema import DistilConfig
from kdlab.device.plain import DIGITS
from kdlab.errors import JobError, StoreError
from kdlab.experiments.run import networks as stored
from kdlab.experiments.run import run as work
from kdlab.experiments.run.history import fold
from kdlab.storage.store import BUNDLED, Store
from pages.ui.shell import workers
from pages.ui.stream import handed
from pages.ui.understand import networks, pair
from tests import drawings
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "pages" / "use" / "draw.py"
MNIST = ROOT / "../shared/data/MNIST/raw"
needs_mnist = pytest.mark.skipif(
    not (MNIST / "t10k-images-idx3-ubyte").is_file(), reason="no shared/data/MNIST beside the tree"
)


def mnist(count):
    """The first test images (N, 28, 28) and labels (N,) of MNIST."""
    images = np.frombuffer((MNIST / "t10k-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((MNIST / "t10k-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return images.reshape(-1, 28, 28)[:count], labels[:count]


# -- networks ----------------------------------------------------------------------------------


def answered(found, pixels):
    """Logits (N, 10) of the pair's networks by role, for pixels (N, 1, H, W), by PyTorch."""
    inputs = drawings.standardised(pixels, found.outputs.mean, found.outputs.std)
    return {role: np.asarray(rows) for role, rows in work.answer(found.config, inputs).items()}


@needs_mnist
def test_the_default_teacher_reads_digits_that_it_was_not_trained_on():
    images, labels = mnist(300)
    pixels = np.stack([drawings.seen(image, DIGITS) for image in images])
    right = answered(pair.find(DistilConfig()), pixels)["teacher"].argmax(axis=1) == labels
    assert right.mean() > 0.7  # measured: 0.81 on 1,000; 0.66 without shear and thickness


@pytest.mark.parametrize("config", [DistilConfig(), MNIST_PAIR], ids=["digits", "mnist"])
def test_networks_are_sent_without_torch_as_a_worker_would_send_them(config):
    found = pair.find(config)
    assert json.loads(gzip.decompress(found.packed)) == stored.programs(config)
    told = answered(found, found.outputs.inputs[:20])
    np.testing.assert_allclose(told["teacher"], found.outputs.logits[:20], atol=1e-3)


@pytest.mark.parametrize(
    "broken",
    [
        {"distilled": b"no weights at all"},
        {"distilled": "labels only of another"},
    ],
    ids=["no file", "of other data"],
)
def test_what_is_no_mlp_that_fits_is_left_to_the_worker(broken):
    store, config = Store(bundled=BUNDLED), DistilConfig()
    files, outputs = store.weights(config), store.teacher_outputs(config.teacher_config())
    assert networks.of_mlps(config, outputs, files) is not None
    others = {
        role: one if isinstance(one, bytes) else store.weights(MNIST_PAIR)["labels only"]
        for role, one in broken.items()
    }
    assert networks.of_mlps(config, outputs, files | others) is None
    assert networks.of_mlps(DistilConfig(student="cnn-8"), outputs, files) is None
    loaded = config.model_copy(update={"teacher_weights": "0123456789abcdef"})
    assert networks.of_mlps(loaded, outputs, files) is None, "its classes may have another order"


# -- the page ----------------------------------------------------------------------------------


@pytest.fixture
def fresh():
    """The page as somebody sees it who has been nowhere else."""
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)


@pytest.fixture
def page(fresh):
    """With the pair of Live distillation: that of the data set digits."""
    fresh.query_params["networks"] = "own"
    return fresh


@pytest.fixture
def conv(monkeypatch, tmp_path):
    """A store whose default run claims to be a CNN's, so that a worker must be asked."""
    config = DistilConfig(teacher="cnn-16-32", student="cnn-8")
    default = DistilConfig()
    for kind, old, new in (
        ("runs", default.fingerprint(), config.fingerprint()),
        ("teachers", default.teacher_config().fingerprint(), config.teacher_config().fingerprint()),
    ):
        shutil.copytree(BUNDLED / kind / old, tmp_path / kind / new)
    made = Store(tmp_path)
    monkeypatch.setattr(workers, "store", lambda: made)
    return config


def follow(page, config):
    for name, value in config.to_query().items():
        page.query_params[name] = value
    return page


def shown(page):
    kinds = ("markdown", "caption", "error", "info", "warning")
    return " ".join(str(e.value) for kind in kinds for e in page.get(kind))


def given(page, name):
    """What the page gives its component ``name``; nothing where it has none."""
    rows = [e.proto for e in page.get("bidi_component")]
    found = [json.loads(row.json) for row in rows if row.component_name.endswith(f"kdlab_{name}")]
    return found[0] if found else {}


def sent(page):
    """The architectures of the programs that its browser fetches; none without an address."""
    address = given(page, "answers")["address"]
    if address is None:
        return []
    content = handed.networks().find(address.rpartition("/")[2]).content
    return [each["architecture"] for each in json.loads(gzip.decompress(content))]


OF_MNIST = ["mlp-96-64", "mlp-16", "mlp-16"]
OF_DIGITS = ["mlp-512-512", "mlp-16", "mlp-16"]


def test_a_real_digit_is_answered_before_anything_is_drawn(page, manager):
    page.run()
    assert not page.exception
    assert not manager.calls, "MLPs need no worker"
    found = pair.find(DistilConfig())
    row = found.first
    assert row in found.examples
    assert given(page, "seen")["label"] == str(found.outputs.labels[row])
    told = given(page, "answers")
    assert base64.b64decode(told["example"]) == found.outputs.inputs[row].tobytes()
    assert [each["role"] for each in told["networks"]] == ["teacher", "labels only", "distilled"]
    assert told["known"] == {"teacher": found.outputs.logits[row].tolist()}
    assert sent(page) == OF_DIGITS
    assert given(page, "pad")["shape"] == told["shape"] == [1, 8, 8]
    assert given(page, "pad")["sheet"] == given(page, "seen")["sheet"] == told["sheet"]


def test_an_example_is_put_on_and_stands_in_the_link(page, manager):
    page.run()
    row = pair.find(DistilConfig()).examples[7]
    before = given(page, "pad")["clear"]
    page.button(key=f"draw.example.{row}").click().run()
    assert not page.exception
    assert given(page, "seen")["label"] == "7"
    assert given(page, "pad")["clear"] != before, "what was drawn is wiped off"
    assert page.query_params["example"] in (str(row), [str(row)])


SEVENS = [
    [(80, 60), (200, 60), (120, 230)],
    [(70, 50), (210, 50), (100, 240)],
    [(90, 70), (190, 70), (140, 220)],
    [(80, 60), (210, 60), (80, 240)],
]
"""Strokes of a plain 7 on a pad of 280 x 280: to the right, then down."""


def on_the_pad(*strokes, wide=22):
    """What lies on the paper (28, 28) after strokes of round pens, averaged down from 280 x 280."""
    paper = Image.new("L", (4 * 280, 4 * 280))
    pen = ImageDraw.Draw(paper)
    for stroke in strokes:
        points = [(4 * x, 4 * y) for x, y in stroke]
        pen.line(points, fill=255, width=4 * wide)
        for x, y in points:
            pen.ellipse((x - 2 * wide, y - 2 * wide, x + 2 * wide, y + 2 * wide), fill=255)
    fine = np.asarray(paper, dtype=float)
    return np.rint(fine.reshape(28, 40, 28, 40).mean(axis=(1, 3))).astype(np.uint8)


def bar(seven):
    """The stroke across the middle of a 7."""
    _, (right, top), (foot, bottom) = seven
    x, y = (right + foot) / 2, (top + bottom) / 2
    return [(x - 45, y), (x + 45, y)]


@pytest.mark.parametrize("seven", SEVENS)
@pytest.mark.parametrize("crossed", [False, True], ids=["plain", "crossed"])
@pytest.mark.parametrize("wide", [14, 22, 32])
def test_a_drawn_7_is_a_7(seven, crossed, wide):
    picture = on_the_pad(seven, *([bar(seven)] if crossed else []), wide=wide)
    found = pair.find(MNIST_PAIR)
    pixels = drawings.seen(picture, found.outputs.input_shape)[None]
    assert {int(z.argmax()) for z in answered(found, pixels).values()} == {7}


def test_the_page_begins_with_networks_that_read_a_plain_7(fresh, manager):
    fresh.run()
    assert not fresh.exception
    assert sent(fresh) == OF_MNIST
    assert not manager.calls, "without a worker"
    fresh.selectbox(key="draw.networks").set_value("own").run()
    assert sent(fresh) == OF_DIGITS, "8 x 8 digits cross their sevens"
    said = [line.value for line in fresh.info]
    assert any("they often take a plain 7 for a 3" in line for line in said)
    assert fresh.query_params["networks"] in ("own", ["own"])


def test_the_other_networks_have_examples_of_their_own(fresh, manager):
    fresh.run()
    row = pair.find(MNIST_PAIR).examples[7]
    fresh.button(key=f"draw.example.{row}").click().run()
    assert given(fresh, "seen")["label"] == "7"
    fresh.selectbox(key="draw.networks").set_value("own").run()
    assert not fresh.exception
    assert fresh.session_state["link.draw"]["values"]["example"] == -1


def test_an_old_link_to_a_run_opens_that_run(fresh, manager):
    """Before there was MNIST a link said no networks."""
    follow(fresh, DistilConfig(labels="all")).run()
    assert "all labels" in shown(fresh)
    assert fresh.selectbox(key="draw.networks").value == "own"


def test_what_comes_with_the_lab_for_drawing_is_small():
    store = Store(bundled=BUNDLED)
    folders = [
        BUNDLED / "runs" / MNIST_PAIR.fingerprint(),
        BUNDLED / "teachers" / MNIST_PAIR.teacher_config().fingerprint(),
    ]
    assert sum(path.stat().st_size for each in folders for path in each.iterdir()) < 1.1e6
    history = fold(store.events(MNIST_PAIR))
    assert history.finished.teacher_accuracy > 0.97
    assert history.teacher_ready.train_accuracy > 0.97
    assert len(history.per_class()) == 10 * (1 + 2 * MNIST_PAIR.seeds)


def test_t_softens_the_bars_and_stands_in_the_link(page, manager):
    page.run()
    page.select_slider(key="draw.shown_temperature").set_value(8.0).run()
    assert given(page, "answers")["temperature"] == 8.0
    assert page.query_params["shown_temperature"] in ("8.0", ["8.0"])


def test_the_run_is_the_one_on_the_live_page(fresh, manager):
    page = fresh
    config = DistilConfig(labels="all")
    page.session_state["link.live"] = {"values": config.model_dump()}
    page.run()
    assert "all labels" in shown(page)
    page.session_state["link.live"] = {"values": DistilConfig().model_dump()}
    page.run()
    assert "100 labels" in shown(page)


def half_typed(page, **values):
    """As Live distillation is left with something that nobody can train."""
    schedule = {"schedule": "10:4:"}  # what is typed stays as text where it cannot be read
    page.session_state["link.live"] = {"values": DistilConfig().model_dump() | schedule | values}
    return page


def test_a_setting_that_is_half_typed_on_the_live_page_gets_a_sentence(fresh, manager, tried):
    page = half_typed(fresh).run()
    assert not page.exception
    assert "10:4:" in shown(page).replace("\\", "")
    assert "You see the pair trained on MNIST" in shown(page)
    assert sent(page) == OF_MNIST
    tried(page, "T = 4")
    assert not page.exception
    assert page.session_state["link.draw"]["values"]["shown_temperature"] == 4.0
    assert page.session_state["link.draw"]["values"]["schedule"] == "10:4:", "nothing else"
    assert given(page, "answers")["temperature"] == 4.0


def test_who_chooses_mnist_is_not_told_of_what_is_half_typed_elsewhere(fresh, manager):
    page = half_typed(fresh).run()
    page.selectbox(key="draw.networks").set_value("mnist").run()
    assert not page.exception
    assert not page.info
    assert sent(page) == OF_MNIST


def offered(page):
    """Name -> its question and answer, of what there is to try."""
    rows = [e.proto for e in page.get("bidi_component") if "tries" in e.proto.component_name]
    (row,) = [json.loads(row.json) for row in rows]
    told = {one["name"]: unmarked(f"{one['task']} {one['answer']}") for one in row["tries"]}
    return {name: words.replace("\u00a0", " ") for name, words in told.items()}


def test_figures_stand_beside_the_pair_they_were_measured_with(fresh, manager):
    page = fresh.run()
    words = offered(page)
    assert "by 9 %" in words["T = 4"]
    assert "67 to 100 %" in words["Scribble"]
    page.selectbox(key="draw.networks").set_value("own").run()
    others = offered(page)
    assert list(others) == list(words)
    assert not any("%" in each or "MNIST" in each for each in others.values())
    assert "T = 4 the small bars" in others["T = 4"]


def test_networks_of_clothes_are_asked_for_no_digits(fresh, manager, monkeypatch):
    clothes = dataclasses.replace(
        pair.find(MNIST_PAIR), config=DistilConfig(dataset="fashion-mnist")
    )
    monkeypatch.setattr(pair, "find", lambda config: clothes)
    page = fresh.run()
    assert not page.exception
    assert list(offered(page)) == ["Scribble", "T = 4"]


def test_a_link_wins_over_the_live_page(page, manager):
    page.session_state["link.live"] = {"values": DistilConfig(seeds=2).model_dump()}
    follow(page, DistilConfig(labels="all")).run()
    assert "all labels" in shown(page)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (DistilConfig(dataset="moons", teacher="mlp-4", student="mlp-2"), "points in the plane"),
        (DistilConfig(dataset="cifar10", teacher="resnet20", student="resnet8"), "colour images"),
        (DistilConfig(dataset="images"), "colour images"),
        (DistilConfig(epochs=7), "has not been trained on this machine"),
        (DistilConfig(dataset="mnist"), "has not been trained on this machine"),
    ],
    ids=["moons", "cifar10", "images", "untrained", "mnist untrained"],
)
def test_what_cannot_be_shown_gets_a_sentence_and_the_default_pair(page, manager, config, sentence):
    follow(page, config).run()
    assert not page.exception
    assert sentence in shown(page)
    assert "You see the pair trained on MNIST" in shown(page)
    assert sent(page) == OF_MNIST


@pytest.mark.parametrize(
    "query", [{"dataset": "numbers"}, {"student": "mlp-0"}, {"example": "-7"}, {"alpha": "1.5"}]
)
def test_a_bad_link_gets_a_sentence(page, manager, query):
    page.query_params.update(query)
    page.run()
    assert not page.exception
    assert "Used instead" in shown(page)
    assert sent(page)


def test_an_example_that_is_not_there_is_the_first_one(page, manager):
    page.query_params["example"] = "99999"
    page.run()
    assert not page.exception
    assert sent(page) == OF_DIGITS


def test_without_any_run_the_page_says_what_to_do(page, manager, monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    page.run()
    assert not page.exception
    assert "train one on Live distillation" in shown(page)


def test_files_that_cannot_be_read_get_a_sentence(page, manager, monkeypatch):
    def broken(config):
        raise StoreError("the file is broken", "files", "Delete them")

    monkeypatch.setattr(pair, "find", broken)
    page.run()
    assert not page.exception
    assert "he file is broken" in shown(page)


def test_other_networks_are_asked_of_a_worker_once(page, manager, conv, monkeypatch):
    programs = [{"architecture": name} for name in ("cnn-16-32", "cnn-8", "cnn-8")]
    monkeypatch.setattr(
        FakeManager,
        "call",
        lambda self, function, *args, timeout: self.calls.append((function, args)) or programs,
    )
    follow(page, conv).run()
    assert not page.exception
    assert sent(page) == ["cnn-16-32", "cnn-8", "cnn-8"]
    page.select_slider(key="draw.shown_temperature").set_value(8.0).run()
    assert sent(page) == ["cnn-16-32", "cnn-8", "cnn-8"]
    assert manager.calls == [(stored.programs, (conv,))]


def test_while_workers_start_the_teachers_stored_answer_stands_in(page, manager, conv):
    manager.state = "starting"
    follow(page, conv).run()
    assert not page.exception
    assert not manager.calls
    assert "workers are starting" in shown(page)
    assert given(page, "answers")["address"] is None
    assert list(given(page, "answers")["known"]) == ["teacher"]
    assert page.select_slider(key="draw.shown_temperature")


def test_a_worker_that_fails_leaves_a_sentence(page, manager, conv, monkeypatch):
    def refuse(self, *args, **options):
        raise JobError("no worker answered", "a worker", "Try again when fewer runs are active")

    monkeypatch.setattr(FakeManager, "call", refuse)
    follow(page, conv).run()
    assert not page.exception
    assert "fewer runs are active" in shown(page)
    assert list(given(page, "answers")["known"]) == ["teacher"]
    assert page.select_slider(key="draw.shown_temperature")
    monkeypatch.setattr(FakeManager, "call", lambda *args, **options: [{"architecture": "cnn"}])
    page.run()
    assert sent(page) == ["cnn"], "asked again"


def test_clothes_are_called_clothes(page, manager, monkeypatch):
    real = pair.find(DistilConfig())
    clothes = dataclasses.replace(real, config=DistilConfig(dataset="fashion-mnist"))
    monkeypatch.setattr(pair, "find", lambda config: clothes)
    follow(page, clothes.config).run()
    assert not page.exception
    assert "know clothes, not digits" in shown(page)


def test_the_page_runs_in_the_app(manager):
    app = AppTest.from_file(ROOT / "pages" / "entry.py", default_timeout=PATIENCE).run()
    app.switch_page(os.path.relpath(PAGE, ROOT / "pages")).run()
    assert not app.exception
    assert "Draw a digit" in [title.value for title in app.title]
