"""What is still to be downloaded, held against what torchvision itself names."""

import pytest
import torchvision

from kdlab.data import DATASETS, downloads

KINDS = {
    "mnist": torchvision.datasets.MNIST,
    "fashion-mnist": torchvision.datasets.FashionMNIST,
    "cifar10": torchvision.datasets.CIFAR10,
    "cifar100": torchvision.datasets.CIFAR100,
}


@pytest.mark.parametrize("name", KINDS)
def test_files_are_those_that_torchvision_reads(name):
    kind, archives = KINDS[name], downloads.ARCHIVES[name]
    if "cifar" in name:
        (archive,) = archives
        assert archive.path == kind.filename
        names = {entry[0] for entry in kind.train_list + kind.test_list}
        names |= {kind.meta["filename"]}
        assert set(archive.unpacked) == {f"{kind.base_folder}/{each}" for each in names}
        return
    published = [f"{kind.__name__}/raw/{file}" for file, _ in kind.resources]
    assert [archive.path for archive in archives] == published
    assert [archive.unpacked for archive in archives] == [(p[: -len(".gz")],) for p in published]


@pytest.mark.parametrize("name", KINDS)
def test_the_size_is_the_one_that_the_data_set_tells(name):
    megabytes = sum(archive.bytes for archive in downloads.ARCHIVES[name]) / 1e6
    (told,) = [word for word in DATASETS[name].about.split("(") if "MB" in word]
    assert abs(float(told.split()[0]) - megabytes) < 1


def test_what_is_here_is_not_downloaded_again(tmp_path):
    whole = downloads.missing_bytes("mnist", tmp_path)
    assert whole == 11_594_722
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").touch()
    assert downloads.missing_bytes("mnist", tmp_path) == whole - 9_912_422
    (raw / "t10k-labels-idx1-ubyte.gz").touch()  # put there by hand
    assert downloads.missing_bytes("mnist", tmp_path) == whole - 9_912_422 - 4_542
    assert downloads.missing_bytes("digits", tmp_path) == 0
