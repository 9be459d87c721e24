"""What the mistake with the ranges of int8 draws: what files come to that were made in several
ways."""

from __future__ import annotations

from dataclasses import replace

from kdlab.events import DISTILLED
from kdlab.measure.intervals import interval_over
from kdlab.studies import StudyHistory
from kdlab.studies.mistakes.rounded import FULL, RIGHT, WAYS, WRONG, values
from pages.ui.charts.arms import COLOURS, short
from pages.ui.charts.base import list_layout
from pages.ui.charts.text import own
from pages.ui.charts.traces import Dict, dots, means, percent
from pages.ui.shell.theme import LOOKS, Look

LOOK = {
    RIGHT: LOOKS[DISTILLED],
    WRONG: Look(COLOURS[3], "dash", "x", "Wrong", "Wrong", COLOURS[3]),
    FULL: replace(LOOKS[DISTILLED], symbol="circle-open"),
}
OTHER = Look(COLOURS[2], "dot", "triangle-up", "Other", "Other", COLOURS[2])


def ways(history: StudyHistory) -> Dict:
    """Test accuracy of each way, a row each, with its 95 % interval and a faint dot a student;
    empty before the study is done."""
    title = "As files, 95 % intervals over teachers"
    layout = list_layout("Correct answers, %", title, top=34)
    data: list[Dict] = []
    for way, words in WAYS.items():
        found, look, row = values(history, way), LOOK.get(way, OTHER), short(words)
        if not found:
            continue
        spread = percent(*interval_over(found, history.teachers, history.resolution("accuracy")))
        each = [100 * value for value in found]
        data.append(dots(each, [row] * len(each), look.colour, 5, marker={"opacity": 0.4}))
        data.append(means([spread], [row], look, 12, own("{}: %{{x:.2f}} %<extra></extra>", words)))
    return {"data": data, "layout": layout}


def describe(history: StudyHistory) -> str:
    """The chart in a sentence, for people who do not see it."""
    told = [
        f"{words} {100 * sum(found) / len(found):.1f} %"
        for way, words in WAYS.items()
        if (found := values(history, way))
    ]
    return f"Test accuracy of files. {'; '.join(told) or 'Nothing is measured yet'}"
