"""The networks of the published pairs, as Tian, Krishnan and Isola 2020 used them on CIFAR-100."""

import math

import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import weights

CIFAR = (3, 32, 32)
PUBLISHED = {  # trainable numbers for 3x32x32 and 100 classes
    "vgg13": 9_462_180,
    "vgg8": 3_965_028,
    "resnet50": 23_705_252,
    "mobilenetv2": 812_836,
    "shufflev1": 949_258,
    "shufflev2": 1_355_528,
}
SMALLEST = {
    "vgg13": 16,
    "vgg8": 16,
    "resnet50": 9,
    "mobilenetv2": 17,
    "shufflev1": 9,
    "shufflev2": 9,
}
STAGES = {  # channels and pixels a side of the layers that the literature compares
    "vgg13": [(128, 16), (256, 8), (512, 4), (512, 4)],
    "vgg8": [(128, 16), (256, 8), (512, 4), (512, 4)],
    "resnet50": [(256, 32), (512, 16), (1024, 8), (2048, 4)],
    "mobilenetv2": [(12, 16), (16, 8), (48, 4), (160, 2)],
    "shufflev1": [(240, 16), (480, 8), (960, 4)],
    "shufflev2": [(116, 16), (232, 8), (464, 4)],
}


def noise(count: int, shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))


def features(name: str, shape: tuple[int, ...]) -> list[torch.Tensor]:
    """What the hint points give for two images, in the order in which they are called."""
    module, found = models.build(name, shape, 10, seed=0).eval(), []
    for point in models.hint_points(name, shape):
        module.get_submodule(point).register_forward_hook(lambda _m, _i, out: found.append(out))
    with torch.no_grad():
        module(noise(2, shape))
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_those_of_the_published_networks(name):
    built = models.build(name, CIFAR, 100, seed=0)
    assert models.parameters(name, CIFAR, 100) == PUBLISHED[name]
    assert sum(p.numel() for p in built.parameters()) == PUBLISHED[name]


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize(("shape", "classes"), [((1, 28, 28), 7), ((4, 20, 33), 2)])
def test_count_without_torch_is_that_of_the_built_network(name, shape, classes):
    built = models.build(name, shape, classes, seed=0)
    assert models.parameters(name, shape, classes) == sum(p.numel() for p in built.parameters())


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("shape", [(1, 28, 28), CIFAR, (3, 64, 64)])
def test_logits_have_one_number_a_class(name, shape):
    module = models.build(name, shape, 7, seed=0).eval()
    with torch.no_grad():
        logits = module(noise(2, shape))
    assert logits.shape == (2, 7)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_weight_learns_from_the_smallest_images(name):
    """On smaller ones the outer numbers of the last 3x3 kernels would read nothing but padding."""
    shape = (3, SMALLEST[name], SMALLEST[name])
    module = models.build(name, shape, 5, seed=0)
    logits = module(noise(4, shape))
    nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 3])).backward()
    for key, weight in module.named_parameters():
        assert weight.grad is not None, key
        assert torch.isfinite(weight.grad).all(), key
        if weight.dim() == 4:
            assert (weight.grad.abs().amax((0, 1)) > 0).all(), key
        elif not followed_by_norm(module, key):
            assert weight.grad.abs().max() > 0, key


def followed_by_norm(module: nn.Module, key: str) -> bool:
    """A bias in front of batch norm changes nothing: VGG has such ones."""
    owner, _, own = key.rpartition(".")
    return own == "bias" and isinstance(module.get_submodule(owner), nn.Conv2d)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_batch_of_one_of_the_smallest_images_can_be_trained_on(name):
    shape = (1, SMALLEST[name], SMALLEST[name])
    module = models.build(name, shape, 3, seed=0).train()
    assert torch.isfinite(module(noise(1, shape))).all()


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("wide", [False, True])
def test_images_that_are_too_small_are_refused_in_words(name, wide):
    side = SMALLEST[name]
    models.check(name, (1, side, side))
    shape = (1, side - 1, 40) if wide else (1, side, side - 1)
    for call in (models.check, lambda n, s: models.build(n, s, 10, seed=0)):
        with pytest.raises(ModelError) as caught:
            call(name, shape)
        text = str(caught.value)
        assert f"images of {shape[1]} x {shape[2]} pixels" in text
        assert f"at least {side} x {side}" in text


@pytest.mark.parametrize("name", PUBLISHED)
def test_hint_points_are_the_stages_of_the_literature(name):
    assert [(f.shape[1], f.shape[2]) for f in features(name, CIFAR)] == STAGES[name]


def test_vgg_halves_large_images_once_more():
    assert [f.shape[2] for f in features("vgg8", (1, 62, 64))] == [31, 15, 7, 7]
    assert [f.shape[2] for f in features("vgg8", (1, 64, 64))] == [32, 16, 8, 4]


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_saved_is_loaded_and_answers_the_same(name):
    shape = (1, 20, 20)
    module = models.build(name, shape, 4, seed=1).train()
    images = noise(2, shape)
    module(images)  # moves the running statistics of batch norm
    with torch.no_grad():
        expected = module.eval()(images)
        read = weights.bring(weights.dump_weights(module, name, shape, 4))
        assert torch.equal(read.network()(images), expected)


@pytest.mark.parametrize("name", PUBLISHED)
def test_first_weights_are_those_of_the_published_code(name):
    module = models.build(name, CIFAR, 100, seed=0)
    for key, part in module.named_modules():
        if isinstance(part, nn.Conv2d) and part.weight.numel() > 5000:
            receptive = math.prod(part.kernel_size)
            if name.startswith("shuffle"):  # uniform, torch's default
                variance = 1 / (3 * receptive * part.in_channels / part.groups)
            else:
                variance = 2 / (receptive * part.out_channels)
            assert part.weight.var().item() == pytest.approx(variance, rel=0.1), key
    last = module.get_submodule("fc").weight.std().item()
    own = {"vgg13": 0.01, "vgg8": 0.01, "mobilenetv2": 0.01}
    default = 1 / math.sqrt(3 * module.get_submodule("fc").in_features)
    assert last == pytest.approx(own.get(name, default), rel=0.05)


def test_shuffle_lets_every_group_see_all_others():
    from kdlab.models.shufflenet import _shuffle

    channels = torch.arange(6.0).reshape(1, 6, 1, 1)
    assert _shuffle(channels, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert _shuffle(channels, 3).flatten().tolist() == [0, 2, 4, 1, 3, 5]


def test_a_unit_that_halves_nothing_keeps_half_of_its_channels_in_shufflenet_v2():
    from kdlab.models.shufflenet import SplitUnit

    images = noise(2, (8, 5, 5))
    out = SplitUnit(8, 8, halves=False).eval()(images)
    assert torch.equal(out[:, ::2], images[:, :4])
    assert not torch.equal(out[:, 1::2], images[:, 4:])


def test_the_input_of_a_block_is_added_only_where_the_shape_stays():
    from kdlab.models.mobilenet import InvertedResidual

    images = noise(2, (6, 5, 5))
    for outputs, stride, expected in ((6, 1, images), (6, 2, None), (4, 1, None)):
        block = InvertedResidual(6, outputs, stride, 2).eval()
        nn.init.zeros_(block.project[0].weight)
        out = block(images)
        assert torch.equal(out, torch.zeros_like(out) if expected is None else expected)
