import importlib
import math

import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.insight.features import features
from kdlab.models.family import MAX_LAYERS, submodule
from kdlab.training import cohort

IMAGE, POINT, DIGIT, TEXT = (3, 32, 32), (2,), (1, 8, 8), (6, 9)
SMALL = [
    "mlp-16",
    "mlp-7-5-3",
    "mlpbn-16",
    "mlpbn-7-5",
    "cnn-4",
    "cnn-4-6-8-10",
    "resnet8",
    "resnet8x4",
    "wrn-16-2",
]


def read_by(name: str) -> tuple[int, ...]:
    """The shape of inputs that the network reads: of images, or else of text."""
    return IMAGE if "images" in models.find(name).accepts else TEXT


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("name", "expected"),  # as counted on the networks of arXiv:1910.10699, 100 classes
    [
        ("wrn-40-2", 2_255_156),
        ("wrn-16-2", 703_284),
        ("resnet32x4", 7_433_860),
        ("resnet8x4", 1_233_540),
        ("resnet56", 861_620),
        ("resnet20", 278_324),
        ("resnet110", 1_736_564),
        ("resnet32", 472_756),
    ],
)
def test_published_networks_have_the_published_parameters(name, expected):
    assert models.parameters(name, IMAGE, 100) == expected
    assert count(models.build(name, IMAGE, 100, seed=0)) == expected


@pytest.mark.parametrize("name", sorted({*models.MODELS["wrn"].choices, "resnet14", *SMALL}))
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), IMAGE, (3, 9, 20)])
def test_count_without_torch_is_that_of_the_built_network(name, shape):
    assert models.parameters(name, shape, 7) == count(models.build(name, shape, 7, seed=0))


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 20), (1, 2, 3)])
def test_logits_have_one_number_a_class_and_every_weight_gets_a_gradient(name, shape):
    module = models.build(name, shape, 7, seed=0)
    logits = module(torch.randn(4, *shape, generator=torch.Generator().manual_seed(0)))
    assert logits.shape == (4, 7)
    logits.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in module.parameters())


def test_batch_norm_reads_batches_of_one_and_behaves_differently_in_training_and_in_use():
    module = models.build("mlpbn-6", POINT, 3, seed=0)
    x = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    assert not torch.allclose(module.train()(x), module.eval()(x))
    moved = module.get_submodule("2").running_mean.clone()
    assert moved.abs().sum() > 0
    one = module.train()(x[:1])
    assert torch.equal(one, module.eval()(x[:1]))
    assert torch.equal(module.get_submodule("2").running_mean, moved)


def test_mlp_reads_points():
    assert models.build("mlp-16", POINT, 3, seed=0)(torch.zeros(5, 2)).shape == (5, 3)
    assert models.parameters("mlp-16", POINT, 3) == 3 * 16 + 17 * 3


@pytest.mark.parametrize("name", SMALL)
def test_seed_decides_the_first_weights_and_the_global_generator_is_left_alone(name):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (models.build(name, DIGIT, 10, seed=s) for s in (3, 3, 4))
    assert torch.equal(torch.rand(3), expected)
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert any(
        not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True)
    )


@pytest.mark.parametrize("name", [*SMALL, "cnn-3-3-3"])
@pytest.mark.parametrize("shape", [DIGIT, (3, 32, 32)])
def test_hint_points_are_submodules_called_in_order_before_the_logits(name, shape):
    module = models.build(name, shape, 10, seed=0).eval()
    seen, features = [], []

    def note(point):
        def hook(_module, _inputs, output):
            seen.append(point)
            features.append(output)

        return hook

    for point in models.hint_points(name, shape):
        module.get_submodule(point).register_forward_hook(note(point))
    module(torch.zeros(2, *shape))
    assert tuple(seen) == models.hint_points(name, shape)
    assert all(len(f) == 2 for f in features)
    if name.startswith(("mlp", "cnn")):
        assert [f.shape[1] for f in features] == [int(n) for n in name.split("-")[1:]]


def test_hint_points_of_a_cnn_come_after_pooling():
    assert models.hint_points("cnn-3-4-5", DIGIT) == ("2", "5", "7")


@pytest.mark.parametrize("family", models.MODELS.values(), ids=lambda f: f.name)
def test_every_family_is_found_by_its_own_names(family):
    names = [*family.examples, *family.choices]
    names += [family.name_of((size,)) for size in family.sizes]
    names += [family.name_of((size,) * MAX_LAYERS) for size in family.sizes[:1]]
    for name in names:
        assert models.find(name) is family
        models.check(name, read_by(name))
        assert not family.sizes or family.name_of(family.sizes_in(name)) == name
    assert bool(family.sizes) != bool(family.choices)
    assert family.paper


