"""Where a run resumes from: one safetensors file, written aside and renamed.

It holds the weights, running statistics and momentum of the stage in training; in its metadata, as
JSON, which stage and epoch that is, the best accuracy so far, the results of the stages that are
done with the digests of their weights, and how long the log of events was.
The schedule and everything random follow from the epoch's number. Never a pickle.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import safetensors
import safetensors.torch
import torch
from pydantic import ConfigDict, PlainSerializer, PlainValidator
from safetensors import SafetensorError
from torch import Tensor

from kdlab.errors import StoreError
from kdlab.events import StageDone, from_json
from kdlab.storage import damage
from kdlab.system import files, records
from kdlab.system.records import Amount, Count

NAME = "checkpoint.safetensors"
MOST_BYTES = 1 << 40
_NO_CHECKPOINT = (ValueError, KeyError, TypeError, AttributeError, RuntimeError, ArithmeticError)
"""What reading metadata or tensors that are none can cause; RecursionError is a RuntimeError."""


def _stage(line: str) -> StageDone:
    told = from_json(line)
    if not isinstance(told, StageDone):
        raise ValueError(f"a stage that is done is told as {line[:40]!r}")
    return told


@dataclass(frozen=True)
class Kept:
    """A stage that is done: its result, a line of the log, and the digest of its file of weights,
    "" where that is not known."""

    told: Annotated[StageDone, PlainValidator(_stage), PlainSerializer(StageDone.to_json)]
    digest: str


@dataclass(frozen=True, kw_only=True)
class CheckpointMeta:
    """After ``epoch`` of stage number ``stage``; ``seconds`` and ``training_seconds`` (without
    evaluation) are those of this stage, ``log`` the length of the log, in bytes, and ``log_digest``
    what :func:`kdlab.full_run.run.log.digest` makes of it. ``done`` are the stages before this one.
    Earlier versions of the lab wrote neither digest nor stages: "" and None."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fingerprint: str
    precision: str
    stage: Count
    epoch: Count
    best: Amount
    best_epoch: Count
    seconds: Amount
    training_seconds: Amount
    log: Count
    log_digest: str = ""
    done: tuple[Kept, ...] | None = None


def write(folder: Path, state: dict[str, Tensor], meta: CheckpointMeta) -> None:
    """Replace the checkpoint at one blow; OSError where the disk refuses, and the old one stays."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in state.items()}
    said = records.to_json(meta)
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
            raise ValueError("it is not what was written: at least one bit has changed")
    except (StoreError, OSError, SafetensorError, *_NO_CHECKPOINT) as error:
        if files.refused(error):
            raise damage.unreadable(path, error) from None
        why = str(error)[:120] or type(error).__name__
        raise not_ours(f"{path} cannot be read ({why})") from None
    if meta.fingerprint in earlier:
        raise StoreError(
            f"{path} was written by an earlier version of the lab, in which this method gave "
            "different numbers",
            "one loss for a whole run",
            "Start a new run in another folder (a finished teacher is reused), or resume this one "
            "with the version that started it",
        )
    if meta.fingerprint != fingerprint:
        raise StoreError(
            f"{path} belongs to another configuration than config.json beside it",
            "the configuration that the run started with",
            "Restore the old config.json, or start a new run in another folder",
        )
    return state, meta


def _from_json(text: str) -> CheckpointMeta:
    """What :func:`kdlab.system.records.to_json` made; one of _NO_CHECKPOINT or StoreError where it
    cannot be such, however it came to be."""
    meta = records.from_json(CheckpointMeta, text)
    if meta.done is not None and len(meta.done) != meta.stage:
        raise ValueError(f"it has {len(meta.done)} results before stage {meta.stage}")
    return meta


def not_ours(received: str) -> StoreError:
    """The error for a checkpoint that this run did not write."""
    return StoreError(
        received,
        "the checkpoint that this run wrote",
        "Delete the checkpoint: the run starts again",
    )


def _checksum(state: dict[str, Tensor], meta: str) -> str:
    """Of all that a checkpoint says: a changed bit would train on, to other weights."""
    found = hashlib.blake2b(meta.encode(), digest_size=16)
    for name in sorted(state):
        tensor = state[name]
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()
