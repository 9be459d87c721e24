"""What networks cost as files."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kdlab import models
from kdlab.device import costs
from kdlab.device.exported import Inputs
from kdlab.errors import ConfigError, ModelError

NAME = "mlp-4"


@pytest.fixture(scope="module")
def module(digits_split):
    return models.build(NAME, digits_split.shape, len(digits_split.classes), 0)


@pytest.fixture(scope="module")
def found(digits_split, module):
    network = costs.network(module, NAME, digits_split)
    return costs.of_files(network, Inputs.of(digits_split).few())


def test_a_network_is_measured_in_32_and_in_8_bits(found):
    assert found.keys() == {"onnx", "int8"}
    for told in found.values():
        assert told.keys() == {"bytes", "latency", "accuracy"}
        assert 0 < told["latency"]["low"] <= told["latency"]["median"] <= told["latency"]["high"]
        assert 0 <= told["accuracy"] <= 1


def test_a_candidate_is_measured_before_it_has_learned(digits_split, module, found):
    """To some bytes: a file has its ranges, and says which network it is."""
    told = costs.as_int8(module, NAME, digits_split, costs.calibration(digits_split), 0.01)
    assert told.keys() == {"bytes", "latency"}
    other = models.build(NAME, digits_split.shape, len(digits_split.classes), 1)
    again = costs.as_int8(other, NAME, digits_split, costs.calibration(digits_split), 0.01)
    for one in (told, again):
        assert one["bytes"] == pytest.approx(found["int8"]["bytes"], abs=40)
        assert one["bytes"] > models.parameters(NAME, digits_split.shape, 10)


def test_where_int8_cannot_be_made_there_is_the_other_file(digits_split, module):
    few = replace(digits_split, train=digits_split.train.only(slice(0, 15)))
    lost = models.build(NAME, digits_split.shape, 10, 0)
    with torch.no_grad():
        next(lost.parameters()).fill_(torch.nan)
    for split, network, numbers in ((few, module, True), (digits_split, lost, False)):
        told = costs.of_files(costs.network(network, NAME, split), Inputs.of(split).few())
        assert told.keys() == {"onnx"}
        assert ("accuracy" in told["onnx"]) is numbers
    with pytest.raises(ConfigError, match="15 inputs to calibrate int8 on"):
        costs.as_int8(module, NAME, few, costs.calibration(few), 0.01)
    with pytest.raises(ModelError, match="NaN or infinite, so they have no range"):
        costs.as_int8(lost, NAME, digits_split, costs.calibration(digits_split), 0.01)
