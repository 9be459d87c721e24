"""One session at the server: its websocket, and the questions that wait for an answer."""

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

from kdlab.bench.classroom import http, wire
from kdlab.bench.classroom.page import Began, Ended, Page
from kdlab.bench.classroom.tally import Tally

PATIENCE_SECONDS = 60.0
"""Who waits longer for an answer counts as lost."""
CLOSED_TAB = 1001
"""What a browser says when it leaves."""


class Connection(ClientConnection):
    """A websocket that counts the bytes which came, as they travel: packed where both sides do.
    They come in reads, of which one may end within a message."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.came = 0

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        self.came += len(data)
        super().data_received(data)


class RefusedError(Exception):
    """The server did not let the visitor in, or his page did not let him act."""


class LostError(Exception):
    """The server let go of the visitor, or did not answer."""


@dataclass
class Question:
    """A run that was asked for, of a ``fragment`` or the whole.

    It is answered by the end of the run that draws that, or of a later one: Streamlit 1.67 says
    nothing of the end of a run where a fragment is asked for just then.
    """

    fragment: str
    answered: asyncio.Future[None]
    began: bool = False


class Session:
    """A page that is open. ``headers`` are the browser's, to which a cookie may come; ``changed``
    is called after each message, with what it was to the runs of the script, and when the
    connection is lost."""

    def __init__(
        self,
        server: str,
        headers: dict[str, str],
        page: Page,
        tally: Tally,
        changed: Callable[[Began | Ended | None], None],
    ) -> None:
        self.page = page
        self._server, self._headers, self._tally, self._changed = server, headers, tally, changed
        self._socket: Connection | None = None
        self._reads: asyncio.Task[None] | None = None
        self._questions: list[Question] = []
        self.trouble: LostError | None = None

    async def connect(self) -> None:
        """As a browser does it. RefusedError where that is not to be had."""
        try:
            for path in (wire.HEALTH, wire.HOST):
                async with http.get(self._server, path, self._headers) as answer:
                    if answer.status != 200:
                        raise RefusedError(f"/{path} answers {answer.status}")
                    self._keep_cookie(answer.headers)
                    self._tally.bytes += len(await answer.text())
            token = http.cookie(self._headers, wire.COOKIE)
            socket = await connect(
                f"{self._server.replace('http', 'ws', 1)}/{wire.PATH}",
                subprotocols=[Subprotocol(name) for name in (wire.PROTOCOL, token) if name],
                additional_headers=self._headers,
                max_size=None,
                ping_interval=None,  # a browser answers pings and sends none
                open_timeout=PATIENCE_SECONDS,
                proxy=None,
                create_connection=Connection,
            )
            assert isinstance(socket, Connection)
            self._socket = socket
        except (OSError, InvalidHandshake, h11.RemoteProtocolError) as error:
            raise RefusedError(f"not let in: {error}") from None
        self._reads = asyncio.create_task(self._read(self._socket))

    def _keep_cookie(self, headers: Iterable[tuple[str, str]]) -> None:
        for name, value in headers:
            cookie = value.partition(";")[0]
            if name == "set-cookie" and cookie.startswith(f"{wire.COOKIE}="):
                http.keep(self._headers, cookie)

    async def ask(
        self, began: float, noted: list[float], *, fragment: str = "", **what: Any
    ) -> None:
        """Have the script run, see :func:`wire.rerun`, and wait for its end; noted are the seconds
        since ``began``."""
        question = Question(fragment, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        try:
            await self.send(fragment=fragment, **what)
            await asyncio.wait_for(question.answered, PATIENCE_SECONDS)
        except TimeoutError:
            raise LostError(f"no answer in {PATIENCE_SECONDS:g} s") from None
        finally:
            with contextlib.suppress(ValueError):
                self._questions.remove(question)
        noted.append(time.perf_counter() - began)

    async def send(self, **what: Any) -> None:
        """Have the script run."""
        self.check()
        assert self._socket is not None
        what = {"page": self.page.hash} | what
        with contextlib.suppress(ConnectionClosed):  # whoever reads says so
            await self._socket.send(wire.rerun(self._server, self.page.query, **what))

    def check(self) -> None:
        """LostError where no answer will come any more."""
        if self.trouble is not None:
            raise self.trouble

    async def close(self) -> None:
        """Leave."""
        if self._reads is not None:
            self._reads.cancel()
        if self._socket is not None:
            await self._socket.close(CLOSED_TAB)

    async def _read(self, socket: Connection) -> None:
        lost = "the server has closed the connection"
        counted = 0
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                counted, new = socket.came, socket.came - counted
                self._tally.bytes += new
                if self.page.run.fragments:
                    self._tally.watched_bytes += new
                change = self.page.take(wire.read(data))
                self._answer(change)
                self._changed(change)
        except ConnectionClosed:
            pass
        except Exception as error:  # a mistake of these visitors; else they would wait for ever
            lost = f"a message was not understood: {error!r}"
        finally:
            self._tally.bytes += socket.came - counted
        self.trouble = LostError(lost)
        for question in self._questions:
            if not question.answered.done():
                question.answered.set_exception(self.trouble)
        self._changed(None)

    def _answer(self, change: Began | Ended | None) -> None:
        for question in self._questions:
            if isinstance(change, Began) and change.run.answers(question.fragment):
                question.began = True
            if isinstance(change, Ended) and question.began and not question.answered.done():
                question.answered.set_result(None)
