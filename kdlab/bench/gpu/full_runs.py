"""Published pairs against the known libraries' loop: the table of ``bench --full-run``."""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.bench.full_run import CASES, LeftOut, product_rate
from kdlab.bench.full_run import measured as of_case
from kdlab.bench.full_turns import Case, Pace
from kdlab.bench.gpu import Asked, Row
from kdlab.bench.reference import WORKERS
from kdlab.full_run.engine import device as devices
from kdlab.system import machine

TINY = (Case("cnn-4", "cnn-2", 16),)
SIDES = 4
SHARE_GOAL, SHARE_BATCH = 0.3, 1024
"""Of the rate of a large product."""


def measure(asked: Asked) -> Iterator[Row]:
    """A row for each case."""
    device = devices.choose()
    devices.prepare(device)
    rate = product_rate(device)
    workers = min(WORKERS, machine.facts().cores)
    cases = TINY if asked.tiny else CASES
    each = asked.seconds / len(cases) / (SIDES + 1)  # warm-up and start-up take the fifth
    own = Pace(each, windows=2, warm_seconds=min(2.0, each / 4))
    for case in cases:
        found = of_case(case, device, rate, own, 0 if asked.tiny else workers)
        if isinstance(found, LeftOut):
            yield {"what": str(case), "told": f"left out: {found.why}", "met": False}
            continue
        (first, _), (second, _) = found.times
        parts = ", ".join(f"{100 * v:.0f} % {k}" for k, v in found.found.step_shares.items())
        met = found.met
        share_met = found.share >= SHARE_GOAL if case.batch == SHARE_BATCH else None
        yield found.as_json() | {
            "what": str(case),
            "told": f"{found.found.ours:,.0f} images/s ({found.found.engine}): {first:.2f} times "
            f"the libraries' loop, {second:.2f} times the loop without a loader; "
            f"{100 * found.share:.1f} % of a product's {rate / 1e12:.3g} TFLOP/s; "
            f"{found.found.peak_bytes / 2**30:.2f} GiB; of the step {parts}",
            "goal": _goal(met, share_met),
            "met": _all(*met, share_met),
        }


def _goal(met: tuple[bool | None, bool | None], share: bool | None) -> str:
    if share is not None:
        return f"{100 * SHARE_GOAL:.0f} % of the product rate"
    return "10 and 5 times" if met[0] is not None else ""


def _all(*found: bool | None) -> bool | None:
    known = [each for each in found if each is not None]
    return all(known) if known else None
