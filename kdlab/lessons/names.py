"""What a lesson may have predicted, by name: which measures a page's result has."""

from __future__ import annotations

from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Link
from kdlab.lessons.places import Place, Places, meant, quoted

OF_RUN = ("gain", "accuracy distilled", "accuracy labels-only", "accuracy teacher",
          "fidelity distilled")  # fmt: skip
OF_MAP = ("gain best", "accuracy best")
STAND_IN = tuple("0123456789")
"""Classes where a data set says none before it is read."""


def problems(measure: str, link: Link, places: Places) -> list[str]:
    """What is wrong with the name ``measure`` of a number of the result of ``link``."""
    place = places.get(link.path)
    known = () if place is None else known_at(place, link)
    if measure in known:
        return []
    where = link.path or "Home"
    if not known:
        return [f"measure names {quoted(measure)}, and the page {where} has no result to predict"]
    return [
        f"measure names {quoted(measure)}, which no number of the page {where} is called"
        f"{meant(measure, known)}"
    ]


def known_at(place: Place, link: Link) -> tuple[str, ...]:
    """All measures of what ``link`` trains on the page ``place``."""
    if place.work in ("run", "text"):
        return OF_RUN
    if place.work == "map":
        return OF_MAP
    if place.work != "study":
        return ()
    from kdlab.data import DATASETS
    from kdlab.studies import STUDIES

    config = place.values(link)
    study = STUDIES[place.study]
    try:
        record = DATASETS[getattr(config, "dataset", "")]
        plan = study.plan(config, tuple(record.classes or STAND_IN))
    except (KdlabError, KeyError):
        return ()
    arms = [arm.name for arm in plan.arms]
    judged = [name for name in arms if plan.reference(name) != name]
    return (*(f"gain {name}" for name in judged), *(f"accuracy {name}" for name in arms))
