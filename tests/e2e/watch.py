"""What must not happen: errors in the console or the log, failed requests, requests elsewhere."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PROBE = re.compile(r"/[^/]+/_stcore/(health|host-config)")
"""Streamlit 1.67 tries below the page's own path first, to find out where it is mounted; the answer
404 is part of that, and Chromium writes it to the console."""


class Watch:
    """Listens to a page; ``faults`` are sentences, ``sent`` counts messages to the server."""

    def __init__(self, page) -> None:
        self.faults: list[str] = []
        self.sent = 0
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("crash", lambda _: self.faults.append("the page crashed"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("websocket", self._socket)

    def _console(self, message) -> None:
        if message.type == "error" and not PROBE.fullmatch(urlsplit(message.location["url"]).path):
            self.faults.append(f"console: {message.text} at {message.location['url']}")

    def _request(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme == "blob":
            parts = urlsplit(parts.path)
        if parts.scheme not in ("data", "about") and parts.hostname != "127.0.0.1":
            self.faults.append(f"asked of another host: {request.url}")

    def _failed(self, request) -> None:
        # Aborted: the page was left, or what came was a download.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request failed: {request.url} {request.failure}")

    def _response(self, response) -> None:
        if response.status >= 400 and not PROBE.fullmatch(urlsplit(response.url).path):
            self.faults.append(f"answer {response.status}: {response.url}")

    def _socket(self, socket) -> None:
        if urlsplit(socket.url).hostname != "127.0.0.1":
            self.faults.append(f"socket to another host: {socket.url}")
        socket.on("framesent", self._count)

    def _count(self, _) -> None:
        self.sent += 1
