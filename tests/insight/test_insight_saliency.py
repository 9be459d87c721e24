from __future__ import annotations

import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.insight.features import CHUNK
from kdlab.insight.saliency import saliency


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def linear():
    module = nn.Sequential(nn.Flatten(), nn.Linear(2 * 3 * 4, 5))
    weight = module[1].weight.detach().view(5, 2, 3, 4)
    return module, weight


def test_of_a_linear_model_it_is_weight_times_input(linear):
    module, weight = linear
    x, classes = random(7, 2, 3, 4), torch.tensor([0, 1, 2, 3, 4, 0, 1])
    expected = (weight[classes] * x).sum(1).abs()
    assert torch.allclose(saliency(module, x, classes), expected, atol=1e-6)


def test_without_classes_it_is_that_of_the_likeliest(linear):
    module, _ = linear
    x = random(7, 2, 3, 4)
    assert torch.equal(saliency(module, x), saliency(module, x, module(x).argmax(1)))


@pytest.mark.parametrize("name", ["mlp-16", "cnn-4-6"])
def test_piecewise_linear_networks_against_finite_differences(name):
    module = models.build(name, (1, 8, 8), 10, seed=0).double()
    module.requires_grad_(False)  # a frozen network has maps too
    x, classes = random(2, 1, 8, 8).double(), torch.tensor([3, 7])
    mine, step = saliency(module, x, classes), 1e-6
    for i, y, z in [(0, 0, 0), (0, 3, 4), (1, 7, 7), (1, 2, 5)]:
        moved = x.clone()
        moved[i, 0, y, z] += step
        slope = (module(moved) - module(x))[i, classes[i]] / step
        assert float(mine[i, y, z]) == pytest.approx(abs(float(slope * x[i, 0, y, z])), abs=1e-6)


def test_an_image_has_the_same_map_alone_and_among_many_and_the_network_is_left_alone():
    module = models.build("resnet8", (3, 8, 8), 10, seed=0).train()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    x = random(CHUNK + 2, 3, 8, 8)
    maps = saliency(module, x)
    assert maps.shape == (CHUNK + 2, 8, 8)
    assert torch.allclose(maps[-1:], saliency(module, x[-1:]), atol=1e-5)
    assert module.training
    assert all(p.grad is None for p in module.parameters())
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())


def test_it_works_where_the_caller_only_predicts(linear):
    module, _ = linear
    x = random(3, 2, 3, 4)
    expected = saliency(module, x)
    with torch.no_grad():
        assert torch.equal(saliency(module, x), expected)
    with torch.inference_mode():
        assert torch.equal(saliency(module, x.clone()), expected)


def test_no_images_give_no_maps(linear):
    assert saliency(linear[0], torch.zeros(0, 2, 3, 4)).shape == (0, 3, 4)


@pytest.mark.parametrize("classes", [[0, 5, 1], [0, -1, 1], [0, 1]])
def test_classes_that_do_not_fit_are_refused(linear, classes):
    with pytest.raises(ConfigError, match="one class from 0 to 4 an image"):
        saliency(linear[0], random(3, 2, 3, 4), torch.tensor(classes))


def test_points_have_no_saliency_map():
    with pytest.raises(ConfigError, match="images"):
        saliency(models.build("mlp-4", (2,), 3, seed=0), random(3, 2))
