"""Published teachers: the smallest of them, with random weights and nothing fetched."""

import dataclasses
import email.message
import hashlib
import io
import pickle
import urllib.error
import urllib.request
from collections import OrderedDict
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torchvision

from kdlab.errors import DownloadError, ModelError, StoreError
from kdlab.events import Progress
from kdlab.full_run.recipe import pretrained_net, pretrained_weights
from kdlab.full_run.recipe.pretrained import PRETRAINED

ROOT = Path(__file__).resolve().parents[2]
NAME = "torchvision-mobilenet-v3-small"
SMALL = dataclasses.replace(PRETRAINED[NAME], side=64)
MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def teacher(record=SMALL, classes=5, mean=MEAN, std=STD):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return pretrained_net.Pretrained(record, classes, mean, std)


def standardised(images, mean=MEAN, std=STD):
    mean, std = (torch.tensor(v).view(-1, 1, 1) for v in (mean, std))
    return (images - mean) / std


def preset(record, **sizes):
    return weights_of(record).transforms(**sizes)


def weights_of(record):
    return torchvision.models.get_model_weights(record.torchvision)[record.weights]


@pytest.mark.parametrize("record", PRETRAINED.values(), ids=PRETRAINED)
def test_a_record_is_what_torchvision_publishes(record):
    weights = weights_of(record)
    assert record.name == "torchvision-" + record.torchvision.replace("_", "-")
    assert record.url == weights.url
    assert len(record.sha256_start) == 8
    assert int(record.sha256_start, 16) > 0
    assert record.parameters == weights.meta["num_params"]
    transforms = weights.transforms()
    assert transforms.crop_size == [record.side]
    assert transforms.mean == list(pretrained_net.IMAGENET_MEAN)
    assert transforms.std == list(pretrained_net.IMAGENET_STD)


@pytest.mark.parametrize("record", PRETRAINED.values(), ids=PRETRAINED)
def test_the_head_is_exchanged_and_counted(record):
    with torch.device("meta"):
        module = teacher(record, classes=7)
        images = torch.zeros(2, 3, 32, 32)
        assert module.features(images).shape == (2, record.features)
        assert module(images).shape == (2, 7)
    assert sum(p.numel() for p in module.parameters()) == record.count(7)


def test_only_the_head_learns():
    module = teacher().train()
    assert module.training
    assert module.head.training
    assert not any(part.training for part in module.backbone.modules())
    before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    learning = [p for p in module.parameters() if p.requires_grad]
    assert [id(p) for p in learning] == [id(p) for p in module.head.parameters()]
    images = torch.randn(4, 3, 32, 32, generator=generator())
    logits = module(images)
    assert torch.equal(logits, module(images))  # no dropout, no batch statistics
    logits.logsumexp(1).sum().backward()
    assert all(p.grad is None for p in module.backbone.parameters())
    torch.optim.SGD(learning, lr=0.1).step()
    after = module.state_dict()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed == {"head.weight", "head.bias"}


def test_the_head_reads_the_features():
    module = teacher()
    images = torch.randn(3, 3, 32, 32, generator=generator())
    features = module.features(images)
    assert features.shape == (3, SMALL.features)
    assert features.std() > 0
    torch.testing.assert_close(features @ module.head.weight.T + module.head.bias, module(images))


@pytest.mark.parametrize("shape", [(64, 64), (32, 32), (20, 48), (96, 80), (40, 100)])
def test_images_reach_the_backbone_as_in_the_published_preset(shape):
    images = torch.rand(2, 3, *shape, generator=generator())
    resized = torchvision.transforms.functional.resize(images, [64, 64], antialias=True)
    expected = preset(SMALL, crop_size=64, resize_size=64)(resized)
    found = teacher().as_imagenet(standardised(images))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_pixels_of_the_lab_answer_as_in_torchvision_itself():
    published = pretrained_net.whole(SMALL).eval()
    module = teacher(classes=1000)
    for name, tensor in published.state_dict().items():
        own = f"backbone.{name}"
        if name.startswith(SMALL.head):
            own = name.replace(SMALL.head, "head")
        module.state_dict()[own].copy_(tensor)
    pixels = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=generator())
    expected = published(preset(SMALL, crop_size=64, resize_size=64)(pixels))
    found = module(standardised(pixels / 255))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_a_grey_image_is_read_as_a_colour_image_of_three_equal_channels():
    grey = teacher(mean=(0.3,), std=(0.2,))
    colour = teacher(mean=(0.3,) * 3, std=(0.2,) * 3)
    images = torch.randn(2, 1, 28, 28, generator=generator())
    torch.testing.assert_close(grey(images), colour(images.repeat(1, 3, 1, 1)))
    with pytest.raises(ModelError, match=r"\(images, 1, height, width\)"):
        grey(images.repeat(1, 3, 1, 1))


