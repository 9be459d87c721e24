"""Where a run goes on from: one safetensors file, written aside and renamed.

It holds the weights, running statistics and momentum of the stage in training; in its metadata, as
JSON, which stage and epoch that is, the best accuracy so far, and how long the log of events was.
The schedule and everything random follow from the epoch's number. Never a pickle.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kdlab import files
from kdlab.errors import StoreError

NAME = "checkpoint.safetensors"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """After ``epoch`` of stage number ``stage``; ``seconds`` and ``training_seconds`` (without
    evaluation) are those of this stage, ``log`` the length of the log, in bytes."""

    fingerprint: str
    precision: str
    stage: int
    epoch: int
    best: float
    best_epoch: int
    seconds: float
    training_seconds: float
    log: int


def write(folder: Path, state: dict[str, Tensor], mark: Mark) -> None:
    """Replace the checkpoint at one blow; OSError where the disk refuses, and the old one stays."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in state.items()}
    said = json.dumps(dataclasses.asdict(mark))
    told = {"mark": said, "checksum": _checksum(tensors, said)}
    files.write(folder / NAME, safetensors.torch.save(tensors, told))


def read(
    folder: Path, fingerprint: str, earlier: frozenset[str] = frozenset()
) -> tuple[dict[str, Tensor], Mark] | None:
    """The checkpoint, None where there is none; StoreError where it is damaged or belongs to
    another configuration, or was begun when the lab computed something else by this one, whose
    fingerprint then was one of ``earlier``."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        with safetensors.safe_open(path, "pt") as file:
            told = file.metadata() or {}
            mark = Mark(**json.loads(told["mark"]))
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if "checksum" in told and told["checksum"] != _checksum(state, told["mark"]):
            raise ValueError("it is not what was written: a bit has changed, or more")
        _check(mark)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} cannot be read ({str(error)[:120] or type(error).__name__})",
            "the checkpoint that this run wrote",
            "Delete the checkpoint: the run begins anew",
        ) from None
    if mark.fingerprint in earlier:
        raise StoreError(
            f"{path} was begun with an earlier version of the lab, in which this method gave other "
            "numbers",
            "one loss for a whole run",
            "Begin a new run in another folder (a teacher that was finished is taken over), or "
            "resume this one with the version that began it",
        )
    if mark.fingerprint != fingerprint:
        raise StoreError(
            f"{path} belongs to another configuration than config.json beside it",
            "the configuration with which the run began",
            "Put the old config.json back, or begin a new run in another folder",
        )
    return state, mark


def _checksum(state: dict[str, Tensor], mark: str) -> str:
    """Of all that a checkpoint says: a changed bit would train on, to other weights."""
    found = hashlib.blake2b(mark.encode(), digest_size=16)
    for name in sorted(state):
        tensor = state[name]
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def _check(mark: Mark) -> None:
    """ValueError where the mark cannot be one, however it came to be."""
    whole = {n: getattr(mark, n) for n in ("stage", "epoch", "best_epoch", "log")}
    real = {n: getattr(mark, n) for n in ("best", "seconds", "training_seconds")}
    for name, value in whole.items():
        if type(value) is not int or value < 0:
            raise ValueError(f"its {name} is {value!r:.40}")
    for name, value in real.items():
        if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
            raise ValueError(f"its {name} is {value!r:.40}")
