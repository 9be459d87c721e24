"""The images of a full run: which ones, and every view of them."""

import pytest
import torch
import torchvision.transforms.functional as tv
from small_runs import CPU, config, noise

from kdlab.full_run.engine import images
from kdlab.full_run.engine.images import FullData, Standard, Views


def loaded(**changes):
    *_, last = drained(images.load(config(**changes)))
    return last


def drained(events):
    while True:
        try:
            yield next(events)
        except StopIteration as end:
            yield end.value
            return


def by_torchvision(data, image, row, column, padding, mirrored):
    """One view as a loader of the papers' codes makes it."""
    height, width = data.shape[1:]
    cut = tv.crop(tv.pad(data.train.pixels[image], [padding] * 4), row, column, height, width)
    cut = tv.hflip(cut) if mirrored else cut
    return tv.normalize(cut / 255, data.mean, data.std)


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("flip", [False, True])
def test_every_view_is_that_of_torchvision(padding, flip):
    data = noise(images=2, shape=(3, 5, 6))
    views = Views(data, padding, flip, CPU)
    side = 2 * padding + 1
    expected = [
        by_torchvision(data, 1, row, column, padding, mirrored)
        for row in range(side)
        for column in range(side)
        for mirrored in ((False, True) if flip else (False,))
    ]
    assert views.count == len(expected)
    found = views.batch(torch.ones(views.count, dtype=torch.int64), torch.arange(views.count))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-5, atol=1e-5)
    assert len({view.numpy().tobytes() for view in found}) == views.count


def test_published_views_are_162():
    views = Views(noise(images=2, shape=(3, 32, 32)), 4, True, CPU)
    assert views.count == 162
    assert views.bytes == 2 * 3 * 40 * 40


def test_the_middle_view_is_the_image_itself():
    data = noise(images=6, shape=(3, 8, 8))
    for padding, flip in ((0, False), (1, True), (3, False)):
        views = Views(data, padding, flip, CPU)
        index = torch.tensor([4, 0, 5])
        found = views.batch(index, torch.full((3,), views.middle))
        assert torch.equal(found, Standard(data, CPU)(data.train.pixels[index]))


def test_a_batch_has_each_image_in_its_own_view_and_channels_last():
    data = noise(images=5, shape=(3, 8, 8))
    views = Views(data, 1, True, CPU)
    index, view = torch.tensor([3, 3, 0]), torch.tensor([0, 17, 9])
    found = views.batch(index, view)
    alone = [views.batch(index[[n]], view[[n]])[0] for n in range(3)]
    assert torch.equal(found, torch.stack(alone))
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert not found.is_contiguous()


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("limit", [64, 1096, "all"])
def test_the_limit_is_kept_and_validation_images_are_trained_on_or_not(limit, validation):
    data = loaded(train_limit=limit, validation=validation)
    assert isinstance(data, FullData)
    whole = 1097 if validation else 1297
    assert len(data.train.targets) == len(data.train.pixels) == (whole if limit == "all" else limit)
    assert data.train.pixels.dtype == torch.uint8
    assert len(data.test.targets) == 500
    assert len(data.judged.targets) == (200 if validation else 500)
    told = {image.numpy().tobytes() for image in data.train.pixels}
    if validation:
        held = {image.numpy().tobytes() for image in data.judged.pixels}
        assert not held & told


def test_a_limit_beyond_the_training_part_takes_some_validation_images():
    assert len(loaded(train_limit=1200).train.targets) == 1200
    assert len(loaded(train_limit=1200, validation=True).train.targets) == 1097
