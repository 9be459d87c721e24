"""All claims and all mistakes, measured: the verdicts that come with the lab, and measuring anew.

``assets/stored/clinic/verdicts.json`` is made by ``python -m kdlab clinic --rerun``. The same seeds
give the same numbers, but for milliseconds, which carry their machine.

Every verdict is over teachers, each with students of its own. A claim gets TEACHERS of them, a
mistake as many as its effect needs (:mod:`kdlab.measure.power`): a pilot with other seeds tells by
how much the effect varies from teacher to teacher.
"""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import fmean, stdev
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from kdlab.errors import ConfigError, StoreError
from kdlab.events import Event
from kdlab.events.shapes import Count, Gain, Name, Text
from kdlab.experiments.study.run import run
from kdlab.measure import gain as measured
from kdlab.measure.power import units_needed
from kdlab.storage.store import Store
from kdlab.studies import Finding, Study, StudyConfig, StudyHistory, find
from kdlab.studies.claims import study as claims_study
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.clinic.claims import CLAIMS
from kdlab.studies.mistakes import study as mistakes_study
from kdlab.studies.mistakes.records import MISTAKES
from kdlab.system.paths import BUNDLED

STORED = BUNDLED / "clinic" / "verdicts.json"
DIGITS = 6
"""Decimals of what is stored."""

TEACHERS = 20
"""Of a claim."""
LEAST_TEACHERS, MOST_TEACHERS = 10, 40
"""Of a mistake."""
PILOT_SEED, PILOT_TEACHERS = 10_000, 10
"""Where the pilot's seeds begin, of teachers and of students: far from all others."""

Verdict = dict[str, Any]
"""One claim: {kind, title, verdict, config, answers [{text, holds, gain}], notes [text]}. One
mistake: {kind, title, effect {mean, ci95, seeds, teachers}, pilot {spread, teachers}, config, arms
{name: {accuracy, ece}}, answers, notes}: ``spread`` is the standard deviation of the effect from
teacher to teacher in the pilot, ``teachers`` how many it has asked for."""


def names() -> tuple[str, ...]:
    """What can be measured: claims, then mistakes."""
    return (*CLAIMS, *MISTAKES)


def settings_of(name: str, teachers: int = TEACHERS) -> tuple[str, StudyConfig]:
    """The study in which ``name`` is measured, and its settings; ConfigError for another name."""
    first = claims_study.STORED_SEED
    seeds = {"first_seed": first, "teacher_seed": first, "teacher_seeds": teachers}
    if name in CLAIMS:
        return "claims", claims_study.of_claim(name, **seeds)
    if name in MISTAKES:
        return "mistakes", mistakes_study.shown_best(name, **seeds)
    raise ConfigError(
        f"{name[:60]!r} is neither a claim nor a mistake", ", ".join(names()), "Choose one of these"
    )


def measure(
    name: str, store: Store | None = None, tell: Callable[[Event], None] = lambda _: None
) -> Verdict:
    """Train the arms of the claim or mistake ``name`` and judge them; what ``store`` knows is not
    trained again. StoreError where a run failed."""
    kind, config = settings_of(name)
    study, pilot = find(kind), None
    if kind == "mistakes":
        pilot = _pilot(name, store, tell)
        _, config = settings_of(name, pilot["teachers"])
    history = _history(name, study, config, store, tell)
    told = [_plain(finding) for finding in study.findings(history)]
    found: Verdict = {"config": config.model_dump(mode="json")}
    if kind == "claims":
        answers = claims_study.answers(history)
        found |= {
            "kind": "claim",
            "title": TRIALS[name].title,
            "verdict": claims_study.verdict_of(answers, TRIALS[name].quantifier),
            "answers": [_plain(answer) for answer in answers],
            "notes": [each["text"] for each in told[1 + len(answers) :]],
        }
        return found
    found |= {
        "kind": "mistake",
        "title": MISTAKES[name].title,
        "effect": _rounded(mistakes_study.effect(history)),
        "pilot": pilot,
        "arms": {
            arm: {measure: round(value, DIGITS) for measure, value in told.items()}
            for arm, told in mistakes_study.measured(history).items()
        },
        "answers": told,
        "notes": [],
    }
    return found


