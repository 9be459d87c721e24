"""Weights from elsewhere for a known architecture: recognised, and told in a sentence each."""

import json
import os
import pickle
import struct

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import header, weights

SHAPE = (3, 16, 16)
ASKED = ("resnet8", SHAPE, 3)
TOLD = {"architecture": "resnet8", "input_shape": "[3, 16, 16]", "classes": "3"}


@pytest.fixture(scope="module")
def module():
    found = models.build("resnet8", SHAPE, 3, seed=1)
    found(torch.randn(8, *SHAPE, generator=torch.Generator().manual_seed(1)))
    return found.eval()


@pytest.fixture(scope="module")
def images():
    return torch.randn(4, *SHAPE, generator=torch.Generator().manual_seed(2))


def saved(state, told=TOLD):
    return safetensors.torch.save({k: t.contiguous().clone() for k, t in state.items()}, told)


def renamed(state, *prefixes):
    return {"".join(prefixes) + name: tensor for name, tensor in state.items()}


WRAPPED = {
    "module.": "module.",
    "_orig_mod.": "_orig_mod.",
    "module._orig_mod.": "_orig_mod.",
    "_orig_mod.module.": "module.",
    "model.": "model.",
    "net.": "net.",
    "backbone.": "backbone.",
    "state_dict.": "state_dict.",
    "state_dict.model.module.": "state_dict.",
}


@pytest.mark.parametrize(("prefix", "word"), WRAPPED.items())
def test_what_a_wrapper_adds_to_names_is_left_out_and_told(module, images, prefix, word):
    found = weights.bring(saved(renamed(module.state_dict(), prefix)), *ASKED)
    assert torch.equal(found.network()(images), module(images))
    assert any(word in note and "left out" in note for note in found.notes)


def test_real_wrappers(module, images):
    for wrapped in (nn.DataParallel(module), torch.compile(nn.DataParallel(module))):
        found = weights.bring(saved(wrapped.state_dict()), *ASKED)
        assert torch.equal(found.network()(images), module(images))
        assert len(found.notes) == 1


def test_a_part_that_was_wrapped_by_itself(module, images):
    state = {n.replace("layer1.", "layer1.module."): t for n, t in module.state_dict().items()}
    found = weights.bring(saved(state), *ASKED)
    assert torch.equal(found.network()(images), module(images))
    assert "torch.nn.DataParallel" in found.notes[0]


def test_missing_counters_are_filled_in_and_told(module, images):
    state = {k: t for k, t in module.state_dict().items() if "num_batches" not in k}
    found = weights.bring(saved(state), *ASKED)
    assert torch.equal(found.network()(images), module(images))
    assert "9 counters of batch norm" in found.notes[0]


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_point_numbers_are_used_in_32_bits_and_told(module, images, kind):
    state = {k: t.to(kind) if t.is_floating_point() else t for k, t in module.state_dict().items()}
    found = weights.bring(saved(state), *ASKED)
    network = found.network()
    assert all(t.dtype in (torch.float32, torch.int64) for t in network.state_dict().values())
    torch.testing.assert_close(network(images), module(images), rtol=0.1, atol=0.1)
    assert "32 bits" in found.notes[0]


def test_the_named_architecture_serves_a_file_without_metadata(module, images):
    found = weights.bring(saved(module.state_dict(), {}), "resnet8", SHAPE)
    assert (found.architecture, found.input_shape, found.classes) == ASKED
    assert torch.equal(found.network()(images), module(images))
    assert "read as resnet8" in found.notes[0]
    with pytest.raises(ModelError, match="does not say its architecture"):
        weights.bring(saved(module.state_dict(), {}))


def test_what_training_left_beside_the_network_is_left_out(module, images):
    state = renamed(module.state_dict(), "model.") | {"optimizer.0.momentum": torch.zeros(3)}
    found = weights.bring(saved(state), *ASKED)
    assert torch.equal(found.network()(images), module(images))
    assert any("1 tensors of the training" in note for note in found.notes)


def test_two_networks_in_a_file_are_not_guessed_at(module):
    state = renamed(module.state_dict(), "student.") | renamed(module.state_dict(), "teacher.")
    with pytest.raises(ModelError, match=r"'student\.' and 'teacher\.'"):
        weights.bring(saved(state), *ASKED)


