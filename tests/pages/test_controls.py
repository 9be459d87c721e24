"""Widgets come from the fields: every setting can be shown, with its help, and keeps its value."""

from __future__ import annotations

import itertools

import pytest
from streamlit.testing.v1 import AppTest

from kdlab import checks
from kdlab.config import DistilConfig
from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from pages.ui import controls

FIELDS = list(DistilConfig.model_fields)


def script():
    import streamlit as st

    from kdlab.config import DistilConfig
    from pages.ui import controls, links

    here = links.state("test", DistilConfig, controls.NAMES)
    controls.control(here, st.session_state["name"])
    st.session_state["seen"] = dict(here.values)
    controls.checked(here)


def page_of(name, **query):
    page = AppTest.from_function(script, default_timeout=60)
    page.session_state["name"] = name
    for key, value in query.items():
        page.query_params[key] = str(value)
    return page.run()


def widgets(page):
    kinds = ("slider", "select_slider", "number_input", "text_input", "selectbox")
    return [w for kind in kinds for w in page.get(kind)]


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_widget_that_shows_its_default_and_helps(name):
    page = page_of(name)
    assert not page.exception
    found = widgets(page)
    assert found
    assert all(w.help for w in found)
    assert DistilConfig.parse(page.session_state["seen"]) == DistilConfig()


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
    assert not page.error
    seen = DistilConfig.parse(page.session_state["seen"])
    assert seen.dataset == dataset
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


def own_images():
    page = AppTest.from_function(script, default_timeout=60)
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
    assert page.text_input[0].value == folder


def test_a_shared_server_does_not_take_paths(monkeypatch):
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", "1")
    page = own_images().run()
    assert not page.text_input
    assert page.file_uploader
