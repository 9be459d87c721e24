"""Rows of a last linear layer: of several networks, one above the other."""

from __future__ import annotations

import pytest
import torch

from kdlab import models
from kdlab.training.arms.heads import first_rows, fresh_head, head_of, with_heads

NETWORKS = ["mlp-8-6", "mlpbn-8", "cnn-2-3", "resnet8", "mobilenetv2"]
SHAPE = (1, 32, 32)


def built(name, classes, seed):
    return models.build(name, SHAPE, classes, seed).eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_last_linear_layer_is_the_one_that_gives_the_logits(name):
    place, head = head_of(built(name, 7, 0))
    assert place + ":input" == models.embedding_point(name, SHAPE)
    assert head.out_features == 7


@pytest.mark.parametrize("name", NETWORKS)
def test_each_head_says_what_it_says_in_its_own_network(name):
    one, other = built(name, 4, 0), built(name, 3, 1)
    inputs = torch.randn(5, *SHAPE)
    both = with_heads(one, [head_of(one)[1], head_of(other)[1]])
    with torch.no_grad():
        logits = both(inputs)
        torch.testing.assert_close(logits[:, :4], one(inputs))
        torch.testing.assert_close(logits[:, 4:], with_heads(one, [head_of(other)[1]])(inputs))
        torch.testing.assert_close(first_rows(both, 4)(inputs), one(inputs))
    assert head_of(one)[1].out_features == 4, "the network itself stays"


def test_a_head_is_drawn_by_its_seed_and_leaves_other_draws_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (fresh_head(6, 4, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.weight, again.weight)
    assert torch.equal(first.bias, again.bias)
    assert not torch.equal(first.weight, other.weight)