def test_nothing_is_guessed_where_not_all_fits(module):
    state = module.state_dict()
    for bad, part in (
        (
            renamed(state, "module.") | {"head.weight": torch.zeros(2)},
            "1 in the file is left over ('head.weight')",
        ),
        (
            {k: t for k, t in renamed(state, "net.").items() if "fc.bias" not in k},
            "1 of the 47 tensors of resnet8 is missing ('fc.bias')",
        ),
        (
            renamed(models.build("resnet8", SHAPE, 4, 0).state_dict(), "module."),
            "2 have another shape ('fc.weight' (4, 64) and not (3, 64), 'fc.bias'",
        ),
    ):
        with pytest.raises(ModelError, match="do not fit") as caught:
            weights.bring(saved(bad), *ASKED).network()
        assert part in str(caught.value)


def test_whole_numbers_and_numbers_beyond_32_bits_are_refused(module):
    state = module.state_dict()
    for change, part in (
        (torch.zeros(3, dtype=torch.int64), "int64"),
        (torch.zeros(3, dtype=torch.int8), "int8"),
        (torch.full((3,), 1e300, dtype=torch.float64), "too large for 32 bits"),
        (torch.full((3,), float("nan")), "NaN"),
    ):
        with pytest.raises(ModelError) as caught:
            weights.bring(saved(state | {"fc.bias": change}), *ASKED).network()
        assert part in str(caught.value)


def test_numbers_beside_the_network_are_checked_too(module):
    damaged = {"optimizer.average": torch.full((3,), float("nan"))}
    with pytest.raises(ModelError, match="NaN"):
        weights.bring(saved(module.state_dict() | damaged), *ASKED)


# -- never a pickle ---------------------------------------------------------------------------


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_a_pickle_gets_the_lines_that_convert_it(module, images, tmp_path, monkeypatch):
    path = tmp_path / "my net.pth"
    torch.save({"state_dict": nn.DataParallel(module).state_dict(), "epoch": 3}, path)
    with pytest.raises(ModelError, match="pickle") as caught:
        weights.bring(path, *ASKED)
    lines = str(caught.value).split("\n\n")[1]
    assert "weights_only=True" in lines
    monkeypatch.chdir(tmp_path)
    exec(lines, {})
    found = weights.bring(tmp_path / "my net.safetensors", *ASKED)
    assert torch.equal(found.network()(images), module(images))


def converted(path, monkeypatch):
    """The file that the advised lines make of a pickle."""
    with pytest.raises(ModelError, match="pickle") as caught:
        weights.bring(path, *ASKED)
    monkeypatch.chdir(path.parent)
    exec(str(caught.value).split("\n\n")[1], {})
    return path.with_suffix(".safetensors")


def test_a_checkpoint_of_dicts_in_dicts_is_converted_as_it_is(
    module, images, tmp_path, monkeypatch
):
    """As RepDistiller, mdistiller and Lightning save them."""
    state = nn.DataParallel(module).state_dict()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    for p in module.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    steps = optimizer.state_dict()
    for name, held in {
        "a.pth": {"epoch": 3, "model": state, "best_acc": torch.tensor(0.7), "optimizer": steps},
        "b.ckpt": {
            "state_dict": {f"net.{k}": t for k, t in state.items()},
            "optimizer_states": [steps],
        },
        "c.pt": {"model_state_dict": state, "optimizer_state_dict": steps, "loss": 0.1},
        "d.bin": dict(state),
    }.items():
        torch.save(held, tmp_path / name)
        found = weights.bring(converted(tmp_path / name, monkeypatch), *ASKED)
        assert torch.equal(found.network()(images), module(images)), name


def test_of_several_networks_the_one_that_is_kept_is_read(module, images, tmp_path, monkeypatch):
    other = models.build("resnet8", SHAPE, 3, seed=7).eval()
    for name, held, first in (
        ("a.pth", {"model": module.state_dict(), "ema": other.state_dict()}, other),
        ("b.pth", {**module.state_dict(), "ema": other.state_dict()}, module),
        ("c.pth", {"student": module.state_dict(), "a": {"net": other.state_dict()}}, other),
    ):
        torch.save(held, tmp_path / name)
        path = converted(tmp_path / name, monkeypatch)
        with pytest.raises(ModelError, match="the file holds 2 networks that fit") as caught:
            weights.bring(path, *ASKED)
        exec(str(caught.value).split("\n\n")[1], {})
        kept = path.with_name(f"{path.stem}-one.safetensors")
        assert torch.equal(weights.bring(kept, *ASKED).network()(images), first(images)), name


