"""A class: rooms in which an instructor asks, visitors predict, and all see the same result.

::

    Classroom ── open_room, rooms, room        all rooms of a home, in one file (database, rows)
        │    ├── here, answer, tally           what everybody may do (presence, answers, texts)
        │    ├── nicknames                     what visitors want to be called
        │    └── as_instructor(code, secret)
        │              └── Instructor          ask, run, reveal, send, allow, end … (table)
        └─ RoomSource                          what pages are told, for kdlab.streams
"""

from kdlab.classroom.answers import choices
from kdlab.classroom.instructor import Instructor
from kdlab.classroom.room import Answer, Asked, Estimate, Permission, Phase, Room, Tally
from kdlab.classroom.source import RoomSource
from kdlab.classroom.store import Classroom, address, open_store

__all__ = [
    "Answer",
    "Asked",
    "Classroom",
    "Estimate",
    "Instructor",
    "Permission",
    "Phase",
    "Room",
    "RoomSource",
    "Tally",
    "address",
    "choices",
    "open_store",
]
