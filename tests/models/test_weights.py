import json
import pickle
import struct
import subprocess
import sys

import pytest
import safetensors.torch
import torch

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import weights

SHAPE = (1, 8, 8)


def dumped(name: str = "cnn-4", **metadata: str) -> bytes:
    module = models.build(name, SHAPE, 10, seed=1)
    return weights.dump_weights(module, name, SHAPE, 10, metadata)


def raw(tensors: dict[str, torch.Tensor], **changes: str | None) -> bytes:
    """A file with the metadata of ``mlp-4`` but for the ``changes``; None leaves one out."""
    told = {"architecture": "mlp-4", "input_shape": "[1, 8, 8]", "classes": "10"} | changes
    return safetensors.torch.save(tensors, {k: v for k, v in told.items() if v is not None})


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        *((n, SHAPE) for n in ("mlp-4", "cnn-4", "resnet8", "wrn-16-1")),
        *((n, (6, 9)) for n in ("mlp-4", "gru-4-3", "gpt-2-8")),
    ],
)
def test_what_is_saved_is_loaded_and_answers_the_same(name, shape, tmp_path):
    module = models.build(name, shape, 10, seed=1).train()
    images = torch.randn(16, *shape, generator=torch.Generator().manual_seed(0))
    module(images)  # moves the running statistics of batch norm
    expected = module.eval()(images)
    path = tmp_path / "teacher.safetensors"
    path.write_bytes(weights.dump_weights(module, name, shape, 10, {"fingerprint": "abc"}))
    for source in (path, path.read_bytes()):
        read = weights.bring(source)
        assert (read.architecture, read.input_shape, read.classes) == (name, shape, 10)
        loaded = read.network()
        assert not loaded.training
        assert torch.equal(loaded(images), expected)
    with safetensors.safe_open(path, "pt") as file:
        assert file.metadata()["fingerprint"] == "abc"


SAVES = """
import hashlib
from kdlab import models
from kdlab.models import weights
module = models.build("mlp-4", (1, 8, 8), 10, seed=1)
told = {name: name for name in "zyxwvutsrq"} | {"dataset": "Ziffern ä \\u2028"}
written = hashlib.sha256(weights.dump_weights(module, "mlp-4", (1, 8, 8), 10, told)).hexdigest()
"""


def test_equal_weights_have_equal_files_whichever_process_writes_them():
    here: dict[str, str] = {}
    exec(SAVES, here)
    other = [sys.executable, "-c", SAVES + "print(written)"]
    assert subprocess.check_output(other, text=True).strip() == here["written"]
    data = dumped("mlp-4", zz="last", aa="ä first")
    length = int.from_bytes(data[:8], "little")
    told = json.loads(data[8 : 8 + length])["__metadata__"]
    assert list(told) == sorted(told)
    assert told["aa"] == "ä first"
    assert length % 8 == 0
    assert dumped("mlp-4", aa="ä first", zz="last") == data
    assert weights.bring(data).network()


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        pickle.dumps(Bomb()),
        b"PK\x03\x04" + bytes(200),
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 4) + b"[1,2",
        struct.pack("<Q", 4) + b"[12]",
        struct.pack("<Q", 40) + b'{"__metadata__": 3}' + b" " * 21,
        struct.pack("<Q", 5000) + b"[" * 5000,
    ],
)
def test_other_files_are_refused(data):
    with pytest.raises(ModelError):
        weights.bring(data)


def test_a_cut_file_is_refused():
    whole = dumped()
    for length in (4, 8, 100, len(whole) // 2, len(whole) - 1):
        with pytest.raises(ModelError):
            weights.bring(whole[:length])


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"architecture": None}, "does not say its architecture"),
        ({"classes": None, "input_shape": None}, "input_shape and classes"),
        ({"architecture": "vgg16"}, "'vgg16' is not known"),
        ({"input_shape": "8"}, "are not numbers"),
        ({"input_shape": "[1, 8"}, "are not numbers"),
        ({"input_shape": "[]"}, "shape ()"),
        ({"input_shape": "[1000000, 1000000, 8]"}, "shape (1000000, 1000000, 8)"),
        ({"classes": "ten"}, "are not numbers"),
        ({"classes": "1"}, "1 classes"),
        ({"classes": "99999999999"}, "99999999999 classes"),
    ],
)
def test_metadata_that_say_nothing_or_nonsense_are_refused(changes, part):
    with pytest.raises(ModelError) as caught:
        weights.bring(raw({"x": torch.zeros(1)}, **changes))
    assert part in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(ModelError, match="NaN or infinite"):
        weights.bring(raw({"1.weight": torch.tensor([1.0, value])}))


def test_numbers_of_an_odd_type_are_refused():
    with pytest.raises(ModelError, match="bool"):
        weights.bring(raw({"1.weight": torch.tensor([True])}))


def test_oversize_files_are_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "MAX_BYTES", 100)
    path = tmp_path / "w.safetensors"
    path.write_bytes(bytes(101))
    for source in (path, bytes(101)):
        with pytest.raises(ModelError, match="101 bytes"):
            weights.bring(source)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "no.safetensors", tmp_path):
        with pytest.raises(ModelError, match="cannot be read"):
            weights.bring(path)


@pytest.mark.parametrize("other", ["mlp-5", "mlp-4-4", "cnn-4", "resnet8"])
def test_weights_of_another_architecture_do_not_fit(other):
    state = weights.bring(dumped("mlp-4")).state
    with pytest.raises(ModelError, match="do not fit") as caught:
        weights.fit(other, SHAPE, 10, state)
    assert other in str(caught.value)


def test_weights_for_other_inputs_or_classes_do_not_fit():
    state = weights.bring(dumped("mlp-4")).state
    for shape, classes in (((1, 28, 28), 10), (SHAPE, 3)):
        with pytest.raises(ModelError, match="do not fit"):
            weights.fit("mlp-4", shape, classes, state)


def test_whole_numbers_in_place_of_weights_do_not_fit():
    state = weights.bring(dumped("mlp-4")).state
    state["1.weight"] = state["1.weight"].long()
    with pytest.raises(ModelError, match="int64"):
        weights.fit("mlp-4", SHAPE, 10, state)


def test_a_saved_file_names_its_network_in_plain_json():
    data = dumped(teacher_seed="3")
    length = int.from_bytes(data[:8], "little")
    told = json.loads(data[8 : 8 + length])["__metadata__"]
    assert told["architecture"] == "cnn-4"
    assert told["teacher_seed"] == "3"
