"""The state of a page is its link: what is read, what is written, what survives."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.config.schema import DistilConfig
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.studies import EXPERIMENTS
from pages.ui.shell import state as links
from tests.patience import PATIENCE


def script():
    import streamlit as st

    from kdlab.config.schema import DistilConfig
    from pages.ui.shell import page_links
    from pages.ui.shell import state as links
    from pages.ui.widgets import settings

    if st.session_state.get("elsewhere"):
        links.visit("another page")
        return
    here = links.state("test", DistilConfig, settings.NAMES)
    links.warn(here)
    if st.session_state.pop("set from outside", False):
        here.set(alpha=0.1)
    settings.panel(here, ("alpha", "labels", "temperature"))
    st.session_state["seen"] = dict(here.values)
    st.session_state["hidden"] = sorted(links.hidden())
    st.code(page_links.full_link(here.config()))
    here.write()


@pytest.fixture
def page():
    return AppTest.from_function(script, default_timeout=PATIENCE)


def seen(page):
    return DistilConfig.parse(page.session_state["seen"])


def test_without_a_link_everything_is_default_and_the_address_stays_empty(page):
    page.run()
    assert seen(page) == DistilConfig()
    assert not page.query_params


def test_a_link_is_read_and_kept(page):
    page.query_params["alpha"] = "0.25"
    page.query_params["labels"] = "all"
    page.run()
    assert seen(page) == DistilConfig(alpha=0.25, labels="all")
    assert page.slider(key="test.alpha").value == 0.25
    assert dict(page.query_params) == {"alpha": "0.25", "labels": "all"}


def test_a_widget_writes_only_what_differs_from_the_defaults(page):
    page.run()
    page.slider(key="test.alpha").set_value(0.5).run()
    assert dict(page.query_params) == {"alpha": "0.5"}
    page.slider(key="test.alpha").set_value(0.9).run()
    assert not page.query_params
    assert seen(page) == DistilConfig()


def test_an_address_that_lags_behind_does_not_move_the_widget_back(page):
    page.query_params["alpha"] = "0.25"
    page.run()
    page.slider(key="test.alpha").set_value(0.5).run()
    page.query_params["alpha"] = "0.25"  # as the browser sends it before it has heard of 0.5
    page.run()
    assert seen(page).alpha == 0.5


def test_a_followed_link_moves_the_widgets(page):
    page.query_params["alpha"] = "0.25"
    page.run()
    page.query_params["alpha"] = "0.75"
    page.query_params["temperature"] = "20.0"
    page.run()
    assert seen(page) == DistilConfig(alpha=0.75, temperature=20)
    assert page.slider(key="test.alpha#1").value == 0.75


def test_the_browsers_back_button_leads_back_also_to_the_defaults(page, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(links.time, "monotonic", lambda: now[0])
    page.run()
    page.slider(key="test.alpha").set_value(0.5).run()
    now[0] += 10
    page.slider(key="test.alpha").set_value(0.25).run()
    now[0] += 10
    page.query_params["alpha"] = "0.5"
    page.run()
    assert seen(page).alpha == 0.5
    page.query_params.clear()
    page.run()
    assert seen(page).alpha == 0.9
    assert not page.query_params


@pytest.mark.parametrize("value", ["1.5", "-1", "nan", "inf", "abc", "", "0.5; drop", "9" * 400])
def test_what_does_not_validate_falls_back_and_is_said(page, value):
    page.query_params["alpha"] = value
    page.query_params["temperature"] = "7"
    page.run()
    assert not page.exception
    assert seen(page) == DistilConfig(temperature=7)
    (warning,) = page.warning
    assert "Weight α" in warning.value
    assert "0.9" in warning.value.replace("\\", "").replace("\u200b", "")


def test_the_state_survives_a_visit_to_another_page(page):
    page.run()
    page.slider(key="test.alpha").set_value(0.5).run()
    page.session_state["elsewhere"] = True
    page.query_params.clear()
    page.run()
    page.session_state["elsewhere"] = False
    page.query_params.clear()
    page.run()
    assert seen(page).alpha == 0.5
    assert page.slider(key="test.alpha").value == 0.5


def test_settings_can_be_changed_from_outside_their_widgets(page):
    page.run()
    page.slider(key="test.alpha").set_value(0.5).run()
    page.session_state["set from outside"] = True
    page.run()
    assert page.slider(key="test.alpha#1").value == 0.1
    assert seen(page).alpha == 0.1


def test_hidden_controls_stay_hidden_and_in_the_link(page):
    page.query_params["hide"] = "alpha, train"
    page.query_params["alpha"] = "0.2"
    page.run()
    assert not page.slider
    assert page.session_state["hidden"] == ["alpha", "train"]
    page.select_slider(key="test.labels").set_value("all").run()
    query = parse_qs(urlsplit(page.code[0].value).query)
    assert query == {"alpha": ["0.2"], "labels": ["all"], "hide": ["alpha,train"]}


def test_what_a_link_says_is_shown_as_it_is(page):
    page.query_params["dataset"] = "![x](http://127.0.0.1:9/a.png)"
    page.run()
    (warning,) = page.warning
    assert "![" not in warning.value
    assert "](" not in warning.value
    assert "http:" not in warning.value
    shown = warning.value.replace("\\", "").replace("\u200b", "")  # as the eye sees it
    assert "![x](http://127.0.0.1:9/a.png)" in shown


def test_names_that_hide_nothing_are_said(page):
    page.query_params["hide"] = "alpha,alhpa,train,heatmap"
    page.run()
    (warning,) = page.warning
    assert "alhpa" in warning.value
    assert "heatmap" not in warning.value.split("Allowed")[0]


@pytest.mark.parametrize(
    "config", [FullRunConfig, *(e.config for e in EXPERIMENTS.values())], ids=lambda c: c.__name__
)
def test_every_setting_of_every_page_may_be_hidden_on_all(page, config):
    """An exercise leads from page to page, and what it hides goes along."""
    page.query_params["hide"] = ",".join(config.model_fields)
    page.run()
    assert not page.warning
    assert page.session_state["hidden"] == sorted(config.model_fields)


def test_the_full_link_leads_back_to_the_same_state(page):
    page.query_params["alpha"] = "0.35"
    page.query_params["labels"] = "20"
    page.run()
    query = {n: v[0] for n, v in parse_qs(urlsplit(page.code[0].value).query).items()}
    assert DistilConfig.from_query(query) == (DistilConfig(alpha=0.35, labels=20), [])


def test_names_of_other_pages_in_the_address_do_no_harm(page):
    page.query_params["image"] = "7"
    page.run()
    assert seen(page) == DistilConfig()
    assert dict(page.query_params) == {"image": "7"}
