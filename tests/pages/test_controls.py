"""Widgets come from the fields: every setting can be shown, with its help, and keeps its value."""

from __future__ import annotations

import io
import itertools
import zipfile
from pathlib import Path

import pytest
from fakes import FakeManager, events_of
from streamlit.testing.v1 import AppTest

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.storage.store import Store
from pages.ui.shell import workers
from pages.ui.widgets import settings as controls
from tests.patience import PATIENCE

FIELDS = list(DistilConfig.model_fields)


def script():
    import streamlit as st

    from kdlab.config.schema import DistilConfig
    from kdlab.experiments.run.experiment import DISTILL
    from pages.ui.shell import state as links
    from pages.ui.widgets import settings as controls

    here = links.state("test", DistilConfig, controls.NAMES)
    controls.control(here, st.session_state["name"])
    st.session_state["seen"] = dict(here.values)
    controls.checked(here, DISTILL)


def page_of(name, **query):
    page = AppTest.from_function(script, default_timeout=PATIENCE)
    page.session_state["name"] = name
    for key, value in query.items():
        page.query_params[key] = str(value)
    return page.run()


def widgets(page):
    kinds = ("slider", "select_slider", "number_input", "text_input", "selectbox", "multiselect")
    return [w for kind in kinds for w in page.get(kind)]


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_widget_that_shows_its_default_and_helps(name):
    own = {"method": "dkd"} if name == "method_parameters" else {}
    page = page_of(name, **own)
    assert not page.exception
    found = widgets(page)
    assert found
    assert all(w.help for w in found)
    assert DistilConfig.parse(page.session_state["seen"]) == DistilConfig(**own)


def test_numbers_of_a_method_are_its_own_and_as_published_until_moved():
    page = page_of("method_parameters", method="dkd", method_parameters="1,4")
    assert [slider.value for slider in page.slider] == [1, 4]
    assert page.session_state["seen"]["method_parameters"] == (1, 4)
    page.slider[1].set_value(8.0).run()
    assert page.session_state["seen"]["method_parameters"] == ()
    page = page_of("method_parameters", method="soft-targets", method_parameters="1,4")
    assert not page.slider
    assert page.session_state["seen"]["method_parameters"] == (), "what fits no method is let go"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0.07),
        ("temperature", 900.0),
        ("learning_rate", 0.5),
        ("labels", 137),
        ("epochs", 1234),
        ("batch_size", 8),
        ("points", 20_000),
        ("noise", 0.9),
        ("first_seed", 2**31 - 1000),
        ("student", "mlp-37-5"),
        ("teacher", "resnet20"),
    ],
)
def test_what_a_link_may_ask_for_can_be_shown(name, value):
    """Sliders offer less than what is allowed; a link may ask for all of it."""
    page = page_of(name, **{name: value})
    assert not page.exception
    assert page.session_state["seen"][name] == value


def test_a_schedule_is_typed_and_said_to_be_wrong_once():
    page = page_of("schedule", schedule="0:4:0.9,20:1:0.5")
    (box,) = page.text_input
    assert box.value == "0:4:0.9, 20:1:0.5"
    assert DistilConfig.parse(page.session_state["seen"]).to_query() == {
        "schedule": "0:4:0.9,20:1:0.5"
    }
    box.set_value("20:0:0.5").run()
    assert not page.exception
    (error,) = page.error
    assert "T = 0" in error.value
    page.text_input[0].set_value("").run()
    assert not page.error
    assert page.session_state["seen"]["schedule"] == ()


def test_log_steps_are_round_and_hold_the_ends_and_the_value():
    steps = controls.log_steps(0.5, 50, 7.3)
    assert steps == sorted(set(steps))
    assert steps[0] == 0.5
    assert steps[-1] == 50
    assert {1.0, 2.0, 4.0, 7.3, 10.0, 20.0} <= set(steps)
    ratios = [b / a for a, b in itertools.pairwise(steps)]
    assert max(ratios) < 1.4


def test_labels_cannot_exceed_what_the_data_set_has():
    page = page_of("labels")
    options = page.select_slider(key="test.labels").options
    assert options[-1] == "all"
    assert max(int(o.replace(",", "")) for o in options[:-1]) < DATASETS["digits"].train_size


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_data_set_brings_a_pair_that_can_be_built(dataset):
    page = page_of("dataset")
    page.selectbox(key="test.dataset").set_value(dataset).run()
    assert not page.exception
    seen = DistilConfig.parse(page.session_state["seen"])
    assert seen.dataset == dataset
    if "folder" in DATASETS[dataset].settings:
        assert any(line.value.startswith("Bring your ") for line in page.info)
        seen = seen.model_copy(update={"folder": "x"})
    assert not page.error
    checks.possible(seen)


