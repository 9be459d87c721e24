"""A server with a stream beside its pages: two events and a break, then, to whoever has read these,
one more and the end."""

import json
import time

import streamlit as st
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route


async def _told(read):
    yield ": good morning\nretry: 10\n\n"
    for number in (1, 2) if read < 2 else (3,):
        yield f"id: {number}\ndata: {json.dumps({'at': time.time(), 'slots': {}})}\n\n"
    if read >= 2:
        yield "event: end\ndata: {}\n\n"


async def stream(request):
    if request.path_params["token"] != "good":
        return JSONResponse({"problem": "nobody knows it"}, 404)
    read = int(request.headers.get("last-event-id", 0))
    return StreamingResponse(_told(read), media_type="text/event-stream")


app = st.App("entry.py", routes=[Route("/kdlab/stream/{token}", stream)])
