"""By what students are judged: the accuracy of their answers, or of text the bits per character.

A model of a language is asked for a distribution, not for an answer: of what may come next several
characters are right, so accuracy says little, and the cross-entropy says it all.
"""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.measure.wording import signed
from kdlab.translation import say


@dataclass(frozen=True)
class Measure:
    """One number that a student comes to on some examples.

    ``name`` is that in events, files and columns; ``label`` and ``unit`` are for axes, ``units``
    for differences in sentences. Numbers are shown times ``scale`` with ``digits`` decimals, a
    difference with ``difference_digits``. ``less`` says whether less is better, ``most`` what none
    can exceed. ``notable`` is a difference that matters, as it is kept: two that surely differ by
    less than half of it are about as good.
    """

    name: str
    label: str
    unit: str
    units: str
    scale: float
    digits: int
    difference_digits: int
    less: bool
    most: float | None
    notable: float

    def shown(self, value: float) -> str:
        """ "93.1 %", "3.41 bits"."""
        return f"{self.scale * value:.{self.digits}f} {say(self.unit)}"

    def number(self, value: float, digits: int | None = None) -> str:
        """ "93.1", "3.41"."""
        return f"{self.scale * value:.{self.digits if digits is None else digits}f}"

    def difference(self, value: float, digits: int | None = None) -> str:
        """ "+3.1", "−0.42", without its unit."""
        return signed(self.scale * value, self.difference_digits if digits is None else digits)

    def margin(self, value: float) -> str:
        """An amount that is a margin, in words: "one point", "0.01 bits per character"."""
        if self.scale * value == 1:
            return say("one {unit}", unit=say(self.units.removesuffix("s"), about="measure"))
        return f"{self.number(value, self.difference_digits)} {say(self.units, about='measure')}"

    def better(self, value: float) -> float:
        """A difference with the sign of what it is worth: above 0 where it is better."""
        return -value if self.less else value


ACCURACY = Measure(
    name="accuracy",
    label="Accuracy",
    unit="%",
    units="points",
    scale=100,
    digits=1,
    difference_digits=1,
    less=False,
    most=1.0,
    notable=0.02,
)
BITS = Measure(
    name="bits",
    label="Bits per character",
    unit="bits",
    units="bits per character",
    scale=1,
    digits=2,
    difference_digits=2,
    less=True,
    most=None,
    notable=0.02,
)
MEASURES = {measure.name: measure for measure in (ACCURACY, BITS)}
"""Name -> measure."""
