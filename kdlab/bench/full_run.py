"""``python -m kdlab bench --full-run``: distilling published pairs on the device at hand, against
the same as the known libraries train it, as a table."""

from __future__ import annotations

import gc
import itertools
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import PIL
import torch
import torchvision

from kdlab.bench.full_turns import (
    CLASSES,
    SHAPE,
    Case,
    Found,
    Pace,
    built,
    in_turns,
    pace,
    step_seconds,
)
from kdlab.bench.reference import WORKERS
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.estimate import noise
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.sizes import Size
from kdlab.full_run.run.failures import is_memory
from kdlab.measure import profiling
from kdlab.models.family import TRAINING_PASSES
from kdlab.system import machine

PAIRS = (("wrn-40-2", "wrn-16-2"), ("resnet32x4", "resnet8x4"))
CASES = tuple(Case(*pair, batch) for pair, batch in itertools.product(PAIRS, (64, 1024)))
GOAL_BATCH, GOALS = 64, (10, 5)
"""How many times faster than the first and the second reference, on a CUDA device."""
ROUNDS = 10


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A line of the table. ``kind`` of device; ``flops`` of training on one image, ``product_rate``
    in FLOP/s, of a large matrix product."""

    case: Case
    kind: str
    found: Found
    flops: int
    product_rate: float

    @property
    def times(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """(Without, with kept answers) times faster than the first, and than the second."""
        found = self.found
        first, second = (
            (found.ours / rate, found.cached / rate) for rate in (found.first, found.second)
        )
        return first, second

    @property
    def met(self) -> tuple[bool | None, bool | None]:
        """Whether ours, without kept answers, reaches the goals; None where there is no goal."""
        if self.kind != "cuda" or self.case.batch != GOAL_BATCH:
            return None, None
        (first, _), (second, _) = self.times
        return first >= GOALS[0], second >= GOALS[1]

    @property
    def share(self) -> float:
        """FLOP/s of ours, every answer computed, as a share of the matrix product's."""
        return self.found.ours * self.flops / self.product_rate

    def as_json(self) -> dict[str, Any]:
        """All of it, and what is worked out of it, by names."""
        (first, first_cached), (second, second_cached) = self.times
        return {
            **asdict(self),
            "times": {"loop": first, "resident": second},
            "times_cached": {"loop": first_cached, "resident": second_cached},
            "product_share": self.share,
        }

    def __str__(self) -> str:
        found = self.found
        cells = [str(self.case), _rate(found.ours), _rate(found.cached)]
        for rate, (ours, cached), goal, met in zip(
            (found.first, found.second), self.times, GOALS, self.met, strict=True
        ):
            mark = {True: f"goal {goal}: yes", False: f"goal {goal}: NO", None: "no goal"}[met]
            cells += [_rate(rate), f"{ours:.2f} ({cached:.2f}), {mark}"]
        cells += [f"{100 * self.share:.1f} %", f"{found.peak_bytes / 2**30:.2f} GiB"]
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class LeftOut:
    """A line of the table for what was not measured, and why."""

    case: Case
    why: str

    def __str__(self) -> str:
        return f"| {self.case} | left out: {self.why} |" + " |" * 7


