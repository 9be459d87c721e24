"""What the scripts of the lab's own components tell their page without a visitor: as in a browser.

A component whose data have the field ``stream`` shows what the stream at this address tells under
its ``name``. Two kinds also have the page run: ``wake``, when its value is another one than that
with which the page was drawn, and ``transport``, which has the button Stop.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdlab.streams import deltas

WAKE, TRANSPORT = "kdlab_wake", "kdlab_transport"


@dataclass(frozen=True)
class Component:
    """One on a page that follows the stream at ``address``."""

    id: str
    kind: str
    fragment: str
    address: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Trigger:
    """What ``setTriggerValue(event, value)`` in a component's script is called with."""

    event: str
    value: Any


def read(id_: str, kind: str, fragment: str, text: str) -> Component | None:
    """The component with these data, JSON; None where it follows no stream."""
    if '"stream"' not in text:  # most are large
        return None
    data = json.loads(text)
    address = data.get("stream") if isinstance(data, dict) else None
    if not isinstance(address, str) or not address:
        return None
    return Component(id_, kind, fragment, address, data)


def take(values: dict[str, Any], slots: Mapping[str, Any]) -> None:
    """Bring ``values`` up to date with what a message of a stream says, by name: {"is": value}, or
    {"by": [changes, ...]} of one that was told before."""
    for name, told in slots.items():
        if "is" in told:
            values[name] = told["is"]
        elif name in values:
            for operations in told["by"]:
                values[name] = deltas.applied(values[name], operations)


def at_end(component: Component) -> Trigger | None:
    """What it tells when its stream has ended."""
    if component.kind == WAKE:
        return _woken(component, component.data.get("value"))
    if component.kind == TRANSPORT and component.data.get("ends"):
        return Trigger("told", {"ended": _mark(component)})
    return None


def at_news(component: Component, values: Mapping[str, Any]) -> Trigger | None:
    """What it tells when its stream has told these ``values``, by their names."""
    name, drawn = component.data.get("name", ""), component.data.get("value")
    if component.kind != WAKE or values.get(name, drawn) == drawn:
        return None
    return _woken(component, values[name])


def at_stop(component: Component) -> Trigger | None:
    """What it tells when Stop is pressed; None where it has no such button."""
    if component.kind != TRANSPORT or component.data.get("stops") is None:
        return None
    return Trigger("told", {"stop": _mark(component)})


def _woken(component: Component, value: Any) -> Trigger:
    return Trigger("changed", {"value": json.dumps(value), "stream": component.address})


def _mark(component: Component) -> Any:
    """Names the work that it shows."""
    return component.data.get("mark")
