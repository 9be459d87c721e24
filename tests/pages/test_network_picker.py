"""The picker of networks offers what can read the data, and draws each family by its own sizes."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models.family import MAX_LAYERS
from tests.patience import PATIENCE

PLACES = {"points": (2,), "text": (8, 27), "images": (3, 32, 32)}


def script():
    import streamlit as st

    from kdlab.config.schema import DistilConfig
    from pages.ui.shell import state as links
    from pages.ui.widgets import choices
    from pages.ui.widgets import settings as controls

    here = links.state("test", DistilConfig, controls.NAMES)
    field = DistilConfig.model_fields["student"]
    st.session_state["seen"] = choices.network(here, "student", field, st.session_state["kind"])


def picker(kind: str, student: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=PATIENCE)
    page.session_state["kind"] = kind
    page.query_params["student"] = student
    page.run()
    assert not page.exception
    return page


def seen(page: AppTest) -> str:
    assert not page.exception
    return page.session_state["seen"]


@pytest.mark.parametrize("kind", PLACES)
def test_networks_that_cannot_read_the_data_are_not_offered(kind):
    page = picker(kind, "mlp-16")
    (box,) = page.selectbox
    offered = {name for name, family in models.MODELS.items() if family.label in box.options}
    for name, family in models.MODELS.items():
        try:
            models.check(family.examples[-1], PLACES[kind])
        except ModelError:
            assert name not in offered
        else:
            assert name in offered
    assert len(box.options) == len(offered)


def test_a_network_of_one_width_has_a_number_of_layers_and_that_width():
    page = picker("text", "gpt-2-64")
    assert seen(page) == "gpt-2-64"
    (depth,), (width,) = page.slider, page.select_slider
    assert (depth.value, depth.max, width.value) == (2, MAX_LAYERS, 64)
    assert width.label == "All layers: width"
    depth.set_value(3)
    width.set_value(96)
    assert seen(page.run()) == "gpt-3-96"


def test_layers_of_a_gru_have_a_size_each():
    page = picker("text", "gru-32")
    page.slider[0].set_value(2).run()
    assert len(page.select_slider) == 2
    page.select_slider[1].set_value(16)
    assert seen(page.run()) == "gru-32-16"


def test_another_kind_begins_with_its_own_example():
    page = picker("text", "mlp-16")
    for name in ("gpt", "gru", "gpt"):
        page.selectbox[0].set_value(name).run()
        assert seen(page) == models.MODELS[name].examples[-1], "of a student the small one"


def test_a_size_of_a_link_that_no_slider_has_is_kept():
    assert seen(picker("text", "gpt-1-50")) == "gpt-1-50"