def _history(
    name: str, study: Study, config: StudyConfig, store: Store | None, tell: Callable[[Event], None]
) -> StudyHistory:
    """The study ``config`` to its end; StoreError where it failed."""
    history = StudyHistory(config)
    for event in run(study, config, store):
        history.take([event])
        tell(event)
    if history.failed:
        raise StoreError(
            f"{name} failed: {history.failed.reason}",
            "a study that ends without an error",
            "Measure it again",
        )
    return history


def _pilot(name: str, store: Store | None, tell: Callable[[Event], None]) -> dict[str, Any]:
    """{spread, teachers}: the standard deviation of the effect of a mistake over teachers, and how
    many of them it needs."""
    own = {"teacher_seed": PILOT_SEED, "teacher_seeds": PILOT_TEACHERS, "first_seed": PILOT_SEED}
    config = mistakes_study.shown_best(name, **own)
    history = _history(name, find("mistakes"), config, store, tell)
    effects = mistakes_study.effects(history)
    each = len(effects) // PILOT_TEACHERS
    means = [fmean(effects[n * each : (n + 1) * each]) for n in range(PILOT_TEACHERS)]
    spread = stdev(means)
    return {
        "spread": round(spread, DIGITS),
        "teachers": units_needed(spread, LEAST_TEACHERS, MOST_TEACHERS),
    }


def _plain(finding: Finding) -> dict[str, Any]:
    return {"text": finding.text, "holds": finding.holds, "gain": _rounded(finding.gain)}


def _rounded(gain: measured.Gain | None) -> dict[str, Any] | None:
    if gain is None:
        return None
    ends = gain.ci95 and [round(end, DIGITS) for end in gain.ci95]
    return gain.as_dict() | {"mean": round(gain.mean, DIGITS), "ci95": ends}


def rerun(
    which: Iterable[str], tell: Callable[[Event], None] = lambda _: None
) -> Iterator[tuple[str, Verdict]]:
    """Measure ``which`` anew, one after the other: nothing that was kept counts, teachers are
    trained once."""
    with tempfile.TemporaryDirectory(prefix="kdlab-clinic-") as folder:
        store = Store(home=Path(folder), bundled=None)
        for name in which:
            yield name, measure(name, store, tell)


def save(found: dict[str, Verdict], path: Path = STORED) -> None:
    """Write verdicts into the file that comes with the lab; others in it stay."""
    known = stored() if path == STORED and path.is_file() else {}
    merged = {name: {**known, **found}[name] for name in names() if name in {**known, **found}}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(merged, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")
    stored.cache_clear()


class _Answer(TypedDict):
    text: Text
    holds: bool | None
    gain: Gain | None


class _Settings(TypedDict):
    teacher_seed: Count
    teacher_seeds: Count
    seeds: Count


class _Arm(TypedDict):
    accuracy: float
    ece: float


class _Claim(TypedDict):
    kind: Literal["claim"]
    title: Name
    verdict: Name
    config: _Settings
    answers: list[_Answer]
    notes: list[Text]


class _Mistake(TypedDict):
    kind: Literal["mistake"]
    title: Name
    config: _Settings
    effect: Gain
    arms: dict[Name, _Arm]
    answers: list[_Answer]
    notes: list[Text]


@functools.cache
def _reader() -> TypeAdapter[Any]:
    return TypeAdapter(dict[Name, Annotated[_Claim | _Mistake, Field(discriminator="kind")]])


@functools.cache
def stored() -> dict[str, Verdict]:
    """Name -> verdict, as they come with the lab; StoreError where the file cannot be read."""
    try:
        text = STORED.read_text(encoding="utf-8")
        _reader().validate_json(text, strict=True)
        known: dict[str, Verdict] = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(
            f"the stored verdicts cannot be read ({type(error).__name__})",
            "the file that comes with the lab",
            "Recreate it: python -m kdlab clinic --rerun",
        ) from None
    return known
