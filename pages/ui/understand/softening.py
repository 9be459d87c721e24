"""The picture of the home page: one image, and the teacher's answer softened as T grows.

HTML with CSS animation: the bars are softmax(z / T) at six temperatures, computed here from a
teacher's logits. It needs no script; readers who ask for reduced motion see one temperature.
"""

from __future__ import annotations

import numpy.typing as npt

from kdlab.translation import say
from pages.ui.components.inline import softmax
from pages.ui.shell import prose
from pages.ui.shell.theme import LOOKS, TEACHER

TEMPERATURES = (1.0, 2.0, 4.0, 8.0, 16.0, 4.0)
SECONDS = 12
STILL = 2
"""Which of the temperatures stands where nothing may move."""
STYLE = prose.style(__file__)


def picture(
    logits: npt.ArrayLike, classes: tuple[str, ...], label: int, image: str | None = None
) -> str:
    """HTML for ``st.html``: logits (C,), class names, true class, and the image's address."""
    steps = [softmax(logits, T) for T in TEMPERATURES]
    bars, rules = [], []
    for k, name in enumerate(classes):
        scales = [f"transform: scaleY({p[k]:.4f})" for p in steps]
        rules.append(_keyframes(f"kd-bar-{k}", scales))
        truth = ' class="kd-truth"' if k == label else ""
        bars.append(
            f'<div{truth}><span><i style="animation-name: kd-bar-{k}; {scales[STILL]}"></i></span>'
            f"<b>{prose.in_html(name)}</b></div>"
        )
    texts = []
    for n, T in enumerate(TEMPERATURES):
        shown = [f"opacity: {int(m == n)}" for m in range(len(TEMPERATURES))]
        rules.append(_keyframes(f"kd-t-{n}", shown))
        still = ' class="kd-still"' if n == STILL else ""
        texts.append(f'<em{still} style="animation-name: kd-t-{n}">T = {T:g}</em>')
    shown_image = f'<img alt="" src="{image}">' if image else ""
    alt = say(
        "The teacher's answer for an image of class {name}: as the temperature T grows from 1 to "
        "16, the bars of the wrong classes rise and show which of them the teacher finds similar.",
        name=prose.in_html(classes[label]),
    )
    set_here = f"--teacher: {LOOKS[TEACHER].colour}; --cycle: {SECONDS}s"
    return f"""{STYLE}<style>{"".join(rules)}</style>
<div class="kd-home" role="img" tabindex="0" aria-label="{alt}" style="{set_here}">
{shown_image}<div class="kd-answer"><p>{"".join(texts)}</p>
<div class="kd-bars">{"".join(bars)}</div></div></div>"""


def _keyframes(name: str, states: list[str]) -> str:
    """Each state held for two thirds of its share of the time, then moved on from; cyclic."""
    share = 100 / len(states)
    frames = [
        f"{n * share:.2f}%, {(n + 0.67) * share:.2f}% {{ {state} }}"
        for n, state in enumerate(states)
    ]
    return f"@keyframes {name} {{ {' '.join(frames)} 100% {{ {states[0]} }} }}\n"
