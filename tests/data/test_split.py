import numpy as np
import pytest
import torch

from kdlab.data.split import apportion, at_most, split_of_images, split_of_points, stratified


@pytest.mark.parametrize(
    ("counts", "total", "shares"),
    [
        ([50, 50], 10, [5, 5]),
        ([10, 20, 30], 6, [1, 2, 3]),
        ([10, 10, 10], 10, [4, 3, 3]),  # a remainder goes to the first of equals
        ([990, 10], 20, [19, 1]),  # nobody is left out where there is room
        ([7, 0, 7], 4, [2, 0, 2]),
        ([5, 5, 5], 2, [1, 1, 0]),
        ([3, 4], 7, [3, 4]),
    ],
)
def test_shares_are_in_proportion_and_nobody_is_forgotten(counts, total, shares):
    assert apportion(np.array(counts), total).tolist() == shares


def test_shares_always_add_up_and_never_exceed_what_there_is():
    rng = np.random.default_rng(0)
    for _ in range(300):
        counts = rng.integers(0, 30, size=rng.integers(1, 9))
        if counts.sum() == 0:
            continue
        total = int(rng.integers(0, counts.sum() + 1))
        shares = apportion(counts, total)
        assert shares.sum() == total
        assert (shares <= counts).all()
        assert (shares >= 0).all()


def test_a_cut_is_disjoint_complete_stratified_and_always_the_same():
    targets = np.repeat(np.arange(4), [40, 80, 120, 160])
    taken, rest = stratified(targets, 100)
    assert np.bincount(targets[taken]).tolist() == [10, 20, 30, 40]
    assert sorted([*taken, *rest]) == list(range(400))
    again, _ = stratified(targets, 100)
    assert np.array_equal(taken, again)


def test_a_smaller_cut_lies_in_a_larger_one():
    targets = np.repeat(np.arange(4), 50)
    assert set(stratified(targets, 40)[0]) < set(stratified(targets, 80)[0])


def test_the_first_of_a_cut_are_of_all_classes():
    taken, rest = stratified(np.repeat(np.arange(4), 100), 200)
    assert set(np.repeat(np.arange(4), 100)[taken[:30]]) == {0, 1, 2, 3}
    assert set(np.repeat(np.arange(4), 100)[rest[:30]]) == {0, 1, 2, 3}


def test_the_limit_holds_for_training_and_half_of_it_for_questions():
    targets = np.arange(20_000) % 10
    assert len(at_most(targets, "all", "train")) == 20_000
    assert len(at_most(targets, 300, "train")) == 300
    assert len(at_most(targets, 300, "test")) == 1000
    assert len(at_most(targets, 6000, "validation")) == 3000
    assert len(at_most(targets[:500], 300, "test")) == 500
    assert len(at_most(targets[:200], 300, "train")) == 200


def test_images_are_standardised_by_training_alone_and_come_back_exactly():
    rng = np.random.default_rng(1)

    def images(count, high):
        return (
            rng.integers(0, high, (count, 3, 5, 4), dtype=np.uint8),
            rng.integers(0, 2, count).astype(np.int64),
        )

    train, validation, test = images(50, 256), images(20, 100), images(30, 200)
    split = split_of_images(("a", "b"), train, validation, test)
    assert split.shape == (3, 5, 4)
    assert split.train.inputs.dtype == torch.float32
    assert split.train.targets.dtype == torch.int64
    reference = torch.from_numpy(train[0]).double() / 255
    for channel in range(3):
        assert split.mean[channel] == pytest.approx(reference[:, channel].mean().item())
        assert split.std[channel] == pytest.approx(reference[:, channel].std(correction=0).item())
    assert split.train.inputs.mean().abs() < 1e-5
    assert split.validation.inputs.mean() < -0.5
    for part, (pixels, targets) in (
        (split.train, train),
        (split.validation, validation),
        (split.test, test),
    ):
        assert torch.equal(split.pixels(part.inputs), torch.from_numpy(pixels))
        assert torch.equal(split.pixels(part.inputs[3]), torch.from_numpy(pixels[3]))
        assert torch.equal(part.targets, torch.from_numpy(targets))


def test_a_channel_that_never_changes_stays_finite():
    black = (np.zeros((4, 1, 2, 2), np.uint8), np.array([0, 1, 0, 1]))
    split = split_of_images(("a", "b"), black, black, black)
    assert torch.equal(split.train.inputs, torch.zeros(4, 1, 2, 2))


def test_points_have_an_original_but_no_pixels():
    points = np.random.default_rng(2).normal(3, 2, (40, 2))
    parts = (np.arange(20), np.arange(20, 30), np.arange(30, 40))
    split = split_of_points(("a", "b"), points, np.arange(40) % 2, parts)
    assert torch.allclose(
        split.original(split.test.inputs), torch.from_numpy(points[30:]).float(), atol=1e-5
    )
    with pytest.raises(ValueError, match="only images"):
        split.pixels(split.test.inputs)
