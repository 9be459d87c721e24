"""The lab's own routes beside Streamlit's: streams of work, the library that draws charts, scripts,
and what was handed out."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import importlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from functools import cache
from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Send

from kdlab.errors import KdlabError
from kdlab.streams import Subscription
from pages.ui.components import inline
from pages.ui.stream import handed
from pages.ui.stream.hub import PATH, find, hub

QUIET_SECONDS = 15.0
"""After which a comment says that the connection is alive."""
SLOW_SECONDS = 20.0
"""A browser that takes nothing for so long is dropped. It may come again."""
ANSWER_SECONDS = 10.0
"""A fetch that waits for news is answered by then, with none."""
GONE = "This work is no longer followed here. The page looks for its stored result."
A_YEAR = "public, max-age=31536000, immutable"
OWN_YEAR = "private, max-age=31536000, immutable"
"""For a browser, and none on the way to it."""
HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",  # nginx would keep events back until there are some kB of them
}


def routes() -> list[BaseRoute]:
    """All of them, below the server's base path."""
    for path in inline.HERE.glob("*/__init__.py"):  # each knows its script from now on
        importlib.import_module(f"pages.ui.components.{path.parent.name}")
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"/{base}" if base else ""
    return [
        Route(f"{root}/{PATH}/{{token}}", stream),
        Route(f"{root}/{inline.LIBRARY}", library),
        Route(f"{root}/{inline.PATH}/{{name}}", script),
        Route(f"{root}/{handed.PATH}/{{token}}/{{name}}", page_for_a_phone),
        Route(f"{root}/{handed.NETWORKS_PATH}/{{token}}", networks),
    ]


# -- the library --------------------------------------------------------------------------------


def library(request: Request) -> Response:
    """The ``plotly.min.js`` of the installed package, 4.8 MB, packed once a server to 1.5."""
    headers = {"Cache-Control": A_YEAR, "Vary": "Accept-Encoding"}
    kind = "text/javascript; charset=utf-8"
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(_packed(), headers=headers, media_type=kind)
    return Response(_plotly().read_bytes(), headers=headers, media_type=kind)


def _plotly() -> Path:
    return Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


@cache
def _packed() -> bytes:
    return gzip.compress(_plotly().read_bytes(), 9)


def script(request: Request) -> Response:
    """The script of a component of the lab; its name tells its contents."""
    text = inline.SCRIPTS.get(request.path_params["name"])
    if text is None:  # of another version of the lab
        return JSONResponse({"problem": "There is no such script. Reload the page."}, 404)
    kind = "text/javascript; charset=utf-8"
    return Response(text, headers={"Cache-Control": A_YEAR}, media_type=kind)


def page_for_a_phone(request: Request) -> Response:
    """A page that was handed out. It has nothing of this server's: no cookie, no other page."""
    found = handed.files().find(request.path_params["token"])
    if found is None:
        text = "This page is no longer here. Make it again, and scan the new code."
        return PlainTextResponse(text, 404)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox allow-scripts allow-downloads",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(found.content, headers=headers)


def networks(request: Request) -> Response:
    """Networks that run in the page that asks for them. Their address tells their contents."""
    found = handed.networks().find(request.path_params["token"])
    if found is None:
        return JSONResponse({"problem": "These networks are gone. Reload the page."}, 404)
    headers = {
        "Cache-Control": OWN_YEAR,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    content = found.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type="application/json")


# -- streams ------------------------------------------------------------------------------------


async def stream(request: Request) -> Response:
    """What is new of a subscription: as server-sent events, to whoever asks for those, for as long
    as he listens; to others as JSON, once, with ``?after=NUMBER`` what came after that."""
    found = find(request.path_params["token"], request.cookies)
    events = "text/event-stream" in request.headers.get("accept", "")
    if found is None:  # no error: a page may ask just when it has begun to show something else
        if events:
            text = f"event: gone\ndata: {json.dumps(GONE)}\n\n"
            return Response(text, media_type="text/event-stream", headers=HEADERS)
        return JSONResponse({"gone": GONE}, headers=HEADERS)
    after = _number(request.headers.get("last-event-id") or request.query_params.get("after", ""))
    if events:
        return Patient(_events(found, after), media_type="text/event-stream", headers=HEADERS)
    try:
        return await _answer(found, after)
    except KdlabError as error:
        return JSONResponse({"problem": str(error)}, 503)


def _number(text: str) -> int:
    """0 where it is none: then all is told."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def _events(one: Subscription, read: int) -> AsyncIterator[str]:
    news = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        with hub().reading(one, lambda: _wake(loop, news)):
            yield "retry: 1000\n\n"
            first = True  # told even where there is nothing: it says that events come through
            while True:
                news.clear()
                over = one.over
                number, told = one.since(read)
                if told != "{}" or first:
                    yield f"id: {number}\ndata: {_frame(number, told)}\n\n"
                read, first = number, False
                if over:
                    if not hub().closing:  # else whoever listens looks for the next server
                        yield "event: end\ndata: {}\n\n"
                    return
                try:
                    await asyncio.wait_for(news.wait(), QUIET_SECONDS)
                except TimeoutError:
                    yield ":\n\n"
    except KdlabError as error:
        yield f"event: problem\ndata: {json.dumps(str(error))}\n\n"


async def _answer(one: Subscription, read: int) -> Response:
    """At once where there is news, else when there is some, or after ANSWER_SECONDS."""
    news = asyncio.Event()
    loop = asyncio.get_running_loop()
    with hub().reading(one, lambda: _wake(loop, news)):
        over = one.over
        number, told = one.since(read)
        if told == "{}" and not over:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), ANSWER_SECONDS)
            over = one.over
            number, told = one.since(read)
    text = f'{{"news":{_frame(number, told)},"over":{json.dumps(over and not hub().closing)}}}'
    return Response(text, media_type="application/json", headers=HEADERS)


def _frame(number: int, told: str) -> str:
    return f'{{"n":{number},"at":{time.time():.3f},"slots":{told}}}'


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the server has ended
        loop.call_soon_threadsafe(news.set)


class Patient(StreamingResponse):
    """A response that ends where its reader takes nothing for SLOW_SECONDS. What he has not taken
    lies in no queue of his own: he reads on from the feed."""

    async def stream_response(self, send: Send) -> None:
        async def patiently(message: Message) -> None:
            await asyncio.wait_for(send(message), SLOW_SECONDS)

        body = self.body_iterator
        try:
            await super().stream_response(patiently)
        except TimeoutError:
            return
        finally:
            if isinstance(body, AsyncGenerator):
                await body.aclose()  # at once, for a reader counts until then