@pytest.mark.parametrize(
    "settings",
    [
        {"labels": 5000},
        {"train_limit": 50, "labels": 51},
        {"dataset": "circles", "teacher": "resnet20"},
        {"student": "mlp-5000"},
        {"teacher": "nonesuch"},
        {"method": "nonesuch"},
    ],
)
def test_impossible_combinations_are_refused_in_three_sentences(settings):
    with pytest.raises(KdlabError) as caught:
        checks.possible(DistilConfig(**settings))
    assert caught.value.received
    assert caught.value.allowed
    assert caught.value.todo


@pytest.fixture(autouse=True)
def _listed_however_slowly(monkeypatch):
    from pages.ui.widgets import images

    monkeypatch.setattr(images, "LOOK_SECONDS", PATIENCE)


def own_images():
    page = AppTest.from_function(script, default_timeout=PATIENCE)
    page.session_state["name"] = "folder"
    return page


def test_an_archive_can_be_brought_through_the_browser(tmp_path):
    page = own_images().run()
    page.file_uploader[0].upload("cats and dogs.zip", b"PK\x05\x06" + bytes(18), "application/zip")
    page.run()
    assert not page.exception
    folder = page.session_state["seen"]["folder"]
    assert folder.startswith("upload:")
    assert folder.endswith(".zip")
    assert not page.text_input[0].value, "the box is for folders: no digits of an upload"
    assert any("cats and dogs" in line.value for line in page.markdown)


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_a_folder_that_a_visitor_may_not_name_is_refused_once(monkeypatch):
    """By the page, as all that cannot be run; below the control it says what can be loaded."""
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    page = own_images()
    page.query_params["folder"] = "/etc"
    page.run()
    assert page.text_input[0].value == "/etc"
    assert len(page.error) == 1, "the owner is told that there are no images"
    monkeypatch.setattr(visitor, "_known", [lambda: Visitor("anna")])
    page.run()
    assert not page.text_input
    assert not page.error
    assert any("A zip or tar" in caption.value for caption in page.caption)


def test_what_was_understood_of_an_archive_is_said_at_once():
    page = own_images().run()
    names = [f"pets/Training/{c}/{n}.png" for c in ("cat", "dog") for n in range(9)]
    files = {**dict.fromkeys(names, b""), "pets/preview.png": b""}
    page.file_uploader[0].upload("pets.zip", zipped(**files), "application/zip")
    page.run()
    assert not page.exception
    told = " ".join(caption.value for caption in page.caption).replace("\\", "")
    assert "Found 2 classes (cat, dog)" in told
    assert "(Training)" in told


def test_what_a_run_left_out_is_told_with_its_result():
    def drawn():
        from kdlab.data.own.account import Account, LeftOut
        from kdlab.events import DataRead
        from pages.ui.widgets import images

        left_out = LeftOut.of("empty", ["ant/7.png", "ant/8.png"])
        counts = {"train": (9, 7)}
        read = Account(("ant", "bee"), counts, {"train": "train"}, (left_out,))
        images.read_by_a_run(DataRead(account=read.as_dict()))
        images.read_by_a_run(None)

    page = AppTest.from_function(drawn, default_timeout=PATIENCE).run()
    assert not page.exception
    first, second = (caption.value.replace("\\", "") for caption in page.caption)
    assert "Read 2 classes (ant, bee); images: 16 train" in first
    assert "Left out: 2 empty (ant/7.png)." in second
    assert page.text[1].value == "ant/7.png\nant/8.png"


def test_what_is_wrong_with_an_archive_is_said_at_once():
    page = own_images().run()
    page.file_uploader[0].upload("heap.zip", zipped(**{"0.png": b""}), "application/zip")
    page.run()
    assert not page.exception
    assert "lies in no class folder" in page.error[0].value


def test_a_shared_server_does_not_take_paths(monkeypatch):
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", "1")
    page = own_images().run()
    assert not page.text_input
    assert page.file_uploader


# -- on the live page -----------------------------------------------------------------------------

LIVE = Path(__file__).parents[2] / "pages" / "distil" / "live.py"


@pytest.fixture
def live(monkeypatch, tmp_path):
    """The live page with an empty store, whose manager is ``live.manager``."""
    manager, store = FakeManager(), Store(tmp_path, bundled=None)
    monkeypatch.setattr(workers, "manager", lambda: manager)
    monkeypatch.setattr(workers, "store", lambda: store)
    page = AppTest.from_file(LIVE, default_timeout=PATIENCE)
    page.manager, page.store = manager, store
    return page


