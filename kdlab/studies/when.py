"""When does it help? One thing is varied at a time, and the gain over labels only is drawn.

What is known of it: soft targets help most where labels are few or the student would overfit
(Hinton, Vinyals and Dean 2015, sections 4 and 6), a much larger teacher can teach worse (Mirzadeh
et al. 2020, arXiv:1902.03393), and so can one that was trained for too long (Cho and Hariharan
2019, arXiv:1910.01348). Each panel measures one of these on the pair at hand.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from kdlab import methods, models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, surely
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.values import SEVERAL
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import LEVEL, holm
from kdlab.studies.common import SmallTeacherConfig
from kdlab.studies.factors import FACTORS, Factor, FactorName
from kdlab.training.arms.arm import Arm, Plan


class WhenConfig(SmallTeacherConfig):
    """Which settings are varied. In each panel, all the others are as given."""

    epochs: int = override_field(StudentConfig, "epochs", default=30)
    seeds: int = override_field(StudentConfig, "seeds", default=5)
    factors: Annotated[tuple[FactorName, ...], *SEVERAL] = setting(
        tuple(FACTORS),
        "What is varied",
        "One panel each. Within a panel, everything else is as set here.",
        min_length=1,
        max_length=len(FACTORS),
        options=tuple(FACTORS),
        words={name: factor.label for name, factor in FACTORS.items()},
    )


def along(config: WhenConfig, factor: Factor) -> tuple[Any, ...]:
    """The values of ``factor`` that fit the settings, small to large, the configuration's own among
    them."""
    values = {*(v for v in factor.values if factor.fits(config, v)), factor.value(config)}
    return tuple(sorted(values, key=lambda v: math.inf if v == "all" else v))


def arm_of(config: WhenConfig, factor: Factor, value: Any) -> str:
    """The name of the distilled student at ``value``: "distilled" where that is the configuration's
    own, else like "labels 30"."""
    return "distilled" if value == factor.value(config) else f"{factor.name} {value}"


def plan(config: WhenConfig, classes: tuple[str, ...]) -> Plan:
    """Of every value of every factor one student on labels only and one distilled. What is the
    same as the configuration's own is trained once. ConfigError for the width of a network that
    has none, and for the temperature of a method that has none."""
    if "width" in config.factors and not models.find(config.student).sizes:
        raise ConfigError(
            f"student is {config.student!r}, which has no width to vary",
            "an MLP or a small CNN as the student, like mlp-16 or cnn-8",
            "Choose such a student, or leave the width out",
        )
    if "temperature" in config.factors and not methods.find(config.method).uses_temperature:
        soft = ", ".join(m.name for m in methods.METHODS.values() if m.uses_temperature)
        raise ConfigError(
            f"method is {config.method!r}, in which T has no effect, and the temperature is varied",
            f"a method that softens: {soft}",
            "Choose such a method, or leave the temperature out",
        )
    arms = [Arm.baseline(config), Arm.of(config, "distilled", "Distilled")]
    against: dict[str, str] = {}
    for name in config.factors:
        factor = FACTORS[name]
        for value in along(config, factor):
            if value == factor.value(config):
                continue
            changes = factor.change(config, value)
            words = f"{factor.label} {value}"
            own = arm_of(config, factor, value)
            arms.append(Arm.of(config, own, words, **changes))
            if factor.apart:
                alone = f"{own} alone"
                arms.append(Arm.baseline(config, alone, f"{words}, labels only", **changes))
                against[own] = alone
    return Plan(tuple(arms), against)


def panel(history: StudyHistory, name: FactorName) -> list[tuple[Any, Gain]]:
    """(value, gain over labels only) of the values of one factor that are done, small to large;
    gains as :func:`kdlab.measure.gain.paired_gain` has them."""
    config = history.config
    assert isinstance(config, WhenConfig)
    factor = FACTORS[name]
    found = [(v, history.gain(arm_of(config, factor, v))) for v in along(config, factor)]
    return [(value, gain) for value, gain in found if gain is not None]


def findings(history: StudyHistory) -> list[Finding]:
    """One sentence a factor: at which of its values distilling helped, hurt, or neither; a sentence
    that counts values accounts for their number."""
    config = history.config
    assert isinstance(config, WhenConfig)
    return [_finding(history, config, FACTORS[name]) for name in config.factors]


def _finding(history: StudyHistory, config: WhenConfig, factor: Factor) -> Finding:
    rows = panel(history, factor.name)
    words = {
        "helped": "helped at",
        "hurt": "hurt at",
        "unclear": "made no clear difference at",
        "one seed": "was measured with one seed only at",
    }
    known = [(value, gain) for value, gain in rows if not math.isnan(gain.mean)]
    clear = [p < LEVEL for p in holm([gain.p_value() for _, gain in known])]
    told = [
        "unclear" if not sure and gain.verdict in ("helped", "hurt") else gain.verdict
        for (_, gain), sure in zip(known, clear, strict=True)
    ]
    values = [_tick(value) for value, _ in known]
    at = {w: [v for v, found in zip(values, told, strict=True) if found == w] for w in words}
    parts = [f"{words[found]} {', '.join(own)}" for found, own in at.items() if own]
    if lost := [_tick(value) for value, gain in rows if math.isnan(gain.mean)]:
        parts.append(f"gave NaN at {', '.join(lost)}")
    text = f"{factor.label}: distilling {'; '.join(parts)}."
    if not known:
        return Finding(text)
    top, gain = max(known, key=lambda row: _seen(history, arm_of(config, factor, row[0])))
    signs = {"helped": True, "hurt": False}
    seen = {signs[found] for found in signs if at[found]}
    return Finding(
        f"{text} On validation {history.noun} the gain is largest at {_tick(top)}; there it is "
        f"{gain.told()} on test {history.noun}.",
        seen.pop() if len(seen) == 1 else None,
        gain,
    )


def _tick(value: Any) -> str:
    return "all" if value == "all" else f"{value:g}"


def _seen(history: StudyHistory, arm: str) -> float:
    """The gain of ``arm`` on validation examples, which choose where test examples judge, above 0
    where it is better; -inf where it is NaN."""
    gain = history.gain(arm, measure=history.chooses)
    if gain is None or math.isnan(gain.mean):
        return -math.inf
    return gain.measure.better(float(gain.mean))


def answer(history: StudyHistory) -> Finding:
    """At how many of all settings distilling helped, where most, and where it hurt; the number of
    settings is accounted for."""
    config = history.config
    assert isinstance(config, WhenConfig)
    rows: dict[str, tuple[str, Gain]] = {}
    for name in config.factors:
        for value, gain in panel(history, name):
            arm = arm_of(config, FACTORS[name], value)
            rows.setdefault(arm, (f"{FACTORS[name].label} {_tick(value)}", gain))
    known = {arm: row for arm, row in rows.items() if not math.isnan(row[1].mean)}
    found = dict(zip(known, surely([gain for _, gain in known.values()]), strict=True))
    helped, hurt = ([a for a, sign in found.items() if sign is way] for way in (True, False))
    if not helped and not hurt:
        names = [_lower(words) for words, _ in rows.values()]
        return Finding(f"{OPEN}: {doubt([gain for _, gain in rows.values()], names)}.")
    text = f"It helped in {len(helped)} of {len(rows)} settings"
    if helped:
        words, gain = known[max(helped, key=lambda arm: _seen(history, arm))]
        text += f", most at {_lower(words)} ({amount(gain)})"
    if hurt:
        text += f", and hurt in {len(hurt)}: {', '.join(_lower(known[arm][0]) for arm in hurt)}"
    untold = len(known) - len(helped) - len(hurt)
    if untold:
        text += f"; {'the other ' if len(known) == len(rows) else ''}{untold} stay open"
    if gone := [_lower(words) for arm, (words, _) in rows.items() if arm not in known]:
        text += f"; {', '.join(gone)} gave NaN"
    return Finding(f"{text}.")


def _lower(words: str) -> str:
    """A factor's words within a sentence."""
    return words[0].lower() + words[1:]


STUDY = Study(
    name="when",
    title="When does it help?",
    question="When does a teacher help, and when not?",
    config=WhenConfig,
    plan=plan,
    findings=findings,
    answer=answer,
)
