"""ONNX files of every family, in 32, 16 and 8 bits, against PyTorch."""

from __future__ import annotations

import dataclasses
import json
import threading

import numpy as np
import onnx
import pytest
import small
import torch
from torch import nn

from kdlab.device import agreement, onnx_file, quantised, runtime
from kdlab.errors import ConfigError, ModelError
from kdlab.models import MODELS

NETWORKS = {
    "mlp-16": (1, 8, 8),
    "mlpbn-12-8": (1, 8, 8),
    "cnn-4-8": (3, 16, 16),
    "resnet8": (3, 16, 16),
    "wrn-16-1": (3, 16, 16),
    "vgg8": (3, 16, 16),
    "resnet50": (3, 16, 16),
    "mobilenetv2": (3, 32, 32),
    "shufflev1": (3, 32, 32),
    "shufflev2": (3, 32, 32),
    "gru-12-8": (6, 9),
    "gpt-2-16": (6, 9),
}


def made(count=40, **changes):
    """A network of digits with these ``changes``, and raw inputs for it."""
    network = dataclasses.replace(small.network("mlp-16", (1, 8, 8), 10), **changes)
    return network, small.raw(network, count).numpy()


def test_every_family_is_among_those_that_are_tried():
    tried = {f.name for name in NETWORKS for f in MODELS.values() if f.pattern.fullmatch(name)}
    assert tried == {family.name for family in MODELS.values()}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_files_of_every_family_say_what_pytorch_says(name):
    network = small.network(name, NETWORKS[name])
    raw = small.raw(network, 40).numpy()
    own = agreement.by_torch(network, raw)
    whole = onnx_file.to_onnx(network)
    asked = runtime.session(whole)
    found = agreement.compare(runtime.logits(asked, raw), own)
    assert found.difference <= agreement.FP32
    assert found.alike == 1
    alone = runtime.logits(asked, raw[:1])
    assert alone == pytest.approx(own[:1], abs=1e-4 * float(np.ptp(own))), "any number at a time"
    half = quantised.to_fp16(whole)
    agreement.check(
        agreement.compare(runtime.logits(runtime.session(half), raw), own), "fp16", name
    )
    whole_numbers = quantised.to_int8(whole, raw, text=network.kind == "text")
    eight = runtime.logits(runtime.session(whole_numbers), raw)
    assert agreement.compare(eight, own).difference < 0.1
    assert not np.array_equal(eight, own), "of 8 bits"
    if network.kind == "images" and len(whole) > 100_000:  # small files are names and shapes
        assert len(half) < 0.55 * len(whole)
        assert len(whole_numbers) < 0.5 * len(whole)
    assert onnx_file.said(whole_numbers) == onnx_file.said(half) == onnx_file.said(whole)


@pytest.mark.slow
def test_points_go_in_as_they_were_measured():
    network = small.network("mlp-8", (2,))
    raw = small.raw(network, 40).numpy()
    asked = runtime.session(onnx_file.to_onnx(network))
    own = network.module(
        torch.from_numpy((raw - np.float32(network.mean)) / np.float32(network.std))
    )
    assert runtime.logits(asked, raw) == pytest.approx(own.detach().numpy(), abs=1e-5)


@pytest.mark.slow
def test_a_file_says_what_it_is_and_nothing_of_this_machine():
    names = ('say "9"', "</script>", "\u202eright to left", "naïve")
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 4)).eval()
    network, _ = made(classes=names, module=module)
    content = onnx_file.to_onnx(network)
    said = onnx_file.said(content)
    assert tuple(json.loads(said["class_names"])) == names
    assert (said["architecture"], said["role"], said["dataset"]) == (
        "mlp-16",
        "distilled",
        "made up",
    )
    assert content == onnx_file.to_onnx(network)
    assert b"site-packages" not in content
    assert b".py" not in content
    (given,) = onnx.load_from_string(content).graph.input
    assert given.name == "pixels"
    assert given.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert given.type.tensor_type.shape.dim[0].dim_param == "batch"