def test_averages_of_torch(module, images):
    averaged = torch.optim.swa_utils.AveragedModel(module)
    averaged.update_parameters(module)
    found = weights.bring(saved(averaged.state_dict()), *ASKED)
    assert torch.equal(found.network()(images), module(images))


def test_two_networks_of_other_names_are_not_guessed_at_either(module):
    state = {k.replace("fc.", "head."): t for k, t in module.state_dict().items()}
    both = renamed(state, "student.") | renamed(state, "teacher.")
    with pytest.raises(ModelError, match=r"2 networks that fit, under 'student\.' and 'teacher\.'"):
        weights.bring(saved(both), *ASKED)


@pytest.mark.parametrize("prefix", ['a"b.', "a'b.", "a\\b.", "a{b}.", "a/b.", "ä\n."])
def test_a_prefix_cannot_break_out_of_the_lines(prefix):
    lines = header.only("x.safetensors", [prefix, "other."])
    files = {}

    class Fake:
        load_file = staticmethod(lambda name: {prefix + "w": 1, "other.w": 2})
        save_file = staticmethod(lambda state, name: files.update({name: state}))

    third = lines.replace("import safetensors.torch", "").replace("safetensors.torch.", "fake.")
    exec(third, {"fake": Fake})
    assert files == {"x-one.safetensors": {prefix + "w": 1}}


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth", "w.pt", "w.bin", "w.ckpt", ""])
@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(99), pickle.dumps({"a": Bomb()})])
def test_a_pickle_is_known_by_its_content_whatever_it_is_called(name, content):
    with pytest.raises(ModelError, match="pickle") as caught:
        weights.bring(content, *ASKED, file_name=name)
    assert "torch.load" in caught.value.todo


def test_a_name_cannot_break_out_of_the_lines():
    lines = header.conversion('a"); import os #\n.pth')
    compile(lines, "lines", "exec")
    assert "import os" not in lines.replace('"a); import os #.pth"', "").replace(
        '"a); import os #.safetensors"', ""
    )


def test_a_safetensors_file_is_read_under_any_name(module, tmp_path):
    path = tmp_path / "odd.bin"
    path.write_bytes(saved(module.state_dict()))
    assert weights.bring(path).architecture == "resnet8"


# -- what is opened ---------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_a_device_and_a_folder_are_refused_at_once(tmp_path):
    """A FIFO without a writer would hold its reader for ever, a device has no end."""
    from pathlib import Path

    os.mkfifo(tmp_path / "pipe")
    for path in (
        tmp_path / "pipe",
        Path("/dev/zero"),
        tmp_path,
        Path("a\0b"),
        Path("\udcff\ud800"),
    ):
        with pytest.raises(ModelError, match="cannot be read"):
            weights.bring(path, *ASKED)


def test_a_header_is_checked_before_the_rest_is_read(tmp_path, monkeypatch):
    """A file of the size that is allowed, of which only the header is looked at."""
    path = tmp_path / "large.safetensors"
    head = json.dumps({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 40]}}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        file.truncate(weights.MAX_BYTES)
    monkeypatch.setattr(safetensors.torch, "load", lambda data: pytest.fail("read"))
    with pytest.raises(ModelError, match="header"):
        weights.bring(path, *ASKED)


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "F64", "I64", "BOOL", "F8_E4M3", "X", 3, None]),
        "shape": st.lists(st.integers(-1, 2**70) | st.floats(), max_size=3)
        | st.none()
        | st.just("ab"),
        "data_offsets": st.lists(st.integers(-5, 2**70), max_size=3) | st.none(),
    },
)
HEADERS = st.dictionaries(
    st.sampled_from(["fc.weight", "fc.bias", "module.fc.weight", "__metadata__", ""]),
    ENTRIES | st.none() | st.dictionaries(st.sampled_from(list(TOLD)), st.text(max_size=9)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    HEADERS | st.recursive(st.none() | st.text(), st.lists), st.binary(max_size=64), st.booleans()
)
def test_whatever_the_header_says_the_answer_is_the_labs_own(value, rest, cut):
    head = json.dumps(value).encode()
    data = struct.pack("<Q", len(head)) + head + rest
    with pytest.raises(ModelError):
        weights.bring(data[: len(data) // 2] if cut else data, *ASKED).network()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_the_answer_is_the_labs_own(data):
    with pytest.raises(ModelError):
        weights.bring(data, *ASKED).network()
