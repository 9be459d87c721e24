"""What pages tell their components, and what the server's hub tells of work that goes on."""

from __future__ import annotations

import json


def data(page, key):
    """What the component with ``key`` was told by the last run of ``page``."""
    (found,) = [c for c in page.get("bidi_component") if c.proto.id.endswith(f"-{key}")]
    return json.loads(found.proto.json)


def course(page, name):
    """How far the work of the page ``name`` is, as its player was told."""
    return data(page, f"{name}.course")["value"]


def streamed(subscription, read=0):
    """What a browser is told that has read up to number ``read``: (number, {name: news})."""
    subscription.feed.look()
    number, told = subscription.since(read)
    return number, json.loads(told)
