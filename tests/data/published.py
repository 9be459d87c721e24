"""A network that publishes a few small images under the names of MNIST and CIFAR-10."""

import email.message
import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import urllib.error
from dataclasses import dataclass, field

import numpy as np
import torchvision

from kdlab import data


@dataclass
class Network:
    """What urlopen answers: the files by their name at the end of the address."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken_hosts: set[str] = field(default_factory=set)

    def open(self, request, timeout):
        assert timeout > 0
        self.asked.append(request.full_url)
        if request.host in self.broken_hosts or not self.files:
            raise urllib.error.URLError("name or service not known")
        content = self.files[request.full_url.rsplit("/", 1)[1]]
        response = io.BytesIO(content)
        response.headers = email.message.Message()
        response.headers["Content-Length"] = str(len(content))
        return response


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx(array):
    """The format of MNIST's files."""
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def publish_mnist(network, monkeypatch, kind=torchvision.datasets.MNIST):
    """Twenty training and ten test images, published where the real ones are."""
    rng = np.random.default_rng(3)
    arrays = {
        "train-images-idx3-ubyte": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": (np.arange(20) % 10).astype(np.uint8),
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(10).astype(np.uint8),
    }
    network.files = {f"{name}.gz": gzip.compress(idx(array)) for name, array in arrays.items()}
    monkeypatch.setattr(kind, "resources", [(n, md5(c)) for n, c in network.files.items()])
    return arrays


class Python2Dtype:
    """numpy.dtype as NumPy pickled it when CIFAR was published: align is 0, not False."""

    def __reduce__(self):
        return np.dtype, ("u1", 0, 1)


def publish_cifar(network, monkeypatch):
    rng = np.random.default_rng(4)
    names = ["data_batch_1", "data_batch_2", "test_batch"]
    batches = {
        name: {
            "data": rng.integers(0, 256, (20, 3072), dtype=np.uint8),
            "labels": [row % 10 for row in range(20)],
            "dtype": Python2Dtype(),
        }
        for name in names
    }
    files = {name: pickle.dumps(batch, protocol=2) for name, batch in batches.items()}
    files["batches.meta"] = pickle.dumps({"label_names": list(data.DATASETS["cifar10"].classes)})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    kind = torchvision.datasets.CIFAR10
    network.files = {kind.filename: packed.getvalue()}
    monkeypatch.setattr(kind, "tgz_md5", md5(packed.getvalue()))
    monkeypatch.setattr(kind, "train_list", [[n, md5(files[n])] for n in names[:2]])
    monkeypatch.setattr(kind, "test_list", [[n, md5(files[n])] for n in names[2:]])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": md5(files["batches.meta"])})
    return batches
