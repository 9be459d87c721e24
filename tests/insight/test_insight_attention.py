from __future__ import annotations

import pytest
import torch

from kdlab import models
from kdlab.errors import ModelError
from kdlab.insight.attention import attention_map, attention_maps


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_at_the_layers_own_size_it_is_the_published_map():
    a = random(3, 5, 4, 6)
    for image, found in zip(a, attention_map(a, (4, 6)), strict=True):
        q = sum(channel**2 for channel in image).flatten()
        assert torch.allclose(found.flatten(), q / q.norm(), atol=1e-6)


def test_sign_size_and_order_of_the_channels_do_not_matter():
    a = random(3, 5, 4, 4)
    expected = attention_map(a, (8, 8))
    assert torch.allclose(attention_map(-1e-6 * a[:, [3, 1, 4, 0, 2]], (8, 8)), expected, atol=1e-5)


def test_a_bright_place_stays_where_it_is_when_the_map_grows():
    a = torch.zeros(1, 2, 4, 4)
    a[0, 1, 3, 0] = -2
    found = attention_map(a, (8, 8))[0]
    assert float(found.norm()) == pytest.approx(1)
    assert bool((found[6:, :2] > 0).all())
    assert float(found[:4].abs().sum()) == 0
    assert float(found[:, 4:].abs().sum()) == 0


def test_a_silent_layer_gives_zeros():
    assert torch.equal(attention_map(torch.zeros(2, 3, 2, 2), (4, 4)), torch.zeros(2, 4, 4))


@pytest.mark.parametrize("name", ["cnn-4-6", "resnet8"])
def test_every_layer_of_a_cnn_has_maps_of_the_images_size(name):
    points = models.hint_points(name, (3, 12, 8))
    module = models.build(name, (3, 12, 8), 10, seed=0)
    maps = attention_maps(module, points, random(5, 3, 12, 8))
    assert list(maps) == list(points)
    for found in maps.values():
        assert found.shape == (5, 12, 8)
        assert found.flatten(1).norm(dim=1).tolist() == pytest.approx([1] * 5)
        assert float(found.min()) >= 0


@pytest.mark.parametrize("shape", [(1, 8, 8), (2,)])
def test_an_mlp_has_none_and_says_so(shape):
    module = models.build("mlp-16", shape, 10, seed=0)
    with pytest.raises(ModelError, match="layers of a CNN"):
        attention_maps(module, models.hint_points("mlp-16", shape), random(4, *shape))
