"""Weights belong to classes by name: another order is mapped, another set refused."""

import json

import pytest
import torch

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import class_names, weights

ABC = ("ant", "bee", "cow")
FAMILIES = [
    ("mlp-6-5", (1, 8, 8)), ("mlpbn-6", (1, 8, 8)), ("cnn-4", (1, 8, 8)), ("resnet8", (3, 16, 16)),
    ("wrn-16-1", (3, 16, 16)), ("vgg8", (3, 32, 32)), ("resnet50", (3, 16, 16)),
    ("mobilenetv2", (3, 32, 32)), ("shufflev1", (3, 16, 16)), ("shufflev2", (3, 16, 16)),
    ("gru-5", (6, 9)), ("gpt-2-4", (6, 9)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shape"), FAMILIES)
def test_the_outputs_of_every_family_are_put_into_the_order_of_the_data(name, shape):
    assert {models.find(n).name for n, _ in FAMILIES} == set(models.MODELS)
    module = models.build(name, shape, 4, seed=1).eval()
    images = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    before = module(images).detach()
    told = class_names.arrange(module, ("a", "b", "c", "d"), ("c", "d", "a", "b"))
    assert len(told) == 1
    assert "another order" in told[0]
    assert torch.equal(module(images), before[:, [2, 3, 0, 1]])
    assert not class_names.arrange(module, ("c", "d"), ("c", "d"))


@pytest.mark.parametrize(
    ("theirs", "ours", "places"),
    [
        (ABC, ("cow", "ant", "bee"), [2, 0, 1]),
        (("caf\u00e9", "bar"), ("bar", "cafe\u0301"), [1, 0]),
        (("ant ", "bee"), ("bee", "ant"), [1, 0]),
        (("Ant", "BEE"), ("bee", "ant"), [1, 0]),
        (("Ant", "ant"), ("ant", "Ant"), [1, 0]),
        (("same", "same"), ("same", "same"), [0, 1]),
    ],
)
def test_names_are_compared_in_one_form(theirs, ours, places):
    assert class_names.order(theirs, ours) == places


def test_other_classes_are_named():
    with pytest.raises(ModelError) as caught:
        class_names.order(ABC, ("ant", "bee", "dog"))
    assert "do not know 'dog'" in caught.value.received
    assert "know 'cow'" in caught.value.received
    with pytest.raises(ModelError, match="do not know 'dog'"):
        class_names.order(ABC, (*ABC, "dog"))
    with pytest.raises(ModelError, match="know 'cow', which the data do not have"):
        class_names.order(ABC, ("ant", "bee"))
    many = tuple(str(n) for n in range(1000))
    with pytest.raises(ModelError) as caught:
        class_names.order(many, ABC)
    assert len(str(caught.value)) < 600


def test_a_file_says_its_classes():
    module = models.build("mlp-4", (1, 8, 8), 3, 0)
    content = weights.dump_weights(module, "mlp-4", (1, 8, 8), 3, names=ABC)
    assert json.loads(weights.metadata(content)["class_names"]) == list(ABC)
    assert weights.bring(content).names == ABC
    assert weights.bring(weights.dump_weights(module, "mlp-4", (1, 8, 8), 3)).names is None


@pytest.mark.parametrize("text", ["", "3", "[1, 2, 3]", '["a"]', "[" * 5000, '{"a": 1}', "[]"])
def test_names_that_are_none_are_refused(text):
    module = models.build("mlp-4", (1, 8, 8), 3, 0)
    content = weights.dump_weights(module, "mlp-4", (1, 8, 8), 3, {"class_names": text})
    with pytest.raises(ModelError, match="class_names"):
        weights.bring(content)


def test_far_too_many_names_are_left_out():
    assert class_names.written(["x" * 200] * 100_000) == {}
    assert class_names.written(()) == {}
    assert class_names.written(["\udcff", "b"]), "a name that is no text is written all the same"
