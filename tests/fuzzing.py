"""What hypothesis brings: texts with half characters, JSON of any kind, damage to documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdlab.errors import DamagedError, KdlabError
from kdlab.events import KINDS


def fuzz(examples: int = 150):
    """The same examples in every run, as many on a slow machine as on a quick one."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def drawn(strategy: st.SearchStrategy[Any], examples: int) -> list[Any]:
    """What ``strategy`` gives in so many examples, for tests that show the same to many readers: to
    draw takes ten times as long as to read."""
    found: list[Any] = []

    @fuzz(examples)
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


TEXTS = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["", "\ud800", "a\udfffb", "\0", "\u202e", "nan", "1e400", "-0", "٣", "1" * 5000, "../..", "{}"]
)
NUMBERS = (
    st.integers(-(10**20), 10**20)
    | st.floats()
    | st.sampled_from([-1, 0, 2**31, 2**63, 10**400, 1e30, -0.0])
)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(bool), inner, max_size=4)
    ),
    max_leaves=8,
)
DEEP = st.sampled_from(["[" * 50_000 + "]" * 50_000, '{"a":' * 3_000 + "1" + "}" * 3_000])


def _places(document: Any, at: tuple = ()) -> list[tuple]:
    found = [at]
    if isinstance(document, dict):
        found += [p for key, value in document.items() for p in _places(value, (*at, key))]
    if isinstance(document, list):
        found += [p for n, value in enumerate(document[:6]) for p in _places(value, (*at, n))]
    return found


@st.composite
def damaged(draw, document: Any) -> str:
    """JSON of ``document``, of which something was replaced, removed, added, cut off or nested."""
    how = draw(st.sampled_from(["replace", "replace", "remove", "add", "cut", "letter", "deep"]))
    text = json.dumps(document)
    if how == "deep":
        return draw(DEEP)
    if how == "cut":
        return text[: draw(st.integers(0, len(text)))]
    if how == "letter":
        place = draw(st.integers(0, len(text)))
        return text[:place] + draw(TEXTS) + text[place + 1 :]
    changed = copy.deepcopy(document)
    *way, last = draw(st.sampled_from([p for p in _places(changed) if p] or [("",)]))
    inner = changed
    for step in way:
        inner = inner[step]
    if how == "replace":
        inner[last] = draw(VALUES)
    elif how == "remove":
        del inner[last]
    elif isinstance(inner, dict):
        inner[draw(TEXTS)] = draw(VALUES)
    else:
        inner.append(draw(VALUES))
    return json.dumps(changed)


@st.composite
def harmed(draw, content: bytes) -> bytes:
    """``content`` cut, or with some bytes of it replaced, removed or added."""
    if draw(st.booleans()):
        content = content[: draw(st.integers(0, len(content)))]
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(content)))
        gone = draw(st.integers(0, 9))
        content = content[:place] + draw(st.binary(max_size=9)) + content[place + gone :]
    return content


def told(error: KdlabError) -> None:
    """An error has its three parts, and can be shown, written and sent."""
    assert error.received
    assert error.allowed
    assert error.todo
    str(error).encode("utf-8")
    json.dumps(error.args).encode("utf-8")


def read_or_told(read):
    """What ``read`` finds, or None where it says that it is damaged."""
    try:
        return read()
    except DamagedError as error:
        told(error)
        return None


@st.composite
def files(draw, lines: list[str], foreign: Sequence[str] = ()) -> bytes:
    """A file of events of which a line was damaged, lost, doubled or moved, or the file itself, or
    where a line of ``foreign`` work stands between."""
    lines = list(lines)
    place = draw(st.integers(0, len(lines) - 1))
    ways = [*["damage"] * 3, "lose", "double", "move", "retag", "bytes"]
    how = draw(st.sampled_from([*ways, *["foreign"] * (len(foreign) > 0)]))
    if how == "damage":
        lines[place] = draw(damaged(json.loads(lines[place])))
    elif how == "lose":
        del lines[place]
    elif how == "double":
        lines.insert(draw(st.integers(0, len(lines))), lines[place])
    elif how == "retag":
        kind = draw(st.sampled_from(sorted(KINDS)))
        lines[place] = json.dumps(json.loads(lines[place]) | {"event": kind})
    elif how == "foreign":
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(foreign)))
    elif how == "move":
        lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
    content = "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    return draw(harmed(content)) if how == "bytes" else content
