"""What changed between two values of JSON, and the value again from what changed.

An operation is ``[path, value]`` (the value at that path is another one now), ``[path]`` (what is
there has gone) or ``[path, kept, tail]`` (of the list there the first ``kept`` stay, ``tail``
follows): curves grow by a few numbers, whatever is drawn beside them. A path is a list of keys and
places; the empty one is the whole value. The browser has the same in ``stream.js``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Operation = list[Any]


def delta(old: Any, new: Any) -> list[Operation]:
    """What makes ``new`` of ``old``: dicts with text keys, lists, and what JSON has besides. In
    dicts and lists, what Python holds to be equal has not changed: 1, 1.0 and True.

    >>> delta({"x": [1, 2], "y": 0}, {"x": [1, 2, 3], "y": 0})
    [[['x'], 2, [3]]]
    """
    return list(_delta([], old, new))


def _delta(path: list[str | int], old: Any, new: Any) -> Iterator[Operation]:
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        if old == new:  # at the speed of C: most of what grows is as it was
            return
        for key in old.keys() - new.keys():
            yield [[*path, key]]
        for key, value in new.items():
            if key in old:
                yield from _delta([*path, key], old[key], value)
            else:
                yield [[*path, key], value]
    elif isinstance(old, list) and isinstance(new, list) and old:
        yield from _of_lists(path, old, new)
    elif type(old) is not type(new) or old != new:
        yield [path, new]


def _of_lists(path: list[str | int], old: list[Any], new: list[Any]) -> Iterator[Operation]:
    """Item by item where they are records of the same number, else from the first difference on."""
    if old == new:
        return
    if len(old) == len(new) and any(isinstance(item, dict | list) for item in new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _delta([*path, place], before, after)
        return
    kept = _alike(old, new)
    if kept < max(len(old), len(new)):
        yield [path, kept, new[kept:]]


def _alike(old: list[Any], new: list[Any]) -> int:
    """How many of their first items are the same."""
    shorter = min(len(old), len(new))
    if old[:shorter] == new[:shorter]:  # curves that grow, at the speed of C
        return shorter
    return next(n for n in range(shorter) if old[n] != new[n])


def applied(value: Any, operations: Sequence[Operation]) -> Any:
    """``value`` after ``operations``, which may change it; the browser's part, for tests and
    for the visitors of the bench."""
    for operation in operations:
        path = operation[0]
        if not path and len(operation) == 2:
            value = operation[1]
            continue
        holder, at = {"": value}, ""
        for key in path:
            holder, at = holder[at], key
        if len(operation) == 1:
            del holder[at]
        elif len(operation) == 2:
            holder[at] = operation[1]
        else:
            holder[at][operation[1] :] = operation[2]
        value = value if path else holder[""]
    return value
