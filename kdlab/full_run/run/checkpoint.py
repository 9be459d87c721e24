"""Where a run resumes from: one safetensors file, written aside and renamed.

It holds the weights, running statistics and momentum of the stage in training; in its metadata, as
JSON, which stage and epoch that is, the best accuracy so far, the results of the stages that are
done with the digests of their weights, and how long the log of events was.
The schedule and everything random follow from the epoch's number. Never a pickle.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kdlab.errors import StoreError
from kdlab.events import StageDone, from_json
from kdlab.storage import damage
from kdlab.system import files

NAME = "checkpoint.safetensors"
MOST_BYTES = 1 << 40
_NO_CHECKPOINT = (ValueError, KeyError, TypeError, AttributeError, RuntimeError, ArithmeticError)
"""What reading metadata or tensors that are none can cause; RecursionError is a RuntimeError."""


@dataclass(frozen=True)
class Kept:
    """A stage that is done: its result, and the digest of its file of weights, "" where that is not
    known."""

    told: StageDone
    digest: str


@dataclass(frozen=True, kw_only=True)
class CheckpointMeta:
    """After ``epoch`` of stage number ``stage``; ``seconds`` and ``training_seconds`` (without
    evaluation) are those of this stage, ``log`` the length of the log, in bytes, and ``log_digest``
    what :func:`kdlab.full_run.run.log.digest` makes of it. ``done`` are the stages before this one.
    Earlier versions of the lab wrote neither digest nor stages: "" and None."""

    fingerprint: str
    precision: str
    stage: int
    epoch: int
    best: float
    best_epoch: int
    seconds: float
    training_seconds: float
    log: int
    log_digest: str = ""
    done: tuple[Kept, ...] | None = None


def write(folder: Path, state: dict[str, Tensor], meta: CheckpointMeta) -> None:
    """Replace the checkpoint at one blow; OSError where the disk refuses, and the old one stays."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in state.items()}
    said = _to_json(meta)
    told = {"mark": said, "checksum": _checksum(tensors, said)}
    files.write(folder / NAME, safetensors.torch.save(tensors, told))


def read(
    folder: Path, fingerprint: str, earlier: frozenset[str] = frozenset()
) -> tuple[dict[str, Tensor], CheckpointMeta] | None:
    """The checkpoint, None where there is none; StoreError where it is damaged or belongs to
    another configuration, or was begun when the lab computed something else by this one, whose
    fingerprint then was one of ``earlier``."""
    path = folder / NAME
    if not os.path.lexists(path):
        return None
    try:
        with files.regular(path, MOST_BYTES):
            pass
        with safetensors.safe_open(path, "pt") as file:
            told = file.metadata() or {}
            meta = _from_json(told["mark"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if "checksum" in told and told["checksum"] != _checksum(state, told["mark"]):
            raise ValueError("it is not what was written: a bit has changed, or more")
    except (StoreError, OSError, SafetensorError, *_NO_CHECKPOINT) as error:
        if files.refused(error):
            raise damage.unreadable(path, error) from None
        raise StoreError(
            f"{path} cannot be read ({str(error)[:120] or type(error).__name__})",
            "the checkpoint that this run wrote",
            "Delete the checkpoint: the run begins anew",
        ) from None
    if meta.fingerprint in earlier:
        raise StoreError(
            f"{path} was begun with an earlier version of the lab, in which this method gave other "
            "numbers",
            "one loss for a whole run",
            "Begin a new run in another folder (a teacher that was finished is taken over), or "
            "resume this one with the version that began it",
        )
    if meta.fingerprint != fingerprint:
        raise StoreError(
            f"{path} belongs to another configuration than config.json beside it",
            "the configuration with which the run began",
            "Put the old config.json back, or begin a new run in another folder",
        )
    return state, meta


def _to_json(meta: CheckpointMeta) -> str:
    plain = {f.name: getattr(meta, f.name) for f in dataclasses.fields(meta)}
    if meta.done is not None:
        plain["done"] = [{"told": kept.told.to_json(), "digest": kept.digest} for kept in meta.done]
    return json.dumps(plain)


def _from_json(text: str) -> CheckpointMeta:
    """What :func:`_to_json` made; one of _NO_CHECKPOINT or StoreError where it cannot be such,
    however it came to be."""
    plain = json.loads(text)
    if plain.get("done") is not None:
        plain["done"] = tuple(Kept(_stage(d["told"]), d["digest"]) for d in plain["done"])
    meta = CheckpointMeta(**plain)
    _check(meta)
    return meta


def _stage(line: str) -> StageDone:
    told = from_json(line)
    if not isinstance(told, StageDone):
        raise ValueError(f"a stage that is done is told as {line[:40]!r}")
    return told


def _checksum(state: dict[str, Tensor], meta: str) -> str:
    """Of all that a checkpoint says: a changed bit would train on, to other weights."""
    found = hashlib.blake2b(meta.encode(), digest_size=16)
    for name in sorted(state):
        tensor = state[name]
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def _check(meta: CheckpointMeta) -> None:
    """ValueError where they cannot be a checkpoint's."""
    words = [meta.fingerprint, meta.precision, meta.log_digest]
    words += [kept.digest for kept in meta.done or ()]
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a name or a digest is none")
    whole = {n: getattr(meta, n) for n in ("stage", "epoch", "best_epoch", "log")}
    real = {n: getattr(meta, n) for n in ("best", "seconds", "training_seconds")}
    for name, value in whole.items():
        if type(value) is not int or value < 0:
            raise ValueError(f"its {name} is {value!r:.40}")
    if meta.done is not None and len(meta.done) != meta.stage:
        raise ValueError(f"it has {len(meta.done)} results before stage {meta.stage}")
    for name, value in real.items():
        if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
            raise ValueError(f"its {name} is {value!r:.40}")
