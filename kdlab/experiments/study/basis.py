"""What the intervals of a study are over, and how many of them would seem clear by chance."""

from __future__ import annotations

from collections.abc import Sequence

from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding
from kdlab.measure.intervals import LEVEL


def basis(history: StudyHistory, findings: Sequence[Finding], *, corrected: bool = False) -> str:
    """One or two sentences to stand beside the findings; "" before anything was trained.

    ``corrected`` says that better and worse were corrected for the number of comparisons.
    """
    text = " ".join((over(history), of_number(findings, corrected=corrected)))
    return text.strip()


def over(history: StudyHistory) -> str:
    """What the intervals are over, in a sentence; "" before anything was trained."""
    if history.started is None:
        return ""
    seeds = len(history.started.seeds)
    if history.teachers > 1:
        each = seeds // history.teachers
        students = f"{each} students each" if each > 1 else "one student of each kind"
        alone = any(not arm.get("taught", arm["teacher"]) for arm in history.arms)
        return f"95 % intervals over {history.teachers} teachers, {students}." + (
            f" What learns without a teacher: over all {seeds} seeds." if alone else ""
        )
    many = f"{seeds} seeds" if seeds > 1 else "one seed"
    return f"95 % intervals over {many}, with this teacher: another one may change them."


def comparisons(findings: Sequence[Finding]) -> int:
    """How many of the findings tell a difference with its interval."""
    return sum(finding.gain is not None for finding in findings)


def of_number(findings: Sequence[Finding], *, corrected: bool = False) -> str:
    """What the number of comparisons does to them, in a sentence; "" for fewer than two."""
    compared = comparisons(findings)
    if compared < 2:
        return ""
    if corrected:
        return f"Better and worse are corrected for {compared} comparisons (Holm)."
    return (
        f"There are {compared} comparisons: even if nothing differed, about "
        f"{by_chance(compared)} of "
        "them would look clear by chance."
    )


def by_chance(comparisons: int) -> str:
    """How many of so many 95 % intervals leave out 0 where nothing differs, on average: "0.3"."""
    expected = LEVEL * comparisons
    return f"{expected:.1g}" if expected < 1 else f"{expected:.0f}"


def with_teacher(history: StudyHistory, *arms: str) -> str:
    """ " with this teacher", for a sentence about ``arms`` whose verdict is about one teacher;
    "" where it is about several, or no teacher reaches any of these arms."""
    taught = any(a.get("taught", a["teacher"]) for a in history.arms if a["name"] in arms)
    return " with this teacher" if taught and history.teachers == 1 else ""
