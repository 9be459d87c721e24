"""What this lab has measured of a lesson's predictions: of what is stored, nothing is trained."""

from __future__ import annotations

from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Lesson, Prediction
from kdlab.lessons.measured import measured
from kdlab.studies import EXPERIMENTS
from kdlab.translation import say
from pages.ui.guide.places import PLACES
from pages.ui.shell import workers
from pages.ui.stage import withheld


def told(lesson: Lesson) -> dict[int, str]:
    """Number of a step from 0 -> what was measured of its prediction, in words; of those whose
    results are kept here or come with the lab, and are withheld from nobody."""
    found = {
        number: _told(step.predict)
        for number, step in enumerate(lesson.steps)
        if step.predict is not None
    }
    return {number: words for number, words in found.items() if words}


def _told(what: Prediction) -> str:
    place = PLACES().get(what.link.path)
    config = None if place is None else place.values(what.link)
    experiment = next((e for e in EXPERIMENTS.values() if e.config is type(config)), None)
    if experiment is None or config is None:
        return ""
    if withheld.why(experiment, config):
        return ""
    try:
        normal = experiment.normal(config)
        history = experiment.history(normal)
        events = experiment.load_result(normal, workers.store(), bundled=True)
    except KdlabError:  # damaged, or impossible: told on the page itself
        return ""
    history.take(events)
    values = [measured(each, history) for each in what.measure]
    names = what.choices or [""] * len(values)
    parts = [
        f"{name}{say(': ')}{value.told()}" if name else value.told()
        for name, value in zip(names, values, strict=True)
        if value is not None
    ]
    return say("; ").join(parts)
