"""A configuration as one text of a link: it comes back as it was, and what is damaged is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab.config import one_text
from kdlab.config.presets import LANGUAGE, PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError

CONFIGS = {name: preset.config for name, preset in PRESETS.items()} | LANGUAGE


@pytest.mark.parametrize("name", CONFIGS)
def test_every_preset_comes_back(name):
    assert one_text.read(DistilConfig, one_text.written(CONFIGS[name])) == CONFIGS[name]


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_text_may_hold_comes_back(folder, grammar):
    try:
        config = DistilConfig.parse({"dataset": "text", "folder": folder, "grammar": grammar})
    except ConfigError:
        return
    assert one_text.read(DistilConfig, one_text.written(config)) == config


def test_it_is_short_and_can_be_read():
    assert one_text.written(DistilConfig(temperature=1, alpha=0.5)) == "temperature:1,alpha:0.5"
    assert one_text.written(DistilConfig()) == "temperature:4", "never empty"
    assert one_text.written(DistilConfig(method="dkd", method_parameters=(1, 8))) == (
        "method:dkd,method_parameters:1\\,8"
    )


def test_a_person_may_write_it_with_spaces():
    wanted = DistilConfig(temperature=1, labels="all")
    assert one_text.read(DistilConfig, "temperature:1, labels:all") == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alpha:1.5", "alpha is 1.5. Allowed: a number from 0 to 1"),
        ("alpha", "'alpha' is not a setting with a value"),
        ("alpha:0.5,", "'' is not a setting with a value"),
        (":3", "':3' is not a setting with a value"),
        ("alhpa:0.5", "'alhpa' is not a setting"),
        ("alpha:0.5,alpha:0.6", "'alpha' appears twice"),
        ("method_parameters:1,8", "'8' is not a setting with a value"),
        ("schedule:5:2", "schedule is '5:2': entry 1 is not epoch:T:alpha"),
        ("temperature:1\\", "temperature is '1\\\\'"),
        ("\ud800:1", "is not a setting"),
    ],
)
def test_what_is_damaged_is_told(text, said):
    with pytest.raises(ConfigError) as caught:
        one_text.read(DistilConfig, text)
    assert said in str(caught.value)
    assert "Traceback" not in str(caught.value)
