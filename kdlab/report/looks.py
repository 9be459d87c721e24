"""How each kind of network is drawn: colours, which the pages take from here, and beside them
dashes and symbols, so that a print without colour can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY

TEACHER = "teacher"
BLACK, GREY, GRID = "#1A1A1A", "#555555", "#DDDDDD"
WORSE, SAME, BETTER = "#A678D8", "#EAEAEA", "#EB8A3E"
"""Of a map: purple to orange, told apart by colour-blind readers; orange is the distilled
student's."""
NONE, ALL = "#F4F4F4", "#56B4E9"
"""Of shares. Black letters can be read on all of them."""


@dataclass(frozen=True)
class Look:
    """A colour, a dash and a symbol as Matplotlib writes them, and the words of a legend."""

    colour: str
    dash: str | tuple[int, tuple[float, ...]]
    symbol: str
    label: str


DOTS: tuple[int, tuple[float, ...]] = (0, (1, 1.4))
LOOKS = {
    TEACHER: Look("#0072B2", (0, (5, 2)), "D", "Teacher"),
    LABELS_ONLY: Look("#7A7A7A", DOTS, "s", "Student, labels only"),
    DISTILLED: Look("#D55E00", "-", "o", "Student, distilled"),
}
"""Kind of network -> look, in the order of every legend."""

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00", "#5D3A9B")
DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-", (0, (5, 2)), "-.", (0, (8, 2)), (0, (8, 2, 1, 2)), (0, (3, 1)), (0, (3, 1, 1, 1, 1, 1)),
)  # fmt: skip
"""One fewer than there are colours: both come together again only after 56 arms."""
SYMBOLS = ("o", "D", "^", "P", "*", "h", "p", "v")
GREYS, OPEN = ("#A8A8A8", "#5F6B73", "#8C8C8C", "#B5ADA3"), ("s", "D", "o", "X")
"""Of further students on labels only."""


def of_arms(arms: list[dict[str, Any]]) -> dict[str, Look]:
    """A look for every arm of a study: grey for those on labels only that others are judged
    against, orange for the first of the others."""
    found: dict[str, Look] = {}
    references = {arm["against"] for arm in arms}
    taught = alone = 0
    for arm in arms:
        name, label = str(arm["name"]), str(arm["label"])
        if not arm["teacher"] and name in references:
            look = replace(LOOKS[LABELS_ONLY], label=label)
            if alone:
                n = (alone - 1) % len(GREYS)
                look = replace(look, colour=GREYS[n], dash=DASHES[n + 1], symbol=OPEN[n])
            alone += 1
        else:
            n = taught
            colour, symbol = COLOURS[n % len(COLOURS)], SYMBOLS[n % len(SYMBOLS)]
            look = Look(colour, DASHES[n % len(DASHES)], symbol, label)
            taught += 1
        found[name] = look
    return found
