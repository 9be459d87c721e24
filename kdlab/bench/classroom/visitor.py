"""One visitor: a browser that speaks Streamlit's protocol and draws nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from kdlab.bench.classroom import components, following, http, wire
from kdlab.bench.classroom.components import Component, Trigger
from kdlab.bench.classroom.page import Began, Ended, Page
from kdlab.bench.classroom.session import LostError, RefusedError, Session
from kdlab.bench.classroom.tally import Tally

LOOK_SECONDS = 0.05
Told = list[tuple[Component, Trigger]]


class Visitor:
    """Somebody with a browser of his own, at the lab at ``server`` ("http://host:port").

    One page is open at a time. What he meets is noted in ``tally``. His methods end when what was
    asked for is there, with a :class:`RefusedError` or :class:`LostError` where it never will be.
    """

    def __init__(self, server: str, tally: Tally) -> None:
        self.server, self.tally = server, tally
        self._headers = {"Origin": server}
        self._begin("")

    def _begin(self, query: str) -> None:
        self.page = Page(query)
        self._session = Session(self.server, self._headers, self.page, self.tally, self._note)
        self._timers: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._polls: dict[str, float] = {}
        """Fragments that were asked for by themselves, and have not begun to run -> when."""
        self._answering: dict[str, float] = {}
        """The same of those that run."""
        self._components: list[Component] = []
        """Those on the page that follow a stream, and have not said anything since it was drawn."""
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._values: dict[str, dict[str, Any]] = {}
        """Address of a stream -> name -> what it has told last under that."""
        self._said: dict[str, tuple[Any, Trigger]] = {}
        """Components that have said something of news -> with which value they were drawn, what."""
        self._news = asyncio.Event()
        self._heard: dict[str, bool] = {}
        """Streams that nobody listens to any more -> whether they were heard to their end."""
        self._told_end: set[tuple[str, str]] = set()
        """(component, stream), where the one has said that the other has ended."""
        self._runs: set[asyncio.Task[None]] = set()
        """Runs of the page for which a stream was the reason."""

    # -- what he does -----------------------------------------------------------------------

    async def open(self, path: str = "", query: str = "") -> None:
        """Open a page by its address, in place of the one that was open."""
        await self.leave()
        self._begin(query)
        began = time.perf_counter()
        await self._session.connect()
        await self._session.ask(began, self.tally.pages, name=path)
        if (given := self.page.screen.pass_given()) is not None:
            cookie, taken = given
            http.keep(self._headers, cookie)
            kept = [part for part in parse_qsl(query) if part[0] != taken]
            await self.open(path, urlencode(kept))

    async def go(self, path: str) -> None:
        """Change to another page by the menu."""
        began = time.perf_counter()
        if path not in self.page.menu:
            raise LostError(f"the menu has no page {path!r}")
        self.page.query = ""
        self.page.timers.clear()
        self._keep_timers()
        await self._session.ask(began, self.tally.pages, page=self.page.menu[path])

    async def click(self, name: str) -> None:
        """Press the button with this key or label."""
        began = time.perf_counter()
        found = self.page.screen.button(name)
        if found is None:
            raise LostError(f"no button {name!r} on the page")
        button, fragment = found
        if button.disabled:
            raise RefusedError(f"the button {name!r} cannot be pressed")
        pressed = [wire.pressed(button.id)]
        await self._session.ask(began, self.tally.clicks, fragment=fragment, widgets=pressed)

    async def choose(self, name: str, place: int) -> None:
        """Take the option at this ``place``, from 0, of the radio with this key."""
        began = time.perf_counter()
        found = self.page.screen.radio(name)
        if found is None:
            raise LostError(f"no choice {name!r} on the page")
        radio, fragment = found
        chosen = [wire.chosen(radio.id, radio.options[place])]
        await self._session.ask(began, self.tally.clicks, fragment=fragment, widgets=chosen)

    def shown(self, name: str) -> Any:
        """The value that the page shows under this name of its stream; None where it shows none."""
        for each in self.page.screen.components():
            if each.data.get("name") == name:
                return self._values.get(each.address, {}).get(name, each.data.get("value"))
        return None

    async def until(self, seen: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until ``seen`` is true of the page or of what a stream has told it; LostError where
        that, which is ``what`` he waits for, has not come after so many seconds."""
        end = time.perf_counter() + seconds
        while not seen():
            self._session.check()
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), end - time.perf_counter())
            except TimeoutError:
                told = " ".join(["", *self.page.screen.alerts()])
                raise LostError(f"{what} did not come in {seconds:g} s.{told}") from None

    async def stop(self, name: str) -> None:
        """Press the button that stops the work on the page, if there is any: the one with this key
        or label, or that of a component."""
        found = self.page.screen.button(name)
        if found is not None and not found[0].disabled:
            await self.click(name)
        elif found is None and self.moving:
            began = time.perf_counter()
            told = _told(self._components, components.at_stop)
            if told:
                await self._tell(began, self.tally.clicks, told)

    @property
    def moving(self) -> bool:
        """Whether something on the page changes by itself."""
        tasks = [*self._streams.values(), *self._runs]
        return bool(self._timers) or any(not task.done() for task in tasks)

    async def watch(self, seconds: float) -> bool:
        """Wait until nothing moves any more, at most so long; whether that came."""
        end = time.perf_counter() + seconds
        while self.moving and time.perf_counter() < end:
            self._session.check()
            await asyncio.sleep(LOOK_SECONDS)
        return not self.moving

    async def leave(self) -> None:
        """Close the page."""
        timers = [task for _, task in self._timers.values()]
        tasks = [*timers, *self._streams.values(), *self._runs]
        for task in tasks:
            task.cancel()
        await self._session.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- what goes on without him: fragments ------------------------------------------------

    def hear(self) -> None:
        """A run of the page has ended, a stream has told something, or all is lost."""
        self._news.set()

    def _note(self, change: Began | Ended | None) -> None:
        if isinstance(change, Began):
            asked = {name: self._polls.pop(name, None) for name in change.run.fragments}
            self._answering = {name: when for name, when in asked.items() if when is not None}
            if not change.run.fragments:
                self._polls.clear()
        elif isinstance(change, Ended):
            now = time.perf_counter()
            self.tally.polls += [now - when for when in self._answering.values()]
            self._answering = {}
            shown = self.page.screen.exceptions(change.run.id)
            self.tally.faults += [*shown, *([change.problem] if change.problem else [])]
            self._keep_streams()
        if isinstance(change, Ended) or self._session.trouble is not None:
            self.hear()
        self._keep_timers()

    def _keep_timers(self) -> None:
        """One for each that the page has: one that goes on as it did keeps its time."""
        for fragment, (seconds, task) in list(self._timers.items()):
            if self.page.timers.get(fragment) != seconds:
                task.cancel()
                del self._timers[fragment]
        for fragment, seconds in self.page.timers.items():
            if fragment not in self._timers:
                task = asyncio.create_task(self._poll(fragment, seconds))
                self._timers[fragment] = seconds, task

    async def _poll(self, fragment: str, seconds: float) -> None:
        with contextlib.suppress(LostError):  # he finds out himself
            while True:
                await asyncio.sleep(seconds)
                self._polls.setdefault(fragment, time.perf_counter())
                await self._session.send(fragment=fragment, by_itself=True)

    # -- what goes on without him: streams --------------------------------------------------

    def _keep_streams(self) -> None:
        """One connection for each address on the page, until it has been heard to its end."""
        self._components = self.page.screen.components()
        wanted = {each.address for each in self._components}
        for address in self._streams.keys() - wanted - self._heard.keys():
            self._streams.pop(address).cancel()
        for address in wanted - self._streams.keys():
            self._streams[address] = asyncio.create_task(self._follow(address))
        for address in wanted & self._values.keys():
            self._tell_news(address)  # it may have come before the page was drawn that waits for it
        for address in wanted & self._heard.keys():
            self._tell_end(address)  # what was drawn anew meanwhile has not said it yet

    async def _follow(self, address: str) -> None:
        def heard(slots: Mapping[str, Any]) -> None:
            components.take(self._values.setdefault(address, {}), slots)
            self._tell_news(address)
            self.hear()

        ended = await following.follow(self.server, address, self._headers, self.tally, heard)
        self._heard[address] = ended
        self._tell_end(address)

    def _tell_news(self, address: str) -> None:
        """Once for each value, until it is drawn with another one."""

        def says(each: Component) -> Trigger | None:
            said = components.at_news(each, self._values[address])
            if said is None or self._said.get(each.id) == (each.data.get("value"), said):
                return None
            self._said[each.id] = each.data.get("value"), said
            return said

        self._wake(address, says)

    def _tell_end(self, address: str) -> None:
        """Once for each component, whatever the page does then."""

        def says(each: Component) -> Trigger | None:
            return None if (each.id, address) in self._told_end else components.at_end(each)

        if self._heard[address]:
            self._wake(address, says)

    def _wake(self, address: str, says: Callable[[Component], Trigger | None]) -> None:
        """Have the page run if one of its components says something: each does so once, until the
        page has drawn it again."""
        told = _told([each for each in self._components if each.address == address], says)
        if not told:
            return
        said = {each.id for each, _ in told}
        self._components = [each for each in self._components if each.id not in said]
        if address in self._heard:
            self._told_end |= {(each, address) for each in said}
        run = asyncio.create_task(self._run(told))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    async def _run(self, told: Told) -> None:
        try:
            await self._tell(time.perf_counter(), self.tally.woken, told)
        except LostError as error:
            self._session.trouble = error

    async def _tell(self, began: float, noted: list[float], told: Told) -> None:
        """Have the page run with what its components say, all of it in one message."""
        widgets = [wire.triggered(each.id, trigger.event, trigger.value) for each, trigger in told]
        await self._session.ask(began, noted, fragment=told[0][0].fragment, widgets=widgets)


def _told(among: list[Component], says: Callable[[Component], Trigger | None]) -> Told:
    return [(each, trigger) for each in among if (trigger := says(each)) is not None]
