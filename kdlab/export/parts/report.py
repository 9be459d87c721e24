"""What a script prints about its results: means over seeds or teachers, and gains paired by seed.

``found`` has the accuracies (0 to 1) of each arm, seed by seed, ``against`` the arm beside which
each is judged. Differences are told in points, hundredths of an accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from kdlab.export.parts.constants import TEACHERS
from kdlab.measure.intervals import interval, interval_over

Accuracies = Mapping[str, Sequence[float]]
Interval = tuple[float, float, float]
"""Mean, low end and high end."""


def tell_pair(seed: int, found: Accuracies) -> None:
    """The two students of one seed."""
    a, b = (values[-1] for values in found.values())
    gain = 100 * (b - a)
    print(f"seed {seed}: labels only {a:.2%}, distilled {b:.2%}, gain {gain:+.2f} points")


def report_pair(plain: Sequence[float], distilled: Sequence[float]) -> None:
    """The mean gain and its 95 % interval (Student's t)."""
    mean, low, high = interval([100 * (b - a) for a, b in zip(plain, distilled, strict=True)])
    ends = f"95 % interval {low:+.2f} to {high:+.2f}"
    print(f"mean gain over {len(plain)} seeds: {mean:+.2f} points, {ends}")


def report_one_pair(plain: Sequence[float], distilled: Sequence[float]) -> None:
    """The gain of one seed."""
    gain = 100 * (distilled[0] - plain[0])
    print(f"gain with one seed: {gain:+.2f} points; an interval needs more seeds")


def report_one_seed(found: Accuracies, against: Mapping[str, str]) -> None:
    """Accuracies and gains; intervals need more seeds."""
    for name, values in found.items():
        gain = f", gain {100 * (values[0] - found[against[name]][0]):+.2f} points"
        print(f"{name}: {values[0]:.2%}" + gain * (against[name] != name))


def report_line(name: str, accuracy: Interval, gain: Interval | None) -> None:
    """An arm's mean accuracy, and its gain where it is compared with another."""
    mean, low, high = accuracy
    line = f"{name}: {mean:.2%} (95 % {low:.2%} to {high:.2%})"
    if gain is not None:
        mean, low, high = (100 * value for value in gain)
        line += f", gain {mean:+.2f} points (95 % {low:+.2f} to {high:+.2f})"
    print(line)


def gains_of(name: str, found: Accuracies, against: Mapping[str, str]) -> list[float]:
    """What each seed gains; nothing for an arm that is compared with itself."""
    pairs = zip(found[against[name]], found[name], strict=True)
    return [b - a for a, b in pairs] if against[name] != name else []


def report(found: Accuracies, against: Mapping[str, str], examples: int) -> None:
    """Means over seeds with their 95 % intervals, and gains paired by seed, in points."""
    step = 1 / examples  # ties are not certainty: an accuracy comes in steps
    for name, values in found.items():
        gains = gains_of(name, found, against)
        gain = interval(gains, resolution=step) if gains else None
        report_line(name, interval(values, resolution=step), gain)


def report_over_teachers(
    found: Accuracies, against: Mapping[str, str], taught: Set[str], examples: int
) -> None:
    """Means with their 95 % intervals, and gains paired by seed, in points. The units are teachers
    where one reaches the arm (``taught``), else seeds."""
    step = 1 / examples  # ties are not certainty: an accuracy comes in steps
    for name, values in found.items():
        gains = gains_of(name, found, against)
        units = TEACHERS if taught & {name, against[name]} else 1
        gain = interval_over(gains, units, step) if gains else None
        own = interval_over(values, TEACHERS if name in taught else 1, step)
        report_line(name, own, gain)
