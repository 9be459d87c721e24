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
  python -m kdlab open --class "Tuesday"        a server with a class
  python -m kdlab class                         the rooms, and their addresses again
  python -m kdlab class --renew ACDEFGHJ        another secret: the old one, and all passes, end
  python -m kdlab class --csv ACDEFGHJ > answers.csv

The addresses are those of the server that was started last with a class on this home. A room that
has ended takes no answers and allows nothing; --reopen undoes that, --forget takes everything of it
away for good.

With --json stdout gets one object: rooms [{code, title, ended, asked, allowed, everybody,
instructor}], unreadable [code].

--csv prints UTF-8. The file that the page of the class gives begins with the mark by which a
spreadsheet knows that.
"""
USUAL = "http://localhost:8501/"
ACTIONS = {
    "renew": "make another secret address; the old one, and every browser that opened it, end",
    "end": "no more answers are taken, and nothing is allowed by the room",
    "reopen": "a room that has ended goes on",
    "forget": "take everything of the room away, for good",
}


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``class``."""
    parser = add_command(commands, name, about, description=about, epilog=EPILOG)
    instead = parser.add_mutually_exclusive_group()
    for action, what in ACTIONS.items():
        instead.add_argument(f"--{action}", metavar="CODE", help=what)
    instead.add_argument("--csv", metavar="CODE", help="print the answers, one a line, as CSV")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if not key.kept():
        raise StoreError(
            "this home keeps no key that this user can read",
            "the folder of the server, and the user who started it",
            "Set KDLAB_HOME as the server has it",
        )
    rooms = open_store()
    if rooms.aside is not None:
        print(f"The file of the classes was damaged; it is {rooms.aside} now.", file=sys.stderr)
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
            f"there is no room {typed[:20]!r} in this home",
            ", ".join(known) or "none: no class was opened here",
            "Choose one of these, or set KDLAB_HOME as the server has it",
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
        print("No class was opened in this home: python -m kdlab open --class TITLE opens one.")
    for room in found:
        ended = ", which has ended" if room.ended else ""
        answers = f", {room.asked.answers} have answered" if room.asked else ""
        print(
            f"{opening.name(room)}{ended}{answers}\n"
            f"  for everybody:            {root}{address(room.code)}\n"
            f"  for the instructor alone: {root}{address(room.code, rooms.secret(room.code))}"
        )
    for code in unreadable:
        print(
            f"The class {code} was not written by this version of the lab and cannot be read\n"
            f"  python -m kdlab class --forget {code}   takes it away"
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
