"""Two compared runs as texts, as a table of numbers, and as one JSON object."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from kdlab.experiments.run.compared.comparison import Comparison
from kdlab.experiments.run.compared.rows import Row, Spread
from kdlab.measure.measures import ACCURACY, Measure
from kdlab.measure.wording import signed
from kdlab.translation import say

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "part", "name", "unit", "a", "a_low", "a_high", "b", "b_low", "b_high",
    "difference", "difference_low", "difference_high", "how",
)  # fmt: skip
"""Of the table of numbers: intervals of 95 %, of latency the 10th and the 90th percentile."""


class Line(NamedTuple):
    """A line of the table for people; ``name`` is the setting's, or what is compared."""

    part: str
    name: str
    title: str
    a: str
    b: str
    difference: str


def lines(found: Comparison) -> Iterator[Line]:
    """The table in texts: the settings that differ, then what both came to, then what they cost."""
    for each in found.settings:
        yield Line("settings", each.name, each.title, each.a, each.b, "")
    for part, rows in (("results", found.results), ("costs", found.costs)):
        for row in rows:
            told = (_cell(row, found.a.measure, row.a), _cell(row, found.b.measure, row.b))
            yield Line(part, row.name, row.title, *told, _difference(row, found.measure))


def table(found: Comparison) -> pd.DataFrame:
    """The same as numbers: accuracies and their differences are fractions, what has no interval and
    what is not told is empty. Settings are texts."""
    import pandas as pd

    rows: list[dict[str, Any]] = [
        {"part": "settings", "name": each.name, "a": each.a, "b": each.b} for each in found.settings
    ]
    for part, known in (("results", found.results), ("costs", found.costs)):
        rows += [
            {"part": part, "name": row.name, "unit": _unit(row, found), "how": row.how}
            | _numbers("a", row.a)
            | _numbers("b", row.b)
            | _numbers("difference", row.difference)
            for row in known
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def as_json(found: Comparison) -> dict[str, Any]:
    """One JSON object: what is no number is null."""
    sides = {"a": found.a, "b": found.b}
    values = {name: side.config.model_dump(mode="json") for name, side in sides.items()}
    return {
        **{
            name: {"fingerprint": side.config.fingerprint(), "config": values[name]}
            for name, side in sides.items()
        },
        "settings": {
            each.name: {name: values[name][each.name] for name in sides} for each in found.settings
        },
        "measures": {name: side.measure.name for name, side in sides.items()},
        "results": {row.name: _row(row) for row in found.results},
        "costs": {row.name: _row(row) for row in found.costs},
        "pairs": {name: list(each.pairs) for name, each in found.differences.items()},
        "compared": not found.terms.why,
        "sentence": found.sentence,
        "notes": found.notes,
    }


def summary(found: Comparison, names: tuple[str, str]) -> str:
    """The table and the sentence for a terminal; ``names`` are what A and B were called."""
    head = ("", f"A: {names[0]}", f"B: {names[1]}", "B − A")
    cells = [head, *((row.title, row.a, row.b, row.difference) for row in lines(found))]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    texts = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([*texts, "", found.sentence, *found.notes])


# -- texts ----------------------------------------------------------------------------------------


def _cell(row: Row, measure: Measure, value: Spread | str) -> str:
    """What one run came to, with its interval."""
    if isinstance(value, str):
        return value
    mean, low, high = value
    match row.unit:
        case "result":
            return _known(mean, measure.shown) + _between(_cut(measure, low, high), measure.number)
        case "difference":
            return _known(mean, measure.difference) + _between((low, high), measure.difference)
        case "count":
            return f"{mean:,.0f}"
        case "milliseconds":
            return f"{mean:.3f}" + _between((low, high), "{:.3f}".format)
        case "seconds":
            return f"{mean:.3g}"


def _difference(row: Row, measure: Measure) -> str:
    """B minus A, with its interval where it has one."""
    if row.difference is None:
        return ""
    mean, low, high = row.difference
    match row.unit:
        case "result" | "difference" if row.same:
            return f"{measure.difference(mean)}{say(' (the same in every seed)')}"
        case "result" | "difference":
            return _known(mean, measure.difference) + _between((low, high), measure.difference)
        case "count":
            return signed(mean, 0) if abs(mean) < 1000 else _thousands(mean)
        case "milliseconds":
            return signed(mean, 3)
        case "seconds":
            return signed(mean, 2)


def _thousands(value: float) -> str:
    return signed(math.copysign(1, value), 0)[0] + f"{abs(value):,.0f}"


def _known(value: float, told: Any) -> str:
    return str(told(value)) if math.isfinite(value) else "NaN"


def _cut(measure: Measure, low: float, high: float) -> tuple[float, float]:
    """An interval of a share ends where shares do."""
    if measure is not ACCURACY or not math.isfinite(low):
        return low, high
    return max(low, 0.0), min(high, 1.0)


def _between(ends: tuple[float, float], told: Any) -> str:
    if not all(map(math.isfinite, ends)):
        return ""
    low, high = map(told, ends)
    return say(" ({low} to {high})", low=low, high=high)


# -- numbers --------------------------------------------------------------------------------------


def _unit(row: Row, found: Comparison) -> str:
    if row.unit not in ("result", "difference"):
        return row.unit
    units = [
        "fraction" if measure is ACCURACY else measure.units
        for measure in dict.fromkeys((found.a.measure, found.b.measure))
    ]
    return " and ".join(units)


def _numbers(name: str, value: Spread | str | None) -> dict[str, Any]:
    if value is None or isinstance(value, str):
        return {name: value}
    return dict(zip((name, f"{name}_low", f"{name}_high"), value, strict=True))


def _row(row: Row) -> dict[str, Any]:
    return {
        "a": _value(row.a),
        "b": _value(row.b),
        "difference": _value(row.difference),
        **({"how": row.how} if row.how else {}),
    }


def _value(value: Spread | str | None) -> Any:
    if value is None or isinstance(value, str):
        return value
    mean, low, high = value
    ends = [low, high] if math.isfinite(low) and math.isfinite(high) else None
    return {"mean": mean if math.isfinite(mean) else None, "interval": ends}
