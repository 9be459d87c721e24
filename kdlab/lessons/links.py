"""What a lesson says of the lab's pages: links to them, and conditions on what is set there."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import parse_qsl

from kdlab.config.base import Settings
from kdlab.lessons.lesson import Compared, Condition, Event, Happened, Link, Setting
from kdlab.lessons.places import Place, Places, meant, quoted

LONGEST = 2000
"""Characters of a link."""
SOUND = re.compile(r"[\w\-./?=&%,+:~;@]*")
CONDITION = re.compile(r"\s*(?P<name>\w+)\s*(?P<how>!=|<=|>=|==|=|<|>)\s*(?P<value>.*?)\s*")
EVENTS: tuple[str, ...] = get_args(Happened)
ORDERED = ("<", "<=", ">", ">=")


def link(text: str, places: Places) -> tuple[Link | None, list[str]]:
    """A link like ``live?labels=100`` (the link, what is wrong with it); None where it leads to no
    page of the lab."""
    if len(text) > LONGEST:
        return None, [f"a link has {len(text):,} characters; at most {LONGEST:,} are read"]
    if not SOUND.fullmatch(text):
        return None, [f"{quoted(text)} is no link; it has signs that must be written as %..."]
    path, _, query = text.partition("?")
    path = path.removeprefix(".").removeprefix("/")
    if path not in places:
        return None, [
            f"{quoted(path)} is no page of the lab; a link is the end of a page's address, like "
            f"live?labels=100{meant(path, places)}"
        ]
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        return None, [f"{quoted(text)} is no link; after the ? come name=value, joined by &"]
    found = dict(pairs)
    if len(found) < len(pairs):
        return None, [f"{quoted(text)} sets something twice"]
    return Link(path, found), places[path].problems(found)


def condition(text: str, place: Place | None) -> tuple[Condition | None, list[str]]:
    """What ends a step, like ``temperature >= 8`` or ``run ended``, on ``place`` (None where no
    step so far says on which page it is): the condition, and what is wrong with it."""
    said = " ".join(text.split())
    for each in EVENTS:
        if said == each:
            return _event(each, place)
    found = CONDITION.fullmatch(said)
    if not found:
        return None, [
            f"until says {quoted(said)}; allowed: a setting and a value, like temperature >= 8, or "
            f"{', '.join(EVENTS)}{meant(said, EVENTS)}"
        ]
    name, value = found["name"], found["value"]
    how: Any = "=" if found["how"] == "==" else found["how"]
    if place is None:
        return None, [f"until names {quoted(name)}, and no step so far says on which page"]
    model = place.settings
    if model is None or name not in model.model_fields:
        return None, [
            f"until names {quoted(name)}, which no setting of the page {place.path or 'Home'} is "
            f"called{meant(name, place.fields)}"
        ]
    return Setting(name, how, value), _value_problems(model, name, how, value)


def _event(name: Any, place: Place | None) -> tuple[Condition | None, list[str]]:
    event = Event(name)
    if name in ("answered",):
        return event, []
    if place is None:
        return event, [f"until says {quoted(name)}, and no step so far says on which page"]
    where = place.path or "Home"
    if name == "run ended" and not place.work:
        return event, [f"until says “run ended”, and nothing is trained on the page {where}"]
    if name == "cell clicked" and place.work != "map":
        return event, [f"until says “cell clicked”, and the page {where} has no cells; map has"]
    return event, []


def _value_problems(model: type[Settings], name: str, how: Compared, value: str) -> list[str]:
    if how in ORDERED:
        if number(value) is None:
            return [f"until compares {name} with {quoted(value)}, which is not a number"]
        default = model.model_fields[name].default
        if isinstance(default, str | bool | tuple):
            return [f"until compares {name} by {how}, and it is no number; allowed: = and !="]
        return []
    problems = model.from_query({name: value})[1]
    return [f"until names a value that cannot be: {each.rstrip('.')}" for each in problems]


def holds(condition: Setting, values: Mapping[str, Any], model: type[Settings]) -> bool:
    """Whether ``condition`` holds where a page of settings ``model`` has ``values``."""
    if condition.name not in values:
        return False
    now = values[condition.name]
    if condition.compared in ORDERED:
        left, right = number(now), number(condition.value)
        if left is None or right is None:
            return False
        return {
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }[condition.compared]
    wanted = getattr(model.from_query({condition.name: condition.value})[0], condition.name)
    left, right = number(now), number(wanted)
    same = now == wanted or (
        left is not None and right is not None and math.isclose(left, right, rel_tol=1e-9)
    )
    return same == (condition.compared == "=")


def number(value: object) -> float | None:
    """What ``value`` is as a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
