"""What a page draws of work that goes on: now, and then by itself in the browser.

A page draws as if work stood still: ``chart("map", history, gains, describe, 400, cell)`` draws
``gains(history, cell)``. While the work goes on, the same function is asked for its value by the
server's hub whenever there is news, once for all who show the same, and the browser is told what
has changed in it. No page runs for that. Functions of that kind stand at the top of a module, and
their arguments can be hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import streamlit as st

from kdlab.streams import Source, Subscription, View
from kdlab.translation import ENGLISH, language, speaking
from pages.ui.components.live_chart import Figure, drawn, live_chart
from pages.ui.components.text import text
from pages.ui.components.transport import Course, transport
from pages.ui.components.wake import wake
from pages.ui.shell import prose
from pages.ui.stream.hub import address, hub, subscribe


class Watcher(Protocol):
    """Of what a page draws: work that goes on has a ``subscription``; a ``player`` says which of
    its epochs are shown, by the name of its page, if there is one."""

    subscription: Subscription | None
    drawn: dict[str, set[str]]
    """Part of the page -> the names of what was drawn in it last."""

    @property
    def player(self) -> str:
        """See above."""


_current: ContextVar[tuple[Watcher, set[str]] | None] = ContextVar("watcher", default=None)


@contextmanager
def by(watcher: Watcher, part: str) -> Iterator[None]:
    """What is drawn within shows the work of ``watcher``, and is this ``part`` of its page, whole:
    what was drawn in it the last time, and is not now, is told no more."""
    names: set[str] = set()
    before = _current.set((watcher, names))
    drawn = watcher.drawn.get(part, set())
    try:
        yield
    finally:
        _current.reset(before)
        watcher.drawn[part] = drawn | names  # the run may have been cut off
    gone = drawn - names
    watcher.drawn[part] = names
    if watcher.subscription is not None and gone:
        watcher.subscription.leave(gone)


@dataclass
class Held:
    """A page's part that shows what is no work of its own, such as how the workers stand."""

    subscription: Subscription | None
    about: str = ""
    player: str = ""
    drawn: dict[str, set[str]] = field(default_factory=dict)


@contextmanager
def source(
    key: str, made: Callable[[], Source], part: str, changes: bool = True, about: str = ""
) -> Iterator[None]:
    """What is drawn within shows what the source tells that ``made`` gives, and that this page,
    which calls it ``key``, goes on to watch as long as it ``changes``. ``part``: see :func:`by`.
    ``about`` names what it is about, where that is not always the same."""
    name = f"watching.{key}"
    held: Held | None = st.session_state.get(name)
    if held is not None and held.subscription is not None and (not changes or held.about != about):
        hub().unsubscribe(held.subscription)
        held = None
    if not changes:
        held = None
    elif held is None or held.subscription is None or held.subscription.over:
        held = Held(subscribe(made()), about)
    else:
        held.subscription.feed.renew()  # what the page draws now is no news to its browser
    st.session_state[name] = held
    with by(held or Held(None), part):
        yield


def hush(key: str, name: str) -> None:
    """Tell the browser no more of what this page draws at ``name`` of the source ``key``, until it
    draws it again: what its visitor does himself is drawn by the run that does it, which may end on
    another page."""
    held: Held | None = st.session_state.get(f"watching.{key}")
    if held is not None and held.subscription is not None:
        held.subscription.leave({name})


def shows(name: str, view: View) -> dict[str, str]:
    """What a component has to know that shows ``view``: where it is told, and under which name."""
    current = _current.get()
    if current is None:
        return {}
    watcher, names = current
    found = {"player": watcher.player} if watcher.player else {}
    if watcher.subscription is None:
        return found
    names.add(name)
    watcher.subscription.show(name, _in_words_of_this_page(view))
    return found | {"stream": address(watcher.subscription), "name": name}


def _in_words_of_this_page(view: View) -> View:
    """The hub, which speaks English, works a view out once for all who show the same: what is said
    in another language is another view."""
    spoken = language()
    return view if spoken == ENGLISH else View(_spoken, (spoken, view))


def _spoken(told: Any, spoken: str, view: View) -> Any:
    with speaking(spoken):
        return view.of(told)


def chart(
    key: str,
    history: Any,
    draw: Callable[..., Figure],
    alt: str | Callable[..., str],
    height: int,
    *args: Any,
    on_pick: Callable[[list[int]], None] | None = None,
) -> None:
    """The chart ``draw(history, *args)``; ``alt`` is a sentence, or makes one in the same way. See
    :func:`pages.ui.components.live_chart.live_chart` for the others."""
    told = shows(key, View(_chart, (draw, alt, args)))
    said = alt if isinstance(alt, str) else alt(history, *args)
    live_chart(key, draw(history, *args), said, height, on_pick=on_pick, stream=told)


def charts(
    row: Sequence[tuple[str, Callable[..., Figure], str | Callable[..., str], tuple[Any, ...]]],
    history: Any,
    height: int,
    widths: int | Sequence[int] = 3,
    *,
    gap: Literal["small", "medium"] = "medium",
    on_pick: Callable[[list[int]], None] | None = None,
) -> None:
    """Charts side by side, as many as ``widths``: of each its key, function, alt and arguments."""
    for place, (key, draw, alt, args) in zip(st.columns(widths, gap=gap), row, strict=True):
        with place:
            chart(key, history, draw, alt, height, *args, on_pick=on_pick)


def markdown(key: str, history: Any, words: Callable[..., str], *args: Any) -> None:
    """The text ``words(history, *args)``, as Markdown; in the browser without links and images."""
    if not _told():
        st.markdown(words(history, *args))
        return
    told = shows(key, View(_words, (words, args)))
    text(key, prose.to_html(words(history, *args)), told)


def html(key: str, history: Any, made: Callable[..., str], *args: Any) -> None:
    """``made(history, *args)``, HTML in which all that others can name is escaped."""
    told = shows(key, View(_value, (made, args)))
    text(key, made(history, *args), told)


def progress(key: str, mark: str, history: Any, course: Callable[..., Course], *args: Any) -> None:
    """How far ``course(history, *args)`` says that the work of this ``mark`` is. The page runs at
    its end where it also says so with :func:`run_on`."""
    told = shows(key, View(_value, (course, args)))
    transport(key, course(history, *args), mark=mark, stream={"player": key} | told, ends=False)


def run_on(key: str, history: Any, phase: Callable[..., Any], *args: Any) -> None:
    """Have the page run again when ``phase(history, *args)`` is another one than now, and when all
    has been told."""
    if _told():
        wake(key, phase(history, *args), shows(key, View(_value, (phase, args))))


def value(key: str, history: Any, of: Callable[..., Any], *args: Any) -> dict[str, Any]:
    """What a component of its own is told: ``of(history, *args)``, and where it is told anew."""
    return {"value": of(history, *args), **shows(key, View(_value, (of, args)))}


def _told() -> bool:
    """Whether what is drawn now is told anew when it changes."""
    current = _current.get()
    return current is not None and current[0].subscription is not None


def _chart(told: Any, draw: Any, alt: Any, args: tuple[Any, ...]) -> Mapping[str, Any]:
    said = alt if isinstance(alt, str) else alt(told.history, *args)
    return drawn(draw(told.history, *args), said)


def _words(told: Any, words: Callable[..., str], args: tuple[Any, ...]) -> str:
    return prose.to_html(words(told.history, *args))


def _value(told: Any, of: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    return of(told.history, *args)
