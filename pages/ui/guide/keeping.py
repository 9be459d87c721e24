"""Progress in all lessons as the browser tab remembers it: a page that is loaded anew is a new
session, which is given it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pydantic
import streamlit as st

from kdlab.lessons.reading import MOST_STEPS, NAME
from kdlab.measure.measures import MEASURES
from pages.ui.components.kept import kept
from pages.ui.guide import progress, runs
from pages.ui.guide.progress import Gained, Progress, Seeds

KEY = "guide.kept"
GIVEN = re.compile(rf"guide\.({NAME.pattern})\.(\d{{1,2}})\.given")
"""The key under which an answer stands in the session (:mod:`pages.ui.guide.predicting`)."""
MOST_LESSONS, LONGEST_ANSWER = 100, 400
MOST_SEEDS = 2**40
"""No seed is larger."""


class KeptGain(pydantic.BaseModel):
    """Of one run: what names its settings, its seeds, its gain."""

    settings: str = pydantic.Field(pattern=r"^[0-9a-f]{16}$")
    first: int = pydantic.Field(ge=0, le=MOST_SEEDS)
    count: int = pydantic.Field(ge=1, le=MOST_SEEDS)
    mean: float = pydantic.Field(allow_inf_nan=False)
    unit: str
    digits: int = pydantic.Field(ge=0, le=6)

    @pydantic.field_validator("unit")
    @classmethod
    def _is_one(cls, unit: str) -> str:
        if unit not in {measure.units for measure in MEASURES.values()}:
            raise ValueError("no gain is told in it")
        return unit


class Kept(pydantic.BaseModel):
    """Of one lesson: the furthest step, those that are done, whether what was answered is right,
    the answers, and the gains that were measured."""

    furthest: int = pydantic.Field(0, ge=0, le=MOST_STEPS + 1)
    done: list[int] = pydantic.Field([], max_length=MOST_STEPS + 2)
    right: dict[int, bool | None] = pydantic.Field({}, max_length=MOST_STEPS)
    given: dict[int, str] = pydantic.Field({}, max_length=MOST_STEPS)
    gains: list[KeptGain] = pydantic.Field([], max_length=runs.MOST_KEPT)


_ALL = pydantic.TypeAdapter(dict[str, Kept])


def remember() -> None:
    """Tell the browser tab how far this session is; take what it knows where this one is new."""
    lessons = _known()
    fresh = not any(each.done or each.given or each.gains for each in lessons.values())
    kept(KEY, _ALL.dump_json(lessons).decode(), fresh=fresh, on_has=take)


def take(told: str) -> None:
    """Go on with what a browser tab remembers: what is none of it counts for nothing, and what this
    session knows better stays."""
    try:
        found = _ALL.validate_json(told)
    except ValueError:
        return
    for name, lesson in list(found.items())[:MOST_LESSONS]:
        if NAME.fullmatch(name):
            _take(name, lesson)


def _take(name: str, lesson: Kept) -> None:
    own = progress.of(name)
    own.furthest = max(own.furthest, lesson.furthest)
    own.done |= {step for step in lesson.done if 0 <= step <= MOST_STEPS + 1}
    own.right = lesson.right | own.right
    kept = {
        Seeds(each.settings, each.first, each.count): Gained(each.mean, each.unit, each.digits)
        for each in lesson.gains
    }
    own.gains = {s: gain for s, gain in kept.items() if s not in own.gains} | own.gains
    runs.keep_latest(own)
    for step, answer in lesson.given.items():
        if 0 < step <= MOST_STEPS and len(answer) <= LONGEST_ANSWER:
            st.session_state.setdefault(f"guide.{name}.{step}.given", answer)


def _known() -> dict[str, Kept]:
    every: Mapping[str, Progress] = st.session_state.get("guide.progress", {})
    found = {
        name: Kept(
            furthest=own.furthest,
            done=sorted(own.done),
            right=dict(own.right),
            gains=[_kept(seeds, gain) for seeds, gain in own.gains.items()],
        )
        for name, own in every.items()
    }
    session: Mapping[Any, Any] = st.session_state
    for key in list(session):
        at = GIVEN.fullmatch(str(key))
        if at is not None and isinstance(session[key], str) and at[1] in found:
            found[at[1]].given[int(at[2])] = session[key]
    return found


def _kept(seeds: Seeds, gain: Gained) -> KeptGain:
    return KeptGain.model_validate(asdict(seeds) | asdict(gain))
