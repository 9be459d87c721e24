"""torchvision's published weights: fetched or brought by the user, checked, and only then read.

A .pth file is a pickle. It is opened only if its SHA-256 begins as published, and then with
torch's reader that makes tensors and nothing else. Both are needed: the eight digits that
torchvision publishes tell a damaged or another file, but 32 bits stop nobody who forges one.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kdlab.data.fetch import Remote, fetch, unwritable
from kdlab.errors import ModelError
from kdlab.events import Progress, Remark
from kdlab.full_run.recipe import teacher_file
from kdlab.full_run.recipe.pretrained import Record
from kdlab.full_run.recipe.pretrained_net import Pretrained, whole
from kdlab.models import foreign, header, matching, misfit, weights
from kdlab.system import files
from kdlab.system.paths import data_root

FOLDER = "torchvision"
"""In the data folder; a file with the published name that is put there is not downloaded."""

HEADER_BYTES = 4 * 1024**2
"""Room in a file beside its parameters: names, and the statistics of batch norm."""

CHUNK_BYTES = 16 * 1024**2


def load(module: Pretrained, record: Record, file: Path | None) -> Iterator[Progress | Remark]:
    """Fill ``module.backbone`` from ``file``, or from the published file where it is None.

    Yields bytes read or downloaded, and what was done to read the file. ModelError: a network that
    is not ``record``'s, a file that is too large, not the published one (.pth), damaged, or of
    weights that do not fit. DownloadError, StoreError: as :func:`kdlab.data.fetch.fetch`. The
    backbone changes only where all is well.
    """
    if module.record.torchvision != record.torchvision:
        raise ModelError(
            f"the weights of {record.name} were to go into {module.record.name}",
            f"the weights of {module.record.name}",
            "Load the weights of the network that was built",
        )
    data = yield from (_published(record) if file is None else _brought(file, record))
    yield Progress(stage=f"loading {record.label}")
    pickled = file is None or file.suffix.lower() != ".safetensors"
    if pickled:
        state = _unpickled(data, record)
    else:
        state, notes = _plain(data, record)
        for text in notes:
            yield Remark(text=text)
    module.backbone.load_state_dict(_fitting(state, record))


def check(data: bytes, record: Record) -> list[str]:
    """What is to be told of a safetensors file's bytes; ModelError where they are not ``record``'s
    network."""
    state, notes = _plain(data, record)
    _fitting(state, record)
    return notes


def _published(record: Record) -> Generator[Progress, None, bytes]:
    """The published file's bytes, from the data folder or the network."""
    root = data_root()
    path = root / FOLDER / record.file
    try:
        if path.is_file():
            yield Progress(stage=f"checking {record.file}")
            if _is_published(data := path.read_bytes(), record):
                return data
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under the name that the data sets' downloads use too, which sweep away what was killed.
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=root) as aside:
            part = Path(aside, record.file)
            remote = Remote(record.file, record.sha256_start, (record.url,), "sha256")
            yield from fetch(remote, part.parent, path.parent)
            data = part.read_bytes()
            part.replace(path)
            return data
    except OSError as error:
        raise unwritable(root, error) from None


def _brought(file: Path, record: Record) -> Generator[Progress, None, bytes]:
    """The bytes of the user's file, a .pth only if it is the published one."""
    if file.suffix.lower() not in (".pth", ".safetensors"):
        raise _refused(f"the file of weights is called {file.name[:80]!r}", record)
    known = teacher_file.told(file)
    wide = known is not None and "F64" in known.types.values()
    limit = (8 if wide else 4) * record.parameters + HEADER_BYTES
    data = bytearray()
    try:
        with files.regular(file, sys.maxsize) as source:
            total = source.seek(0, 2)
            source.seek(0)
            if total > limit:
                raise _refused(
                    f"{file.name[:80]} has {total:,} bytes and not {limit:,} at most", record
                )
            while chunk := source.read(min(CHUNK_BYTES, limit + 1 - len(data))):
                data += chunk
                yield Progress(stage=f"reading {file.name}", done=len(data), total=total)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(f"{file.name[:80]} cannot be read ({reason})", record) from None
    # What was hashed is what is read: the file itself is not opened a second time.
    whole_file = bytes(data)
    if file.suffix.lower() == ".pth" and not _is_published(whole_file, record):
        found = hashlib.sha256(whole_file).hexdigest()[: len(record.sha256_start)]
        raise _refused(
            f"{file.name[:80]} is not the published file: its SHA-256 begins with {found} and not "
            f"with {record.sha256_start}",
            record,
        )
    return whole_file


def _is_published(data: bytes, record: Record) -> bool:
    return hashlib.sha256(data).hexdigest().startswith(record.sha256_start)


def _unpickled(data: bytes, record: Record) -> Any:
    """The state dict in a .pth whose hash was found right."""
    try:
        return torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, ValueError, LookupError, EOFError) as error:
        reason = str(error).partition("\n")[0][:120].rstrip(". ")
        raise _refused(f"the weights cannot be read ({reason})", record) from None


def _plain(data: bytes, record: Record) -> tuple[Any, list[str]]:
    """The state dict in a safetensors file, which can hold tensors only, under torchvision's names
    where it can be told what has lengthened them; and what was done to read it."""
    with torch.device("meta"):
        own = {name: tuple(tensor.shape) for name, tensor in whole(record).state_dict().items()}
    try:
        state = weights.read_tensors(data)
        renamed = foreign.recognise({name: tuple(t.shape) for name, t in state.items()}, own)
        if not renamed.fits:  # older names, which torchvision knows
            return state, []
        return weights.under_names(state, renamed, own)
    except ModelError as error:
        raise _refused(error.received, record) from None


def _fitting(state: Any, record: Record) -> dict[str, Tensor]:
    """The backbone's part of a published state dict, under the names of today's torchvision.

    torchvision's modules know the older names and the counters that older files lack, so they do
    the reading: into a network without memory of its own, which then holds the file's tensors.
    """
    with torch.device("meta"):
        module = whole(record)
    try:
        module.load_state_dict(state, assign=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise _refused(
            f"the weights do not fit {record.label}: {_differences(state, module, error)}", record
        ) from None
    for key, tensor in module.state_dict().items():
        if not (tensor.is_floating_point() or matching.is_counter(key)):
            raise _refused(f"the weights {key} are numbers of type {tensor.dtype}", record)
        if not torch.isfinite(tensor).all():
            raise _refused(f"the weights {key} hold NaN or infinite numbers", record)
    head = record.head + "."
    return {key: t for key, t in module.state_dict().items() if not key.startswith(head)}


def _differences(state: Any, module: nn.Module, error: Exception) -> str:
    """In which tensors a state dict is another one than the module's; what torch says of it where
    it is none."""
    if isinstance(state, dict) and all(isinstance(each, Tensor) for each in state.values()):
        theirs, own = (
            {str(k): tuple(t.shape) for k, t in s.items()} for s in (state, module.state_dict())
        )
        if found := misfit.sentence(theirs, own, "the network"):
            return found
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[min(1, len(lines) - 1)][:160].rstrip(". ") if lines else type(error).__name__


def _refused(received: str, record: Record) -> ModelError:
    return ModelError(
        received,
        f"the published file {record.file}, or the same weights as a .safetensors file",
        f"Download {record.url} again, or start without a file of weights; a .pth of your own "
        f"becomes a safetensors file with\n\n{header.conversion('')}\n\nThen load that file",
    )
