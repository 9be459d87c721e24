"""Causal transformers: attention against PyTorch's, who sees whom, and what is left out."""

import math

import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.insight.features import features
from kdlab.models.gpt import Block, attend
from kdlab.models.text_shapes import heads_of

SHAPE, CLASSES = (7, 9), 5


def windows(count: int = 4) -> torch.Tensor:
    """One-hots, drawn."""
    drawn = torch.Generator().manual_seed(0)
    return nn.functional.one_hot(torch.randint(9, (count, 7), generator=drawn), 9).float()


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_attention_is_pytorchs(scale):
    drawn = torch.Generator().manual_seed(0)
    q, k, v = (scale * torch.randn(3, 2, 7, 5, generator=drawn) for _ in range(3))
    mask = torch.full((7, 7), -math.inf).triu(1)
    expected = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(attend(q, k, v, mask), expected)


def test_the_gradient_of_attention_is_pytorchs():
    drawn = torch.Generator().manual_seed(0)
    ours = [torch.randn(3, 2, 7, 5, generator=drawn).requires_grad_() for _ in range(3)]
    theirs = [t.detach().clone().requires_grad_() for t in ours]
    attend(*ours, torch.full((7, 7), -math.inf).triu(1)).square().sum().backward()
    nn.functional.scaled_dot_product_attention(*theirs, is_causal=True).square().sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_no_character_sees_a_later_one():
    block = Block(8, 7, asked=7)
    x = torch.randn(2, 7, 8, generator=torch.Generator().manual_seed(0))
    other = x.clone()
    other[:, 4] = torch.arange(8) - 3.0
    before, after = block(x), block(other)
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] - after[:, 4:]).abs().amax((0, 2)).min() > 1e-4


def test_what_the_last_block_leaves_out_is_not_missed():
    """A last block that computes every character gives the same answer."""
    net = models.build("gpt-3-32", SHAPE, CLASSES, seed=2)
    whole = Block(32, 7, asked=7)
    whole.load_state_dict(net.layers[2].state_dict())
    x = net.layers[1](net.layers[0](net.character(windows()) + net.place.weight))
    torch.testing.assert_close(whole(x)[:, -1:], net.layers[2](x))


def test_it_reads_where_a_character_stands():
    net, x = models.build("gpt-1-16", SHAPE, CLASSES, seed=2), windows()
    turned = torch.cat([x[:, :-1].flip(1), x[:, -1:]], 1)
    assert (net(x) - net(turned)).abs().max() > 1e-4


def test_hints_are_the_ends_of_the_blocks_at_the_last_character():
    net, x = models.build("gpt-2-16", SHAPE, CLASSES, seed=2), windows()
    first, last = features(net, models.hint_points("gpt-2-16", SHAPE), x).values()
    inner = net.layers[0](net.character(x) + net.place.weight)
    torch.testing.assert_close(first, inner[:, -1])
    torch.testing.assert_close(net.fc(net.norm(last)), net(x))


def test_training_and_use_are_the_same_and_every_weight_learns():
    net = models.build("gpt-2-16", SHAPE, CLASSES, seed=2)
    assert torch.equal(net.train()(windows()), net.eval()(windows()))
    net(windows()).square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in net.parameters())


@pytest.mark.parametrize("width", [1, 2, 16, 30, 47, 50, 64, 96, 512])
def test_heads_divide_the_width(width):
    heads = heads_of(width)
    assert width % heads == 0
    assert heads <= max(1, width / 16)
    assert heads == width // 16 or width % 16


def test_a_width_can_be_varied():
    assert models.of_width("gpt-3-64", 32) == "gpt-3-32"
    assert models.of_width("gru-64-32", 16) == "gru-16-8"
