"""Folders of full runs that nobody trained, and how the page that shows them is read."""

from __future__ import annotations

import re
from pathlib import Path

from fakes import FakeManager

from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    FullEpoch,
    FullStarted,
    StageDone,
    StageStarted,
)
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import folder as folders
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.log import EventLog
from kdlab.full_run.run.summary import finished
from pages.ui.full_run import tabs

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "pages" / "distil" / "full_run.py"
SMALL = {"pair": "own", "dataset": "digits", "teacher": "resnet8", "student": "cnn-8", "epochs": 2}
DEVICE = {
    "kind": "cuda", "name": "A [GPU] of the tests", "memory_bytes": 150 * 2**30,
    "capability": "9.0", "bf16": True, "gpus": 2, "threads": 1, "torch": "2", "cuda": "13",
    "python": "3", "machine": "a machine of the tests",
}  # fmt: skip
TABS = tuple(tabs.TABS)


# -- runs that nobody trained ------------------------------------------------------------------


def events(config, until=None):
    """All events of a run, or the first ``until`` of them; its accuracies rise with the epoch."""
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    stages = [("teacher", 0), *((name, s) for s in seeds for name in (LABELS_ONLY, DISTILLED))]
    told = [
        FullStarted(
            fingerprint=config.fingerprint(), dataset=config.dataset,
            classes=tuple(map(str, range(10))), input_shape=(1, 8, 8), train_size=1297,
            test_size=500, judged_on="validation" if config.validation else "test",
            stages=tuple(stages), epochs=config.epochs, steps_per_epoch=21, device=DEVICE,
            published=config.reference(),
        )
    ]  # fmt: skip
    done = []
    for n, (stage, seed) in enumerate(stages):
        cache = {"on": True, "views": 9, "bytes": 9 * 2**20, "saved": 0.2, "reason": "it saves"}
        told.append(
            StageStarted(
                stage=stage, seed=seed, epoch=0, epochs=config.epochs, architecture="resnet8",
                parameters=1000, engine="plain, fp32", cache=cache if stage == DISTILLED else {},
            )
        )  # fmt: skip
        top = {"teacher": 0.9, LABELS_ONLY: 0.7, DISTILLED: 0.8}[stage] + 0.001 * n * (1 + seed)
        for epoch in range(1, config.epochs + 1):
            told.append(
                FullEpoch(
                    stage=stage, seed=seed, epoch=epoch, accuracy=top * epoch / config.epochs,
                    loss=2 / epoch, hard=1 / epoch, soft=1 / epoch if stage == DISTILLED else 0.0,
                    train_accuracy=0.9, learning_rate=0.05, seconds=3.0, images_per_second=1000.0,
                    shares={"data": 0.1, "teacher": 0.2, "student": 0.6, "evaluation": 0.1},
                    memory_bytes=2**30, utilisation=90, answered=1.0,
                )
            )  # fmt: skip
        done.append(
            StageDone(
                stage=stage, seed=seed, accuracy=top, best=top + 0.01, best_epoch=1, fidelity=0.9,
                ece=0.05, seconds=6.0, images_per_second=1000.0, reused=False,
            )
        )  # fmt: skip
        told.append(done[-1])
    told.append(finished(done, 500))
    return told[:until]


def made(name, state="finished", reason="", failure="", until=None, **settings):
    """A run folder as a process of this machine would have left it."""
    config = FullRunConfig.parse(SMALL | settings)
    run = RunFolder.create(folders.home() / name, config)
    log = EventLog(run)
    for event in events(config, until):
        log.take(event)
    log.close()
    if state == "running":
        run.claim()  # by this process, until the test is over
        at_work.append(run)
    else:
        run.say(state, reason, failure)
    return run


at_work = []
"""Runs that this process has claimed."""


class Manager(FakeManager):
    """Knows a device."""

    def call(self, function, *args, timeout=10.0):
        self.calls.append((function.__name__, args))
        if function.__name__ == "describe":
            return dict(DEVICE)
        return {"teacher": "resnet8", "file": "given:abc", "shape": (1, 8, 8), "classes": 10}


def shown(page):
    kinds = ("markdown", "caption", "error", "success", "info", "warning", "code")
    words = (e.value for kind in kinds for e in page.get(kind))
    return re.sub(r"\\(.)", r"\1", " ".join(map(str, words)))


def button(page, label):
    (found,) = [b for b in page.button if b.label == label]
    return found


def labels(page):
    return {b.label for b in page.button}


def select(page, label):
    (found,) = [s for s in page.selectbox if s.label == label]
    return found


def values(page):
    return page.session_state["link.full-run"]["values"]
