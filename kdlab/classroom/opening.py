"""The room of a server that was started for a class, and its addresses in a terminal."""

from __future__ import annotations

import io

from kdlab.classroom import texts
from kdlab.classroom.room import Room
from kdlab.classroom.store import Classroom, address

TITLE = "KDLAB_CLASS_TITLE"
"""The variable that says what the class of a server is called."""
_WHITE_ON_BLACK, _AS_BEFORE = "\x1b[97;40m", "\x1b[0m"


def room_of(rooms: Classroom, title: str = "") -> Room:
    """The room that was opened last and has not ended, of this ``title`` where one is given; else a
    new one. ClassError where there is no room for it, or for such a title."""
    title = texts.title(title)
    for room in rooms.rooms():
        if not room.ended and (not title or room.title == title):
            return room
    return rooms.open_room(title)


def lines(rooms: Classroom, room: Room, root: str, *, colours: bool = False) -> list[str]:
    """What is told where the server was started, a line each: the address for the class with its QR
    code, and apart from that the instructor's. ``root`` is the server's address with a slash at its
    end; ``colours``: the terminal understands them."""
    everybody = root + address(room.code)
    return [
        "",
        f"  For {name(room).replace('The', 'the', 1)}: {everybody}",
        "",
        *(f"    {line}" for line in code(everybody, colours=colours)),
        "",
        f"  For the instructor only: {root}{address(room.code, rooms.secret(room.code))}",
        "  Anyone who opens this leads the class: keep it to yourself. If it leaks,",
        f"  python -m kdlab class --renew {room.code} makes a new one.",
    ]


def name(room: Room) -> str:
    """What a room is called in a sentence."""
    return f"The class {room.title!r}" if room.title else f"The class {room.code}"


def code(text: str, *, colours: bool = False) -> list[str]:
    """A QR code of half blocks, two rows a line. The light squares are drawn, as on a dark
    terminal; with ``colours`` they are white on black on every terminal."""
    import segno

    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, compact=True, border=2)
    drawn = out.getvalue().splitlines()
    return [f"{_WHITE_ON_BLACK}{line}{_AS_BEFORE}" for line in drawn] if colours else drawn