def values(page):
    return page.session_state["link.live"]["values"]


def test_widgets_begin_with_their_value_also_in_the_browser(live):
    """What lies in a popover is built there later, from the default that the page sends."""
    live.query_params["teacher_epochs"] = "33"
    live.query_params["student"] = "mlp-32-8"
    live.run()
    assert live.slider(key="live.teacher_epochs").proto.default == [33]
    assert live.slider(key="live.student:mlp:depth").proto.default == [2]
    width = live.select_slider(key="live.student:mlp:1")
    assert width.options[int(width.proto.default[0])] == "8"
    live.slider(key="live.teacher_epochs").set_value(50).run()
    assert live.slider(key="live.teacher_epochs").proto.default == [50]


def test_a_visitor_starts_nothing_with_a_folder_that_he_names(live, monkeypatch):
    """Refused on the page, before any process that works for the owner of the machine is asked."""
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    live.query_params["dataset"] = "images"
    live.query_params["folder"] = "/etc"
    live.run()
    assert not live.button(key="live.train").disabled
    visitor.ask(lambda: Visitor("anna"))
    live.run()
    assert live.button(key="live.train").disabled
    assert not live.exception
    assert not live.manager.submitted


def test_loaded_weights_can_be_removed(live):
    live.query_params["teacher_weights"] = "0123456789abcdef"
    live.run()
    assert any("01234567" in m.value for m in live.markdown)
    keys = {w.key for w in widgets(live)}
    assert not keys & {"live.teacher_epochs", "live.teacher_learning_rate", "live.teacher_seed"}
    live.button(key="live.remove_weights").click().run()
    assert values(live)["teacher_weights"] == ""
    assert "live.teacher_epochs" in {w.key for w in widgets(live)}
    assert "teacher_weights" not in live.query_params


def test_another_teacher_or_data_set_lets_go_of_loaded_weights(live):
    live.query_params["teacher_weights"] = "0123456789abcdef"
    live.run()
    live.select_slider(key="live.teacher:mlp:0").set_value(64).run()
    assert (values(live)["teacher"], values(live)["teacher_weights"]) == ("mlp-64-512", "")
    live.query_params["teacher_weights"] = "fedcba9876543210"
    live.run()
    assert values(live)["teacher_weights"] == "fedcba9876543210"
    live.selectbox(key="live.dataset").set_value("moons").run()
    assert values(live)["teacher_weights"] == ""


def test_a_method_without_temperature_has_no_slider_for_it(live):
    live.run()
    assert "live.temperature" in {w.key for w in widgets(live)}
    live.selectbox(key="live.method").set_value("logit-regression").run()
    assert "live.temperature" not in {w.key for w in widgets(live)}
    assert any("does not use it" in c.value for c in live.caption)
    assert "logit-regression" in live.query_params["method"]


def test_an_empty_expander_is_not_there(live):
    live.query_params["hide"] = "method,train_limit"
    live.run()
    assert "More" in [e.label for e in live.expander]
    live.query_params["hide"] = "method,schedule,label_noise,train_limit,first_seed"
    live.run()
    assert "More" not in [e.label for e in live.expander]


@pytest.mark.parametrize(
    "name", ["MLP 16", "![x](http://127.0.0.1:9/a.png)", "mlp-" + "9" * 500, "", "../x"]
)
def test_weights_of_a_foreign_architecture_get_a_sentence(live, name):
    from safetensors.numpy import save

    live.session_state["live.tab"] = "Take it away"
    live.run()
    file = ("w.safetensors", save({}, {"architecture": name}), "application/octet-stream")
    live.file_uploader(key="live.load_weights").set_value(file).run()
    assert not live.exception
    (error,) = live.error
    assert "Allowed" in error.value
    assert "![x](" not in error.value
    assert len(error.value) < 600
    assert not live.manager.calls


def test_what_is_taken_away_says_whose_it_is(live):
    config = DistilConfig(epochs=4)
    live.store.record_run(config, events_of(config), {})
    live.query_params["epochs"] = "4"
    live.session_state["live.tab"] = "Take it away"
    live.run()
    assert "**The run on screen**" in [m.value for m in live.markdown]
    live.slider(key="live.alpha").set_value(0.5).run()
    assert "alpha=0.5" in live.code[0].value
    assert any("not those above" in m.value for m in live.markdown)
    labels = {b.label for b in live.get("download_button")}
    assert {"Settings, JSON", "Settings of the run", "Curves, CSV"} <= labels
    live.select_slider(key="live.labels").set_value("all").run()
    live.query_params["labels"] = "50000"
    live.run()
    assert not live.exception
    assert not live.code
    assert any("cannot be run" in i.value for i in live.info)
