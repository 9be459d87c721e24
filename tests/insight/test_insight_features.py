from __future__ import annotations

import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.insight.features import CHUNK, OUTPUT, features

DIGIT = (1, 8, 8)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def hooks(module):
    return sum(len(part._forward_hooks) for part in module.modules())


@pytest.mark.parametrize("name", ["mlp-16-8", "cnn-4-6", "resnet8", "wrn-16-1"])
def test_the_rest_of_the_network_makes_the_logits_of_the_features(name):
    module = models.build(name, DIGIT, 10, seed=0)
    points = models.hint_points(name, DIGIT)
    x = random(5, *DIGIT)
    found = features(module, [*points, OUTPUT], x)
    assert list(found) == [*points, OUTPUT]
    assert not any(f.requires_grad for f in found.values())
    module.eval()
    assert torch.allclose(found[OUTPUT], module(x))
    if isinstance(module, nn.Sequential):
        for point in points:
            assert torch.allclose(module[int(point) + 1 :](found[point]), module(x), atol=1e-6)
    else:
        assert [found[p].shape[-1] for p in points] == [8, 4, 2]


def test_many_examples_give_the_same_as_one_at_a_time():
    module = models.build("resnet8", DIGIT, 10, seed=0)
    x = random(CHUNK + 3, *DIGIT)
    whole = features(module, ["layer2"], x)["layer2"]
    assert len(whole) == CHUNK + 3
    for i in (0, CHUNK - 1, CHUNK, CHUNK + 2):
        alone = features(module, ["layer2"], x[i : i + 1])["layer2"]
        assert torch.allclose(whole[i], alone[0], atol=1e-5)


def test_nothing_of_the_network_changes():
    module = models.build("resnet8", DIGIT, 10, seed=0).train()
    module.layer1.eval()  # one frozen part among parts that train
    modes = [part.training for part in module.modules()]
    before = {k: v.clone() for k, v in module.state_dict().items()}
    features(module, ["layer1"], random(4, *DIGIT))
    assert [part.training for part in module.modules()] == modes
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert hooks(module) == 0


def test_an_error_in_the_forward_pass_leaves_no_hook_and_the_mode():
    module = models.build("cnn-4", DIGIT, 10, seed=0)
    with pytest.raises(RuntimeError):
        features(module, ["0"], random(4, 3, 8, 8))
    assert hooks(module) == 0
    assert module.training


def test_an_in_place_layer_does_not_change_what_was_seen():
    module = nn.Sequential(nn.Linear(3, 3), nn.ReLU(inplace=True))
    x = random(20, 3)
    assert torch.equal(features(module, ["0"], x)["0"], module[0](x).detach())


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = nn.LSTM(2, 2)
        self.idle = nn.Linear(2, 2)

    def forward(self, x):
        return self.pair(x)[0]


@pytest.mark.parametrize(
    ("layer", "message"),
    [("nine", "not a layer"), ("idle", "never called"), ("pair", "returned tuple")],
)
def test_layers_that_cannot_be_read_are_said(layer, message):
    module = Odd()
    with pytest.raises(ModelError, match=message):
        features(module, [layer], random(3, 2))
    assert hooks(module) == 0
