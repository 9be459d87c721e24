"""Files for a device as plain values, for a page that asks a worker. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from typing import Any

Make = Callable[..., Generator[Any, None, list[Any]]]
"""Makes files: (what, formats, beside) -> a generator of events that returns
:class:`~kdlab.device.exported.Exported`."""


def collected(make: Make, what: Any, formats: str, beside: Sequence[str] = ()) -> dict[str, Any]:
    """{machine, files [{name, role, format, content, facts}]} of what ``make`` makes."""
    from kdlab.device import runtime

    source = make(what, formats, beside)
    while True:
        try:
            next(source)
        except StopIteration as end:
            return {"machine": runtime.machine(), "files": [asdict(each) for each in end.value]}
