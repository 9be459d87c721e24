"""Results that come with the lab, also with names of somebody who means harm."""

import dataclasses

from kdlab.events import DataRead, RunFinished, RunStarted, StudyStarted
from kdlab.report import build
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS

HOSTILE = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "a|b",
    "`code` ```",
    "two\nlines",
    "\u202egnp.exe",
    "![i](https://example.org/i.png)",
    "# heading *bold* _under_ $x$",
    "' onmouseover=alert(1) x=\"",
    "猫 עברית",
)


def result(name, preset=""):
    """(experiment, normal settings, events) of what comes with the lab."""
    experiment = EXPERIMENTS[name]
    config = experiment.presets[preset or next(iter(experiment.presets))]
    return experiment, experiment.normal(config), experiment.load_result(config, bundled=True)


def folded(experiment, config, events):
    """The history of these events."""
    history = experiment.history(config)
    history.take(events)
    return history


def report(name, preset="", change=lambda event: event):
    """(report, history) of what comes with the lab, whose events were changed."""
    experiment, config, events = result(name, preset)
    history = folded(experiment, config, [change(event) for event in events])
    return build.of_history(experiment, config, history, Store()), history


def hostile(event):
    """The same event, with names of HOSTILE."""
    if isinstance(event, RunStarted):
        return dataclasses.replace(event, classes=HOSTILE)
    if isinstance(event, StudyStarted):
        arms = [
            arm | {"label": HOSTILE[n % len(HOSTILE)], "teacher": arm["teacher"] and HOSTILE[n]}
            for n, arm in enumerate(event.arms)
        ]
        return dataclasses.replace(event, arms=arms, classes=HOSTILE)
    if isinstance(event, RunFinished):
        size, seeds = len(HOSTILE), len(event.groups[0]["accuracy"])
        counts = {"teacher": [[5] * size]}
        counts |= {group["name"]: [[5] * size] * seeds for group in event.groups}
        told = {"images": [5] * size, "answered": counts, "right": counts}
        return dataclasses.replace(event, per_class=told)
    return event


READ = DataRead(account={"lines": [f"Read {name}." for name in HOSTILE[:2]]})
