"""Three answers side by side: probabilities at a temperature, as bars and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kdlab.events import DISTILLED, LABELS_ONLY
from pages.ui.components.inline import softmax
from pages.ui.shell import prose
from pages.ui.shell.theme import LOOKS, TEACHER

STYLE = prose.style(__file__)


@dataclass(frozen=True)
class Answer:
    """What one network says of one input, at one temperature."""

    probabilities: npt.NDArray[np.float64]
    """softmax(z / T), shape (C,)."""

    @property
    def ranking(self) -> list[int]:
        """Classes, the likeliest first."""
        return [int(k) for k in np.argsort(-self.probabilities, kind="stable")]

    @property
    def best(self) -> int:
        """The answer: the likeliest class."""
        return self.ranking[0]

    @property
    def confidence(self) -> float:
        """Probability of the answer, 0 to 1."""
        return float(self.probabilities.max())

    @property
    def entropy(self) -> float:
        """Entropy in bits: 0 for a certain answer, log2 C where all classes are alike.

        >>> Answer(np.array([0.5, 0.5])).entropy
        1.0
        """
        p = self.probabilities[self.probabilities > 0]
        return float(max(0.0, -(p * np.log2(p)).sum()))


def softened(logits: Mapping[str, npt.ArrayLike], temperature: float) -> dict[str, Answer]:
    """Logits (C,) of each model -> its answer at ``temperature``, in the order of the legends."""
    return {name: Answer(softmax(logits[name], temperature)) for name in LOOKS if name in logits}


def overlap(one: Answer, other: Answer) -> float:
    """What two distributions share, 0 to 1: sum of the smaller probability of each class, which is
    1 minus their total variation distance."""
    return float(np.minimum(one.probabilities, other.probabilities).sum())


def in_words(answers: Mapping[str, Answer], classes: Sequence[str], temperature: float) -> str:
    """Who answers what, and how much of the teacher's distribution each student shares."""
    best = {name: f"**{prose.plain(classes[answer.best])}**" for name, answer in answers.items()}
    teacher, labels, distilled = (best[name] for name in (TEACHER, LABELS_ONLY, DISTILLED))
    if teacher == labels == distilled:
        said = f"All three answer {teacher}."
    elif teacher == distilled:
        said = (
            f"The distilled student answers {distilled} like its teacher, "
            f"the student on labels alone {labels}."
        )
    elif teacher == labels:
        said = (
            f"The student on labels alone answers {labels} like the teacher, "
            f"the distilled student {distilled}."
        )
    elif labels == distilled:
        said = f"The teacher answers {teacher}, both students {labels}."
    else:
        said = (
            f"Three answers: the teacher says {teacher}, the student on labels alone {labels}, "
            f"the distilled student {distilled}."
        )
    shares = {name: overlap(answers[TEACHER], answers[name]) for name in (DISTILLED, LABELS_ONLY)}
    return (
        f"{said} At T = {temperature:g} the distilled student shares "
        f"{_percent(shares[DISTILLED])} of the teacher's distribution, the other student "
        f"{_percent(shares[LABELS_ONLY])}."
    )


def bars(answers: Mapping[str, Answer], classes: Sequence[str]) -> str:
    """HTML for ``st.html``: a row for each model, bars over the same classes below each other."""
    rows = [_row(name, answer, classes) for name, answer in answers.items()]
    return f'{STYLE}<div class="kd-three">{"".join(rows)}</div>'


def _row(name: str, answer: Answer, classes: Sequence[str]) -> str:
    look = LOOKS[name]
    best, second = answer.ranking[:2]
    items = []
    for k, p in enumerate(answer.probabilities):
        mark = ' class="best"' if k == best else ""
        label = prose.in_html(classes[k])
        value = f"<em>{math.floor(100 * p + 0.5)}</em>" if p >= 0.005 else ""
        # The number stands above its bar: the bar has what it leaves free of the height.
        height = f"calc((100% - 1.05rem) * {p:.4f})"
        items.append(
            f'<li{mark} title="{label}: {_percent(p)}"><span>{value}'
            f'<i style="height:{height};background:{look.colour}"></i></span>'
            f"<strong>{label}</strong></li>"
        )
    long = " class=words" if len(classes[best]) > 2 else ""
    told = (
        f"{look.label}: {classes[best]}, {_percent(answer.confidence)}; "
        f"then {classes[second]}, {_percent(answer.probabilities[second])}"
    )
    return (
        f'<section><div><h3 style="color:{look.text}">{look.label}</h3>'
        f'<div class="answer"><b{long}>{prose.in_html(classes[best])}</b>'
        f"<p>{_percent(answer.confidence)} sure</p></div>"
        f"<p>then {prose.in_html(classes[second])}: {_percent(answer.probabilities[second])}<br>"
        f"entropy {answer.entropy:.2f} bits</p>"
        f'</div><ol role="img" aria-label="{prose.in_html(told)}">{"".join(items)}</ol></section>'
    )


def _percent(share: float) -> str:
    """Digits that matter: nobody is 100 % sure, and nothing is impossible.

    >>> [_percent(p) for p in (0.99997, 0.5, 0.012, 0.00001)]
    ['> 99.9 %', '50 %', '1.2 %', '< 0.1 %']
    """
    if share > 0.9995:
        return "> 99.9 %"
    if share < 0.0005:
        return "< 0.1 %"
    if 0.1 <= share < 0.99:
        return f"{math.floor(100 * share + 0.5)} %"
    return f"{100 * share:.1f} %"
