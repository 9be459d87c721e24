"""GRUs against PyTorch's own."""

import torch
from torch import nn

from kdlab import models
from kdlab.insight.features import features

SHAPE, CLASSES = (7, 9), 5


def windows(count: int = 4, shape: tuple[int, ...] = SHAPE) -> torch.Tensor:
    """One-hots, drawn."""
    drawn = torch.Generator().manual_seed(0)
    return nn.functional.one_hot(
        torch.randint(shape[1], (count, shape[0]), generator=drawn), shape[1]
    ).float()


def test_it_computes_what_pytorchs_does_with_the_same_weights():
    net = models.build("gru-6-4", SHAPE, CLASSES, seed=1)
    x = windows()
    for layer, sizes in zip(net.layers, [(9, 6), (6, 4)], strict=True):
        theirs = nn.GRU(*sizes, batch_first=True)
        theirs.load_state_dict(
            {
                "weight_ih_l0": layer.read.weight, "bias_ih_l0": layer.read.bias,
                "weight_hh_l0": layer.recall.weight, "bias_hh_l0": layer.recall.bias,
            }
        )  # fmt: skip
        expected, _ = theirs(x)
        torch.testing.assert_close(layer(x), expected)
        x = expected
    torch.testing.assert_close(net(windows()), net.fc(x[:, -1]))


def test_first_weights_are_spread_as_pytorchs():
    net = models.build("gru-64", (8, 27), 27, seed=0)
    for parameter in net.layers.parameters():
        assert 0.9 / 8 < parameter.abs().max() <= 1 / 8


def test_hints_are_the_states_after_the_last_character():
    net = models.build("gru-6-4", SHAPE, CLASSES, seed=1)
    x = windows()
    first, last = features(net, models.hint_points("gru-6-4", SHAPE), x).values()
    torch.testing.assert_close(first, net.layers[0](x)[:, -1])
    torch.testing.assert_close(last, net.layers(x)[:, -1])


def test_training_and_use_are_the_same_and_every_weight_learns():
    net = models.build("gru-6-4", SHAPE, CLASSES, seed=1)
    assert torch.equal(net.train()(windows()), net.eval()(windows()))
    net(windows()).square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in net.parameters())


def test_the_first_character_of_a_window_counts():
    net, x = models.build("gru-16", SHAPE, CLASSES, seed=1), windows()
    other = x.clone()
    other[:, 0] = other[:, 0].roll(1, 1)
    assert (net(x) - net(other)).abs().max() > 1e-4
