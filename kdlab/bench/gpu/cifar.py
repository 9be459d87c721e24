"""A published pair on real images, all three stages, in the time that is left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from kdlab.bench.gpu import Asked, Row

PAIR, MOST_EPOCHS, MOST_SEEDS = "resnet56-resnet20", 240, 5
START_UP, SAFE = 20.0, 0.75
"""Seconds until a process trains (imports, reading the archive), and the share of the rest that is
planned for: what a run takes beside its steps is not in the estimate."""
STAGES_SHARED = ("teacher",)
"""Trained once, whatever the number of seeds."""


def measure(asked: Asked) -> Iterator[Row]:
    """Estimate one epoch, plan as many epochs and then seeds as fit, and run it."""
    if asked.data is None:
        raise FileNotFoundError(f"no archive of images was given: {PAIR} needs --data FILE")
    own = ["--dataset", "images", "--data", str(asked.data)]
    own += (
        ["--pair", "own", "--teacher", "cnn-4", "--student", "cnn-2"]
        if asked.tiny
        else ["--pair", PAIR]
    )
    told = _kdlab(["full-run", *own, "--epochs", "1", "--estimate", "--json"])
    epochs, seeds = planned(told["seconds"], (asked.seconds - 2 * START_UP) * SAFE)
    if asked.tiny:
        epochs = seeds = 1
    run = asked.out / "run"
    found = _kdlab(
        [
            "full-run",
            *own,
            "--epochs",
            str(epochs),
            "--seeds",
            str(seeds),
            "--out",
            str(run),
            "--json",
        ]
    )
    accuracies = {group["name"]: group["accuracy"] for group in found["groups"]}
    gain = found["gain"]
    interval = gain["ci95"]
    around = (
        "" if interval is None else f" (95 % {100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})"
    )
    yield {
        "what": f"{PAIR} on {asked.data.name}, {epochs} epochs, {seeds} seed{'s' * (seeds > 1)}",
        "told": f"teacher {100 * found['teacher']['accuracy']:.1f} %, gain "
        f"{100 * gain['mean']:+.1f} points{around}; distilled "
        f"{found['images_per_second']['distilled']:,.0f} images/s, "
        f"{found['seconds']['total']:.0f} s in all",
        "estimate": told,
        "accuracies": accuracies,
        "run": found,
    }


def planned(seconds: dict[str, float], most: float) -> tuple[int, int]:
    """(epochs, seeds) that fit into ``most`` seconds, where one epoch of each stage takes
    ``seconds``: epochs before seeds up to a third of the published schedule, then seeds.

    >>> planned({"teacher": 1.0, "student": 0.5, "distilled": 0.5}, 60)
    (30, 1)
    >>> planned({"teacher": 0.1, "student": 0.05, "distilled": 0.05}, 60)
    (100, 5)
    >>> planned({"teacher": 100.0, "student": 50.0, "distilled": 50.0}, 60)
    (1, 1)
    """
    shared = sum(seconds[name] for name in STAGES_SHARED)
    of_seed = sum(value for name, value in seconds.items() if name not in STAGES_SHARED)
    wanted = MOST_EPOCHS // 3
    epochs = max(1, min(wanted, int(most / (shared + of_seed))))
    seeds = 1
    if epochs == wanted:
        seeds = max(1, min(MOST_SEEDS, int((most / epochs - shared) / of_seed + 1e-9)))
    if seeds == MOST_SEEDS:
        epochs = max(epochs, min(MOST_EPOCHS, int(most / (shared + seeds * of_seed) + 1e-9)))
    return epochs, seeds


def _kdlab(words: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "kdlab", *words], stdout=subprocess.PIPE, check=False, text=True
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        found = {}
    if done.returncode or not found:
        why = found.get("reason") or f"exit code {done.returncode}"
        raise RuntimeError(f"kdlab {words[0]} ended: {why}")
    return found
