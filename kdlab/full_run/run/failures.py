"""How a full run ends early: a named state, and a sentence that says what to change."""

from __future__ import annotations

import errno
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from kdlab.errors import ConfigError, DataError, KdlabError, ModelError, StoreError
from kdlab.full_run.run.status import Failure

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
SMALLEST = 8
"""A batch below this is not offered."""


class EndedEarlyError(Exception):
    """A run that ended early: ``failure`` is its name, ``reason`` the sentence."""

    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason


@contextmanager
def named() -> Iterator[None]:
    """Turn what is raised inside into an EndedEarlyError with a name and a sentence.

    For memory the sentence is :func:`out_of_memory`'s, which must wait until the failed step's
    memory is free again: as long as the error is handled, its traceback holds all of it.
    """
    try:
        yield
    except EndedEarlyError:
        raise
    except KdlabError as error:
        raise EndedEarlyError(_name(error), str(error)) from error
    except OSError as error:
        if error.errno in _FULL:
            raise EndedEarlyError("disk", disk_full(error)) from error
        raise EndedEarlyError("crash", crashed(error)) from error
    except Exception as error:
        if is_memory(error):
            raise EndedEarlyError("memory", str(error)[:300]) from error
        raise EndedEarlyError("crash", crashed(error)) from error


_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "unable to find an engine",
)
"""How torch, CUDA, cuBLAS, cuDNN and the CPU's allocator say it."""


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory has run out, on a GPU or on the CPU."""
    text = str(error).lower()
    told = isinstance(error, RuntimeError) and any(words in text for words in _NO_MEMORY)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or told


def _name(error: KdlabError) -> Failure:
    if isinstance(error, DataError):
        return "data"
    if isinstance(error, ModelError):
        return "network"
    if isinstance(error, StoreError):
        return "folder"
    return "settings" if isinstance(error, ConfigError) else "crash"


def out_of_memory(batch_size: int, fits: Callable[[int], bool] | None) -> str:
    """The sentence; with ``fits``, halves of the batch are tried until one does."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    smaller = batch_size // 2
    while fits is not None and smaller >= SMALLEST and not fits(smaller):
        smaller //= 2
    if fits is None or smaller < SMALLEST:
        advice = "Choose a smaller network or smaller images"
        if batch_size > SMALLEST and fits is None:
            advice = f"Set batch_size to {max(SMALLEST, batch_size // 2)}, or {advice.lower()}"
    else:
        advice = f"Set batch_size to {smaller}, which was tried and fits"
    return (
        f"The memory of the device has run out with batch_size {batch_size}. Allowed: what fits "
        f"into it. {advice}; view_cache off saves memory, too."
    )


def disk_full(error: OSError) -> str:
    """The sentence; what was on the disk before is still whole."""
    return (
        f"The disk takes no more data ({error.strerror}). Allowed: a disk with free space. Free "
        "some space and resume: the run continues from its last epoch."
    )


def not_a_number(stage: str, seed: int, epoch: int) -> str:
    """The sentence for a loss that is infinite or NaN."""
    which = "teacher_learning_rate" if stage == "teacher" else "learning_rate"
    return (
        f"The loss of {stage}, seed {seed}, became NaN in epoch {epoch}. Allowed: a "
        f"finite loss. Lower {which} to a tenth, or set precision to fp32."
    )


def crashed(error: BaseException) -> str:
    """The sentence for what nobody foresaw."""
    first = (str(error).strip().splitlines() or [""])[0][:300]
    return (
        f"{type(error).__name__}: {first}. The log in the run's folder says where. Resume "
        "continues from the last epoch."
    )
