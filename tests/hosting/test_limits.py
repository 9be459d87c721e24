"""What a server allows is set by its environment, and nonsense there is told."""

from __future__ import annotations

import dataclasses
import math

import pytest

from kdlab.errors import ConfigError
from kdlab.hosting import limits
from kdlab.hosting.limits import Limits

FIELDS = dataclasses.fields(Limits)
VARIABLES = [each.metadata["variable"] for each in FIELDS]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_every_limit_has_a_default_and_says_what_it_is_for():
    assert limits.told() == Limits()
    assert len(set(VARIABLES)) == len(FIELDS)
    for each in FIELDS:
        assert each.metadata["unit"]
        assert each.metadata["what"]
        assert getattr(Limits(), each.name) > 0


@pytest.mark.parametrize("each", FIELDS, ids=VARIABLES)
def test_a_variable_sets_its_limit(each, monkeypatch):
    monkeypatch.setenv(each.metadata["variable"], " 2.5 ")
    assert limits.told() == dataclasses.replace(Limits(), **{each.name: 2.5})


def test_units():
    found = Limits(home_gb=1, visitor_gb=2, upload_mb=3, work=4, jobs=5)
    assert found.home_bytes == 1e9
    assert found.visitor_bytes == 2e9
    assert found.upload_bytes == 3e6
    assert found.operations == 4e12
    assert found.most_jobs == 5


def test_0_is_no_limit():
    found = Limits(home_gb=0, visitor_gb=0, upload_mb=0, work=0, jobs=0)
    for value in (
        found.home_bytes,
        found.visitor_bytes,
        found.upload_bytes,
        found.operations,
        found.most_jobs,
    ):
        assert value == math.inf


@pytest.mark.parametrize("text", ["much", "-1", "nan", "inf", "1e300", "1 GB", "0x10", "٣ GB"])
def test_what_is_no_number_is_said(text, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME_GB", text)
    with pytest.raises(ConfigError, match="KDLAB_HOME_GB") as caught:
        limits.told()
    assert "0 (no limit)" in caught.value.allowed