@pytest.mark.parametrize(
    "name",
    [
        "",
        "mlp",
        "mlp-",
        "mlp-0",
        "mlp-016",
        "mlp-1-1-1-1-1-1-1",
        "MLP-16",
        "mlp-16 ",
        "mlp-16\n",
        "mlp--16",
        "mlp-16-",
        "cnn-1.5",
        "resnet",
        "resnet21",
        "resnet8x2",
        "wrn-16-3",
        "gru",
        "gru-1-1-1-1-1-1-1",
        "gpt-64",
        "gpt-7-64",
        "gpt-0-64",
        "gpt-02-64",
        "gpt-2-64-64",
        "a-long-name" * 90,
    ],
)
def test_unknown_names_are_refused_with_examples(name):
    with pytest.raises(ModelError) as caught:
        models.find(name)
    for family in models.MODELS.values():
        assert family.examples[0] in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("name", "shape", "part"),
    [
        ("cnn-8", POINT, "mlp-512-512 or mlpbn-64-64 for this data set"),
        ("resnet8", POINT, "mlp-512-512 or mlpbn-64-64 for this data set"),
        ("gru-8", POINT, "(characters, symbols)"),
        ("gpt-1-8", IMAGE, "mlp-512-512 or cnn-16-32"),
        ("cnn-8", TEXT, "mlpbn-64-64 or gru-256 or gpt-2-96 for this data set"),
        ("mlp-8", (2, 2, 2, 2), "points (values,) or images"),
        ("gru-1025", TEXT, "1,024"),
        ("gpt-1-513", TEXT, "512"),
        ("gru-1024-1024-1024-1024-1024-1024", (8, 20_000), "a shorter window"),
        ("mlp-8", (), "another data set"),
        ("cnn-8", (1, 0, 8), "(1, 0, 8)"),
        ("mlp-4097", DIGIT, "4,096"),
        ("cnn-513", DIGIT, "512"),
        ("mlp-999999", DIGIT, "4,096"),
        ("mlp-4096-4096-4096-4096", DIGIT, "50,000,000"),
        ("cnn-512", (3, 256, 256), "50,000,000"),
    ],
)
def test_what_cannot_be_built_is_refused_before_it_is_built(name, shape, part):
    for call in (models.check, lambda n, s: models.build(n, s, 10, seed=0)):
        with pytest.raises(ModelError) as caught:
            call(name, shape)
        assert part in str(caught.value)


def test_first_logits_do_not_depend_on_the_depth_of_a_resnet():
    for name in ("resnet8", "resnet32", "wrn-16-1", "wrn-40-1"):
        module = models.build(name, IMAGE, 10, seed=0).train()
        spread = module(torch.randn(8, *IMAGE, generator=torch.Generator().manual_seed(1))).std()
        assert 0.05 < spread.item() < 20
        assert math.isfinite(spread.item())


EMBEDDINGS = {  # as wide as the features before the classifier of the published networks
    "resnet8": 64,
    "resnet32x4": 256,
    "wrn-16-2": 128,
    "vgg8": 512,
    "resnet50": 2048,
    "mobilenetv2": 1280,
    "shufflev1": 960,
    "shufflev2": 1024,
    "mlp-16-8": 8,
    "mlpbn-16-8": 8,
    "cnn-4-6": 6 * 8 * 8,
    "gru-7-5": 5,
    "gpt-2-12": 12,
}


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_the_embedding_is_what_the_logits_are_made_of(name):
    shape = read_by(name)
    module = models.build(name, shape, 7, seed=3).train()
    x = torch.randn(8, *shape, generator=torch.Generator().manual_seed(0))
    module(x)  # moves the running statistics of batch norm away from 0 and 1
    module.eval()
    point = models.embedding_point(name, shape)
    embedding = features(module, [point], x)[point]
    head = module.get_submodule(submodule(point))
    with torch.no_grad():
        logits = module(x)
        torch.testing.assert_close(embedding @ head.weight.t() + head.bias, logits)
    assert embedding.shape == (8, EMBEDDINGS[name])
    assert models.embedding_width(name, shape) == EMBEDDINGS[name]


def test_every_family_has_an_embedding():
    assert {models.find(name).name for name in EMBEDDINGS} == models.MODELS.keys()
    for family in models.MODELS.values():
        for name in family.choices or family.examples:
            linear = [n for n, m in built(name).named_modules() if isinstance(m, nn.Linear)]
            assert models.embedding_point(name, read_by(name)) == f"{linear[-1]}:input"


def built(name: str) -> nn.Module:
    with torch.device("meta"):
        return importlib.import_module(models.find(name).module).build(name, read_by(name), 7)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        *((n, DIGIT) for n in ("mlp-9-5", "mlpbn-9-5", "cnn-4-6", "resnet8", "wrn-16-1")),
        *((n, TEXT) for n in ("mlp-9-5", "gru-9-5", "gpt-2-8")),
    ],
)
def test_a_cohort_gives_the_embeddings_of_its_students(name, shape):
    first = [models.build(name, shape, 7, seed).eval() for seed in (0, 1)]
    engine = cohort.of_modules(name, shape, first)
    if hasattr(engine, "training"):
        engine.training = False
    x = torch.randn(2, 5, *shape, generator=torch.Generator().manual_seed(0))
    place = len(models.hint_points(name, shape))
    logits, (embedding,) = engine.outputs(x, [place])
    for k, module in enumerate(first):
        head = module.get_submodule(submodule(models.embedding_point(name, shape)))
        torch.testing.assert_close(logits[k].t(), head(embedding[k]))
        torch.testing.assert_close(logits[k].t(), module(x[k]))