def _rate(value: float) -> str:
    """
    >>> _rate(61234.7), _rate(3.14159)
    ('61,235', '3.14')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def lines(cases: Sequence[Case] = CASES, own: Pace | None = None) -> Iterator[str]:
    """The table, line by line as it is measured, on the device that a full run would take."""
    device = devices.choose()
    devices.prepare(device)
    yield told(devices.describe(device))
    yield ""
    yield (
        "| case | ours, images/s | cached | reference 1 | times (cached) | reference 2 | "
        "times (cached) | share of the product rate | peak memory |"
    )
    yield "|" + "---|" * 9
    rate = product_rate(device)
    workers = min(WORKERS, machine.facts().cores)
    found: list[Found] = []
    for case in cases:
        row = measured(case, device, rate, own or pace(device), workers)
        if isinstance(row, Measured):
            found.append(row.found)
        yield str(row)
    yield ""
    yield from notes(device, rate, workers, found)


def as_json(cases: Sequence[Case] = CASES, own: Pace | None = None) -> Iterator[str]:
    """The same as JSON, an object a line: the device, then each case as it is measured."""
    device = devices.choose()
    devices.prepare(device)
    yield json.dumps(devices.describe(device))
    rate, workers = product_rate(device), min(WORKERS, machine.facts().cores)
    for case in cases:
        row = measured(case, device, rate, own or pace(device), workers)
        yield json.dumps(row.as_json() if isinstance(row, Measured) else asdict(row))


def measured(
    case: Case, device: torch.device, rate: float, own: Pace, workers: int
) -> Measured | LeftOut:
    """One case, with ``workers`` in the first reference's loader and a matrix product's ``rate``;
    where it takes too long, or does not fit into the memory, why."""
    config = case.config()
    try:
        step = step_seconds(config, device)
        if step > own.step_limit:
            most = f"at most {own.step_limit:.3g} s"
            return LeftOut(case, f"one step takes about {step:.2g} s on this device, {most}")
        found = in_turns(config, device, own, step, workers)
    except (MemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
        return LeftOut(case, "it needs more memory than is left on this device")
    finally:
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()
    return Measured(
        case=case, kind=device.type, found=found, flops=flops(config), product_rate=rate
    )


def flops(config: FullRunConfig) -> int:
    """FLOPs of training on one image: the teacher forwards, the student forwards and backwards,
    which counts twice; 2 a multiply-add."""
    networks = built(config, noise(Size(SHAPE, CLASSES, 2, 2), 2))
    teacher, student = (profiling.flops_per_image(network, SHAPE) for network in networks)
    return teacher + TRAINING_PASSES * student


def product_rate(device: torch.device) -> float:
    """FLOP/s of a large matrix product, the median of some rounds after two of warm-up."""
    size, kind, repeats = _product(device)
    a, b = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
    rates: list[float] = []
    for _ in range(ROUNDS + 2):
        began = devices.clock(device)
        for _ in range(repeats):
            torch.mm(a, b)
        rates.append(2 * size**3 * repeats / (devices.clock(device) - began))
    return statistics.median(rates[2:])


def _product(device: torch.device) -> tuple[int, torch.dtype, int]:
    """(Rows and columns, type, how many at once) of the matrices that are multiplied."""
    if device.type == "cuda":
        return 8192, torch.bfloat16, 20
    return 2048, torch.float32, 1


# -- in words -------------------------------------------------------------------------------------


def told(facts: dict[str, Any]) -> str:
    """The device and the versions, of :func:`kdlab.full_run.engine.device.describe`."""
    parts = [facts["name"], f"{facts['memory_bytes'] / 2**30:.0f} GiB"]
    if facts["capability"]:
        parts.append(f"compute capability {facts['capability']}")
    parts.append(f"{facts['threads']} CPU threads")
    versions = [
        f"torch {facts['torch']}",
        f"torchvision {torchvision.__version__}",
        f"Pillow {PIL.__version__}",
        f"Python {facts['python']}",
    ]
    return f"Device: {facts['kind']}, {', '.join(parts)}; {', '.join(versions)}"


def notes(device: torch.device, rate: float, workers: int, found: Sequence[Found]) -> Iterator[str]:
    """What the columns are."""
    size, kind, _ = _product(device)
    if found:
        engines = " / ".join(dict.fromkeys(each.engine for each in found))
        cache = max(each.cache_bytes for each in found) / 2**30
        yield (
            f"Images/s of training the distilled student, medians of windows in turns; ours: steps "
            f"{engines}. Cached: with the teacher's answers kept ({cache:.2f} GiB on 50,000 "
            f"images), {100 * found[0].saved:.0f} % of them known beforehand, about the mean over "
            "240 epochs. Goals are judged without."
        )
        yield ""
    yield (
        f"Reference 1: DataLoader with {workers} worker{'' if workers == 1 else 's'} on PIL "
        "images, fp32, the teacher in every step, .item() in every step. Reference 2: the same on "
        "random numbers that lie on the device."
    )
    yield ""
    yield (
        "Share: the teacher's forward pass and three of the student's (the backward pass counts as "
        f"two), 2 FLOPs a multiply-add, of the {rate / 1e12:.3g} TFLOP/s that a product of {size} "
        f"x {size} matrices in {str(kind).removeprefix('torch.')} reached in this run."
    )
    yield ""
    yield (
        "Memory: ours alone, without the cache."
        if device.type == "cuda"
        else "Memory: the most that the process had taken by then, references included."
    )
