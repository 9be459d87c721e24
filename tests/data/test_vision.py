import io
import os
import pickle
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from published import Network, publish_cifar, publish_mnist

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data import fetch
from kdlab.errors import DownloadError, StoreError
from kdlab.events import Progress

SHARED = Path(__file__).parents[2] / "../shared/data"


@pytest.fixture
def network(monkeypatch, tmp_path):
    network = Network()
    monkeypatch.setattr(urllib.request, "urlopen", network.open)
    monkeypatch.setenv("KDLAB_DATA", str(tmp_path / "data"))
    return network


def load(**settings):
    """(progress, split)"""
    *progress, split = data.load(DataConfig(**settings))
    assert all(isinstance(event, Progress) for event in progress)
    return progress, split


def rows(images):
    return sorted(image.tobytes() for image in np.asarray(images))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("mnist", torchvision.datasets.MNIST), ("fashion-mnist", torchvision.datasets.FashionMNIST)],
)
def test_mnist_is_downloaded_once_with_progress(network, monkeypatch, tmp_path, name, kind):
    arrays = publish_mnist(network, monkeypatch, kind)
    progress, split = load(dataset=name)
    downloads = [event for event in progress if event.stage.startswith("downloading")]
    assert len(network.asked) == 4
    assert [event.stage.split()[1] for event in downloads] == list(network.files)
    assert all(0 < event.done == event.total for event in downloads)
    assert split.classes == data.DATASETS[name].classes
    assert rows(split.pixels(split.test.inputs)) == rows(arrays["t10k-images-idx3-ubyte"])
    cut = torch.cat([split.train.inputs, split.validation.inputs])
    assert rows(split.pixels(cut)) == rows(arrays["train-images-idx3-ubyte"])
    raw = tmp_path / "data" / kind.__name__ / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(arrays)
    assert [path.name for path in (tmp_path / "data").iterdir()] == [kind.__name__]
    assert len(load(dataset=name)[0]) == 1
    assert len(network.asked) == 4


def test_a_mirror_that_fails_or_lies_is_passed_over(network, monkeypatch):
    publish_mnist(network, monkeypatch)
    kind = torchvision.datasets.MNIST
    monkeypatch.setattr(kind, "mirrors", ["http://gone.invalid/", "http://good.invalid/"])
    network.broken_hosts = {"gone.invalid"}
    load(dataset="mnist")
    assert [url.split("/")[2] for url in network.asked] == ["gone.invalid", "good.invalid"] * 4


def test_offline_the_error_names_files_and_folder(network, tmp_path):
    folder = tmp_path / "data" / "MNIST" / "raw"
    with pytest.raises(DownloadError) as caught:
        load(dataset="mnist")
    assert "name or service not known" in caught.value.received
    assert "t10k-labels-idx1-ubyte.gz" in caught.value.allowed
    assert str(folder) in caught.value.allowed
    assert "KDLAB_DATA" in caught.value.todo
    assert list(folder.iterdir()) == []
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["MNIST"]


def test_files_put_there_by_hand_need_no_network(network, monkeypatch, tmp_path):
    publish_mnist(network, monkeypatch)
    folder = tmp_path / "data" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name, content in network.files.items():
        (folder / name).write_bytes(content)
    network.files = {}
    _, split = load(dataset="mnist")
    assert network.asked == []
    assert len(split.test.targets) == 10


def test_what_the_source_sends_is_checked(network, monkeypatch):
    publish_mnist(network, monkeypatch)
    network.files["t10k-labels-idx1-ubyte.gz"] = b"<html>please log in</html>"
    with pytest.raises(DownloadError, match=r"t10k-labels.*MD5 differs"):
        load(dataset="mnist")


def test_a_source_that_never_stops_is_left(network, monkeypatch):
    publish_mnist(network, monkeypatch)
    monkeypatch.setattr(fetch, "MAX_BYTES", 1000)
    with pytest.raises(DownloadError, match="more than 0 MB"):
        load(dataset="mnist")


