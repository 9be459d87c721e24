"""By how much two kinds of student differ that were trained apart from each other: in two runs.

Students of a seed see the same labels in the same batches, also in another run on the same data
that gives them as many of both, and have the same first weights where their network is the same. So
where two runs share seeds, the difference is the mean of the paired differences, with the interval
of Student's t. Where they do not, it is that of the means, with Welch's interval (Welch 1947, "The
generalization of 'Student's' problem when several different population variances are involved"),
which takes neither the numbers of students nor their spreads to be equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.intervals import LEVEL
from kdlab.measure.measures import ACCURACY, Measure
from kdlab.translation import say

LEAST = 2
"""Students on each side, or pairs of them: one has no spread to tell."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The second kind minus the first: ``gain`` holds the mean, its 95 % interval and the words for
    both; ``pairs`` are the seeds that were paired, none where the difference is not paired,
    ``counts`` how many students of each kind it is over, and ``same`` whether both students of each
    pair came to the very same: the interval is then that of the steps of the measure alone."""

    gain: Gain
    pairs: tuple[int, ...]
    counts: tuple[int, int]
    same: bool = False

    @property
    def paired(self) -> bool:
        """Whether it is over pairs of students of one seed."""
        return bool(self.pairs)

    def over(self) -> str:
        """ "paired over 5 seeds", "unpaired, 5 and 3 seeds", within a sentence."""
        if self.paired:
            return say("paired over {count} seeds", count=len(self.pairs))
        one, other = self.counts
        return say("unpaired, {one} and {other} seeds", one=one, other=other)

    def told(self) -> str:
        """ "+1.2 points, 95 % interval +0.3 to +2.1, paired over 5 seeds", within a sentence."""
        return say(
            "{amount}, 95 % interval {between}, {over}",
            amount=self.gain.amount(),
            between=self.gain.between(),
            over=self.over(),
        )


def difference(
    first: Mapping[int, float],
    second: Mapping[int, float],
    *,
    same_data: bool,
    resolutions: tuple[float, float] = (0.0, 0.0),
    measure: Measure = ACCURACY,
) -> Difference | None:
    """``second`` minus ``first``, seed -> what its student came to: paired where ``same_data`` and
    two or more seeds are in both, over these, else over all students. None where a side has fewer
    than two. ``resolutions``: the steps in which the values of each side come; ties are not
    certainty (:func:`kdlab.measure.intervals.interval`)."""
    if min(len(first), len(second)) < LEAST:
        return None
    both = tuple(sorted(first.keys() & second.keys())) if same_data else ()
    pairs = both if len(both) >= LEAST else ()
    before, after = ([each[seed] for seed in pairs or each] for each in (first, second))
    counts = len(before), len(after)
    if not all(map(math.isfinite, [*before, *after])):
        return Difference(Gain(math.nan, None, min(counts), measure=measure), pairs, counts)
    if pairs:
        gain = paired_gain(before, after, max(resolutions), measure=measure)
    else:
        mean, low, high = welch(before, after, resolutions=resolutions)
        gain = Gain(mean, (low, high), min(counts), measure=measure)
    return Difference(gain.within(), pairs, counts, bool(pairs) and before == after)


def welch(
    first: Sequence[float],
    second: Sequence[float],
    level: float = 1 - LEVEL,
    resolutions: tuple[float, float] = (0.0, 0.0),
) -> tuple[float, float, float]:
    """The mean of ``second`` minus that of ``first``, and the ends of its interval: two or more
    values each, the degrees of freedom after Welch and Satterthwaite."""
    from scipy.special import stdtrit

    means, errors = [], []
    for values, resolution in zip((first, second), resolutions, strict=True):
        n = len(values)
        mean = math.fsum(values) / n
        variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
        means.append(mean)
        errors.append(max(variance, resolution**2 / 12) / n)
    mean = means[1] - means[0]
    if not sum(errors):
        return mean, mean, mean
    parts = zip(errors, (first, second), strict=True)
    degrees = sum(errors) ** 2 / sum(error**2 / (len(v) - 1) for error, v in parts)
    half = float(stdtrit(degrees, (1 + level) / 2)) * math.sqrt(sum(errors))
    return mean, mean - half, mean + half
