from __future__ import annotations

import pytest
import torch
from scipy.stats import spearmanr

from kdlab.errors import ConfigError
from kdlab.insight.agreement import agreement


@pytest.fixture
def maps():
    g = torch.Generator().manual_seed(0)
    first = torch.randn(6, 4, 5, generator=g).abs()
    return first, first + 0.7 * torch.rand(6, 4, 5, generator=g)


def test_each_image_has_scipys_rank_correlation_with_ties_too(maps):
    for a, b in (maps, tuple((3 * m).floor() for m in maps)):
        expected = [
            spearmanr(x.flatten(), y.flatten()).statistic for x, y in zip(a, b, strict=True)
        ]
        found = agreement(a, b)
        assert found.each == pytest.approx(expected)
        assert found.mean == pytest.approx(sum(expected) / 6)


def test_chance_is_the_mean_over_all_pairs_of_different_images(maps):
    a, b = maps
    pairs = [
        spearmanr(a[i].flatten(), b[j].flatten()).statistic
        for i in range(6)
        for j in range(6)
        if i != j
    ]
    assert agreement(a, b).chance == pytest.approx(sum(pairs) / 30)


def test_a_map_agrees_with_itself_and_with_any_rising_function_of_it(maps):
    a, _ = maps
    assert agreement(a, a).each == pytest.approx([1] * 6)
    assert agreement(a, 100 * a.exp()).mean == pytest.approx(1)
    assert agreement(a, -a).mean == pytest.approx(-1)


def test_maps_that_share_a_place_agree_by_chance_and_those_of_noise_do_not(maps):
    g = torch.Generator().manual_seed(1)
    middle = torch.zeros(6, 4, 5)
    middle[:, 1:3, 1:4] = 5
    a, b = (torch.rand(2, 300, 4, 5, generator=g)).unbind()
    assert abs(agreement(a, b).chance) < 0.01
    assert agreement(a + middle[:1], b + middle[:1]).chance > 0.5


def test_a_map_without_differences_agrees_with_none(maps):
    a, b = maps
    flat = b.clone()
    flat[2] = 0.3
    assert agreement(a, flat).each[2] == 0


@pytest.mark.parametrize("shape", [(6, 5, 5), (5, 4, 5)])
def test_maps_of_different_shapes_are_refused(maps, shape):
    with pytest.raises(ConfigError, match="equally large"):
        agreement(maps[0], torch.zeros(shape))


def test_one_image_has_no_chance_level(maps):
    with pytest.raises(ConfigError, match="two or more"):
        agreement(maps[0][:1], maps[1][:1])
