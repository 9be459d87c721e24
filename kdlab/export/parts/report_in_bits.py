"""What a script prints about models of text: bits per character, in which gains are given, and the
accuracy beside them. Of bits less is better, so a negative gain is.

``found`` has of each arm, seed by seed, both numbers on the test characters, ``against`` the arm
beside which each is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from kdlab.export.parts.constants import TEACHERS
from kdlab.export.parts.report import Interval, gains_of
from kdlab.measure.intervals import interval, interval_over

Judged = tuple[float, float]
"""Bits per character, and accuracy (0 to 1)."""
FoundInBits = Mapping[str, Sequence[Judged]]
LESS_IS_BETTER = "(fewer bits are better, so a negative gain is better)"


def tell_in_bits(name: str, judged: Judged) -> None:
    """Say how good a teacher is."""
    bits, right = judged
    print(f"teacher {name}: {bits:.3f} bits per character, {right:.2%} right (test characters)")


def tell_pair_in_bits(seed: int, found: FoundInBits) -> None:
    """The two students of one seed."""
    (a, right_a), (b, right_b) = (values[-1] for values in found.values())
    print(
        f"seed {seed}: labels only {a:.3f} bits ({right_a:.2%} right), "
        f"distilled {b:.3f} bits ({right_b:.2%} right), gain {b - a:+.3f} bits per character"
    )


def report_pair_in_bits(plain: Sequence[Judged], distilled: Sequence[Judged]) -> None:
    """The mean gain and its 95 % interval (Student's t)."""
    mean, low, high = interval([b - a for (a, _), (b, _) in zip(plain, distilled, strict=True)])
    ends = f"95 % interval {low:+.3f} to {high:+.3f}"
    print(f"mean gain over {len(plain)} seeds: {mean:+.3f} bits per character, {ends}")
    print(LESS_IS_BETTER)


def report_one_pair_in_bits(plain: Sequence[Judged], distilled: Sequence[Judged]) -> None:
    """The gain of one seed."""
    gain = f"{distilled[0][0] - plain[0][0]:+.3f} bits per character (a negative one is better)"
    print(f"gain with one seed: {gain}; an interval needs more seeds")


def line_in_bits(name: str, values: Sequence[Judged], own: Interval, gain: Interval | None) -> None:
    """An arm's mean, and its gain where it is compared with another."""
    mean, low, high = own
    right = sum(share for _, share in values) / len(values)
    line = f"{name}: {mean:.3f} bits per character"
    line += f" (95 % {low:.3f} to {high:.3f}), {right:.2%} right"
    if gain is not None:
        mean, low, high = gain
        line += f", gain {mean:+.3f} bits per character (95 % {low:+.3f} to {high:+.3f})"
    print(line)


def bits_alone(found: FoundInBits) -> dict[str, list[float]]:
    """Without the accuracies."""
    return {name: [bits for bits, _ in values] for name, values in found.items()}


def report_one_seed_in_bits(found: FoundInBits, against: Mapping[str, str]) -> None:
    """Bits, accuracies and gains; intervals need more seeds."""
    for name, ((bits, right), *_) in found.items():
        gain = f", gain {bits - found[against[name]][0][0]:+.3f} bits per character"
        line = f"{name}: {bits:.3f} bits per character, {right:.2%} right"
        print(line + gain * (against[name] != name))
    print(LESS_IS_BETTER)


def report_in_bits(found: FoundInBits, against: Mapping[str, str]) -> None:
    """Means over seeds with their 95 % intervals, and gains paired by seed."""
    bits = bits_alone(found)
    for name, values in found.items():
        gains = gains_of(name, bits, against)
        line_in_bits(name, values, interval(bits[name]), interval(gains) if gains else None)
    print(LESS_IS_BETTER)


def report_over_teachers_in_bits(
    found: FoundInBits, against: Mapping[str, str], taught: Set[str]
) -> None:
    """Means with their 95 % intervals, and gains paired by seed. The units are teachers where one
    reaches the arm (``taught``), else seeds."""
    bits = bits_alone(found)
    for name, values in found.items():
        gains = gains_of(name, bits, against)
        units = TEACHERS if taught & {name, against[name]} else 1
        own = interval_over(bits[name], TEACHERS if name in taught else 1)
        line_in_bits(name, values, own, interval_over(gains, units) if gains else None)
    print(LESS_IS_BETTER)
