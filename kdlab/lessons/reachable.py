"""Whether what a step waits for can ever be set on its page: a step that would never end is a
mistake of its lesson.

A learner may change whatever the page has a control for, so a condition that depends on another
setting, as labels do on the data set, can hold where it holds for some data set: unless the lesson
hides that control, or waits in the same step for one data set.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, get_args

from kdlab.config.base import Settings
from kdlab.lessons.lesson import Link, Setting
from kdlab.lessons.links import ORDERED, holds, number
from kdlab.lessons.places import Place

LONGEST_SLIDER = 100_000
"""Where a setting may be more, a page has a box for it to be typed into."""
TYPED = ("temperature", "shown_temperature")
"""Settings whose slider has a box beside it, in which the learner may type what it does not
reach."""
LEAST = 1e-6
"""The least difference that counts between two numbers, as a share of the larger one where that is
above 1."""


def never(
    conditions: Sequence[Setting], place: Place, stands: Mapping[str, str], hidden: Collection[str]
) -> list[str]:
    """Why some of the ``conditions`` of one step can never hold on ``place``, or not together.
    ``stands`` is what the last link with settings has put on its controls, ``hidden`` what the
    learner has no control for. Where those are wrong already, nothing is told."""
    page = place.path or "Home"
    told = []
    for name in dict.fromkeys(each.name for each in conditions):
        own = [each for each in conditions if each.name == name]
        equal = {c.name: c.value for c in conditions if c.compared == "=" and c.name != name}
        rooms = list(_rooms(name, place, stands, hidden, equal))
        alone = [
            f"until waits for {_in_words(each)}, which can never be on the page {page}: {why}"
            for each in own
            if each.compared != "!=" and (why := _why_not([each], place, rooms))
        ]
        told += alone
        if not any(each.compared == "=" for each in own):
            own = [each for each in own if each.compared != "!="]
        if not alone and len(own) > 1 and _why_not(own, place, rooms) is not None:
            both = " and ".join(map(_in_words, own))
            told.append(f"until waits for {both}, and no value of {name} is both")
    return told


def _in_words(what: Setting) -> str:
    return f"{what.name} {what.compared} {what.value}"


def _rooms(
    name: str,
    place: Place,
    stands: Mapping[str, str],
    hidden: Collection[str],
    equal: Mapping[str, str],
) -> Iterator[dict[str, str]]:
    """How the other settings may stand when ``name`` is set: as the link has left them, at their
    defaults, and with each data set that the learner may choose."""
    from kdlab.data import DATASETS  # else every page that has lessons would wait for it

    fixed = {n: value for n, value in stands.items() if n in hidden} | dict(equal)
    ways = [dict(stands) | fixed, fixed]
    yield from ways
    chooses = "dataset" in place.fields and "dataset" not in {name, *hidden, *equal}
    for dataset in DATASETS if chooses else ():
        yield from ({**way, "dataset": dataset} for way in ways)


def _why_not(own: Sequence[Setting], place: Place, rooms: Sequence[dict[str, str]]) -> str | None:
    """Why no value meets all of ``own``, which are about one setting: None where one does, or
    where nothing can be said; empty where each value is allowed and none meets them all."""
    model, name = place.settings, own[0].name
    reasons, sound = [""], False
    for room in rooms:
        there = place.values(Link(place.path, room))
        if model is None or there is None or place.problems(room):
            continue
        sound = True
        for query in _tries(own, model, room):
            if wrong := place.problems(query):
                reasons.append(wrong[0])
                continue
            now = getattr(place.values(Link(place.path, query)), name)
            if not all(holds(each, {name: now}, model) for each in own):
                continue
            if not (off := _off_slider(name, now, model, there)):
                return None
            reasons.append(off)
    if not sound:
        return None
    why = next(filter(None, reasons), "")
    return why.removeprefix("it sets a value that cannot be: ").removeprefix("it sets ")


def _tries(
    own: Sequence[Setting], model: type[Settings], room: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Settings among which are some that meet ``own`` where any do: next to each bound, at the ends
    of what the setting may be, and as it stands."""
    name = own[0].name
    for value in [near for each in own for near in _nearest(each)]:
        yield {**room, name: value}
    yield dict(room)
    for end in _ends(model.model_fields[name]):
        yield {**room, name: f"{end:g}" if end == round(end, 3) and abs(end) < 1e5 else str(end)}


def _ends(field: Any) -> Iterator[float]:
    """The limits of a setting, also where it may be a number or a word."""
    for each in getattr(field, "metadata", getattr(field, "__metadata__", ())):
        yield from (getattr(each, end) for end in ("ge", "le") if hasattr(each, end))
        yield from _ends(each)
    for each in get_args(getattr(field, "annotation", field)):
        yield from _ends(each)


def _off_slider(name: str, value: object, model: type[Settings], there: Settings) -> str:
    """Where the slider of ``name`` ends, where it does not come to ``value``; empty where it does.
    A link may ask for more than the slider has, and stretches it."""
    extra = model.model_fields[name].json_schema_extra
    wanted, now = number(value), number(getattr(there, name))
    if name in TYPED or not isinstance(extra, dict) or wanted is None or now is None:
        return ""
    low, high = number(extra.get("low")), number(extra.get("high"))
    if low is None or high is None or high > LONGEST_SLIDER:
        return ""
    low, high = min(low, now), max(high, now)
    return "" if low <= wanted <= high else f"its slider goes from {low:g} to {high:g}"


def _nearest(what: Setting) -> tuple[str, ...]:
    """Values for which ``what`` holds, as near to its own as a setting may come."""
    bound = number(what.value)
    if what.compared not in ORDERED or bound is None:
        return (what.value,)
    least = LEAST * max(1.0, abs(bound))
    near, whole = {
        ">=": (bound, math.ceil(bound)),
        ">": (bound + least, math.floor(bound) + 1),
        "<=": (bound, math.floor(bound)),
        "<": (bound - least, math.ceil(bound) - 1),
    }[what.compared]
    return str(whole), repr(near)
