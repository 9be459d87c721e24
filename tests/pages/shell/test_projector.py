"""Whether the projector is on says nothing of a page's settings, and changes none of them."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.ui.shell import carried, projector, state
from tests.patience import PATIENCE

PAGE = Path(__file__).parents[3] / "pages" / "teach" / "temperature.py"


def test_what_cannot_be_a_setting_yet_outlives_the_switch(manager, monkeypatch):
    monkeypatch.setattr(state, "ECHO_SECONDS", 0.0)
    page = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    page.query_params["seeds"] = "3"
    page.run()
    (box,) = page.text_input
    box.set_value("1,x").run()
    assert [error for error in page.error if "1,x" in error.value]
    page.session_state[projector.STANDS.memory] = projector.ON
    page.query_params["projector"] = "on"  # as the button does after the page
    page.run()
    assert [error for error in page.error if "1,x" in error.value]
    assert page.text_input[0].value == "1,x"
    page.query_params["seeds"] = "4"  # a link, which does set
    page.run()
    assert not page.error


def test_it_is_no_part_of_what_an_address_says():
    assert carried.without({"projector": "on", "T": "4"}) == {"T": "4"}
