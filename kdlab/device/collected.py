"""Files for a device as plain values, for a page that asks a worker. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from typing import Any

from kdlab.events import Remark

Make = Callable[..., Generator[Any, None, list[Any]]]
"""Makes files: (what, formats, beside, train) -> a generator of events that returns
:class:`~kdlab.device.exported.Exported`."""


def collected(make: Make, what: Any, formats: str, beside: Sequence[str] = ()) -> dict[str, Any]:
    """{machine, files [{name, role, format, content, facts}], remarks} of what ``make`` makes of
    what is there: nothing is trained for it."""
    from kdlab.device import runtime

    source = make(what, formats, beside, train=False)
    remarks: list[str] = []
    while True:
        try:
            event = next(source)
        except StopIteration as end:
            files = [asdict(each) for each in end.value]
            return {"machine": runtime.machine(), "files": files, "remarks": remarks}
        if isinstance(event, Remark):
            remarks.append(event.text)
