"""The gains that a learner has measured in a lesson by himself, seed by seed: the page shows one
run at a time, and they are to be compared."""

from __future__ import annotations

import math

from kdlab.lessons.lesson import Event
from kdlab.lessons.measured import measured
from kdlab.translation import say
from pages.ui.guide import waiting
from pages.ui.guide.progress import Open
from pages.ui.shell import prose

MOST = 12
"""Of them that are told: the latest."""
RUN = Event("run ended")


def lines(now: Open) -> str:
    """Markdown: each seed with its gain, in the order in which they were measured; empty where the
    step does not ask for a run, or asks for a prediction, which is held against its own result."""
    where, step = now.where, now.step
    if step is None or where is None or step.predict is not None or RUN not in step.until:
        return ""
    _take(now, where.path)
    told = list(now.progress.gains.items())[-MOST:]
    if not told:
        return ""
    each = [f"{prose.plain(seeds)}{say(': ')}**{prose.plain(gain)}**" for seeds, gain in told]
    return f"{say('Your gains so far')}{say(': ')}{' · '.join(each)}"


def _take(now: Open, path: str) -> None:
    """Add the run that has ended on the page at ``path`` since the step began."""
    where, shown = now.where, waiting.screen_of(path)
    if where is None or shown is None or shown.begins <= now.progress.begins:
        return
    history = waiting.finished(where, exactly=False)
    gain = None if history is None else measured("gain", history)
    first = getattr(shown.config, "first_seed", None)
    count = getattr(shown.config, "seeds", 1)
    if gain is None or first is None or not math.isfinite(gain.mean):
        return
    seeds = (
        say("seed {seed}", seed=first)
        if count == 1
        else say("seeds {first} to {last}", first=first, last=first + count - 1)
    )
    now.progress.gains[seeds] = gain.amount()
