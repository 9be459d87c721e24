"""What two processes do together: started by torchrun, told apart by their ranks."""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import torch
from torch import nn

from kdlab.errors import ConfigError, KdlabError, StoreError
from kdlab.events import FullStarted
from kdlab.full_run.engine.estimate import noise
from kdlab.full_run.engine.process_group import SyncedBatchNorm, join, synced
from kdlab.full_run.engine.stage import DeviceContext
from kdlab.full_run.engine.train import FullRun
from kdlab.full_run.recipe.sizes import Size
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.run import run

SHARED = ("weight", "bias")


def norms(group, count):
    """The largest differences between torch's batch norm of a batch of ``count`` images and that of
    the group, as {what: number}."""
    rng = torch.Generator().manual_seed(count)
    images = 3 + 2 * torch.randn(count, 4, 3, 3, generator=rng)
    wanted = torch.randn(count, 4, 3, 3, generator=rng)
    plain = nn.BatchNorm2d(4)
    with torch.no_grad():
        for name in SHARED:
            getattr(plain, name).copy_(torch.randn(4, generator=rng))
    theirs = nn.BatchNorm2d(4)
    theirs.load_state_dict(plain.state_dict())
    synced(theirs, group)
    SyncedBatchNorm.copies = group.copies(count)
    low, high = group.share(count)
    whole = images.clone().requires_grad_()
    part = images[low:high].clone().requires_grad_()
    out, own = plain(whole), theirs(part)
    ((out - wanted).square().sum() / count).backward()
    ((own - wanted[low:high]).square().sum() * group.weight(count)).backward()
    found = {
        "output": own - out[low:high],
        "input": part.grad * group.copies(count) / group.size - whole.grad[low:high],
    }
    for name in SHARED:
        mean = group.total(getattr(theirs, name).grad.clone()) / group.size
        found[name] = mean - getattr(plain, name).grad
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        found[name] = getattr(theirs, name) - getattr(plain, name)
    theirs.eval()
    found["in use"] = theirs(part) - nn.BatchNorm2d.forward(theirs, part)
    return {key: float(value.detach().abs().max()) for key, value in found.items()}


def refused(group, folder):
    """What the lab says to this run before its first event."""
    config = folder.config()
    data = noise(Size((1, 8, 8), 10, 100, 20), 100)
    full = FullRun(
        config, data, folder.path, DeviceContext(torch.device("cpu"), "fp32", "plain", group)
    )
    try:
        return next(full.events()).to_json()
    except ConfigError as error:
        return str(error)


def worked(path):
    """How the run ended, and who had the folder meanwhile, as others see it."""
    folder, seen = RunFolder(path), []

    def tell(event):
        if isinstance(event, FullStarted):
            status = RunFolder(path).status()
            try:
                RunFolder(path).claim()
            except StoreError as error:
                refused = str(error)
            seen.extend((status.state, status.pid == os.getpid(), refused))

    return run(folder, tell).state, seen


def held(path):
    """How a group ends whose folder another process holds; it stays together, for more."""
    try:
        with mock.patch("kdlab.full_run.run.run.leave"):
            return run(RunFolder(path)).state
    except KdlabError as error:
        return str(error)


def main(out):
    torch.set_num_threads(1)
    group = join(torch.device("cpu"))
    told = {"norms": {count: norms(group, count) for count in (8, 7, 1)}}
    told["refused"] = refused(group, RunFolder(out / "refused"))
    told["held"] = held(out / "held")
    told["run"], told["owner"] = worked(out / "run")
    (out / f"rank{group.rank}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
