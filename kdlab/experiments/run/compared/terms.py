"""On what terms two runs can be compared: paired by seed, unpaired, or not at all, and why."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab import checks
from kdlab.config.schema import DataConfig, DistilConfig
from kdlab.experiments.run.compared.side import Side
from kdlab.measure.difference import LEAST
from kdlab.measure.measures import BITS
from kdlab.translation import say

SAME_SET = frozenset({"noise", "points", "image_size", "window", "train_limit"})
"""Settings of the data that leave a data set the same one, though not to the last example."""

LESSONS = ("labels", "label_noise", "train_limit", "batch_size")
"""Settings without which a seed has other labels, or other batches."""


@dataclass(frozen=True)
class Terms:
    """``why`` there is no difference to tell, in a sentence, empty where there is; ``together``
    says whether both have one axis, and ``same_test`` whether both were asked the same test
    examples. ``same_teacher``: one network taught both."""

    why: str
    together: bool
    same_test: bool
    same_teacher: bool


def terms(a: Side, b: Side) -> Terms:
    """How ``a`` and ``b`` can be compared."""
    apart = _apart(a, b)
    return Terms(
        why=apart or _same_run(a, b) or _alone(a, b),
        together=not apart,
        same_test=not apart and _same_test(a, b),
        same_teacher=a.config.teacher_config() == b.config.teacher_config(),
    )


def title(name: str) -> str:
    """The title of a setting within a sentence: "noise", "weight α"."""
    found = say(str(DistilConfig.model_fields[name].title))
    return found[:1].lower() + found[1:]


def other_data(a: DistilConfig, b: DistilConfig) -> list[str]:
    """The settings of the data that differ."""
    names = DataConfig.model_fields
    return [name for name in names if getattr(a, name) != getattr(b, name)]


def one_axis(a: DistilConfig, b: DistilConfig) -> bool:
    """Whether the settings of the data leave both on one data set."""
    return set(other_data(a, b)) <= SAME_SET


def other_lessons(a: Side, b: Side) -> bool:
    """Whether a seed has other labels, or other batches."""
    return any(getattr(a.config, name) != getattr(b.config, name) for name in LESSONS)


def may_have_changed(a: Side, b: Side) -> bool:
    """Whether the data of both are files that were only named: they may be others than then."""
    return checks.may_change(a.config) and checks.may_change(b.config)


def _apart(a: Side, b: Side) -> str:
    """Why the two have nothing in common that could be subtracted."""
    one, other = a.config.dataset, b.config.dataset
    if a.measure is not b.measure:
        one, other = (
            say("bits per character") if side.measure is BITS else say("accuracy")
            for side in (a, b)
        )
        return say(
            "A is judged by {one} and B by {other}: they cannot be compared.",
            one=one,
            other=other,
        )
    if one != other:
        return say(
            "A is on {one} and B on {other}: different data sets cannot be compared.",
            one=one,
            other=other,
        )
    others = [title(name) for name in other_data(a.config, b.config) if name not in SAME_SET]
    if others:
        return say(
            "A and B are on different data ({names}): they cannot be compared.",
            names=say(" and ").join(others),
        )
    if a.started.classes != b.started.classes:
        return say("A and B have different classes: they cannot be compared.")
    return ""


def _same_run(a: Side, b: Side) -> str:
    return say("A and B are the same run.") if a.config == b.config else ""


def _alone(a: Side, b: Side) -> str:
    """Why nothing says how much is chance."""
    few = [name for name, side in (("A", a), ("B", b)) if len(side.seeds) < LEAST]
    if not few:
        return ""
    if len(few) > 1:
        who = say("{names} have one seed each", names=say(" and ").join(few))
    else:
        who = say("{name} has one seed", name=few[0])
    return say(
        "{who}: nothing says how much is chance, so no difference is shown. Train with more seeds.",
        who=who,
    )


def _same_test(a: Side, b: Side) -> bool:
    """A limit on the training examples leaves the test part alone, unless that is large."""
    same = set(other_data(a.config, b.config)) <= {"train_limit"}
    return same and a.started.test_size == b.started.test_size