@pytest.mark.parametrize("keep", [0, 8, 100])
def test_a_file_cut_short_is_fetched_again(network, monkeypatch, tmp_path, keep):
    publish_mnist(network, monkeypatch)
    load(dataset="mnist")
    for name in ("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        path = tmp_path / "data" / "MNIST" / "raw" / name
        path.write_bytes(path.read_bytes()[: min(keep, path.stat().st_size - 1)])
    _, split = load(dataset="mnist")
    assert len(network.asked) == 8
    assert len(split.test.targets) == 10


def test_stopping_a_download_leaves_nothing_behind(network, monkeypatch, tmp_path):
    publish_mnist(network, monkeypatch)
    events = data.load(DataConfig(dataset="mnist"))
    assert [next(events).stage.split()[0] for _ in range(2)] == ["reading", "downloading"]
    events.close()
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_folders_of_killed_downloads_are_cleared_away(network, monkeypatch, tmp_path):
    publish_mnist(network, monkeypatch)
    old, young = tmp_path / "data" / ".partial-old", tmp_path / "data" / ".partial-young"
    for path in (old, young):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    load(dataset="mnist")
    assert not old.exists()
    assert young.exists()


def test_two_at_once_both_end_with_whole_files(network, monkeypatch):
    publish_mnist(network, monkeypatch)
    first, second = (data.load(DataConfig(dataset="mnist")) for _ in range(2))
    for _ in range(2):  # into the first download
        next(first)
        next(second)
    (split,) = [item for item in first if not isinstance(item, Progress)]
    (other,) = [item for item in second if not isinstance(item, Progress)]
    assert torch.equal(split.train.inputs, other.train.inputs)


def test_cifar_is_read_through_checked_pickles(network, monkeypatch, tmp_path):
    batches = publish_cifar(network, monkeypatch)
    progress, split = load(dataset="cifar10")
    assert progress[1].stage == "downloading cifar-10-python.tar.gz"
    assert split.shape == (3, 32, 32)
    published = batches["test_batch"]["data"].reshape(-1, 3, 32, 32)
    assert rows(split.pixels(split.test.inputs)) == rows(published)
    row = split.pixels(split.test.inputs)[0].numpy()
    (at,) = np.flatnonzero((published == row).all(axis=(1, 2, 3)))
    assert split.test.targets[0] == batches["test_batch"]["labels"][at]


def test_a_pickle_that_was_changed_is_never_opened(network, monkeypatch, tmp_path):
    publish_cifar(network, monkeypatch)
    load(dataset="cifar10")
    mark = tmp_path / "it ran"

    class Attack:
        def __reduce__(self):
            return Path.touch, (mark,)

    for name in ("data_batch_2", "batches.meta"):
        changed = tmp_path / "data" / "cifar-10-batches-py" / name
        changed.write_bytes(pickle.dumps(Attack()))
        progress, _ = load(dataset="cifar10")
        assert any(event.stage.startswith("downloading") for event in progress)
        assert not mark.exists()


@pytest.mark.parametrize("at", ["root", "raw"])
def test_a_folder_that_cannot_be_written_is_a_sentence(network, monkeypatch, tmp_path, at):
    publish_mnist(network, monkeypatch)
    blocked = tmp_path / "data" if at == "root" else tmp_path / "data" / "MNIST"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where a folder should be")
    with pytest.raises(StoreError, match=r"cannot be written.*KDLAB_DATA"):
        load(dataset="mnist")


def test_a_full_disk_is_a_sentence(network, monkeypatch):
    publish_mnist(network, monkeypatch)
    opened = Path.open

    class Full(io.BytesIO):
        def write(self, chunk):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        Path, "open", lambda self, mode="r": Full() if mode == "wb" else opened(self, mode)
    )
    with pytest.raises(StoreError, match="No space left on device"):
        load(dataset="mnist")


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "MNIST").is_dir(), reason="no shared/data beside the checkout")
def test_the_real_mnist(network, monkeypatch):
    monkeypatch.setenv("KDLAB_DATA", str(SHARED))
    progress, split = load(dataset="mnist")
    assert progress == [Progress(stage="reading MNIST")]
    assert network.asked == []
    assert [len(p.targets) for p in (split.train, split.validation, split.test)] == [
        55_000,
        5_000,
        10_000,
    ]
    assert split.shape == (1, 28, 28)
    # Published: mean 0.1307, deviation 0.3081 of the 60,000 training images.
    assert split.mean[0] == pytest.approx(0.1307, abs=0.0005)
    assert split.std[0] == pytest.approx(0.3081, abs=0.0005)
    # 980 zeros and 1,135 ones are in the published test set.
    assert split.test.targets.bincount()[:2].tolist() == [980, 1135]
    _, few = load(dataset="mnist", train_limit=200)
    assert len(few.train.targets) == 200
    assert few.train.targets.bincount().min() >= 17
