"""What students see: augmentations do what they say, drawn by the seed alone."""

from __future__ import annotations

import pytest
import torch

from kdlab.errors import ConfigError
from kdlab.training.arms.views import NOISE, augment, smaller


def drawn(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


@pytest.fixture
def images():
    """(3 seeds, 20 images, 2, 8, 8), all numbers different."""
    return torch.randn(3, 20, 2, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ["shift", "flip", "noise", "mixup"])
def test_a_seed_sees_the_same_alone_and_among_others(kind, images):
    together = augment(kind, images, drawn(5, 6, 7)).inputs
    for place, seed in enumerate((5, 6, 7)):
        alone = augment(kind, images[place : place + 1], drawn(seed)).inputs
        assert torch.equal(alone[0], together[place])
    assert not torch.equal(together, images)


def test_none_changes_nothing(images):
    assert torch.equal(augment("none", images, drawn(0, 1, 2)).inputs, images)


def test_a_shift_moves_an_image_by_at_most_a_pixel_of_eight(images):
    found = augment("shift", images, drawn(0, 1, 2)).inputs
    seen = set()
    for s in range(3):
        dark = images[s].min()
        for image, moved in zip(images[s], found[s], strict=True):
            padded = torch.full((2, 10, 10), float(dark))
            padded[:, 1:9, 1:9] = image
            places = [
                (down, right)
                for down in range(3)
                for right in range(3)
                if torch.equal(padded[:, down : down + 8, right : right + 8], moved)
            ]
            assert len(places) == 1
            seen.add(places[0])
    assert len(seen) == 9


def test_a_flip_turns_about_half_of_the_images(images):
    found = augment("flip", images, drawn(0, 1, 2)).inputs
    turned = (found == images.flip(4)).flatten(2).all(2)
    kept = (found == images).flatten(2).all(2)
    assert torch.equal(turned, ~kept)
    assert 15 < int(turned.sum()) < 45


def test_noise_has_the_deviation_that_is_said():
    inputs = torch.zeros(2, 200, 1, 8, 8)
    found = augment("noise", inputs, drawn(0, 1)).inputs
    assert found.std().item() == pytest.approx(NOISE, rel=0.02)
    assert found.mean().item() == pytest.approx(0, abs=0.02)


def test_mixup_blends_two_examples_of_the_batch(images):
    mixed = augment("mixup", images, drawn(0, 1, 2))
    assert mixed.share.shape == (3,)
    for s in range(3):
        share, partner = mixed.share[s], mixed.partner[s]
        assert 0 < share < 1
        assert sorted(partner.tolist()) == list(range(20))
        expected = share * images[s] + (1 - share) * images[s][partner]
        torch.testing.assert_close(mixed.inputs[s], expected)


def test_points_can_be_blurred_and_mixed_but_not_turned():
    points = torch.randn(2, 30, 2)
    assert augment("noise", points, drawn(0, 1)).inputs.shape == points.shape
    assert augment("mixup", points, drawn(0, 1)).inputs.shape == points.shape
    for kind in ("shift", "flip"):
        with pytest.raises(ConfigError, match=f"{kind} was asked for points.*Allowed"):
            augment(kind, points, drawn(0, 1))


def test_a_low_resolution_is_the_mean_of_each_area(images):
    for factor in (2, 4):
        found = smaller(images, factor)
        assert found.shape == (3, 20, 2, 8 // factor, 8 // factor)
        for i, j in ((0, 0), (1, 0)):
            square = images[..., i * factor : (i + 1) * factor, j * factor : (j + 1) * factor]
            torch.testing.assert_close(found[..., i, j], square.mean((-2, -1)))
    assert smaller(images, 1) is images
    torch.testing.assert_close(smaller(images[0], 2), smaller(images, 2)[0])


def test_a_low_resolution_needs_images_that_can_be_divided(images):
    with pytest.raises(ConfigError, match="scaled down by 3"):
        smaller(images, 3)
    with pytest.raises(ConfigError, match="images whose sides"):
        smaller(torch.zeros(5, 2), 2)