def test_a_build_is_decided_by_its_seed_and_leaves_the_generator_alone():
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    first, again, other = (
        pretrained_net.build(NAME, 4, MEAN, STD, channels=3, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.head.weight, again.head.weight)
    assert not torch.equal(first.head.weight, other.head.weight)
    assert first.head.weight.shape == (4, 1024)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"name": "torchvision-resnet19"}, "torchvision-resnet18"),
        ({"classes": 1}, "1 classes"),
        ({"channels": 2}, "2 channels"),
        ({"channels": 1}, "1 finite numbers each"),
        ({"std": (0.2, 0.0, 0.2)}, "deviations above 0"),
        ({"mean": (0.2, float("nan"), 0.2)}, "nan"),
    ],
)
def test_what_cannot_be_built_is_refused(changes, part):
    settings = {"name": NAME, "classes": 4, "mean": MEAN, "std": STD, "channels": 3} | changes
    with pytest.raises(ModelError) as caught:
        pretrained_net.build(**settings)
    assert part in str(caught.value)


@pytest.fixture(scope="module")
def published():
    """A state dict as torchvision publishes them, of another network than ``teacher()`` holds."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return pretrained_net.whole(SMALL).state_dict()


def saved(state):
    data = io.BytesIO()
    torch.save(state, data)
    return data.getvalue()


def record_of(data, record=SMALL):
    """The record as it would be had ``data`` been published."""
    digest = hashlib.sha256(data).hexdigest()
    return dataclasses.replace(record, file=f"{record.torchvision}-{digest[:8]}.pth")


def put(folder, name, data):
    (folder / name).write_bytes(data)
    return folder / name


def load(module, record, file=None):
    progress = list(pretrained_weights.load(module, record, file))
    assert all(isinstance(event, Progress) for event in progress)
    return progress


def holds(module, state):
    mine = module.backbone.state_dict()
    return all(torch.equal(tensor, state[key]) for key, tensor in mine.items())


def refused(record, file):
    """The error, after a look that nothing was changed by it."""
    module = teacher()
    before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    with pytest.raises(ModelError) as caught:
        load(module, record, file)
    assert all(torch.equal(tensor, before[key]) for key, tensor in module.state_dict().items())
    return str(caught.value)


def test_the_users_published_file_is_read_whatever_it_is_called(published, tmp_path):
    data = saved(published)
    module, head = teacher(), teacher().head.weight
    progress = load(module, record_of(data), put(tmp_path, "download (1).pth", data))
    assert holds(module, published)
    assert torch.equal(module.head.weight, head)
    assert not any(p.requires_grad for p in module.backbone.parameters())
    reading = [event for event in progress if event.stage.startswith("reading")]
    assert reading[-1].done == reading[-1].total == len(data)


def test_a_safetensors_file_needs_no_hash(published, tmp_path):
    module = teacher()
    file = put(tmp_path, "net.safetensors", safetensors.torch.save(dict(published)))
    load(module, SMALL, file)
    assert holds(module, published)


def test_the_same_weights_in_another_dress_are_recognised_and_told(published, tmp_path):
    for dressed, part in (
        ({f"module.{k}": t for k, t in published.items()}, "'module.'"),
        ({k: t.double() if t.is_floating_point() else t for k, t in published.items()}, "64-bit"),
    ):
        module = teacher()
        file = put(tmp_path, "net.safetensors", safetensors.torch.save(dressed))
        told = list(pretrained_weights.load(module, SMALL, file))
        assert holds(module, published)
        assert part in " ".join(getattr(event, "text", "") for event in told)


def test_an_older_file_without_batch_counters_fits(published, tmp_path):
    """Files from before batch norm counted its batches lack the counters."""
    plain = OrderedDict((k, t) for k, t in published.items() if "num_batches" not in k)
    assert len(plain) < len(published)
    data = saved(plain)
    module = teacher()
    load(module, record_of(data), put(tmp_path, "older.pth", data))
    assert holds(module, published)


def test_another_pickle_is_refused_unopened(published, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened"))
    told = refused(SMALL, put(tmp_path, "net.pth", saved(published)))
    assert "SHA-256" in told
    assert "047dcff4" in told
    assert SMALL.url in told


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize(
    "bomb", [saved({"a": Bomb()}), pickle.dumps(Bomb(), 2)], ids=["zip", "bare"]
)
def test_a_pickle_with_a_forged_hash_runs_no_code(bomb, tmp_path):
    assert "cannot be read" in refused(record_of(bomb), put(tmp_path, "net.pth", bomb))


def test_a_cut_file_is_refused(published, tmp_path):
    data = safetensors.torch.save(dict(published))
    for length in (4, 100, len(data) - 1):
        file = put(tmp_path, "net.safetensors", data[:length])
        assert "cannot be read" in refused(SMALL, file)


def test_weights_that_do_not_fit_are_refused(published, tmp_path):
    key = "features.0.0.weight"
    wrong = {
        "is missing ('features.0.0.weight')": {k: t for k, t in published.items() if k != key},
        "1 in the file is left over ('more')": {**published, "more": torch.zeros(1)},
        "has another shape ('features.0.0.weight' (16, 1, 3, 3) and not": {
            **published,
            key: published[key][:, :1].clone(),
        },
        "NaN": {**published, key: torch.full_like(published[key], float("nan"))},
        "int64": {**published, key: published[key].long()},
    }
    for part, state in wrong.items():
        file = put(tmp_path, "net.safetensors", safetensors.torch.save(state))
        assert part in refused(SMALL, file)
    for value in ([1, 2], {"state_dict": dict(published)}, {**published, key: 3}):
        data = saved(value)
        assert "do not fit" in refused(record_of(data), put(tmp_path, "net.pth", data))


def test_other_files_are_refused(tmp_path):
    assert "called 'net.bin'" in refused(SMALL, put(tmp_path, "net.bin", b"1"))
    assert "cannot be read" in refused(SMALL, tmp_path / "missing.pth")
    large = put(tmp_path, "large.safetensors", b"")
    with large.open("r+b") as file:
        file.truncate(5 * SMALL.parameters + 10**7)
    assert "bytes and not" in refused(SMALL, large)
    assert "were to go into" in refused(PRETRAINED["torchvision-resnet18"], large)


@pytest.mark.parametrize("record", PRETRAINED.values(), ids=PRETRAINED)
def test_the_published_files_are_within_the_limit(record):
    """torchvision tells their sizes in MB of 1024 x 1024 bytes."""
    from kdlab.full_run.recipe.pretrained_weights import HEADER_BYTES

    size = weights_of(record).meta["_file_size"] * 1024**2
    assert 4 * record.parameters < size < 4 * record.parameters + HEADER_BYTES


@pytest.fixture
def network(monkeypatch, tmp_path):
    """(what urlopen sends under any address, the addresses that were asked)."""
    sent, asked = [], []

    def answer(request, timeout):
        assert timeout > 0
        asked.append(request.full_url)
        if not sent:
            raise urllib.error.URLError("name or service not known")
        response = io.BytesIO(sent[0])
        response.headers = email.message.Message()
        response.headers["Content-Length"] = str(len(sent[0]))
        return response

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    monkeypatch.setenv("KDLAB_DATA", str(tmp_path / "data"))
    return sent, asked


def test_without_a_file_the_published_one_is_downloaded_once(network, published, tmp_path):
    sent, asked = network
    sent.append(saved(published))
    record = record_of(sent[0])
    for _ in range(2):
        module = teacher()
        progress = load(module, record)
        assert holds(module, published)
        assert asked == [record.url]
    folder = tmp_path / "data" / "torchvision"
    assert [path.name for path in folder.iterdir()] == [record.file]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["torchvision"]
    assert not any(event.stage.startswith("downloading") for event in progress)
    (folder / record.file).write_bytes(b"damaged")
    progress = load(teacher(), record)
    loaded = [event for event in progress if event.stage == f"downloading {record.file}"]
    assert loaded[-1].done == loaded[-1].total == len(sent[0])
    assert (folder / record.file).read_bytes() == sent[0]


def test_a_download_that_fails_or_lies_leaves_nothing(network, tmp_path):
    sent, _ = network
    for reason in ("name or service not known", "SHA-256 differs"):
        with pytest.raises(DownloadError) as caught:
            load(teacher(), SMALL)
        assert reason in caught.value.received
        assert str(tmp_path / "data" / "torchvision") in caught.value.todo
        assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []
        sent.append(b"a page that asks to log in")


def test_a_data_folder_that_takes_no_file_is_named(network, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="KDLAB_DATA"):
        load(teacher(), SMALL)
