"""Networks of well-known code are recognised by the names of their layers, and answer the same."""

import pytest
import safetensors.torch
import torch
from elsewhere import CLASSES, IMAGE, PUBLISHED, CifarResNet, Wide, examples, trained
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import dialects, weights


def saved(state, told=None):
    return safetensors.torch.save({k: t.contiguous().clone() for k, t in state.items()}, told)


@pytest.mark.parametrize("name", PUBLISHED)
@torch.no_grad()
def test_the_network_of_other_code_answers_as_it_does_there(name):
    make, shape, source = PUBLISHED[name]
    module, inputs = trained(make, shape), examples(shape)
    expected = module(inputs)
    for classes in (CLASSES, 0):
        found = weights.bring(saved(module.state_dict()), name, shape, classes)
        assert (found.architecture, found.classes) == (name, CLASSES)
        torch.testing.assert_close(found.network()(inputs), expected, rtol=1e-4, atol=1e-4)
        assert any(source in note for note in found.notes)


@pytest.mark.parametrize("name", ["resnet8x4", "wrn-16-1", "vgg8", "gru-4"])
@torch.no_grad()
def test_a_dialect_is_understood_in_every_wrapper_too(name):
    make, shape, source = PUBLISHED[name]
    module, inputs = trained(make, shape), examples(shape)
    state = {f"model.module.{k}": t.half() for k, t in module.state_dict().items()}
    state = {k: t for k, t in state.items() if "num_batches" not in k}
    found = weights.bring(saved(state), name, shape, CLASSES)
    torch.testing.assert_close(found.network()(inputs), module(inputs), rtol=0.05, atol=0.05)
    told = " ".join(found.notes)
    for part in ("model.", source, "16-bit") + ("counters",) * (not name.startswith("gru")):
        assert part in told


@torch.no_grad()
def test_a_dialect_with_a_last_layer_of_another_name():
    module = trained(lambda: Wide(2, 2, CLASSES), IMAGE)
    state = {k.replace("fc.", "head.fc_out."): t for k, t in module.state_dict().items()}
    found = weights.bring(saved(state), "wrn-16-2", IMAGE, CLASSES)
    torch.testing.assert_close(found.network()(examples(IMAGE)), module(examples(IMAGE)))
    told = " ".join(found.notes)
    assert "RepDistiller" in told
    assert "'head.fc_out' in the file and 'fc' here" in told


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_dialect_with_one_tensor_of_another_shape_is_none(name):
    make, shape, _ = PUBLISHED[name]
    state = make().state_dict()
    key = next(k for k, t in state.items() if t.dim() > 1)
    bad = state | {key: state[key][:-1]}
    with pytest.raises(ModelError) as caught:
        weights.bring(saved(bad, {}), name, shape, CLASSES).network()
    assert "1 has another shape" in str(caught.value)
    assert "missing" not in str(caught.value), "the nearest reading tells only what differs"


def test_every_dialect_names_each_tensor_of_its_network_once():
    spoken = set()
    for name, (_, shape, _) in PUBLISHED.items():
        own = models.build(name, shape, CLASSES, 0).state_dict()
        first, *others = dialects.readings(own)
        assert list(first.names) == list(own)
        assert 1 <= len(others) <= 2, name
        for reading in others:
            assert sorted(reading.names.values()) == sorted(own)
            spoken.add(reading.source)
    assert spoken == {dialect.source for dialect in dialects.DIALECTS}


def test_shortcuts_without_weights_are_told_as_missing():
    """As in the paper's option A, which other code for CIFAR-10 has."""
    module = CifarResNet(3, (16, 16, 32, 64), CLASSES)
    state = {k: t for k, t in module.state_dict().items() if "downsample" not in k}
    with pytest.raises(ModelError) as caught:
        weights.bring(saved(state), "resnet20", IMAGE, CLASSES).network()
    assert "10 of the 107 tensors of resnet20 are missing ('layer2.0.shortcut.0.weight'" in str(
        caught.value
    )
    assert "and 7 more" in str(caught.value)


def test_a_lab_network_of_another_kind_speaks_no_dialect():
    for module in (nn.Sequential(nn.Linear(2, 3)), models.build("gpt-2-8", (6, 9), 3, 0)):
        assert [r.source for r in dialects.readings(module.state_dict())] == [""]
