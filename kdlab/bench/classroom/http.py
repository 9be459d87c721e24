"""A GET whose answer may never end, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

READ_BYTES = 1 << 16


@dataclass
class Answer:
    """Its status, headers (names in small letters, several of one name each for itself), body."""

    status: int
    headers: list[tuple[str, str]]
    body: AsyncIterator[bytes]

    async def text(self) -> str:
        """The whole body."""
        return b"".join([part async for part in self.body]).decode("utf-8", "replace")


def keep(headers: MutableMapping[str, str], cookie: str) -> None:
    """Send ``cookie``, "name=value", from now on, in place of another of this name."""
    name = cookie.partition("=")[0]
    others = [each for each in _sent(headers) if each.partition("=")[0] != name]
    headers["Cookie"] = "; ".join([*others, cookie])


def cookie(headers: Mapping[str, str], name: str) -> str:
    """The value that is sent under this name; empty where there is none."""
    found = (each.partition("=") for each in _sent(headers))
    return next((value for known, _, value in found if known == name), "")


def _sent(headers: Mapping[str, str]) -> list[str]:
    return [each for each in headers.get("Cookie", "").split("; ") if each]


@asynccontextmanager
async def get(server: str, path: str, headers: Mapping[str, str]) -> AsyncIterator[Answer]:
    """Ask ``server`` ("http://host:port") for ``path``; at the end of the block the connection is
    closed, whatever else would come. OSError where there is no connection, h11.RemoteProtocolError
    where it breaks off."""
    where = urlsplit(server)
    reader, writer = await asyncio.open_connection(where.hostname, where.port or 80)
    try:
        connection = h11.Connection(h11.CLIENT)
        asked = [("Host", where.netloc), ("Connection", "close"), *headers.items()]
        for event in (
            h11.Request(method="GET", target=f"/{path.lstrip('/')}", headers=asked),
            h11.EndOfMessage(),
        ):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        head = await _next(connection, reader)
        while isinstance(head, h11.InformationalResponse):
            head = await _next(connection, reader)
        assert isinstance(head, h11.Response)
        told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers]
        yield Answer(head.status_code, told, _body(connection, reader))
    finally:
        writer.close()


async def _body(connection: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while isinstance(event := await _next(connection, reader), h11.Data):
        yield bytes(event.data)


async def _next(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Event:
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        else:
            assert isinstance(event, h11.Event)
            return event