@pytest.mark.slow
def test_what_onnx_cannot_express_is_told():
    class Odd(nn.Module):
        def forward(self, x):
            if x.sum() > 0:  # what is computed depends on what comes in
                return x.flatten(1)[:, :10]
            return -x.flatten(1)[:, :10]

    with pytest.raises(ModelError, match="only PyTorch can run") as error:
        onnx_file.to_onnx(made(module=Odd())[0])
    assert "\n" not in error.value.received


def _linear() -> bytes:
    """A file that needs no exporter: logits are 2 of the pixels."""
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pixels"], ["x"], to=TensorProto.FLOAT),
            helper.make_node("MatMul", ["x", "w"], ["logits"]),
        ],
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor("w", TensorProto.FLOAT, [3, 2], [1.0, 2.0, 3.0, 4.0, 5.0, 6e5])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


def test_a_number_too_large_for_16_bits_is_refused():
    with pytest.raises(ModelError, match="16 bits cannot hold"):
        quantised.to_fp16(_linear())


def test_calibration_wants_more_than_a_few_inputs():
    few = np.zeros((quantised.LEAST_CALIBRATION - 1, 3), np.uint8)
    with pytest.raises(ConfigError, match="15 inputs to calibrate"):
        quantised.to_int8(_linear(), few)
    with pytest.raises(ConfigError, match="1 inputs"):
        quantised.to_int8(_linear(), few[:1])


@pytest.mark.parametrize("opset", [99])
def test_an_opset_that_the_runtime_does_not_know_is_told(opset):
    model = onnx.load_from_string(_linear())
    model.opset_import[0].version = opset
    with pytest.raises(ModelError, match=r"onnxruntime .* cannot run this file"):
        runtime.session(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"nonsense", _linear()[:-30]])
def test_what_is_no_file_of_a_network_is_told(content):
    with pytest.raises(ModelError, match="cannot run this file"):
        runtime.session(content)


@pytest.mark.parametrize(
    ("kind", "difference", "alike", "right"),
    [
        ("fp32", 9e-5, 1.0, True),
        ("fp32", 2e-4, 1.0, False),
        ("fp16", 1e-2, 1.0, True),
        ("fp16", np.inf, 1.0, False),
        ("int8", 0.5, 0.8, True),
        ("int8", 0.01, 0.79, False),
    ],
)
def test_a_file_that_says_something_else_is_an_error(kind, difference, alike, right):
    found = agreement.Agreement(difference, alike, 500)
    if right:
        agreement.check(found, kind, "distilled")
    else:
        with pytest.raises(ModelError, match="no file was written"):
            agreement.check(found, kind, "distilled")


def test_what_is_no_number_agrees_with_nothing():
    own = np.float32([[1, 2], [3, 4]])
    assert agreement.compare(np.float32([[np.nan, 2], [3, 4]]), own).difference == np.inf
    assert agreement.compare(own, own) == agreement.Agreement(0, 1, 2)


def test_latency_is_measured_with_a_clock_and_one_input():
    asked = runtime.session(_linear())
    ticks = iter(np.arange(0, 10, 0.001))
    found = runtime.latency(asked, np.ones((9, 3), np.uint8), clock=lambda: next(ticks))
    assert found.median == pytest.approx(1, rel=1e-6)
    assert found.repeats == runtime.REPEATS or found.repeats > 100


def test_others_may_train_and_write_in_the_same_process():
    """A worker answers pages on a second thread, beside the one that trains."""
    networks = [small.network(name, (3, 16, 16)) for name in ("resnet8", "cnn-4-8")]
    whole = [onnx_file.to_onnx(network) for network in networks]
    ended, problems = threading.Event(), []
    module = small.network("cnn-2", (3, 16, 16)).module.train()
    steps = [0]

    def train():
        try:
            while not ended.is_set():
                module(torch.randn(4, 3, 16, 16)).sum().backward()
                steps[0] += 1
        except Exception as error:
            problems.append(error)

    def write():
        try:
            for network, content in zip(networks, whole, strict=True):
                assert onnx_file.to_onnx(network) == content
                raw = small.raw(network, 20).numpy()
                assert quantised.to_int8(content, raw) == quantised.to_int8(content, raw)
        except Exception as error:
            problems.append(error)

    trains = threading.Thread(target=train)
    writers = [threading.Thread(target=write) for _ in range(2)]
    for thread in (trains, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    trains.join()
    assert problems == []
    assert steps[0] > 0
