"""The gains that a learner has measured in a lesson by himself, seed by seed: the page shows one
run at a time, and they are to be compared."""

from __future__ import annotations

import math
from typing import Any

from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Event
from kdlab.lessons.measured import measured
from kdlab.measure.wording import signed
from kdlab.translation import say
from pages.ui.guide import going, waiting
from pages.ui.guide.progress import Gained, Open, Progress, Seeds
from pages.ui.shell import prose

MOST = 12
"""Of them that are told: the latest."""
MOST_KEPT = 24
"""Of them that are remembered, at any settings: the latest."""
RUN = Event("run ended")


def take(now: Open) -> None:
    """Add the run that has ended on the page of the step since the step began. What was measured
    again stands where it was measured last."""
    own, where = now.progress, now.where
    shown = waiting.screen_of(where.path) if where is not None and _lists(now) else None
    if where is None or shown is None or shown.begins <= own.begins:
        return
    history = waiting.finished(where, exactly=False)
    gain = None if history is None else measured("gain", history)
    seeds = _seeds(shown.config)
    if gain is None or seeds is None or not math.isfinite(gain.mean):
        return
    if seeds in own.gains and shown.begins == own.taken:
        return  # looked at once more
    own.gains.pop(seeds, None)
    own.gains[seeds], own.taken = Gained(gain.mean, gain.unit, gain.digits), shown.begins
    keep_latest(own)


def keep_latest(own: Progress) -> None:
    """Forget the oldest of more gains than are remembered."""
    for oldest in list(own.gains)[:-MOST_KEPT]:
        del own.gains[oldest]


def lines(now: Open) -> str:
    """Markdown: the seeds with their gains at the settings on the controls, in the order in which
    they were measured; empty where the step does not ask for a run, or asks for a prediction, which
    is held against its own result."""
    settings = _settings_there(now) if _lists(now) else ""
    told = [each for each in now.progress.gains.items() if each[0].settings == settings][-MOST:]
    if not told:
        return ""
    each = [f"{prose.plain(_named(s))}{say(': ')}**{prose.plain(_told(g))}**" for s, g in told]
    return f"{say('Your gains so far')}{say(': ')}{' · '.join(each)}"


def _lists(now: Open) -> bool:
    step = now.step
    return step is not None and step.predict is None and RUN in step.until


def _seeds(config: Any) -> Seeds | None:
    """Of a run at ``config``; None of work that has no seeds."""
    if config is None or not {"first_seed", "seeds"} <= type(config).model_fields.keys():
        return None
    default = {name: type(config).model_fields[name].default for name in ("first_seed", "seeds")}
    without = config.model_copy(update=default).fingerprint()
    return Seeds(without, config.first_seed, config.seeds)


def _settings_there(now: Open) -> str:
    """What the settings on the controls of the step's page are called without their seeds."""
    where = now.where
    here = going.state_of(where.path) if where is not None else None
    shown = waiting.screen_of(where.path) if where is not None else None
    if here is None or shown is None:
        return ""
    try:
        seeds = _seeds(shown.work.experiment.normal(here.config()))
    except KdlabError:  # an impossible combination on the controls
        return ""
    return "" if seeds is None else seeds.settings


def _named(seeds: Seeds) -> str:
    first, count = seeds.first, seeds.count
    if count == 1:
        return say("seed {seed}", seed=first)
    return say("seeds {first} to {last}", first=first, last=first + count - 1)


def _told(gain: Gained) -> str:
    return f"{signed(gain.mean, gain.digits)} {say(gain.unit, about='measure')}"
