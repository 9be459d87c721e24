"""``python -m kdlab class``: the rooms of this home, their addresses, and what was answered."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from kdlab.classroom import Classroom, Room, address, codes, open_store, opening
from kdlab.cli.options import add_command, add_json
from kdlab.errors import ClassError, StoreError
from kdlab.hosting import key

EPILOG = """\
examples:
  python -m kdlab open --class "Tuesday"        start a server with a class
  python -m kdlab class                         show all classes and their addresses
  python -m kdlab class --renew ACDEFGHJ        a new secret address; the old one stops working
  python -m kdlab class --csv ACDEFGHJ > answers.csv

The addresses are those of the server that was last started with a class on this home. A class that
has ended takes no answers and grants no permissions; --reopen undoes that, --forget deletes
everything about it for good.

With --json stdout gets one object: rooms [{code, title, ended, asked, allowed, everybody,
instructor}], unreadable [code].

--csv prints UTF-8. The file that the page of the class offers also begins with a byte order mark,
by which spreadsheets recognise UTF-8.
"""
USUAL = "http://localhost:8501/"
ACTIONS = {
    "renew": "make a new secret address; the old one, and browsers that opened it, lose access",
    "end": "end the class: it takes no more answers and grants no permissions",
    "reopen": "reopen a class that has ended",
    "forget": "delete everything about the class, for good",
}


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``class``."""
    parser = add_command(
        commands,
        name,
        about,
        description="Shows the addresses and answers of this machine's classes.",
        epilog=EPILOG,
    )
    instead = parser.add_mutually_exclusive_group()
    for action, what in ACTIONS.items():
        instead.add_argument(f"--{action}", metavar="CODE", help=what)
    instead.add_argument("--csv", metavar="CODE", help="print the answers as CSV, one per line")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if not key.kept():
        raise StoreError(
            "this user can read no key in this home",
            "the server's home, and the user who started the server",
            "Set KDLAB_HOME to the same folder as for the server",
        )
    rooms = open_store()
    if rooms.aside is not None:
        print(
            f"The file of the classes was damaged and was renamed to {rooms.aside}.",
            file=sys.stderr,
        )
    try:
        if arguments.csv is not None:
            code = _found(rooms, arguments.csv)
            table = rooms.as_instructor(code, rooms.secret(code)).as_csv()
            sys.stdout.write(table.replace("\r\n", "\n"))
            return 0
        for action in ACTIONS:
            if (typed := getattr(arguments, action)) is not None:
                code = _found(rooms, typed)
                getattr(rooms.as_instructor(code, rooms.secret(code)), action)()
        return _tell(rooms, as_json=arguments.json)
    finally:
        rooms.close()


def _found(rooms: Classroom, typed: str) -> str:
    """The code of a room that there is, whether it can be read or not."""
    code = codes.typed(typed)
    if code is None or rooms.revision(code) is None:
        known = [*(each.code for each in rooms.rooms()), *rooms.unreadable()]
        raise ClassError(
            f"there is no class {typed[:20]!r} in this home",
            ", ".join(known) or "none: no class has been opened here",
            "Choose one of these, or set KDLAB_HOME to the same folder as for the server",
        )
    return code


def _tell(rooms: Classroom, *, as_json: bool) -> int:
    root = rooms.served_at() or USUAL
    found, unreadable = rooms.rooms(), rooms.unreadable()
    if as_json:
        told = [_told(rooms, room, root) for room in found]
        print(json.dumps({"rooms": told, "unreadable": unreadable}))
        return 0
    if not found and not unreadable:
        print("No class has been opened in this home. Open one: python -m kdlab open --class TITLE")
    for room in found:
        ended = ", which has ended" if room.ended else ""
        answers = f", {room.asked.answers} have answered" if room.asked else ""
        print(
            f"{opening.name(room)}{ended}{answers}\n"
            f"  for the class:           {root}{address(room.code)}\n"
            f"  for the instructor only: {root}{address(room.code, rooms.secret(room.code))}"
        )
    for code in unreadable:
        print(
            f"The class {code} was written by another version of the lab and cannot be read.\n"
            f"  Delete it: python -m kdlab class --forget {code}"
        )
    return 0


def _told(rooms: Classroom, room: Room, root: str) -> dict[str, Any]:
    return {
        "code": room.code,
        "title": room.title,
        "ended": room.ended,
        "asked": None if room.asked is None else room.asked.number,
        "allowed": sorted(room.allowed),
        "everybody": root + address(room.code),
        "instructor": root + address(room.code, rooms.secret(room.code)),
    }
