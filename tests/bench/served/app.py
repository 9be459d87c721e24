"""A server with a stream beside its pages: two messages and a break, then, to whoever has read
these, one more and the end."""

import asyncio
import json
import time

import streamlit as st
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

SLOTS = {
    1: {"other": {"is": 1}, "phase": {"is": "waiting"}},
    2: {"phase": {"is": "at work"}},
    3: {"other": {"by": [[[[], 2]]]}},
}


async def _told(read):
    yield ": good morning\nretry: 10\n\n"
    for number in (1, 2) if read < 2 else (3,):
        told = {"at": time.time(), "slots": SLOTS[number]}
        yield f"id: {number}\ndata: {json.dumps(told)}\n\n"
    if read >= 2:
        yield "event: end\ndata: {}\n\n"


async def _brief(read):
    yield f"id: 1\ndata: {json.dumps({'at': time.time(), 'slots': {}})}\n\n"
    yield "event: end\ndata: {}\n\n"


async def _hanging(read):
    yield ": wait\n\n"
    await asyncio.Event().wait()


async def _crowded(read):
    yield 'event: problem\ndata: "too many"\n\n'


TOLD = {"good": _told, "brief": _brief, "hanging": _hanging, "crowded": _crowded}


async def stream(request):
    told = TOLD.get(request.path_params["token"])
    if told is None:
        return JSONResponse({"problem": "nobody knows it"}, 404)
    read = int(request.headers.get("last-event-id", 0))
    return StreamingResponse(told(read), media_type="text/event-stream")


app = st.App("entry.py", routes=[Route("/kdlab/stream/{token}", stream)])
