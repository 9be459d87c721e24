"""What a page says and what can be pressed on it, what it tells its components, and what the hub
tells of work that goes on."""

from __future__ import annotations

import html
import json
import re

from kdlab.streams.deltas import applied

KINDS = ("markdown", "caption", "error", "success", "info", "warning")


WORD = re.compile(
    r"""\[([^\]]*)\]\(\./words\?word=[^ )]+ "[^"]*"\)|<a href="\./words\?word=[^>]*>(.*?)</a>"""
)


def unmarked(text):
    """Markdown or HTML as it was before the terms of the glossary in it became links."""
    return WORD.sub(lambda found: found[1] or found[2], str(text))


def words(page):
    """All that the page says: its Markdown without backslashes and links to the glossary, what it
    has watched, and how far it is."""
    said = [re.sub(r"\\(.)", r"\1", unmarked(e.value)) for kind in KINDS for e in page.get(kind)]
    for component in page.get("bidi_component"):
        if component.proto.component_name == "kdlab_text":
            told = re.sub(r"</?(b|code)>", "", json.loads(component.proto.json)["value"])
            said.append(html.unescape(re.sub(r"<[^>]*>", " ", told)))
        elif component.proto.component_name == "kdlab_transport":
            said.append(json.loads(component.proto.json)["value"]["text"])
    return " ".join(said).replace("\u00a0", " ")


def button(page, label):
    """The one that says ``label``."""
    (found,) = [b for b in page.button if b.label == label]
    return found


def settings_told(page):
    """What a chart of this page that is saved says of its settings."""
    for block in _blocks(page.main):
        proto = getattr(block, "proto", None)
        if getattr(proto, "id", "").endswith("told_run"):
            return " ".join(str(each.value) for each in block.caption)
    raise AssertionError("nothing on the page tells its settings")


def _blocks(block):
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _blocks(child)


def screen(page, name):
    """What this visitor sees of the work of the page ``name``."""
    return page.session_state[f"{name}.screen"]


def stop(page, name):
    """Press Stop: a component's button, which tells the page before it runs."""
    screen(page, name).stop()
    page.run()


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


def taken(values, told):
    """What a browser has of each place that had ``values`` and is ``told`` news: as stream.js."""
    found = json.loads(json.dumps(values))
    for name, news in told.items():
        if "is" in news:
            found[name] = news["is"]
        for delta in news.get("by", ()):
            found[name] = applied(found[name], delta)
    return found


def outlined(figure):
    """A figure as the browser hands it to Plotly: live_chart.js makes outlines of bands, and has
    cut what grows."""
    found = []
    for trace in figure["data"]:
        own = {key: part for key, part in trace.items() if key not in ("grows", "low", "high")}
        if "low" in trace:
            own["x"] = [*trace["x"], *trace["x"][::-1]]
            own["y"] = [*trace["high"], *trace["low"][::-1]]
        found.append(own)
    return {"data": found, "layout": figure["layout"]}
