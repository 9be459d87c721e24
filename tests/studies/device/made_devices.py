"""Studies of files, built by hand."""

from __future__ import annotations

from kdlab.events import Exhibit
from kdlab.studies.device.study import DeviceConfig
from tests.studies.made_histories import made

CONFIG = DeviceConfig(seeds=3)
NOISE = (-0.002, 0.0, 0.002)
SIZES = {"fp32": 26_000, "fp16": 14_000, "int8": 12_000}
MS = {"fp32": 0.01, "fp16": 0.012, "int8": 0.014}


def spread(median, room=0.1):
    return {"median": median, "low": median * (1 - room), "high": median * (1 + room)}


def answering(values, size, ms, beside=None, validation=None, **more):
    """One precision of networks with these accuracies."""
    count = len(values)
    told = {
        "bytes": size,
        "latency": spread(ms),
        "beside": beside or spread(1.0, 0),
        "accuracy": list(values),
        "validation": list(validation or values),
        "alike": [0.99] * count,
        "ece": [0.02] * count,
        "entropy": [0.3] * count,
        "kl": [0.0001] * count,
    }
    return told | more


def networks(alone=0.9, taught=0.96, rounded=0.0, slower=1.4, size=None):
    """Mean accuracies of both students in 32 bits; int8 adds ``rounded`` to the distilled one's,
    takes ``slower`` times as long and ``size`` bytes."""
    found: dict = {}
    for role, mean in (("teacher", 0.97), ("labels only", alone), ("distilled", taught)):
        noise, times = ((0.0,), 10) if role == "teacher" else (NOISE, 1)
        found[role] = {}
        for name, usual in SIZES.items():
            lost = rounded if (role, name) == ("distilled", "int8") else 0.0
            student8 = name == "int8" and role != "teacher"
            found[role][name] = answering(
                [mean + lost + n for n in noise],
                size if size and student8 else usual * times,
                MS[name] * times,
                spread(slower, 0.01) if name == "int8" else spread(1.0, 0),
            )
    return found


def history_of(found, config=CONFIG):
    """A finished study that has measured this."""
    history = made("device", config, {})
    history.take([Exhibit(name="device", content={"networks": found, "machine": "a machine"})])
    return history
