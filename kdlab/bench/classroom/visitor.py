"""One visitor: a browser that speaks Streamlit's protocol and draws nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import h11
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from kdlab.bench.classroom import following, http, wire
from kdlab.bench.classroom.page import Began, Ended, Page, Run
from kdlab.bench.classroom.screen import Component
from kdlab.bench.classroom.tally import Tally

PATIENCE_SECONDS = 60.0
"""Who waits longer for an answer counts as lost."""
LOOK_SECONDS = 0.05
CLOSED_TAB = 1001
"""What a browser says when it leaves."""
ENDED = "ended"
"""The trigger by which a component tells its page that its stream has ended."""


class RefusedError(Exception):
    """The server did not let the visitor in, or his page did not let him act."""


class LostError(Exception):
    """The server let go of the visitor, or did not answer."""


@dataclass
class Question:
    """A run that was asked for, of a ``fragment`` or the whole; ``run`` began last since then."""

    fragment: str
    answered: asyncio.Future[None]
    run: Run | None = None


class Visitor:
    """Somebody with a browser of his own, at the lab at ``server`` ("http://host:port").

    One page is open at a time. What he meets is noted in ``tally``. His methods end when what was
    asked for is there, with a :class:`RefusedError` or :class:`LostError` where it never will be.
    """

    def __init__(self, server: str, tally: Tally) -> None:
        self.server, self.tally = server, tally
        self.page = Page()
        self._headers = {"Origin": server}
        self._close()

    def _close(self) -> None:
        self._socket: ClientConnection | None = None
        self._reads: asyncio.Task[None] | None = None
        self._timers: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._heard: set[str] = set()
        """Streams that have ended, or that the server refuses."""
        self._questions: list[Question] = []
        self._polls: dict[str, float] = {}
        """Fragments that were asked for by themselves, and have not begun to run -> when."""
        self._answering: dict[str, float] = {}
        """The same of those that run."""
        self._trouble: LostError | None = None

    # -- what he does -----------------------------------------------------------------------

    async def open(self, path: str = "", query: str = "") -> None:
        """Open a page by its address, in place of the one that was open."""
        await self.leave()
        self.page = Page(query)
        began = time.perf_counter()
        try:
            await self._connect()
        except (OSError, InvalidHandshake, h11.RemoteProtocolError) as error:
            raise RefusedError(f"not let in: {error}") from None
        await self._ask(began, self.tally.pages, name=path)

    async def go(self, path: str) -> None:
        """Change to another page by the menu."""
        began = time.perf_counter()
        if path not in self.page.menu:
            raise LostError(f"the menu has no page {path!r}")
        self.page.query = ""
        self.page.timers.clear()
        self._keep_timers()
        await self._ask(began, self.tally.pages, page=self.page.menu[path])

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
        await self._ask(began, self.tally.clicks, fragment=fragment, widgets=pressed)

    def can_press(self, name: str) -> bool:
        """Whether there is such a button, and it is not switched off."""
        found = self.page.screen.button(name)
        return found is not None and not found[0].disabled

    @property
    def moving(self) -> bool:
        """Whether something on the page changes by itself."""
        return bool(self._timers) or any(not task.done() for task in self._streams.values())

    async def watch(self, seconds: float) -> bool:
        """Wait until nothing moves any more, at most so long; whether that came."""
        return await self.until(lambda: not self.moving, seconds)

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Look at the page until ``condition`` holds, at most so long; whether it does."""
        end = time.perf_counter() + seconds
        while not (holds := condition()) and time.perf_counter() < end:
            self._still_there()
            await asyncio.sleep(LOOK_SECONDS)
        return holds

    async def leave(self) -> None:
        """Close the page."""
        socket, timers = self._socket, [task for _, task in self._timers.values()]
        tasks = [*([self._reads] if self._reads else []), *timers, *self._streams.values()]
        self._close()
        for task in tasks:
            task.cancel()
        if socket is not None:
            await socket.close(CLOSED_TAB)
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- his connection ---------------------------------------------------------------------

    async def _connect(self) -> None:
        for path in (wire.HEALTH, wire.HOST):
            async with http.get(self.server, path, self._headers) as answer:
                if answer.status != 200:
                    raise RefusedError(f"/{path} answers {answer.status}")
                self._keep_cookie(answer.headers)
                self.tally.bytes += len(await answer.text())
        token = self._headers.get("Cookie", "").removeprefix(f"{wire.COOKIE}=")
        self._socket = await connect(
            f"{self.server.replace('http', 'ws', 1)}/{wire.PATH}",
            subprotocols=[Subprotocol(name) for name in (wire.PROTOCOL, token) if name],
            additional_headers=self._headers,
            max_size=None,
            ping_interval=None,  # a browser answers pings and sends none
            open_timeout=PATIENCE_SECONDS,
            proxy=None,
        )
        self._reads = asyncio.create_task(self._read(self._socket))

    def _keep_cookie(self, headers: Iterable[tuple[str, str]]) -> None:
        for name, value in headers:
            cookie = value.partition(";")[0]
            if name == "set-cookie" and cookie.startswith(f"{wire.COOKIE}="):
                self._headers["Cookie"] = cookie

    async def _ask(
        self, began: float, noted: list[float], *, fragment: str = "", **what: Any
    ) -> None:
        """Have the script run and wait for its end; noted are the seconds since ``began``."""
        question = Question(fragment, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        try:
            await self._send(fragment=fragment, **what)
            await asyncio.wait_for(question.answered, PATIENCE_SECONDS)
        except TimeoutError:
            raise LostError(f"no answer in {PATIENCE_SECONDS:g} s") from None
        finally:
            with contextlib.suppress(ValueError):
                self._questions.remove(question)
        noted.append(time.perf_counter() - began)

    async def _send(self, **what: Any) -> None:
        self._still_there()
        assert self._socket is not None
        what = {"page": self.page.hash} | what
        with contextlib.suppress(ConnectionClosed):  # whoever reads says so
            await self._socket.send(wire.rerun(self.server, self.page.query, **what))

    def _still_there(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    async def _read(self, socket: ClientConnection) -> None:
        lost = "the server has closed the connection"
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                self.tally.bytes += len(data)
                if self.page.run.fragments:
                    self.tally.watched_bytes += len(data)
                self._note(self.page.take(wire.read(data)))
        except ConnectionClosed:
            pass
        except Exception as error:  # a mistake of these visitors; else they would wait for ever
            lost = f"a message was not understood: {error!r}"
        self._trouble = LostError(lost)
        for question in self._questions:
            if not question.answered.done():
                question.answered.set_exception(self._trouble)

    # -- what goes on without him -----------------------------------------------------------

    def _note(self, change: Began | Ended | None) -> None:
        if isinstance(change, Began):
            for question in self._questions:
                if change.run.answers(question.fragment):
                    question.run = change.run
            asked = {fragment: self._polls.pop(fragment, None) for fragment in change.run.fragments}
            self._answering = {f: when for f, when in asked.items() if when is not None}
            if not change.run.fragments:
                self._polls.clear()
        elif isinstance(change, Ended):
            self._end(change)
        self._keep_timers()

    def _end(self, change: Ended) -> None:
        now = time.perf_counter()
        self.tally.polls += [now - when for when in self._answering.values()]
        self._answering = {}
        for question in self._questions:
            if question.run == change.run and not question.answered.done():
                question.answered.set_result(None)
        shown = [] if change.run.fragments else self.page.screen.exceptions()
        self.tally.faults += [*shown, *([change.problem] if change.problem else [])]
        self._keep_streams()

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
        with contextlib.suppress(LostError):
            while True:
                await asyncio.sleep(seconds)
                self._polls.setdefault(fragment, time.perf_counter())
                await self._send(fragment=fragment, by_itself=True)

    def _keep_streams(self) -> None:
        """One connection for each address on the page, until it has been heard to its end."""
        wanted = {each.address: each for each in self.page.screen.components()}
        for address in self._streams.keys() - wanted.keys() - self._heard:
            self._streams.pop(address).cancel()
        for address in wanted.keys() - self._streams.keys() - self._heard:
            self._streams[address] = asyncio.create_task(self._follow(wanted[address]))

    async def _follow(self, component: Component) -> None:
        """To the end, of which its component tells the page: that runs its script once."""
        ended = await following.follow(self.server, component.address, self._headers, self.tally)
        self._heard.add(component.address)
        if not ended:
            return
        began, told = time.perf_counter(), wire.triggered(component.id, ENDED, True)
        try:
            await self._ask(began, self.tally.ends, fragment=component.fragment, widgets=[told])
        except LostError as error:
            self._trouble = error
