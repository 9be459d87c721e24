"""Several GPUs as one: processes that torchrun started, each with its share of every batch.

The global batch, the learning rate and the statistics of batch norm are those of one process,
whatever the number of processes; a common mistake is to let the batch grow with them (a user of
RepDistiller lost a point on 8 GPUs, issue 3 there). Each process cuts its own rows out of the same
batch, the loss is a sum over them divided by the size of the whole batch, and DDP's mean over
processes is undone by a factor.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce  # with a gradient, a sum as well
from torch.distributed.rendezvous import rendezvous

from kdlab.full_run.engine import torchrun

PATIENCE = timedelta(minutes=30)
"""A process may wait so long for the others, of which the first also reads and writes files."""
MEETING = timedelta(minutes=5)
"""... and so long for them to come at all. Torchrun starts all at once, and ends all where one of
them fails; without it they are started by hand, or the variables are those of an earlier job."""


@dataclass(frozen=True)
class ProcessGroup:
    """This process's place: ``rank`` of ``size``."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """The one that writes events and files."""
        return self.rank == 0

    def share(self, count: int) -> tuple[int, int]:
        """Which rows of a batch of ``count`` are this process's: from, to. A batch too small to
        share out is everybody's: all do the same, and the mean over them is right, too."""
        if count < self.size:
            return 0, count
        return count * self.rank // self.size, count * (self.rank + 1) // self.size

    def copies(self, count: int) -> int:
        """How many processes see the same row of a batch of ``count``."""
        return self.size if count < self.size else 1

    def weight(self, count: int) -> float:
        """What a sum over this process's rows of a batch of ``count`` is multiplied by, so that the
        mean over all processes is the mean over the batch."""
        return self.size / (self.copies(count) * count)

    def wrap(self, module: nn.Module, device: torch.device) -> nn.Module:
        """The module with gradients averaged over the group."""
        if self.size == 1:
            return module
        ids = [device.index] if device.type == "cuda" else None
        ddp: Any = nn.parallel.DistributedDataParallel
        # newer versions call it otherwise; running statistics are the same everywhere already
        known = inspect.signature(ddp).parameters
        buffers = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
        wrapped: nn.Module = ddp(
            module, device_ids=ids, gradient_as_bucket_view=True, **{buffers: False}
        )
        return wrapped

    def total(self, values: Tensor) -> Tensor:
        """Sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def agree(self, yes: bool, device: torch.device) -> bool:
        """What the first process says, known to all."""
        if self.size == 1:
            return yes
        said = torch.tensor([int(yes)], device=device)
        dist.broadcast(said, 0)
        return bool(said.item())

    def wait(self) -> None:
        """Until all have come so far."""
        if self.size > 1:
            dist.barrier()


def join(device: torch.device) -> ProcessGroup:
    """The group that torchrun's variables describe; alone without them. ConfigError where they
    describe none, or the others do not come within MEETING."""
    place = torchrun.told()
    if place.size == 1:
        return ProcessGroup()
    if not dist.is_initialized():
        try:
            found = next(iter(rendezvous("env://", place.rank, place.size, timeout=MEETING)))
        except (RuntimeError, ValueError, OSError) as error:
            problem = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise torchrun.nobody_came(place, MEETING.total_seconds(), problem) from None
        store: Any = found[0]
        store.set_timeout(PATIENCE)
        more: dict[str, Any] = {}
        if device.type == "cuda":  # before anything is said: else all may meet on the first GPU
            torch.cuda.set_device(device)
            more = {"device_id": device}
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(
            backend, store=store, rank=place.rank, world_size=place.size, timeout=PATIENCE, **more
        )
    return ProcessGroup(dist.get_rank(), place.size)


def leave() -> None:
    """The end of the group."""
    if dist.is_initialized():
        dist.destroy_process_group()


class SyncedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the whole batch, of which each process sees its rows.

    torch's SyncBatchNorm does the same on GPUs only; this one also runs where it can be tested.
    Sums and sums of squares are added up over processes, forwards and (of the gradients) backwards.
    """

    copies: ClassVar[int] = 1
    """How many processes see the same rows: more than one where a batch was too small to share."""

    def forward(self, input: Tensor) -> Tensor:
        """(B_local, C, H, W) -> the same shape."""
        if not self.training:
            return super().forward(input)
        x = input.float()
        count = torch.full((1,), float(x.numel() // x.shape[1]), device=x.device)
        sums = torch.cat([x.sum((0, 2, 3)), x.square().sum((0, 2, 3)), count])
        sums = all_reduce(sums)
        n = sums[-1].detach()
        mean, square = sums[:-1].view(2, -1) / n
        variance = (square - mean.square()).clamp_min(0)
        different = n / self.copies
        self._move(mean.detach(), variance.detach() * different / (different - 1).clamp_min(1))
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        return (x * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1)).to(input.dtype)

    @torch.no_grad()
    def _move(self, mean: Tensor, variance: Tensor) -> None:
        """The running statistics, as torch's batch norm has them."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
        self.running_var.lerp_(variance.to(self.running_var), self.momentum)
        self.num_batches_tracked += 1


def synced(module: nn.Module, group: ProcessGroup) -> nn.Module:
    """The module with batch norms that see the whole batch; names of weights stay."""
    if group.size > 1:
        for part in module.modules():
            if type(part) is nn.BatchNorm2d:
                part.__class__ = SyncedBatchNorm
    return module
